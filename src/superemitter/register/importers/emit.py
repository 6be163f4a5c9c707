"""EMIT plume complexes of NASA/JPL, as GeoJSON: V001 (no rates) and V002."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from superemitter.register.importers.base import Reading, Refusal, read_each, unread_note
from superemitter.register.importers.fields import FieldError, interval, place, rate_kg_h, text, time
from superemitter.register.importers.reading import InputRow, InputTable
from superemitter.register.records import Licence, ObservationRecord

LICENCE = Licence(
    licence_id="NASA-open",
    name="NASA open data",
    url="https://doi.org/10.5067/EMIT/EMITL2BCH4PLM.001",
    attribution="NASA/JPL EMIT",
    exportable=True,
)
_LON, _LAT = "Longitude of max concentration", "Latitude of max concentration"
_TIME = "UTC Time Observed"
_RATE, _SIGMA = "Emissions Rate Estimate (kg/hr)", "Emissions Rate Estimate Uncertainty (kg/hr)"


class EmitImporter:
    """An outline and a point for each plume complex; the point is that of the greatest enhancement."""

    name = "emit"
    title = "EMIT plume complexes (GeoJSON)"
    required = (_TIME, _LON, _LAT, "Max Plume Concentration (ppm m)")
    known = frozenset(
        {
            *(*required, "Concentration Uncertainty (ppm m)", _RATE, _SIGMA, "Plume ID", "Orbit", "DCID"),
            *("Scene FID", "Scene FIDs", "DAAC Scene Names", "DAAC Scene Numbers", "map_endtime", "style"),
            *("plume_complex_count", "L1B Radiance Download", "Data Download", "Wind Speed (m/s)"),
            *("Wind Speed Std (m/s)", "Wind Speed Source", "Fetch Length (m)"),
        }
    )

    def recognises(self, table: InputTable) -> bool:
        """Whether the required properties are there."""
        return table.format == "geojson" and set(self.required) <= set(table.columns)

    def read(self, table: InputTable) -> Reading:
        """One record a plume complex: its outline and its point are two features of the file."""
        plumes, loose = _joined(table.rows)
        records, refused = read_each(plumes, self._record, table.broken)
        note = f"{len(table.rows)} features describe {len(plumes)} plumes: an outline and a point each"
        notes = (note,) if len(plumes) != len(table.rows) else ()
        return Reading(
            records=records,
            refused=tuple(sorted((*refused, *loose), key=lambda refusal: refusal.row)),
            licences=(LICENCE,),
            notes=(*notes, *unread_note(table, self.known)),
        )

    def _record(self, row: InputRow) -> ObservationRecord:
        observed = time(row, _TIME, utc_by_schema=True)
        longitude, latitude = place(row, _LON, _LAT)
        rate = rate_kg_h(row, _RATE)
        low, high = interval(rate, rate_kg_h(row, _SIGMA))
        return ObservationRecord(
            catalogue=self.name,
            record_id=_id(row.values),
            time=observed,
            longitude=longitude,
            latitude=latitude,
            rate_kg_h=rate,
            rate_low_kg_h=low,
            rate_high_kg_h=high,
            instrument="EMIT",
            name=text(row, "Plume ID"),
            licence_id=LICENCE.licence_id,
            outline=row.geometry if row.geometry and row.geometry.get("type") != "Point" else None,
            original=row.values,
        )


def _id(values: Mapping[str, Any]) -> str:
    for name in ("Plume ID", "plume_complex_count"):
        if values.get(name) not in (None, ""):
            return str(values[name])
    raise FieldError("Plume ID", "is empty, and so is plume_complex_count")


def _joined(rows: tuple[InputRow, ...]) -> tuple[list[InputRow], list[Refusal]]:
    """One row a plume: the outline's geometry, and all properties of both features. A third one is refused."""
    plumes: dict[str, InputRow] = {}
    kinds: dict[str, set[str]] = {}
    loose = []
    for row in rows:
        kind = "Point" if row.geometry and row.geometry.get("type") == "Point" else "outline"
        try:
            key = _id(row.values)
        except FieldError as error:
            loose.append(Refusal(row=row.number, field=error.field, reason=error.reason))
            continue
        if key not in plumes:
            plumes[key], kinds[key] = row, {kind}
        elif kind in kinds[key]:
            reason = f"the id {key} stands in row {plumes[key].number} already"
            loose.append(Refusal(row=row.number, field="Plume ID", reason=reason))
        else:
            kinds[key].add(kind)
            plumes[key] = _both(plumes[key], row)
    return list(plumes.values()), loose


def _both(a: InputRow, b: InputRow) -> InputRow:
    outline, point = (b, a) if a.geometry and a.geometry.get("type") == "Point" else (a, b)
    values = {**outline.values, "point": {"geometry": point.geometry, "properties": _differing(outline, point)}}
    return InputRow(min(a.number, b.number), values, outline.geometry)


def _differing(outline: InputRow, point: InputRow) -> dict[str, Any]:
    return {name: value for name, value in point.values.items() if outline.values.get(name) != value}
