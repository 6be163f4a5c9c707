"""Does it look like methane? The spectrum of a candidate against look-alike surfaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.ndimage import binary_dilation

from superemitter.measure.spectra import unit_absorption
from superemitter.model import Scene
from superemitter.model.types import BoolArray, FloatArray

RING_PX = 6
SAMPLE = 40_000
CORE_SHARES = (1.0, 0.5, 0.33)
LEAST_CORE = 20
NOISE_SHARE = 0.8  # of the noise that independent pixels leave; taking off all of it would clear look-alikes
_LEAST_RING = 10
_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class SpectralScreen:
    """The background of a scene, to hold candidates against; made by :func:`spectral_screen`.

    Attributes
    ----------
    scene : Scene
    usable : (row, column) bool array
        Pixels with a spectrum, plumes included.
    column_mean : (column, band) array
        Mean background radiance of each column. [uW cm-2 sr-1 nm-1]
    whitening : (band, band) array
        Lower Cholesky factor of the covariance about the columns' means.
    target : (band,) array
        Unit absorption spectrum times the mean radiance, whitened.
    noise_corrected : bool
        Take from a contrast what noise alone leaves in it. Otherwise weak plumes fall among look-alikes.
    """

    scene: Scene
    usable: BoolArray
    column_mean: FloatArray
    whitening: FloatArray
    target: FloatArray
    noise_corrected: bool = True

    def match(self, mask: BoolArray, taken: BoolArray, score: FloatArray, sign: float = 1.0) -> float:
        r"""Share of a candidate's spectral contrast that methane explains: the adaptive cosine estimator.

        .. math:: \mathrm{ACE} = \frac{(t^T C^{-1} d)^2}{(t^T C^{-1} t)\,(d^T C^{-1} d)}

        with the difference d of the mean albedo-normalised spectrum of the candidate and of the ring around it.
        Methane over any ground leaves the ground's own difference in d; a surface that only resembles methane in
        some bands differs in the others too, and C, which weighs them by how much ground varies, shows it. A large
        candidate's outskirts hold more ground than gas, so its strongest half and third are tried as well, and the
        best of the three counts.

        The mean over n pixels still holds noise, :math:`(B - 1)(1/n + 1/n_\mathrm{ring})` of the whitened energy
        where it is white; four fifths of it are taken off what methane does not explain
        (``noise_corrected``), so that a weak plume is judged by its spectrum and not by its weakness.

        Parameters
        ----------
        mask : (row, column) bool array
            The candidate.
        taken : (row, column) bool array
            Pixels of any candidate: not background.
        score : (row, column) array
            Orders the candidate's pixels.
        sign : float
            -1 for a peak of the negated score: whether noise and clutter make absorption with the sign turned.

        Returns
        -------
        float
            0 to 1. On simulated scenes look-alikes stay below 0.33; plumes of 8 sigma and more reach 0.55, the
            weakest ones may fall among the look-alikes. [1]

        References
        ----------
        Kraut, Scharf & Butler 2005, IEEE Trans. Signal Process. 53, 427. doi:10.1109/TSP.2004.840823
        """
        rows, columns = np.nonzero(mask)
        window = slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1)
        return self.match_within(window, mask[window], taken, score, sign)

    def match_within(
        self,
        filled: tuple[slice, slice],
        inside_filled: BoolArray,
        taken: BoolArray,
        score: FloatArray,
        sign: float = 1.0,
    ) -> float:
        """The same for a candidate given by the window it fills and its pixels there."""
        window = tuple(
            slice(max(part.start - RING_PX, 0), min(part.stop + RING_PX, size))
            for part, size in zip(filled, taken.shape, strict=True)
        )
        window = window[0], window[1]
        mask = np.zeros(taken[window].shape, dtype=bool)
        row, column = filled[0].start - window[0].start, filled[1].start - window[1].start
        mask[row : row + inside_filled.shape[0], column : column + inside_filled.shape[1]] = inside_filled
        inside = mask & self.usable[window]
        around = binary_dilation(mask, structure=_EIGHT, iterations=RING_PX) & self.usable[window]
        around &= ~taken[window]
        if not inside.any() or around.sum() < _LEAST_RING:
            return 0.0
        ground = self._mean(around, window)
        cores = [_strongest(inside, sign * score[window], share) for share in CORE_SHARES]
        noise = [1.0 / core.sum() + 1.0 / around.sum() for core in cores]
        return max(
            self._cosine(sign * (self._mean(core, window) - ground), share)
            for core, share in zip(cores, noise, strict=True)
        )

    def _cosine(self, contrast: FloatArray, noise: float) -> float:
        """The estimator for one difference of spectra; 0 if it is no absorption.

        `noise` is the variance of a whitened band by noise alone.
        """
        seen = solve_triangular(self.whitening, contrast, lower=True, check_finite=False)
        along = float(seen @ self.target) / np.sqrt(float(self.target @ self.target))
        rest = float(seen @ seen) - along**2
        if self.noise_corrected:
            rest = max(rest - NOISE_SHARE * (seen.size - 1) * noise, 0.0)
        return along**2 / (along**2 + rest) if along > 0 else 0.0

    def _mean(self, chosen: BoolArray, window: tuple[slice, slice]) -> FloatArray:
        """Mean over pixels of radiance divided by the albedo factor, less the column's mean. (band,)"""
        rows, columns = np.nonzero(chosen)
        mean = self.column_mean[columns + window[1].start]
        spectra = self.scene.radiance[rows + window[0].start, columns + window[1].start].astype(np.float64)
        albedo = np.sum(spectra * mean, axis=1) / np.sum(mean * mean, axis=1)
        out: FloatArray = (spectra / albedo[:, None] - mean).mean(axis=0)
        return out


def spectral_screen(
    scene: Scene, usable: BoolArray, taken: BoolArray, *, noise_corrected: bool = True
) -> SpectralScreen | None:
    """Statistics of the ground that candidates are held against.

    Parameters
    ----------
    scene : Scene
    usable : (row, column) bool array
        Pixels with a retrieval.
    taken : (row, column) bool array
        Pixels of candidates, kept out of the statistics.
    noise_corrected : bool
        See :class:`SpectralScreen`.

    Returns
    -------
    SpectralScreen or None
        None if fewer than five pixels per band are left: the screen then does not say anything.
    """
    ground = usable & ~taken
    bands = scene.wavelength_nm.size
    if ground.sum() < 5 * bands:
        return None
    column_mean = _column_means(scene, ground)
    chosen = np.flatnonzero(ground.ravel())
    rows, columns = np.divmod(chosen[:: max(1, chosen.size // SAMPLE)], scene.shape[1])
    deviation = scene.radiance[rows, columns].astype(np.float64) - column_mean[columns]
    covariance = np.cov(deviation.T)
    covariance += 1e-9 * np.diag(np.diag(covariance)) + np.finfo(float).tiny * np.eye(bands)
    whitening = np.linalg.cholesky(covariance)
    air_mass = float(np.nanmean(scene.air_mass[usable]))
    target = unit_absorption(scene.wavelength_nm, scene.fwhm_nm, air_mass) * column_mean.mean(axis=0)
    return SpectralScreen(
        scene=scene,
        usable=usable,
        column_mean=column_mean,
        whitening=whitening,
        target=solve_triangular(whitening, target, lower=True),
        noise_corrected=noise_corrected,
    )


def _strongest(inside: BoolArray, score: FloatArray, share: float) -> BoolArray:
    """The given share of the pixels, those of the highest score, but no fewer than 20."""
    values = np.sort(score[inside])
    kept = min(max(round(share * values.size), LEAST_CORE), values.size)
    core: BoolArray = inside & (score >= values[-kept])
    return core


def _column_means(scene: Scene, ground: BoolArray) -> FloatArray:
    """Mean spectrum of each column's ground; of the scene where a column has none or is no detector."""
    total: FloatArray = np.einsum("rcb,rc->cb", scene.radiance, ground.astype(np.float32), dtype=np.float64)
    count = ground.sum(axis=0).astype(np.float64)[:, None]
    overall = total.sum(axis=0) / count.sum()
    own: BoolArray = (count > 0) & (not scene.orthorectified)
    mean: FloatArray = np.where(own, total / np.maximum(count, 1.0), overall)
    return mean
