"""Candidates for plumes in a level-2 swath, strongest first, with masks and screens; mirrored, those of noise."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation, label

from superemitter.measure.detection.swath import SwathScores, SwathSettings, mirrored_scores, pooled_ratio
from superemitter.measure.detection.swath_scatter import wind_at
from superemitter.measure.detection.template import PlumeShape, plume_template
from superemitter.measure.detection.template_fit import Clutter, TemplateField, TemplateFit
from superemitter.model import Enhancement, Footprint
from superemitter.model.footprint import metres_from
from superemitter.model.types import BoolArray, FloatArray, IntArray

MASK_LEVEL = 1.8
MASK_CONE_DEG = 50.0
MASK_REACH_FACTOR = 2.0
SHADOW_SPREAD = 0.4
SURROUNDINGS_PX = 20
LOOK_ALIKE_SHARE = 0.45
CLOUD_EDGE_SHARE = 0.5
LEAST_SEEN = 0.3
_POOL_PX = 0.8
_EIGHT = np.ones((3, 3), dtype=bool)

Candidate = tuple[tuple[int, int], BoolArray, float]
"""Pixel of the best score, mask and score of what may be a plume."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SwathInput:
    """What the plumes of a swath are cut from; all (row, column).

    Attributes
    ----------
    enhancement : Enhancement
    residual, sigma : arrays
        [ppb]
    covariates : dict of arrays
    scores : SwathScores
    wind_to : pair of arrays or None
        Direction [degree] and speed [m s-1].
    """

    enhancement: Enhancement
    residual: FloatArray
    sigma: FloatArray
    covariates: dict[str, FloatArray]
    scores: SwathScores
    wind_to: tuple[FloatArray, FloatArray] | None


def looks_like_gas(
    given: SwathInput, peak: tuple[int, int], mask: BoolArray, settings: SwathSettings, *, weak: bool
) -> bool:
    """Whether a candidate follows neither albedo, aerosol nor pressure nor, if it is weak, the edge of clouds."""
    return not (follows_ground(given, peak, settings) or (weak and hugs_clouds(given, mask)))


def mirrored(given: SwathInput, level: float, settings: SwathSettings) -> SwathInput:
    """The same swath with losses of methane in place of gains, its scores complete where they exceed a level.

    Methane only adds, so whatever is found in it is noise.
    """
    scores = mirrored_scores(given.scores, level, given.wind_to, settings)
    return replace(given, residual=-given.residual, scores=scores)


def pooled_score(residual: FloatArray, sigma: FloatArray, usable: BoolArray) -> FloatArray:
    """Residual over sigma pooled with a small Gaussian, of unit variance for independent pixels. (row, column)"""
    out: FloatArray = pooled_ratio(residual, sigma, usable, _POOL_PX) * (2.0 * math.sqrt(math.pi) * _POOL_PX)
    return np.where(usable, out, np.nan)


def candidates(given: SwathInput, threshold: float, settings: SwathSettings) -> Iterator[Candidate]:
    """Peaks with their masks and scores, strongest first, each freed of the pixels of stronger ones."""
    score = given.scores.score
    pooled = pooled_score(given.residual, given.sigma, given.enhancement.valid)
    high = np.flatnonzero(np.nan_to_num(score, nan=-1.0) >= threshold)
    order = high[np.argsort(-score.ravel()[high], kind="stable")]
    taken = np.zeros(score.shape, dtype=bool)
    barred = np.zeros(score.shape, dtype=bool)
    for flat in order:
        row, column = divmod(int(flat), score.shape[1])
        if barred[row, column]:
            continue
        own = float(score[row, column])
        if taken[_window(row, column, settings, score.shape)].any():
            own = _score_without(given, (row, column), taken, settings)
        if own < threshold or given.scores.seen[row, column] < LEAST_SEEN:
            barred[row, column] = True
            continue
        mask = plume_mask(given, pooled, (row, column), float(given.scores.to_deg[row, column])) & ~taken
        mask[row, column] = True
        yield (row, column), mask, own
        taken |= mask
        part = part_of(row, column, score.shape, SURROUNDINGS_PX)
        barred[part] |= binary_dilation(mask[part], structure=_EIGHT, iterations=2)
        barred[part] |= _downwind(given, (row, column), part)
        barred[part_of(row, column, score.shape, 4)] = True


def part_of(row: int, column: int, shape: tuple[int, ...], radius: int) -> tuple[slice, slice]:
    """Pixels within some rows and columns of one."""
    return (
        slice(max(row - radius, 0), min(row + radius + 1, shape[0])),
        slice(max(column - radius, 0), min(column + radius + 1, shape[1])),
    )


def nearest_pixel(row: float, column: float, shape: tuple[int, ...]) -> tuple[int, int]:
    """The pixel of an image that is nearest to a fractional position."""
    return min(max(round(row), 0), shape[0] - 1), min(max(round(column), 0), shape[1] - 1)


def _window(row: int, column: int, settings: SwathSettings, shape: tuple[int, ...]) -> tuple[slice, slice]:
    up, side = settings.shape.window
    return (
        slice(max(row - up, 0), min(row + up + 1, shape[0])),
        slice(max(column - side, 0), min(column + side + 1, shape[1])),
    )


def _mask_reach_m(given: SwathInput, peak: tuple[int, int]) -> float:
    """How far downwind gas is taken for that of a source: twice as far as plumes are looked for. [m]"""
    return MASK_REACH_FACTOR * float(PlumeShape().reach_at(speed_at(given, peak))[0])


def _downwind(given: SwathInput, peak: tuple[int, int], part: tuple[slice, slice]) -> BoolArray:
    """Pixels in which gas of this source may lie: a weaker source there cannot be told from it."""
    along, across = _along_across(given, peak, float(given.scores.to_deg[peak]), part)
    size = given.enhancement.footprint.pixel_size_m
    out: BoolArray = (
        (along > 0) & (along < _mask_reach_m(given, peak)) & (np.abs(across) < SHADOW_SPREAD * along + 2.0 * size)
    )
    return out


def _score_without(given: SwathInput, peak: tuple[int, int], taken: BoolArray, settings: SwathSettings) -> float:
    """Score of a peak in its own direction without the pixels of plumes already found, or beside them."""
    part = part_of(*peak, taken.shape, SURROUNDINGS_PX)
    free = given.enhancement.valid[part] & ~binary_dilation(taken[part], structure=_EIGHT)
    to_deg = float(given.scores.to_deg[peak])
    pixels = np.array([peak[0]]), np.array([peak[1]])
    without = _fit_in(given, pixels, to_deg, part, free, settings, settings.clutter)
    seen = float(without.seen[0, 0])
    return float(without.score[0, 0]) / float(given.scores.scatter[peak]) if seen >= LEAST_SEEN else 0.0


def line_fits(
    given: SwathInput, pixels: tuple[IntArray, IntArray], to_deg: float, usable: BoolArray, settings: SwathSettings
) -> TemplateFit:
    """Fit the plumes of pixels beside each other in one direction to the pixels of `usable`. (1, pixel)

    As if pixels were independent: where neighbours count against it, a plume that is wider or more uneven than the
    one that is fitted loses more of its line mass.
    """
    part = part_of(int(pixels[0][0]), int(pixels[1][0]), usable.shape, SURROUNDINGS_PX)
    return _fit_in(given, pixels, to_deg, part, usable[part], settings, None)


def _fit_in(
    given: SwathInput,
    pixels: tuple[IntArray, IntArray],
    to_deg: float,
    part: tuple[slice, slice],
    usable: BoolArray,
    settings: SwathSettings,
    clutter: Clutter | None,
) -> TemplateFit:
    footprint = given.enhancement.footprint
    near = Footprint(longitude=footprint.longitude[part], latitude=footprint.latitude[part])
    within = (pixels[0] - part[0].start, pixels[1] - part[1].start)
    _, speed = wind_at(given.wind_to, pixels)
    fields = given.residual[part], given.sigma[part], usable
    return TemplateField.of(near, *fields, settings.shape, clutter).fit(within, np.array([[to_deg]]), speed)


def speed_at(given: SwathInput, peak: tuple[int, int]) -> FloatArray:
    """Wind at a pixel; 0 where it is unknown. (1,) [m s-1]"""
    return wind_at(given.wind_to, (np.array([peak[0]]), np.array([peak[1]])))[1]


def plume_mask(given: SwathInput, pooled: FloatArray, peak: tuple[int, int], to_deg: float) -> BoolArray:
    """Pixels of a plume: pooled score above 1.8 sigma, connected with the source, downwind of it.

    Parameters
    ----------
    given : SwathInput
    pooled : (row, column) array
        See :func:`pooled_score`.
    peak : (int, int)
        Row and column of the source.
    to_deg : float
        Direction it stretches to. [degree]
    """
    part = part_of(*peak, pooled.shape, SURROUNDINGS_PX)
    along, across = _along_across(given, peak, to_deg, part)
    size = given.enhancement.footprint.pixel_size_m
    in_cone = np.abs(across) <= np.maximum(along, 0.0) * math.tan(math.radians(MASK_CONE_DEG)) + 1.5 * size
    allowed = in_cone & (along > -1.6 * size) & (along < _mask_reach_m(given, peak))
    high = (np.nan_to_num(pooled[part], nan=-np.inf) > MASK_LEVEL) & allowed
    own = (peak[0] - part[0].start, peak[1] - part[1].start)
    high[own] = True
    groups, _ = label(high, structure=_EIGHT)
    out = np.zeros(pooled.shape, dtype=bool)
    out[part] = groups == groups[own]
    return out


def _along_across(
    given: SwathInput, peak: tuple[int, int], to_deg: float, part: tuple[slice, slice]
) -> tuple[FloatArray, FloatArray]:
    """Distance of pixels downwind and across from a source in a direction; far where unknown. [m]"""
    footprint = given.enhancement.footprint
    source = float(footprint.longitude[peak]), float(footprint.latitude[peak])
    away = metres_from(*source, footprint.longitude[part], footprint.latitude[part])
    east, north = (np.nan_to_num(metres, nan=1e9) for metres in away)
    to = math.radians(to_deg)
    return east * math.sin(to) + north * math.cos(to), east * math.cos(to) - north * math.sin(to)


def follows_ground(given: SwathInput, peak: tuple[int, int], settings: SwathSettings) -> bool:
    """Whether little is left of the line mass once the ground may explain the window around it.

    A plume, a constant and the covariates are fitted together to all pixels there, those of the plume included.
    """
    if not given.covariates:
        return False
    window = _window(*peak, settings, given.residual.shape)
    used = given.enhancement.valid[window]
    to_deg = float(given.scores.to_deg[peak])
    along, across = (values[used] for values in _along_across(given, peak, to_deg, window))
    spread = np.full(along.shape, given.enhancement.footprint.pixel_size_m / math.sqrt(12.0))
    weight = 1.0 / np.maximum(given.sigma[window][used], 1e-6)
    speed = speed_at(given, peak)
    form = settings.shape
    template = plume_template(along, across, spread, form.reach_at(speed), form.growth_at(speed), form)
    ground = [given.covariates[name][window][used] for name in given.covariates]
    ground = [values / values.std() for values in ground if values.std() > 0]
    values = given.residual[window][used] * weight
    alone = _coefficient([template, np.ones_like(along)], values, weight)
    joint = _coefficient([template, np.ones_like(along), *ground], values, weight)
    return alone > 0 and joint < LOOK_ALIKE_SHARE * alone


def _coefficient(columns: list[FloatArray], values: FloatArray, weight: FloatArray) -> float:
    matrix = np.column_stack(columns) * weight[:, None]
    scale = np.linalg.norm(matrix, axis=0)
    solution = np.linalg.lstsq(matrix / scale, values, rcond=1e-6)[0]
    return float(solution[0] / scale[0])


def hugs_clouds(given: SwathInput, mask: BoolArray) -> bool:
    """Whether a candidate lies mostly beside unusable pixels inside the image."""
    part = window_of(mask)
    beside = binary_dilation(~given.enhancement.valid[part], structure=_EIGHT)
    return float(beside[mask[part]].mean()) > CLOUD_EDGE_SHARE


def window_of(mask: BoolArray, pad: int = 2) -> tuple[slice, slice]:
    """Rows and columns around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - pad, 0), int(rows[-1]) + pad + 1),
        slice(max(int(columns[0]) - pad, 0), int(columns[-1]) + pad + 1),
    )
