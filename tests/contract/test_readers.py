"""What every reader must do, ours and a plug-in's alike.

To hold a new reader to the contract register it and add a writer of small files of its product to ``PRODUCTS``.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from superemitter.model import Scene
from superemitter.model.errors import SceneError, SceneTruncated, UnknownProduct
from superemitter.observe.readers import ReadOptions, SceneReader, available_readers, open_scene, recognise

_FILES = Path(__file__).parents[1] / "unit" / "observe" / "readers" / "product_files.py"
_SPEC = importlib.util.spec_from_file_location("product_files_of_contract", _FILES)
assert _SPEC is not None and _SPEC.loader is not None
files: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(files)

SHAPE = (6, 7)
# Product: reader, writer into a folder.
PRODUCTS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "emit contiguous": ("emit", lambda d: files.write_emit(d, files.radiance_cube(*SHAPE, 285))),
    "emit chunked": (
        "emit",
        lambda d: files.write_emit(d, files.radiance_cube(*SHAPE, 285), chunks=(2, 7, 30), compression="gzip"),
    ),
    "emit V002": (
        "emit",
        lambda d: files.write_emit(
            d,
            files.radiance_cube(*SHAPE, 285),
            stem="EMIT_L1B_RAD_002_20240827T060753",
            mask=np.zeros((*SHAPE, 8)),
        ),
    ),
    "aviris-ng map": ("aviris_envi", lambda d: files.write_aviris(d, files.radiance_cube(*SHAPE, 425))),
    "aviris-ng sensor": (
        "aviris_envi",
        lambda d: files.write_aviris(
            d, files.radiance_cube(*SHAPE, 425), orthorectified=False, interleave="bip", order=">"
        ),
    ),
    "aviris-3 map": ("aviris3", lambda d: files.write_aviris3(d, files.radiance_cube(*SHAPE, 284))),
    "aviris-3 sensor": ("aviris3", lambda d: files.write_aviris3(d, files.radiance_cube(*SHAPE, 284), raw=True)),
}
# Level 2: methane columns of others instead of radiance.
LEVEL2: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "tropomi": ("tropomi", lambda d: files.write_tropomi(d)),
    "tropomi destriped": ("tropomi", lambda d: files.write_tropomi(d, destriped=True)),
    "tropomi blended": ("tropomi_blended", lambda d: files.write_blended(d)),
}
EVERY = PRODUCTS | LEVEL2
REAL = {
    "santa clarita": "hyperspectral/aviris_ng_santa_clarita_2016/ang20160910t185702_2rdn_img",
    "unorthorectified": "hyperspectral/aviris_ng_unorthorectified_2017/ang20170323t202244_rdn_7000-7010",
}


def reader_named(name: str) -> SceneReader:
    return next(reader for reader in available_readers() if reader.name == name)


def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    if request.param in REAL:
        shared = request.getfixturevalue("shared_data")
        return "aviris_envi", shared / REAL[request.param]
    name, write = EVERY[request.param]
    return name, write(tmp_path)


@pytest.fixture(params=[*EVERY, *REAL])
def product(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A reader's name and a file it must open."""
    return made(request, tmp_path)


@pytest.fixture(params=[*PRODUCTS, *REAL])
def radiance_product(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The same, of radiance."""
    return made(request, tmp_path)


@pytest.fixture(params=[*LEVEL2])
def level2_product(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """The same, of level 2."""
    return made(request, tmp_path)


@pytest.fixture(params=[reader.name for reader in available_readers()])
def reader(request: pytest.FixtureRequest) -> SceneReader:
    return reader_named(request.param)


def test_every_installed_reader_has_a_product_here() -> None:
    assert {reader.name for reader in available_readers()} == {name for name, _ in EVERY.values()}


def test_readers_keep_the_protocol(reader: SceneReader) -> None:
    assert isinstance(reader, SceneReader) and reader.name


def test_exactly_one_reader_recognises_a_product(product: tuple[str, Path]) -> None:
    name, path = product
    assert [reader.name for reader in available_readers() if reader.can_open(path)] == [name]
    found = recognise(path)
    assert found is not None and found.name == name


def test_recognition_is_by_content_not_by_name(product: tuple[str, Path], tmp_path: Path) -> None:
    name, path = product
    renamed = tmp_path / "x"
    renamed.write_bytes(path.read_bytes())
    header = path.with_name(path.name + ".hdr")
    if header.exists():
        renamed.with_name("x.hdr").write_bytes(header.read_bytes())
    assert reader_named(name).can_open(renamed)


def test_companions_are_not_taken_for_radiance(product: tuple[str, Path]) -> None:
    _, path = product
    for companion in set(open_scene(path).files) - {path, path.with_name(path.name + ".hdr")}:
        assert recognise(companion) is None
        with pytest.raises(UnknownProduct):
            open_scene(companion)


def test_scene_is_whole(radiance_product: tuple[str, Path]) -> None:
    product = radiance_product
    scene = open_scene(product[1])
    rows, columns = scene.shape
    assert scene.radiance.dtype == np.float32 and scene.radiance.flags.c_contiguous
    assert scene.radiance.shape == (rows, columns, scene.wavelength_nm.size) == (rows, columns, scene.fwhm_nm.size)
    assert scene.dataset["radiance"].attrs["units"] == "uW cm-2 sr-1 nm-1"
    assert (np.diff(scene.wavelength_nm) > 0).all() and (scene.fwhm_nm > 0).all()
    assert scene.time.tzinfo is not None
    assert scene.files[0] == product[1] and all(file.is_file() for file in scene.files)
    assert len(set(scene.files)) == len(scene.files)
    seen = ~scene.mask("nodata")
    assert seen.any() and np.isfinite(scene.radiance[seen]).all()
    assert (scene.air_mass[seen] >= 2.0).all() and (scene.air_mass[seen] < 12.0).all()
    assert np.isfinite(scene.footprint.longitude[seen]).all() and np.isfinite(scene.footprint.latitude[seen]).all()
    assert 0.5 < scene.footprint.pixel_size_m < 100.0
    assert scene.dataset["preview"].shape == (rows, columns, 3)


def test_level2_scene_is_whole(level2_product: tuple[str, Path]) -> None:
    path = level2_product[1]
    scene = open_scene(path)
    assert scene.is_level2 and scene.time.tzinfo is not None and scene.files == (path,)
    data = scene.dataset
    assert data["methane"].attrs["units"] == "ppb" and data["methane"].shape == scene.shape
    seen = ~scene.mask("nodata")
    assert seen.any() and (~seen).any(), "the files hold fill values"
    assert (np.abs(data["methane"].values[seen] - 1870.0) < 200.0).all()
    assert np.isfinite(scene.footprint.longitude[seen]).all()
    assert (data["qa"].values[seen] <= 1.0).all()
    assert ((data["solar_zenith"].values[seen] > 1.0) & (data["solar_zenith"].values[seen] < 90.0)).all()
    assert 4_000.0 < scene.footprint.pixel_size_m < 15_000.0
    assert data["corner_longitude"].shape == (*scene.shape, 4)


def test_only_the_window_asked_for_is_loaded(radiance_product: tuple[str, Path]) -> None:
    path = radiance_product[1]
    default = open_scene(path)
    low, high = default.instrument.retrieval_window_nm
    assert low <= default.wavelength_nm[0] and default.wavelength_nm[-1] <= high
    narrow = open_scene(path, ReadOptions(window_nm=(2290.0, 2310.0), preview=False))
    inside = (default.wavelength_nm >= 2290) & (default.wavelength_nm <= 2310)
    np.testing.assert_array_equal(narrow.radiance, default.radiance[:, :, inside])
    assert "preview" not in narrow.dataset
    with pytest.raises(SceneError):
        open_scene(path, ReadOptions(window_nm=(100.0, 110.0)))


def test_opening_twice_gives_the_same(product: tuple[str, Path]) -> None:
    first, second = open_scene(product[1]), open_scene(product[1])
    assert first.dataset.identical(second.dataset)
    assert (first.scene_id, first.time, first.files, first.flags) == (
        second.scene_id,
        second.time,
        second.files,
        second.flags,
    )


def test_a_scene_does_not_hold_its_files(tmp_path: Path) -> None:
    for number, (_, write) in enumerate(EVERY.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        scene: Scene = open_scene(write(folder))
        before = scene.dataset.copy(deep=True)
        for file in scene.files:
            file.write_bytes(b"\0" * file.stat().st_size)
        assert scene.dataset.identical(before)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\xff" * 4000, b"ENVI\n", b"CDF\x01" + bytes(64)],
)
def test_foreign_files_are_declined_without_an_error(reader: SceneReader, tmp_path: Path, content: bytes) -> None:
    for name in (
        "x",
        "x.nc",
        "x.hdr",
        "EMIT_L1B_RAD_001_20220827T060753_2223904_001.nc",
        "ang20160910t185702_rdn.hdr",
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert reader.can_open(path) is False
        with pytest.raises((UnknownProduct, SceneTruncated)):
            open_scene(path)


def test_folders_and_absent_files_are_declined_without_an_error(reader: SceneReader, tmp_path: Path) -> None:
    assert reader.can_open(tmp_path) is False
    assert reader.can_open(tmp_path / "absent.nc") is False
    assert reader.can_open(tmp_path / "absent.hdr") is False


def test_a_truncated_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    for number, (_, write) in enumerate(EVERY.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = write(folder)
        for size in (path.stat().st_size // 2, 100):
            with path.open("r+b") as file:
                file.truncate(size)
            for each in available_readers():
                each.can_open(path)
            with pytest.raises(SceneTruncated):
                open_scene(path)


def test_recognition_is_cheap(reader: SceneReader, tmp_path: Path) -> None:
    """A gigabyte is declined as fast as a kilobyte: nothing but its beginning is read."""
    path = tmp_path / "large.nc"
    with path.open("wb") as file:
        file.truncate(2**30)
    start = time.process_time()
    assert reader.can_open(path) is False
    assert time.process_time() - start < 0.2
