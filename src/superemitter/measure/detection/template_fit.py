"""Line masses of plumes that start at given pixels, fitted to the pixels around each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter
from scipy.special import erf

from superemitter.measure.detection.template import RAMP, PlumeShape, pixel_spread_m, plume_template
from superemitter.model import Footprint
from superemitter.model.types import BoolArray, FloatArray, IntArray

RAYS_PER_SECTOR, MOST_SECTORS = 1000, 24
BUNDLE = 8192
_TRUNCATE = 2.5
_CUT_SIGMAS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clutter:
    r"""How the noise of a pixel goes with that of its neighbours.

    The inverse of its covariance, in units of each pixel's own error, is :math:`1 - \kappa G` with G a Gaussian
    mean: a pixel tells what it holds more than its neighbours do.

    Attributes
    ----------
    share : float
        :math:`\kappa`, 0 for independent pixels, less than 1. [1]
    radius_pixels : float
        1-sigma radius of G. [pixel]
    """

    share: float
    radius_pixels: float

    def beyond_neighbours(self, values: FloatArray) -> FloatArray:
        """Values, 0 where unknown, less the share of them that the neighbours tell. (row, column)"""
        mean = gaussian_filter(values, self.radius_pixels, mode="constant", truncate=_TRUNCATE)
        out: FloatArray = values - self.share * mean
        return out

    def precision(self, pixels: tuple[IntArray, IntArray]) -> FloatArray:
        """Inverse of the covariance of n pixels, in units of their errors, as if there were no others. (n, n)"""
        apart = [(line[:, None] - line) ** 2 for line in pixels]
        mean = np.exp(-sum(apart) / (2.0 * self.radius_pixels**2)) / (2.0 * math.pi * self.radius_pixels**2)
        out: FloatArray = np.eye(pixels[0].size) - self.share * mean
        return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateFit:
    """Line mass of the best plume from each asked-for pixel, in each direction.

    Attributes
    ----------
    line : (direction, pixel) array
        Fitted enhancement integrated across the plume. [ppb m]
    sigma : (direction, pixel) array
        Its 1-sigma error if the noise were as it was taken. [ppb m]
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateField:
    """A field of enhancements made ready for fitting plumes to it.

    Attributes
    ----------
    footprint : Footprint
    sigma : (row, column) array
        Of a pixel. [ppb]
    maps : three (row, column) float32 arrays
        What a constant, a square and an enhancement count in a sum over pixels, with a margin of zeros.
    boxes : two (row, column) arrays
        Sums of the first and the last over the window around each pixel.
    shape : PlumeShape
    clutter : Clutter or None
    """

    footprint: Footprint
    sigma: FloatArray
    maps: tuple[FloatArray, FloatArray, FloatArray]
    boxes: tuple[FloatArray, FloatArray]
    shape: PlumeShape
    clutter: Clutter | None

    @classmethod
    def of(
        cls,
        footprint: Footprint,
        residual: FloatArray,
        sigma: FloatArray,
        usable: BoolArray,
        shape: PlumeShape | None = None,
        clutter: Clutter | None = None,
    ) -> TemplateField:
        """Make a field ready.

        Parameters
        ----------
        footprint : Footprint
        residual, sigma : (row, column) arrays
            Above background; 1-sigma of a pixel. [ppb]
        usable : (row, column) bool array
        shape : PlumeShape, optional
        clutter : Clutter, optional
            Noise of neighbours that goes together; independent without it.
        """
        form = shape or PlumeShape()
        own = np.maximum(sigma, 1e-6)
        certain = np.where(usable, 1.0 / own, 0.0)
        valued = certain * np.where(usable, residual, 0.0)
        told = (
            [certain, valued] if clutter is None else [clutter.beyond_neighbours(of) for of in (certain, valued)]
        )
        weight, value = (certain * of for of in told)
        up, side = form.window
        constant, square, enhancement = (
            np.pad(values.astype(np.float32), ((up, up), (side, side)))
            for values in (weight, certain * certain, value)
        )
        return cls(
            footprint=footprint,
            sigma=own,
            maps=(constant, square, enhancement),
            boxes=(_box(weight, form.window), _box(value, form.window)),
            shape=form,
            clutter=clutter,
        )

    def mirrored(self) -> TemplateField:
        """The same field with losses in place of gains."""
        constant, square, enhancement = self.maps
        return replace(self, maps=(constant, square, -enhancement), boxes=(self.boxes[0], -self.boxes[1]))

    def fit(self, pixels: tuple[IntArray, IntArray], to_deg: FloatArray, speed_m_s: FloatArray) -> TemplateFit:
        r"""Fit a straight Gaussian plume and a constant to the pixels around each given one.

        .. math:: r_i = \lambda\,T(x_i, y_i) + c + \epsilon_i, \qquad
                  T = \frac{e^{-y^2/2 s^2}}{\sqrt{2\pi}\,s}\,H\!\left(\frac{x}{p}\right)
                  H\!\left(\frac{R - x}{2 p}\right), \qquad s^2 = s_0^2 + p^2 + (k x)^2

        with x downwind and y across in metres from the pixel, p the pixel's own spread, H a ramp of unit variance,
        by least squares, weighted or, with clutter, generalised. The line mass of a cross section is then
        :math:`\lambda`; missing pixels leave it unbiased.

        Parameters
        ----------
        pixels : pair of (pixel,) integer arrays
            Rows and columns of the sources to try.
        to_deg : (direction, pixel) or (direction, 1) array
            Directions the plume stretches to. [degree clockwise from north]
        speed_m_s : (pixel,) array
            10 m wind, by which the plume is short and wide or long and narrow. [m s-1]

        References
        ----------
        Kuhlmann et al. 2021, Atmos. Meas. Tech. 14, 5873 (Gaussian cross sections). doi:10.5194/gmd-13-6379-2020
        """
        rays = _rays(self.footprint, pixels, to_deg, speed_m_s, self.shape)
        own = self.sigma[pixels]
        wt, wtt, wrt, full = _sums(rays, self.maps, pixels, self.shape)
        seen = np.clip(wtt * own**2 / np.maximum(full, 1e-30), 0.0, 1.0)
        if self.clutter is not None:
            overlap = _overlap(rays, self.shape, self.clutter).reshape(seen.shape)
            wtt = wtt * (1.0 - self.clutter.share * seen * overlap)
        w, wr = (box[pixels] for box in self.boxes)
        w = np.maximum(w, 0.0) + 1.0 / (self.shape.offset_share * own) ** 2
        information = np.maximum(wtt - wt**2 / w, 1e-12 * np.maximum(wtt, 1e-30))
        return TemplateFit(line=(wrt - wt * wr / w) / information, sigma=1.0 / np.sqrt(information), seen=seen)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rays:
    """Plumes to try, one from each pixel in each direction; all but the first (ray,) float32.

    Attributes
    ----------
    shape : (int, int)
        Directions and pixels: ray number ``direction * pixels + pixel``.
    along_row, along_column, across_row, across_column : arrays
        How far the next row and the next column lie downwind and across. [m]
    spread, reach, growth : arrays
        Of the pixel [m], of the plume [m], and of its width [1].
    """

    shape: tuple[int, ...]
    along_row: FloatArray
    along_column: FloatArray
    across_row: FloatArray
    across_column: FloatArray
    spread: FloatArray
    reach: FloatArray
    growth: FloatArray

    def of(self, some: IntArray) -> _Rays:
        """Some of them."""
        arrays = {f.name: getattr(self, f.name)[some] for f in fields(self) if f.name != "shape"}
        return _Rays(shape=some.shape, **arrays)


def _rays(
    footprint: Footprint,
    pixels: tuple[IntArray, IntArray],
    to_deg: FloatArray,
    speed_m_s: FloatArray,
    form: PlumeShape,
) -> _Rays:
    shape = (to_deg.shape[0], pixels[0].size)
    directions = np.radians(np.broadcast_to(to_deg, shape))
    sine, cosine = np.sin(directions).astype(np.float32), np.cos(directions).astype(np.float32)
    row_east, row_north, column_east, column_north = _steps(footprint, pixels)
    each = (
        pixel_spread_m(footprint, pixels).astype(np.float32),
        form.reach_at(speed_m_s),
        form.growth_at(speed_m_s),
    )
    spread, reach, growth = (np.broadcast_to(values, shape).ravel() for values in each)
    return _Rays(
        shape=shape,
        along_row=(row_east * sine + row_north * cosine).ravel(),
        along_column=(column_east * sine + column_north * cosine).ravel(),
        across_row=(row_east * cosine - row_north * sine).ravel(),
        across_column=(column_east * cosine - column_north * sine).ravel(),
        spread=spread,
        reach=reach,
        growth=growth,
    )


def _sums(
    rays: _Rays,
    maps: tuple[FloatArray, FloatArray, FloatArray],
    pixels: tuple[IntArray, IntArray],
    form: PlumeShape,
) -> FloatArray:
    """Sums over the window of each ray: T, T T and T by the maps, and T T. (4, direction, pixel)"""
    up, side = form.window
    constant, square, enhancement = (values.ravel() for values in maps)
    width = maps[0].shape[1]
    centre = np.tile((pixels[0] + up) * width + pixels[1] + side, rays.shape[0])
    sums = np.zeros((4, rays.spread.size), dtype=np.float32)
    for some in _alike(rays):
        part = rays.of(some)
        total = np.zeros((4, some.size), dtype=np.float32)
        for i, j in _reached(part, form):
            at = centre[some] + (i * width + j)
            along = np.float32(i) * part.along_row + np.float32(j) * part.along_column
            across = np.float32(i) * part.across_row + np.float32(j) * part.across_column
            template = plume_template(along, across, part.spread, part.reach, part.growth, form)
            squared = template * template
            total[0] += template * constant[at]
            total[1] += squared * square[at]
            total[2] += template * enhancement[at]
            total[3] += squared
        sums[:, some] = total
    return sums.astype(np.float64).reshape(4, *rays.shape)


def _alike(rays: _Rays) -> Iterator[IntArray]:
    """Numbers of rays that go the same way on the grid, in bundles that fit into a processor's cache."""
    count = rays.spread.size
    sectors = int(np.clip(count // RAYS_PER_SECTOR, 1, MOST_SECTORS))
    way = np.arctan2(rays.along_row, rays.along_column) / np.float32(2.0 * math.pi) % 1.0
    sector = np.minimum((way * sectors).astype(np.int64), sectors - 1)
    order = np.lexsort((rays.spread, sector))
    edges = np.searchsorted(sector[order], np.arange(sectors + 1))
    for low, high in pairwise(edges):
        for start in range(low, high, BUNDLE):
            yield order[start : min(start + BUNDLE, high)]


def _reached(rays: _Rays, form: PlumeShape) -> Iterator[tuple[int, int]]:
    """Rows and columns away from the source that any of the plumes reaches."""
    up, side = form.window
    i, j = (values.ravel() for values in np.mgrid[-up : up + 1, -side : side + 1])

    def between(by_row: FloatArray, by_column: FloatArray) -> tuple[FloatArray, FloatArray]:
        ends = [np.outer(by, [one.min(), one.max()]) for by, one in ((i, by_row), (j, by_column))]
        return sum(end.min(axis=1) for end in ends), sum(end.max(axis=1) for end in ends)

    spread, reach = float(rays.spread.max()), float(rays.reach.max())
    least, most = between(rays.along_row, rays.along_column)
    left, right = between(rays.across_row, rays.across_column)
    at = np.clip(most, 0.0, reach + 2.0 * RAMP * spread)
    wide = _CUT_SIGMAS * np.sqrt(form.source_width_m**2 + spread**2 + (float(rays.growth.max()) * at) ** 2)
    reached = (most > -RAMP * spread) & (least < reach + 2.0 * RAMP * spread) & (left < wide) & (right > -wide)
    yield from zip(i[reached].tolist(), j[reached].tolist(), strict=True)


def _overlap(rays: _Rays, form: PlumeShape, clutter: Clutter) -> FloatArray:
    r"""How much of a plume lies in the Gaussian means of itself: :math:`T' G T / T' T`. (ray,) [1]

    G is a Gaussian of half its variance, twice: the share is what such a mean leaves of the sum of squares, of the
    cross sections :math:`1 / s` along the way and of the ends.
    """
    half = clutter.radius_pixels**2 / 2.0
    along2 = half * (rays.along_row**2 + rays.along_column**2)
    across2 = half * (rays.across_row**2 + rays.across_column**2)
    narrow = np.sqrt(form.source_width_m**2 + rays.spread**2)
    wide = np.sqrt(narrow**2 + across2)
    sections = np.arcsinh(rays.growth * rays.reach / wide) / np.arcsinh(rays.growth * rays.reach / narrow)
    ends = rays.reach / (2.0 * np.sqrt(along2))
    out: FloatArray = sections * (erf(ends) - (1.0 - np.exp(-(ends**2))) / (math.sqrt(math.pi) * ends))
    return out


def _box(values: FloatArray, window: tuple[int, int]) -> FloatArray:
    """Sum over the window around each pixel, nothing beyond the image. (row, column)"""
    sizes = (2 * window[0] + 1, 2 * window[1] + 1)
    mean = uniform_filter(values.astype(np.float64), sizes, mode="constant")
    out: FloatArray = mean * sizes[0] * sizes[1]
    return out


def _steps(footprint: Footprint, pixels: tuple[IntArray, IntArray]) -> list[FloatArray]:
    """East and north length of a step to the next row, then to the next column, at the pixels. [m]

    Across a window the steps change by a tenth at most, at the edges of the swath.
    """
    out = []
    for axis in (0, 1):
        for step in footprint.step_m(axis):
            here = step[pixels]
            if not np.isfinite(here).all():
                here = np.nan_to_num(here, nan=float(np.nanmedian(step)) if np.isfinite(step).any() else 0.0)
            out.append(here.astype(np.float32))
    return out
