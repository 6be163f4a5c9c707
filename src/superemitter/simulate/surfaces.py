"""Mixed, patchy ground: how much of which surface, how bright, under how much water vapour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import cKDTree

from superemitter.model.types import BoolArray, FloatArray
from superemitter.simulate.atmosphere import load_surfaces

LOOK_ALIKES = ("clay", "carbonate", "carbonate_rock", "magnesium_hydroxide", "hydrocarbon_coating")
_COMMON = {
    "sandy_soil": 2.2,
    "loam": 1.8,
    "bright_sand": 1.0,
    "dark_rock": 0.3,
    "dry_vegetation": 0.6,
    "green_vegetation": -0.6,
    "carbonate_rock": -0.8,
    "clay": -1.2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the ground of a simulated scene is like.

    Attributes
    ----------
    brightness : float
        Factor on reflectance; 1 is a bright desert (0.4 at 2.2 um, 0.55 uW cm-2 sr-1 nm-1 at 2.3 um in EMIT,
        filter noise about 200 ppm m); the default gives about 290 ppm m.
    heterogeneity : float
        Factor on the spread of mixtures, fields and shade; 0 is one uniform surface.
    field_size_m : float
        Typical size of fields with sharp borders. [m]
    look_alikes_per_100_km2 : float
        Patches of clay, carbonate, magnesium hydroxide and hydrocarbon coatings, whose features lie where methane
        absorbs. [(100 km2)-1]
    works_per_100_km2 : float
        Sites of concrete and asphalt, 2-6 pixels wide. [(100 km2)-1]
    water_share : float
        Share of the area under open water. [1]
    water_vapour_cm : float
        Mean column. [cm]
    water_vapour_sigma_cm : float
        1-sigma of its variation over the scene. [cm]
    """

    brightness: float = 0.6
    heterogeneity: float = 1.0
    field_size_m: float = 1500.0
    look_alikes_per_100_km2: float = 12.0
    works_per_100_km2: float = 10.0
    water_share: float = 0.0
    water_vapour_cm: float = 1.5
    water_vapour_sigma_cm: float = 0.08


@dataclass(frozen=True, kw_only=True, eq=False)
class GroundFields:
    """One realisation of the ground.

    Attributes
    ----------
    abundance : (row, column, endmember) float32 array
        Sums to 1; endmembers as in :func:`~superemitter.simulate.atmosphere.load_surfaces`.
    shade : (row, column) float32 array
        Factor on the radiance: slope, roughness and brightness. [1]
    water_vapour_cm : (row, column) float32 array
        Deviation from the atmosphere's own column. [cm]
    elevation_m : (row, column) float32 array
        [m]
    water : (row, column) bool array
        Mostly open water.
    """

    abundance: FloatArray
    shade: FloatArray
    water_vapour_cm: FloatArray
    elevation_m: FloatArray
    water: BoolArray


def random_ground(
    shape: tuple[int, int], pixel_size_m: float, ground: Ground, rng: np.random.Generator
) -> GroundFields:
    """Draw a ground: soils in gradual mixtures, fields with sharp borders, look-alikes, works, water, shade.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    pixel_size_m : float
        [m]
    ground : Ground
    rng : numpy.random.Generator
    """
    names, _, _ = load_surfaces()
    spread = ground.heterogeneity
    abundance = np.zeros((*shape, len(names)), dtype=np.float32)
    fields = _fields(shape, pixel_size_m, ground.field_size_m, rng)
    total = np.zeros(shape, dtype=np.float32)
    for name, level in _COMMON.items():
        logit = spread * (
            0.6 * correlated(shape, 2500.0 / pixel_size_m, rng)
            + 0.3 * correlated(shape, 4.0, rng)
            + 0.12 * rng.standard_normal(shape, dtype=np.float32)
            + 0.7 * rng.standard_normal(fields.max() + 1).astype(np.float32)[fields]
        )
        share = np.exp(level + logit)
        abundance[..., names.index(name)] = share
        total += share
    abundance /= total[..., None]
    _patches(abundance, names, pixel_size_m, ground, rng)
    water = _flood(abundance, names.index("water"), ground.water_share, pixel_size_m, rng)
    elevation = correlated(shape, 3000.0 / pixel_size_m, rng)
    shade = spread * (0.05 * correlated(shape, 3.0, rng) + 0.03 * rng.standard_normal(shape, dtype=np.float32))
    shade += spread * 0.06 * correlated(shape, 400.0 / pixel_size_m, rng)
    vapour = 0.8 * correlated(shape, 4000.0 / pixel_size_m, rng) - 0.6 * elevation
    return GroundFields(
        abundance=abundance,
        shade=(ground.brightness * np.exp(shade)).astype(np.float32),
        water_vapour_cm=(ground.water_vapour_sigma_cm * vapour + ground.water_vapour_cm - 1.5).astype(np.float32),
        elevation_m=(400.0 + 60.0 * elevation).astype(np.float32),
        water=water,
    )


def correlated(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> FloatArray:
    """Gaussian random field of zero mean and unit variance, with correlation length `scale`. (row, column) float32

    Parameters
    ----------
    shape : (int, int)
    scale : float
        Sigma of the smoothing kernel, isotropic. [pixel]
    rng : numpy.random.Generator
    """
    coarse = max(1, int(scale / 4))
    small = tuple(-(-n // coarse) + 2 for n in shape)
    sigma = scale / coarse
    noise = rng.standard_normal(tuple(n + 2 * int(3 * sigma) for n in small), dtype=np.float32)
    smooth = gaussian_filter(noise, sigma, truncate=3.0)
    smooth *= 2.0 * np.sqrt(np.pi) * sigma  # white noise smoothed by a Gaussian has variance 1/(4 pi sigma^2)
    margin = int(3 * sigma)
    smooth = smooth[margin : margin + small[0], margin : margin + small[1]]
    if coarse > 1:
        smooth = zoom(smooth, coarse, order=1, grid_mode=True, mode="nearest")
    out: FloatArray = smooth[: shape[0], : shape[1]]
    return out


def _fields(shape: tuple[int, int], pixel_size_m: float, size_m: float, rng: np.random.Generator) -> np.ndarray:
    """Number of the field each pixel lies in: cells of a Voronoi diagram with ragged borders. (row, column)"""
    size = max(size_m / pixel_size_m, 3.0)
    count = max(3, int(np.prod(shape) / size**2))
    seeds = rng.uniform((0, 0), shape, (count, 2))
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    rows += 0.15 * size * correlated(shape, max(size / 6, 1.0), rng)
    columns += 0.15 * size * correlated(shape, max(size / 6, 1.0), rng)
    numbers: np.ndarray = cKDTree(seeds).query(np.stack([rows.ravel(), columns.ravel()], axis=1))[1]
    return numbers.reshape(shape)


def _patches(
    abundance: FloatArray, names: tuple[str, ...], pixel_size_m: float, ground: Ground, rng: np.random.Generator
) -> None:
    """Lay look-alikes and works over the mixture, in place."""
    area = abundance.shape[0] * abundance.shape[1] * (pixel_size_m / 1e4) ** 2  # in 100 km2
    for kinds, density, radius, cover in (
        (LOOK_ALIKES, ground.look_alikes_per_100_km2, (1.5, 8.0), (0.15, 0.6)),
        (("concrete_like", "asphalt_like"), ground.works_per_100_km2, (1.0, 3.0), (0.3, 0.9)),
    ):
        for _ in range(rng.poisson(density * area)):
            kind = names.index(kinds[rng.integers(len(kinds))])
            centre = rng.uniform((0, 0), abundance.shape[:2])
            axes = rng.uniform(*radius, 2)
            share = rng.uniform(*cover)
            _lay_ellipse(abundance, kind, centre, axes, float(rng.uniform(0, np.pi)), float(share))


def _lay_ellipse(
    abundance: FloatArray, kind: int, centre: FloatArray, axes: FloatArray, turn: float, share: float
) -> None:
    """Mix `share` of one endmember into an ellipse; the edge covers a pixel. In place."""
    reach = int(axes.max()) + 2
    top, left = (max(int(c) - reach, 0) for c in centre)
    window = abundance[top : int(centre[0]) + reach + 1, left : int(centre[1]) + reach + 1]
    rows, columns = np.mgrid[: window.shape[0], : window.shape[1]]
    y, x = rows + top - centre[0], columns + left - centre[1]
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    distance = np.hypot(along / axes[0], across / axes[1])
    weight = (share * np.clip((1.0 - distance) * axes.min() + 0.5, 0.0, 1.0)).astype(np.float32)
    window *= (1.0 - weight)[..., None]
    window[..., kind] += weight


def _flood(
    abundance: FloatArray, water: int, share: float, pixel_size_m: float, rng: np.random.Generator
) -> BoolArray:
    """Put the lowest part of a random terrain under water, in place; returns where. (row, column)"""
    shape = abundance.shape[0], abundance.shape[1]
    if share <= 0:
        return np.zeros(shape, dtype=bool)
    level = correlated(shape, 1500.0 / pixel_size_m, rng)
    wet: BoolArray = level <= np.quantile(level, share)
    abundance[wet] *= 0.02
    abundance[wet, water] += 0.98
    return wet
