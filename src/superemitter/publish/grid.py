"""A north-up map of a scene: which sensor pixel each map cell shows."""

from __future__ import annotations

import math

import numpy as np
from pyproj import Transformer
from scipy.spatial import cKDTree

from superemitter.model import Footprint, MapGrid
from superemitter.model.errors import InvalidValue
from superemitter.model.types import FloatArray, IntArray
from superemitter.publish.grid_view import MapView
from superemitter.publish.swath_map import is_long, painted

#: A map cell shows the nearest pixel only if its centre is closer than this many pixel diagonals.
MAX_DISTANCE_DIAGONALS = 0.75


def north_up(footprint: Footprint) -> MapView:
    """The scene on a north-up map, by nearest neighbour.

    On the product's own grid where that is north-up; on a north-up grid of the same coordinate system and
    resolution where it is rotated; on UTM (polar stereographic beyond 84 N and 80 S) at the pixel size where there
    is only longitude and latitude, on degrees if those span more than one zone can show.

    Raises
    ------
    InvalidValue
        No pixel has coordinates.
    """
    if footprint.grid is None:
        return painted(footprint) if is_long(footprint) else _from_coordinates(footprint)
    index = _product_index(footprint)
    if footprint.grid.north_up:
        return MapView(grid=footprint.grid, index=index)
    return _straightened(footprint.grid, index)


def _product_index(footprint: Footprint) -> IntArray:
    rows, columns = footprint.shape
    if footprint.glt_row is None or footprint.glt_column is None:
        return np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    row, column = footprint.glt_row.astype(np.int32), footprint.glt_column.astype(np.int32)
    return np.where((row >= 0) & (column >= 0), row * np.int32(columns) + column, np.int32(-1))


def _straightened(grid: MapGrid, index: IntArray) -> MapView:
    """The cells of a rotated grid on the north-up grid that encloses it."""
    a, b, c, d, e, f = grid.transform
    rows, columns = grid.shape
    x = [a * i + b * j + c for i, j in ((0, 0), (columns, 0), (0, rows), (columns, rows))]
    y = [d * i + e * j + f for i, j in ((0, 0), (columns, 0), (0, rows), (columns, rows))]
    step = math.sqrt(abs(a * e - b * d))
    north_up_grid = _enclosing(grid.crs, min(x), max(y), max(x), min(y), step)
    new_x, new_y = _centres(north_up_grid)
    det = a * e - b * d
    # Inverse of the rotated grid's transform, as outer sums: no array of coordinates is ever built.
    column = np.floor((e / det) * (new_x - c)[None, :] - (b / det) * (new_y - f)[:, None]).astype(np.int32)
    row = np.floor((a / det) * (new_y - f)[:, None] - (d / det) * (new_x - c)[None, :]).astype(np.int32)
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    out = np.full(north_up_grid.shape, -1, dtype=np.int32)
    out[inside] = index[row[inside], column[inside]]
    return MapView(grid=north_up_grid, index=out)


def _from_coordinates(footprint: Footprint) -> MapView:
    """A grid in metres around the pixels' coordinates, each cell showing the nearest pixel."""
    known = np.flatnonzero(np.isfinite(footprint.longitude) & np.isfinite(footprint.latitude))
    if not known.size:
        raise InvalidValue("no pixel of the scene has longitude and latitude, so there is no map of it")
    longitude, latitude = footprint.longitude.reshape(-1)[known], footprint.latitude.reshape(-1)[known]
    crs = metric_crs(longitude, latitude)
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)
    size = footprint.pixel_size_m
    half = size / 2.0
    grid = _enclosing(crs, x.min() - half, y.max() + half, x.max() + half, y.min() - half, size)
    tree = cKDTree(np.column_stack([x, y]), balanced_tree=False, compact_nodes=False)
    centre_x, centre_y = _centres(grid)
    index = np.full(grid.shape, -1, dtype=np.int32)
    reach = MAX_DISTANCE_DIAGONALS * math.sqrt(2.0) * size
    for start in range(0, grid.shape[0], 256):
        block_y = centre_y[start : start + 256]
        cells = np.stack(np.broadcast_arrays(centre_x[None, :], block_y[:, None]), axis=-1)
        distance, nearest = tree.query(cells, distance_upper_bound=reach)
        found = np.isfinite(distance)
        index[start : start + 256][found] = known[nearest[found]]
    return MapView(grid=grid, index=index)


def metric_crs(longitude: FloatArray, latitude: FloatArray) -> str:
    """The UTM zone (polar stereographic beyond 84 N and 80 S) around the middle of some points."""
    middle = float(np.median(latitude))
    if middle > 84.0 or middle < -80.0:
        return "EPSG:32661" if middle > 0 else "EPSG:32761"
    angle = np.radians(longitude)
    centre = math.degrees(math.atan2(float(np.sin(angle).mean()), float(np.cos(angle).mean())))
    zone = min(int((centre + 180.0) // 6.0) + 1, 60)
    return f"EPSG:{(32600 if middle >= 0 else 32700) + zone}"


def _enclosing(crs: str, west: float, north: float, east: float, south: float, step: float) -> MapGrid:
    columns = max(math.ceil((east - west) / step - 1e-6), 1)
    rows = max(math.ceil((north - south) / step - 1e-6), 1)
    transform = (step, 0.0, float(west), 0.0, -step, float(north))
    return MapGrid(crs=crs, transform=transform, shape=(rows, columns))


def _centres(grid: MapGrid) -> tuple[FloatArray, FloatArray]:
    """x of each column's and y of each row's centre on a north-up grid."""
    a, _, c, _, e, f = grid.transform
    rows, columns = grid.shape
    return c + a * (np.arange(columns) + 0.5), f + e * (np.arange(rows) + 0.5)
