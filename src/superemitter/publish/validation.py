"""``validation.html``: how good the measurement is, on one page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from superemitter.publish.drawing import INK, MUTED, draw_banner, new_figure, save, tidy

_MARK = "#3b6ea5"
_BOUNDS = (10.0, 40_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page: text, one table, one picture; any of them may be missing.

    Attributes
    ----------
    title, text : str
    head : tuple of str
    rows : tuple of tuple of str
        Cells as they are shown.
    picture : bytes, optional
        PNG.
    caption : str
        What the picture shows.
    """

    title: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    picture: bytes | None = None
    caption: str = ""


def write_validation(path: Path, *, title: str, lead: str, sections: Sequence[Section]) -> None:
    """Write the page as a single HTML file: no script, no request to anywhere, pictures inside."""
    environment = Environment(
        loader=PackageLoader("superemitter.publish"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("validation.html.j2")
    shown = [(section, _data_uri(section.picture)) for section in sections]
    path.write_text(template.render(title=title, lead=lead, sections=shown), encoding="utf-8", newline="\n")


def _data_uri(picture: bytes | None) -> str:
    return "" if picture is None else "data:image/png;base64," + base64.b64encode(picture).decode()


def recall_png(bins: Sequence[tuple[float, int, int]], unit: str) -> bytes:
    """Share of leaks found against their size, with binomial bounds.

    Parameters
    ----------
    bins : sequence of (place on the axis, leaks, found)
    unit : str
        Label of the axis.
    """
    figure, top = _canvas()
    axes = figure.add_axes((0.13, 0.16, 0.82, 0.8 - top))
    for place, leaks, found in bins:
        if not leaks:
            continue
        share = (found + 1.0) / (leaks + 2.0)  # Agresti-Coull, so that 0 of 3 is not certainty
        error = (share * (1.0 - share) / (leaks + 2.0)) ** 0.5
        axes.plot([place, place], [max(share - error, 0), min(share + error, 1)], color=_MARK, linewidth=1.2)
        axes.plot(place, found / leaks, "o", color=INK, markersize=4)
    axes.set(xscale="log", ylim=(-0.03, 1.03))
    tidy(axes, unit, "Share found")
    return _png(figure)


def scatter_png(
    true_kg_h: Sequence[float], rate_kg_h: Sequence[float], low_kg_h: Sequence[float], high_kg_h: Sequence[float]
) -> bytes:
    """Reported against true rate with its 68 % interval, both on logarithmic axes."""
    figure, top = _canvas()
    axes = figure.add_axes((0.13, 0.16, 0.82, 0.8 - top))
    axes.plot(_BOUNDS, _BOUNDS, color=MUTED, linewidth=0.8)
    for x, low, high in zip(true_kg_h, low_kg_h, high_kg_h, strict=True):
        axes.plot([x, x], [max(low, _BOUNDS[0]), max(high, _BOUNDS[0])], color=_MARK, linewidth=0.8, alpha=0.6)
    axes.plot(true_kg_h, rate_kg_h, "o", color=INK, markersize=2.5)
    axes.set(xscale="log", yscale="log", xlim=_BOUNDS, ylim=_BOUNDS)
    tidy(axes, "True rate [kg/h]", "Reported rate, 68 % interval [kg/h]")
    return _png(figure)


def reliability_png(rows: Sequence[tuple[float, float, int]]) -> bytes:
    """Observed frequency against stated probability."""
    figure, top = _canvas()
    axes = figure.add_axes((0.13, 0.16, 0.82, 0.8 - top))
    axes.plot((0, 1), (0, 1), color=MUTED, linewidth=0.8)
    for stated, observed, count in rows:
        axes.plot(stated, observed, "o", color=_MARK, markersize=3 + min(count, 60) ** 0.5)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    tidy(axes, "Stated probability", "Observed frequency")
    return _png(figure)


def _canvas() -> tuple[Figure, float]:
    """A figure under a banner: everything drawn here is of simulated leaks."""
    figure = new_figure(5.2, 3.8)
    draw_banner(figure)
    return figure, 0.06


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    save(figure, buffer)
    return buffer.getvalue()
