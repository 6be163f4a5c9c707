"""From candidates in a swath to its plumes: threshold by what noise makes, source, what is to be kept in mind."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import binary_dilation

from superemitter.measure.detection.swath import SwathSettings, direction_sigma_deg
from superemitter.measure.detection.swath_candidates import (
    Candidate,
    SwathInput,
    candidates,
    looks_like_gas,
    mirrored,
    window_of,
)
from superemitter.measure.detection.swath_source import SourcedPlume, with_sources
from superemitter.measure.detection.threshold import PRIOR_PEAKS, NegativeTail
from superemitter.model import Detection, Flag, Plume
from superemitter.model.types import BoolArray, FloatArray

PIXELS_PER_FALSE_RATE = 10_000.0
TAIL_CAP = 6.5  # a single edge of clouds or water, far below all else, says nothing about the tail above
LEAST_TAIL_PEAKS = 10
PEAKS_PER_PIXEL = 5e-5  # of noise above the least threshold in simulated swaths, and how far above
MEAN_EXCESS = 0.8
CLOUD_EDGE_FACTOR = 1.5
SMALL_PX = 5
LEAST_PX = 3
_EIGHT = np.ones((3, 3), dtype=bool)


def swath_plumes(given: SwathInput, settings: SwathSettings | None = None) -> Detection:
    """Plumes whose score reaches the threshold, strongest first.

    A peak near a plume already found counts only by the pixels that are not that plume's. Candidates that follow
    albedo, aerosol or pressure, or that hug the edge of clouds, are rejected and counted, as are those of fewer
    than three pixels: they are left over from a plume beside them.

    Parameters
    ----------
    given : SwathInput
    settings : SwathSettings, optional
    """
    chosen = settings or SwathSettings()
    tail, _ = noise_tail(given, chosen)
    threshold = _threshold(tail, given, chosen)
    accepted: list[Candidate] = []
    rejected = 0
    for peak, mask, score in candidates(given, threshold, chosen):
        weak = score <= CLOUD_EDGE_FACTOR * threshold
        if mask.sum() >= LEAST_PX and looks_like_gas(given, peak, mask, chosen, weak=weak):
            accepted.append((peak, mask, score))
        else:
            rejected += 1
    plumes = [
        _plume(given, sourced, tail.expected_false(sourced.score), number)
        for number, sourced in enumerate(with_sources(given, accepted, chosen), start=1)
    ]
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


def _plume(given: SwathInput, sourced: SourcedPlume, false: float, number: int) -> Plume:
    footprint, mask, source = given.enhancement.footprint, sourced.mask, sourced.source
    longitude, latitude = footprint.at(source.row, source.column)
    part = window_of(mask)
    rows, columns = np.nonzero(mask[part])
    rows, columns = rows + part[0].start, columns + part[1].start
    east, north = footprint.local_metres(source.row, source.column, (rows, columns))
    area = float(np.nansum(footprint.pixel_area_m2[rows, columns]))
    return Plume(
        plume_id=f"{given.enhancement.scene_id}-{number:03d}",
        mask=mask,
        source_row=source.row,
        source_column=source.column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=source.sigma_m,
        axis_deg=source.axis_deg,
        length_m=max(float(np.hypot(east, north).max()), math.sqrt(area / rows.size)),
        area_m2=area,
        max_enhancement_ppm_m=float(np.nanmax(given.enhancement.enhancement_ppm_m[rows, columns])),
        detection_snr=sourced.score,
        detection_probability=float(np.clip(1.0 / (1.0 + false), 0.0, 1.0)),
        flags=_flags(given, sourced),
    )


def _flags(given: SwathInput, sourced: SourcedPlume) -> frozenset[Flag]:
    peak, mask = sourced.peak, sourced.mask
    flags = {Flag.SEVERAL_SOURCES} if sourced.joined else set()
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
