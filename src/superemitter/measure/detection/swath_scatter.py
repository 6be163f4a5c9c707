"""Scatter of the scores of plumes where there is none: told by losses of methane, larger at the edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.measure.detection.template_fit import TemplateField
from superemitter.model.types import BoolArray, FloatArray, IntArray

SAMPLE = 4000
SAMPLED_TURNS_DEG = np.array([0.0, 180.0, 90.0, 270.0])
SEEN = 0.5  # share of a plume that is seen, to tell the scatter by it
LEAST_LOSSES = 30
RISE = 0.5  # of the variance, in units of its mean, with the logarithm of the leverage: mean of 16 real crops,
RISE_PIXELS = 1200.0  # which scatter about it as the slope of so many pixels does
LEAST_VARIANCE = 0.2  # at a low leverage, of the mean
MOST_SIGMAS = 4.0  # a loss of more counts as so much


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampledScores:
    """Scores of plumes from a sample of the pixels away from known gas.

    Attributes
    ----------
    pixels : pair of (pixel,) integer arrays
        Rows and columns.
    score, seen : (direction, pixel) arrays
        Line mass over its error; share of the plume on usable pixels. [1]
    """

    pixels: tuple[IntArray, IntArray]
    score: FloatArray
    seen: FloatArray

    @classmethod
    def of(
        cls,
        templates: TemplateField,
        usable: BoolArray,
        wind_to: tuple[FloatArray, FloatArray] | None,
        quiet: BoolArray | None = None,
    ) -> SampledScores:
        """Up to 4,000 scores in the direction of the wind and, of small swaths, away from it.

        The same sample of the usable pixels with and without `quiet`, but for those that are not quiet; the
        templates are made of the usable ones that are.
        """
        calm = usable if quiet is None else usable & quiet
        sample = np.flatnonzero(usable)
        sample = sample[np.linspace(0, sample.size - 1, min(SAMPLE, sample.size)).astype(np.int64)]
        rows, columns = np.unravel_index(sample[calm.ravel()[sample]], usable.shape)
        pixels = rows, columns
        toward, speed = wind_at(wind_to, pixels)
        turns = SAMPLED_TURNS_DEG[: int(np.clip(SAMPLE // max(sample.size, 1), 1, SAMPLED_TURNS_DEG.size))]
        tried = templates.fit(pixels, toward + turns[:, None], speed)
        return cls(pixels=pixels, score=tried.score, seen=tried.seen)

    def losses(self) -> BoolArray:
        """Which tell the scatter: those below zero, for gas only ever adds, mostly seen if enough are."""
        below: BoolArray = self.score < 0
        seen = below & (self.seen > SEEN)
        return seen if seen.sum() >= LEAST_LOSSES else below

    def scatter(self, unit: FloatArray | float = 1.0) -> float:
        """Robust standard deviation of the scores over a unit of each pixel, at least 1.

        More than 1 where neighbours share errors in another way than the fit takes them to.
        """
        below = (self.score / unit)[self.losses()]
        return max(1.4826 * float(np.median(np.abs(below))), 1.0) if below.size else 1.0


def local_scatter(sampled: SampledScores, leverage: FloatArray) -> FloatArray:
    r"""Scatter of the scores of each pixel, at least 1. (row, column)

    The variance grows with the leverage h of the background,

    .. math:: s^2 \propto 1 + b\,(\ln h - \overline{\ln h}),

    because at the edge of what is usable, and amid gas that is left out, the background is told by pixels on one
    side or farther away. The slope b is that of the squared losses, shrunk towards 0.5, the mean of 16 real crops.

    Parameters
    ----------
    sampled : SampledScores
    leverage : (row, column) array
        Variance of the background over that with pixels all around. [1]
    """
    log = np.log(np.maximum(leverage, 1.0))
    losses = sampled.losses()
    at = np.broadcast_to(log[sampled.pixels], losses.shape)[losses]
    if at.size < LEAST_LOSSES:
        return np.full(leverage.shape, sampled.scatter())
    height = np.minimum(-sampled.score[losses] / sampled.scatter(), MOST_SIGMAS) ** 2
    away = at - at.mean()
    slope = float((away * height).sum() / height.mean()) / max(float((away**2).sum()), 1e-3 * at.size)
    count = sampled.pixels[0].size
    rise = max((count * slope + RISE_PIXELS * RISE) / (count + RISE_PIXELS), 0.0)
    growth: FloatArray = np.sqrt(np.maximum(1.0 + rise * (log - at.mean()), LEAST_VARIANCE))
    out: FloatArray = np.maximum(sampled.scatter(growth[sampled.pixels]) * growth, 1.0)
    return out


def wind_at(
    wind_to: tuple[FloatArray, FloatArray] | None, pixels: tuple[IntArray, IntArray]
) -> tuple[FloatArray, FloatArray]:
    """Direction and speed at pixels; where unknown, any direction in no wind."""
    if wind_to is None:
        return np.zeros(pixels[0].size), np.zeros(pixels[0].size)
    toward, speed = wind_to[0][pixels], wind_to[1][pixels]
    known = np.isfinite(toward) & np.isfinite(speed)
    return np.where(known, toward, 0.0), np.where(known, speed, 0.0)
