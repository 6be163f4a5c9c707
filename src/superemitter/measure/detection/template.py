"""How well a plume that starts at a pixel and follows the wind explains the pixels around it, on an irregular grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from superemitter.model import Footprint
from superemitter.model.footprint import metres_per_degree
from superemitter.model.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeShape:
    """A straight plume as it is looked for.

    Attributes
    ----------
    reach_m : float
        How far downwind pixels are compared. [m]
    source_width_m : float
        1-sigma width at the source, beside that of the pixels. [m]
    spread : float
        Growth of the 1-sigma width with the distance. [1]
    window : (int, int)
        Rows and columns looked at to each side. [pixel]
    offset_share : float
        1-sigma error of the local background, in sigmas of a pixel. [1]
    """

    reach_m: float = 45_000.0
    source_width_m: float = 2500.0
    spread: float = 0.16
    window: tuple[int, int] = (9, 8)
    offset_share: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateFit:
    """Line mass of the best plume from each asked-for pixel, in each direction.

    Attributes
    ----------
    line : (direction, pixel) array
        Fitted enhancement integrated across the plume. [ppb m]
    sigma : (direction, pixel) array
        Its 1-sigma error if pixels were independent. [ppb m]
    seen : (direction, pixel) array
        Share of the plume that lies on usable pixels. [1]
    """

    line: FloatArray
    sigma: FloatArray
    seen: FloatArray

    @property
    def score(self) -> FloatArray:
        """Line mass over its error. (direction, pixel) [1]"""
        return self.line / self.sigma


def fit_templates(
    footprint: Footprint,
    residual: FloatArray,
    sigma: FloatArray,
    usable: BoolArray,
    pixels: tuple[IntArray, IntArray],
    to_deg: FloatArray,
    shape: PlumeShape | None = None,
) -> TemplateFit:
    r"""Fit a straight Gaussian plume and a constant to the pixels around each given one.

    .. math:: r_i = \lambda\,T(x_i, y_i) + c + \epsilon_i, \qquad
              T = \frac{e^{-y^2/2 s^2}}{\sqrt{2\pi}\,s}\,\Phi\!\left(\frac{x}{p}\right)
              \Phi\!\left(\frac{R - x}{p}\right), \qquad s^2 = s_0^2 + p^2 + (k x)^2

    with x downwind and y across in metres from the pixel, p the pixel's own spread, by weighted least squares. The
    line mass of a cross section is then :math:`\lambda`; missing pixels leave it unbiased.

    Parameters
    ----------
    footprint : Footprint
    residual, sigma : (row, column) arrays
        Above background; 1-sigma of a pixel. [ppb]
    usable : (row, column) bool array
    pixels : pair of (pixel,) integer arrays
        Rows and columns of the sources to try.
    to_deg : (direction, pixel) or (direction, 1) array
        Directions the plume stretches to. [degree clockwise from north]
    shape : PlumeShape, optional

    References
    ----------
    Kuhlmann et al. 2021, Atmos. Meas. Tech. 14, 5873 (Gaussian cross sections). doi:10.5194/gmd-13-6379-2020
    """
    form = shape or PlumeShape()
    rows, columns = pixels
    directions = np.radians(np.broadcast_to(to_deg, (to_deg.shape[0], rows.size))).astype(np.float32)
    sine, cosine = np.sin(directions), np.cos(directions)
    area = footprint.pixel_area_m2
    to_east, to_north = (np.asarray(v)[rows, columns] for v in _metres(footprint))
    spread = np.sqrt(np.nan_to_num(area[rows, columns], nan=4e7) / 12.0).astype(np.float32)
    weight_of = np.where(usable, 1.0 / np.maximum(sigma, 1e-6) ** 2, 0.0)
    sums = np.zeros((6, *directions.shape), dtype=np.float64)  # w, wT, wTT, wr, wrT, and T of every pixel
    shape_rows, shape_columns = footprint.shape
    filled = np.where(usable, residual, 0.0)
    for i in range(-form.window[0], form.window[0] + 1):
        for j in range(-form.window[1], form.window[1] + 1):
            r, c = rows + i, columns + j
            inside = (r >= 0) & (r < shape_rows) & (c >= 0) & (c < shape_columns)
            r, c = np.clip(r, 0, shape_rows - 1), np.clip(c, 0, shape_columns - 1)
            east, north = _offsets(footprint, rows, columns, r, c, to_east, to_north, (i, j), inside)
            template = plume_template(
                east * sine + north * cosine, east * cosine - north * sine, spread, form
            )
            weight = np.where(inside, weight_of[r, c], 0.0)
            value = filled[r, c]
            sums[0] += weight
            sums[1] += weight * template
            sums[2] += weight * template * template
            sums[3] += weight * value
            sums[4] += weight * value * template
            sums[5] += template * template
    return _solved(sums, np.maximum(sigma[rows, columns], 1e-6), form)


def _solved(sums: FloatArray, sigma: FloatArray, form: PlumeShape) -> TemplateFit:
    w, wt, wtt, wr, wrt, full = sums
    w = w + 1.0 / (form.offset_share * sigma) ** 2
    information = wtt - wt**2 / w
    information = np.maximum(information, 1e-12 * np.maximum(wtt, 1e-30))
    seen = wtt * sigma**2 / np.maximum(full, 1e-30)
    return TemplateFit(
        line=(wrt - wt * wr / w) / information,
        sigma=1.0 / np.sqrt(information),
        seen=np.clip(seen, 0.0, 1.0),
    )


def plume_template(along: FloatArray, across: FloatArray, spread: FloatArray, form: PlumeShape) -> FloatArray:
    """Enhancement of a plume of unit line mass at points downwind and across [m] of its source. [m-1]"""
    width2 = form.source_width_m**2 + spread**2 + (form.spread * np.maximum(along, 0.0)) ** 2
    start = ndtr(along / spread) * ndtr((form.reach_m - along) / (2.0 * spread))
    out: FloatArray = start * np.exp(-0.5 * across**2 / width2) / np.sqrt(2.0 * math.pi * width2)
    return out


def _metres(footprint: Footprint) -> tuple[FloatArray, FloatArray]:
    east, north = metres_per_degree(footprint.latitude)
    return east, north


def _offsets(
    footprint: Footprint,
    rows: IntArray,
    columns: IntArray,
    r: IntArray,
    c: IntArray,
    to_east: FloatArray,
    to_north: FloatArray,
    step: tuple[int, int],
    inside: BoolArray,
) -> tuple[FloatArray, FloatArray]:
    """East and north distance of a neighbour; beyond the image, or where unknown, as far as its mirror image."""
    lon = (footprint.longitude[r, c] - footprint.longitude[rows, columns] + 180.0) % 360.0 - 180.0
    lat = footprint.latitude[r, c] - footprint.latitude[rows, columns]
    i, j = step
    mirror_r = np.clip(rows - i, 0, footprint.shape[0] - 1)
    mirror_c = np.clip(columns - j, 0, footprint.shape[1] - 1)
    other_lon = (footprint.longitude[mirror_r, mirror_c] - footprint.longitude[rows, columns] + 180.0) % 360.0
    unknown = ~(inside & np.isfinite(lon) & np.isfinite(lat))
    lon = np.where(unknown, -(other_lon - 180.0), lon)
    lat = np.where(unknown, footprint.latitude[rows, columns] - footprint.latitude[mirror_r, mirror_c], lat)
    east, north = np.nan_to_num(lon * to_east, nan=1e6), np.nan_to_num(lat * to_north, nan=1e6)
    return east.astype(np.float32), north.astype(np.float32)
