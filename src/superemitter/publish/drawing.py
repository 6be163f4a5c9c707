"""Parts that every picture shares: canvas, outlines, scale bar, north arrow, banner."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import shapely
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from shapely.geometry.base import BaseGeometry

Axes: TypeAlias = Any  # matplotlib is not typed

COLOUR_MAP: Final = "inferno"  # readable for colour-blind people and in grey print
INK: Final = "#1b2733"
MUTED: Final = "#5b6b7a"
OUTLINE: Final = "#35d0e0"
WARNING: Final = "#b3261e"


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many inches, without any state shared between pictures."""
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path | Any, dpi: int = 130) -> None:
    """Write a PNG that depends on nothing but what it shows: no date, no software version."""
    figure.savefig(path, dpi=dpi, format="png", metadata={"Software": None})


def plain(text: str) -> str:
    """A text with ``?`` for characters the font lacks; the report keeps every name in its script."""
    known = _characters()
    return "".join(c if c == "\n" or ord(c) in known else "?" for c in text)


@cache
def _characters() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont("DejaVu Sans"))
    return frozenset(font.get_charmap())


def write(axes: Axes, x: float, y: float, text: str, **style: Any) -> Any:
    """A text that is never taken for mathematics."""
    return axes.text(x, y, plain(text), parse_math=False, **{"color": INK, "fontsize": 8, **style})


def halo(width: float = 2.0, colour: str = "white") -> list[withStroke]:
    """A rim that keeps a text or a line readable on any ground."""
    return [withStroke(linewidth=width, foreground=colour)]


def draw_outline(axes: Axes, geometry: BaseGeometry, **style: Any) -> None:
    """The rings of a (multi)polygon."""
    paths = [
        Outline(shapely.get_coordinates(ring))
        for polygon in shapely.get_parts(geometry)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    if paths:
        style = {"edgecolor": OUTLINE, "linewidth": 1.2, **style}
        axes.add_patch(PathPatch(Outline.make_compound_path(*paths), facecolor="none", **style))


def draw_scale_bar(axes: Axes, metres_per_unit: float, *, on_dark: bool = False) -> None:
    """A bar of a round length in the lower left corner.

    Parameters
    ----------
    metres_per_unit : float
        Ground length of one unit of the x axis. [m]
    on_dark : bool
        White with a dark rim instead of the reverse.
    """
    ink, rim = ("white", INK) if on_dark else (INK, "white")
    left, right = axes.get_xlim()
    length_m = round_below(0.25 * (right - left) * metres_per_unit)
    share = length_m / metres_per_unit / (right - left)
    name = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    where = {"transform": axes.transAxes, "zorder": 9, "solid_capstyle": "butt"}
    axes.plot([0.035, 0.035 + share], [0.045, 0.045], color=rim, linewidth=5.5, **where)
    axes.plot([0.035, 0.035 + share], [0.045, 0.045], color=ink, linewidth=3, **where)
    style = {"transform": axes.transAxes, "ha": "center", "va": "bottom", "zorder": 9}
    write(axes, 0.035 + share / 2, 0.062, name, color=ink, path_effects=halo(2, rim), **style)


def draw_north_arrow(axes: Axes, *, on_dark: bool = False) -> None:
    """North is up on every map; the arrow says so."""
    ink, rim = ("white", INK) if on_dark else (INK, "white")
    axes.annotate(
        "N",
        xy=(0.955, 0.965),
        xytext=(0.955, 0.875),
        xycoords="axes fraction",
        ha="center",
        va="center",
        fontsize=10,
        fontweight="bold",
        color=ink,
        path_effects=halo(2, rim),
        arrowprops={"arrowstyle": "-|>", "color": ink, "linewidth": 1.6, "path_effects": halo(2, rim)},
        zorder=9,
    )


def draw_banner(figure: Figure) -> None:
    """A band across the top: what is shown was simulated."""
    figure.text(
        0.5,
        1.0 - 0.12 / figure.get_figheight(),
        "SIMULATED DATA - not an observation",
        ha="center",
        va="top",
        fontsize=10,
        fontweight="bold",
        color="white",
        bbox={"facecolor": WARNING, "edgecolor": "none", "boxstyle": "square,pad=0.45"},
        zorder=20,
    )


def round_below(value: float) -> float:
    """The largest of 1, 2, 5, 10, ... that is not above `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(m for m in (1.0, 2.0, 5.0) if m * power <= value * (1 + 1e-9)) * power


def colour_range(values: np.ndarray[Any, Any], fallback: float) -> tuple[float, float]:
    """From 0 to the 99th percentile of some enhancements, at least `fallback`. [ppm m]"""
    known = values[np.isfinite(values)]
    top = float(np.percentile(known, 99.0)) if known.size else 0.0
    top = max(top, fallback if math.isfinite(fallback) and fallback > 0 else 1.0)
    return 0.0, top


def tidy(axes: Axes, x_label: str, y_label: str) -> None:
    """Labels with units, small ticks, thin frame."""
    axes.set_xlabel(x_label, fontsize=8, color=MUTED)
    axes.set_ylabel(y_label, fontsize=8, color=MUTED)
    axes.tick_params(labelsize=7, colors=MUTED, width=0.6, length=3)
    for side in axes.spines.values():
        side.set(color="#c4ccd4", linewidth=0.8)
