"""A number with median and intervals, from random draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.model.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Best estimate, median and bounds of the 68 % and 95 % intervals, all in one unit."""

    value: float
    median: float
    low68: float
    high68: float
    low95: float
    high95: float

    @classmethod
    def of(cls, value: float, draws: FloatArray) -> Spread:
        """The spread of some draws around a best estimate."""
        low95, low68, median, high68, high95 = (
            float(one) for one in np.quantile(draws, (0.025, 0.16, 0.5, 0.84, 0.975))
        )
        return cls(value=value, median=median, low68=low68, high68=high68, low95=low95, high95=high95)

    def times(self, factor: float) -> Spread:
        """All of it multiplied by a factor of 0 or more."""
        return Spread(
            value=self.value * factor,
            median=self.median * factor,
            low68=self.low68 * factor,
            high68=self.high68 * factor,
            low95=self.low95 * factor,
            high95=self.high95 * factor,
        )

    def as_dict(self, unit: str) -> dict[str, float]:
        """Plain types, the unit in each name: ``{"value_kg_h": ...}``."""
        names = ("value", "median", "low68", "high68", "low95", "high95")
        return {f"{name}_{unit}": getattr(self, name) for name in names}
