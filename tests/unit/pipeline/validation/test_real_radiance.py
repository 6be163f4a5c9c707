"""Leaks put into a given scene: what is found beside what was put in, and what the scene shows by itself."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from superemitter.cli import main
from superemitter.model.errors import UsageError
from superemitter.pipeline.validation import (
    REAL_RADIANCE,
    ValidationPlan,
    run_real_radiance_test,
    summarise_real_radiance,
)
from superemitter.pipeline.validation.real_radiance import draw_injected
from superemitter.pipeline.validation.run import planned_tests
from superemitter.simulate import Leak, SimulationSpec, simulate_to

SMALL = replace(REAL_RADIANCE, first_seed=300, scenes=4, rates_kg_h=(250.0, 500.0), winds_m_s=(2.0, 3.0))


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A small airborne scene that plays the part of the real one."""
    spec = SimulationSpec(instrument="aviris-ng", shape=(90, 70), seed=6)
    return simulate_to(spec, tmp_path_factory.mktemp("stand-in")).radiance


@pytest.fixture(scope="module")
def real(stand_in):
    return run_real_radiance_test(SMALL, stand_in)


def test_strong_leaks_are_found_where_they_were_put_in(real):
    leaks = [row for row in real.result.rows if row.true_kg_h]
    found = [row for row in leaks if row.plume]
    assert len(leaks) == 4 and len(found) >= 3
    assert all(0.2 < row.exact["rate_kg_h"] / row.true_kg_h < 5.0 for row in found)
    assert all(row.distance_m < 60.0 for row in found)


def test_the_shape_is_that_of_the_file_and_the_untouched_scene_is_scanned_as_well(real):
    assert real.result.test.shape == (90, 70)
    assert len(real.own_plumes) == 4
    assert real.noise_ppm_m > 0


def test_the_summary_leaves_out_what_a_crop_cannot_say(real):
    summary = summarise_real_radiance(real, np.random.default_rng(0))
    assert summary.leaks == 4
    assert not any("granule" in name for name in summary.figures)
    assert sum(part.leaks for part in summary.recall) == 4


def test_equal_seeds_draw_equal_leaks_away_from_the_edge():
    test = replace(SMALL, shape=(25, 30))
    cases = [draw_injected(test, seed) for seed in range(40)]
    assert cases[3] == draw_injected(test, 3)
    assert all(5.0 <= case.spec.leaks[0].row <= 20.0 for case in cases)
    assert len({case.spec.leaks[0].row for case in cases}) == 40


def test_a_plume_of_the_scene_itself_is_not_counted_as_false(tmp_path):
    own = Leak(row=20.0, column=20.0, rate_kg_h=900.0)
    spec = SimulationSpec(instrument="aviris-ng", shape=(90, 70), seed=6, leaks=(own,))
    radiance = simulate_to(spec, tmp_path).radiance
    real = run_real_radiance_test(replace(SMALL, scenes=3), radiance)
    assert min(real.own_plumes) >= 1
    beside = [row for row in real.result.rows if row.true_kg_h is None]
    assert len(beside) < sum(real.own_plumes)


def test_the_plan_needs_a_file():
    with pytest.raises(UsageError, match="needs a file"):
        planned_tests(ValidationPlan(tests=("real-radiance",)))


def test_the_command_puts_it_on_the_page(stand_in, tmp_path, capsys):
    out = tmp_path / "validation"
    command = ["validate", "--out", str(out), "--test", "real-radiance", "--radiance", str(stand_in)]
    assert main([*command, "--scenes", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["real_radiance"]["leaks"] == 2 and told["plan"]["radiance"] == str(stand_in)
    assert "REAL radiance" in (out / "validation.html").read_text(encoding="utf-8")
    assert json.loads((out / "rows.json").read_text())[0]["test"]["first_seed"] == 35_000


@pytest.mark.shared
def test_leaks_in_the_real_santa_clarita_radiance_are_found_by_their_size(shared_data):
    crop = shared_data / "hyperspectral" / "aviris_ng_santa_clarita_2016" / "ang20160910t185702_2rdn_img"
    test = replace(REAL_RADIANCE, first_seed=400, scenes=10, winds_m_s=(2.0, 3.0))
    strong = run_real_radiance_test(replace(test, rates_kg_h=(300.0, 500.0)), crop)
    weak = run_real_radiance_test(replace(test, rates_kg_h=(1.0, 5.0)), crop)
    assert set(strong.own_plumes) == {0}
    assert 90.0 < strong.noise_ppm_m < 140.0
    found = [row for row in strong.result.rows if row.true_kg_h and row.plume]
    assert len(found) >= 9
    assert 0.6 < np.median([row.exact["rate_kg_h"] / row.true_kg_h for row in found]) < 1.6
    assert sum(row.plume is not None for row in weak.result.rows if row.true_kg_h) <= 1
