"""What a list is narrowed by: the same words in pages, interfaces, feeds and downloads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Final

from superemitter.model.errors import UsageError
from superemitter.programme.events import State

_YES_NO: Final = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed by; what is None does not restrict.

    Attributes
    ----------
    bbox : (west, south, east, north), optional
        West > east across the antimeridian. [degree]
    since, until : datetime, optional
        From (included) and to (excluded).
    min_rate, max_rate : float, optional
        Of the median rate. [kg h-1]
    sector, country, catalogue : str, optional
        `country` as the catalogue has it: an ISO 3166 code of two or three letters.
    state, operator, programme : str, optional
        Of the case.
    overdue, simulated : bool, optional
    """

    bbox: tuple[float, float, float, float] | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_rate: float | None = None
    max_rate: float | None = None
    sector: str | None = None
    country: str | None = None
    catalogue: str | None = None
    state: str | None = None
    operator: str | None = None
    programme: str | None = None
    overdue: bool | None = None
    simulated: bool | None = None

    @property
    def of_cases(self) -> bool:
        """Whether anything is asked that only a case has."""
        return any((self.state, self.operator, self.programme, self.overdue is not None))

    def as_query(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        out = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None:
                out[one.name] = _written(value)
        return out


#: Names that a list may be narrowed by.
NAMES: Final = tuple(one.name for one in fields(Filters))


def parse_filters(query: Mapping[str, str], *, also: tuple[str, ...] = ()) -> Filters:
    """Filters from an address.

    Parameters
    ----------
    query : mapping of str to str
        Empty values do not restrict.
    also : tuple of str
        Names that the address may have besides: of paging, of the language.

    Raises
    ------
    UsageError
        A name is not known, or a value cannot be read.
    """
    unknown = sorted(set(query) - set(NAMES) - set(also))
    if unknown:
        raise UsageError(f"unknown filter: {', '.join(unknown)[:80]}", hint=f"known are: {', '.join(NAMES)}")
    given = {name: query[name].strip() for name in NAMES if query.get(name, "").strip()}
    found = Filters(
        bbox=read_bbox(given["bbox"]) if "bbox" in given else None,
        since=_moment("since", given["since"]) if "since" in given else None,
        until=_moment("until", given["until"], end=True) if "until" in given else None,
        min_rate=_number("min_rate", given),
        max_rate=_number("max_rate", given),
        overdue=_flag("overdue", given),
        simulated=_flag("simulated", given),
        **{
            name: _text(name, given)
            for name in ("sector", "country", "catalogue", "state", "operator", "programme")
        },
    )
    if found.state is not None and found.state not in tuple(State):
        raise UsageError(f"there is no state {found.state[:40]!r}", hint=f"one of: {', '.join(State)}")
    if found.since is not None and found.until is not None and found.since >= found.until:
        raise UsageError("the time ends before it begins", hint="since must lie before until")
    return found


def read_bbox(text: str) -> tuple[float, float, float, float]:
    """A box from ``west,south,east,north``; west > east across the antimeridian. Six numbers have heights in it.

    Raises
    ------
    UsageError
        It is no box on the Earth.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [numbers[k] for k in (0, 1, 3, 4)]
    fits = len(numbers) == 4 and all(map(math.isfinite, numbers))
    if fits:
        west, south, east, north = numbers
        if -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90:
            return west, south, east, north
    raise UsageError(
        f"bbox is {text[:60]!r}", hint="give west,south,east,north in degrees; west > east across the antimeridian"
    )


def _moment(name: str, text: str, *, end: bool = False) -> datetime:
    """A day (its beginning, or for an end the beginning of the next) or a time with zone."""
    try:
        if len(text) == 10:
            day = datetime.combine(datetime.fromisoformat(text).date(), time(0), UTC)
            return day + timedelta(days=1) if end else day
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UsageError(f"{name} is {text[:40]!r}", hint="write 2026-09-01, or a time such as 2026-09-01T12:00:00Z")


def _number(name: str, given: Mapping[str, str]) -> float | None:
    if name not in given:
        return None
    try:
        value = float(given[name])
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise UsageError(f"{name} is {given[name][:40]!r}", hint="give a number of kg/h of 0 or more")
    return value


def _flag(name: str, given: Mapping[str, str]) -> bool | None:
    if name not in given:
        return None
    if given[name].lower() not in _YES_NO:
        raise UsageError(f"{name} is {given[name][:40]!r}", hint="1 or 0")
    return _YES_NO[given[name].lower()]


def _text(name: str, given: Mapping[str, str]) -> str | None:
    value = given.get(name)
    if value is not None and (len(value) > 200 or not value.isprintable()):
        raise UsageError(f"{name} cannot be read", hint="up to 200 printable letters")
    return value


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return ",".join(f"{number:.10g}" for number in value)
    return f"{value:.10g}" if isinstance(value, float) else str(value)
