"""EMIT granules: companions, masks, look-up table, and what is refused."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from superemitter.model import Flag
from superemitter.model.errors import GeometryMissing, SceneError, SceneTruncated, TimeMissing
from superemitter.observe.readers import ReadOptions, open_scene

CROP = "EMIT_L1B_RAD_001_20220827T060753_9999999_999"
STORAGES: list[dict[str, Any]] = [
    {},
    {"chunks": (3, 4, 285), "compression": "gzip"},
    {"chunks": (4, 8, 16), "compression": "gzip"},
]


@pytest.fixture
def crop(tmp_path: Path, shared_data: Path, product_files: Any) -> Path:
    """A radiance file of our own in the granule of the real OBS, mask and look-up table; it holds no location."""
    for file in (shared_data / "hyperspectral" / "emit_2022_obs_mask").glob("*.nc"):
        shutil.copy(file, tmp_path)
    path = product_files.write_emit(
        tmp_path, product_files.radiance_cube(200, 200, 285), stem=CROP, companions=False
    )
    with h5py.File(path, "a") as file:
        del file["location"]
    return Path(path)


@pytest.mark.parametrize("storage", STORAGES, ids=["contiguous", "whole-spectrum-chunks", "small-chunks"])
def test_window_is_read_exactly_however_it_is_stored(
    tmp_path: Path, product_files: Any, storage: dict[str, Any]
) -> None:
    cube = product_files.radiance_cube(11, 9, 285)
    scene = open_scene(product_files.write_emit(tmp_path, cube, **storage))
    nm = product_files.EMIT_NM
    inside = (nm >= 2122) & (nm <= 2488)
    np.testing.assert_array_equal(scene.radiance, cube[:, :, inside])
    np.testing.assert_allclose(scene.wavelength_nm, nm[inside], atol=1e-3)
    red, green, blue = (int(np.abs(nm - target).argmin()) for target in (640, 550, 460))
    np.testing.assert_array_equal(scene.dataset["preview"].values, cube[:, :, [red, green, blue]])


def test_real_obs_mask_and_lookup_table_are_understood(crop: Path) -> None:
    scene = open_scene(crop)
    assert scene.time == datetime(2022, 8, 27, 6, 7, 53, tzinfo=UTC)
    assert [file.name[:13] for file in scene.files] == ["EMIT_L1B_RAD_", "EMIT_L1B_OBS_", "EMIT_L2A_MASK"]
    assert scene.footprint.grid is not None and scene.footprint.grid.shape == (318, 354)
    assert scene.footprint.glt_row is not None
    # The table repeats pixels: 57,130 cells show 38,138 of the 40,000 sensor pixels.
    assert int((scene.footprint.glt_row >= 0).sum()) == 57130
    shown = np.zeros(scene.shape, dtype=np.int64)
    cells = scene.footprint.glt_row >= 0
    assert scene.footprint.glt_column is not None
    shown[scene.footprint.glt_row[cells], scene.footprint.glt_column[cells]] = 1
    assert shown.sum() == 38138
    # The granule lies at 62 E although the product's own east and west are swapped.
    assert 61.6 < np.nanmin(scene.footprint.longitude) < np.nanmax(scene.footprint.longitude) < 61.9
    assert Flag.NO_CLOUD_MASK not in scene.flags


def test_lookup_table_puts_each_pixel_on_the_grid_cell_where_it_lies(crop: Path) -> None:
    place = open_scene(crop).footprint
    assert place.grid is not None
    a, _, c, _, e, f = place.grid.transform
    rows, columns = np.nonzero(~np.isnan(place.to_grid(place.longitude)))
    assert np.abs(place.to_grid(place.longitude)[rows, columns] - (c + a * (columns + 0.5))).max() < 1.5 * a
    assert np.abs(place.to_grid(place.latitude)[rows, columns] - (f + e * (rows + 0.5))).max() < 1.5 * a


def test_angles_are_found_by_label_not_by_position(crop: Path) -> None:
    obs = crop.with_name(crop.name.replace("RAD", "OBS"))
    before = open_scene(crop)
    with h5py.File(obs, "a") as file:
        file["obs"][...] = file["obs"][...][:, :, ::-1]
        labels = file["sensor_band_parameters/observation_bands"]
        labels[...] = labels[...][::-1]
    after = open_scene(crop)
    for name in ("solar_zenith", "solar_azimuth", "view_zenith", "view_azimuth"):
        np.testing.assert_array_equal(before.dataset[name], after.dataset[name])
    assert 35 < float(before.dataset["solar_zenith"].mean()) < 36
    assert 9 < float(before.dataset["view_zenith"].mean()) < 10


V003 = (
    "Cloud Flag",
    "Cirrus Flag",
    "Water Flag",
    "Dilated Cloud Flag",
    "SpecTf-Cloud Probability",
    "SpecTf-Cloud Flag",
    "SpecTf-Buffer Distance",
)


@pytest.mark.parametrize(("labels", "dilated"), [(None, 4), (V003, 3)], ids=["V001", "V003"])
def test_mask_bands_are_chosen_by_label(
    tmp_path: Path, product_files: Any, labels: tuple[str, ...] | None, dilated: int
) -> None:
    labels = labels or product_files.MASK_LABELS
    mask = np.zeros((6, 5, len(labels)))
    mask[0, 0, 0] = 1  # cloud
    mask[1, 1, dilated] = 1
    mask[2, 2, 2] = 1  # water
    mask[3, 3, 2] = -9999  # fill: unknown is masked
    mask[4, 4, 0] = np.nan
    mask[:, 0, 6] = 7.5  # water vapour or a distance: no flag
    path = product_files.write_emit(
        tmp_path, product_files.radiance_cube(6, 5, 285), mask=mask, mask_labels=labels
    )
    scene = open_scene(path)
    assert set(zip(*np.nonzero(scene.mask("cloud")), strict=True)) == {(0, 0), (1, 1), (4, 4)}
    assert set(zip(*np.nonzero(scene.mask("water")), strict=True)) == {(2, 2), (3, 3)}


def test_v002_names_without_orbit_find_obs_and_v003_mask(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(
        tmp_path,
        product_files.radiance_cube(4, 5, 285),
        stem="EMIT_L1B_RAD_002_20220827T060753",
        mask=np.zeros((4, 5, 8)),
        mask_stem="EMIT_L2A_MASK_003_20220827T060753",
    )
    assert len(open_scene(path).files) == 3


def test_files_of_another_scene_of_the_same_orbit_are_not_taken(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(
        tmp_path,
        product_files.radiance_cube(4, 5, 285),
        mask=np.zeros((4, 5, 8)),
        mask_stem="EMIT_L2A_MASK_001_20220827T060753_2223904_002",
    )
    scene = open_scene(path)
    assert Flag.NO_CLOUD_MASK in scene.flags and len(scene.files) == 2


def test_missing_obs_is_an_error_that_names_the_option(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285), companions=False)
    with pytest.raises(GeometryMissing) as error:
        open_scene(path)
    assert "--obs" in (error.value.hint or "")


def test_obs_can_be_given_and_must_exist(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    obs = path.with_name(path.name.replace("RAD", "OBS")).rename(tmp_path / "elsewhere.nc")
    assert obs in open_scene(path, ReadOptions(obs=obs)).files
    with pytest.raises(GeometryMissing, match="there is no file"):
        open_scene(path, ReadOptions(obs=tmp_path / "absent.nc"))


def test_obs_of_another_time_is_refused_though_its_shape_fits(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    with h5py.File(path.with_name(path.name.replace("RAD", "OBS")), "a") as file:
        file.attrs["time_coverage_start"] = "2022-08-27T06:08:05+0000"
    with pytest.raises(GeometryMissing, match="another granule"):
        open_scene(path)


def test_companions_of_another_shape_are_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285), mask=np.zeros((4, 6, 8)))
    with pytest.raises(SceneTruncated, match="mask"):
        open_scene(path)
    (tmp_path / "EMIT_L2A_MASK_001_20220827T060753_2223904_001.nc").unlink()
    with h5py.File(path.with_name(path.name.replace("RAD", "OBS")), "a") as file:
        del file["obs"]
        file["obs"] = np.zeros((5, 5, 11), dtype=np.float32)
    with pytest.raises(SceneTruncated, match="OBS"):
        open_scene(path)


def test_swapped_or_empty_geometry_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    obs = path.with_name(path.name.replace("RAD", "OBS"))
    with h5py.File(obs, "a") as file:
        file["obs"][...] = -9999
    with pytest.raises(GeometryMissing, match="zenith"):
        open_scene(path)
    with h5py.File(obs, "a") as file:
        file["obs"][...] = 140.0  # an azimuth where a zenith belongs
    with pytest.raises(GeometryMissing, match="140"):
        open_scene(path)


def test_fill_nan_saturation_and_flares_are_marked(tmp_path: Path, product_files: Any) -> None:
    cube = product_files.radiance_cube(12, 14, 285) * 0.5
    nm = product_files.EMIT_NM
    inside, outside = int(np.abs(nm - 2300).argmin()), int(np.abs(nm - 1000).argmin())
    hot = int(np.abs(nm - 2389).argmin())
    cube[0, 0, inside] = -9999
    cube[1, 1, inside] = np.nan
    cube[2, 2, outside] = -9999  # a band that is not used
    cube[3, 0, inside] = 6.5
    cube[8, 9, hot] = 1.6
    cube[10, 0] = 0.0
    scene = open_scene(product_files.write_emit(tmp_path, cube))
    assert set(zip(*np.nonzero(scene.mask("nodata")), strict=True)) == {(0, 0), (1, 1), (10, 0)}
    wanted = np.zeros(scene.shape, dtype=bool)
    wanted[3, 0] = True
    wanted[6:11, 7:12] = True
    np.testing.assert_array_equal(scene.mask("saturated"), wanted)


def test_all_nan_radiance_opens_with_everything_no_data(tmp_path: Path, product_files: Any) -> None:
    cube = np.full((4, 5, 285), np.nan, dtype=np.float32)
    assert open_scene(product_files.write_emit(tmp_path, cube)).mask("nodata").all()


def test_simulated_granules_say_so(tmp_path: Path, product_files: Any) -> None:
    cube = product_files.radiance_cube(4, 5, 285)
    scene = open_scene(product_files.write_emit(tmp_path, cube, attributes={"simulated": 1}))
    assert scene.simulated and Flag.SIMULATED in scene.flags
    (tmp_path / "real").mkdir()
    assert not open_scene(product_files.write_emit(tmp_path / "real", cube)).simulated


def test_pixels_without_coordinates_are_no_data(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    with h5py.File(path, "a") as file:
        file["location/lon"][2, 3] = -9999
    scene = open_scene(path)
    assert set(zip(*np.nonzero(scene.mask("nodata")), strict=True)) == {(2, 3)}


def test_coordinates_in_metres_are_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    with h5py.File(path, "a") as file:
        file["location/lat"][...] = 4e6
    with pytest.raises(GeometryMissing, match="coordinates"):
        open_scene(path)


def test_lookup_table_of_a_larger_image_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    with h5py.File(path, "a") as file:
        file["location/glt_x"][0, 0] = 1242
        file["location/glt_y"][0, 0] = 1
    with pytest.raises(SceneTruncated, match="look-up table"):
        open_scene(path)


def test_time_from_the_name_is_flagged_and_no_time_is_an_error(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    with h5py.File(path, "a") as file:
        del file.attrs["time_coverage_start"]
    scene = open_scene(path)
    assert scene.time == datetime(2022, 8, 27, 6, 7, 53, tzinfo=UTC) and Flag.TIME_FROM_NAME in scene.flags
    nameless = path.rename(tmp_path / "granule.nc")
    with pytest.raises(TimeMissing):
        open_scene(nameless)


def test_a_file_under_another_name_finds_its_obs_by_the_time_it_states(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    assert len(open_scene(path.rename(tmp_path / "renamed.nc")).files) == 2


def test_truncated_file_is_named_as_truncated(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(20, 20, 285))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(SceneTruncated):
        open_scene(path)


def test_truncated_obs_is_no_companion(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(20, 20, 285))
    obs = path.with_name(path.name.replace("RAD", "OBS"))
    with obs.open("r+b") as file:
        file.truncate(2000)
    with pytest.raises(GeometryMissing):
        open_scene(path)
    with pytest.raises(SceneTruncated):
        open_scene(path, ReadOptions(obs=obs))


def test_window_without_bands_is_an_error(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(4, 5, 285))
    with pytest.raises(SceneError, match="no band"):
        open_scene(path, ReadOptions(window_nm=(3000.0, 3100.0)))
