"""The simulated blind test: seeds apart, truth beside what was found, one page."""

from __future__ import annotations

import json

import numpy as np
import pytest

from superemitter.cli import main
from superemitter.model.errors import UsageError
from superemitter.pipeline.validation import (
    FITTING_SEEDS,
    JUDGING_SEEDS,
    BlindTest,
    ValidationPlan,
    check_fitting,
    check_judging,
    draw_case,
    run_blind_test,
    summarise,
)
from superemitter.pipeline.validation.blind import mass_ratio, pixel_recall
from superemitter.pipeline.validation.ensemble import isolated
from superemitter.pipeline.validation.run import planned_tests

SMALL = BlindTest(
    first_seed=100, scenes=2, shape=(260, 100), leaks=2, rates_kg_h=(3000.0, 15_000.0), winds_m_s=(2.0, 4.0)
)


@pytest.fixture(scope="module")
def result():
    return run_blind_test(SMALL)


def test_seeds_that_tune_never_judge():
    assert set(FITTING_SEEDS).isdisjoint(JUDGING_SEEDS)
    for first, scenes in ((0, 5), (FITTING_SEEDS.stop - 2, 5)):
        with pytest.raises(UsageError, match="tuning"):
            check_judging(first, scenes)
    with pytest.raises(UsageError, match="judging"):
        check_fitting(FITTING_SEEDS.stop - 2, 5)


def test_a_plan_keeps_its_tests_on_judging_seeds_that_do_not_meet():
    seeds = [seed for test in planned_tests(ValidationPlan(scenes=50)) for seed in test.seeds]
    assert len(seeds) == len(set(seeds))
    assert all(seed in JUDGING_SEEDS for seed in seeds)


def test_equal_seeds_draw_equal_cases_and_the_told_wind_is_not_the_true_one():
    one, same, other = (draw_case(SMALL, seed) for seed in (101, 101, 102))
    assert one == same
    assert one.spec != other.spec
    assert one.told.speed_m_s != one.spec.wind.speed_m_s
    assert one.carrying.speed_m_s > one.spec.wind.speed_m_s


def test_the_told_wind_is_off_by_the_sigma_it_states():
    cases = [draw_case(SMALL, seed) for seed in range(400)]
    deviation = [(c.told.speed_m_s - c.spec.wind.speed_m_s) / c.told.speed_sigma_m_s for c in cases]
    assert np.std(deviation) == pytest.approx(1.0, abs=0.1)


def test_companions_lie_close_to_another_leak_and_inside_the_scene():
    test = BlindTest(first_seed=100, scenes=1, shape=(400, 160), leaks=5, companions=2)
    for seed in range(100, 130):
        places = np.array([[leak.row, leak.column] for leak in draw_case(test, seed).spec.leaks])
        apart = np.hypot(*(places[3:] - places[:2]).T)
        assert len(places) == 5
        assert (apart < 28.5).all()
        assert ((places >= 2) & (places <= np.array(test.shape) - 3)).all()


def test_a_leak_downwind_of_another_does_not_stand_alone():
    case = draw_case(SMALL, 100)
    first, second = isolated(case, 0), isolated(case, 1)
    assert first == second  # of two leaks each is the other's neighbour


def test_large_leaks_are_found_and_set_beside_the_truth(result):
    found = [row for row in result.rows if row.true_kg_h and row.plume]
    assert len(found) >= 3
    assert all(0.3 < row.plume["rate_kg_h"] / row.true_kg_h < 3.0 for row in found)
    assert all(row.plume["plume_id"] == row.exact["plume_id"] for row in found)


def test_the_summary_counts_what_the_rows_hold(result, rng):
    summary = summarise(result, rng)
    assert summary.leaks == 4
    assert summary.found == sum(row.plume is not None for row in result.rows if row.true_kg_h)
    assert summary.told["all"]["median absolute error"].count == summary.found


def test_recall_is_read_at_the_stated_pixel_false_alarm_rate(rng):
    true = np.zeros((200, 200))
    true[:20, :20] = 1000.0
    score = rng.standard_normal(true.shape)
    score[:20, :10] += 20.0
    assert pixel_recall(score, true, np.ones(true.shape, bool)) == pytest.approx(0.5, abs=0.02)
    assert pixel_recall(score, np.zeros((200, 200)), np.ones(true.shape, bool)) is None


def test_mass_ratio_is_of_gas_pixels_only():
    true = np.array([[0.0, 200.0, 400.0]])
    assert mass_ratio(np.array([[900.0, 150.0, 300.0]]), true, np.ones((1, 3), bool)) == pytest.approx(0.75)


def test_the_command_writes_one_page_with_its_figures(tmp_path, capsys):
    out = tmp_path / "validation"
    arguments = ["validate", "--out", str(out), "--scenes", "1", "--test", "emit", "--shape", "260,160", "--json"]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    page = (out / "validation.html").read_text(encoding="utf-8")
    assert told["simulated"] and told["tests"][0]["leaks"] == 6
    assert "SIMULATED" in page and "http" not in page.partition("<body>")[2]
    assert len(json.loads((out / "rows.json").read_text())[0]["rows"]) >= 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--first-seed", "100"], "tuning"),
        (["--test", "emitt"], "no blind test"),
        (["--shape", "10"], "no size"),
        (["--shape", "10,10"], "too small"),
    ],
)
def test_what_cannot_be_validated_is_a_usage_error(tmp_path, capsys, arguments, message):
    assert main(["validate", "--out", str(tmp_path / "v"), "--scenes", "1", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "v").exists()
