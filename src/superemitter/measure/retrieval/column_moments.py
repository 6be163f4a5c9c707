"""Moments of a scene's columns, corrected pixel by pixel as its gas gets known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.measure.retrieval.cleaning import without_gas
from superemitter.measure.retrieval.statistics import column_moments, pixel_moments
from superemitter.model import Scene
from superemitter.model.types import BoolArray, FloatArray

_SAMPLE = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnMoments:
    """Count, sum and sum of outer products of the used pixels of each column about `centre`.

    Attributes
    ----------
    moments : tuple of arrays
        count (column,), total (column, band), products (column, band, band).
    centre : (band,) array
        [uW cm-2 sr-1 nm-1]
    use : (row, column) bool array
        The pixels they are of.
    """

    moments: tuple[FloatArray, ...]
    centre: FloatArray
    use: BoolArray

    @classmethod
    def of(cls, radiance: FloatArray, use: BoolArray) -> ColumnMoments:
        """Of all the pixels in `use`."""
        some = np.flatnonzero(use)
        sample = some[:: max(1, some.size // _SAMPLE)]
        centre = radiance.reshape(-1, radiance.shape[2])[sample].mean(axis=0, dtype=np.float64)
        return cls(moments=column_moments(radiance, use, centre), centre=centre, use=use)

    def with_use(self, scene: Scene, use: BoolArray, gas_ppm_m: FloatArray | None) -> ColumnMoments:
        """The same of other pixels, or of pixels whose gas is known and taken out of their radiance.

        Only the pixels that differ are summed: those that go are taken off, those that come are added.
        """
        gassy = np.zeros_like(use) if gas_ppm_m is None else gas_ppm_m > 0
        out, into = self.use & (gassy | ~use), use & (gassy | ~self.use)
        if not out.any() and not into.any():
            return self
        columns = use.shape[1]
        gone = pixel_moments(scene.radiance[out], np.nonzero(out)[1], self.centre, columns)
        rows, places = np.nonzero(into)
        known = np.zeros(use.shape) if gas_ppm_m is None else gas_ppm_m
        come = pixel_moments(without_gas(scene, known, rows, places), places, self.centre, columns)
        moments = tuple(a - b + c for a, b, c in zip(self.moments, gone, come, strict=True))
        return ColumnMoments(moments=moments, centre=self.centre, use=use)
