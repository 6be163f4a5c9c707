"""Spatial pooling, local background and local noise of an enhancement field."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from superemitter.model.types import BoolArray, FloatArray, IntArray

MAD_TO_SIGMA = 1.4826
_LEAST_VALID_SHARE = 0.1
_TRUNCATE = 3.0


def pool(field: FloatArray, valid: BoolArray, width_px: float) -> FloatArray:
    r"""Gaussian-weighted mean of the valid pixels around each pixel.

    .. math:: \bar\alpha = \frac{G_\sigma * (v \alpha)}{G_\sigma * v}

    A plume covers many pixels, the noise of neighbours is nearly independent: pooling at the plume's scale lifts
    the signal out of the noise.

    Parameters
    ----------
    field : (row, column) array
        Any values where not `valid`.
    valid : (row, column) bool array
    width_px : float
        1-sigma width of the Gaussian. [pixel]

    Returns
    -------
    (row, column) float32 array
        NaN where not `valid`.
    """
    filled = np.where(valid, field, 0.0).astype(np.float32)
    if width_px > 0:
        share = gaussian_filter(valid.astype(np.float32), width_px, mode="constant", truncate=_TRUNCATE)
        filled = gaussian_filter(filled, width_px, mode="constant", truncate=_TRUNCATE)
        np.divide(filled, share, out=filled, where=valid & (share > 0))
    filled[~valid] = np.nan
    return filled


def pool_along(
    field: FloatArray, valid: BoolArray, width_px: float, stretch: float, downwind: tuple[float, float]
) -> FloatArray:
    """The same with a Gaussian stretched along the wind: a plume is longer than it is wide.

    Parameters
    ----------
    field : (row, column) array
    valid : (row, column) bool array
    width_px : float
        1-sigma width across the wind; above 0. [pixel]
    stretch : float
        1-sigma length along the wind over that width. [1]
    downwind : (float, float)
        Unit vector along the wind, in rows and columns.

    Returns
    -------
    (row, column) float32 array
        NaN where not `valid`.
    """
    reach = int(np.ceil(_TRUNCATE * width_px * stretch))
    row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = row * downwind[0] + column * downwind[1]
    across = column * downwind[0] - row * downwind[1]
    kernel = np.exp(-0.5 * ((along / stretch) ** 2 + across**2) / width_px**2)
    size = [next_fast_len(length + 2 * reach, real=True) for length in valid.shape]
    factor = rfft2(kernel, size)
    total, share = (
        irfft2(rfft2(values, size) * factor, size)[reach : reach + valid.shape[0], reach : reach + valid.shape[1]]
        for values in (np.where(valid, field, 0.0).astype(np.float64), valid.astype(np.float64))
    )
    pooled = np.full(valid.shape, np.nan, dtype=np.float32)
    np.divide(total, share, out=pooled, where=valid, casting="same_kind")
    return pooled


def local_statistics(field: FloatArray, use: BoolArray, block_px: int) -> tuple[FloatArray, FloatArray]:
    """Local background (median) and local noise (scaled median absolute deviation), smooth over the image.

    Medians of square blocks, linear between block centres. A block with less than a tenth of its pixels usable
    takes those of the nearest block that has them.

    Parameters
    ----------
    field : (row, column) array
    use : (row, column) bool array
        Pixels of the background.
    block_px : int
        Side of a block: several plume widths, so that a plume does not move the median. [pixel]

    Returns
    -------
    background, noise : (row, column) float32 arrays
        In the unit of `field`.
    """
    blocks = _blocks(np.where(use, field, np.nan).astype(np.float32), block_px)
    count = np.isfinite(blocks).sum(axis=-1)
    enough = count >= _LEAST_VALID_SHARE * blocks.shape[-1]
    if not enough.any():
        enough = count == count.max()
    median = _median(blocks, count)
    noise = MAD_TO_SIGMA * _median(np.abs(blocks - median[:, :, None]), count)
    if not enough.all():
        nearest = distance_transform_edt(~enough, return_distances=False, return_indices=True)
        median, noise = median[tuple(nearest)], noise[tuple(nearest)]
    return _spread(median, field.shape, block_px), _spread(noise, field.shape, block_px)


def _median(blocks: FloatArray, count: IntArray) -> FloatArray:
    """Median of the `count` pixels of each block that are no NaN, which sorts to the end. (block row, column)"""
    ordered = np.sort(blocks, axis=-1)
    middle = np.stack([np.maximum(count - 1, 0) // 2, count // 2], axis=-1)
    middle = np.minimum(middle, blocks.shape[-1] - 1)
    out: FloatArray = np.take_along_axis(ordered, middle, axis=-1).mean(axis=-1)
    return out


def _blocks(field: FloatArray, side: int) -> FloatArray:
    """Cut into (block row, block column, pixel), the last blocks filled up with NaN."""
    rows, columns = field.shape
    down, across = -(-rows // side), -(-columns // side)
    padded = np.full((down * side, across * side), np.nan, dtype=field.dtype)
    padded[:rows, :columns] = field
    return padded.reshape(down, side, across, side).transpose(0, 2, 1, 3).reshape(down, across, side * side)


def _spread(values: FloatArray, shape: tuple[int, ...], side: int) -> FloatArray:
    """Linear interpolation between block centres, constant beyond the outermost."""
    row = (np.arange(shape[0]) + 0.5) / side - 0.5
    column = (np.arange(shape[1]) + 0.5) / side - 0.5
    along_rows = map_coordinates(
        values, np.meshgrid(row, np.arange(values.shape[1]), indexing="ij"), order=1, mode="nearest"
    )
    position = np.clip(column, 0, values.shape[1] - 1)
    low = np.minimum(position.astype(int), max(values.shape[1] - 2, 0))
    high = np.minimum(low + 1, values.shape[1] - 1)
    share = (position - low).astype(np.float32)
    along_rows = along_rows.astype(np.float32)
    out: FloatArray = along_rows[:, low] * (1 - share) + along_rows[:, high] * share
    return out
