"""False plumes counted among what passes the screen, and what that says of each plume."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.detection.describe import Seen
from superemitter.measure.detection.threshold import (
    LEAST_VETTED_THRESHOLD,
    LOOK_ALIKE_EXCESS,
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
    every, passing = vetted_tail(peaks, 250_000.0), vetted_tail(peaks[:10], 250_000.0)
    assert passing.threshold(0.5, LEAST_VETTED_THRESHOLD) < every.threshold(0.5, LEAST_VETTED_THRESHOLD)


def test_the_tail_is_raised_for_look_alikes_that_make_no_negative_peak():
    tail = vetted_tail(np.array([3.2, 3.4, 3.9]), 100.0)
    assert tail.peaks == pytest.approx(3 * LOOK_ALIKE_EXCESS)
    assert tail.expected_false(tail.threshold(0.5, 0.0)) == pytest.approx(0.5)
