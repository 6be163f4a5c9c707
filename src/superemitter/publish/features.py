"""Any features with columns and a place, as GeoJSON, CSV, GeoPackage or GeoParquet; a batch at a time."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyogrio
import shapely
from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet
from pyproj import CRS

from superemitter.model.errors import InvalidValue, OutputError
from superemitter.publish.cells import csv_cell, utc_text

#: Features that are held in memory at once.
BATCH: Final = 2000
GEOMETRY: Final = "geometry"
KINDS: Final = ("text", "number", "integer", "boolean", "time")
_TYPES: Final[dict[str, Callable[[], DataType]]] = {
    "text": DataType.string,
    "number": DataType.float64,
    "integer": DataType.int64,
    "boolean": DataType.bool,
    "time": lambda: DataType.timestamp("ms", tz="UTC"),
}
_WGS84: Final = "OGC:CRS84"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A property that every feature of a layer has.

    Attributes
    ----------
    name : str
        With its unit, if it has one: ``"rate_kg_h"``.
    kind : str
        One of :data:`KINDS`.
    meaning : str
        In plain words.
    """

    name: str
    kind: str
    meaning: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidValue(f"column {self.name} is of kind {self.kind!r}", hint=f"one of {', '.join(KINDS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What the features of one file or collection have in common.

    Attributes
    ----------
    name, title : str
    columns : tuple of Column
        In the order of a table.
    shape : str
        ``"Point"`` or ``"Polygon"``, as GeoJSON names it; what crosses the antimeridian is a multi-polygon.
    as_of : datetime, optional
        The moment that the features are of; left out: a GeoPackage says when it was written.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    shape: str = "Point"
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len({*names, GEOMETRY}) != len(names) + 1:
            raise InvalidValue(f"the columns of {self.name} are not all different: {', '.join(names)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature.

    Attributes
    ----------
    id : str or int
        Unique in its layer.
    place : mapping or None
        GeoJSON geometry in longitude and latitude; None: not known where.
    values : mapping of column to value
        Every column of the layer; None: not known. Times have a zone.
    """

    id: str | int
    place: Mapping[str, Any] | None
    values: Mapping[str, object]


def geojson_feature(feature: Feature) -> dict[str, Any]:
    """A feature as GeoJSON (RFC 7946). Texts stay as they are: whoever shows them as HTML must escape them."""
    return {
        "type": "Feature",
        "id": feature.id,
        "geometry": feature.place,
        "properties": {name: _plain(value) for name, value in feature.values.items()},
    }


def write_geojson(layer: Layer, features: Iterable[Feature], path: Path) -> int:
    """Write features as GeoJSON (RFC 7946) and return how many.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    count = 0
    with _writing(path), path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f'{{"type":"FeatureCollection","name":{json.dumps(layer.name)},"features":[')
        for count, feature in enumerate(features, start=1):
            stream.write("\n" if count == 1 else ",\n")
            stream.write(json.dumps(geojson_feature(feature), ensure_ascii=False, allow_nan=False))
        stream.write("\n]}\n")
    return count


def write_csv(layer: Layer, features: Iterable[Feature], path: Path) -> int:
    """Write point features as RFC 4180 CSV (UTF-8) and return how many.

    Columns are those of the layer with the coordinates after the first one; see
    :func:`superemitter.publish.cells.csv_cell` for the cells.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    names = [column.name for column in layer.columns]
    counted = _Counted(features)
    with _writing(path), path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow([names[0], "longitude_deg", "latitude_deg", *names[1:]])
        for feature in counted:
            longitude, latitude = feature.place["coordinates"] if feature.place else (None, None)
            values = [feature.values[name] for name in names]
            writer.writerow([csv_cell(one) for one in (values[0], longitude, latitude, *values[1:])])
    return counted.count


def write_geopackage(layer: Layer, features: Iterable[Feature], path: Path) -> int:
    """Write features as a GeoPackage with one table and return how many.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    counted = _Counted(features)
    with _writing(path):
        pyogrio.write_arrow(
            _arrow(layer, counted),
            path,
            driver="GPKG",
            layer=layer.name,
            geometry_name=GEOMETRY,
            geometry_type=layer.shape if layer.shape == "Point" else "Unknown",
            crs="EPSG:4326",
            layer_options={"DESCRIPTION": layer.title, "GEOMETRY_NAME": GEOMETRY},
        )
    if layer.as_of is not None:
        _date(path, layer.as_of)
    return counted.count


def write_geoparquet(layer: Layer, features: Iterable[Feature], path: Path) -> int:
    """Write features as GeoParquet 1.1 and return how many.

    Geometries are WKB in longitude and latitude (OGC:CRS84).

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    counted = _Counted(features)
    with _writing(path):
        write_parquet(
            _arrow(layer, counted),
            path,
            compression="zstd(3)",
            key_value_metadata={"geo": json.dumps(geo_metadata(layer))},
            max_row_group_size=50_000,
            skip_arrow_metadata=True,  # else pyarrow would look for "geo" there and not find it
        )
    return counted.count


def geo_metadata(layer: Layer) -> dict[str, Any]:
    """What GeoParquet 1.1 says of a layer's geometries."""
    types = ["Point"] if layer.shape == "Point" else ["Polygon", "MultiPolygon"]
    column = {
        "encoding": "WKB",
        "geometry_types": types,
        "crs": CRS.from_user_input(_WGS84).to_json_dict(),
        "edges": "planar",
    }
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


WRITERS: Final[Mapping[str, Callable[[Layer, Iterable[Feature], Path], int]]] = {
    "geojson": write_geojson,
    "csv": write_csv,
    "gpkg": write_geopackage,
    "parquet": write_geoparquet,
}
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
}


def _date(path: Path, moment: datetime) -> None:
    """Write into a GeoPackage of which moment it is, instead of when the file was made."""
    with closing(sqlite3.connect(path)) as connection, connection:
        text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        connection.execute("UPDATE gpkg_contents SET last_change = ?", (text,))


class _Counted:
    """Passes features on and counts them."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._features, self.count = iter(features), 0

    def __iter__(self) -> Iterator[Feature]:
        for feature in self._features:
            self.count += 1
            yield feature


class _writing:
    """Turns what a file system or a driver says into our own error; other errors pass."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)):
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"{self._path} cannot be written: {reason}") from error


def _arrow(layer: Layer, features: Iterable[Feature]) -> RecordBatchReader:
    """The features as a stream of Arrow batches, made one after another."""
    fields = [Field(column.name, _TYPES[column.kind](), nullable=True) for column in layer.columns]
    schema = Schema([*fields, Field(GEOMETRY, DataType.binary(), nullable=True)])
    return RecordBatchReader.from_batches(schema, _batches(layer, schema, iter(features)))


def _batches(layer: Layer, schema: Schema, features: Iterator[Feature]) -> Iterator[RecordBatch]:
    while held := list(islice(features, BATCH)):
        arrays = [_array(column, [one.values[column.name] for one in held]) for column in layer.columns]
        places = Array([_wkb(one.place) for one in held], DataType.binary())
        yield RecordBatch.from_arrays([*arrays, places], schema=schema)


def _array(column: Column, values: list[Any]) -> Array:
    if column.kind == "time":
        numbers = [None if one is None else round(one.timestamp() * 1000) for one in values]
        return Array(numbers, DataType.int64()).cast(_TYPES["time"]())
    if column.kind == "number":
        values = [None if one is None else float(one) for one in values]
    return Array(values, _TYPES[column.kind]())


def _wkb(place: Mapping[str, Any] | None) -> bytes | None:
    if place is None:
        return None
    if place["type"] == "Point":
        return bytes(shapely.to_wkb(shapely.Point(place["coordinates"])))
    return bytes(shapely.to_wkb(shapely.from_geojson(json.dumps(place))))


def _plain(value: object) -> object:
    return utc_text(value) if isinstance(value, datetime) else value
