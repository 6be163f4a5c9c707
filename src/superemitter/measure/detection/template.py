"""How well a plume that starts at a pixel and follows the wind explains the pixels around it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter

from superemitter.model import Footprint
from superemitter.model.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeShape:
    """A straight plume as it is looked for.

    Attributes
    ----------
    reach_m, least_reach_m : float
        How far downwind pixels are compared at most, and at least. [m]
    steady_s : float
        Farther than the mixed layer's wind goes in this time the wind will have turned. [s]
    mixed_factor : float
        Wind of the mixed layer over that at 10 m. [1]
    source_width_m : float
        1-sigma width at the source, beside that of the pixels. [m]
    spread, eddy_m_s, most_spread : float
        Growth of the 1-sigma width with the distance: what the wind's turning makes, and eddies of this speed over
        the wind's, in quadrature, at most the last. [1], [m s-1], [1]
    window : (int, int)
        Rows and columns looked at to each side. [pixel]
    offset_share : float
        1-sigma error of the local background, in sigmas of a pixel. [1]
    """

    reach_m: float = 45_000.0
    least_reach_m: float = 15_000.0
    steady_s: float = 4.0 * 3600.0
    mixed_factor: float = 1.3
    source_width_m: float = 2500.0
    spread: float = 0.12
    eddy_m_s: float = 0.4
    most_spread: float = 0.45
    window: tuple[int, int] = (9, 8)
    offset_share: float = 0.4

    def reach_at(self, speed_m_s: FloatArray) -> FloatArray:
        """How far pixels are compared in a 10 m wind. [m]"""
        reach = self.mixed_factor * self.steady_s * speed_m_s
        out: FloatArray = np.clip(reach, self.least_reach_m, self.reach_m).astype(np.float32)
        return out

    def growth_at(self, speed_m_s: FloatArray) -> FloatArray:
        """Growth of the width with the distance in a 10 m wind. [1]"""
        growth = np.hypot(self.spread, self.eddy_m_s / np.maximum(speed_m_s, 1e-3))
        return np.minimum(growth, self.most_spread).astype(np.float32)


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
    speed_m_s: FloatArray,
    shape: PlumeShape | None = None,
) -> TemplateFit:
    r"""Fit a straight Gaussian plume and a constant to the pixels around each given one.

    .. math:: r_i = \lambda\,T(x_i, y_i) + c + \epsilon_i, \qquad
              T = \frac{e^{-y^2/2 s^2}}{\sqrt{2\pi}\,s}\,H\!\left(\frac{x}{p}\right)
              H\!\left(\frac{R - x}{2 p}\right), \qquad s^2 = s_0^2 + p^2 + (k x)^2

    with x downwind and y across in metres from the pixel, p the pixel's own spread, H a ramp of unit variance, by
    weighted least squares. The line mass of a cross section is then :math:`\lambda`; missing pixels leave it
    unbiased.

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
    speed_m_s : (pixel,) array
        10 m wind, by which the plume is short and wide or long and narrow. [m s-1]
    shape : PlumeShape, optional

    References
    ----------
    Kuhlmann et al. 2021, Atmos. Meas. Tech. 14, 5873 (Gaussian cross sections). doi:10.5194/gmd-13-6379-2020
    """
    form = shape or PlumeShape()
    rows, columns = pixels
    directions = np.radians(np.broadcast_to(to_deg, (to_deg.shape[0], rows.size)))
    sine, cosine = np.sin(directions).astype(np.float32), np.cos(directions).astype(np.float32)
    row_east, row_north, column_east, column_north = _steps(footprint, pixels)
    spread = pixel_spread_m(footprint)[rows, columns].astype(np.float32)
    reach, growth = form.reach_at(speed_m_s), form.growth_at(speed_m_s)
    weight_of = np.where(usable, 1.0 / np.maximum(sigma, 1e-6) ** 2, 0.0).astype(np.float32)
    value_of = np.where(usable, residual, 0.0).astype(np.float32)
    sums = np.zeros((4, *directions.shape), dtype=np.float32)  # wT, wTT, wrT, TT
    up, side = form.window
    padded = [np.pad(values, ((up, up), (side, side))) for values in (weight_of, value_of)]  # nothing beyond
    width = padded[0].shape[1]
    centre = (rows + up) * width + columns + side
    for i in range(-up, up + 1):
        for j in range(-side, side + 1):
            weight, value = (values.ravel()[centre + (i * width + j)] for values in padded)
            east = np.float32(i) * row_east + np.float32(j) * column_east
            north = np.float32(i) * row_north + np.float32(j) * column_north
            template = plume_template(
                east * sine + north * cosine, east * cosine - north * sine, spread, reach, growth, form
            )
            weighted = weight * template
            sums[0] += weighted
            sums[1] += weighted * template
            sums[2] += weighted * value
            sums[3] += template * template
    box = [_box(values, form.window)[rows, columns] for values in (weight_of, weight_of * value_of)]
    return _solved(sums.astype(np.float64), box, np.maximum(sigma[rows, columns], 1e-6), form)


def pixel_spread_m(footprint: Footprint) -> FloatArray:
    """1-sigma spread of a source anywhere in a pixel: the root of a twelfth of its area. (row, column) [m]"""
    out: FloatArray = np.sqrt(np.nan_to_num(footprint.pixel_area_m2, nan=4e7) / 12.0)
    return out


def _box(values: FloatArray, window: tuple[int, int]) -> FloatArray:
    """Sum over the window around each pixel, nothing beyond the image. (row, column)"""
    sizes = (2 * window[0] + 1, 2 * window[1] + 1)
    mean = uniform_filter(values.astype(np.float64), sizes, mode="constant")
    out: FloatArray = mean * sizes[0] * sizes[1]
    return out


def _solved(sums: FloatArray, box: list[FloatArray], sigma: FloatArray, form: PlumeShape) -> TemplateFit:
    wt, wtt, wrt, full = sums
    w = np.maximum(box[0], 0.0) + 1.0 / (form.offset_share * sigma) ** 2
    information = wtt - wt**2 / w
    information = np.maximum(information, 1e-12 * np.maximum(wtt, 1e-30))
    seen = wtt * sigma**2 / np.maximum(full, 1e-30)
    return TemplateFit(
        line=(wrt - wt * box[1] / w) / information,
        sigma=1.0 / np.sqrt(information),
        seen=np.clip(seen, 0.0, 1.0),
    )


def plume_template(
    along: FloatArray,
    across: FloatArray,
    spread: FloatArray,
    reach: FloatArray,
    growth: FloatArray,
    form: PlumeShape,
) -> FloatArray:
    """Enhancement of a plume of unit line mass at points downwind and across [m] of its source. [m-1]"""
    width2 = form.source_width_m**2 + spread**2 + (growth * np.maximum(along, 0.0)) ** 2
    start = ramp(along / spread) * ramp((reach - along) / (2.0 * spread))
    out: FloatArray = start * np.exp(-0.5 * across**2 / width2) / np.sqrt(np.float32(2.0 * math.pi) * width2)
    return out


def ramp(x: FloatArray) -> FloatArray:
    """Step of a uniform source of unit variance: 0 below -sqrt 3, 1 above sqrt 3."""
    out: FloatArray = np.clip(np.float32(0.5) + x * np.float32(0.5 / math.sqrt(3.0)), 0.0, 1.0)
    return out


def _steps(footprint: Footprint, pixels: tuple[IntArray, IntArray]) -> list[FloatArray]:
    """East and north length of a step to the next row, then to the next column, at the pixels. [m]

    Across a window the steps change by a tenth at most, at the edges of the swath.
    """
    out = []
    for axis in (0, 1):
        for step in footprint.step_m(axis):
            middle = float(np.nanmedian(step)) if np.isfinite(step).any() else 0.0
            out.append(np.nan_to_num(step[pixels], nan=middle).astype(np.float32))
    return out
