"""The field on its own pixels: NetCDF and GeoParquet, and the map of a swath too long for a zone."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as parquet
import pytest
import shapely
import xarray as xr

from superemitter.pipeline import Context, Recipe, scan_to_folder
from superemitter.publish.grid import north_up
from superemitter.publish.native import pixel_polygons, write_pixels
from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

LEAK = SwathLeak(longitude=179.9, latitude=38.0, rate_kg_h=60_000.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of a swath across the antimeridian."""
    place = tmp_path_factory.mktemp("native")
    swath = simulate_swath(SwathSpec(longitude=179.9, leaks=(LEAK,), seed=11))
    path = write_s5p(swath, place / "swath.nc")
    out, scanned = scan_to_folder(path, place / "out", Recipe(), Context.of(Recipe()))
    return out, scanned


def test_netcdf_holds_the_field_and_says_that_it_is_simulated(folder):
    out, scanned = folder
    with xr.open_dataset(out / "native.nc", engine="h5netcdf") as native:
        assert native.attrs["simulated"] == 1 and native.attrs["title"].startswith("SIMULATED")
        assert native.attrs["run_id"] == scanned.result.run_id
        ppm_m = scanned.result.enhancement.enhancement_ppm_m
        seen = np.isfinite(ppm_m)
        mass = native["enhancement"].values * native["kg_m2_per_ppb"].values
        np.testing.assert_allclose(mass[seen], ppm_m[seen] * 7.16e-7, rtol=1e-4, atol=1e-10)


def test_mass_of_the_plume_is_its_sum_over_native_pixels(folder):
    out, scanned = folder
    with xr.open_dataset(out / "native.nc", engine="h5netcdf") as native:
        inside = native["plume"].values == 1
        column = native["enhancement"].values * native["kg_m2_per_ppb"].values
    area = scanned.result.enhancement.footprint.pixel_area_m2
    assert np.nansum((column * area)[inside]) == pytest.approx(
        scanned.result.plumes[0].quantification.ime_kg, rel=1e-4
    )


def test_geoparquet_holds_every_usable_pixel_as_a_valid_polygon_on_earth(folder):
    out, scanned = folder
    table = parquet.read_table(out / "pixels.parquet")
    assert table.num_rows == int(scanned.result.enhancement.valid.sum())
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["version"] == "1.1.0" and geo["columns"]["geometry"]["encoding"] == "WKB"
    shapes = shapely.from_wkb(table["geometry"].to_pylist())
    assert shapely.is_valid(shapes).all()
    west, _, east, _ = shapely.bounds(shapes).T
    assert west.min() >= -180.0 and east.max() <= 180.0
    crossing = [s for s in shapes if s.geom_type == "MultiPolygon"]
    assert crossing and set(geo["columns"]["geometry"]["geometry_types"]) == {"Polygon", "MultiPolygon"}
    assert all(max(p.bounds[2] - p.bounds[0] for p in shapely.get_parts(s)) < 1.0 for s in shapes)


def test_pixels_beside_a_pole_are_valid_polygons_on_earth():
    """In degrees some of them cross themselves, and one goes all around."""
    swath = simulate_swath(SwathSpec(rows=120, columns=215, first_pixel=0, latitude=81.2, cloud_share=0.0))
    assert swath.footprint.latitude.max() > 89.9
    native = xr.Dataset(
        {
            "longitude": (("row", "column"), swath.footprint.longitude),
            "latitude": (("row", "column"), swath.footprint.latitude),
            "corner_longitude": (("row", "column", "corner"), swath.corner_longitude),
            "corner_latitude": (("row", "column", "corner"), swath.corner_latitude),
        }
    )
    data, box, kinds = pixel_polygons(native, np.ones(swath.footprint.shape, dtype=bool))
    shapes = shapely.from_wkb(data)
    assert shapely.is_valid(shapes).all() and set(shapely.get_type_id(shapes)) <= {3, 6}
    west, south, east, north = shapely.bounds(shapes[~shapely.is_empty(shapes)]).T
    assert west.min() >= -180.0 and east.max() <= 180.0 and south.min() >= box[1] and north.max() <= 90.0
    assert kinds == ["MultiPolygon", "Polygon"]


def test_equal_runs_write_equal_pixels(folder, tmp_path):
    """Several keys of metadata would stand in an order left to chance."""
    out, scanned = folder
    for number in range(8):
        write_pixels(scanned.result, tmp_path / f"{number}.parquet")
        assert (tmp_path / f"{number}.parquet").read_bytes() == (out / "pixels.parquet").read_bytes()
    geo = json.loads(parquet.read_schema(out / "pixels.parquet").metadata[b"geo"])
    assert geo["superemitter"] == {"run_id": scanned.result.run_id, "simulated": True}


def test_the_catalogue_item_lists_both_files(folder):
    item = json.loads((folder[0] / "item.json").read_text())
    assert item["assets"]["native"]["href"] == "./native.nc"
    assert item["assets"]["pixels"]["file:size"] == (folder[0] / "pixels.parquet").stat().st_size


@pytest.mark.parametrize("longitude", [20.0, 178.0])
def test_a_long_swath_lies_on_degrees_and_every_cell_shows_a_pixel_near_it(longitude):
    swath = simulate_swath(SwathSpec(rows=600, columns=40, latitude=10.0, longitude=longitude, cloud_share=0.0))
    view = north_up(swath.footprint)
    assert view.grid.crs == "EPSG:4326"
    row, column = np.nonzero(view.index >= 0)
    step, _, west, _, _, north = view.grid.transform
    pixel = view.index[row, column]
    lon, lat = swath.footprint.longitude.ravel()[pixel], swath.footprint.latitude.ravel()[pixel]
    away = np.abs((west + (column + 0.5) * step - lon + 180.0) % 360.0 - 180.0)
    assert away.max() < 0.15 and np.abs(north - (row + 0.5) * step - lat).max() < 0.15
    assert np.unique(pixel).size > 0.9 * swath.footprint.longitude.size


def test_a_crop_keeps_its_map_zone():
    swath = simulate_swath(SwathSpec())
    assert north_up(swath.footprint).grid.crs == "EPSG:32640"
