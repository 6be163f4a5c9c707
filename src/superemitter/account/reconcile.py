"""Is what is reported what is seen? An inventory against observed sources and what is too small to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from superemitter.account.annual import AnnualAccount, hours_of
from superemitter.account.cautions import Caution
from superemitter.account.inventory_uncertainty import Estimate, Interval, Mass
from superemitter.account.sizes import DetectionCurve, UnseenPart, unseen_part
from superemitter.account.spread import Spread
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

DRAWS: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedSource:
    """A source with its year, however it was made.

    Attributes
    ----------
    name : str
    rate_kg_h : float or None
        Mean while it emits. [kg h-1]
    persistence : float or None
        0 to 1.
    emission : Spread or CannotSay
        Of methane. [t yr-1]
    simulated : bool
    found_by_looks : bool
        Its persistence was estimated from the same looks that found it: then it is too large by the chance of
        being found at all, because those that the looks missed are not there to be averaged with.
    """

    name: str
    rate_kg_h: float | None
    persistence: float | None
    emission: Spread | CannotSay
    simulated: bool = False
    found_by_looks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What an inventory says of the methane of a year.

    Attributes
    ----------
    mass : Mass
        [t]
    covers, where : str
        In words what it covers, and the table it stands in.
    countries : tuple of str
        Names and codes of the country, where it is one.
    """

    mass: Mass
    covers: str
    where: str
    countries: tuple[str, ...] = ()


class Agreement(StrEnum):
    """How what is seen lies to what is reported."""

    MORE = "more seen than reported"
    LESS = "less seen than reported"
    AGREE = "no difference to be seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Reported against seen and unseen.

    Attributes
    ----------
    name : str
        Mine, basin or country.
    year : int
    reported : Reported
    sources : tuple of ObservedSource
    observed : Spread or CannotSay
        Sources that have an account, added up. [t]
    left_out : tuple of (str, str)
        Sources without one, and why: with them, `observed` is a lower bound.
    unseen : Spread or CannotSay
        [t]
    unseen_part : UnseenPart or None
        None if no detection limit was given.
    curve : DetectionCurve or None
    total : Spread or CannotSay
        Observed and, where it can be said, unseen. [t]
    at_least : bool
        The total is a lower bound: a source or the unseen part is left out.
    difference : Spread or CannotSay
        Total less reported. [t]
    ratio : Spread or CannotSay
        Total over reported.
    agreement : Agreement or CannotSay
    assumptions : tuple of Caution
    """

    name: str
    year: int
    reported: Reported
    sources: tuple[ObservedSource, ...]
    observed: Spread | CannotSay
    left_out: tuple[tuple[str, str], ...]
    unseen: Spread | CannotSay
    unseen_part: UnseenPart | None
    curve: DetectionCurve | None
    total: Spread | CannotSay
    at_least: bool
    difference: Spread | CannotSay
    ratio: Spread | CannotSay
    agreement: Agreement | CannotSay
    assumptions: tuple[Caution, ...]

    @property
    def simulated(self) -> bool:
        """Whether a source is simulated: then all of it is."""
        return any(one.simulated for one in self.sources)

    @property
    def conditional(self) -> bool:
        """Whether the answer holds only if what is assumed does."""
        return any(caution.assumed for caution in self.assumptions)


def observed_source(account: AnnualAccount) -> ObservedSource:
    """A source from its annual account."""
    rate, share = account.mean_rate, account.persistence
    return ObservedSource(
        name=account.name,
        rate_kg_h=rate.value if isinstance(rate, Spread) else None,
        persistence=share.value if isinstance(share, Spread) else None,
        emission=account.emission,
        simulated=account.simulated,
        found_by_looks=True,
    )


def reconcile(
    name: str,
    year: int,
    reported: Reported,
    sources: Sequence[ObservedSource],
    rng: np.random.Generator,
    *,
    curve: DetectionCurve | None = None,
    model: str | None = None,
    smallest_kg_h: float | None = None,
    assumptions: Sequence[Caution] = (),
    draws: int = DRAWS,
) -> Reconciliation:
    r"""Hold an inventory against what was observed.

    Parameters
    ----------
    name : str
        Mine, basin or country.
    year : int
    reported : Reported
        Of methane. [t]
    sources : sequence of ObservedSource
        Within what the inventory covers.
    rng : numpy.random.Generator
    curve : DetectionCurve, optional
        Of the sizes of *sources*; without it nothing is said of what is unseen.
    model, smallest_kg_h
        See :func:`superemitter.account.sizes.unseen_part`.
    assumptions : sequence of Caution
        Told with the result.
    draws : int

    Notes
    -----
    Sources are independent of each other and of the inventory. The unseen ones emit as large a share of the time
    as the seen ones do on average. With a curve, the emission of a source that the looks themselves found is
    multiplied by its chance :math:`P` of being found, and what is unseen is added for the rest, so that nothing is
    counted twice: over many sources, :math:`E[\hat f \, | \, \text{found}] = f / P`.

    "No difference to be seen" is no proof of agreement: it may be a wide interval.
    """
    told = [_unselected(one, curve) for one in sources if isinstance(one.emission, Spread)]
    left_out = tuple((one.name, one.emission.reason) for one in sources if isinstance(one.emission, CannotSay))
    observed, observed_draws = _observed(told, len(sources), rng, draws)
    part = unseen_part(_rates(sources), curve, rng, model=model, smallest_kg_h=smallest_kg_h) if curve else None
    unseen, unseen_draws = _unseen(part, told, year, rng, draws)
    total: Spread | CannotSay = observed
    total_draws = observed_draws
    if isinstance(observed, Spread) and isinstance(unseen, Spread):
        total_draws = observed_draws + unseen_draws
        total = Spread.of(observed.value + unseen.value, total_draws)
    at_least = bool(left_out) or isinstance(unseen, CannotSay)
    difference, ratio = _compared(total, total_draws, reported.mass, rng)
    return Reconciliation(
        name=name,
        year=year,
        reported=reported,
        sources=tuple(sources),
        observed=observed,
        left_out=left_out,
        unseen=unseen,
        unseen_part=part,
        curve=curve,
        total=total,
        at_least=at_least,
        difference=difference,
        ratio=ratio,
        agreement=_agreement(difference, at_least=at_least),
        assumptions=tuple(assumptions),
    )


def _unselected(one: ObservedSource, curve: DetectionCurve | None) -> ObservedSource:
    """A source without what its persistence owes to having been found."""
    if curve is None or not one.found_by_looks or not one.rate_kg_h or not isinstance(one.emission, Spread):
        return one
    chance = float(curve.probability(np.array([one.rate_kg_h]))[0])
    share = None if one.persistence is None else one.persistence * chance
    return replace(one, emission=one.emission.times(chance), persistence=share)


def _rates(sources: Sequence[ObservedSource]) -> list[float]:
    return [one.rate_kg_h for one in sources if one.rate_kg_h]


def _observed(
    told: Sequence[ObservedSource], count: int, rng: np.random.Generator, draws: int
) -> tuple[Spread | CannotSay, FloatArray]:
    drawn = np.zeros(draws)
    value = 0.0
    for one in told:
        assert isinstance(one.emission, Spread)
        value += one.emission.value
        drawn += _estimate(one.emission).draw(rng, draws)
    if told:
        return Spread.of(value, drawn), drawn
    if count:
        why = f"none of the {count} sources has an annual account"
        return CannotSay(code="no-account", reason=why), drawn
    return CannotSay(code="no-sources", reason="no source was observed there"), drawn


def _unseen(
    part: UnseenPart | None, told: Sequence[ObservedSource], year: int, rng: np.random.Generator, draws: int
) -> tuple[Spread | CannotSay, FloatArray]:
    nothing = np.zeros(draws)
    if part is None:
        return CannotSay(code="no-detection-limit", reason="no detection limit was given"), nothing
    if isinstance(part.rate, CannotSay):
        return part.rate, nothing
    shares = np.array([one.persistence for one in told if one.persistence is not None])
    if not shares.size:
        why = "of no source it is known how often it emits, so not of the unseen ones"
        return CannotSay(code="persistence-not-known", reason=why), nothing
    means = rng.choice(shares, size=(draws, shares.size)).mean(axis=1)
    tonnes = hours_of(year) / 1000.0
    drawn: FloatArray = rng.choice(part.draws_kg_h, size=draws) * means * tonnes
    return Spread.of(part.rate.value * float(shares.mean()) * tonnes, drawn), drawn


def _compared(
    total: Spread | CannotSay, total_draws: FloatArray, mass: Mass, rng: np.random.Generator
) -> tuple[Spread | CannotSay, Spread | CannotSay]:
    if isinstance(total, CannotSay):
        return total, total
    if isinstance(mass.interval, CannotSay):
        return mass.interval, mass.interval
    drawn = _estimate(mass.interval).draw(rng, total_draws.size)
    difference = Spread.of(total.value - mass.value_t, total_draws - drawn)
    if mass.value_t <= 0 or mass.interval.low95_t <= 0:
        return difference, CannotSay(code="reported-may-be-zero", reason="what is reported may be nothing")
    return difference, Spread.of(total.value / mass.value_t, total_draws / drawn)


def _agreement(difference: Spread | CannotSay, *, at_least: bool) -> Agreement | CannotSay:
    """By the 95 % interval; a lower bound can only be too much."""
    if isinstance(difference, CannotSay):
        return difference
    if difference.low95 > 0:
        return Agreement.MORE
    if at_least:
        why = "a part of what is there is left out, and what is seen alone is not more than reported"
        return CannotSay(code="lower-bound-only", reason=why)
    return Agreement.LESS if difference.high95 < 0 else Agreement.AGREE


def _estimate(spread: Spread | Interval) -> Estimate:
    """A spread as something to draw from; what lies below 0 is cut there."""
    if isinstance(spread, Interval):
        low, middle, high = spread.low95_t, spread.median_t, spread.high95_t
    else:
        low, middle, high = spread.low95, spread.median, spread.high95
    return Estimate(value=max(0.0, middle), low95=max(0.0, low), high95=max(0.0, high))
