"""The marginal abatement cost curve as a picture."""

from __future__ import annotations

from typing import Final

from matplotlib.figure import Figure

from superemitter.account.abatement_costs import Curve
from superemitter.model.errors import OutputError
from superemitter.publish.drawing import INK, MUTED, WARNING, Axes, draw_banner, new_figure, tidy, write
from superemitter.publish.wording import significant

COLOURS: Final = ("#3b7dd8", "#1a7f5a", "#c2571a", "#8a5fbf", "#b8860b", "#3a8f9f", "#a8456b", "#5b6b7a")


def draw_cost_curve(curve: Curve) -> Figure:
    """A block for each measure at each place: as wide as the methane it stops, as high as a tonne costs.

    With a fee, the broken blocks show the cost of a tonne less the fee on it.

    Raises
    ------
    OutputError
        No measure has both a cost and a reduction.
    """
    if not curve.rungs:
        raise OutputError("no picture: no measure has both a cost and a reduction")
    height = 4.5 + 0.17 * len(curve.rungs)
    figure = new_figure(8.6, height)
    axes = figure.add_axes((0.11, 1 - 3.75 / height, 0.86, 2.95 / height))
    _draw_rungs(axes, curve)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    tidy(axes, "methane stopped, t CH4 a year", f"{curve.currency} per t CH4")
    style = {"transform": figure.transFigure, "va": "top"}
    title = f"What it costs to stop {significant(curve.stops.value_t)} t CH4 a year"
    write(axes, 0.03, 1 - 0.12 / height, title, fontsize=10.5, **style)
    fee = curve.fee
    line = (
        "without a fee" if fee is None else f"broken: with a fee of {fee.per_t:,.0f} {fee.currency}/t ({fee.law})"
    )
    write(axes, 0.03, 1 - 0.38 / height, line, color=MUTED, fontsize=7.5, **style)
    if not all(rung.option.measure.passport.verified for rung in curve.rungs):
        warning = "Shares of these measures were not checked against their sources."
        write(axes, 0.03, 1 - 0.55 / height, warning, color=WARNING, fontsize=7.5, **style)
    for number, rung in enumerate(curve.rungs):
        at_most = "at most " if rung.option.at_most else ""
        told = f"{rung.option.measure.title['en']}, {rung.option.target.name}"
        text = (
            f"{number + 1}  {told}: {at_most}{significant(rung.stops.value_t)} t, {_price(rung.cost_value_per_t)}"
        )
        y = 1 - (4.32 + 0.17 * number) / height
        write(axes, 0.05, y, text, fontsize=7, color=COLOURS[number % len(COLOURS)], **style)
    if any(rung.option.target.simulated for rung in curve.rungs):
        draw_banner(figure)
    return figure


def _draw_rungs(axes: Axes, curve: Curve) -> None:
    left = 0.0
    for number, rung in enumerate(curve.rungs):
        width, colour = rung.stops.value_t, COLOURS[number % len(COLOURS)]
        axes.bar(left, rung.cost_value_per_t, width=width, align="edge", color=colour, alpha=0.85)
        if rung.with_fee_per_t is not None:
            axes.bar(
                left, rung.with_fee_per_t, width=width, align="edge",
                facecolor="none", edgecolor=INK, linewidth=0.9, linestyle="--",
            )  # fmt: skip
        write(axes, left + width / 2, rung.cost_value_per_t, str(number + 1), ha="center", va="bottom", fontsize=7)
        left += width
    axes.set_xlim(0.0, left)
    axes.margins(y=0.12)


def _price(per_t: float) -> str:
    return f"{'−' if per_t < 0 else ''}{significant(abs(per_t))} per t"
