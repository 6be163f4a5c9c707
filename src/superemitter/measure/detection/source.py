"""Where a plume starts and which way it stretches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.model.footprint import Footprint
from superemitter.model.types import BoolArray, FloatArray
from superemitter.model.wind import Wind

SIGMA_PIXELS = 1.75
SIGMA_LENGTH_SHARE = 0.01
SIGMA_LENGTH_SHARE_WITHOUT_WIND = 0.15
_NEAR_PIXELS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePoint:
    """Source of a plume in pixels, and its geometry in metres and degrees; see :func:`locate_source`.

    ``turn_deg`` is the angle, 0 to 90, between the mask's own main direction and the wind; 0 without a wind or for
    a mask less than twice as long as wide.
    """

    row: float
    column: float
    sigma_m: float
    axis_deg: float
    length_m: float
    turn_deg: float


def locate_source(
    mask: BoolArray, field: FloatArray, footprint: Footprint, wind: Wind | None, *, margin_px: float = 0.0
) -> SourcePoint:
    """Upwind end of a plume, from how its mass lies along its axis.

    The axis is the main direction of the mask, weighted by the enhancement; it points along the wind, or without
    a wind from the enhancement's peak to the plume's centre of mass. A steady plume holds equal mass per length:
    the source lies where the cumulated mass, taken linear between its 10 % and 50 % points, reaches zero, but not
    before the mask's first pixel (or `margin_px` ahead of it, where the mask was cut to its dense part). Across
    the axis it is the centre of mass of the pixels near that point.

    Parameters
    ----------
    mask : (row, column) bool array
    field : (row, column) array
        Pooled enhancement, background removed. [ppm m]
    footprint : Footprint
    wind : Wind, optional
    margin_px : float
        [pixel]

    Returns
    -------
    SourcePoint
        Fractional row and column; ``sigma_m`` is the 1-sigma error in each direction, from simulated plumes: 1.75
        pixels and 1 % of the length; without a wind 15 %, for one plume in ten is then taken for its mirror image.
    """
    rows, columns = np.nonzero(mask)
    weight = np.maximum(np.nan_to_num(field[rows, columns].astype(np.float64)), 0.0) + 1e-9
    peak = int(np.argmax(weight))
    east, north = footprint.local_metres(float(rows[peak]), float(columns[peak]), (rows, columns))
    along_east, along_north, turn = _axis(east, north, weight, wind)
    along = east * along_east + north * along_north
    start = _start_of_mass(along, weight, margin_px * footprint.pixel_size_m)
    near = np.abs(along - start) <= _NEAR_PIXELS * footprint.pixel_size_m
    if not near.any():
        near = along <= np.partition(along, 0)[0] + footprint.pixel_size_m
    length = float(along.max() - start)
    share = SIGMA_LENGTH_SHARE_WITHOUT_WIND if wind is None else SIGMA_LENGTH_SHARE
    return SourcePoint(
        row=float(np.average(rows[near], weights=weight[near])),
        column=float(np.average(columns[near], weights=weight[near])),
        sigma_m=float(np.hypot(SIGMA_PIXELS * footprint.pixel_size_m, share * length)),
        axis_deg=float(np.degrees(np.arctan2(along_east, along_north)) % 360.0),
        turn_deg=turn,
        length_m=float(np.hypot(east - _at(east, near, weight), north - _at(north, near, weight)).max()),
    )


def _axis(
    east: FloatArray, north: FloatArray, weight: FloatArray, wind: Wind | None
) -> tuple[float, float, float]:
    """Unit vector of the main direction, pointing downwind, and its own turn from the wind. [degree]

    A round mask takes the wind's direction, and so does one that lies across it by 60 degrees and more.
    """
    centre_e, centre_n = np.average(east, weights=weight), np.average(north, weights=weight)
    spread = np.cov(np.stack([east, north]), aweights=weight) if east.size > 2 else np.eye(2)
    values, vectors = np.linalg.eigh(spread)
    axis = vectors[:, -1]
    turn = 0.0
    if wind is not None and wind.speed_m_s > 0:
        downwind = np.array([wind.u_m_s, wind.v_m_s]) / wind.speed_m_s
        agreement = float(np.clip(abs(axis @ downwind), 0.0, 1.0))
        if values[-1] > 4.0 * max(values[0], 1e-12):  # variances: twice as long as wide
            turn = float(np.degrees(np.arccos(agreement)))
        if values[-1] < 2.0 * max(values[0], 1e-12) or agreement < 0.5:
            axis = downwind
        elif axis @ downwind < 0:
            axis = -axis
    elif axis @ np.array([centre_e, centre_n]) < 0:  # the peak is the origin
        axis = -axis
    return float(axis[0]), float(axis[1]), turn


def _start_of_mass(along: FloatArray, weight: FloatArray, margin_m: float) -> float:
    order = np.argsort(along)
    share = np.cumsum(weight[order]) / weight.sum()
    tenth, half = np.interp([0.1, 0.5], share, along[order])
    return float(max(tenth - (half - tenth) / 4.0, along.min() - margin_m))


def _at(values: FloatArray, near: BoolArray, weight: FloatArray) -> float:
    return float(np.average(values[near], weights=weight[near]))
