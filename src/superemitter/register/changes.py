"""The number of the latest change of any observation, by which whoever keeps something derived knows its age."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from superemitter.register.chosen import none_of
from superemitter.register.engine import Register
from superemitter.register.geo import Box, boxes
from superemitter.register.points import plainly_in_boxes
from superemitter.register.queries import Observation, unindexed
from superemitter.register.records import PLUME
from superemitter.register.schema import licences, observation_versions, observations


def newest_change(connection: Connection) -> int:
    """The number of the latest change of any observation; 0 before the first."""
    return int(connection.scalar(select(func.max(observation_versions.c.change))) or 0)


def next_change(connection: Connection) -> int:
    """The number for what a transaction changes; sound because it keeps other writers of observations out."""
    return newest_change(connection) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of an observation: what it is now, and when it was recorded first and last."""

    observation: Observation
    first_at: datetime
    at: datetime
    reason: str


def recent_changes(
    register: Register,
    *,
    limit: int,
    since: datetime | None = None,
    exportable: bool = False,
    excluding: Collection[int] = (),
    bbox: Box | None = None,
    country: str | None = None,
    sector: str | None = None,
    simulated: bool | None = None,
) -> tuple[Change, ...]:
    """Plumes by their last change, newest first; withdrawn ones too, so that whoever follows learns of it."""
    o, v = observations.c, observation_versions.c
    first = observation_versions.alias().c
    # SQLite would else begin with all plumes, and sort them.
    plain: Callable[[ColumnElement[Any]], ColumnElement[Any]] = (
        unindexed if register.engine.dialect.name == "sqlite" else lambda column: column
    )
    mine = (first.observation_id == o.observation_id, first.version == 1)
    began = select(first.recorded_at).where(*mine).scalar_subquery()
    newest = (plain(v.observation_id) == o.observation_id) & (plain(v.version) == o.version)
    query = (
        select(observations, v.recorded_at.label("changed_at"), v.reason, began.label("first_at"))
        .join(observation_versions, newest)
        .where(plain(o.kind) == PLUME)
        .order_by(v.change.desc(), v.observation_id.desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(v.recorded_at >= since)
    if exportable:
        query = query.where(plain(o.licence_id).in_(select(licences.c.licence_id).where(licences.c.exportable)))
    if excluding:
        query = query.where(none_of(excluding))
    if bbox is not None:
        query = query.where(plainly_in_boxes(observations, boxes(*bbox)))
    for column, value in ((o.country, country), (o.sector, sector), (o.simulated, simulated)):
        if value is not None:
            query = query.where(plain(column) == value)
    names = [one.name for one in fields(Observation)]
    with register.reading() as connection:
        return tuple(
            Change(
                observation=Observation(**{name: getattr(row, name) for name in names}),
                first_at=row.first_at,
                at=row.changed_at,
                reason=row.reason,
            )
            for row in connection.execute(query)
        )
