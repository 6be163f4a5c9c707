"""Read a list of others, CSV or GeoJSON, plain or zipped, without trusting it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from superemitter.model.errors import ImportRefused

#: No public plume list comes near this; a file or archive that does is refused before it fills the memory. [byte]
LARGEST_FILE: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row of a CSV file or one feature of a GeoJSON file.

    Attributes
    ----------
    number : int
        Line of the CSV file (the header is line 1), or number of the feature (the first is 1).
    values : mapping
        CSV: texts. GeoJSON: the properties.
    geometry : mapping, optional
        GeoJSON geometry.
    """

    number: int
    values: Mapping[str, Any]
    geometry: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputTable:
    """A file as rows with named columns; `sha256` is that of the file as it lies on the disk."""

    name: str
    sha256: str
    format: str  # "csv", "geojson"
    columns: tuple[str, ...]
    rows: tuple[InputRow, ...]
    broken: tuple[tuple[int, str], ...] = ()  # rows that are no rows: number, reason


def read_table(path: Path) -> InputTable:
    """Read a CSV or GeoJSON file, or a zip archive that holds exactly one.

    Raises
    ------
    ImportRefused
        It cannot be read, is too large, is neither format, or has columns of the same name.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _too_large(path.name)
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror or error}") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if data[:4] == b"PK\x03\x04":
        data = _unzipped(path.name, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{path.name} is not UTF-8 text: byte {error.start}", hint="save it as UTF-8"
        ) from error
    if not text.strip():
        raise ImportRefused(f"{path.name} is empty")
    if text.lstrip()[0] in "{[":
        return _geojson(path.name, sha256, text)
    return _csv(path.name, sha256, text)


def _unzipped(name: str, data: bytes) -> bytes:
    """The one list in an archive: read in memory, to a limit, so that no name and no size does harm."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            lists = [i for i in archive.infolist() if i.filename.lower().endswith((".csv", ".geojson", ".json"))]
            if len(lists) != 1:
                raise ImportRefused(
                    f"the archive {name} holds {len(lists)} lists, not one", hint="unpack it and import each file"
                )
            with archive.open(lists[0]) as stream:
                content = stream.read(LARGEST_FILE + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise ImportRefused(f"the archive {name} cannot be read: {error}") from error
    if len(content) > LARGEST_FILE:
        raise _too_large(name)
    return content


def _csv(name: str, sha256: str, text: str) -> InputTable:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, broken = [], []
    try:
        header = [column.strip() for column in next(reader)]
        _refuse_doubled(name, header)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                broken.append((reader.line_num, f"has {len(cells)} cells, the header has {len(header)}"))
                continue
            rows.append(InputRow(reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise ImportRefused(
            f"{name}, line {reader.line_num}: {error}", hint="is it CSV as of RFC 4180?"
        ) from error
    return InputTable(
        name=name, sha256=sha256, format="csv", columns=tuple(header), rows=tuple(rows), broken=tuple(broken)
    )


def _geojson(name: str, sha256: str, text: str) -> InputTable:
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ImportRefused(f"{name} is not JSON: {error}") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ImportRefused(f"{name} is JSON, but not a GeoJSON feature collection")
    rows, broken = [], []
    columns: dict[str, None] = {}
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or not (geometry is None or isinstance(geometry, dict)):
            broken.append((number, "is not a GeoJSON feature with properties"))
            continue
        columns |= dict.fromkeys(properties)
        rows.append(InputRow(number, properties, geometry))
    return InputTable(
        name=name, sha256=sha256, format="geojson", columns=tuple(columns), rows=tuple(rows), broken=tuple(broken)
    )


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _refuse_doubled(name: str, header: list[str]) -> None:
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise ImportRefused(f"{name} has several columns named {', '.join(doubled)}")


def _too_large(name: str) -> ImportRefused:
    return ImportRefused(
        f"{name} holds more than {LARGEST_FILE // 1_000_000} MB", hint="split it into several files"
    )
