"""Files of simulated scenes: the layout of the real products, whole or not at all."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from superemitter.model.errors import OutputError, OutputExists
from superemitter.simulate import Leak, SimulationSpec, simulate_scene, simulate_to, write_emit, write_envi
from superemitter.simulate.files import envi_list, read_envi_header

SPEC = SimulationSpec(shape=(40, 30), seed=2, leaks=(Leak(row=20.4, column=12.0, rate_kg_h=3000.0),))


@pytest.fixture(scope="module")
def emit(tmp_path_factory):
    return simulate_to(SPEC, tmp_path_factory.mktemp("emit"))


def describe(path):
    """Name to (dtype, dimension names, fill value) of every variable; sizes differ from scene to scene."""
    found = {}
    with h5py.File(path) as file:

        def visit(name, item):
            if isinstance(item, h5py.Dataset) and not item.is_scale:
                axes = tuple(axis[0].name.rsplit("/", 1)[-1] for axis in item.dims if len(axis))
                fill = item.attrs.get("_FillValue")
                found[name] = (item.dtype, axes, None if fill is None else float(fill[0]), item.attrs.get("units"))

        file.visititems(visit)
        attributes = set(file.attrs)
    return found, attributes


@pytest.mark.shared
@pytest.mark.parametrize(("kind", "role"), [("L1B_OBS", "obs"), ("L2A_MASK", "mask")])
def test_layout_is_that_of_the_real_product(emit, shared_data, kind, role):
    real_path = (
        shared_data / "hyperspectral" / "emit_2022_obs_mask" / f"EMIT_{kind}_001_20220827T060753_9999999_999.nc"
    )
    real, real_attributes = describe(real_path)
    ours, our_attributes = describe(getattr(emit, role))
    real.pop("packed_wavelength_bands", None)  # an empty coordinate of the crop's writer
    assert set(ours) == set(real)
    for name, (dtype, axes, fill, units) in real.items():
        assert ours[name][0] == dtype, name
        assert ours[name][2] == fill or name == "band_mask", name
        assert [a.lstrip("_") for a in ours[name][1]] == [
            "packed_wavelength_bands" if "band_mask_last" in a else a for a in axes
        ], name
        assert ours[name][3] == (units.decode() if units is not None else None), name
    operational = {"_NCProperties", "crosstrack_orientation"}
    needed = {
        "time_coverage_start",
        "time_coverage_end",
        "geotransform",
        "spatial_ref",
        "product_version",
        "flight_line",
        "day_night_flag",
        "spatialResolution",
        "easternmost_longitude",
        "westernmost_longitude",
        "northernmost_latitude",
        "southernmost_latitude",
    }
    assert needed <= (real_attributes & our_attributes) | operational
    with h5py.File(real_path) as a, h5py.File(getattr(emit, role)) as b:
        labels = "observation_bands" if role == "obs" else "mask_bands"
        assert list(a[f"sensor_band_parameters/{labels}"]) == list(b[f"sensor_band_parameters/{labels}"])
        for name in ("geotransform", "time_coverage_start"):
            assert np.shape(a.attrs[name]) == np.shape(b.attrs[name])


def test_every_emit_file_says_that_it_is_simulated(emit):
    for path in (emit.radiance, emit.obs, emit.mask):
        with h5py.File(path) as file:
            assert int(np.ravel(file.attrs["simulated"])[0]) == 1
            assert "SIMULATED" in file.attrs["title"]
    assert json.loads(emit.truth.read_text())["simulated"] is True


def test_emit_radiance_is_stored_whole_and_as_simulated(emit):
    scene = simulate_scene(SPEC)
    with h5py.File(emit.radiance) as file:
        assert file["radiance"].chunks is None  # contiguous: row blocks are read without unpacking
        np.testing.assert_allclose(file["radiance"][:], scene.radiance(), rtol=1e-5, atol=1e-6)
        assert file["radiance"].shape == (40, 30, 285)
        np.testing.assert_allclose(file["location/lon"][:], scene.longitude)


def test_the_look_up_table_is_one_based_repeats_pixels_and_covers_the_swath(emit):
    with h5py.File(emit.radiance) as file:
        glt_x, glt_y = file["location/glt_x"][:], file["location/glt_y"][:]
        west, step, _, north, _, _ = file.attrs["geotransform"]
        longitude, latitude = file["location/lon"][:], file["location/lat"][:]
    shown = glt_x > 0
    assert ((glt_y > 0) == shown).all()
    assert glt_x.max() == 30 and glt_y.max() == 40 and glt_x[shown].min() == 1
    pixels, repeats = np.unique(glt_y[shown] * 1000 + glt_x[shown], return_counts=True)
    assert repeats.max() > 1 and shown.sum() > 1.1 * pixels.size
    assert pixels.size > 0.9 * 40 * 30
    row, column = np.nonzero(shown)
    d_lon = west + (column + 0.5) * step - longitude[glt_y[shown] - 1, glt_x[shown] - 1]
    d_lat = north - (row + 0.5) * step - latitude[glt_y[shown] - 1, glt_x[shown] - 1]
    assert np.hypot(d_lon * 111e3 * np.cos(np.radians(36.3)), d_lat * 111e3).max() < 45.0  # half a diagonal [m]


def test_truth_names_each_leak_with_place_rate_wind_and_mass(emit):
    scene = simulate_scene(SPEC)
    (leak,) = json.loads(emit.truth.read_text())["leaks"]
    assert leak["rate_kg_h"] == 3000.0
    assert leak["wind"] == {"speed_m_s": 3.0, "from_deg": 250.0, "height_m": 10.0}
    expected = 0.6 * scene.longitude[20, 12] + 0.4 * scene.longitude[21, 12]
    assert leak["longitude"] == pytest.approx(expected, abs=1e-9)
    assert leak["mass_in_image_kg"] == pytest.approx(scene.plumes[0].in_image_kg)


def test_existing_files_are_kept_unless_overwriting(tmp_path):
    small = simulate_scene(SimulationSpec(shape=(6, 5), full_spectrum=False))
    files = write_emit(small, tmp_path)
    before = files.radiance.stat().st_mtime_ns
    with pytest.raises(OutputExists):
        write_emit(small, tmp_path)
    assert files.radiance.stat().st_mtime_ns == before
    write_emit(small, tmp_path, overwrite=True)


def test_an_interrupted_write_leaves_nothing(tmp_path):
    small = simulate_scene(SimulationSpec(shape=(70, 5), full_spectrum=False))

    def full_disk(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    for write in (write_emit, write_envi):
        with pytest.raises(OutputError, match="No space left"):
            write(small, tmp_path, progress=full_disk)
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_the_rows(tmp_path):
    told = []
    small = simulate_scene(SimulationSpec(shape=(70, 5), full_spectrum=False))
    write_emit(small, tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(32, 70), (64, 70), (70, 70)]


@pytest.mark.parametrize("interleave", ["bil", "bip", "bsq"])
def test_envi_round_trip(tmp_path, interleave):
    scene = simulate_scene(SimulationSpec(instrument="aviris-ng", shape=(12, 9), seed=1))
    files = write_envi(scene, tmp_path, interleave=interleave)
    keys = read_envi_header(files.radiance.with_name(files.radiance.name + ".hdr"))
    assert keys["simulated"] == "1" and keys["interleave"] == interleave
    assert len(envi_list(keys["wavelength"])) == len(envi_list(keys["fwhm"])) == 425
    order = {"bil": (12, 425, 9), "bip": (12, 9, 425), "bsq": (425, 12, 9)}[interleave]
    back = {"bil": (0, 2, 1), "bip": (0, 1, 2), "bsq": (1, 2, 0)}[interleave]
    stored = np.fromfile(files.radiance, "<f4").reshape(order).transpose(back)
    np.testing.assert_allclose(stored, scene.radiance(), rtol=1e-5, atol=1e-6)
    loc = np.fromfile(files.loc, "<f8").reshape(12, 3, 9)
    np.testing.assert_allclose(loc[:, 0], scene.longitude)
    for path in (files.obs, files.loc, files.glt):
        assert read_envi_header(path.with_name(path.name + ".hdr"))["simulated"] == "1"
