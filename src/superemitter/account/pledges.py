"""Climate pledges as data: what was asserted, when, about which gases, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from superemitter.account.inventory_csv import read_text
from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules
from superemitter.model.passport import Passport

KINDS: Final = ("peak", "reduction", "net-zero")
SCOPES: Final = ("national", "collective")
GASES: Final = ("CO2", "CH4", "N2O", "all")
STATUSES: Final = ("in_force", "withdrawn", "suspended", "unknown")
#: Baseline of a reduction that is counted from the highest year.
PEAK: Final = "peak"

_DATA = files("superemitter") / "data" / "accounts" / "pledges.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeStatus:
    """What a pledge is from a day on, and where that was read."""

    status: str
    valid_from: date
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """A pledge as it was asserted.

    Attributes
    ----------
    id, country, code : str
        The country as the tables of emissions name it.
    title : mapping of language to str
        ``en`` and ``zh``.
    wording : str
        What was said.
    asserted_on : date
    kind : str
        One of :data:`KINDS`.
    scope : str
        ``"collective"``: of all participants together, not of each.
    gas : str
        One of :data:`GASES`.
    net : bool
        Whether removals by land use count.
    target_year : int
    before : bool
        Whether it must hold before the target year, not only by it.
    baseline : int or str or None
        Year, or :data:`PEAK`; None except for reductions.
    reduction_low, reduction_high : float
        From the baseline; the first meets the pledge. [1]
    superseded_by : str
        Id of the later pledge; empty if there is none.
    statuses : tuple of PledgeStatus
        Beside what follows from `asserted_on` and `superseded_by`, oldest first.
    passport : Passport
    """

    id: str
    country: str
    code: str
    title: Mapping[str, str]
    wording: str
    asserted_on: date
    kind: str
    scope: str
    gas: str
    net: bool
    target_year: int
    before: bool
    baseline: int | str | None
    reduction_low: float
    reduction_high: float
    superseded_by: str
    statuses: tuple[PledgeStatus, ...]
    passport: Passport

    @property
    def last_year(self) -> int:
        """The last year in which it can be met."""
        return self.target_year - self.before

    @property
    def verified(self) -> bool:
        """Whether the text and every change of its status were read in the primary source."""
        return self.passport.verified and all(status.passport.verified for status in self.statuses)

    def is_of(self, country: str) -> bool:
        """Whether it is the pledge of a country, by name or code, without regard to case."""
        return country.casefold() in (self.country.casefold(), self.code.casefold())


def status_on(pledge: Pledge, day: date, pledges: Iterable[Pledge]) -> str:
    """What a pledge is on a day: ``"not_asserted"``, ``"superseded"`` or one of :data:`STATUSES`.

    A withdrawal outlives being superseded: both were said, and the later one on that day is told.
    """
    if day < pledge.asserted_on:
        return "not_asserted"
    steps = [(pledge.asserted_on, "in_force")]
    steps += [(status.valid_from, status.status) for status in pledge.statuses]
    steps += [(other.asserted_on, "superseded") for other in pledges if other.id == pledge.superseded_by]
    return max((step for step in steps if step[0] <= day), key=lambda step: step[0])[1]


@cache
def load_pledges() -> tuple[Pledge, ...]:
    """The packaged pledges."""
    return parse_pledges(_DATA.read_text(encoding="utf-8"), "pledges.toml")


def read_pledges(path: Path) -> tuple[Pledge, ...]:
    """Pledges of a file in the form of the packaged one, which stand beside the packaged ones.

    Raises
    ------
    AccountError
        The file cannot be read.
    InvalidRules
        It holds a key that is missing, unknown or wrong, or an id that is packaged already.
    """
    return parse_pledges(read_text(path), path.name, known=load_pledges())


def parse_pledges(text: str, where: str, known: tuple[Pledge, ...] = ()) -> tuple[Pledge, ...]:
    """Pledges given as TOML; their ids must be new and what supersedes them must be there."""
    table = DataTable.parse(text, where)
    pledges = tuple(_pledge(entry) for entry in table.tables("pledge"))
    table.done()
    if not pledges:
        raise InvalidRules(f"{where}: there is no [[pledge]]")
    everything = {pledge.id: pledge for pledge in (*known, *pledges)}
    if len(everything) < len(known) + len(pledges):
        ids = [pledge.id for pledge in (*known, *pledges)]
        twice = next(name for number, name in enumerate(ids) if name in ids[:number])
        raise InvalidRules(f"{where}: the id {twice!r} is there twice")
    for pledge in pledges:
        later = everything.get(pledge.superseded_by)
        if pledge.superseded_by and (later is None or later.asserted_on <= pledge.asserted_on):
            problem = "which is not later" if later else "which is not there"
            raise InvalidRules(f"{where}, {pledge.id}: superseded by {pledge.superseded_by!r}, {problem}")
    return pledges


def _pledge(entry: DataTable) -> Pledge:
    asserted_on = entry.maybe_day("asserted_on")
    if asserted_on is None:
        raise InvalidRules(f"{entry.where}: asserted_on is missing", hint="it must be a date")
    kind = entry.one_of("kind", KINDS)
    low, high = 0.0, 0.0
    baseline: int | str | None = None
    if kind == "reduction":
        low, high = float(entry.number("reduction_low")), float(entry.number("reduction_high"))
        if not 0 < low <= high <= 1:
            raise InvalidRules(f"{entry.where}: the reduction is {low} to {high}", hint="fractions from 0 to 1")
        baseline = _baseline(entry)
    pledge = Pledge(
        id=entry.text("id"),
        country=entry.text("country"),
        code=entry.text("code", ""),
        title=_title(entry.table("title")),
        wording=entry.text("wording"),
        asserted_on=asserted_on,
        kind=kind,
        scope=entry.one_of("scope", SCOPES),
        gas=entry.one_of("gas", GASES),
        net=entry.truth("net"),
        target_year=entry.whole("target_year"),
        before=entry.truth("before") if entry.has("before") else False,
        baseline=baseline,
        reduction_low=low,
        reduction_high=high,
        superseded_by=entry.text("superseded_by", ""),
        statuses=tuple(_status(status) for status in entry.tables("status")),
        passport=entry.passport(),
    )
    entry.done()
    _check(pledge, entry.where)
    return pledge


def _check(pledge: Pledge, where: str) -> None:
    if isinstance(pledge.baseline, int) and pledge.baseline >= pledge.target_year:
        raise InvalidRules(f"{where}: the baseline {pledge.baseline} is not before {pledge.target_year}")
    if pledge.kind == "net-zero" and not pledge.net:
        raise InvalidRules(f"{where}: net-zero needs net = true")
    days = [status.valid_from for status in pledge.statuses]
    if days != sorted(days) or (days and days[0] < pledge.asserted_on):
        raise InvalidRules(f"{where}: its statuses are out of order, or before it was asserted")


def _baseline(entry: DataTable) -> int | str:
    """A year, or the highest year: ``baseline = 2005`` or ``baseline_is_peak = true``."""
    if entry.has("baseline_is_peak") and entry.truth("baseline_is_peak"):
        return PEAK
    return entry.whole("baseline")


def _title(table: DataTable) -> Mapping[str, str]:
    title = {language: table.text(language) for language in ("en", "zh")}
    table.done()
    return MappingProxyType(title)


def _status(entry: DataTable) -> PledgeStatus:
    day = entry.maybe_day("valid_from")
    if day is None:
        raise InvalidRules(f"{entry.where}: valid_from is missing", hint="it must be a date")
    status = PledgeStatus(status=entry.one_of("status", STATUSES), valid_from=day, passport=entry.passport())
    entry.done()
    return status
