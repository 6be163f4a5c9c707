"""Small enhancement fields of known content."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from superemitter.measure.detection.swath import swath_scores
from superemitter.measure.detection.swath_candidates import SwathInput
from superemitter.measure.retrieval.columns import as_enhancement, local_field
from superemitter.model import Enhancement, Footprint, Scene, Wind, enhancement_dataset, load_instrument
from superemitter.model.footprint import metres_per_degree
from superemitter.pipeline.level2 import wind_directions

PIXEL_M = 60.0
LONGITUDE, LATITUDE = 50.0, 30.0


def _footprint(shape: tuple[int, int], turn_deg: float = 0.0, mirrored: bool = False) -> Footprint:
    """Square pixels of 60 m; rows run south and columns east, then all is turned clockwise."""
    row, column = np.mgrid[: shape[0], : shape[1]].astype(float)
    east, north = PIXEL_M * column * (-1.0 if mirrored else 1.0), -PIXEL_M * row
    turn = np.radians(turn_deg)
    turned_east = east * np.cos(turn) + north * np.sin(turn)
    turned_north = north * np.cos(turn) - east * np.sin(turn)
    m_east, m_north = metres_per_degree(np.array(LATITUDE))
    return Footprint(longitude=LONGITUDE + turned_east / m_east, latitude=LATITUDE + turned_north / m_north)


def _enhancement(
    field: np.ndarray,
    *,
    footprint: Footprint | None = None,
    valid: np.ndarray | None = None,
    water: np.ndarray | None = None,
    saturated: np.ndarray | None = None,
    noise_ppm_m: float = 300.0,
    **more: object,
) -> Enhancement:
    valid = np.isfinite(field) if valid is None else valid
    no = np.zeros(field.shape, dtype=bool)
    field = np.where(valid, field, np.nan).astype(np.float32)
    return Enhancement(
        scene_id="made",
        instrument=load_instrument("emit"),
        time=datetime(2023, 7, 17, 6, 5, tzinfo=UTC),
        footprint=footprint or _footprint(field.shape),
        dataset=enhancement_dataset(
            enhancement=field,
            score_input=field.copy(),
            sigma=np.where(valid, noise_ppm_m, np.nan).astype(np.float32),
            valid=valid,
            water=no if water is None else water,
            saturated=no if saturated is None else saturated,
        ),
        method="made",
        **more,
    )


def _noise(
    rng: np.random.Generator, shape: tuple[int, int], sigma: float = 300.0, width_px: float = 0.0
) -> np.ndarray:
    """Gaussian noise, neighbours alike over `width_px`."""
    white = rng.standard_normal(shape)
    if width_px > 0:
        white = gaussian_filter(white, width_px, mode="wrap")
        white /= 1.0 / (2.0 * np.sqrt(np.pi) * width_px)
    return sigma * white


def _plume(
    footprint: Footprint,
    row: float,
    column: float,
    *,
    to_deg: float,
    strength: float = 3000.0,
    spread: float = 0.1,
    length_m: float = np.inf,
) -> np.ndarray:
    """Steady Gaussian plume of equal mass per length; `strength` is its centreline one pixel on. [ppm m]"""
    rows, columns = np.indices(footprint.shape)
    east, north = footprint.local_metres(row, column, (rows, columns))
    axis = np.radians(to_deg)
    along = east * np.sin(axis) + north * np.cos(axis)
    across = east * np.cos(axis) - north * np.sin(axis)
    sigma = 0.6 * PIXEL_M + spread * np.maximum(along, 0.0)
    start = 0.6 * PIXEL_M + spread * PIXEL_M
    reached = np.clip(along / PIXEL_M + 0.5, 0.0, 1.0) * (along < length_m)
    out: np.ndarray = reached * strength * start / sigma * np.exp(-0.5 * (across / sigma) ** 2)
    return out


def _swath_input(scene: Scene, sign: float = 1.0) -> SwathInput:
    field, wind = local_field(scene), wind_directions(scene, None)
    residual = sign * field.residual_ppb
    fields = scene.footprint, residual, field.sigma_ppb, field.usable, wind
    return SwathInput(
        enhancement=as_enhancement(scene, field),
        residual=residual,
        sigma=field.sigma_ppb,
        covariates=field.covariates,
        scores=swath_scores(*fields, leverage=field.leverage),
        wind_to=wind,
    )


@pytest.fixture(scope="session")
def swath_input() -> Callable[..., SwathInput]:
    """What plumes of a level-2 scene are looked for in, after one pass; with sign -1, its losses for gains."""
    return _swath_input


@pytest.fixture
def make_footprint() -> Callable[..., Footprint]:
    """60 m pixels, turned."""
    return _footprint


@pytest.fixture
def make_enhancement() -> Callable[..., Enhancement]:
    """An enhancement from a field; NaN is not valid."""
    return _enhancement


@pytest.fixture
def make_noise() -> Callable[..., np.ndarray]:
    """A field of Gaussian noise."""
    return _noise


@pytest.fixture
def make_plume() -> Callable[..., np.ndarray]:
    """The enhancement of a steady plume."""
    return _plume


@pytest.fixture
def make_wind() -> Callable[..., Wind]:
    """A wind that blows *to* a direction."""
    return lambda to_deg, speed=4.0, from_sigma_deg=30.0: Wind(
        speed_m_s=speed,
        speed_sigma_m_s=1.5,
        from_deg=(to_deg + 180.0) % 360.0,
        from_sigma_deg=from_sigma_deg,
        source="given",
    )
