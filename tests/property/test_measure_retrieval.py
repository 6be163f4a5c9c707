"""What holds of the matched filter for any scene."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from superemitter.measure.retrieval import RetrievalSettings, retrieve
from superemitter.model import Footprint, Scene, load_instrument, scene_dataset

BANDS = 12
PLAIN = RetrievalSettings(albedo_correction=False, saturation_correction=False)
EMIT = load_instrument("emit")
INSIDE = np.flatnonzero(EMIT.spectral_calibration[:, 0] > 2280)[:BANDS]
seeds = st.integers(0, 2**32 - 1)


def scene(radiance, solar_zenith=35.0, nodata=None):
    shape = radiance.shape[:2]
    row, column = np.mgrid[: shape[0], : shape[1]]
    zero = np.zeros(shape)
    return Scene(
        scene_id="made",
        instrument=EMIT,
        time=datetime(2023, 7, 17, tzinfo=UTC),
        dataset=scene_dataset(
            radiance=radiance.astype(np.float32),
            wavelength_nm=EMIT.spectral_calibration[INSIDE, 0],
            fwhm_nm=EMIT.spectral_calibration[INSIDE, 1],
            angles={
                "solar_zenith": zero + solar_zenith,
                "solar_azimuth": zero,
                "view_zenith": zero,
                "view_azimuth": zero,
            },
            masks={} if nodata is None else {"nodata": nodata},
        ),
        footprint=Footprint(longitude=50 + column * 6e-4, latitude=30 - row * 5e-4),
        files=(),
    )


def ground(seed, shape=(80, 5)):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(BANDS, BANDS)) * 0.004
    spectrum = np.linspace(0.4, 0.3, BANDS) * (1 + 0.02 * rng.normal(size=BANDS))
    light = np.exp(rng.normal(0, 0.2, shape))[..., None]
    return (light * (spectrum + rng.normal(size=(*shape, BANDS)) @ mixing)).astype(np.float32)


def same(seen, expected):
    """Equal but for the rounding of radiance to single precision."""
    np.testing.assert_allclose(seen, expected, rtol=1e-3, atol=1e-3 * np.nanstd(expected))


@settings(max_examples=25, deadline=None)
@given(seed=seeds, gain=st.floats(1e-3, 1e3), default=st.booleans())
def test_the_unit_of_radiance_does_not_matter(seed, gain, default):
    radiance = ground(seed)
    chosen = RetrievalSettings() if default else PLAIN
    same(
        retrieve(scene(radiance * gain), settings=chosen).enhancement_ppm_m,
        retrieve(scene(radiance), settings=chosen).enhancement_ppm_m,
    )


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_an_error_of_gain_of_every_detector_and_band_does_not_matter(seed):
    radiance = ground(seed)
    gain = np.random.default_rng(seed + 1).uniform(0.8, 1.25, (radiance.shape[1], BANDS))
    same(
        retrieve(scene(radiance * gain), settings=PLAIN).score_input_ppm_m,
        retrieve(scene(radiance), settings=PLAIN).score_input_ppm_m,
    )


@settings(max_examples=25, deadline=None)
@given(seed=seeds, rows=st.randoms(use_true_random=False), columns=st.permutations(range(5)))
def test_the_order_of_rows_and_of_columns_does_not_matter(seed, rows, columns):
    radiance = ground(seed)
    order = list(range(80))
    rows.shuffle(order)
    expected = retrieve(scene(radiance)).enhancement_ppm_m[order][:, columns]
    same(retrieve(scene(radiance[order][:, columns])).enhancement_ppm_m, expected)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, share=st.floats(0.0, 0.15), value=st.sampled_from([np.nan, np.inf, -9999.0, 0.0, 1e9]))
def test_what_lies_under_the_mask_does_not_matter(seed, share, value):
    radiance = ground(seed)
    nodata = np.random.default_rng(seed + 1).random(radiance.shape[:2]) < share
    expected = retrieve(scene(radiance, nodata=nodata)).enhancement_ppm_m
    radiance[nodata] = value
    seen = retrieve(scene(radiance, nodata=nodata))
    np.testing.assert_array_equal(np.isnan(seen.enhancement_ppm_m), nodata)
    same(seen.enhancement_ppm_m[~nodata], expected[~nodata])


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_each_column_is_centred_on_its_own_background(seed):
    seen = retrieve(scene(ground(seed)), settings=PLAIN).score_input_ppm_m
    assert np.all(np.abs(seen.mean(axis=0)) < 1e-3 * seen.std(axis=0))


@settings(max_examples=25, deadline=None)
@given(seed=seeds, zenith=st.floats(0, 60), more=st.floats(1, 10))
def test_a_lower_sun_reads_less_for_the_same_spectrum(seed, zenith, more):
    """The same contrast along a longer path is less methane."""
    radiance = ground(seed)
    high = retrieve(scene(radiance, zenith), settings=PLAIN).score_input_ppm_m
    low = retrieve(scene(radiance, zenith + more), settings=PLAIN).score_input_ppm_m
    assert low.std() < high.std()


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_corrections_keep_the_sign_and_never_make_strong_plumes_weaker(seed):
    radiance = ground(seed)
    linear = retrieve(scene(radiance), settings=RetrievalSettings(saturation_correction=False)).enhancement_ppm_m
    seen = retrieve(scene(radiance)).enhancement_ppm_m
    assert np.all(np.sign(seen) == np.sign(linear))
    ordered = np.argsort(linear, axis=0)
    assert np.all(np.diff(np.take_along_axis(seen, ordered, axis=0), axis=0) >= 0)
