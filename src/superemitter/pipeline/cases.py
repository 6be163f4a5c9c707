"""Cases of the register: read under their rule, moved on by one step, proved."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from superemitter.model.errors import (
    HeadMoved,
    InvalidRules,
    InvalidValue,
    UnknownRecord,
    UsageError,
    VerificationFailed,
)
from superemitter.programme.case import Case
from superemitter.programme.chain import Event
from superemitter.programme.clocks import Clock
from superemitter.programme.folding import fold, programme_id_of, text_id_of
from superemitter.programme.programmes import load_programme
from superemitter.programme.rules import RuleText, Status
from superemitter.programme.steps import advance
from superemitter.register import Register, append_event, chain, chains, document, verify_chains, withdraw

#: How often a step is judged anew while others add to the case.
ATTEMPTS = 50


def text_of(events: Sequence[Event]) -> RuleText:
    """The rule text a chain of events stands under.

    Raises
    ------
    InvalidRules
        The programme or the text is not known to this version.
    """
    try:
        return load_programme(programme_id_of(events)).text(text_id_of(events))
    except InvalidValue as error:
        where = events[0].case_id if events else "an empty case"
        raise InvalidRules(f"the rule of {where} is not at hand: {error.message}", hint=error.hint) from error


def case_as_of(events: Sequence[Event], now: datetime) -> Case:
    """The case a chain amounts to at a moment.

    Raises
    ------
    UsageError
        It was opened later.
    """
    if events and events[0].at > now:
        raise UsageError(
            f"case {events[0].case_id} was opened on {events[0].at:%Y-%m-%d %H:%M} UTC, after {now:%Y-%m-%d %H:%M}"
        )
    return fold(events, text_of(events), now)


def read_case(register: Register, case_id: str, now: datetime) -> Case:
    """A case of the register at a moment.

    Raises
    ------
    UnknownRecord
        There is no such case.
    """
    return case_as_of(chain(register, case_id), now)


def all_cases(register: Register, now: datetime, *, programme_id: str | None = None) -> tuple[Case, ...]:
    """Every case that was open or closed at a moment, newest first."""
    found = [
        case_as_of(events, now)
        for events in chains(register, programme_id=programme_id).values()
        if events[0].at <= now
    ]
    return tuple(sorted(found, key=lambda case: (case.opened_at, case.case_id), reverse=True))


def take_step(
    register: Register,
    case_id: str,
    kind: str,
    payload: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
    occurred: datetime | None = None,
    dry_run: bool = False,
    observation_ids: Sequence[int] = (),
    expected_head: str | None = None,
) -> Event:
    """Record a step of a case if its state and its rule allow it; judged anew if others were faster.

    Parameters
    ----------
    register : Register
    case_id, kind : str
        See :data:`superemitter.programme.events.EVENT_KINDS`.
    payload : mapping
    actor : str
        Who does it.
    now : datetime
        When it is recorded.
    occurred : datetime, optional
        When it happened, if earlier.
    dry_run : bool
        Judge it and store nothing.
    observation_ids : sequence of int
        Observations that it brings into the case.
    expected_head : str, optional
        Digest of the last event that whoever takes the step has seen: if the case has changed since, nothing is
        stored and nothing judged anew, so that a form that is out of date, or sent twice, does nothing.

    Raises
    ------
    ForbiddenStep
        The rule or the case's state forbids it.
    HeadMoved
        The case has changed since `expected_head`.
    InvalidForm
        The payload lacks something.
    UnknownRecord
        There is no such case.
    """
    content = dict(payload)
    if occurred is not None:
        content["occurred_at"] = occurred.astimezone(UTC).isoformat()
    moved: HeadMoved | None = None
    for _ in range(ATTEMPTS):
        events = chain(register, case_id)
        if not events:
            raise UnknownRecord(f"case {case_id} has no events", hint="run: superemitter cases verify")
        require_head(events, expected_head)
        event = advance(events, text_of(events), kind, content, actor=actor, at=max(now, events[-1].at))
        if dry_run:
            return event
        try:
            return append_event(
                register,
                case_id,
                kind=kind,
                at=event.at,
                actor=actor,
                payload=content,
                expected_head=events[-1].digest,
                observation_ids=observation_ids,
            )
        except HeadMoved as error:
            moved = error
    assert moved is not None
    raise moved


def require_head(events: Sequence[Event], expected_head: str | None) -> None:
    """Refuse what was decided on a case that has changed since; None expects nothing.

    Raises
    ------
    HeadMoved
    """
    if expected_head is not None and events[-1].digest != expected_head:
        raise HeadMoved(
            f"case {events[0].case_id} has changed since you looked: nothing was stored",
            hint="look at it again, then decide",
        )


def require_seen(case: Case, head: str) -> None:
    """Refuse what was decided on another version of a case than this one.

    Raises
    ------
    HeadMoved
    """
    if head != case.head:
        raise HeadMoved(
            f"case {case.case_id} has changed since you looked: nothing was stored",
            hint="look at it again, then decide",
        )


# ---- what falls due


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A duty of a case that falls due: days left (negative: overdue)."""

    case: Case
    clock: Clock
    days_left: float


def due_within(register: Register, now: datetime, days: float) -> tuple[Due, ...]:
    """Duties that are overdue or fall due in the next days, the most urgent first.

    Raises
    ------
    UsageError
        `days` is negative or no number.
    """
    if not (math.isfinite(days) and 0 <= days <= 36_500):
        raise UsageError(f"the next {days} days", hint="give a number of days of 0 or more")
    until = now + timedelta(days=days)
    found = [
        Due(case=case, clock=clock, days_left=(clock.due_at - now).total_seconds() / 86_400.0)
        for case in all_cases(register, now)
        for clock in case.open_clocks
        if clock.due_at is not None and clock.due_at <= until
    ]
    return tuple(sorted(found, key=lambda one: (one.days_left, one.case.case_id, one.clock.duty.id)))


# ---- the rule on a day


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnDay:
    """A rule text on a day of a case: what day it is, the text's status then, and where that stands."""

    what: str
    day: date
    status: Status
    citation: str
    note: str


def rule_on_days(case: Case) -> tuple[RuleOnDay, ...]:
    """The rule's status on each day that matters to a case, and on the day it is seen."""
    days = [("detection", case.moments.get("detected")), ("opened", case.opened_at)]
    days += [(name, case.moments.get(name)) for name in ("notified", "issued", "notice-received", "answered")]
    days.append(("as of", case.now))
    return tuple(_rule_on_day(case.text, what, moment) for what, moment in days if moment is not None)


def _rule_on_day(text: RuleText, what: str, moment: datetime) -> RuleOnDay:
    day = text.day_of(moment)
    period = text.period_on(day)
    return RuleOnDay(
        what=what,
        day=day,
        status=text.status_on(day),
        citation=period.passport.citation if period else text.citation,
        note=period.passport.note if period else "",
    )


def moment_of(text: str, *, end_of_day: bool = True) -> datetime:
    """A moment from ``2024-07-01`` (its last second, UTC) or an ISO 8601 time with zone.

    Raises
    ------
    UsageError
        It is neither.
    """
    try:
        if len(text.strip()) == 10:
            at = time(23, 59, 59) if end_of_day else time(0, 0)
            return datetime.combine(date.fromisoformat(text.strip()), at, UTC)
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no date", hint="write 2024-07-01, or a time such as 2024-07-01T18:30:00Z"
        ) from None
    if moment.tzinfo is None:
        raise UsageError(f"{text!r} has no time zone", hint="end it with Z for UTC, or an offset such as -07:00")
    return moment.astimezone(UTC)


# ---- withdrawals reach everybody


def withdraw_plume(
    register: Register,
    case_id: str,
    plume_id: str,
    *,
    reason: str,
    by: str,
    now: datetime,
    dry_run: bool = False,
    expected_head: str | None = None,
) -> tuple[str, ...]:
    """Withdraw a plume from a case, from the register, and from every other case that holds it.

    With `expected_head` only if the case has not changed since; see :func:`take_step`.

    Returns
    -------
    tuple of str
        The cases that were told.
    """
    events = chain(register, case_id)
    require_head(events, expected_head)
    case = case_as_of(events, max(now, events[-1].at))
    plume = case.plume(plume_id)
    payload = {"what": "plume", "id": plume_id, "reason": reason}
    take_step(register, case_id, "withdrawn", payload, actor=by, now=now, dry_run=True)
    assert plume is not None
    told = [case_id]
    observation_id = plume.current.record.get("observation_id")
    if observation_id is not None:
        told += [other for other in _cases_with(register, plume_id, now) if other != case_id]
    if dry_run:
        return tuple(told)
    for name in told:
        head = expected_head if name == case_id else None
        take_step(register, name, "withdrawn", payload, actor=by, now=now, expected_head=head)
    if observation_id is not None:
        withdraw(register, int(observation_id), by=by, reason=reason)
    return tuple(told)


def _cases_with(register: Register, plume_id: str, now: datetime) -> list[str]:
    found = []
    for case_id, events in chains(register).items():
        plume = case_as_of(events, max(now, events[-1].at)).plume(plume_id)
        if plume is not None and not plume.withdrawn:
            found.append(case_id)
    return found


# ---- proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a check of all chains found.

    Attributes
    ----------
    cases, events : int
    faults : tuple of (str, str)
        Case and what is wrong with it; empty if every chain holds.
    heads : mapping of case id to str
    found_head : (str, int, int) or None
        Case, number of the event with the digest asked for, and events since.
    """

    cases: int
    events: int
    faults: tuple[tuple[str, str], ...]
    heads: Mapping[str, str]
    found_head: tuple[str, int, int] | None = None


def prove(register: Register, *, head: str | None = None) -> Proof:
    """Check every chain and every document in it; with a head, find the event it belongs to.

    Raises
    ------
    VerificationFailed
        No chain has an event with the digest asked for: that history was rewritten, or is of another register.
    """
    faults = [(one.case_id, one.reason) for one in verify_chains(register)]
    everything = chains(register)
    for case_id, events in everything.items():
        faults += [(case_id, fault) for fault in _document_faults(register, events)]
    found = None
    if head is not None:
        found = _find_head(everything, head.strip().lower())
        if found is None and not faults:
            raise VerificationFailed(
                f"no case has an event with the digest {head}",
                hint="its history was rewritten since, or it is of another register",
            )
    return Proof(
        cases=len(everything),
        events=sum(len(events) for events in everything.values()),
        faults=tuple(sorted(set(faults))),
        heads={case_id: events[-1].digest for case_id, events in everything.items()},
        found_head=found,
    )


def _find_head(everything: Mapping[str, Sequence[Event]], head: str) -> tuple[str, int, int] | None:
    for case_id, events in everything.items():
        for event in events:
            if event.digest == head:
                return case_id, event.sequence, len(events) - 1 - event.sequence
    return None


def _document_faults(register: Register, events: Sequence[Event]) -> list[str]:
    faults = []
    for event in events:
        for name, sha256 in files_of(event.payload):
            try:
                document(register, sha256)
            except (UnknownRecord, VerificationFailed) as error:
                faults.append(f"event {event.sequence}, file {name}: {error.message}")
    return faults


def files_of(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and SHA-256 of every document that an event's payload brings into its case."""
    entries = [payload] if "sha256" in payload else []
    entries += [*payload.get("report", {}).get("evidence", []), *payload.get("attachments", [])]
    plumes = [*payload.get("plumes", []), *payload.get("into", []), payload.get("plume", {})]
    entries += [plume["picture"] for plume in plumes if plume.get("picture")]
    entries += [payload["mask"]] if isinstance(payload.get("mask"), Mapping) else []
    return [(str(entry.get("name", "")), str(entry["sha256"])) for entry in entries if entry.get("sha256")]
