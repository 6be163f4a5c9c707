"""From mass per length and wind to a rate: the Monte Carlo and its named components."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import ndtr, ndtri

from superemitter.measure.quantification.calibration import Calibration, wind_step
from superemitter.model import EmissionRate, Wind
from superemitter.model.constants import KG_M2_PER_PPM_M, LEGAL_THRESHOLD_KG_H, SECONDS_PER_HOUR
from superemitter.model.types import FloatArray

COMPONENTS = ("wind", "mask", "noise", "background", "unit", "calibration")
WIND_STEP = "wind_step"
DIVISION = "division"
WIND_ACROSS, WIND_SCALE = "wind_across", "wind_scale"
CLIMATE_M_S = 3.3
LEAST_WIND_M_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Mass per length of a plume by one method, with relative errors; wind is all it lacks for a rate."""

    mass_per_length: float  # [kg m-1]
    noise: float
    background: float
    mask: FloatArray  # relative mass per length with other masks, by equal steps of probability; 1 in the middle
    log_factor: float = 0.0  # of a fitted law: see FittedLaw.log_factor
    division: float = 0.0  # of mass shared with another plume, in the logarithm; 0 for a plume that touches none


def emission_rate(
    measured: Measured, wind: Wind, calibration: Calibration, draws: Draws, *, plume_probability: float = 1.0
) -> EmissionRate:
    """Median, intervals and named components of the rate, from mass per length, wind and calibration.

    The probability of 100 kg/h or more is that of the rate times `plume_probability`, that the plume is real.
    """
    names = (*COMPONENTS, WIND_STEP) if _takes_step(wind, calibration) else COMPONENTS
    names = (*names, DIVISION) if measured.division > 0 else names
    rate = _sample(measured, wind, calibration, draws, names)
    low95, low, median, high, high95 = np.percentile(rate, [2.5, 16.0, 50.0, 84.0, 97.5])
    shares = {name: float(np.std(_sample(measured, wind, calibration, draws, (name,)))) for name in names}
    return EmissionRate(
        rate_kg_h=float(median),
        low_kg_h=float(low),
        high_kg_h=float(high),
        low95_kg_h=float(low95),
        high95_kg_h=float(high95),
        probability_ge_100_kg_h=plume_probability * float(np.mean(rate >= LEGAL_THRESHOLD_KG_H.value)),
        method=calibration.method,
        calibration_id=calibration.calibration_id,
        mass_per_length_kg_m=measured.mass_per_length,
        components=MappingProxyType(shares),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """Standard-normal draws of every component, and uniform ones for the mask; shared by all rates of a plume."""

    normal: Mapping[str, FloatArray]
    uniform: FloatArray

    @classmethod
    def make(cls, rng: np.random.Generator, count: int) -> Draws:
        names = ("wind", "noise", "background", "unit", "residual", "calibration")
        normal = {n: rng.standard_normal(count) for n in names}
        uniform = rng.random(count)
        normal[WIND_STEP] = rng.standard_normal(count)
        normal[DIVISION] = rng.standard_normal(count)
        normal[WIND_ACROSS], normal[WIND_SCALE] = rng.standard_normal((2, count))
        return cls(normal=normal, uniform=uniform)


def _sample(measured: Measured, wind: Wind, law: Calibration, draws: Draws, vary: tuple[str, ...]) -> FloatArray:
    """Rates with the components in `vary` drawn and the others at their best value. (draw,) [kg h-1]"""

    def z(name: str, component: str) -> FloatArray:
        return draws.normal[name] if component in vary else np.zeros_like(draws.uniform)

    speed = wind_speeds(wind, *(z(name, "wind") for name in ("wind", WIND_ACROSS, WIND_SCALE)))
    step = np.ones_like(speed)
    if _takes_step(wind, law):
        known = wind_step()
        step = (known.factor * np.exp(known.log_sigma * z(WIND_STEP, WIND_STEP))) ** (
            -1 if wind.carries_plume else 1
        )
    if law.fitted is None:
        effective = law.a * speed * step + law.b + law.residual_sigma_m_s * z("residual", "calibration")
        effective = np.maximum(effective, 0.0) * np.exp(law.mask_sigma * z("calibration", "calibration"))
    else:
        carrying = speed * step
        scatter = np.hypot(law.fitted.sigma, law.fitted.sigma_wind_m_s / np.maximum(carrying, LEAST_WIND_M_S))
        effective = carrying ** (1.0 + law.fitted.wind) * math.exp(measured.log_factor)
        effective = effective * np.exp(scatter * z("calibration", "calibration"))
    relative = 1.0 + measured.noise * z("noise", "noise") + measured.background * z("background", "background")
    if "mask" in vary:
        relative = relative * np.interp(draws.uniform, np.linspace(0, 1, measured.mask.size), measured.mask)
    relative = relative * np.exp(measured.division * z(DIVISION, DIVISION))
    unit = 1.0 + KG_M2_PER_PPM_M.relative_sigma * z("unit", "unit")
    rate: FloatArray = effective * measured.mass_per_length * relative * unit * SECONDS_PER_HOUR.value
    return np.maximum(rate, 0.0)


def _takes_step(wind: Wind, law: Calibration) -> bool:
    """Whether law and wind differ in height: fitted laws want the carrying wind, published ones that at 10 m."""
    return (law.fitted is not None) != wind.carries_plume


def wind_speeds(wind: Wind, along: FloatArray, across: FloatArray, scale: FloatArray) -> FloatArray:
    r"""Speeds that a wind may have had, from standard-normal draws. (draw,) [m s-1]

    Of a wind told as a vector each component has an error v, and winds are spread about none at all by c = 3.3 m/s
    in each component, which makes the mean speed over land in the early afternoon, when a swath is taken: 3.3 m/s
    over the day (Archer and Jacobson 2005) and 0.6 to 1.1 more then (Dai and Deser 1999). Then

    .. math:: U = \left|\, k\,\mathbf{u} + \sqrt{k}\,v\,\mathbf{z} \,\right| e^{r z'}, \qquad
              k = \frac{c^2}{c^2 + v^2}

    with r what else scales the speed. Nearly no wind is unlikely: both components must then be nearly none.

    References
    ----------
    doi:10.1029/2004JD005462, doi:10.1029/1999JD900927
    """
    sigma = wind.vector_sigma_m_s
    if sigma == 0:
        return _positive_normal(wind.speed_m_s, wind.speed_sigma_m_s, along)
    known = CLIMATE_M_S**2 / (CLIMATE_M_S**2 + sigma**2)
    spread = math.sqrt(known) * sigma
    speed = np.hypot(known * wind.speed_m_s + spread * along, spread * across)
    scales = math.sqrt(max(wind.speed_sigma_m_s**2 - sigma**2, 0.0)) / max(wind.speed_m_s, sigma)
    out: FloatArray = speed * np.exp(scales * scale)
    return out


def _positive_normal(mean: float, sigma: float, z: FloatArray) -> FloatArray:
    """A normal distribution cut off below 0, from standard-normal draws."""
    if sigma == 0:
        return np.full_like(z, mean)
    below = ndtr(-mean / sigma)
    out: FloatArray = mean + sigma * ndtri(below + (1.0 - below) * ndtr(z))
    return np.maximum(out, 0.0) if np.any(z) else np.full_like(z, mean)


def exact_wind(speed_m_s: float) -> Wind:
    """A 10 m wind without error, for the table of rates by wind."""
    return Wind(speed_m_s=speed_m_s, speed_sigma_m_s=0.0, from_deg=0.0, source="table")
