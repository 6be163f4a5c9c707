"""Winds: what is read, how it is interpolated, and what is refused."""

import math
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
import xarray as xr

from superemitter.model.errors import WindError, WindNotCovered
from superemitter.model.flags import Flag
from superemitter.observe.winds import WindField, given_wind, open_wind
from superemitter.observe.winds import archive as archive_module

NOON = datetime(2023, 7, 17, 12, tzinfo=UTC)


def era5(
    *,
    hours=(12, 13),
    latitude=(38.0, 37.75, 37.5),
    longitude=(112.0, 112.25, 112.5),
    time="valid_time",
    names=("u10", "v10"),
    u=None,
    v=None,
) -> xr.Dataset:
    """A file as the Climate Data Store lays it out; by default u rises to the east, v with time."""
    times = np.array([np.datetime64("2023-07-17T00:00:00", "ns") + np.timedelta64(h, "h") for h in hours])
    shape = (len(hours), len(latitude), len(longitude))
    t, la, lo = np.meshgrid(np.arange(shape[0]), latitude, longitude, indexing="ij")
    u = 1.0 + (lo - longitude[0]) + 2.0 * (la - 37.5) if u is None else np.broadcast_to(u, shape)
    v = -2.0 + t if v is None else np.broadcast_to(v, shape)
    dims = (time, "latitude", "longitude")
    unit = {"units": "m s**-1"}
    return xr.Dataset(
        {names[0]: (dims, u.astype("f4"), unit), names[1]: (dims, v.astype("f4"), unit)},
        coords={time: times, "latitude": list(latitude), "longitude": list(longitude)},
    )


def write(dataset: xr.Dataset, path, **options):
    dataset.to_netcdf(path, engine=options.pop("engine", "h5netcdf"), **options)
    return path


@pytest.fixture
def era5_file(tmp_path):
    return write(era5(), tmp_path / "era5.nc")


# given


def test_a_given_wind_holds_everywhere_and_always():
    field = given_wind(5.0, 270.0, 0.0)
    wind = field.at(0.0, 0.0, NOON)
    assert isinstance(field, WindField)
    assert (wind.speed_m_s, wind.speed_sigma_m_s, wind.from_deg, wind.time) == (5.0, 0.0, 270.0, NOON)
    assert not wind.flags


@pytest.mark.parametrize(("speed", "sigma"), [(2.0, 1.5), (8.0, 4.0)])
def test_without_sigma_the_larger_of_the_two_figures_is_taken_and_flagged(speed, sigma):
    wind = given_wind(speed, 90.0).at(0, 0, NOON)
    assert wind.speed_sigma_m_s == sigma
    assert wind.flags == {Flag.WIND_SIGMA_ASSUMED}


@pytest.mark.parametrize(
    "bad", [(math.nan, 0), (-1, 0), (math.inf, 0), (3, math.nan), (3, 361), (3, 0, -1), (3, 0, math.nan)]
)
def test_a_wind_that_is_no_wind_is_refused(bad):
    with pytest.raises(WindError):
        given_wind(*bad)


def test_the_error_of_a_nan_speed_names_the_speed():
    with pytest.raises(WindError, match=r"^speed_m_s is nan"):
        given_wind(math.nan, 0.0)


# grids


def test_wind_is_bilinear_in_space_and_linear_in_time(era5_file):
    wind = open_wind(era5_file).at(112.1, 37.6, NOON + timedelta(minutes=15))
    assert wind.u_m_s == pytest.approx(1.0 + 0.1 + 2.0 * 0.1, abs=1e-5)
    assert wind.v_m_s == pytest.approx(-1.75, abs=1e-5)
    assert wind.flags == {Flag.WIND_INTERPOLATED, Flag.WIND_SIGMA_ASSUMED}
    assert (wind.source, wind.height_m) == ("ERA5 era5.nc", 10.0)


def test_direction_is_where_the_wind_comes_from(tmp_path):
    for u, v, from_deg in ((3, 0, 270), (0, 3, 180), (-3, 0, 90), (0, -3, 0), (3, 3, 225)):
        wind = open_wind(write(era5(u=float(u), v=float(v)), tmp_path / f"{u}{v}.nc")).at(112.1, 37.6, NOON)
        assert wind.from_deg == pytest.approx(from_deg)


def test_the_local_zone_of_the_scene_is_understood(era5_file):
    local = (NOON + timedelta(minutes=15)).astimezone(timezone(timedelta(hours=8)))
    assert open_wind(era5_file).at(112.1, 37.6, local).v_m_s == pytest.approx(-1.75, abs=1e-5)


def test_a_time_without_zone_is_refused(era5_file, tmp_path):
    station = station_csv(tmp_path)
    for path in (era5_file, station):
        with pytest.raises(WindError, match="no time zone"):
            open_wind(path).at(112.1, 37.6, datetime(2023, 7, 17, 12))


@pytest.mark.parametrize(
    "variant",
    [
        {"time": "time"},
        {"latitude": (37.5, 37.75, 38.0)},
        {"longitude": (112.0 - 360, 112.25 - 360, 112.5 - 360)},
        {"names": ("U10M", "V10M")},
        {"hours": (13, 12), "v": np.array([-1.0, -2.0])[:, None, None]},
    ],
    ids=["old-time-name", "ascending", "other-turn", "geos", "times-out-of-order"],
)
def test_layouts_of_the_same_field_give_the_same_wind(tmp_path, era5_file, variant):
    expected = open_wind(era5_file).at(112.1, 37.6, NOON + timedelta(minutes=15))
    wind = open_wind(write(era5(**variant), tmp_path / "variant.nc")).at(112.1, 37.6, NOON + timedelta(minutes=15))
    assert (wind.u_m_s, wind.v_m_s) == pytest.approx((expected.u_m_s, expected.v_m_s), abs=1e-4)


def test_new_layout_with_number_and_expver_is_read(tmp_path, era5_file):
    dataset = era5().assign_coords(number=0, expver=("valid_time", ["0001", "0005"]))
    wind = open_wind(write(dataset, tmp_path / "new.nc")).at(112.1, 37.6, NOON)
    assert wind.u_m_s == pytest.approx(open_wind(era5_file).at(112.1, 37.6, NOON).u_m_s)


def test_mixed_old_file_takes_preliminary_data_where_final_ones_are_missing(tmp_path):
    first, second = era5(time="time"), era5(time="time", u=7.0)
    hole = first["u10"].copy()
    hole[1] = np.nan
    mixed = xr.concat([first.assign(u10=hole), second], dim=xr.Variable("expver", [1, 5]))
    field = open_wind(write(mixed.transpose("time", "expver", ...), tmp_path / "mixed.nc"))
    assert field.at(112.0, 37.5, NOON).u_m_s == pytest.approx(1.0)
    assert field.at(112.0, 37.5, NOON + timedelta(hours=1)).u_m_s == pytest.approx(7.0)


def test_packed_integers_and_classic_netcdf_are_unpacked(tmp_path):
    packed = {"dtype": "i2", "scale_factor": 0.001, "add_offset": 1.0, "_FillValue": -32767}
    path = write(era5(), tmp_path / "old.nc", engine="scipy", encoding={"u10": packed, "v10": packed})
    assert path.read_bytes()[:3] == b"CDF"
    assert open_wind(path).at(112.1, 37.6, NOON).u_m_s == pytest.approx(1.3, abs=1e-3)


@pytest.mark.parametrize(("first", "query"), [(0.0, -0.1), (-180.0, 179.9), (-180.0, -180.0), (0.0, 359.95)])
def test_a_global_grid_closes_round_the_earth(tmp_path, first, query):
    longitude = tuple(first + 0.5 * np.arange(720))
    u = np.cos(np.radians(longitude))
    wind = open_wind(write(era5(longitude=longitude, u=u, v=0.0), tmp_path / "g.nc")).at(query, 37.6, NOON)
    assert wind.u_m_s == pytest.approx(math.cos(math.radians(query)), abs=1e-4)


def test_an_area_across_the_antimeridian_is_one_area(tmp_path):
    field = open_wind(write(era5(longitude=(179.5, 179.75, -180.0, -179.75), u=2.0), tmp_path / "a.nc"))
    for longitude in (179.9, -179.9, 180.0, -180.0):
        assert field.at(longitude, 37.6, NOON).u_m_s == pytest.approx(2.0)
    with pytest.raises(WindNotCovered):
        field.at(-179.0, 37.6, NOON)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ((111.9, 37.6, NOON), "longitudes 112 to 112.5"),
        ((112.1, 39.0, NOON), "latitudes 37.5 to 38"),
        ((112.1, 37.6, NOON + timedelta(hours=2)), "2023-07-17T12:00Z to 2023-07-17T13:00Z"),
        ((112.1, 37.6, NOON - timedelta(seconds=1)), "2023-07-17T12:00Z to 2023-07-17T13:00Z"),
    ],
)
def test_outside_the_file_it_says_what_is_covered(era5_file, place, says):
    with pytest.raises(WindNotCovered, match=says):
        open_wind(era5_file).at(*place)


def test_the_last_value_of_every_axis_is_covered(era5_file):
    assert open_wind(era5_file).at(112.5, 38.0, NOON + timedelta(hours=1)).v_m_s == pytest.approx(-1.0)


def test_days_are_not_interpolated_between(tmp_path):
    field = open_wind(write(era5(hours=(0, 24)), tmp_path / "daily.nc"))
    assert field.at(112.0, 37.5, NOON.replace(hour=0)).v_m_s == pytest.approx(-2.0)
    with pytest.raises(WindNotCovered, match="no value between"):
        field.at(112.0, 37.5, NOON)


def test_a_missing_value_is_an_error_only_where_it_is_needed(tmp_path):
    dataset = era5()
    dataset["u10"][:, 0, 2] = np.nan
    field = open_wind(write(dataset, tmp_path / "hole.nc"))
    assert field.at(112.1, 37.6, NOON).speed_m_s > 0
    with pytest.raises(WindError, match="no wind value near"):
        field.at(112.4, 37.9, NOON)


def test_other_units_are_refused(tmp_path):
    dataset = era5()
    dataset["u10"].attrs["units"] = "knots"
    with pytest.raises(WindError, match="knots"):
        open_wind(write(dataset, tmp_path / "knots.nc"))


def test_an_ensemble_is_refused(tmp_path):
    with pytest.raises(WindError, match="'number'"):
        open_wind(write(era5().expand_dims(number=[0, 1, 2]), tmp_path / "ensemble.nc"))


def test_a_file_without_10_m_winds_names_what_it_holds(tmp_path):
    path = write(era5(names=("u100", "v100")), tmp_path / "u100.nc")
    with pytest.raises(WindError) as caught:
        open_wind(path)
    assert "u100, v100" in caught.value.hint


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("kept", [30, 700])
def test_a_truncated_file_is_said_to_be_damaged(tmp_path, engine, kept):
    path = write(era5(), tmp_path / "cut.nc", engine=engine)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WindError, match="cannot be read"):
        open_wind(path).at(112.1, 37.6, NOON)


# archives


def test_a_zip_named_nc_is_read_and_its_winds_found(tmp_path, era5_file):
    path = tmp_path / "download.nc"
    accumulated = write(era5(names=("tp", "e")), tmp_path / "accum.nc")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(accumulated, "data_stream-oper_stepType-accum.nc")
        archive.write(era5_file, "../../data_stream-oper_stepType-instant.nc")
        archive.writestr("readme.txt", "x")
    wind = open_wind(path).at(112.1, 37.6, NOON)
    assert wind.u_m_s == pytest.approx(1.3, abs=1e-5)
    assert wind.source == "ERA5 download.nc:data_stream-oper_stepType-instant.nc"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["accum.nc", "download.nc", "era5.nc"]


def test_a_zip_without_winds_or_with_two_is_refused(tmp_path, era5_file):
    for number, names in ((0, ()), (2, ("a.nc", "b.nc"))):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "x")
            for name in names:
                archive.write(era5_file, name)
        with pytest.raises(WindError, match="no NetCDF file" if number == 0 else "2 files with winds"):
            open_wind(path)


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path, era5_file, monkeypatch):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.nc", b"\x89HDF\r\n\x1a\n" + bytes(3_000_000))
    monkeypatch.setattr(archive_module, "MAX_BYTES", 1_000_000)
    with pytest.raises(WindError, match="unpacks to more than"):
        open_wind(path)


def test_a_zip_with_too_many_files_is_refused(tmp_path):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(101):
            archive.writestr(f"{number}.txt", "")
    with pytest.raises(WindError, match="101 files"):
        open_wind(path)


def test_a_truncated_zip_is_refused(tmp_path, era5_file):
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(era5_file, "a.nc")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(WindError, match="cannot be unpacked"):
        open_wind(path)


# stations


STATION = """\ufefftime,wind_speed_m_s,wind_from_deg,wind_speed_sigma_m_s,height_m
2023-07-17T13:00:00Z,4.0,90,0.5,2
2023-07-17T20:00:00+08:00,4.0,0,0.3,2
"""


def station_csv(tmp_path, text=STATION, name="station.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_station_readings_are_interpolated_as_vectors(tmp_path):
    wind = open_wind(station_csv(tmp_path)).at(0, 0, NOON + timedelta(minutes=30))
    assert wind.from_deg == pytest.approx(45.0)
    assert wind.speed_m_s == pytest.approx(4.0 / math.sqrt(2))
    assert wind.speed_sigma_m_s == pytest.approx(0.4)
    assert wind.height_m == 2.0
    assert wind.flags == {Flag.WIND_INTERPOLATED}


def test_a_reading_at_the_very_time_is_taken_as_it_is(tmp_path):
    wind = open_wind(station_csv(tmp_path)).at(0, 0, NOON)
    assert (wind.speed_m_s, wind.from_deg, wind.flags) == (4.0, 0.0, frozenset())


def test_a_station_without_sigma_gets_the_assumed_one_flagged(tmp_path):
    text = "time,wind_speed_m_s,wind_from_deg\n2023-07-17T12:00Z,4,10\n2023-07-17T13:00Z,4,10\n"
    wind = open_wind(station_csv(tmp_path, text)).at(0, 0, NOON + timedelta(minutes=6))
    assert wind.speed_sigma_m_s == 2.0
    assert wind.height_m == 10.0
    assert wind.flags == {Flag.WIND_INTERPOLATED, Flag.WIND_SIGMA_ASSUMED}


def test_a_station_speaks_for_fifty_kilometres_and_between_its_readings(tmp_path):
    head = "time,wind_speed_m_s,wind_from_deg,longitude,latitude\n"
    text = head + "2023-07-17T12:00Z,4,10,112,37\n2023-07-17T23:00Z,4,10,112,37\n"
    field = open_wind(station_csv(tmp_path, text))
    assert field.at(112.5, 37.0, NOON).speed_m_s == 4.0
    for place in ((113.0, 37.0, NOON), (112, 37, NOON - timedelta(hours=1)), (112, 37, NOON + timedelta(hours=3))):
        with pytest.raises(WindNotCovered):
            field.at(*place)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2023-07-17T12:00Z,nan,10,,", "line 2: wind_speed_m_s"),
        ("2023-07-17T12:00Z,-3,10,,", "line 2: speed_m_s is -3"),
        ("2023-07-17T12:00Z,3,400,,", "line 2: the wind comes from 400"),
        ("2023-07-17T12:00Z,,10,,", "line 2: wind_speed_m_s is empty"),
        ("2023-07-17T12:00,3,10,,", "line 2: the time .* no time zone"),
        ("yesterday,3,10,,", "line 2: time is 'yesterday'"),
        ("2023-07-17T12:00Z,3,10,112,", "only one of longitude and latitude"),
        ("2023-07-17T12:00Z,3,10,37,112", "is no place"),
        ("2023-07-17T12:00Z,3,10,1,1\n2023-07-17T12:00Z,3,10,1,1", "two readings"),
        ("2023-07-17T12:00Z,3,10,1,1\n2023-07-17T13:00Z,3,10,2,1", "2 stations"),
        ("", "no reading"),
    ],
)
def test_a_station_file_that_is_wrong_says_where(tmp_path, row, says):
    text = f"time,wind_speed_m_s,wind_from_deg,longitude,latitude\n{row}\n"
    with pytest.raises(WindError, match=says):
        open_wind(station_csv(tmp_path, text))


# what is refused


@pytest.mark.parametrize("content", [b"", b"GRIB\0\0", b"\0\1\2", b"hello\nworld\n", b"\xff\xfe\xfd"])
def test_anything_else_is_refused_with_what_is_accepted(tmp_path, content):
    path = tmp_path / "wind.nc"
    path.write_bytes(content)
    with pytest.raises(WindError) as caught:
        open_wind(path)
    assert "NetCDF" in caught.value.hint


def test_a_missing_file_is_a_wind_error(tmp_path):
    for path in (tmp_path / "none.nc", tmp_path):
        with pytest.raises(WindError, match="cannot be opened"):
            open_wind(path)


def test_real_wrf_output_is_refused_because_its_winds_follow_its_grid(shared_data):
    with pytest.raises(WindError) as caught:
        open_wind(shared_data / "winds" / "WRFOUT_d01_2022-12-07T0000Z.nc")
    assert "WRF" in caught.value.hint


def test_real_grib_is_refused_by_name(shared_data):
    with pytest.raises(WindError, match="GRIB"):
        open_wind(shared_data / "winds" / "cfgrib_regular_ll_msl.grib")
