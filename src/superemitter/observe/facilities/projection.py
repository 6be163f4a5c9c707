"""From any coordinate system to WGS 84 longitude and latitude."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from superemitter.model.errors import FacilityError
from superemitter.model.types import FloatArray


def to_wgs84(crs: str, source: str) -> Callable[[shapely.Geometry], shapely.Geometry]:
    """A function that turns a geometry into WGS 84, x = longitude; points it cannot place become infinite.

    Parameters
    ----------
    crs : str
        Anything :func:`pyproj.CRS.from_user_input` takes.
    source : str
        Named in the error.

    Raises
    ------
    FacilityError
        The coordinate system is not known.
    """
    try:
        given = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise FacilityError(
            f"the coordinate system of {source} is not known: {crs[:80]!r}", hint="convert the list to WGS 84"
        ) from error
    if given.to_authority(min_confidence=100) in (("EPSG", "4326"), ("OGC", "CRS84")):
        return lambda geometry: geometry
    transformer = pyproj.Transformer.from_crs(given, "OGC:CRS84", always_xy=True)

    def move(points: FloatArray) -> FloatArray:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return lambda geometry: shapely.transform(shapely.force_2d(geometry), move)
