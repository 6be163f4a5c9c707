"""Features in the four formats, read back by programs of others."""

from __future__ import annotations

import csv
import json
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from superemitter.model.errors import InvalidValue, OutputError
from superemitter.publish.cells import csv_cell
from superemitter.publish.features import (
    MEDIA_TYPES,
    WRITERS,
    Column,
    Feature,
    Layer,
    write_csv,
    write_geojson,
    write_geopackage,
    write_geoparquet,
)

LAYER = Layer(
    name="leaks",
    title="Leaks",
    columns=(
        Column(name="id", kind="text"),
        Column(name="rate_kg_h", kind="number"),
        Column(name="looks", kind="integer"),
        Column(name="simulated", kind="boolean"),
        Column(name="time", kind="time"),
    ),
)
NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


def leak(name: str, *, place: tuple[float, float] | None = (104.5, 31.25)) -> Feature:
    return Feature(
        id=name,
        place=None if place is None else {"type": "Point", "coordinates": list(place)},
        values={"id": name, "rate_kg_h": 1240.5, "looks": 3, "simulated": True, "time": NOON},
    )


def blank(name: str) -> Feature:
    return Feature(
        id=name,
        place=None,
        values={"id": name, "rate_kg_h": None, "looks": None, "simulated": None, "time": None},
    )


def test_geojson_holds_null_for_what_is_not_known(tmp_path: Path) -> None:
    assert write_geojson(LAYER, [leak("甲"), blank("b")], tmp_path / "a.geojson") == 2
    first, second = json.loads((tmp_path / "a.geojson").read_bytes())["features"]
    assert first["id"] == "甲" and first["geometry"]["coordinates"] == [104.5, 31.25]
    assert first["properties"]["time"] == "2026-09-01T12:00:00Z"
    assert second["geometry"] is None and second["properties"]["rate_kg_h"] is None


def test_csv_has_coordinates_with_their_unit_and_empty_cells(tmp_path: Path) -> None:
    assert write_csv(LAYER, [leak("a"), blank("b")], tmp_path / "a.csv") == 2
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["longitude_deg"] == "104.5" and rows[0]["simulated"] == "true"
    assert set(rows[1].values()) == {"b", ""}


@given(st.text(max_size=30))
def test_no_text_becomes_a_formula_and_every_text_can_be_read_back(text: str) -> None:
    cell = csv_cell(text)
    assert cell.removeprefix("'") == text.removeprefix("'") or cell == text
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝"))


def test_negative_numbers_stay_numbers() -> None:
    assert csv_cell(-1.5) == "-1.5"


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_an_empty_selection_makes_a_file_that_opens(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"none.{name}"
    assert WRITERS[name](LAYER, iter(()), path) == 0
    assert path.stat().st_size > 0 and name in MEDIA_TYPES
    if name == "csv":
        assert path.read_text(encoding="utf-8").startswith("id,longitude_deg,latitude_deg,rate_kg_h")
    elif name == "parquet":
        assert pq.read_table(path).num_rows == 0
    else:
        assert pyogrio.read_info(path)["features"] == 0


def test_geopackage_is_read_by_gdal_with_types_places_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    assert write_geopackage(LAYER, [leak("甲"), blank("b")], path) == 2
    info = pyogrio.read_info(path, layer="leaks")
    assert info["geometry_type"] == "Point" and info["crs"] == "EPSG:4326"
    assert info["ogr_types"] == ["OFTString", "OFTReal", "OFTInteger64", "OFTInteger", "OFTDateTime"]
    meta, _, geometry, fields = pyogrio.raw.read(path, layer="leaks")
    assert list(fields[list(meta["fields"]).index("id")]) == ["甲", "b"]
    assert shapely.from_wkb(geometry[0]).x == 104.5 and geometry[1] is None


def test_two_geopackages_of_one_moment_are_the_same_bytes(tmp_path: Path) -> None:
    layer = replace(LAYER, as_of=NOON)
    for name in ("a.gpkg", "b.gpkg"):
        write_geopackage(layer, [leak("a")], tmp_path / name)
        time.sleep(0.01)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_geoparquet_says_what_version_1_1_asks(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert write_geoparquet(LAYER, [leak("甲"), blank("b")], path) == 2
    table = pq.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0" and column["encoding"] == "WKB" and column["geometry_types"] == ["Point"]
    assert column["crs"]["id"] == {"authority": "OGC", "code": "CRS84"}
    assert str(table.schema.field("geometry").type) == "binary"
    assert str(table.schema.field("time").type) == "timestamp[ms, tz=UTC]"
    rows = table.to_pylist()
    assert shapely.from_wkb(rows[0]["geometry"]).y == 31.25 and rows[0]["time"] == NOON
    assert rows[1] == {name: "b" if name == "id" else None for name in table.column_names}


def test_polygons_on_both_sides_of_the_antimeridian_keep_their_parts(tmp_path: Path) -> None:
    layer = Layer(name="scenes", title="Scenes", columns=(Column(name="id", kind="text"),), shape="Polygon")
    halves = shapely.MultiPolygon([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    scene = Feature(id="s", place=json.loads(shapely.to_geojson(halves)), values={"id": "s"})
    write_geoparquet(layer, [scene], tmp_path / "s.parquet")
    write_geopackage(layer, [scene], tmp_path / "s.gpkg")
    kept = pq.read_table(tmp_path / "s.parquet").to_pylist()[0]["geometry"]
    assert shapely.from_wkb(kept).equals(halves)
    assert shapely.from_wkb(pyogrio.raw.read(tmp_path / "s.gpkg")[2][0]).equals(halves)


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_memory_does_not_grow_with_the_selection(name: str, tmp_path: Path) -> None:
    def many(count: int) -> Iterator[Feature]:
        for number in range(count):
            yield leak(f"leak-{number}-" + "x" * 500)

    def peak(count: int) -> int:
        tracemalloc.start()
        WRITERS[name](LAYER, many(count), tmp_path / f"{count}.{name}")
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(9_000) < peak(3_000) + 2_000_000  # 6,000 more of them are 7 MB


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_what_cannot_be_written_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        WRITERS[name](LAYER, [leak("a")], tmp_path / "nowhere" / f"a.{name}")


def test_times_before_1970_and_with_another_zone_are_the_same_moment(tmp_path: Path) -> None:
    early = datetime(1969, 12, 31, 20, 0, tzinfo=UTC) - timedelta(milliseconds=1)
    feature = Feature(id="a", place=None, values={**blank("a").values, "time": early})
    write_geoparquet(LAYER, [feature], tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet").to_pylist()[0]["time"] == early


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidValue):
        Layer(name="a", title="A", columns=(Column(name="geometry", kind="text"),))
    with pytest.raises(InvalidValue):
        Column(name="a", kind="colour")
