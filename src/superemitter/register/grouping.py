"""Which records show the same plume (one event), and which plumes come from the same place (one source).

Event: records of *different* catalogues, at most :attr:`GroupingRules.window` apart in time and no farther apart
than the sum of their position errors. One catalogue lists plumes apart because they are apart: they are never
joined.

Source: plumes within the smaller of the two radii of each other's points. A source keeps the point and the radius
of the plume that founded it, so that it stays where it is. A coarse look (TROPOMI) does not join
a source that a fine one founded: it cannot say which of the fine sources it saw.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, insert, select

from superemitter.register.geo import METRES_PER_DEGREE, around, distance_m
from superemitter.register.points import in_boxes
from superemitter.register.schema import observations, sources

_CLUSTER: Final = 1000
_QUIET: Final = timedelta(hours=6)
_TILE_DEG: Final = 5.0
_CELL_DEG: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingRules:
    """How near is the same.

    Attributes
    ----------
    window : timedelta
        Greatest difference in time of two records of one plume.
    default_error_m : float
        Position error of a record that states none: two such records match within 1.5 km. [m]
    source_radius_m : float
        Plumes this near to a source's point belong to it, or their position error if that is larger. [m]
    """

    window: timedelta = timedelta(minutes=10)
    default_error_m: float = 750.0
    source_radius_m: float = 500.0


class Placed(NamedTuple):
    """A plume to be grouped; `own_id` is that of its observation if the register holds it already."""

    catalogue: str
    time: datetime
    longitude: float
    latitude: float
    position_error_m: float | None
    simulated: bool
    own_id: int | None = None


class Match(NamedTuple):
    """An event that a plume belongs to, and the event's source."""

    event_id: int
    source_id: int


class _Seen(NamedTuple):
    event_id: int
    source_id: int
    catalogue: str
    time: datetime
    longitude: float
    latitude: float
    position_error_m: float | None


def match_events(connection: Connection, plumes: Sequence[Placed], rules: GroupingRules) -> list[Match | None]:
    """For each plume of one catalogue the event of others that it belongs to, or None; nearest pairs first."""
    out: list[Match | None] = [None] * len(plumes)
    taken: set[int] = set()
    for cluster in _clusters(plumes):
        pairs = _pairs(connection, plumes, cluster, rules)
        taken |= _events_with(connection, plumes, cluster, {row.event_id for _, _, row in pairs})
        for _, i, row in sorted(pairs, key=lambda pair: pair[:2]):
            if out[i] is None and row.event_id not in taken:
                out[i] = Match(row.event_id, row.source_id)
                taken.add(row.event_id)
    return out


def _pairs(
    connection: Connection, plumes: Sequence[Placed], cluster: Sequence[int], rules: GroupingRules
) -> list[tuple[float, int, _Seen]]:
    """Every plume of a cluster with every record of another catalogue that could show it, and how far they are."""
    first, last = plumes[cluster[0]], plumes[cluster[-1]]
    asked = {"low": first.time - rules.window, "high": last.time + rules.window}
    rows = connection.execute(_SEEN, {**asked, "mine": first.catalogue, "simulated_": first.simulated})
    seen = [_Seen(*row) for row in rows]
    times = [row.time for row in seen]
    out = []
    for i in cluster:
        plume = plumes[i]
        low = bisect.bisect_left(times, plume.time - rules.window)
        high = bisect.bisect_right(times, plume.time + rules.window)
        out += [(d, i, row) for row in seen[low:high] if (d := _match_distance(plume, row, rules)) is not None]
    return out


def _events_with(
    connection: Connection, plumes: Sequence[Placed], cluster: Sequence[int], event_ids: set[int]
) -> set[int]:
    """Those events that have a record of this catalogue already, the plumes' own rows aside."""
    if not event_ids:
        return set()
    o = observations.c
    query = select(o.event_id, o.observation_id).where(
        o.event_id.in_(event_ids), o.catalogue == plumes[cluster[0]].catalogue, ~o.withdrawn
    )
    own = {plumes[i].own_id for i in cluster}
    return {row.event_id for row in connection.execute(query) if row.observation_id not in own}


def same_place(a: Placed, b: Placed, rules: GroupingRules) -> bool:
    """Whether two plumes could be one by time and distance."""
    limit = _error(a.position_error_m, rules) + _error(b.position_error_m, rules)
    apart = distance_m(a.longitude, a.latitude, b.longitude, b.latitude)
    return abs(a.time - b.time) <= rules.window and apart <= limit


def assign_sources(
    connection: Connection, plumes: Sequence[Placed], rules: GroupingRules, next_id: int
) -> list[int]:
    """The source of each plume; founds, and stores, one where there is none.

    Parameters
    ----------
    connection : Connection
        In a transaction that keeps other writers of observations out.
    plumes : sequence of Placed
        Earlier ones found a source, later ones join it.
    rules : GroupingRules
    next_id : int
        Number of the first source to be founded.
    """
    out = [0] * len(plumes)

    def tile(i: int) -> tuple[int, int, bool]:
        plume = plumes[i]
        return math.floor(plume.longitude / _TILE_DEG), math.floor(plume.latitude / _TILE_DEG), plume.simulated

    for _, members in groupby(sorted(range(len(plumes)), key=tile), key=tile):
        indices = list(members)
        grid = _load(connection, [plumes[i] for i in indices], rules)
        founded: list[dict[str, object]] = []
        for i in indices:
            plume = plumes[i]
            radius = _radius(plume, rules)
            found = grid.nearest(plume.longitude, plume.latitude, radius)
            if found is None:
                found = next_id + len(founded)
                founded.append(_source(found, plume, radius))
                grid.add(found, plume.longitude, plume.latitude, radius)
            out[i] = found
        if founded:  # at once, so that the next tile sees them across its edge
            connection.execute(insert(sources), founded)
            next_id += len(founded)
    return out


def _load(connection: Connection, plumes: Sequence[Placed], rules: GroupingRules) -> _Grid:
    """The sources that any of these plumes could join."""
    lons, lats = [p.longitude for p in plumes], [p.latitude for p in plumes]
    near = around(min(lons), min(lats), max(lons), max(lats), max(_radius(p, rules) for p in plumes))
    query = select(sources.c.source_id, sources.c.longitude, sources.c.latitude, sources.c.radius_m)
    query = query.where(sources.c.simulated == plumes[0].simulated, in_boxes(connection, sources, near))
    grid = _Grid()
    for row in connection.execute(query.order_by(sources.c.source_id)):
        grid.add(*row)
    return grid


def _radius(plume: Placed, rules: GroupingRules) -> float:
    return max(rules.source_radius_m, plume.position_error_m or 0.0)


def _source(source_id: int, plume: Placed, radius_m: float) -> dict[str, object]:
    return {
        "source_id": source_id,
        "longitude": plume.longitude,
        "latitude": plume.latitude,
        "radius_m": radius_m,
        "simulated": plume.simulated,
    }


class _Grid:
    """Points in cells of 0.02 degrees, for the nearest within a radius."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[int, float, float, float]]] = {}
        self._columns = round(360.0 / _CELL_DEG)

    def _cell(self, longitude: float, latitude: float) -> tuple[int, int]:
        return math.floor((longitude + 180.0) / _CELL_DEG) % self._columns, math.floor(latitude / _CELL_DEG)

    def add(self, source_id: int, longitude: float, latitude: float, radius_m: float) -> None:
        self._cells.setdefault(self._cell(longitude, latitude), []).append(
            (source_id, longitude, latitude, radius_m)
        )

    def nearest(self, longitude: float, latitude: float, radius_m: float) -> int | None:
        best: tuple[float, int] | None = None
        for source_id, lon, lat, source_radius in self._around(longitude, latitude, radius_m):
            apart = distance_m(longitude, latitude, lon, lat)
            if apart <= min(radius_m, source_radius) and (best is None or (apart, source_id) < best):
                best = (apart, source_id)
        return best[1] if best else None

    def _around(
        self, longitude: float, latitude: float, radius_m: float
    ) -> Iterator[tuple[int, float, float, float]]:
        column, row = self._cell(longitude, latitude)
        rows = math.ceil(radius_m / (_CELL_DEG * METRES_PER_DEGREE))
        shrink = math.cos(math.radians(min(90.0, abs(latitude) + rows * _CELL_DEG)))
        columns = min(self._columns // 2, math.ceil(rows / max(shrink, 1e-9)))
        if (2 * rows + 1) * (2 * columns + 1) > len(self._cells):
            for cell in self._cells.values():
                yield from cell
            return
        for y in range(row - rows, row + rows + 1):
            for x in range(column - columns, column + columns + 1):
                yield from self._cells.get((x % self._columns, y), ())


def _clusters(plumes: Sequence[Placed]) -> Iterable[list[int]]:
    """Indices in order of time, cut where nothing happens for long, and where a cluster gets long."""
    cluster: list[int] = []
    for i in sorted(range(len(plumes)), key=lambda i: (plumes[i].simulated, plumes[i].time)):
        if cluster:
            last = plumes[cluster[-1]]
            gap = plumes[i].time - last.time > _QUIET or plumes[i].simulated != last.simulated
            if gap or len(cluster) >= _CLUSTER:
                yield cluster
                cluster = []
        cluster.append(i)
    if cluster:
        yield cluster


def _seen() -> Select[Any]:
    o = observations.c
    columns = (o.event_id, o.source_id, o.catalogue, o.time, o.longitude, o.latitude, o.position_error_m)
    return (
        select(*columns)
        .where(o.time.between(bindparam("low"), bindparam("high")), o.catalogue != bindparam("mine"))
        .where(o.event_id.is_not(None), o.simulated == bindparam("simulated_"), ~o.withdrawn)
        .order_by(o.time)
    )


_SEEN: Final = _seen()


def _match_distance(plume: Placed, row: _Seen, rules: GroupingRules) -> float | None:
    limit = _error(plume.position_error_m, rules) + _error(row.position_error_m, rules)
    if abs(row.latitude - plume.latitude) * METRES_PER_DEGREE > limit * 1.01:
        return None
    apart = distance_m(plume.longitude, plume.latitude, row.longitude, row.latitude)
    return apart if apart <= limit else None


def _error(position_error_m: float | None, rules: GroupingRules) -> float:
    return rules.default_error_m if position_error_m is None else position_error_m
