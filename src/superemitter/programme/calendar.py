"""Calendar days, business days and hours, with a jurisdiction's own holidays as data."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.programme.strict import Bilingual, Table, ensure_unique, parse

UNITS = ("calendar_days", "business_days", "hours", "promptly")
_WEEKDAYS = tuple(name.lower() for name in calendar.day_name)
_SHIFTS = ("none", "previous_friday", "next_monday")
_DATA = files("superemitter") / "data" / "holidays"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayRule:
    """One holiday of every year: a fixed day of a month, or its nth weekday (negative: from the end).

    Attributes
    ----------
    id : str
    title : Bilingual
    month : int
    day : int or None
    weekday : int or None
        0 Monday to 6 Sunday, with `nth`.
    nth : int or None
    plus_days : int
        Days after the day so found (the day after Thanksgiving).
    saturday, sunday : str
        Where a holiday on that weekday is observed: ``"none"``, ``"previous_friday"``, ``"next_monday"``.
    first_year : int or None
    """

    id: str
    title: Bilingual
    month: int
    day: int | None
    weekday: int | None
    nth: int | None
    plus_days: int
    saturday: str
    sunday: str
    first_year: int | None

    def on(self, year: int) -> date | None:
        """The day it is observed for a year's holiday; may lie in the year before. None before its first year."""
        if self.first_year is not None and year < self.first_year:
            return None
        if self.day is not None:
            day = date(year, self.month, self.day)
        else:
            assert self.weekday is not None and self.nth is not None
            day = _nth_weekday(year, self.month, self.weekday, self.nth)
        day += timedelta(days=self.plus_days)
        shift = {5: self.saturday, 6: self.sunday}.get(day.weekday(), "none")
        if shift == "previous_friday":
            return day - timedelta(days=day.weekday() - 4)
        if shift == "next_monday":
            return day + timedelta(days=7 - day.weekday())
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayTable:
    """The days on which a jurisdiction does no business, besides Saturdays and Sundays.

    Attributes
    ----------
    id : str
    title : Bilingual
    citation, tag, note : str
        Source, and whether it is the primary text (``"V"``); see :class:`~superemitter.programme.rules.Passport`.
    rules : tuple of HolidayRule
    once : mapping of date to str
        Days set for one year only, with their reason.
    """

    id: str
    title: Bilingual
    citation: str
    tag: str
    note: str
    rules: tuple[HolidayRule, ...]
    once: Mapping[date, str] = field(default_factory=dict)

    def holidays(self, year: int) -> dict[date, str]:
        """Observed holidays that fall in a year, with their English names."""
        found = {day: rule.title.en for of in (year, year + 1) for rule in self.rules if (day := rule.on(of))}
        found.update(self.once)
        return {day: found[day] for day in sorted(found) if day.year == year}

    def is_business_day(self, day: date) -> bool:
        """Monday to Friday and no holiday."""
        return day.weekday() < 5 and day not in self.holidays(day.year)

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th business day after a day; the day itself does not count."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_business_day(day)
        return day


def due_at(
    start: datetime, amount: float, unit: str, *, zone: ZoneInfo, holidays: HolidayTable
) -> datetime | None:
    """The last moment to do what is due so long after a start; None for ``"promptly"``, which names no moment.

    Days are counted in the jurisdiction's time zone from the day of the start, which is not counted; the last
    one counts to its end (40 CFR 60.19(b): on or before the 15th day following the end of the event). A last day
    on a weekend stays there: no text encoded here rolls it forward. Hours are counted from the moment.

    Returns
    -------
    datetime
        UTC. For days: the last microsecond of the last day, local time.

    Raises
    ------
    InvalidValue
        The start has no time zone, the unit is unknown, or days are not whole.
    """
    if start.tzinfo is None:
        raise InvalidValue(f"the start {start.isoformat()} has no time zone")
    if unit == "promptly":
        return None
    if unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=amount)
    if unit not in UNITS or amount != int(amount):
        raise InvalidValue(f"cannot count {amount} {unit}", hint=f"units: {', '.join(UNITS)}; days must be whole")
    day = start.astimezone(zone).date()
    if unit == "calendar_days":
        last = day + timedelta(days=int(amount))
    else:
        last = holidays.add_business_days(day, int(amount))
    return datetime.combine(last, time.max, tzinfo=zone).astimezone(UTC)


@cache
def load_holidays(table_id: str) -> HolidayTable:
    """A packaged holiday table, ``data/holidays/<id>.toml``.

    Raises
    ------
    InvalidRules
        There is no such file, or it is not well formed.
    """
    resource = _DATA / f"{table_id}.toml"
    if not resource.is_file():
        known = sorted(item.name.removesuffix(".toml") for item in _DATA.iterdir() if item.name.endswith(".toml"))
        raise InvalidRules(f"no holiday table named {table_id!r}", hint=f"known: {', '.join(known)}")
    return read_holidays(resource.read_text(encoding="utf-8"), f"{table_id}.toml")


def read_holidays(text: str, where: str) -> HolidayTable:
    """A holiday table from the text of its file.

    Raises
    ------
    InvalidRules
        A key is missing, unknown or of the wrong type.
    """
    table = parse(text, where)
    observed = table.table("observed")
    saturday = observed.one_of("saturday", _SHIFTS)
    sunday = observed.one_of("sunday", _SHIFTS)
    observed.done()
    rules = tuple(_rule(entry, saturday, sunday) for entry in table.tables("holiday"))
    once = {}
    for entry in table.tables("once"):
        day = entry.day("day")
        if day is None:
            raise InvalidRules(f"{entry.where}: day is missing")
        once[day] = entry.text("reason")
        entry.done()
    ensure_unique([rule.id for rule in rules], where)
    found = HolidayTable(
        id=table.text("id"),
        title=table.words("title"),
        citation=table.text("citation"),
        tag=table.one_of("tag", ("V", "S", "M", "C")),
        note=table.text("note", ""),
        rules=rules,
        once=once,
    )
    table.done()
    return found


def _rule(entry: Table, saturday: str, sunday: str) -> HolidayRule:
    fixed = entry.has("day")
    rule = HolidayRule(
        id=entry.text("id"),
        title=entry.words("title"),
        month=entry.whole("month"),
        day=entry.whole("day") if fixed else None,
        weekday=None if fixed else _WEEKDAYS.index(entry.one_of("weekday", _WEEKDAYS)),
        nth=None if fixed else entry.whole("nth"),
        plus_days=entry.whole("plus_days", 0),
        saturday=entry.one_of("saturday", _SHIFTS, saturday),
        sunday=entry.one_of("sunday", _SHIFTS, sunday),
        first_year=entry.whole("first_year") if entry.has("first_year") else None,
    )
    entry.done()
    if not (1 <= rule.month <= 12 and (rule.day is None or 1 <= rule.day <= 31)):
        raise InvalidRules(f"{entry.where}: there is no month {rule.month}, day {rule.day}")
    if rule.nth is not None and rule.nth not in (-1, 1, 2, 3, 4):
        raise InvalidRules(f"{entry.where}: nth is {rule.nth}", hint="1 to 4, or -1 for the last")
    return rule


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year, month, calendar.monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - weekday) % 7)
