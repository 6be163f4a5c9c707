"""Distances and boxes on the globe."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from superemitter.model.types import FloatArray

EARTH_RADIUS_M: Final = 6_371_008.8
LARGEST_MERCATOR_LATITUDE: Final = math.degrees(math.atan(math.sinh(math.pi)))
METRES_PER_DEGREE: Final = math.pi * EARTH_RADIUS_M / 180.0

Box = tuple[float, float, float, float]
"""West, south, east, north [degree]; west <= east."""


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance of two points on a sphere (haversine). [m]"""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half_lat = math.sin((phi_b - phi_a) / 2.0)
    half_lon = math.sin(math.radians(lon_b - lon_a) / 2.0)
    chord = half_lat * half_lat + math.cos(phi_a) * math.cos(phi_b) * half_lon * half_lon
    return 2.0 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def boxes(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    """One box, or the two on either side of the antimeridian if west > east. [degree]"""
    if west <= east:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east, north))


def around(west: float, south: float, east: float, north: float, reach_m: float) -> tuple[Box, ...]:
    """Boxes that hold every point within `reach_m` of a box (west <= east). [degree, m]"""
    lat_reach = reach_m / METRES_PER_DEGREE
    south, north = max(-90.0, south - lat_reach), min(90.0, north + lat_reach)
    shrink = math.cos(math.radians(min(90.0, max(abs(south), abs(north)))))
    lon_reach = lat_reach / shrink if shrink > 1e-6 else 360.0
    if east - west + 2.0 * lon_reach >= 360.0:
        return ((-180.0, south, 180.0, north),)
    return boxes(_wrapped(west - lon_reach), south, _wrapped(east + lon_reach), north)


def _wrapped(longitude: float) -> float:
    return longitude if -180.0 <= longitude <= 180.0 else (longitude + 180.0) % 360.0 - 180.0


def mercator_y(latitude: FloatArray) -> FloatArray:
    """Web-Mercator from 0 (85.05 degrees north) to 1 (85.05 degrees south); nearer to the poles, the edge. [1]"""
    sine = np.sin(np.radians(np.clip(latitude, -LARGEST_MERCATOR_LATITUDE, LARGEST_MERCATOR_LATITUDE)))
    return np.asarray(0.5 - np.arctanh(sine) / (2.0 * np.pi))
