"""A chain of events: what is changed is found and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from superemitter.model.errors import InvalidValue
from superemitter.programme import first_break, next_event

START = datetime(2027, 2, 1, tzinfo=UTC)


def chain(length: int = 3):
    events = []
    for number in range(length):
        events.append(
            next_event(
                events,
                case_id="C1",
                kind="note-added",
                at=START + timedelta(hours=number),
                actor="a",
                payload={"text": f"第{number}"},
            )
        )
    return events


def test_an_untouched_chain_holds():
    assert first_break(chain()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"payload": {"text": "第2 "}},
        {"actor": "b"},
        {"at": START},
        {"kind": "closed"},
        {"case_id": "C2"},
        {"digest": "0" * 64},
        {"previous": "0" * 64},
    ],
)
def test_a_changed_event_is_named(change):
    events = chain()
    events[1] = replace(events[1], **change)
    assert first_break(events).sequence == 1


def test_a_removed_event_is_found():
    events = chain()
    del events[1]
    assert first_break(events).sequence == 1


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": START}])
def test_what_json_cannot_carry_is_refused(payload):
    with pytest.raises(InvalidValue):
        next_event([], case_id="C1", kind="note-added", at=START, actor="a", payload=payload)


def test_time_does_not_run_backwards():
    with pytest.raises(InvalidValue):
        next_event(chain(), case_id="C1", kind="note-added", at=START, actor="a", payload={})
