"""What an importer is, and what it hands over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from superemitter.register.importers.fields import FieldError
from superemitter.register.importers.reading import InputRow, InputTable
from superemitter.register.records import Licence, ObservationRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that is not stored: its line (CSV) or feature number (GeoJSON), the field, and why."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A source as a catalogue lists it: a place with its own statistics, kept as the catalogue wrote it."""

    catalogue: str
    record_id: str
    longitude: float
    latitude: float
    licence_id: str
    original: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an importer made of a file.

    Attributes
    ----------
    records : tuple of ObservationRecord or SourceRecord
    refused : tuple of Refusal
    licences : tuple of Licence
        Those that the records name.
    notes : tuple of str
        What the reader of the report should know.
    """

    records: tuple[ObservationRecord | SourceRecord, ...]
    refused: tuple[Refusal, ...]
    licences: tuple[Licence, ...]
    notes: tuple[str, ...] = ()


class Importer(Protocol):
    """One catalogue's format."""

    @property
    def name(self) -> str:
        """What ``--catalogue`` takes."""
        ...

    @property
    def title(self) -> str:
        """What it is, for people."""
        ...

    @property
    def required(self) -> tuple[str, ...]:
        """Columns by which the file is recognised; all must be there."""
        ...

    @property
    def known(self) -> frozenset[str]:
        """Columns that are understood; others are kept with the record, unread."""
        ...

    def recognises(self, table: InputTable) -> bool:
        """Whether the columns are those of this catalogue."""
        ...

    def read(self, table: InputTable) -> Reading:
        """Turn every row into a record or a refusal."""
        ...


def read_each(
    rows: Iterable[InputRow],
    make: Callable[[InputRow], ObservationRecord | SourceRecord],
    broken: Iterable[tuple[int, str]] = (),
) -> tuple[tuple[ObservationRecord | SourceRecord, ...], tuple[Refusal, ...]]:
    """Make a record of each row; rows that cannot be used, and ids that were there before, are refused."""
    records: list[ObservationRecord | SourceRecord] = []
    refused = [Refusal(row=number, field="", reason=reason) for number, reason in broken]
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        try:
            record = make(row)
        except FieldError as error:
            refused.append(Refusal(row=row.number, field=error.field, reason=error.reason))
            continue
        key = record.catalogue, record.record_id
        if key in first:
            reason = f"the id {record.record_id} stands in row {first[key]} already"
            refused.append(Refusal(row=row.number, field="id", reason=reason))
            continue
        first[key] = row.number
        records.append(record)
    return tuple(records), tuple(sorted(refused, key=lambda refusal: refusal.row))


def unread_note(table: InputTable, known: frozenset[str]) -> tuple[str, ...]:
    """A note that names the columns nobody reads, if there are any."""
    unread = [column for column in table.columns if column not in known]
    shown = ", ".join(unread[:8]) + (", ..." if len(unread) > 8 else "")
    return (f"columns kept with each record but not read: {shown}",) if unread else ()


def compact_time(time: datetime) -> str:
    """A time for use in an id: ``20210101T060045``."""
    return time.strftime("%Y%m%dT%H%M%S")


#: Sectors in the register's words, from the words and IPCC codes that catalogues use; compared in lower case.
SECTORS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("oil", "gas", "oil and gas", "oil & gas", "oil/gas", "oil-gas", "1b2"), "oil-gas"),
    **dict.fromkeys(("coal", "coal mining", "coal mines", "1b1a"), "coal"),
    **dict.fromkeys(("landfill", "landfill/urban", "waste", "solid waste", "wastewater", "6a", "6b"), "waste"),
    **dict.fromkeys(("livestock", "agriculture", "manure", "4b"), "agriculture"),
    **dict.fromkeys(("power", "power generation", "1a1"), "power"),
    "other": "other",
}


def sector_of(value: str | None) -> str | None:
    """The register's word for a catalogue's sector, or None if it has none."""
    return SECTORS.get(value.lower()) if value else None
