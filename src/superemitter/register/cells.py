"""Plumes for a map: counted in cells where there are many, one by one where there are few."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, select

from superemitter.model.errors import UsageError
from superemitter.model.types import BoolArray, FloatArray, IntArray
from superemitter.register.changes import newest_change
from superemitter.register.columns import (
    EXPORTABLE,
    NAMED,
    SIMULATED,
    WITHDRAWN,
    PlumeColumns,
    load_columns,
    load_names,
    positions,
    renew_columns,
)
from superemitter.register.engine import Register
from superemitter.register.geo import Box, boxes, mercator_y
from superemitter.register.queries import Observation, ObservationQuery
from superemitter.register.records import PLUME
from superemitter.register.schema import microseconds, observations

#: Cells along the equator at zoom 0; each zoom doubles them. On a map of 512 pixels at zoom 0, 64 pixels a cell.
CELLS_AT_ZOOM_0: Final = 8
LARGEST_ZOOM: Final = 24
MOST_CELLS: Final = 10_000
#: With no more plumes than this in the box, they are shown one by one.
FEW_PLUMES: Final = 400
_WORLD: Final = (-180.0, -90.0, 180.0, 90.0)
_REMEMBERED: Final = 128
_NO_IDS: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapCell:
    """Plumes that lie in one cell of the map's grid.

    Attributes
    ----------
    longitude, latitude : float
        The middle of its plumes, so that a cell is never shown where there is none. [degree]
    count : int
    max_rate_kg_h : float, optional
        None if no rate is known of any of them. [kg h-1]
    """

    longitude: float
    latitude: float
    count: int
    max_rate_kg_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapView:
    """What a map shows of a box: either cells, or single plumes with the greatest rate last.

    Attributes
    ----------
    total : int
        Plumes in the box.
    change : int
        State of the register; equal changes and questions give equal answers.
    zoom : int
        The zoom of the grid: less than was asked for if the box would have too many cells.
    cells : tuple of MapCell
        From west to east and north to south.
    plumes : tuple of Observation
    """

    total: int
    change: int
    zoom: int
    cells: tuple[MapCell, ...]
    plumes: tuple[Observation, ...]


class PlumeMap:
    """Answers maps of one register, from columns that it keeps in memory; may be asked from several threads.

    About 45 bytes a plume, and 4 more for each text column that somebody filters by.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._lock = threading.Lock()
        self._columns: PlumeColumns | None = None
        self._answers: OrderedDict[Any, MapView] = OrderedDict()

    def warm(self) -> None:
        """Read the columns now, so that no reader waits for them."""
        with self._register.reading() as connection:
            self._current(connection)

    def view(
        self,
        query: ObservationQuery | None = None,
        *,
        zoom: int,
        excluding: Collection[int] = _NO_IDS,
        among: Collection[int] | None = None,
        few: int = FEW_PLUMES,
    ) -> MapView:
        """What a map shows of the plumes that a query asks for.

        Parameters
        ----------
        query : ObservationQuery, optional
            Its box is what is in view; without one, the world.
        zoom : int
            0 to 24: cells have a quarter of the area at each further one.
        excluding : collection of int
            Observations that are not shown and not counted.
        among : collection of int, optional
            Only these observations.
        few : int
            No more plumes than this are shown one by one.

        Raises
        ------
        UsageError
            There is no such zoom, or the query asks for something else than plumes.
        """
        query = query or ObservationQuery()
        if not 0 <= zoom <= LARGEST_ZOOM:
            raise UsageError(f"a map of zoom {zoom}", hint=f"ask for 0 to {LARGEST_ZOOM}")
        if query.kind != PLUME:
            raise UsageError("a map shows plumes only", hint="non-detections have no place")
        only = None if among is None else frozenset(among)
        with self._register.reading() as connection:
            key = (newest_change(connection), query, zoom, frozenset(excluding), only, few)
            known = self._remembered(key)
            if known is not None:
                return known
            columns = self._current(connection)
            chosen = self._chosen(connection, columns, query, key[3], only)
            view = _view(connection, columns, chosen, query.bbox or _WORLD, zoom, few)
        self._remember(key, view)
        return view

    def _current(self, connection: Connection) -> PlumeColumns:
        """The columns as the register is now."""
        with self._lock:
            old = self._columns
            self._columns = load_columns(connection) if old is None else renew_columns(connection, old)
            return self._columns

    def _chosen(
        self,
        connection: Connection,
        columns: PlumeColumns,
        query: ObservationQuery,
        excluding: frozenset[int],
        only: frozenset[int] | None,
    ) -> IntArray:
        """Positions of the plumes that pass every filter."""
        passes = _plain_filters(columns, query)
        for name in NAMED:
            value = getattr(query, name)
            if value is not None:
                with self._lock:
                    if name not in columns.names:
                        columns.names[name] = load_names(connection, columns.ids, name)
                passes &= columns.names[name].equal(value)
        for ids in (_ids_by_key(connection, query), only):
            if ids is not None:
                passes &= _is_one_of(columns, ids)
        if excluding:
            passes &= ~_is_one_of(columns, excluding)
        return np.flatnonzero(passes)

    def _remembered(self, key: Any) -> MapView | None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def _remember(self, key: Any, view: MapView) -> None:
        """Keep an answer, unless something was stored meanwhile: it would stand under the wrong number."""
        if key[0] != view.change:
            return
        with self._lock:
            self._answers[key] = view
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)


def _plain_filters(columns: PlumeColumns, query: ObservationQuery) -> BoolArray:
    """The filters on place, time, rate and flags, as :func:`superemitter.register.list_observations` has them."""
    wanted, asked = 0, 0
    if not query.withdrawn:
        asked |= WITHDRAWN
    if query.exportable:
        asked, wanted = asked | EXPORTABLE, wanted | EXPORTABLE
    if query.simulated is not None:
        asked, wanted = asked | SIMULATED, wanted | (SIMULATED if query.simulated else 0)
    passes: BoolArray = (columns.flags & asked) == wanted
    if query.bbox is not None:
        passes &= _inside(columns, boxes(*query.bbox))
    if query.since is not None:
        passes &= columns.time >= microseconds(query.since)
    if query.until is not None:
        passes &= columns.time < microseconds(query.until)
    if query.min_rate_kg_h is not None:
        passes &= columns.rate_kg_h >= query.min_rate_kg_h
    if query.max_rate_kg_h is not None:
        passes &= columns.rate_kg_h <= query.max_rate_kg_h
    return passes


def _inside(columns: PlumeColumns, place: Collection[Box]) -> BoolArray:
    lon, lat = columns.longitude, columns.latitude
    parts = [(lon >= w) & (lon <= e) & (lat >= s) & (lat <= n) for w, s, e, n in place]
    return np.asarray(np.logical_or.reduce(parts))


def _is_one_of(columns: PlumeColumns, ids: Collection[int]) -> BoolArray:
    out = np.zeros(columns.ids.size, dtype=bool)
    out[positions(columns.ids, np.fromiter(ids, dtype=np.int64, count=len(ids)))] = True
    return out


def _ids_by_key(connection: Connection, query: ObservationQuery) -> list[int] | None:
    """Observations of the scene, source and event that are asked for; None if none is."""
    o = observations.c
    asked = [
        o[name] == getattr(query, name)
        for name in ("scene_id", "source_id", "event_id")
        if getattr(query, name) is not None
    ]
    return list(connection.scalars(select(o.observation_id).where(*asked))) if asked else None


def _view(
    connection: Connection, columns: PlumeColumns, chosen: IntArray, bbox: Box, zoom: int, few: int
) -> MapView:
    zoom = _affordable(bbox, zoom)
    if chosen.size <= few:
        plumes = _plumes(connection, columns.ids[chosen])
        return MapView(total=chosen.size, change=columns.change, zoom=zoom, cells=(), plumes=plumes)
    cells = _cells(columns, chosen, bbox, zoom)
    return MapView(total=chosen.size, change=columns.change, zoom=zoom, cells=cells, plumes=())


def _plumes(connection: Connection, ids: IntArray) -> tuple[Observation, ...]:
    query = select(*(observations.c[one.name] for one in fields(Observation)))
    rows = connection.execute(query.where(observations.c.observation_id.in_(ids.tolist()))).all()
    found = [Observation(**row._mapping) for row in rows]
    return tuple(sorted(found, key=lambda one: (one.rate_kg_h or 0.0, one.observation_id)))


def _affordable(bbox: Box, zoom: int) -> int:
    """The zoom, or the greatest below it at which the box has few enough cells."""
    while zoom > 0 and np.prod(_grid(bbox, zoom)[1:]) > MOST_CELLS:
        zoom -= 1
    return zoom


def _grid(bbox: Box, zoom: int) -> tuple[tuple[int, int], int, int]:
    """First column and row of the cells that cover a box, and how many columns and rows there are."""
    west, south, east, north = bbox
    across = CELLS_AT_ZOOM_0 << zoom
    width = (east - west) % 360.0 or 360.0
    first_column = int((west + 180.0) / 360.0 * across)
    columns = min(across, int(width / 360.0 * across) + 2)
    top, bottom = (float(mercator_y(np.asarray(latitude))) for latitude in (north, south))
    first_row = min(int(top * across), across - 1)
    rows = min(int(bottom * across), across - 1) - first_row + 1
    return (first_column, first_row), columns, rows


def _cells(columns: PlumeColumns, chosen: IntArray, bbox: Box, zoom: int) -> tuple[MapCell, ...]:
    across = CELLS_AT_ZOOM_0 << zoom
    (first_column, first_row), wide, high = _grid(bbox, zoom)
    lon, lat = columns.longitude[chosen], columns.latitude[chosen]
    column = (((lon + 180.0) / 360.0 * across).astype(np.int64) - first_column) % across
    row = np.minimum((columns.y[chosen] * across).astype(np.int64), across - 1) - first_row
    cell = np.minimum(column, wide - 1) + wide * np.clip(row, 0, high - 1)
    count = np.bincount(cell, minlength=wide * high)
    east = np.bincount(cell, weights=(lon - bbox[0]) % 360.0, minlength=wide * high)
    north = np.bincount(cell, weights=lat, minlength=wide * high)
    greatest = _greatest(cell, columns.rate_kg_h[chosen], wide * high)
    return tuple(
        MapCell(
            longitude=round((bbox[0] + float(east[k] / count[k]) + 180.0) % 360.0 - 180.0, 5),
            latitude=round(float(north[k] / count[k]), 5),
            count=int(count[k]),
            max_rate_kg_h=None if greatest[k] < 0 else float(greatest[k]),
        )
        for k in np.flatnonzero(count)
    )


def _greatest(cell: IntArray, rate: FloatArray, cells: int) -> FloatArray:
    """The greatest known rate in each cell, -1 where none is known."""
    out = np.full(cells, -1.0)
    np.maximum.at(out, cell, np.where(np.isnan(rate), -1.0, rate))
    return out
