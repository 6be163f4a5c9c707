r"""What a source emits in a year, from the passes that looked at it.

.. math:: E = \bar q \, f \, H

mean rate while it emits, times the share of the time that it emits (persistence), times the hours of the year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from superemitter.account.cautions import Caution
from superemitter.account.rates import Rate
from superemitter.account.spread import Spread
from superemitter.model.errors import InvalidValue
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

DRAWS: Final = 4000
HOURS: Final = 8760.0
LEAP_HOURS: Final = 8784.0
#: Fewer telling passes than this say nothing of how often a source emits.
FEWEST_PASSES: Final = 3
HALF_A_YEAR_DAYS: Final = 180
_GRID: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePass:
    """One look at a source.

    Attributes
    ----------
    time : datetime
        With time zone.
    detected : bool
    rate : Rate or None
        Of the plume, if one was seen and measured.
    probability_of_detection : float or CannotSay
        If none was seen: that a plume of this source would have been.
    name : str
        Scene or record.
    counts_as_look : bool
        False for a plume of a catalogue that does not tell when it looked and saw nothing: it has a rate, but it
        says nothing of how often the source emits.
    """

    time: datetime
    detected: bool
    rate: Rate | None = None
    probability_of_detection: float | CannotSay = 1.0
    name: str = ""
    counts_as_look: bool = True

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise InvalidValue(f"the pass {self.name} at {self.time} has no time zone")
        seen = self.probability_of_detection
        if not isinstance(seen, CannotSay) and not 0.0 <= seen <= 1.0:
            raise InvalidValue(f"the probability of detection of {self.name} is {seen}")

    @property
    def tells(self) -> bool:
        """Whether it says something of how often the source emits."""
        known = self.detected or not isinstance(self.probability_of_detection, CannotSay)
        return self.counts_as_look and known


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualAccount:
    """A source's year.

    Attributes
    ----------
    name : str
    year : int or None
        None: all passes, told as a year of 8,760 h.
    passes : tuple of SourcePass
        Oldest first.
    mean_rate : Spread or CannotSay
        While it emits. [kg h-1]
    persistence : Spread or CannotSay
        Share of the time that it emits, 0 to 1.
    emission : Spread or CannotSay
        Of methane. [t yr-1]
    cautions : tuple of Caution
    simulated : bool
    unrecorded_looks : int
        Looks that saw nothing and are in no record, as somebody assumes.
    """

    name: str
    year: int | None
    passes: tuple[SourcePass, ...]
    mean_rate: Spread | CannotSay
    persistence: Spread | CannotSay
    emission: Spread | CannotSay
    cautions: tuple[Caution, ...]
    simulated: bool
    unrecorded_looks: int = 0

    @property
    def detections(self) -> int:
        """Passes that saw a plume."""
        return sum(one.detected for one in self.passes)

    @property
    def telling(self) -> int:
        """Passes that the persistence stands on."""
        return sum(one.tells for one in self.passes) + self.unrecorded_looks


def annual_account(
    name: str,
    passes: Sequence[SourcePass],
    rng: np.random.Generator,
    *,
    year: int | None = None,
    simulated: bool = False,
    unrecorded: tuple[int, float] = (0, 1.0),
    draws: int = DRAWS,
) -> AnnualAccount:
    r"""Mean rate, persistence and emission of a source, with intervals by bootstrap over its passes.

    The mean rate is that of the passes that measured a plume, resampled, each rate drawn from its own error. The
    persistence :math:`f` is the likeliest share given what each pass saw and, with probability :math:`p_i`, would
    have seen,

    .. math:: L(f) = f^{D} \prod_{i \in \text{none seen}} (1 - f p_i)

    so that a pass that could not have seen the plume changes nothing. Its interval is that of the same likelihood
    with the prior :math:`1 / (f \sqrt{1 - f})`: where every :math:`p_i` is 1, a Bayesian bootstrap over the passes
    and one half more that saw nothing. So its mean is right for a source that was seen once in two hundred passes,
    and one seen on all of five is not known to emit always.

    Parameters
    ----------
    name : str
        Of the source.
    passes : sequence of SourcePass
        In any order; with `year`, those of other years are left out.
    rng : numpy.random.Generator
    year : int, optional
    simulated : bool
    unrecorded : (int, float)
        Looks that saw nothing and are in no record, and their probability of detection: an assumption.
    draws : int

    Notes
    -----
    Passes are taken as independent, and as spread over the year and the day like the emission: a satellite that
    passes at one hour does not see the night.
    """
    own = tuple(
        sorted(
            (one for one in passes if year is None or one.time.astimezone(UTC).year == year),
            key=lambda one: (one.time, one.name),
        )
    )
    mean, mean_draws = _mean_rate(own, rng, draws)
    share, share_draws = _persistence(own, unrecorded, rng, draws)
    emission: Spread | CannotSay
    if isinstance(mean, CannotSay):
        emission = mean
    elif isinstance(share, CannotSay):
        emission = share
    else:
        tonnes = hours_of(year) / 1000.0
        emission = Spread.of(mean.value * share.value * tonnes, mean_draws * share_draws * tonnes)
    return AnnualAccount(
        name=name,
        year=year,
        passes=own,
        mean_rate=mean,
        persistence=share,
        emission=emission,
        cautions=tuple(_cautions(own)),
        simulated=simulated,
        unrecorded_looks=unrecorded[0],
    )


def hours_of(year: int | None) -> float:
    """Hours of a calendar year; 8,760 without one. [h]"""
    if year is None:
        return HOURS
    return LEAP_HOURS if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else HOURS


def likeliest_share(detections: int, missed: FloatArray) -> float:
    r"""The share of the time that makes what the passes saw likeliest: the root of
    :math:`D / f = \sum_i p_i / (1 - f p_i)`.

    Parameters
    ----------
    detections : int
    missed : (pass,) array
        Probability of detection of each pass that saw nothing.

    Returns
    -------
    float
        0 to 1; with every probability 1, detections over passes.
    """
    if detections == 0:
        return 0.0

    def slope(share: float) -> float:
        with np.errstate(divide="ignore"):
            return float(detections / share - np.sum(missed / (1.0 - share * missed)))

    low, high = 0.0, 1.0
    if missed.size == 0 or slope(1.0) >= 0:
        return 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return low


def _mean_rate(
    passes: Sequence[SourcePass], rng: np.random.Generator, draws: int
) -> tuple[Spread | CannotSay, FloatArray]:
    rates = [one.rate for one in passes if one.detected and one.rate is not None]
    nothing = np.zeros(draws)
    if not any(one.detected for one in passes):
        return CannotSay(code="never-seen", reason="no pass saw a plume of this source"), nothing
    if not rates:
        return CannotSay(code="no-rate", reason="no plume of this source has a rate"), nothing
    if len(rates) < 2 and not rates[0].stated:
        why = "the one rate of this source has no stated error, and there is no second to compare it with"
        return CannotSay(code="uncertainty-not-stated", reason=why), nothing
    drawn = np.array([rate.draw(rng, draws) for rate in rates])
    chosen = rng.integers(0, len(rates), size=(len(rates), draws))
    means: FloatArray = np.take_along_axis(drawn, chosen, axis=0).mean(axis=0)
    return Spread.of(float(np.mean([rate.rate_kg_h for rate in rates])), means), means


def _persistence(
    passes: Sequence[SourcePass], unrecorded: tuple[int, float], rng: np.random.Generator, draws: int
) -> tuple[Spread | CannotSay, FloatArray]:
    telling = [one for one in passes if one.tells]
    nothing = np.zeros(draws)
    silent = sum(one.counts_as_look and not one.tells for one in passes)
    if not any(one.counts_as_look for one in passes):
        why = "no registered scene looked at this source: plume lists do not tell when nothing was seen"
        return CannotSay(code="no-looks", reason=why), nothing
    if len(telling) + unrecorded[0] < FEWEST_PASSES:
        why = f"only {len(telling)} passes tell whether it emitted, and {FEWEST_PASSES} are needed"
        extra = f"; of {silent} more the probability of detection is not known" if silent else ""
        return CannotSay(code="too-few-passes", reason=why + extra), nothing
    if silent and not unrecorded[0] and not any(not one.detected for one in telling):
        why = f"of all {silent} passes that saw nothing the probability of detection is not known"
        return CannotSay(code="no-detection-limit", reason=why), nothing
    detections = sum(one.detected for one in telling)
    missed = np.array(
        [
            one.probability_of_detection
            for one in telling
            if not one.detected and not isinstance(one.probability_of_detection, CannotSay)
        ]
        + [unrecorded[1]] * unrecorded[0]
    )
    shares = (np.arange(_GRID) + 0.5) / _GRID
    weight = detections * np.log(shares) + np.log1p(-shares[:, None] * missed[None]).sum(axis=1)
    weight -= np.log(shares) + 0.5 * np.log1p(-shares)
    chance = np.exp(weight - weight.max())
    drawn = rng.choice(shares, size=draws, p=chance / chance.sum())
    return Spread.of(likeliest_share(detections, missed), drawn), drawn


def _cautions(passes: Sequence[SourcePass]) -> list[Caution]:
    seen = [one for one in passes if one.detected]
    days = (passes[-1].time - passes[0].time).days if passes else None
    counts = (
        (
            "looks-left-out",
            sum(one.counts_as_look and not one.tells for one in passes),
            "{count} passes saw nothing and do not say what they would have seen; they are left out",
        ),
        (
            "plumes-of-lists",
            sum(not one.counts_as_look for one in passes),
            "{count} plumes come from lists: they count for the rate, not for how often it emits",
        ),
        (
            "plumes-without-rate",
            sum(one.rate is None for one in seen),
            "{count} of the plumes seen have no rate",
        ),
        (
            "rates-without-error",
            sum(one.rate is not None and not one.rate.stated for one in seen),
            "{count} rates have no stated error; only their scatter counts",
        ),
        (
            "short-span",
            days if days is not None and days < HALF_A_YEAR_DAYS else None,
            "the passes span {count} days: seasons are not told apart",
        ),
    )
    return [
        Caution(code=code, text=text.format(count=count), values={"count": count})
        for code, count, text in counts
        if count or (code == "short-span" and count is not None)
    ]
