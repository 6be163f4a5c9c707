"""Sources and events: where plumes come from again and again, and which records show one plume."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from superemitter.model.errors import UnknownRecord
from superemitter.register.chosen import none_of
from superemitter.register.engine import Register
from superemitter.register.geo import boxes
from superemitter.register.points import in_boxes
from superemitter.register.queries import Observation
from superemitter.register.records import NON_DETECTION, PLUME
from superemitter.register.schema import events, licences, observations, scenes, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that plumes came from.

    Attributes
    ----------
    source_id : int
    longitude, latitude : float
        Of the plume that founded it. [degree]
    radius_m : float
        How near a plume must be to belong to it. [m]
    plume_count, event_count : int
        Records that are not withdrawn, and the plumes they show.
    first_time, last_time : datetime, optional
        Of its plumes; None if all are withdrawn.
    simulated : bool
    """

    source_id: int
    longitude: float
    latitude: float
    radius_m: float
    plume_count: int
    event_count: int
    first_time: datetime | None
    last_time: datetime | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeEvent:
    """One plume with the record of each catalogue that shows it."""

    event_id: int
    time: datetime
    longitude: float
    latitude: float
    simulated: bool
    records: tuple[Observation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A registered scene that holds a source's point.

    Attributes
    ----------
    scene_id : str
    time : datetime
    detected : bool
    probability_of_detection : float or None
        If nothing was detected: the probability that a plume of interest would have been. None: cannot say,
        because no detection limit of the scene is known; such a pass does not say whether the leak has stopped.
    observation_id : int or None
        The plume, or the non-detection.
    """

    scene_id: str
    time: datetime
    detected: bool
    probability_of_detection: float | None
    observation_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """Days with a plume over days with a look, by registered scenes; `value` is None if there was no look."""

    detection_days: int
    observation_days: int

    @property
    def value(self) -> float | None:
        """Share of the days looked at on which a plume was seen."""
        return self.detection_days / self.observation_days if self.observation_days else None


def source(register: Register, source_id: int) -> Source:
    """One source.

    Raises
    ------
    UnknownRecord
        There is none of that id.
    """
    with register.reading() as connection:
        row = connection.execute(_summaries().where(sources.c.source_id == source_id)).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no source {source_id}")
    return Source(**row._mapping)


def list_sources(
    register: Register,
    *,
    bbox: tuple[float, float, float, float] | None = None,
    limit: int = 100,
    after: int = 0,
    exportable: bool = False,
    excluding: Collection[int] = (),
    source_id: int | None = None,
    simulated: bool | None = None,
) -> tuple[Source, ...]:
    """Sources, in a box or everywhere, in order of their id; pass the last id as `after` for the next ones.

    Parameters
    ----------
    register : Register
    bbox : (west, south, east, north), optional
        [degree]
    limit, after : int
    exportable : bool
        Count only records whose licence lets them leave the register, and give no source that has none.
    excluding : collection of int
        Observations that do not count; a source that has no others is left out.
    source_id : int, optional
        Only this source.
    simulated : bool, optional
    """
    narrowed = exportable or bool(excluding)
    with register.reading() as connection:
        query = _summaries(exportable=exportable, excluding=excluding).where(sources.c.source_id > after)
        if bbox is not None:
            query = query.where(in_boxes(connection, sources, boxes(*bbox)))
        if source_id is not None:
            query = query.where(sources.c.source_id == source_id)
        if simulated is not None:
            query = query.where(sources.c.simulated == simulated)
        if narrowed:
            query = query.where(exists().where(*_own(exportable=exportable, excluding=excluding)))
        rows = connection.execute(query.order_by(sources.c.source_id).limit(limit))
        return tuple(Source(**row._mapping) for row in rows)


def event(register: Register, event_id: int) -> PlumeEvent:
    """One plume with all its records, those of non-commercial catalogues included.

    Raises
    ------
    UnknownRecord
        There is none of that id.
    """
    with register.reading() as connection:
        row = connection.execute(select(events).where(events.c.event_id == event_id)).one_or_none()
        if row is None:
            raise UnknownRecord(f"there is no event {event_id}")
        query = select(observations).where(observations.c.event_id == event_id, ~observations.c.withdrawn)
        records = connection.execute(query.order_by(observations.c.observation_id))
        return PlumeEvent(**row._mapping, records=tuple(Observation(**r._mapping) for r in records))


def passes(register: Register, source_id: int) -> tuple[Pass, ...]:
    """Every registered scene that holds a source's point, oldest first: plume seen or not.

    Raises
    ------
    UnknownRecord
        There is no such source.
    """
    with register.reading() as connection:
        row = connection.execute(select(sources).where(sources.c.source_id == source_id)).one_or_none()
        if row is None:
            raise UnknownRecord(f"there is no source {source_id}")
        looks = connection.execute(
            select(scenes)
            .where(_box_holds(row.longitude, row.latitude), scenes.c.simulated == row.simulated)
            .order_by(scenes.c.time, scenes.c.scene_id)
        ).all()
        inside = [look for look in looks if _outline_holds(look.outline, row.longitude, row.latitude)]
        found = _observations_of(connection, [look.scene_id for look in inside], source_id)
    return tuple(_pass(look, found) for look in inside)


def persistence(register: Register, source_id: int) -> Persistence:
    """On how many of the days on which a registered scene looked at a source a plume was seen; days are UTC."""
    looks = passes(register, source_id)
    return Persistence(
        detection_days=len({look.time.date() for look in looks if look.detected}),
        observation_days=len({look.time.date() for look in looks}),
    )


def _own(*, exportable: bool = False, excluding: Collection[int] = ()) -> list[ColumnElement[bool]]:
    """Conditions for an observation that counts for a source."""
    o = observations.c
    out = [o.source_id == sources.c.source_id, o.kind == PLUME, ~o.withdrawn]
    if exportable:
        out.append(o.licence_id.in_(select(licences.c.licence_id).where(licences.c.exportable)))
    if excluding:
        out.append(none_of(excluding))
    return out


def _summaries(*, exportable: bool = False, excluding: Collection[int] = ()) -> Select[Any]:
    o = observations.c
    own = and_(*_own(exportable=exportable, excluding=excluding))
    return select(
        sources,
        select(func.count()).where(own).scalar_subquery().label("plume_count"),
        select(func.count(o.event_id.distinct())).where(own).scalar_subquery().label("event_count"),
        select(func.min(o.time)).where(own).scalar_subquery().label("first_time"),
        select(func.max(o.time)).where(own).scalar_subquery().label("last_time"),
    )


def _box_holds(longitude: float, latitude: float) -> ColumnElement[bool]:
    s = scenes.c
    within = or_(
        and_(s.west <= s.east, s.west <= longitude, s.east >= longitude),
        and_(s.west > s.east, or_(s.west <= longitude, s.east >= longitude)),
    )
    return and_(s.south <= latitude, s.north >= latitude, within)


def _outline_holds(outline: Mapping[str, Any], longitude: float, latitude: float) -> bool:
    return bool(shapely.covers(shapely.geometry.shape(outline), shapely.Point(longitude, latitude)))


def _observations_of(connection: Connection, scene_ids: list[str], source_id: int) -> dict[tuple[str, str], Any]:
    """The source's plume, and the scene's non-detection, by scene and kind."""
    o = observations.c
    query = select(o.scene_id, o.kind, o.observation_id, o.probability_of_detection).where(
        o.scene_id.in_(scene_ids),
        ~o.withdrawn,
        or_(and_(o.kind == PLUME, o.source_id == source_id), o.kind == NON_DETECTION),
    )
    return {(row.scene_id, row.kind): row for row in connection.execute(query)}


def _pass(look: Row[Any], found: Mapping[tuple[str, str], Any]) -> Pass:
    plume, nothing = found.get((look.scene_id, PLUME)), found.get((look.scene_id, NON_DETECTION))
    seen = plume if plume is not None else nothing
    return Pass(
        scene_id=look.scene_id,
        time=look.time,
        detected=plume is not None,
        probability_of_detection=nothing.probability_of_detection if plume is None and nothing else None,
        observation_id=seen.observation_id if seen is not None else None,
    )
