"""Numbers as people read them. Only for pages and pictures: data files are never rounded."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from superemitter.model import EmissionRate, SceneResult, Wind

_SPACE = "\u00a0"  # keeps a number and its unit on one line
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def rate_parts(rate: EmissionRate) -> tuple[str, str]:
    """A rate and its 68 % interval, rounded alike: ``("1,240", "830–1,760")``. [kg/h]"""
    return value_parts(rate.rate_kg_h, rate.low_kg_h, rate.high_kg_h)


def value_parts(value: float, low: float, high: float) -> tuple[str, str]:
    """A value and its interval, rounded alike: ``("1,240", "830–1,760")``."""
    step = _step(low, high, value)
    return rounded(value, step), span(rounded(low, step), rounded(high, step))


def rate_text(rate: EmissionRate) -> str:
    """A rate with its 68 % interval: ``"1,240 kg/h (68 %: 830–1,760)"``."""
    middle, interval = rate_parts(rate)
    return f"{middle}{_SPACE}kg/h (68{_SPACE}%: {interval})"


def interval_text(low: float, high: float) -> str:
    """An interval alone: ``"410–2,900"``."""
    step = _step(low, high, high)
    return span(rounded(low, step), rounded(high, step))


def span(low: str, high: str) -> str:
    """Two numbers as a range; in words where a minus sign would make a dash ambiguous."""
    return f"{low} to {high}" if low.startswith("−") else f"{low}–{high}"


def rounded(value: float, step: float) -> str:
    """A number rounded to a multiple of a power of ten, with thousands separated and a true minus sign."""
    decimals = max(-math.floor(math.log10(step) + 0.5), 0)
    text = f"{round(value / step) * step:,.{decimals}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.removeprefix("-")


def significant(value: float, digits: int = 3) -> str:
    """A number to so many significant digits: ``"1,240"``, ``"0.0312"``."""
    if not math.isfinite(value):
        return "not known"
    if value == 0:
        return "0"
    return rounded(value, 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1))


def percent(probability: float) -> str:
    """A probability in percent, never certain (a simulation of finite size said so): ``"97 %"``, ``"> 99 %"``."""
    if probability < 0.01:
        return f"<{_SPACE}1{_SPACE}%"
    if probability > 0.99:
        return f">{_SPACE}99{_SPACE}%"
    return f"{100 * probability:.0f}{_SPACE}%"


def wind_text(wind: Wind) -> str:
    """Speed with error, direction, height and source: ``"3.4 ± 1.2 m/s from 240° at 10 m (ERA5)"``."""
    speed = f"{wind.speed_m_s:.1f} ± {wind.speed_sigma_m_s:.1f} m/s"
    return f"{speed} from {wind.from_deg:.0f}° at {wind.height_m:.0f} m ({wind.source})"


def time_text(time: datetime) -> str:
    """``"17 July 2023 06:05 UTC"``, in any locale."""
    utc = time.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year} {utc:%H:%M} UTC"


def place_text(longitude: float, latitude: float) -> str:
    """``"34.41230° N, 118.52340° W"``."""
    north_south = "N" if latitude >= 0 else "S"
    east_west = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.5f}°{_SPACE}{north_south}, {abs(longitude):.5f}°{_SPACE}{east_west}"


def scene_text(result: SceneResult) -> str:
    """``"EMIT, 17 July 2023 06:05 UTC"``."""
    return f"{result.enhancement.instrument.name}, {time_text(result.enhancement.time)}"


def _step(low: float, high: float, value: float) -> float:
    """Where to round: two significant digits of the interval's width, or three of the value without one."""
    width = high - low
    if width > 0:
        return 10.0 ** (math.floor(math.log10(width)) - 1)
    return 10.0 ** (math.floor(math.log10(abs(value))) - 2) if value else 1.0
