"""enhancement.tif."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.io import MemoryFile

from superemitter.model import Footprint
from superemitter.model.errors import InvalidValue, OutputError
from superemitter.publish import raster
from superemitter.publish.grid import metric_crs, north_up
from superemitter.publish.raster import write_enhancement


@pytest.fixture
def written(make_result, footprints, tmp_path):
    """Writes the file for a kind of footprint; returns the result and the path."""

    def write(kind):
        result = make_result(footprints[kind]())
        write_enhancement(result, tmp_path / "enhancement.tif")
        return result, tmp_path / "enhancement.tif"

    return write


def test_bands_units_and_tags_are_the_published_ones(written):
    _, path = written("glt")
    with rasterio.open(path) as image:
        assert image.descriptions == ("enhancement_ppm_m", "sigma_ppm_m", "detection_score")
        assert image.units == ("ppm m", "ppm m", "1")
        assert image.dtypes == ("float32",) * 3
        assert np.isnan(image.nodata)
        assert image.tags()["simulated"] == "true"
        assert image.tags()["run_id"] == "9f2c51d0a7b34e68"


def test_it_is_on_the_product_s_own_grid_and_equals_the_look_up(written):
    result, path = written("glt")
    footprint = result.enhancement.footprint
    with rasterio.open(path) as image:
        assert image.crs.to_epsg() == 4326
        assert tuple(image.transform)[:6] == footprint.grid.transform
        expected = footprint.to_grid(result.enhancement.enhancement_ppm_m)
        np.testing.assert_array_equal(image.read(1), expected)
        np.testing.assert_array_equal(image.read(3), footprint.to_grid(result.detection.score))


def test_a_north_up_image_is_written_as_it_is(written):
    result, path = written("map")
    with rasterio.open(path) as image:
        np.testing.assert_array_equal(image.read(2), result.enhancement.sigma_ppm_m)


@pytest.mark.parametrize("kind", ["glt", "map", "rotated", "lonlat"])
def test_each_cell_shows_a_pixel_that_lies_there(written, kind):
    result, path = written(kind)
    footprint = result.enhancement.footprint
    view = north_up(footprint)
    assert view.grid.north_up
    rows, columns = np.nonzero(view.index >= 0)
    shown = view.index[rows, columns]
    with rasterio.open(path) as image:
        x, y = rasterio.transform.xy(image.transform, rows, columns)
        to_map = Transformer.from_crs("EPSG:4326", image.crs, always_xy=True)
        px, py = to_map.transform(footprint.longitude.ravel()[shown], footprint.latitude.ravel()[shown])
        cell = abs(image.transform.a)
    assert np.hypot(px - x, py - y).max() < 1.08 * cell
    everyone = footprint.longitude.size
    assert np.unique(shown).size > 0.75 * everyone


def test_it_is_cloud_optimised(make_result, footprints, tmp_path, monkeypatch):
    monkeypatch.setattr(raster, "_PROFILE", {**raster._PROFILE, "blocksize": 128})
    write_enhancement(make_result(footprints["glt"]()), tmp_path / "x.tif")
    with rasterio.open(tmp_path / "x.tif") as image:
        assert image.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert image.profile["tiled"]
        assert image.overviews(1) == [2]
        assert image.tags(ns="IMAGE_STRUCTURE")["PREDICTOR"] == "3"
        whole = int(image.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
        overview = int(image.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1, ovr=0))
    # Overviews lie before the full image, so that a reader finds the coarse picture first.
    assert overview < whole


def test_a_failed_write_is_an_output_error(make_result, tmp_path, monkeypatch):
    monkeypatch.setattr(MemoryFile, "open", lambda *a, **k: (_ for _ in ()).throw(rasterio.RasterioIOError("no")))
    with pytest.raises(OutputError, match=r"enhancement\.tif"):
        write_enhancement(make_result(), tmp_path / "enhancement.tif")


def test_no_coordinates_at_all_is_refused(footprints):
    nowhere = np.full((4, 5), np.nan)
    with pytest.raises(InvalidValue, match="longitude"):
        north_up(Footprint(longitude=nowhere, latitude=nowhere))


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        ([-118.5], [34.0], "EPSG:32611"),
        ([25.0], [-26.0], "EPSG:32735"),
        ([179.9, -179.8], [10.0, 10.0], "EPSG:32601"),
        ([180.0], [10.0], "EPSG:32660"),
        ([0.0], [85.0], "EPSG:32661"),
    ],
)
def test_a_scene_without_a_grid_gets_the_metric_map_of_its_place(lon, lat, crs):
    assert metric_crs(np.array(lon), np.array(lat)) == crs
