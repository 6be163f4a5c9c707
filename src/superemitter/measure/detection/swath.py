"""Plumes in a level-2 swath: wind-aligned templates on its own pixels, one plume after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter

from superemitter.measure.detection.swath_scatter import SampledScores, local_scatter, wind_at
from superemitter.measure.detection.template import PlumeShape
from superemitter.measure.detection.template_fit import Clutter, TemplateField, TemplateFit
from superemitter.model import Footprint, Wind
from superemitter.model.types import BoolArray, FloatArray, IntArray

TURNS_DEG = np.array([0.0, -15.0, 15.0, -30.0, 30.0, -45.0, 45.0, -65.0, 65.0, -90.0, 90.0, -120.0, 120.0, 180.0])
FIRST_TURNS_DEG = np.array([0.0, -30.0, 30.0])
SECOND_LOOK = 2.5
CLUTTER = Clutter(share=0.8, radius_pixels=1.5)
SAME_SCATTER = 0.03  # scores change by less
ALL_TURNS_DEG = np.arange(0.0, 360.0, 20.0)
_POOL_PX = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class SwathSettings:
    """Choices of the detection in a swath.

    Attributes
    ----------
    false_plumes : float
        To be expected among 10,000 usable pixels.
    least_threshold : float
        Score a plume must reach whatever the tail says. [1-sigma]
    free_below_m_s : float
        In a weaker wind every direction is tried alike. [m s-1]
    shape : PlumeShape
    clutter : Clutter
        How noise of neighbouring pixels goes together, for the scores.
    first_look : float
        Pooled pixels of so many sigmas are looked at in every direction. [1-sigma]
    """

    false_plumes: float = 0.5
    least_threshold: float = 4.5
    free_below_m_s: float = 1.0
    shape: PlumeShape = field(default_factory=PlumeShape)
    clutter: Clutter = CLUTTER
    first_look: float = 1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class SwathScores:
    """Score of a plume that starts at each pixel, and its best direction.

    Attributes
    ----------
    score, negative : (row, column) arrays
        Of the best direction, for a gain and for a loss of methane; NaN where not usable. [1-sigma]
    to_deg : (row, column) array
        Direction the best plume stretches to. [degree]
    seen : (row, column) array
        Share of it on usable pixels. [1]
    scatter : (row, column) array
        What scores were divided by: their scatter where there is no plume.
    templates : TemplateField
        What the scores were made with.
    """

    score: FloatArray
    negative: FloatArray
    to_deg: FloatArray
    seen: FloatArray
    scatter: FloatArray
    templates: TemplateField


def direction_sigma_deg(wind_speed_m_s: FloatArray | float) -> FloatArray:
    """1-sigma between the 10 m wind of a weather model and the axis of a plume of tens of km. [degree]

    An error of 1.2 m/s across the wind, and 15 degrees of turning with height and along the way.
    """
    across = np.degrees(np.arctan2(1.2, np.maximum(np.asarray(wind_speed_m_s, dtype=float), 1e-6)))
    out: FloatArray = np.hypot(across, 15.0)
    return out


def swath_scores(
    footprint: Footprint,
    residual: FloatArray,
    sigma: FloatArray,
    usable: BoolArray,
    wind_to: tuple[FloatArray, FloatArray] | None,
    settings: SwathSettings | None = None,
    *,
    leverage: FloatArray,
    before: SwathScores | None = None,
    again: BoolArray | None = None,
    quiet: BoolArray | None = None,
) -> SwathScores:
    r"""Score every pixel as the source of a plume.

    Templates are fitted where pooled pixels stand out, to either side: first near the direction of the wind, then,
    where that shows something, in all directions; other pixels score 0. Noise of neighbours goes together, so that
    what stands out of its surroundings within a few pixels counts more than what lies on a rise of tens. A
    direction away from the wind costs what its improbability is worth,

    .. math:: S^2 = \max_\theta \left( s_\theta^2 - \frac{(\theta - \theta_w)^2}{\sigma_\theta^2} \right).

    Scores are divided by their scatter where there is no plume, which is larger where the background is less
    certain; see :func:`~superemitter.measure.detection.swath_scatter.local_scatter`.

    Parameters
    ----------
    footprint : Footprint
    residual, sigma : (row, column) arrays
        [ppb]
    usable : (row, column) bool array
    wind_to : pair of (row, column) arrays, optional
        Direction the wind blows to [degree], NaN where unknown, and its speed [m s-1].
    settings : SwathSettings, optional
    leverage : (row, column) array
        Variance of the background over that with pixels all around. [1]
    before : SwathScores, optional
        Scores of an earlier pass, kept outside `again`.
    again : (row, column) bool array, optional
        Pixels to score anew; all are, if the scatter has changed elsewhere.
    quiet : (row, column) bool array, optional
        Pixels away from plumes, to tell the scatter by; without it all usable ones do.
    """
    chosen = settings or SwathSettings()
    fields, how = (footprint, residual, sigma), (chosen.shape, chosen.clutter)
    templates = TemplateField.of(*fields, usable, *how)
    calm = templates if quiet is None else TemplateField.of(*fields, usable & quiet, *how)
    scatter = local_scatter(SampledScores.of(calm, usable, wind_to, quiet), leverage)
    look = usable & _stands_out(residual, sigma, usable, chosen.first_look)
    if before is None or again is None or _differ(scatter, before.scatter, usable & ~again):
        maps = _empty_maps(usable)
    else:
        look &= again
        maps = _maps_of(before, usable & again)
    rows, columns = np.nonzero(look)
    _search(maps, templates, (rows, columns), wind_to, scatter, chosen)
    return _scores_of(maps, scatter, templates)


def mirrored_scores(
    scores: SwathScores, level: float, wind_to: tuple[FloatArray, FloatArray] | None, settings: SwathSettings
) -> SwathScores:
    """Scores of the same field with losses in place of gains, complete where they exceed a level."""
    templates = scores.templates.mirrored()
    again = np.nan_to_num(scores.negative) > level
    maps = _maps_of(replace(scores, score=scores.negative, negative=scores.score), again)
    rows, columns = np.nonzero(again)
    _search(maps, templates, (rows, columns), wind_to, scores.scatter, settings)
    return _scores_of(maps, scores.scatter, templates)


def _search(
    maps: dict[str, FloatArray],
    templates: TemplateField,
    pixels: tuple[IntArray, IntArray],
    wind_to: tuple[FloatArray, FloatArray] | None,
    scatter: FloatArray,
    settings: SwathSettings,
) -> None:
    """Enter the best plume of each pixel into the maps: a few directions first, then, if it shows, all."""
    toward, speed = wind_at(wind_to, pixels)
    free = ~(speed >= settings.free_below_m_s)
    for ones, first_turns, turns in (
        (np.flatnonzero(~free), FIRST_TURNS_DEG, TURNS_DEG),
        (np.flatnonzero(free), ALL_TURNS_DEG[::3], ALL_TURNS_DEG),
    ):
        for these in (first_turns, turns):
            if not ones.size:
                break
            some = (pixels[0][ones], pixels[1][ones])
            cost = np.zeros((these.size, 1))
            if turns is TURNS_DEG:
                cost = (these[:, None] / direction_sigma_deg(speed[ones])[None, :]) ** 2
            to_deg = toward[None, ones] + these[:, None]
            _enter(maps, some, templates.fit(some, to_deg, speed[ones]), to_deg, cost, scatter)
            best = np.maximum(maps["score"][some], maps["negative"][some])
            ones = ones[best > SECOND_LOOK]


def _empty_maps(usable: BoolArray) -> dict[str, FloatArray]:
    """Scores of 0 at usable pixels, and nothing known of a plume."""
    maps = {name: np.full(usable.shape, np.nan) for name in ("score", "negative", "to", "seen")}
    for name in ("score", "negative", "seen"):
        maps[name][usable] = 0.0
    return maps


def _maps_of(scores: SwathScores, cleared: BoolArray) -> dict[str, FloatArray]:
    """The maps of an earlier pass, with scores of 0 where they will be made anew."""
    maps = {
        "score": scores.score.copy(),
        "negative": scores.negative.copy(),
        "to": scores.to_deg.copy(),
        "seen": scores.seen.copy(),
    }
    for name in ("score", "negative", "seen"):
        maps[name][cleared] = 0.0
    return maps


def _scores_of(maps: dict[str, FloatArray], scatter: FloatArray, templates: TemplateField) -> SwathScores:
    return SwathScores(
        score=maps["score"],
        negative=maps["negative"],
        to_deg=maps["to"] % 360.0,
        seen=maps["seen"],
        scatter=scatter,
        templates=templates,
    )


def _enter(
    maps: dict[str, FloatArray],
    pixels: tuple[IntArray, IntArray],
    fit: TemplateFit,
    to_deg: FloatArray,
    cost: FloatArray,
    scatter: FloatArray,
) -> None:
    """Enter the best of several directions into the maps."""
    score = fit.score / scatter[pixels]
    squared = np.where(score > 0, score**2 - cost, -np.inf)
    best = np.argmax(squared, axis=0)
    every = np.arange(best.size)
    maps["score"][pixels] = np.sqrt(np.maximum(squared[best, every], 0.0))
    opposite = np.where(score < 0, score**2 - cost, -np.inf).max(axis=0)
    maps["negative"][pixels] = np.sqrt(np.maximum(opposite, 0.0))
    maps["to"][pixels] = to_deg[best, every]
    maps["seen"][pixels] = fit.seen[best, every]


def _differ(scatter: FloatArray, before: FloatArray, kept: BoolArray) -> bool:
    """Whether scores have to be made anew for their scatter, in the mean of the pixels that would be kept."""
    return bool(kept.any() and np.abs(scatter[kept] / before[kept] - 1.0).mean() >= SAME_SCATTER)


def _stands_out(residual: FloatArray, sigma: FloatArray, usable: BoolArray, level: float) -> BoolArray:
    """Pixels near which pooled pixels stand out to either side."""
    high: BoolArray = maximum_filter(np.abs(pooled_ratio(residual, sigma, usable, _POOL_PX)) > level, size=3)
    return high


def pooled_ratio(residual: FloatArray, sigma: FloatArray, usable: BoolArray, radius_pixels: float) -> FloatArray:
    """Gaussian mean of residual over sigma, of the usable pixels alone. (row, column)"""
    ratio = np.where(usable, residual / np.maximum(sigma, 1e-6), 0.0)
    weight = gaussian_filter(usable.astype(float), radius_pixels, mode="constant")
    out: FloatArray = gaussian_filter(ratio, radius_pixels, mode="constant") / np.maximum(weight, 0.3)
    return out


def wind_field(wind: Wind | None, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray] | None:
    """One wind for a whole swath, as :func:`swath_scores` takes it."""
    if wind is None:
        return None
    return np.full(shape, (wind.from_deg + 180.0) % 360.0), np.full(shape, wind.speed_m_s)
