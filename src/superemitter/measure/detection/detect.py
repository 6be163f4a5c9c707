"""From an enhancement field to plumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, find_objects, label

from superemitter.measure.detection.describe import Seen, describe
from superemitter.measure.detection.joining import join_pieces
from superemitter.measure.detection.pooling import local_statistics, pool
from superemitter.measure.detection.screening import spectral_screen
from superemitter.measure.detection.threshold import negative_tail, peaks_above
from superemitter.model import Detection, Enhancement, Flag, Scene, Wind
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

SOURCE_POOL_PX = 1.0
_EIGHT = np.ones((3, 3), dtype=int)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionSettings:
    """Choices of the detection; the defaults are what ``scan`` uses.

    Attributes
    ----------
    false_plumes_per_scene : float
        Number of false plumes a scene is expected to hold; sets the threshold.
    pool_px : float
        1-sigma width of the pooling. [pixel]
    mask_score : float
        A plume grows from its peak over connected pixels above this score. [1-sigma]
    block_px : int
        Side of the blocks for local background and noise. [pixel]
    least_pixels : int
        Smaller groups are dropped.
    least_spectral_match : float
        Candidates whose spectrum methane explains less are dropped, where the scene is at hand. [1]
    """

    false_plumes_per_scene: float = 0.5
    pool_px: float = 1.5
    mask_score: float = 2.0
    block_px: int = 64
    least_pixels: int = 5
    least_spectral_match: float = 0.4

    def __post_init__(self) -> None:
        if not self.false_plumes_per_scene > 0:
            raise InvalidValue(
                f"false plumes per scene is {self.false_plumes_per_scene}", hint="give a number above 0"
            )
        if not (self.pool_px >= 0 and self.mask_score > 0 and self.block_px >= 8 and self.least_pixels >= 1):
            raise InvalidValue("pooling, mask score, block or least size of the detection is out of range")


def detection_score(enhancement: Enhancement, settings: DetectionSettings) -> FloatArray:
    """Pooled enhancement above its local background in units of its local noise. (row, column) float32 [1-sigma]

    The noise is that of the pooled field itself, so correlated noise and clutter count as what they are; it is not
    taken below half its median over the scene.
    """
    valid = enhancement.valid
    pooled = pool(enhancement.score_input_ppm_m, valid, settings.pool_px)
    background, noise = local_statistics(pooled, valid, settings.block_px)
    floor = 0.5 * float(np.median(noise)) or np.finfo(np.float32).tiny
    score: FloatArray = (pooled - background) / np.maximum(noise, floor)
    return score


def detect(
    enhancement: Enhancement,
    *,
    scene: Scene | None = None,
    wind: Wind | None = None,
    settings: DetectionSettings | None = None,
) -> Detection:
    """Find plumes: pool, standardise, threshold at a stated false-alarm rate, grow, screen, locate.

    Parameters
    ----------
    enhancement : Enhancement
    scene : Scene, optional
        The scene it was made from: candidates whose spectrum does not look like methane are then dropped.
    wind : Wind, optional
        Orients the plumes: the source is their upwind end.
    settings : DetectionSettings, optional

    Returns
    -------
    Detection
        Plumes strongest first, with the score field and the local background to subtract before mass is summed.
    """
    settings = settings or DetectionSettings()
    valid = enhancement.valid
    if not valid.any():
        return _nothing(valid.shape)
    score = detection_score(enhancement, settings)
    tail = negative_tail(score)
    threshold = tail.threshold(settings.false_plumes_per_scene)
    candidates = _grow(score, threshold, settings)
    taken = _union(candidates, valid.shape)
    screen = spectral_screen(scene, valid, taken) if scene and candidates else None
    masks = candidates  # all of them if there is no screen
    if screen is not None:
        masks = [m for m in candidates if screen.match(m, taken, score) >= settings.least_spectral_match]
    clear = valid & ~binary_dilation(_union(masks, valid.shape), structure=_EIGHT, iterations=3)
    background, _ = local_statistics(
        enhancement.enhancement_ppm_m, clear if clear.any() else valid, settings.block_px
    )
    field = enhancement.enhancement_ppm_m - background
    seen = Seen(
        enhancement=enhancement,
        score=score,
        field=field,
        smooth=pool(field, valid, SOURCE_POOL_PX),
        wind=wind,
        tail=tail,
        positive_peaks=peaks_above(score, tail.start),
        screen=screen,
        candidates=taken,
    )
    joined = join_pieces(masks, seen.smooth, enhancement.footprint, wind)
    joined.sort(key=lambda pair: -float(score[pair[0]].max()))
    return Detection(
        score=score,
        plumes=tuple(
            describe(number, mask, seen, {Flag.JOINED} if pieces else set())
            for number, (mask, pieces) in enumerate(joined, start=1)
        ),
        threshold=threshold,
        expected_false_plumes=tail.expected_false(threshold),
        background_ppm_m=background,
        rejected=len(candidates) - len(masks),
    )


def _nothing(shape: tuple[int, ...]) -> Detection:
    """The answer for a scene without a valid pixel."""
    empty = np.full(shape, np.nan, dtype=np.float32)
    return Detection(score=empty, plumes=(), threshold=np.inf, expected_false_plumes=0.0, background_ppm_m=empty)


def _union(masks: list[BoolArray], shape: tuple[int, ...]) -> BoolArray:
    out = np.zeros(shape, dtype=bool)
    for mask in masks:
        out |= mask
    return out


def _grow(score: FloatArray, threshold: float, settings: DetectionSettings) -> list[BoolArray]:
    """Masks of connected pixels above the mask score that hold a peak above the threshold."""
    labels, _ = label(np.nan_to_num(score, nan=-np.inf) > settings.mask_score, structure=_EIGHT)
    masks = []
    for number, window in enumerate(find_objects(labels), start=1):
        inside = labels[window] == number
        if inside.sum() < settings.least_pixels or score[window][inside].max() < threshold:
            continue
        mask = np.zeros(score.shape, dtype=bool)
        mask[window] = inside
        masks.append(mask)
    return masks
