"""Steps of a case: which are allowed now, and the next event, or the rule that forbids it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from superemitter.model.errors import ForbiddenStep, InvalidForm, InvalidValue
from superemitter.programme.case import Case
from superemitter.programme.chain import Event, next_event
from superemitter.programme.clocks import BINDING
from superemitter.programme.events import EVENT_KINDS, EventKind, State
from superemitter.programme.folding import fold, happened_at, notice_limit
from superemitter.programme.gates import GATES, Refused, check_payload
from superemitter.programme.rules import RuleText

# Steps of the programme itself: they need a text that is in force, or voluntary, that day.
PROGRAMME_STEPS = ("notification-received", "notified", "reviewed", "issued")
_HOUSE_RULE = "rule of the register: steps of a case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a case: its kind and meaning, and if it is refused, why and by which rule."""

    kind: str
    meaning: str
    refusal: str = ""
    citation: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may be taken now."""
        return not self.refusal


def all_steps(case: Case, now: datetime) -> tuple[Step, ...]:
    """Every kind of step, allowed or refused with its reason.

    What the content of a step may still forbid is not seen here: :func:`advance` looks at it.

    Parameters
    ----------
    case : Case
    now : datetime
    """
    found = []
    for kind in EVENT_KINDS.values():
        refused = _refusal(case, case.text, kind, now)
        words, citation = (refused.words, refused.citation) if refused else ("", "")
        found.append(Step(kind=kind.id, meaning=kind.meaning, refusal=words, citation=citation))
    return tuple(found)


def allowed_steps(case: Case, now: datetime) -> tuple[str, ...]:
    """The kinds of event that may be recorded now."""
    return tuple(step.kind for step in all_steps(case, now) if step.allowed)


def advance(
    chain: Sequence[Event],
    text: RuleText,
    kind: str,
    payload: Mapping[str, Any],
    *,
    actor: str,
    at: datetime,
    case_id: str = "",
) -> Event:
    """The next event of a case, if its state and its rule text allow it.

    Parameters
    ----------
    chain : sequence of Event
        The case so far; empty for a new one.
    text : RuleText
        The text the case stands under.
    kind : str
        See :data:`~superemitter.programme.events.EVENT_KINDS`.
    payload : mapping
        Plain JSON types. ``occurred_at`` says when it happened, if that is not `at`.
    actor : str
        Who does it.
    at : datetime
        When it is recorded.
    case_id : str
        For a new case.

    Raises
    ------
    ForbiddenStep
        The state, the day or the content forbids it; the message names the rule.
    InvalidForm
        The payload lacks something, or holds what cannot be read.
    """
    if kind not in EVENT_KINDS:
        raise InvalidForm(f"there is no event kind {kind!r}", hint=f"known: {', '.join(EVENT_KINDS)}")
    if not actor.strip():
        raise InvalidForm(f"who does {kind} is not said", hint="name the person or organisation")
    if at.tzinfo is None:
        raise InvalidForm(f"the time of {kind}, {at.isoformat()}, has no time zone")
    check_payload(kind, payload)
    case = fold(chain, text, max(at, chain[-1].at)) if chain else None
    when = _occurred(kind, payload, at)
    try:
        refused = _refusal(case, text, EVENT_KINDS[kind], when)
        if refused is not None:
            raise refused
        if kind in GATES:
            GATES[kind](case, text, payload, actor, when)
    except Refused as no:
        where = f"case {chain[0].case_id}" if chain else "a new case"
        raise ForbiddenStep(f"{kind} is refused in {where}: {no.words}", hint=f"rule: {no.citation}") from no
    name = chain[0].case_id if chain else case_id
    if not name:
        raise InvalidValue("a new case needs an id")
    return next_event(chain, case_id=name, kind=kind, at=at, actor=actor, payload=payload)


def _occurred(kind: str, payload: Mapping[str, Any], at: datetime) -> datetime:
    try:
        when = happened_at(at, payload)
    except (TypeError, ValueError) as error:
        raise InvalidForm(f"{kind}: occurred_at is {payload.get('occurred_at')!r}, no ISO 8601 time") from error
    said = payload.get("occurred_at")
    if said and datetime.fromisoformat(said).tzinfo is None:
        raise InvalidForm(f"{kind}: occurred_at {said} has no time zone", hint="end it with Z or an offset")
    if when > at:
        raise InvalidForm(f"{kind}: occurred_at {said} lies after the time it is recorded, {at.isoformat()}")
    return when


def _refusal(case: Case | None, text: RuleText, kind: EventKind, when: datetime) -> Refused | None:
    citation = text.step_citations.get(kind.id, _HOUSE_RULE)
    if case is None:
        if kind.id in ("tip-received", "notification-received"):
            return _not_binding(text, kind, when)
        return Refused("a case begins with a tip or a notification", _HOUSE_RULE)
    if case.state not in kind.states:
        if case.state is State.TIP and kind.states and kind.id not in ("reopened",):
            return Refused("the case is a tip, and a tip is never a notification of the programme", citation)
        allowed = ", ".join(state.value for state in State if state in kind.states) or "at the beginning only"
        return Refused(f"the case is {case.state.value}; {kind.id} is for: {allowed}", citation)
    return _not_binding(text, kind, when)


def _not_binding(text: RuleText, kind: EventKind, when: datetime) -> Refused | None:
    if kind.id not in PROGRAMME_STEPS:
        return None
    day = text.day_of(when)
    status = text.status_on(day)
    if status in BINDING:
        return None
    period = text.period_on(day)
    citation = period.passport.citation if period else text.citation
    return Refused(f"{text.citation} is {status.value.replace('_', ' ')} on {day}", citation)


def next_deadline(case: Case) -> datetime | None:
    """The next last moment of any duty of the case, UTC; None if no clock with a last moment is open."""
    return next((clock.due_at for clock in case.open_clocks if clock.due_at is not None), None)


def late_notice(case: Case, at: datetime) -> bool:
    """Whether a notice submitted now would be refused as late."""
    due = notice_limit(case.text, case.moments)
    return due is not None and at > due
