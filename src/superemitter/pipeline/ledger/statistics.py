"""What became of the leaks, in numbers with their uncertainty."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from scipy.stats import beta

from superemitter.model import CannotSay
from superemitter.pipeline.ledger.book import Entry
from superemitter.pipeline.ledger.case_views import case_row, stopped_of
from superemitter.pipeline.ledger.views import Amount, CaseRow, Share, StatisticsView
from superemitter.programme.case import Case
from superemitter.programme.clocks import ClockState
from superemitter.programme.disclosure import Viewer
from superemitter.programme.events import State

_DRAWS: Final = 4000
_SEED: Final = 20230717
#: Half-width of a 68 % interval in standard deviations.
_SIGMA_68: Final = 0.994458


def share(count: int, of: int) -> Share:
    """A share of a count with its 95 % interval.

    The interval is Jeffreys', from the posterior of a binomial proportion under the prior beta(1/2, 1/2).

    References
    ----------
    Brown et al. 2001, Statist. Sci. 16, 101. doi:10.1214/ss/1009213286
    """
    if of == 0:
        return Share(count=count, of=of, value=CannotSay(code="no-cases", reason="there is none to count"))
    low = 0.0 if count == 0 else float(beta.ppf(0.025, count + 0.5, of - count + 0.5))
    high = 1.0 if count == of else float(beta.ppf(0.975, count + 0.5, of - count + 0.5))
    return Share(count=count, of=of, value=count / of, low=low, high=high)


def stopped_amount(leaks: Sequence[tuple[CaseRow, float]], rng: np.random.Generator) -> Amount:
    """Rate of the leaks that have stopped, each weighted by the probability that it has. [kg h-1]

    Each draw takes every leak's rate from a lognormal with its 68 % interval, and lets it have stopped with its
    probability. A leak whose rate has no bounds is taken as uncertain by half.
    """
    if not leaks:
        return Amount(
            value=CannotSay(code="no-look", reason="no later look says of any leak whether it has stopped")
        )
    total = np.zeros(_DRAWS)
    for row, probability in leaks:
        assert row.rate_kg_h is not None
        stopped = rng.random(_DRAWS) < probability
        total += stopped * row.rate_kg_h * np.exp(_spread(row) * rng.standard_normal(_DRAWS))
    low, middle, high = (float(one) for one in np.quantile(total, (0.025, 0.5, 0.975)))
    return Amount(value=middle, low=low, high=high)


def _spread(row: CaseRow) -> float:
    if row.rate_low_kg_h is None or row.rate_high_kg_h is None or row.rate_low_kg_h <= 0:
        return math.log(1.5)
    return math.log(row.rate_high_kg_h / row.rate_low_kg_h) / (2 * _SIGMA_68)


def statistics(entries: Sequence[Entry], viewer: Viewer, now: datetime) -> StatisticsView:
    """The figures of the cases that a viewer sees; simulated ones only if there are no others."""
    real = [one for one in entries if not one.case.simulated]
    counted = real or list(entries)
    cases = [one.case for one in counted]
    rows = [case_row(one, viewer, now) for one in counted]
    leaks = [
        (row, chance)
        for row, case in zip(rows, cases, strict=True)
        if row.rate_kg_h is not None and isinstance(chance := stopped_of(case), float)
    ]
    return StatisticsView(
        cases=len(cases),
        notices=sum("notified" in case.moments for case in cases),
        issued=sum("issued" in case.moments for case in cases),
        overdue=sum(row.overdue for row in rows),
        answered_in_time=_answered(cases),
        closed=share(sum(case.state is State.CLOSED for case in cases), len(cases)),
        stopped_kg_h=stopped_amount(leaks, np.random.default_rng(_SEED)),
        stopped_leaks=len(leaks),
        by_state=dict(Counter(case.state.value for case in cases).most_common()),
        by_month=dict(sorted(Counter(f"{case.opened_at:%Y-%m}" for case in cases).items())),
        simulated=any(case.simulated for case in cases),
    )


def _answered(cases: Sequence[Case]) -> Share:
    """Answers in time, of those that were due or given."""
    states = [clock.state for case in cases for clock in case.clocks if clock.duty.ends_on == "answered"]
    due = Counter(states)
    met = due[ClockState.MET]
    return share(met, met + due[ClockState.MET_LATE] + due[ClockState.OVERDUE])
