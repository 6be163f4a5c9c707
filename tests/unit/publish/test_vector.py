"""plumes.geojson and plumes.csv."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
import shapely

from superemitter.publish.records import csv_columns
from superemitter.publish.vector import csv_text, feature_collection, write_csv, write_geojson


def read_csv(path):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


@pytest.mark.parametrize("kind", ["glt", "map", "rotated", "lonlat"])
def test_the_outline_covers_the_plume_s_pixels_and_has_their_area(make_result, footprints, kind):
    footprint = footprints[kind]()
    result = make_result(footprint)
    for feature, plume in zip(feature_collection(result)["features"], result.plumes, strict=True):
        outline = shapely.geometry.shape(feature["geometry"])
        mask = plume.plume.mask
        centres = shapely.points(footprint.longitude[mask], footprint.latitude[mask])
        assert outline.is_valid
        assert shapely.contains(outline, centres).all()
        others = shapely.points(footprint.longitude[~mask], footprint.latitude[~mask])
        assert not shapely.intersects(outline, others).any()
        m2_per_degree2 = 111_320.0 * np.cos(np.radians(outline.centroid.y)) * 110_900.0
        assert outline.area * m2_per_degree2 == pytest.approx(plume.plume.area_m2, rel=0.02)


def test_exterior_rings_run_counter_clockwise(make_result):
    for feature in feature_collection(make_result())["features"]:
        outline = shapely.geometry.shape(feature["geometry"])
        assert all(polygon.exterior.is_ccw for polygon in shapely.get_parts(outline))


def test_a_plume_across_the_antimeridian_is_cut_in_two(make_result, footprints):
    footprint = footprints["lonlat"](lon0=180.012)
    outline = shapely.geometry.shape(feature_collection(make_result(footprint))["features"][0]["geometry"])
    west, _, east, _ = outline.bounds
    assert outline.geom_type == "MultiPolygon"
    assert (west, east) == (-180.0, 180.0)
    assert {round(abs(p.centroid.x)) for p in outline.geoms} == {180}
    whole = feature_collection(make_result(footprints["lonlat"](lon0=20.012)))["features"][0]["geometry"]
    assert outline.area == pytest.approx(shapely.geometry.shape(whole).area, rel=1e-9)


def test_a_hole_in_the_coordinates_costs_no_neighbour(make_result, footprints):
    footprint = footprints["lonlat"]()
    result = make_result(footprint)
    mask = result.plumes[0].plume.mask
    row, column = (int(v) for v in np.argwhere(mask)[mask.sum() // 2])
    before = shapely.geometry.shape(feature_collection(result)["features"][0]["geometry"])
    footprint.longitude[row, column] = np.nan
    footprint.latitude[row, column] = np.nan
    outline = shapely.geometry.shape(feature_collection(result)["features"][0]["geometry"])
    assert outline.is_valid
    assert outline.area == pytest.approx(before.area * (1 - 1 / mask.sum()), rel=2e-3)


def test_a_plume_without_coordinates_has_a_null_geometry(make_result, footprints):
    footprint = footprints["lonlat"]()
    result = make_result(footprint)
    footprint.longitude[:] = np.nan
    assert feature_collection(result)["features"][0]["geometry"] is None


def test_geojson_says_when_it_is_simulated(make_result, tmp_path):
    write_geojson(make_result(), tmp_path / "plumes.geojson")
    page = json.loads((tmp_path / "plumes.geojson").read_text(encoding="utf-8"))
    assert page["simulated"] is True
    assert "SIMULATED" in page["notice"]
    assert "crs" not in page
    assert "notice" not in feature_collection(make_result(simulated=False))


def test_names_keep_their_script(make_result, tmp_path):
    write_geojson(make_result(), tmp_path / "plumes.geojson")
    write_csv(make_result(), tmp_path / "plumes.csv")
    assert "煤矿" in (tmp_path / "plumes.geojson").read_text(encoding="utf-8")
    assert "煤矿" in read_csv(tmp_path / "plumes.csv")[0]["facility_name"]


def test_without_a_plume_the_table_is_a_header_and_the_collection_empty(make_result, tmp_path):
    write_csv(make_result(plumes=0), tmp_path / "plumes.csv")
    assert (tmp_path / "plumes.csv").read_bytes() == (",".join(csv_columns()) + "\r\n").encode()
    assert feature_collection(make_result(plumes=0))["features"] == []


def test_csv_and_geojson_tell_the_same_numbers(make_result, tmp_path):
    result = make_result()
    write_csv(result, tmp_path / "plumes.csv")
    rows = read_csv(tmp_path / "plumes.csv")
    for row, feature in zip(rows, feature_collection(result)["features"], strict=True):
        for name in ("rate_kg_h", "source_longitude", "ime_kg", "wind_speed_m_s", "facility_probability"):
            assert float(row[name]) == feature["properties"][name]
        assert row["simulated"] == "true"


def test_unknown_is_an_empty_cell(make_result, tmp_path):
    write_csv(make_result(wind=False, with_facilities=False), tmp_path / "plumes.csv")
    row = read_csv(tmp_path / "plumes.csv")[0]
    assert (row["rate_kg_h"], row["wind_source"], row["facility_name"], row["sigma_mask_kg_h"]) == ("", "", "", "")
    assert "nan" not in (tmp_path / "plumes.csv").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_name_cannot_become_a_formula(text):
    (row,) = csv.DictReader(io.StringIO(csv_text(["name"], [{"name": text}]), newline=""))
    assert row["name"] == f"'{text}"


def test_a_negative_number_stays_a_number():
    assert csv_text(["x"], [{"x": -1.5}]) == "x\r\n-1.5\r\n"
