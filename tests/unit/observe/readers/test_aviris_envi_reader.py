"""AVIRIS ENVI images: the real crops, and the traps of the format."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from superemitter.model import Flag
from superemitter.model.errors import GeometryMissing, SceneTruncated, TimeMissing, UnknownProduct, UsageError
from superemitter.observe.readers import ReadOptions, open_scene, recognise
from superemitter.observe.readers.geometry import coordinates_of_grid

SANTA_CLARITA = "hyperspectral/aviris_ng_santa_clarita_2016/ang20160910t185702_2rdn_img"
UNORTHORECTIFIED = "hyperspectral/aviris_ng_unorthorectified_2017/ang20170323t202244_rdn_7000-7010"


@pytest.mark.parametrize("suffix", ["", ".hdr"])
def test_santa_clarita_answers_with_its_geometry_and_says_what_it_had_to_infer(
    shared_data: Path, suffix: str
) -> None:
    scene = open_scene(shared_data / (SANTA_CLARITA + suffix))
    assert scene.instrument.name == "AVIRIS-NG" and scene.orthorectified
    assert scene.radiance.shape == (25, 30, 73)
    assert scene.time == datetime(2016, 9, 10, 18, 57, 2, tzinfo=UTC)
    assert scene.flags == {
        Flag.FWHM_FROM_INSTRUMENT,
        Flag.WAVELENGTH_FROM_NAMES,
        Flag.TIME_FROM_NAME,
        Flag.ORTHORECTIFIED,
        Flag.NO_CLOUD_MASK,
    }
    # The first pixel's numbers as they lie in the file.
    assert float(scene.dataset["solar_zenith"][0, 0]) == pytest.approx(32.4243, abs=1e-3)
    assert float(scene.dataset["view_zenith"][0, 0]) == pytest.approx(2.65273, abs=1e-4)
    raw = np.fromfile(shared_data / SANTA_CLARITA, dtype="<f4").reshape(425, 25, 30)
    band = int(np.abs(376.44 + 5.00875 * np.arange(425) - scene.wavelength_nm[0]).argmin())
    np.testing.assert_array_equal(scene.radiance[:, :, 0], raw[band])
    assert scene.footprint.pixel_size_m == pytest.approx(15.0, rel=2e-3)
    assert (scene.footprint.longitude[0, 0], scene.footprint.latitude[0, 0]) == pytest.approx(
        (-118.599, 34.4546), abs=1e-3
    )


def test_unorthorectified_crop_takes_its_place_from_loc(shared_data: Path) -> None:
    scene = open_scene(shared_data / UNORTHORECTIFIED)
    assert not scene.orthorectified and scene.footprint.grid is None
    assert scene.radiance.shape == (10, 10, 73)
    assert float(scene.footprint.longitude[0, 0]) == pytest.approx(-114.88582963)
    assert float(scene.dataset["view_zenith"][0, 0]) == pytest.approx(17.5680, abs=1e-4)
    assert Flag.FWHM_FROM_INSTRUMENT not in scene.flags
    assert scene.fwhm_nm[0] == pytest.approx(5.89)


def test_time_can_be_given_and_must_be_given_when_the_name_is_another(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / SANTA_CLARITA
    for suffix in ("", ".hdr"):
        shutil.copy(f"{source}{suffix}", tmp_path / f"crop_rdn{suffix}")
        shutil.copy(
            f"{source.parent / 'ang20160910t185702_obs_ortdem_mod'}{suffix}", tmp_path / f"crop_obs{suffix}"
        )
    with pytest.raises(TimeMissing) as error:
        open_scene(tmp_path / "crop_rdn")
    assert "--datetime" in (error.value.hint or "")
    when = datetime(2016, 9, 10, 19, tzinfo=UTC)
    scene = open_scene(tmp_path / "crop_rdn", ReadOptions(time=when))
    assert scene.time == when and Flag.TIME_GIVEN in scene.flags and Flag.TIME_FROM_NAME not in scene.flags
    with pytest.raises(TimeMissing, match="time zone"):
        open_scene(tmp_path / "crop_rdn", ReadOptions(time=datetime(2016, 9, 10)))


@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
def test_every_interleave_gives_the_same_scene(tmp_path: Path, product_files: Any, interleave: str) -> None:
    cube = product_files.radiance_cube(7, 9, 425)
    scene = open_scene(product_files.write_aviris(tmp_path, cube, interleave=interleave))
    nm = product_files.AVIRIS_NG_NM
    np.testing.assert_array_equal(scene.radiance, cube[:, :, (nm >= 2122) & (nm <= 2488)])


def test_sensor_image_with_lookup_table(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425), orthorectified=False)
    scene = open_scene(path)
    assert not scene.orthorectified and scene.footprint.glt_row is not None
    # Negative entries are neighbours' pixels and count; 0 is none.
    assert (scene.footprint.glt_row[:4] == np.arange(4)[:, None]).all()
    assert (scene.footprint.glt_row[4] == -1).all()


def test_descending_bands_are_put_in_order(tmp_path: Path, product_files: Any) -> None:
    cube = product_files.radiance_cube(4, 5, 425)
    backwards = {"wavelength": product_files.braces(product_files.AVIRIS_NG_NM[::-1])}
    path = product_files.write_aviris(tmp_path, cube, **backwards)
    scene = open_scene(path)
    inside = np.flatnonzero(
        (product_files.AVIRIS_NG_NM[::-1] >= 2122) & (product_files.AVIRIS_NG_NM[::-1] <= 2488)
    )
    np.testing.assert_array_equal(scene.radiance, cube[:, :, inside[::-1]])


def test_ignore_value_of_the_header_is_no_data(tmp_path: Path, product_files: Any) -> None:
    cube = product_files.radiance_cube(4, 5, 425)
    cube[1, 2] = -50.0
    cube[2, 2] = -9999.0
    scene = open_scene(product_files.write_aviris(tmp_path, cube, data_ignore_value=-50))
    assert set(zip(*np.nonzero(scene.mask("nodata")), strict=True)) == {(1, 2), (2, 2)}


@pytest.mark.parametrize("stated", [30.0, -30.0])
def test_loc_decides_which_way_a_rotated_image_turns(tmp_path: Path, product_files: Any, stated: float) -> None:
    info = product_files.UTM + f", rotation={stated}"
    path = product_files.write_aviris(
        tmp_path, product_files.radiance_cube(6, 8, 425), **{"map info": "{" + info + "}"}
    )
    alone = open_scene(path)
    assert alone.footprint.grid is not None and not alone.footprint.grid.north_up
    # The truth turns by +30 degrees whatever the header's sign.
    truth = product_files.UTM + ", rotation=30.0"
    (tmp_path / "truth").mkdir()
    other = product_files.write_aviris(
        tmp_path / "truth", product_files.radiance_cube(6, 8, 425), **{"map info": "{" + truth + "}"}
    )
    grid = open_scene(other).footprint.grid
    assert grid is not None
    lon, lat = coordinates_of_grid(grid)
    loc = product_files.write_envi(path.with_name("ang20190622t181111_loc"), np.stack([lon, lat, 0 * lat], axis=2))
    scene = open_scene(path)
    assert loc in scene.files
    np.testing.assert_allclose(scene.footprint.longitude, lon, atol=1e-9)


def test_igm_in_map_coordinates_serves_as_loc(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425), orthorectified=False)
    for suffix in ("", ".hdr"):
        (tmp_path / f"ang20190622t181111_loc{suffix}").unlink()
    north, east = np.meshgrid(4e6 - 5.0 * np.arange(4), 5e5 + 5.0 * np.arange(5), indexing="ij")
    product_files.write_envi(tmp_path / "ang20190622t181111_igm", np.stack([east, north, 0 * east], axis=2))
    scene = open_scene(path)
    assert float(scene.footprint.longitude[0, 0]) == pytest.approx(-117.0)
    assert scene.footprint.pixel_size_m == pytest.approx(5.0, rel=1e-2)


def test_without_obs_or_coordinates_the_option_is_named(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425), orthorectified=False)
    (tmp_path / "ang20190622t181111_loc.hdr").unlink()
    with pytest.raises(GeometryMissing) as error:
        open_scene(path)
    assert "--loc" in (error.value.hint or "")
    (tmp_path / "ang20190622t181111_obs.hdr").unlink()
    with pytest.raises(GeometryMissing) as error:
        open_scene(path)
    assert "--obs" in (error.value.hint or "")


def test_obs_without_labels_is_read_in_the_documented_order(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425))
    obs = np.broadcast_to(np.float64(product_files.OBS_VALUES), (4, 5, 11)).copy()
    product_files.write_envi(tmp_path / "ang20190622t181111_obs_ort", obs)
    scene = open_scene(path)
    assert float(scene.dataset["solar_zenith"][0, 0]) == 30.0 and float(scene.dataset["view_zenith"][0, 0]) == 12.0


def test_obs_of_another_shape_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425))
    product_files.write_envi(tmp_path / "ang20190622t181111_obs_ort", np.ones((4, 6, 11)))
    with pytest.raises(SceneTruncated):
        open_scene(path)


def test_truncated_image_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425))
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SceneTruncated):
        open_scene(path)


def test_band_spacing_tells_the_instruments_apart(tmp_path: Path, product_files: Any) -> None:
    bands = product_files.braces(product_files.AVIRIS_3_NM)
    path = product_files.write_aviris(
        tmp_path, product_files.radiance_cube(4, 5, 284), flight="AV320240101t000000_001", wavelength=bands
    )
    assert open_scene(path).instrument.name == "AVIRIS-3"


@pytest.mark.parametrize(
    "keys", [{"description": "{surface reflectance}"}, {"data type": 2}, {"wavelength": "{1,2}"}, {"bands": 3}]
)
def test_other_images_are_not_radiance(tmp_path: Path, product_files: Any, keys: dict[str, Any]) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425), **keys)
    assert recognise(path) is None
    with pytest.raises(UnknownProduct):
        open_scene(path)


def test_simulated_key_and_stated_time(tmp_path: Path, product_files: Any) -> None:
    keys = {"simulated": 1, "acquisition_time": "2019-06-22T18:11:11Z"}
    scene = open_scene(product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425), **keys))
    assert scene.simulated and Flag.SIMULATED in scene.flags
    assert scene.time == datetime(2019, 6, 22, 18, 11, 11, tzinfo=UTC) and Flag.TIME_FROM_NAME not in scene.flags


def test_a_mask_is_refused_rather_than_ignored(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_aviris(tmp_path, product_files.radiance_cube(4, 5, 425))
    with pytest.raises(UsageError):
        open_scene(path, ReadOptions(mask=path))
