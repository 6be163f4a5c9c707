"""A synthetic scene result to publish: two plumes, any footprint, with or without wind and facilities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from superemitter.model import (
    Attribution,
    Candidate,
    CannotSay,
    Detection,
    EmissionRate,
    Enhancement,
    Facility,
    Flag,
    Footprint,
    InputFile,
    Instrument,
    MapGrid,
    Plume,
    PlumeResult,
    Quantification,
    RunRecord,
    SceneResult,
    Wind,
    enhancement_dataset,
)

SHAPE = (120, 100)
PIXEL_M = 60.0
NO_WIND = CannotSay(code="no-wind", reason="No wind was given, and the rate is proportional to it")


def rate(middle: float, method: str = "ime") -> EmissionRate:
    """A rate with a 68 % interval of about a third."""
    return EmissionRate(
        rate_kg_h=middle,
        low_kg_h=0.67 * middle,
        high_kg_h=1.42 * middle,
        low95_kg_h=0.35 * middle,
        high95_kg_h=2.1 * middle,
        probability_ge_100_kg_h=0.9973,
        method=method,
        calibration_id=f"ueff-{method}-test",
        mass_per_length_kg_m=0.2,
        components={
            "wind": 0.3 * middle,
            "mask": 0.11 * middle,
            "noise": 0.04 * middle,
            "background": 0.06 * middle,
            "unit": 0.05 * middle,
            "calibration": 0.08 * middle,
        },
    )


def coordinates(shape: tuple[int, int], lon0: float, lat0: float, turn_deg: float) -> tuple[Any, Any]:
    """Longitude and latitude of a swath of 60 m pixels whose rows are turned from east."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    turn = np.radians(turn_deg)
    east = PIXEL_M * ((columns - shape[1] / 2) * np.cos(turn) - (rows - shape[0] / 2) * np.sin(turn))
    north = PIXEL_M * (-(columns - shape[1] / 2) * np.sin(turn) - (rows - shape[0] / 2) * np.cos(turn))
    longitude = lon0 + east / (111_320.0 * np.cos(np.radians(lat0)))
    return (longitude + 180.0) % 360.0 - 180.0, lat0 + north / 110_900.0


def swath(lon0: float = 61.2, lat0: float = 38.4, turn_deg: float = 12.0) -> Footprint:
    """Longitude and latitude only."""
    longitude, latitude = coordinates(SHAPE, lon0, lat0, turn_deg)
    return Footprint(longitude=longitude, latitude=latitude)


def glt_swath() -> Footprint:
    """A swath with a geometry look-up table on a geographic grid, as EMIT delivers it."""
    from scipy.spatial import cKDTree

    plain = swath()
    step = 0.000542232520
    west, east = plain.longitude.min() - step, plain.longitude.max() + step
    south, north = plain.latitude.min() - step, plain.latitude.max() + step
    shape = (int((north - south) / step) + 1, int((east - west) / step) + 1)
    row, column = np.mgrid[: shape[0], : shape[1]]
    cells = np.column_stack([(west + step * (column + 0.5)).ravel(), (north - step * (row + 0.5)).ravel()])
    tree = cKDTree(np.column_stack([plain.longitude.ravel(), plain.latitude.ravel()]))
    distance, nearest = tree.query(cells, distance_upper_bound=step)
    found = np.isfinite(distance)
    flat = np.where(found, nearest, 0)
    glt_row = np.where(found, flat // SHAPE[1], -1).reshape(shape).astype(np.int32)
    glt_column = np.where(found, flat % SHAPE[1], -1).reshape(shape).astype(np.int32)
    grid = MapGrid(crs="EPSG:4326", transform=(step, 0.0, west, 0.0, -step, north), shape=shape)
    return Footprint(
        longitude=plain.longitude, latitude=plain.latitude, grid=grid, glt_row=glt_row, glt_column=glt_column
    )


def map_image(turn_deg: float = 0.0) -> Footprint:
    """An orthorectified UTM image, rotated or not."""
    from pyproj import Transformer

    turn = np.radians(turn_deg)
    a, b = PIXEL_M * np.cos(turn), PIXEL_M * np.sin(turn)
    transform = (float(a), float(b), 350_000.0, float(b), float(-a), 3_800_000.0)
    if turn_deg == 0:
        transform = (PIXEL_M, 0.0, 350_000.0, 0.0, -PIXEL_M, 3_800_000.0)
    row, column = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    x = transform[0] * column + transform[1] * row + transform[2]
    y = transform[3] * column + transform[4] * row + transform[5]
    longitude, latitude = Transformer.from_crs("EPSG:32611", "EPSG:4326", always_xy=True).transform(x, y)
    return Footprint(
        longitude=longitude,
        latitude=latitude,
        grid=MapGrid(crs="EPSG:32611", transform=transform, shape=SHAPE),
    )


def instrument() -> Instrument:
    """An instrument without data files."""
    return Instrument(
        key="emit",
        name="EMIT",
        platform="ISS",
        retrieval_window_nm=(2110.0, 2450.0),
        pixel_size_m=60.0,
        saturation_radiance=25.0,
        spectral_calibration=np.zeros((1, 2)),
        noise=np.zeros((1, 4)),
        source="test",
    )


def plume_field(row: float, column: float, length: float, peak: float) -> Any:
    """A plume that widens to the right and downwards. [ppm m]"""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    along = (columns - column) * 0.9 + (rows - row) * 0.436
    across = (rows - row) * 0.9 - (columns - column) * 0.436
    width = 1.0 + 0.16 * np.maximum(along, 0)
    return np.where(along > -0.5, peak * np.exp(-0.5 * (across / width) ** 2 - along / length) / width**0.5, 0.0)


def facilities(lon: float, lat: float, count: int = 2) -> Attribution:
    """Candidates whose names try to break the page, the table and the font."""
    names = ['=煤矿 <b>大同</b> & "Sons" $x^2$', "Compressor <script>alert(1)</script>", "Well 3", *["W"] * 20]
    share = 0.8 / count
    return Attribution(
        candidates=tuple(
            Candidate(
                facility=Facility(
                    facility_id=f"F-{k}",
                    name=names[k],
                    longitude=lon + 0.004 * k,
                    latitude=lat - 0.003 * k,
                    kind="coal mine",
                    operator="Ölkonzern",
                ),
                probability=share + (0.1 if k == 0 else 0.0) - (0.1 if k == count - 1 and count > 1 else 0.0),
                distance_m=120.0 + 400 * k,
            )
            for k in range(count)
        ),
        none_probability=1.0 - 0.8 if count > 1 else 0.1,
    )


def scene_result(
    footprint: Footprint | None = None,
    *,
    wind: bool = True,
    with_facilities: bool = True,
    simulated: bool = True,
    plumes: int = 2,
    preview: bool = True,
    scene_id: str = "EMIT_L1B_RAD_001_20230717T060512_2319804_014",
) -> SceneResult:
    """A scene of 120 x 100 pixels with known plumes."""
    footprint = footprint or glt_swath()
    rng = np.random.default_rng(7)
    gas = [plume_field(42.0, 22.0, 30.0, 4200.0), plume_field(85.0, 60.0, 14.0, 2600.0)][:plumes]
    noise = rng.normal(0.0, 280.0, SHAPE)
    enhancement = (noise + sum(gas)).astype(np.float32)
    valid = np.ones(SHAPE, dtype=bool)
    valid[5:9, 70:80] = False
    enhancement[~valid] = np.nan
    sigma = np.full(SHAPE, 280.0, dtype=np.float32)
    score = (0.35 * noise / 280.0 + sum(gas) / 280.0 * 1.5).astype(np.float32)
    score[~valid] = np.nan
    found = [_plume(footprint, k, mask=field > 450.0) for k, field in enumerate(gas)]
    scene = Enhancement(
        scene_id=scene_id,
        instrument=instrument(),
        time=datetime(2023, 7, 17, 6, 5, 12, tzinfo=UTC),
        footprint=footprint,
        dataset=enhancement_dataset(
            enhancement=enhancement,
            score_input=enhancement,
            sigma=sigma,
            valid=valid,
            water=~valid,
            saturated=np.zeros(SHAPE, dtype=bool),
        ),
        method="column matched filter 1, albedo corrected",
        simulated=simulated,
        flags=frozenset({Flag.NO_CLOUD_MASK}),
    )
    ground = 4.0 + 1.5 * np.sin(np.mgrid[: SHAPE[0], : SHAPE[1]][1] / 9.0) + rng.normal(0, 0.3, SHAPE)
    return SceneResult(
        enhancement=scene,
        detection=Detection(
            score=score,
            plumes=tuple(found),
            threshold=5.2,
            expected_false_plumes=0.12,
            background_ppm_m=np.zeros(SHAPE, dtype=np.float32),
        ),
        plumes=tuple(_result(plume, k, wind, with_facilities) for k, plume in enumerate(found)),
        run_id="9f2c51d0a7b34e68",
        preview=np.repeat(ground[..., None], 3, axis=2).astype(np.float32) if preview else None,
    )


def _plume(footprint: Footprint, k: int, mask: Any) -> Plume:
    row, column = ((42.0, 22.0), (85.0, 60.0))[k]
    longitude, latitude = footprint.at(row, column)
    return Plume(
        plume_id=f"P{k + 1:03d}",
        mask=mask,
        source_row=row,
        source_column=column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=90.0,
        axis_deg=118.0,
        length_m=2600.0 / (k + 1),
        area_m2=float(mask.sum()) * PIXEL_M**2,
        max_enhancement_ppm_m=4200.123456789 / (k + 1),
        detection_snr=22.4 / (k + 1),
        detection_probability=0.999 - 0.1 * k,
        flags=frozenset({Flag.BORDER}) if k else frozenset(),
    )


def _result(plume: Plume, k: int, wind: bool, with_facilities: bool) -> PlumeResult:
    middle = 1240.0 / (k + 1) ** 2 + 1.0 / 3.0
    known = Wind(speed_m_s=3.4, speed_sigma_m_s=1.7, from_deg=298.0, source="given")
    return PlumeResult(
        plume=plume,
        wind=known if wind else NO_WIND,
        quantification=Quantification(
            ime_kg=310.0 / (k + 1),
            ime_sigma_kg=25.0,
            rate=rate(middle) if wind else NO_WIND,
            rate_csf=rate(0.93 * middle, "csf") if wind else NO_WIND,
            rate_by_wind=() if wind else tuple((u, rate(middle * u / 3.4)) for u in (2.0, 4.0, 6.0, 8.0)),
            flags=frozenset() if wind else frozenset({Flag.NO_WIND}),
        ),
        attribution=facilities(plume.source_longitude, plume.source_latitude) if with_facilities else None,
    )


def run_record(result: SceneResult) -> RunRecord:
    """How the synthetic result was "made"."""
    return RunRecord(
        run_id=result.run_id,
        scene_id=result.enhancement.scene_id,
        started="2026-01-02T03:04:05Z",
        inputs=(InputFile(role="radiance", path="data/<i>scene</i>.nc", bytes=1_812_000_000, sha256="ab" * 32),),
        recipe={"method": "matched-filter", "detection": {"false_alarm_rate": 1e-6}, "wind": None},
        versions={"superemitter": "0.1.0", "numpy": "2.2.0"},
        platform="Linux x86_64",
        seed=1,
        results=(),
        outputs={},
    )


@pytest.fixture
def make_result() -> Callable[..., SceneResult]:
    """Builds a scene result; see :func:`scene_result`."""
    return scene_result


@pytest.fixture
def make_record() -> Callable[[SceneResult], RunRecord]:
    """Builds the run record of a scene result."""
    return run_record


@pytest.fixture
def footprints() -> dict[str, Callable[..., Footprint]]:
    """Builders of each kind of footprint."""
    return {"glt": glt_swath, "map": map_image, "rotated": lambda: map_image(-27.0), "lonlat": swath}
