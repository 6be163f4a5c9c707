"""Known gas is taken out of the statistics, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.retrieval import Retrieval, retrieve
from superemitter.measure.retrieval.cleaning import without_gas
from superemitter.measure.retrieval.column_moments import ColumnMoments
from superemitter.measure.spectra import band_transmittance
from superemitter.model.errors import InvalidValue

SHAPE = (300, 30)


@pytest.fixture
def gassy(make_ground, make_scene, rng):
    """A scene, the same with a plume over a third of its rows, and the plume. [ppm m]"""
    ground = make_ground(rng, SHAPE)
    clean = make_scene(ground)
    gas = np.zeros(SHAPE)
    gas[100:200] = np.linspace(200.0, 6000.0, 100)[:, None]
    air_mass = float(clean.air_mass.mean())
    factor = np.stack(
        [band_transmittance(np.array([g]), clean.wavelength_nm, clean.fwhm_nm, air_mass)[0] for g in gas[:, 0]]
    )
    return clean, make_scene(ground * factor[:, None, :]), gas


def test_radiance_without_its_true_gas_is_the_ground(gassy):
    clean, plume, gas = gassy
    rows, columns = np.nonzero(gas > 0)
    np.testing.assert_allclose(without_gas(plume, gas, rows, columns), clean.radiance[rows, columns], rtol=2e-3)


def test_pixels_without_gas_stay_as_they_are_and_the_scene_is_not_touched(gassy):
    _, plume, gas = gassy
    before = plume.radiance.copy()
    rows, columns = np.nonzero(gas >= 0)
    cleaned = without_gas(plume, gas, rows, columns).reshape(plume.radiance.shape)
    np.testing.assert_array_equal(cleaned[:100], before[:100])
    np.testing.assert_array_equal(plume.radiance, before)
    none = np.array([], dtype=int)
    assert without_gas(plume, gas, none, none).shape == (0, before.shape[2])


def test_a_second_answer_is_that_of_a_fresh_retrieval(gassy):
    """Moments corrected by the pixels that changed, and columns that did not change taken over: equal numbers."""
    _, plume, gas = gassy
    gas[:, 20:] = 0.0  # these columns stay as they were
    exclude = gas > 4000.0
    asked = Retrieval(plume)
    first = asked.answer().enhancement_ppm_m
    again = asked.answer(exclude=exclude, gas_ppm_m=gas).enhancement_ppm_m
    cleaned = plume.radiance.copy()
    rows, columns = np.nonzero(gas > 0)
    cleaned[rows, columns] = without_gas(plume, gas, rows, columns)
    moments = ColumnMoments.of(cleaned, ~exclude)
    kept = ColumnMoments.of(plume.radiance, np.ones(SHAPE, dtype=bool)).with_use(plume, ~exclude, gas)
    for seen, wanted in zip(kept.moments, moments.moments, strict=True):
        assert seen.shape == wanted.shape
    np.testing.assert_allclose(mean_of(kept), mean_of(moments), rtol=1e-9)
    np.testing.assert_array_equal(again[:, 20:], first[:, 20:])
    assert np.abs(again[:, :20] - first[:, :20]).max() > 100.0
    fresh = Retrieval(plume).answer(exclude=exclude, gas_ppm_m=gas).enhancement_ppm_m
    np.testing.assert_allclose(again, fresh, rtol=1e-4, atol=0.05)


def mean_of(known):
    count, total, _ = known.moments
    return total / count[:, None] + known.centre


def test_knowing_the_gas_brings_back_what_it_hid_of_itself(gassy):
    _, plume, gas = gassy
    there = gas > 0
    hidden = retrieve(plume).enhancement_ppm_m[there].sum() / gas[there].sum()
    known = retrieve(plume, gas_ppm_m=gas).enhancement_ppm_m[there].sum() / gas[there].sum()
    assert hidden < 0.8
    assert known == pytest.approx(1.0, abs=0.06)


def test_gas_of_another_shape_is_refused(gassy):
    _, plume, gas = gassy
    with pytest.raises(InvalidValue, match="gas_ppm_m"):
        retrieve(plume, gas_ppm_m=gas[:-1])
