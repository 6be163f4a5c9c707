"""What is said of one detected plume."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation

from superemitter.measure.detection.screening import SpectralScreen
from superemitter.measure.detection.source import SourcePoint, locate_source
from superemitter.measure.detection.splitting import Part
from superemitter.measure.detection.threshold import NegativeTail
from superemitter.model import Enhancement, Flag, Footprint, Plume, Wind
from superemitter.model.types import BoolArray, FloatArray

STRONG_PPM_M = 16_000.0
SMALL_PIXELS = 10
HEIGHT = 0.5
SOURCE_SIGMAS, LEAST_DENSE = 3.0, 5
LEAST_ASTRAY_PX = 6.0
_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """What plumes are described from.

    Attributes
    ----------
    enhancement : Enhancement
    score : (row, column) array
        [1-sigma]
    field, smooth : (row, column) arrays
        Enhancement above its local background, and the same pooled. [ppm m]
    wind : Wind, optional
    tail : NegativeTail
    positive_peaks : (n,) array
        Peaks of the score. [1-sigma]
    screen : SpectralScreen, optional
    candidates : (row, column) bool array
        Pixels of any candidate.
    by_height : bool
        The probability that a plume is real is that of peaks of its own height; otherwise of all as high and more,
        among which the strong ones lend the weak ones their certainty.
    noise_ppm_m : float
        Of `smooth`, 1-sigma: sources are told from what exceeds it; 0: from the whole mask. [ppm m]
    """

    enhancement: Enhancement
    score: FloatArray
    field: FloatArray
    smooth: FloatArray
    wind: Wind | None
    tail: NegativeTail
    positive_peaks: FloatArray
    screen: SpectralScreen | None
    candidates: BoolArray
    by_height: bool = False
    noise_ppm_m: float = 0.0

    def probability(self, peak: float) -> float:
        """That a plume of this peak is real, from how many such peaks noise is expected to make."""
        if self.by_height:
            expected = self.tail.expected_false(peak - HEIGHT) - self.tail.expected_false(peak + HEIGHT)
            seen = np.sum(np.abs(self.positive_peaks - peak) <= HEIGHT)
        else:
            expected, seen = self.tail.expected_false(peak), np.sum(self.positive_peaks >= peak)
        return float(np.clip(1.0 - expected / max(int(seen), 1), 0.0, 1.0))


def describe(number: int, part: Part, seen: Seen) -> Plume:
    """A plume from its pixels: source point, size, strength, probability of being real, cautions.

    Of pixels shared with another plume its own share counts.
    """
    mask, footprint = part.mask, seen.enhancement.footprint
    source = _source(part, seen)
    longitude, latitude = footprint.at(source.row, source.column)
    peak = part.peak(seen.score)
    return Plume(
        plume_id=f"{seen.enhancement.scene_id}-{number:03d}",
        mask=mask,
        source_row=source.row,
        source_column=source.column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=source.sigma_m,
        axis_deg=source.axis_deg,
        length_m=source.length_m,
        area_m2=float(np.nansum(footprint.pixel_area_m2[mask])),
        max_enhancement_ppm_m=float(np.nanmax(part.own(seen.field)[mask])),
        detection_snr=peak,
        detection_probability=seen.probability(peak),
        spectral_match=None if seen.screen is None else seen.screen.match(mask, seen.candidates, seen.score),
        flags=frozenset(_flags_of(part) | _flags(mask, seen, source.turn_deg)),
        mass_share=part.share,
    )


def _source(part: Part, seen: Seen) -> SourcePoint:
    """Where the part's dense mass begins, or where it is densest if the two are far apart: remote pixels mislead.

    Dense is what exceeds 3 times the noise of the pooled field: pooling along the wind lengthens a mask upwind.
    """
    footprint = seen.enhancement.footprint
    smooth = part.own(seen.smooth)
    dense = part.mask & (smooth > SOURCE_SIGMAS * seen.noise_ppm_m)
    if seen.noise_ppm_m > 0 and dense.sum() >= LEAST_DENSE:
        source = locate_source(dense, smooth, footprint, seen.wind, margin_px=1.0)
        source = replace(source, length_m=_reach_m(source, part.mask, footprint))
    else:
        source = locate_source(part.mask, smooth, footprint, seen.wind)
    if part.source is None:
        return source
    row, column = part.source
    if math.hypot(source.row - row, source.column - column) <= LEAST_ASTRAY_PX:
        return source
    moved = replace(source, row=row, column=column)
    return replace(moved, length_m=_reach_m(moved, part.mask, footprint))


def _reach_m(source: SourcePoint, mask: BoolArray, footprint: Footprint) -> float:
    """Distance from the source to the farthest pixel. [m]"""
    rows, columns = np.nonzero(mask)
    east, north = footprint.local_metres(source.row, source.column, (rows, columns))
    return float(np.hypot(east, north).max())


def _flags_of(part: Part) -> set[Flag]:
    """How a plume came by its pixels."""
    holds = {
        Flag.JOINED: part.joined,
        Flag.SHARED_MASS: part.share is not None,
        Flag.SEVERAL_SOURCES: part.doubtful,
    }
    return {flag for flag, held in holds.items() if held}


def _flags(mask: BoolArray, seen: Seen, turn_deg: float) -> set[Flag]:
    """Cautions that can be read from the plume's own pixels and those around it."""
    enhancement, wind = seen.enhancement, seen.wind
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
    if float(np.nanmax(seen.field[mask])) > STRONG_PPM_M:
        flags.add(Flag.STRONG)
    if wind is not None and wind.speed_m_s >= 1.0 and turn_deg > 2.0 * wind.from_sigma_deg:
        flags.add(Flag.AGAINST_WIND)
    return flags


def _around(mask: BoolArray) -> tuple[slice, slice]:
    """The mask's bounding box and one pixel more."""
    rows, columns = np.nonzero(mask)
    return (
        slice(max(int(rows.min()) - 1, 0), int(rows.max()) + 2),
        slice(max(int(columns.min()) - 1, 0), int(columns.max()) + 2),
    )
