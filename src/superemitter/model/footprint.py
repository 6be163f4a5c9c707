"""Where each pixel of a scene lies on the ground, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pyproj import Geod

from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray, IntArray

_WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapGrid:
    """A grid on a map: coordinate system, affine transform, size.

    Attributes
    ----------
    crs : str
        Anything :func:`pyproj.CRS.from_user_input` takes: ``"EPSG:4326"`` or WKT.
    transform : tuple of six floats
        ``(a, b, c, d, e, f)`` of ``x = a*column + b*row + c``, ``y = d*column + e*row + f``; the point (0, 0) is
        the outer corner of the first pixel (the order of :class:`affine.Affine`).
    shape : (int, int)
        Rows and columns.
    """

    crs: str
    transform: tuple[float, float, float, float, float, float]
    shape: tuple[int, int]

    @property
    def north_up(self) -> bool:
        """Whether rows run from north to south and columns from west to east, without rotation."""
        a, b, _, d, e, _ = self.transform
        return b == 0 and d == 0 and a > 0 and e < 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Footprint:
    """Longitude and latitude of each sensor pixel's centre, and how the product maps them to a grid.

    Attributes
    ----------
    longitude, latitude : (row, column) float64 arrays
        WGS 84. NaN where unknown. [degree]
    grid : MapGrid, optional
        The product's map grid.
    glt_row, glt_column : (grid row, grid column) integer arrays, optional
        Geometry look-up table: the sensor pixel shown in each grid cell, **0-based**, -1 for none. Without it and
        with a `grid`, the sensor array *is* the grid (an orthorectified image).
    """

    longitude: FloatArray
    latitude: FloatArray
    grid: MapGrid | None = None
    glt_row: IntArray | None = None
    glt_column: IntArray | None = None

    def __post_init__(self) -> None:
        if self.longitude.ndim != 2 or self.longitude.shape != self.latitude.shape:
            raise InvalidValue(
                f"longitude {self.longitude.shape} and latitude {self.latitude.shape} are not the same 2-D shape"
            )
        if (self.glt_row is None) != (self.glt_column is None):
            raise InvalidValue("a geometry look-up table needs both rows and columns")
        if self.glt_row is not None and self.glt_column is not None:
            if (
                self.grid is None
                or self.glt_row.shape != self.grid.shape
                or self.glt_column.shape != self.grid.shape
            ):
                raise InvalidValue("the geometry look-up table does not have the shape of its grid")
            rows, columns = self.shape
            if self.glt_row.max(initial=-1) >= rows or self.glt_column.max(initial=-1) >= columns:
                raise InvalidValue("the geometry look-up table points outside the sensor image")
        elif self.grid is not None and self.grid.shape != self.shape:
            raise InvalidValue(f"the map grid {self.grid.shape} does not have the image's shape {self.shape}")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the sensor image."""
        rows, columns = self.longitude.shape
        return rows, columns

    @cached_property
    def pixel_area_m2(self) -> FloatArray:
        """Ground area of each sensor pixel, from the spacing of its neighbours' centres.

        The area of the parallelogram spanned by the row and the column step on the WGS 84 ellipsoid, by central
        differences (one-sided at the edges and beside unknown coordinates). (row, column) float64, NaN where
        coordinates are unknown. [m2]

        Raises
        ------
        InvalidValue
            The image has one row or one column only.
        """
        if min(self.shape) < 2:
            raise InvalidValue(f"an image of {self.shape} pixels, one row or column, has no pixel area")
        row_east, row_north = self.step_m(axis=0)
        column_east, column_north = self.step_m(axis=1)
        return np.abs(row_east * column_north - row_north * column_east)

    def step_m(self, axis: int) -> tuple[FloatArray, FloatArray]:
        """East and north length of one step along `axis`, NaN where coordinates are unknown. (row, column) [m]"""
        return self._steps_m[axis]

    @cached_property
    def _steps_m(self) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
        m_east, m_north = metres_per_degree(self.latitude)
        along, across = (
            (_slope(self.longitude, axis) * m_east, _slope(self.latitude, axis) * m_north) for axis in (0, 1)
        )
        return along, across

    @cached_property
    def pixel_size_m(self) -> float:
        """Square root of the median pixel area. [m]"""
        return float(np.sqrt(np.nanmedian(self.pixel_area_m2)))

    def local_metres(
        self, row: float, column: float, pixels: tuple[IntArray, IntArray] | tuple[slice, slice]
    ) -> tuple[FloatArray, FloatArray]:
        """East and north distance of the given pixels (rows, columns) from the point (`row`, `column`). [m]"""
        return metres_from(*self.at(row, column), self.longitude[pixels], self.latitude[pixels])

    def at(self, row: float, column: float) -> tuple[float, float]:
        """Longitude and latitude at a fractional pixel position, linear from the nearest pixel. [degree]"""
        rows, columns = self.shape
        i, j = int(np.clip(round(row), 0, rows - 1)), int(np.clip(round(column), 0, columns - 1))
        i2, j2 = (i + 1 if i + 1 < rows else i - 1), (j + 1 if j + 1 < columns else j - 1)
        out = []
        for field in (self.longitude, self.latitude):
            value = float(field[i, j])
            if i2 != i and i2 >= 0:
                value += (row - i) * _wrap(float(field[i2, j]) - float(field[i, j])) / (i2 - i)
            if j2 != j and j2 >= 0:
                value += (column - j) * _wrap(float(field[i, j2]) - float(field[i, j])) / (j2 - j)
            out.append(value)
        return _wrap(out[0]), out[1]

    def nearest(self, longitude: float, latitude: float) -> tuple[int, int]:
        """Row and column of the pixel whose centre is nearest to a place [degree].

        Raises
        ------
        InvalidValue
            The place is farther than 1.5 pixels from every pixel: it lies outside the image.
        """
        metres = np.hypot(*metres_from(longitude, latitude, self.longitude, self.latitude))
        if not np.isfinite(metres).any() or np.nanmin(metres) > 1.5 * self.pixel_size_m:
            raise InvalidValue(
                f"longitude {longitude:g}, latitude {latitude:g} lies outside the image",
                hint="give longitude first, then latitude",
            )
        row, column = np.unravel_index(np.nanargmin(metres), metres.shape)
        return int(row), int(column)

    def to_grid(self, values: FloatArray, fill: float = float("nan")) -> FloatArray:
        """Lay a sensor image on the product's map grid (cells repeat pixels; never sum the result).

        Parameters
        ----------
        values : (row, column) array
        fill : float
            For grid cells that show no pixel.

        Raises
        ------
        InvalidValue
            The footprint has no map grid.
        """
        if self.grid is None:
            raise InvalidValue("the footprint has no map grid")
        if self.glt_row is None or self.glt_column is None:
            return values
        shown: BoolArray = self.glt_row >= 0
        out = np.full(self.grid.shape, fill, dtype=values.dtype)
        out[shown] = values[self.glt_row[shown], self.glt_column[shown]]
        return out


def metres_per_degree(latitude: FloatArray) -> tuple[Any, Any]:
    """Length of one degree of longitude and of latitude on the WGS 84 ellipsoid.

    Parameters
    ----------
    latitude : array
        [degree]

    Returns
    -------
    east, north : arrays
        From the radii of curvature N cos(phi) and M. [m degree-1]
    """
    phi = np.radians(latitude)
    w2 = 1.0 - _WGS84.es * np.sin(phi) ** 2
    prime_vertical = _WGS84.a / np.sqrt(w2)
    meridional = prime_vertical * (1.0 - _WGS84.es) / w2
    return np.radians(1.0) * prime_vertical * np.cos(phi), np.radians(1.0) * meridional


def metres_from(
    longitude: float, latitude: float, to_longitude: FloatArray | float, to_latitude: FloatArray | float
) -> tuple[Any, Any]:
    """East and north distance of places from a point [degree], by the length of a degree there. [m]"""
    m_east, m_north = metres_per_degree(np.asarray(latitude))
    return ((to_longitude - longitude + 180.0) % 360.0 - 180.0) * m_east, (to_latitude - latitude) * m_north


def distance_and_bearing(lon1: float, lat1: float, lon2: float, lat2: float) -> tuple[float, float]:
    """Geodesic distance [m] and bearing from the first point to the second [degree clockwise from north]."""
    forward, _, metres = _WGS84.inv(lon1, lat1, lon2, lat2)
    return float(metres), float(forward % 360.0)


def _slope(degrees: FloatArray, axis: int) -> FloatArray:
    """Change of an angle from one pixel to the next along `axis`: the mean of the known steps to both sides."""
    step = _wrapped(np.diff(degrees, axis=axis))
    edge = np.full_like(np.take(step, [0], axis=axis), np.nan)
    before, after = np.concatenate([edge, step], axis=axis), np.concatenate([step, edge], axis=axis)
    both = 0.5 * (before + after)
    out: FloatArray = np.where(np.isfinite(both), both, np.where(np.isfinite(before), before, after))
    return out


def _wrapped(degrees: FloatArray) -> FloatArray:
    out: FloatArray = (degrees + 180.0) % 360.0 - 180.0
    return out


def _wrap(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0
