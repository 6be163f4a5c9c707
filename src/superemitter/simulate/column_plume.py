"""Plumes of known rate at the scale of a TROPOMI swath: hours of transport through a growing, meandering depth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from superemitter.model import Footprint
from superemitter.model.constants import SECONDS_PER_HOUR
from superemitter.model.errors import InvalidValue
from superemitter.model.footprint import metres_from
from superemitter.model.types import FloatArray

_SUBPIXELS = (-1.0 / 3.0, 0.0, 1.0 / 3.0)
_CUT_SIGMAS = 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How methane is carried for hours after it leaves the ground.

    Attributes
    ----------
    hours : float
        The source has been emitting for so long. [h]
    puff_seconds : float
        Between two puffs. [s]
    mixed_factor, mixed_factor_sigma : float
        Wind of the mixed layer over that at 10 m, and the 1-sigma spread of its logarithm from day to day. A log
        profile over land (roughness 3 to 30 cm) up to a tenth of a mixed layer 1 to 2 km deep, with the weaker
        shear of a convective day, gives 1.2 to 1.5. [1]
    mixing_seconds : float
        In which the gas leaves the 10 m wind for that of the mixed layer. [s]
    speed_scatter, direction_scatter_deg : float
        1-sigma of the wind along the way, relative and in degrees, correlated over `memory_seconds`. [1], [degree]
    memory_seconds : float
        [s]
    wander_m_s : float
        1-sigma of the wind across the mean wind, beside what `direction_scatter_deg` makes: the weaker the wind,
        the more its direction scatters. [m s-1]
    spread_m_s, eddy_seconds : float
        Puffs grow as ``spread t / sqrt(1 + t / (2 eddy))``. [m s-1], [s]
    mesoscale_m_s : float
        But no less than this fast: over hours eddies of tens of km spread gas by half a metre in a second (Heffter
        1965, J. Appl. Meteorol. 4, 153). [m s-1]
    morning_hours, morning_hours_sigma : float
        The wind has been that of the day for so long, and the 1-sigma spread of it from day to day; before, it was
        that of the night. By default the picture is one of the early afternoon, and the mixed layer began to grow
        some three hours after sunrise. Infinite for no night. [h]
    night_factor, night_factor_sigma : float
        10 m wind of the night over that of the day, and the 1-sigma spread of its logarithm. Gas gathers around a
        source by night, and the wind of the day carries all of it away at once: a dense cloud that is tens of km
        away at noon. [1]
    night_lift, night_lift_sigma, night_mixing_seconds : float
        Wind by night at the height of the gas over that at 10 m, the 1-sigma spread of its logarithm, and the
        seconds in which the gas gets there. In stable air (classes E and F) gas from the ground is 20 to 50 m deep
        after 3 km and 40 to 75 m after 10 km, and the wind grows as the 0.35th to 0.55th power of height: the gas
        goes 1.4 times as fast as the wind at 10 m, and 1.8 times (Hanna et al. 1982, doi:10.2172/5591108).
        [1], [1], [s]
    """

    hours: float = 14.0
    puff_seconds: float = 180.0
    mixed_factor: float = 1.3
    mixed_factor_sigma: float = 0.12
    mixing_seconds: float = 1200.0
    speed_scatter: float = 0.15
    direction_scatter_deg: float = 15.0
    memory_seconds: float = 3600.0
    wander_m_s: float = 0.8
    spread_m_s: float = 0.8
    eddy_seconds: float = 1500.0
    mesoscale_m_s: float = 0.5
    morning_hours: float = 4.5
    morning_hours_sigma: float = 1.0
    night_factor: float = 0.55
    night_factor_sigma: float = 0.4
    night_lift: float = 1.7
    night_lift_sigma: float = 0.15
    night_mixing_seconds: float = 2400.0


def column_plume(
    footprint: Footprint,
    *,
    longitude: float,
    latitude: float,
    rate_kg_h: float,
    speed_m_s: float,
    from_deg: float,
    rng: np.random.Generator,
    transport: Transport | None = None,
) -> FloatArray:
    """Column mass that a steady source adds to each pixel of a swath.

    Puffs drift in one wind for all that varies along the way, first at the 10 m speed, then at that of the mixed
    layer, and spread as they age. Each pixel holds the mean of nine points in it.

    Parameters
    ----------
    footprint : Footprint
        Of the swath.
    longitude, latitude : float
        Of the source. [degree]
    rate_kg_h : float
        [kg h-1]
    speed_m_s, from_deg : float
        Wind at 10 m. [m s-1], [degree]
    rng : numpy.random.Generator
    transport : Transport, optional

    Returns
    -------
    (row, column) float64 array
        [kg m-2]

    Raises
    ------
    InvalidValue
        Rate or wind is negative or not finite.
    """
    if not (math.isfinite(rate_kg_h) and rate_kg_h >= 0 and math.isfinite(speed_m_s) and speed_m_s >= 0):
        raise InvalidValue(f"a plume of {rate_kg_h} kg/h in a wind of {speed_m_s} m/s cannot be simulated")
    how = transport or Transport()
    east, north, age = _puffs(how, speed_m_s, from_deg, rng)
    puff_kg = rate_kg_h / SECONDS_PER_HOUR.value * how.puff_seconds
    small = how.spread_m_s * age / np.sqrt(1.0 + age / (2.0 * how.eddy_seconds))
    sigma = np.maximum(np.maximum(small, how.mesoscale_m_s * age), 200.0)
    x, y = metres_from(longitude, latitude, footprint.longitude, footprint.latitude)
    out = np.zeros(footprint.shape)
    near = np.isfinite(x) & np.isfinite(y)
    near &= np.hypot(x, y) <= float(np.hypot(east, north).max() + _CUT_SIGMAS * sigma.max())
    if not near.any():
        return out
    step = [np.nan_to_num(np.gradient(field, axis=axis)) for field in (x, y) for axis in (0, 1)]
    share = 1.0 / len(_SUBPIXELS) ** 2
    at_x, at_y = x[near], y[near]
    total = np.zeros(at_x.size)
    for row_part in _SUBPIXELS:
        for column_part in _SUBPIXELS:
            px = at_x + row_part * step[0][near] + column_part * step[1][near]
            py = at_y + row_part * step[2][near] + column_part * step[3][near]
            total += share * _concentration(px, py, east, north, sigma)
    out[near] = puff_kg * total
    return out


def _puffs(
    how: Transport, speed_m_s: float, from_deg: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """East and north displacement [m] and age [s] of every puff at the time of the picture."""
    count = max(round(how.hours * SECONDS_PER_HOUR.value / how.puff_seconds), 2)
    keep = math.exp(-how.puff_seconds / how.memory_seconds)
    kicks = rng.standard_normal((2, count)) * math.sqrt(1.0 - keep**2)
    state = np.empty((2, count))
    state[:, 0] = rng.standard_normal(2)
    for i in range(1, count):
        state[:, i] = keep * state[:, i - 1] + kicks[:, i]
    factor = how.mixed_factor * math.exp(how.mixed_factor_sigma * float(rng.standard_normal()))
    nocturnal = how.night_lift * math.exp(how.night_lift_sigma * float(rng.standard_normal()))
    age = (np.arange(count) + 0.5) * how.puff_seconds
    night, calm = _night(how, age, rng)
    wind = speed_m_s * np.maximum(1.0 + how.speed_scatter * state[1], 0.1) * (1.0 - (1.0 - calm) * night)
    across = state[0] * np.hypot(how.wander_m_s, wind * math.tan(math.radians(how.direction_scatter_deg)))
    sine, cosine = math.sin(math.radians(from_deg + 180.0)), math.cos(math.radians(from_deg + 180.0))
    # Time runs backwards along the arrays: entry k is the step that ended k steps ago.
    east_step = (wind * sine + across * cosine) * how.puff_seconds
    north_step = (wind * cosine - across * sine) * how.puff_seconds
    east, north = np.empty(count), np.empty(count)
    mixed_by_day, mixed_by_night = (1.0 - np.exp(-age / s) for s in (how.mixing_seconds, how.night_mixing_seconds))
    for puff in range(count):  # released `puff` steps ago: it has lived through steps puff .. 0
        dark = night[puff::-1]
        by_day, by_night = mixed_by_day[: puff + 1] * (1.0 - dark), mixed_by_night[: puff + 1] * dark
        lift = 1.0 + (factor - 1.0) * by_day + (nocturnal - 1.0) * by_night
        east[puff] = float(np.sum(east_step[puff::-1] * lift)) if puff else float(east_step[0]) * 0.5
        north[puff] = float(np.sum(north_step[puff::-1] * lift)) if puff else float(north_step[0]) * 0.5
    return east, north, age


def _night(how: Transport, age: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, float]:
    """How much of the night's wind blew so long ago, turning to that of the day within an hour; its factor."""
    if not math.isfinite(how.morning_hours):
        return np.zeros(age.size), 1.0
    dawn = max(how.morning_hours + how.morning_hours_sigma * float(rng.standard_normal()), 1.0)
    calm = min(how.night_factor * math.exp(how.night_factor_sigma * float(rng.standard_normal())), 1.0)
    night: FloatArray = np.clip(age / SECONDS_PER_HOUR.value - dawn + 0.5, 0.0, 1.0)
    return night, calm


def _concentration(
    x: FloatArray, y: FloatArray, east: FloatArray, north: FloatArray, sigma: FloatArray
) -> FloatArray:
    """Sum of unit Gaussian puffs at points. (point,) [m-2]"""
    out = np.zeros(x.size)
    for puff in range(east.size):
        squared = ((x - east[puff]) ** 2 + (y - north[puff]) ** 2) / sigma[puff] ** 2
        out += np.exp(-0.5 * squared) / (2.0 * math.pi * sigma[puff] ** 2)
    return out
