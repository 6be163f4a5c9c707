"""A picture of pledges: the record, where its trend leads, and what was promised."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from superemitter.account.pledges_judge import Judgement, Verdict
from superemitter.account.pledges_trend import WINDOW
from superemitter.model.errors import OutputError
from superemitter.publish.drawing import INK, MUTED, WARNING, Axes, new_figure, save, tidy, write

RECORD: Final = INK
TREND: Final = "#3b7dd8"
NEEDED: Final = "#1a7f5a"
_YEARS_SHOWN: Final = 35
_PANEL: Final = (4.6, 3.5)  # inches
_COLUMNS: Final = 2
_HEADER: Final = 0.8  # inches


def write_pledge_plot(judgements: Sequence[Judgement], path: Path) -> None:
    """Save the picture of :func:`draw_pledges` as PNG.

    Parameters
    ----------
    judgements : sequence of Judgement
    path : Path

    Raises
    ------
    OutputError
        Not one pledge has a record, or the file cannot be written.
    """
    figure = draw_pledges(judgements)
    try:
        save(figure, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def draw_pledges(judgements: Sequence[Judgement]) -> Figure:
    """Draw one panel per judged pledge; pledges without a record have none.

    A panel shows the record, the median and the 68 % and 95 % intervals of its trend carried on, the target, and
    the straight way there.

    Raises
    ------
    OutputError
        Not one pledge has a record.
    """
    shown = [judgement for judgement in judgements if judgement.series is not None]
    if not shown:
        raise OutputError("no picture: the tables hold no record for any of these pledges")
    rows = -(-len(shown) // _COLUMNS)
    height = rows * _PANEL[1] + _HEADER
    figure = new_figure(_COLUMNS * _PANEL[0], height)
    grid = figure.add_gridspec(
        rows,
        _COLUMNS,
        hspace=0.55,
        wspace=0.28,
        left=0.09,
        right=0.97,
        bottom=0.5 / height,
        top=1 - (_HEADER + 0.55) / height,
    )
    for number, judgement in enumerate(shown):
        _panel(figure.add_subplot(grid[number // _COLUMNS, number % _COLUMNS]), judgement)
    _header(figure, shown, height)
    return figure


def _panel(axes: Axes, judgement: Judgement) -> None:
    series, projection = judgement.series, judgement.projection
    assert series is not None
    scale = 1e-9 if max(map(abs, series.emissions[-_YEARS_SHOWN:])) >= 1e9 else 1e-6
    unit = f"{'G' if scale == 1e-9 else 'M'}{series.quantity.unit_in_full}"
    record = [value * scale for value in series.emissions[-_YEARS_SHOWN:]]
    axes.plot(series.years[-_YEARS_SHOWN:], record, color=RECORD, linewidth=1.6, label="record")
    if projection is not None:
        low95, low68, middle, high68, high95 = projection.quantiles((0.025, 0.16, 0.5, 0.84, 0.975)) * scale
        axes.fill_between(projection.years, low95, high95, color=TREND, alpha=0.13, linewidth=0, label="95 %")
        axes.fill_between(projection.years, low68, high68, color=TREND, alpha=0.25, linewidth=0, label="68 %")
        axes.plot(projection.years, middle, color=TREND, linewidth=1.2, label="trend carried on")
        axes.set_ylim(*_limits(record, [*low68, *high68, *_targets(judgement, scale)]))
    _draw_target(axes, judgement, scale)
    tidy(axes, "year", f"{unit} per year")
    gas = series.quantity.title
    answer = judgement.answer.value if isinstance(judgement.answer, Verdict) else "cannot say"
    where = {"transform": axes.transAxes, "va": "bottom"}
    title = "\n".join(textwrap.wrap(f"{judgement.pledge.country}: {judgement.pledge.title['en']}", 58))
    write(axes, 0.0, 1.10, title, fontsize=8.5, fontweight="bold", **where)
    write(axes, 0.0, 1.02, f"{answer} · {judgement.status.replace('_', ' ')} · {gas}", color=MUTED, **where)
    axes.legend(fontsize=6, frameon=False, loc="best")


def _draw_target(axes: Axes, judgement: Judgement, scale: float) -> None:
    series, pledge = judgement.series, judgement.pledge
    assert series is not None
    if pledge.kind == "peak":
        axes.axvline(pledge.last_year, color=NEEDED, linewidth=1.0, linestyle="--", label="to peak by then")
        return
    targets = _targets(judgement, scale)
    if not targets:
        return
    if judgement.change_needed is not None:
        years = (series.years[-1], pledge.last_year)
        now = series.emissions[-1] * scale
        axes.plot(years, (now, targets[0]), color=NEEDED, linewidth=1.0, linestyle="--", label="still meets it")
    axes.plot(
        [pledge.last_year] * len(targets),
        targets,
        color=NEEDED,
        linewidth=2.2,
        marker="_",
        markersize=9,
        label="target",
    )


def _targets(judgement: Judgement, scale: float) -> list[float]:
    targets = (judgement.target_emissions, judgement.target_high_emissions)
    return [target * scale for target in targets if target is not None]


def _limits(record: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Room for what matters; the 95 % band may run out of the picture far ahead."""
    low, high = min(0.0, *record, *others), max(*record, *others)
    return low - 0.03 * (high - low), high + 0.06 * (high - low)


def _header(figure: Axes, shown: Sequence[Judgement], height: float) -> None:
    as_of = shown[0].as_of
    tables = ", ".join(sorted({j.series.table for j in shown if j.series is not None}))
    style = {"ha": "left", "va": "top", "parse_math": False}
    figure.text(0.03, 1 - 0.12 / height, f"Pledges on {as_of}", fontsize=12, fontweight="bold", color=INK, **style)
    text = textwrap.shorten(f"Record: {tables}", 150, placeholder=" ...")
    figure.text(0.03, 1 - 0.38 / height, text, fontsize=7, color=MUTED, **style)
    text = f"The trend of the last {WINDOW} years, carried on, knows of no policy: it says where it leads."
    figure.text(0.03, 1 - 0.53 / height, text, fontsize=7, color=MUTED, **style)
    if not all(judgement.pledge.verified for judgement in shown):
        warning = "Wording and dates of these pledges were not checked against the primary texts."
        figure.text(0.03, 1 - 0.68 / height, warning, fontsize=7, color=WARNING, **style)
