"""TROPOMI level-2 files, operational and blended: what is read, and what a bad file says."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from superemitter.model import Flag
from superemitter.model.errors import GeometryMissing, SceneTruncated, TimeMissing, UnknownProduct
from superemitter.observe.readers import open_scene

SUPPORT = "PRODUCT/SUPPORT_DATA"


def test_the_destriped_variant_is_taken_where_it_holds_a_value(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path, destriped=True)
    assert open_scene(path).dataset.attrs["variant"] == "methane_mixing_ratio_bias_corrected_destriped"
    with h5py.File(path, "a") as file:
        file["PRODUCT/methane_mixing_ratio_bias_corrected_destriped"][...] = 9.96921e36
    assert open_scene(path).dataset.attrs["variant"] == "methane_mixing_ratio_bias_corrected"


def test_byte_quality_is_scaled_and_its_fill_is_unknown(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path)
    with h5py.File(path, "a") as file:
        file["PRODUCT/qa_value"][0, 0, :3] = [40, 100, 255]
    quality = open_scene(path).dataset["qa"].values[0, :3]
    np.testing.assert_allclose(quality[:2], [0.4, 1.0], atol=1e-6)
    assert np.isnan(quality[2])


def test_cosines_under_the_name_of_angles_are_read_as_such_and_flagged(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path)
    before = open_scene(path)
    with h5py.File(path, "a") as file:
        for name in ("solar", "viewing"):
            angles = file[f"{SUPPORT}/GEOLOCATIONS/{name}_zenith_angle"]
            angles[...] = np.cos(np.radians(angles[...]))
    after = open_scene(path)
    assert Flag.ANGLES_FROM_COSINES in after.flags and Flag.ANGLES_FROM_COSINES not in before.flags
    np.testing.assert_allclose(after.dataset["solar_zenith"], before.dataset["solar_zenith"], atol=0.01)


def test_scanlines_have_their_own_times(product_files, tmp_path):
    scene = open_scene(product_files.write_tropomi(tmp_path, rows=30))
    seconds = scene.dataset["seconds"].values
    np.testing.assert_allclose(np.diff(seconds), 0.84, atol=2e-3)
    assert abs(seconds[15]) < 1e-6


def test_subcolumns_are_summed(product_files, tmp_path):
    made = product_files.swath()
    scene = open_scene(product_files.write_tropomi(tmp_path))
    np.testing.assert_allclose(scene.dataset["dry_air_column"], made.fields["dry_air_column"], rtol=1e-5)


def test_a_file_of_nothing_but_fill_coordinates_says_so(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path)
    with h5py.File(path, "a") as file:
        file["PRODUCT/latitude"][...] = 9.96921e36
    with pytest.raises(GeometryMissing, match="fill"):
        open_scene(path)


def test_a_file_without_coordinates_says_which(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path)
    with h5py.File(path, "a") as file:
        del file["PRODUCT/longitude"]
    with pytest.raises(GeometryMissing, match="longitude"):
        open_scene(path)


def test_a_part_of_another_shape_is_an_error(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path)
    with h5py.File(path, "a") as file:
        del file["PRODUCT/qa_value"]
        file["PRODUCT/qa_value"] = np.ones((1, 3, 3), dtype=np.float32)
    with pytest.raises(SceneTruncated, match="qa"):
        open_scene(path)


def test_a_file_without_any_time_asks_for_one(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path, name="renamed.nc")
    with h5py.File(path, "a") as file:
        del file["PRODUCT/time"]
    with pytest.raises(TimeMissing):
        open_scene(path)


def test_a_product_group_of_another_gas_is_not_ours(product_files, tmp_path):
    path = product_files.write_tropomi(tmp_path)
    with h5py.File(path, "a") as file:
        for name in [n for n in file["PRODUCT"] if n.startswith("methane")]:
            del file[f"PRODUCT/{name}"]
    with pytest.raises(UnknownProduct):
        open_scene(path)


def test_blended_pixels_find_their_neighbours_by_their_corners(product_files, tmp_path):
    """The file has no pixel numbers; distances on the rebuilt grid must be those of the swath."""
    by_corner = open_scene(product_files.write_blended(tmp_path, rows=24, columns=20, cloud_share=0.2))
    by_number = open_scene(
        product_files.write_blended(tmp_path, rows=24, columns=20, cloud_share=0.2, numbered=True, name="n.nc")
    )
    ours = {
        (round(float(lon), 3), round(float(lat), 3)): (row, column)
        for (row, column), lon, lat in zip(
            np.ndindex(by_corner.shape), by_corner.footprint.longitude.flat, by_corner.footprint.latitude.flat,
            strict=True,
        )
        if np.isfinite(lon)
    }  # fmt: skip
    shifts = set()
    for (row, column), lon, lat in zip(
        np.ndindex(by_number.shape), by_number.footprint.longitude.flat, by_number.footprint.latitude.flat,
        strict=True,
    ):  # fmt: skip
        if np.isfinite(lon):
            mine = ours[(round(float(lon), 3), round(float(lat), 3))]
            shifts.add((mine[0] - row, mine[1] - column))
    assert len(shifts) == 1


def test_the_blended_product_needs_a_time_of_each_observation(product_files, tmp_path):
    path = product_files.write_blended(tmp_path)
    with h5py.File(path, "a") as file:
        del file["time_utc"]
    with pytest.raises(TimeMissing, match="time_utc"):
        open_scene(path)


def test_real_crops_open_with_winds_and_corners(shared_data):
    for path in sorted((shared_data / "tropomi").glob("*.nc")):
        scene = open_scene(path)
        assert scene.shape == (32, 32) and scene.time.year == 2021
        assert {"eastward_wind", "corner_longitude", "albedo_swir"} <= set(scene.dataset)
        assert Flag.ANGLES_FROM_COSINES in scene.flags
