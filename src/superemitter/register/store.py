"""Store records: new ones, and new versions of known ones. Nothing that was stored is overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from superemitter.register.changes import next_change
from superemitter.register.grouping import GroupingRules, Match, Placed, assign_sources, match_events, same_place
from superemitter.register.records import Licence, ObservationRecord, digest_of_content
from superemitter.register.schema import events, licences, observation_versions, observations, sources

_BATCH: Final = 5000
_SAMPLED_ROWS: Final = 1000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a list of records.

    Attributes
    ----------
    new, updated, unchanged : int
        Records that were not known, got a new version, or were there already as they are.
    merged : int
        Of the new ones, those that joined an event with a record of another catalogue.
    """

    new: int
    updated: int
    unchanged: int
    merged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who stores something, when and why: part of every version."""

    at: datetime
    by: str
    reason: str


@dataclass(slots=True)
class _Work:
    """A record on its way in: its digest, and the row it has (None for a new one) or gets."""

    record: ObservationRecord
    content: dict[str, Any]
    digest: str
    old: Any
    observation_id: int = 0
    event_id: int | None = None
    source_id: int | None = None
    merged: bool = field(default=False)


def store_licences(connection: Connection, terms: Iterable[Licence]) -> None:
    """Add licences that the register does not hold yet."""
    known = set(connection.scalars(select(licences.c.licence_id)))
    new = {licence.licence_id: licence for licence in terms if licence.licence_id not in known}
    if new:
        names = Licence.__dataclass_fields__
        connection.execute(insert(licences), [{name: getattr(new[key], name) for name in names} for key in new])


def store_records(
    connection: Connection,
    records: Sequence[ObservationRecord],
    origin: Origin,
    rules: GroupingRules,
    progress: Callable[[int], None] | None = None,
) -> Stored:
    """Store records of one catalogue, each with a version, an event and a source.

    Parameters
    ----------
    connection : Connection
        In a transaction with ``grouping=True``; licences and scenes named by the records are stored already.
    records : sequence of ObservationRecord
        Of one catalogue, each record id once.
    origin : Origin
    rules : GroupingRules
    progress : callable, optional
        Told how many records are done.
    """
    work = [w for batch in _batched(records) for w in _classify(connection, batch)]
    changed = [w for w in work if w.old is None or w.old.digest != w.digest]
    change, next_id = next_change(connection), _next(connection, observations)
    for w in changed:
        if w.old is None:
            w.observation_id, next_id = next_id, next_id + 1
    _group(connection, changed, rules)
    done = len(work) - len(changed)
    for batch in _batched(changed):
        _write(connection, batch, origin, change)
        done += len(batch)
        if progress:
            progress(done)
    new = [w for w in changed if w.old is None]
    return Stored(
        new=len(new),
        updated=len(changed) - len(new),
        unchanged=len(work) - len(changed),
        merged=sum(w.merged for w in new),
    )


def renew_statistics(connection: Connection) -> None:
    """Tell the database how its rows are spread, so that it picks the right index; due after many new rows."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit = {_SAMPLED_ROWS}")
        connection.exec_driver_sql("ANALYZE")
    else:
        connection.exec_driver_sql("ANALYZE observations, sources, events")


def _classify(connection: Connection, batch: Sequence[ObservationRecord]) -> list[_Work]:
    o = observations.c
    query = select(
        *(o.record_id, o.observation_id, o.version, o.digest, o.time, o.longitude, o.latitude, o.position_error_m),
        *(o.event_id, o.source_id, o.simulated),
    ).where(o.catalogue == batch[0].catalogue, o.record_id.in_([record.record_id for record in batch]))
    known = {row.record_id: row for row in connection.execute(query)}
    out = []
    for record in batch:
        content = record.content()
        old = known.get(record.record_id)
        work = _Work(record=record, content=content, digest=digest_of_content(content), old=old)
        if old is not None:
            work.observation_id, work.event_id, work.source_id = old.observation_id, old.event_id, old.source_id
        out.append(work)
    return out


def _group(connection: Connection, changed: Sequence[_Work], rules: GroupingRules) -> None:
    """Give every new or moved plume its event and source."""
    loose = sorted((w for w in changed if _needs_group(w, rules)), key=lambda w: w.record.time)
    placed = [_placed(w) for w in loose]
    matches: list[Match | None] = match_events(connection, placed, rules)
    next_event = _next(connection, events)
    founding = []
    for w, match in zip(loose, matches, strict=True):
        if match is not None:
            w.event_id, w.source_id, w.merged = match.event_id, match.source_id, True
        else:
            w.event_id, next_event = next_event, next_event + 1
            founding.append(w)
    if not founding:
        return
    from_here = _next(connection, sources)
    found = assign_sources(connection, [_placed(w) for w in founding], rules, from_here)
    for w, source_id in zip(founding, found, strict=True):
        w.source_id = source_id
    names = ("time", "longitude", "latitude", "simulated")
    rows = [{"event_id": w.event_id, **{name: getattr(w.record, name) for name in names}} for w in founding]
    for batch in _batched(rows):
        connection.execute(insert(events), list(batch))


def _needs_group(work: _Work, rules: GroupingRules) -> bool:
    """New plumes, and known ones that moved farther than they could have by their position errors."""
    if work.record.longitude is None:
        return False
    old = work.old
    if old is None or old.event_id is None:
        return True
    before = Placed(
        work.record.catalogue, old.time, old.longitude, old.latitude, old.position_error_m, old.simulated
    )
    return old.simulated != work.record.simulated or not same_place(_placed(work), before, rules)


def _placed(work: _Work) -> Placed:
    record = work.record
    assert record.longitude is not None and record.latitude is not None
    return Placed(
        catalogue=record.catalogue,
        time=record.time,
        longitude=record.longitude,
        latitude=record.latitude,
        position_error_m=record.position_error_m,
        simulated=record.simulated,
        own_id=work.observation_id,
    )


def _write(connection: Connection, batch: Sequence[_Work], origin: Origin, change: int) -> None:
    new = [_row(w) for w in batch if w.old is None]
    if new:
        connection.execute(insert(observations), new)
    old = [{**_row(w), "key": w.observation_id} for w in batch if w.old is not None]
    if old:
        for row in old:
            del row["observation_id"], row["withdrawn"]  # a withdrawal stands until somebody revokes it
        statement = update(observations).where(observations.c.observation_id == bindparam("key"))
        connection.execute(statement, old)
    connection.execute(insert(observation_versions), [_version(w, origin, change) for w in batch])


def _row(work: _Work) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(work.record, name) for name in _RECORD_COLUMNS}
    row |= {"observation_id": work.observation_id, "version": _number(work), "digest": work.digest}
    return row | {"withdrawn": False, "event_id": work.event_id, "source_id": work.source_id}


def _version(work: _Work, origin: Origin, change: int) -> dict[str, Any]:
    return {
        "observation_id": work.observation_id,
        "version": _number(work),
        "digest": work.digest,
        "recorded_at": origin.at,
        "recorded_by": origin.by,
        "reason": origin.reason,
        "content": work.content,
        "change": change,
    }


def _number(work: _Work) -> int:
    return 1 if work.old is None else int(work.old.version) + 1


def _next(connection: Connection, rows: Table) -> int:
    """The first free number; sound because the transaction keeps other writers of observations out."""
    key = next(iter(rows.primary_key.columns))
    return int(connection.scalar(select(func.coalesce(func.max(key), 0))) or 0) + 1


def _batched(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


_RECORD_COLUMNS = tuple(
    column.name for column in observations.columns if column.name in ObservationRecord.__dataclass_fields__
)
