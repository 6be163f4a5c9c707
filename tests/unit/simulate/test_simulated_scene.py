"""Scenes of known truth: gas, ground, instrument."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.spectra import band_transmittance, unit_absorption
from superemitter.model import load_instrument
from superemitter.model.errors import InvalidValue
from superemitter.simulate import Ground, Leak, SimulationSpec, random_ground, random_leaks, simulate_scene
from superemitter.simulate.atmosphere import load_surfaces
from superemitter.simulate.gas import gas_table
from superemitter.simulate.sensor import NoiseModel, smile_shift
from superemitter.simulate.surfaces import LOOK_ALIKES, correlated

SPEC = SimulationSpec(
    shape=(60, 50), seed=5, full_spectrum=False, leaks=(Leak(row=30, column=20, rate_kg_h=4000.0),)
)


def test_equal_specs_give_equal_scenes_and_seeds_differ():
    first, again = simulate_scene(SPEC), simulate_scene(SPEC)
    np.testing.assert_array_equal(first.radiance(), again.radiance())
    assert not np.array_equal(first.radiance(), simulate_scene(replace(SPEC, seed=6)).radiance())


def test_blocks_hold_the_same_values_for_any_size():
    scene = simulate_scene(SPEC)
    pieces = [block for _, block in scene.blocks(rows=7)]
    np.testing.assert_allclose(np.concatenate(pieces), scene.radiance(), rtol=1e-5, atol=1e-6)


def test_a_leak_absorbs_through_the_non_linear_response_and_changes_nothing_else():
    """Without noise the ratio to the scene without leak is the band transmittance of the pixel's own column."""
    with_leak = simulate_scene(SPEC)
    without = simulate_scene(replace(SPEC, leaks=()))
    i, j = np.unravel_index(np.argmax(with_leak.enhancement_ppm_m), SPEC.shape)
    expected = band_transmittance(
        with_leak.enhancement_ppm_m[i, j : j + 1],
        with_leak.wavelength_nm,
        with_leak.fwhm_nm,
        float(with_leak.air_mass[i, j]),
    )[0]
    before, after = without.radiance()[i, j], with_leak.radiance()[i, j]
    noise = with_leak.instrument.noise_equivalent_radiance(
        before.astype(float), np.clip(with_leak.wavelength_nm, *with_leak.instrument.noise[[0, -1], 0])
    )
    # the noise draw is the same; only its size follows the darker pixel
    np.testing.assert_allclose(after, before * expected, atol=float(0.5 * noise.max()))
    assert expected.min() < 0.9
    untouched = with_leak.enhancement_ppm_m < 1e-3
    np.testing.assert_array_equal(with_leak.radiance()[untouched], without.radiance()[untouched])


def test_tabulated_transmittance_agrees_with_the_exact_one():
    wavelength, fwhm = load_instrument("emit").spectral_calibration.T
    table = gas_table(wavelength, fwhm, air_mass=np.array([2.1, 2.3]), largest_ppm_m=20_000.0)
    enhancement = np.array([0.0, 3.0, 150.0, 1234.0, 9000.0, 20_000.0])
    got = table.transmittance(enhancement, np.full(6, 2.2))
    exact = band_transmittance(enhancement, wavelength, fwhm, 2.2)[:, table.bands]
    np.testing.assert_allclose(got, exact, atol=1e-5)
    assert wavelength[table.bands].min() > 2080.0


def test_filter_noise_of_the_default_ground_is_that_of_a_usual_emit_scene():
    scene = simulate_scene(SimulationSpec(shape=(500, 24), seed=1, full_spectrum=False))
    low, high = scene.instrument.retrieval_window_nm
    window = (scene.wavelength_nm >= low) & (scene.wavelength_nm <= high)
    unit = unit_absorption(scene.wavelength_nm[window], scene.fwhm_nm[window], float(np.median(scene.air_mass)))
    radiance = scene.radiance()[..., window].astype(float)
    noise = []
    for column in range(radiance.shape[1]):
        target = unit * radiance[:, column].mean(axis=0)
        noise.append(1.0 / np.sqrt(target @ np.linalg.solve(np.cov(radiance[:, column].T), target)))
    assert 230.0 < np.median(noise) < 360.0  # [ppm m]
    near_2300 = radiance[..., np.argmin(np.abs(scene.wavelength_nm[window] - 2300.0))]
    assert 0.15 < near_2300.mean() < 1.0  # [uW cm-2 sr-1 nm-1]


def test_noise_has_the_instruments_standard_deviation():
    instrument = load_instrument("emit")
    wavelength = np.array([2150.0, 2300.0, 2400.0])
    clean = np.full((4000, 3), 0.4, dtype=np.float32)
    noisy = clean.copy()
    NoiseModel(instrument, wavelength).add_to_row(noisy, np.random.default_rng(0))
    expected = instrument.noise_equivalent_radiance(np.full(3, 0.4), wavelength)
    np.testing.assert_allclose((noisy - clean).std(axis=0), expected, rtol=0.05)


def test_smile_reaches_its_largest_shift_at_the_edges_and_has_no_mean():
    shift = smile_shift(1001, 0.3)
    assert np.abs(shift).max() == pytest.approx(0.3)
    assert shift.mean() == pytest.approx(0.0, abs=1e-3)


def test_stripes_and_smile_mark_columns_not_rows():
    bare = replace(SPEC, leaks=(), stripe_sigma=0.0, smile_nm=0.0)
    ratio = simulate_scene(replace(bare, stripe_sigma=0.003)).radiance() / simulate_scene(bare).radiance()
    bright = simulate_scene(bare).wavelength_nm < 2350.0
    by_column = ratio[..., bright].mean(axis=0)
    assert by_column.std() == pytest.approx(0.003, rel=0.15)
    assert (ratio[..., bright] - by_column).std() < 0.001


def test_ground_mixes_surfaces_with_look_alikes():
    names, wavelength, reflectance = load_surfaces()
    assert set(LOOK_ALIKES) <= set(names)
    assert (reflectance >= 0).all() and (reflectance <= 1).all()
    assert wavelength[0] <= 381.0 and wavelength[-1] >= 2490.0
    ground = random_ground((100, 90), 60.0, Ground(look_alikes_per_100_km2=60.0), np.random.default_rng(2))
    np.testing.assert_allclose(ground.abundance.sum(axis=-1), 1.0, rtol=1e-5)
    assert (ground.abundance[..., [names.index("carbonate"), names.index("hydrocarbon_coating")]] > 0.1).any()
    assert not ground.water.any()


def test_water_covers_the_share_asked_for():
    ground = random_ground((100, 90), 60.0, Ground(water_share=0.2), np.random.default_rng(2))
    assert ground.water.mean() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("scale", [1.0, 4.0, 12.0])
def test_correlated_fields_have_unit_variance(scale):
    fields = np.stack([correlated((200, 180), scale, np.random.default_rng(s)) for s in range(8)])
    assert fields.shape == (8, 200, 180)
    assert fields.std() == pytest.approx(1.0, abs=0.12)


def test_random_leaks_stand_free():
    leaks = random_leaks(np.random.default_rng(0), (400, 400), [1000.0] * 6, min_separation=90.0)
    places = np.array([(leak.row, leak.column) for leak in leaks])
    apart = np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1))
    assert apart[~np.eye(6, dtype=bool)].min() >= 90.0
    with pytest.raises(InvalidValue, match="do not fit"):
        random_leaks(np.random.default_rng(0), (100, 100), [1.0] * 9, min_separation=90.0)


@pytest.mark.parametrize(
    "change",
    [
        {"instrument": "hyperion"},
        {"shape": (1, 9)},
        {"leaks": (Leak(row=99, column=3, rate_kg_h=1.0),)},
        {"solar_zenith_deg": 85.0},
    ],
)
def test_an_impossible_spec_is_refused(change):
    with pytest.raises(InvalidValue):
        replace(SPEC, **change)


def test_no_leak_fits_into_any_scene(rng):
    assert random_leaks(rng, (5, 5), [], margin=20.0) == ()
