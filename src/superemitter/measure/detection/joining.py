"""Detached pieces of one plume: turbulence tears gas apart, and the pieces are not sources."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from superemitter.measure.detection.source import SourcePoint, locate_source
from superemitter.model.footprint import Footprint
from superemitter.model.types import BoolArray, FloatArray
from superemitter.model.wind import Wind

GAP_SHARE = 0.75
LEAST_GAP_PIXELS = 10.0
MOST_GAP_M = 4000.0
CONE_DEG = 25.0
SPREAD = 0.07
PEAK_FACTOR = 2.0


def join_pieces(
    masks: list[BoolArray], field: FloatArray, footprint: Footprint, wind: Wind | None
) -> list[tuple[BoolArray, bool]]:
    r"""Join to each plume the weaker pieces that lie downwind of it.

    A piece is taken for gas of a stronger plume, not for a source of its own, if it lies within 25 degrees of the
    plume's direction as seen from its source, no farther from its pixels than three quarters of its length (10
    pixels to 4 km), and is as dilute as the plume's gas must be at that distance x:

    .. math:: \Omega_\mathrm{peak} \le 2 \frac{\lambda}{\sqrt{2 \pi} \, \sigma_y}, \qquad \sigma_y = 0.07 x

    with the plume's mass per length :math:`\lambda`. A source of its own is denser: its gas is still narrow. A
    weak leak in the wake of a strong one may be lost to it; such plumes are marked.

    Parameters
    ----------
    masks : list of (row, column) bool arrays
    field : (row, column) array
        Pooled enhancement, background removed. [ppm m]
    footprint : Footprint
    wind : Wind, optional

    Returns
    -------
    list of (mask, joined)
        `joined` tells that pieces were added.

    Notes
    -----
    Relative dispersion of 0.07 of the distance, and the factor 2 for its scatter, are those of simulated plumes.
    """
    waiting = sorted(masks, key=lambda mask: -_peak(mask, field))
    plumes: list[tuple[BoolArray, bool]] = []
    while waiting:
        plume = waiting.pop(0)
        joined = False
        while pieces := _pieces_of(plume, waiting, field, footprint, wind):
            for piece in pieces:
                plume = plume | piece
            waiting = [mask for mask in waiting if not any(mask is piece for piece in pieces)]
            joined = True
        plumes.append((plume, joined))
    return plumes


def _pieces_of(
    plume: BoolArray, others: list[BoolArray], field: FloatArray, footprint: Footprint, wind: Wind | None
) -> list[BoolArray]:
    if not others:
        return []
    source = locate_source(plume, field, footprint, wind)
    reach = min(max(GAP_SHARE * source.length_m, LEAST_GAP_PIXELS * footprint.pixel_size_m), MOST_GAP_M)
    tree = cKDTree(_metres(plume, source, footprint))
    held = float(np.nansum(field[plume] * footprint.pixel_area_m2[plume]))  # [ppm m m2]
    line = held / max(source.length_m, footprint.pixel_size_m)
    pieces = []
    for other in others:
        place = _metres(other, source, footprint)
        gap, _ = tree.query(place, distance_upper_bound=reach)
        distance = float(np.hypot(*place[np.nanargmax(field[other])]))
        centreline = line / (np.sqrt(2.0 * np.pi) * max(SPREAD * distance, footprint.pixel_size_m))
        near = bool(np.isfinite(gap).any())
        if near and _peak(other, field) <= PEAK_FACTOR * centreline and _turn(place, source) <= CONE_DEG:
            pieces.append(other)
    return pieces


def _turn(place: FloatArray, source: SourcePoint) -> float:
    """Angle between the plume's axis and the way from its source to the middle of a piece. [degree]"""
    east, north = place.mean(axis=0)
    turn = np.degrees(np.arctan2(east, north)) - source.axis_deg
    return float(abs((turn + 180.0) % 360.0 - 180.0))


def _metres(mask: BoolArray, source: SourcePoint, footprint: Footprint) -> FloatArray:
    rows, columns = np.nonzero(mask)
    return np.stack(footprint.local_metres(source.row, source.column, (rows, columns)), axis=1)


def _peak(mask: BoolArray, field: FloatArray) -> float:
    return float(np.nanmax(field[mask]))
