"""Means and planes around each pixel, against SciPy and against a fit of each pixel by itself."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from superemitter.measure.retrieval.local_plane import BLOCK, LocalPlane, gaussian_mean, gaussian_moments

RADIUS = 3.0


@pytest.mark.parametrize("shape", [(1, 1), (5, 2 * BLOCK + 7), (BLOCK, 9), (BLOCK + 1, BLOCK + 1)])
@pytest.mark.parametrize("radius", [0.8, 3.0, 12.0])
def test_a_mean_is_that_of_scipy(shape, radius, rng):
    values = rng.normal(size=shape)
    ours, theirs = gaussian_mean(values, radius), gaussian_filter(values, radius, mode="constant", truncate=2.5)
    np.testing.assert_allclose(ours, theirs, atol=2e-6 * np.abs(values).max())


def test_moments_are_sums_over_distances(rng):
    values = rng.normal(size=(20, 25))
    powers = ((0, 0), (2, 1), (0, 2))
    reach = np.arange(-8, 9)
    weight = np.exp(-0.5 * (reach / RADIUS) ** 2)
    weight /= weight.sum()
    padded = np.pad(values, 8)
    for (p, q), ours in zip(powers, gaussian_moments(values, RADIUS, powers), strict=True):
        kernel = np.outer(weight * reach**p, weight * reach**q)
        for row, column in ((0, 0), (7, 24), (19, 3)):
            expected = (kernel * padded[row : row + 17, column : column + 17]).sum()
            assert ours[row, column] == pytest.approx(expected, abs=1e-5)


def test_a_plane_is_the_weighted_fit_of_each_pixel(rng):
    shape = (30, 40)
    row, column = np.mgrid[: shape[0], : shape[1]].astype(float)
    values = 1850.0 + 2.0 * row - column + rng.normal(size=shape)
    kept = rng.random(shape) < 0.4
    found = LocalPlane.through(kept, RADIUS).of(values)
    middle = np.median(values[kept])
    for at in ((0, 0), (12, 20), (29, 39)):
        y, x = row - at[0], column - at[1]
        weight = np.where(kept, np.exp(-0.5 * (x**2 + y**2) / RADIUS**2), 0.0)
        weight[np.maximum(np.abs(x), np.abs(y)) > 8] = 0.0
        weight /= weight.sum()
        columns = [np.ones(shape), y - (weight * y).sum(), x - (weight * x).sum()]
        normal = np.array([[(weight * a * b).sum() for a in columns] for b in columns])
        normal += np.diag([0.0, 0.02 * RADIUS**2, 0.02 * RADIUS**2])  # the pull of the slopes towards zero
        told = np.linalg.solve(normal, [(weight * a * (values - middle)).sum() for a in columns])
        assert found[at] == pytest.approx(
            middle + sum(t * a[at] for t, a in zip(told, columns, strict=True)), abs=2e-3
        )


def test_nothing_kept_is_no_plane():
    assert not LocalPlane.through(np.zeros((9, 9), dtype=bool), RADIUS).of(np.ones((9, 9))).any()
