"""Background, stripes, covariates and noise of a level-2 swath."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from superemitter.measure.retrieval.columns import local_field, usable_pixels
from superemitter.model import CannotSay, Footprint, Scene, load_instrument
from superemitter.model.columns import column_dataset, methane_kg_m2_per_ppb

SHAPE = (60, 50)


def scene_of(methane, *, variant="methane_mixing_ratio_bias_corrected", **fields) -> Scene:
    row, column = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    ones = np.ones(SHAPE, dtype=np.float32)
    data = column_dataset(
        {"methane": methane.astype(np.float32), "precision": ones, "qa": ones, **fields},
        nodata=~np.isfinite(methane),
        water=np.zeros(SHAPE, dtype=bool),
        corners=None,
        attributes={"variant": variant, "processor": "test"},
    )
    return Scene(
        scene_id="test",
        instrument=load_instrument("tropomi"),
        time=datetime(2021, 6, 1, tzinfo=UTC),
        dataset=data,
        footprint=Footprint(longitude=60.0 + column * 0.07, latitude=30.0 + row * 0.05),
        files=(Path("test.nc"),),
    )


@pytest.fixture
def noise(rng):
    return 2.0 * rng.standard_normal(SHAPE)


def slope():
    row, column = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    return 1870.0 + 0.8 * row - 0.5 * column


def test_a_slope_is_background_up_to_the_edges(noise):
    field = local_field(scene_of(slope() + noise))
    error = field.background_ppb - slope()
    assert np.abs(error).max() < 3.0 and np.abs(np.mean(error)) < 0.2
    assert np.median(field.sigma_ppb) == pytest.approx(2.0, rel=0.1)


def test_gas_changes_neither_noise_nor_background_beside_it(noise):
    methane = slope() + noise
    quiet = local_field(scene_of(methane))
    methane[20:26, 20:26] += 60.0
    gassy = local_field(scene_of(methane))
    np.testing.assert_allclose(gassy.sigma_ppb, quiet.sigma_ppb, rtol=0.1)
    assert gassy.residual_ppb[20:26, 20:26].mean() == pytest.approx(60.0, abs=5.0)


def test_a_patch_does_not_tell_its_own_noise(noise):
    """Else a low patch seems noisier than a high one, and lows no longer tell how many highs noise makes."""
    sigma = {}
    for level in (-5.0, 5.0):
        methane = slope() + noise
        methane[20:23, 20:23] += level
        sigma[level] = local_field(scene_of(methane)).sigma_ppb[21, 21]
    assert sigma[-5.0] == pytest.approx(sigma[5.0], rel=0.02)


def test_stripes_are_taken_out_unless_the_product_has_done_so(noise, rng):
    stripes = 4.0 * rng.standard_normal(SHAPE[1])
    methane = slope() + noise + stripes
    kept = local_field(scene_of(methane, variant="methane_mixing_ratio_bias_corrected_destriped"))
    taken = local_field(scene_of(methane))
    left = np.nanmedian(taken.residual_ppb, axis=0).std()
    assert left < 0.4 * np.nanmedian(kept.residual_ppb, axis=0).std()


def test_what_follows_the_albedo_is_taken_out(noise, rng):
    albedo = (0.2 + 0.05 * rng.standard_normal(SHAPE)).astype(np.float32)
    methane = slope() + noise + 100.0 * (albedo - 0.2)
    without = local_field(scene_of(methane))
    known = local_field(scene_of(methane, albedo_swir=albedo))
    assert np.nanstd(known.residual_ppb) < 0.6 * np.nanstd(without.residual_ppb)


def test_noise_of_either_sign_makes_a_residual_of_no_sign(noise):
    field = local_field(scene_of(slope() + noise))
    ratio = field.residual_ppb / field.sigma_ppb
    assert abs(np.mean(ratio)) < 0.05
    assert abs((ratio > 2.5).sum() - (ratio < -2.5).sum()) < 20


def test_few_usable_pixels_are_cannot_say(noise):
    methane = slope() + noise
    methane[2:] = np.nan
    answer = local_field(scene_of(methane))
    assert isinstance(answer, CannotSay) and answer.code == "too-few-pixels"


def test_snow_and_stated_noise_are_not_used(noise):
    scene = scene_of(
        slope() + noise,
        albedo_swir=np.full(SHAPE, 0.06, np.float32),
        albedo_nir=np.full(SHAPE, 0.8, np.float32),
    )
    assert not usable_pixels(scene)[0].any()
    noisy = replace(scene, dataset=scene.dataset.drop_vars("albedo_nir"))
    noisy.dataset["precision"].values[:10] = 30.0
    assert not usable_pixels(noisy)[0][:10].any() and usable_pixels(noisy)[0][10:].all()


def test_one_ppb_at_sea_level_weighs_the_published_mass():
    """5.73e-6 kg m-2 at 1013 hPa: 16.04 / 28.96 of a billionth of the air."""
    mass, origin = methane_kg_m2_per_ppb(scene_of(slope()).dataset)
    assert origin == "assumed" and mass[0, 0] == pytest.approx(5.726e-6, rel=2e-3)
