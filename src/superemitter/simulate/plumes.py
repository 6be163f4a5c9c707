"""Plumes of known rate: puffs that drift and spread in a turbulent, correlated wind."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtr

from superemitter.model import Footprint, Wind
from superemitter.model.constants import KG_M2_PER_PPM_M, SECONDS_PER_HOUR
from superemitter.model.errors import InvalidValue
from superemitter.model.footprint import metres_per_degree
from superemitter.model.types import FloatArray

_VON_KARMAN = 0.4
_CUT_SIGMAS = 4.5
_MAX_PUFFS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelGrid:
    """A regular lattice of pixels on the ground, turned and sheared as a swath may be.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns.
    row_step_m, column_step_m : (float, float)
        East and north length of a step to the next row, to the next column. [m]
    """

    shape: tuple[int, int]
    row_step_m: tuple[float, float]
    column_step_m: tuple[float, float]

    def __post_init__(self) -> None:
        if min(self.shape) < 1 or not self.pixel_area_m2 > 0:
            raise InvalidValue(f"a pixel grid of {self.shape} pixels of {self.pixel_area_m2} m2 is empty")

    @property
    def pixel_area_m2(self) -> float:
        """Ground area of a pixel. [m2]"""
        (a, b), (c, d) = self.row_step_m, self.column_step_m
        return abs(a * d - b * c)

    @property
    def pixel_size_m(self) -> float:
        """Square root of the pixel area. [m]"""
        return math.sqrt(self.pixel_area_m2)

    def to_pixels(self, east_m: FloatArray, north_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Rows and columns that correspond to a displacement on the ground. [pixel]"""
        steps = np.array([self.row_step_m, self.column_step_m]).T
        rows, columns = np.linalg.solve(steps, np.stack([np.ravel(east_m), np.ravel(north_m)]))
        return rows.reshape(np.shape(east_m)), columns.reshape(np.shape(east_m))

    @classmethod
    def of_footprint(cls, footprint: Footprint, row: float, column: float) -> PixelGrid:
        """The lattice that best fits a footprint around a pixel: mean steps over up to 25 pixels either side.

        Raises
        ------
        InvalidValue
            The pixel lies outside, or coordinates around it are unknown.
        """
        rows, columns = footprint.shape
        if not (0 <= row <= rows - 1 and 0 <= column <= columns - 1):
            raise InvalidValue(
                f"row {row}, column {column} lies outside the image of {rows} rows and {columns} columns"
            )
        i, j = round(row), round(column)
        steps = []
        for axis, size, at in ((0, rows, i), (1, columns, j)):
            low, high = max(at - 25, 0), min(at + 25, size - 1)
            first, last = ((low, j), (high, j)) if axis == 0 else ((i, low), (i, high))
            lon = footprint.longitude[last] - footprint.longitude[first]
            lat = footprint.latitude[last] - footprint.latitude[first]
            m_east, m_north = metres_per_degree(footprint.latitude[i, j])
            count = max(high - low, 1)
            steps.append((float(((lon + 180) % 360 - 180) * m_east) / count, float(lat * m_north) / count))
        if not np.all(np.isfinite(steps)):
            raise InvalidValue(f"the coordinates around row {i}, column {j} are unknown")
        return cls(shape=footprint.shape, row_step_m=steps[0], column_step_m=steps[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Turbulence:
    """How the wind carries and stirs the gas.

    The horizontal velocity variance is ``(1.9 u*)^2 + (0.6 w*)^2`` (shear and convection, Panofsky et al. 1977),
    with ``u*`` from the 10 m wind and the log law. It is shared out to three motions: meander of the whole plume,
    eddies that carry neighbouring puffs together, and motions smaller than a puff, which only make it grow.

    Attributes
    ----------
    roughness_m, plume_height_m : float
        The log law between 10 m and the plume's mean height gives the wind that carries the gas:
        20 m over 0.03 m is 1.12 times the 10 m wind. [m]
    convective_velocity_m_s : float
        w*, 1-2 m/s on a clear day. [m s-1]
    meander_share, eddy_share : float
        Shares of the variance; the rest makes puffs grow.
    meander_time_s, eddy_time_s, puff_time_s : float
        Lagrangian time scales. [s]
    eddy_release_s : float
        Puffs released within about this time ride the same eddy. [s]
    strength : float
        Factor on every velocity fluctuation; 0 is a smooth flow.
    """

    roughness_m: float = 0.03
    plume_height_m: float = 20.0
    convective_velocity_m_s: float = 1.2
    meander_share: float = 0.4
    eddy_share: float = 0.3
    meander_time_s: float = 600.0
    eddy_time_s: float = 150.0
    puff_time_s: float = 120.0
    eddy_release_s: float = 60.0
    strength: float = 1.0

    def transport_speed_m_s(self, wind: Wind) -> float:
        """Speed of the wind that carries the gas, by the log law from the wind's height. [m s-1]"""
        ratio = math.log(self.plume_height_m / self.roughness_m) / math.log(wind.height_m / self.roughness_m)
        return wind.speed_m_s * ratio

    def velocity_sigma_m_s(self, wind: Wind) -> float:
        """1-sigma of each horizontal velocity component, all motions together. [m s-1]"""
        friction = _VON_KARMAN * wind.speed_m_s / math.log(wind.height_m / self.roughness_m)
        return self.strength * math.hypot(1.9 * friction, 0.6 * self.convective_velocity_m_s)


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedPlume:
    """A plume on the pixel grid.

    Attributes
    ----------
    column_mass_kg_m2 : (row, column) float64 array
        [kg m-2]
    released_kg : float
        Mass released in the simulated time. [kg]
    in_image_kg : float
        Mass on the image; equal to `released_kg` if no puff has left it. [kg]
    transport_speed_m_s : float
        Mean speed of the gas. [m s-1]
    """

    column_mass_kg_m2: FloatArray
    released_kg: float
    in_image_kg: float
    transport_speed_m_s: float

    @property
    def enhancement_ppm_m(self) -> FloatArray:
        """(row, column). [ppm m]"""
        return self.column_mass_kg_m2 / KG_M2_PER_PPM_M.value


def simulate_plume(
    *,
    rate_kg_h: float,
    wind: Wind,
    grid: PixelGrid,
    row: float,
    column: float,
    rng: np.random.Generator,
    turbulence: Turbulence | None = None,
    duration_s: float | None = None,
) -> SimulatedPlume:
    """Snapshot of a steady leak's plume that carries exactly the stated rate.

    A puff of mass ``rate * dt`` leaves the source every ``dt``. Its centre moves with the transport wind, with a
    meander that all puffs feel at the same time, and with eddies that neighbouring puffs share (all of them
    Ornstein-Uhlenbeck processes); it grows by Taylor's law
    ``sigma^2 = sigma_0^2 + 2 s^2 T^2 (t/T - 1 + exp(-t/T))``. Each puff is laid on the pixels by its exact
    integral, so that mass is neither lost nor made, and the mean flux through any cross-section is the rate.

    Parameters
    ----------
    rate_kg_h : float
        [kg h-1]
    wind : Wind
        Taken as exact; its sigma is not used.
    grid : PixelGrid
    row, column : float
        Position of the source; may lie outside the image. [pixel]
    rng : numpy.random.Generator
        Same state, same plume, whatever the rate.
    turbulence : Turbulence, optional
    duration_s : float, optional
        How long the leak has been on. Default: until gas crosses 1.5 diagonals of the image, at most an hour. [s]

    Returns
    -------
    SimulatedPlume

    Raises
    ------
    InvalidValue
        The rate is negative or not finite.

    Notes
    -----
    Against large-eddy simulation: the wind is uniform in the mean and does not feel terrain or stability profiles;
    there is no lofting (the transport height is constant, so gas does not speed up with distance); puffs are round
    and do not tear; eddies know release time, not place. Width, gaps, bends and their variance are realistic at
    the scale of 50 m and more; the finest filaments near the source are not. Widths follow the textbook laws
    above, not a fit to large-eddy runs.

    References
    ----------
    Taylor 1922, Proc. London Math. Soc. s2-20, 196. doi:10.1112/plms/s2-20.1.196
    Panofsky et al. 1977, Bound.-Layer Meteorol. 11, 355. doi:10.1007/BF02186086
    """
    if not (math.isfinite(rate_kg_h) and rate_kg_h >= 0):
        raise InvalidValue(f"the rate is {rate_kg_h} kg/h", hint="give 0 or more")
    physics = turbulence or Turbulence()
    speed = physics.transport_speed_m_s(wind)
    if duration_s is None:
        diagonal = math.hypot(*grid.shape) * grid.pixel_size_m
        duration_s = min(SECONDS_PER_HOUR.value, 1.5 * diagonal / max(speed, 0.5))
    step = max(0.5 * grid.pixel_size_m / max(speed, 0.5), duration_s / _MAX_PUFFS)
    count = max(1, math.ceil(duration_s / step))
    step = duration_s / count
    along, across, age = _puff_paths(count, step, speed, physics, physics.velocity_sigma_m_s(wind), rng)
    to = math.radians(wind.from_deg + 180.0)
    east = along * math.sin(to) + across * math.cos(to)
    north = along * math.cos(to) - across * math.sin(to)
    rows, columns = grid.to_pixels(east, north)
    sigma = _puff_sigma(age, step * speed, physics, physics.velocity_sigma_m_s(wind))
    mass = rate_kg_h / SECONDS_PER_HOUR.value * step
    pixels = _deposit(
        rows + row,
        columns + column,
        sigma / math.hypot(*grid.row_step_m),
        sigma / math.hypot(*grid.column_step_m),
        grid.shape,
    )
    return SimulatedPlume(
        column_mass_kg_m2=pixels * (mass / grid.pixel_area_m2),
        released_kg=mass * count,
        in_image_kg=float(pixels.sum()) * mass,
        transport_speed_m_s=speed,
    )


def _puff_paths(
    count: int, step_s: float, speed: float, physics: Turbulence, sigma: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Displacement along and across the wind [m] and age [s] of each puff, first released first."""
    meander_sigma = sigma * math.sqrt(physics.meander_share)
    eddy_sigma = sigma * math.sqrt(physics.eddy_share)
    meander_keep = math.exp(-step_s / physics.meander_time_s)
    eddy_keep = math.exp(-step_s / physics.eddy_time_s)
    width = physics.eddy_release_s / step_s
    meander = meander_sigma * rng.standard_normal(2)
    eddy = eddy_sigma * _neighbours(rng, count, width)
    place = np.zeros((2, count))
    for j in range(count):
        released = slice(0, j + 1)
        # a puff's own first step lasts half: puffs leave in the middle of their interval
        share = np.ones(j + 1)
        share[j] = 0.5
        place[:, released] += (meander[:, None] + eddy[:, released]) * share * step_s
        meander = meander_keep * meander + meander_sigma * math.sqrt(1 - meander_keep**2) * rng.standard_normal(2)
        if eddy_sigma > 0:
            kick = eddy_sigma * math.sqrt(1 - eddy_keep**2)
            eddy = eddy_keep * eddy + kick * _neighbours(rng, count, width)
    age = (count - np.arange(count) - 0.5) * step_s
    return place[0] + speed * age, place[1], age


def _neighbours(rng: np.random.Generator, count: int, width: float) -> FloatArray:
    """Unit-variance noise, correlated over `width` neighbouring puffs. (2, count)"""
    noise = rng.standard_normal((2, count))
    if width < 0.3:
        return noise
    smooth: FloatArray = gaussian_filter1d(noise, width, axis=1, mode="wrap", truncate=3.0)
    reach = np.arange(-int(3.0 * width + 0.5), int(3.0 * width + 0.5) + 1)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    kernel /= kernel.sum()
    gain = np.bincount(reach % count, weights=kernel, minlength=count)  # wrapped, as the filter does
    return smooth / math.sqrt(float(gain @ gain))


def _puff_sigma(age: FloatArray, spacing_m: float, physics: Turbulence, sigma: float) -> FloatArray:
    """Taylor's growth of the puffs; they start wide enough to overlap. [m]"""
    share = max(0.0, 1.0 - physics.meander_share - physics.eddy_share)
    t = age / physics.puff_time_s
    grown = 2.0 * share * sigma**2 * physics.puff_time_s**2 * (t - 1.0 + np.exp(-t))
    start = max(5.0, 0.6 * spacing_m)
    out: FloatArray = np.sqrt(start**2 + grown)
    return out


def _deposit(
    rows: FloatArray,
    columns: FloatArray,
    sigma_rows: FloatArray,
    sigma_columns: FloatArray,
    shape: tuple[int, int],
) -> FloatArray:
    """Sum of unit Gaussians integrated over pixels; each sums to 1 over the unbounded plane. (row, column)"""
    out = np.zeros(shape)
    for r, c, sr, sc in zip(rows, columns, sigma_rows, sigma_columns, strict=True):
        first_row, weight_row = _pixel_weights(r, sr, shape[0])
        first_column, weight_column = _pixel_weights(c, sc, shape[1])
        if weight_row.size and weight_column.size:
            out[first_row : first_row + weight_row.size, first_column : first_column + weight_column.size] += (
                np.outer(weight_row, weight_column)
            )
    return out


def _pixel_weights(centre: float, sigma: float, size: int) -> tuple[int, FloatArray]:
    """Share of a Gaussian in each pixel, cut at 4.5 sigma and renormalised before clipping to the image."""
    low = math.floor(centre - _CUT_SIGMAS * sigma)
    high = math.ceil(centre + _CUT_SIGMAS * sigma)
    if high < 0 or low >= size:
        return 0, np.empty(0)
    edges = np.arange(low, high + 2) - 0.5
    weight = np.diff(ndtr((edges - centre) / sigma))
    weight /= weight.sum()
    start, stop = max(low, 0), min(high + 1, size)
    return start, weight[start - low : stop - low]
