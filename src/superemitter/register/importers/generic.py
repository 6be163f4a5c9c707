"""A list of anybody's, CSV or GeoJSON, with units in the column names: see docs/how-to/import-catalogues.md."""

from __future__ import annotations

import re
from typing import Final

from superemitter.model.errors import ImportRefused
from superemitter.register.importers.base import Reading, compact_time, read_each, sector_of, unread_note
from superemitter.register.importers.fields import (
    FieldError,
    amount,
    chance,
    checked_place,
    interval,
    place,
    rate_kg_h,
    text,
    time,
)
from superemitter.register.importers.reading import InputRow, InputTable
from superemitter.register.records import Licence, ObservationRecord

UNSTATED = Licence(licence_id="unstated", name="terms not stated", exportable=False)
_KG: Final = {"kg_h": 1.0, "t_h": 1000.0, "g_s": 3.6}
_RATES: Final = ("rate", "rate_low", "rate_high", "rate_sigma")


class GenericImporter:
    """``time`` with zone, ``longitude`` and ``latitude`` (or a GeoJSON point); everything else may be left out."""

    name = "generic"
    title = "any list with units in the column names (CSV, GeoJSON)"
    required = ("time",)
    known = frozenset(
        {
            *("id", "time", "longitude", "latitude", "position_error_m", "instrument", "sector", "country"),
            *("name", "licence", "attribution", "probability_ge_100_kg_h"),
            *(f"{name}_{unit}" for name in _RATES for unit in _KG),
        }
    )

    def __init__(self, catalogue: str = "generic") -> None:
        self._catalogue = catalogue

    def recognises(self, table: InputTable) -> bool:
        """Whether there is a time and a place."""
        placed = {"longitude", "latitude"} <= set(table.columns) or table.format == "geojson"
        return "time" in table.columns and placed

    def read(self, table: InputTable) -> Reading:
        """One record a row.

        Raises
        ------
        ImportRefused
            A rate column names no unit, one that is not known, or two units.
        """
        units = _rate_columns(table)
        licences: dict[str, Licence] = {}

        def make(row: InputRow) -> ObservationRecord:
            return self._record(row, units, licences)

        records, refused = read_each(table.rows, make, table.broken)
        notes = unread_note(table, self.known)
        if UNSTATED.licence_id in licences:
            notes = (*notes, "records without a licence are never exported: add a column named licence")
        return Reading(records=records, refused=refused, licences=tuple(licences.values()), notes=notes)

    def _record(self, row: InputRow, units: dict[str, str], licences: dict[str, Licence]) -> ObservationRecord:
        observed = time(row, "time")
        longitude, latitude = _place(row)
        rates = {name: rate_kg_h(row, f"{name}_{unit}", kg=_KG[unit]) for name, unit in units.items()}
        rate, low, high = _bounds(rates, units)
        licence = _licence(text(row, "licence"), text(row, "attribution") or "")
        licences.setdefault(licence.licence_id, licence)
        return ObservationRecord(
            catalogue=self._catalogue,
            record_id=text(row, "id") or f"{compact_time(observed)}_{latitude:.5f}_{longitude:.5f}",
            time=observed,
            longitude=longitude,
            latitude=latitude,
            position_error_m=amount(row, "position_error_m"),
            rate_kg_h=rate,
            rate_low_kg_h=low,
            rate_high_kg_h=high,
            probability_ge_100_kg_h=chance(row, "probability_ge_100_kg_h"),
            instrument=text(row, "instrument") or "",
            sector=sector_of(text(row, "sector")),
            country=text(row, "country"),
            name=text(row, "name"),
            licence_id=licence.licence_id,
            outline=row.geometry if row.geometry and row.geometry.get("type") != "Point" else None,
            original=row.values,
        )


def _rate_columns(table: InputTable) -> dict[str, str]:
    """Which unit each rate column of the file is in."""
    units: dict[str, str] = {}
    for column in table.columns:
        match = re.fullmatch(
            r"(rate|emission|flux)(_low|_high|_sigma|_uncertainty)?(?:[_ ]?\(?(.*?)\)?)?", column.lower()
        )
        if match is None:
            continue
        if column not in GenericImporter.known:
            raise ImportRefused(
                f"{table.name}: the column {column!r} is a rate, but not in a unit that is known",
                hint="name it rate_kg_h, rate_t_h or rate_g_s; likewise rate_low_, rate_high_, rate_sigma_",
            )
        name, unit = next((n, u) for n in _RATES for u in _KG if column == f"{n}_{u}")
        if name in units:
            raise ImportRefused(f"{table.name}: {name} is given in {units[name]} and in {unit}", hint="keep one")
        units[name] = unit
    return units


def _place(row: InputRow) -> tuple[float, float]:
    if "longitude" in row.values or "latitude" in row.values or row.geometry is None:
        return place(row, "longitude", "latitude")
    point = row.geometry.get("coordinates")
    if row.geometry.get("type") != "Point" or not isinstance(point, list) or len(point) < 2:
        raise FieldError("geometry", "is not a point, and longitude and latitude are not given")
    lon, lat = point[:2]
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in (lon, lat)):
        raise FieldError("geometry", "its coordinates are not numbers")
    return checked_place(float(lon), float(lat), "geometry", "geometry")


def _bounds(
    rates: dict[str, float | None], units: dict[str, str]
) -> tuple[float | None, float | None, float | None]:
    rate, low, high = (rates.get(name) for name in ("rate", "rate_low", "rate_high"))
    if low is None and high is None:
        low, high = interval(rate, rates.get("rate_sigma"))
    if low is not None and high is not None and low > high:
        raise FieldError(
            f"rate_low_{units.get('rate_low', 'kg_h')}", f"{low:g} kg/h is above the upper bound {high:g}"
        )
    if rate is not None and ((low is not None and low > rate) or (high is not None and high < rate)):
        raise FieldError(f"rate_{units['rate']}", f"{rate:g} kg/h lies outside its own bounds")
    return rate, low, high


def _licence(name: str | None, attribution: str) -> Licence:
    """The terms a row names; anything that says non-commercial, or nothing, is never exported."""
    if name is None:
        return UNSTATED
    words = set(re.split(r"[^a-z]+", name.lower()))
    restricted = "nc" in words or "noncommercial" in words or {"non", "commercial"} <= words or "unstated" in words
    return Licence(licence_id=name, name=name, attribution=attribution, exportable=not restricted)
