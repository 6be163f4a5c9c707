"""Where the source of a plume in a swath lies: at the head of gas whose amount may vary along its way.

Pieces of gas that are found by themselves and come from one source are one plume.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from superemitter.measure.detection.swath import SwathSettings, direction_sigma_deg
from superemitter.measure.detection.swath_candidates import (
    Candidate,
    SwathInput,
    line_fits,
    nearest_pixel,
    part_of,
    plume_mask,
    pooled_score,
    speed_at,
)
from superemitter.measure.detection.template import pixel_spread_m, ramp
from superemitter.model.footprint import distance_and_bearing
from superemitter.model.types import BoolArray, FloatArray, IntArray

WINDOW_PX = 6
STEPS = 6
SETTLED_PX = 1.5
COMPARED_M = 30_000.0
TURNS_DEG = np.arange(-180.0, 180.0, 15.0)
MOST_TURN_SIGMAS = 3.0
WIDEST_AT_M = 60_000.0
EDGES_M = np.array([0.0, 8e3, 16e3, 24e3, 36e3, 1e6], dtype=np.float32)
LINE_MEAN = np.array([0.9, 0.9, 0.65, 0.6, 0.4])
LINE_PART_SIGMA = np.array([0.25, 0.25, 0.4, 0.4, 0.5])
LINE_COMMON_SIGMA = 0.2
MODEL_ERROR = 0.25
WIDE = (1.0, 2.0, 3.0)
OVERSURE = 1.3  # noise counts so many times: with it errors hold where winds are told wrongly
LEAST_ERROR_PX = 0.8
JOIN_M = 30_000.0
_PEAK_OF_POOLED = 2.8  # a single pixel's sigma in units of the pooled score's


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a plume starts and where it goes.

    Attributes
    ----------
    row, column : float
        [pixel]
    sigma_m : float
        1-sigma error in each direction. [m]
    axis_deg : float
        Direction the plume stretches to. [degree clockwise from north]
    """

    row: float
    column: float
    sigma_m: float
    axis_deg: float

    def pixel(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """The pixel it lies in."""
        return nearest_pixel(self.row, self.column, shape)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourcedPlume:
    """A plume with its source.

    Attributes
    ----------
    peak : (int, int)
        Pixel of the best score.
    mask : (row, column) bool array
    score : float
        [1-sigma]
    source : Source
    joined : bool
        Whether gas farther downwind that was found by itself was joined to it.
    """

    peak: tuple[int, int]
    mask: BoolArray
    score: float
    source: Source
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Surroundings:
    """Pixels that tell of a source, (n,), and those it may lie in, (s,); metres from the middle.

    `precision` is the inverse of the covariance of the errors, (n, n).
    """

    east: FloatArray
    north: FloatArray
    value: FloatArray
    precision: FloatArray
    offset_weight: float
    spread: np.float32
    rows: IntArray
    columns: IntArray
    source_east: FloatArray
    source_north: FloatArray


def with_sources(given: SwathInput, accepted: Sequence[Candidate], settings: SwathSettings) -> list[SourcedPlume]:
    """Plumes with their sources, strongest first; gas that lies downwind of another's source becomes a part of it.

    What is found by itself within 30 km of a source, in gas that is connected with that source and downwind of it,
    may be the cloud of last night or a second source: it cannot be told, and no second one is claimed.

    Parameters
    ----------
    given : SwathInput
    accepted : sequence of Candidate
        Strongest first.
    settings : SwathSettings
    """
    if not accepted:
        return []
    taken = np.any([mask for _, mask, _ in accepted], axis=0)
    pooled = pooled_score(given.residual, given.sigma, given.enhancement.valid)
    sources = [locate_source(given, one[0], taken & ~one[1], settings) for one in accepted]
    reached = [plume_mask(given, pooled, source.pixel(taken.shape), source.axis_deg) for source in sources]
    head = _heads(given, accepted, sources, reached)
    plumes = []
    for number, (peak, _, _) in enumerate(accepted):
        if head[number] != number:
            continue
        parts = [k for k, of in enumerate(head) if of == number]
        own = np.any([accepted[k][1] for k in parts], axis=0)
        joined = len(parts) > 1
        whole = own | (reached[number] & given.enhancement.valid & ~taken)
        source = locate_source(given, peak, taken & ~own, settings) if joined else sources[number]
        best = max(accepted[k][2] for k in parts)
        plumes.append(SourcedPlume(peak=peak, mask=whole, score=best, source=source, joined=joined))
        taken = taken | whole
    return sorted(plumes, key=lambda plume: -plume.score)


def _heads(
    given: SwathInput, accepted: Sequence[Candidate], sources: list[Source], reached: list[BoolArray]
) -> list[int]:
    """For each candidate, the one whose source its gas comes from: mostly itself."""
    count = len(accepted)
    holds = np.zeros((count, count), dtype=bool)
    for i in range(count):
        for j in range(count):
            holds[i, j] = i != j and _holds(given, accepted[j], sources[i], sources[j], reached[i])
    head = list(range(count))
    for j in range(count):
        above = [i for i in range(count) if holds[i, j] and (not holds[j, i] or i < j)]
        head[j] = min(above, default=j)
    return [_top(head, j) for j in range(count)]


def _top(head: list[int], start: int) -> int:
    """Head of heads; the strongest of a circle of them."""
    seen: list[int] = []
    while start not in seen:
        seen.append(start)
        start = head[start]
    return min(seen[seen.index(start) :])


def _holds(given: SwathInput, other: Candidate, source: Source, its: Source, reached: BoolArray) -> bool:
    """Whether another plume lies in the gas of a source, its own source near enough."""
    if not reached[other[0]]:
        return False
    at = given.enhancement.footprint.at
    metres, _ = distance_and_bearing(*at(source.row, source.column), *at(its.row, its.column))
    return metres <= JOIN_M


def locate_source(given: SwathInput, start: tuple[int, int], others: BoolArray, settings: SwathSettings) -> Source:
    r"""Mean place and axis of a plume's source, and its error, over all sources that explain its gas.

    Along the way a plume holds more and less: winds change, and gas that gathered around a source by night drifts
    as a dense cloud tens of km downwind of it at noon. So its line mass is not one number but one for each part of
    the way, with a common mean,

    .. math:: r = \sum_b \lambda_b T_b(s, \theta) + c + \epsilon, \qquad
              \lambda_b \sim \mathcal{N}\left(\mu_b \Lambda, (\sigma_b^2 + \sigma^2) \Lambda^2\right),

    and zero upwind of the source s. In the first 16 km there must be gas (0.9 with a scatter of 0.25), beyond 36
    km there may be (0.4 and 0.5). The evidence of s and of the direction :math:`\theta` is what is left when all
    :math:`\lambda_b` and the constant are integrated out, times the probability of the direction in this wind. A
    source too far downwind leaves gas unexplained, one too far upwind parts of the way without gas. The plume may
    be once, twice or three times as wide as those that are looked for: in weak wind gas gathers all around. The
    search starts anew from the place found until it stays, and only pixels near it tell: a plume that bends
    farther away would draw its source there.

    Parameters
    ----------
    given : SwathInput
    start : (int, int)
        Pixel of the plume's best score; the line mass fitted there is :math:`\Lambda`.
    others : (row, column) bool array
        Pixels of other plumes: they tell nothing of this one.
    settings : SwathSettings

    Notes
    -----
    The noise of neighbours goes together as it does for the scores, and counts 1.3 times: so the spread of the
    evidence holds on simulated plumes in winds that are told wrongly. Each pixel's error holds a quarter of what
    it holds itself, too: no plume is a Gaussian. Sources within 30 km are compared in each step. The error is 0.8
    pixels at least.
    """
    at = start
    pixel = np.array([start[0]]), np.array([start[1]])
    fit = line_fits(given, pixel, float(given.scores.to_deg[start]), given.enhancement.valid & ~others, settings)
    line = max(float(fit.line[0, 0]), float(fit.sigma[0, 0]))
    for _ in range(STEPS):
        source, best = _located(given, at, line, others, settings)
        settled = math.hypot(best[0] - at[0], best[1] - at[1]) < SETTLED_PX
        part = part_of(*best, others.shape, WINDOW_PX)
        if settled or not (given.enhancement.valid[part] & ~others[part]).any():
            break
        at = best
    return source


def _located(
    given: SwathInput, at: tuple[int, int], line: float, others: BoolArray, settings: SwathSettings
) -> tuple[Source, tuple[int, int]]:
    near = _surroundings(given, at, others, settings)
    speed = speed_at(given, at)
    toward, sigma = _direction(given, at, float(speed[0]), settings)
    growth, width = float(settings.shape.growth_at(speed)[0]), settings.shape.source_width_m
    evidence, places, turned = [], [], []
    turns = TURNS_DEG[np.abs(TURNS_DEG) <= MOST_TURN_SIGMAS * sigma]
    for turn, wide in product(turns, WIDE):
        of, value = _evidence(near, toward + float(turn), line, wide * growth, wide * width)
        evidence.append(value - 0.5 * (turn / sigma) ** 2)
        places.append(of)
        turned.append(np.full(of.size, toward + turn))
    log, place, axis = np.concatenate(evidence), np.concatenate(places), np.radians(np.concatenate(turned))
    share = np.exp(log - log.max())
    share /= share.sum()
    east, north = near.source_east[place], near.source_north[place]
    variance = share @ ((east - share @ east) ** 2 + (north - share @ north) ** 2) / 2.0
    least = LEAST_ERROR_PX * given.enhancement.footprint.pixel_size_m
    best = place[int(np.argmax(log))]
    source = Source(
        row=float(share @ near.rows[place]),
        column=float(share @ near.columns[place]),
        sigma_m=math.hypot(math.sqrt(float(variance)), least),
        axis_deg=math.degrees(math.atan2(float(share @ np.sin(axis)), float(share @ np.cos(axis)))) % 360.0,
    )
    return source, (int(near.rows[best]), int(near.columns[best]))


def _direction(
    given: SwathInput, at: tuple[int, int], speed: float, settings: SwathSettings
) -> tuple[float, float]:
    """Where the wind blows to and its error; any direction alike where it is weak or unknown. [degree]"""
    toward = float(given.wind_to[0][at]) if given.wind_to is not None else math.nan
    if not (math.isfinite(toward) and speed >= settings.free_below_m_s):
        return 0.0, math.inf
    return toward, float(direction_sigma_deg(speed))


def _surroundings(
    given: SwathInput, at: tuple[int, int], others: BoolArray, settings: SwathSettings
) -> _Surroundings:
    part = part_of(*at, others.shape, WINDOW_PX)
    footprint = given.enhancement.footprint
    east, north = footprint.local_metres(*at, part)
    free = np.isfinite(east) & np.isfinite(north) & ~others[part]
    used = free & given.enhancement.valid[part]
    own = given.sigma[part]
    sigma = OVERSURE * own[used] * given.scores.scatter[part][used]
    pooled = pooled_score(given.residual[part], own, used)[used] / _PEAK_OF_POOLED
    error = MODEL_ERROR * np.maximum(pooled, 0.0) * own[used]
    certain = 1.0 / np.hypot(sigma, error)
    used_rows, used_columns = np.nonzero(used)
    precision = certain[:, None] * settings.clutter.precision((used_rows, used_columns)) * certain
    rows, columns = np.nonzero(free)
    return _Surroundings(
        east=east[used].astype(np.float32),
        north=north[used].astype(np.float32),
        value=given.residual[part][used].astype(np.float32),
        precision=precision.astype(np.float32),
        offset_weight=1.0 / (settings.shape.offset_share * float(np.median(sigma))) ** 2,
        spread=np.float32(np.median(pixel_spread_m(footprint, part))),
        rows=rows + part[0].start,
        columns=columns + part[1].start,
        source_east=east[free].astype(np.float32),
        source_north=north[free].astype(np.float32),
    )


def _evidence(
    near: _Surroundings, to_deg: float, line: float, growth: float, source_width_m: float
) -> tuple[IntArray, FloatArray]:
    """Sources that are compared, and the logarithm of the evidence of each, in one direction."""
    sine, cosine = math.sin(math.radians(to_deg)), math.cos(math.radians(to_deg))
    source_along = near.source_east * sine + near.source_north * cosine
    source_across = near.source_east * cosine - near.source_north * sine
    of = np.flatnonzero(np.hypot(source_along, source_across) < COMPARED_M)
    along = near.east * sine + near.north * cosine - source_along[of, None]
    across = near.east * cosine - near.north * sine - source_across[of, None]
    width2 = source_width_m**2 + near.spread**2 + (growth * np.clip(along, 0.0, WIDEST_AT_M)) ** 2
    section = np.exp(-0.5 * across**2 / width2) / np.sqrt(2.0 * math.pi * width2)
    begun = ramp((along[:, None, :] - EDGES_M[:, None]) / math.hypot(source_width_m, float(near.spread)))
    parts = (begun[:, :-1] - begun[:, 1:]) * section[:, None, :]
    return of, log_evidence(parts, near.value, near.precision, near.offset_weight, line)


def log_evidence(
    parts: FloatArray, value: FloatArray, precision: FloatArray, offset_weight: float, line: float
) -> FloatArray:
    """Logarithm of the evidence of sources, but for what all of them share. (source,)

    Line masses with a Gaussian prior and a constant are integrated out.

    Parameters
    ----------
    parts : (source, part, pixel) array
        Enhancements of unit line mass in each part of the way. [m-1]
    value : (pixel,) array
        [ppb]
    precision : (pixel, pixel) array
        Inverse of the covariance of the errors. [ppb-2]
    offset_weight : float
        One over the variance of the constant. [ppb-2]
    line : float
        Line mass about which those of the parts are spread. [ppb m]
    """
    prior = line**2 * (LINE_COMMON_SIGMA**2 + np.diag(LINE_PART_SIGMA**2))
    mean = line * LINE_MEAN
    weighted = (parts.reshape(-1, value.size) @ precision).reshape(parts.shape)
    each = precision.sum(axis=0, dtype=np.float64)
    total = each.sum() + offset_weight
    sums = weighted.sum(axis=2, dtype=np.float64)
    information = weighted @ parts.transpose(0, 2, 1) - sums[:, :, None] * sums[:, None, :] / total
    found = weighted @ value - sums * float(each @ value) / total
    explained = found @ mean - 0.5 * np.einsum("i,sij,j->s", mean, information, mean)
    left = found - information @ mean
    posterior = information + np.linalg.inv(prior)
    moved = np.linalg.solve(posterior, left[..., None])[..., 0]
    out: FloatArray = explained + 0.5 * (left * moved).sum(axis=1) - 0.5 * np.linalg.slogdet(posterior)[1]
    return out
