"""What can happen in a case: every kind of event, what it records, and from which states it is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a case stands. Derived from its events, never stored as a fact of its own."""

    TIP = "tip"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    REJECTED_LATE = "rejected_late"
    REJECTED_INCOMPLETE = "rejected_incomplete"
    REJECTED_INACCURATE = "rejected_inaccurate"
    ISSUED = "issued"
    INVESTIGATING = "investigating"
    SOURCE_FOUND_ENDED = "source_found_ended"
    SOURCE_FOUND_ONGOING = "source_found_ongoing"
    SOURCE_NOT_FOUND = "source_not_found"
    NOT_WITHIN_50M = "not_within_50m"
    REPLIED = "replied"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


REJECTED = frozenset({State.REJECTED_LATE, State.REJECTED_INCOMPLETE, State.REJECTED_INACCURATE})
REPORTED = frozenset(
    {
        State.SOURCE_FOUND_ENDED,
        State.SOURCE_FOUND_ONGOING,
        State.SOURCE_NOT_FOUND,
        State.NOT_WITHIN_50M,
        State.REPLIED,
        State.FOLLOW_UP,
    }
)
OPEN = frozenset(State) - {State.CLOSED, State.WITHDRAWN}
WITH_OPERATOR = frozenset({State.ISSUED, State.INVESTIGATING}) | REPORTED

# The words an answer's outcome may have, and the state each leads to.
OUTCOMES = {
    "source_found_ended": State.SOURCE_FOUND_ENDED,
    "source_found_ongoing": State.SOURCE_FOUND_ONGOING,
    "source_not_found": State.SOURCE_NOT_FOUND,
    "not_within_50m": State.NOT_WITHIN_50M,
    "venting": State.REPLIED,
    "replied": State.REPLIED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One kind of event.

    Attributes
    ----------
    id : str
    meaning : str
    payload : str
        The keys it records; ``?`` marks those that may be absent. Any event may carry ``occurred_at``, the time
        it happened, if that is not the time it was recorded (ISO 8601 with zone).
    states : frozenset of State
        From which it is allowed; empty: only as the first event of a case.
    """

    id: str
    meaning: str
    payload: str
    states: frozenset[State]


_OPENING = (
    "programme_id, text_id?, longitude, latitude, detected_at? (list), report?, plumes? (list of plume records), "
    "notifier_id?, technology?, approval_reference?, quantities?, facility_type?, simulated?"
)

_KINDS = (
    EventKind(id="tip-received", meaning="somebody reported a leak", payload=_OPENING, states=frozenset()),
    EventKind(
        id="notification-received",
        meaning="a notifier of the programme reported a leak; opens a case, or raises a tip",
        payload=_OPENING,
        states=frozenset({State.TIP}),
    ),
    EventKind(id="report-added", meaning="another report of the same leak", payload="report", states=OPEN),
    EventKind(
        id="document-added", meaning="a file was put to the case", payload="name, sha256, media_type", states=OPEN
    ),
    EventKind(id="note-added", meaning="a remark", payload="text", states=frozenset(State)),
    EventKind(
        id="plume-added",
        meaning="a plume was put to the case, or quantified anew (same plume_id)",
        payload="plume {plume_id, ...}",
        states=OPEN,
    ),
    EventKind(
        id="plume-reviewed",
        meaning="a person accepted or rejected a plume",
        payload="plume_id, decision (accepted | rejected), reason",
        states=OPEN,
    ),
    EventKind(
        id="plume-masked",
        meaning="a person gave a plume's outline; it was recomputed and awaits review",
        payload="plume_id, plume {...}, mask {name, sha256}, reason?",
        states=OPEN,
    ),
    EventKind(
        id="plume-split",
        meaning="a person split a plume; its parts were recomputed and await review",
        payload="plume_id, into (list of plume records), reason?",
        states=OPEN,
    ),
    EventKind(
        id="observed",
        meaning="a later scene over the source: a detection, or none",
        payload="scene_id, detected (bool), probability_of_detection? (number, or {code, reason}), rate_kg_h?",
        states=frozenset(State) - {State.WITHDRAWN},
    ),
    EventKind(
        id="data-received",
        meaning="the receiver of the notice got the data; starts its clock where the text says so",
        payload="",
        states=frozenset({State.TIP, State.DRAFT}),
    ),
    EventKind(
        id="notified",
        meaning="the notice was submitted to the programme",
        payload="notification {...}",
        states=frozenset({State.DRAFT, State.REJECTED_INCOMPLETE, State.REJECTED_INACCURATE}),
    ),
    EventKind(
        id="reviewed",
        meaning="the programme checked the notice for completeness and accuracy",
        payload="outcome (accepted | late | incomplete | inaccurate), reason?",
        states=frozenset({State.SUBMITTED}),
    ),
    EventKind(
        id="issued",
        meaning="the notice got its report id and was sent to the operator, and posted without attribution",
        payload="report_id, operator?",
        states=frozenset({State.REVIEWED}),
    ),
    EventKind(
        id="notice-received",
        meaning="the operator received the notice; starts the operator's clocks",
        payload="operator?",
        states=frozenset({State.ISSUED}),
    ),
    EventKind(
        id="investigation-started",
        meaning="the operator began to look for the source",
        payload="",
        states=frozenset({State.ISSUED}),
    ),
    EventKind(
        id="investigation-completed",
        meaning="the operator finished looking, or inspected the site",
        payload="method?",
        states=frozenset({State.ISSUED, State.INVESTIGATING}),
    ),
    EventKind(
        id="answered",
        meaning="the operator's report",
        payload="form_id, values, outcome, error_claimed",
        states=frozenset({State.ISSUED, State.INVESTIGATING}),
    ),
    EventKind(
        id="event-ended",
        meaning="the emission event ended, as its operator says",
        payload="",
        states=WITH_OPERATOR,
    ),
    EventKind(id="repaired", meaning="the source was repaired", payload="", states=WITH_OPERATOR),
    EventKind(
        id="answer-updated",
        meaning="the operator's report was brought up to date",
        payload="form_id, values, outcome, error_claimed",
        states=REPORTED,
    ),
    EventKind(
        id="error-decided",
        meaning="the programme decided on a claim of demonstrable error",
        payload="decision (accepted | not_accepted), reason",
        states=REPORTED | {State.CLOSED},
    ),
    EventKind(
        id="attribution-decided",
        meaning="the operator is named, or no longer named",
        payload="state (withheld | confirmed | believed), operator?, facility_id?, reason?",
        states=WITH_OPERATOR | {State.CLOSED},
    ),
    EventKind(
        id="closed",
        meaning="nothing more is to be done",
        payload="basis (answer | seen_from_space | error_accepted | no_further_action), reason",
        states=OPEN - {State.SUBMITTED, State.REVIEWED},
    ),
    EventKind(id="reopened", meaning="the case goes on", payload="reason", states=frozenset({State.CLOSED})),
    EventKind(
        id="withdrawn",
        meaning="the case, its notice, or one thing in it no longer stands",
        payload="what (case | notice | plume | report | document | observation), id?, reason",
        states=frozenset(State) - {State.WITHDRAWN},
    ),
)

EVENT_KINDS = {kind.id: kind for kind in _KINDS}
# Moments a clock may start or stop at. "detected" is the final survey, and no event of its own.
MOMENTS = ("detected", *EVENT_KINDS)
