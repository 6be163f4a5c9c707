"""Ask the register for scenes and the records of their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import ColumnElement, and_, or_, select

from superemitter.register.engine import Register
from superemitter.register.geo import Box, boxes
from superemitter.register.schema import runs, scenes


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRow:
    """A scene as it was registered last.

    Attributes
    ----------
    scene_id, instrument : str
    time : datetime
    outline : mapping
        GeoJSON geometry.
    run_id : str
    checksums : mapping
        ``inputs`` and ``outputs``: file name to SHA-256.
    simulated : bool
    """

    scene_id: str
    instrument: str
    time: datetime
    outline: Mapping[str, Any]
    run_id: str
    checksums: Mapping[str, Any]
    simulated: bool


def scene(register: Register, scene_id: str) -> SceneRow | None:
    """A registered scene, or None."""
    with register.reading() as connection:
        row = connection.execute(select(scenes).where(scenes.c.scene_id == scene_id)).one_or_none()
    return None if row is None else _scene(row)


def scenes_over(register: Register, longitude: float, latitude: float) -> tuple[SceneRow, ...]:
    """Every registered scene whose outline holds a point, oldest first. [degree]"""
    s = scenes.c
    wide = or_(
        and_(s.west <= s.east, s.west <= longitude, s.east >= longitude),
        and_(s.west > s.east, or_(s.west <= longitude, s.east >= longitude)),
    )
    query = select(scenes).where(wide, s.south <= latitude, s.north >= latitude).order_by(s.time, s.scene_id)
    with register.reading() as connection:
        found = [_scene(row) for row in connection.execute(query)]
    point = shapely.Point(longitude, latitude)
    return tuple(one for one in found if shapely.covers(shapely.geometry.shape(one.outline), point))


def list_scenes(
    register: Register,
    *,
    bbox: Box | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    after: tuple[datetime, str] | None = None,
) -> tuple[SceneRow, ...]:
    """Scenes whose bounds touch a box, newest first; pass time and id of the last as `after` for the next ones."""
    s = scenes.c
    query = select(scenes).order_by(s.time.desc(), s.scene_id.desc()).limit(limit)
    if bbox is not None:
        query = query.where(or_(*(_touches(one) for one in boxes(*bbox))))
    if since is not None:
        query = query.where(s.time >= since)
    if until is not None:
        query = query.where(s.time < until)
    if after is not None:
        query = query.where(or_(s.time < after[0], and_(s.time == after[0], s.scene_id < after[1])))
    with register.reading() as connection:
        return tuple(_scene(row) for row in connection.execute(query))


def _touches(box: Box) -> ColumnElement[bool]:
    """Whether a scene's bounds touch a box that does not cross the antimeridian."""
    s, (west, south, east, north) = scenes.c, box
    wide = or_(
        and_(s.west <= s.east, s.west <= east, s.east >= west),
        and_(s.west > s.east, or_(s.west <= east, s.east >= west)),
    )
    return and_(s.south <= north, s.north >= south, wide)


def run_record(register: Register, run_id: str) -> Mapping[str, Any] | None:
    """The record of a run, as ``run.json`` holds it, or None."""
    with register.reading() as connection:
        record: Mapping[str, Any] | None = connection.scalar(select(runs.c.record).where(runs.c.run_id == run_id))
    return record


def _scene(row: Any) -> SceneRow:
    return SceneRow(**{name: getattr(row, name) for name in SceneRow.__dataclass_fields__})
