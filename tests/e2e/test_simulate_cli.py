"""``superemitter simulate``, ``info`` and ``demo`` from the user's side."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from superemitter import open_scene
from superemitter.pipeline import demo as demonstration
from superemitter.simulate import Leak


@pytest.mark.parametrize("instrument", ["emit", "aviris-ng"])
def test_a_simulated_scene_opens_as_a_real_one_and_says_that_it_is_none(run, tmp_path, instrument):
    arguments = ["simulate", "--out", tmp_path, "--instrument", instrument, "--shape", "40,30"]
    arguments += ["--leak", "20,10,900", "--sun-zenith", "50", "--seed", "1"]
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("SIMULATED, not an observation.") and "900" in ran.out
    radiance = ran.out.partition("radiance: ")[2].splitlines()[0]
    scene = open_scene(radiance)
    assert scene.simulated and scene.shape == (40, 30)
    assert np.median(scene.dataset["solar_zenith"]) == pytest.approx(50, abs=0.5)
    assert run(*arguments).code == 6
    told = run(*arguments, "--overwrite", "--json")
    assert told.code == 0 and told.json["truth"]["leaks"][0]["rate_kg_h"] == 900


def test_leaks_at_random_places_have_the_rates_asked_for(run, tmp_path):
    ran = run("simulate", "--out", tmp_path, "--shape", "150,150", "--rates", "3000,1200", "--json")
    assert sorted(leak["rate_kg_h"] for leak in ran.json["truth"]["leaks"]) == [1200, 3000]


def test_a_scene_without_leaks_says_so(run, tmp_path):
    ran = run("simulate", "--out", tmp_path, "--shape", "30,30")
    assert ran.code == 0 and "no leak" in ran.out


def test_several_plumes_go_into_a_copy_at_pixels_and_at_places(run, scene, tmp_path):
    background = open_scene(scene)
    longitude, latitude = background.footprint.at(100, 20)
    ran = run(
        *("simulate", "--background", scene, "--out", tmp_path, "--leak", "20,20,2000"),
        *("--leak-lonlat", f"{longitude},{latitude},1000", "--json"),
    )
    assert ran.code == 0
    first, second = ran.json["truth"]["leaks"]
    assert (first["row"], first["column"], first["id"]) == (20, 20, "leak-1")
    assert (second["row"], second["column"], second["rate_kg_h"], second["id"]) == (100, 20, 1000, "leak-2")
    after = open_scene(ran.json["files"]["radiance"])
    darker = (after.radiance / background.radiance).min(axis=2) < 0.99
    assert darker[18:23, 20:24].any() and darker[98:103, 20:24].any()
    np.testing.assert_array_equal(after.radiance[60, 5], background.radiance[60, 5])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--shape", "30"), "--shape"),
        (("--shape", "30.5,30"), "--shape"),
        (("--shape", "1,1"), "too small"),
        (("--leak", "1,2"), "--leak"),
        (("--leak", "1,2,much"), "--leak"),
        (("--leak", "1,999,100", "--shape", "30,30"), "outside"),
        (("--leak", "1,1,-100", "--shape", "30,30"), "-100"),
        (("--leak", "1,1,nan", "--shape", "30,30"), "nan"),
        (("--rates", ""), "--rates"),
        (("--rates", "1000", "--shape", "20,20"), "20"),
        (("--instrument", "hubble"), "hubble"),
        (("--sun-zenith", "89"), "89"),
        (("--leak-lonlat", "1,2,3"), "--background"),
        (("--obs", "x.nc"), "--background"),
        (("--background", "x.nc"), "no leak"),
        (("--background", "x.nc", "--rates", "1000"), "--rates"),
        (("--background", "x.nc", "--leak", "1,1,1", "--sun-zenith", "30"), "--sun-zenith"),
    ],
)
def test_what_cannot_be_simulated_is_refused(run, tmp_path, options, says):
    ran = run("simulate", "--out", tmp_path / "out", *options)
    assert ran.code == 2, ran.err
    assert says in ran.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("instrument", ["emit", "aviris-ng"])
def test_a_full_disk_is_told_and_leaves_no_file(tmp_path, instrument):
    command = [sys.executable, "-m", "superemitter", "simulate", "--shape", "40,40", "--instrument", instrument]
    done = subprocess.run(
        [*command, "--out", str(tmp_path)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 6, done.stderr
    assert "error[output.failed]" in done.stderr and done.stderr.count("\n") == 2
    assert list(tmp_path.iterdir()) == []


def test_a_place_outside_the_background_is_refused(run, scene, tmp_path):
    ran = run("simulate", "--background", scene, "--out", tmp_path / "out", "--leak-lonlat", "10,50,1000")
    assert ran.code == 2 and "outside the image" in ran.err


def test_a_wind_that_cannot_blow_is_refused(run, tmp_path):
    assert run("simulate", "--out", tmp_path / "out", "--wind-speed", "nan").code == 4


def test_info_says_what_a_scene_is(run, scene):
    ran = run("info", scene)
    assert (ran.code, ran.err) == (0, "")
    for words in ("SIMULATED", "emit, EMIT", "120 rows × 120 columns", "air mass", "cloud 0.0 %", scene.name):
        assert words in ran.out
    facts = run("info", scene, "--json").json
    west, south, east, north = facts["bbox"]
    assert west < facts["center"][0] < east and south < facts["center"][1] < north
    assert facts["pixel_size_m"] == pytest.approx(60, rel=0.02)
    assert facts["window_nm"][0] > 2100 and facts["simulated"] is True
    assert len(facts["files"]) == 3


def test_info_of_what_is_no_scene_ends_like_a_scan(run, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    assert run("info", tmp_path / "notes.txt").code == 3
    assert run("info", tmp_path).code == 3
    assert run("info", tmp_path / "nowhere", "--json").json["error"]["code"] == "scene.unknown-product"


@pytest.mark.shared
def test_info_of_the_real_crop_names_its_cautions(run, shared_data):
    crop = shared_data / "hyperspectral" / "aviris_ng_santa_clarita_2016" / "ang20160910t185702_2rdn_img"
    facts = run("info", crop, "--json").json
    assert facts["instrument"] == "AVIRIS-NG" and not facts["simulated"] and facts["orthorectified"]
    assert {"wavelength-from-band-names", "time-from-name"} <= set(facts["flags"])


def test_the_demonstration_shows_the_truth_beside_what_was_found(run, tmp_path, monkeypatch):
    monkeypatch.setattr(demonstration, "SHAPE", (120, 120))
    monkeypatch.setattr(
        demonstration, "LEAKS", (Leak(row=60, column=30, rate_kg_h=6000), Leak(row=110, column=10, rate_kg_h=1))
    )
    ran = run("demo", "--out", tmp_path / "demo")
    assert (ran.code, ran.err) == (0, "")
    assert "SIMULATED DATA" in ran.out and "1 of 2 leaks found" in ran.out and "not found" in ran.out
    assert "report.html\nexplorer: superemitter serve --demo" in ran.out
    assert run("demo", "--out", tmp_path / "demo").code == 6
    again = run("demo", "--out", tmp_path / "demo", "--overwrite", "--json")
    assert again.code == 0 and len(again.json["matches"]) == 2
    json.dumps(again.json, allow_nan=False)
    states = {case["state"] for case in again.json["cases"]}
    assert "issued" in states and all(case["simulated"] for case in again.json["cases"])
    assert {Path(name).suffix for name in again.json["notice"]} >= {".json", ".pdf", ".xlsx"}
    assert all(Path(name).is_file() for name in again.json["notice"])
    then, _today = again.json["rule"]
    assert (then["day"], then["outcome"], then["duties"][0]["state"]) == ("2024-07-01", "applies", "running")
    assert run("cases", "verify", "--db", tmp_path / "demo" / "superemitter.db").code == 0
