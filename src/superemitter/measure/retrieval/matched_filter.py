"""The matched filter: how much of the methane signature is in each pixel's radiance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from superemitter.measure.retrieval.statistics import COLUMN_BLOCK, Background
from superemitter.model.types import BoolArray, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """A matched filter per group of columns.

    Attributes
    ----------
    weight : (group, band) float64 array
        w with ``alpha = w . (x - mean)``. [ppm m (uW cm-2 sr-1 nm-1)-1]
    mean : (group, band) float64 array
        [uW cm-2 sr-1 nm-1]
    usable : (group,) bool array
        False where the covariance cannot be inverted (a constant column).
    """

    weight: FloatArray
    mean: FloatArray
    usable: BoolArray

    def differs(self, other: Filter) -> BoolArray:
        """Groups in which this filter is not the other one. (group,) bool"""
        if self.mean.shape != other.mean.shape:
            return np.ones(self.mean.shape[0], dtype=bool)
        pairs = ((self.weight, other.weight), (self.mean, other.mean))
        out: BoolArray = (self.usable != other.usable) | np.any([np.any(a != b, axis=1) for a, b in pairs], axis=0)
        return out


def filter_weight(mean: Any, covariance: Any, unit_absorption: Any) -> Any:
    r"""Weights of the matched filter for a small methane enhancement.

    .. math:: w = \frac{C^{-1} t}{t^T C^{-1} t}, \qquad t = s \circ \mu

    Written against the array API: the same function runs on NumPy, CuPy and PyTorch arrays.

    Parameters
    ----------
    mean : (group, band) array
        [uW cm-2 sr-1 nm-1]
    covariance : (group, band, band) array
        Positive definite. [(uW cm-2 sr-1 nm-1)2]
    unit_absorption : (group, band) array
        s. [(ppm m)-1]

    Returns
    -------
    (group, band) array
        [ppm m (uW cm-2 sr-1 nm-1)-1]

    References
    ----------
    Thompson et al. 2015, Atmos. Meas. Tech. 8, 4383. doi:10.5194/amt-8-4383-2015
    """
    xp = array_namespace(mean, covariance, unit_absorption)
    target = unit_absorption * mean
    solved = xp.linalg.solve(covariance, target[:, :, None])[:, :, 0]
    return solved / xp.sum(target * solved, axis=1)[:, None]


def build_filter(statistics: Background, unit_absorption: FloatArray) -> Filter:
    """A matched filter for each group of columns; groups that cannot be inverted are marked, not guessed.

    Parameters
    ----------
    statistics : Background
    unit_absorption : (group, band) array
        [(ppm m)-1]
    """
    mean, covariance = statistics.mean, statistics.covariance
    diagonal = np.einsum("gbb->gb", covariance)
    usable = np.all(np.isfinite(covariance), axis=(1, 2)) & np.all(diagonal > 1e-12 * mean**2, axis=1)
    usable &= np.all(mean > 0, axis=1) & (statistics.count > mean.shape[1])
    weight = np.zeros_like(mean)
    if usable.any():
        scale = 1.0 / np.sqrt(diagonal[usable])  # unit variances: the result does not depend on radiance units
        scaled = covariance[usable] * scale[:, :, None] * scale[:, None, :]
        scaled_weight = filter_weight(mean[usable] * scale, scaled, unit_absorption[usable])
        weight[usable] = scaled_weight * scale
    usable &= np.all(np.isfinite(weight), axis=1)
    return Filter(weight=weight, mean=mean, usable=usable)


def albedo_factor(radiance: FloatArray, mean: FloatArray) -> FloatArray:
    r"""Brightness of a pixel relative to the background, :math:`R = x^T \mu / \mu^T \mu`.

    Parameters
    ----------
    radiance : (..., band) array
    mean : (band,) array

    References
    ----------
    Foote et al. 2020, IEEE Trans. Geosci. Remote Sens. 58, 6480. doi:10.1109/TGRS.2020.2976888
    """
    factor: FloatArray = radiance @ (mean / (mean @ mean))
    return factor


@dataclass(frozen=True, kw_only=True, eq=False)
class Filtered:
    """What a filter sees in each pixel. All (row, column) float32; see :func:`apply_filter`."""

    alpha: FloatArray
    albedo: FloatArray
    noise: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """A filter and what it saw, for :func:`apply_filter` to start from."""

    matched: Filter
    seen: Filtered


def apply_filter(
    radiance: FloatArray,
    matched: Filter,
    noise_a: FloatArray,
    noise_b: FloatArray,
    known: Known | None = None,
) -> Filtered:
    r"""Filter output, albedo factor and propagated instrument noise of every pixel.

    .. math:: \alpha = w^T (x - \mu), \quad R = x^T\mu / \mu^T\mu, \quad
              \sigma^2 = \sum_b w_b^2 a_b^2 (b_b + x_b)

    Parameters
    ----------
    radiance : (row, column, band) float32 array
        [uW cm-2 sr-1 nm-1]
    matched : Filter
        One group, or one per column.
    noise_a, noise_b : (band,) arrays
        Of the noise model ``NEdL = a sqrt(b + L)``.
    known : Known, optional
        An earlier answer for the same radiance: columns whose filter is the same are taken from it.

    Returns
    -------
    Filtered
        ``alpha`` without the albedo factor [ppm m], ``albedo`` R [1], ``noise`` 1 sigma of ``alpha`` [ppm m]; NaN
        where the filter is not usable.

    References
    ----------
    Fahlen et al. 2024, IEEE Trans. Geosci. Remote Sens. doi:10.1109/TGRS.2024.3440174 (uncertainty; as coded in
    emit-sds/emit-ghg).
    """
    rows, columns, _ = radiance.shape
    out = np.empty((3, rows, columns), dtype=np.float32)
    changed = np.ones(columns, dtype=bool)
    if known is not None:
        out[...] = known.seen.alpha, known.seen.albedo, known.seen.noise
        changed = np.broadcast_to(matched.differs(known.matched), columns)
    single = matched.mean.shape[0] == 1
    for first in range(0, columns, COLUMN_BLOCK):
        part = slice(first, min(first + COLUMN_BLOCK, columns))
        if not changed[part].any():
            continue
        group = slice(0, 1) if single else part
        weight, mean = matched.weight[group], matched.mean[group]
        norm = np.maximum(np.sum(mean * mean, axis=1, keepdims=True), np.finfo(float).tiny)
        kernels = np.stack([weight, mean / norm, weight**2 * noise_a**2], axis=2)  # (group, band, 3)
        block = radiance[:, part].transpose(1, 0, 2).astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):  # masked pixels may hold anything
            seen = np.matmul(block, kernels)  # (column, row, 3)
        seen[:, :, 0] -= np.sum(weight * mean, axis=1)[:, None]
        seen[:, :, 2] += np.sum(weight**2 * noise_a**2 * noise_b, axis=1)[:, None]
        seen[:, :, 2] = np.sqrt(np.maximum(seen[:, :, 2], 0.0))
        seen[np.broadcast_to(~matched.usable[group], seen.shape[:1])] = np.nan
        out[:, :, part] = seen.transpose(2, 1, 0)
    return Filtered(alpha=out[0], albedo=out[1], noise=out[2])


def response_to(transmittance: FloatArray, matched: Filter, *, by_albedo: bool) -> FloatArray:
    r"""What the filter reads where the true enhancement is known.

    .. math:: g(\alpha) = \frac{w^T (\mu \circ T - \mu)}{R}, \qquad
              R = \frac{(\mu \circ T)^T \mu}{\mu^T \mu}

    Strong methane darkens a pixel, and an albedo factor takes that for dark ground: R is then the factor the plume
    itself makes, else 1. Without it 16,000 ppm m would be read 9 to 13 % high.

    Parameters
    ----------
    transmittance : (group, k, band) array
        Band transmittance of k enhancements. [1]
    matched : Filter
    by_albedo : bool
        Whether the filter's output is divided by the albedo factor.

    Returns
    -------
    (group, k) array
        [ppm m]
    """
    reading: FloatArray = np.einsum("gb,gkb->gk", matched.weight * matched.mean, transmittance - 1.0)
    if not by_albedo:
        return reading
    power = matched.mean**2
    total = np.maximum(power.sum(axis=1), np.finfo(float).tiny)
    dimmed: FloatArray = np.einsum("gb,gkb->gk", power, transmittance) / total[:, None]
    return np.divide(reading, dimmed, out=reading, where=dimmed > 0)
