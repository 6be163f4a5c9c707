"""From an enhancement field to plumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, find_objects, label

from superemitter.measure.detection.pooling import local_statistics, pool
from superemitter.measure.detection.source import locate_source
from superemitter.measure.detection.threshold import NegativeTail, negative_tail, peaks_above
from superemitter.model import Detection, Enhancement, Flag, Plume, Wind
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

STRONG_PPM_M = 16_000.0
SMALL_PIXELS = 10
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
    """

    false_plumes_per_scene: float = 0.5
    pool_px: float = 1.5
    mask_score: float = 2.0
    block_px: int = 64
    least_pixels: int = 5

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
    enhancement: Enhancement, *, wind: Wind | None = None, settings: DetectionSettings | None = None
) -> Detection:
    """Find plumes: pool, standardise, threshold at a stated false-alarm rate, grow, locate.

    Parameters
    ----------
    enhancement : Enhancement
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
        empty = np.full(valid.shape, np.nan, dtype=np.float32)
        return Detection(
            score=empty, plumes=(), threshold=np.inf, expected_false_plumes=0.0, background_ppm_m=empty
        )
    score = detection_score(enhancement, settings)
    tail = negative_tail(score)
    threshold = tail.threshold(settings.false_plumes_per_scene)
    masks = _grow(score, threshold, settings)
    taken = np.zeros(valid.shape, dtype=bool)
    for mask in masks:
        taken |= mask
    clear = valid & ~binary_dilation(taken, structure=_EIGHT, iterations=3)
    background, _ = local_statistics(
        enhancement.enhancement_ppm_m, clear if clear.any() else valid, settings.block_px
    )
    positive = peaks_above(score, tail.start)
    ordered = sorted(masks, key=lambda mask: -float(score[mask].max()))
    field = enhancement.enhancement_ppm_m - background
    smooth = pool(field, valid, SOURCE_POOL_PX)
    plumes = tuple(
        _describe(
            f"{enhancement.scene_id}-{number:03d}", mask, enhancement, score, field, smooth, wind, tail, positive
        )
        for number, mask in enumerate(ordered, start=1)
    )
    return Detection(
        score=score,
        plumes=plumes,
        threshold=threshold,
        expected_false_plumes=tail.expected_false(threshold),
        background_ppm_m=background,
    )


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


def _describe(
    plume_id: str,
    mask: BoolArray,
    enhancement: Enhancement,
    score: FloatArray,
    field: FloatArray,
    smooth: FloatArray,
    wind: Wind | None,
    tail: NegativeTail,
    positive: FloatArray,
) -> Plume:
    footprint = enhancement.footprint
    source = locate_source(mask, smooth, footprint, wind)
    longitude, latitude = footprint.at(source.row, source.column)
    peak = float(score[mask].max())
    as_high = max(int(np.sum(positive >= peak)), 1)
    return Plume(
        plume_id=plume_id,
        mask=mask,
        source_row=source.row,
        source_column=source.column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=source.sigma_m,
        axis_deg=source.axis_deg,
        length_m=source.length_m,
        area_m2=float(np.nansum(footprint.pixel_area_m2[mask])),
        max_enhancement_ppm_m=float(np.nanmax(field[mask])),
        detection_snr=peak,
        detection_probability=float(np.clip(1.0 - tail.expected_false(peak) / as_high, 0.0, 1.0)),
        flags=frozenset(_flags(mask, field, enhancement, source.axis_deg, wind)),
    )


def _flags(
    mask: BoolArray, field: FloatArray, enhancement: Enhancement, axis_deg: float, wind: Wind | None
) -> set[Flag]:
    """Cautions that can be read from the plume's own pixels and those around it."""
    flags: set[Flag] = set(enhancement.flags) & {Flag.NO_CLOUD_MASK, Flag.ORTHORECTIFIED}
    if enhancement.simulated:
        flags.add(Flag.SIMULATED)
    window = _around(mask)
    rim = binary_dilation(mask[window], structure=_EIGHT)
    edge = mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()
    if edge:
        flags.add(Flag.BORDER)
    if (rim & ~enhancement.valid[window]).any():
        flags.add(Flag.MASKED_NEIGHBOUR)
    if (rim & enhancement.dataset["saturated"].values[window]).any():
        flags.add(Flag.SATURATED)
    if enhancement.dataset["water"].values[mask].mean() > 0.5:
        flags.add(Flag.WATER)
    if mask.sum() < SMALL_PIXELS:
        flags.add(Flag.SMALL)
    if float(np.nanmax(field[mask])) > STRONG_PPM_M:
        flags.add(Flag.STRONG)
    if wind is not None and wind.speed_m_s >= 1.0:
        turn = abs((axis_deg - (wind.from_deg + 180.0) + 180.0) % 360.0 - 180.0)
        if turn > 2.0 * wind.from_sigma_deg:
            flags.add(Flag.AGAINST_WIND)
    return flags


def _around(mask: BoolArray) -> tuple[slice, slice]:
    """The mask's bounding box and one pixel more."""
    rows, columns = np.nonzero(mask)
    return (
        slice(max(int(rows.min()) - 1, 0), int(rows.max()) + 2),
        slice(max(int(columns.min()) - 1, 0), int(columns.max()) + 2),
    )
