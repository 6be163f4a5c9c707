r"""How large sources are, also those too small to be seen: a distribution fitted to the seen ones.

What is seen is no sample of what is there: a small source is seen with a small probability. So the likelihood of
the sizes :math:`x_i` that were seen is

.. math:: L = \prod_i \frac{f(x_i)\, P(x_i)}{\int f(x)\, P(x)\, dx}

with the distribution :math:`f` of all sources and the probability :math:`P` of seeing one of a size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr

from superemitter.account.spread import Spread
from superemitter.model.errors import InvalidValue
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

LOGNORMAL, POWER = "lognormal", "power-law"
MODELS: Final = (LOGNORMAL, POWER)
#: Fewer sources than this fix no distribution.
FEWEST: Final = 10
#: If fewer of all sources than this share would be seen, what is not seen is a guess.
LEAST_SEEN: Final = 0.05
#: Nor if that happens in more than this share of the draws.
MOST_UNFIXED: Final = 0.1
DRAWS: Final = 200
_Z90: Final = 1.2815515655446004
_POINTS: Final = 400
_SIGMA: Final = (0.1, 3.5)
_SLOPE: Final = (0.2, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionCurve:
    r"""Probability that a source of a size was seen at least once.

    One look sees an emitting source with :math:`p(x) = \Phi(\ln(x / x_{50}) / s)`, where :math:`s` follows from
    the two rates; :math:`k` looks at one that emits a share :math:`a` of the time with :math:`1 - (1 - a p)^k`.

    Attributes
    ----------
    half_kg_h, ninety_kg_h : float
        Rates that are seen half of the time and nine times out of ten. [kg h-1]
    looks : int
        At each place.
    emitting_share : float
    source : str
        Where the two rates come from.
    """

    half_kg_h: float
    ninety_kg_h: float
    looks: int = 1
    emitting_share: float = 1.0
    source: str = "given"

    def __post_init__(self) -> None:
        if not (0 < self.half_kg_h < self.ninety_kg_h and math.isfinite(self.ninety_kg_h)):
            raise InvalidValue(
                f"detection of 50 % at {self.half_kg_h} kg/h and of 90 % at {self.ninety_kg_h} kg/h",
                hint="give two rates above 0, the second the larger",
            )
        if self.looks < 1 or not 0 < self.emitting_share <= 1:
            raise InvalidValue(f"{self.looks} looks at sources that emit {self.emitting_share} of the time")

    def probability(self, rate_kg_h: FloatArray) -> FloatArray:
        """Of having been seen."""
        spread = math.log(self.ninety_kg_h / self.half_kg_h) / _Z90
        once: FloatArray = ndtr(np.log(rate_kg_h / self.half_kg_h) / spread)
        seen: FloatArray = 1.0 - (1.0 - self.emitting_share * once) ** self.looks
        return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeFit:
    """One distribution, fitted.

    Attributes
    ----------
    model : str
        ``"lognormal"`` or ``"power-law"``.
    parameters : tuple of (str, float)
    seen : int
    log_likelihood, aic : float
        Of the sizes seen; the smaller the criterion of Akaike, the better.
    seen_share : float
        Of all sources, that would be seen.
    unseen_sources : float
    unseen_kg_h : float
        Rates of the unseen sources added up, while they emit. [kg h-1]
    at_bound : bool
        The fit ran into a limit of its parameters: the sizes seen do not fix it.
    """

    model: str
    parameters: tuple[tuple[str, float], ...]
    seen: int
    log_likelihood: float
    aic: float
    seen_share: float
    unseen_sources: float
    unseen_kg_h: float
    at_bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenPart:
    """What too small sources add.

    Attributes
    ----------
    fits : tuple of SizeFit
        Of every model, the chosen one first.
    chosen : str
    because : str
    rate : Spread or CannotSay
        Of all unseen sources, while they emit. [kg h-1]
    draws_kg_h : (draw,) array
        Empty where it cannot be said. [kg h-1]
    """

    fits: tuple[SizeFit, ...]
    chosen: str
    because: str
    rate: Spread | CannotSay
    draws_kg_h: FloatArray


def fit_sizes(
    rates_kg_h: Sequence[float], curve: DetectionCurve, model: str, smallest_kg_h: float | None = None
) -> SizeFit:
    """Fit one distribution to the rates of seen sources by maximum likelihood, weighted by what would be seen.

    Parameters
    ----------
    rates_kg_h : sequence of float
        Of the sources seen, above 0. [kg h-1]
    curve : DetectionCurve
    model : str
        ``"lognormal"``: of all sizes. ``"power-law"``: from `smallest_kg_h` to the largest that was seen.
    smallest_kg_h : float, optional
        Of the power law; default a hundredth of the rate that is seen half of the time. [kg h-1]

    Raises
    ------
    InvalidValue
        A rate is not above 0, there are fewer than two, or the model is not known.
    """
    rates = np.asarray(rates_kg_h, dtype=float)
    if model not in MODELS:
        raise InvalidValue(f"there is no model {model!r}", hint=f"one of: {', '.join(MODELS)}")
    if rates.size < 2 or not (np.isfinite(rates).all() and (rates > 0).all()):
        raise InvalidValue("sizes need two rates or more, all above 0 kg/h")
    return _Fitter(rates, curve, model, smallest_kg_h).fit()


def unseen_part(
    rates_kg_h: Sequence[float],
    curve: DetectionCurve,
    rng: np.random.Generator,
    *,
    model: str | None = None,
    smallest_kg_h: float | None = None,
    draws: int = DRAWS,
) -> UnseenPart:
    """What sources too small to be seen add, with an interval by bootstrap over the sources seen.

    Every model is fitted; the one with the smaller criterion of Akaike gives the best estimate unless one is asked
    for. Each draw takes a model by its Akaike weight, so that the interval holds the choice too, and the number of
    sources that happen to be there, and the chance which of them are seen.

    Parameters
    ----------
    rates_kg_h : sequence of float
        [kg h-1]
    curve : DetectionCurve
    rng : numpy.random.Generator
    model : str, optional
    smallest_kg_h : float, optional
        See :func:`fit_sizes`. [kg h-1]
    draws : int

    Raises
    ------
    InvalidValue
        The model is not known, or a rate is not above 0.

    Notes
    -----
    The errors of the rates widen what is fitted and are not taken out again; unseen sources are of the same kind
    as seen ones. Both are assumptions.
    """
    if model is not None and model not in MODELS:
        raise InvalidValue(f"there is no model {model!r}", hint=f"one of: {', '.join(MODELS)}")
    rates = np.asarray(rates_kg_h, dtype=float)
    if rates.size < FEWEST:
        why = f"{rates.size} sources with a rate do not fix a distribution of sizes; {FEWEST} are needed"
        return UnseenPart(
            fits=(),
            chosen="",
            because="",
            rate=CannotSay(code="too-few-sources", reason=why),
            draws_kg_h=np.array([]),
        )
    fits = [fit_sizes(rates_kg_h, curve, name, smallest_kg_h) for name in MODELS]
    asked = MODELS if model is None else (model,)
    best = min((fit for fit in fits if fit.model in asked), key=lambda fit: fit.aic)
    because = "asked for" if model else f"Akaike criterion {best.aic:.1f}, of the other {_other(fits, best):.1f}"
    ordered = (best, *(fit for fit in fits if fit is not best))
    drawn, unfixed = np.array([]), 1.0
    if not _unfixed(best):
        drawn, unfixed = _bootstrap(rates, curve, asked, smallest_kg_h, rng, draws)
    if unfixed > MOST_UNFIXED:
        why = (
            f"the sizes seen do not fix the {best.model}: by it {best.seen_share:.1%} of all sources would be seen"
        )
        told = CannotSay(code="sizes-not-fixed", reason=f"{why}, and the rest is a guess")
        return UnseenPart(fits=ordered, chosen=best.model, because=because, rate=told, draws_kg_h=np.array([]))
    rate = Spread.of(best.unseen_kg_h, drawn)
    return UnseenPart(fits=ordered, chosen=best.model, because=because, rate=rate, draws_kg_h=drawn)


def density(fit: SizeFit, rate_kg_h: FloatArray) -> FloatArray:
    """Density of all sources per unit of ln(rate), not normalised to what is seen."""
    parameters = dict(fit.parameters)
    x = np.log(rate_kg_h)
    if fit.model == LOGNORMAL:
        sigma = parameters["sigma"]
        shape: FloatArray = np.exp(-0.5 * ((x - math.log(parameters["median_kg_h"])) / sigma) ** 2)
        return shape / (sigma * math.sqrt(2 * math.pi))
    low, high = math.log(parameters["smallest_kg_h"]), math.log(parameters["largest_kg_h"])
    slope = parameters["exponent"] - 1.0
    inside = (x >= low - 1e-9) & (x <= high + 1e-9)
    norm = (math.exp(-slope * low) - math.exp(-slope * high)) / slope if abs(slope) > 1e-9 else high - low
    return np.where(inside, np.exp(-slope * x) / norm, 0.0)


def _other(fits: Sequence[SizeFit], best: SizeFit) -> float:
    return min(fit.aic for fit in fits if fit is not best)


def _unfixed(fit: SizeFit) -> bool:
    return fit.at_bound or fit.seen_share < LEAST_SEEN


def _bootstrap(
    rates: FloatArray,
    curve: DetectionCurve,
    models: Sequence[str],
    smallest_kg_h: float | None,
    rng: np.random.Generator,
    draws: int,
) -> tuple[FloatArray, float]:
    """Unseen rates, and the share of draws in which nothing fixes them. [kg h-1]"""
    found, unfixed = np.empty(draws), 0
    for number in range(draws):
        count = max(2, int(rng.poisson(rates.size)))
        again = rng.choice(rates, size=count)
        fitters = [_Fitter(again, curve, model, smallest_kg_h) for model in models]
        fits = [(fitter.fit(), fitter.unseen_square) for fitter in fitters]
        criteria = np.array([fit.aic for fit, _ in fits])
        weights = np.exp(-0.5 * (criteria - criteria.min()))
        fit, square = fits[rng.choice(len(fits), p=weights / weights.sum())]
        unfixed += _unfixed(fit)
        # How many unseen sources there happen to be, and how large they happen to be.
        found[number] = max(0.0, fit.unseen_kg_h + math.sqrt(max(0.0, square)) * rng.standard_normal())
    return found, unfixed / draws


class _Fitter:
    """The likelihood on a grid of ln(rate)."""

    def __init__(self, rates: FloatArray, curve: DetectionCurve, model: str, smallest_kg_h: float | None) -> None:
        self.x, self.curve, self.model = np.log(rates), curve, model
        self.smallest = math.log(smallest_kg_h or 0.01 * curve.half_kg_h)
        self.smallest = min(self.smallest, float(self.x.min()))
        self.largest = float(self.x.max())
        low, high = self.smallest, self.largest
        if model == LOGNORMAL:
            low, high = math.log(curve.half_kg_h) - 14.0, self.largest + 8.0
        self.grid = np.linspace(low, high, _POINTS)
        self.step = self.grid[1] - self.grid[0]
        self.weights = np.full(_POINTS, self.step)
        self.weights[[0, -1]] *= 0.5
        self.seen = curve.probability(np.exp(self.grid))
        self.log_seen = float(np.log(np.maximum(curve.probability(rates), 1e-300)).sum())
        self.unseen_square = 0.0

    def fit(self) -> SizeFit:
        start, bounds = self._start()
        best = minimize(self._loss, start, bounds=bounds, method="L-BFGS-B")
        theta = np.asarray(best.x)
        on_grid = self._density(theta, self.grid) * self.weights
        on_grid /= on_grid.sum()
        share = float((on_grid * self.seen).sum())
        count = self.x.size / share
        hidden = count * on_grid * (1.0 - self.seen)
        self.unseen_square = float((hidden * np.exp(2 * self.grid)).sum())
        at_bound = any(
            abs(value - edge) < 1e-3 * (high - low)
            for value, (low, high) in zip(theta, bounds, strict=True)
            for edge in (low, high)
        )
        return SizeFit(
            model=self.model,
            parameters=self._named(theta),
            seen=self.x.size,
            log_likelihood=-float(best.fun),
            aic=2 * len(bounds) + 2 * float(best.fun),
            seen_share=share,
            unseen_sources=count * (1.0 - share),
            unseen_kg_h=float((hidden * np.exp(self.grid)).sum()),
            at_bound=at_bound,
        )

    def _start(self) -> tuple[list[float], list[tuple[float, float]]]:
        if self.model == POWER:
            return [1.5], [_SLOPE]
        middle, spread = float(self.x.mean()), float(np.clip(self.x.std(), 0.3, 2.0))
        return [middle - spread, spread], [(math.log(self.curve.half_kg_h) - 8.0, self.largest), _SIGMA]

    def _loss(self, theta: FloatArray) -> float:
        at_seen = np.log(np.maximum(self._density(theta, self.x), 1e-300)).sum()
        norm = float((self._density(theta, self.grid) * self.seen * self.weights).sum())
        return -float(at_seen + self.log_seen - self.x.size * math.log(max(norm, 1e-300)))

    def _density(self, theta: FloatArray, x: FloatArray) -> FloatArray:
        """Per unit of ln(rate)."""
        if self.model == LOGNORMAL:
            mu, sigma = theta
            normal: FloatArray = np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
            return normal
        slope = theta[0] - 1.0
        power: FloatArray = np.exp(-slope * (x - self.smallest))
        width = self.largest - self.smallest
        norm = -math.expm1(-slope * width) / slope if abs(slope) > 1e-9 else width
        return power / norm

    def _named(self, theta: FloatArray) -> tuple[tuple[str, float], ...]:
        if self.model == LOGNORMAL:
            return (("median_kg_h", math.exp(float(theta[0]))), ("sigma", float(theta[1])))
        return (
            ("exponent", float(theta[0])),
            ("smallest_kg_h", math.exp(self.smallest)),
            ("largest_kg_h", math.exp(self.largest)),
        )
