"""Scans leave pictures of their plumes in the register."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from superemitter.pipeline.register import register_scans
from superemitter.register import Register, document, list_observations, open_register
from superemitter.register.overlays import OverlayRow, overlay_of

NOW = datetime(2024, 9, 1, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Any:
    opened = open_register(tmp_path / "register.db")
    yield opened
    opened.close()


def add_map(folder: Path, value: float = 2000.0) -> None:
    """An enhancement map of the scene's degree, in the folder and in its record."""
    path = folder / "enhancement.tif"
    grid = rasterio.Affine(0.001, 0.0, 61.0, 0.0, -0.001, 37.0)
    profile = {"driver": "COG", "dtype": "float32", "count": 3, "height": 1000, "width": 1000, "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=grid, **profile) as image:
        for band, one in enumerate((value, 300.0, 5.0), start=1):
            image.write(np.full((1000, 1000), one, dtype=np.float32), band)
        image.descriptions = ("enhancement_ppm_m", "sigma_ppm_m", "detection_score")
    record = json.loads((folder / "run.json").read_text())
    record["outputs"]["enhancement.tif"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "run.json").write_text(json.dumps(record))


def pictures(register: Register) -> list[OverlayRow | None]:
    return [overlay_of(register, one.observation_id) for one in list_observations(register).observations]


def test_each_plume_has_a_picture_that_outlasts_the_folder(
    book: Register, write_scan: Callable[..., Path], scan_plume: Callable[..., Any]
) -> None:
    folder = write_scan([scan_plume(1, 61.4, 36.3), scan_plume(2, 61.7, 36.6)])
    add_map(folder)
    register_scans(book, [folder], now=NOW)
    (folder / "enhancement.tif").unlink()
    for kept, seen in zip(pictures(book), list_observations(book).observations, strict=True):
        assert kept is not None
        (west, north), (east, _), (_, south), _ = kept.corners
        assert west < seen.longitude < east and south < seen.latitude < north  # type: ignore[operator]
        assert document(book, kept.sha256).content.startswith(b"\x89PNG")


def test_registering_again_makes_no_picture_twice(
    book: Register,
    write_scan: Callable[..., Path],
    scan_plume: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = write_scan([scan_plume(1, 61.4, 36.3)])
    add_map(folder)
    register_scans(book, [folder], now=NOW)
    before = pictures(book)
    monkeypatch.setattr("superemitter.pipeline.overlays.plume_overlay", None)
    (done,), _ = register_scans(book, [folder], now=NOW)
    assert done.error is None and pictures(book) == before


@pytest.mark.parametrize("fault", ["missing", "another", "damaged"])
def test_a_scan_without_its_map_is_still_a_scan(
    book: Register, write_scan: Callable[..., Path], scan_plume: Callable[..., Any], fault: str
) -> None:
    folder = write_scan([scan_plume(1, 61.4, 36.3)])
    path = folder / "enhancement.tif"
    add_map(folder)
    if fault == "missing":
        path.unlink()
    elif fault == "another":
        path.write_bytes(path.read_bytes() + b" ")
    else:
        path.write_bytes(b"II*\0")
        record = json.loads((folder / "run.json").read_text())
        record["outputs"]["enhancement.tif"] = hashlib.sha256(b"II*\0").hexdigest()
        (folder / "run.json").write_text(json.dumps(record))
    (done,), _ = register_scans(book, [folder], now=NOW)
    assert done.error is None and len(done.scenes) == 1
    assert pictures(book) == [None]


def test_a_new_run_gives_a_new_picture(
    book: Register, write_scan: Callable[..., Path], scan_plume: Callable[..., Any]
) -> None:
    for run, rate, value in (("run-1", 900.0, 2000.0), ("run-2", 1100.0, 3000.0)):
        folder = write_scan([scan_plume(1, 61.4, 36.3, rate)], run_id=run)
        add_map(folder, value)
        register_scans(book, [folder], now=NOW)
    (kept,) = pictures(book)
    assert kept is not None and (kept.version, kept.high_ppm_m) == (2, 3000.0)
