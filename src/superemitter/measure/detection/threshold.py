"""How high a score must be: a threshold at a stated number of false plumes, from the scene's own negative tail."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import label

from superemitter.model.types import FloatArray

TAIL_START = 3.5
TAIL_PEAKS = 25
PRIOR_PEAKS = 5.0
PRIOR_MEAN_EXCESS = 0.35
LEAST_THRESHOLD = 4.5
SCREEN_FROM = 3.0
LEAST_VETTED_THRESHOLD = 3.5
LOOK_ALIKE_EXCESS = 2.3
LEAST_VETTED_PEAKS = 2.0
_EIGHT = np.ones((3, 3), dtype=int)


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeTail:
    """How many peaks noise makes, as a function of their height.

    Attributes
    ----------
    peaks : float
        Expected number of noise peaks above `start` in the scene.
    start : float
        Score at which the tail starts. [1-sigma]
    mean_excess : float
        Mean height above `start`. [1-sigma]
    """

    peaks: float
    start: float
    mean_excess: float

    def expected_false(self, score: float) -> float:
        """Expected number of noise peaks in the scene that reach `score`."""
        return self.peaks * math.exp(-(score - self.start) / self.mean_excess)

    def threshold(self, false_plumes: float, least: float = LEAST_THRESHOLD) -> float:
        """Score that noise is expected to reach `false_plumes` times in the scene, at least `least`. [1-sigma]"""
        score = self.start + self.mean_excess * math.log(max(self.peaks, false_plumes) / false_plumes)
        return max(score, least)


def peaks_above(score: FloatArray, level: float) -> FloatArray:
    """Greatest score of each 8-connected group of pixels above `level`. (n,) [1-sigma]"""
    above = np.nan_to_num(score, nan=-np.inf) > level
    labels, count = label(above, structure=_EIGHT)
    if count == 0:
        return np.empty(0)
    peaks = np.full(count + 1, -np.inf)
    np.maximum.at(peaks, labels[above], score[above])
    return peaks[1:]


def negative_tail(score: FloatArray) -> NegativeTail:
    r"""Tail of the noise peaks, from the peaks of the negated score.

    Methane only ever makes positive peaks; noise and clutter make both. The number of peaks that reach u is taken
    as exponential beyond 3.5 sigma, or beyond the 25 highest negative peaks where there are more: clutter has a
    longer tail than noise, and only the highest peaks show it,

    .. math:: N(u) = N_0 e^{-(u - u_0) / b},

    with b the mean excess of the negative peaks, weighed with 5 peaks of mean excess 0.35 (that of Gaussian noise)
    so that a small scene without any is not taken for noise-free.

    Parameters
    ----------
    score : (row, column) array
        Standardised score, NaN where not valid. [1-sigma]

    Notes
    -----
    Surfaces that look like methane make positive peaks only; this tail does not know them.
    """
    gaussian = np.isfinite(score).sum() / 28.0 * 0.5 * math.erfc(TAIL_START / math.sqrt(2.0)) * 4.0
    return _tail(peaks_above(-score, TAIL_START), TAIL_START, float(gaussian))


def vetted_tail(peaks: FloatArray) -> NegativeTail:
    """The same from negative peaks above 3 sigma that were held against the mirrored spectral screen.

    Parameters
    ----------
    peaks : (n,) array
        Heights of those that passed. [1-sigma]

    Notes
    -----
    Surfaces that look like methane make positive peaks only. On simulated ground with look-alikes as many positive
    as negative peaks of 3 sigma pass the screen, but they reach higher: their mean excess is that of the negative
    ones times 2.3 (40 scenes without a leak, seeds that do not judge).
    """
    tail = _tail(peaks, SCREEN_FROM, LEAST_VETTED_PEAKS)
    return replace(tail, mean_excess=LOOK_ALIKE_EXCESS * tail.mean_excess)


def _tail(peaks: FloatArray, start: float, least_peaks: float) -> NegativeTail:
    peaks = np.sort(peaks)[::-1]
    if peaks.size > TAIL_PEAKS:
        start, peaks = float(peaks[TAIL_PEAKS]), peaks[:TAIL_PEAKS]
    excess = float(np.sum(peaks - start)) + PRIOR_PEAKS * PRIOR_MEAN_EXCESS
    mean_excess = excess / (peaks.size + PRIOR_PEAKS)
    return NegativeTail(peaks=max(float(peaks.size), least_peaks), start=start, mean_excess=mean_excess)
