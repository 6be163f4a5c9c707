"""Facility lists: every format gives the same nouns, and a row that is no place is refused by its number."""

import json

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely

from superemitter.model import Facility
from superemitter.model.errors import FacilityError
from superemitter.observe.facilities import FacilityIndex, near, read_facilities
from superemitter.observe.facilities import read as read_module


def write(tmp_path, text, name="list.txt", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding, newline="")
    return path


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(longitude, latitude):
    return {"type": "Point", "coordinates": [longitude, latitude]}


def collection(tmp_path, *features, **members):
    document = {"type": "FeatureCollection", "features": list(features), **members}
    return write(tmp_path, json.dumps(document, ensure_ascii=False))


def geopackage(path, geometries, names, crs="EPSG:4326", layer="wells", **options):
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(geometries, dtype=object)),
        field_data=[np.array(names, dtype=object)],
        fields=np.array(["FAC_NAME"]),
        geometry_type=geometries[0].geom_type,
        crs=crs,
        layer=layer,
        driver="GPKG",
        **options,
    )
    return path


# CSV


def test_csv_columns_are_recognised_by_their_names_and_the_rest_kept(tmp_path):
    text = "Facility Name,OWNER,LAT,Long,FAC_ID,FAC_TYPE,depth\n沙曲一号煤矿,华晋焦煤,37.4,110.9,M7,shaft,500 m\n"
    (only,) = read_facilities(write(tmp_path, text)).facilities
    assert (only.facility_id, only.name, only.operator, only.kind) == ("M7", "沙曲一号煤矿", "华晋焦煤", "shaft")
    assert (only.longitude, only.latitude, only.radius_m) == (110.9, 37.4, 50.0)
    assert only.properties["depth"] == "500 m"


def test_chinese_column_names_and_a_byte_order_mark_are_read(tmp_path):
    text = "名称,经度,纬度\n潘集第三煤矿,116.8,32.8\n"
    (only,) = read_facilities(write(tmp_path, text, encoding="utf-8-sig")).facilities
    assert (only.name, only.longitude, only.latitude) == ("潘集第三煤矿", 116.8, 32.8)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    text = delimiter.join(("name", "lat", "lon")) + "\r\n" + delimiter.join(("a", "1.5", "2.5")) + "\r\n"
    (only,) = read_facilities(write(tmp_path, text)).facilities
    assert (only.name, only.latitude) == ("a", 1.5)


def test_the_first_column_that_says_something_wins(tmp_path):
    text = "id,lat,lon,operator,owner\n1,1,2,N/A,Owner A\n2,1,2,Operator B,Owner B\n3,1,2,,\n"
    operators = [f.operator for f in read_facilities(write(tmp_path, text)).facilities]
    assert operators == ["Owner A", "Operator B", ""]


def test_rows_that_are_no_place_are_refused_by_number_and_the_others_kept(tmp_path):
    rows = ["1,37,112", "2,,", "3,112,37", "4,nan,5", "5,-999,-999", "6,0,0", "7,abc,5", "8,200,300", "9,10"]
    result = read_facilities(write(tmp_path, "id,lat,lon\n" + "\n".join(rows)))
    assert [f.facility_id for f in result.facilities] == ["1"]
    assert {r.row: r.reason for r in result.refused} == {
        2: "no coordinates",
        3: "longitude 37, latitude 112: they look swapped",
        4: "no coordinates",
        5: "no coordinates",
        6: "coordinates 0, 0 stand for unknown",
        7: "lat is 'abc', not a number of degrees",
        8: "longitude 300, latitude 200 is no place on Earth",
        9: "no coordinates",
    }


def test_longitudes_of_0_to_360_are_turned(tmp_path):
    (only,) = read_facilities(write(tmp_path, "name,lat,lon\na,31.9,257.9\n")).facilities
    assert only.longitude == pytest.approx(-102.1)


def test_a_list_that_is_swapped_throughout_says_so(tmp_path):
    path = write(tmp_path, "name,lat,lon\na,112,37\nb,113,38\n")
    with pytest.raises(FacilityError, match=r"row 1: .*swapped") as caught:
        read_facilities(path)
    assert "exchange the columns" in caught.value.hint


def test_a_list_without_coordinates_names_the_first_reason(tmp_path):
    with pytest.raises(FacilityError, match=r"none of the 1 rows .* no columns latitude and longitude"):
        read_facilities(write(tmp_path, "name,place\na,here\n"))


def test_coordinates_called_approximate_get_a_wide_radius_unless_one_is_stated(tmp_path):
    text = "lat,lon,location-accuracy,radius_m\n1,1,approximate,\n1,1,exact,\n1,1,approximate,300\n"
    assert [f.radius_m for f in read_facilities(write(tmp_path, text)).facilities] == [1000.0, 50.0, 300.0]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_another_encoding_is_refused_with_what_to_do(tmp_path, encoding):
    path = write(tmp_path, "name,lat,lon\n煤矿,1,2\n", encoding=encoding)
    with pytest.raises(FacilityError, match="not UTF-8") as caught:
        read_facilities(path)
    assert "CSV UTF-8" in caught.value.hint


# GeoJSON


def test_a_polygon_becomes_its_centre_and_its_reach(tmp_path):
    ring = [[112.0, 37.0], [112.1, 37.0], [112.1, 37.1], [112.0, 37.1], [112.0, 37.0]]
    path = collection(tmp_path, feature({"type": "Polygon", "coordinates": [ring]}, name="mine"))
    (mine,) = read_facilities(path).facilities
    assert (mine.longitude, mine.latitude) == pytest.approx((112.05, 37.05))
    _, _, half_diagonal = pyproj.Geod(ellps="WGS84").inv(112.05, 37.05, 112.1, 37.1)
    assert mine.radius_m == pytest.approx(half_diagonal, rel=2e-3)


def test_a_crescent_is_not_placed_beside_itself(tmp_path):
    crescent = shapely.Point(10, 10).buffer(1).difference(shapely.Point(10.4, 10).buffer(1))
    (only,) = read_facilities(collection(tmp_path, feature(crescent.__geo_interface__))).facilities
    assert crescent.covers(shapely.Point(only.longitude, only.latitude))


def test_a_line_reaches_its_farther_end(tmp_path):
    line = {"type": "LineString", "coordinates": [[0.0, 10.0], [0.0, 10.1]]}
    (only,) = read_facilities(collection(tmp_path, feature(line))).facilities
    assert only.radius_m == pytest.approx(5530, rel=1e-2)


def test_a_geometry_in_another_system_is_turned_into_wgs84(tmp_path):
    east, north = pyproj.Transformer.from_crs(4326, 32649, always_xy=True).transform(112.6, 37.1)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32649"}}
    (only,) = read_facilities(collection(tmp_path, feature(point(east, north)), crs=crs)).facilities
    assert (only.longitude, only.latitude) == pytest.approx((112.6, 37.1))


def test_features_without_geometry_fall_back_to_columns_or_are_refused(tmp_path):
    path = collection(
        tmp_path,
        feature(None, name="a", lat=1, lon=2),
        feature(None, name="b"),
        feature({"type": "Point", "coordinates": []}, name="c"),
        feature({"type": "Nonsense"}, name="d"),
        "no feature",
        feature(point(3, 4), name="e", tags=["气"], rate=None),
    )
    result = read_facilities(path)
    assert [f.name for f in result.facilities] == ["a", "e"]
    assert [r.row for r in result.refused] == [2, 3, 4, 5]
    assert dict(result.facilities[1].properties) == {"name": "e", "tags": '["气"]', "rate": ""}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ('{"type": "FeatureCollection", "features": [', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"type": "Topology"}', "not a GeoJSON"),
        ("[1, 2]", "not a GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "lists no facility"),
        ("just text\nmore\n", "one column"),
        ("name,lat,lon\n", "lists no facility"),
        ("a\0b,c\n", "not a facility list"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, text, says):
    with pytest.raises(FacilityError, match=says):
        read_facilities(write(tmp_path, text))


def test_an_unknown_coordinate_system_is_refused(tmp_path):
    crs = {"type": "name", "properties": {"name": "EPSG:999999"}}
    with pytest.raises(FacilityError, match="coordinate system"):
        read_facilities(collection(tmp_path, feature(point(1, 2)), crs=crs))


def test_a_missing_file_is_a_facility_error(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FacilityError, match="cannot be opened"):
            read_facilities(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(read_module, "MAX_BYTES", 10)
    with pytest.raises(FacilityError, match="larger than"):
        read_facilities(write(tmp_path, "name,lat,lon\na,1,2\n"))


# GeoPackage


def test_a_geopackage_in_any_system_is_read_whatever_its_name(tmp_path):
    move = pyproj.Transformer.from_crs(4326, 32649, always_xy=True).transform
    path = geopackage(tmp_path / "x.gpkg", [shapely.Point(*move(112.6, 37.1))], ["井"], crs="EPSG:32649")
    (only,) = read_facilities(path.rename(tmp_path / "list.dat")).facilities
    assert only.name == "井"
    assert (only.longitude, only.latitude) == pytest.approx((112.6, 37.1))


def test_all_layers_are_read_or_one_and_bounds_choose_a_part(tmp_path):
    path = tmp_path / "ogim.gpkg"
    geopackage(path, [shapely.Point(1, 1), shapely.Point(50, 50)], ["a", "b"])
    geopackage(path, [shapely.box(1.0, 1.0, 1.1, 1.1)], ["field"], layer="fields", append=True)
    names = [f.name for f in read_facilities(path).facilities]
    assert names == ["a", "b", "field"]
    assert [f.name for f in read_facilities(path, layer="wells").facilities] == ["a", "b"]
    assert [f.name for f in read_facilities(path, bounds=(0, 0, 2, 2)).facilities] == ["a", "field"]
    with pytest.raises(FacilityError, match="no layer 'pipes'"):
        read_facilities(path, layer="pipes")


def test_a_damaged_geopackage_is_refused(tmp_path):
    path = tmp_path / "cut.gpkg"
    path.write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(FacilityError, match="cannot be read"):
        read_facilities(path)


# near


def test_near_agrees_with_measuring_every_distance(rng):
    places = [
        Facility(facility_id=str(i), name="", longitude=lon, latitude=lat, radius_m=r)
        for i, (lon, lat, r) in enumerate(
            zip(rng.uniform(-180, 180, 3000), rng.uniform(-90, 90, 3000), rng.uniform(1, 1e5, 3000), strict=True)
        )
    ]
    geod = pyproj.Geod(ellps="WGS84")
    index = FacilityIndex.of(places)
    for longitude, latitude in ((0.0, 0.0), (179.9, 60.0), (-30.0, 89.9), (10.0, -45.0)):
        distance = {p.facility_id: geod.inv(longitude, latitude, p.longitude, p.latitude)[2] for p in places}
        expected = {p.facility_id for p in places if distance[p.facility_id] <= 500_000 + p.radius_m}
        found = [p.facility_id for p in index.near(longitude, latitude, 500_000)]
        assert set(found) == expected
        assert found == sorted(found, key=distance.__getitem__)


def test_near_an_empty_list_is_nothing():
    assert near((), 0.0, 0.0, 1000.0) == ()


# real lists


def test_the_coal_mine_list_works_as_it_is(shared_data):
    result = read_facilities(shared_data / "facilities" / "GEM_coal_mine_boundaries_methane_v1.0.2.geojson")
    assert (len(result.facilities), result.refused) == (2116, ())
    by_id = {f.facility_id: f for f in result.facilities}
    assert len(by_id) == 2116
    shaft = by_id["M5206.P1"]
    assert (shaft.name, shaft.properties["Owners (Non-ENG)"]) == (
        "Pansan Coal Mine",
        "淮南矿业（集团）有限责任公司潘集第三煤矿",
    )
    assert by_id["M0086.B1"].kind == "mine boundary: surface"
    assert 5_000 < by_id["M0086.B1"].radius_m < 30_000
    assert by_id["M0086.P1"].operator == "Pembroke Resources [100%]"
    assert sum(f.kind == "ventilation system: shaft" for f in result.facilities) == 422


@pytest.mark.parametrize(
    ("name", "usable", "refused", "first"),
    [
        ("EPA_GHGRP_2023_facilities_geo.csv", 7538, 568, "PSE Ferndale Generating Station"),
        ("GEM_GMET_2025_methane_emitters_tracker_map.csv", 9774, 0, "Airly Coal Mine"),
        ("GEM_GOGET_2025-02-26.csv", 7326, 70, "Matzen Oil and Gas Field (Austria)"),
        ("skytruth_offshore_sites.csv", 3572, 0, "row-1"),
    ],
)
def test_published_tables_are_read_and_their_faults_counted(shared_data, name, usable, refused, first):
    """568 reporters give no coordinates; 70 Russian fields of GOGET have theirs swapped."""
    result = read_facilities(shared_data / "facilities" / name)
    assert (len(result.facilities), len(result.refused)) == (usable, refused)
    assert result.facilities[0].name == first
