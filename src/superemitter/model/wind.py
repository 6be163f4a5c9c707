"""Wind at the source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from superemitter.model.errors import WindError
from superemitter.model.flags import Flag

DEFAULT_SIGMA_M_S = 1.5
DEFAULT_RELATIVE_SIGMA = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wind:
    """Wind when the scene was taken; direction is where it comes *from*.

    Attributes
    ----------
    speed_m_s, speed_sigma_m_s : float
        Speed and its 1-sigma error; 0 is allowed for both. [m s-1]
    from_deg : float
        Direction the wind blows from, clockwise from north. [degree]
    source : str
        Where it was taken from: ``"given"``, ``"ERA5 era5.nc"``.
    from_sigma_deg : float
        1-sigma error of the direction. [degree]
    height_m : float
        [m]
    vector_sigma_m_s : float
        Of a wind told as a vector, the 1-sigma error of each component; the rest of `speed_sigma_m_s` scales the
        speed. 0: the error is one of the speed alone. [m s-1]
    carries_plume : bool
        The speed is that of the wind that carries the gas, whatever its height: it needs no step from 10 m.
    time : datetime, optional
    flags : frozenset of Flag
    """

    speed_m_s: float
    speed_sigma_m_s: float
    from_deg: float
    source: str
    from_sigma_deg: float = 30.0
    height_m: float = 10.0
    vector_sigma_m_s: float = 0.0
    carries_plume: bool = False
    time: datetime | None = None
    flags: frozenset[Flag] = frozenset()

    def __post_init__(self) -> None:
        for name in ("speed_m_s", "speed_sigma_m_s", "vector_sigma_m_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise WindError(f"{name} is {value}", hint="give a finite value of 0 or more, in m/s")
        if not (math.isfinite(self.from_deg) and 0 <= self.from_deg <= 360):
            raise WindError(
                f"the wind comes from {self.from_deg} degrees", hint="give 0 to 360, clockwise from north"
            )

    @property
    def u_m_s(self) -> float:
        """Eastward component. [m s-1]"""
        return -self.speed_m_s * math.sin(math.radians(self.from_deg))

    @property
    def v_m_s(self) -> float:
        """Northward component. [m s-1]"""
        return -self.speed_m_s * math.cos(math.radians(self.from_deg))


def assumed_speed_sigma_m_s(speed_m_s: float) -> float:
    """1-sigma wind error where none is stated: the larger of 1.5 m/s and 50 %. [m s-1]

    Sherwin et al. 2023 and HyperGas use the same figures (50 % at low, 1.5 m/s at higher speed); the larger of the
    two is the cautious reading.
    """
    return max(DEFAULT_SIGMA_M_S, DEFAULT_RELATIVE_SIGMA * speed_m_s)
