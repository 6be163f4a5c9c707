"""Background statistics of the radiance: mean and covariance, per detector column or pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from superemitter.model.types import BoolArray, FloatArray, IntArray

PIXELS_PER_BAND = 5
LEAST_PIXELS_PER_BAND = 2
COLUMN_BLOCK = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Background:
    """Mean and covariance of background radiance, one set per group of columns.

    Attributes
    ----------
    mean : (group, band) float64 array
        [uW cm-2 sr-1 nm-1]
    covariance : (group, band, band) float64 array
        [(uW cm-2 sr-1 nm-1)2]
    count : (group,) array
        Pixels used.
    pooled : (group,) bool array
        True where a column had too few pixels of its own and took its neighbours' as well.
    """

    mean: FloatArray
    covariance: FloatArray
    count: FloatArray
    pooled: BoolArray


def moments(block: Any, weight: Any) -> tuple[Any, Any, Any]:
    """Number, sum and sum of outer products of the weighted pixels of each column, in float64.

    Written against the array API: the same function runs on NumPy, CuPy and PyTorch arrays.

    Parameters
    ----------
    block : (column, row, band) float array
        Best centred near zero beforehand, to keep digits.
    weight : (column, row) float array
        1 for pixels to use, 0 for others.

    Returns
    -------
    count (column,), total (column, band), products (column, band, band)
    """
    xp = array_namespace(block)
    used = xp.astype(block, xp.float64) * xp.astype(weight, xp.float64)[:, :, None]
    count = xp.sum(xp.astype(weight, xp.float64), axis=1)
    total = xp.sum(used, axis=1)
    products = xp.matmul(xp.matrix_transpose(used), used)
    return count, total, products


def column_moments(radiance: FloatArray, use: BoolArray, centre: FloatArray) -> tuple[FloatArray, ...]:
    """Moments of every column about `centre`, in blocks of columns that fit the cache.

    Parameters
    ----------
    radiance : (row, column, band) float32 array
    use : (row, column) bool array
        Pixels of the background.
    centre : (band,) array

    Returns
    -------
    count (column,), total (column, band), products (column, band, band)
    """
    _, columns, bands = radiance.shape
    count = np.zeros(columns)
    total = np.zeros((columns, bands))
    products = np.zeros((columns, bands, bands))
    for first in range(0, columns, COLUMN_BLOCK):
        part = slice(first, min(first + COLUMN_BLOCK, columns))
        weight = use[:, part].T
        block = radiance[:, part].transpose(1, 0, 2).astype(np.float64) - centre
        block[~weight] = 0.0  # what is not used may be NaN
        count[part], total[part], products[part] = moments(block, weight.astype(np.float64))
    return count, total, products


def pixel_moments(
    spectra: FloatArray, columns: IntArray, centre: FloatArray, column_count: int
) -> tuple[FloatArray, ...]:
    """Moments of single pixels by their column, about `centre`: to add to or take from those of whole columns.

    Parameters
    ----------
    spectra : (n, band) array
    columns : (n,) int array
        Column of each pixel.
    centre : (band,) array
    column_count : int

    Returns
    -------
    count (column,), total (column, band), products (column, band, band)
    """
    bands = centre.size
    count = np.bincount(columns, minlength=column_count).astype(np.float64)
    total, products = np.zeros((column_count, bands)), np.zeros((column_count, bands, bands))
    order = np.argsort(columns, kind="stable")
    off = spectra[order].astype(np.float64) - centre
    ends = np.cumsum(count).astype(int)
    for column in np.flatnonzero(count):
        some = off[ends[column] - int(count[column]) : ends[column]]
        total[column] = some.sum(axis=0)
        products[column] = some.T @ some
    return count, total, products


def group_columns(count: FloatArray, bands: int) -> tuple[IntArray, IntArray, BoolArray]:
    """First and last column whose pixels serve each column, widened until there are enough.

    A column with fewer than 5 pixels per band takes its neighbours on both sides, then the whole scene.

    Returns
    -------
    first, last : (column,) int arrays
        Inclusive.
    pooled : (column,) bool array
    """
    columns = count.size
    cumulative = np.concatenate([[0.0], np.cumsum(count)])
    first, last = np.arange(columns), np.arange(columns)
    wanted = PIXELS_PER_BAND * bands
    for _ in range(columns):
        short = (cumulative[last + 1] - cumulative[first] < wanted) & ((first > 0) | (last < columns - 1))
        if not short.any():
            break
        first[short] = np.maximum(first[short] - 1, 0)
        last[short] = np.minimum(last[short] + 1, columns - 1)
    return first, last, first != last


def background(
    moments_of_columns: tuple[FloatArray, ...], centre: FloatArray, *, by_column: bool, shrinkage: float
) -> Background:
    r"""Mean and covariance from the moments of columns.

    .. math:: C = (1 - a) S + a\,\mathrm{diag}(S), \qquad S = \frac{1}{n} \sum (x - \mu)(x - \mu)^T

    Parameters
    ----------
    moments_of_columns : tuple
        From :func:`column_moments`.
    centre : (band,) array
        The same as there.
    by_column : bool
        False: one set of statistics for the whole scene (one group).
    shrinkage : float
        a, 0 to 1.

    References
    ----------
    Theiler 2012, Proc. SPIE 8391 (shrinkage to the diagonal). doi:10.1117/12.918718
    """
    count, total, products = moments_of_columns
    bands = total.shape[1]
    if by_column:
        first, last, pooled = group_columns(count, bands)
        if pooled.any():
            count, total, products = (_window_sums(x, first, last) for x in (count, total, products))
    else:
        count, total, products = (x.sum(axis=0, keepdims=True) for x in (count, total, products))
        pooled = np.zeros(1, dtype=bool)
    n = np.maximum(count, 1.0)
    offset = total / n[:, None]
    covariance = products / n[:, None, None] - offset[:, :, None] * offset[:, None, :]
    diagonal = np.einsum("gbb->gb", covariance).copy()
    covariance *= 1.0 - shrinkage
    np.einsum("gbb->gb", covariance)[...] = diagonal
    return Background(mean=offset + centre, covariance=covariance, count=count, pooled=pooled)


def _window_sums(values: FloatArray, first: IntArray, last: IntArray) -> FloatArray:
    """Sum over columns first..last for each column."""
    cumulative = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    out: FloatArray = cumulative[last + 1] - cumulative[first]
    return out
