"""The real AVIRIS-NG crop over Santa Clarita, plain and with a plume put into it; a real list of coal mines."""

from __future__ import annotations

import csv
import json

import pytest

from superemitter import read_facilities
from superemitter.model import Wind
from superemitter.pipeline import match, read_truth
from superemitter.simulate import Leak, SimulationSpec, simulate_to

WIND = ("--wind-speed", "3", "--wind-from", "200", "--wind-speed-sigma", "1")


@pytest.fixture
def crop(shared_data):
    return shared_data / "hyperspectral" / "aviris_ng_santa_clarita_2016" / "ang20160910t185702_2rdn_img"


@pytest.mark.shared
def test_the_plain_crop_scans_and_holds_no_plume(run, crop, tmp_path):
    ran = run("scan", crop, "--out", tmp_path, *WIND)
    assert (ran.code, ran.err) == (0, "")
    assert "no plume found" in ran.out and "SIMULATED" not in ran.out
    assert (tmp_path / crop.name / "report.html").is_file()
    record = json.loads((tmp_path / crop.name / "run.json").read_text())
    assert record["results"] == [] and len(record["inputs"]) == 4


@pytest.mark.shared
@pytest.mark.parametrize("rate", [2000, 4000])
def test_an_injected_plume_is_recovered_at_its_place_with_its_rate(run, crop, tmp_path, rate):
    made = run(
        *("simulate", "--background", crop, "--leak", f"14,10,{rate}", "--out", tmp_path / "made"),
        *("--wind-speed", "3", "--wind-from", "200", "--json"),
    )
    assert made.code == 0 and made.json["simulated"]
    ran = run("scan", made.json["files"]["radiance"], "--out", tmp_path / "out", *WIND, "--json")
    assert ran.code == 0 and ran.json["scenes"][0]["simulated"]
    pairs = match(made.json["truth"]["leaks"], ran.json["scenes"][0]["plumes"])
    assert len(pairs) == 1, "a false plume"
    plume = pairs[0].plume
    assert plume is not None and pairs[0].distance_m < 60
    assert plume["rate_low95_kg_h"] <= rate <= plume["rate_high95_kg_h"]


@pytest.mark.shared
def test_a_leak_at_a_mine_of_the_real_list_is_laid_to_that_mine(run, shared_data, tmp_path):
    listed = shared_data / "facilities" / "GEM_coal_mine_boundaries_methane_v1.0.2.geojson"
    mine = next(f for f in read_facilities(listed).facilities if "drainage" in f.kind and 110 < f.longitude < 115)
    wind = Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=250.0, source="simulated")
    spec = SimulationSpec(
        shape=(120, 120),
        seed=3,
        leaks=(Leak(row=59.5, column=59.5, rate_kg_h=6000.0),),
        wind=wind,
        longitude=mine.longitude,
        latitude=mine.latitude,
    )
    files = simulate_to(spec, tmp_path / "scene")
    assert read_truth(files.truth)[0]["longitude"] == pytest.approx(mine.longitude, abs=1e-3)
    wind_options = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "1")
    ran = run("scan", files.radiance, "--out", tmp_path / "out", *wind_options, "--facilities", listed)
    assert ran.code == 0
    with (tmp_path / "out" / files.radiance.stem / "plumes.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    near = {f.name for f in read_facilities(listed).facilities if abs(f.longitude - mine.longitude) < 0.02}
    assert row["facility_name"] in near
