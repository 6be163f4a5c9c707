"""From a row of a list to a facility, or to the reason why not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import shapely

from superemitter.model import Facility
from superemitter.model.errors import FacilityError, InvalidValue
from superemitter.model.footprint import metres_per_degree
from superemitter.observe.facilities.columns import APPROXIMATE, columns_of, first_of

POINT_RADIUS_M = 50.0
"""Radius of a facility given as a point: a pad, a station. [m]"""

APPROXIMATE_RADIUS_M = 1000.0
"""Radius of a facility whose list calls its coordinates approximate or estimated; an assumption. [m]"""

Placed = tuple[Mapping[str, str], shapely.Geometry | None]
"""A row with its columns as text, and its geometry in WGS 84 if it has one."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of the list that could not be used: its number in the file (data rows from 1) and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class FacilityList:
    """What was read of a facility list.

    Attributes
    ----------
    facilities : tuple of Facility
        In the order of the file.
    refused : tuple of RefusedRow
        Rows without usable coordinates.
    """

    facilities: tuple[Facility, ...]
    refused: tuple[RefusedRow, ...] = ()


class Refusal(Exception):
    """Why one row cannot be used; never leaves this package."""


def build_list(rows: Iterable[Placed], source: str) -> FacilityList:
    """Make facilities of rows; the rows that are no place are counted out with their number and reason.

    Raises
    ------
    FacilityError
        No row can be used; the message gives the first reasons.
    """
    facilities: list[Facility] = []
    refused: list[RefusedRow] = []
    columns: dict[str, tuple[str, ...]] = {}
    known: list[str] | None = None
    for number, (row, geometry) in enumerate(rows, start=1):
        if list(row) != known:
            known = list(row)
            columns = columns_of(row)
        try:
            facilities.append(_facility(row, geometry, columns, number))
        except Refusal as refusal:
            refused.append(RefusedRow(number, str(refusal)))
        except InvalidValue as error:
            refused.append(RefusedRow(number, error.message))
    if not facilities:
        _refuse_all(refused, source)
    return FacilityList(tuple(facilities), tuple(refused))


def _refuse_all(refused: list[RefusedRow], source: str) -> None:
    if not refused:
        raise FacilityError(f"{source} lists no facility", hint="give a list with at least one row")
    reasons = "; ".join(f"row {r.row}: {r.reason}" for r in refused[:3])
    swapped = all("swapped" in r.reason for r in refused)
    raise FacilityError(
        f"none of the {len(refused)} rows of {source} can be used: {reasons}",
        hint=(
            "longitude and latitude are swapped: exchange the columns (GeoJSON writes longitude first)"
            if swapped
            else "give points, or columns latitude and longitude in degrees (WGS 84)"
        ),
    )


def _facility(
    row: Mapping[str, str], geometry: shapely.Geometry | None, columns: dict[str, tuple[str, ...]], number: int
) -> Facility:
    if geometry is not None and not geometry.is_empty:
        longitude, latitude, extent_m = _place_of(geometry)
    else:
        longitude, latitude, extent_m = *_place_in(row, columns), 0.0
    approximate = first_of(row, columns["precision"]).casefold() in APPROXIMATE
    radius_m = max(extent_m, APPROXIMATE_RADIUS_M if approximate else POINT_RADIUS_M)
    facility_id = first_of(row, columns["id"]) or f"row-{number}"
    return Facility(
        facility_id=facility_id,
        name=first_of(row, columns["name"]) or facility_id,
        longitude=longitude,
        latitude=latitude,
        kind=": ".join(filter(None, (first_of(row, columns[c]) for c in ("kind_group", "kind")))),
        operator=first_of(row, columns["operator"]),
        radius_m=_stated_radius_m(row, columns["radius_m"]) or radius_m,
        properties=MappingProxyType(dict(row)),
    )


def _place_of(geometry: shapely.Geometry) -> tuple[float, float, float]:
    """Longitude, latitude [degree] and greatest reach [m] of a geometry.

    The centroid where it lies inside, else a point that does: a crescent-shaped mine is not placed beside itself.
    """
    centre = geometry.centroid
    if geometry.geom_type not in ("Point", "MultiPoint") and not geometry.intersects(centre):
        centre = geometry.representative_point()
    longitude, latitude = _checked(centre.x, centre.y)
    if geometry.geom_type == "Point":
        return longitude, latitude, 0.0
    corners = shapely.get_coordinates(geometry)
    east_m, north_m = metres_per_degree(np.asarray(latitude))
    reach = np.hypot((corners[:, 0] - longitude) * east_m, (corners[:, 1] - latitude) * north_m)
    return longitude, latitude, float(reach.max())


def _place_in(row: Mapping[str, str], columns: dict[str, tuple[str, ...]]) -> tuple[float, float]:
    if not columns["latitude"] or not columns["longitude"]:
        raise Refusal("no geometry and no columns latitude and longitude")
    return _checked(_degrees(row, columns["longitude"]), _degrees(row, columns["latitude"]))


def _degrees(row: Mapping[str, str], columns: tuple[str, ...]) -> float:
    text = first_of(row, columns)
    if not text:
        raise Refusal("no coordinates")
    try:
        return float(text)
    except ValueError:
        raise Refusal(f"{columns[0]} is {text!r}, not a number of degrees") from None


def _checked(longitude: float, latitude: float) -> tuple[float, float]:
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise Refusal("no coordinates")
    if abs(latitude) > 90 and abs(longitude) <= 90 and abs(latitude) <= 180:
        raise Refusal(f"longitude {longitude:g}, latitude {latitude:g}: they look swapped")
    if abs(latitude) > 90 or not -180 <= longitude <= 360:
        raise Refusal(f"longitude {longitude:g}, latitude {latitude:g} is no place on Earth")
    if longitude == 0.0 and latitude == 0.0:
        raise Refusal("coordinates 0, 0 stand for unknown")
    return longitude - 360.0 if longitude > 180.0 else longitude, latitude


def _stated_radius_m(row: Mapping[str, str], columns: tuple[str, ...]) -> float | None:
    text = first_of(row, columns)
    if not text:
        return None
    try:
        radius_m = float(text)
    except ValueError:
        raise Refusal(f"radius_m is {text!r}, not a number of metres") from None
    if not (math.isfinite(radius_m) and radius_m > 0):
        raise Refusal(f"radius_m is {text}")
    return radius_m
