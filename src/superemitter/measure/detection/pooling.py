"""Spatial pooling, local background and local noise of an enhancement field."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from superemitter.model.types import BoolArray, FloatArray

MAD_TO_SIGMA = 1.4826
_LEAST_VALID_SHARE = 0.1


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
        share = gaussian_filter(valid.astype(np.float32), width_px, mode="constant", truncate=3.0)
        filled = gaussian_filter(filled, width_px, mode="constant", truncate=3.0)
        np.divide(filled, share, out=filled, where=valid & (share > 0))
    filled[~valid] = np.nan
    return filled


def local_statistics(field: FloatArray, use: BoolArray, block_px: int) -> tuple[FloatArray, FloatArray]:
    """Local background (median) and local noise (scaled median absolute deviation), smooth over the image.

    Medians of square blocks, linear between block centres. A block with less than a tenth of its pixels usable
    takes the mean of the others.

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
    enough = count >= _LEAST_VALID_SHARE * block_px**2
    if not enough.any():
        enough = count == count.max()
    median = np.full(count.shape, np.nan)
    noise = np.full(count.shape, np.nan)
    median[enough] = np.nanmedian(blocks[enough], axis=-1)
    deviation = np.abs(blocks[enough] - median[enough][:, None])
    noise[enough] = MAD_TO_SIGMA * np.nanmedian(deviation, axis=-1)
    median[~enough] = median[enough].mean()
    noise[~enough] = noise[enough].mean()
    return _spread(median, field.shape, block_px), _spread(noise, field.shape, block_px)


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
