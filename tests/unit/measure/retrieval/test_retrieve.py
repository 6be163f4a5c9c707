"""The matched filter from scene to enhancement."""

from __future__ import annotations

import numpy as np
import pytest
import spectral

from superemitter.measure.retrieval import METHODS, RetrievalSettings, method_settings, retrieve
from superemitter.measure.retrieval.retrieve import group_air_mass
from superemitter.measure.spectra import band_transmittance, unit_absorption
from superemitter.model import CannotSay, Enhancement, Flag
from superemitter.model.errors import InvalidValue, UsageError

PLAIN = RetrievalSettings(albedo_correction=False, saturation_correction=False, shrinkage=0.0)
KNOWN_PPM_M = np.array([500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0])


def by_spectral(pixels, unit_spectrum):
    """The matched filter of Spectral Python: it subtracts the mean from its target, so the mean is added."""
    mean = pixels.mean(axis=0)
    stats = spectral.GaussianStats(mean=mean, cov=np.cov(pixels.T, bias=True))
    return spectral.matched_filter(pixels[None], mean * (1 + unit_spectrum), stats).reshape(-1)


def column_spectrum(scene, column):
    air_mass = scene.air_mass[:, column].mean()
    return unit_absorption(scene.wavelength_nm, scene.fwhm_nm, float(air_mass))


def test_each_column_is_the_matched_filter_of_spectral_python(make_scene, make_ground, rng):
    scene = make_scene(make_ground(rng, (400, 20)))  # more columns than one block
    seen = retrieve(scene, settings=PLAIN)
    for column in (0, 7, 15, 16, 19):
        pixels = scene.radiance[:, column].astype(np.float64)
        expected = by_spectral(pixels, column_spectrum(scene, column))
        np.testing.assert_allclose(
            seen.score_input_ppm_m[:, column], expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max()
        )
        np.testing.assert_array_equal(seen.enhancement_ppm_m[:, column], seen.score_input_ppm_m[:, column])


def test_the_default_shrinkage_hardly_moves_the_result(make_scene, make_ground, rng):
    scene = make_scene(make_ground(rng, (400, 3)))
    default = retrieve(scene, settings=METHODS["matched-filter-plain"]).score_input_ppm_m
    exact = retrieve(scene, settings=PLAIN).score_input_ppm_m
    assert 0 < np.abs(default - exact).max() < 0.01 * exact.std()


def test_an_orthorectified_image_takes_one_set_of_statistics(make_scene, make_ground, rng):
    scene = make_scene(make_ground(rng, (60, 30)), orthorectified=True)
    seen = retrieve(scene, settings=PLAIN)
    pixels = scene.radiance.reshape(-1, 50).astype(np.float64)
    expected = by_spectral(pixels, column_spectrum(scene, 0)).reshape(60, 30)
    np.testing.assert_allclose(seen.score_input_ppm_m, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())
    assert Flag.ORTHORECTIFIED in seen.flags
    assert Flag.POOLED_STATISTICS not in seen.flags


@pytest.mark.parametrize("solar_zenith", [10.0, 60.0])
def test_known_enhancements_are_read_right_and_without_the_correction_low(
    make_scene, make_ground, rng, solar_zenith
):
    """Injected through the table's own non-linear response into pixels of quiet ground, one per strength."""
    radiance = make_ground(rng, (1200, 3), noise=0.02)
    scene = make_scene(radiance, solar_zenith=solar_zenith)
    air_mass = float(scene.air_mass[0, 0])
    response = band_transmittance(KNOWN_PPM_M, scene.wavelength_nm, scene.fwhm_nm, air_mass)
    plume = np.zeros(scene.shape, dtype=bool)
    for k in range(KNOWN_PPM_M.size):
        radiance[100 * k : 100 * k + 50] *= response[k]
        plume[100 * k : 100 * k + 50] = True
    scene = make_scene(radiance, solar_zenith=solar_zenith)
    corrected = retrieve(scene, exclude=plume).enhancement_ppm_m
    linear = retrieve(scene, exclude=plume, settings=RetrievalSettings(saturation_correction=False))
    ratio, linear_ratio = (
        np.array([field[100 * k : 100 * k + 50].mean() / KNOWN_PPM_M[k] for k in range(6)])
        for field in (corrected, linear.enhancement_ppm_m)
    )
    np.testing.assert_allclose(ratio, 1.0, atol=0.03)
    assert np.all(np.diff(linear_ratio[1:]) < 0)
    assert 0.95 < linear_ratio[1] < 1.03
    assert linear_ratio[4] < 0.93
    assert linear_ratio[5] < 0.86
    assert np.abs(np.median(corrected[700:])) < 20


def test_plume_pixels_in_the_statistics_hide_part_of_the_plume(make_scene, make_ground, rng):
    radiance = make_ground(rng, (600, 3))
    scene = make_scene(radiance)
    response = band_transmittance(np.array([4000.0]), scene.wavelength_nm, scene.fwhm_nm, scene.air_mass[0, 0])
    radiance[:100] *= response[0]
    plume = np.zeros(scene.shape, dtype=bool)
    plume[:100] = True
    contaminated = retrieve(make_scene(radiance)).enhancement_ppm_m[plume]
    clean = retrieve(make_scene(radiance), exclude=plume)
    assert clean.valid[plume].all()  # kept out of the statistics, still answered
    above = clean.enhancement_ppm_m[plume].mean() - np.median(clean.enhancement_ppm_m[~plume])
    assert above == pytest.approx(4000, rel=0.05)
    assert contaminated.mean() < 0.95 * above


def test_the_albedo_factor_frees_the_reading_from_the_brightness_of_the_ground(make_scene, make_ground, rng):
    radiance = make_ground(rng, (1200, 3), noise=0.1)
    scene = make_scene(radiance)
    response = band_transmittance(np.array([2000.0]), scene.wavelength_nm, scene.fwhm_nm, scene.air_mass[0, 0])
    mean = radiance.mean(axis=(0, 1))
    plume = np.zeros(scene.shape, dtype=bool)
    for row, brightness in ((10, 0.5), (11, 1.0), (12, 2.0)):
        radiance[row] = brightness * mean * response[0]
        plume[row] = True
    seen = retrieve(make_scene(radiance), exclude=plume)
    np.testing.assert_allclose(seen.enhancement_ppm_m[10:13], 2000.0, rtol=0.06)
    plain = seen.score_input_ppm_m
    np.testing.assert_allclose(plain[12] / plain[11], 2.0, rtol=0.1)
    np.testing.assert_allclose(plain[10] / plain[11], 0.5, rtol=0.1)
    worse = seen.sigma_ppm_m[10] / seen.sigma_ppm_m[12]  # a quarter of the light: 2 for shot noise, 4 for a floor
    assert np.all((worse > 2.0) & (worse < 4.0))


def test_sigma_is_the_scatter_of_repeated_measurements(make_scene, make_ground, rng):
    clean = make_ground(rng, (1500, 3), noise=0.0)
    wavelength = make_scene(clean).wavelength_nm
    sigma = make_scene(clean).instrument.noise_equivalent_radiance(clean, wavelength)
    repeats = [
        retrieve(make_scene(clean + sigma * rng.standard_normal(clean.shape)), settings=settings)
        for settings in [RetrievalSettings(saturation_correction=False)] * 16
    ]
    scatter = np.stack([seen.enhancement_ppm_m for seen in repeats]).var(axis=0, ddof=1)
    stated = np.mean([seen.sigma_ppm_m**2 for seen in repeats], axis=0)
    assert np.sqrt(scatter.mean() / stated.mean()) == pytest.approx(1.0, abs=0.1)
    dim, bright = (clean.sum(axis=2) < np.percentile(clean.sum(axis=2), q) for q in (20, 80))
    for some in (dim, ~bright):
        assert np.sqrt(scatter[some].mean() / stated[some].mean()) == pytest.approx(1.0, abs=0.1)
    assert stated[dim].mean() > 1.5 * stated[~bright].mean()


@pytest.mark.parametrize("fill", [np.nan, -9999.0, 1e6])
@pytest.mark.parametrize("mask", ["nodata", "cloud", "saturated"])
def test_what_masked_pixels_hold_does_not_matter(make_scene, make_ground, rng, fill, mask):
    radiance = make_ground(rng, (400, 4))
    masked = np.zeros((400, 4), dtype=bool)
    masked[50:70, 1:3] = True
    expected = retrieve(make_scene(radiance, masks={mask: masked}))
    radiance[masked] = fill
    seen = retrieve(make_scene(radiance, masks={mask: masked}))
    np.testing.assert_array_equal(seen.valid, ~masked)
    assert np.isnan(seen.enhancement_ppm_m[masked]).all()
    np.testing.assert_allclose(
        seen.enhancement_ppm_m[~masked], expected.enhancement_ppm_m[~masked], rtol=1e-5, atol=1e-2
    )


def test_water_is_answered_but_kept_out_of_the_statistics(make_scene, make_ground, rng):
    radiance = make_ground(rng, (500, 3))
    water = np.zeros((500, 3), dtype=bool)
    water[:100] = True
    land = retrieve(make_scene(radiance, masks={"water": water}))
    radiance[water] *= 0.3
    seen = retrieve(make_scene(radiance, masks={"water": water}))
    assert seen.valid[water].all()
    assert seen.dataset["water"].values.sum() == 300
    np.testing.assert_allclose(
        seen.score_input_ppm_m[~water], land.score_input_ppm_m[~water], rtol=1e-5, atol=1e-2
    )


def test_a_column_with_too_few_pixels_takes_its_neighbours(make_scene, make_ground, rng):
    radiance = make_ground(rng, (300, 9))
    nodata = np.zeros((300, 9), dtype=bool)
    nodata[:290, 4] = True
    scene = make_scene(radiance, masks={"nodata": nodata})
    seen = retrieve(scene, settings=PLAIN)
    assert Flag.POOLED_STATISTICS in seen.flags
    own = scene.radiance[290:, 4].astype(np.float64)
    together = np.concatenate([scene.radiance[:, 3], own, scene.radiance[:, 5]]).astype(np.float64)
    expected = by_spectral(together, column_spectrum(scene, 4))[300:310]
    np.testing.assert_allclose(seen.score_input_ppm_m[290:, 4], expected, rtol=1e-4, atol=1e-3)
    whole = retrieve(make_scene(radiance), settings=PLAIN)
    assert Flag.POOLED_STATISTICS not in whole.flags
    np.testing.assert_allclose(seen.score_input_ppm_m[:, :4], whole.score_input_ppm_m[:, :4], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize(("usable", "answered"), [(99, False), (100, True)])
def test_below_two_pixels_per_band_the_scene_cannot_say(make_scene, make_ground, rng, usable, answered):
    nodata = np.ones((40, 10), dtype=bool)
    nodata.ravel()[:usable] = False
    seen = retrieve(make_scene(make_ground(rng, (40, 10)), masks={"nodata": nodata}))
    if answered:
        assert isinstance(seen, Enhancement)
        assert seen.valid.sum() == 100
    else:
        assert isinstance(seen, CannotSay)
        assert seen.code == "too-few-pixels"
        assert "99" in seen.reason


def test_a_scene_without_any_pixel_cannot_say(make_scene):
    nothing = np.full((40, 10, 50), np.nan)
    seen = retrieve(make_scene(nothing, masks={"nodata": np.ones((40, 10), dtype=bool)}))
    assert isinstance(seen, CannotSay)


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_constant_scene_cannot_say(make_scene, value):
    seen = retrieve(make_scene(np.full((300, 4, 50), value)))
    assert isinstance(seen, CannotSay)
    assert seen.code == "no-variance"


def test_a_constant_column_has_no_answer_and_spoils_no_other(make_scene, make_ground, rng):
    radiance = make_ground(rng, (400, 5))
    whole = retrieve(make_scene(radiance))
    radiance[:, 2] = 0.3
    seen = retrieve(make_scene(radiance))
    assert not seen.valid[:, 2].any()
    assert np.isnan(seen.enhancement_ppm_m[:, 2]).all()
    others = [0, 1, 3, 4]
    np.testing.assert_allclose(
        seen.enhancement_ppm_m[:, others], whole.enhancement_ppm_m[:, others], rtol=1e-4, atol=1e-2
    )


def test_a_dead_band_spoils_its_column_only(make_scene, make_ground, rng):
    radiance = make_ground(rng, (400, 3))
    radiance[:, 1, 20] = 0.0
    seen = retrieve(make_scene(radiance))
    assert not seen.valid[:, 1].any()
    assert seen.valid[:, [0, 2]].all()


def test_a_stray_value_that_is_no_number_spoils_its_pixel_only(make_scene, make_ground, rng):
    """Files hold NaN that no mask knows of."""
    radiance = make_ground(rng, (400, 3))
    whole = retrieve(make_scene(radiance))
    radiance[100, 1, 7] = np.nan
    radiance[200, 2] = np.inf
    seen = retrieve(make_scene(radiance))
    bad = np.zeros((400, 3), dtype=bool)
    bad[100, 1] = bad[200, 2] = True
    np.testing.assert_array_equal(seen.valid, ~bad)
    close = np.abs(seen.enhancement_ppm_m - whole.enhancement_ppm_m)[~bad]
    assert close.max() < 0.1 * np.nanstd(whole.enhancement_ppm_m)


def test_the_angles_of_each_column_count(make_scene, make_ground, rng):
    scene = make_scene(make_ground(rng, (400, 4)), solar_zenith=np.array([20.0, 40.0, 55.0, 65.0]))
    seen = retrieve(scene, settings=PLAIN).score_input_ppm_m
    for column in range(4):
        pixels = scene.radiance[:, column].astype(np.float64)
        expected = by_spectral(pixels, column_spectrum(scene, column))
        np.testing.assert_allclose(seen[:, column], expected, rtol=1e-3, atol=0.1)


def test_angles_of_pixels_without_data_do_not_count(make_scene, make_ground, rng):
    nodata = np.zeros((300, 5), dtype=bool)
    nodata[:, 2] = True
    nodata[:10, 0] = True
    zenith = np.where(nodata, np.nan, np.array([20.0, 30.0, 40.0, 50.0, 60.0]))
    scene = make_scene(make_ground(rng, (300, 5)), solar_zenith=zenith, masks={"nodata": nodata})
    secant = 1 / np.cos(np.radians([20.0, 30.0, 50.0, 60.0])) + 1 / np.cos(np.radians(5.0))
    expected = np.insert(secant, 2, 0.5 * (secant[1] + secant[2]))
    np.testing.assert_allclose(group_air_mass(scene, 5), expected)
    assert group_air_mass(scene, 1) == pytest.approx(np.average(secant, weights=[290, 300, 300, 300]))


def test_a_sun_too_low_is_refused(make_scene, make_ground, rng):
    with pytest.raises(InvalidValue, match="air mass"):
        retrieve(make_scene(make_ground(rng, (400, 2)), solar_zenith=80.0))


def test_pixels_much_darker_than_the_scene_are_not_answered(make_scene, make_ground, rng):
    radiance = make_ground(rng, (400, 3))
    radiance[5] *= 0.02
    seen = retrieve(make_scene(radiance))
    assert not seen.valid[5].any()
    assert seen.valid.sum() == 399 * 3


def test_the_result_says_how_it_was_made(make_scene, make_ground, rng):
    scene = make_scene(make_ground(rng, (300, 2)))
    seen = retrieve(scene)
    assert seen.method == "matched filter v1 (corrected for albedo and saturation)"
    assert retrieve(scene, settings=PLAIN).method == "matched filter v1 (corrected for nothing)"
    assert seen.simulated
    assert seen.dataset["enhancement"].dtype == np.float32
    assert seen.dataset["sigma"].attrs["units"] == "ppm m"


def test_settings_and_names_are_checked(make_scene, make_ground, rng):
    assert method_settings("matched-filter") is METHODS["matched-filter"]
    with pytest.raises(UsageError) as caught:
        method_settings("magic")
    assert "matched-filter-plain" in caught.value.hint
    for shrinkage in (-0.1, 1.1, np.nan):
        with pytest.raises(InvalidValue, match="shrinkage"):
            RetrievalSettings(shrinkage=shrinkage)
    with pytest.raises(InvalidValue, match="exclude"):
        retrieve(make_scene(make_ground(rng, (60, 4))), exclude=np.zeros((4, 60), dtype=bool))
