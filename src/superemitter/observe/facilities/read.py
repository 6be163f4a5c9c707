"""Read a facility list, whatever it is called: the content says what it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import zip_longest
from os import PathLike
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from superemitter.model.errors import FacilityError
from superemitter.observe.facilities.geopackage import SQLITE_MAGIC, geopackage_rows
from superemitter.observe.facilities.projection import to_wgs84
from superemitter.observe.facilities.rows import FacilityList, Placed, build_list

MAX_BYTES = 200_000_000
ACCEPTED = "accepted are GeoJSON, CSV with latitude and longitude columns (UTF-8), and GeoPackage"


def read_facilities(
    path: str | PathLike[str],
    *,
    bounds: tuple[float, float, float, float] | None = None,
    layer: str | None = None,
) -> FacilityList:
    """Read facilities from GeoJSON, CSV or GeoPackage.

    Points are taken as they are; lines and polygons by a point inside and the distance to their farthest corner.
    Column names are recognised by :data:`superemitter.observe.facilities.columns.ALIASES`.

    Parameters
    ----------
    path : path
        Recognised by its content. GeoJSON and CSV up to 200 MB.
    bounds : (west, south, east, north), optional
        Of a GeoPackage only this part is read, so that a list of millions serves. Ignored for the other formats,
        which are read whole. [degree]
    layer : str, optional
        Of a GeoPackage; all layers with geometry if left out.

    Returns
    -------
    FacilityList
        Usable facilities, and the rows refused with their reason.

    Raises
    ------
    FacilityError
        The file is missing, too large, damaged or of another kind, or not one row can be used.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(16)
        size = path.stat().st_size
        if head.startswith(SQLITE_MAGIC):
            return build_list(geopackage_rows(path, bounds=bounds, layer=layer), str(path))
        if size > MAX_BYTES:
            raise FacilityError(
                f"{path} is larger than {MAX_BYTES // 1_000_000} MB",
                hint="cut it to the region, or convert it to GeoPackage",
            )
        content = path.read_bytes()
    except OSError as error:
        raise FacilityError(f"the facility list {path} cannot be opened: {error.strerror or error}") from error
    text = _decode(content, path)
    if text.lstrip()[:1] in ("{", "["):
        return build_list(_geojson_rows(text, path), str(path))
    return build_list(_csv_rows(text, path), str(path))


def _decode(content: bytes, path: Path) -> str:
    if not content.strip():
        raise FacilityError(f"the facility list {path} is empty", hint=ACCEPTED)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FacilityError(
            f"{path} is not UTF-8 text (byte {error.start})",
            hint=f"save it as UTF-8, from a spreadsheet as 'CSV UTF-8'; {ACCEPTED}",
        ) from error
    if "\0" in text:
        raise FacilityError(f"{path} is not a facility list", hint=ACCEPTED)
    return text


def _geojson_rows(text: str, path: Path) -> Iterator[Placed]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FacilityError(
            f"{path} is not valid JSON: {error}", hint="the file is truncated or damaged: download it again"
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("type") == "Feature":
        features = [document]
    if not isinstance(features, list):
        raise FacilityError(f"{path} is JSON but not a GeoJSON FeatureCollection", hint=ACCEPTED)
    project = to_wgs84(_geojson_crs(document), str(path))
    for feature in features:
        if not isinstance(feature, dict):
            yield {}, None
            continue
        properties = feature.get("properties")
        row = {str(k): _text(v) for k, v in properties.items()} if isinstance(properties, dict) else {}
        if feature.get("id") is not None:
            row.setdefault("id", _text(feature["id"]))
        geometry = _geometry(feature.get("geometry"))
        yield row, project(geometry) if geometry is not None else None


def _geojson_crs(document: dict[str, Any]) -> str:
    """The old ``crs`` member where there is one; without it GeoJSON is WGS 84 (RFC 7946)."""
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else "OGC:CRS84"


def _geometry(value: object) -> shapely.Geometry | None:
    """A GeoJSON geometry; one that is none, or broken, is None and the row may still have coordinate columns."""
    if not isinstance(value, dict):
        return None
    try:
        return shape(value)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _csv_rows(text: str, path: Path) -> Iterator[Placed]:
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = next(row for row in reader if any(row))
        if len(names) < 2:
            raise FacilityError(f"{path} is not a facility list: one column, {names[0][:40]!r}", hint=ACCEPTED)
        for row in reader:
            if any(row):
                yield dict(zip_longest(names, row[: len(names)], fillvalue="")), None
    except csv.Error as error:
        raise FacilityError(f"{path}, line {reader.line_num}: {error}", hint=ACCEPTED) from error
