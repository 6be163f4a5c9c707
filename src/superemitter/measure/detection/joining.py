"""Detached pieces of one plume: turbulence tears gas apart, and the pieces are not sources."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from superemitter.measure.detection.source import SourcePoint, locate_source
from superemitter.model.footprint import Footprint
from superemitter.model.types import BoolArray, FloatArray
from superemitter.model.wind import Wind

GAP_SHARE = 2.5
LEAST_GAP_PIXELS = 10.0
MOST_GAP_M = 5000.0
CONE_DEG = 20.0
SOURCE_WIDTH_PX = 3.75
CLOSE_GAP_SHARE = 0.5
CLOSE_CONE_DEG = 10.0
CLOSE_WIDTH_PX = 2.5


def join_pieces(
    masks: list[BoolArray],
    field: FloatArray,
    footprint: Footprint,
    wind: Wind | None,
    *,
    close: bool = True,
) -> list[tuple[BoolArray, bool]]:
    r"""Join to each plume the pieces that lie downwind of it and have no source of their own.

    A piece is taken for gas of a stronger plume if it lies within 20 degrees of the plume's direction as seen from
    its source, no farther from its pixels than 2.5 times its length (10 pixels to 5 km), and is nowhere as
    narrow as gas is near its source:

    .. math:: w = \lambda / \Omega_\mathrm{peak} > 3.75 \text{ pixels}

    with its mass per length :math:`\lambda` and its peak. On simulated EMIT scenes w of plumes with a source was
    1.3 to 4 pixels, of torn-off pieces 3.8 to 12. Within 10 degrees and half a length of the plume 2.5 pixels are
    enough: there torn pieces are commoner than a second leak. A leak in the wake of a strong one may still be lost
    to it; such plumes are marked.

    Parameters
    ----------
    masks : list of (row, column) bool arrays
    field : (row, column) array
        Pooled enhancement, background removed. [ppm m]
    footprint : Footprint
    wind : Wind, optional
    close : bool
        Whether less width is asked of pieces that are close.

    Returns
    -------
    list of (mask, joined)
        `joined` tells that pieces were added.
    """
    waiting = sorted(masks, key=lambda mask: -_peak(mask, field))
    plumes: list[tuple[BoolArray, bool]] = []
    while waiting:
        plume = waiting.pop(0)
        joined = False
        while pieces := _pieces_of(plume, waiting, field, footprint, wind, close):
            for piece in pieces:
                plume = plume | piece
            waiting = [mask for mask in waiting if not any(mask is piece for piece in pieces)]
            joined = True
        plumes.append((plume, joined))
    return plumes


def _pieces_of(
    plume: BoolArray,
    others: list[BoolArray],
    field: FloatArray,
    footprint: Footprint,
    wind: Wind | None,
    close: bool,
) -> list[BoolArray]:
    if not others:
        return []
    source = locate_source(plume, field, footprint, wind)
    reach = min(max(GAP_SHARE * source.length_m, LEAST_GAP_PIXELS * footprint.pixel_size_m), MOST_GAP_M)
    tree = cKDTree(_metres(plume, source, footprint))
    pieces = []
    for other in others:
        place = _metres(other, source, footprint)
        gap = float(tree.query(place, distance_upper_bound=reach)[0].min())
        turn = _turn(place, source)
        near = max(CLOSE_GAP_SHARE * source.length_m, LEAST_GAP_PIXELS * footprint.pixel_size_m)
        behind = close and turn <= CLOSE_CONE_DEG and gap <= near
        width = (CLOSE_WIDTH_PX if behind else SOURCE_WIDTH_PX) * footprint.pixel_size_m
        if np.isfinite(gap) and turn <= CONE_DEG and _width_m(other, field, footprint, wind) > width:
            pieces.append(other)
    return pieces


def _width_m(mask: BoolArray, field: FloatArray, footprint: Footprint, wind: Wind | None) -> float:
    """Mass per length over peak: the width of the plume where it is densest. [m]"""
    length = locate_source(mask, field, footprint, wind).length_m
    held = float(np.nansum(field[mask] * footprint.pixel_area_m2[mask]))
    return held / max(length, footprint.pixel_size_m) / max(_peak(mask, field), np.finfo(float).tiny)


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
