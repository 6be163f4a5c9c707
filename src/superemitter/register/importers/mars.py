"""UNEP MARS: detected plumes and sources, CSV or GeoJSON. CC BY-NC-SA 4.0: kept apart, never exported."""

from __future__ import annotations

from superemitter.register.importers.base import Reading, SourceRecord, read_each, sector_of, unread_note
from superemitter.register.importers.fields import (
    amount,
    interval,
    number,
    place,
    rate_kg_h,
    required_text,
    text,
    time,
)
from superemitter.register.importers.reading import InputRow, InputTable
from superemitter.register.records import Licence, ObservationRecord

LICENCE = Licence(
    licence_id="CC-BY-NC-SA-4.0",
    name="Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
    url="https://creativecommons.org/licenses/by-nc-sa/4.0/",
    attribution="UNEP International Methane Emissions Observatory, MARS",
    exportable=False,
)
CATALOGUE = "mars"


class MarsPlumesImporter:
    """Rates in kg/h with a 1-sigma error, totals in tonnes; times are UTC."""

    name = CATALOGUE
    title = "UNEP MARS plumes (CSV, GeoJSON)"
    required = ("id_plume", "satellite", "tile_date", "lat", "lon", "ch4_fluxrate")
    known = frozenset(
        {
            *(*required, "source_name", "actionable", "notified", "country", "sector", "detection_institution"),
            *("quantification_institution", "tile", "tile_background", "ch4_fluxrate_std", "wind_u", "wind_v"),
            *("wind_speed", "total_emission", "total_emission_std", "last_update", "insert_date"),
            *("feedback_operator", "feedback_government"),
        }
    )

    def recognises(self, table: InputTable) -> bool:
        """Whether the required columns are there."""
        return set(self.required) <= set(table.columns)

    def read(self, table: InputTable) -> Reading:
        """One record a row."""
        records, refused = read_each(table.rows, self._record, table.broken)
        return Reading(records=records, refused=refused, licences=(LICENCE,), notes=unread_note(table, self.known))

    def _record(self, row: InputRow) -> ObservationRecord:
        longitude, latitude = place(row, "lon", "lat")
        rate = rate_kg_h(row, "ch4_fluxrate")
        low, high = interval(rate, rate_kg_h(row, "ch4_fluxrate_std"))
        amount(row, "total_emission")  # tonnes: checked, and kept as written
        return ObservationRecord(
            catalogue=self.name,
            record_id=required_text(row, "id_plume"),
            time=time(row, "tile_date", utc_by_schema=True),
            longitude=longitude,
            latitude=latitude,
            rate_kg_h=rate,
            rate_low_kg_h=low,
            rate_high_kg_h=high,
            instrument=required_text(row, "satellite"),
            sector=sector_of(text(row, "sector")),
            country=text(row, "country"),
            name=text(row, "source_name"),
            licence_id=LICENCE.licence_id,
            outline=row.geometry if row.geometry and row.geometry.get("type") != "Point" else None,
            original=row.values,
        )


class MarsSourcesImporter:
    """Sources with MARS's own persistency, notification and feedback; kept as they are, beside our own sources."""

    name = "mars-sources"
    title = "UNEP MARS sources (CSV, GeoJSON)"
    required = ("source_name", "lon", "lat", "persistency", "n_plumes_detected")
    known = frozenset(
        {
            *(*required, "country", "sector", "source_type", "persistency_std", "persistency_category"),
            *("id_last_plume", "last_plume_date", "notified", "feedback", "feedback_operator"),
            "feedback_government",
        }
    )

    def recognises(self, table: InputTable) -> bool:
        """Whether the required columns are there."""
        return set(self.required) <= set(table.columns)

    def read(self, table: InputTable) -> Reading:
        """One source a row."""
        records, refused = read_each(table.rows, self._record, table.broken)
        return Reading(records=records, refused=refused, licences=(LICENCE,), notes=unread_note(table, self.known))

    def _record(self, row: InputRow) -> SourceRecord:
        longitude, latitude = place(row, "lon", "lat")
        number(row, "persistency")
        amount(row, "n_plumes_detected")
        return SourceRecord(
            catalogue=CATALOGUE,
            record_id=required_text(row, "source_name"),
            longitude=longitude,
            latitude=latitude,
            licence_id=LICENCE.licence_id,
            original=row.values,
        )
