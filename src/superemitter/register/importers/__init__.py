"""Plume lists of others, one file a catalogue; recognised by their columns, never by their name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from superemitter.model.errors import ImportRefused
from superemitter.register.engine import Register
from superemitter.register.grouping import GroupingRules
from superemitter.register.importers.base import Importer, Reading, Refusal, SourceRecord
from superemitter.register.importers.carbon_mapper import CarbonMapperImporter
from superemitter.register.importers.emit import EmitImporter
from superemitter.register.importers.generic import GenericImporter
from superemitter.register.importers.mars import MarsPlumesImporter, MarsSourcesImporter
from superemitter.register.importers.reading import InputTable, read_table
from superemitter.register.importers.sron import SronImporter
from superemitter.register.records import ObservationRecord, digest_of_content
from superemitter.register.schema import imports, source_records
from superemitter.register.store import Origin, Stored, renew_statistics, store_licences, store_records

__all__ = ["CATALOGUES", "ImportReport", "Importer", "Refusal", "import_file", "importer_of"]

_IMPORTERS: Final[tuple[Importer, ...]] = (
    SronImporter(),
    EmitImporter(),
    CarbonMapperImporter(),
    MarsPlumesImporter(),
    MarsSourcesImporter(),
    GenericImporter(),
)

_MANY: Final = 1000

#: Names that ``--catalogue`` takes, with what they stand for. Any other name is that of a list of one's own.
CATALOGUES: Final = {importer.name: importer.title for importer in _IMPORTERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a file: ``read = stored + updated + unchanged + len(refused)``.

    Attributes
    ----------
    file_name, catalogue : str
    read : int
        Records in the file.
    stored : int
        New ones.
    updated : int
        Known ones whose content changed: a new version each.
    unchanged : int
        Known ones, the same as before.
    merged : int
        Of the stored ones, those that show a plume another catalogue shows too: one event with both records.
    refused : tuple of Refusal
        Rows that are not stored, with field and reason.
    exportable : bool
        False if any record came under terms that forbid export: those are kept apart.
    notes : tuple of str
    """

    file_name: str
    catalogue: str
    read: int
    stored: int
    updated: int
    unchanged: int
    merged: int
    refused: tuple[Refusal, ...]
    exportable: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain types, for JSON."""
        return asdict(self)


def import_file(
    register: Register,
    path: Path,
    catalogue: str | None = None,
    *,
    rules: GroupingRules | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import a plume list: every good row in one transaction, bad rows refused by row and field.

    Importing a file again changes nothing; a record whose content changed becomes a new version.

    Parameters
    ----------
    register : Register
    path : Path
        CSV or GeoJSON, or a zip archive with one of them.
    catalogue : str, optional
        One of :data:`CATALOGUES`, or a name of one's own for a list in the generic format (lower-case letters,
        digits, hyphens). If left out, the catalogue is recognised by the columns.
    rules : GroupingRules, optional
    progress : callable, optional
        Told how many records are stored.

    Raises
    ------
    ImportRefused
        The file cannot be read or its catalogue is not recognised; nothing is stored.
    RegisterError
        The register failed; nothing is stored.
    """
    table = read_table(path)
    importer = _importer(table, catalogue)
    reading = importer.read(table)
    origin = Origin(at=register.clock(), by=f"import of {table.name}", reason=f"sha256 {table.sha256}")
    with register.writing(grouping=True) as connection:
        store_licences(connection, reading.licences)
        plumes = [record for record in reading.records if isinstance(record, ObservationRecord)]
        places = [record for record in reading.records if isinstance(record, SourceRecord)]
        stored = store_records(connection, plumes, origin, rules or GroupingRules(), progress)
        new, updated = _store_sources(connection, places, origin)
        report = _report(table, catalogue or importer.name, reading, stored, new, updated, len(places))
        connection.execute(
            insert(imports),
            {
                "file_name": table.name,
                "sha256": table.sha256,
                "catalogue": report.catalogue,
                "at": origin.at,
                "report": report.as_dict(),
            },
        )
        if stored.new >= _MANY:
            renew_statistics(connection)
    return report


def _report(
    table: InputTable, catalogue: str, reading: Reading, plumes: Stored, new: int, updated: int, places: int
) -> ImportReport:
    return ImportReport(
        file_name=table.name,
        catalogue=catalogue,
        read=len(reading.records) + len(reading.refused),
        stored=plumes.new + new,
        updated=plumes.updated + updated,
        unchanged=plumes.unchanged + places - new - updated,
        merged=plumes.merged,
        refused=reading.refused,
        exportable=all(licence.exportable for licence in reading.licences),
        notes=reading.notes,
    )


def importer_of(table: InputTable, catalogue: str | None = None) -> Importer:
    """The importer that takes a table: by its columns, or by name.

    Raises
    ------
    ImportRefused
        There is none.
    """
    return _importer(table, catalogue)


def _importer(table: InputTable, catalogue: str | None) -> Importer:
    if catalogue is None:
        for importer in _IMPORTERS:
            if importer.recognises(table):
                return importer
        raise ImportRefused(
            f"{table.name}: its columns ({', '.join(table.columns[:8]) or 'none'}) are of no known catalogue",
            hint=f"known are {', '.join(CATALOGUES)}; a list of your own needs time, longitude and latitude",
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", catalogue) or catalogue == "superemitter":
        raise ImportRefused(
            f"{catalogue!r} cannot be the name of a catalogue", hint=f"one of {', '.join(CATALOGUES)}"
        )
    named: Importer = next((i for i in _IMPORTERS if i.name == catalogue), GenericImporter(catalogue))
    if not named.recognises(table):
        missing = [column for column in named.required if column not in table.columns]
        raise ImportRefused(
            f"{table.name} is not in the format of {named.title}: it lacks {', '.join(missing) or 'a place'}",
            hint="its columns are " + ", ".join(table.columns[:12]),
        )
    return named


def _store_sources(connection: Connection, places: list[SourceRecord], origin: Origin) -> tuple[int, int]:
    """Store sources that are new or changed, as versions; how many of each."""
    if not places:
        return 0, 0
    s = source_records.c
    newest = select(s.record_id, func.max(s.version).label("version")).group_by(s.record_id)
    newest_rows = newest.where(s.catalogue == places[0].catalogue).subquery()
    query = select(s.record_id, s.version, s.digest).join(
        newest_rows, (s.record_id == newest_rows.c.record_id) & (s.version == newest_rows.c.version)
    )
    known = {row.record_id: row for row in connection.execute(query.where(s.catalogue == places[0].catalogue))}
    rows = []
    for place in places:
        content = {**asdict(place), "original": dict(place.original)}
        digest, old = digest_of_content(content), known.get(place.record_id)
        if old is not None and old.digest == digest:
            continue
        row = {name: content[name] for name in ("catalogue", "record_id", "longitude", "latitude", "licence_id")}
        version = 1 if old is None else old.version + 1
        rows.append({**row, "version": version, "digest": digest, "recorded_at": origin.at, "content": content})
    if rows:
        connection.execute(insert(source_records), rows)
    new = sum(row["version"] == 1 for row in rows)
    return new, len(rows) - new
