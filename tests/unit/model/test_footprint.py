"""Where pixels lie and how large they are."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from superemitter.model import Footprint, MapGrid
from superemitter.model.errors import InvalidValue
from superemitter.model.footprint import distance_and_bearing, metres_per_degree

GEOD = Geod(ellps="WGS84")


def lattice(lon0, lat0, row_step, column_step, shape=(7, 8)):
    """Pixel centres at equal steps of longitude and latitude. [degree]"""
    row, column = np.mgrid[: shape[0], : shape[1]]
    longitude = lon0 + row * row_step[0] + column * column_step[0]
    latitude = lat0 + row * row_step[1] + column * column_step[1]
    return (longitude + 180.0) % 360.0 - 180.0, latitude


@pytest.fixture
def emit_crop(shared_data):
    folder = shared_data / "hyperspectral" / "emit_2022_obs_mask"
    with h5py.File(folder / "EMIT_L1B_OBS_001_20220827T060753_9999999_999.nc") as file:
        location = {name: file["location"][name][()] for name in ("lon", "lat", "glt_x", "glt_y")}
        west, step, _, north, _, down = (float(x) for x in file.attrs["geotransform"])
    grid = MapGrid(crs="EPSG:4326", transform=(step, 0.0, west, 0.0, down, north), shape=location["glt_x"].shape)
    return Footprint(
        longitude=location["lon"],
        latitude=location["lat"],
        grid=grid,
        glt_row=location["glt_y"].astype(np.int64) - 1,
        glt_column=location["glt_x"].astype(np.int64) - 1,
    )


@settings(max_examples=60, deadline=None)
@given(
    lon0=st.floats(-180, 180),
    lat0=st.floats(-70, 70),
    turn=st.floats(0, 360),
    shear=st.floats(-60, 60),
    size_m=st.floats(3, 100),
    aspect=st.floats(0.5, 2),
)
def test_the_area_is_that_of_the_geodesic_polygon_around_the_pixel(lon0, lat0, turn, shear, size_m, aspect):
    m_east, m_north = 111_320.0 * np.cos(np.radians(lat0)), 110_570.0
    along, across = np.radians(turn), np.radians(turn + 90.0 + shear)
    row_step = (size_m * np.sin(along) / m_east, size_m * np.cos(along) / m_north)
    column_step = (aspect * size_m * np.sin(across) / m_east, aspect * size_m * np.cos(across) / m_north)
    longitude, latitude = lattice(lon0, lat0, row_step, column_step)
    area = Footprint(longitude=longitude, latitude=latitude).pixel_area_m2
    for i, j in ((0, 0), (3, 4), (6, 7)):  # corners by one-sided, the middle by central differences
        corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)]
        lon = [longitude[i, j] + a * row_step[0] + b * column_step[0] for a, b in corners]
        lat = [latitude[i, j] + a * row_step[1] + b * column_step[1] for a, b in corners]
        expected, _ = GEOD.polygon_area_perimeter(lon, lat)
        assert area[i, j] == pytest.approx(abs(expected), rel=2e-4)


def test_pixels_of_the_real_emit_crop_are_about_60_m(emit_crop):
    assert np.all(emit_crop.pixel_area_m2 > 0)
    assert emit_crop.pixel_size_m == pytest.approx(60.0, rel=0.1)
    low, high = np.percentile(np.sqrt(emit_crop.pixel_area_m2), [1, 99])
    assert low > 48.0
    assert high < 72.0


def test_the_orthorectified_grid_of_the_real_emit_crop_counts_pixels_one_and_a_half_times(emit_crop):
    """57,130 cells show 38,138 of the sensor's pixels: a sum over the grid is not a sum over the ground."""
    ones = np.ones(emit_crop.shape)
    assert np.nansum(emit_crop.to_grid(ones)) == 57_130
    shown = emit_crop.glt_row >= 0
    distinct = set(zip(emit_crop.glt_row[shown], emit_crop.glt_column[shown], strict=True))
    assert len(distinct) == 38_138
    seen = np.zeros(emit_crop.shape, dtype=bool)
    seen[emit_crop.glt_row[shown], emit_crop.glt_column[shown]] = True
    on_sensor = emit_crop.pixel_area_m2[seen].sum()
    on_grid = np.nansum(emit_crop.to_grid(emit_crop.pixel_area_m2))
    assert on_grid / on_sensor == pytest.approx(1.5, rel=0.02)


def test_the_area_of_all_pixels_of_the_real_emit_crop_is_that_of_its_outline(emit_crop):
    """A ring through the outermost centres holds the pixels but for half a pixel all round."""
    lon, lat = emit_crop.longitude, emit_crop.latitude
    ring = [np.r_[a[0], a[1:, -1], a[-1, -2::-1], a[-2:0:-1, 0]] for a in (lon, lat)]
    outline, _ = GEOD.polygon_area_perimeter(*ring)
    rows, columns = emit_crop.shape
    expected = abs(outline) * rows * columns / ((rows - 1) * (columns - 1))
    assert emit_crop.pixel_area_m2.sum() == pytest.approx(expected, rel=0.01)


def test_every_pixel_of_the_real_emit_crop_has_half_the_area_of_its_neighbours_diamond(emit_crop):
    """The four neighbours of a pixel span twice its area, whatever its shape: geodesic polygons, one by one."""
    lon, lat, area = emit_crop.longitude, emit_crop.latitude, emit_crop.pixel_area_m2
    for i in range(1, lon.shape[0] - 1, 9):
        for j in range(1, lon.shape[1] - 1, 9):
            ring = ((i - 1, j), (i, j + 1), (i + 1, j), (i, j - 1))
            diamond, _ = GEOD.polygon_area_perimeter([lon[p] for p in ring], [lat[p] for p in ring])
            assert area[i, j] == pytest.approx(0.5 * abs(diamond), rel=1e-4)


def test_mass_is_kept_on_the_real_map_grid_if_a_pixel_is_shared_among_its_cells(emit_crop, rng):
    """The one way to sum on the map: each cell carries its pixel's mass over the number of cells that show it."""
    row, column = emit_crop.glt_row, emit_crop.glt_column
    shown = row >= 0
    cells = np.zeros(emit_crop.shape)
    np.add.at(cells, (row[shown], column[shown]), 1.0)
    mass = rng.uniform(0.0, 1e-3, emit_crop.shape) * emit_crop.pixel_area_m2
    on_map = emit_crop.to_grid(mass) / emit_crop.to_grid(cells)
    assert np.nansum(on_map) == pytest.approx(mass[cells > 0].sum(), rel=1e-12)
    assert np.nansum(emit_crop.to_grid(mass)) > 1.4 * mass[cells > 0].sum()


def test_the_antimeridian_is_no_edge():
    away = Footprint(
        **dict(zip(("longitude", "latitude"), lattice(10.0, 52.0, (0, -6e-4), (9e-4, 0)), strict=True))
    )
    over = Footprint(
        **dict(zip(("longitude", "latitude"), lattice(179.998, 52.0, (0, -6e-4), (9e-4, 0)), strict=True))
    )
    assert over.longitude.min() < -179 < 179 < over.longitude.max()
    np.testing.assert_allclose(over.pixel_area_m2, away.pixel_area_m2, rtol=1e-9)
    pixels = (np.array([0, 3]), np.array([0, 7]))
    np.testing.assert_allclose(over.local_metres(0, 0, pixels), away.local_metres(0, 0, pixels), atol=1e-4)
    longitude, latitude = over.at(0.0, 2.5)
    assert longitude == pytest.approx((179.998 + 2.5 * 9e-4 + 180) % 360 - 180)
    assert latitude == pytest.approx(52.0)


@pytest.mark.parametrize("axis", ["longitude", "latitude"])
def test_a_pixel_without_coordinates_takes_none_of_the_others_area_away(axis):
    longitude, latitude = lattice(10.0, 52.0, (1e-4, -6e-4), (9e-4, 1e-4))
    whole = Footprint(longitude=longitude, latitude=latitude).pixel_area_m2
    holed = {"longitude": longitude.copy(), "latitude": latitude.copy()}
    holed[axis][2, 3] = np.nan
    area = Footprint(**holed).pixel_area_m2
    assert np.isnan(area[2, 3])
    others = np.ones(area.shape, dtype=bool)
    others[2, 3] = False
    np.testing.assert_allclose(area[others], whole[others], rtol=1e-6)


def test_an_image_of_one_row_has_no_area_and_says_so():
    line = Footprint(longitude=np.linspace(0, 0.01, 9)[None], latitude=np.zeros((1, 9)))
    with pytest.raises(InvalidValue, match="one row"):
        _ = line.pixel_area_m2


def test_a_degree_is_as_long_as_the_geodesic():
    for latitude in (-60.0, 0.0, 36.4, 52.0):
        east, north = metres_per_degree(np.array(latitude))
        d = 1e-3
        _, _, true_east = GEOD.inv(5.0, latitude, 5.0 + d, latitude)
        _, _, true_north = GEOD.inv(5.0, latitude - d / 2, 5.0, latitude + d / 2)
        assert east * d == pytest.approx(true_east, rel=1e-6)
        assert north * d == pytest.approx(true_north, rel=1e-6)


@pytest.mark.parametrize(("to", "bearing"), [((0, 1), 0.0), ((1, 0), 90.0), ((0, -1), 180.0), ((-1, 0), 270.0)])
def test_bearings_run_clockwise_from_north(to, bearing):
    metres, seen = distance_and_bearing(0.0, 0.0, *to)
    assert seen == pytest.approx(bearing)
    assert metres == pytest.approx(111_000, rel=0.01)


def test_local_metres_agree_with_geodesics():
    longitude, latitude = lattice(61.7, 36.3, (2e-4, -5e-4), (5e-4, 2e-4), shape=(60, 60))
    footprint = Footprint(longitude=longitude, latitude=latitude)
    rows, columns = np.array([0, 20, 59]), np.array([59, 10, 3])
    east, north = footprint.local_metres(30, 30, (rows, columns))
    for k in range(3):
        metres, bearing = distance_and_bearing(
            longitude[30, 30], latitude[30, 30], longitude[rows[k], columns[k]], latitude[rows[k], columns[k]]
        )
        assert np.hypot(east[k], north[k]) == pytest.approx(metres, rel=1e-3)
        assert np.degrees(np.arctan2(east[k], north[k])) % 360 == pytest.approx(bearing, abs=0.1)


def test_positions_between_pixels_are_linear():
    longitude, latitude = lattice(61.7, 36.3, (2e-4, -5e-4), (5e-4, 2e-4))
    footprint = Footprint(longitude=longitude, latitude=latitude)
    for row, column in ((0, 0), (2.25, 3.75), (6, 7), (5.9, 6.6), (6.4, -0.4)):
        expected = (61.7 + row * 2e-4 + column * 5e-4, 36.3 - row * 5e-4 + column * 2e-4)
        assert footprint.at(row, column) == pytest.approx(expected, abs=1e-9)


def test_to_grid_shows_each_cell_the_pixel_of_its_table():
    longitude, latitude = lattice(0.0, 0.0, (0, -1e-3), (1e-3, 0), shape=(2, 2))
    grid = MapGrid(crs="EPSG:4326", transform=(1e-3, 0, 0, 0, -1e-3, 0), shape=(2, 3))
    footprint = Footprint(
        longitude=longitude,
        latitude=latitude,
        grid=grid,
        glt_row=np.array([[0, 0, -1], [1, 1, 1]]),
        glt_column=np.array([[0, 0, -1], [1, 0, 0]]),
    )
    shown = footprint.to_grid(np.array([[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(shown, [[1.0, 1.0, np.nan], [4.0, 3.0, 3.0]])
    assert footprint.to_grid(np.eye(2, dtype=np.int16), fill=-9).tolist() == [[1, 1, -9], [1, 0, 0]]


def test_an_orthorectified_image_is_its_own_grid():
    longitude, latitude = lattice(0.0, 0.0, (0, -1e-3), (1e-3, 0), shape=(2, 2))
    grid = MapGrid(crs="EPSG:4326", transform=(1e-3, 0, 0, 0, -1e-3, 0), shape=(2, 2))
    values = np.arange(4.0).reshape(2, 2)
    footprint = Footprint(longitude=longitude, latitude=latitude, grid=grid)
    np.testing.assert_array_equal(footprint.to_grid(values), values)
    with pytest.raises(InvalidValue, match="no map grid"):
        Footprint(longitude=longitude, latitude=latitude).to_grid(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latitude": np.zeros((2, 3))}, "2-D shape"),
        ({"longitude": np.zeros(4), "latitude": np.zeros(4)}, "2-D shape"),
        ({"glt_row": np.zeros((2, 2), int)}, "both rows and columns"),
        ({"glt_row": np.zeros((3, 2), int), "glt_column": np.zeros((3, 2), int)}, "shape of its grid"),
        ({"glt_row": np.full((2, 2), 2), "glt_column": np.zeros((2, 2), int)}, "outside the sensor image"),
        ({"glt_row": np.zeros((2, 2), int), "glt_column": np.full((2, 2), 2)}, "outside the sensor image"),
        ({"grid": MapGrid(crs="EPSG:4326", transform=(1, 0, 0, 0, -1, 0), shape=(3, 2))}, "image's shape"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    longitude, latitude = lattice(0.0, 0.0, (0, -1e-3), (1e-3, 0), shape=(2, 2))
    grid = MapGrid(crs="EPSG:4326", transform=(1, 0, 0, 0, -1, 0), shape=(2, 2))
    fields = {"longitude": longitude, "latitude": latitude, "grid": grid} | change
    with pytest.raises(InvalidValue, match=message):
        Footprint(**fields)


@pytest.mark.parametrize(
    ("transform", "north_up"),
    [((60, 0, 0, 0, -60, 0), True), ((60, 1, 0, 0, -60, 0), False), ((60, 0, 0, 0, 60, 0), False)],
)
def test_a_grid_knows_whether_it_is_north_up(transform, north_up):
    assert MapGrid(crs="EPSG:32611", transform=transform, shape=(1, 1)).north_up is north_up


@pytest.mark.parametrize("lon0", [61.7, 179.999])
def test_the_nearest_pixel_is_that_of_the_least_geodesic_distance(lon0):
    longitude, latitude = lattice(lon0, 36.3, (2e-4, -5e-4), (6e-4, 1e-4), shape=(20, 25))
    longitude[3, 4] = np.nan
    footprint = Footprint(longitude=longitude, latitude=latitude)
    for row, column in ((0.2, 0.3), (12.4, 20.4), (18.6, 2.6)):
        place = footprint.at(row, column)
        assert footprint.nearest(*place) == (round(row), round(column))
    with pytest.raises(InvalidValue, match="outside the image"):
        footprint.nearest(lon0 - 0.01, 36.3)
