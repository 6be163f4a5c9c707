"""A simulated TROPOMI swath: geometry of the orbit, ground, clouds, wind, methane with stripes and clutter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from scipy.ndimage import gaussian_filter

from superemitter.model import Footprint
from superemitter.model.constants import DRY_AIR_MOLAR_MASS, GRAVITY, METHANE_MOLAR_MASS
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray
from superemitter.simulate.column_plume import Transport, column_plume

EARTH_RADIUS_M = 6_371_000.0
ROW_STEP_M = 5500.0
GROUND_PIXELS = 215
CLUTTER_PPB = ((0.0, 2.8), (1.0, 3.2), (2.0, 2.6), (4.0, 2.6), (8.0, 2.6))
_INCLINATION_DEG = 98.7
_SIDEREAL_DAY_S = 86_164.0
_ROW_SECONDS = 0.84
_HALF_SWATH_M = 1_300_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SwathLeak:
    """A steady source: place [degree] and rate [kg h-1]."""

    longitude: float
    latitude: float
    rate_kg_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SwathSpec:
    """What a simulated swath holds.

    Attributes
    ----------
    rows, columns : int
    latitude, longitude : float
        Of the middle of the swath, on the track. [degree]
    first_pixel : int
        Ground pixel of the first column, 0 to 215 less the columns: edge pixels are wider.
    wind_speed_m_s, wind_from_deg : float
        Mean 10 m wind. [m s-1], [degree]
    noise_ppb : tuple of (float, float)
        Correlation length [pixel] and 1-sigma [ppb] of each layer of clutter.
    stripe_ppb : float
        1-sigma of the offsets of ground pixels. [ppb]
    albedo_ppb : float
        1-sigma of what follows the albedo. [ppb]
    cloud_share, water_share : float
        [1]
    leaks : tuple of SwathLeak
    seed : int
    time : datetime
        Of the middle.
    """

    rows: int = 32
    columns: int = 32
    latitude: float = 38.0
    longitude: float = 60.0
    first_pixel: int = 90
    wind_speed_m_s: float = 3.0
    wind_from_deg: float = 250.0
    noise_ppb: tuple[tuple[float, float], ...] = ((0.0, 1.5), (1.0, 1.5), (3.0, 2.0))
    stripe_ppb: float = 1.0
    albedo_ppb: float = 1.0
    cloud_share: float = 0.08
    water_share: float = 0.0
    leaks: tuple[SwathLeak, ...] = ()
    seed: int = 0
    time: datetime = field(default=datetime(2021, 6, 1, 8, 0, tzinfo=UTC))

    def __post_init__(self) -> None:
        if min(self.rows, self.columns) < 2 or self.first_pixel < 0:
            raise InvalidValue(f"a swath of {self.rows} rows and {self.columns} columns cannot be simulated")
        if self.first_pixel + self.columns > GROUND_PIXELS:
            raise InvalidValue(f"a swath has {GROUND_PIXELS} ground pixels")


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedSwath:
    """Fields of a simulated swath by the names of :data:`superemitter.model.columns.COLUMN_FIELDS`.

    Attributes
    ----------
    spec : SwathSpec
    footprint : Footprint
    corner_longitude, corner_latitude : (row, column, 4) arrays
        [degree]
    fields : dict of (row, column) arrays
    water : (row, column) bool array
    times : list of datetime
        Of each scanline.
    """

    spec: SwathSpec
    footprint: Footprint
    corner_longitude: FloatArray
    corner_latitude: FloatArray
    fields: dict[str, FloatArray]
    water: BoolArray
    times: list[datetime]


def random_clutter(rng: np.random.Generator) -> tuple[tuple[float, float], ...]:
    """`noise_ppb` of a swath drawn at random, from quiet to rough.

    Amplitudes are those whose variograms, over 1 to 22 pixels, spread as those of 16 real crops do away from known
    sources: median 14 ppb2 at one pixel, 48 at six and 89 at 22, the tenths 6 and 29, 13 and 79, 14 and 157.
    """
    level = float(rng.normal(0.0, 0.3))
    return tuple((length, ppb * math.exp(level + float(rng.normal(0.0, 0.4)))) for length, ppb in CLUTTER_PPB)


def simulate_swath(spec: SwathSpec, transport: Transport | None = None) -> SimulatedSwath:
    """Simulate a swath with its leaks; equal specs give equal swaths."""
    rng = np.random.default_rng(spec.seed)
    longitude, latitude, corners = _geometry(spec)
    footprint = Footprint(longitude=longitude, latitude=latitude)
    shape = longitude.shape
    albedo = np.clip(0.2 + 0.06 * _clutter(rng, shape, 4.0) + 0.02 * _clutter(rng, shape, 1.0), 0.06, 0.6)
    aerosol = np.clip(0.04 + 0.015 * _clutter(rng, shape, 5.0), 0.0, 0.5)
    pressure = 97_000.0 + 1500.0 * _clutter(rng, shape, 6.0)
    east, north = _winds(spec, rng, shape)
    methane: FloatArray = 1870.0 + 6.0 * _clutter(rng, shape, 25.0)
    for length, amplitude in spec.noise_ppb:
        methane += amplitude * _clutter(rng, shape, length)
    methane += spec.stripe_ppb * rng.standard_normal((1, shape[1]))
    methane += spec.albedo_ppb * (albedo - 0.2) / 0.06
    air = pressure / (GRAVITY.value * DRY_AIR_MOLAR_MASS.value)
    per_ppb = 1e-9 * METHANE_MOLAR_MASS.value * air
    for leak in spec.leaks:
        methane += (
            column_plume(
                footprint,
                longitude=leak.longitude,
                latitude=leak.latitude,
                rate_kg_h=leak.rate_kg_h,
                speed_m_s=spec.wind_speed_m_s,
                from_deg=spec.wind_from_deg,
                rng=rng,
                transport=transport,
            )
            / per_ppb
        )
    cloud = _share(_clutter(rng, shape, 2.0), spec.cloud_share)
    water = _share(_clutter(rng, shape, 8.0), spec.water_share)
    quality = np.where(cloud, 0.0, 1.0)
    fields = {
        "methane": np.where(cloud | water, np.nan, methane),
        "precision": np.full(shape, 1.5),
        "qa": np.where(water, 0.0, quality),
        "solar_zenith": np.clip(np.abs(latitude) * 0.6 + 10.0, 0.0, 89.0),
        "view_zenith": np.broadcast_to(np.abs(np.degrees(np.arctan(_across(spec) / 824_000.0))), shape),
        "albedo_swir": albedo,
        "aerosol_swir": aerosol,
        "surface_pressure": pressure,
        "dry_air_column": air,
        "eastward_wind": east,
        "northward_wind": north,
    }
    half = spec.rows // 2
    times = [spec.time + timedelta(seconds=(row - half) * _ROW_SECONDS) for row in range(spec.rows)]
    return SimulatedSwath(
        spec=spec,
        footprint=footprint,
        corner_longitude=corners[0],
        corner_latitude=corners[1],
        fields={name: np.asarray(values, dtype=np.float32) for name, values in fields.items()},
        water=water,
        times=times,
    )


def _winds(spec: SwathSpec, rng: np.random.Generator, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """10 m wind as a weather model has it: the mean with a smooth ripple of a tenth."""
    towards = math.radians(spec.wind_from_deg + 180.0)
    ripple = 0.1 * spec.wind_speed_m_s
    east = spec.wind_speed_m_s * math.sin(towards) + ripple * _clutter(rng, shape, 20.0)
    north = spec.wind_speed_m_s * math.cos(towards) + ripple * _clutter(rng, shape, 20.0)
    return east, north


def _clutter(rng: np.random.Generator, shape: tuple[int, int], length: float) -> FloatArray:
    """A random field of unit variance and the given correlation length. [pixel]"""
    if length <= 0:
        return rng.standard_normal(shape)
    coarse = max(int(length / 2.0), 1)
    small = (shape[0] // coarse + 24, shape[1] // coarse + 24)
    rough = gaussian_filter(rng.standard_normal(small), length / coarse, mode="wrap")
    fine = np.repeat(np.repeat(rough, coarse, axis=0), coarse, axis=1)[: shape[0], : shape[1]]
    if coarse > 1:
        fine = gaussian_filter(fine, coarse / 2.0, mode="nearest")
    out: FloatArray = (fine - fine.mean()) / max(float(fine.std()), 1e-9)
    return out


def _share(values: FloatArray, share: float) -> BoolArray:
    """The highest pixels, of the given share."""
    if share <= 0:
        return np.zeros(values.shape, dtype=bool)
    high: BoolArray = values > np.quantile(values, 1.0 - share)
    return high


def _across(spec: SwathSpec) -> FloatArray:
    """Distance of the pixel centres from the track: 5.5 km wide below the satellite, 15 km at the edge. [m]"""
    edges = _across_edges(spec)
    out: FloatArray = 0.5 * (edges[1:] + edges[:-1])
    return out


def _across_edges(spec: SwathSpec) -> FloatArray:
    position = np.linspace(-1.0, 1.0, GROUND_PIXELS + 1)
    edges = _HALF_SWATH_M * (0.5 * position + 0.5 * np.sign(position) * np.abs(position) ** 3)
    out: FloatArray = edges[spec.first_pixel : spec.first_pixel + spec.columns + 1]
    return out


def _geometry(spec: SwathSpec) -> tuple[FloatArray, FloatArray, tuple[FloatArray, FloatArray]]:
    """Centres and corners of the pixels on a sphere, north-going. [degree]"""
    along = (np.arange(spec.rows + 1) - spec.rows / 2.0) * ROW_STEP_M
    edge_lon, edge_lat = _on_track(spec, along, _across_edges(spec))
    lon, lat = _on_track(spec, along[:-1] + ROW_STEP_M / 2.0, _across(spec))
    order = ((0, 0), (0, 1), (1, 1), (1, 0))  # counter-clockwise: along the ground pixels, then the scanline
    rows, columns = lon.shape
    corners = [
        np.stack([edge[r : r + rows, c : c + columns] for r, c in order], axis=-1) for edge in (edge_lon, edge_lat)
    ]
    return lon, lat, (corners[0], corners[1])


def _on_track(spec: SwathSpec, along_m: FloatArray, across_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of points along and across a polar orbit over a turning Earth. [degree]"""
    tilt = math.radians(_INCLINATION_DEG)
    start = math.asin(min(max(math.sin(math.radians(spec.latitude)) / math.sin(tilt), -1.0), 1.0))
    u = start + along_m / EARTH_RADIUS_M
    latitude = np.arcsin(math.sin(tilt) * np.sin(u))
    longitude = np.arctan2(math.cos(tilt) * np.sin(u), np.cos(u))
    turned = 2.0 * math.pi / _SIDEREAL_DAY_S * along_m / ROW_STEP_M * _ROW_SECONDS
    middle = math.atan2(math.cos(tilt) * math.sin(start), math.cos(start))
    longitude = longitude - middle - turned + math.radians(spec.longitude)
    heading = np.arctan2(math.cos(tilt), math.sin(tilt) * np.cos(u))
    bearing = heading[:, None] + math.pi / 2.0
    angle = across_m[None, :] / EARTH_RADIUS_M
    lat0, lon0 = latitude[:, None], longitude[:, None]
    lat = np.arcsin(np.sin(lat0) * np.cos(angle) + np.cos(lat0) * np.sin(angle) * np.cos(bearing))
    lon = lon0 + np.arctan2(
        np.sin(bearing) * np.sin(angle) * np.cos(lat0), np.cos(angle) - np.sin(lat0) * np.sin(lat)
    )
    return (np.degrees(lon) + 180.0) % 360.0 - 180.0, np.degrees(lat)
