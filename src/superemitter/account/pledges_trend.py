"""Where a yearly series would go if its trend went on, and how probable it is that it has peaked.

The yearly *changes* of the last :data:`WINDOW` years are taken as a mean plus noise, where the mean may have
changed once (or not at all) in the window. All such models are weighed by how well they fit (Bayesian information
criterion), their parameters are drawn from the posterior, and the changes are carried on, their mean wandering as
trends do: every path is one way the series could go. A path knows of no policy; it says where the trend leads.

References
----------
Weights: Kass & Raftery 1995, J. Am. Stat. Assoc. 90, 773. doi:10.1080/01621459.1995.10476572
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from superemitter.account.series import Series
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

#: Years of change that the trend is taken from.
WINDOW: Final = 20
#: Years on either side of a change of trend, at the least: two points are always a line.
MIN_SPAN: Final = 3
#: Fewer changes than this say nothing about a trend.
MIN_CHANGES: Final = 8
#: How far the mean change wanders in a year, in standard deviations of the changes: trends turn in the future too.
#: Chosen so that 68 % intervals ten years ahead held 68 % of what came: CO2 of 89 countries, said in 1994 to 2014.
TREND_DRIFT: Final = 0.2
#: Prior probability that the trend did not change in the window; the rest is spread evenly over the years.
PRIOR_NO_CHANGE: Final = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Projection:
    """Ways a series could go on.

    Attributes
    ----------
    series : Series
    years : (year,) int array
        After the last year of the series.
    paths : (path, year) array
        Emissions. [unit of the series per year]
    probability_trend_changed : float
        That the mean yearly change is another now than at the start of the window.
    """

    series: Series
    years: np.ndarray[tuple[int], np.dtype[np.int64]]
    paths: FloatArray
    probability_trend_changed: float

    def at(self, year: int) -> FloatArray:
        """The paths in one year. (path,)"""
        values: FloatArray = self.paths[:, int(year - self.years[0])]
        return values

    def quantiles(self, shares: tuple[float, ...]) -> FloatArray:
        """Quantiles of the paths by year. (share, year)"""
        values: FloatArray = np.quantile(self.paths, shares, axis=0)
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest figure so far, and whether it will stay the highest.

    Attributes
    ----------
    year, emissions
        Of the highest figure so far. [unit of the series per year]
    until : int
        Last year looked ahead to.
    probability : float
        That no year until then is higher, if the trend goes on.
    """

    year: int
    emissions: float
    until: int
    probability: float


def project(series: Series, until: int, rng: np.random.Generator, paths: int = 4000) -> Projection | CannotSay:
    """Carry a series on to a year, with the uncertainty of its trend.

    Parameters
    ----------
    series : Series
        At least :data:`MIN_CHANGES` + 1 consecutive years at its end.
    until : int
        Last year of the paths; after the last year of the series.
    rng : numpy.random.Generator
    paths : int

    Returns
    -------
    Projection or CannotSay
        Not to be said where the record is too short or has a gap, or nothing is left to project.
    """
    levels = _recent(series)
    changes = np.diff(levels)
    if changes.size < MIN_CHANGES:
        reason = f"the record ends with {levels.size} consecutive years; a trend needs {MIN_CHANGES + 1}"
        return CannotSay(code="record-too-short", reason=reason)
    ahead = until - series.years[-1]
    if ahead < 1:
        return CannotSay(code="nothing-ahead", reason=f"the record reaches to {series.years[-1]} already")
    splits, weights = _weights(changes)
    chosen = rng.choice(len(splits), size=paths, p=weights)
    future = np.empty((paths, ahead))
    for index in np.unique(chosen):
        rows = np.flatnonzero(chosen == index)
        future[rows] = _future_changes(changes, splits[index], rows.size, ahead, rng)
    return Projection(
        series=series,
        years=np.arange(series.years[-1] + 1, until + 1),
        paths=levels[-1] + np.cumsum(future, axis=1),
        probability_trend_changed=float(1.0 - weights[0]),
    )


def peak_so_far(projection: Projection) -> Peak:
    """The highest figure of the record, and the probability that it is the peak.

    A maximum some years back is not yet a peak: on average it takes a change of trend that the noise of the years
    cannot explain.
    """
    series = projection.series
    highest = max(series.emissions)
    stays = (projection.paths.max(axis=1) <= highest).mean()
    return Peak(
        year=series.years[series.emissions.index(highest)],
        emissions=highest,
        until=int(projection.years[-1]),
        probability=float(stays),
    )


def probability_peak_before(projection: Projection, year: int) -> float:
    """Probability that the highest year of record and projection together is earlier than `year`."""
    series = projection.series
    before = max((e for y, e in zip(series.years, series.emissions, strict=True) if y < year), default=-np.inf)
    after = max((e for y, e in zip(series.years, series.emissions, strict=True) if y >= year), default=-np.inf)
    early = projection.years < year
    highest_early = projection.paths[:, early].max(axis=1, initial=before)
    highest_late = projection.paths[:, ~early].max(axis=1, initial=after)
    return float((highest_early >= highest_late).mean())


def mean_change(series: Series, years: int = 10) -> float | None:
    """Mean yearly change over the last years, or None if the record does not reach back. [unit of series yr-1]"""
    last = series.years[-1] if series.years else 0
    earlier, now = series.at(last - years), series.at(last)
    return None if earlier is None or now is None else (now - earlier) / years


def _recent(series: Series) -> FloatArray:
    """The last consecutive years, at most WINDOW + 1."""
    count = min(1, len(series.years))
    while (
        0 < count < len(series.years) and series.years[-count] - series.years[-count - 1] == 1 and count <= WINDOW
    ):
        count += 1
    return np.asarray(series.emissions[len(series.years) - count :], dtype=np.float64)


def _parts(changes: FloatArray, split: int) -> list[FloatArray]:
    return [changes[:split], changes[split:]] if split else [changes]


def _weights(changes: FloatArray) -> tuple[list[int], FloatArray]:
    """Posterior probability of no change of trend (split 0) and of a change before each year."""
    splits = [0, *range(MIN_SPAN, changes.size - MIN_SPAN + 1)]
    prior = np.full(len(splits), (1.0 - PRIOR_NO_CHANGE) / (len(splits) - 1))
    prior[0] = PRIOR_NO_CHANGE
    floor = 1e-12 * max(1.0, float(np.abs(changes).max())) ** 2  # a constant change fits without any residual
    squares = np.array([sum(((p - p.mean()) ** 2).sum() for p in _parts(changes, s)) for s in splits])
    parameters = np.array([2 if split == 0 else 3 for split in splits])
    information = changes.size * np.log(squares / changes.size + floor) + parameters * np.log(changes.size)
    weights: FloatArray = prior * np.exp(-0.5 * (information - information.min()))
    return splits, weights / weights.sum()


def _future_changes(
    changes: FloatArray, split: int, paths: int, ahead: int, rng: np.random.Generator
) -> FloatArray:
    """Changes to come under one model, (path, year): its posterior mean and variance are drawn once per path."""
    parts = _parts(changes, split)
    recent = parts[-1]
    squares = sum(((part - part.mean()) ** 2).sum() for part in parts)
    sigma = np.sqrt(squares / rng.chisquare(changes.size - len(parts), size=paths))
    mean = recent.mean() + sigma / np.sqrt(recent.size) * rng.standard_normal(paths)
    turns = TREND_DRIFT * np.cumsum(rng.standard_normal((paths, ahead)), axis=1)
    future: FloatArray = mean[:, None] + sigma[:, None] * (turns + rng.standard_normal((paths, ahead)))
    return future
