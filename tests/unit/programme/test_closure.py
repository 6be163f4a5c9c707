"""What later passes say about a leak that may have stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from superemitter.model import CannotSay
from superemitter.model.errors import InvalidValue
from superemitter.programme import IntermittencyPrior, Pass, probability_stopped

START = datetime(2027, 2, 1, tzinfo=UTC)
PRIOR = IntermittencyPrior(emitting_fraction=0.5, stopped=0.5, memory_hours=0.0)
BLIND = CannotSay(code="no-detection-limit", reason="no detection limit")


def seen(days: float) -> Pass:
    return Pass(time=START + timedelta(days=days), detected=True, probability_of_detection=1.0)


def missed(days: float, probability: float | CannotSay = 0.8) -> Pass:
    return Pass(time=START + timedelta(days=days), detected=False, probability_of_detection=probability)


def test_one_pass_by_hand():
    """s / (s + (1 - s)(1 - f d)) with s = f = 0.5 and d = 0.8: 0.5 / 0.8."""
    found = probability_stopped([seen(0), missed(10)], PRIOR)
    assert found.probability_stopped == pytest.approx(0.625)


def test_two_passes_far_apart_multiply():
    found = probability_stopped([seen(0), missed(10), missed(20)], PRIOR)
    assert found.probability_stopped == pytest.approx(0.5 / (0.5 + 0.5 * 0.6**2))


def test_two_passes_within_the_memory_say_less_than_two_far_apart():
    prior = IntermittencyPrior(emitting_fraction=0.5, stopped=0.5, memory_hours=24.0)
    near = probability_stopped([seen(0), missed(30), missed(30.01)], prior)
    far = probability_stopped([seen(0), missed(30), missed(60)], prior)
    assert near.probability_stopped < far.probability_stopped


def test_without_a_detection_limit_a_non_detection_changes_nothing_and_is_counted():
    with_blind = probability_stopped([seen(0), missed(5, BLIND), missed(10)], PRIOR)
    without = probability_stopped([seen(0), missed(10)], PRIOR)
    assert with_blind.probability_stopped == without.probability_stopped
    assert with_blind.cannot_say == 1


def test_only_blind_passes_cannot_say():
    found = probability_stopped([seen(0), missed(5, BLIND)], PRIOR)
    assert isinstance(found.probability_stopped, CannotSay)


def test_a_new_detection_starts_over():
    found = probability_stopped([seen(0), missed(10), missed(20), seen(30)], PRIOR)
    assert isinstance(found.probability_stopped, CannotSay)
    assert found.ignored == 4


def test_passes_before_the_stated_end_do_not_count():
    found = probability_stopped([seen(0), missed(10), missed(20)], PRIOR, since=START + timedelta(days=15))
    assert found.non_detections == 1


@pytest.mark.parametrize(
    "bad",
    [{"emitting_fraction": 0.0}, {"emitting_fraction": 1.1}, {"stopped": -0.1}, {"memory_hours": float("nan")}],
)
def test_an_impossible_prior_is_refused(bad):
    with pytest.raises(InvalidValue):
        IntermittencyPrior(**bad)


def test_a_pass_without_zone_is_refused():
    with pytest.raises(InvalidValue):
        Pass(time=datetime(2027, 1, 1), detected=False, probability_of_detection=0.5)
