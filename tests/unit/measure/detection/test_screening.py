"""Whether a candidate's spectrum looks like methane."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from superemitter.measure.detection import DetectionSettings, detect
from superemitter.measure.detection.screening import spectral_screen
from superemitter.measure.spectra import band_transmittance
from superemitter.model import Scene, load_instrument, scene_dataset

EMIT = load_instrument("emit")
INSIDE = np.flatnonzero((EMIT.spectral_calibration[:, 0] > 2122) & (EMIT.spectral_calibration[:, 0] < 2488))
WAVELENGTH, FWHM = EMIT.spectral_calibration[INSIDE].T
SHAPE = (120, 100)


def methane(ppm_m, air_mass):
    return band_transmittance(np.array([ppm_m]), WAVELENGTH, FWHM, air_mass)[0]


def carbonate(depth):
    """The 2340 nm absorption of limestone: broad, without methane's structure."""
    return 1.0 - depth * np.exp(-0.5 * ((WAVELENGTH - 2340.0) / 16.0) ** 2)


@pytest.fixture
def ground(rng):
    """Radiance of mixed smooth surfaces, carbonate among them, in varying light, with the instrument's noise."""
    x = (WAVELENGTH - 2300.0) / 180.0
    limestone = np.exp(-0.5 * ((WAVELENGTH - 2340.0) / 16.0) ** 2)
    shapes = np.stack([x, x**2, np.sin(3 * x), limestone])
    mixed = rng.normal(0, [0.03, 0.03, 0.02, 0.015], (*SHAPE, 4)) @ shapes
    light = np.exp(rng.normal(0, 0.2, SHAPE))[..., None]
    clean = 0.35 * (1 - 0.5 * x) * (1 + mixed) * light
    return clean + EMIT.noise_equivalent_radiance(clean, WAVELENGTH) * rng.standard_normal(clean.shape)


@pytest.fixture
def scene_of(make_footprint):
    def make(radiance):
        zero = np.zeros(SHAPE)
        return Scene(
            scene_id="made",
            instrument=EMIT,
            time=datetime(2023, 7, 17, tzinfo=UTC),
            dataset=scene_dataset(
                radiance=radiance.astype(np.float32),
                wavelength_nm=WAVELENGTH,
                fwhm_nm=FWHM,
                angles={
                    "solar_zenith": zero + 40.0,
                    "solar_azimuth": zero,
                    "view_zenith": zero,
                    "view_azimuth": zero,
                },
                masks={},
            ),
            footprint=make_footprint(SHAPE),
            files=(),
        )

    return make


@pytest.fixture
def patch():
    mask = np.zeros(SHAPE, dtype=bool)
    mask[40:50, 30:42] = True
    return mask


@pytest.fixture
def match_of(ground, scene_of, patch):
    """Match of a patch whose radiance is multiplied by a spectrum."""

    def match(spectrum):
        radiance = ground.copy()
        radiance[patch] *= spectrum
        scene = scene_of(radiance)
        return spectral_screen(scene, np.ones(SHAPE, dtype=bool), patch).match(patch, patch, patch.astype(float))

    return match


AIR_MASS = 1.0 + 1.0 / np.cos(np.radians(40.0))


@pytest.mark.parametrize("ppm_m", [1500.0, 5000.0, 16000.0])
def test_methane_is_methane(match_of, ppm_m):
    assert match_of(methane(ppm_m, AIR_MASS)) > 0.8


@pytest.mark.parametrize(
    "spectrum",
    [
        carbonate(0.05),
        carbonate(0.2),
        1.0 + 0.2 * (WAVELENGTH - 2300.0) / 180.0,
        1.0 - 0.05 * np.exp(-0.5 * ((WAVELENGTH - 2210.0) / 12.0) ** 2),
        1.0 - 0.03 * np.exp(-0.5 * ((WAVELENGTH - 2310.0) / 8.0) ** 2),
    ],
    ids=["limestone", "much limestone", "slope", "clay", "C-H bands"],
)
def test_ground_is_not(match_of, spectrum):
    assert match_of(spectrum) < 0.35


def test_less_methane_than_around_is_not(match_of):
    assert match_of(1.0 / methane(4000.0, AIR_MASS)) == 0.0


def test_brightness_alone_says_nothing(match_of):
    assert match_of(1.6) < 0.35
    assert match_of(1.6 * methane(4000.0, AIR_MASS)) > 0.8


def test_a_match_needs_ground_to_compare_with(ground, scene_of, patch):
    scene = scene_of(ground)
    every = np.ones(SHAPE, dtype=bool)
    assert spectral_screen(scene, every, ~patch) is None  # 120 pixels are fewer than 5 per band
    screen = spectral_screen(scene, every, patch)
    assert screen.match(patch, every, patch.astype(float)) == 0.0


def test_detection_drops_what_does_not_look_like_methane(ground, scene_of, patch, make_enhancement, rng):
    plume = np.roll(patch, (40, 30), axis=(0, 1))
    radiance = ground.copy()
    radiance[patch] *= carbonate(0.2)
    radiance[plume] *= methane(4000.0, AIR_MASS)
    field = 100.0 * rng.standard_normal(SHAPE)
    field[patch | plume] += 4000.0  # both read alike
    enhancement = make_enhancement(field)
    assert len(detect(enhancement).plumes) == 2
    detection = detect(enhancement, scene=scene_of(radiance))
    (kept,) = detection.plumes
    assert detection.rejected == 1
    assert kept.mask[plume].mean() > 0.9
    assert not kept.mask[patch].any()
    assert kept.spectral_match > 0.8
    every = detect(enhancement, scene=scene_of(radiance), settings=DetectionSettings(least_spectral_match=0.0))
    assert len(every.plumes) == 2
    assert every.rejected == 0


def test_a_plume_that_touches_a_look_alike_is_cut_from_it(ground, scene_of, patch, make_enhancement, rng):
    """Together they fail the screen; apart the gas is found, and the look-alike is not."""
    plume, bridge = np.roll(patch, 20, axis=1), np.roll(patch, 10, axis=1)
    radiance = ground.copy()
    radiance[patch] *= carbonate(0.35)
    radiance[plume] *= methane(3000.0, AIR_MASS)
    field = 100.0 * rng.standard_normal(SHAPE)
    field[bridge] += 200.0
    field[patch] += 4000.0
    field[plume] += 3000.0
    enhancement, scene = make_enhancement(field), scene_of(radiance)
    whole = patch | bridge | plume
    screen = spectral_screen(scene, np.ones(SHAPE, dtype=bool), whole)
    assert screen.match(whole, whole, field) < 0.4
    (kept,) = detect(enhancement, scene=scene).plumes
    assert kept.mask[plume].mean() > 0.9
    assert kept.mask[patch].mean() < 0.1
    score = detect(enhancement, scene=scene).score
    assert (score[patch & ~kept.mask] <= 0).all()


def test_a_few_pixels_of_noise_are_not_explained_away(ground, scene_of, rng):
    """Of a mean over five pixels noise could be all that methane does not explain: that must not be a match."""
    scene, every = scene_of(ground), np.ones(SHAPE, dtype=bool)
    matches = []
    for _ in range(200):
        row, column = rng.integers(20, 80, 2)
        few = np.zeros(SHAPE, dtype=bool)
        few[row, column : column + 5] = True
        matches.append(spectral_screen(scene, every, few).match(few, few, few.astype(float)))
    assert np.mean(np.array(matches) >= 0.5) < 0.02


def test_outskirts_of_ground_do_not_hide_a_plume(ground, scene_of, patch, rng):
    """Four fifths of the candidate is limestone without gas; its strongest pixels still match."""
    wide = np.zeros(SHAPE, dtype=bool)
    wide[35:65, 25:45] = True  # 600 pixels, the patch's 120 among them
    radiance = ground.copy()
    radiance[wide & ~patch] *= carbonate(0.08)
    radiance[patch] *= methane(3000.0, AIR_MASS)
    screen = spectral_screen(scene_of(radiance), np.ones(SHAPE, dtype=bool), wide)
    order = rng.random(SHAPE)
    by_gas = screen.match(wide, wide, np.where(patch, 10.0, 3.0) + order)
    by_limestone = screen.match(wide, wide, np.where(patch, 3.0, 10.0) + order)
    assert by_gas > by_limestone + 0.05
