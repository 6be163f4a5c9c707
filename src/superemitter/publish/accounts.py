"""Pictures of accounts: a source's year."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import dates as _dates
from matplotlib.figure import Figure

from superemitter.account.annual import AnnualAccount, hours_of
from superemitter.account.spread import Spread
from superemitter.model.errors import OutputError, UsageError
from superemitter.model.rate import CannotSay
from superemitter.publish.drawing import MUTED, WARNING, Axes, draw_banner, new_figure, save, tidy, write
from superemitter.publish.wording import value_parts

_DATES: Any = _dates  # not typed
SEEN: Final = "#c2571a"
NOTHING: Final = "#3b7dd8"
BAND: Final = "#1a7f5a"
FORMATS: Final = (".png", ".svg")


def svg_bytes(figure: Figure) -> bytes:
    """A figure as SVG that depends on nothing but what it shows: no date, no random ids; text stays text."""
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "superemitter", "svg.fonttype": "none"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def check_picture(path: Path) -> None:
    """Refuse a picture whose name ends in neither ``.png`` nor ``.svg``.

    Raises
    ------
    UsageError
        It ends in something else.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"a picture {path.name!r}", hint="let its name end in .png or .svg")


def write_picture(figure: Figure, path: Path) -> None:
    """Save a figure as PNG or SVG, by the file's name.

    Raises
    ------
    UsageError
        The name ends in something else.
    OutputError
        The file cannot be written.
    """
    check_picture(path)
    try:
        if path.suffix.lower() == ".svg":
            path.write_bytes(svg_bytes(figure))
        else:
            save(figure, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def draw_account(account: AnnualAccount) -> Figure:
    """Every pass over a source in time: rates with their 68 % interval, passes that saw nothing, the mean.

    Raises
    ------
    OutputError
        There is no pass.
    """
    if not account.passes:
        raise OutputError(f"no picture: nothing looked at {account.name}")
    figure = new_figure(8.2, 4.0)
    axes = figure.add_axes((0.09, 0.13, 0.88, 0.61))
    _draw_passes(axes, account)
    _draw_mean(axes, account)
    axes.set_ylim(bottom=0.0)
    locator = _DATES.AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_DATES.ConciseDateFormatter(locator))
    axes.xaxis.get_offset_text().set(fontsize=7, color=MUTED)
    tidy(axes, "", "kg/h")
    axes.legend(fontsize=7, frameon=False, loc="upper right", ncols=5, bbox_to_anchor=(1.0, 1.1))
    when = f"in {account.year}" if account.year else "a year"
    style = {"transform": figure.transFigure, "va": "top"}
    write(axes, 0.03, 0.97, f"{account.name}: {_words(account.emission, f't CH4 {when}')}", fontsize=10.5, **style)
    line = f"mean rate {_words(account.mean_rate, 'kg/h')} · emits {_words(account.persistence, 'of the time')}"
    write(axes, 0.03, 0.895, line, color=MUTED, **style)
    assumed = next((caution.text for caution in account.cautions if caution.assumed), "")
    write(axes, 0.03, 0.845, assumed, color=WARNING, fontsize=7, **style)
    if account.simulated:
        draw_banner(figure)
    return figure


def _draw_passes(axes: Axes, account: AnnualAccount) -> None:
    rated = [(one.time, one.rate) for one in account.passes if one.detected and one.rate is not None]
    if rated:
        times = [time for time, _ in rated]
        middle = [rate.rate_kg_h for _, rate in rated]
        low = [m - (r.low_kg_h if r.low_kg_h is not None else m) for m, (_, r) in zip(middle, rated, strict=True)]
        high = [
            (r.high_kg_h if r.high_kg_h is not None else m) - m for m, (_, r) in zip(middle, rated, strict=True)
        ]
        axes.errorbar(
            times, middle, yerr=(low, high), fmt="o", color=SEEN, markersize=4, linewidth=1.0, label="plume, 68 %"
        )
    unrated = [one.time for one in account.passes if one.detected and one.rate is None]
    if unrated:
        axes.plot(unrated, [0.0] * len(unrated), "x", color=SEEN, markersize=5, label="plume without a rate")
    for telling, label in ((True, "none seen"), (False, "none seen, cannot say")):
        none = [one for one in account.passes if not one.detected and one.tells is telling]
        if none:
            fill = NOTHING if telling else "none"
            axes.plot(
                [one.time for one in none], [0.0] * len(none), "v",
                color=NOTHING, markerfacecolor=fill, markersize=5, clip_on=False, label=label,
            )  # fmt: skip


def _draw_mean(axes: Axes, account: AnnualAccount) -> None:
    """The mean over the whole year, emitting or not."""
    if isinstance(account.emission, CannotSay):
        return
    to_rate = 1000.0 / hours_of(account.year)
    axes.axhspan(account.emission.low68 * to_rate, account.emission.high68 * to_rate, color=BAND, alpha=0.18)
    axes.axhline(account.emission.value * to_rate, color=BAND, linewidth=1.2, label="mean over the year")


def _words(value: Spread | CannotSay, unit: str) -> str:
    if isinstance(value, CannotSay):
        return f"cannot say ({value.code})"
    middle, interval = value_parts(value.value, value.low68, value.high68)
    return f"{middle} {unit} (68 %: {interval})"
