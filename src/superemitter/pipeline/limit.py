"""The detection limit of one scene, by injection and recovery: a non-detection that says something."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import binary_dilation
from scipy.optimize import minimize
from scipy.special import expit

from superemitter.model import CannotSay, Enhancement, Facility, Scene, Wind
from superemitter.model.errors import InvalidValue, SceneCannotSay, UsageError
from superemitter.model.footprint import distance_and_bearing
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.readers import open_scene
from superemitter.pipeline.choices import Choices, choices_of
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, find_plumes, read_options, scene_wind
from superemitter.pipeline.truth import MATCH_LEAST_M, MATCH_SIGMAS
from superemitter.simulate import Leak, Turbulence, inject_in_memory

PER_ROUND_PX = 15_000
MOST_PER_ROUND = 12
RATE_OVER_WIND = (20.0, 2000.0)  # kg/h per m/s at 60 m; in proportion to the pixel elsewhere
WINDS_M_S = (1.0, 8.0)
NEAR_PX = 15
PENALTY = 0.05
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One leak that was put in: where, its rate, 10 m wind and noise around it, and whether it was found."""

    row: int
    column: int
    rate_kg_h: float
    wind_m_s: float
    noise_ppm_m: float
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionLimit:
    r"""Probability of detection in one scene.

    .. math:: p = \frac{1}{1 + \exp(-(b_0 + b_1 \ln (Q / U) + b_2 \ln (\sigma / \bar\sigma)))}

    with rate Q [kg/h], 10 m wind U [m/s] and the noise around the place over the scene's median.

    Attributes
    ----------
    scene_id : str
    intercept, slope, noise : float
        b_0, b_1, b_2.
    covariance : tuple of tuple of float
        Of the three.
    median_noise_ppm_m : float
    trials : int
    false_plumes_per_scene : float
        The threshold it holds for.
    lowest, highest : float
        Range of Q / U that was tried. [kg h-1 per m s-1]
    simulated : bool
        The scene itself is simulated.
    """

    scene_id: str
    intercept: float
    slope: float
    noise: float
    covariance: tuple[tuple[float, ...], ...]
    median_noise_ppm_m: float
    trials: int
    false_plumes_per_scene: float
    lowest: float
    highest: float
    simulated: bool

    def probability(self, rate_kg_h: float, wind_m_s: float, noise_ppm_m: float | None = None) -> float:
        """That a leak of this rate would have been found in this wind, here or at a place of median noise.

        Raises
        ------
        InvalidValue
            Rate or wind is not above 0.
        """
        if not (rate_kg_h > 0 and wind_m_s > 0):
            raise InvalidValue(f"a leak of {rate_kg_h} kg/h in {wind_m_s} m/s", hint="both must be above 0")
        terms = _terms(rate_kg_h / wind_m_s, self._relative(noise_ppm_m))
        return float(expit(terms @ np.array([self.intercept, self.slope, self.noise])))

    def bounds(self, rate_kg_h: float, wind_m_s: float, noise_ppm_m: float | None = None) -> tuple[float, float]:
        """68 % interval of that probability by the number of trials."""
        terms = _terms(rate_kg_h / wind_m_s, self._relative(noise_ppm_m))
        middle = float(terms @ np.array([self.intercept, self.slope, self.noise]))
        sigma = math.sqrt(max(float(terms @ np.array(self.covariance) @ terms), 0.0))
        return float(expit(middle - sigma)), float(expit(middle + sigma))

    def rate_at(self, probability: float, wind_m_s: float, noise_ppm_m: float | None = None) -> float | CannotSay:
        """Rate that is found with a probability; not beyond what was tried. [kg h-1]"""
        logit = math.log(probability / (1.0 - probability))
        rest = self.intercept + self.noise * math.log(self._relative(noise_ppm_m))
        over_wind = math.exp((logit - rest) / self.slope)
        if not self.lowest <= over_wind <= self.highest:
            return CannotSay(code="beyond-trials", reason="the rate lies outside what was tried in this scene")
        return over_wind * wind_m_s

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return asdict(self)

    def _relative(self, noise_ppm_m: float | None) -> float:
        return 1.0 if noise_ppm_m is None else max(noise_ppm_m / self.median_noise_ppm_m, 1e-3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the scene says at one facility: probabilities by rate, or why it cannot say.

    Attributes
    ----------
    facility : Facility
    noise_ppm_m : float or None
    probabilities : tuple of (rate, probability, low, high) or CannotSay
        [kg h-1]; bounds are 68 %.
    """

    facility: Facility
    noise_ppm_m: float | None
    probabilities: tuple[tuple[float, float, float, float], ...] | CannotSay


@dataclass(frozen=True, kw_only=True)
class LimitResult:
    """The limit of a scene, its trials, and what it says at each facility inside."""

    limit: DetectionLimit
    trials: tuple[Trial, ...]
    wind_m_s: float
    places: tuple[Place, ...]


def probability_at(
    content: Mapping[str, Any], longitude: float, latitude: float, rate_kg_h: float, reach_m: float
) -> float | CannotSay:
    """What a stored answer of ``superemitter limit`` says of a leak at a place it was asked for.

    Parameters
    ----------
    content : mapping
        As written by ``--out``.
    longitude, latitude : float
        [degree]
    rate_kg_h : float
        [kg h-1]
    reach_m : float
        The nearest listed place must lie within. [m]
    """
    apart = [
        (distance_and_bearing(longitude, latitude, place["longitude"], place["latitude"])[0], number)
        for number, place in enumerate(content["facilities"])
    ]
    near, number = min(apart, default=(math.inf, -1))
    if near > reach_m:
        return CannotSay(code="not-asked", reason="the scene's detection limit was not asked for this place")
    place = content["facilities"][number]
    if place["noise_ppm_m"] is None:
        return CannotSay(code="not-seen", reason=str(place["cannot_say"]))
    limit = DetectionLimit(**content["detection_limit"])
    return limit.probability(rate_kg_h, content["wind_speed_m_s"], place["noise_ppm_m"])


def scene_limit(
    path: Path,
    recipe: Recipe,
    context: Context,
    *,
    trials: int = 120,
    rates_kg_h: Sequence[float] = (100.0, 300.0, 1000.0, 3000.0),
    progress: Progress | None = None,
) -> LimitResult:
    """Put leaks of many rates into the scene, look for them as the scan does, and fit how often they are found.

    Leaks go to random usable places away from what the scan finds without them; rate over wind is drawn evenly in
    its logarithm, the wind around the scene's own where it is known, else from 1 to 8 m/s. A trial is found if a
    plume's source lies as near to it as in :func:`superemitter.pipeline.match`.

    Parameters
    ----------
    path : Path
    recipe, context
        As of a scan; its threshold, method and seed are used.
    trials : int
        Leaks in all, 20 or more.
    rates_kg_h : sequence of float
        Asked at each facility.
    progress : callable, optional
        Told the trials done and all of them.

    Raises
    ------
    UsageError
        Fewer than 20 trials.
    SceneError, WindError
        As of a scan; :class:`SceneCannotSay` if the scene has no room for leaks, or all or none are found.
    """
    if trials < 20:
        raise UsageError(f"{trials} trials are too few to fit a limit", hint="20 or more")
    scene = open_scene(path, read_options(recipe))
    wind = scene_wind(scene, context.winds)
    choices = choices_of(recipe)
    enhancement, detection = find_plumes(scene, wind, choices.retrieval, choices.detection, lambda _stage: None)
    noise = _local_noise(enhancement)
    free = enhancement.valid & np.isfinite(noise) & ~binary_dilation(detection.plume_pixels, iterations=NEAR_PX)
    done: list[Trial] = []
    rng = np.random.default_rng([recipe.seed, 1])
    while len(done) < trials:
        done += _round(scene, wind, choices, free, noise, rng, trials - len(done))
        if progress:
            progress(len(done), trials)
    limit = _fitted(scene, done, float(np.nanmedian(noise[free])), recipe.false_plumes_per_scene)
    speed = 3.0 if wind is None else max(wind.speed_m_s, 0.5)
    places = [_place(one, scene, enhancement, noise, limit, speed, rates_kg_h) for one in context.facilities or ()]
    return LimitResult(
        limit=limit,
        trials=tuple(done),
        wind_m_s=speed,
        places=tuple(place for place in places if place is not None),
    )


def _local_noise(enhancement: Enhancement, block_px: int = 32) -> FloatArray:
    """Scatter of the enhancement around each pixel: that of its block. (row, column) [ppm m]"""
    field = np.where(enhancement.valid, enhancement.enhancement_ppm_m, np.nan).astype(np.float64)
    out = np.full(field.shape, np.nan)
    for r in range(0, field.shape[0], block_px):
        for c in range(0, field.shape[1], block_px):
            window = np.s_[r : r + block_px, c : c + block_px]
            known = field[window][np.isfinite(field[window])]
            if known.size >= 0.1 * block_px**2:
                out[window] = 1.4826 * np.median(np.abs(known - np.median(known)))
    return out


def _round(
    scene: Scene,
    wind: Wind | None,
    choices: Choices,
    free: BoolArray,
    noise: FloatArray,
    rng: np.random.Generator,
    wanted: int,
) -> list[Trial]:
    """One scan with several leaks in it, far from each other."""
    rows, columns = np.nonzero(free)
    if rows.size == 0:
        raise SceneCannotSay(f"{scene.scene_id} has no usable place for a trial leak")
    count = int(np.clip(rows.size // PER_ROUND_PX, 1, min(MOST_PER_ROUND, wanted)))
    places: list[tuple[int, int]] = []
    for k in rng.permutation(rows.size)[:2000]:
        place = int(rows[k]), int(columns[k])
        if all(math.hypot(place[0] - r, place[1] - c) > 60 for r, c in places):
            places.append(place)
        if len(places) == count:
            break
    scale = scene.footprint.pixel_size_m / 60.0
    low, high = (math.log(limit * scale) for limit in RATE_OVER_WIND)
    leaks = []
    for row, column in places:
        speed = float(rng.uniform(*WINDS_M_S)) if wind is None else _drawn(wind, rng)
        blowing = Wind(speed_m_s=speed, speed_sigma_m_s=0.0, from_deg=_from(wind, rng), source="trial")
        rate = float(np.exp(rng.uniform(low, high))) * speed
        leaks.append(Leak(row=row, column=column, rate_kg_h=rate, wind=blowing))
    first = leaks[0].wind
    assert first is not None
    made, _ = inject_in_memory(scene, leaks, wind=first, rng=rng, turbulence=Turbulence())
    _, detection = find_plumes(made, wind, choices.retrieval, choices.detection, lambda _stage: None)
    return [_trial(scene, leak, detection.plumes, noise) for leak in leaks]


def _drawn(wind: Wind, rng: np.random.Generator) -> float:
    return max(wind.speed_m_s + wind.speed_sigma_m_s * float(rng.standard_normal()), 0.5)


def _from(wind: Wind | None, rng: np.random.Generator) -> float:
    if wind is None:
        return float(rng.uniform(0.0, 360.0))
    return (wind.from_deg + wind.from_sigma_deg * float(rng.standard_normal())) % 360.0


def _trial(scene: Scene, leak: Leak, plumes: Sequence[Any], noise: FloatArray) -> Trial:
    row, column = round(leak.row), round(leak.column)
    longitude, latitude = scene.footprint.at(leak.row, leak.column)
    found = False
    for plume in plumes:
        apart, _ = distance_and_bearing(longitude, latitude, plume.source_longitude, plume.source_latitude)
        found |= apart <= max(MATCH_LEAST_M, MATCH_SIGMAS * plume.source_sigma_m)
    assert leak.wind is not None
    return Trial(
        row=row,
        column=column,
        rate_kg_h=leak.rate_kg_h,
        wind_m_s=leak.wind.speed_m_s,
        noise_ppm_m=float(noise[row, column]),
        found=found,
    )


def _terms(over_wind: float, relative_noise: float) -> FloatArray:
    return np.array([1.0, math.log(over_wind), math.log(relative_noise)])


def _fitted(scene: Scene, trials: Sequence[Trial], median_noise: float, false_plumes: float) -> DetectionLimit:
    """Logistic regression; a weak penalty on the last two terms keeps it finite where trials separate."""
    terms = np.stack([_terms(t.rate_kg_h / t.wind_m_s, t.noise_ppm_m / median_noise) for t in trials])
    found = np.array([t.found for t in trials], dtype=float)
    if found.all() or not found.any():
        raise SceneCannotSay(
            f"{int(found.sum())} of {found.size} trial leaks found in {scene.scene_id}: no limit can be fitted",
            hint="try more trials",
        )
    prior = np.array([0.0, 2.0, -2.0])  # a steep rise with the rate, a fall with the noise

    def loss(b: FloatArray) -> float:
        z = terms @ b
        penalty = PENALTY * float(np.sum((b[1:] - prior[1:]) ** 2))
        return float(np.sum(np.logaddexp(0.0, z) - found * z)) + penalty

    middle = float(np.median(terms[:, 1]))
    best = minimize(loss, np.array([-2.0 * middle, 2.0, -2.0]), method="BFGS").x
    p = expit(terms @ best)
    information = (terms * (p * (1.0 - p))[:, None]).T @ terms + np.diag([1e-6, 2 * PENALTY, 2 * PENALTY])
    over_wind = np.exp(terms[:, 1])
    return DetectionLimit(
        scene_id=scene.scene_id,
        intercept=float(best[0]),
        slope=max(float(best[1]), 0.1),
        noise=float(best[2]),
        covariance=tuple(tuple(float(v) for v in row) for row in np.linalg.inv(information)),
        median_noise_ppm_m=median_noise,
        trials=found.size,
        false_plumes_per_scene=false_plumes,
        lowest=float(over_wind.min()),
        highest=float(over_wind.max()),
        simulated=scene.simulated,
    )


def _place(
    facility: Facility,
    scene: Scene,
    enhancement: Enhancement,
    noise: FloatArray,
    limit: DetectionLimit,
    wind_m_s: float,
    rates_kg_h: Sequence[float],
) -> Place | None:
    """What the scene says at a facility; None if it lies outside the image."""
    try:
        row, column = scene.footprint.nearest(facility.longitude, facility.latitude)
    except InvalidValue:
        return None
    if not (enhancement.valid[row, column] and np.isfinite(noise[row, column])):
        unusable = CannotSay(code="not-seen", reason="the scene has no usable pixel there")
        return Place(facility=facility, noise_ppm_m=None, probabilities=unusable)
    local = float(noise[row, column])
    return Place(
        facility=facility,
        noise_ppm_m=local,
        probabilities=tuple(
            (rate, limit.probability(rate, wind_m_s, local), *limit.bounds(rate, wind_m_s, local))
            for rate in rates_kg_h
        ),
    )
