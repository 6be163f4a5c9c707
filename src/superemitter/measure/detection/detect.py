"""From an enhancement field to plumes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.ndimage import binary_dilation

from superemitter.measure.detection.candidates import likely_gas, plain_candidates, union, vetted_candidates
from superemitter.measure.detection.describe import Seen, describe
from superemitter.measure.detection.joining import join_pieces
from superemitter.measure.detection.pooling import local_statistics, pool, pool_along
from superemitter.measure.detection.settings import DetectionSettings
from superemitter.measure.detection.splitting import Part, noise_ppm_m, split_touching
from superemitter.model import Detection, Enhancement, Footprint, Scene, Wind
from superemitter.model.types import BoolArray, FloatArray

SOURCE_POOL_PX = 1.0
CLEAR_PX = 3
ROUNDING = 1e-5  # of the greatest value: what transforms in float32 leave
TINY = float(np.finfo(np.float32).tiny)
_EIGHT = np.ones((3, 3), dtype=int)


def detection_score(
    enhancement: Enhancement,
    settings: DetectionSettings,
    *,
    wind: Wind | None = None,
    gas: BoolArray | None = None,
) -> FloatArray:
    """Pooled enhancement above its local background in units of its local noise. (row, column) float32 [1-sigma]

    The highest over the widths of the pooling, stretched along the wind where it is known. The noise is that of
    the pooled field itself, so correlated noise and clutter count as what they are; it is not taken below half
    its median over the scene.

    Parameters
    ----------
    enhancement : Enhancement
    settings : DetectionSettings
    wind : Wind, optional
    gas : (row, column) bool array, optional
        Pixels of plumes that are known, kept out of background and noise: a wide plume would hide itself. They
        must leave enough of the scene for both.
    """
    return scores(enhancement, settings, wind=wind, gas=gas)[0]


def scores(
    enhancement: Enhancement, settings: DetectionSettings, *, wind: Wind | None, gas: BoolArray | None
) -> tuple[FloatArray, FloatArray]:
    """Highest and lowest score over the widths of the pooling: noise makes peaks of both kinds. [1-sigma]"""
    valid, field = enhancement.valid, enhancement.score_input_ppm_m
    use = valid if gas is None else valid & ~gas
    downwind = None if wind is None else downwind_in_image(enhancement.footprint, wind)
    of_widths = []
    for width in settings.pool_px:
        if downwind is None or settings.wind_stretch == 1.0 or width == 0:
            pooled = pool(field, valid, width)
        else:
            pooled = pool_along(field, valid, width, settings.wind_stretch, downwind)
        of_widths.append(_standardised(pooled, use, settings.block_px))
    return reduce(np.maximum, of_widths), reduce(np.minimum, of_widths)


def _standardised(pooled: FloatArray, use: BoolArray, block_px: int) -> FloatArray:
    background, noise = local_statistics(pooled, use, block_px)
    floor = max(0.5 * float(np.median(noise)), ROUNDING * float(np.nanmax(np.abs(pooled))), TINY)
    score: FloatArray = (pooled - background) / np.maximum(noise, floor)
    return score


def downwind_in_image(footprint: Footprint, wind: Wind) -> tuple[float, float] | None:
    """Unit vector the wind blows along, in rows and columns at the middle of the scene; None in a calm.

    Pixels are taken for square; along a swath of one instrument the image turns little against the map.
    """
    if wind.speed_m_s <= 0:
        return None
    some = tuple(slice(size // 32, None, max(size // 16, 1)) for size in footprint.shape)
    steps = [[float(np.nanmedian(length[some])) for length in footprint.step_m(axis)] for axis in (0, 1)]
    moved = np.linalg.solve(np.array(steps).T, np.array([wind.u_m_s, wind.v_m_s]))
    return tuple(moved / np.hypot(*moved))


@dataclass(frozen=True, kw_only=True, eq=False)
class Gas:
    """What a pass before the last takes for gas.

    Attributes
    ----------
    pixels : (row, column) bool array
    score : (row, column) array
        Look-alikes taken out. [1-sigma]
    field : (row, column) array
        Enhancement above its local background. [ppm m]
    """

    pixels: BoolArray
    score: FloatArray
    field: FloatArray


def find_gas(
    enhancement: Enhancement,
    scene: Scene,
    *,
    wind: Wind | None,
    settings: DetectionSettings,
    gas: BoolArray | None = None,
) -> Gas:
    """Everything that may be a plume, false ones included: nobody is told of it.

    Parameters
    ----------
    enhancement : Enhancement
    scene : Scene
    wind : Wind, optional
    settings : DetectionSettings
    gas : (row, column) bool array, optional
        What the pass before found.
    """
    valid = enhancement.valid
    score = detection_score(enhancement, settings, wind=wind, gas=gas)
    groups, clean = likely_gas(score, scene, valid, settings)
    pixels = union(groups, valid.shape)
    background = _background(enhancement.enhancement_ppm_m, around(pixels, valid), settings)
    return Gas(pixels=pixels, score=clean, field=enhancement.enhancement_ppm_m - background)


def detect(
    enhancement: Enhancement,
    *,
    scene: Scene | None = None,
    wind: Wind | None = None,
    settings: DetectionSettings | None = None,
    gas: BoolArray | None = None,
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
    gas : (row, column) bool array, optional
        Pixels of plumes that are known: they are kept out of the background that scores are counted from.

    Returns
    -------
    Detection
        Plumes strongest first, with the score field and the local background to subtract before mass is summed.
    """
    settings = settings or DetectionSettings()
    valid = enhancement.valid
    if not valid.any():
        return _nothing(valid.shape)
    highest, lowest = scores(enhancement, settings, wind=wind, gas=gas)
    search = vetted_candidates if settings.vetted_tail else plain_candidates
    found = search(highest, lowest, scene, valid, settings)
    clear = around(union(found.groups, valid.shape), valid)
    background = _background(enhancement.enhancement_ppm_m, clear, settings)
    field = enhancement.enhancement_ppm_m - background
    smooth = pool(field, valid, SOURCE_POOL_PX)
    seen = Seen(
        enhancement=enhancement,
        score=found.score,
        field=field,
        smooth=smooth,
        wind=wind,
        tail=found.tail,
        positive_peaks=found.positive_peaks,
        screen=found.screen,
        candidates=found.taken,
        by_height=settings.vetted_tail,
        noise_ppm_m=noise_ppm_m(smooth, clear) if settings.wind_stretch > 1 else 0.0,
    )
    masks = [group.mask(valid.shape) for group in found.groups]
    joined = join_pieces(masks, seen.smooth, enhancement.footprint, wind, close=settings.close_pieces)
    parts = [Part(mask=mask, joined=pieces) for mask, pieces in joined]
    if settings.split:
        parts = split_touching(
            joined,
            seen.smooth,
            highest,
            clear=clear,
            mask_score=settings.mask_score,
            footprint=enhancement.footprint,
            wind=wind,
        )
    parts.sort(key=lambda part: -part.peak(highest))
    return Detection(
        score=found.score,
        plumes=tuple(describe(number, part, seen) for number, part in enumerate(parts, start=1)),
        threshold=found.threshold,
        expected_false_plumes=found.tail.expected_false(found.threshold),
        background_ppm_m=background,
        rejected=found.rejected,
    )


def around(plumes: BoolArray, valid: BoolArray) -> BoolArray:
    """Valid pixels away from every plume; all valid ones where plumes leave none. (row, column)"""
    clear = valid & ~binary_dilation(plumes, structure=_EIGHT, iterations=CLEAR_PX)
    return clear if clear.any() else valid


def _background(field: FloatArray, use: BoolArray, settings: DetectionSettings) -> FloatArray:
    """What the enhancement reads where there is no plume. (row, column) [ppm m]"""
    if settings.local_background:
        return local_statistics(field, use, settings.block_px)[0]
    return np.full(field.shape, np.nanmedian(field[use]), dtype=np.float32)


def _nothing(shape: tuple[int, ...]) -> Detection:
    """The answer for a scene without a valid pixel."""
    empty = np.full(shape, np.nan, dtype=np.float32)
    return Detection(score=empty, plumes=(), threshold=np.inf, expected_false_plumes=0.0, background_ppm_m=empty)
