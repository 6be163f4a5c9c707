"""Instruments load from data, and their noise is that of the published tables."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.model import load_instrument
from superemitter.model.errors import InvalidValue

KEYS = ("emit", "aviris-ng", "aviris-3")
NOISE_FILES = {
    "emit": "emit_noise.txt",
    "aviris-ng": "avirisng_noise.txt",
    "aviris-3": "AV320250715t180536_001_L1B_RDN_76a54582_NOISE.txt",
}


@pytest.mark.parametrize("key", KEYS)
def test_an_instrument_is_complete(key):
    instrument = load_instrument(key)
    assert instrument.key == key
    centre, width = instrument.spectral_calibration.T
    assert np.all(np.diff(centre) > 0)
    assert np.all((width > 3) & (width < 12))
    low, high = instrument.retrieval_window_nm
    assert 45 <= ((centre > low) & (centre < high)).sum() <= 80
    assert instrument.source


def test_an_unknown_instrument_names_the_known_ones():
    with pytest.raises(InvalidValue) as caught:
        load_instrument("hyperion")
    assert all(key in caught.value.hint for key in KEYS)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("radiance", [0.02, 0.3, 3.0])
def test_noise_is_that_of_the_published_table(key, radiance, shared_data):
    table = np.loadtxt(shared_data / "hyperspectral" / "noise" / NOISE_FILES[key], usecols=(0, 1, 2, 3))
    wavelength, a, b, c = table[(table[:, 0] > 2120) & (table[:, 0] < 2490)].T
    expected = np.abs(a * np.sqrt(b + radiance) + c)
    seen = load_instrument(key).noise_equivalent_radiance(np.full(wavelength.size, radiance), wavelength)
    np.testing.assert_allclose(seen, expected, rtol=1e-3)


@pytest.mark.parametrize("key", KEYS)
def test_the_constant_left_out_of_the_filters_noise_hardly_matters(key):
    instrument = load_instrument(key)
    wavelength = np.arange(2122.0, 2488.0, 5.0)
    a, b = instrument.noise_coefficients(wavelength)
    for radiance in (0.02, 0.3, 3.0):
        whole = instrument.noise_equivalent_radiance(np.full(wavelength.size, radiance), wavelength)
        np.testing.assert_allclose(a * np.sqrt(b + radiance), whole, rtol=5e-3)


@pytest.mark.parametrize("wavelength", [300.0, 2600.0])
def test_no_noise_is_made_up_outside_the_table(wavelength):
    with pytest.raises(InvalidValue, match="no noise figures"):
        load_instrument("emit").noise_equivalent_radiance(np.ones(1), np.array([wavelength]))


def test_negative_radiance_gives_a_finite_noise():
    noise = load_instrument("emit").noise_equivalent_radiance(np.array([-5.0]), np.array([2300.0]))
    assert np.all(np.isfinite(noise))
