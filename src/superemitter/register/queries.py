"""Ask the register for observations: filtered, in a box, page by page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    UnaryExpression,
    and_,
    false,
    func,
    select,
    tuple_,
)
from sqlalchemy.sql.operators import custom_op

from superemitter.model.errors import UnknownRecord, UsageError
from superemitter.register.chosen import none_of, one_of
from superemitter.register.engine import Register
from superemitter.register.geo import boxes
from superemitter.register.points import count_in_boxes, in_boxes, plainly_in_boxes
from superemitter.register.records import PLUME, Licence
from superemitter.register.schema import licences, observation_versions, observations

#: A filter with fewer matches than this is worked off first; with more, one walks from the newest observation.
_FEW: Final = 5000
LARGEST_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationQuery:
    """Which observations; what is left out does not restrict.

    Attributes
    ----------
    bbox : (west, south, east, north), optional
        West > east across the antimeridian. [degree]
    since, until : datetime, optional
        From (included) and to (excluded).
    min_rate_kg_h, max_rate_kg_h : float, optional
        Of the median; observations without a rate are left out if one of them is given. [kg h-1]
    sector, country, catalogue, scene_id : str, optional
    source_id, event_id : int, optional
    kind : str, optional
        ``"plume"`` (default), ``"non-detection"``, or None for both.
    simulated : bool, optional
    exportable : bool
        Only records whose licence lets them leave the register.
    withdrawn : bool
        Withdrawn observations too.
    """

    bbox: tuple[float, float, float, float] | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_rate_kg_h: float | None = None
    max_rate_kg_h: float | None = None
    sector: str | None = None
    country: str | None = None
    catalogue: str | None = None
    scene_id: str | None = None
    source_id: int | None = None
    event_id: int | None = None
    kind: str | None = PLUME
    simulated: bool | None = None
    exportable: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The current version of an observation; see :class:`superemitter.register.records.ObservationRecord`."""

    observation_id: int
    catalogue: str
    record_id: str
    kind: str
    version: int
    digest: str
    withdrawn: bool
    time: datetime
    longitude: float | None
    latitude: float | None
    position_error_m: float | None
    rate_kg_h: float | None
    rate_low_kg_h: float | None
    rate_high_kg_h: float | None
    probability_ge_100_kg_h: float | None
    probability_of_detection: float | None
    instrument: str
    sector: str | None
    country: str | None
    name: str | None
    licence_id: str
    scene_id: str | None
    event_id: int | None
    source_id: int | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an observation, as it was recorded."""

    version: int
    digest: str
    recorded_at: datetime
    recorded_by: str
    reason: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Observations, newest first, and what to pass as `after` for the next ones; None at the end."""

    observations: tuple[Observation, ...]
    next: str | None


def list_observations(
    register: Register,
    query: ObservationQuery | None = None,
    *,
    limit: int = 100,
    after: str | None = None,
    excluding: Collection[int] = (),
    among: Collection[int] | None = None,
) -> Page:
    """Observations that a query asks for, newest first; withdrawn ones only if asked for.

    Parameters
    ----------
    register : Register
    query : ObservationQuery, optional
    limit : int
        1 to 10,000.
    after : str, optional
        ``next`` of the page before.
    excluding : collection of int
        Observations that are left out.
    among : collection of int, optional
        Only these observations.

    Raises
    ------
    UsageError
        `limit` or `after` is not usable.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise UsageError(f"a page of {limit} observations", hint=f"ask for 1 to {LARGEST_PAGE}")
    with register.reading() as connection:
        chosen = [none_of(excluding)] if excluding else []
        chosen += [one_of(among)] if among is not None else []
        rows = connection.execute(_page(connection, query or ObservationQuery(), limit + 1, after, chosen)).all()
    found = tuple(Observation(**row._mapping) for row in rows[:limit])
    return Page(observations=found, next=_cursor(rows[limit - 1]) if len(rows) > limit else None)


def each_observation(
    register: Register, query: ObservationQuery | None = None, *, excluding: Collection[int] = ()
) -> Iterator[Observation]:
    """Every observation that a query asks for less those excluded, newest first, page after page."""
    after = None
    while True:
        page = list_observations(register, query, limit=1000, after=after, excluding=excluding)
        yield from page.observations
        if page.next is None:
            return
        after = page.next


def observation(register: Register, observation_id: int) -> Observation:
    """One observation in its current version, withdrawn or not.

    Raises
    ------
    UnknownRecord
        There is none of that id.
    """
    with register.reading() as connection:
        row = connection.execute(
            select(observations).where(observations.c.observation_id == observation_id)
        ).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no observation {observation_id}")
    return Observation(**row._mapping)


def licence(register: Register, licence_id: str) -> Licence:
    """The terms that records came under.

    Raises
    ------
    UnknownRecord
        There are none of that id.
    """
    with register.reading() as connection:
        row = connection.execute(select(licences).where(licences.c.licence_id == licence_id)).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no licence {licence_id}")
    return Licence(**row._mapping)


def versions(register: Register, observation_id: int) -> tuple[Version, ...]:
    """Every version of an observation, oldest first.

    Raises
    ------
    UnknownRecord
        There is no such observation.
    """
    v = observation_versions.c
    query = select(v.version, v.digest, v.recorded_at, v.recorded_by, v.reason, v.content)
    with register.reading() as connection:
        rows = connection.execute(query.where(v.observation_id == observation_id).order_by(v.version)).all()
    if not rows:
        raise UnknownRecord(f"there is no observation {observation_id}")
    return tuple(Version(**row._mapping) for row in rows)


def _page(
    connection: Connection,
    query: ObservationQuery,
    limit: int,
    after: str | None,
    chosen: Sequence[ColumnElement[bool]] = (),
) -> Select[Any]:
    """The statement for a page, driven by whichever filter is cheap.

    A filter that few rows pass is worked off through its own index, and the rows are sorted. If many rows pass
    every filter, one walks from the newest entry of an index that holds all that is filtered on, until the page is
    full.
    """
    o = observations.c
    few = _few_by_range(connection, query)
    walk = (
        not few
        and (query.bbox is not None or query.min_rate_kg_h is not None)
        and not _few_by_name(connection, query)
    )
    conditions = [*few, *_conditions(connection, query, walk=walk), *chosen]
    if after is not None:
        conditions.append(tuple_(o.time, o.observation_id) < _position(after))
    newest_first = (o.time.desc(), o.observation_id.desc())
    if walk:
        keys = select(o.observation_id).where(*conditions).order_by(*newest_first).limit(limit)
        return select(observations).where(o.observation_id.in_(keys)).order_by(*newest_first)
    return select(observations).where(*conditions).order_by(*newest_first).limit(limit)


def _few_by_range(connection: Connection, query: ObservationQuery) -> list[ColumnElement[bool]]:
    """Conditions that make the database start from box or rate, where few rows pass; empty if many do."""
    out = []
    if query.bbox is not None:
        place = boxes(*query.bbox)
        if count_in_boxes(connection, observations, place, _FEW) < _FEW:
            out.append(in_boxes(connection, observations, place))
    if query.min_rate_kg_h is not None:
        enough = observations.c.rate_kg_h >= query.min_rate_kg_h
        if _few(connection, enough):
            out.append(observations.c.observation_id.in_(select(observations.c.observation_id).where(enough)))
    return out


def _few_by_name(connection: Connection, query: ObservationQuery) -> bool:
    """Whether few rows have the source, event, scene, country or sector that is asked for."""
    if any(value is not None for value in (query.source_id, query.event_id, query.scene_id)):
        return True
    asked = [
        observations.c[name] == getattr(query, name) for name in ("country", "sector") if getattr(query, name)
    ]
    return bool(asked) and _few(connection, and_(*asked))


def _few(connection: Connection, condition: ColumnElement[bool]) -> bool:
    some = select(observations.c.observation_id).where(condition).limit(_FEW).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) < _FEW


def _conditions(connection: Connection, query: ObservationQuery, *, walk: bool) -> list[ColumnElement[bool]]:
    """What the query asks for; on a walk, written so that SQLite does not turn to a narrower index."""
    o = observations.c
    out: list[ColumnElement[bool]] = []
    plain = walk and connection.dialect.name == "sqlite"
    for name in ("sector", "country", "catalogue", "scene_id", "source_id", "event_id", "kind", "simulated"):
        value = getattr(query, name)
        if value is not None:
            out.append((unindexed(o[name]) if plain else o[name]) == value)
    if query.since is not None:
        out.append(o.time >= query.since)
    if query.until is not None:
        out.append(o.time < query.until)
    if query.min_rate_kg_h is not None:
        out.append(o.rate_kg_h >= query.min_rate_kg_h)
    if query.max_rate_kg_h is not None:
        out.append(o.rate_kg_h <= query.max_rate_kg_h)
    if query.bbox is not None:
        out.append(plainly_in_boxes(observations, boxes(*query.bbox)))
    if not query.withdrawn:
        out.append(~o.withdrawn)
    if query.exportable:
        free = connection.scalars(select(licences.c.licence_id).where(licences.c.exportable)).all()
        out.append(o.licence_id.in_(free) if free else false())
    return out


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column with a sign before it: the same value, but no index of SQLite's."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _cursor(row: Row[Any]) -> str:
    position = json.dumps([row.time.isoformat(), row.observation_id])
    return base64.urlsafe_b64encode(position.encode()).decode()


def _position(after: str) -> Any:
    try:
        time, observation_id = json.loads(base64.urlsafe_b64decode(after.encode()))
        moment = datetime.fromisoformat(time)
        if moment.utcoffset() != timedelta(0):
            raise ValueError("not UTC")
        if not 0 <= int(observation_id) < 2**63:
            raise ValueError("no id")
        return tuple_(
            moment, int(observation_id), types=[observations.c.time.type, observations.c.observation_id.type]
        )
    except (ValueError, TypeError, binascii.Error):
        raise UsageError(
            f"{after[:40]!r} is not the end of a page", hint="pass `next` of the page before"
        ) from None
