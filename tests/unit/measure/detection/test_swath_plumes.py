"""Plumes of a swath: what noise makes is told by losses of methane, and the error of a source by the wind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.detection.swath import SwathSettings
from superemitter.measure.detection.swath_plumes import noise_tail, outstanding_pixels, swath_plumes, swath_tail
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import scan_swath
from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

SETTINGS = SwathSettings()


def scene_of(folder, **changes):
    return open_scene(write_s5p(simulate_swath(SwathSpec(**changes)), folder / "swath.nc"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    leak = SwathLeak(longitude=60.0, latitude=38.0, rate_kg_h=60e3)
    return scene_of(tmp_path_factory.mktemp("noise"), leaks=(leak,), seed=11)


def test_gains_and_losses_are_kept_out_of_the_background_alike(scene, swath_input):
    gain, loss = (outstanding_pixels(swath_input(scene, sign), SETTINGS) for sign in (1.0, -1.0))
    assert gain.sum() > 5
    assert np.array_equal(gain, loss)


def test_a_gain_is_no_noise_and_a_loss_is(scene, swath_input):
    plume = swath_plumes(swath_input(scene), SETTINGS).plumes[0]
    gain, loss = (noise_tail(swath_input(scene, sign), SETTINGS) for sign in (1.0, -1.0))
    assert (gain[1][plume.mask] > 0).mean() < 0.05  # but for a pixel that is low beside what is high
    assert loss[1][plume.mask].max() > 10.0
    assert gain[0].expected_false(6.0) < 0.05


def test_the_threshold_leaves_as_many_losses_as_false_plumes_are_asked_for(rng):
    peaks = 4.5 + rng.exponential(0.5, 400)
    pixels = 600_000  # 30 are asked for
    tail = swath_tail(peaks, pixels, SETTINGS)
    assert np.sum(peaks > tail.threshold(30.0, SETTINGS.least_threshold)) == 30
    assert tail.expected_false(tail.start + 1.0) == pytest.approx(30 * np.exp(-2.0), rel=0.4)


def test_few_pixels_say_little_of_their_noise():
    """Neither is a small scene without a loss free of noise, nor does a single loss make it a noisy one."""
    none, one = swath_tail(np.array([]), 1000, SETTINGS), swath_tail(np.array([5.0]), 1000, SETTINGS)
    assert none.expected_false(SETTINGS.least_threshold) == pytest.approx(0.05, rel=0.1)
    assert SETTINGS.least_threshold < one.threshold(0.05, SETTINGS.least_threshold) < 5.5


def test_false_plumes_among_gaps_are_as_many_as_stated(tmp_path):
    """Half of the scene under clouds, a third at sea: no leak, so every plume is false."""
    stated = found = 0.0
    for seed in range(21, 29):
        orbit = scene_of(
            tmp_path, rows=1500, columns=215, first_pixel=0, cloud_share=0.5, water_share=0.4, seed=seed
        )
        detection = scan_swath(orbit, None, None, false_plumes=0.5, seed=0, tell=lambda _: None).detection
        stated, found = stated + detection.expected_false_plumes, found + len(detection.plumes)
    assert stated > 20
    assert stated / 1.5 <= found <= 1.5 * stated


def test_asked_for_more_false_plumes_the_threshold_falls(scene, swath_input):
    given = swath_input(scene)
    lenient = replace(SETTINGS, false_plumes=5.0, least_threshold=3.0)
    assert swath_plumes(given, lenient).threshold < swath_plumes(given, SETTINGS).threshold
