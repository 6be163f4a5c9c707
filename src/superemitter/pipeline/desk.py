"""Whose turn it is: the cases that somebody may work on, and what waits for them in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from superemitter.model.errors import UnknownRecord
from superemitter.pipeline.cases import case_as_of, read_case
from superemitter.pipeline.notify import is_recorded
from superemitter.programme.case import Case
from superemitter.programme.disclosure import Role, Viewer, is_own, sees_event
from superemitter.programme.events import OPEN, REPORTED, State
from superemitter.register import Register, chain

#: Roles that work on cases.
WORKERS: Final = (Role.REVIEWER, Role.NOTIFIER, Role.OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A case of somebody's, and what waits for them in it.

    Attributes
    ----------
    case : Case
    tasks : tuple of str
        ``"review-plume"``, ``"review-notice"``, ``"issue"``, ``"decide-error"``, ``"close"`` for a reviewer;
        ``"notify"`` for a notifier; ``"receive"``, ``"answer"``, ``"update"`` for an operator. Empty: nothing now.
    due_at : datetime or None
        The next last moment of a duty of the case.
    """

    case: Case
    tasks: tuple[str, ...]
    due_at: datetime | None


def turns(cases: Iterable[Case], viewer: Viewer, *, now: datetime) -> tuple[Turn, ...]:
    """Cases that a viewer works on, those with something to do first, the most urgent before the others.

    Parameters
    ----------
    cases : iterable of Case
        All of them: those that are not the viewer's are left out.
    viewer : Viewer
    now : datetime
    """
    if viewer.role not in WORKERS:
        return ()
    found = []
    for case in cases:
        if _works_on(case, viewer):
            due_at = next((clock.due_at for clock in case.open_clocks if clock.due_at is not None), None)
            found.append(Turn(case=case, tasks=tasks_of(case, viewer.role), due_at=due_at))
    return tuple(sorted(found, key=lambda one: _urgency(one, now)))


def _urgency(turn: Turn, now: datetime) -> tuple[bool, float, float]:
    """Something to do before nothing, sooner before later, and the newest first."""
    left = float("inf") if turn.due_at is None else (turn.due_at - now).total_seconds()
    return not turn.tasks, left, -turn.case.updated_at.timestamp()


def tasks_of(case: Case, role: Role) -> tuple[str, ...]:
    """What waits for somebody of a role in a case."""
    if case.state not in OPEN:
        return ()
    waits = {
        Role.REVIEWER: {
            "review-plume": any(
                one.decision == "pending" and not one.withdrawn and not one.split_into for one in case.plumes
            ),
            "review-notice": case.state is State.SUBMITTED,
            "issue": case.state is State.REVIEWED,
            "decide-error": case.error_claim == "pending",
            "close": case.state in REPORTED - {State.SOURCE_FOUND_ONGOING} and case.error_claim != "pending",
        },
        Role.NOTIFIER: {
            "notify": case.state in (State.DRAFT, State.REJECTED_INCOMPLETE, State.REJECTED_INACCURATE)
            and (not case.plumes or bool(case.accepted_plumes)),
        },
        Role.OPERATOR: {
            "receive": case.state is State.ISSUED and "notice-received" not in case.moments,
            "answer": case.state in (State.ISSUED, State.INVESTIGATING),
            "update": case.state is State.SOURCE_FOUND_ONGOING,
        },
    }
    return tuple(name for name, waiting in waits.get(role, {}).items() if waiting)


def case_at_hand(register: Register, viewer: Viewer, case_id: str, *, now: datetime) -> Case:
    """A case that a viewer works on.

    Raises
    ------
    UnknownRecord
        There is none, or it is not theirs: the answer is the same.
    """
    unknown = UnknownRecord("there is no such case")
    try:
        events = chain(register, case_id)
    except UnknownRecord:
        raise unknown from None
    if not events:
        raise unknown
    case = case_as_of(events, max(now, events[-1].at))
    if not _works_on(case, viewer):
        raise unknown
    return case


def sees_case(register: Register, viewer: Viewer, case_id: str, *, now: datetime) -> bool:
    """Whether a case may be named to a viewer."""
    return sees_event(read_case(register, case_id, now), viewer)


def has_notice(case: Case) -> bool:
    """Whether a case's notice was sent and stands."""
    return is_recorded(case)


def _works_on(case: Case, viewer: Viewer) -> bool:
    return viewer.role is Role.REVIEWER or is_own(case, viewer)
