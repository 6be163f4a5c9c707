"""New versions made by people: a revision after review, a withdrawal. The versions before them stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from superemitter.model.errors import InvalidValue, UnknownRecord
from superemitter.register.changes import next_change
from superemitter.register.engine import Register
from superemitter.register.grouping import GroupingRules
from superemitter.register.records import ObservationRecord, digest_of_content
from superemitter.register.schema import observation_versions, observations
from superemitter.register.store import Origin, store_records

_FIXED = ("catalogue", "record_id", "kind", "scene_id", "simulated", "licence_id")


def revise(register: Register, observation_id: int, changes: Mapping[str, Any], *, by: str, reason: str) -> int:
    """Store a new version of an observation with some fields changed, and return its number.

    For a re-quantification, a mask drawn by a reviewer, a probability of detection that became known.

    Parameters
    ----------
    register : Register
    observation_id : int
    changes : mapping
        Fields of :class:`superemitter.register.records.ObservationRecord`; not those that say which record it is.
    by, reason : str
        Kept with the version.

    Raises
    ------
    UnknownRecord
        There is no such observation.
    InvalidValue
        A field cannot be changed or its value is refused.
    """
    known = {field.name for field in fields(ObservationRecord)}
    wrong = [name for name in changes if name in _FIXED or name not in known]
    if wrong:
        raise InvalidValue(f"a revision cannot change {', '.join(wrong)}")
    with register.writing(grouping=True) as connection:
        record = _record(_newest(connection, observation_id).content, changes)
        store_records(connection, [record], Origin(at=register.clock(), by=by, reason=reason), GroupingRules())
        return int(_newest(connection, observation_id).version)


def withdraw(register: Register, observation_id: int, *, by: str, reason: str) -> None:
    """Withdraw an observation: it stays with its versions, but is listed only if asked for.

    Whoever withdraws also tells the cases it is in: see :func:`superemitter.register.cases_of`.

    Raises
    ------
    UnknownRecord
        There is no such observation.
    """
    with register.writing(grouping=True) as connection:
        withdraw_rows(connection, [observation_id], Origin(at=register.clock(), by=by, reason=reason))


def withdraw_rows(connection: Connection, observation_ids: Sequence[int], origin: Origin) -> None:
    """Withdraw observations in the caller's transaction; those that are withdrawn already stay as they are."""
    change = next_change(connection)
    for observation_id in observation_ids:
        row = _newest(connection, observation_id)
        if row.withdrawn:
            continue
        content = {**row.content, "withdrawn": True}
        version = {
            "observation_id": observation_id,
            "version": row.version + 1,
            "digest": digest_of_content(content),
            "recorded_at": origin.at,
            "recorded_by": origin.by,
            "reason": origin.reason,
            "content": content,
            "change": change,
        }
        connection.execute(insert(observation_versions), version)
        connection.execute(
            update(observations)
            .where(observations.c.observation_id == observation_id)
            .values(withdrawn=True, version=row.version + 1)
        )


def _newest(connection: Connection, observation_id: int) -> Any:
    """The current version: its number, content, and whether the observation is withdrawn."""
    v, o = observation_versions.c, observations.c
    query = (
        select(v.version, v.content, o.withdrawn)
        .join(observations, (o.observation_id == v.observation_id) & (o.version == v.version))
        .where(o.observation_id == observation_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no observation {observation_id}")
    return row


def _record(content: Mapping[str, Any], changes: Mapping[str, Any]) -> ObservationRecord:
    known = {field.name: content[field.name] for field in fields(ObservationRecord) if field.name in content}
    known["time"] = datetime.fromisoformat(known["time"])
    return ObservationRecord(**{**known, **changes})
