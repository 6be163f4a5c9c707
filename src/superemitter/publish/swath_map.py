"""A map of a swath too long for one map zone: a grid of degrees, each pixel painted where it lies."""

from __future__ import annotations

import math

import numpy as np

from superemitter.model import Footprint, MapGrid
from superemitter.model.types import FloatArray
from superemitter.publish.grid_view import MapView

#: A swath that spans more degrees of latitude than this has no zone of its own.
LONG_SWATH_DEG = 15.0
MOST_CELLS = 3_000_000
_PARTS = (-1.0 / 3.0, 0.0, 1.0 / 3.0)
_WIDEST_STEP_DEG = 5.0


def is_long(footprint: Footprint) -> bool:
    """Whether the swath spans more than 15 degrees of latitude."""
    known = footprint.latitude[np.isfinite(footprint.latitude) & np.isfinite(footprint.longitude)]
    return bool(known.size and known.max() - known.min() > LONG_SWATH_DEG)


def painted(footprint: Footprint) -> MapView:
    """The swath on a grid of longitude and latitude, as fine as 3 million cells allow.

    Nine points of each pixel are put into the cells they lie in; a pixel beyond the antimeridian keeps its place
    beside its neighbours, so longitudes may pass 180 degrees.
    """
    known = np.isfinite(footprint.longitude) & np.isfinite(footprint.latitude)
    latitude = footprint.latitude
    middle = _middle(footprint.longitude[known])
    longitude = (footprint.longitude - middle + 180.0) % 360.0 - 180.0 + middle
    west, east = float(longitude[known].min()), float(longitude[known].max())
    south, north = float(latitude[known].min()), float(latitude[known].max())
    pixel = footprint.pixel_size_m / 111_000.0
    step = max(pixel, math.sqrt((east - west + pixel) * (north - south + pixel) / MOST_CELLS))
    west, north = west - step / 2.0, north + step / 2.0
    columns, rows = int((east - west) / step) + 1, int((north - south) / step) + 1
    grid = MapGrid(crs="EPSG:4326", transform=(step, 0.0, west, 0.0, -step, north), shape=(rows, columns))
    index = np.full(rows * columns, -1, dtype=np.int32)
    number = np.flatnonzero(known).astype(np.int32)
    steps = [_steps(field, axis)[known] for field in (longitude, latitude) for axis in (0, 1)]
    x, y = longitude[known], latitude[known]
    for a in _PARTS:
        for b in _PARTS:
            column = ((x + a * steps[0] + b * steps[1] - west) / step).astype(np.int64)
            row = ((north - y - a * steps[2] - b * steps[3]) / step).astype(np.int64)
            inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            index[row[inside] * columns + column[inside]] = number[inside]
    return MapView(grid=grid, index=index.reshape(rows, columns))


def _middle(longitude: FloatArray) -> float:
    angle = np.radians(longitude)
    return math.degrees(math.atan2(float(np.sin(angle).mean()), float(np.cos(angle).mean())))


def _steps(field: FloatArray, axis: int) -> FloatArray:
    """Step to the next pixel, 0 where it is unknown or jumps. [degree]"""
    step = np.nan_to_num(np.gradient(field, axis=axis))
    out: FloatArray = np.where(np.abs(step) < _WIDEST_STEP_DEG, step, 0.0)
    return out
