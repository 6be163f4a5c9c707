"""A map of a scene: its grid, and the sensor pixel each cell shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.model import MapGrid
from superemitter.model.types import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class MapView:
    """A north-up grid and the sensor pixel each of its cells shows.

    Attributes
    ----------
    grid : MapGrid
        North-up.
    index : (grid row, grid column) int32 array
        ``row * columns + column`` of the sensor pixel, -1 for none. Cells repeat pixels: never sum what is shown.
    """

    grid: MapGrid
    index: IntArray

    def show(self, values: FloatArray) -> FloatArray:
        """Lay a sensor image on the map, NaN where there is no pixel. (row, column) -> (grid row, grid column)"""
        out = np.take(values.reshape(-1), np.maximum(self.index, 0))
        out[self.index < 0] = np.nan
        return out
