"""False plumes counted among what passes the screen, and what that says of each plume."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.detection.describe import Seen
from superemitter.measure.detection.threshold import (
    LEAST_VETTED_THRESHOLD,
    LOOK_ALIKE_EXCESS,
    PRIOR_MEAN_EXCESS,
    PRIOR_PEAKS,
    NegativeTail,
    vetted_tail,
)

TAIL = NegativeTail(peaks=40.0, start=3.0, mean_excess=0.35)


def seen(peaks, by_height):
    nothing = np.zeros((1, 1))
    return Seen(
        enhancement=None,
        score=nothing,
        field=nothing,
        smooth=nothing,
        wind=None,
        tail=TAIL,
        positive_peaks=np.array(peaks),
        screen=None,
        candidates=nothing.astype(bool),
        by_height=by_height,
    )


def test_strong_plumes_lend_weak_ones_no_certainty():
    strong = [20.0, 15.0, 12.0, 9.0]
    alone = seen([4.5], True).probability(4.5)
    assert seen([4.5, *strong], True).probability(4.5) == pytest.approx(alone)
    assert seen([4.5, *strong], False).probability(4.5) > alone  # as earlier records have it


def test_more_peaks_of_a_height_than_noise_makes_are_plumes():
    few, many = seen([5.0], True), seen([4.8, 4.9, 5.0, 5.1, 5.2], True)
    assert many.probability(5.0) > few.probability(5.0)
    assert seen([15.0], True).probability(15.0) == pytest.approx(1.0, abs=1e-6)


def test_fewer_peaks_that_pass_the_screen_lower_the_threshold():
    rng = np.random.default_rng(2)
    peaks = 3.0 + 0.5 * rng.exponential(size=60)
    every, passing = vetted_tail(peaks), vetted_tail(peaks[:10])
    assert passing.threshold(0.5, LEAST_VETTED_THRESHOLD) < every.threshold(0.5, LEAST_VETTED_THRESHOLD)


def test_look_alikes_that_make_no_negative_peak_raise_the_threshold():
    heights = np.array([3.2, 3.4, 3.9])
    tail = vetted_tail(heights)
    alone = (float(np.sum(heights - 3.0)) + PRIOR_PEAKS * PRIOR_MEAN_EXCESS) / (3 + PRIOR_PEAKS)
    assert tail.peaks == 3.0
    assert tail.mean_excess == pytest.approx(LOOK_ALIKE_EXCESS * alone)
    assert tail.expected_false(tail.threshold(0.5, 0.0)) == pytest.approx(0.5)


def test_a_scene_without_negative_peaks_is_not_taken_for_noise_free():
    assert vetted_tail(np.array([])).threshold(0.5, 0.0) > 3.5
