"""Facilities and operators that cases refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, delete, insert, select

from superemitter.model import Facility
from superemitter.register.engine import Register
from superemitter.register.geo import Box, around, boxes, distance_m
from superemitter.register.points import plainly_in_boxes
from superemitter.register.schema import facilities, operators


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who runs a facility, and how to reach them."""

    operator_id: str
    name: str
    country: str | None = None
    contact: str | None = None


def save_operators(register: Register, new: Iterable[Operator]) -> None:
    """Add operators, or replace those of the same id."""
    with register.writing(grouping=True) as connection:
        known = set(connection.scalars(select(operators.c.operator_id)))
        for operator in new:
            row = {name: getattr(operator, name) for name in Operator.__dataclass_fields__}
            if operator.operator_id in known:
                connection.execute(operators.update().where(operators.c.operator_id == operator.operator_id), row)
            else:
                connection.execute(insert(operators), row)
                known.add(operator.operator_id)


def operator(register: Register, operator_id: str) -> Operator | None:
    """An operator, or None."""
    with register.reading() as connection:
        row = connection.execute(select(operators).where(operators.c.operator_id == operator_id)).one_or_none()
    return None if row is None else Operator(**row._mapping)


def save_facilities(
    register: Register,
    new: Iterable[Facility],
    *,
    list_name: str,
    operator_ids: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Add facilities, or replace those of the same id, and return how many.

    Parameters
    ----------
    register : Register
    new : iterable of Facility
    list_name : str
        Where they come from.
    operator_ids : mapping of facility id to operator id
        Operators that the register holds. The list's own word for the operator is kept as it is in any case.
    """
    rows = {facility.facility_id: _row(facility, list_name, operator_ids) for facility in new}
    with register.writing(grouping=True) as connection:
        known = connection.scalars(select(facilities.c.facility_id)).all()
        for facility_id in set(known) & set(rows):
            connection.execute(delete(facilities).where(facilities.c.facility_id == facility_id))
        if rows:
            connection.execute(insert(facilities), list(rows.values()))
    return len(rows)


def facilities_near(
    register: Register, longitude: float, latitude: float, radius_m: float
) -> tuple[tuple[Facility, float], ...]:
    """Facilities within a radius of a point, nearest first, each with its distance. [degree, m]"""
    near = around(longitude, latitude, longitude, latitude, radius_m)
    with register.reading() as connection:
        rows = connection.execute(select(facilities).where(plainly_in_boxes(facilities, near))).all()
    found = [(row, distance_m(longitude, latitude, row.longitude, row.latitude)) for row in rows]
    return tuple(
        (_facility(row), apart)
        for row, apart in sorted(found, key=lambda pair: (pair[1], pair[0].facility_id))
        if apart <= radius_m
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A facility, and the list that it comes from."""

    facility: Facility
    list_name: str


def list_facilities(
    register: Register,
    *,
    bbox: Box | None = None,
    operator: str | None = None,
    limit: int = 100,
    after: str = "",
) -> tuple[Listed, ...]:
    """Facilities in order of their id; pass the last id as `after` for the next ones.

    Parameters
    ----------
    register : Register
    bbox : (west, south, east, north), optional
        [degree]
    operator : str, optional
        As the list has it.
    limit : int
    after : str
    """
    query = select(facilities).where(facilities.c.facility_id > after).order_by(facilities.c.facility_id)
    if bbox is not None:
        query = query.where(plainly_in_boxes(facilities, boxes(*bbox)))
    found: list[Listed] = []
    with register.reading() as connection:
        for row in connection.execute(query if operator is not None else query.limit(limit)):
            one = _listed(row)
            if operator is None or one.facility.operator == operator:
                found.append(one)
            if len(found) == limit:
                break
    return tuple(found)


def facility(register: Register, facility_id: str) -> Listed | None:
    """A facility, or None."""
    with register.reading() as connection:
        row = connection.execute(select(facilities).where(facilities.c.facility_id == facility_id)).one_or_none()
    return None if row is None else _listed(row)


def _listed(row: Row[Any]) -> Listed:
    return Listed(facility=_facility(row), list_name=row.list_name)


def _facility(row: Row[Any]) -> Facility:
    return Facility(
        facility_id=row.facility_id,
        name=row.name,
        longitude=row.longitude,
        latitude=row.latitude,
        kind=row.kind,
        operator=row.properties["operator"],
        radius_m=row.radius_m,
        properties=row.properties["columns"],
    )


def _row(facility: Facility, list_name: str, operator_ids: Mapping[str, str]) -> dict[str, object]:
    names = ("facility_id", "name", "kind", "longitude", "latitude", "radius_m")
    return {
        **{name: getattr(facility, name) for name in names},
        "list_name": list_name,
        "operator_id": operator_ids.get(facility.facility_id),
        "properties": {"operator": facility.operator, "columns": dict(facility.properties)},
    }
