"""How well a plume that starts at a pixel and follows the wind explains the pixels around it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from superemitter.model import Footprint
from superemitter.model.types import FloatArray, IntArray

RAMP = math.sqrt(3.0)


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


def pixel_spread_m(
    footprint: Footprint, pixels: tuple[IntArray, IntArray] | tuple[slice, slice] = (slice(None), slice(None))
) -> FloatArray:
    """1-sigma spread of a source anywhere in each of the pixels: the root of a twelfth of its area. [m]"""
    out: FloatArray = np.sqrt(np.nan_to_num(footprint.pixel_area_m2[pixels], nan=4e7) / 12.0)
    return out


def plume_template(
    along: FloatArray,
    across: FloatArray,
    spread: FloatArray,
    reach: FloatArray,
    growth: FloatArray,
    form: PlumeShape,
) -> FloatArray:
    """Enhancement of a plume of unit line mass at points downwind and across [m] of its source. [m-1]"""
    width2 = growth * np.maximum(along, 0.0)
    width2 *= width2
    width2 += spread * spread + np.float32(form.source_width_m**2)
    out: FloatArray = across * across
    out *= np.float32(-0.5)
    out /= width2
    np.exp(out, out=out)
    out /= np.sqrt(np.float32(2.0 * math.pi) * width2)
    out *= ramp(along / spread)
    out *= ramp((reach - along) / (spread + spread))
    return out


def ramp(x: FloatArray) -> FloatArray:
    """Step of a uniform source of unit variance: 0 below -sqrt 3, 1 above sqrt 3."""
    out: FloatArray = x * np.float32(0.5 / RAMP)
    out += np.float32(0.5)
    return np.clip(out, 0.0, 1.0, out=out)
