"""item.json."""

from __future__ import annotations

import hashlib
import json

import pystac.validation
import pytest
import shapely

from superemitter.publish.geometry import bounding_box, scene_outline
from superemitter.publish.grid import north_up
from superemitter.publish.stac import write_item
from superemitter.publish.vector import write_csv


def item_of(result, folder):
    write_item(result, folder, north_up(result.enhancement.footprint))
    return json.loads((folder / "item.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["glt", "map", "rotated", "lonlat"])
def test_the_item_is_valid_against_the_core_schema_offline(make_result, footprints, tmp_path, kind):
    page = item_of(make_result(footprints[kind]()), tmp_path)
    assert page["stac_version"] == "1.1.0"
    # The schemas of the extensions are not packaged with pystac; their fields are tested one by one below.
    assert pystac.validation.validate_dict({**page, "stac_extensions": []})


def test_checksums_and_sizes_are_those_of_the_files(make_result, tmp_path):
    result = make_result()
    write_csv(result, tmp_path / "plumes.csv")
    asset = item_of(result, tmp_path)["assets"]["plumes-csv"]
    data = (tmp_path / "plumes.csv").read_bytes()
    assert asset["file:size"] == len(data)
    assert asset["file:checksum"] == "1220" + hashlib.sha256(data).hexdigest()
    assert asset["href"] == "./plumes.csv"


def test_the_grid_of_the_map_is_told(make_result, footprints, tmp_path):
    asset = item_of(make_result(footprints["map"]()), tmp_path)["assets"]["enhancement"]
    assert asset["proj:code"] == "EPSG:32611"
    assert asset["proj:shape"] == [120, 100]
    assert [band["name"] for band in asset["bands"]] == ["enhancement_ppm_m", "sigma_ppm_m", "detection_score"]
    west, south, east, north = asset["proj:bbox"]
    assert (west, north) == (350_000.0, 3_800_000.0)
    assert (east - west, north - south) == (6000.0, 7200.0)


@pytest.mark.parametrize("kind", ["glt", "map", "rotated", "lonlat"])
def test_the_outline_holds_every_pixel_and_little_else(make_result, footprints, kind):
    footprint = footprints[kind]()
    outline = scene_outline(make_result(footprint).enhancement)
    centres = shapely.points(footprint.longitude.ravel(), footprint.latitude.ravel())
    assert shapely.intersects(outline, centres).all()
    assert outline.area < 1.05 * shapely.convex_hull(shapely.multipoints(centres)).area


def test_an_image_whose_border_has_no_coordinates_still_has_an_outline(make_result, footprints):
    footprint = footprints["lonlat"]()
    footprint.longitude[:4, :7] = float("nan")
    result = make_result(footprint)
    assert shapely.contains_xy(
        scene_outline(result.enhancement), footprint.longitude[60, 50], footprint.latitude[60, 50]
    )


def test_the_box_of_a_scene_across_the_antimeridian_runs_from_east_to_west(make_result, footprints):
    outline = scene_outline(make_result(footprints["lonlat"](lon0=180.0)).enhancement)
    west, south, east, north = bounding_box(outline)
    assert 179.9 < west < 180.0
    assert -180.0 < east < -179.9
    assert south < 38.4 < north


def test_simulated_scenes_are_named_so(make_result, tmp_path):
    properties = item_of(make_result(), tmp_path)["properties"]
    assert properties["title"].startswith("SIMULATED")
    assert properties["superemitter:simulated"] is True
    assert properties["superemitter:plume_count"] == 2
    assert properties["superemitter:max_rate_kg_h"] == 1240.0 + 1.0 / 3.0
