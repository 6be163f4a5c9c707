"""Small scenes with a known background."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from superemitter.model import Footprint, Scene, load_instrument, scene_dataset


def _scene(
    radiance: np.ndarray,
    *,
    solar_zenith: float | np.ndarray = 35.0,
    masks: dict[str, np.ndarray] | None = None,
    orthorectified: bool = False,
) -> Scene:
    rows, columns, bands = radiance.shape
    instrument = load_instrument("emit")
    centre, width = instrument.spectral_calibration.T
    inside = np.flatnonzero((centre > 2122) & (centre < 2488))[:bands]
    assert inside.size == bands
    row, column = np.mgrid[:rows, :columns]
    zero = np.zeros((rows, columns))
    return Scene(
        scene_id="made",
        instrument=instrument,
        time=datetime(2023, 7, 17, 6, 5, tzinfo=UTC),
        dataset=scene_dataset(
            radiance=radiance.astype(np.float32),
            wavelength_nm=centre[inside],
            fwhm_nm=width[inside],
            angles={
                "solar_zenith": zero + solar_zenith,
                "solar_azimuth": zero,
                "view_zenith": zero + 5.0,
                "view_azimuth": zero,
            },
            masks=masks or {},
        ),
        footprint=Footprint(longitude=50 + column * 6e-4, latitude=30 - row * 5e-4),
        files=(),
        orthorectified=orthorectified,
        simulated=True,
    )


def _ground(
    rng: np.random.Generator, shape: tuple[int, int], bands: int = 50, shade: float = 0.2, noise: float = 1.0
) -> np.ndarray:
    """Radiance of mixed smooth surfaces in varying light, with the instrument's noise. (row, column, band)"""
    instrument = load_instrument("emit")
    centre = instrument.spectral_calibration[:, 0]
    wavelength = centre[(centre > 2122) & (centre < 2488)][:bands]
    x = (wavelength - 2300.0) / 180.0
    shapes = np.stack([x, x**2, np.sin(3 * x), np.exp(-(((wavelength - 2200) / 25) ** 2))])
    mixed = rng.normal(0, 0.03, (*shape, len(shapes))) @ shapes
    light = np.exp(rng.normal(0, shade, shape))[..., None]
    clean = 0.35 * (1 - 0.5 * x) * (1 + mixed) * light
    sigma = instrument.noise_equivalent_radiance(clean, wavelength)
    return clean + noise * sigma * rng.standard_normal(clean.shape)


@pytest.fixture
def make_scene() -> Callable[..., Scene]:
    """A scene of the given radiance in the first bands of EMIT's retrieval window."""
    return _scene


@pytest.fixture
def make_ground() -> Callable[..., np.ndarray]:
    """Radiance of a plume-free scene."""
    return _ground
