"""What leaves the register. Records under a non-commercial licence, or without stated terms, never do."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from superemitter.model.errors import OutputError
from superemitter.register.engine import Register
from superemitter.register.queries import Observation, ObservationQuery, each_observation

COLUMNS: Final = tuple(Observation.__dataclass_fields__)

#: First characters that make a spreadsheet take a text for a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def exportable(register: Register, query: ObservationQuery | None = None) -> Iterator[Observation]:
    """The observations of a query whose licence lets them leave. Every export goes through here."""
    return each_observation(register, replace(query or ObservationQuery(), exportable=True))


def export_csv(register: Register, path: Path, query: ObservationQuery | None = None) -> int:
    """Write observations as RFC 4180 CSV and return how many; see :func:`exportable`.

    A text that a spreadsheet would take for a formula gets a leading apostrophe.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    count = 0
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerow(COLUMNS)
            for seen in exportable(register, query):
                writer.writerow([_cell(getattr(seen, name)) for name in COLUMNS])
                count += 1
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    return count


def export_geojson(register: Register, path: Path, query: ObservationQuery | None = None) -> int:
    """Write observations as GeoJSON points (RFC 7946) and return how many; see :func:`exportable`.

    Texts stay as they are: whoever shows them as HTML must escape them.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    count = 0
    try:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write('{"type":"FeatureCollection","features":[')
            for count, seen in enumerate(exportable(register, query), start=1):
                stream.write("\n" if count == 1 else ",\n")
                stream.write(json.dumps(feature(seen), ensure_ascii=False, allow_nan=False))
            stream.write("\n]}\n")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    return count


def feature(seen: Observation) -> dict[str, Any]:
    """An observation as a GeoJSON feature; its geometry is None for a non-detection."""
    place = None
    if seen.longitude is not None:
        place = {"type": "Point", "coordinates": [seen.longitude, seen.latitude]}
    properties = {name: _plain(getattr(seen, name)) for name in COLUMNS}
    return {"type": "Feature", "id": seen.observation_id, "geometry": place, "properties": properties}


def _plain(value: object) -> object:
    return _utc(value) if isinstance(value, datetime) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip().startswith(_FORMULA_STARTS) else text


def _utc(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
