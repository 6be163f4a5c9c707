"""A plume's enhancement as a picture that a map lays over the ground: see-through where there is only noise."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
import shapely
from matplotlib import colormaps
from matplotlib.image import imsave
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.features import geometry_mask
from rasterio.warp import transform
from rasterio.windows import Window
from shapely.geometry.base import BaseGeometry

from superemitter.model.errors import SceneError
from superemitter.model.types import BoolArray, FloatArray
from superemitter.publish.drawing import COLOUR_MAP, colour_range
from superemitter.publish.raster import BANDS

#: Cells on the longer side of the picture; larger windows are thinned.
LARGEST_SIDE: Final = 512
#: Enhancements below the first are not drawn at all, from the second on they are drawn in full. [1-sigma of noise]
FAINT_SIGMA, FULL_SIGMA = 2.0, 3.0
_OPACITY: Final = 0.92
_MARGIN_CELLS: Final = 6
_LARGEST_BLOCK: Final = 4096 * 4096
_LARGEST_WINDOW: Final = 16_384
#: The file, and nothing that it or files beside it may name: no other formats, no side files, no network.
_ALONE: Final = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A picture of a plume, with its place and the meaning of its colours.

    Attributes
    ----------
    png : bytes
    corners : four of (longitude, latitude)
        Of the picture, clockwise from its top left; longitudes go beyond 180 across the antimeridian. [degree]
    low_ppm_m, high_ppm_m : float
        Enhancement of the first and of the last colour. [ppm m]
    """

    png: bytes
    corners: Corners
    low_ppm_m: float
    high_ppm_m: float


def plume_overlay(path: Path, area: BaseGeometry) -> Overlay:
    """A plume in an enhancement map, as a picture of at most 512 by 512 cells.

    Only the part of the file around the plume is read, and only the plume with a few cells around it is drawn:
    beside it may lie others that are not for everybody. The file may be hostile: it is opened as a GeoTIFF and as
    nothing else, files beside it are not looked at, and blocks that would not fit into memory are refused.

    Parameters
    ----------
    path : Path
        ``enhancement.tif`` of a scan; see :func:`superemitter.publish.raster.write_enhancement`.
    area : geometry
        Outline of the plume; its longitudes run on beyond 180 across the antimeridian. [degree]

    Raises
    ------
    SceneError
        The file is missing, is no such map, or does not show the place.
    """
    try:
        with rasterio.Env(**_ALONE), _opened(path) as image:
            _check(image, path)
            ground = _on_ground(image, area, path)
            window = _window(image, ground, path)
            enhancement, sigma = _read(image, window)
            enhancement[_beside(image, window, ground, enhancement.shape)] = np.nan
            corners = _corners(image, window)
    except (RasterioError, OSError, ValueError) as error:
        raise SceneError(f"{path.name} cannot be read as an enhancement map: {error}") from error
    low, high = colour_range(enhancement[enhancement >= FULL_SIGMA * sigma], FULL_SIGMA * _median(sigma))
    return Overlay(png=_png(enhancement, sigma, high), corners=corners, low_ppm_m=low, high_ppm_m=high)


def colours(count: int = 32) -> tuple[str, ...]:
    """The colours from the lowest to the highest enhancement, as ``#rrggbb``: what a colour bar shows."""
    shades = colormaps[COLOUR_MAP](np.linspace(0.0, 1.0, count), bytes=True)
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue, _ in shades)


def _opened(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # such a file is refused
        return rasterio.open(path, driver="GTiff")


def _check(image: Any, path: Path) -> None:
    names = [name for name, _, _ in BANDS]
    if list(image.descriptions) != names or image.crs is None or set(image.dtypes) != {"float32"}:
        raise SceneError(f"{path.name} is no enhancement map", hint=f"its bands must be {', '.join(names)}")
    if any(rows * columns > _LARGEST_BLOCK for rows, columns in image.block_shapes):
        raise SceneError(f"{path.name} is stored in blocks too large to read a part of", hint="make it a COG")
    grid = image.transform
    if grid.b or grid.d or not (grid.a > 0 > grid.e) or not all(map(math.isfinite, grid[:6])):
        raise SceneError(f"{path.name} is not north-up")


def _on_ground(image: Any, area: BaseGeometry, path: Path) -> BaseGeometry:
    """The area in the image's own coordinates."""
    points = shapely.get_coordinates(area)
    if not points.size:
        raise SceneError("the plume has no outline")
    x, y = (np.asarray(values) for values in transform("EPSG:4326", image.crs, points[:, 0], points[:, 1]))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise SceneError(f"the place of the plume is not on {path.name}")
    if image.crs.is_geographic:  # on the image's turn of the globe, without a jump at the antimeridian
        x = x[0] + (x - x[0] + 180.0) % 360.0 - 180.0
        x = x + 360.0 * round(((image.bounds.left + image.bounds.right) - (x.min() + x.max())) / 720.0)
    return shapely.transform(area, lambda _: np.column_stack([x, y]))


def _window(image: Any, ground: BaseGeometry, path: Path) -> Window:
    """The plume with a margin, within the image."""
    grid = image.transform
    west, south, east, north = ground.bounds
    columns = ((west - grid.c) / grid.a, (east - grid.c) / grid.a)
    rows = ((north - grid.f) / grid.e, (south - grid.f) / grid.e)
    left, right = _clipped(columns, image.width)
    top, bottom = _clipped(rows, image.height)
    if right <= left or bottom <= top:
        raise SceneError(f"the plume lies outside {path.name}")
    if max(right - left, bottom - top) > _LARGEST_WINDOW:
        raise SceneError(f"the plume covers more than {_LARGEST_WINDOW:,} cells of {path.name}")
    return Window(left, top, right - left, bottom - top)


def _clipped(span: tuple[float, float], size: int) -> tuple[int, int]:
    """First cell and the one behind the last, with the margin, of those that there are."""
    low, high = (min(max(edge, -1e9), 1e9) for edge in span)
    return max(0, math.floor(low) - _MARGIN_CELLS), min(size, math.ceil(high) + _MARGIN_CELLS)


def _beside(image: Any, window: Window, ground: BaseGeometry, shape: tuple[int, ...]) -> BoolArray:
    """Cells of the picture farther from the plume than the margin."""
    grid = image.transform
    near = ground.buffer(_MARGIN_CELLS * max(grid.a, -grid.e))
    across, down = grid.a * window.width / shape[1], grid.e * window.height / shape[0]
    left, top = grid.c + grid.a * window.col_off, grid.f + grid.e * window.row_off
    cells = rasterio.Affine(across, 0.0, left, 0.0, down, top)
    return np.asarray(geometry_mask([near], out_shape=shape, transform=cells, all_touched=True))


def _read(image: Any, window: Window) -> tuple[FloatArray, FloatArray]:
    """Enhancement and noise, thinned where the window is large; NaN where nothing was measured."""
    shrink = max(1.0, max(window.width, window.height) / LARGEST_SIDE)
    shape = (2, max(1, round(window.height / shrink)), max(1, round(window.width / shrink)))
    read = image.read((1, 2), window=window, out_shape=shape, resampling=Resampling.nearest, masked=True)
    enhancement, sigma = np.ma.filled(read.astype(np.float64), np.nan)
    return enhancement, np.where(sigma > 0, sigma, np.nan)


def _corners(image: Any, window: Window) -> Corners:
    grid = image.transform
    left, right = grid.c + grid.a * window.col_off, grid.c + grid.a * (window.col_off + window.width)
    top, bottom = grid.f + grid.e * window.row_off, grid.f + grid.e * (window.row_off + window.height)
    xs, ys = [left, right, right, left], [top, top, bottom, bottom]
    lon, lat = transform(image.crs, "EPSG:4326", xs, ys)
    turned = [one - 360.0 * round((one - lon[0]) / 360.0) for one in lon]
    a, b, c, d = ((round(x, 7), round(y, 7)) for x, y in zip(turned, lat, strict=True))
    return a, b, c, d


def _median(sigma: FloatArray) -> float:
    known = sigma[np.isfinite(sigma)]
    return float(np.median(known)) if known.size else math.nan


def _png(enhancement: FloatArray, sigma: FloatArray, high: float) -> bytes:
    shown = np.nan_to_num(enhancement, nan=0.0, posinf=high, neginf=0.0)
    shades = colormaps[COLOUR_MAP](np.clip(shown / high, 0.0, 1.0), bytes=True)
    with np.errstate(invalid="ignore", over="ignore"):
        strength = np.clip((enhancement / sigma - FAINT_SIGMA) / (FULL_SIGMA - FAINT_SIGMA), 0.0, 1.0)
    shades[..., 3] = np.round(255.0 * _OPACITY * np.nan_to_num(strength))
    shades[shades[..., 3] == 0] = 0  # nothing of what is not drawn is told
    out = io.BytesIO()
    nothing_more: Any = {"Software": None}
    imsave(out, shades, format="png", metadata=nothing_more)
    return out.getvalue()
