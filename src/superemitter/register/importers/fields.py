"""One value of one row, checked: a number in its range, a time with its zone, a place on the globe."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from superemitter.register.importers.reading import InputRow
from superemitter.register.records import LARGEST_RATE_KG_H

#: What lists write where they know nothing; compared in lower case.
NOTHING: Final = frozenset({"", "na", "n/a", "nan", "none", "null"})

KG_PER_TONNE: Final = 1000.0
_LONGEST_TEXT: Final = 10_000


class FieldError(Exception):
    """A value that cannot be used; turned into a refusal of its row."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def text(row: InputRow, name: str) -> str | None:
    """A text as written, HTML and formulas included (they are made harmless where they are shown or exported)."""
    value = row.values.get(name)
    if value is None or (isinstance(value, str) and value.strip().lower() in NOTHING):
        return None
    out = str(value)
    if "\x00" in out:
        raise FieldError(name, "holds a NUL character")
    if len(out) > _LONGEST_TEXT:
        raise FieldError(name, f"has {len(out)} characters, more than {_LONGEST_TEXT}")
    try:
        out.encode()
    except UnicodeEncodeError:
        raise FieldError(name, "is not valid Unicode text") from None
    return out.strip()


def required_text(row: InputRow, name: str) -> str:
    """A text that must be there."""
    value = text(row, name)
    if value is None:
        raise FieldError(name, "is empty")
    return value


def number(row: InputRow, name: str) -> float | None:
    """A finite number, or None if the field is empty."""
    value = row.values.get(name)
    if value is None or (isinstance(value, str) and value.strip().lower() in NOTHING):
        return None
    if isinstance(value, bool):
        raise FieldError(name, f"{value} is not a number")
    try:
        out = float(value)
    except (TypeError, ValueError, OverflowError):
        raise FieldError(name, f"{_shown(value)} is not a number") from None
    if not math.isfinite(out):
        raise FieldError(name, f"{_shown(value)} is not a finite number")
    return out


def amount(row: InputRow, name: str) -> float | None:
    """A number of 0 or more, or None."""
    value = number(row, name)
    if value is not None and value < 0:
        raise FieldError(name, f"{value:g} is below 0")
    return value


def chance(row: InputRow, name: str) -> float | None:
    """A probability, or None."""
    value = number(row, name)
    if value is not None and not 0.0 <= value <= 1.0:
        raise FieldError(name, f"{value:g} is not between 0 and 1")
    return value


def rate_kg_h(row: InputRow, name: str, *, kg: float = 1.0) -> float | None:
    """A rate of 0 or more in kg/h, or None. `kg` is how many kg/h the column's unit is. [kg h-1]"""
    value = amount(row, name)
    if value is None:
        return None
    if value * kg > LARGEST_RATE_KG_H:
        raise FieldError(
            name, f"{value * kg:,.0f} kg/h is more than any leak seen from space: is the unit that of the column?"
        )
    return value * kg


def interval(rate: float | None, sigma: float | None) -> tuple[float | None, float | None]:
    """The 68 % interval rate ± sigma, not below 0; None where one is not known. [kg h-1]"""
    if rate is None or sigma is None:
        return None, None
    return max(0.0, rate - sigma), min(LARGEST_RATE_KG_H, rate + sigma)


def place(row: InputRow, longitude: str, latitude: str) -> tuple[float, float]:
    """Longitude and latitude of a row. [degree]"""
    lon, lat = number(row, longitude), number(row, latitude)
    for name, value in ((longitude, lon), (latitude, lat)):
        if value is None:
            raise FieldError(name, "is empty")
    assert lon is not None and lat is not None
    return checked_place(lon, lat, longitude, latitude)


def checked_place(lon: float, lat: float, longitude: str, latitude: str) -> tuple[float, float]:
    """The same place if it is on the globe."""
    if not -90.0 <= lat <= 90.0:
        swapped = -180.0 <= lat <= 180.0 and -90.0 <= lon <= 90.0
        raise FieldError(
            latitude,
            f"{lat:g} is not between -90 and 90" + (": are longitude and latitude swapped?" if swapped else ""),
        )
    if not -180.0 <= lon <= 180.0:
        raise FieldError(longitude, f"{lon:g} is not between -180 and 180")
    return lon, lat


def time(row: InputRow, name: str, *, utc_by_schema: bool = False) -> datetime:
    """A time of day with zone, ISO 8601.

    Parameters
    ----------
    row : InputRow
    name : str
    utc_by_schema : bool
        The catalogue's times are UTC, whether it says so in each row or not.
    """
    value = required_text(row, name)
    try:
        out = datetime.fromisoformat(value)
    except ValueError:
        raise FieldError(name, f"{_shown(value)} is not a time (ISO 8601)") from None
    if len(value) <= len("2023-07-17"):
        raise FieldError(name, f"{value} has no time of day")
    return with_zone(out, name, utc_by_schema=utc_by_schema)


def with_zone(value: datetime, name: str, *, utc_by_schema: bool = False) -> datetime:
    """The time in UTC; refused if its zone is not known."""
    if value.tzinfo is None:
        if not utc_by_schema:
            raise FieldError(name, f"{value.isoformat()} has no zone: add Z or +hh:mm")
        value = value.replace(tzinfo=UTC)
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise FieldError(name, f"the year {value.year} is out of range") from None
    if not 1960 <= value.year <= 2200:
        raise FieldError(name, f"the year {value.year} is out of range")
    return value


def _shown(value: Any) -> str:
    shown = str(value)
    return repr(shown if len(shown) <= 40 else shown[:40] + "...")
