"""Estimates are drawn as they are stated, and common errors stay common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from superemitter.account.inventory_uncertainty import Draws, Estimate, within_factor, within_percent
from superemitter.model.errors import InvalidValue


@pytest.mark.parametrize(
    "estimate",
    [
        within_percent(300.0, 10.0),
        within_factor(18.0, 2.0),
        Estimate(value=0.1, low95=0.0, high95=0.2),
        Estimate(value=26.7, low95=21.6, high95=32.2),
    ],
    ids=["percent", "factor", "touching zero", "bounds"],
)
def test_median_and_95_percent_bounds_come_out_as_stated(estimate, rng):
    low, median, high = np.quantile(estimate.draw(rng, 200_000), (0.025, 0.5, 0.975))
    wide = estimate.high95 - estimate.low95
    assert (low, median, high) == pytest.approx((estimate.low95, estimate.value, estimate.high95), abs=0.01 * wide)


@given(value=st.floats(1e-6, 1e9), percent=st.floats(0, 500))
def test_a_draw_is_never_negative(value, percent):
    assert within_percent(value, percent).draw(np.random.default_rng(0), 200).min() >= 0


def test_an_estimate_with_one_bound_or_bounds_out_of_order_is_refused():
    with pytest.raises(InvalidValue, match="only one bound"):
        Estimate(value=1.0, low95=0.5)
    with pytest.raises(InvalidValue, match="in order"):
        Estimate(value=1.0, low95=2.0, high95=3.0)
    with pytest.raises(InvalidValue, match="0 or more"):
        Estimate(value=-1.0)


def test_a_name_is_drawn_once_and_what_has_none_is_independent(rng):
    draws = Draws(rng, 1000)
    factor = within_factor(18.0, 2.0)
    assert np.array_equal(draws.shared("mining", factor), draws.shared("mining", factor))
    assert abs(np.corrcoef(draws.independent(factor), draws.independent(factor))[0, 1]) < 0.15
