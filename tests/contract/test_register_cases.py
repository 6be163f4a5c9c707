"""What the register promises about cases and their chains, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from superemitter.model.errors import HeadMoved, InvalidValue, RegisterError, UnknownRecord
from superemitter.programme import GENESIS
from superemitter.register import (
    CaseRow,
    Register,
    append_event,
    case,
    chain,
    chains,
    head,
    list_cases,
    open_case,
    verify_chains,
)

NOON = datetime(2024, 8, 27, 12, 0, tzinfo=UTC)


def opened(register: Register, case_id: str = "c1", **more: object) -> CaseRow:
    row = CaseRow(case_id=case_id, programme_id="us-epa-sep", text_id="60.5371b", opened_at=NOON, **more)  # type: ignore[arg-type]
    open_case(register, row, kind="tip-received", at=NOON, actor="citizen", payload={"text": "漏气 <b>"})
    return row


def test_a_chain_reads_back_as_it_was_written_and_holds(register: Register) -> None:
    row = opened(register, longitude=61.5, latitude=36.5)
    payload = {"rate": 0.1, "n": 1.0, "big": 10**30, "nested": {"2": [None, True]}, "text": "\u0000=1+1 氨 😀"}
    added = append_event(
        register, "c1", kind="reviewed", at=NOON + timedelta(days=1), actor="Zhāng", payload=payload
    )
    first, second = chain(register, "c1")
    assert second == added
    assert dict(second.payload) == payload
    assert second.previous == first.digest and first.previous == GENESIS
    assert head(register, "c1") == second.digest
    assert verify_chains(register) == ()
    assert case(register, "c1") == row
    assert chains(register) == {"c1": (first, second)}
    assert chains(register, programme_id="other") == {}


def test_a_payload_with_numbers_for_keys_still_verifies(register: Register) -> None:
    opened(register)
    append_event(register, "c1", kind="x", at=NOON, actor="a", payload={10: 1, 9: 2})  # type: ignore[dict-item]
    assert verify_chains(register) == ()


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE case_events SET payload = \'{"text":"other"}\' WHERE sequence = 1',
        "UPDATE case_events SET actor = 'somebody' WHERE sequence = 1",
        "UPDATE case_events SET at = at + 1 WHERE sequence = 1",
        "DELETE FROM case_events WHERE sequence = 1",
    ],
)
def test_a_changed_byte_is_found_and_named(register: Register, change: str) -> None:
    opened(register)
    opened(register, "c2")
    for n in range(3):
        append_event(register, "c1", kind="note", at=NOON, actor="a", payload={"n": n})
    with register.writing() as connection:
        connection.execute(text(change.replace(":", r"\:")))
    (found,) = verify_chains(register)
    assert (found.case_id, found.sequence) == ("c1", 1)


def test_an_event_that_answers_an_old_head_is_not_stored(register: Register) -> None:
    opened(register)
    before = head(register, "c1")
    append_event(register, "c1", kind="x", at=NOON, actor="a", payload={}, expected_head=before)
    with pytest.raises(HeadMoved):
        append_event(register, "c1", kind="x", at=NOON, actor="a", payload={}, expected_head=before)
    assert len(chain(register, "c1")) == 2


def test_what_cannot_be_recorded_leaves_nothing_behind(register: Register) -> None:
    opened(register)
    with pytest.raises(InvalidValue):
        append_event(register, "c1", kind="x", at=NOON, actor="a", payload={"rate": float("nan")})
    with pytest.raises(InvalidValue, match="NUL"):
        append_event(register, "c1", kind="x", at=NOON, actor="a\x00", payload={})
    with pytest.raises(InvalidValue):
        append_event(register, "c1", kind="x", at=NOON - timedelta(days=1), actor="a", payload={})
    with pytest.raises(InvalidValue):
        append_event(register, "c1", kind="x", at=NOON, actor="a", payload={"text": "\ud800"})
    with pytest.raises(UnknownRecord):
        append_event(register, "no such case", kind="x", at=NOON, actor="a", payload={})
    with pytest.raises(RegisterError, match="already"):
        opened(register)
    with pytest.raises(RegisterError):
        opened(register, "c2", source_id=99)
    assert len(chain(register, "c1")) == 1 and len(list_cases(register)) == 1


def test_threads_that_append_at_once_each_get_a_place(register: Register) -> None:
    opened(register)
    with ThreadPoolExecutor(4) as pool:
        added = list(
            pool.map(
                lambda n: append_event(register, "c1", kind="note", at=NOON, actor=f"{n}", payload={"n": n}),
                range(40),
            )
        )
    assert sorted(event.sequence for event in added) == list(range(1, 41))
    assert verify_chains(register) == ()
