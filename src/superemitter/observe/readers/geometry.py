"""Sun and view angles by label, map grids, look-up tables and coordinates, common to all products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from superemitter.model import MapGrid
from superemitter.model.errors import GeometryMissing, SceneError, SceneTruncated
from superemitter.model.types import FloatArray, IntArray

# Position in the documented band order of the JPL observation file, and words of the label.
_ANGLE_LABELS = {
    "view_azimuth": (1, ("sensor", "view"), "azimuth"),
    "view_zenith": (2, ("sensor", "view"), "zenith"),
    "solar_azimuth": (3, ("sun", "solar"), "azimuth"),
    "solar_zenith": (4, ("sun", "solar"), "zenith"),
}
_DOCUMENTED_BANDS = (10, 11)


def angle_bands(labels: Sequence[str], count: int, where: str) -> dict[str, int]:
    """Which band of an observation file holds each angle: by label, without labels by the documented order.

    Parameters
    ----------
    labels : sequence of str
        Band names, as in ``"To-sun zenith (0 to 90 degrees from zenith)"``; empty if the file has none.
    count : int
        Number of bands.
    where : str
        The file, for the message.

    Returns
    -------
    dict of str to int
        0-based band of ``view_azimuth``, ``view_zenith``, ``solar_azimuth`` and ``solar_zenith``.

    Raises
    ------
    GeometryMissing
        An angle has no band.
    """
    names = [label.split("(")[0].lower() for label in labels]
    found: dict[str, int] = {}
    for angle, (position, who, what) in _ANGLE_LABELS.items():
        matches = [i for i, name in enumerate(names) if what in name and any(word in name for word in who)]
        if matches:
            found[angle] = matches[0]
        elif not names and count in _DOCUMENTED_BANDS:
            found[angle] = position
        else:
            raise GeometryMissing(
                f"{where} has no band for {angle.replace('_', ' ')}",
                hint="is it the observation (OBS) file of this granule?",
            )
    return found


def check_angles(angles: dict[str, FloatArray], where: str) -> None:
    """Refuse geometry that is empty, or that is not angles above the horizon.

    Raises
    ------
    GeometryMissing
    """
    for name in ("solar_zenith", "view_zenith"):
        values = angles[name]
        known = values[np.isfinite(values)]
        if known.size == 0:
            raise GeometryMissing(f"{where} has no {name.replace('_', ' ')} at all")
        if known.min() < 0 or known.max() >= 90:
            raise GeometryMissing(
                f"{name.replace('_', ' ')} in {where} runs from {known.min():g} to {known.max():g} degrees",
                hint="the sun must be up and the bands in the documented order",
            )


def lookup_indices(one_based: IntArray | FloatArray, valid_to: int, where: str) -> IntArray:
    """Indices of a look-up table as 0-based int32, -1 for none.

    Parameters
    ----------
    one_based : (grid row, grid column) array
        1-based, 0 for none; a negative one marks a cell filled from its neighbour and counts like a positive.
    valid_to : int
        Rows or columns of the sensor image.
    where : str
        The file, for the message.

    Raises
    ------
    SceneTruncated
        An index lies outside the sensor image.
    """
    known = np.where(np.isfinite(one_based), one_based, 0)
    indices: IntArray = np.abs(known).astype(np.int32) - 1
    if indices.max(initial=-1) >= valid_to:
        raise SceneTruncated(
            f"the look-up table of {where} points to line or sample {indices.max() + 1}, the image has {valid_to}",
            hint="the table is of another granule, or the image was cut",
        )
    return indices


def lookup_table(
    sample: IntArray | FloatArray, line: IntArray | FloatArray, shape: tuple[int, int], where: str
) -> tuple[IntArray, IntArray]:
    """Row and column of the sensor pixel in each grid cell, -1 for none. See :func:`lookup_indices`."""
    row = lookup_indices(line, shape[0], where)
    column = lookup_indices(sample, shape[1], where)
    none = (row < 0) | (column < 0)
    row[none] = -1
    column[none] = -1
    return row, column


def check_shape(found: tuple[int, ...], wanted: tuple[int, int], what: str) -> None:
    """Refuse a companion that is not of the radiance's rows and columns.

    Raises
    ------
    SceneTruncated
    """
    if tuple(found[:2]) != wanted:
        raise SceneTruncated(
            f"{what} has {' x '.join(map(str, found[:2]))} pixels, the radiance {wanted[0]} x {wanted[1]}",
            hint="both must be of the same granule",
        )


def grid_from_gdal(geotransform: Sequence[float], crs: str, shape: tuple[int, int]) -> MapGrid:
    """A map grid from GDAL's six numbers (x of the corner, dx, row shear, y of the corner, column shear, dy).

    Raises
    ------
    SceneError
        There are not six finite numbers, or the coordinate system is not understood.
    """
    if len(geotransform) != 6 or not all(math.isfinite(value) for value in geotransform):
        raise SceneError(f"the map grid is not six numbers: {list(geotransform)}")
    x, dx, row_shear, y, column_shear, dy = (float(value) + 0.0 for value in geotransform)
    return MapGrid(crs=short_crs(crs), transform=(dx, row_shear, x, column_shear, dy, y), shape=shape)


def short_crs(crs: str) -> str:
    """A coordinate system as its EPSG code if it has one, else as WKT.

    Raises
    ------
    SceneError
        It is not understood.
    """
    try:
        parsed = CRS.from_user_input(crs)
    except CRSError as error:
        raise SceneError(f"the coordinate system is not understood: {crs[:80]!r}") from error
    code = parsed.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else parsed.to_wkt()


def coordinates_of_grid(grid: MapGrid) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of the centre of every cell of a map grid. (row, column) float64 [degree]"""
    a, b, c, d, e, f = grid.transform
    row, column = np.mgrid[0 : grid.shape[0], 0 : grid.shape[1]] + 0.5
    return to_lon_lat(a * column + b * row + c, d * column + e * row + f, grid.crs)


def to_lon_lat(x: FloatArray, y: FloatArray, crs: str) -> tuple[FloatArray, FloatArray]:
    """Map coordinates as longitude and latitude, WGS 84; NaN stays NaN. [degree]"""
    if crs == "EPSG:4326":
        return x, y
    longitude, latitude = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    unknown = ~np.isfinite(longitude) | ~np.isfinite(latitude)
    longitude[unknown] = np.nan
    latitude[unknown] = np.nan
    return longitude, latitude


def check_coordinates(longitude: FloatArray, latitude: FloatArray, where: Path) -> None:
    """Refuse coordinates that cannot be degrees.

    Raises
    ------
    GeometryMissing
        None is known, or some lie outside -180..360 and -90..90.
    """
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        raise GeometryMissing(f"{where} holds no coordinates")
    lon, lat = longitude[known], latitude[known]
    if lon.min() < -180 or lon.max() > 360 or lat.min() < -90 or lat.max() > 90:
        raise GeometryMissing(
            f"coordinates in {where} run over longitude {lon.min():g} to {lon.max():g}, latitude {lat.min():g} to "
            f"{lat.max():g}",
            hint="are they in degrees, and in the order longitude, latitude?",
        )
