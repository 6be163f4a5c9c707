"""Scores of stated rates do what their names say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from superemitter.pipeline.validation.scores import Estimates, bootstrapped, brier, rate_figures, reliability

LEVELS = ndtri(np.array([0.025, 0.16, 0.5, 0.84, 0.975]))


def stated(rng, *, sigma, stated_sigma, count=4000):
    """Rates off by `sigma` in the logarithm that state `stated_sigma`."""
    true = np.exp(rng.uniform(5.0, 9.0, size=count))
    middle = np.log(true) + sigma * rng.standard_normal(count)
    return Estimates(
        scene=np.arange(count) // 10,
        true_kg_h=true,
        quantiles_kg_h=np.exp(middle[:, None] + stated_sigma * LEVELS[None, :]),
    )


def test_honest_intervals_hold_the_truth_as_often_as_they_say(rng):
    estimates = stated(rng, sigma=0.3, stated_sigma=0.3)
    assert estimates.holds(68).mean() == pytest.approx(0.68, abs=0.03)
    assert estimates.holds(95).mean() == pytest.approx(0.95, abs=0.015)


def test_the_log_score_of_a_lognormal_rate_is_that_of_its_density(rng):
    estimates = stated(rng, sigma=0.3, stated_sigma=0.3)
    error = np.log(estimates.true_kg_h / estimates.quantiles_kg_h[:, 2])
    density = np.exp(-0.5 * (error / 0.3) ** 2) / (0.3 * np.sqrt(2.0 * np.pi))
    assert estimates.log_scores() == pytest.approx(-np.log(density), abs=1e-6)


@pytest.mark.parametrize("stated_sigma", [0.12, 0.75])
def test_the_log_score_prefers_the_true_uncertainty(stated_sigma):
    honest, other = (
        stated(np.random.default_rng(5), sigma=0.3, stated_sigma=s).log_scores().mean()
        for s in (0.3, stated_sigma)
    )
    assert honest < other


def test_figures_come_with_an_interval_around_them(rng):
    figures = rate_figures(stated(rng, sigma=0.3, stated_sigma=0.3, count=300), rng)
    assert all(figure.low <= figure.value <= figure.high for figure in figures.values())
    assert figures["68 % interval, median high / low"].value == pytest.approx(
        np.exp(2 * 0.3 * LEVELS[3]), rel=1e-6
    )


def test_the_bootstrap_draws_scenes_not_cases(rng):
    scene = np.repeat(np.arange(10), 50)
    values = np.repeat(rng.standard_normal(10), 50)  # all cases of a scene agree
    figure = bootstrapped(scene, lambda i: float(values[i].mean()), rng)
    assert figure.high - figure.low > 0.3


def test_reliability_and_brier_score_of_known_forecasts():
    said, was = [0.05, 0.05, 0.95, 0.95], [False, False, True, False]
    assert reliability(said, was) == [(pytest.approx(0.05), 0.0, 2), (pytest.approx(0.95), 0.5, 2)]
    assert brier(said, was) == pytest.approx((3 * 0.05**2 + 0.95**2) / 4)
