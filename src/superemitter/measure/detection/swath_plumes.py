"""From candidates in a swath to its plumes: threshold by what noise makes, source, what is to be kept in mind."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter

from superemitter.measure.detection.swath import SwathSettings, direction_sigma_deg
from superemitter.measure.detection.swath_candidates import (
    SwathInput,
    candidates,
    looks_like_gas,
    mirrored,
    part_of,
    speed_at,
    window_of,
)
from superemitter.measure.detection.threshold import PRIOR_PEAKS, NegativeTail
from superemitter.model import Detection, Flag, Plume
from superemitter.model.types import BoolArray, FloatArray

PIXELS_PER_FALSE_RATE = 10_000.0
TAIL_CAP = 6.5  # a single edge of clouds or water, far below all else, says nothing about the tail above
LEAST_TAIL_PEAKS = 10
PEAKS_PER_PIXEL = 5e-5  # of noise above the least threshold in simulated swaths, and how far above
MEAN_EXCESS = 0.8
CLOUD_EDGE_FACTOR = 1.5
SOURCE_REACH_PX = 3
STEADY_WIND_M_S = 2.0
SMALL_PX = 5
_POOL_PX = 0.8
_EIGHT = np.ones((3, 3), dtype=bool)


def swath_plumes(given: SwathInput, settings: SwathSettings | None = None) -> Detection:
    """Plumes whose score reaches the threshold, strongest first.

    A peak near a plume already found counts only by the pixels that are not that plume's. Candidates that follow
    albedo, aerosol or pressure, or that hug the edge of clouds, are rejected and counted.

    Parameters
    ----------
    given : SwathInput
    settings : SwathSettings, optional
    """
    chosen = settings or SwathSettings()
    tail, _ = noise_tail(given, chosen)
    threshold = _threshold(tail, given, chosen)
    plumes: list[Plume] = []
    rejected = 0
    for peak, mask, score in candidates(given, threshold, chosen):
        if looks_like_gas(given, peak, mask, chosen, weak=score <= CLOUD_EDGE_FACTOR * threshold):
            plumes.append(_plume(given, peak, mask, score, tail.expected_false(score), len(plumes) + 1))
        else:
            rejected += 1
    return Detection(
        score=given.scores.score.astype(np.float32),
        plumes=tuple(plumes),
        threshold=threshold,
        expected_false_plumes=tail.expected_false(threshold),
        background_ppm_m=np.zeros(given.residual.shape, dtype=np.float32),
        rejected=rejected,
    )


def outstanding_pixels(given: SwathInput, settings: SwathSettings) -> BoolArray:
    """Pixels of all that reaches the threshold, gains and losses of methane alike. (row, column)

    They have no part in the background of the second pass. Without its own pixels in the background every peak
    grows: were gains alone left out, noise would make higher peaks than the losses tell.
    """
    tail, losses = noise_tail(given, settings)
    threshold = _threshold(tail, given, settings)
    out: BoolArray = losses >= threshold
    for peak, mask, score in candidates(given, threshold, settings):
        if looks_like_gas(given, peak, mask, settings, weak=score <= CLOUD_EDGE_FACTOR * threshold):
            out |= mask
    return out


def noise_tail(given: SwathInput, settings: SwathSettings) -> tuple[NegativeTail, FloatArray]:
    """How many peaks noise makes: those of losses of methane, found and screened as plumes are.

    Returns
    -------
    NegativeTail
    (row, column) array
        Score of the loss that a pixel belongs to, 0 for none. [1-sigma]
    """
    least = settings.least_threshold
    lost = mirrored(given, least, settings)
    heights: list[float] = []
    pixels = np.zeros(given.residual.shape, dtype=np.float32)
    for peak, mask, score in candidates(lost, least, settings):
        if looks_like_gas(lost, peak, mask, settings, weak=True):
            heights.append(min(score, TAIL_CAP))
            pixels[mask] = score
    usable = int(given.enhancement.valid.sum())
    return swath_tail(np.array(heights), usable, settings), pixels


def swath_tail(peaks: FloatArray, pixels: int, settings: SwathSettings) -> NegativeTail:
    r"""Exponential tail from the score on that as many peaks reach as false plumes are asked for, or more.

    From the tenth highest peak on, at least, and where there are fewer, from the least threshold on. One scene of
    30 by 30 pixels says little: the number expected is then the mean of what is likely after n peaks among N
    pixels, if the rate before was spread exponentially about that of simulated swaths,

    .. math:: N_0 = N \frac{n + 1}{N + 1 / r}.

    Parameters
    ----------
    peaks : (n,) array
        Of losses, above the least threshold. [1-sigma]
    pixels : int
        Usable ones.
    settings : SwathSettings
    """
    highest = np.sort(peaks)[::-1]
    start, count = settings.least_threshold, pixels * (peaks.size + 1.0) / (pixels + 1.0 / PEAKS_PER_PIXEL)
    some = max(math.ceil(_wanted(pixels, settings)), LEAST_TAIL_PEAKS)
    if peaks.size > some:
        start, count, highest = float(highest[some]), float(some), highest[:some]
    excess = float(np.sum(highest - start)) + PRIOR_PEAKS * MEAN_EXCESS
    return NegativeTail(peaks=count, start=start, mean_excess=excess / (highest.size + PRIOR_PEAKS))


def _threshold(tail: NegativeTail, given: SwathInput, settings: SwathSettings) -> float:
    """Score that noise is expected to reach as often as the settings allow, at least their least one. [1-sigma]"""
    wanted = _wanted(int(given.enhancement.valid.sum()), settings)
    return tail.threshold(wanted, settings.least_threshold)


def _wanted(pixels: int, settings: SwathSettings) -> float:
    """False plumes that are asked for in a scene of so many usable pixels."""
    return settings.false_plumes * pixels / PIXELS_PER_FALSE_RATE


def _plume(
    given: SwathInput, peak: tuple[int, int], mask: BoolArray, score: float, false: float, number: int
) -> Plume:
    footprint = given.enhancement.footprint
    row, column, sigma_m = _source(given, peak, mask)
    longitude, latitude = footprint.at(row, column)
    part = window_of(mask)
    rows, columns = np.nonzero(mask[part])
    rows, columns = rows + part[0].start, columns + part[1].start
    east, north = footprint.local_metres(row, column, (rows, columns))
    area = float(np.nansum(footprint.pixel_area_m2[rows, columns]))
    peak_ppm_m = float(np.nanmax(given.enhancement.enhancement_ppm_m[rows, columns]))
    return Plume(
        plume_id=f"{given.enhancement.scene_id}-{number:03d}",
        mask=mask,
        source_row=row,
        source_column=column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=sigma_m,
        axis_deg=float(given.scores.to_deg[peak]),
        length_m=max(float(np.hypot(east, north).max()), math.sqrt(area / rows.size)),
        area_m2=area,
        max_enhancement_ppm_m=peak_ppm_m,
        detection_snr=score,
        detection_probability=float(np.clip(1.0 / (1.0 + false), 0.0, 1.0)),
        flags=_flags(given, peak, mask),
    )


def _source(given: SwathInput, peak: tuple[int, int], mask: BoolArray) -> tuple[float, float, float]:
    """Row, column and 1-sigma error of the source. [pixel], [m]

    The mean over nearby pixels by the likelihood exp(S^2 / 2) of a plume that starts there, with the error of half
    a squared pixel. The head of a plume is told by the wind only as far as that is steady: below 2 m/s the densest
    pooled pixel of the plume pulls at it, below 1 m/s it is the source, and half of the way between them is error.
    From 3 m/s down the source may be any other part of the plume, too: below 2 m/s half of the root mean square
    distance of the gas is error.
    """
    part = part_of(*peak, mask.shape, SOURCE_REACH_PX)
    values = np.nan_to_num(given.scores.score[part], nan=0.0)
    likelihood = np.exp(0.5 * (values**2 - values.max() ** 2))
    likelihood /= likelihood.sum()
    r = np.arange(part[0].start, part[0].start + values.shape[0], dtype=float)[:, None]
    c = np.arange(part[1].start, part[1].start + values.shape[1], dtype=float)[None, :]
    row, column = float((likelihood * r).sum()), float((likelihood * c).sum())
    spread = float((likelihood * ((r - row) ** 2 + (c - column) ** 2)).sum()) / 2.0
    share = float(np.clip(STEADY_WIND_M_S - speed_at(given, peak)[0], 0.0, 1.0))
    dense_row, dense_column = _densest(given, mask)
    away = math.hypot(dense_row - row, dense_column - column)
    row, column = row + share * (dense_row - row), column + share * (dense_column - column)
    size = given.enhancement.footprint.pixel_size_m
    unsteady = float(np.clip(STEADY_WIND_M_S + 1.0 - speed_at(given, peak)[0], 0.0, 1.0))
    anywhere_m = 0.5 * unsteady * _extent_m(given, mask, row, column)
    return row, column, math.hypot(size * math.sqrt(spread + 0.5 + (0.5 * share * away) ** 2), anywhere_m)


def _extent_m(given: SwathInput, mask: BoolArray, row: float, column: float) -> float:
    """Root mean square distance of the gas in a mask from a point. [m]"""
    part = window_of(mask)
    rows, columns = np.nonzero(mask[part])
    rows, columns = rows + part[0].start, columns + part[1].start
    east, north = given.enhancement.footprint.local_metres(row, column, (rows, columns))
    gas = np.maximum(np.nan_to_num(given.residual[rows, columns]), 1e-6)
    return math.sqrt(float(np.average(east**2 + north**2, weights=gas)))


def _densest(given: SwathInput, mask: BoolArray) -> tuple[int, int]:
    """Row and column of the plume's pixel with the highest pooled enhancement."""
    part = window_of(mask)
    valid = given.enhancement.valid[part]
    total = gaussian_filter(np.where(valid, given.residual[part], 0.0), _POOL_PX, mode="constant")
    weight = gaussian_filter(valid.astype(float), _POOL_PX, mode="constant")
    pooled = np.where(mask[part], total / np.maximum(weight, 0.3), -np.inf)
    row, column = np.unravel_index(int(np.argmax(pooled)), pooled.shape)
    return int(row) + part[0].start, int(column) + part[1].start


def _flags(given: SwathInput, peak: tuple[int, int], mask: BoolArray) -> frozenset[Flag]:
    flags = set()
    valid = given.enhancement.valid
    if mask[[0, -1], :].any() or mask[:, [0, -1]].any():
        flags.add(Flag.BORDER)
    part = window_of(mask)
    ring = binary_dilation(mask[part], structure=_EIGHT) & ~mask[part]
    if ring.any() and float((~valid[part])[ring].mean()) > 0.25:
        flags.add(Flag.MASKED_NEIGHBOUR)
    if given.enhancement.dataset["water"].values[part][mask[part]].mean() > 0.5:
        flags.add(Flag.WATER)
    if mask[part].sum() < SMALL_PX:
        flags.add(Flag.SMALL)
    if given.wind_to is not None:
        toward, speed = float(given.wind_to[0][peak]), float(given.wind_to[1][peak])
        if math.isfinite(toward + speed) and speed >= 1.0:
            apart = abs((float(given.scores.to_deg[peak]) - toward + 180.0) % 360.0 - 180.0)
            if apart > 2.0 * float(direction_sigma_deg(speed)):
                flags.add(Flag.AGAINST_WIND)
    return frozenset(flags)
