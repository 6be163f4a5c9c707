"""May drained mine gas be discharged? The Chinese emission standard for coalbed methane, as dated data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.model.passport import Passport
from superemitter.model.rate import CannotSay

_DATA = files("superemitter") / "data" / "accounts" / "drainage_limits.toml"
MINES = ("new", "existing")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainageLimit:
    """Gas that reaches both limits must be used or destroyed.

    Attributes
    ----------
    id : str
    mines : str
        ``"new"`` or ``"existing"``.
    valid_from : date
    valid_to : date or None
    methane_percent : float
        By volume, mean over 24 hours. [%]
    pure_flow_m3_min : float
        Of pure methane, mean over 24 hours. [m3 min-1]
    passport : Passport
    """

    id: str
    mines: str
    valid_from: date
    valid_to: date | None
    methane_percent: float
    pure_flow_m3_min: float
    passport: Passport


class DischargeVerdict(StrEnum):
    """Whether the gas may be discharged."""

    ALLOWED = "allowed"
    PROHIBITED = "prohibited"
    EMERGENCY = "allowed in an emergency, to be reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeCheck:
    """What the standard of a day says of a mine's drained gas; pure flow [m3 min-1], the limit, the answer."""

    pure_flow_m3_min: float
    limit: DrainageLimit | None
    answer: DischargeVerdict | CannotSay


def check_drained_gas(
    flow_m3_min: float, methane_percent: float, day: date, *, mine: str, emergency: bool = False
) -> DischargeCheck:
    """Hold drained gas against the standard that is in force on a day.

    Parameters
    ----------
    flow_m3_min : float
        Of the gas, mean over 24 hours; the standard's own conditions. [m3 min-1]
    methane_percent : float
        By volume, mean over 24 hours. [%]
    day : date
    mine : str
        ``"new"`` or ``"existing"``.
    emergency : bool
        A safety emergency may discharge first and report then.

    Raises
    ------
    InvalidValue
        A number is not possible, or the kind of mine is not known.

    References
    ----------
    GB 21522-2024, through secondary sources: 8 % and 10 m3/min of pure methane. Much of the press reports the 8 %
    alone.
    """
    possible = math.isfinite(flow_m3_min) and flow_m3_min >= 0 and 0 <= methane_percent <= 100
    if not possible or mine not in MINES:
        raise InvalidValue(
            f"drained gas of {flow_m3_min} m3/min at {methane_percent} % from a {mine} mine",
            hint=f"a flow of 0 or more, 0 to 100 %, and one of: {', '.join(MINES)}",
        )
    pure = flow_m3_min * methane_percent / 100
    limit = _limit_on(day, mine)
    if limit is None:
        why = CannotSay(code="no-limit-yet", reason=f"GB 21522-2024 does not bind {mine} mines on {day}")
        return DischargeCheck(pure_flow_m3_min=pure, limit=None, answer=why)
    reached = methane_percent >= limit.methane_percent and pure >= limit.pure_flow_m3_min
    answer = DischargeVerdict.PROHIBITED if reached else DischargeVerdict.ALLOWED
    if reached and emergency:
        answer = DischargeVerdict.EMERGENCY
    return DischargeCheck(pure_flow_m3_min=pure, limit=limit, answer=answer)


@cache
def load_drainage_limits() -> tuple[DrainageLimit, ...]:
    """The packaged limits."""
    table = DataTable.parse(_DATA.read_text(encoding="utf-8"), "drainage_limits.toml")
    limits = tuple(map(_read, table.tables("drainage_limit")))
    table.done()
    return limits


def _limit_on(day: date, mine: str) -> DrainageLimit | None:
    fitting = [
        one
        for one in load_drainage_limits()
        if one.mines == mine and one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)
    ]
    return max(fitting, key=lambda one: one.valid_from, default=None)


def _read(entry: DataTable) -> DrainageLimit:
    start = entry.maybe_day("valid_from")
    if start is None:
        raise InvalidRules(f"{entry.where}: valid_from is missing", hint="it must be a date")
    limit = DrainageLimit(
        id=entry.text("id"),
        mines=entry.one_of("mines", MINES),
        valid_from=start,
        valid_to=entry.maybe_day("valid_to"),
        methane_percent=float(entry.number("methane_percent")),
        pure_flow_m3_min=float(entry.number("pure_flow_m3_min")),
        passport=entry.passport(),
    )
    entry.done()
    return limit
