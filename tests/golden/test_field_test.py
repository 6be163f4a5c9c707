"""Figures of the published single-blind satellite test, recomputed from its table."""

from __future__ import annotations

import pytest

from superemitter.model.errors import InvalidValue
from superemitter.pipeline.validation import field_figures, read_field_test

pytestmark = pytest.mark.shared


@pytest.fixture
def estimates(shared_data):
    return read_field_test(shared_data / "controlled_release" / "sherwin2023_matchedDF_Satellites_230130.csv")


def test_sherwin_2023_stage_one_has_the_published_errors(estimates):
    figures = field_figures(e for e in estimates if e.stage == 1)
    assert figures.count == 32
    assert figures.mean_bias == pytest.approx(0.016, abs=0.001)
    assert figures.median_absolute_error == pytest.approx(0.265, abs=0.001)
    assert (figures.within_50, figures.within_20) == (0.75, 0.375)
    assert figures.log_sigma == pytest.approx(0.44, abs=0.005)


def test_sherwin_2023_stage_two_has_the_published_errors(estimates):
    figures = field_figures(e for e in estimates if e.stage == 2)
    assert figures.mean_bias == pytest.approx(0.158, abs=0.002)
    assert figures.median_absolute_error == pytest.approx(0.276, abs=0.001)
    assert figures.log_sigma == pytest.approx(0.35, abs=0.005)


@pytest.mark.parametrize(("stage", "held", "one_sigma"), [(1, 19 / 32, 0.667), (2, 20 / 32, 0.679)])
def test_stated_intervals_hold_the_truth_as_often_as_published(estimates, stage, held, one_sigma):
    figures = field_figures(e for e in estimates if e.stage == stage)
    assert figures.coverage == held
    assert figures.coverage_one_sigma == pytest.approx(one_sigma, abs=0.001)


def test_bounds_of_lars_come_from_its_sigma_and_those_of_sron_are_put_in_order(estimates):
    lars = next(e for e in estimates if e.team == "LARS" and e.satellite == "PRISMA")
    assert (lars.low_kg_h, lars.high_kg_h) == (2494.0 - 966.0, 2494.0 + 966.0)
    assert all(e.low_kg_h < e.rate_kg_h < e.high_kg_h for e in estimates if e.team == "SRON")


def test_a_sigma_of_zero_means_that_none_was_given(estimates):
    unstated = [e for e in estimates if e.low_kg_h is None]
    assert [(e.team, e.rate_kg_h) for e in unstated] == [("LARS", 1191.0)]


def test_another_table_is_refused(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidValue, match="is not the table"):
        read_field_test(tmp_path / "other.csv")
