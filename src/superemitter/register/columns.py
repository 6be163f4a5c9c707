"""Every plume's place, rate, time and names as columns in memory, kept in step with the register.

A map of a million plumes asks about all of them at once. A grouping query takes a database more than a second for
that; columns take milliseconds. They are read once, and afterwards only what changed: every version of an
observation carries the number of the change that wrote it, so one look at the greatest number tells whether
anything is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Select, select, text

from superemitter.model.types import BoolArray, FloatArray, IntArray
from superemitter.register.changes import newest_change
from superemitter.register.geo import mercator_y
from superemitter.register.records import PLUME
from superemitter.register.schema import licences, observation_versions, observations

SIMULATED, WITHDRAWN, EXPORTABLE = 1, 2, 4
NAMED: Final = ("sector", "country", "catalogue")
_ROW: Final = np.dtype(
    [("id", "i8"), ("lon", "f8"), ("lat", "f8"), ("rate", "f8"), ("time", "i8"), ("flags", "i2")]
)
_NO_RATE: Final = -1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Names:
    """A text column: the texts, and for each plume which one it has (-1 for none)."""

    values: tuple[str, ...]
    code: IntArray

    def equal(self, value: str) -> BoolArray:
        """Whether each plume has this text."""
        number = self.values.index(value) if value in self.values else -2
        return np.asarray(self.code == number)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlumeColumns:
    """All plumes at one state of the register, by id.

    Attributes
    ----------
    change : int
        The greatest change they hold.
    ids : (plume,) int64 array
        Ascending.
    longitude, latitude : (plume,) float64 array
        [degree]
    y : (plume,) float64 array
        Web-Mercator, 0 at 85.05 degrees north, 1 at 85.05 degrees south.
    rate_kg_h : (plume,) float64 array
        NaN where none is known. [kg h-1]
    time : (plume,) int64 array
        [microseconds since 1970]
    flags : (plume,) uint8 array
        Sum of ``SIMULATED``, ``WITHDRAWN``, ``EXPORTABLE``.
    names : dict of str to Names
        Text columns that somebody asked for so far.
    """

    change: int
    ids: IntArray
    longitude: FloatArray
    latitude: FloatArray
    y: FloatArray
    rate_kg_h: FloatArray
    time: IntArray
    flags: IntArray
    names: dict[str, Names] = field(default_factory=dict)


def load_columns(connection: Connection) -> PlumeColumns:
    """Read every plume."""
    change = newest_change(connection)  # first: what is written meanwhile is read again later, never missed
    reader = _sqlite_rows if connection.dialect.name == "sqlite" else _postgresql_rows
    return _columns(change, reader(connection))


def load_names(connection: Connection, ids: IntArray, name: str) -> Names:
    """One of the text columns in `NAMED`, for the plumes of `ids`."""
    code = np.full(ids.size, -1, dtype=np.int32)
    values: list[str] = []
    for value, members in _members(connection, name).items():
        place = np.searchsorted(ids, members)
        place = (
            place[(place < ids.size) & (ids[np.minimum(place, ids.size - 1)] == members)]
            if ids.size
            else place[:0]
        )
        code[place] = len(values)
        values.append(value)
    return Names(values=tuple(values), code=code)


def positions(ids: IntArray, wanted: IntArray) -> IntArray:
    """Where those of `wanted` that are among the ascending `ids` stand there."""
    if not ids.size:
        return np.empty(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.asarray(place[ids[place] == wanted])


def renew_columns(connection: Connection, old: PlumeColumns) -> PlumeColumns:
    """The columns with everything that changed since; `old` itself if nothing did."""
    change = newest_change(connection)
    if change == old.change:
        return old
    v, o = observation_versions.c, observations.c
    changed = select(v.observation_id).where(v.change > old.change)
    query = _plain_rows(connection, *(o[name] for name in NAMED)).where(o.observation_id.in_(changed))
    found = connection.execute(query).all()
    if not found:
        return _merged(old, change, np.empty(0, dtype=_ROW), {name: [] for name in old.names})
    first = len(_COLUMNS) + 1  # behind the flags
    new = np.array([tuple(row[:first]) for row in found], dtype=_ROW)
    texts = {name: [row[first + NAMED.index(name)] for row in found] for name in old.names}
    return _merged(old, change, new, texts)


def _merged(old: PlumeColumns, change: int, new: Any, texts: Mapping[str, list[str | None]]) -> PlumeColumns:
    """Old rows that did not change and the new ones, by id."""
    fresh = _columns(change, new, ordered=False)
    stays = ~np.isin(old.ids, fresh.ids)
    order = np.argsort(np.concatenate([old.ids[stays], fresh.ids]), kind="stable")

    def both(name: str) -> Any:
        return np.concatenate([getattr(old, name)[stays], getattr(fresh, name)])[order]

    names = {}
    for name, known in old.names.items():
        values = list(dict.fromkeys([*known.values, *(one for one in texts[name] if one is not None)]))
        number = {value: k for k, value in enumerate(values)}
        code = np.array([-1 if one is None else number[one] for one in texts[name]], dtype=np.int32)
        names[name] = Names(values=tuple(values), code=np.concatenate([known.code[stays], code])[order])
    kept = ("ids", "longitude", "latitude", "y", "rate_kg_h", "time", "flags")
    return PlumeColumns(change=change, names=names, **{name: both(name) for name in kept})


def _columns(change: int, rows: Any, *, ordered: bool = True) -> PlumeColumns:
    if ordered:
        rows = rows[np.argsort(rows["id"], kind="stable")]
    latitude = np.ascontiguousarray(rows["lat"])
    return PlumeColumns(
        change=change,
        ids=np.ascontiguousarray(rows["id"]),
        longitude=np.ascontiguousarray(rows["lon"]),
        latitude=latitude,
        y=mercator_y(latitude),
        rate_kg_h=np.where(rows["rate"] < 0, np.nan, rows["rate"]),
        time=np.ascontiguousarray(rows["time"]),
        flags=rows["flags"].astype(np.uint8),
    )


# ---- what the databases are asked

_FREE: Final = select(licences.c.licence_id).where(licences.c.exportable)
_COLUMNS: Final = MappingProxyType(
    {
        "id": "observation_id",
        "lon": "longitude",
        "lat": "latitude",
        "rate": f"coalesce(rate_kg_h, {_NO_RATE})",
        "time": "time",
    }
)


def _flags(connection: Connection) -> tuple[str, dict[str, str]]:
    """SQL of a plume's flags, and its parameters: the licences that let a record leave."""
    free = {f"free{k}": licence for k, licence in enumerate(connection.scalars(_FREE).all())}
    inside = f"licence_id IN ({', '.join(f':{name}' for name in free)})" if free else "1 = 0"
    parts = (("simulated", SIMULATED), ("withdrawn", WITHDRAWN), (inside, EXPORTABLE))
    return " + ".join(f"CASE WHEN {what} THEN {value} ELSE 0 END" for what, value in parts), free


_WHERE: Final = f"FROM observations WHERE kind = '{PLUME}'"  # plumes always have a place


def _plain_rows(connection: Connection, *more: Any) -> Select[Any]:
    flags, free = _flags(connection)
    columns = [text(sql) for sql in _COLUMNS.values()]
    query = select(*columns, text(flags).bindparams(**free), *more)
    return query.select_from(observations).where(observations.c.kind == PLUME)


def _sqlite_rows(connection: Connection) -> Any:
    """Rows straight from the driver's cursor, along the index that holds all that lists are filtered by."""
    flags, free = _flags(connection)
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.execute(f"SELECT {', '.join(_COLUMNS.values())}, {flags} {_WHERE}", free)
    return np.fromiter(cursor, dtype=_ROW)


def _postgresql_rows(connection: Connection) -> Any:
    """Whole columns as bytes that the server packs: one row comes over, not a million."""
    flags, free = _flags(connection)
    packed = [
        f"string_agg({'int8' if _ROW[name].kind == 'i' else 'float8'}send({sql}), ''::bytea)"
        for name, sql in {**_COLUMNS, "flags": flags}.items()
    ]
    query = f"SELECT {', '.join(packed)} {_WHERE}"
    row = connection.execute(text(query), free).one()
    if row[0] is None:
        return np.empty(0, dtype=_ROW)
    out = np.empty(len(row[0]) // 8, dtype=_ROW)
    for name, content in zip(_ROW.names or (), row, strict=True):
        out[name] = np.frombuffer(content, dtype=">i8" if _ROW[name].kind == "i" else ">f8")
    return out


def _members(connection: Connection, name: str) -> dict[str, IntArray]:
    """The observations that have each text: not plumes alone, so that an index is all that is read."""
    assert name in NAMED
    sqlite = connection.dialect.name == "sqlite"
    packed = (
        "group_concat(observation_id)" if sqlite else "string_agg(int8send(observation_id::bigint), ''::bytea)"
    )
    query = f"SELECT {name}, {packed} FROM observations WHERE {name} IS NOT NULL GROUP BY {name}"  # noqa: S608 - of NAMED
    rows = connection.exec_driver_sql(query)
    if sqlite:
        return {value: np.fromstring(ids, dtype=np.int64, sep=",") for value, ids in rows}
    return {value: np.frombuffer(ids, dtype=">i8").astype(np.int64) for value, ids in rows}
