"""Does it look like methane? The spectrum of a candidate against look-alike surfaces."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.ndimage import maximum_filter

from superemitter.measure.spectra import unit_absorption
from superemitter.model import Scene
from superemitter.model.types import BoolArray, FloatArray

RING_PX = 6
SAMPLE = 40_000
CORE_SHARES = (1.0, 0.5, 0.33)
LEAST_CORE = 20
NOISE_SHARE = 0.8  # of the noise that independent pixels leave; taking off all of it would clear look-alikes
LEAST_PLAIN = 0.3
_LEAST_RING = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class SpectralScreen:
    """The background of a scene, to hold candidates against; made by :func:`spectral_screen`.

    Attributes
    ----------
    radiance : (row, column, band) float32 array
        [uW cm-2 sr-1 nm-1]
    usable : (row, column) bool array
        Pixels with a spectrum, plumes included.
    column_mean : (column, band) float32 array
        Mean background radiance of each column. [uW cm-2 sr-1 nm-1]
    column_power : (column,) float32 array
        Sum over bands of its square. [(uW cm-2 sr-1 nm-1)2]
    whitening : (band, band) array
        Inverse of the lower Cholesky factor of the covariance about the columns' means.
    target : (band,) array
        Unit absorption spectrum times the mean radiance, whitened.
    noise_corrected : bool
        Take from a contrast what noise alone leaves in it. Otherwise weak plumes fall among look-alikes.
    """

    radiance: FloatArray
    usable: BoolArray
    column_mean: FloatArray
    column_power: FloatArray
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
        (``noise_corrected``), so that a weak plume is judged by its spectrum and not by its weakness. From
        less than 0.3 nothing is taken off: of a few pixels noise explains everything, and what is left is chance.

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
        around = maximum_filter(mask, 2 * RING_PX + 1, mode="constant") & self.usable[window]
        around &= ~taken[window]
        ring = int(np.count_nonzero(around))
        if not inside.any() or ring < _LEAST_RING:
            return 0.0
        strongest_first = np.argsort(-sign * score[window][inside], kind="stable")
        spectra = self._contrasts(inside, window)[strongest_first]
        ground = self._contrasts(around, window).mean(axis=0, dtype=np.float64)
        sizes = [min(max(round(share * len(spectra)), LEAST_CORE), len(spectra)) for share in CORE_SHARES]
        cores = np.stack([spectra[:size].mean(axis=0, dtype=np.float64) - ground for size in sizes])
        seen = sign * cores @ self.whitening.T
        return max(self._cosine(s, 1.0 / size + 1.0 / ring) for s, size in zip(seen, sizes, strict=True))

    def _cosine(self, seen: FloatArray, noise: float) -> float:
        """The estimator for one whitened difference of spectra; 0 if it is no absorption.

        `noise` is the variance of a band by noise alone.
        """
        along = float(seen @ self.target) / math.sqrt(float(self.target @ self.target))
        if along <= 0:
            return 0.0
        rest = float(seen @ seen) - along**2
        plain = along**2 / (along**2 + rest)
        if not self.noise_corrected or plain < LEAST_PLAIN:
            return plain
        rest = max(rest - NOISE_SHARE * (seen.size - 1) * noise, 0.0)
        return along**2 / (along**2 + rest)

    def _contrasts(self, chosen: BoolArray, window: tuple[slice, slice]) -> FloatArray:
        """Radiance divided by the albedo factor, less the column's mean. (pixel, band) float32"""
        rows, columns = np.nonzero(chosen)
        mean = self.column_mean[columns + window[1].start]
        spectra: FloatArray = self.radiance[rows + window[0].start, columns + window[1].start]
        power = self.column_power[columns + window[1].start]
        spectra *= (power / np.einsum("pb,pb->p", spectra, mean))[:, None]
        spectra -= mean
        return spectra


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
    whitening = solve_triangular(np.linalg.cholesky(covariance), np.eye(bands), lower=True)
    air_mass = float(np.nanmean(scene.air_mass[usable]))
    target = unit_absorption(scene.wavelength_nm, scene.fwhm_nm, air_mass) * column_mean.mean(axis=0)
    return SpectralScreen(
        radiance=scene.radiance,
        usable=usable,
        column_mean=column_mean.astype(np.float32),
        column_power=np.sum(column_mean**2, axis=1).astype(np.float32),
        whitening=whitening,
        target=whitening @ target,
        noise_corrected=noise_corrected,
    )


def _column_means(scene: Scene, ground: BoolArray) -> FloatArray:
    """Mean spectrum of each column's ground; of the scene where a column has none or is no detector."""
    total: FloatArray = np.einsum("rcb,rc->cb", scene.radiance, ground.astype(np.float32), dtype=np.float64)
    count = ground.sum(axis=0).astype(np.float64)[:, None]
    overall = total.sum(axis=0) / count.sum()
    own: BoolArray = (count > 0) & (not scene.orthorectified)
    mean: FloatArray = np.where(own, total / np.maximum(count, 1.0), overall)
    return mean
