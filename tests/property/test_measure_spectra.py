"""What holds of band transmittance for any band, amount and geometry."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from superemitter.measure.spectra import band_transmittance, unit_absorption

CENTRES = np.linspace(2125.0, 2485.0, 25)
air_masses = st.floats(1.9, 5.9)
widths = st.floats(4.0, 12.0)


@settings(max_examples=30, deadline=None)
@given(low=st.floats(0, 60_000), more=st.floats(1, 4_000), width=widths, air_mass=air_masses)
def test_more_methane_never_lets_more_light_through(low, more, width, air_mass):
    fwhm = np.full(CENTRES.size, width)
    none, less, greater = band_transmittance(np.array([0.0, low, low + more]), CENTRES, fwhm, air_mass)
    np.testing.assert_allclose(none, 1.0, rtol=1e-12)
    assert np.all(greater < less)
    assert np.all(greater > 0)


@settings(max_examples=30, deadline=None)
@given(enhancement=st.floats(100, 10_000), width=widths, air_mass=air_masses, more=st.floats(0.02, 0.1))
def test_a_longer_path_absorbs_more_but_less_than_in_proportion(enhancement, width, air_mass, more):
    fwhm = np.full(CENTRES.size, width)
    amount = np.array([enhancement])
    short, long = (band_transmittance(amount, CENTRES, fwhm, m)[0] for m in (air_mass, air_mass + more))
    assert np.all(long < short)
    assert np.log(long).sum() / np.log(short).sum() < 1.0 + more / air_mass


@settings(max_examples=20, deadline=None)
@given(width=widths, air_mass=air_masses, top=st.floats(500, 16_000))
def test_the_unit_spectrum_is_never_positive_and_falls_with_the_range_of_its_fit(width, air_mass, top):
    fwhm = np.full(CENTRES.size, width)
    wide = unit_absorption(CENTRES, fwhm, air_mass, fit_ppm_m=(0.0, 0.5 * top, top))
    narrow = unit_absorption(CENTRES, fwhm, air_mass, fit_ppm_m=(0.0, 0.25 * top, 0.5 * top))
    assert np.all(narrow <= 0)
    assert np.abs(wide).sum() < np.abs(narrow).sum()
