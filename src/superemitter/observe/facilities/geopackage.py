"""Rows of a GeoPackage, in any coordinate system, whole or within bounds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pyproj
import shapely
from pyogrio.errors import DataSourceError, FieldError, GeometryError
from pyproj.exceptions import ProjError

from superemitter.model.errors import FacilityError
from superemitter.observe.facilities.projection import to_wgs84
from superemitter.observe.facilities.rows import Placed

SQLITE_MAGIC = b"SQLite format 3\0"
MAX_FEATURES = 500_000

Bounds = tuple[float, float, float, float]


def geopackage_rows(path: Path, *, bounds: Bounds | None, layer: str | None) -> Iterator[Placed]:
    """Rows of one layer, or of all layers that have a geometry, one after the other.

    Parameters
    ----------
    path : Path
    bounds : (west, south, east, north), optional
        [degree]
    layer : str, optional

    Raises
    ------
    FacilityError
        Not a GeoPackage, no such layer, no coordinate system, or more than 500,000 features.
    """
    try:
        with _quiet():
            layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except (DataSourceError, RuntimeError) as error:
        raise FacilityError(
            f"{path} cannot be read as GeoPackage: {error}", hint="the file is damaged or another database"
        ) from error
    if not layers:
        raise FacilityError(f"{path} has no layer with geometry", hint="is it a GeoPackage, and named .gpkg?")
    if layer is not None and layer not in layers:
        raise FacilityError(f"{path} has no layer {layer!r} with geometry", hint=f"it has {', '.join(layers)}")
    left = MAX_FEATURES
    for name in [layer] if layer is not None else layers:
        rows = _layer(path, name, bounds, left)
        left -= len(rows)
        yield from rows


def _layer(path: Path, layer: str, bounds: Bounds | None, limit: int) -> list[Placed]:
    try:
        with _quiet():
            crs = pyogrio.read_info(path, layer=layer)["crs"]
            if not crs:
                raise FacilityError(f"layer {layer!r} of {path} has no coordinate system", hint="set it first")
            meta, _, geometry, fields = pyogrio.raw.read(
                path, layer=layer, bbox=_in_layer(bounds, crs), max_features=limit + 1
            )
    except (DataSourceError, FieldError, GeometryError, ProjError, RuntimeError) as error:
        raise FacilityError(f"layer {layer!r} of {path} cannot be read: {error}") from error
    if len(geometry) > limit:
        raise FacilityError(
            f"{path} has more than {MAX_FEATURES:,} features", hint="read the part around the scene: give bounds"
        )
    project = to_wgs84(crs, f"layer {layer!r} of {path}")
    shapes = shapely.from_wkb(geometry, on_invalid="ignore")
    names = [str(n) for n in meta["fields"]]
    return [
        (
            {name: _text(column[i]) for name, column in zip(names, fields, strict=True)},
            project(shapes[i]) if shapes[i] is not None else None,
        )
        for i in range(len(shapes))
    ]


@contextmanager
def _quiet() -> Iterator[None]:
    """GDAL warns of harmless oddities (file suffix, application id); what matters it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield


def _in_layer(bounds: Bounds | None, crs: str) -> Bounds | None:
    if bounds is None:
        return None
    given = pyproj.CRS.from_user_input(crs)
    west, south, east, north = pyproj.Transformer.from_crs("OGC:CRS84", given, always_xy=True).transform_bounds(
        *bounds
    )
    return west, south, east, north


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)) or value is np.ma.masked:
        return ""
    if isinstance(value, np.datetime64) and np.isnat(value):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
