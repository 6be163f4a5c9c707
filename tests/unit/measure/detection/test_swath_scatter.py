"""How scores scatter without a plume, and how that depends on the leverage of the background."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from superemitter.measure.detection.swath import SwathSettings
from superemitter.measure.detection.swath_scatter import RISE, SampledScores, local_scatter
from superemitter.measure.detection.template_fit import TemplateField
from superemitter.measure.retrieval.columns import local_field
from superemitter.measure.retrieval.local_plane import LocalPlane
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import wind_directions
from superemitter.simulate.swath import SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

SETTINGS = SwathSettings()
SHAPE = (150, 200)


def leverage_of(shape):
    return LocalPlane.through(np.ones(shape, dtype=bool), 6.0).leverage


def sampled_from(score, seen=1.0):
    pixels = tuple(values.ravel() for values in np.indices(score.shape))
    flat = score.ravel()[None]
    return SampledScores(pixels=pixels, score=flat, seen=np.full(flat.shape, seen))


@pytest.mark.parametrize("rise", [0.0, 0.6, 1.5])
def test_a_rise_with_the_leverage_is_found(rise, rng):
    leverage = leverage_of(SHAPE)
    truth = np.sqrt(4.0 * (1.0 + rise * np.log(leverage)))
    found = local_scatter(sampled_from(truth * rng.standard_normal(SHAPE)), leverage)
    np.testing.assert_allclose(found, truth, rtol=0.12)
    assert np.abs(found / truth - 1.0).mean() < 0.04


def test_few_pixels_change_little_of_what_is_known_before(rng):
    shape = (12, 12)
    leverage = leverage_of(shape)
    found = local_scatter(sampled_from(3.0 * rng.standard_normal(shape)), leverage)
    log = np.log(leverage)
    at = np.sqrt(1.0 + RISE * (log - log.mean()))
    edge = np.unravel_index(leverage.argmax(), shape), np.unravel_index(leverage.argmin(), shape)
    assert found[edge[0]] / found[edge[1]] == pytest.approx(at[edge[0]] / at[edge[1]], rel=0.15)


def test_gains_do_not_tell(rng):
    leverage = leverage_of(SHAPE)
    score = rng.standard_normal(SHAPE)
    gassy = np.where(score > 0, 20.0 * score, score)
    np.testing.assert_array_equal(
        local_scatter(sampled_from(score), leverage), local_scatter(sampled_from(gassy), leverage)
    )


def test_the_scatter_is_at_least_one_and_one_without_losses(rng):
    leverage = leverage_of((30, 30))
    assert local_scatter(sampled_from(0.1 * rng.standard_normal((30, 30))), leverage).min() == 1.0
    assert (local_scatter(sampled_from(np.ones((30, 30))), leverage) == 1.0).all()


def test_scores_unseen_are_asked_only_where_there_are_no_others(rng):
    score = rng.standard_normal(SHAPE)
    half = np.where(np.arange(SHAPE[1]) < 100, 1.0, 0.2) * np.ones(SHAPE)
    sampled = sampled_from(np.where(half < 0.5, 9.0 * score, score))
    seen = SampledScores(pixels=sampled.pixels, score=sampled.score, seen=half.ravel()[None])
    assert seen.scatter() == pytest.approx(1.0, abs=0.05)
    assert sampled_from(9.0 * score, seen=0.2).scatter() == pytest.approx(9.0, rel=0.05)


@pytest.fixture(scope="module")
def rolling(tmp_path_factory):
    """A swath whose background goes up and down by 12 ppb (1 sigma) within some 100 km, and no plume."""
    file = write_s5p(
        simulate_swath(SwathSpec(seed=5, cloud_share=0.0)), tmp_path_factory.mktemp("rolling") / "s.nc"
    )
    scene = open_scene(file)
    scene.dataset.load()
    wave = gaussian_filter(np.random.default_rng(1).standard_normal(scene.shape), 8.0)
    scene.dataset["methane"] = scene.dataset["methane"] + (12.0 * wave / wave.std()).astype(np.float32)
    return scene


def test_the_background_is_less_certain_at_edges_and_amid_gas(rolling):
    out = np.zeros(rolling.shape, dtype=bool)
    out[10:18, 10:18] = True
    whole = local_field(rolling)
    left_out = local_field(rolling, exclude=out, before=whole)
    middle = np.median(whole.leverage[8:-8, 8:-8])
    assert np.median(whole.leverage[0, 8:-8]) > 3.0 * middle
    assert np.median(left_out.leverage[13:15, 13:15]) > 1.15 * np.median(whole.leverage[13:15, 13:15])


def test_losses_of_a_rolling_background_scatter_alike_at_the_edges_and_away_from_them(rolling):
    field = local_field(rolling)
    fields = rolling.footprint, field.residual_ppb, field.sigma_ppb, field.usable
    templates = TemplateField.of(*fields, SETTINGS.shape, SETTINGS.clutter)
    sampled = SampledScores.of(templates, field.usable, wind_directions(rolling, None))
    edge = field.leverage[sampled.pixels] > 3.0

    def of_edges(unit):
        """Scatter of losses there over that elsewhere."""
        score = sampled.score / unit[sampled.pixels]
        losses = sampled.losses()
        parts = (score[losses & np.broadcast_to(of, losses.shape)] for of in (edge, ~edge))
        at, away = (np.sqrt(np.mean(part**2)) for part in parts)
        return at / away

    plain, told = of_edges(np.ones(rolling.shape)), of_edges(local_scatter(sampled, field.leverage))
    assert plain > 1.2
    assert 0.85 < told < 1.15
