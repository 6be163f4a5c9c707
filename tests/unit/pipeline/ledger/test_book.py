"""A case that was folded before is given again only while it would be folded to the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from case_stories import START, Names, Step, Story, case_id_of, life, make_world, tell
from superemitter.pipeline.cases import case_as_of
from superemitter.pipeline.ledger.book import CaseBook
from superemitter.programme.clocks import ClockState
from superemitter.register import append_event, chain

MOMENT = timedelta(microseconds=1)
STORIES = (
    Story(steps=life("notice-received", Step("observed", hours=200, turn=1))),
    Story(programme="us-epa-sep", plumes=(2,), steps=life("answered", Step("event-ended", hours=700))),
    Story(programme="unep-mars", plumes=(3,), steps=life("plume-reviewed")),
    Story(programme="eu-2024-1787", plumes=(5,), steps=life("issued", Step("note-added", hours=0))),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A register with cases under several rules."""
    folder = tmp_path_factory.mktemp("book")
    register = make_world(folder / "register.db", folder / "scans", Names())
    for number, story in enumerate(STORIES):
        tell(register, number, story, Names())
    yield register
    register.close()


def moments(register):
    """Just before, at and just after whatever might change a case."""
    found = {START + timedelta(days=days) for days in (2, 29, 30.5, 31, 45, 100, 365, 366)}
    for number in range(len(STORIES)):
        events = chain(register, case_id_of(number))
        case = case_as_of(events, events[-1].at)
        for moment in [*(one.at for one in events), *(one.due_at for one in case.clocks if one.due_at)]:
            found |= {moment - MOMENT, moment, moment + MOMENT}
    return sorted(moment for moment in found if moment > START)


@pytest.mark.parametrize("order", ["onward", "back", "anyhow"])
def test_what_is_kept_is_what_the_chain_amounts_to_at_any_moment(told, rng, order):
    book, asked = CaseBook(told), moments(told)
    asked = {"onward": asked, "back": asked[::-1], "anyhow": [*rng.permutation(asked)]}[order]
    for now in asked:
        kept = {one.case.case_id: one.case for one in book.entries(now)}
        for number in range(len(STORIES)):
            events = chain(told, case_id_of(number))
            if events[0].at > now:
                assert case_id_of(number) not in kept
            else:
                case = kept[case_id_of(number)]
                assert replace(case, now=now) == case_as_of(events, now), (number, now)
                assert replace(case, now=now).was_public == case.was_public


def test_a_duty_falls_due_just_after_its_last_moment(told):
    book = CaseBook(told)
    first = book.entry(case_id_of(0), START + timedelta(days=3))
    assert first is not None
    clock = first.case.open_clocks[0]
    assert clock.duty.id == "answer" and clock.due_at is not None
    states = [
        book.entry(case_id_of(0), clock.due_at + k * MOMENT).case.open_clocks[0].state for k in (-1, 0, 1, 0)
    ]
    assert states == [ClockState.RUNNING, ClockState.RUNNING, ClockState.OVERDUE, ClockState.RUNNING]


def test_a_case_becomes_public_when_its_day_begins_and_no_moment_earlier(told):
    book = CaseBook(told)
    day = datetime(2027, 3, 3, tzinfo=UTC)  # thirty days after the detection of 1 February
    public = [book.entry(case_id_of(2), day + k * MOMENT).case.was_public for k in (-1, 0, 1, -1)]
    assert public == [False, True, True, False]


def test_the_same_case_is_given_until_something_happens(told):
    book = CaseBook(told)
    now = START + timedelta(days=300)
    first = book.entries(now)
    assert book.entries(now + timedelta(seconds=5)) is first
    before = book.entry(case_id_of(3), now)
    others = book.entry(case_id_of(1), now)
    append_event(told, case_id_of(3), kind="note-added", at=now, actor="Somebody", payload={"text": "a remark"})
    after = book.entry(case_id_of(3), now)
    assert before is not None and after is not None
    assert len(after.events) == len(before.events) + 1 and after.case.head != before.case.head
    assert book.entry(case_id_of(1), now) is others
    assert book.entry("no-case", now) is None
