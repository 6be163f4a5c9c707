"""Cases and their chains of events: appended in one transaction that checks the head, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from superemitter.model.errors import HeadMoved, InvalidValue, RegisterBusy, RegisterError, UnknownRecord
from superemitter.programme.chain import GENESIS, Break, Event, first_break, next_event
from superemitter.register.engine import Register
from superemitter.register.schema import case_events, case_observations, cases

#: How often an append is tried while others append to the same case.
ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """What is fixed about a case when it is opened; everything else follows from its events.

    Attributes
    ----------
    case_id, programme_id, text_id : str
        `text_id` names the rule text the case was opened under.
    opened_at : datetime
        UTC.
    longitude, latitude : float, optional
        Where the leak is. [degree]
    source_id : int, optional
        Of the register.
    simulated : bool
    """

    case_id: str
    programme_id: str
    text_id: str
    opened_at: datetime
    longitude: float | None = None
    latitude: float | None = None
    source_id: int | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBreak:
    """A case whose chain does not hold: which event, and what is wrong with it."""

    case_id: str
    sequence: int
    reason: str


def open_case(
    register: Register,
    case: CaseRow,
    *,
    kind: str,
    at: datetime,
    actor: str,
    payload: Mapping[str, Any],
    observation_ids: Sequence[int] = (),
    expected_cases: int | None = None,
) -> Event:
    """Open a case with its first event, both or neither.

    With `expected_cases` only if the programme still has that many cases: whoever looked for a case of the same
    leak and found none looks again if another was opened in the meantime.

    Raises
    ------
    HeadMoved
        The programme has another number of cases than expected.
    RegisterError
        There is a case of that id, or a source or observation named does not exist.
    InvalidValue
        The event cannot be recorded.
    """
    event = next_event(
        (),
        case_id=_storable(case.case_id),
        kind=_storable(kind),
        at=at,
        actor=_storable(actor),
        payload=_plain(payload),
    )
    row = {name: getattr(case, name) for name in CaseRow.__dataclass_fields__}
    with register.writing(grouping=expected_cases is not None) as connection:
        if expected_cases is not None and _count(connection, case.programme_id) != expected_cases:
            raise HeadMoved(f"a case of {case.programme_id} was opened in the meantime")
        if connection.scalar(select(cases.c.case_id).where(cases.c.case_id == case.case_id)):
            raise RegisterError(f"there is a case {case.case_id} already", hint="add an event to it")
        try:
            connection.execute(insert(cases), row)
            _insert(connection, event)
            _link(connection, case.case_id, observation_ids)
        except IntegrityError:
            raise RegisterError(
                f"case {case.case_id} cannot be opened: its id is taken, or it names a source or an observation "
                "that the register does not hold"
            ) from None
    return event


def count_cases(register: Register, programme_id: str) -> int:
    """How many cases a programme has."""
    with register.reading() as connection:
        return _count(connection, programme_id)


def _count(connection: Connection, programme_id: str) -> int:
    found = connection.scalar(select(func.count()).select_from(cases).where(cases.c.programme_id == programme_id))
    return int(found or 0)


def append_event(
    register: Register,
    case_id: str,
    *,
    kind: str,
    at: datetime,
    actor: str,
    payload: Mapping[str, Any],
    expected_head: str | None = None,
    observation_ids: Sequence[int] = (),
) -> Event:
    """Append an event to a case; when this returns, the event is on the disk.

    Two processes may append at once: each event gets a place of its own in the chain.

    Parameters
    ----------
    register : Register
    case_id, kind, at, actor, payload
        As in :class:`superemitter.programme.Event`.
    expected_head : str, optional
        Digest of the event this one answers. If the chain has grown since, nothing is stored: whoever repeats a
        step after a failure with the same `expected_head` cannot store it twice.
    observation_ids : sequence of int
        Observations that the event brings into the case.

    Raises
    ------
    UnknownRecord
        There is no such case.
    HeadMoved
        The head is not `expected_head`.
    InvalidValue
        The event lies before the last one, or cannot be recorded.
    RegisterError
        It could not be stored.
    """
    content = {"kind": _storable(kind), "at": at, "actor": _storable(actor), "payload": _plain(payload)}
    for _ in range(ATTEMPTS):
        try:
            with register.writing() as connection:
                return _append(connection, case_id, content, expected_head, observation_ids)
        except IntegrityError:  # on PostgreSQL only, if rows were locked by other means than ours
            continue
    raise RegisterBusy(f"others keep adding to case {case_id}", hint="nothing was stored: repeat")


def chain(register: Register, case_id: str) -> tuple[Event, ...]:
    """Every event of a case, oldest first.

    Raises
    ------
    UnknownRecord
        There is no such case.
    """
    with register.reading() as connection:
        _case(connection, case_id, lock=False)
        return _chain(connection, case_id)


def head(register: Register, case_id: str) -> str:
    """The digest of a case's last event; see :func:`chain`."""
    events = chain(register, case_id)
    return events[-1].digest if events else GENESIS


def case(register: Register, case_id: str) -> CaseRow:
    """A case as it was opened.

    Raises
    ------
    UnknownRecord
        There is no such case.
    """
    with register.reading() as connection:
        return _case_row(_case(connection, case_id, lock=False))


def list_cases(register: Register, *, programme_id: str | None = None) -> tuple[CaseRow, ...]:
    """All cases, of one programme or of all, oldest first."""
    query = select(cases).order_by(cases.c.opened_at, cases.c.case_id)
    if programme_id is not None:
        query = query.where(cases.c.programme_id == programme_id)
    with register.reading() as connection:
        return tuple(_case_row(row) for row in connection.execute(query))


def chains(register: Register, *, programme_id: str | None = None) -> dict[str, tuple[Event, ...]]:
    """The chains of all cases, of one programme or of all, in one reading."""
    query = select(case_events).order_by(case_events.c.case_id, case_events.c.sequence)
    if programme_id is not None:
        query = query.join(cases).where(cases.c.programme_id == programme_id)
    out: dict[str, list[Event]] = {}
    with register.reading() as connection:
        for row in connection.execute(query):
            out.setdefault(row.case_id, []).append(_event(row))
    return {case_id: tuple(events) for case_id, events in out.items()}


def count_events(register: Register) -> int:
    """How many events all cases have: it grows with each one, and never else."""
    with register.reading() as connection:
        return int(connection.scalar(select(func.count()).select_from(case_events)) or 0)


def chain_lengths(register: Register) -> dict[str, int]:
    """How many events each case has: what changed since somebody last looked has more."""
    query = select(case_events.c.case_id, func.count()).group_by(case_events.c.case_id)
    with register.reading() as connection:
        return {case_id: int(count) for case_id, count in connection.execute(query)}


def verify_chains(register: Register) -> tuple[ChainBreak, ...]:
    """The first break of every chain that does not hold; empty if all do. A case without events is a break."""
    with register.reading() as connection:
        ids = connection.scalars(select(cases.c.case_id).order_by(cases.c.case_id)).all()
        breaks = []
        for case_id in ids:
            events = _chain(connection, case_id)
            found = first_break(events) if events else Break(sequence=0, reason="the case has no events")
            if found is not None:
                breaks.append(ChainBreak(case_id=case_id, sequence=found.sequence, reason=found.reason))
    return tuple(breaks)


def cases_of(register: Register, observation_id: int) -> tuple[str, ...]:
    """The cases that an observation was brought into: who must learn of its withdrawal."""
    query = select(case_observations.c.case_id).where(case_observations.c.observation_id == observation_id)
    with register.reading() as connection:
        return tuple(connection.scalars(query.order_by(case_observations.c.case_id)))


def observations_of(register: Register, case_id: str) -> tuple[int, ...]:
    """The observations that were brought into a case."""
    query = select(case_observations.c.observation_id).where(case_observations.c.case_id == case_id)
    with register.reading() as connection:
        return tuple(connection.scalars(query.order_by(case_observations.c.observation_id)))


def _append(
    connection: Connection,
    case_id: str,
    content: dict[str, Any],
    expected_head: str | None,
    observation_ids: Sequence[int],
) -> Event:
    _case(connection, case_id, lock=True)
    events = _chain(connection, case_id)
    now = events[-1].digest if events else GENESIS
    if expected_head is not None and now != expected_head:
        raise HeadMoved(
            f"case {case_id} has grown to {len(events)} events since: its head is {now[:12]}, "
            f"not {expected_head[:12]}",
            hint="look at the case again before you go on",
        )
    event = next_event(events, case_id=case_id, **content)
    _insert(connection, event)
    _link(connection, case_id, observation_ids)
    return event


def _case(connection: Connection, case_id: str, *, lock: bool) -> Row[Any]:
    query = select(cases).where(cases.c.case_id == case_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no case {case_id}", hint="list the cases")
    return row


def _chain(connection: Connection, case_id: str) -> tuple[Event, ...]:
    query = select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.sequence)
    return tuple(_event(row) for row in connection.execute(query))


def _insert(connection: Connection, event: Event) -> None:
    connection.execute(insert(case_events), {name: getattr(event, name) for name in Event.__dataclass_fields__})


def _link(connection: Connection, case_id: str, observation_ids: Sequence[int]) -> None:
    known = set(
        connection.scalars(
            select(case_observations.c.observation_id).where(case_observations.c.case_id == case_id)
        )
    )
    rows = [{"case_id": case_id, "observation_id": new} for new in sorted(set(observation_ids) - known)]
    if rows:
        connection.execute(insert(case_observations), rows)


def _event(row: Row[Any]) -> Event:
    return Event(**row._mapping)


def _case_row(row: Row[Any]) -> CaseRow:
    return CaseRow(**row._mapping)


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as it will be read back, so that the digest is made over what is stored."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(dict(payload), allow_nan=False))
        json.dumps(plain, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"the payload of an event cannot be recorded: {error}") from error
    return plain


def _storable(value: str) -> str:
    """A text that both databases can hold."""
    if not value or "\x00" in value:
        raise InvalidValue(f"a name in a case is empty or holds a NUL character: {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(f"a name in a case is not valid text: {error}") from error
    return value
