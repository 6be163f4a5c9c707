"""What every source of wind can answer, and the simplest of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from superemitter.model.errors import WindError
from superemitter.model.flags import Flag
from superemitter.model.wind import Wind, assumed_speed_sigma_m_s

MAX_GAP = timedelta(hours=6)
"""Winds farther apart in time than this are not interpolated between."""


@runtime_checkable
class WindField(Protocol):
    """Something that knows the wind at a place and a time."""

    def at(self, longitude: float, latitude: float, time: datetime) -> Wind:
        """Wind at a place [degree, WGS 84] and a time with time zone.

        Raises
        ------
        WindNotCovered
            The place or the time lies outside of what is known.
        WindError
            The wind there is missing or not physical.
        """


@dataclass(frozen=True, slots=True)
class ConstantWind:
    """The same wind everywhere and always."""

    wind: Wind

    def at(self, longitude: float, latitude: float, time: datetime) -> Wind:
        """The wind that was given, stamped with `time`."""
        return replace(self.wind, time=time)


def given_wind(
    speed_m_s: float, from_deg: float, sigma_m_s: float | None = None, *, carries_plume: bool = False
) -> ConstantWind:
    """The wind as the user states it.

    Parameters
    ----------
    speed_m_s : float
        At 10 m; 0 or more. [m s-1]
    from_deg : float
        Direction it comes from, 0 to 360 clockwise from north. [degree]
    sigma_m_s : float, optional
        1-sigma error of the speed; 0 is allowed. Left out: the larger of 1.5 m/s and 50 %, flagged. [m s-1]
    carries_plume : bool
        The speed is that of the wind that carries the gas, not that at 10 m.

    Raises
    ------
    WindError
        A value is negative, not finite, or not a direction.
    """
    if sigma_m_s is not None:
        return ConstantWind(
            Wind(
                speed_m_s=speed_m_s,
                speed_sigma_m_s=sigma_m_s,
                from_deg=from_deg,
                source="given",
                carries_plume=carries_plume,
            )
        )
    return ConstantWind(
        Wind(
            speed_m_s=speed_m_s,
            # a speed that is no number is refused by Wind under its own name
            speed_sigma_m_s=assumed_speed_sigma_m_s(speed_m_s) if math.isfinite(speed_m_s) else 0.0,
            from_deg=from_deg,
            source="given",
            carries_plume=carries_plume,
            flags=frozenset({Flag.WIND_SIGMA_ASSUMED}),
        )
    )


def speed_and_from(u_m_s: float, v_m_s: float) -> tuple[float, float]:
    """Speed [m s-1] and direction the wind comes from [degree] of its eastward and northward components."""
    speed = math.hypot(u_m_s, v_m_s)
    if speed == 0.0:
        return 0.0, 0.0
    return speed, (270.0 - math.degrees(math.atan2(v_m_s, u_m_s))) % 360.0


def require_zone(time: datetime) -> None:
    """Refuse a time without a time zone: it could be off by half a day.

    Raises
    ------
    WindError
    """
    if time.tzinfo is None:
        raise WindError(
            f"the time {time.isoformat()} has no time zone", hint="give UTC, for example with a final Z"
        )
