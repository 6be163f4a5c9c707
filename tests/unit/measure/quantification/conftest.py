"""Plumes of known mass on small fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pytest

from superemitter.model import Detection, Enhancement, Footprint, Plume, Wind, enhancement_dataset, load_instrument
from superemitter.model.footprint import metres_per_degree

SHAPE = (120, 150)


@dataclass(frozen=True)
class Case:
    """What `quantify` takes."""

    enhancement: Enhancement
    detection: Detection
    plume: Plume


def _footprint(pixel_m: float) -> Footprint:
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]]
    m_east, m_north = metres_per_degree(np.array(30.0))
    return Footprint(longitude=50 + pixel_m * column / m_east, latitude=30 - pixel_m * row / m_north)


def _case(
    field: np.ndarray,
    mask: np.ndarray,
    *,
    key: str = "emit",
    pixel_m: float = 60.0,
    score: np.ndarray | None = None,
    background: float = 0.0,
    sigma: float = 300.0,
    axis_deg: float = 90.0,
) -> Case:
    """A plume of the given mask that blows from its first column, at its middle row, to the east."""
    footprint = _footprint(pixel_m)
    valid = np.isfinite(field)
    no = np.zeros(SHAPE, dtype=bool)
    rows, columns = np.nonzero(mask)
    row, column = float(rows[columns == columns.min()].mean()), float(columns.min())
    longitude, latitude = footprint.at(row, column)
    east, north = footprint.local_metres(row, column, (rows, columns))
    plume = Plume(
        plume_id="made-001",
        mask=mask,
        source_row=row,
        source_column=column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=pixel_m,
        axis_deg=axis_deg,
        length_m=float(np.hypot(east, north).max()),
        area_m2=float(footprint.pixel_area_m2[mask].sum()),
        max_enhancement_ppm_m=float(np.nanmax(field[mask], initial=0.0)),
        detection_snr=10.0,
        detection_probability=1.0,
    )
    enhancement = Enhancement(
        scene_id="made",
        instrument=load_instrument(key),
        time=datetime(2023, 7, 17, tzinfo=UTC),
        footprint=footprint,
        dataset=enhancement_dataset(
            enhancement=field.astype(np.float32),
            score_input=field.astype(np.float32),
            sigma=np.full(SHAPE, sigma, dtype=np.float32),
            valid=valid,
            water=no,
            saturated=no,
        ),
        method="made",
    )
    detection = Detection(
        score=np.where(mask, 10.0, 0.0) if score is None else score,
        plumes=(plume,),
        threshold=4.5,
        expected_false_plumes=0.5,
        background_ppm_m=np.full(SHAPE, background, dtype=np.float32),
    )
    return Case(enhancement, detection, plume)


@pytest.fixture
def make_case() -> Callable[..., Case]:
    """Enhancement, detection and plume of a field and a mask."""
    return _case


@pytest.fixture
def strip() -> np.ndarray:
    """A plume mask of 6 rows and 30 columns: 0.648 km2 at 60 m."""
    mask = np.zeros(SHAPE, dtype=bool)
    mask[57:63, 40:70] = True
    return mask


@pytest.fixture
def make_wind() -> Callable[..., Wind]:
    """A west wind."""
    return lambda speed, sigma=0.0: Wind(speed_m_s=speed, speed_sigma_m_s=sigma, from_deg=270.0, source="given")
