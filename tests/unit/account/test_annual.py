"""A source's year: persistence by what passes would have seen, intervals that hold, refusals with reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from superemitter.account.annual import SourcePass, annual_account, hours_of, likeliest_share
from superemitter.account.annual_records import account_record
from superemitter.account.rates import Rate
from superemitter.account.spread import Spread
from superemitter.model.rate import CannotSay

START = datetime(2023, 2, 1, 6, tzinfo=UTC)
UNKNOWN = CannotSay(code="no-detection-limit", reason="not known")


def seen(day, rate=1000.0, error=0.3, **more):
    value = Rate(rate_kg_h=rate, low_kg_h=rate * (1 - error), high_kg_h=rate * (1 + error))
    return SourcePass(time=START + timedelta(days=day), detected=True, rate=value, **more)


def none(day, chance=1.0):
    return SourcePass(time=START + timedelta(days=day), detected=False, probability_of_detection=chance)


def account(*passes, seed=0, **more):
    return annual_account("source 1", passes, np.random.default_rng(seed), **more)


def test_rate_times_share_times_hours():
    made = account(seen(0), seen(10), none(20), none(30))
    assert made.persistence.value == pytest.approx(0.5)
    assert made.emission.value == pytest.approx(1000 * 0.5 * 8.76)


def test_a_pass_that_could_not_have_seen_it_changes_nothing():
    with_blind = account(seen(0), seen(10), none(20), none(30), none(40, 0.0))
    assert with_blind.persistence.value == pytest.approx(0.5)


def test_passes_that_might_have_missed_it_raise_the_share():
    sure, doubtful = (account(seen(0), none(10, p), none(20, p)).persistence.value for p in (1.0, 0.6))
    assert doubtful > sure == pytest.approx(1 / 3)
    # D / f = 2 p / (1 - f p) gives f = 1 / (3 p)
    assert doubtful == pytest.approx(1 / (3 * 0.6), rel=1e-6)


def test_always_seen_is_not_known_to_emit_always():
    made = account(*[seen(day) for day in range(5)])
    assert made.persistence.value == 1.0 and made.persistence.low95 < 0.8


def test_passes_of_other_years_are_left_out_and_a_leap_year_is_longer():
    passes = [seen(0), seen(10), none(20), none(400), none(410)]
    assert account(*passes, year=2023).persistence.value == pytest.approx(2 / 3)
    assert (hours_of(2024), hours_of(2100), hours_of(None)) == (8784, 8760, 8760)


@pytest.mark.parametrize(
    ("passes", "code"),
    [
        ([], "never-seen"),
        ([none(0), none(1), none(2)], "never-seen"),
        ([seen(0), none(1)], "too-few-passes"),
        ([seen(0), seen(1), seen(2), none(3, UNKNOWN)], "no-detection-limit"),
        ([seen(day, counts_as_look=False) for day in range(9)], "no-looks"),
        ([SourcePass(time=START, detected=True), none(1), none(2)], "no-rate"),
        (
            [SourcePass(time=START, detected=True, rate=Rate(rate_kg_h=5.0)), none(1), none(2)],
            "uncertainty-not-stated",
        ),
    ],
)
def test_what_cannot_be_said_says_why(passes, code):
    made = account(*passes)
    assert isinstance(made.emission, CannotSay) and made.emission.code == code
    assert account_record(made)["emission"]["reason"] == made.emission.reason


def test_plumes_of_lists_count_for_the_rate_alone():
    made = account(seen(0), none(1), none(2), seen(3, rate=3000.0, counts_as_look=False))
    assert made.mean_rate.value == pytest.approx(2000)
    assert made.persistence.value == pytest.approx(1 / 3)
    assert "come from lists" in " ".join(map(str, made.cautions))


def test_equal_seeds_give_equal_numbers_and_others_do_not():
    passes = [seen(0), seen(10, 400.0), none(20), none(30, 0.7)]
    assert account(*passes, seed=1) == account(*passes, seed=1)
    assert account(*passes, seed=1).emission != account(*passes, seed=2).emission


@given(
    detections=st.integers(1, 20),
    missed=st.lists(st.floats(0.0, 1.0), max_size=20),
)
def test_the_share_is_between_all_looks_and_the_sure_ones(detections, missed):
    share = likeliest_share(detections, np.array(missed))
    assert detections / (detections + len(missed)) - 1e-9 <= share <= 1.0


@given(st.permutations(range(6)))
def test_the_order_of_passes_does_not_matter(order):
    passes = [seen(0), seen(10, 400.0), none(20), none(30, 0.7), seen(40), none(50, 0.2)]
    assert account(*[passes[i] for i in order]).emission == account(*passes).emission


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """On seeds that nothing was chosen on: 12 passes of a source that emits 40 % of the time."""
    truth, hits68, hits95, told = 0.4 * np.exp(0.5 * 0.4**2) * 8.76, 0, 0, 0
    for seed in range(5000, 5200):
        rng = np.random.default_rng(seed)
        passes = []
        for day in range(12):
            rate, chance = float(np.exp(0.4 * rng.standard_normal())), float(rng.uniform(0.7, 1.0))
            measured = rate * float(np.exp(0.3 * rng.standard_normal()))
            if rng.random() < 0.4 and rng.random() < chance:
                value = Rate(
                    rate_kg_h=measured, low_kg_h=measured * np.exp(-0.3), high_kg_h=measured * np.exp(0.3)
                )
                passes.append(SourcePass(time=START + timedelta(days=30 * day), detected=True, rate=value))
            else:
                passes.append(none(30 * day, chance))
        made = annual_account("s", passes, rng, draws=1000).emission
        if isinstance(made, Spread):
            told += 1
            hits68 += made.low68 <= truth <= made.high68
            hits95 += made.low95 <= truth <= made.high95
    assert told > 190
    assert 0.60 < hits68 / told < 0.78
    assert 0.90 < hits95 / told <= 1.0
