"""Who sees what of a case: by the rule's own words, at each stage, in each role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from superemitter.programme import fold, load_programme
from superemitter.programme.case import Case
from superemitter.programme.chain import Event, next_event
from superemitter.programme.disclosure import (
    PUBLIC,
    Role,
    Sight,
    Viewer,
    details,
    is_shown,
    named_operator,
    sight,
    who,
)

START = datetime(2027, 2, 1, 12, tzinfo=UTC)
ISSUED_TO, ATTRIBUTED = "Company A", "Company B"
LIFE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("notification-received", {"detected_at": [START.isoformat()]}),
    ("notified", {"notification": {}}),
    ("reviewed", {"outcome": "accepted"}),
    ("issued", {"report_id": "R-1", "operator": ISSUED_TO}),
    ("answered", {"outcome": "source_found_ended", "values": {"official_name": "A. Person"}}),
    (
        "attribution-decided",
        {"state": "confirmed", "operator": ATTRIBUTED, "facility_id": "f", "reason": "its own"},
    ),
)
STAGES = {
    "draft": LIFE[:1],
    "issued": LIFE[:4],
    "answered": LIFE[:5],
    "attributed": LIFE,
    "in error": (*LIFE, ("error-decided", {"decision": "accepted", "reason": "not theirs"})),
    "withdrawn": (*LIFE, ("withdrawn", {"what": "case", "reason": "a mistake"})),
}
VIEWERS = {
    "public": PUBLIC,
    "administrator": Viewer(role=Role.ADMINISTRATOR, name="Keeper"),
    "other notifier": Viewer(role=Role.NOTIFIER, name="Somebody"),
    "other operator": Viewer(role=Role.OPERATOR, name="C", operator="Company C"),
    "attributed operator": Viewer(role=Role.OPERATOR, name="B", operator=ATTRIBUTED),
    "notifier": Viewer(role=Role.NOTIFIER, name="Watch"),
    "operator": Viewer(role=Role.OPERATOR, name="A", operator=ISSUED_TO),
    "reviewer": Viewer(role=Role.REVIEWER, name="Li Na"),
}
OUTSIDERS = ("public", "administrator", "other notifier", "other operator", "attributed operator")
N, E, A, ALL = Sight.NOTHING, Sight.EVENT, Sight.ATTRIBUTED, Sight.EVERYTHING
#: What outsiders see at each stage, days after the detection.
SEEN = {
    ("generic", 5): dict(zip(STAGES, (N, E, E, A, E, E), strict=True)),
    ("us-epa-sep", 5): dict(zip(STAGES, (N, E, E, A, E, E), strict=True)),
    ("eu-2024-1787", 5): dict(zip(STAGES, (N, E, E, E, E, E), strict=True)),
    ("us-ca-95669-1", 5): dict(zip(STAGES, (N, E, E, E, E, E), strict=True)),
    ("unep-mars", 5): dict.fromkeys(STAGES, N),
    ("unep-mars", 30): dict.fromkeys(STAGES, E),
    ("cn-coal-mine", 400): dict.fromkeys(STAGES, N),
}


def told(*steps: tuple[str, dict[str, Any]], actor: str = "Watch") -> list[Event]:
    """A chain, an hour between its events."""
    events: list[Event] = []
    for k, (kind, payload) in enumerate(steps):
        at = START + timedelta(hours=1 + k)
        events.append(next_event(events, case_id="C", kind=kind, at=at, actor=actor, payload=payload))
    return events


def case_of(events: list[Event], programme: str = "generic", days: float = 5) -> Case:
    """What it amounts to."""
    return fold(events, load_programme(programme).text(), START + timedelta(days=days))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("programme", "days"), SEEN)
def test_each_role_sees_what_the_rule_lets_it_see(programme, days, stage):
    case = case_of(told(*STAGES[stage]), programme, days)
    public = SEEN[programme, days][stage]
    seen = {name: sight(case, viewer) for name, viewer in VIEWERS.items()}
    assert {name: seen[name] for name in OUTSIDERS} == dict.fromkeys(OUTSIDERS, public)
    notified = stage != "draft"
    assert seen["notifier"] is (max(public, E) if notified else public)
    assert seen["operator"] is (A if notified else public)
    assert seen["reviewer"] is ALL


def test_a_notice_issued_to_one_while_another_is_attributed_names_each_to_whom_it_may():
    attributed = case_of(told(*LIFE), "eu-2024-1787")  # a rule that never publishes an attribution
    names = {name: named_operator(attributed, viewer) for name, viewer in VIEWERS.items()}
    assert names == {**dict.fromkeys(VIEWERS, ""), "operator": ISSUED_TO, "reviewer": ATTRIBUTED}
    published = case_of(told(*LIFE))
    assert {named_operator(published, viewer) for viewer in VIEWERS.values()} == {ATTRIBUTED}


def test_an_attribution_that_is_taken_back_is_not_shown_any_more():
    events = told(*LIFE, ("attribution-decided", {"state": "withheld", "reason": "in doubt"}))
    case = case_of(events)
    assert named_operator(case, PUBLIC) == "" and sight(case, PUBLIC) is E
    assert [is_shown(one, case, E) for one in events[-2:]] == [False, False]


def test_of_several_attributions_only_the_one_that_stands_is_told():
    other = {"state": "confirmed", "operator": "Company D", "facility_id": "g", "reason": "after the inspection"}
    events = told(*LIFE, ("attribution-decided", other))
    case = case_of(events)
    assert [is_shown(one, case, A) for one in events[-2:]] == [False, True]
    assert details(events[-1], case, A) == other
    same = told(*LIFE, ("attribution-decided", {**other, "operator": ATTRIBUTED}))
    assert [is_shown(one, case_of(same), A) for one in same[-2:]] == [False, True]


def test_reasons_are_told_from_the_published_attribution_on_and_none_from_before():
    before = ("plume-reviewed", {"plume_id": "p", "decision": "accepted", "reason": "it is Company D"})
    later = ("closed", {"basis": "answer", "reason": "it ended"})
    events = told(LIFE[0], before, *LIFE[1:], later)
    case = case_of(events)
    assert details(events[1], case, A) == {"plume_id": "p", "decision": "accepted"}
    assert details(events[-1], case, A) == {"basis": "answer", "reason": "it ended"}
    unpublished = case_of(told(*LIFE[:5], later))
    assert details(told(*LIFE[:5], later)[-1], unpublished, E) == {"basis": "answer"}


def test_an_attribution_that_speaks_of_an_earlier_day_opens_no_reason_from_before_it_was_recorded():
    decided = (LIFE[5][0], {**LIFE[5][1], "occurred_at": START.isoformat()})
    before = ("error-decided", {"decision": "not_accepted", "reason": "it is Company D"})
    events = told(*LIFE[:5], before, decided)
    assert details(events[5], case_of(events), A) == {"decision": "not_accepted"}


@pytest.mark.parametrize(
    ("report", "name"),
    [
        ({"reporter": "Li Na", "anonymous": False}, "Li Na"),
        ({"reporter": "Li Na", "anonymous": True}, "reporter"),
        ({"reporter": "Company Z", "is_operator": True}, "reporter"),
        ({"reporter": "", "anonymous": False}, "reporter"),
        ({"reporter": " company b ", "anonymous": False}, "reporter"),
        ({"reporter": ISSUED_TO, "anonymous": False}, "reporter"),
        ({"reporter": "Site 1", "anonymous": False}, "reporter"),
    ],
)
def test_a_reporter_is_named_unless_that_tells_whose_leak_it_is(report, name):
    candidates = [{"operator": "Company E", "facility_name": "Site 1"}]
    opening = {**LIFE[0][1], "report": report, "plumes": [{"plume_id": "p", "candidates": candidates}]}
    events = told((LIFE[0][0], opening), *LIFE[1:])
    case = case_of(events)
    assert who(events[0], case, A) == name
    assert who(events[0], case, ALL) == "Watch"


def test_nobody_but_a_reviewer_reads_who_acted_or_what_was_said_freely():
    free = [("note-added", {"text": "Company D"}), ("document-added", {"name": "d.pdf", "sha256": "0" * 64})]
    looked = (
        "observed",
        {"scene_id": "S", "detected": False, "probability_of_detection": {"reason": "Company D"}},
    )
    events = told(*LIFE[:5], *free, looked, ("repaired", {}), actor="A. Person")
    case = case_of(events)
    for event in events:
        assert who(event, case, A) in ("reporter", "notifier", "programme", "operator", "reviewer")
        assert "Company D" not in str(details(event, case, A)) and "Person" not in str(details(event, case, A))
        assert who(event, case, ALL) == "A. Person"
    assert details(events[5], case, ALL) == {"text": "Company D"}


def test_a_kind_of_event_that_nobody_thought_of_shows_nothing():
    events = told(*LIFE, ("gossip", {"reason": "Company D", "operator": "Company D"}))
    assert details(events[-1], case_of(events), A) == {}
