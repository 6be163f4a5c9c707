"""The sparse filter: the same numbers as the original; its time is measured by `benchmarks/sparse_filter.py`."""

from __future__ import annotations

import numpy as np
import pytest
from onboard_methane_detection.mag1c_sas_base import acrwl1mf

from superemitter.measure.retrieval.sparse import sparse_field, sparse_filter
from superemitter.model.errors import InvalidValue

BANDS = 30


@pytest.fixture
def column(rng):
    """A column of mixed ground with gas in a tenth of its pixels: radiance, unit absorption, truth [ppm m]."""
    spectrum = -1e-5 * np.abs(rng.standard_normal(BANDS)) * (rng.random(BANDS) < 0.6)
    ends = np.abs(1.0 + 0.2 * rng.standard_normal((4, BANDS)))
    ground = rng.dirichlet(np.full(4, 3.0), size=400) @ ends * rng.uniform(0.7, 1.3, size=(400, 1))
    truth = np.where(np.arange(400) % 10 == 0, rng.uniform(500.0, 8000.0, size=400), 0.0)
    clean = ground * np.exp(truth[:, None] * spectrum[None, :])
    return clean + 0.004 * rng.standard_normal(clean.shape), spectrum, truth


def original(radiance, spectrum, iterations):
    return acrwl1mf(radiance[None], 1e5 * spectrum[None, None], iterations)[0][0, :, 0]


@pytest.mark.parametrize("iterations", [0, 1, 5, 30])
def test_it_equals_the_original_at_the_same_number_of_iterations(column, iterations):
    radiance, spectrum, _ = column
    ours = sparse_filter(radiance, spectrum, iterations=iterations)
    assert np.abs(ours.alpha - original(radiance, spectrum, iterations)).max() < 0.01
    assert ours.iterations == iterations


def test_by_default_it_goes_on_until_nothing_changes(column):
    radiance, spectrum, _ = column
    ours = sparse_filter(radiance, spectrum)
    further = sparse_filter(radiance, spectrum, iterations=ours.iterations + 1)
    assert ours.converged and ours.iterations > 1
    assert np.abs(further.alpha - ours.alpha).max() <= 1.0


def test_it_finds_the_gas_and_almost_nothing_else(column):
    radiance, spectrum, truth = column
    ours = sparse_filter(radiance, spectrum)
    strong = truth > 3000.0
    assert np.mean(ours.alpha[strong] > 0) > 0.9
    assert np.mean(ours.alpha[truth == 0] == 0) > 0.9


def test_gain_changes_nothing(column):
    radiance, spectrum, _ = column
    gain = np.linspace(0.5, 3.0, BANDS)
    plain, scaled = (sparse_filter(x, spectrum, iterations=0).alpha for x in (radiance, 7.0 * radiance))
    assert scaled == pytest.approx(plain, rel=1e-6, abs=1e-3)
    assert np.isfinite(sparse_filter(radiance * gain, spectrum).alpha).all()


def test_what_cannot_be_inverted_is_refused(column):
    radiance, spectrum, _ = column
    with pytest.raises(InvalidValue, match="too few"):
        sparse_filter(radiance[:BANDS], spectrum)
    with pytest.raises(InvalidValue, match="does not vary"):
        sparse_filter(np.ones((100, BANDS)), spectrum)


def test_an_image_is_answered_column_by_column_where_it_can_be(column):
    radiance, spectrum, _ = column
    image = np.stack([radiance, radiance, radiance], axis=1)
    use = np.ones(image.shape[:2], dtype=bool)
    use[40:, 2] = False
    seen = sparse_field(image, use, spectrum[None], by_column=True, least_pixels=150)
    assert seen[:, 0] == pytest.approx(sparse_filter(radiance, spectrum).alpha, abs=0.01)
    assert np.isnan(seen[:, 2]).all()
