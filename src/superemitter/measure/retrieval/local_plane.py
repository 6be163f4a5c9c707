"""Means and planes with Gaussian weights around each pixel of a swath.

Sums along a line of pixels are products with the bands of a matrix, in float32: three times as fast as
correlations in float64, to 1e-6 of the largest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from superemitter.model.types import BoolArray, FloatArray

BLOCK = 64
_TRUNCATE = 2.5
_MEAN = ((0, 0),)
_FIRST = ((0, 0), (1, 0), (0, 1))
_SECOND = (*_FIRST, (2, 0), (1, 1), (0, 2))


def gaussian_mean(values: FloatArray | BoolArray, radius: float) -> FloatArray:
    """Gaussian mean with zeros outside, cut off at 2.5 radii. (row, column) -> (row, column) float32

    Parameters
    ----------
    values : (row, column) array
    radius : float
        1-sigma of the weights. [pixel]
    """
    return gaussian_moments(values, radius, _MEAN)[0]


def gaussian_moments(
    values: FloatArray | BoolArray, radius: float, powers: tuple[tuple[int, int], ...]
) -> tuple[FloatArray, ...]:
    """Gaussian means of values times powers of their distance in rows and columns from each pixel, zeros outside.

    Parameters
    ----------
    values : (row, column) array
    radius : float
        1-sigma of the weights. [pixel]
    powers : pairs of int
        Of the distance in rows and in columns.

    Returns
    -------
    tuple of (row, column) float32 arrays
        One for each pair.
    """
    of_rows = tuple(sorted({row for row, _ in powers}))
    means: dict[tuple[int, int], FloatArray] = {}
    for row, along in zip(of_rows, _along_rows(values, radius, of_rows), strict=True):
        of_columns = tuple(column for power, column in powers if power == row)
        for column, mean in zip(of_columns, _along_columns(along, radius, of_columns), strict=True):
            means[row, column] = mean
    return tuple(means[power] for power in powers)


@cache
def _bands(radius: float, powers: tuple[int, ...]) -> FloatArray:
    """What values around a block of pixels in line count in each pixel's means. (power, pixel, value) float32"""
    reach = _reach(radius)
    steps = np.arange(BLOCK + 2 * reach)[None, :] - np.arange(BLOCK)[:, None] - reach
    weight = np.where(np.abs(steps) <= reach, np.exp(-0.5 * (steps / radius) ** 2), 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    bands = np.stack([weight * steps.astype(float) ** power for power in powers]).astype(np.float32)
    bands.flags.writeable = False
    return bands


def _reach(radius: float) -> int:
    return int(_TRUNCATE * radius + 0.5)


def _blocks(size: int, radius: float, powers: tuple[int, ...]) -> Iterator[tuple[slice, slice, FloatArray]]:
    """Blocks of a line of pixels, the values they need, and what those count in them. (power, pixel, value)"""
    bands, reach = _bands(radius, powers), _reach(radius)
    for start in range(0, size, BLOCK):
        stop, first = min(start + BLOCK, size), start - reach
        low, high = max(first, 0), min(stop + reach, size)
        yield slice(start, stop), slice(low, high), bands[:, : stop - start, low - first : high - first]


def _along_rows(values: FloatArray | BoolArray, radius: float, powers: tuple[int, ...]) -> FloatArray:
    """Weighted sums over the rows around each pixel. (power, row, column)"""
    given = values.astype(np.float32, copy=False)
    out = np.empty((len(powers), *values.shape), dtype=np.float32)
    for block, needed, band in _blocks(values.shape[0], radius, powers):
        out[:, block] = band @ given[needed]
    return out


def _along_columns(values: FloatArray, radius: float, powers: tuple[int, ...]) -> FloatArray:
    """Weighted sums over the columns around each pixel. (power, row, column)"""
    out = np.empty((len(powers), *values.shape), dtype=np.float32)
    for block, needed, band in _blocks(values.shape[1], radius, powers):
        for number, weights in enumerate(band):
            out[number][:, block] = values[:, needed] @ weights.T
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalPlane:
    """Planes fitted around each pixel to the kept pixels, with Gaussian weights; one for any values.

    A slight pull of the slopes towards zero keeps the plane sensible where pixels lie on one side only.

    Attributes
    ----------
    kept : (row, column) bool array
    radius : float
        1-sigma of the weights. [pixel]
    weight : (row, column) array
        Local mean of the kept pixels.
    shares : three (row, column) arrays
        What the local means of a value and of it times its distance in rows and columns count in the plane.
    """

    kept: BoolArray
    radius: float
    weight: FloatArray
    shares: tuple[FloatArray, FloatArray, FloatArray]

    @classmethod
    def through(cls, kept: BoolArray, radius: float) -> LocalPlane:
        """For the kept pixels."""
        weight, sy, sx, syy, syx, sxx = gaussian_moments(kept, radius, _SECOND)
        s0 = np.maximum(weight, np.float32(1e-9))
        my, mx = sy / s0, sx / s0
        pull = np.float32(0.02 * radius**2)
        cyy, cxx, cyx = syy / s0 - my**2 + pull, sxx / s0 - mx**2 + pull, syx / s0 - my * mx
        scale = s0 * (cyy * cxx - cyx**2)
        by, bx = (my * cxx - mx * cyx) / scale, (mx * cyy - my * cyx) / scale
        return cls(kept=kept, radius=radius, weight=weight, shares=(1.0 / s0 + by * my + bx * mx, -by, -bx))

    @property
    def leverage(self) -> FloatArray:
        r"""How much less certain the plane is than one with pixels all around. (row, column) [1]

        One over the weight of the kept pixels, times what their lying on one side adds,

        .. math:: h = \frac{1 + m^\top C^{-1} m}{w},

        with m and C the mean and covariance of their distances: 1 amid kept pixels, 4.6 at a
        straight edge, 14 in a corner.
        """
        return self.shares[0]

    def of(self, values: FloatArray) -> FloatArray:
        """Value of the plane at each pixel. (row, column) float32"""
        middle = float(np.median(values[self.kept])) if self.kept.any() else 0.0
        centred = np.where(self.kept, values - middle, 0.0)
        plane = np.full(self.kept.shape, middle, dtype=np.float32)
        for share, total in zip(self.shares, gaussian_moments(centred, self.radius, _FIRST), strict=True):
            total *= share
            plane += total
        return plane
