"""Known gas is taken out of the statistics, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.retrieval import retrieve
from superemitter.measure.retrieval.cleaning import without_gas
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
    np.testing.assert_allclose(without_gas(plume, gas), clean.radiance, rtol=2e-3)


def test_pixels_without_gas_stay_as_they_are_and_the_scene_is_not_touched(gassy):
    _, plume, gas = gassy
    before = plume.radiance.copy()
    cleaned = without_gas(plume, gas)
    np.testing.assert_array_equal(cleaned[:100], plume.radiance[:100])
    np.testing.assert_array_equal(plume.radiance, before)
    np.testing.assert_array_equal(without_gas(plume, np.full(SHAPE, np.nan)), before)


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
