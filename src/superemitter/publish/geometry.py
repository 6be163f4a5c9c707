"""Outlines on the ground: plumes and scenes as polygons in longitude and latitude (RFC 7946)."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from superemitter.model import Enhancement, Footprint
from superemitter.model.types import BoolArray, FloatArray

Corners: TypeAlias = tuple[FloatArray, FloatArray]
Window: TypeAlias = tuple[slice, slice]


def pixel_corners(longitude: FloatArray, latitude: FloatArray) -> Corners:
    """Corners of the pixels whose centres are given, shared between neighbours.

    Each corner is the mean of where its (up to four) pixels expect it: half a step along and half a step across
    from their centre. So the image's edge is extrapolated, and a gap in the coordinates costs no neighbour.

    Parameters
    ----------
    longitude, latitude : (row, column) arrays
        Pixel centres, NaN where unknown; longitude without jump at the antimeridian (see :func:`unwrapped`).
        Any planar pair (metres east and north) does as well. [degree]

    Returns
    -------
    longitude, latitude : (row + 1, column + 1) arrays
        NaN where no adjacent pixel has coordinates. [degree]
    """
    return _corners(longitude), _corners(latitude)


def _corners(centre: FloatArray) -> FloatArray:
    along, across = _half_step(centre, 0), _half_step(centre, 1)
    rows, columns = centre.shape
    total = np.zeros((rows + 1, columns + 1))
    count = np.zeros((rows + 1, columns + 1))
    for below, sign_along in ((0, -1), (1, 1)):
        for right, sign_across in ((0, -1), (1, 1)):
            guess = centre + sign_along * along + sign_across * across
            known = np.isfinite(guess)
            view = np.s_[below : below + rows, right : right + columns]
            total[view] += np.where(known, guess, 0.0)
            count[view] += known
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def _half_step(field: FloatArray, axis: int) -> FloatArray:
    """Half the step to the next pixel: from both sides, else from the side that is known, else the median."""
    if field.shape[axis] < 2:
        return np.zeros_like(field)
    step = np.diff(field, axis=axis)
    nothing = np.full_like(np.take(field, [0], axis=axis), np.nan)
    before = np.concatenate([nothing, step], axis=axis)
    after = np.concatenate([step, nothing], axis=axis)
    out = np.where(np.isnan(before), after, np.where(np.isnan(after), before, (before + after) / 2.0))
    known = step[np.isfinite(step)]
    half: FloatArray = np.where(np.isnan(out), np.median(known) if known.size else 0.0, out) / 2.0
    return half


def unwrapped(longitude: FloatArray) -> FloatArray:
    """Longitudes within 180 degrees of the first known one, so that none jumps at the antimeridian."""
    known = longitude[np.isfinite(longitude)]
    if not known.size or known.max() - known.min() <= 180.0:
        return longitude
    near: FloatArray = (longitude - known[0] + 180.0) % 360.0 - 180.0 + known[0]
    return near


def window_of(mask: BoolArray, pad: int = 2) -> Window:
    """Rows and columns of the smallest window that holds the mask, widened by `pad` within the image."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - pad, 0), min(int(rows[-1]) + pad + 1, mask.shape[0])),
        slice(max(int(columns[0]) - pad, 0), min(int(columns[-1]) + pad + 1, mask.shape[1])),
    )


def mask_outline(x: FloatArray, y: FloatArray, mask: BoolArray) -> BaseGeometry:
    """Union of the pixels in `mask` as one valid (multi)polygon; empty if none of them has coordinates.

    Parameters
    ----------
    x, y : (row, column) arrays
        Pixel centres in any plane.
    mask : (row, column) bool array
    """
    corner_x, corner_y = pixel_corners(x, y)
    rows, columns = np.nonzero(mask & np.isfinite(x) & np.isfinite(y))
    around = ((0, 0), (0, 1), (1, 1), (1, 0))
    rings = np.stack(
        [
            np.stack([c[rows + down, columns + right] for c in (corner_x, corner_y)], axis=-1)
            for down, right in around
        ],
        axis=1,
    )
    pixels = shapely.polygons(shapely.linearrings(rings))
    outline = shapely.coverage_union_all(pixels)
    if not shapely.is_valid(outline):
        # Scan lines that cross on the ground: the pixels overlap and are no coverage.
        outline = shapely.union_all(shapely.make_valid(pixels))
    return outline


def plume_outline(footprint: Footprint, mask: BoolArray) -> BaseGeometry:
    """The outline of a plume on the ground: the union of its sensor pixels.

    Returns
    -------
    Polygon or MultiPolygon
        Longitude and latitude [degree]; valid, exterior rings counter-clockwise, cut at the antimeridian.
        Empty if no pixel of the mask has coordinates.
    """
    window = window_of(mask)
    longitude = unwrapped(footprint.longitude[window])
    return on_earth(mask_outline(longitude, footprint.latitude[window], mask[window]))


def scene_outline(enhancement: Enhancement, points_per_side: int = 24) -> BaseGeometry:
    """The outline of a scene on the ground.

    The image's border where the image is the sensor's own; the hull of the valid pixels where it is a map whose
    corners may be empty, or where the border has no coordinates.

    Returns
    -------
    Polygon or MultiPolygon
        As in :func:`plume_outline`.
    """
    footprint = enhancement.footprint
    longitude, latitude = unwrapped(footprint.longitude), footprint.latitude
    is_map = footprint.grid is not None and footprint.glt_row is None
    if not is_map:
        ring = _border(longitude, latitude, points_per_side)
        if np.isfinite(ring).all() and shapely.is_valid(border := shapely.polygons(ring)):
            return on_earth(border)
    known = np.isfinite(longitude) & np.isfinite(latitude)
    shown = known & enhancement.valid if (known & enhancement.valid).any() else known
    rows, columns = np.nonzero(shown)
    if not rows.size:
        return shapely.Polygon()
    return on_earth(_hull(longitude, latitude, rows, columns))


def _border(longitude: FloatArray, latitude: FloatArray, points: int) -> FloatArray:
    """The image's outer pixel corners, clockwise in the image, some points a side. (point, 2)"""
    rows, columns = longitude.shape
    last_row, last_column = rows - 1, columns - 1
    i = np.unique(np.linspace(0, last_row, points).astype(int))
    j = np.unique(np.linspace(0, last_column, points).astype(int))
    half = [_half_step(f, axis) for f in (longitude, latitude) for axis in (0, 1)]
    sides = (
        (np.zeros_like(j), j, -1, 2.0 * j / max(last_column, 1) - 1),
        (i, np.full_like(i, last_column), 2.0 * i / max(last_row, 1) - 1, 1),
        (np.full_like(j, last_row), j[::-1], 1, 2.0 * j[::-1] / max(last_column, 1) - 1),
        (i[::-1], np.zeros_like(i), 2.0 * i[::-1] / max(last_row, 1) - 1, -1),
    )
    out = []
    for r, c, along, across in sides:
        x = longitude[r, c] + along * half[0][r, c] + across * half[1][r, c]
        y = latitude[r, c] + along * half[2][r, c] + across * half[3][r, c]
        out.append(np.stack([x, y], axis=-1))
    return np.concatenate(out)


def _hull(longitude: FloatArray, latitude: FloatArray, rows: Any, columns: Any) -> BaseGeometry:
    """Convex hull of the pixels' corners, found from the outermost pixels of each row."""
    order = np.argsort(rows, kind="stable")
    rows, columns = rows[order], columns[order]
    starts = np.flatnonzero(np.r_[True, np.diff(rows) > 0])
    ends = np.r_[starts[1:], rows.size]
    first = np.minimum.reduceat(columns, starts)
    last = np.maximum.reduceat(columns, starts)
    corner_lon, corner_lat = pixel_corners(longitude, latitude)
    points = [
        np.stack([c[rows[ends - 1] + down, edge + right] for c in (corner_lon, corner_lat)], axis=-1)
        for edge, right in ((first, 0), (last, 1))
        for down in (0, 1)
    ]
    return shapely.convex_hull(shapely.linestrings(np.concatenate(points)))  # one geometry, not one a point


def on_earth(geometry: BaseGeometry) -> BaseGeometry:
    """Bring a polygon to longitudes of -180 to 180, cut at the antimeridian, exterior rings counter-clockwise.

    RFC 7946, sections 3.1.6 and 3.1.9. One that crosses itself is made valid: beside a pole pixels do, in degrees.
    """
    if shapely.is_empty(geometry):
        return shapely.Polygon()
    if not shapely.is_valid(geometry):
        geometry = shapely.make_valid(geometry)
    west, _, east, _ = shapely.bounds(geometry)
    first, last = int(np.floor((west + 180.0) / 360.0)), int(np.ceil((east + 180.0) / 360.0)) - 1
    parts = []
    for turn in range(first, max(first, last) + 1):
        zone = shapely.box(360.0 * turn - 180.0, -90.0, 360.0 * turn + 180.0, 90.0)
        piece = geometry if first >= last else shapely.intersection(geometry, zone)
        parts.append(shapely.transform(piece, lambda xy, shift=360.0 * turn: xy - (shift, 0.0)))
    polygons = [p for p in shapely.get_parts(shapely.get_parts(parts)) if p.geom_type == "Polygon" and p.area > 0]
    whole = polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
    return shapely.orient_polygons(whole)


def bounding_box(geometry: BaseGeometry) -> list[float]:
    """West, south, east, north of an :func:`on_earth` geometry; west > east if it crosses the antimeridian.

    RFC 7946, section 5.2. [degree]
    """
    west, south, east, north = (float(v) for v in shapely.bounds(geometry))
    if west <= -180.0 and east >= 180.0:
        bounds = shapely.bounds(shapely.get_parts(geometry))
        in_west = bounds[:, 2] <= 0.0
        if in_west.any() and not in_west.all():
            west, east = float(bounds[~in_west, 0].min()), float(bounds[in_west, 2].max())
    return [west, south, east, north]
