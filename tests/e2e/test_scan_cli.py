"""``superemitter scan`` from the user's side: what it writes, what it says, how it ends."""

from __future__ import annotations

import csv
import json
import re

import h5py
import pytest

from superemitter.pipeline import match, read_truth
from superemitter.publish import OUTPUT_FILES

WIND = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "1")


def rows_of(folder):
    with (folder / "plumes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_scan_writes_every_file_and_finds_the_leak(run, scene, tmp_path):
    ran = run("scan", scene, "--out", tmp_path / "out", *WIND)
    assert (ran.code, ran.err) == (0, "")
    folder = tmp_path / "out" / scene.stem
    assert {path.name for path in folder.iterdir()} == {*OUTPUT_FILES, "run.json"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {scene.stem}
    assert "SIMULATED DATA" in ran.out
    assert re.search(r"\d,\d{3} kg/h \(68 %: [\d,]+–", ran.out)
    assert f"report: {folder / 'report.html'}" in ran.out


def test_json_is_all_of_stdout_and_holds_the_truth(run, scene, tmp_path):
    ran = run("scan", scene, "--out", tmp_path, *WIND, "--json")
    assert (ran.code, ran.err) == (0, "")
    (done,) = ran.json["scenes"]
    assert done["status"] == "done" and done["simulated"]
    (pair,) = match(read_truth(scene.with_suffix(".truth.json")), done["plumes"])
    assert pair.plume is not None and pair.distance_m < 300
    assert pair.plume["rate_low95_kg_h"] <= pair.leak["rate_kg_h"] <= pair.plume["rate_high95_kg_h"]


def test_without_a_wind_there_is_a_table_and_no_single_rate(run, scene, tmp_path):
    ran = run("scan", scene, "--out", tmp_path)
    assert ran.code == 0
    assert "no wind was given" in ran.out
    assert all(f"{speed} m/s" in ran.out for speed in (2, 4, 6, 8))
    (row,) = rows_of(tmp_path / scene.stem)
    assert row["rate_kg_h"] == "" and "no-wind" in row["flags"]
    rates = [float(row[f"rate_at_{speed}_m_s_kg_h"]) for speed in (2, 4, 6, 8)]
    assert rates == sorted(rates) and rates[0] > 0


def test_the_other_scenes_are_done_and_the_summary_says_which_failed(run, scene, copy_of, tmp_path):
    cut = copy_of(scene, "cut")
    cut = cut.rename(cut.with_name("cut.nc"))
    cut.write_bytes(scene.read_bytes()[: scene.stat().st_size // 2])
    foreign = tmp_path / "notes.txt"
    foreign.write_text("not a scene")
    ran = run("scan", cut, foreign, scene, "--out", tmp_path / "out", *WIND)
    assert ran.code == 9
    assert {path.name for path in (tmp_path / "out").iterdir()} == {scene.stem}
    assert f"failed: {cut}: error[scene.truncated]" in ran.err
    assert f"failed: {foreign}: error[scene.unknown-product]" in ran.err
    assert "error[scan.some-failed]: 2 of 3 scenes failed" in ran.err
    assert "3 scenes: 1 done, 2 failed" in ran.out


def test_json_of_a_batch_tells_each_outcome(run, scene, tmp_path):
    ran = run("scan", scene, tmp_path / "missing.nc", "--out", tmp_path / "out", *WIND, "--json")
    assert ran.code == 9
    assert [entry["status"] for entry in ran.json["scenes"]] == ["done", "failed"]
    assert ran.json["scenes"][1]["error"]["code"] == "scene.unknown-product"
    assert ran.json["error"]["code"] == "scan.some-failed"


def test_without_geometry_the_hint_names_the_option_and_the_option_helps(run, scene, copy_of, tmp_path):
    alone = copy_of(scene)
    obs = alone.with_name(alone.name.replace("RAD", "OBS"))
    moved = obs.rename(tmp_path / "geometry.nc")
    ran = run("scan", alone, "--out", tmp_path / "out", *WIND)
    assert ran.code == 3
    assert "error[scene.geometry-missing]" in ran.err and "--obs FILE" in ran.err
    assert not (tmp_path / "out").exists()
    assert run("scan", alone, "--out", tmp_path / "out", *WIND, "--obs", moved).code == 0


@pytest.mark.parametrize("fill", [float("nan"), -9999.0, 0.0])
def test_a_scene_without_any_measurement_cannot_say(run, scene, copy_of, tmp_path, fill):
    empty = copy_of(scene)
    with h5py.File(empty, "r+") as file:
        file["radiance"][...] = fill
    ran = run("scan", empty, "--out", tmp_path / "out", *WIND)
    assert ran.code == 3 and "error[scene.cannot-say]" in ran.err
    assert not (tmp_path / "out").exists()


def test_radiance_that_does_not_vary_cannot_say(run, scene, copy_of, tmp_path):
    flat = copy_of(scene)
    with h5py.File(flat, "r+") as file:
        file["radiance"][...] = file["radiance"][0, 0]
    ran = run("scan", flat, "--out", tmp_path / "out", *WIND)
    assert ran.code == 3 and "error[scene.cannot-say]" in ran.err


def test_some_constant_columns_do_not_cost_the_others(run, scene, copy_of, tmp_path):
    striped = copy_of(scene)
    with h5py.File(striped, "r+") as file:
        file["radiance"][:, 100:104] = file["radiance"][0, 100]
    ran = run("scan", striped, "--out", tmp_path / "out", *WIND, "--json")
    assert ran.code == 0
    assert len(match(read_truth(scene.with_suffix(".truth.json")), ran.json["scenes"][0]["plumes"])) == 1


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--wind-speed", "nan", "--wind-from", "250"), 4, "speed_m_s is nan"),
        (("--wind-speed=-3", "--wind-from", "250"), 4, "speed_m_s is -3"),
        (("--wind-speed", "inf", "--wind-from", "250"), 4, "speed_m_s is inf"),
        (("--wind-speed", "3", "--wind-from", "400"), 4, "400"),
        (("--wind-speed", "3", "--wind-from", "9", "--wind-speed-sigma=-1"), 4, "speed_sigma_m_s is -1"),
        (("--wind-speed", "3"), 2, "--wind-from"),
        (("--wind-speed-sigma", "1"), 2, "without a wind"),
        (("--wind", "w.nc", "--wind-speed", "3", "--wind-from", "250"), 2, "both"),
        (("--wind", "nowhere.nc"), 4, "nowhere.nc"),
        (("--wind-speed", "fast", "--wind-from", "250"), 2, "--wind-speed"),
        (("--method", "magic"), 2, "matched-filter"),
        (("--false-plumes", "0"), 2, "above 0"),
        (("--false-plumes", "nan"), 2, "above 0"),
        (("--seed", "-1"), 2, "--seed"),
        (("--datetime", "yesterday"), 2, "2023-07-17T06:05:00Z"),
        (("--facilities", "nowhere.csv"), 5, "nowhere.csv"),
        (("--frobnicate",), 2, "--frobnicate"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(run, scene, tmp_path, options, code, says):
    ran = run("scan", scene, "--out", tmp_path / "out", *options)
    assert ran.code == code
    assert ran.err.startswith("superemitter: error[") and says in ran.err
    assert ran.out == "" and not (tmp_path / "out").exists()
    told = run("scan", scene, "--out", tmp_path / "out", *options, "--json")
    assert told.code == code and told.err == ""
    assert says in json.dumps(told.json["error"])


def test_no_wind_at_all_is_a_wind(run, scene, tmp_path):
    ran = run("scan", scene, "--out", tmp_path, "--wind-speed", "0", "--wind-from", "0", "--json")
    (plume,) = ran.json["scenes"][0]["plumes"]
    assert ran.code == 0 and plume["wind_speed_m_s"] == 0.0 and "low-wind" in plume["flags"]


@pytest.mark.parametrize(
    ("row", "says"),
    [("2019-01-01T00:00:00Z,3,250,61.9,36.3", "covers 2019"), ("2022-08-27T06:00:00Z,3,250,10.0,50.0", "km")],
)
def test_a_wind_that_does_not_cover_the_scene_is_an_error(run, scene, tmp_path, row, says):
    station = tmp_path / "station.csv"
    station.write_text(f"time,wind_speed_m_s,wind_from_deg,longitude,latitude\n{row}\n")
    ran = run("scan", scene, "--out", tmp_path / "out", "--wind", station)
    assert ran.code == 4
    assert "error[wind.not-covered]" in ran.err and says in ran.err
    assert not (tmp_path / "out").exists()


def test_the_wind_of_a_station_is_used_and_named(run, scene, tmp_path):
    station = tmp_path / "station.csv"
    station.write_text(
        "time,wind_speed_m_s,wind_from_deg,wind_speed_sigma_m_s\n"
        "2022-08-27T06:00:00Z,3,250,1\n2022-08-27T07:00:00Z,3,250,1\n"
    )
    ran = run("scan", scene, "--out", tmp_path / "out", "--wind", station, "--json")
    (plume,) = ran.json["scenes"][0]["plumes"]
    assert plume["wind_speed_m_s"] == pytest.approx(3.0) and "station.csv" in plume["wind_source"]


def facilities_at(scene, path, *, rows=()):
    leak = read_truth(scene.with_suffix(".truth.json"))[0]
    lines = [
        f"1,东山煤矿,{leak['longitude']},{leak['latitude']}",
        f"2,西山煤矿,{leak['longitude'] + 0.5},36.3",
        *rows,
    ]
    path.write_text("\n".join(["id,name,longitude,latitude", *lines]) + "\n", encoding="utf-8")
    return path


def test_the_likely_source_is_named_in_its_own_script_and_refused_rows_are_counted(run, scene, tmp_path):
    listed = facilities_at(scene, tmp_path / "mines.csv", rows=("3,swapped,36.3,111.9", "4,nowhere,,"))
    ran = run("scan", scene, "--out", tmp_path / "out", *WIND, "--facilities", listed)
    assert ran.code == 0
    assert "东山煤矿" in ran.out
    assert "2 of 4 rows" in ran.out
    (row,) = rows_of(tmp_path / "out" / scene.stem)
    assert row["facility_name"] == "东山煤矿"
    assert float(row["facility_probability"]) + float(row["none_probability"]) <= 1.0 + 1e-9


def test_a_source_that_is_not_listed_is_none_of_these(run, scene, tmp_path):
    listed = tmp_path / "far.csv"
    listed.write_text("id,name,longitude,latitude\n1,far away,10,50\n")
    ran = run("scan", scene, "--out", tmp_path / "out", *WIND, "--facilities", listed)
    assert ran.code == 0 and "none of these" in ran.out


def test_a_list_whose_coordinates_are_swapped_is_refused_with_the_reason(run, scene, tmp_path):
    listed = tmp_path / "swapped.csv"
    listed.write_text("id,name,longitude,latitude\n1,a,36.3,111.9\n2,b,37.3,112.9\n")
    ran = run("scan", scene, "--out", tmp_path / "out", *WIND, "--facilities", listed)
    assert ran.code == 5 and "swapped" in ran.err
    assert not (tmp_path / "out").exists()


def test_two_scenes_of_one_name_are_refused(run, scene, copy_of, tmp_path):
    ran = run("scan", scene, copy_of(scene), "--out", tmp_path / "out", *WIND)
    assert ran.code == 2 and not (tmp_path / "out").exists()


def test_a_companion_belongs_to_one_scene(run, scene, tmp_path):
    ran = run("scan", scene, tmp_path / "other.nc", "--out", tmp_path / "out", "--obs", scene)
    assert ran.code == 2 and "--obs" in ran.err


def test_a_dry_run_writes_nothing_and_says_what_it_would(run, scene, tmp_path):
    ran = run("scan", scene, "--out", tmp_path / "out", "--dry-run", "--json")
    assert ran.code == 0 and not (tmp_path / "out").exists()
    (plan,) = ran.json["scenes"]
    assert plan["product"] == "emit" and plan["exists"] is False
    assert set(plan["files"]) == {*OUTPUT_FILES, "run.json"}
    (tmp_path / "out" / scene.stem).mkdir(parents=True)
    (tmp_path / "out" / scene.stem / "run.json").write_text("{}")
    taken = run("scan", scene, tmp_path / "no.nc", "--out", tmp_path / "out", "--dry-run")
    assert taken.code == 9 and "error[output.exists]" in taken.err and "scene.unknown-product" in taken.err
    assert run("scan", scene, "--out", tmp_path / "out", "--dry-run", "--overwrite").code == 0
