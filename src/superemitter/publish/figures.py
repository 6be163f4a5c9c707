"""``quicklook.png``: the scene with its plumes at one look."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import shapely
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from superemitter.model import EmissionRate, Footprint, MapGrid, PlumeResult, SceneResult
from superemitter.model.footprint import metres_per_degree
from superemitter.model.types import FloatArray
from superemitter.publish.drawing import (
    COLOUR_MAP,
    INK,
    MUTED,
    Axes,
    colour_range,
    draw_banner,
    draw_north_arrow,
    draw_outline,
    draw_scale_bar,
    halo,
    new_figure,
    plain,
    save,
    tidy,
    write,
)
from superemitter.publish.geometry import mask_outline, unwrapped, window_of
from superemitter.publish.grid_view import MapView
from superemitter.publish.wording import rate_parts, scene_text

ByteArray: TypeAlias = NDArray[np.uint8]

MAX_PIXELS: Final = 1600
_LISTED = 12  # plumes with their rate in the list; all are outlined
_GREY = 0.60  # how far the ground is darkened, so that the gas stands out


def write_quicklook(result: SceneResult, path: Path, view: MapView) -> None:
    """Draw the enhancement over the scene's picture, with outlined and numbered plumes, and save it as PNG.

    Parameters
    ----------
    result : SceneResult
    path : Path
    view : MapView
        The scene's north-up map; thinned to at most 1600 cells a side before it is drawn.
    """
    small = thinned(view)
    a, _, c, _, e, f = small.grid.transform
    rows, columns = small.grid.shape
    extent = (c, c + a * columns, f + e * rows, f)
    geographic = CRS.from_user_input(small.grid.crs).is_geographic
    middle = np.asarray(f + e * rows / 2)
    stretch = float(metres_per_degree(middle)[1] / metres_per_degree(middle)[0]) if geographic else 1.0
    figure, axes, side = _layout(rows * abs(e) * stretch / (columns * a))

    overlay, colours = _overlay(result, small)
    axes.imshow(_ground(result, small), extent=extent, interpolation="nearest")
    axes.imshow(overlay, extent=extent, interpolation="nearest")
    axes.set_aspect(stretch if geographic else 1.0)
    axes.set(xlim=extent[:2], ylim=extent[2:])
    tidy(axes, *(("Longitude [°]", "Latitude [°]") if geographic else ("Easting [m]", "Northing [m]")))
    axes.ticklabel_format(useOffset=False, style="plain")
    axes.locator_params(nbins=5)
    _draw_plumes(axes, result, view.grid)
    draw_scale_bar(axes, float(metres_per_degree(middle)[0]) if geographic else 1.0)
    draw_north_arrow(axes)
    _draw_side(figure, side, result, colours)
    if result.enhancement.simulated:
        draw_banner(figure)
    save(figure, path)


def thinned(view: MapView, limit: int = MAX_PIXELS) -> MapView:
    """Every k-th cell of a map, so that no side is longer than `limit`."""
    k = max(math.ceil(max(view.grid.shape) / limit), 1)
    if k == 1:
        return view
    index = view.index[k // 2 :: k, k // 2 :: k]
    a, b, c, d, e, f = view.grid.transform
    rows, columns = index.shape
    grid = MapGrid(crs=view.grid.crs, transform=(k * a, b, c, d, k * e, f), shape=(rows, columns))
    return MapView(grid=grid, index=index)


def _layout(height_per_width: float) -> tuple[Any, Axes, Axes]:
    """A figure with a map that keeps its shape and a column of text beside it."""
    width = 7.2 if height_per_width <= 1.1 else 7.2 * 1.1 / height_per_width
    width = max(width, 3.2)
    height = min(max(width * height_per_width, 3.6), 9.0)
    full_width, full_height = width + 4.1, height + 1.2
    figure = new_figure(full_width, full_height)
    bottom = 0.6 / full_height
    axes = figure.add_axes((0.85 / full_width, bottom, width / full_width, height / full_height))
    axes.set_anchor("C")
    axes.set_facecolor("#eef1f4")
    side = figure.add_axes(((width + 1.1) / full_width, bottom, 2.85 / full_width, height / full_height))
    side.set_axis_off()
    return figure, axes, side


def _ground(result: SceneResult, view: MapView) -> ByteArray:
    """The scene's picture, stretched and darkened; flat grey without one. (row, column, 4) uint8"""
    out = np.zeros((*view.grid.shape, 4), dtype=np.uint8)
    shown = view.index >= 0
    out[..., 3] = np.where(shown, 255, 0)
    if result.preview is None:
        out[..., :3] = 70
        return out
    picture = result.preview.reshape(-1, 3)[view.index[shown]]
    grey = np.nan_to_num(picture.mean(axis=1, dtype=np.float32), nan=0.0)
    positive = grey[grey > 0]
    low, high = np.percentile(positive[:: max(positive.size // 100_000, 1)], (2, 98)) if positive.size else (0, 1)
    level = np.sqrt(np.clip((grey - low) / max(high - low, 1e-9), 0.0, 1.0))
    out[shown, :3] = (255 * (0.12 + _GREY * level)).astype(np.uint8)[:, None]
    return out


def _overlay(result: SceneResult, view: MapView) -> tuple[ByteArray, ScalarMappable]:
    """Colours of the enhancement; the detection score makes it opaque, so that noise does not hide the ground."""
    enhancement = view.show(result.enhancement.enhancement_ppm_m)
    score = view.show(result.detection.score)
    inside = result.detection.plume_pixels
    sigma = result.enhancement.sigma_ppm_m
    thin = sigma[:: max(sigma.shape[0] // 200, 1), :: max(sigma.shape[1] // 200, 1)]
    noise = float(np.median(thin[np.isfinite(thin)])) if np.isfinite(thin).any() else math.nan
    low, high = colour_range(result.enhancement.enhancement_ppm_m[inside], 4.0 * noise)
    colours = ScalarMappable(Normalize(low, high), colormaps[COLOUR_MAP])
    rgba = colours.to_rgba(np.nan_to_num(enhancement), bytes=True)
    faint = 0.5 * result.detection.threshold
    opacity = np.clip((np.nan_to_num(score, nan=-np.inf) - faint) / faint, 0.0, 0.95)
    in_plume = view.show(inside.astype(np.float32)) > 0
    opacity = np.where(in_plume, np.maximum(opacity, 0.85), opacity)
    rgba[..., 3] = np.where(np.isfinite(enhancement), 255 * opacity, 0).astype(np.uint8)
    return rgba, colours


def _draw_plumes(axes: Axes, result: SceneResult, grid: MapGrid) -> None:
    """Outline, source point and number of each plume, in the map's coordinates."""
    to_map = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    left, right = axes.get_xlim()
    for number, plume in enumerate(result.plumes, start=1):
        outline = _map_outline(result.enhancement.footprint, plume, to_map, (left + right) / 2)
        draw_outline(axes, outline, linewidth=0.9, path_effects=halo(1.7, "#00000080"), zorder=5)
        x, y = _near(plume.plume.source_longitude, plume.plume.source_latitude, to_map, (left + right) / 2)
        axes.plot(x, y, "o", markersize=3.5, color="white", markeredgecolor=INK, markeredgewidth=0.8, zorder=6)
        label = axes.annotate(
            str(number),
            xy=(x, y),
            xytext=(-9, 9),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold",
            color=INK,
            bbox={"boxstyle": "circle,pad=0.22", "facecolor": "white", "edgecolor": INK, "linewidth": 0.8},
            annotation_clip=False,
            zorder=8,
        )
        label.set_in_layout(False)


def _map_outline(footprint: Footprint, plume: PlumeResult, to_map: Transformer, middle: float) -> BaseGeometry:
    window = window_of(plume.plume.mask)
    longitude = unwrapped(footprint.longitude[window])
    outline = mask_outline(longitude, footprint.latitude[window], plume.plume.mask[window])

    def project(xy: FloatArray) -> FloatArray:
        return np.column_stack(_near(xy[:, 0], xy[:, 1], to_map, middle))

    return shapely.transform(outline, project)


def _near(longitude: Any, latitude: Any, to_map: Transformer, middle: float) -> tuple[Any, Any]:
    """A place in map coordinates; on a geographic map in the turn of the globe that the map shows."""
    x, y = to_map.transform(longitude, latitude)
    if to_map.target_crs is not None and to_map.target_crs.is_geographic:
        x = (x - middle + 180.0) % 360.0 - 180.0 + middle
    return x, y


def _draw_side(figure: Any, side: Axes, result: SceneResult, colours: ScalarMappable) -> None:
    """Title, list of plumes, colour bar and caption."""
    side.set(xlim=(0, 1), ylim=(0, 1))
    box = side.get_position()
    inch = 1.0 / (box.height * figure.get_figheight())
    y = 1.0
    write(side, 0, y, "Methane enhancement", fontsize=12, fontweight="bold", va="top")
    write(side, 0, y - 0.28 * inch, scene_text(result), va="top", color=MUTED)
    write(side, 0, y - 0.46 * inch, _wrapped(result.enhancement.scene_id), va="top", color=MUTED, fontsize=7)
    y -= 0.95 * inch
    room = max(int((y - 1.75 * inch) / (0.36 * inch)), 1)
    listed = result.plumes[: min(_LISTED, room)]
    if not result.plumes:
        write(side, 0, y, "No plume found", fontsize=9, fontweight="bold", va="top")
    for number, plume in enumerate(listed, start=1):
        rate = plume.quantification.rate
        head, tail = _rate_lines(rate) if isinstance(rate, EmissionRate) else ("no single rate", rate.reason)
        write(side, 0, y, f"{number}", fontsize=9, fontweight="bold", va="top")
        write(side, 0.08, y, head, fontsize=9, fontweight="bold", va="top")
        write(side, 0.08, y - 0.165 * inch, _cut(tail), fontsize=7, color=MUTED, va="top")
        y -= 0.36 * inch
    if len(result.plumes) > len(listed):
        more = len(result.plumes) - len(listed)
        write(side, 0, y, f"and {more} more: see report.html", fontsize=7, color=MUTED, va="top")
    bar_axes = figure.add_axes((box.x0, box.y0 + 0.95 * inch * box.height, box.width, 0.13 * inch * box.height))
    bar = figure.colorbar(colours, cax=bar_axes, orientation="horizontal", extend="both")
    bar.set_label("Methane enhancement [ppm m]", fontsize=8, color=MUTED)
    bar.ax.tick_params(labelsize=7, colors=MUTED)
    bar.outline.set_visible(False)
    caption = (
        "Cyan: plume outline. White dot: source point.\nColour is opaque where the detection score\n"
        f"nears its threshold of {result.detection.threshold:.1f} σ."
    )
    write(side, 0, 0, caption, fontsize=6, color=MUTED, va="bottom")


def _rate_lines(rate: EmissionRate) -> tuple[str, str]:
    middle, interval = rate_parts(rate)
    return f"{middle} kg/h", f"68 %: {interval} kg/h"


def _wrapped(name: str, width: int = 46) -> str:
    return "\n".join(plain(name)[i : i + width] for i in range(0, min(len(name), 2 * width), width))


def _cut(text: str, width: int = 52) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
