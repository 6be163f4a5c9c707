"""Where the leak is: the plume in its surroundings, and the 50 m around its source."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import shapely
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle
from pylopdf_fonts_zh_cn import sans_path
from shapely.geometry.base import BaseGeometry

from superemitter.model.footprint import metres_per_degree
from superemitter.publish.drawing import (
    INK,
    MUTED,
    WARNING,
    Axes,
    draw_banner,
    draw_north_arrow,
    draw_outline,
    draw_scale_bar,
    halo,
    new_figure,
    save,
)

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_GROUND: Final = "#eef1f4"
_PLUME: Final = "#0b7285"
_CLOSE_HALF: Final = 1.6  # half a side of the close-up, in radii of the circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A facility on the map, by its letter."""

    letter: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapWords:
    """What is written on the map, in the notice's language."""

    overview: str
    close_up: str
    longitude: str
    latitude: str
    east: str
    north: str


def location_map_png(
    *,
    longitude: float,
    latitude: float,
    outline: BaseGeometry | None,
    places: Sequence[Place],
    radius_m: float,
    words: MapWords,
    simulated: bool,
) -> bytes:
    """Two north-up maps side by side, as PNG.

    Parameters
    ----------
    longitude, latitude : float
        Of the source. [degree]
    outline : geometry, optional
        The plume's (multi)polygon in longitude and latitude.
    places : sequence of Place
    radius_m : float
        Of the circle that the rule draws around the source. [m]
    words : MapWords
    simulated : bool
        Puts the banner on it.
    """
    m_east, m_north = (float(v) for v in metres_per_degree(np.asarray(latitude)))

    def to_metres(xy: Any) -> Any:
        east = ((xy[:, 0] - longitude + 180.0) % 360.0 - 180.0) * m_east
        return np.column_stack((east, (xy[:, 1] - latitude) * m_north))

    gas = shapely.transform(outline, to_metres) if outline is not None else None
    points = [(p.letter, *to_metres(np.array([[p.longitude, p.latitude]]))[0]) for p in places]
    top = 0.4 if simulated else 0.0
    height = 3.55 + top
    figure = new_figure(7.4, height)
    left = figure.add_axes((0.105, 0.5 / height, 0.37, 2.75 / height))
    right = figure.add_axes((0.605, 0.5 / height, 0.37, 2.75 / height))
    _overview(left, gas, points, radius_m, words, (longitude, latitude, m_east, m_north))
    _close_up(right, gas, points, radius_m, words)
    if simulated:
        draw_banner(figure)
    out = io.BytesIO()
    save(figure, out, dpi=150)
    return out.getvalue()


def _overview(
    axes: Axes,
    gas: BaseGeometry | None,
    points: Sequence[tuple[str, float, float]],
    radius_m: float,
    words: MapWords,
    frame: tuple[float, float, float, float],
) -> None:
    longitude, latitude, m_east, m_north = frame
    west, south, east, north = (
        gas.bounds if gas is not None and not gas.is_empty else (-500.0, -500.0, 500.0, 500.0)
    )
    west, south = min(west, -radius_m), min(south, -radius_m)
    east, north = max(east, radius_m), max(north, radius_m)
    half = 0.5 * max(east - west, north - south, 8 * radius_m) * 1.3
    _square(axes, (west + east) / 2, (south + north) / 2, half)
    _draw(axes, gas, points, radius_m)
    _ticks(axes.xaxis, axes.get_xlim(), longitude, m_east)
    _ticks(axes.yaxis, axes.get_ylim(), latitude, m_north)
    _finish(axes, words.overview, words.longitude, words.latitude)


def _close_up(
    axes: Axes,
    gas: BaseGeometry | None,
    points: Sequence[tuple[str, float, float]],
    radius_m: float,
    words: MapWords,
) -> None:
    _square(axes, 0.0, 0.0, _CLOSE_HALF * radius_m)
    _draw(axes, gas, points, radius_m)
    axes.locator_params(nbins=5)
    _finish(axes, words.close_up, words.east, words.north)


def _square(axes: Axes, x: float, y: float, half: float) -> None:
    axes.set_facecolor(_GROUND)
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    axes.set_aspect("equal")


def _draw(
    axes: Axes, gas: BaseGeometry | None, points: Sequence[tuple[str, float, float]], radius_m: float
) -> None:
    """Plume, circle, source and the facilities that lie in the frame."""
    if gas is not None:
        draw_outline(axes, gas, edgecolor=_PLUME, linewidth=1.4, zorder=3)
    circle = {"fill": False, "edgecolor": WARNING, "linewidth": 1.3, "linestyle": (0, (4, 2))}
    axes.add_patch(Circle((0, 0), radius_m, **circle, zorder=5))
    axes.plot(0, 0, "+", markersize=10, markeredgewidth=1.8, color=INK, path_effects=halo(3.2), zorder=7)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for letter, x, y in points:
        if not (left < x < right and bottom < y < top):
            continue
        axes.plot(x, y, "s", markersize=6, color="white", markeredgecolor=INK, markeredgewidth=1.3, zorder=6)
        axes.annotate(
            letter,
            (x, y),
            xytext=(6, 5),
            textcoords="offset points",
            fontsize=9,
            color=INK,
            fontproperties=_font(9.0),
            path_effects=halo(2.5),
            zorder=8,
        )


def _ticks(axis: Any, limits: tuple[float, float], centre: float, metres: float) -> None:
    """Three ticks in degrees on an axis that runs in metres."""
    low, high = limits
    places = [low + share * (high - low) for share in (0.12, 0.5, 0.88)]
    axis.set_ticks(places, [f"{_turned(centre + place / metres):.4f}°" for place in places])


def _turned(degree: float) -> float:
    return (degree + 180.0) % 360.0 - 180.0


def _finish(axes: Axes, title: str, x_label: str, y_label: str) -> None:
    draw_scale_bar(axes, 1.0)
    draw_north_arrow(axes)
    style = {"parse_math": False}
    axes.set_title(title, fontproperties=_font(9.0), color=INK, loc="left", **style)
    axes.set_xlabel(x_label, fontproperties=_font(7.5), color=MUTED, **style)
    axes.set_ylabel(y_label, fontproperties=_font(7.5), color=MUTED, **style)
    axes.tick_params(labelsize=6.5, colors=MUTED, width=0.6, length=3)
    for side in axes.spines.values():
        side.set(color="#c4ccd4", linewidth=0.8)


@cache
def _font_file() -> str:
    return str(sans_path())


def _font(size: float) -> FontProperties:
    return FontProperties(fname=_font_file(), size=size)
