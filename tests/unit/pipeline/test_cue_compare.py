"""Ranked places for sharper instruments, and scans beside a plume list."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from superemitter.cli import main
from superemitter.model import Facility
from superemitter.model.errors import ImportRefused, SceneError, UsageError
from superemitter.pipeline import Context, Recipe, scan_to_folder
from superemitter.pipeline.compare import compare_with_list, read_scan
from superemitter.pipeline.cue import cue
from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

LEAK = SwathLeak(longitude=60.0, latitude=38.0, rate_kg_h=50_000.0)
SPEC = SwathSpec(leaks=(LEAK,), seed=11)
HEADER = ("date", "time_UTC", "lat", "lon", "source_rate_t/h", "uncertainty_t/h", "estimated_source_type")


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """The same place on two days."""
    place = tmp_path_factory.mktemp("scans")
    folders = []
    for day in (0, 3):
        spec = replace(SPEC, time=SPEC.time + timedelta(days=day), seed=11 + day)
        path = write_s5p(simulate_swath(spec), place / f"day{day}.nc")
        folders.append(scan_to_folder(path, place / "out", Recipe(), Context.of(Recipe()))[0])
    return folders


def write_list(path, *rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def test_plumes_of_one_place_on_several_days_are_one_cue(scans):
    cues = cue(scans)
    first = cues[0]
    assert len(first.plumes) == 2 and first.first_day.isoformat() == "2021-06-05"
    assert first.priority > cue(scans[:1])[0].priority


def test_a_cue_names_the_facilities_inside_and_who_could_look(scans):
    inside = Facility(facility_id="in", name="mine", longitude=LEAK.longitude + 0.03, latitude=LEAK.latitude)
    outside = Facility(facility_id="out", name="far", longitude=LEAK.longitude + 2.0, latitude=LEAK.latitude)
    first = cue(scans, (outside, inside))[0]
    assert [facility.facility_id for facility, _ in first.facilities] == ["in"]
    assert {"EMIT", "Sentinel-2"} <= {one.name for one in first.lookers}


def test_places_are_ranked_by_expected_emission(scans):
    priorities = [one.priority for one in cue(scans)]
    assert priorities == sorted(priorities, reverse=True)


def test_emit_cannot_look_beyond_the_stations_orbit(tmp_path):
    leak = SwathLeak(longitude=60.0, latitude=66.0, rate_kg_h=60_000.0)
    path = write_s5p(simulate_swath(SwathSpec(latitude=66.0, leaks=(leak,), seed=11)), tmp_path / "north.nc")
    folder, _ = scan_to_folder(path, tmp_path / "out", Recipe(), Context.of(Recipe()))
    names = {one.name for one in cue([folder])[0].lookers}
    assert "EMIT" not in names and "Sentinel-2" in names


def test_a_list_is_matched_missed_and_outside(scans, tmp_path):
    path = write_list(
        tmp_path / "list.csv",
        ("20210601", "08:00:10", LEAK.latitude, LEAK.longitude, 45, 15, "Coal"),
        ("20210601", "08:00:10", LEAK.latitude - 0.7, LEAK.longitude + 0.5, 20, 8, "Oil"),
        ("20210601", "08:00:10", -30.0, 100.0, 20, 8, "Oil"),
        ("20210601", "19:00:00", LEAK.latitude, LEAK.longitude, 20, 8, "Oil"),
    )
    found = compare_with_list(path, scans[:1])
    summary = found.summary()
    assert (summary["matched"], summary["missed"], summary["outside"]) == (1, 1, 2)
    pair = next(pair for pair in found.pairs if pair.listed and pair.plume)
    assert pair.distance_m < 15_000
    assert pair.ratio == pytest.approx(pair.plume["rate_kg_h"] / 45_000.0) and pair.agrees


def test_a_plume_the_list_lacks_is_only_ours(scans, tmp_path):
    path = write_list(tmp_path / "list.csv", ("20200101", "08:00:10", 0.0, 0.0, 45, 15, "Coal"))
    summary = compare_with_list(path, scans).summary()
    assert summary["only_ours"] >= 2 and summary["median_ratio"] is None


def test_what_is_no_scan_and_what_is_no_list_are_errors(scans, tmp_path):
    with pytest.raises(SceneError, match="no output of a scan"):
        read_scan(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ImportRefused):
        compare_with_list(tmp_path / "x.csv", scans)
    with pytest.raises(UsageError):
        cue([])


def test_both_commands_speak_json_and_say_that_data_are_simulated(scans, tmp_path, capsys):
    path = write_list(
        tmp_path / "list.csv", ("20210601", "08:00:10", LEAK.latitude, LEAK.longitude, 45, 15, "Coal")
    )
    assert main(["cue", str(scans[0]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cues"][0]["simulated"] is True
    assert main(["compare", str(path), str(scans[0]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["matched"] == 1
    assert main(["cue", str(scans[0])]) == 0
    assert "SIMULATED" in capsys.readouterr().out
    assert main(["compare", str(path), str(scans[0])]) == 0
    assert "1 matched" in capsys.readouterr().out
