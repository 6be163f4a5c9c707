"""A picture of a reconciliation: reported beside seen and unseen, and the sizes that the unseen part stands on."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.figure import Figure

from superemitter.account.inventory_uncertainty import Interval
from superemitter.account.reconcile import Agreement, Reconciliation
from superemitter.account.sizes import density
from superemitter.account.spread import Spread
from superemitter.model.rate import CannotSay
from superemitter.publish.drawing import INK, MUTED, WARNING, Axes, draw_banner, new_figure, tidy, write
from superemitter.publish.wording import value_parts

REPORTED: Final = "#5b6b7a"
SEEN: Final = "#c2571a"
UNSEEN: Final = "#e8b48f"
FIT: Final = "#3b7dd8"


def draw_reconciliation(made: Reconciliation) -> Figure:
    """Bars of what is reported, seen and unseen with their 95 % intervals; beside them the sizes of sources."""
    figure = new_figure(9.0, 4.2)
    _draw_bars(figure.add_axes((0.08, 0.11, 0.40, 0.66)), made)
    _draw_sizes(figure.add_axes((0.57, 0.11, 0.40, 0.66)), made)
    style = {"transform": figure.transFigure, "va": "top"}
    write(figure.axes[0], 0.03, 0.975, f"{made.name}, {made.year}: {_verdict(made)}", fontsize=10.5, **style)
    write(figure.axes[0], 0.03, 0.905, _ratio(made), color=MUTED, **style)
    if made.assumptions:
        write(figure.axes[0], 0.03, 0.855, made.assumptions[0].text, color=WARNING, fontsize=7, **style)
    if made.simulated:
        draw_banner(figure)
    return figure


def _verdict(made: Reconciliation) -> str:
    if isinstance(made.agreement, Agreement):
        return made.agreement.value + (", if what is assumed holds" if made.conditional else "")
    return f"cannot say ({made.agreement.code})"


def _ratio(made: Reconciliation) -> str:
    if isinstance(made.ratio, CannotSay):
        return f"total over reported: cannot say ({made.ratio.reason})"
    middle, interval = value_parts(made.ratio.value, made.ratio.low95, made.ratio.high95)
    at_least = ", at least" if made.at_least else ""
    return f"total over reported{at_least}: {middle} (95 %: {interval})"


def _draw_bars(axes: Axes, made: Reconciliation) -> None:
    mass = made.reported.mass
    scale, unit = (1e-3, "kt") if _largest(made) >= 2e4 else (1.0, "t")
    axes.bar(0, mass.value_t * scale, width=0.55, color=REPORTED)
    if isinstance(mass.interval, Interval):
        _whisker(axes, 0, mass.interval.low95_t * scale, mass.interval.high95_t * scale)
    bottom = 0.0
    for spread, colour, label in (
        (made.observed, SEEN, "seen"),
        (made.unseen, UNSEEN, "not seen: too small, or off"),
    ):
        if isinstance(spread, Spread):
            axes.bar(1, spread.value * scale, bottom=bottom, width=0.55, color=colour, label=label)
            bottom += spread.value * scale
    if isinstance(made.total, Spread):
        _whisker(axes, 1, made.total.low95 * scale, made.total.high95 * scale)
        axes.legend(fontsize=7, frameon=False, loc="best")
    axes.set_xlim(-0.6, 1.6)
    axes.set_ylim(bottom=0.0)
    tidy(axes, "", f"{unit} CH4 in {made.year}")
    axes.set_xticks([0, 1], ["reported", "observed" + (" (at least)" if made.at_least else "")])


def _largest(made: Reconciliation) -> float:
    return max(made.reported.mass.value_t, made.total.value if isinstance(made.total, Spread) else 0.0)


def _whisker(axes: Axes, x: float, low: float, high: float) -> None:
    axes.errorbar(x, 0.5 * (low + high), yerr=0.5 * (high - low), color=INK, linewidth=1.1, capsize=4, fmt="none")


def _draw_sizes(axes: Axes, made: Reconciliation) -> None:
    """How many sources are larger than a size: seen, and as the chosen distribution has them."""
    rates = np.sort([one.rate_kg_h for one in made.sources if one.rate_kg_h])[::-1]
    if not rates.size:
        axes.set_axis_off()
        return
    axes.step(rates, np.arange(1, rates.size + 1), where="post", color=SEEN, linewidth=1.3, label="seen")
    part, curve = made.unseen_part, made.curve
    if part is not None and part.fits and curve is not None:
        fit = part.fits[0]
        grid = np.geomspace(min(0.1 * curve.half_kg_h, rates.min()), 1.05 * rates.max(), 300)
        weights = density(fit, grid) * np.gradient(np.log(grid)) * fit.seen / fit.seen_share
        for values, style, label in (
            (weights, "-", f"all, by {fit.model}"),
            (weights * curve.probability(grid), "--", "of them seen"),
        ):
            axes.plot(grid, np.cumsum(values[::-1])[::-1], style, color=FIT, linewidth=1.1, label=label)
        axes.axvline(curve.half_kg_h, color=MUTED, linewidth=0.8, linestyle=":", label="seen half of the time")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.5)
    tidy(axes, "rate while emitting, kg/h", "sources at least as large")
    axes.legend(fontsize=7, frameon=False, loc="lower left")
