"""From an enhancement field to plumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, find_objects, label

from superemitter.measure.detection.describe import Seen, describe
from superemitter.measure.detection.joining import join_pieces
from superemitter.measure.detection.pooling import local_statistics, pool
from superemitter.measure.detection.screening import SpectralScreen, spectral_screen
from superemitter.measure.detection.splitting import Part, split_touching
from superemitter.measure.detection.threshold import (
    LEAST_VETTED_THRESHOLD,
    SCREEN_FROM,
    NegativeTail,
    negative_tail,
    peaks_above,
    vetted_tail,
)
from superemitter.model import Detection, Enhancement, Scene, Wind
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

SOURCE_POOL_PX = 1.0
STRONG_SCORE, STRONG_SHARE = 8.0, 0.8
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
    vetted_tail : bool
        Count false plumes among what passes the spectral screen: peaks of the negated score must pass its mirror
        image to count as noise, weak candidates are held against the noise of their own spectrum, and look-alikes
        lose their score. Without it the tail is of all peaks, and fewer false plumes are found than are stated.
    local_background : bool
        Mass is counted above the background around a plume; otherwise above the scene's median.
    split : bool
        Touching plumes are told apart; otherwise connected pixels are one plume.
    """

    false_plumes_per_scene: float = 0.5
    pool_px: float = 1.5
    mask_score: float = 2.0
    block_px: int = 64
    least_pixels: int = 5
    least_spectral_match: float = 0.5
    vetted_tail: bool = True
    local_background: bool = True
    split: bool = True

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
    found = (
        _vetted(score, scene, valid, settings) if settings.vetted_tail else _plain(score, scene, valid, settings)
    )
    masks, tail, screen, taken = found.masks, found.tail, found.screen, found.taken
    clear = valid & ~binary_dilation(_union(masks, valid.shape), structure=_EIGHT, iterations=3)
    background = _background(enhancement.enhancement_ppm_m, clear if clear.any() else valid, settings)
    field = enhancement.enhancement_ppm_m - background
    seen = Seen(
        enhancement=enhancement,
        score=found.score,
        field=field,
        smooth=pool(field, valid, SOURCE_POOL_PX),
        wind=wind,
        tail=tail,
        positive_peaks=found.positive_peaks,
        screen=screen,
        candidates=taken,
        by_height=settings.vetted_tail,
    )
    joined = join_pieces(masks, seen.smooth, enhancement.footprint, wind)
    parts = [Part(mask=mask, joined=pieces) for mask, pieces in joined]
    if settings.split:
        parts = split_touching(
            joined,
            seen.smooth,
            score,
            clear=clear,
            mask_score=settings.mask_score,
            footprint=enhancement.footprint,
            wind=wind,
        )
    parts.sort(key=lambda part: -part.peak(score))
    return Detection(
        score=found.score,
        plumes=tuple(describe(number, part, seen) for number, part in enumerate(parts, start=1)),
        threshold=found.threshold,
        expected_false_plumes=tail.expected_false(found.threshold),
        background_ppm_m=background,
        rejected=found.rejected,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    """Masks of plumes, how they were told from noise, and the score with look-alikes taken out."""

    masks: list[BoolArray]
    tail: NegativeTail
    threshold: float
    screen: SpectralScreen | None
    taken: BoolArray
    positive_peaks: FloatArray
    score: FloatArray
    rejected: int


def _plain(score: FloatArray, scene: Scene | None, valid: BoolArray, settings: DetectionSettings) -> _Found:
    """Threshold from every negative peak; the screen afterwards."""
    tail = negative_tail(score)
    threshold = tail.threshold(settings.false_plumes_per_scene)
    candidates = _grow(score, threshold, settings)
    taken = _union(candidates, valid.shape)
    screen = spectral_screen(scene, valid, taken, noise_corrected=False) if scene and candidates else None
    masks = candidates  # all of them if there is no screen
    if screen is not None:
        masks = [m for m in candidates if screen.match(m, taken, score) >= settings.least_spectral_match]
    return _Found(
        masks=masks,
        tail=tail,
        threshold=threshold,
        screen=screen,
        taken=taken,
        positive_peaks=peaks_above(score, tail.start),
        score=score,
        rejected=len(candidates) - len(masks),
    )


def _vetted(score: FloatArray, scene: Scene | None, valid: BoolArray, settings: DetectionSettings) -> _Found:
    """Threshold from the negative peaks that pass the mirrored screen; look-alikes lose their score."""
    candidates, mirrored = (_groups(sign * score, SCREEN_FROM, settings) for sign in (1.0, -1.0))
    taken = np.zeros(valid.shape, dtype=bool)
    for group in (*candidates, *mirrored):
        taken[group.window] |= group.inside
    screen = spectral_screen(scene, valid, taken) if scene and candidates else None
    passing, noise = candidates, mirrored
    if screen is not None:
        least = settings.least_spectral_match
        passing = [
            group
            for group in candidates
            if screen.match_within(group.window, group.inside, taken, score) >= _least(group.peak, least)
        ]
        noise = [
            group
            for group in mirrored
            if screen.match_within(group.window, group.inside, taken, score, -1.0) >= least
        ]
    tail = vetted_tail(np.array([group.peak for group in noise]), float(valid.sum()))
    threshold = tail.threshold(settings.false_plumes_per_scene, least=LEAST_VETTED_THRESHOLD)
    clean = score.copy()
    looks_alike = {id(group) for group in candidates} - {id(group) for group in passing}
    for group in candidates:
        if id(group) in looks_alike:
            part = clean[group.window]
            part[group.inside] = np.minimum(part[group.inside], 0.0)
    strong = [group for group in passing if group.peak >= threshold]
    positive = np.zeros(valid.shape, dtype=bool)
    for group in candidates:
        positive[group.window] |= group.inside
    return _Found(
        masks=[group.mask(valid.shape) for group in strong],
        tail=tail,
        threshold=threshold,
        screen=screen,
        taken=positive,
        positive_peaks=np.array([group.peak for group in passing]),
        score=clean,
        rejected=sum(group.peak >= threshold for group in candidates) - len(strong),
    )


def _least(peak: float, least: float) -> float:
    """Least spectral match: of strong candidates less, for their noise does not flatter them."""
    return least if peak < STRONG_SCORE else STRONG_SHARE * least


def _background(field: FloatArray, use: BoolArray, settings: DetectionSettings) -> FloatArray:
    """What the enhancement reads where there is no plume. (row, column) [ppm m]"""
    if settings.local_background:
        return local_statistics(field, use, settings.block_px)[0]
    return np.full(field.shape, np.nanmedian(field[use]), dtype=np.float32)


def _nothing(shape: tuple[int, ...]) -> Detection:
    """The answer for a scene without a valid pixel."""
    empty = np.full(shape, np.nan, dtype=np.float32)
    return Detection(score=empty, plumes=(), threshold=np.inf, expected_false_plumes=0.0, background_ppm_m=empty)


def _union(masks: list[BoolArray], shape: tuple[int, ...]) -> BoolArray:
    out = np.zeros(shape, dtype=bool)
    for mask in masks:
        out |= mask
    return out


@dataclass(frozen=True, kw_only=True, eq=False)
class _Group:
    """Connected pixels in the window they fill, and their highest score: a scene may hold a thousand of them."""

    window: tuple[slice, slice]
    inside: BoolArray
    peak: float

    def mask(self, shape: tuple[int, ...]) -> BoolArray:
        """The same over the whole image."""
        out = np.zeros(shape, dtype=bool)
        out[self.window] = self.inside
        return out


def _groups(score: FloatArray, threshold: float, settings: DetectionSettings) -> list[_Group]:
    """Groups of connected pixels above the mask score that hold a peak above the threshold."""
    labels, _ = label(np.nan_to_num(score, nan=-np.inf) > settings.mask_score, structure=_EIGHT)
    groups = []
    for number, window in enumerate(find_objects(labels), start=1):
        inside = labels[window] == number
        if inside.sum() < settings.least_pixels:
            continue
        peak = float(score[window][inside].max())
        if peak >= threshold:
            groups.append(_Group(window=window, inside=inside, peak=peak))
    return groups


def _grow(score: FloatArray, threshold: float, settings: DetectionSettings) -> list[BoolArray]:
    """Masks of connected pixels above the mask score that hold a peak above the threshold."""
    return [group.mask(score.shape) for group in _groups(score, threshold, settings)]
