"""``superemitter inventory`` and ``superemitter pledges`` from the command line, and the picture."""

from __future__ import annotations

import json

import pytest

from superemitter.cli import main

RECORD = "Entity,Code,Year,co2_t\n" + "".join(
    f"China,CHN,{y},{5e9 + 3e8 * (y - 2000)}\n" for y in range(2000, 2025)
)


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "co2.csv"
    path.write_text(RECORD, encoding="utf-8")
    return path


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_pledges_are_told_with_their_numbers_and_the_banner(capsys, record):
    code, out, _ = run(capsys, "pledges", "--inventory", record, "--country", "chn", "--as-of", "2025-06-01")
    assert code == 0 and "off course" in out and "cannot say (scope-not-in-series)" in out
    assert "NOT VERIFIED" in out and "knows of no policy" in out and "United States" not in out


def test_pledges_as_json_are_one_document_and_repeatable(capsys, record):
    arguments = ("pledges", "--inventory", record, "--as-of", "2025-06-01", "--seed", 3, "--json")
    first, second = run(capsys, *arguments)[1], run(capsys, *arguments)[1]
    assert first == second
    content = json.loads(first)
    peak = next(p for p in content["pledges"] if p["pledge"]["id"] == "cn-peak-2020")
    assert peak["peak"]["highest_year"] == 2024 and peak["peak"]["probability_it_is_the_peak"] < 0.05


def test_the_picture_is_written_and_kept(capsys, record, tmp_path):
    picture = tmp_path / "p.png"
    arguments = ("pledges", "--inventory", record, "--country", "China", "--as-of", "2025-06-01", "--out", picture)
    assert run(capsys, *arguments)[0] == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, _, err = run(capsys, *arguments)
    assert code == 6 and "output.exists" in err
    assert run(capsys, *arguments, "--overwrite")[0] == 0


def test_axes_of_the_picture_have_units(record, tmp_path):
    from datetime import date

    import numpy as np

    from superemitter.account.pledges import load_pledges
    from superemitter.account.pledges_judge import judge_all
    from superemitter.account.series import read_series
    from superemitter.publish.pledges import draw_pledges

    series = read_series(record).series
    judged = judge_all(load_pledges(), series, date(2025, 6, 1), np.random.default_rng(0))
    axes = draw_pledges(judged).get_axes()
    assert len(axes) == 2  # both peaks; what has no record has no panel
    assert {panel.get_ylabel() for panel in axes} == {"Gt CO2 per year"}
    assert {panel.get_xlabel() for panel in axes} == {"year"}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--country", "Atlantis"), 15, "there is no pledge of Atlantis"),
        (("--as-of", "tomorrow"), 2, "--as-of 'tomorrow' is not a date"),
        (("--pledges", "nowhere.toml"), 15, "cannot read nowhere.toml"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(capsys, record, arguments, code, told):
    ended, _, err = run(capsys, "pledges", "--inventory", record, *arguments)
    assert ended == code and told in err


def test_an_inventory_is_written_whole_with_its_run(capsys, tmp_path):
    table, out = tmp_path / "activity.csv", tmp_path / "made"
    assert run(capsys, "inventory", "--example", table)[0] == 0
    code, shown, _ = run(capsys, "inventory", table, "--out", out, "--gwp", "AR5", "--unsplit")
    assert code == 0 and "AR5 GWP-100, methane unsplit" in shown and "NOT VERIFIED" in shown
    assert sorted(path.name for path in out.iterdir()) == ["inventory.json", "lines.csv", "run.json", "totals.csv"]
    made = json.loads((out / "inventory.json").read_text(encoding="utf-8"))
    mined = next(line for line in made["lines"] if line["source"] == "coal-underground-mining")
    assert mined["emission_t"] == pytest.approx(12060.0) and mined["verified"] is False
    assert run(capsys, "inventory", table, "--out", out)[0] == 6
    assert run(capsys, "inventory", table, "--out", out, "--overwrite")[0] == 0


def test_a_bad_cell_stops_the_inventory_with_its_place_and_writes_nothing(capsys, tmp_path):
    table, out = tmp_path / "activity.csv", tmp_path / "made"
    run(capsys, "inventory", "--example", table)
    table.write_text(table.read_text(encoding="utf-8").replace("1000000", "a lot", 1), encoding="utf-8")
    code, _, err = run(capsys, "inventory", table, "--out", out)
    assert code == 15 and "activity.csv, row 2, column activity_t: 'a lot' is not a number" in err
    assert not out.exists()


def test_no_table_is_a_mistake_in_the_call(capsys):
    code, _, err = run(capsys, "inventory")
    assert code == 2 and "--example" in err
