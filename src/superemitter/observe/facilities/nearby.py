"""The facilities near a place, quickly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from pyproj import Geod

from superemitter.model import Facility
from superemitter.model.types import FloatArray, IntArray

_WGS84 = Geod(ellps="WGS84")
_LEAST_METRES_PER_DEGREE = 110_500.0  # of latitude: a selection with it never misses


@dataclass(frozen=True, eq=False)
class FacilityIndex:
    """Facilities sorted by latitude, for many questions about one list.

    Attributes
    ----------
    facilities : sequence of Facility
    order : (facility,) integer array
        That sorts them by latitude.
    latitude, longitude, radius_m : (facility,) arrays
        In that order. [degree, degree, m]
    """

    facilities: Sequence[Facility]
    order: IntArray
    latitude: FloatArray
    longitude: FloatArray
    radius_m: FloatArray

    @classmethod
    def of(cls, facilities: Sequence[Facility]) -> Self:
        """Sort a list once."""
        table = np.array([(f.latitude, f.longitude, f.radius_m) for f in facilities], dtype=float).reshape(-1, 3)
        order = np.argsort(table[:, 0], kind="stable")
        latitude, longitude, radius_m = table[order].T
        return cls(facilities, order, latitude, longitude, radius_m)

    def near(self, longitude: float, latitude: float, radius_m: float) -> tuple[Facility, ...]:
        """Facilities whose own radius reaches into a circle, nearest first.

        Parameters
        ----------
        longitude, latitude : float
            Centre of the circle. [degree]
        radius_m : float
            Of the circle. [m]
        """
        if self.order.size == 0:
            return ()
        band = (radius_m + float(self.radius_m.max())) / _LEAST_METRES_PER_DEGREE
        first, last = np.searchsorted(self.latitude, [latitude - band, latitude + band])
        part = slice(int(first), int(last))
        origin = np.ones(part.stop - part.start)
        _, _, distance_m = _WGS84.inv(
            origin * longitude, origin * latitude, self.longitude[part], self.latitude[part]
        )
        within = np.flatnonzero(distance_m <= radius_m + self.radius_m[part])
        ranked = within[np.argsort(distance_m[within], kind="stable")]
        return tuple(self.facilities[i] for i in self.order[part][ranked].tolist())


def near(
    facilities: Sequence[Facility], longitude: float, latitude: float, radius_m: float
) -> tuple[Facility, ...]:
    """Facilities whose own radius reaches within `radius_m` [m] of a place [degree], nearest first.

    For several questions about one list, keep a :class:`FacilityIndex`.
    """
    return FacilityIndex.of(facilities).near(longitude, latitude, radius_m)
