"""What is known of a release: plumes seen, looks that saw none, surveys, process data, the operator's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from superemitter.account.inventory_csv import read_text
from superemitter.account.rates import Rate
from superemitter.account.tables import DataTable
from superemitter.model.errors import AccountError, InvalidRules
from superemitter.model.rate import CannotSay

OVERPASS, SURVEY = "overpass", "survey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The release was seen.

    Attributes
    ----------
    time : datetime
        With time zone.
    rate : Rate or None
        None: seen, not measured.
    name : str
        Of the plume or scene.
    """

    time: datetime
    rate: Rate | None = None
    name: str = ""

    def __post_init__(self) -> None:
        _check_zone(self.time, self.name or "a sighting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody looked and saw nothing.

    Attributes
    ----------
    time : datetime
        With time zone.
    kind : str
        ``"overpass"`` or ``"survey"``.
    probability_of_detection : float or CannotSay
        That a release at the rule's threshold, or one like this, would have been seen.
    name : str
    """

    time: datetime
    kind: str = OVERPASS
    probability_of_detection: float | CannotSay
    name: str = ""

    def __post_init__(self) -> None:
        _check_zone(self.time, self.name or f"a {self.kind}")
        seen = self.probability_of_detection
        if self.kind not in (OVERPASS, SURVEY):
            raise AccountError(f"a look of kind {self.kind!r}", hint=f"{OVERPASS} or {SURVEY}")
        if not isinstance(seen, CannotSay) and not 0.0 <= seen <= 1.0:
            raise AccountError(f"the probability of detection of {self.name or self.kind} is {seen}")

    def tells(self, probability: float) -> bool:
        """Whether it would have seen the release with that probability or more."""
        seen = self.probability_of_detection
        return not isinstance(seen, CannotSay) and seen >= probability


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What only the facility's own records tell; all may be absent.

    Attributes
    ----------
    process_start, process_end : datetime or None
        From process data.
    existing_method_kg_h : float or None
        What the method that Subpart W has for this source gives; None: it has none. [kg h-1]
    blowdown : bool
        The plume was a blowdown of the process that is reported anyway.
    surveys : tuple of Look
        That found less than the threshold.
    """

    process_start: datetime | None = None
    process_end: datetime | None = None
    existing_method_kg_h: float | None = None
    blowdown: bool = False
    surveys: tuple[Look, ...] = ()

    def __post_init__(self) -> None:
        for name in ("process_start", "process_end"):
            if (moment := getattr(self, name)) is not None:
                _check_zone(moment, name)
        if self.process_start and self.process_end and self.process_end < self.process_start:
            raise AccountError(f"process_end {self.process_end} is before process_start {self.process_start}")
        if self.existing_method_kg_h is not None and not self.existing_method_kg_h >= 0:
            raise AccountError(f"existing_method_kg_h is {self.existing_method_kg_h}", hint="give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEvidence:
    """Everything that is known of one release.

    Attributes
    ----------
    sightings : tuple of Sighting
        In any order.
    looks : tuple of Look
        Overpasses that saw nothing, before, between or after the sightings.
    stated_end : datetime or None
        When it ended or was repaired, as its operator says.
    facts : ReleaseFacts
    simulated : bool
    """

    sightings: tuple[Sighting, ...]
    looks: tuple[Look, ...] = ()
    stated_end: datetime | None = None
    facts: ReleaseFacts = ReleaseFacts()
    simulated: bool = False

    def __post_init__(self) -> None:
        if self.stated_end is not None:
            _check_zone(self.stated_end, "the stated end")

    @property
    def in_order(self) -> tuple[Sighting, ...]:
        """Sightings, oldest first."""
        return tuple(sorted(self.sightings, key=lambda one: one.time))


def read_release_facts(path: Path) -> ReleaseFacts:
    """Facts of a TOML file; see the page on large releases.

    Raises
    ------
    AccountError
        The file cannot be read, or a value is impossible.
    InvalidRules
        A key is unknown or wrong.
    """
    table = DataTable.parse(read_text(path), path.name)
    facts = ReleaseFacts(
        process_start=_moment(table, "process_start"),
        process_end=_moment(table, "process_end"),
        existing_method_kg_h=(
            float(table.number("existing_method_kg_h")) if table.has("existing_method_kg_h") else None
        ),
        blowdown=table.truth("blowdown") if table.has("blowdown") else False,
        surveys=tuple(map(_survey, table.tables("survey"))),
    )
    table.done()
    return facts


def _survey(entry: DataTable) -> Look:
    time = _moment(entry, "time")
    if time is None:
        raise InvalidRules(f"{entry.where}: time is missing", hint="write 2024-03-01T12:00:00Z")
    look = Look(
        time=time,
        kind=SURVEY,
        probability_of_detection=float(entry.number("probability_of_detection")),
        name=entry.text("name", ""),
    )
    entry.done()
    return look


def _moment(table: DataTable, key: str) -> datetime | None:
    return table.moment(key) if table.has(key) else None


def _check_zone(moment: datetime, name: str) -> None:
    if moment.tzinfo is None:
        raise AccountError(f"{name}: {moment} has no time zone", hint="end it with Z for UTC")
