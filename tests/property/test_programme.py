"""What holds for any passes, any days, any answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from superemitter.model import CannotSay
from superemitter.programme import (
    Answer,
    IntermittencyPrior,
    Pass,
    Status,
    due_at,
    load_form,
    load_holidays,
    load_programme,
    load_programmes,
    probability_stopped,
    read_report,
    validate_answer,
)

START = datetime(2027, 1, 1, tzinfo=UTC)
SEP = load_programme("us-epa-sep").text()
FORM = load_form("us-epa-sep-answer")

chances = st.floats(0.0, 1.0)
passes = st.lists(
    st.builds(
        lambda hours, seen: Pass(
            time=START + timedelta(hours=hours), detected=False, probability_of_detection=seen
        ),
        st.floats(0.01, 5000.0),
        chances,
    ),
    min_size=1,
    max_size=8,
)
priors = st.builds(
    IntermittencyPrior,
    emitting_fraction=st.floats(0.01, 1.0),
    stopped=st.floats(0.01, 0.99),
    memory_hours=st.floats(0.0, 200.0),
)
FOUND = Pass(time=START, detected=True, probability_of_detection=1.0)
EPS = 1e-12


def probability(looks, prior) -> float:
    found = probability_stopped([FOUND, *looks], prior).probability_stopped
    assert not isinstance(found, CannotSay)
    return found


@given(looks=passes, extra=passes, prior=priors)
def test_each_further_non_detection_makes_it_more_probable_that_the_leak_has_stopped(looks, extra, prior):
    assert probability([*looks, *extra], prior) >= probability(looks, prior) - EPS


@given(looks=passes, prior=priors, which=st.integers(0, 7), better=chances)
def test_a_sharper_eye_that_sees_nothing_says_more(looks, prior, which, better):
    one = looks[which % len(looks)]
    sharper = Pass(
        time=one.time, detected=False, probability_of_detection=max(better, one.probability_of_detection)
    )
    rest = [other for other in looks if other is not one]
    assert probability([*rest, sharper], prior) >= probability([*rest, one], prior) - EPS


@given(looks=passes, prior=priors, fraction=st.floats(0.01, 1.0), stopped=st.floats(0.01, 0.99))
def test_it_rises_with_the_emitting_fraction_and_with_the_prior(looks, prior, fraction, stopped):
    more = IntermittencyPrior(
        emitting_fraction=max(fraction, prior.emitting_fraction),
        stopped=max(stopped, prior.stopped),
        memory_hours=prior.memory_hours,
    )
    assert probability(looks, more) >= probability(looks, prior) - EPS


@given(looks=passes, prior=priors)
def test_it_stays_between_the_prior_and_one_and_does_not_depend_on_the_order(looks, prior):
    found = probability(looks, prior)
    assert prior.stopped - EPS <= found <= 1.0 + EPS
    assert probability(looks[::-1], prior) == pytest.approx(found, abs=EPS)


@given(looks=passes, prior=priors, hours=st.lists(st.floats(0.01, 5000.0), max_size=4))
def test_passes_that_cannot_say_change_nothing(looks, prior, hours):
    blind = [
        Pass(
            time=START + timedelta(hours=h),
            detected=False,
            probability_of_detection=CannotSay(code="x", reason="x"),
        )
        for h in hours
    ]
    assert probability([*looks, *blind], prior) == probability(looks, prior)


days = st.dates(date(2024, 1, 1), date(2035, 12, 31))


@given(day=days, count=st.integers(0, 30))
def test_business_days_end_on_a_business_day_and_never_earlier_than_calendar_days(day, count):
    table = load_holidays("us-federal")
    last = table.add_business_days(day, count)
    assert last >= day + timedelta(days=count)
    assert count == 0 or table.is_business_day(last)


@given(day=days, first=st.integers(1, 20), second=st.integers(1, 20))
def test_business_days_add_up(day, first, second):
    table = load_holidays("us-ca-state")
    there = table.add_business_days(table.add_business_days(day, first), second)
    assert there == table.add_business_days(day, first + second)


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    amount=st.integers(0, 60),
)
def test_a_last_day_counts_to_its_end_across_every_change_of_clocks(start, amount):
    due = due_at(start, amount, "calendar_days", zone=SEP.time_zone, holidays=SEP.holidays)
    local = due.astimezone(SEP.time_zone)
    assert local.date() == start.astimezone(SEP.time_zone).date() + timedelta(days=amount)
    assert (local + timedelta(microseconds=1)).date() > local.date()


@given(day=days)
def test_every_text_has_one_status_on_every_day(day):
    for programme in load_programmes().values():
        for text, status in programme.texts_as_of(day):
            assert sum(period.holds_on(day) for period in text.periods) <= 1
            assert isinstance(status, Status)


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@settings(max_examples=150)
@given(values=st.dictionaries(st.sampled_from([field.id for field in FORM.fields]), anything, max_size=12))
def test_no_value_makes_a_form_fail_other_than_by_field(values):
    found = validate_answer(FORM, values)
    if not isinstance(found, Answer):
        assert {error.field for error in found} <= {field.id for field in FORM.fields}


@settings(max_examples=150)
@given(
    values=st.dictionaries(
        st.sampled_from(["longitude", "latitude", "detected_at", "evidence", "rate_kg_h", "text", "language"]),
        anything,
    )
)
def test_no_value_makes_a_report_fail_other_than_by_field(values):
    found = read_report(values, now=START)
    assert not isinstance(found, list) or all(error.reason for error in found)
