"""What holds of every published outline, table and map."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from superemitter.model import Footprint, MapGrid
from superemitter.publish.geometry import bounding_box, on_earth, pixel_corners, plume_outline
from superemitter.publish.grid import north_up
from superemitter.publish.vector import csv_text

masks = arrays(bool, st.tuples(st.integers(2, 9), st.integers(2, 9))).filter(lambda mask: mask.any())


@given(
    mask=masks,
    lon0=st.floats(-180, 180),
    lat0=st.floats(-60, 60),
    turn=st.floats(0, 6.28),
)
@settings(max_examples=60, deadline=None)
def test_an_outline_is_valid_on_earth_and_as_large_as_its_pixels(mask, lon0, lat0, turn):
    step = 0.0005
    row, column = np.indices(mask.shape)
    longitude = lon0 + step * (column * np.cos(turn) + row * np.sin(turn))
    latitude = lat0 + step * (column * np.sin(turn) - row * np.cos(turn))
    wrapped = Footprint(longitude=(longitude + 180) % 360 - 180, latitude=latitude)
    outline = plume_outline(wrapped, mask)
    assert shapely.is_valid(outline)
    west, south, east, north = shapely.bounds(outline)
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    assert all(part.exterior.is_ccw for part in shapely.get_parts(outline))
    assert outline.area == pytest.approx(mask.sum() * step**2, rel=1e-6)


@given(lon=st.floats(-180, 180), width=st.floats(0.01, 20))
def test_the_box_holds_the_outline_on_either_side_of_the_antimeridian(lon, width):
    outline = on_earth(shapely.box(lon, 10.0, lon + width, 11.0))
    west, _, east, _ = bounding_box(outline)
    assert (east - west) % 360 == pytest.approx(width, abs=1e-9)


@given(
    centres=arrays(float, (4, 5), elements=st.floats(-5, 5)),
    hole=st.tuples(st.integers(0, 3), st.integers(0, 4)),
)
def test_corners_are_finite_wherever_a_pixel_is_known(centres, hole):
    x = np.arange(5.0) + 0.01 * centres
    x[hole] = np.nan
    corner_x, _ = pixel_corners(x, x)
    row, column = np.nonzero(np.isfinite(x))
    for down in (0, 1):
        for right in (0, 1):
            assert np.isfinite(corner_x[row + down, column + right]).all()


@given(
    texts=st.lists(
        st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\x00"))), min_size=1
    )
)
def test_every_table_reads_back_and_holds_no_formula(texts):
    rows = csv.DictReader(io.StringIO(csv_text(["a", "b"], [{"a": t, "b": 1.0} for t in texts]), newline=""))
    for row, text in zip(rows, texts, strict=True):
        assert row["a"] in (text or "", f"'{text}")
        assert not row["a"].startswith(("=", "+", "-", "@", "\t", "\r"))


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_unchanged(value):
    assert float(csv_text(["a"], [{"a": value}]).split("\r\n")[1]) == value


@given(shape=st.tuples(st.integers(2, 40), st.integers(2, 40)), turn=st.floats(-3.1, 3.1), mirrored=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_rotated_map_loses_no_inner_pixel_by_more_than_one_cell(shape, turn, mirrored):
    size = 5.0
    a, b = size * np.cos(turn), size * np.sin(turn)
    sign = 1.0 if mirrored else -1.0
    transform = (a, -sign * b, 1000.0, b, sign * a, 2000.0)
    plane = np.zeros(shape)
    footprint = Footprint(
        longitude=plane, latitude=plane, grid=MapGrid(crs="EPSG:32611", transform=transform, shape=shape)
    )
    view = north_up(footprint)
    assert view.grid.north_up
    row, column = np.nonzero(view.index >= 0)
    shown = view.index[row, column]
    i, j = shown // shape[1] + 0.5, shown % shape[1] + 0.5
    x, y = a * j - sign * b * i + 1000.0, b * j + sign * a * i + 2000.0
    step, _, west, _, _, north = view.grid.transform
    assert step == pytest.approx(size)
    if row.size:
        assert np.abs(west + step * (column + 0.5) - x).max() <= size * 0.7072
        assert np.abs(north - step * (row + 0.5) - y).max() <= size * 0.7072
    assert row.size == pytest.approx(shape[0] * shape[1], abs=2.5 * (shape[0] + shape[1]))
