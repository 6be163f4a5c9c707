"""The sparse matched filter (reweighted L1, albedo-corrected), exact, with one covariance for all iterations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

UNIT_PPM_M = 1e5
EPSILON = 1e-9
TOLERANCE_PPM_M = 1.0
MOST_ITERATIONS = 400


@dataclass(frozen=True, kw_only=True, eq=False)
class Sparse:
    """What the sparse filter reads in one group of pixels.

    Attributes
    ----------
    alpha : (pixel,) array
        Never below 0, mostly exactly 0. [ppm m]
    albedo : (pixel,) array
        [1]
    iterations : int
        Made.
    converged : bool
        The last one changed no pixel by more than the tolerance.
    """

    alpha: FloatArray
    albedo: FloatArray
    iterations: int
    converged: bool


def sparse_filter(
    radiance: FloatArray,
    unit_absorption: FloatArray,
    *,
    iterations: int | None = None,
    tolerance_ppm_m: float = TOLERANCE_PPM_M,
) -> Sparse:
    r"""Non-negative, sparse enhancement whose own gas is taken out of its background statistics.

    With :math:`t = s \circ \mu`, brightness :math:`R_i = x_i^T \mu_0 / \mu_0^T \mu_0` and
    :math:`w_i = 1 / (R_i (\alpha_i + \epsilon))`, each iteration re-estimates mean and covariance from
    :math:`x_i - R_i \alpha_i t` and sets

    .. math:: \alpha_i = \max\left(0,
              \frac{t^T C^{-1} (x_i - \mu) - w_i}{R_i \max(1, t^T C^{-1} t)}\right)

    Two facts make this cheap and leave it exact. Taking :math:`y_i t` out changes the covariance by a matrix of
    rank two,

    .. math:: C = S_0 - t c^T - c t^T + v\, t t^T, \qquad c = \frac1N \sum (x_i - \mu_0)(y_i - \bar y)

    with :math:`y = R \alpha` and its variance v, so that one inverse of :math:`S_0` serves all iterations. And a
    pixel that reached 0 stays there, for its weight is then :math:`1 / (R \epsilon)`: only the others are visited.

    Parameters
    ----------
    radiance : (pixel, band) array
        Of one detector column, every pixel usable. [uW cm-2 sr-1 nm-1]
    unit_absorption : (band,) array
        s. [(ppm m)-1]
    iterations : int, optional
        A fixed number: 30 is that of the original. Left out: until no pixel changes by `tolerance_ppm_m`.
    tolerance_ppm_m : float
        [ppm m]

    Returns
    -------
    Sparse

    Raises
    ------
    InvalidValue
        There are not more pixels than bands, or their covariance has no inverse.

    Notes
    -----
    At 30 iterations it is not converged: on simulated columns pixels still change by hundreds of ppm m.

    References
    ----------
    Foote et al. 2020, IEEE Trans. Geosci. Remote Sens. 58, 6480. doi:10.1109/TGRS.2020.2976888
    """
    x = np.ascontiguousarray(radiance, dtype=np.float64)
    count, bands = x.shape
    if count <= bands:
        raise InvalidValue(f"{count} pixels are too few for the covariance of {bands} bands")
    start = _Start.of(x, np.asarray(unit_absorption, float) * UNIT_PPM_M)
    alpha = np.maximum((x @ start.solved - start.mean @ start.solved) / (start.albedo * start.power), 0.0)
    return _iterate(x, start, alpha, iterations, tolerance_ppm_m / UNIT_PPM_M)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Start:
    """Statistics of the pixels as they are, and the first filter."""

    spectrum: FloatArray
    mean: FloatArray
    inverse: FloatArray
    albedo: FloatArray
    target: FloatArray
    solved: FloatArray
    power: float

    @classmethod
    def of(cls, x: FloatArray, spectrum: FloatArray) -> _Start:
        mean = x.mean(axis=0)
        centred = x - mean
        try:
            inverse = np.linalg.inv(centred.T @ centred / x.shape[0])
        except np.linalg.LinAlgError as error:
            raise InvalidValue("the radiance of a column does not vary in every band") from error
        target = spectrum * mean
        solved = inverse @ target
        return cls(
            spectrum=spectrum,
            mean=mean,
            inverse=inverse,
            albedo=x @ mean / (mean @ mean),
            target=target,
            solved=solved,
            power=float(target @ solved),
        )


def _iterate(x: FloatArray, start: _Start, alpha: FloatArray, iterations: int | None, tolerance: float) -> Sparse:
    out = np.zeros_like(alpha)
    there = np.flatnonzero(alpha > 0)
    some, albedo, known = x[there], start.albedo[there], alpha[there]
    target = start.target
    change, done = np.inf, 0
    most = MOST_ITERATIONS if iterations is None else iterations
    while done < most:
        done += 1
        mean, solved, power, target = _updated(x.shape[0], some, albedo * known, start, target)
        penalty = 1.0 / (albedo * (known + EPSILON))
        new = (some @ solved - mean @ solved - penalty) / (albedo * power)
        np.maximum(new, 0.0, out=new)
        change = float(np.abs(new - known).max(initial=0.0))
        kept = new > 0
        if not kept.all():
            there, some, albedo, new = there[kept], some[kept], albedo[kept], new[kept]
        known = new
        if iterations is None and change <= tolerance:
            break
    out[there] = known
    return Sparse(alpha=out * UNIT_PPM_M, albedo=start.albedo, iterations=done, converged=change <= tolerance)


def _updated(
    count: int, some: FloatArray, gas: FloatArray, start: _Start, target: FloatArray
) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Mean, C^-1 t, t^T C^-1 t (at least 1) and t after the gas of the pixels that hold any is taken out."""
    level = float(gas.sum()) / count
    spread = float(gas @ gas) / count - level**2
    shared = gas @ some / count - level * start.mean
    mean = start.mean - level * target
    new_target = start.spectrum * mean
    two = np.stack([target, shared], axis=1)
    known = start.inverse @ np.column_stack([two, new_target])
    inner = two.T @ known
    small = np.array([[0.0, -1.0], [-1.0, -spread]]) + inner[:, :2]
    solved = known[:, 2] - known[:, :2] @ np.linalg.solve(small, inner[:, 2])
    return mean, solved, max(float(new_target @ solved), 1.0), new_target


def sparse_field(
    radiance: FloatArray, use: BoolArray, unit_absorption: FloatArray, *, by_column: bool, least_pixels: int
) -> FloatArray:
    """The sparse filter over an image: of each detector column on its own, or of all pixels together.

    Parameters
    ----------
    radiance : (row, column, band) array
        [uW cm-2 sr-1 nm-1]
    use : (row, column) bool array
        Pixels with usable radiance.
    unit_absorption : (group, band) array
        Of each column, or one. [(ppm m)-1]
    by_column : bool
    least_pixels : int
        A column with fewer is not answered.

    Returns
    -------
    (row, column) float32 array
        NaN where `use` is false, a column is too short, or its covariance has no inverse. [ppm m]
    """
    out = np.full(use.shape, np.nan, dtype=np.float32)
    groups: list[Any] = [np.s_[:, j] for j in range(use.shape[1])] if by_column else [np.s_[:, :]]
    for number, part in enumerate(groups):
        chosen = use[part]
        if chosen.sum() < least_pixels:
            continue
        spectrum = unit_absorption[min(number, unit_absorption.shape[0] - 1)]
        try:
            seen = sparse_filter(radiance[part][chosen], spectrum)
        except InvalidValue:
            continue
        out[part][chosen] = seen.alpha
    return out
