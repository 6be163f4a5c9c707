"""The rule on large releases as data: every parameter with where it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules
from superemitter.model.passport import Passport

STATUSES: Final = ("not_yet", "in_force", "suspended", "unknown")
_DATA = files("superemitter") / "data" / "accounts" / "large_release.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStatus:
    """What the rule was from one day to another, both included; `valid_to` is None while it lasts."""

    status: str
    valid_from: date
    valid_to: date | None
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRules:
    """The parameters of the rule.

    Attributes
    ----------
    id : str
    title, scope : mapping of language to str
    threshold_kg_h : float
        [kg h-1]
    more_than_method_kg_h : float
        Over what the existing method gives. [kg h-1]
    default_days : int
        Before the first identification. [d]
    survey_probability : float
        That a survey must have of seeing the threshold, to bound a duration.
    passports : mapping of str to Passport
        ``"threshold"``, ``"blowdown"``, ``"default_start"``, ``"survey"``, ``"end"``, ``"mass"``, ``"overpass"``.
    statuses : tuple of RuleStatus
    """

    id: str
    title: Mapping[str, str]
    scope: Mapping[str, str]
    threshold_kg_h: float
    more_than_method_kg_h: float
    default_days: int
    survey_probability: float
    passports: Mapping[str, Passport]
    statuses: tuple[RuleStatus, ...]

    def status_on(self, day: date) -> RuleStatus | None:
        """What the rule was on a day; None before it was made."""
        for one in self.statuses:
            if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to):
                return one
        return None


@cache
def load_release_rules() -> ReleaseRules:
    """The packaged rule."""
    return parse_release_rules(_DATA.read_text(encoding="utf-8"), "large_release.toml")


def parse_release_rules(text: str, where: str) -> ReleaseRules:
    """The rule given as TOML.

    Raises
    ------
    InvalidRules
        A key is missing, unknown or wrong.
    """
    table = DataTable.parse(text, where)
    threshold, start, survey, mass = (table.table(k) for k in ("threshold", "default_start", "survey", "mass"))
    mass.text("equation")
    rules = ReleaseRules(
        id=table.text("id"),
        title=_words(table.table("title")),
        scope=_words(table.table("scope")),
        threshold_kg_h=float(threshold.number("kg_h")),
        more_than_method_kg_h=float(threshold.number("more_than_method_kg_h")),
        default_days=start.whole("days"),
        survey_probability=float(survey.number("probability_of_detection")),
        passports=MappingProxyType(
            {
                "threshold": _passport(threshold),
                "default_start": _passport(start),
                "survey": _passport(survey),
                "mass": _passport(mass),
                **{name: _passport(table.table(name)) for name in ("blowdown", "end", "overpass")},
            }
        ),
        statuses=tuple(map(_status, table.tables("status"))),
    )
    table.done()
    if not (0 < rules.survey_probability <= 1 and rules.default_days > 0 and rules.threshold_kg_h > 0):
        raise InvalidRules(f"{where}: a threshold, a number of days or a probability is out of range")
    return rules


def _passport(entry: DataTable) -> Passport:
    found = entry.passport()
    entry.done()
    return found


def _status(entry: DataTable) -> RuleStatus:
    status, start = entry.one_of("status", STATUSES), entry.maybe_day("valid_from")
    if start is None:
        raise InvalidRules(f"{entry.where}: valid_from is missing")
    found = RuleStatus(
        status=status, valid_from=start, valid_to=entry.maybe_day("valid_to"), passport=entry.passport()
    )
    entry.done()
    return found


def _words(entry: DataTable) -> Mapping[str, str]:
    found = {language: entry.text(language) for language in ("en", "zh")}
    entry.done()
    return MappingProxyType(found)
