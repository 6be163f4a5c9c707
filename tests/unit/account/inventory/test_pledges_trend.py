"""A peak is a change of trend that noise cannot explain, not the last maximum."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.account.pledges_trend import (
    Projection,
    mean_change,
    peak_so_far,
    probability_peak_before,
    project,
)
from superemitter.account.series import Quantity, Series
from superemitter.model.rate import CannotSay

CO2 = Quantity(gas="CO2", unit="t", land_use=False, title="CO2")


def series(emissions, first=2000):
    years = tuple(range(first, first + len(emissions)))
    return Series(entity="A", code="", quantity=CO2, years=years, emissions=tuple(emissions), table="t.csv")


def walk(slopes, noise, seed=0, start=1000.0):
    changes = np.asarray(slopes) + noise * np.random.default_rng(seed).standard_normal(len(slopes))
    return series([start, *(start + np.cumsum(changes))])


def projected(record, until, rng):
    projection = project(record, until, rng)
    assert isinstance(projection, Projection)
    return projection


def test_a_long_fall_after_a_long_rise_is_a_peak(rng):
    peak = peak_so_far(projected(walk([20.0] * 10 + [-20.0] * 10, 5.0), 2031, rng))
    assert peak.year == 2010 and peak.probability > 0.95


def test_two_lower_years_in_a_noisy_rise_are_no_peak(rng):
    record = series([*walk([20.0] * 18, 15.0).emissions, 1275.0, 1270.0])
    peak = peak_so_far(projected(record, 2031, rng))
    assert peak.year == record.years[-3] and peak.probability < 0.4


def test_a_steady_rise_has_not_peaked(rng):
    assert peak_so_far(projected(walk([20.0] * 20, 5.0), 2031, rng)).probability < 0.02


def test_a_change_of_trend_is_seen(rng):
    changed = projected(walk([20.0] * 10 + [-20.0] * 10, 5.0), 2030, rng).probability_trend_changed
    steady = projected(walk([20.0] * 20, 5.0), 2030, rng).probability_trend_changed
    assert changed > 0.99 and steady < 0.5


@pytest.mark.parametrize("change", [0.0, 3.0])
def test_a_record_without_noise_goes_on_as_it_did(change, rng):
    record = series([100.0 + change * n for n in range(21)])
    paths = projected(record, 2030, rng).paths
    assert paths[:, -1] == pytest.approx(record.emissions[-1] + 10 * change, rel=1e-6)


def test_all_years_are_before_or_not_before_a_year(rng):
    projection = projected(walk([5.0] * 20, 10.0), 2031, rng)
    shares = [probability_peak_before(projection, year) for year in range(2015, 2033)]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_the_interval_widens_with_the_years(rng):
    low, high = projected(walk([5.0] * 20, 10.0), 2040, rng).quantiles((0.16, 0.84))
    assert np.all(np.diff(high - low) > 0)


def test_a_short_record_a_gap_or_nothing_ahead_cannot_be_projected(rng):
    short = project(series([1.0] * 8), 2030, rng)
    gap = Series(
        entity="A",
        code="",
        quantity=CO2,
        years=(*range(1990, 2010), *range(2011, 2016)),
        emissions=(1.0,) * 25,
        table="t.csv",
    )
    done = project(series([1.0] * 30), 2029, rng)
    for answer, code in ((short, "record-too-short"), (project(gap, 2030, rng), "record-too-short")):
        assert isinstance(answer, CannotSay) and answer.code == code
    assert isinstance(done, CannotSay) and done.code == "nothing-ahead"


def test_the_mean_change_needs_both_ends():
    assert mean_change(series([float(n) for n in range(11)])) == 1.0
    assert mean_change(series([1.0] * 10)) is None
