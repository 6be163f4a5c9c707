"""Pictures of one plume for the report: its map, and where the uncertainty of its rate comes from."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from matplotlib.patches import Circle

from superemitter.model import EmissionRate, PlumeResult, SceneResult, Wind
from superemitter.model.footprint import metres_from
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
    save,
    tidy,
    write,
)
from superemitter.publish.geometry import mask_outline, pixel_corners, window_of

#: Candidates drawn and listed; the files hold all of them.
LISTED_CANDIDATES = 8
_LARGEST_WINDOW = 240  # pixels a side; larger windows are thinned
_BAR = "#3b6ea5"


def plume_map_png(result: SceneResult, plume: PlumeResult) -> bytes:
    """The plume on the sensor's own pixels, in metres from its source, as PNG.

    Shows the enhancement, the outline, the source point with its 1-sigma circle, the wind and the candidate
    facilities (A, B, ... as in the report's table).
    """
    top = 0.4 if result.enhancement.simulated else 0.0
    figure = new_figure(5.6, 4.7 + top)
    height = 4.7 + top
    axes = figure.add_axes((0.125, 0.5 / height, 0.68, 4.0 / height))
    mesh = _draw_gas(axes, result, plume)
    _draw_source(axes, plume)
    _draw_candidates(axes, plume)
    if isinstance(plume.wind, Wind):
        _draw_wind(axes, plume.wind)
    draw_scale_bar(axes, 1.0, on_dark=True)
    draw_north_arrow(axes, on_dark=True)
    tidy(axes, "East of source [m]", "North of source [m]")
    bar_axes = figure.add_axes((0.84, 0.5 / height, 0.026, 4.0 / height))
    bar = figure.colorbar(mesh, cax=bar_axes, extend="both")
    bar.set_label("Methane enhancement [ppm m]", fontsize=8, color=MUTED)
    bar.ax.tick_params(labelsize=7, colors=MUTED)
    bar.outline.set_visible(False)
    if result.enhancement.simulated:
        draw_banner(figure)
    return _png(figure)


def rate_chart_png(plume: PlumeResult) -> bytes | None:
    """Where the uncertainty comes from; without a wind, the rate at each wind speed. PNG, or None for neither."""
    quantification = plume.quantification
    if isinstance(quantification.rate, EmissionRate):
        return _budget_png(quantification.rate) if quantification.rate.components else None
    return _wind_table_png(quantification.rate_by_wind) if quantification.rate_by_wind else None


def _budget_png(rate: EmissionRate) -> bytes:
    """Bars of the 1-sigma share of each named source of uncertainty."""
    shares = sorted(rate.components.items(), key=lambda item: item[1])
    figure = new_figure(4.6, 0.75 + 0.27 * len(shares))
    axes = figure.add_subplot()
    values = [value for _, value in shares]
    axes.barh([name for name, _ in shares], values, color=_BAR, height=0.62)
    top = max([*values, 1e-9])
    axes.set_xlim(0, 1.22 * top)
    for place, value in enumerate(values):
        share = f" ({value / rate.rate_kg_h:.0%})" if rate.rate_kg_h > 0 else ""
        write(axes, value + 0.015 * top, place, f"{value:,.0f}{share}", va="center", fontsize=7)
    tidy(axes, "1-sigma share of the rate's uncertainty [kg/h]", "")
    axes.spines[["top", "right"]].set_visible(False)
    figure.set_layout_engine("tight")
    return _png(figure)


def _wind_table_png(table: tuple[tuple[float, EmissionRate], ...]) -> bytes:
    """Rate with its 68 % and 95 % intervals against wind speed."""
    figure = new_figure(4.6, 2.6)
    axes = figure.add_subplot()
    for speed, rate in table:
        axes.plot([speed, speed], [rate.low95_kg_h, rate.high95_kg_h], color=_BAR, linewidth=1.2)
        axes.plot(
            [speed, speed],
            [rate.low_kg_h, rate.high_kg_h],
            color=_BAR,
            linewidth=6,
            solid_capstyle="butt",
            alpha=0.55,
        )
    speeds = [speed for speed, _ in table]
    axes.plot(speeds, [rate.rate_kg_h for _, rate in table], "o", color=INK, markersize=4)
    axes.set_xlim(0, max(speeds) + 1)
    axes.set_ylim(bottom=min(0.0, *(rate.low95_kg_h for _, rate in table)))
    axes.set_xticks(speeds)
    tidy(axes, "Assumed wind speed [m/s]", "Rate [kg/h]: median, 68 %, 95 %")
    axes.grid(axis="y", linewidth=0.4, color="#d5dbe1")
    axes.spines[["top", "right"]].set_visible(False)
    figure.set_layout_engine("tight")
    return _png(figure)


def _draw_gas(axes: Axes, result: SceneResult, plume: PlumeResult) -> Any:
    """Enhancement pixel by pixel in a square around the plume, and the plume's outline."""
    found = plume.plume
    footprint = result.enhancement.footprint
    window = window_of(found.mask, pad=_pad(found.mask))
    source = found.source_longitude, found.source_latitude
    east, north = metres_from(*source, footprint.longitude[window], footprint.latitude[window])
    values = result.enhancement.enhancement_ppm_m[window]
    outline = mask_outline(east, north, found.mask[window])
    k = max(math.ceil(max(values.shape) / _LARGEST_WINDOW), 1)
    corner_east, corner_north = pixel_corners(east[::k, ::k], north[::k, ::k])
    noise = result.enhancement.sigma_ppm_m[found.mask]
    known = noise[np.isfinite(noise)]
    low, high = colour_range(values[found.mask[window]], 3.0 * float(np.median(known)) if known.size else math.nan)
    axes.set_facecolor("#c9d0d6")
    placed = np.isfinite(corner_east) & np.isfinite(corner_north)
    lost = ~(placed[:-1, :-1] & placed[1:, :-1] & placed[:-1, 1:] & placed[1:, 1:])
    mesh = axes.pcolormesh(
        np.where(placed, corner_east, 0.0),
        np.where(placed, corner_north, 0.0),
        np.ma.masked_where(lost | ~np.isfinite(values[::k, ::k]), values[::k, ::k]),
        cmap=COLOUR_MAP,
        vmin=low,
        vmax=high,
        rasterized=True,
    )
    draw_outline(axes, outline, linewidth=1.3, path_effects=halo(2.6, "#00000090"), zorder=4)
    _frame(axes, outline.bounds if not outline.is_empty else (-500.0, -500.0, 500.0, 500.0), found.source_sigma_m)
    return mesh


def _pad(mask: Any) -> int:
    """Pixels shown around a plume: enough to fill a square frame."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    longest = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    return max(longest, 14)


def _frame(axes: Axes, bounds: tuple[float, float, float, float], sigma_m: float) -> None:
    """A square that holds the outline and the source circle, with a margin."""
    west, south = min(bounds[0], -2 * sigma_m), min(bounds[1], -2 * sigma_m)
    east, north = max(bounds[2], 2 * sigma_m), max(bounds[3], 2 * sigma_m)
    half = 0.5 * max(east - west, north - south) * 1.35
    x, y = (west + east) / 2, (south + north) / 2
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    axes.set_aspect("equal")
    axes.locator_params(nbins=6)


def _draw_source(axes: Axes, plume: PlumeResult) -> None:
    circle = Circle(
        (0, 0),
        plume.plume.source_sigma_m,
        fill=False,
        edgecolor="white",
        linewidth=1.2,
        linestyle=(0, (4, 2)),
        path_effects=halo(2.4, "#000000a0"),
        zorder=6,
    )
    axes.add_patch(circle)
    cross = {"marker": "+", "markersize": 9, "markeredgewidth": 1.6, "color": "white"}
    axes.plot(0, 0, **cross, path_effects=halo(3, INK), zorder=9)


def _draw_candidates(axes: Axes, plume: PlumeResult) -> None:
    """The candidate facilities that lie inside the frame, by letter."""
    if plume.attribution is None:
        return
    found = plume.plume
    source = found.source_longitude, found.source_latitude
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for letter, candidate in zip("ABCDEFGH", plume.attribution.candidates[:LISTED_CANDIDATES], strict=False):
        place = candidate.facility
        x, y = metres_from(*source, place.longitude, place.latitude)
        if not (left < x < right and bottom < y < top):
            continue
        square = {"marker": "s", "markersize": 7, "markerfacecolor": "none", "markeredgecolor": "white"}
        axes.plot(x, y, **square, markeredgewidth=1.6, path_effects=halo(3, INK), zorder=8)
        axes.annotate(
            letter,
            (x, y),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            fontweight="bold",
            color="white",
            path_effects=halo(2.5, INK),
            zorder=8,
        )


def _draw_wind(axes: Axes, wind: Wind) -> None:
    """An arrow in the upper left corner that points where the wind blows to."""
    angle = math.radians(wind.from_deg + 180.0)
    dx, dy = 0.055 * math.sin(angle), 0.055 * math.cos(angle)
    axes.annotate(
        "",
        xy=(0.085 + dx, 0.915 + dy),
        xytext=(0.085 - dx, 0.915 - dy),
        xycoords="axes fraction",
        arrowprops={
            "arrowstyle": "-|>,head_width=0.32,head_length=0.55",
            "color": "white",
            "linewidth": 2.2,
            "path_effects": halo(4, INK),
        },
        zorder=9,
    )
    text = f"wind {wind.speed_m_s:.1f} m/s"
    style = {"color": "white", "va": "center", "path_effects": halo(2.5, INK), "zorder": 9}
    write(axes, 0.165, 0.915, text, transform=axes.transAxes, **style)


def _png(figure: Any) -> bytes:
    out = io.BytesIO()
    save(figure, out, dpi=120)
    return out.getvalue()
