"""Emission rates with their 68 % interval, and how they are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from superemitter.account.inventory_uncertainty import Z95, Estimate
from superemitter.model.errors import InvalidValue
from superemitter.model.types import FloatArray

#: Standard deviations from the median to a bound of the 68 % interval.
Z68: Final = 0.9944578832097532


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate with its 68 % interval; without both bounds its error is not stated.

    Attributes
    ----------
    rate_kg_h : float
        Median, 0 or more. [kg h-1]
    low_kg_h, high_kg_h : float or None
        [kg h-1]
    """

    rate_kg_h: float
    low_kg_h: float | None = None
    high_kg_h: float | None = None

    def __post_init__(self) -> None:
        bounds = (self.low_kg_h, self.rate_kg_h, self.high_kg_h)
        if (self.low_kg_h is None) != (self.high_kg_h is None):
            raise InvalidValue(f"only one bound of the rate {self.rate_kg_h} kg/h is given", hint="give both")
        known = [bound for bound in bounds if bound is not None]
        if not all(math.isfinite(bound) and bound >= 0 for bound in known) or known != sorted(known):
            raise InvalidValue(f"a rate and its bounds are not finite, 0 or more and in order: {bounds} kg/h")

    @property
    def stated(self) -> bool:
        """Whether there is an interval."""
        return self.low_kg_h is not None

    def draw(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Rates in keeping with the interval, log-normal where the bound is above 0. (size,) [kg h-1]"""
        return self._estimate().draw(rng, size)

    def _estimate(self) -> Estimate:
        if self.low_kg_h is None or self.high_kg_h is None:
            return Estimate(value=self.rate_kg_h)
        return Estimate(
            value=self.rate_kg_h,
            low95=_outwards(self.rate_kg_h, self.low_kg_h),
            high95=_outwards(self.rate_kg_h, self.high_kg_h),
        )


def rate_of(rate_kg_h: float, sigma_kg_h: float | None) -> Rate:
    """A rate with a symmetric 1-sigma error, cut at 0. [kg/h]"""
    if sigma_kg_h is None:
        return Rate(rate_kg_h=rate_kg_h)
    return Rate(rate_kg_h=rate_kg_h, low_kg_h=max(0.0, rate_kg_h - sigma_kg_h), high_kg_h=rate_kg_h + sigma_kg_h)


def _outwards(value: float, bound: float) -> float:
    """From a bound of the 68 % interval to that of the 95 % interval, on the side's own scale."""
    scale = Z95 / Z68
    if bound > 0 and value > 0:
        return float(value * (bound / value) ** scale)
    return max(0.0, value + (bound - value) * scale)
