"""Plumes that touch: which sources a group of pixels holds, and whose gas is in each pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from superemitter.measure.detection.pooling import MAD_TO_SIGMA
from superemitter.measure.detection.source import locate_source
from superemitter.model.footprint import Footprint
from superemitter.model.types import BoolArray, FloatArray, IntArray
from superemitter.model.wind import Wind

# Logistic regression on 805 maxima of simulated EMIT scenes, seeds 20000 to 20049: 58 of 74 second sources are
# taken for sources at the cost of 5 puffs of 350 plumes.
EVIDENCE_CONSTANT, EVIDENCE_WIDTH, EVIDENCE_STEP = 6.07, -5.58, 2.21
EVIDENCE_PROMINENCE, EVIDENCE_OUTSIDE = 0.17, 1.25
EVIDENCE_FAR, FAR_PX = 1.2, 30.0
LEAST_EVIDENCE, LEAST_DOUBT = 0.0, -1.5
LEAST_PROMINENCE = 5.0
LEAST_APART_PX = 5.0
LEAST_WIND_M_S = 0.5
SECTION_PX, REACH_PX = 1.25, 12
BEFORE_PX, BEHIND_PX, BESIDE_PX = (-9.0, -2.0), (0.0, 8.0), 6.0
CONE_BEGINS_PX, CONE_WIDTH_PX, CONE_GROWTH = -3.0, 3.0, 0.7
TURNS_DEG = tuple(float(turn) for turn in range(-30, 31, 5))
GROWTHS = (0.05, 0.1, 0.2)
SOURCE_SIGMA_PX = 1.2
PEAK_BEHIND_PX = 2.0
LEAST_SHARE = 0.05
_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """A plume of a group of pixels.

    Attributes
    ----------
    mask : (row, column) bool array
        Pixels that hold its gas; those of plumes that touch overlap.
    share : (row, column) float64 array, optional
        Its share of each pixel's mass, 0 outside the mask; None: all of it, for it touches no other.
    source : (float, float), optional
        Row and column where its densest place says that it begins; of a part that touches another.
    doubtful : bool
        It may hold the gas of several sources, but was not divided.
    joined : bool
        Detached pieces were added.
    """

    mask: BoolArray
    share: FloatArray | None = None
    source: tuple[float, float] | None = None
    doubtful: bool = False
    joined: bool = False

    def own(self, field: FloatArray) -> FloatArray:
        """A field times the part's share of it."""
        return field if self.share is None else field * self.share

    def peak(self, field: FloatArray) -> float:
        """The largest value of :meth:`own` in the mask."""
        return float(np.nanmax(self.own(field)[self.mask]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A local maximum, and the evidence that it marks a source; see :func:`find_candidates`."""

    row: int
    column: int
    evidence: float


def split_touching(
    joined: list[tuple[BoolArray, bool]],
    smooth: FloatArray,
    score: FloatArray,
    *,
    clear: BoolArray,
    mask_score: float,
    footprint: Footprint,
    wind: Wind | None,
) -> list[Part]:
    r"""Divide groups of pixels that hold the gas of several sources.

    Sources are the maxima that look like sources (:func:`find_candidates`): that of most evidence, and each other
    with enough of its own, which counts for more where the gas of the ones before cannot be. Puffs make maxima
    too, and one plume shown as two is a wrong accusation: in doubt a group stays whole and is marked.

    To each source a Gaussian plume is fitted, all together, of amounts :math:`q_k \ge 0` and widths that grow with
    the distance; the fit turns them by up to 30 degrees from the wind. A pixel's mass is divided in proportion to
    what they put there:

    .. math:: s_k = q_k G_k \big/ \sum_j q_j G_j, \qquad \sum_k s_k = 1

    A part's mask holds the pixels of which it has the largest share, and those whose score, times its share of 5 %
    or more, exceeds the mask score: about those that it would hold if it stood alone.

    Parameters
    ----------
    joined : list of (mask, bool)
        Groups, and whether pieces were joined to them.
    smooth : (row, column) array
        Pooled enhancement, background removed. [ppm m]
    score : (row, column) array
        [1-sigma]
    clear : (row, column) bool array
        Pixels away from every plume: their scatter is the noise.
    mask_score : float
        Score to which the masks were grown. [1-sigma]
    footprint : Footprint
    wind : Wind, optional
        Without one, or below 0.5 m/s, nothing is divided; groups are marked by their own main direction.

    Returns
    -------
    list of Part
        Their shares sum to 1 in every pixel of a group.
    """
    noise = noise_ppm_m(smooth, clear)
    parts = []
    for mask, pieces in joined:
        if wind is not None and wind.speed_m_s >= LEAST_WIND_M_S:
            to_deg = wind.from_deg + 180.0
        else:
            to_deg = locate_source(mask, smooth, footprint, None).axis_deg
        candidates = find_candidates(mask, smooth, noise, footprint, to_deg)
        sources = choose_sources(candidates, footprint, to_deg, LEAST_EVIDENCE)
        if len(sources) > 1 and wind is not None and wind.speed_m_s >= LEAST_WIND_M_S:
            divided = split_group(
                sources, mask, smooth, score, mask_score=mask_score, footprint=footprint, to_deg=to_deg
            )
            parts += [replace(part, joined=pieces) for part in divided]
        else:
            maybe = choose_sources(candidates, footprint, to_deg, LEAST_DOUBT)
            parts.append(Part(mask=mask, doubtful=len(maybe) > 1, joined=pieces))
    return parts


def noise_ppm_m(smooth: FloatArray, clear: BoolArray) -> float:
    """Scaled median absolute deviation of the pooled field where there is no plume. [ppm m]"""
    known = np.isfinite(smooth)
    field = smooth[known & clear] if (known & clear).any() else smooth[known]
    return max(MAD_TO_SIGMA * float(np.median(np.abs(field))), _TINY)


def find_candidates(
    mask: BoolArray, smooth: FloatArray, noise: float, footprint: Footprint, to_deg: float
) -> list[Candidate]:
    r"""Maxima of a group that may mark sources, most evidence first.

    Gas is narrow near its source, and the mass per length steps up there; a puff is as wide as the plume around
    it, and gas came to it from upwind. The evidence is a log-odds:

    .. math:: e = c_0 + c_w \ln w + c_g (1 - \lambda_\mathrm{before} / \lambda_\mathrm{behind}) + c_p \ln p

    with the width w across the wind (sum over height, to the valley on either side) [pixel], the mass per length
    within 6 pixels of the axis, 2 to 9 pixels before and up to 8 behind, and the height p above the pass to a
    higher maximum [1-sigma], 5 at least.

    Parameters
    ----------
    mask : (row, column) bool array
    smooth : (row, column) array
        [ppm m]
    noise : float
        Of `smooth`, 1-sigma. [ppm m]
    footprint : Footprint
    to_deg : float
        Direction the gas drifts to, clockwise from north. [degree]
    """
    pixels = _pixels(mask)
    values = _positive(smooth[pixels])
    out = []
    for row, column, above in _maxima(pixels, values):
        if above < LEAST_PROMINENCE * noise:
            continue
        along, across = _axes(footprint, row, column, pixels, to_deg)
        evidence = (
            EVIDENCE_CONSTANT
            + EVIDENCE_WIDTH * math.log(max(_width_px(along, across, values), 1.0))
            + EVIDENCE_STEP * _step(along, across, values)
            + EVIDENCE_PROMINENCE * math.log(above / noise)
        )
        out.append(Candidate(row=row, column=column, evidence=evidence))
    return sorted(out, key=lambda one: -one.evidence)


def choose_sources(
    candidates: list[Candidate], footprint: Footprint, to_deg: float, least: float
) -> list[Candidate]:
    """The candidate of most evidence, and one by one the others that have `least` of their own.

    A candidate less than 5 pixels from a source is that source. One that lies outside the cone in which the gas of
    every source drifts has more evidence by 1.25; inside it one at d > 30 pixels has more by 1.2 ln(d / 30), for
    so far down puffs are wider.
    """
    sources, waiting = candidates[:1], candidates[1:]
    while waiting:
        rated = []
        for one in waiting:
            places = [_place(one, source, footprint, to_deg) for source in sources]
            if min(math.hypot(*place) for place in places) >= LEAST_APART_PX:
                rated.append((one.evidence + min(_less_expected(*place) for place in places), one))
        evidence, best = max(rated, key=lambda pair: pair[0], default=(-math.inf, None))
        if best is None or evidence < least:
            break
        sources = [*sources, best]
        waiting = [one for _, one in rated if one is not best]
    return sources


def _less_expected(along: float, across: float) -> float:
    """Evidence from where a maximum lies: outside the cone, or so far down it that puffs are wider. [log-odds]"""
    if along < CONE_BEGINS_PX or abs(across) > CONE_WIDTH_PX + CONE_GROWTH * max(along, 0.0):
        return EVIDENCE_OUTSIDE
    return EVIDENCE_FAR * max(math.log(max(along, 1.0) / FAR_PX), 0.0)


def split_group(
    sources: list[Candidate],
    mask: BoolArray,
    smooth: FloatArray,
    score: FloatArray,
    *,
    mask_score: float,
    footprint: Footprint,
    to_deg: float,
) -> list[Part]:
    """A part for each source; the mask whole and doubtful if another source outshines it everywhere."""
    shares = divide(sources, mask, smooth, footprint, to_deg)
    largest = np.arange(len(shares))[:, None] == shares.argmax(axis=0)
    seen = shares * np.nan_to_num(score[mask].astype(np.float64)) > mask_score
    kept = np.where(largest | (seen & (shares >= LEAST_SHARE)), shares, 0.0)
    if kept.any(axis=1).sum() < 2:
        return [Part(mask=mask, doubtful=True)]
    parts = []
    for source, own in zip(sources, kept / kept.sum(axis=0), strict=True):
        if own.any():
            share = np.zeros(mask.shape)
            share[mask] = own
            parts.append(Part(mask=share > 0, share=share, source=_start(source, footprint, to_deg)))
    return parts


def divide(
    sources: list[Candidate], mask: BoolArray, smooth: FloatArray, footprint: Footprint, to_deg: float
) -> FloatArray:
    """Share of each source in each pixel of the mask, by Gaussian plumes fitted together. (source, pixel)"""
    pixels = _pixels(mask)
    values = _positive(smooth[pixels])
    least = math.inf
    logs: FloatArray = np.zeros((len(sources), values.size))
    amounts: FloatArray = np.ones(len(sources))
    for turn in TURNS_DEG:
        places = [_axes(footprint, one.row, one.column, pixels, to_deg + turn) for one in sources]
        for growth in GROWTHS:
            tried = np.stack([_log_plume(along + PEAK_BEHIND_PX, across, growth) for along, across in places])
            fitted, misfit = nnls(np.exp(tried).T, values)
            if misfit < least:
                least, logs, amounts = misfit, tried, fitted
    amounts = np.maximum(amounts, 1e-3 * max(float(amounts.max()), _TINY))
    weight = logs + np.log(amounts)[:, None]
    weight = np.exp(weight - weight.max(axis=0))
    shares: FloatArray = weight / weight.sum(axis=0)
    return shares


def _start(one: Candidate, footprint: Footprint, to_deg: float) -> tuple[float, float]:
    """Row and column 2 pixels upwind of a maximum: gas is densest behind its source."""
    steps = np.array([[step[one.row, one.column] for step in footprint.step_m(axis)] for axis in (0, 1)])
    to = math.radians(to_deg)
    back = -PEAK_BEHIND_PX * footprint.pixel_size_m * np.array([math.sin(to), math.cos(to)])
    row, column = np.array([one.row, one.column]) + np.linalg.solve(steps.T, back)
    rows, columns = footprint.shape
    return float(np.clip(row, 0, rows - 1)), float(np.clip(column, 0, columns - 1))


def _log_plume(along: FloatArray, across: FloatArray, growth: float) -> FloatArray:
    """Logarithm of a steady plume of one amount; before its source it ends as the pooling blurs it."""
    sigma = SOURCE_SIGMA_PX + growth * np.maximum(along, 0.0)
    before = np.minimum(along, 0.0) / SOURCE_SIGMA_PX
    out: FloatArray = -0.5 * (across / sigma) ** 2 - np.log(sigma) - 0.5 * before**2
    return out


def _maxima(pixels: tuple[IntArray, IntArray], values: FloatArray) -> list[tuple[int, int, float]]:
    """Row and column of the local maxima, and their height above the pass to a higher one, or above 0."""
    rows, columns = (axis - int(axis.min()) + 1 for axis in pixels)
    number = np.full((int(rows.max()) + 2, int(columns.max()) + 2), -1)
    higher: dict[int, int] = {}  # of each pixel so far one nearer to its summit; of a summit itself
    above: dict[int, float] = {}

    def summit(pixel: int) -> int:
        while higher[pixel] != pixel:
            higher[pixel] = higher[higher[pixel]]
            pixel = higher[pixel]
        return pixel

    for pixel in np.argsort(-values, kind="stable").tolist():
        r, c = rows[pixel], columns[pixel]
        around = {summit(k) for k in number[r - 1 : r + 2, c - 1 : c + 2].ravel().tolist() if k >= 0}
        highest = min(around, key=lambda k: (-values[k], k)) if around else pixel
        higher[pixel] = highest
        for lower in around - {highest}:
            above[lower] = float(values[lower] - values[pixel])
            higher[lower] = highest
        number[r, c] = pixel
    above |= {pixel: float(values[pixel]) for pixel, up in higher.items() if up == pixel}
    return [(int(pixels[0][k]), int(pixels[1][k]), above[k]) for k in sorted(above)]


def _width_px(along: FloatArray, across: FloatArray, values: FloatArray) -> float:
    """Sum over height of the section across the wind, as far as it falls from the maximum on both sides."""
    number = np.rint(across).astype(int) + REACH_PX
    size = 2 * REACH_PX + 1
    inside = (np.abs(along) <= SECTION_PX) & (number >= 0) & (number < size)
    count = np.bincount(number[inside], minlength=size)
    section = np.bincount(number[inside], weights=values[inside], minlength=size) / np.maximum(count, 1)
    top = REACH_PX - 1 + int(np.argmax(section[REACH_PX - 1 : REACH_PX + 2]))
    total = float(section[top])
    for step in (-1, 1):
        k = top + step
        while 0 <= k < size and 0.0 < section[k] <= section[k - step]:
            total += float(section[k])
            k += step
    return total / max(float(section[top]), _TINY)


def _step(along: FloatArray, across: FloatArray, values: FloatArray) -> float:
    """Share of the mass per length behind a point that is not there before it; -1 at least."""
    beside = np.abs(across) < BESIDE_PX
    before, behind = (
        float(values[beside & (along >= first) & (along < last)].sum()) / (last - first)
        for first, last in (BEFORE_PX, BEHIND_PX)
    )
    return max((behind - before) / max(behind, _TINY), -1.0)


def _place(one: Candidate, source: Candidate, footprint: Footprint, to_deg: float) -> tuple[float, float]:
    pixel = (np.array([one.row]), np.array([one.column]))
    along, across = _axes(footprint, source.row, source.column, pixel, to_deg)
    return float(along[0]), float(across[0])


def _axes(
    footprint: Footprint, row: float, column: float, pixels: tuple[IntArray, IntArray], to_deg: float
) -> tuple[FloatArray, FloatArray]:
    """Distance of pixels from a point along and across a direction. [pixel]"""
    east, north = footprint.local_metres(row, column, pixels)
    to, size = math.radians(to_deg), footprint.pixel_size_m
    along: FloatArray = (east * math.sin(to) + north * math.cos(to)) / size
    across: FloatArray = (east * math.cos(to) - north * math.sin(to)) / size
    return along, across


def _pixels(mask: BoolArray) -> tuple[IntArray, IntArray]:
    rows, columns = np.nonzero(mask)
    return rows, columns


def _positive(values: FloatArray) -> FloatArray:
    return np.maximum(np.nan_to_num(values.astype(np.float64)), 0.0)
