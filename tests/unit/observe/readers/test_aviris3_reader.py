"""AVIRIS-3 NetCDF: on the map grid and on the sensor's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from superemitter.model import Flag
from superemitter.model.errors import GeometryMissing, SceneError, SceneTruncated, UsageError
from superemitter.observe.readers import ReadOptions, open_scene


@pytest.mark.parametrize("raw", [False, True], ids=["map grid", "sensor grid"])
@pytest.mark.parametrize("storage", [{}, {"chunks": (284, 2, 5)}, {"chunks": (10, 4, 4), "compression": "gzip"}])
def test_bands_first_cube_becomes_row_column_band(
    tmp_path: Path, product_files: Any, raw: bool, storage: dict[str, Any]
) -> None:
    cube = product_files.radiance_cube(7, 9, 284)
    scene = open_scene(product_files.write_aviris3(tmp_path, cube, raw=raw, **storage))
    nm = product_files.AVIRIS_3_NM
    np.testing.assert_array_equal(scene.radiance, cube[:, :, (nm >= 2122) & (nm <= 2488)])
    assert scene.instrument.name == "AVIRIS-3"
    assert scene.orthorectified is not raw
    assert scene.footprint.grid is not None and scene.footprint.grid.crs == "EPSG:32613"
    assert (scene.footprint.glt_row is not None) is raw
    assert Flag.TIME_FROM_NAME in scene.flags


def test_angles_on_the_sensor_grid_are_laid_on_the_radiances_map_grid(tmp_path: Path, product_files: Any) -> None:
    cube = product_files.radiance_cube(5, 4, 284)
    path = product_files.write_aviris3(tmp_path, cube)
    with h5py.File(next(tmp_path.glob("*_OBS.nc")), "a") as obs:
        for name in list(obs["observation_parameters"]):
            del obs[f"observation_parameters/{name}"]
            obs[f"observation_parameters/{name}"] = np.array([[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]])
        obs["geolocation_lookup_table/sample"][...] = -2
        obs["geolocation_lookup_table/line"][...] = 3
        obs["geolocation_lookup_table/line"][0, 0] = 0
    scene = open_scene(path)
    assert scene.mask("nodata")[0, 0] and scene.mask("nodata").sum() == 1
    assert float(scene.dataset["solar_zenith"][1, 1]) == 60.0


def test_missing_or_foreign_obs_is_an_error(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris3(tmp_path, product_files.radiance_cube(5, 4, 284))
    obs = next(tmp_path.glob("*_OBS.nc"))
    elsewhere = obs.rename(tmp_path / "other.nc")
    with pytest.raises(GeometryMissing) as error:
        open_scene(path)
    assert "--obs" in (error.value.hint or "")
    assert open_scene(path, ReadOptions(obs=elsewhere)).shape == (5, 4)
    with pytest.raises(GeometryMissing, match="observation_parameters"):
        open_scene(path, ReadOptions(obs=path))


def test_obs_of_another_shape_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris3(tmp_path, product_files.radiance_cube(5, 4, 284))
    (tmp_path / "other").mkdir()
    product_files.write_aviris3(tmp_path / "other", product_files.radiance_cube(6, 4, 284))
    with pytest.raises(SceneTruncated):
        open_scene(path, ReadOptions(obs=next((tmp_path / "other").glob("*_OBS.nc"))))


def test_missing_projection_and_nonsense_geotransform_are_errors(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris3(tmp_path, product_files.radiance_cube(5, 4, 284))
    with h5py.File(path, "a") as file:
        file["transverse_mercator"].attrs["GeoTransform"] = "1 2 three"
    with pytest.raises(SceneError, match="GeoTransform"):
        open_scene(path)
    with h5py.File(path, "a") as file:
        del file["transverse_mercator"]
    assert open_scene(path).footprint.grid is not None  # the OBS file has it too
    with h5py.File(next(tmp_path.glob("*_OBS.nc")), "a") as file:
        del file["transverse_mercator"]
    with pytest.raises(GeometryMissing):
        open_scene(path)


def test_a_mask_is_refused_rather_than_ignored(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris3(tmp_path, product_files.radiance_cube(5, 4, 284))
    with pytest.raises(UsageError):
        open_scene(path, ReadOptions(mask=path))
