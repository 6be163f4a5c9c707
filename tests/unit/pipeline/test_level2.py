"""A TROPOMI swath through the whole scan: what is found, what is measured, what cannot be said."""

from __future__ import annotations

import json
import warnings

import h5py
import numpy as np
import pytest

from superemitter.model import CannotSay, EmissionRate, Flag
from superemitter.model.errors import SceneCannotSay
from superemitter.model.footprint import distance_and_bearing
from superemitter.pipeline import Context, Recipe, scan, scan_many, scan_to_folder, verify
from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

RATE_KG_H = 40_000.0
LEAK = SwathLeak(longitude=60.0, latitude=38.0, rate_kg_h=RATE_KG_H)


def write(path, *, leaks=(LEAK,), **changes):
    return write_s5p(simulate_swath(SwathSpec(**({"leaks": leaks, "seed": 11} | changes))), path / "swath.nc")


def scanned(path, **choices):
    recipe = Recipe(**choices)
    return scan(path, recipe, Context.of(recipe))


def edit(path, **fields):
    """Set whole fields of a file; the value None removes one."""
    with h5py.File(path, "a") as file:
        for name, value in fields.items():
            for place in (
                "PRODUCT/",
                "PRODUCT/SUPPORT_DATA/INPUT_DATA/",
                "PRODUCT/SUPPORT_DATA/DETAILED_RESULTS/",
            ):
                if place + name in file:
                    if value is None:
                        del file[place + name]
                    else:
                        file[place + name][...] = value
    return path


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """A scan of one leak."""
    path = write(tmp_path_factory.mktemp("one"))
    return path, scanned(path)


def test_a_leak_is_found_where_it_is_and_its_rate_lies_in_the_interval(one):
    plumes = one[1].result.plumes
    assert len(plumes) == 1
    found = plumes[0]
    metres, _ = distance_and_bearing(
        LEAK.longitude, LEAK.latitude, found.plume.source_longitude, found.plume.source_latitude
    )
    assert metres < 15_000
    for rate in (found.quantification.rate, found.quantification.rate_csf):
        assert isinstance(rate, EmissionRate)
        assert rate.low95_kg_h <= RATE_KG_H <= rate.high95_kg_h
        assert "tropomi" in rate.calibration_id


def test_the_products_own_wind_is_used_and_said(one):
    wind = one[1].result.plumes[0].wind
    assert Flag.PRODUCT_WIND in wind.flags and wind.speed_m_s == pytest.approx(3.0, abs=0.8)


def test_simulated_swaths_say_so_everywhere(one):
    result = one[1].result
    assert result.enhancement.simulated
    assert all(record["simulated"] for record in one[1].record.results)


def test_no_leak_no_plume(tmp_path):
    assert scanned(write(tmp_path, leaks=())).result.plumes == ()


def test_a_given_wind_replaces_the_products(one):
    twice = scanned(one[0], wind_speed_m_s=6.0, wind_from_deg=250.0, wind_speed_sigma_m_s=0.5)
    wind = twice.result.plumes[0].wind
    assert wind.source == "given" and wind.speed_m_s == 6.0


def test_without_any_wind_there_is_a_table_instead_of_a_rate(tmp_path):
    path = edit(write(tmp_path), eastward_wind=None, northward_wind=None)
    found = scanned(path).result.plumes[0]
    assert isinstance(found.wind, CannotSay) and isinstance(found.quantification.rate, CannotSay)
    assert found.quantification.rate.code == "no-wind" and len(found.quantification.rate_by_wind) == 4


def test_weak_wind_is_a_typed_answer(tmp_path):
    path = edit(write(tmp_path), eastward_wind=0.4, northward_wind=0.2)
    for found in scanned(path).result.plumes:
        rate = found.quantification.rate
        assert isinstance(rate, CannotSay) and rate.code == "low-wind" and "m/s" in rate.reason
        assert Flag.LOW_WIND in found.quantification.flags


def test_a_plume_cut_by_the_edge_is_a_typed_answer(tmp_path):
    spec = SwathSpec(seed=11)
    swath = simulate_swath(spec)
    lon, lat = float(swath.footprint.longitude[16, 31]), float(swath.footprint.latitude[16, 31])
    leak = SwathLeak(longitude=lon, latitude=lat, rate_kg_h=80_000.0)
    found = scanned(write(tmp_path, leaks=(leak,))).result.plumes
    cut = [plume for plume in found if isinstance(plume.quantification.rate, CannotSay)]
    assert cut and cut[0].quantification.rate.code == "plume-cut"
    assert Flag.PLUME_CUT in cut[0].quantification.flags


def test_mass_comes_from_subcolumns_else_pressure_else_a_flagged_assumption(tmp_path):
    path = write(tmp_path)
    masses, flags = [], []
    for name in (None, "dry_air_subcolumns", "surface_pressure"):
        if name:
            edit(path, **{name: None})
        result = scanned(path).result
        masses.append(result.plumes[0].quantification.ime_kg)
        flags.append(result.enhancement.flags)
    assert masses[1] == pytest.approx(masses[0], rel=0.01)
    assert masses[2] == pytest.approx(masses[0], rel=0.12)
    assert Flag.COLUMN_FROM_PRESSURE in flags[1] and Flag.COLUMN_ASSUMED in flags[2]
    assert not {Flag.COLUMN_FROM_PRESSURE, Flag.COLUMN_ASSUMED} & flags[0]


@pytest.mark.parametrize(
    ("case", "fields"),
    [
        ("all fill", {"methane_mixing_ratio": 9.96921e36, "methane_mixing_ratio_bias_corrected": 9.96921e36}),
        ("bad quality", {"qa_value": 0}),
        ("unknown quality", {"qa_value": 255}),
    ],
)
def test_nothing_usable_is_cannot_say(tmp_path, case, fields):
    with pytest.raises(SceneCannotSay, match="fit for use"):
        scanned(edit(write(tmp_path), **fields))


def test_sea_is_cannot_say(tmp_path):
    with pytest.raises(SceneCannotSay):
        scanned(write(tmp_path, water_share=0.95))


def test_antarctic_ice_is_cannot_say(tmp_path):
    with pytest.raises(SceneCannotSay):
        scanned(write(tmp_path, latitude=-72.0, leaks=()))


def test_relaxed_pixels_are_used_within_their_limits(tmp_path):
    path = edit(write(tmp_path), qa_value=40)
    assert Flag.RELAXED_QUALITY in scanned(path).result.enhancement.flags
    with pytest.raises(SceneCannotSay):
        scanned(edit(path, surface_albedo_SWIR=0.03))


@pytest.mark.parametrize(("longitude", "latitude"), [(180.0, 10.0), (-179.9, 62.0), (40.0, 74.0)])
def test_antimeridian_and_high_latitude_give_the_same_answer(tmp_path, longitude, latitude):
    leak = SwathLeak(longitude=longitude, latitude=latitude, rate_kg_h=60_000.0)
    path = write(tmp_path, longitude=longitude, latitude=latitude, leaks=(leak,))
    folder, result = scan_to_folder(path, tmp_path / "out", Recipe(), Context.of(Recipe()))
    found = [(p.plume.source_longitude, p.plume.source_latitude) for p in result.result.plumes]
    assert min(distance_and_bearing(longitude, latitude, *place)[0] for place in found) < 15_000
    collection = json.loads((folder / "plumes.geojson").read_text())
    for feature in collection["features"]:
        ring = np.array(feature["geometry"]["coordinates"][0][0] if feature["geometry"]["type"] == "MultiPolygon"
                        else feature["geometry"]["coordinates"][0])  # fmt: skip
        assert np.abs(ring[:, 0]).max() <= 180.0 and np.ptp(ring[:, 0]) < 20.0


def test_scenes_of_several_processors_keep_backgrounds_of_their_own(tmp_path):
    paths = []
    for name, processor in (("a", "2.2.0"), ("b", "2.4.0")):
        (tmp_path / name).mkdir()
        path = tmp_path / name / f"{name}.nc"
        write_s5p(simulate_swath(SwathSpec(leaks=(LEAK,), seed=11)), path, processor=processor)
        paths.append(path)
    recipe = Recipe()
    outcomes = list(scan_many(paths, tmp_path / "out", recipe, Context.of(recipe)))
    assert [o.error for o in outcomes] == [None, None]
    methods = [o.plumes[0]["retrieval"] for o in outcomes]
    assert "2.2.0" in methods[0] and "2.4.0" in methods[1]
    assert outcomes[0].plumes[0]["ime_kg"] == outcomes[1].plumes[0]["ime_kg"]


def test_an_orbit_cut_off_in_the_middle_is_an_error_or_an_answer(tmp_path):
    """Scanlines never downlinked are fill; what is there is scanned."""
    path = write(tmp_path, rows=64)
    with h5py.File(path, "a") as file:
        for name in ("methane_mixing_ratio_bias_corrected", "methane_mixing_ratio", "latitude", "longitude"):
            file[f"PRODUCT/{name}"][0, 50:] = 9.96921e36
    result = scanned(path).result
    assert len(result.plumes) == 1 and not result.enhancement.valid[50:].any()


def test_stripes_and_ground_that_looks_like_gas_make_no_plume(tmp_path):
    assert scanned(write(tmp_path, leaks=(), stripe_ppb=6.0, albedo_ppb=5.0)).result.plumes == ()


def test_verify_recomputes_every_number(tmp_path):
    path = write(tmp_path)
    folder, _ = scan_to_folder(path, tmp_path / "out", Recipe(), Context.of(Recipe()))
    outcome = verify(folder / "run.json")
    assert outcome.ok and outcome.compared > 40
    record = json.loads((folder / "run.json").read_text())
    assert record["inputs"][0]["role"] == "level-2"
    assert {"native.nc", "pixels.parquet"} <= set(record["outputs"])
    record["results"][0]["rate_kg_h"] *= 1.001
    (folder / "run.json").write_text(json.dumps(record))
    assert not verify(folder / "run.json").ok


def test_a_scan_warns_of_nothing(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scanned(write(tmp_path, cloud_share=0.4))
