"""The picture of a plume that a map lays over the ground."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from superemitter.model.errors import SceneError
from superemitter.publish.overlay import LARGEST_SIDE, colours, plume_overlay
from superemitter.publish.raster import write_enhancement

KINDS = ["glt", "map", "rotated", "lonlat"]


def around(plume, reach=0.01):
    found = plume.plume
    lon, lat = found.source_longitude, found.source_latitude
    return shapely.box(lon - reach, lat - reach, lon + reach, lat + reach)


@pytest.fixture
def written(make_result, footprints, tmp_path):
    """Writes the map of a kind of footprint; returns the result and the path."""

    def write(kind="map"):
        result = make_result(footprints[kind]())
        write_enhancement(result, tmp_path / "enhancement.tif")
        return result, tmp_path / "enhancement.tif"

    return write


def picture(overlay):
    """Red, green, blue and opacity, 0 to 1."""
    return imread(io.BytesIO(overlay.png), format="png")


@pytest.mark.parametrize("kind", KINDS)
def test_the_plume_is_where_the_corners_say(written, kind):
    result, path = written(kind)
    first = result.plumes[0]
    overlay = plume_overlay(path, around(first))
    (west, north), (east, _), (_, south), _ = overlay.corners
    shown = picture(overlay)
    rows, columns = shown.shape[:2]
    lon, lat = first.plume.source_longitude, first.plume.source_latitude
    column, row = (lon - west) / (east - west) * columns, (north - lat) / (north - south) * rows
    near = shown[int(row) - 4 : int(row) + 5, int(column) - 4 : int(column) + 5, 3]
    assert near.max() > 0.9  # the plume begins there, at fifteen times the noise
    assert shown[:, :, 3].mean() < 0.4  # most of the ground shows through


def test_what_is_below_the_noise_is_not_drawn_at_all(written):
    _, path = written()
    with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as image:
        values = np.full(image.shape, 0.99 * 280.0, dtype=np.float32)
        values[50:60, 50:60] = 900.0
        image.write(values, 1)
        whole = shapely.box(*rasterio.warp.transform_bounds(image.crs, "EPSG:4326", *image.bounds))
    shown = picture(plume_overlay(path, whole))
    assert shown[50:60, 50:60, 3].min() > 0.9
    shown[50:60, 50:60] = 0
    assert not shown.any()


def test_the_strongest_cells_have_the_last_colour(written):
    result, path = written()
    overlay = plume_overlay(path, around(result.plumes[0], 0.02))
    assert overlay.low_ppm_m == 0.0 and 2000.0 < overlay.high_ppm_m < 5000.0
    shown = np.round(255 * picture(overlay)[..., :3]).astype(int)
    last = tuple(int(colours()[-1][k : k + 2], 16) for k in (1, 3, 5))
    assert (np.abs(shown - last).max(axis=-1) <= 1).any()


def test_equal_maps_give_equal_bytes(written):
    result, path = written()
    assert plume_overlay(path, around(result.plumes[0])) == plume_overlay(path, around(result.plumes[0]))


def made(path: Path, shape, *, transform=None, crs="EPSG:32611", fill=500.0, **more) -> Path:
    """A map with our bands and one value."""
    profile = {"driver": "GTiff", "dtype": "float32", "count": 3, "height": shape[0], "width": shape[1]}
    transform = transform or rasterio.Affine(3.0, 0.0, 350_000.0, 0.0, -3.0, 3_800_000.0)
    with rasterio.open(
        path, "w", **{**profile, "crs": crs, "transform": transform, "sparse_ok": True, **more}
    ) as out:
        if fill is not None:
            for band in (1, 2, 3):
                out.write(np.full(shape, fill / band**2, dtype=np.float32), band)
        out.descriptions = ("enhancement_ppm_m", "sigma_ppm_m", "detection_score")
    return path


def test_a_large_plume_is_thinned(tmp_path):
    path = made(tmp_path / "large.tif", (1500, 2000))
    with rasterio.open(path) as image:
        whole = shapely.box(*rasterio.warp.transform_bounds(image.crs, "EPSG:4326", *image.bounds))
    overlay = plume_overlay(path, whole)
    assert max(picture(overlay).shape) == LARGEST_SIDE
    assert len(overlay.png) < 1_500_000


def test_across_the_antimeridian_the_corners_run_on(tmp_path):
    grid = rasterio.Affine(0.001, 0.0, 179.9, 0.0, -0.001, 10.1)
    path = made(tmp_path / "date-line.tif", (200, 200), transform=grid, crs="EPSG:4326")
    for edges in ((179.98, 9.98, 180.02, 10.02), (-180.02, 9.98, -179.98, 10.02)):
        overlay = plume_overlay(path, shapely.box(*edges))
        (west, _), (east, _), _, _ = overlay.corners
        assert 0.04 < east - west < 0.06
        assert picture(overlay)[..., 3].mean() > 0.8  # all but the rounded corners


def test_a_plume_beside_the_map_is_refused(written):
    result, path = written()
    west, south, east, north = around(result.plumes[0]).bounds
    for edges in ((west + 5, south, east + 5, north), (west, south - 40, east, north - 40)):
        with pytest.raises(SceneError):
            plume_overlay(path, shapely.box(*edges))


def test_what_lies_beside_the_plume_is_not_drawn(written):
    result, path = written("map")
    first, second = (around(one, 0.003) for one in result.plumes)
    whole = plume_overlay(path, shapely.unary_union([first, second]))
    (west, north), (east, _), (_, south), _ = whole.corners
    shown = picture(whole)
    x, y = ((first.centroid.x + second.centroid.x) / 2, (first.centroid.y + second.centroid.y) / 2)
    row, column = int((north - y) / (north - south) * len(shown)), int((x - west) / (east - west) * shown.shape[1])
    assert not shown[row - 8 : row + 9, column - 8 : column + 9].any()  # noise and gas are there, but not drawn


def test_a_map_in_one_huge_block_is_refused(tmp_path):
    path = made(
        tmp_path / "bomb.tif", (60_000, 60_000), fill=None, blockxsize=60_000, blockysize=60_000, tiled=False
    )
    with rasterio.open(path) as image:
        middle = shapely.box(*rasterio.warp.transform_bounds(image.crs, "EPSG:4326", *image.bounds))
    with pytest.raises(SceneError, match="covers more than"):
        plume_overlay(path, middle)
    tiled = made(tmp_path / "tiled.tif", (100, 100), fill=None, tiled=True, blockxsize=8192, blockysize=8192)
    with pytest.raises(SceneError, match="too large to read"):
        plume_overlay(tiled, middle)


def test_other_files_are_refused(tmp_path, written):
    _, path = written()
    plain = made(tmp_path / "other.tif", (50, 50))
    with rasterio.open(plain, "r+") as image:
        image.descriptions = ("red", "green", "blue")
    catalogue = tmp_path / "catalogue.vrt"
    catalogue.write_text(
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f"<SourceFilename>{path}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    empty = tmp_path / "empty.tif"
    empty.write_bytes(b"")
    for bad in (plain, catalogue, empty, tmp_path / "missing.tif", tmp_path):
        with pytest.raises(SceneError):
            plume_overlay(bad, shapely.box(61.0, 34.0, 61.1, 34.1))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overlay")
    return made(folder / "good.tif", (64, 64), compress="deflate").read_bytes(), folder / "bad.tif"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # GDAL's message is no UTF-8
@given(data=st.data())
def test_a_damaged_map_gives_a_picture_or_a_clear_error(template, data):
    content, path = template
    changed = bytearray(content[: data.draw(st.integers(0, len(content)), label="length")])
    for place in data.draw(st.lists(st.integers(0, max(0, len(changed) - 1)), max_size=8), label="places"):
        if changed:
            changed[place] = data.draw(st.integers(0, 255))
    path.write_bytes(changed)
    try:
        overlay = plume_overlay(path, shapely.box(-118.65, 34.32, -118.62, 34.34))
    except SceneError:
        return
    assert overlay.png.startswith(b"\x89PNG")


def test_the_colour_bar_runs_from_dark_to_light():
    light = [
        sum(int(one[k : k + 2], 16) * share for k, share in ((1, 0.3), (3, 0.59), (5, 0.11))) for one in colours(9)
    ]
    assert light == sorted(light) and light[0] < 5 and light[-1] > 230
