"""Estimates with their 95 % interval, and how they are drawn.

Each side of an estimate is drawn by itself, so that median and both bounds come out as stated: log-normal where
the bound is above zero, linear (and cut at zero) where it is not. "Times or divided by 2" and "0 to 0.2" are both
kept, without inventing a tail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from superemitter.model.errors import InvalidValue
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

#: Standard deviations from the median to a bound of the 95 % interval.
Z95: Final = 1.959963984540054
NOT_STATED: Final = "uncertainty-not-stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number of 0 or more with its 95 % interval; without both bounds the interval is not stated."""

    value: float
    low95: float | None = None
    high95: float | None = None

    def __post_init__(self) -> None:
        bounds = (self.low95, self.value, self.high95)
        if (self.low95 is None) != (self.high95 is None):
            raise InvalidValue(f"only one bound of {self.value} is given", hint="give both, or neither")
        known = [b for b in bounds if b is not None]
        if not all(math.isfinite(b) and b >= 0 for b in known) or known != sorted(known):
            raise InvalidValue(f"an estimate and its bounds are not finite, 0 or more and in order: {bounds}")

    @property
    def stated(self) -> bool:
        """Whether there is an interval."""
        return self.low95 is not None

    def draw(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Values in keeping with the interval; the value itself, over and over, if none is stated. (size,)"""
        if self.low95 is None or self.high95 is None or self.value == 0:
            return np.full(size, self.value)
        z = rng.standard_normal(size) / Z95
        return np.where(z < 0, _side(self.value, self.low95, -z), _side(self.value, self.high95, z))


def exactly(value: float) -> Estimate:
    """A number without error."""
    return Estimate(value=value, low95=value, high95=value)


def within_percent(value: float, percent: float) -> Estimate:
    """A number known to plus or minus so many percent (95 %); the lower bound is never below zero."""
    return Estimate(value=value, low95=value * max(0.0, 1 - percent / 100), high95=value * (1 + percent / 100))


def within_factor(value: float, factor: float) -> Estimate:
    """A number known to a factor (95 %): `value` divided by it, and times it."""
    return Estimate(value=value, low95=value / factor, high95=value * factor)


def _side(value: float, bound: float, share: FloatArray) -> FloatArray:
    """From the median outwards; `share` is 0 at the median and 1 at the bound, and beyond it further out."""
    if bound > 0:
        side: FloatArray = value * (bound / value) ** np.maximum(share, 0.0)
        return side
    return np.maximum(0.0, value + (bound - value) * np.maximum(share, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Median and bounds of a mass, by drawing everything it is made of. [t]"""

    median_t: float
    low68_t: float
    high68_t: float
    low95_t: float
    high95_t: float

    @classmethod
    def of(cls, draws_t: FloatArray) -> Interval:
        """The interval of some draws. [t]"""
        low95, low68, median, high68, high95 = np.quantile(draws_t, (0.025, 0.16, 0.5, 0.84, 0.975))
        return cls(
            median_t=float(median),
            low68_t=float(low68),
            high68_t=float(high68),
            low95_t=float(low95),
            high95_t=float(high95),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mass:
    """A mass with what is known of its error.

    Attributes
    ----------
    value_t : float
        From the best estimates: what an inventory reports. In a sum of skewed terms it is not the median. [t]
    interval : Interval or CannotSay
        Not to be said where something it is made of comes without uncertainty.
    """

    value_t: float
    interval: Interval | CannotSay


class Draws:
    """Random draws by name: what has the same name is the same in every line, and its error does not average out.

    A default factor that is too high is too high for every mine that uses it; only what is drawn without a name is
    independent.

    Parameters
    ----------
    rng : numpy.random.Generator
    size : int
        Draws of each quantity.
    """

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._rng = rng
        self._named: dict[str, FloatArray] = {}
        self.size = size

    def independent(self, estimate: Estimate) -> FloatArray:
        """Draws of something of its own. (size,)"""
        return estimate.draw(self._rng, self.size)

    def shared(self, name: str, estimate: Estimate) -> FloatArray:
        """Draws of something that other lines use too. (size,)"""
        if name not in self._named:
            self._named[name] = estimate.draw(self._rng, self.size)
        return self._named[name]
