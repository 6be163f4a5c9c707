"""Clocks: which duty holds, since when, until when, and whether it was met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from superemitter.programme.calendar import due_at
from superemitter.programme.rules import Duty, RuleText, Status

BINDING = (Status.IN_FORCE, Status.VOLUNTARY)


class ClockState(StrEnum):
    """How a duty stands."""

    RUNNING = "running"
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met_late"
    NOT_IN_FORCE = "not_in_force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One duty of one case, at one moment.

    Attributes
    ----------
    duty : Duty
    citation : str
        The text and the paragraph.
    verified : bool
    started_at : datetime
        UTC.
    due_at : datetime or None
        UTC, last moment; None where the text says "promptly".
    due_local : datetime or None
        The same in the text's time zone.
    met_at : datetime or None
    state : ClockState
    obliges : bool
        False for a voluntary programme: asked for, not owed.
    reason : str
        Why it is not in force; empty otherwise.
    """

    duty: Duty
    citation: str
    verified: bool
    started_at: datetime
    due_at: datetime | None
    due_local: datetime | None
    met_at: datetime | None
    state: ClockState
    obliges: bool
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in (ClockState.RUNNING, ClockState.OVERDUE)


def clocks(
    text: RuleText,
    moments: Mapping[str, datetime],
    now: datetime,
    *,
    facts: Mapping[str, str],
    rates: Mapping[str, float],
) -> tuple[Clock, ...]:
    """Every clock that has been started, in the order of the text.

    A duty holds if its text is in force (or voluntary) on the day its clock starts and on its last day, both in
    the text's time zone.

    Parameters
    ----------
    text : RuleText
    moments : mapping of moment to datetime
        ``"detected"`` and event kinds, with the time each first happened; with time zone.
    now : datetime
    facts : mapping
        What conditions look at: ``{"outcome": "source_found_ongoing"}``; a fact not given counts as ``"unknown"``.
    rates : mapping of quantity to float
        For duties whose length depends on a rate, in the unit of the text.

    Returns
    -------
    tuple of Clock
    """
    found = (_clock(text, duty, moments, now, facts, rates) for duty in text.duties)
    return tuple(clock for clock in found if clock is not None)


def length_of(duty: Duty, rates: Mapping[str, float]) -> tuple[float, str]:
    """Amount and unit of a duty's limit, by the rate where it depends on one."""
    if not duty.tiers:
        return duty.amount, duty.unit
    rate = rates.get(duty.quantity)
    if rate is None:
        assert duty.not_determined is not None
        return duty.not_determined.amount, duty.not_determined.unit
    tier = next(tier for tier in duty.tiers if tier.below is None or rate < tier.below)
    return tier.amount, tier.unit


def _clock(
    text: RuleText,
    duty: Duty,
    moments: Mapping[str, datetime],
    now: datetime,
    facts: Mapping[str, str],
    rates: Mapping[str, float],
) -> Clock | None:
    start = moments.get(duty.starts_on)
    if start is None or start > now:
        return None
    if any(facts.get(name, "unknown") not in wanted for name, wanted in (duty.only_if or {}).items()):
        return None
    due = _due(text, duty, moments, rates)
    met = moments.get(duty.ends_on)
    met = met if met is not None and start <= met <= now else None
    status, reason = _status(text, start, due)
    if status not in BINDING:
        state = ClockState.NOT_IN_FORCE
    elif met is not None:
        state = ClockState.MET if due is None or met <= due else ClockState.MET_LATE
    else:
        state = ClockState.OVERDUE if due is not None and now > due else ClockState.RUNNING
    return Clock(
        duty=duty,
        citation=duty.passport.citation,
        verified=duty.passport.verified and (duty.unit != "business_days" or text.holidays.tag == "V"),
        started_at=start.astimezone(UTC),
        due_at=due,
        due_local=None if due is None else due.astimezone(text.time_zone),
        met_at=met,
        state=state,
        obliges=status is Status.IN_FORCE,
        reason=reason,
    )


def _due(
    text: RuleText, duty: Duty, moments: Mapping[str, datetime], rates: Mapping[str, float]
) -> datetime | None:
    amount, unit = length_of(duty, rates)
    due = due_at(moments[duty.starts_on], amount, unit, zone=text.time_zone, holidays=text.holidays)
    if duty.cap is None or due is None or duty.cap[0] not in moments:
        return due
    starts_on, amount, unit = duty.cap
    latest = due_at(moments[starts_on], amount, unit, zone=text.time_zone, holidays=text.holidays)
    return due if latest is None else min(due, latest)


def _status(text: RuleText, start: datetime, due: datetime | None) -> tuple[Status, str]:
    """The status that decides whether the duty holds, and in words why it does not."""
    for moment, when in ((start, "when its clock would start"), (due, "on its last day")):
        if moment is None:
            continue
        day = text.day_of(moment)
        status = text.status_on(day)
        if status not in BINDING:
            period = text.period_on(day)
            source = f" ({period.passport.citation})" if period else ""
            return status, f"{text.citation} is {status.value.replace('_', ' ')} on {day}, {when}{source}"
    return text.status_on(text.day_of(start)), ""
