"""TROPOMI plume lists of SRON: Schuit et al. 2023 (doi:10.5194/acp-23-9071-2023), weekly lists, CAMS."""

from __future__ import annotations

from datetime import datetime

from superemitter.register.importers.base import Reading, compact_time, read_each, sector_of, unread_note
from superemitter.register.importers.fields import (
    KG_PER_TONNE,
    FieldError,
    interval,
    place,
    rate_kg_h,
    required_text,
    text,
    with_zone,
)
from superemitter.register.importers.reading import InputRow, InputTable
from superemitter.register.records import Licence, ObservationRecord

LICENCE = Licence(
    licence_id="SRON-cite",
    name="open with citation",
    url="https://doi.org/10.5194/acp-23-9071-2023",
    attribution="SRON; Schuit et al. 2023",
    exportable=True,
)

#: A TROPOMI pixel is 5.5 km by 7 km; the list gives the pixel of the greatest enhancement. [m]
POSITION_ERROR_M = 7000.0


class SronImporter:
    """``date`` (YYYYMMDD), ``time_UTC``, ``lat``, ``lon``, ``source_rate_t/h``, ``uncertainty_t/h``; t/h, UTC."""

    name = "sron"
    title = "SRON TROPOMI plumes (CSV)"
    required = ("date", "time_UTC", "lat", "lon", "source_rate_t/h", "uncertainty_t/h")
    known = frozenset({*required, "estimated_source_type", "source_type", "source_country", "id"})

    def recognises(self, table: InputTable) -> bool:
        """Whether the required columns are there."""
        return table.format == "csv" and set(self.required) <= set(table.columns)

    def read(self, table: InputTable) -> Reading:
        """One record a row. Rows without an id are named by time and place."""
        records, refused = read_each(table.rows, self._record, table.broken)
        return Reading(records=records, refused=refused, licences=(LICENCE,), notes=unread_note(table, self.known))

    def _record(self, row: InputRow) -> ObservationRecord:
        time = _time(row)
        longitude, latitude = place(row, "lon", "lat")
        rate = rate_kg_h(row, "source_rate_t/h", kg=KG_PER_TONNE)
        low, high = interval(rate, rate_kg_h(row, "uncertainty_t/h", kg=KG_PER_TONNE))
        return ObservationRecord(
            catalogue=self.name,
            record_id=text(row, "id") or f"{compact_time(time)}_{latitude:.2f}_{longitude:.2f}",
            time=time,
            longitude=longitude,
            latitude=latitude,
            position_error_m=POSITION_ERROR_M,
            rate_kg_h=rate,
            rate_low_kg_h=low,
            rate_high_kg_h=high,
            instrument="TROPOMI",
            sector=sector_of(text(row, "source_type") or text(row, "estimated_source_type")),
            country=text(row, "source_country"),
            licence_id=LICENCE.licence_id,
            original=row.values,
        )


def _time(row: InputRow) -> datetime:
    date, clock = required_text(row, "date"), required_text(row, "time_UTC")
    for name, value, form in (("date", date, "%Y%m%d"), ("time_UTC", clock, "%H:%M:%S")):
        try:
            datetime.strptime(value, form)
        except ValueError:
            wanted = "YYYYMMDD" if name == "date" else "HH:MM:SS"
            raise FieldError(name, f"{value!r} is not of the form {wanted}") from None
    return with_zone(datetime.strptime(date + clock, "%Y%m%d%H:%M:%S"), "date", utc_by_schema=True)
