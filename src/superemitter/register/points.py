"""Conditions on where a row lies, by the point index of each database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    Table,
    and_,
    bindparam,
    column,
    func,
    or_,
    select,
    table,
)

from superemitter.register.geo import Box


def in_boxes(connection: Connection, rows: Table, boxes: Sequence[Box]) -> ColumnElement[bool]:
    """The row's point lies in one of the boxes, edges included; found through the point index.

    Parameters
    ----------
    connection : Connection
        Its dialect decides: R*Tree on SQLite, GiST on ``point(longitude, latitude)`` on PostgreSQL.
    rows : Table
        ``observations`` or ``sources``.
    boxes : sequence of (west, south, east, north)
        [degree]
    """
    if connection.dialect.name == "sqlite":
        found = or_(*(_key(rows).in_(_rtree_keys(rows, box)) for box in boxes))
        return and_(found, plainly_in_boxes(rows, boxes))
    return or_(*(_gist(rows, box) for box in boxes))


def count_in_boxes(connection: Connection, rows: Table, boxes: Sequence[Box], most: int) -> int:
    """How many rows lie in the boxes, or `most` if there are more; near their edges a few too many are counted."""
    if connection.dialect.name == "sqlite":
        queries: list[Select[Any]] = [_rtree_keys(rows, box).limit(most) for box in boxes]
    else:
        queries = [select(_key(rows)).where(_gist(rows, box)).limit(most) for box in boxes]
    counts = [connection.scalar(select(func.count()).select_from(query.subquery())) or 0 for query in queries]
    return min(most, sum(counts))


def plainly_in_boxes(rows: Table, boxes: Sequence[Box]) -> ColumnElement[bool]:
    """The same condition on the columns alone, without an index."""
    return or_(*(_exactly(rows, box) for box in boxes))


def _gist(rows: Table, box: Box) -> ColumnElement[bool]:
    west, south, east, north = (bindparam(None, value, type_=Float) for value in box)
    area = func.box(func.point(west, south), func.point(east, north))
    return func.point(rows.c.longitude, rows.c.latitude).op("<@", is_comparison=True)(area)


def _rtree_keys(rows: Table, box: Box) -> Select[tuple[int]]:
    """Keys of the rows that the R*Tree finds in a box; it rounds outwards, so a few lie just outside."""
    west, south, east, north = box
    name = _key(rows).name
    tree = table(f"{rows.name}_rtree", *(column(c) for c in (name, "west", "east", "south", "north")))
    return select(tree.c[name]).where(
        tree.c.west >= west - _ROUND,
        tree.c.east <= east + _ROUND,
        tree.c.south >= south - _ROUND,
        tree.c.north <= north + _ROUND,
    )


_ROUND = 1e-4  # the R*Tree keeps 32-bit floats: up to 1.5e-5 degrees off at longitude 180


def _exactly(rows: Table, box: Box) -> ColumnElement[bool]:
    west, south, east, north = box
    return and_(rows.c.longitude.between(west, east), rows.c.latitude.between(south, north))


def _key(rows: Table) -> ColumnElement[int]:
    return next(iter(rows.primary_key.columns))
