"""Absorption table, band transmittance and unit absorption spectrum."""

from __future__ import annotations

import re

import numpy as np
import pytest
from onboard_methane_detection import generate_methane_spectrum

from superemitter.measure.spectra import (
    air_mass_nodes,
    band_response,
    band_transmittance,
    interpolate_nodes,
    load_absorption_table,
    unit_absorption,
)
from superemitter.model import load_instrument
from superemitter.model.errors import InvalidValue

WIDE_FIT = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)


def bands(key="emit"):
    instrument = load_instrument(key)
    centre, width = instrument.spectral_calibration.T
    low, high = instrument.retrieval_window_nm
    inside = (centre > low) & (centre < high)
    return centre[inside], width[inside]


def scale(a, b):
    """Least-squares factor from b to a."""
    return (a @ b) / (b @ b)


@pytest.fixture
def native(shared_data):
    """The MODTRAN radiances the table was derived from: wavelengths [nm] and (wavelength, 7 enhancements)."""
    folder = shared_data / "spectroscopy"
    listing = re.search(r"wavelength = \{([^}]*)\}", (folder / "mag1c_ch4.hdr").read_text())
    wavelength = np.array([float(x) for x in listing.group(1).split(",")])
    return wavelength, np.fromfile(folder / "mag1c_ch4.lut", dtype="<f8").reshape(wavelength.size, 7)


def test_the_table_is_whole():
    table = load_absorption_table()
    assert table.wavelength_nm.shape == (8427,)
    assert np.all(np.diff(table.wavelength_nm) > 0)
    assert np.diff(table.wavelength_nm).max() < 0.07
    assert table.wavelength_nm[[0, -1]] == pytest.approx([2080.02, 2522.04], abs=0.01)
    np.testing.assert_array_equal(table.enhancement_ppm_m, WIDE_FIT[1:])
    assert table.optical_depth.shape == (6, 8427)
    assert table.base_transmittance.shape == (8427,)
    assert np.all((table.base_transmittance > 0) & (table.base_transmittance <= 1))
    assert np.all(np.isfinite(table.optical_depth))


def test_the_tables_optical_depth_grows_with_the_gas():
    """Where methane absorbs at all; elsewhere the radiances move by half a percent with scattered light."""
    table = load_absorption_table()
    absorbing = table.optical_depth[0] > 0.01
    assert 500 < absorbing.sum() < 2000  # separate lines
    assert np.all(np.diff(table.optical_depth[:, absorbing], axis=0) > 0)
    assert table.optical_depth.min() > -0.01


def test_the_table_answers_its_own_nodes():
    table = load_absorption_table()
    for k, enhancement in enumerate(table.enhancement_ppm_m):
        np.testing.assert_allclose(table.optical_depth_at(enhancement, 2.0), table.optical_depth[k], rtol=1e-12)
        np.testing.assert_allclose(  # the same absorber on a path half as long again
            table.optical_depth_at(enhancement / 1.5, 3.0), table.optical_depth[k], rtol=1e-12
        )
    np.testing.assert_allclose(table.optical_depth_at(0.0, 2.0), 0.0, atol=0)
    np.testing.assert_allclose(table.optical_depth_at(-100.0, 2.0), -table.optical_depth_at(100.0, 2.0))
    np.testing.assert_allclose(table.base_transmittance_at(4.0), table.base_transmittance**2)


@pytest.mark.parametrize("key", ["emit", "aviris-ng", "aviris-3"])
def test_responses_are_normalised_gaussians_of_the_stated_width(key):
    table = load_absorption_table()
    centre, width = bands(key)
    response = band_response(centre, width, table)
    np.testing.assert_allclose(response.sum(axis=1), 1.0)
    np.testing.assert_allclose(response @ table.wavelength_nm, centre, atol=0.01)
    deviation = np.sqrt(np.sum(response * (table.wavelength_nm - centre[:, None]) ** 2, axis=1))
    np.testing.assert_allclose(deviation * 2.3548, width, rtol=0.01)


def test_bands_outside_the_table_see_nothing():
    seen = band_transmittance(np.array([5000.0]), np.array([1650.0, 2081.0, 2300.0, 2521.0]), np.full(4, 8.7), 2.0)
    np.testing.assert_array_equal(seen[0, [0, 1, 3]], 1.0)
    assert seen[0, 2] < 0.95
    assert unit_absorption(np.array([1650.0]), np.array([8.7]), 2.0) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("centre", "width"),
    [([2300.0], [0.0]), ([2300.0], [np.nan]), ([2300.0, 2310.0], [8.7]), ([[2300.0]], [[8.7]])],
)
def test_bands_that_are_none_are_refused(centre, width):
    with pytest.raises(InvalidValue):
        band_response(np.array(centre), np.array(width), load_absorption_table())


@pytest.mark.parametrize("air_mass", [1.8, 6.1, np.nan])
def test_an_air_mass_outside_the_table_is_refused(air_mass):
    with pytest.raises(InvalidValue, match="air mass"):
        band_transmittance(np.array([500.0]), *bands(), air_mass)


def test_transmittance_follows_the_radiances_it_was_derived_from(native):
    wavelength, radiance = native
    centre, width = bands()
    response = np.exp(-4 * np.log(2) * ((wavelength - centre[:, None]) / width[:, None]) ** 2)
    averaged = (response * np.gradient(wavelength)) @ radiance
    expected = -np.log(averaged[:, 1:] / averaged[:, :1]).T
    seen = -np.log(band_transmittance(np.array(WIDE_FIT[1:]), centre, width, 2.0))
    for k in range(6):
        assert scale(seen[k], expected[k]) == pytest.approx(1.0, abs=0.01)
        assert np.abs(seen[k] - expected[k]).max() < 0.01 * expected[k].max()


@pytest.mark.parametrize("key", ["emit", "aviris-ng"])
def test_the_unit_spectrum_is_that_of_an_independent_code_at_its_geometry_and_fit(key):
    """onboard-methane-detection convolves mag1c's own table: air mass 2, fitted from 0 to 16,000 ppm m."""
    centre, width = bands(key)
    expected = generate_methane_spectrum(centre, width) * 1e-5
    seen = unit_absorption(centre, width, 2.0, fit_ppm_m=WIDE_FIT)
    assert scale(seen, expected) == pytest.approx(1.0, abs=0.005)
    np.testing.assert_allclose(seen, expected, atol=0.015 * np.abs(expected).max())


def test_a_weak_absorber_obeys_beer_and_lambert():
    """No band average saturates at 1 ppm m: ln T is the mean optical depth, weighted by what light arrives."""
    table = load_absorption_table()
    centre, width = bands()
    weight = band_response(centre, width, table) * table.base_transmittance
    expected = weight @ table.optical_depth[0] / weight.sum(axis=1) / 500.0
    seen = -np.log(band_transmittance(np.array([1.0]), centre, width, 2.0))[0]
    np.testing.assert_allclose(seen, expected, rtol=1e-3, atol=1e-9)


def test_a_strong_absorber_takes_less_than_its_share():
    centre, width = bands()
    one, sixteen = -np.log(band_transmittance(np.array([1000.0, 16000.0]), centre, width, 2.0))
    strong = one > 0.003
    assert strong.sum() >= 15
    assert np.all(sixteen[strong] < 16 * one[strong])
    assert np.all(sixteen[strong] > 8 * one[strong])


REFERENCE_GROWTH = {3.0: 1.39, 3.9: 1.73}  # an independent table (MODTRAN, eight air masses)


@pytest.mark.parametrize("measure", [scale, lambda a, b: a.sum() / b.sum()], ids=["projection", "sum"])
def test_the_signal_grows_with_air_mass_as_an_independent_table_says(measure):
    """Both ways to compare two spectra over 2122-2488 nm come within 5 %, and both miss by more
    (7-8 % at 3, 11-12 % at 3.9) if the optical depth alone follows the air mass."""
    centre, width = bands()
    table = load_absorption_table()
    weight = band_response(centre, width, table) * table.base_transmittance  # of air mass 2, kept
    at_two = unit_absorption(centre, width, 2.0)
    for air_mass, expected in REFERENCE_GROWTH.items():
        grown = measure(unit_absorption(centre, width, air_mass), at_two)
        assert grown == pytest.approx(expected, rel=0.05)
        alone = weight @ np.exp(-table.optical_depth_at(500.0, air_mass)) / weight.sum(axis=1)
        naive = measure(np.log(alone) / 500.0, at_two)
        assert abs(naive - expected) > 2 * abs(grown - expected)
        assert naive > 1.05 * expected


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        (WIDE_FIT, {500: 16, 2000: 12, 8000: 0, 16000: -11}),
        ((0.0, 250.0, 500.0, 750.0, 1000.0), {500: 0, 2000: -3, 8000: -13, 16000: -23}),
    ],
    ids=["0-16000", "0-1000"],
)
def test_the_range_of_the_fit_decides_which_plumes_are_read_right(fit, expected):
    """Percent by which a linear reading errs; expected figures were measured with a scene's covariance,
    here all bands weigh the same, hence the tolerance."""
    centre, width = bands()
    slope = unit_absorption(centre, width, 2.0, fit_ppm_m=fit)
    for enhancement, percent in expected.items():
        change = band_transmittance(np.array([float(enhancement)]), centre, width, 2.0)[0] - 1.0
        assert 100 * (scale(change, slope) / enhancement - 1) == pytest.approx(percent, abs=6)


def test_many_air_masses_are_answered_as_one_by_one():
    centre, width = bands()
    wanted = np.array([2.31, 2.0, 3.7, 2.66])
    seen = unit_absorption(centre, width, wanted)
    exact = np.stack([unit_absorption(centre, width, float(m)) for m in wanted])
    np.testing.assert_allclose(seen, exact, atol=2e-4 * np.abs(exact).max())
    same = unit_absorption(centre, width, np.array([2.4, 2.4]))
    np.testing.assert_allclose(same[0], unit_absorption(centre, width, 2.4))
    np.testing.assert_array_equal(same[0], same[1])


def test_nodes_span_what_is_asked_in_small_steps():
    nodes = air_mass_nodes(np.array([2.5, 2.0, 2.13]))
    assert nodes[[0, -1]] == pytest.approx([2.0, 2.5])
    assert np.diff(nodes).max() <= 0.05 + 1e-12
    values = np.stack([nodes, nodes**2], axis=1)
    seen = interpolate_nodes(np.array([2.0, 2.26, 2.5]), nodes, values)
    np.testing.assert_allclose(seen[:, 0], [2.0, 2.26, 2.5])
    np.testing.assert_allclose(seen[:, 1], [4.0, 2.26**2, 6.25], atol=7e-4)
