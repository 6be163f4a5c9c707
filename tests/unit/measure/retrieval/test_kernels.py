"""The kernels of the matched filter, each against a plain sum."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import numpy as np
import pytest

from superemitter.measure.retrieval.matched_filter import (
    Filter,
    albedo_factor,
    apply_filter,
    build_filter,
    filter_weight,
    response_to,
)
from superemitter.measure.retrieval.statistics import (
    PIXELS_PER_BAND,
    Background,
    background,
    column_moments,
    group_columns,
    moments,
)

NAMESPACES = [
    name
    for name in ("numpy", "array_api_compat.numpy", "array_api_strict", "torch")
    if find_spec(name.partition(".")[0])
]


@pytest.fixture
def radiance(rng):
    mixing = rng.normal(size=(6, 6)) * 0.05
    return (0.4 + rng.normal(size=(90, 21, 6)) @ mixing).astype(np.float32)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_moments_are_weighted_sums_in_double_precision_on_any_array(namespace, rng):
    xp = importlib.import_module(namespace)
    block = rng.normal(size=(3, 11, 4)).astype(np.float32)
    weight = (rng.random((3, 11)) > 0.3).astype(np.float64)
    seen = moments(xp.asarray(block), xp.asarray(weight))
    count, total, products = (np.asarray(x) for x in seen)
    assert products.dtype == np.float64
    for column in range(3):
        used = [block[column, row].astype(float) for row in range(11) if weight[column, row]]
        assert count[column] == len(used)
        np.testing.assert_allclose(total[column], sum(used), rtol=1e-12)
        np.testing.assert_allclose(products[column], sum(np.outer(x, x) for x in used), rtol=1e-12)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_weights_solve_the_filters_equations_on_any_array(namespace, rng):
    xp = importlib.import_module(namespace)
    factor = rng.normal(size=(2, 5, 5))
    covariance = factor @ factor.transpose(0, 2, 1) + np.eye(5)
    mean, slope = rng.random((2, 5)) + 0.5, -rng.random((2, 5)) * 1e-5
    weight = np.asarray(filter_weight(xp.asarray(mean), xp.asarray(covariance), xp.asarray(slope)))
    for group in range(2):
        target = slope[group] * mean[group]
        assert weight[group] @ target == pytest.approx(1.0)  # one ppm m is read as one
        direction = np.linalg.inv(covariance[group]) @ target
        np.testing.assert_allclose(weight[group], direction / (target @ direction), rtol=1e-9)


def test_no_other_unbiased_weight_is_less_noisy(rng):
    factor = rng.normal(size=(6, 6))
    covariance = factor @ factor.T + 0.1 * np.eye(6)
    mean, slope = np.ones((1, 6)), -rng.random((1, 6))
    weight = filter_weight(mean, covariance[None], slope)[0]
    target = (slope * mean)[0]
    for _ in range(50):
        other = weight + rng.normal(size=6) * 0.3
        other /= other @ target
        assert other @ covariance @ other >= weight @ covariance @ weight


def test_blocks_of_columns_give_the_same_as_each_column(radiance, rng):
    use = rng.random(radiance.shape[:2]) > 0.2
    use[:, 4] = False
    centre = np.full(6, 0.4)
    gathered = column_moments(radiance, use, centre)
    statistics = background(gathered, centre, by_column=False, shrinkage=0.0)
    pixels = radiance[use].astype(np.float64)
    np.testing.assert_allclose(statistics.mean[0], pixels.mean(axis=0))
    np.testing.assert_allclose(statistics.covariance[0], np.cov(pixels.T, bias=True), rtol=1e-9, atol=1e-12)
    by_column = background(gathered, centre, by_column=True, shrinkage=0.0)
    for column in (0, 15, 16, 20):
        pixels = radiance[use[:, column], column].astype(np.float64)
        np.testing.assert_allclose(by_column.mean[column], pixels.mean(axis=0))
        np.testing.assert_allclose(
            by_column.covariance[column], np.cov(pixels.T, bias=True), rtol=1e-8, atol=1e-12
        )
    assert by_column.pooled.tolist() == [column == 4 for column in range(21)]


def test_statistics_do_not_depend_on_the_centre(radiance):
    use = np.ones(radiance.shape[:2], dtype=bool)
    results = [
        background(column_moments(radiance, use, centre), centre, by_column=True, shrinkage=0.0)
        for centre in (np.zeros(6), np.full(6, 0.41), np.linspace(0, 1, 6))
    ]
    for other in results[1:]:
        np.testing.assert_allclose(other.mean, results[0].mean, rtol=1e-12)
        np.testing.assert_allclose(other.covariance, results[0].covariance, rtol=1e-9, atol=1e-14)


def test_shrinkage_weakens_what_bands_share_and_keeps_their_variance(radiance):
    use, centre = np.ones(radiance.shape[:2], dtype=bool), np.full(6, 0.4)
    gathered = column_moments(radiance, use, centre)
    bare, half = (background(gathered, centre, by_column=True, shrinkage=a).covariance for a in (0.0, 0.5))
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(half[:, off], 0.5 * bare[:, off])
    np.testing.assert_allclose(half[:, ~off], bare[:, ~off])


def test_columns_widen_until_they_have_pixels_enough():
    wanted = PIXELS_PER_BAND * 10
    full = np.full(7, float(wanted))
    first, last, pooled = group_columns(full, 10)
    assert not pooled.any()
    np.testing.assert_array_equal(first, last)
    short = full.copy()
    short[[0, 3, 4]] = 0
    first, last, pooled = group_columns(short, 10)
    assert (first[0], last[0]) == (0, 1)
    assert (first[3], last[3]) == (2, 4)
    assert pooled.tolist() == [True, False, False, True, True, False, False]
    first, last, pooled = group_columns(np.full(5, 3.0), 10)  # the whole scene is all there is
    assert first.tolist() == [0] * 5
    assert last.tolist() == [4] * 5


def test_the_filters_output_noise_and_brightness_are_plain_sums(radiance, rng):
    mean = radiance.astype(float).mean(axis=0)
    weight = rng.normal(size=mean.shape)
    usable = np.ones(21, dtype=bool)
    usable[2] = False
    a, b = rng.random(6) * 0.01, rng.random(6) * 0.1
    seen = apply_filter(radiance, Filter(weight=weight, mean=mean, usable=usable), a, b)
    for row, column in ((0, 0), (89, 16), (40, 20)):
        x = radiance[row, column].astype(float)
        assert seen.alpha[row, column] == pytest.approx(weight[column] @ (x - mean[column]), rel=1e-5, abs=1e-6)
        expected = np.sqrt(np.sum(weight[column] ** 2 * a**2 * (b + x)))
        assert seen.noise[row, column] == pytest.approx(expected, rel=1e-5)
        assert seen.albedo[row, column] == pytest.approx(albedo_factor(x, mean[column]), rel=1e-5)
    assert np.isnan(seen.alpha[:, 2]).all()
    assert np.isfinite(seen.alpha[:, 3]).all()


def test_a_twice_as_bright_pixel_has_twice_the_albedo_factor():
    mean = np.array([0.3, 0.2, 0.1])
    np.testing.assert_allclose(albedo_factor(np.stack([mean, 2 * mean]), mean), [1.0, 2.0])


def statistics(mean, covariance, count=1000.0):
    groups = mean.shape[0]
    return Background(
        mean=mean, covariance=covariance, count=np.full(groups, count), pooled=np.zeros(groups, dtype=bool)
    )


def test_groups_that_cannot_be_inverted_are_marked(rng):
    covariance = np.stack(
        [np.eye(3), np.zeros((3, 3)), np.full((3, 3), np.nan), np.diag([1.0, 1.0, 0.0]), np.eye(3)]
    )
    mean = np.ones((5, 3))
    mean[4, 1] = -1.0
    matched = build_filter(statistics(mean, covariance), np.full((5, 3), -1e-5))
    assert matched.usable.tolist() == [True, False, False, False, False]
    too_few = build_filter(statistics(mean[:1], covariance[:1], count=3.0), np.full((1, 3), -1e-5))
    assert not too_few.usable.any()


def test_the_response_is_what_the_filter_reads_of_the_mean_spectrum_under_methane():
    mean = np.array([[0.4, 0.3, 0.2]])
    matched = build_filter(statistics(mean, np.diag([1.0, 2.0, 3.0])[None]), np.array([[-1e-5, -2e-5, -3e-5]]))
    transmittance = np.array([[[1.0, 1.0, 1.0], [0.99, 0.98, 0.97], [0.9, 0.8, 0.7]]])
    plain = response_to(transmittance, matched, by_albedo=False)[0]
    corrected = response_to(transmittance, matched, by_albedo=True)[0]
    assert plain[0] == corrected[0] == 0.0
    assert plain[1] == pytest.approx(1000.0)
    for k in (1, 2):
        x = mean[0] * transmittance[0, k]
        alpha = matched.weight[0] @ (x - mean[0])
        assert plain[k] == pytest.approx(alpha)
        assert corrected[k] == pytest.approx(alpha / albedo_factor(x, mean[0]))
