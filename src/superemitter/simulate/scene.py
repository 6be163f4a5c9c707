"""A whole scene of known truth: ground, air, leaks, instrument."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from superemitter.model import Instrument, Wind, load_instrument
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray, IntArray
from superemitter.simulate.atmosphere import BandAtmosphere, band_atmosphere, load_surfaces
from superemitter.simulate.gas import GasTable, gas_table
from superemitter.simulate.geolocation import EMIT_CELL_DEGREE, SwathGeometry
from superemitter.simulate.plumes import SimulatedPlume, Turbulence, simulate_plume
from superemitter.simulate.sensor import NoiseModel, column_factor
from superemitter.simulate.surfaces import Ground, GroundFields, random_ground

# What distinguishes the swaths: field of view [degree], altitude [m]
_SWATHS = {"emit": (11.0, 415_000.0), "aviris-ng": (34.0, 5_500.0)}
_EXTRA_BANDS_NM = (460.0, 550.0, 640.0, 1650.0)
_GROUND, _COLUMNS, _LEAKS, _NOISE = range(4)  # independent streams of one seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A steady source: where in the image, how strong, in which wind (None: that of the scene).

    Attributes
    ----------
    row, column : float
        [pixel]
    rate_kg_h : float
        [kg h-1]
    wind : Wind, optional
    leak_id : str
        Name in the truth file; empty for ``leak-1``, ``leak-2``, ...
    """

    row: float
    column: float
    rate_kg_h: float
    wind: Wind | None = None
    leak_id: str = ""


def _default_wind() -> Wind:
    return Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=250.0, source="simulated")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSpec:
    """Everything a simulated scene follows from; equal specs give equal scenes.

    Attributes
    ----------
    instrument : str
        ``"emit"`` or ``"aviris-ng"``.
    shape : (int, int)
        Rows and columns.
    seed : int
    leaks : tuple of Leak
    wind : Wind
        Of the leaks that have none of their own; taken as exact.
    ground : Ground
    turbulence : Turbulence
    pixel_size_m : float, optional
        Default: the instrument's. [m]
    longitude, latitude, heading_deg : float
        Middle of the image; direction in which rows follow each other. [degree]
    solar_zenith_deg, solar_azimuth_deg, view_zenith_deg : float
        [degree]
    time : datetime
        With time zone.
    stripe_sigma : float
        1-sigma relative gain error of each detector element. [1]
    smile_nm : float
        Largest shift of the band centres across the swath. [nm]
    full_spectrum : bool
        All bands of the instrument; otherwise those from 2100 nm up and a few for pictures and masks.
    """

    instrument: str = "emit"
    shape: tuple[int, int] = (400, 400)
    seed: int = 0
    leaks: tuple[Leak, ...] = ()
    wind: Wind = field(default_factory=_default_wind)
    ground: Ground = field(default_factory=Ground)
    turbulence: Turbulence = field(default_factory=Turbulence)
    pixel_size_m: float | None = None
    longitude: float = 61.9
    latitude: float = 36.3
    heading_deg: float = 132.0
    solar_zenith_deg: float = 35.0
    solar_azimuth_deg: float = 130.0
    view_zenith_deg: float = 6.0
    time: datetime = datetime(2022, 8, 27, 6, 7, 53, tzinfo=UTC)
    stripe_sigma: float = 0.003
    smile_nm: float = 0.3
    full_spectrum: bool = True

    def __post_init__(self) -> None:
        if self.instrument not in _SWATHS:
            raise InvalidValue(
                f"scenes of {self.instrument!r} cannot be simulated", hint=f"known: {', '.join(_SWATHS)}"
            )
        if min(self.shape) < 2:
            raise InvalidValue(f"a scene of {self.shape} pixels is too small", hint="at least 2 x 2")
        if self.time.tzinfo is None:
            raise InvalidValue("the time of the simulated scene has no time zone")
        if not (0 <= self.solar_zenith_deg <= 75 and 0 <= self.view_zenith_deg <= 60):
            raise InvalidValue(
                f"sun at {self.solar_zenith_deg}, view at {self.view_zenith_deg} degrees from zenith"
            )
        for leak in self.leaks:
            if not (0 <= leak.row < self.shape[0] and 0 <= leak.column < self.shape[1]):
                raise InvalidValue(f"a leak at row {leak.row}, column {leak.column} lies outside {self.shape}")

    @property
    def swath(self) -> SwathGeometry:
        """Position, heading and angles."""
        view, altitude = _SWATHS[self.instrument]
        return SwathGeometry(
            longitude=self.longitude,
            latitude=self.latitude,
            heading_deg=self.heading_deg,
            pixel_size_m=self.pixel_size_m or load_instrument(self.instrument).pixel_size_m,
            solar_zenith_deg=self.solar_zenith_deg,
            solar_azimuth_deg=self.solar_azimuth_deg,
            view_zenith_deg=self.view_zenith_deg,
            field_of_view_deg=view * min(1.0, self.shape[1] / (1242 if self.instrument == "emit" else 598)),
            altitude_m=altitude,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedScene:
    """A scene with its truth; radiance is made row by row, so that a full granule needs little memory.

    Attributes
    ----------
    spec : SimulationSpec
    instrument : Instrument
    wavelength_nm, fwhm_nm : (band,) arrays
        Nominal, as a product states them: smile is not told. [nm]
    longitude, latitude : (row, column) float64 arrays
        [degree]
    observation : (row, column, 11) float32 array
        See :meth:`~superemitter.simulate.geolocation.SwathGeometry.observation`.
    plumes : tuple of SimulatedPlume
        Same order as ``spec.leaks``.
    enhancement_ppm_m : (row, column) array
        All plumes together. [ppm m]
    ground : GroundFields
    """

    spec: SimulationSpec
    instrument: Instrument
    wavelength_nm: FloatArray
    fwhm_nm: FloatArray
    longitude: FloatArray
    latitude: FloatArray
    observation: FloatArray
    plumes: tuple[SimulatedPlume, ...]
    enhancement_ppm_m: FloatArray
    ground: GroundFields
    _air: BandAtmosphere
    _gas: GasTable
    _factor: FloatArray

    @cached_property
    def look_up_table(self) -> tuple[IntArray, IntArray, tuple[float, ...]]:
        """1-based columns and rows on the product's north-up grid, and its geotransform.

        Cells have EMIT's size, 0.000542 degree for a pixel of 60 m, in proportion for others. See
        :meth:`~superemitter.simulate.geolocation.SwathGeometry.look_up_table`.
        """
        swath = self.spec.swath
        return swath.look_up_table(self.spec.shape, EMIT_CELL_DEGREE * swath.pixel_size_m / 60.0)

    @property
    def air_mass(self) -> FloatArray:
        """Two-way air mass. (row, column) [1]"""
        sun, view = np.radians(self.observation[..., 4]), np.radians(self.observation[..., 2])
        out: FloatArray = 1.0 / np.cos(sun, dtype=np.float64) + 1.0 / np.cos(view, dtype=np.float64)
        return out

    @property
    def water(self) -> BoolArray:
        """Open water. (row, column)"""
        return self.ground.water

    def radiance(self) -> FloatArray:
        """The whole cube, for small scenes. (row, column, band) float32 [uW cm-2 sr-1 nm-1]"""
        return np.concatenate([block for _, block in self.blocks()])

    def blocks(self, rows: int = 32) -> Iterator[tuple[int, FloatArray]]:
        """First row and radiance of successive blocks of rows; the same values for any block size."""
        _, known, reflectance = load_surfaces()
        spectra = np.stack([np.interp(self.wavelength_nm, known, r) for r in reflectance])
        spectra = (spectra * self._air.sun_radiance).astype(np.float32)
        path = self._air.path_radiance.astype(np.float32)
        vapour = -self._air.water_optical_depth.astype(np.float32)
        noise = NoiseModel(self.instrument, self.wavelength_nm)
        air_mass = self.air_mass
        for first in range(0, self.spec.shape[0], rows):
            part = slice(first, min(first + rows, self.spec.shape[0]))
            shade = self.ground.shade[part][..., None]
            block = (self.ground.abundance[part] * shade) @ spectra
            block *= np.exp(self.ground.water_vapour_cm[part][..., None] * vapour)
            self._absorb(block, self.enhancement_ppm_m[part], air_mass[part])
            block += path
            block *= self._factor
            for k in range(block.shape[0]):
                noise.add_to_row(block[k], _stream(self.spec.seed, _NOISE, first + k))
            yield first, block

    def _absorb(self, block: FloatArray, enhancement: FloatArray, air_mass: FloatArray) -> None:
        """Multiply the absorbing bands of the pixels that hold gas, in place."""
        row, column = np.nonzero(enhancement > 1e-3)
        if row.size:
            transmitted = self._gas.transmittance(enhancement[row, column], air_mass[row, column])
            block[row[:, None], column[:, None], self._gas.bands[None, :]] *= transmitted.astype(np.float32)


def simulate_scene(spec: SimulationSpec) -> SimulatedScene:
    """Draw the ground, the plumes and the instrument's faults of a scene.

    Radiance is ``(path + sun * mixture * shade * exp(-water) * T_gas) * (gain, smile) + noise``; the gas acts
    through the non-linear band transmittance at each pixel's air mass.

    Parameters
    ----------
    spec : SimulationSpec

    Notes
    -----
    Not simulated: clouds, adjacency, terrain shadow, spectral response other than Gaussian, the plume's methane at
    1.65 um, its shadow on the ground (sun and view cross the same column), smile in the plume's own absorption.
    """
    instrument = load_instrument(spec.instrument)
    wavelength, fwhm = _bands(instrument, spec.full_spectrum)
    swath = spec.swath
    grid = swath.pixel_grid(spec.shape)
    longitude, latitude = swath.coordinates(spec.shape)
    observation = swath.observation(spec.shape, spec.time)
    plumes = tuple(
        simulate_plume(
            rate_kg_h=leak.rate_kg_h,
            wind=leak.wind or spec.wind,
            grid=grid,
            row=leak.row,
            column=leak.column,
            rng=_stream(spec.seed, _LEAKS, k),
            turbulence=spec.turbulence,
        )
        for k, leak in enumerate(spec.leaks)
    )
    enhancement = sum((p.enhancement_ppm_m for p in plumes), np.zeros(spec.shape))
    view = np.radians(observation[0, :, 2].astype(np.float64))
    air_mass = 1.0 / np.cos(np.radians(np.float64(observation[0, 0, 4]))) + 1.0 / np.cos(view)
    air = band_atmosphere(
        wavelength, fwhm, solar_zenith_deg=spec.solar_zenith_deg, air_mass=float(np.median(air_mass))
    )
    return SimulatedScene(
        spec=spec,
        instrument=instrument,
        wavelength_nm=wavelength,
        fwhm_nm=fwhm,
        longitude=longitude,
        latitude=latitude,
        observation=observation,
        plumes=plumes,
        enhancement_ppm_m=enhancement,
        ground=random_ground(spec.shape, swath.pixel_size_m, spec.ground, _stream(spec.seed, _GROUND)),
        _air=air,
        _gas=gas_table(wavelength, fwhm, air_mass=air_mass, largest_ppm_m=float(enhancement.max())),
        _factor=column_factor(
            spec.shape[1],
            air.slope_per_nm,
            _stream(spec.seed, _COLUMNS),
            stripe_sigma=spec.stripe_sigma,
            smile_nm=spec.smile_nm,
        ),
    )


def random_leaks(
    rng: np.random.Generator,
    shape: tuple[int, int],
    rates_kg_h: Sequence[float],
    *,
    min_separation: float = 80.0,
    margin: float = 15.0,
) -> tuple[Leak, ...]:
    """Leaks at random places that stand free of each other and of the border.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : (int, int)
        Rows and columns.
    rates_kg_h : sequence of float
        One leak each. [kg h-1]
    min_separation, margin : float
        Least distance between leaks, and from the border. [pixel]

    Raises
    ------
    InvalidValue
        They do not fit.
    """
    placed: list[tuple[float, float]] = []
    if len(rates_kg_h) and min(shape) <= 2 * margin:
        raise InvalidValue(f"a scene of {shape} pixels has no room inside a margin of {margin}")
    for _ in range(2000 * max(1, len(rates_kg_h))):
        if len(placed) == len(rates_kg_h):
            break
        row, column = (float(rng.uniform(margin, n - margin)) for n in shape)
        if all(math.hypot(row - r, column - c) >= min_separation for r, c in placed):
            placed.append((row, column))
    if len(placed) < len(rates_kg_h):
        raise InvalidValue(
            f"{len(rates_kg_h)} leaks {min_separation} pixels apart do not fit into {shape}",
            hint="fewer leaks, a larger scene or a smaller separation",
        )
    return tuple(Leak(row=r, column=c, rate_kg_h=rate) for (r, c), rate in zip(placed, rates_kg_h, strict=True))


def _bands(instrument: Instrument, full: bool) -> tuple[FloatArray, FloatArray]:
    wavelength, fwhm = instrument.spectral_calibration.T
    if full:
        return wavelength, fwhm
    extra = {int(np.argmin(np.abs(wavelength - nm))) for nm in _EXTRA_BANDS_NM}
    chosen = sorted(extra | set(np.flatnonzero(wavelength >= 2100.0).tolist()))
    return wavelength[chosen], fwhm[chosen]


def _stream(seed: int, *purpose: int) -> np.random.Generator:
    """A generator of its own for each purpose, so that one more leak does not change the ground."""
    return np.random.default_rng([seed, *purpose])
