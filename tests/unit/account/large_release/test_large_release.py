"""Large releases: each basis by itself, the test on size, and what is never said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from superemitter.account.inventory_uncertainty import Interval
from superemitter.account.large_release import assess_release
from superemitter.account.large_release_duration import Basis, Duration
from superemitter.account.large_release_evidence import (
    SURVEY,
    Look,
    ReleaseEvidence,
    ReleaseFacts,
    Sighting,
    read_release_facts,
)
from superemitter.account.large_release_records import release_record, sentence
from superemitter.account.large_release_rules import load_release_rules
from superemitter.account.rates import Rate
from superemitter.model.errors import AccountError, InvalidRules, InvalidValue
from superemitter.model.rate import CannotSay

RULES = load_release_rules()
SEEN = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def plume(days=0.0, rate=200.0, low=150.0, high=260.0):
    return Sighting(time=SEEN + days * DAY, rate=Rate(rate_kg_h=rate, low_kg_h=low, high_kg_h=high))


def overpass(days, seen=0.95):
    return Look(time=SEEN + days * DAY, probability_of_detection=seen)


def survey(days, seen=0.95):
    return Look(time=SEEN + days * DAY, kind=SURVEY, probability_of_detection=seen)


def assess(*sightings, as_of=40.0, seed=0, **more):
    evidence = ReleaseEvidence(sightings=sightings or (plume(),), **more)
    return assess_release(evidence, RULES, SEEN + as_of * DAY, np.random.default_rng(seed))


def test_100_kg_h_over_the_default_91_days_are_218_4_t_and_are_not_verified():
    made = assess(plume(rate=100.0, low=100.0, high=100.0), stated_end=SEEN)
    assert made.reported_basis is Basis.DEFAULT
    assert made.reported.mass.value_t == pytest.approx(218.4)
    assert made.reported.mass.interval.low95_t == pytest.approx(218.4)
    assert not made.verified
    assert "NOT VERIFIED" in " ".join(release_record(made)["banners"])


def test_every_basis_is_told_by_itself():
    made = assess(
        looks=(overpass(-10), overpass(4)),
        stated_end=SEEN + 2 * DAY,
        facts=ReleaseFacts(process_start=SEEN - 1 * DAY, surveys=(survey(-20),)),
    )
    days = {basis: one.hours / 24 for basis, one in made.durations.items()}
    assert days == pytest.approx({"process-data": 3, "survey": 22, "overpasses": 7, "default": 93})
    assert made.reported_basis is Basis.PROCESS


def test_without_process_data_the_later_of_survey_and_default_is_reported():
    recent = assess(facts=ReleaseFacts(surveys=(survey(-20),)))
    old = assess(facts=ReleaseFacts(surveys=(survey(-120),)))
    assert (recent.reported_basis, old.reported_basis) == (Basis.SURVEY, Basis.DEFAULT)
    assert old.reported.hours == pytest.approx((91 + 40) * 24)


def test_a_survey_that_would_miss_the_threshold_too_often_bounds_nothing():
    made = assess(facts=ReleaseFacts(surveys=(survey(-20, 0.89),)))
    assert made.durations[Basis.SURVEY].code == "no-earlier-survey"
    assert made.reported_basis is Basis.DEFAULT


def test_overpasses_that_cannot_say_bound_nothing():
    unknown = CannotSay(code="no-detection-limit", reason="not known")
    made = assess(looks=(overpass(-3, unknown), overpass(-2, 0.5)))
    assert made.measured.code == "no-earlier-overpass"


def test_a_start_between_two_overpasses_widens_the_interval():
    sure = plume(rate=200.0, low=200.0, high=200.0)
    made = assess(sure, looks=(overpass(-10), overpass(4))).measured
    assert made.start.earliest == SEEN - 10 * DAY and made.start.latest == SEEN
    assert made.mass.interval.low95_t < 200 * 24 * 3 / 1000 < 200 * 24 * 11 / 1000 < made.mass.interval.high95_t


def test_a_release_that_nobody_ended_is_counted_to_the_day_it_is_looked_at():
    made = assess(as_of=9.0)
    assert made.reported.ongoing and made.reported.end.middle == SEEN + 9 * DAY


def test_each_rate_holds_until_half_way_to_the_next():
    made = assess(
        plume(0, 100.0, 100.0, 100.0), plume(10, 300.0, 300.0, 300.0),
        stated_end=SEEN + 10 * DAY, facts=ReleaseFacts(process_start=SEEN),
    )  # fmt: skip
    assert made.reported.mass.value_t == pytest.approx((100 * 5 + 300 * 5) * 24 / 1000)


def test_years_are_kept_apart_and_add_up():
    made = assess_release(
        ReleaseEvidence(
            sightings=(plume(),), facts=ReleaseFacts(process_start=datetime(2024, 12, 20, tzinfo=UTC))
        ),
        RULES,
        SEEN,
        np.random.default_rng(1),
    ).reported
    assert [part.year for part in made.by_year] == [2024, 2025]
    assert sum(part.mass.value_t for part in made.by_year) == pytest.approx(made.mass.value_t)
    assert made.by_year[0].mass.value_t == pytest.approx(200 * 12 * 24 / 1000)


@pytest.mark.parametrize(
    ("rate", "existing", "large"),
    [(99.9, None, False), (100.0, None, True), (150.0, 60.0, False), (160.0, 60.0, True)],
)
def test_100_kg_h_or_100_more_than_the_existing_method(rate, existing, large):
    made = assess(
        plume(rate=rate, low=0.9 * rate, high=1.1 * rate), facts=ReleaseFacts(existing_method_kg_h=existing)
    )
    assert made.test.answer is large
    assert ("need not be reported" in sentence(made)) is not large


def test_a_blowdown_is_no_large_release_however_large():
    assert assess(plume(rate=9e4, low=8e4, high=1e5), facts=ReleaseFacts(blowdown=True)).test.answer is False


def test_a_plume_without_a_rate_cannot_say_how_much():
    made = assess(Sighting(time=SEEN))
    assert made.reported.mass.code == "no-rate" and isinstance(made.test.answer, CannotSay)
    assert "cannot say how much" in sentence(made)


def test_a_rate_without_error_has_no_interval():
    made = assess(Sighting(time=SEEN, rate=Rate(rate_kg_h=300.0)))
    assert isinstance(made.reported.mass.interval, CannotSay) and made.test.answer is True


def test_nothing_seen_yet_cannot_say():
    assert assess(as_of=-1.0).code == "not-seen"


def test_an_end_before_the_start_cannot_be_said():
    made = assess(stated_end=SEEN - 100 * DAY)
    assert made.durations[Basis.DEFAULT].code == "ends-before-it-starts"


def test_contradictions_are_told():
    made = assess(plume(), plume(6), stated_end=SEEN + DAY, looks=(overpass(3),))
    told = " ".join(map(str, made.cautions))
    assert "after the stated end" in told and "between plumes saw none" in told


def test_the_status_of_the_rule_is_that_of_the_day():
    days = (datetime(2024, 1, 1).date(), datetime(2025, 3, 1).date(), datetime(2026, 3, 1).date())
    found = [RULES.status_on(day) for day in days]
    assert found[0] is None and [one.status for one in found[1:]] == ["in_force", "unknown"]


def test_an_event_is_never_priced():
    record = release_record(assess())
    assert record["price"] is None and "annual" in record["price_because"]
    assert "$" not in json.dumps(record) and "usd" not in json.dumps(record).lower()


@given(rate=st.floats(1.0, 1e5), more=st.floats(1.01, 5.0), seed=st.integers(0, 50))
def test_mass_scales_with_the_rate(rate, more, seed):
    def mass(factor):
        made = assess(plume(rate=rate * factor, low=0.7 * rate * factor, high=1.4 * rate * factor), seed=seed)
        return made.reported.mass

    small, large = mass(1.0), mass(more)
    assert large.value_t == pytest.approx(small.value_t * more)
    assert isinstance(small.interval, Interval)
    assert large.interval.high95_t == pytest.approx(small.interval.high95_t * more, rel=1e-6)


def test_no_basis_reaches_past_the_day_it_is_looked_at():
    facts = ReleaseFacts(process_start=SEEN - DAY, process_end=SEEN + 8 * DAY)
    made = assess(as_of=3.0, looks=(overpass(-1), overpass(5)), stated_end=SEEN + 9 * DAY, facts=facts)
    ends = [one.end.latest for one in made.durations.values() if isinstance(one, Duration)]
    assert max(ends) == SEEN + 3 * DAY


def test_facts_of_a_file(tmp_path):
    path = tmp_path / "facts.toml"
    path.write_text(
        "process_start = 2025-05-20T00:00:00Z\nexisting_method_kg_h = 12\n"
        "[[survey]]\ntime = 2025-05-01T00:00:00Z\nprobability_of_detection = 0.93\n"
    )
    facts = read_release_facts(path)
    assert facts.existing_method_kg_h == 12 and facts.surveys[0].tells(0.9)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("process_strat = 2025-05-20T00:00:00Z", InvalidRules, "process_strat"),
        ("process_start = 2025-05-20T00:00:00", InvalidRules, "no time zone"),
        ("[[survey]]\nprobability_of_detection = 0.9", InvalidRules, "survey 1: time is missing"),
        ("existing_method_kg_h = -1", AccountError, "existing_method_kg_h is -1"),
        ("process_start = 2025-05-20T00:00:00Z\nprocess_end = 2025-05-19T00:00:00Z", AccountError, "is before"),
    ],
)
def test_wrong_facts_are_named(tmp_path, text, error, told):
    path = tmp_path / "facts.toml"
    path.write_text(text)
    with pytest.raises(error, match=told):
        read_release_facts(path)


def test_rules_say_what_was_not_read():
    passports = RULES.passports
    assert passports["threshold"].verified and not passports["default_start"].verified
    assert replace(RULES, default_days=30).default_days == 30


@pytest.mark.parametrize(("rate", "low", "high"), [(0.0, 0.0, 5.0), (5.0, 0.0, 9.0), (5.0, 5.0, 5.0)])
def test_a_rate_near_nothing_is_still_drawn(rate, low, high):
    drawn = Rate(rate_kg_h=rate, low_kg_h=low, high_kg_h=high).draw(np.random.default_rng(0), 2000)
    assert np.isfinite(drawn).all() and (drawn >= 0).all()


@given(st.floats(1.0, 1e4), st.floats(0.3, 0.99), st.floats(1.01, 3.0))
def test_drawn_rates_keep_the_stated_interval(rate, down, up):
    drawn = Rate(rate_kg_h=rate, low_kg_h=rate * down, high_kg_h=rate * up).draw(np.random.default_rng(1), 4000)
    low, middle, high = np.quantile(drawn, (0.16, 0.5, 0.84))
    assert low == pytest.approx(rate * down, rel=0.08)
    assert middle == pytest.approx(rate, rel=0.08)
    assert high == pytest.approx(rate * up, rel=0.08)


@pytest.mark.parametrize("bad", [(5.0, 6.0, 7.0), (5.0, None, 7.0), (-1.0, None, None), (5.0, 4.0, float("inf"))])
def test_a_rate_that_is_none_is_refused(bad):
    with pytest.raises(InvalidValue):
        Rate(rate_kg_h=bad[0], low_kg_h=bad[1], high_kg_h=bad[2])
