"""Emission rates with intervals, and the typed answer for when there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from superemitter.model.errors import InvalidValue
from superemitter.model.flags import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotSay:
    """An honest refusal: a question that the data do not answer, and why.

    Attributes
    ----------
    code : str
        Stable: ``"no-wind"``, ``"too-few-pixels"``.
    reason : str
        One sentence for a reader.
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionRate:
    """A rate with everything that is needed to defend it.

    Attributes
    ----------
    rate_kg_h : float
        Median. [kg h-1]
    low_kg_h, high_kg_h : float
        68 % interval. [kg h-1]
    low95_kg_h, high95_kg_h : float
        95 % interval. [kg h-1]
    probability_ge_100_kg_h : float
        Probability that the rate is 100 kg/h or more.
    components : mapping of str to float
        1-sigma share of each named source of uncertainty: wind, mask, noise, background, unit, calibration,
        and wind_step where the wind is not of the height that the calibration wants, division where the plume
        shares mass with another.
        [kg h-1]
    method : str
        ``"ime"``, ``"csf"`` or ``"fetch"``.
    calibration_id : str
        Of the effective-wind calibration used.
    mass_per_length_kg_m : float
        IME / L, or the mean line mass: ``rate = 3600 U_eff`` times this, at the best values. [kg m-1]
    """

    rate_kg_h: float
    low_kg_h: float
    high_kg_h: float
    low95_kg_h: float
    high95_kg_h: float
    probability_ge_100_kg_h: float
    method: str
    calibration_id: str
    mass_per_length_kg_m: float
    components: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        values = (self.low95_kg_h, self.low_kg_h, self.rate_kg_h, self.high_kg_h, self.high95_kg_h)
        if not all(math.isfinite(v) for v in values) or list(values) != sorted(values):
            raise InvalidValue(f"rate and bounds are not finite and in order: {values}")
        if not 0.0 <= self.probability_ge_100_kg_h <= 1.0:
            raise InvalidValue(f"probability is {self.probability_ge_100_kg_h}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantification:
    """Mass and rate of one plume.

    Attributes
    ----------
    ime_kg, ime_sigma_kg : float
        Integrated mass enhancement and its 1-sigma error without the wind. [kg]
    rate : EmissionRate or CannotSay
        By the method with the smaller error: integrated mass enhancement, but of level-2 columns cross-sectional
        flux.
    rate_csf : EmissionRate or CannotSay
        By cross-sectional flux.
    rate_fetch : EmissionRate or CannotSay, optional
        By integrated mass over fetch and the 10 m wind, without a calibration factor.
    rate_ime : EmissionRate or CannotSay, optional
        By integrated mass enhancement, where `rate` is by another method.
    rate_by_wind : tuple of (float, EmissionRate)
        Without a wind: the rate at several wind speeds [m s-1]. Empty otherwise.
    flags : frozenset of Flag
    """

    ime_kg: float
    ime_sigma_kg: float
    rate: EmissionRate | CannotSay
    rate_csf: EmissionRate | CannotSay
    rate_fetch: EmissionRate | CannotSay | None = None
    rate_ime: EmissionRate | CannotSay | None = None
    rate_by_wind: tuple[tuple[float, EmissionRate], ...] = ()
    flags: frozenset[Flag] = frozenset()

    @property
    def disagreement(self) -> float | None:
        """Largest over smallest rate of the methods, at least 1; None if fewer than two give one above 0."""
        rates = (self.rate, self.rate_csf, self.rate_fetch, self.rate_ime)
        known = [rate.rate_kg_h for rate in rates if isinstance(rate, EmissionRate)]
        return max(known) / min(known) if len(known) > 1 and min(known) > 0 else None
