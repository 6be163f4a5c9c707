"""Carbon Mapper's plume CSV (``GET /api/v1/catalog/plume-csv``)."""

from __future__ import annotations

import json

from superemitter.register.importers.base import Reading, Refusal, read_each, sector_of, unread_note
from superemitter.register.importers.fields import interval, place, rate_kg_h, required_text, text, time
from superemitter.register.importers.reading import InputRow, InputTable
from superemitter.register.records import Licence, ObservationRecord

LICENCE = Licence(
    licence_id="Carbon-Mapper-terms",
    name="Carbon Mapper terms of use (non-commercial)",
    url="https://carbonmapper.org/terms-of-use",
    attribution="Carbon Mapper",
    exportable=False,
)
INSTRUMENTS = {"tan": "Tanager-1", "emi": "EMIT", "ang": "AVIRIS-NG", "av3": "AVIRIS-3", "GAO": "GAO"}


class CarbonMapperImporter:
    """Rates in kg/h with a 1-sigma error; only methane is taken."""

    name = "carbon-mapper"
    title = "Carbon Mapper plumes (CSV)"
    required = ("plume_id", "plume_latitude", "plume_longitude", "datetime", "gas", "emission_auto")
    known = frozenset(
        {
            *(*required, "country", "state_province", "ipcc_sector", "emission_cmf_type", "plume_bounds"),
            *("instrument", "mission_phase", "published_at", "modified", "emission_version", "platform"),
            *("processing_software", "gsd", "sensitivity_mode", "off_nadir", "emission_uncertainty_auto"),
            *("wind_speed_avg_auto", "wind_speed_std_auto", "wind_direction_avg_auto", "wind_direction_std_auto"),
            *("wind_source_auto", "plume_tif", "plume_png", "con_tif", "rgb_tif", "rgb_png"),
        }
    )

    def recognises(self, table: InputTable) -> bool:
        """Whether the required columns are there."""
        return table.format == "csv" and set(self.required) <= set(table.columns)

    def read(self, table: InputTable) -> Reading:
        """One record a row; plumes of other gases are refused."""
        methane = [row for row in table.rows if row.values["gas"].strip().upper() == "CH4"]
        others = [row for row in table.rows if row.values["gas"].strip().upper() != "CH4"]
        records, refused = read_each(methane, self._record, table.broken)
        gases = [Refusal(row=r.number, field="gas", reason=f"{r.values['gas']!r} is not CH4") for r in others]
        return Reading(
            records=records,
            refused=tuple(sorted((*refused, *gases), key=lambda refusal: refusal.row)),
            licences=(LICENCE,),
            notes=unread_note(table, self.known),
        )

    def _record(self, row: InputRow) -> ObservationRecord:
        longitude, latitude = place(row, "plume_longitude", "plume_latitude")
        rate = rate_kg_h(row, "emission_auto")
        low, high = interval(rate, rate_kg_h(row, "emission_uncertainty_auto"))
        instrument = text(row, "instrument") or ""
        return ObservationRecord(
            catalogue=self.name,
            record_id=required_text(row, "plume_id"),
            time=time(row, "datetime"),
            longitude=longitude,
            latitude=latitude,
            rate_kg_h=rate,
            rate_low_kg_h=low,
            rate_high_kg_h=high,
            instrument=INSTRUMENTS.get(instrument, instrument),
            sector=sector_of(text(row, "ipcc_sector")),
            country=text(row, "country"),
            licence_id=LICENCE.licence_id,
            outline=_bounds(text(row, "plume_bounds")),
            original=row.values,
        )


def _bounds(value: str | None) -> dict[str, object] | None:
    """The box ``[west, south, east, north]`` as GeoJSON; None if the field holds something else."""
    try:
        west, south, east, north = (float(edge) for edge in json.loads(value or "null"))
    except (TypeError, ValueError):
        return None
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
