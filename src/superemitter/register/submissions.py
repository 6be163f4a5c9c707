"""Reports from the public form, held until a person has looked at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from superemitter.model.errors import HeadMoved, UnknownRecord
from superemitter.register.engine import Register
from superemitter.register.schema import submissions

HELD: Final = "held"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A report as it was handed in, and what became of it.

    Attributes
    ----------
    submission_id : str
        SHA-256 of the receipt, which only the reporter holds.
    received_at : datetime
    state : str
        ``"held"``, ``"accepted"``, ``"rejected"``.
    values : mapping
        Of the form.
    evidence : sequence of mapping
        Name, SHA-256 and media type of each document.
    decided_at : datetime, optional
    decided_by, reason : str
    case_id : str, optional
        The case that the report opened or joined.
    """

    submission_id: str
    received_at: datetime
    state: str
    values: Mapping[str, Any]
    evidence: Sequence[Mapping[str, Any]]
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""
    case_id: str | None = None


def add_submission(register: Register, new: Submission) -> bool:
    """Keep a report; False if it was handed in before under the same receipt."""
    row = {name: getattr(new, name) for name in Submission.__dataclass_fields__}
    row |= {"values": dict(new.values), "evidence": [dict(one) for one in new.evidence]}
    same = select(submissions.c.submission_id).where(submissions.c.submission_id == new.submission_id)
    with register.writing() as connection:
        if connection.scalar(same) is not None:
            return False
        try:
            connection.execute(insert(submissions), row)
        except IntegrityError:  # sent twice at the same moment
            return False
    return True


def submission(register: Register, submission_id: str) -> Submission:
    """A report by its id.

    Raises
    ------
    UnknownRecord
        There is none.
    """
    with register.reading() as connection:
        row = connection.execute(
            select(submissions).where(submissions.c.submission_id == submission_id)
        ).one_or_none()
    if row is None:
        raise UnknownRecord("there is no report of that receipt", hint="check the address you were given")
    return Submission(**row._mapping)


def list_submissions(register: Register, *, state: str | None = HELD, limit: int = 200) -> tuple[Submission, ...]:
    """Reports in a state, the longest waiting first; None for all."""
    query = select(submissions).order_by(submissions.c.received_at, submissions.c.submission_id).limit(limit)
    if state is not None:
        query = query.where(submissions.c.state == state)
    with register.reading() as connection:
        return tuple(Submission(**row._mapping) for row in connection.execute(query))


def decide_submission(
    register: Register,
    submission_id: str,
    *,
    state: str,
    at: datetime,
    by: str,
    reason: str,
    case_id: str | None = None,
) -> None:
    """Record what a person decided of a held report.

    Raises
    ------
    UnknownRecord
        There is no such report.
    HeadMoved
        It was decided before.
    """
    decision = {"state": state, "decided_at": at, "decided_by": by, "reason": reason, "case_id": case_id}
    held = (submissions.c.submission_id == submission_id) & (submissions.c.state == HELD)
    with register.writing() as connection:
        if connection.execute(update(submissions).where(held), decision).rowcount:
            return
    found = submission(register, submission_id)
    raise HeadMoved(f"the report was {found.state} by {found.decided_by} already", hint="look at it again")
