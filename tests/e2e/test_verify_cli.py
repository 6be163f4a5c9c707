"""``superemitter verify``: a published number can be recomputed, and a changed one is noticed."""

from __future__ import annotations

import json
import shutil

import h5py
import pytest

WIND = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "1")


@pytest.fixture
def record(run, scene, tmp_path):
    """The record of a finished scan."""
    assert run("scan", scene, "--out", tmp_path / "out", *WIND).code == 0
    return tmp_path / "out" / scene.stem / "run.json"


def test_what_nobody_changed_is_verified(run, record):
    ran = run("verify", record)
    assert (ran.code, ran.err) == (0, "")
    assert "verified" in ran.out and "same platform" in ran.out
    told = run("verify", record, "--json")
    assert told.code == 0 and told.json["ok"] and told.json["compared"] > 40


def test_a_changed_table_is_noticed(run, record):
    table = record.with_name("plumes.csv")
    table.write_text(table.read_text().replace("EMIT", "TIME", 1))
    ran = run("verify", record)
    assert ran.code == 7 and "not as it was written: plumes.csv" in ran.out
    told = run("verify", record, "--json")
    assert told.code == 7 and told.json["changed_outputs"] == ["plumes.csv"]
    assert told.json["error"]["code"] == "verify.failed"


def test_a_changed_number_in_the_record_is_noticed(run, record):
    content = json.loads(record.read_text())
    content["results"][0]["rate_kg_h"] *= 1.00001
    record.write_text(json.dumps(content))
    ran = run("verify", record)
    assert ran.code == 7 and "rate_kg_h" in ran.out


def test_a_changed_input_is_not_recomputed_but_named(run, scene, copy_of, tmp_path):
    mine = copy_of(scene)
    assert run("scan", mine, "--out", tmp_path / "out", *WIND).code == 0
    record = tmp_path / "out" / mine.stem / "run.json"
    with h5py.File(mine, "r+") as file:
        file["radiance"][0, 0, 0] += 1.0
    ran = run("verify", record)
    assert ran.code == 7 and "SHA-256" in ran.err and mine.name in ran.err


def test_moved_inputs_are_found_where_one_says(run, scene, copy_of, tmp_path):
    mine = copy_of(scene)
    assert run("scan", mine, "--out", tmp_path / "out", *WIND).code == 0
    record = tmp_path / "out" / mine.stem / "run.json"
    shutil.move(mine.parent, tmp_path / "archive")
    lost = run("verify", record)
    assert lost.code == 7 and "--inputs" in lost.err
    assert run("verify", record, "--inputs", tmp_path / "archive").code == 0


@pytest.mark.parametrize("content", ["", "{}", "[1]", "not json"])
def test_what_is_no_record_is_refused(run, tmp_path, content):
    path = tmp_path / "run.json"
    path.write_text(content)
    ran = run("verify", path)
    assert ran.code == 7 and "error[verify.failed]" in ran.err
