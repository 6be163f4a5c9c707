"""Is a pledge met, on course or off course, by the record there is? Or can that not be said?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from superemitter.account.pledges import PEAK, Pledge, status_on
from superemitter.account.pledges_trend import (
    Peak,
    Projection,
    mean_change,
    peak_so_far,
    probability_peak_before,
    project,
)
from superemitter.account.series import Series
from superemitter.model.rate import CannotSay

#: From this probability on a pledge is on course, at one minus this off course; between, the trend is silent.
LIKELY: Final = 2 / 3
#: A peak behind us needs this much.
NEARLY_CERTAIN: Final = 0.95
#: A peak is looked for this far ahead of the record, at the least. [yr]
LOOK_AHEAD: Final = 10


class Verdict(StrEnum):
    """How a pledge stands."""

    MET = "met"
    ON_COURSE = "on course"
    OFF_COURSE = "off course"


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """How one pledge stands, with what it was judged by.

    Attributes
    ----------
    pledge : Pledge
    as_of : date
    status : str
        Of the pledge on that day: a pledge that was withdrawn is still judged, as a historical statement.
    answer : Verdict or CannotSay
    reason : str
        One sentence with the numbers.
    series : Series or None
        The record, to the year before `as_of`.
    baseline_emissions, target_emissions, target_high_emissions : float or None
        What it is counted from; what meets it; what would meet its more ambitious end. [unit of series]
    probability : float or None
        That it is met if the trend goes on; 0 or 1 where the record decides.
    change_needed : float or None
        Change a year, the same every year after the record, that would still meet it. For a peak: what must be
        reached by the target year, 0 or less. [unit of series yr-1]
    change_needed_percent : float or None
        The same as a constant rate. [% yr-1]
    change_recent : float or None
        Mean of the last ten years. [unit of series yr-1]
    peak : Peak or None
        The highest year so far, and the probability that it is the peak.
    projection : Projection or None
    """

    pledge: Pledge
    as_of: date
    status: str
    answer: Verdict | CannotSay
    reason: str = ""
    series: Series | None = None
    baseline_emissions: float | None = None
    target_emissions: float | None = None
    target_high_emissions: float | None = None
    probability: float | None = None
    change_needed: float | None = None
    change_needed_percent: float | None = None
    change_recent: float | None = None
    peak: Peak | None = None
    projection: Projection | None = None


def judge_all(
    pledges: Iterable[Pledge], series: Iterable[Series], as_of: date, rng: np.random.Generator
) -> tuple[Judgement, ...]:
    """Judge every pledge that was asserted on or before a day; see :func:`judge`."""
    pledges, series = tuple(pledges), tuple(series)
    asserted = [pledge for pledge in pledges if pledge.asserted_on <= as_of]
    return tuple(
        replace(judge(pledge, series, as_of, rng), status=status_on(pledge, as_of, pledges)) for pledge in asserted
    )


def judge(pledge: Pledge, series: Iterable[Series], as_of: date, rng: np.random.Generator) -> Judgement:
    """Say how a pledge stands by the record of the years before a day.

    Parameters
    ----------
    pledge : Pledge
    series : iterable of Series
        Whatever there is; what fits the pledge's country, gas and scope is found, the longest record first.
    as_of : date
    rng : numpy.random.Generator
        Of the projected paths.
    """
    empty = Judgement(
        pledge=pledge, as_of=as_of, status=status_on(pledge, as_of, ()), answer=CannotSay(code="", reason="")
    )
    record = _fitting(pledge, series, as_of.year - 1)
    if isinstance(record, CannotSay):
        return _cannot(empty, record)
    horizon = max(pledge.target_year, record.years[-1] + LOOK_AHEAD)
    projection = project(record, horizon, rng)
    known = replace(empty, series=record, change_recent=mean_change(record))
    if isinstance(projection, CannotSay):
        return _cannot(known, projection)
    known = replace(known, projection=projection, peak=peak_so_far(projection))
    return _judge_peak(known, projection) if pledge.kind == "peak" else _judge_level(known, projection)


def _fitting(pledge: Pledge, series: Iterable[Series], last: int) -> Series | CannotSay:
    """The record a pledge is judged by, or why there is none."""
    own = [s.until(last) for s in series if pledge.is_of(s.entity) or (s.code and pledge.is_of(s.code))]
    own = [s for s in own if s.years and not s.quantity.sector]
    if not own:
        return CannotSay(code="no-series", reason=f"the tables hold no total of {pledge.country} to {last}")
    right_gas = [s for s in own if s.quantity.gas == pledge.gas]
    if not right_gas:
        there = ", ".join(sorted({s.quantity.title for s in own}))
        return CannotSay(
            code="gas-not-in-series", reason=f"it is about {_gas(pledge.gas)}; the tables hold {there}"
        )
    # Removals by land use are of CO2: for CH4 and N2O alone net and gross do not differ.
    alike = [s for s in right_gas if pledge.gas in ("CH4", "N2O") or s.quantity.land_use == pledge.net]
    if not alike:
        net, gross = "net of removals by land use", "without land use"
        wanted, there = (net, gross) if pledge.net else (gross, net)
        reason = f"it is about {_gas(pledge.gas)} {wanted}; the tables hold it {there}"
        return CannotSay(code="scope-not-in-series", reason=reason)
    return max(alike, key=lambda s: (s.years[-1], len(s.years)))


def _judge_peak(known: Judgement, projection: Projection) -> Judgement:
    pledge, record, peak = known.pledge, projection.series, known.peak
    assert peak is not None
    probability = probability_peak_before(projection, pledge.last_year + 1)
    known = replace(known, probability=probability, change_needed=0.0)
    so_far = (
        f"highest so far in {peak.year}; the probability that it stays the highest until {peak.until} "
        f"is {_percent(peak.probability)}"
    )
    behind = peak.year <= pledge.last_year and peak.probability >= NEARLY_CERTAIN
    if behind and probability >= NEARLY_CERTAIN:
        return replace(known, answer=Verdict.MET, reason=so_far)
    if record.years[-1] > pledge.last_year and peak.year > pledge.last_year:
        reason = f"{peak.year} was higher than every year to {pledge.last_year}"
        return replace(known, answer=Verdict.OFF_COURSE, probability=0.0, reason=reason)
    return _by_probability(known, probability, f"a peak by {pledge.last_year}", so_far)


def _judge_level(known: Judgement, projection: Projection) -> Judgement:
    """A reduction from a year or from the peak, or net zero."""
    pledge, record = known.pledge, projection.series
    base = _baseline(pledge, known)
    if isinstance(base, CannotSay):
        return _cannot(known, base)
    target = 0.0 if pledge.kind == "net-zero" else base * (1.0 - pledge.reduction_low)
    known = replace(
        known,
        baseline_emissions=base if pledge.kind == "reduction" else None,
        target_emissions=target,
        target_high_emissions=0.0 if pledge.kind == "net-zero" else base * (1.0 - pledge.reduction_high),
    )
    reached = record.at(pledge.last_year)
    if reached is not None:
        met = reached <= target
        reason = f"{pledge.last_year} was {_amount(reached, record)}; {_amount(target, record)} was to be reached"
        answer = Verdict.MET if met else Verdict.OFF_COURSE
        return replace(known, answer=answer, reason=reason, probability=float(met))
    if record.years[-1] > pledge.last_year:
        return _cannot(known, CannotSay(code="gap", reason=f"the record has no {pledge.last_year}"))
    now, ahead = record.emissions[-1], pledge.last_year - record.years[-1]
    known = replace(
        known,
        change_needed=(target - now) / ahead,
        change_needed_percent=100.0 * ((target / now) ** (1.0 / ahead) - 1.0) if now > 0 < target else None,
    )
    probability = float((projection.at(pledge.last_year) <= _targets(pledge, target, projection)).mean())
    known = replace(known, probability=probability)
    counted = " (counted from the highest year so far)" if pledge.baseline == PEAK else ""
    now_and_then = (
        f"{_amount(now, record)} in {record.years[-1]}, {_amount(target, record)} in {pledge.last_year}{counted}"
    )
    return _by_probability(known, probability, "meeting it", now_and_then)


def _baseline(pledge: Pledge, known: Judgement) -> float | CannotSay:
    assert known.series is not None and known.peak is not None
    if pledge.kind == "net-zero":
        return 0.0
    if pledge.baseline == PEAK:
        return known.peak.emissions
    assert isinstance(pledge.baseline, int)
    base = known.series.at(pledge.baseline)
    if base is None:
        return CannotSay(code="baseline-not-in-record", reason=f"the record has no {pledge.baseline}")
    return base


def _targets(
    pledge: Pledge, target: float, projection: Projection
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What each path must reach: the same for all, or counted from each path's own highest year."""
    if pledge.baseline != PEAK:
        return np.full(projection.paths.shape[0], target)
    until = projection.years <= pledge.last_year
    highest = projection.paths[:, until].max(axis=1, initial=max(projection.series.emissions))
    targets: np.ndarray[tuple[int], np.dtype[np.float64]] = highest * (1.0 - pledge.reduction_low)
    return targets


def _by_probability(known: Judgement, probability: float, what: str, facts: str) -> Judgement:
    reason = f"{facts}; if the trend goes on, {what} has a probability of {_percent(probability)}"
    if probability >= LIKELY:
        return replace(known, answer=Verdict.ON_COURSE, reason=reason)
    if probability <= 1.0 - LIKELY:
        return replace(known, answer=Verdict.OFF_COURSE, reason=reason)
    return _cannot(known, CannotSay(code="trend-undecided", reason=reason))


def _cannot(known: Judgement, why: CannotSay) -> Judgement:
    return replace(known, answer=why, reason=why.reason)


def _gas(gas: str) -> str:
    return "all gases" if gas == "all" else gas


def _percent(probability: float) -> str:
    if probability < 0.01:
        return "below 1 %"
    return "above 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"


def _amount(emissions: float, series: Series) -> str:
    unit = series.quantity.unit_in_full
    return f"{emissions / 1e6:,.4g} M{unit}" if abs(emissions) < 1e9 else f"{emissions / 1e9:,.4g} G{unit}"
