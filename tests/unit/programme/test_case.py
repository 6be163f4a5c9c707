"""A case's life: what each step leads to, and which rule forbids the others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from superemitter.model import CannotSay
from superemitter.model.errors import ForbiddenStep, InvalidForm
from superemitter.programme import (
    Attestation,
    ClockState,
    Evidence,
    IntermittencyPrior,
    NearbyOwner,
    Notification,
    PlumeFacts,
    ReportedRate,
    State,
    advance,
    all_steps,
    allowed_steps,
    first_break,
    fold,
    late_notice,
    load_form,
    load_programme,
    next_deadline,
    text_id_of,
    to_plain,
    validate_answer,
)

SEP = load_programme("us-epa-sep").text("us-60.5371b")
DETECTED = datetime(2027, 2, 1, 18, 30, tzinfo=UTC)
PLUME = {"plume_id": "p1", "rate_kg_h": 1240.0}
OPENING = {
    "programme_id": "us-epa-sep",
    "text_id": "us-60.5371b",
    "longitude": -103.1,
    "latitude": 32.1,
    "detected_at": [DETECTED.isoformat()],
    "notifier_id": "N-7",
    "technology": "satellite",
    "approval_reference": "MATM-9",
    "plumes": [PLUME],
}
ANSWER = {
    "report_id": "R-1",
    "within_50_m": True,
    "facility_name": "Tank battery 4",
    "facility_address": "County road 9",
    "facility_ids": "42-001-00001",
    "official_name": "A. Person",
    "official_email": "a@example.org",
    "regulated_equipment": True,
    "source_identified": True,
    "source": "thief hatch",
    "source_regulated": False,
    "ongoing": True,
    "plan": "replace the hatch",
    "target_end_date": "2027-03-20",
    "attested": True,
    "attested_by": "A. Person",
    "attested_on": "2027-03-01",
}


def notice(**changes: Any) -> Notification:
    values: dict[str, Any] = {
        "case_id": "C1",
        "chain_head": "0" * 64,
        "programme_id": "us-epa-sep",
        "text_id": SEP.id,
        "text_citation": SEP.citation,
        "language": "en",
        "verified": SEP.verified,
        "simulated": False,
        "notifier_id": "N-7",
        "notifier_name": "Watchers",
        "detected_at": (DETECTED,),
        "longitude": -103.1,
        "latitude": 32.1,
        "technology": "satellite",
        "approval_reference": "MATM-9",
        "owners_nearby": (NearbyOwner(operator="O", facility_id="f", facility_name="F", distance_m=12.0),),
        "evidence": (Evidence(name="map.png", sha256="a" * 64, media_type="image/png"),),
        "rate": ReportedRate(rate_kg_h=1240, method="ime", low_kg_h=830, high_kg_h=1760),
        "attestation": Attestation(text=SEP.attestation.words.en, signer="W", signed_on=date(2027, 2, 5)),
        "plumes": (
            PlumeFacts(
                plume_id="p1", scene_id="s", instrument="EMIT", time=DETECTED, longitude=-103.1, latitude=32.1
            ),
        ),
    }
    return Notification(**{**values, **changes})


class Story:
    """A chain that grows, one day after the other unless a day is given."""

    def __init__(self, text=SEP) -> None:
        self.text, self.chain, self.time = text, [], DETECTED + timedelta(days=1)

    def then(self, kind: str, payload: dict[str, Any] | None = None, *, at=None, actor="reviewer") -> Story:
        self.time = at or self.time + timedelta(hours=1)
        event = advance(self.chain, self.text, kind, payload or {}, actor=actor, at=self.time, case_id="C1")
        self.chain.append(event)
        return self

    def case(self, now=None):
        return fold(self.chain, self.text, now or self.time)


def accepted() -> Story:
    story = Story().then("notification-received", OPENING)
    return story.then("plume-reviewed", {"plume_id": "p1", "decision": "accepted", "reason": "clear"})


def submitted(**changes: Any) -> Story:
    return accepted().then("notified", {"notification": to_plain(notice(**changes))})


def issued() -> Story:
    story = submitted().then("reviewed", {"outcome": "accepted"}).then("issued", {"report_id": "R-1"})
    return story.then("notice-received", at=datetime(2027, 2, 20, 15, tzinfo=UTC))


def answered(**changes: Any) -> Story:
    values = {**ANSWER, **changes}
    answer = validate_answer(load_form(SEP.answer_form), {k: v for k, v in values.items() if v is not None})
    assert not isinstance(answer, list), answer
    return issued().then("answered", to_plain(answer), at=datetime(2027, 3, 1, 15, tzinfo=UTC), actor="operator")


def refused(story: Story, kind: str, payload: dict[str, Any] | None = None, **more: Any) -> ForbiddenStep:
    with pytest.raises(ForbiddenStep) as caught:
        story.then(kind, payload, **more)
    assert caught.value.hint
    return caught.value


class TestTheWayThrough:
    def test_a_certified_report_opens_a_draft_whose_clock_runs(self):
        case = Story().then("notification-received", OPENING).case()
        assert case.state is State.DRAFT
        assert next_deadline(case).astimezone(SEP.time_zone).date() == date(2027, 2, 16)

    def test_from_notice_to_closure(self):
        states = []
        story = answered()
        for kind, payload in (
            ("event-ended", {"occurred_at": "2027-03-19T20:00:00Z"}),
            (
                "answer-updated",
                to_plain(
                    validate_answer(
                        load_form(SEP.answer_form),
                        {
                            **ANSWER,
                            "ongoing": False,
                            "ended_at": "2027-03-19T20:00:00Z",
                            "ended_at_is": "actual",
                            "plan": "",
                            "target_end_date": "",
                        },
                    )
                ),
            ),
            ("closed", {"basis": "answer", "reason": "hatch replaced"}),
        ):
            states.append(story.case().state)
            story.then(kind, payload, at=max(story.time, datetime(2027, 3, 22, tzinfo=UTC)) + timedelta(hours=1))
        assert states == [State.SOURCE_FOUND_ONGOING, State.SOURCE_FOUND_ONGOING, State.FOLLOW_UP]
        assert story.case().state is State.CLOSED
        assert story.case().open_clocks == ()
        assert first_break(story.chain) is None
        assert text_id_of(story.chain) == SEP.id

    @pytest.mark.parametrize(
        ("changes", "state"),
        [
            ({"within_50_m": False, "source_identified": None, "ongoing": None}, State.NOT_WITHIN_50M),
            ({"source_identified": False, "all_steps_done": True, "ongoing": None}, State.SOURCE_NOT_FOUND),
            ({}, State.SOURCE_FOUND_ONGOING),
            (
                {"ongoing": False, "ended_at": "2027-02-22T10:00:00Z", "ended_at_is": "estimated"},
                State.SOURCE_FOUND_ENDED,
            ),
        ],
    )
    def test_the_answer_decides_the_state(self, changes, state):
        assert answered(**changes).case().state is state

    def test_seen_as_of_an_earlier_day_later_events_have_not_happened(self):
        story = answered()
        assert story.case(datetime(2027, 2, 21, tzinfo=UTC)).state is State.ISSUED

    def test_a_closed_case_can_be_reopened_where_it_was(self):
        story = answered(ongoing=False, ended_at="2027-02-22T10:00:00Z", ended_at_is="actual")
        story.then("closed", {"basis": "answer", "reason": "ended"}).then("reopened", {"reason": "seen again"})
        assert story.case().state is State.SOURCE_FOUND_ENDED


class TestClocks:
    def test_an_unanswered_notice_is_overdue_after_its_fifteenth_day(self):
        story = issued()
        last = datetime(2027, 3, 8, 4, 59, tzinfo=UTC)
        assert "report" not in {clock.duty.id for clock in story.case(last).overdue}
        assert "report" in {clock.duty.id for clock in story.case(last + timedelta(minutes=2)).overdue}

    def test_an_answer_implies_that_the_investigation_was_made(self):
        states = {clock.duty.id: clock.state for clock in answered().case().clocks}
        assert states["complete-investigation"] is ClockState.MET
        assert states["start-investigation"] is ClockState.MET_LATE

    def test_the_end_of_an_ongoing_event_starts_the_update_clock(self):
        story = answered().then(
            "event-ended",
            {"occurred_at": "2027-03-19T20:00:00Z"},
            at=datetime(2027, 3, 20, tzinfo=UTC),
        )
        assert next_deadline(story.case()).astimezone(SEP.time_zone).date() == date(2027, 3, 26)

    def test_a_tip_starts_no_clock(self):
        assert Story().then("tip-received", OPENING).case().clocks == ()


class TestForbiddenSteps:
    def test_a_tip_is_never_issued(self):
        error = refused(Story().then("tip-received", OPENING), "issued", {"report_id": "R"})
        assert "tip" in error.message
        assert "60.5371b(c)" in error.hint
        assert error.code == "case.forbidden"

    @pytest.mark.parametrize("missing", ["notifier_id", "approval_reference"])
    def test_without_notifier_or_approval_it_is_a_tip(self, missing):
        payload = {name: value for name, value in OPENING.items() if name != missing}
        assert "60.5371b" in refused(Story(), "notification-received", payload).hint

    def test_detected_during_the_suspension_it_is_recorded_only(self):
        story = Story()
        story.time = datetime(2027, 1, 25, tzinfo=UTC)
        error = refused(story, "notification-received", {**OPENING, "detected_at": ["2027-01-20T10:00:00+00:00"]})
        assert "suspended" in error.message
        assert "90 FR 35982" in error.hint

    @pytest.mark.parametrize("decision", [None, "rejected"])
    def test_a_plume_that_was_not_accepted_enters_no_notice(self, decision):
        story = Story().then("notification-received", OPENING)
        if decision:
            story.then("plume-reviewed", {"plume_id": "p1", "decision": decision, "reason": "cloud edge"})
        assert "p1" in refused(story, "notified", {"notification": to_plain(notice())}).message

    def test_a_new_outline_must_be_reviewed_again(self):
        story = accepted().then(
            "plume-masked", {"plume_id": "p1", "plume": PLUME, "mask": {"name": "m.geojson", "sha256": "b" * 64}}
        )
        assert story.case().plumes[0].decision == "pending"
        assert [one.number for one in story.case().plumes[0].versions] == [1, 2]
        refused(story, "notified", {"notification": to_plain(notice())})

    def test_the_parts_of_a_split_plume_await_review_and_the_whole_counts_no_more(self):
        story = accepted().then(
            "plume-split", {"plume_id": "p1", "into": [{"plume_id": "p1a"}, {"plume_id": "p1b"}]}
        )
        assert story.case().accepted_plumes == ()
        story.then("plume-reviewed", {"plume_id": "p1b", "decision": "accepted", "reason": ""})
        assert [one.plume_id for one in story.case().accepted_plumes] == ["p1b"]

    def test_a_machine_does_not_review(self):
        story = Story().then("notification-received", OPENING)
        payload = {"plume_id": "p1", "decision": "accepted", "reason": ""}
        assert "person" in refused(story, "plume-reviewed", payload, actor="system").message

    def test_an_incomplete_notice_is_refused_with_every_item_it_lacks(self):
        error = refused(accepted(), "notified", {"notification": to_plain(notice(rate=None, evidence=()))})
        assert "(c)(6)" in error.message
        assert "(c)(7)" in error.message

    def test_a_late_notice_is_recorded_as_rejected_and_goes_no_further(self):
        story = accepted()
        story.time = datetime(2027, 2, 17, 12, tzinfo=UTC)
        assert late_notice(story.case(), story.time)
        story.then("notified", {"notification": to_plain(notice())})
        assert story.case().state is State.REJECTED_LATE
        refused(story, "reviewed", {"outcome": "accepted"})
        refused(story, "issued", {"report_id": "R"})

    def test_an_incomplete_notice_may_be_sent_again_in_time(self):
        story = submitted().then("reviewed", {"outcome": "incomplete", "reason": "no imagery"})
        assert story.case().state is State.REJECTED_INCOMPLETE
        assert story.then("notified", {"notification": to_plain(notice())}).case().state is State.SUBMITTED

    def test_an_ongoing_event_is_not_closed_on_its_answer(self):
        error = refused(answered(), "closed", {"basis": "answer", "reason": "done"})
        assert "ongoing" in error.message
        assert "(e)(2)" in error.hint

    def test_closure_from_space_needs_a_pass_that_could_have_seen_the_plume(self):
        story = answered().then("observed", {"scene_id": "s2", "detected": False})
        closing = {"basis": "seen_from_space", "reason": "gone"}
        refused(story, "closed", closing)
        story.then("observed", {"scene_id": "s3", "detected": False, "probability_of_detection": 0.9})
        assert story.then("closed", closing).case().state is State.CLOSED

    def test_after_a_withdrawal_nothing_follows_but_notes(self):
        story = submitted().then("withdrawn", {"what": "case", "reason": "wrong scene"})
        assert allowed_steps(story.case(), story.time) == ("note-added",)

    def test_an_answer_that_does_not_hold_is_refused_by_field(self):
        with pytest.raises(InvalidForm, match="target_end_date"):
            issued().then(
                "answered",
                {
                    "form_id": SEP.answer_form,
                    "values": {**ANSWER, "target_end_date": ""},
                    "outcome": "source_found_ongoing",
                    "error_claimed": False,
                },
                at=datetime(2027, 3, 1, tzinfo=UTC),
            )

    def test_every_refused_step_names_a_rule(self):
        for story in (Story().then("tip-received", OPENING), accepted(), issued(), answered()):
            for step in all_steps(story.case(), story.time):
                assert step.allowed or step.citation


class TestPayloads:
    @pytest.mark.parametrize(
        ("kind", "payload"),
        [
            ("plume-reviewed", {"plume_id": "p1", "decision": "maybe"}),
            ("withdrawn", {"what": "case", "reason": " "}),
            ("observed", {"scene_id": "s", "detected": False, "probability_of_detection": 1.2}),
            ("observed", {"scene_id": "s", "detected": "no"}),
            ("note-added", {"text": "n", "occurred_at": "2027-02-02T10:00:00"}),
            ("note-added", {"text": "n", "occurred_at": "yesterday"}),
            ("note-added", {"text": "n", "occurred_at": "2031-01-01T00:00:00Z"}),
            ("no-such-kind", {}),
        ],
    )
    def test_what_cannot_be_read_is_not_recorded(self, kind, payload):
        with pytest.raises(InvalidForm):
            accepted().then(kind, payload)

    def test_a_detection_without_zone_is_refused(self):
        with pytest.raises(InvalidForm, match="zone"):
            Story().then("tip-received", {**OPENING, "detected_at": ["2027-02-01T10:00:00"]})


CLAIM = {"error_claimed": True, "error_ground": "place_wrong", "error_statement": "not our site"}
NAMED = {"state": "confirmed", "operator": "O", "facility_id": "f"}


class TestErrorClaims:
    def test_a_claim_waits_for_its_decision_and_blocks_closing(self):
        story = answered(**CLAIM)
        assert story.case().error_claim == "pending"
        refused(story, "closed", {"basis": "no_further_action", "reason": "r"})

    def test_an_accepted_claim_takes_the_case_off_the_map(self):
        story = answered(**CLAIM)
        assert story.case().event_is_public
        story.then("error-decided", {"decision": "accepted", "reason": "the place is a road"})
        assert story.case().archived
        assert not story.case().event_is_public
        assert story.then("closed", {"basis": "error_accepted", "reason": "r"}).case().state is State.CLOSED

    def test_without_a_claim_there_is_nothing_to_decide(self):
        refused(answered(), "error-decided", {"decision": "accepted", "reason": "r"})


class TestAttribution:
    def test_withheld_until_the_operators_report_confirms_it(self):
        refused(issued(), "attribution-decided", NAMED)
        story = answered()
        assert story.case().published_attribution is None
        assert story.then("attribution-decided", NAMED).case().published_attribution.operator == "O"

    def test_believed_only_after_the_deadline_passed_unanswered(self):
        believed = {**NAMED, "state": "believed"}
        refused(issued(), "attribution-decided", believed)
        story = issued()
        story.then("attribution-decided", believed, at=datetime(2027, 3, 9, tzinfo=UTC))
        assert story.case().published_attribution.state == "believed"

    def test_an_operator_not_within_50_m_is_not_confirmed(self):
        story = answered(within_50_m=False, source_identified=None, ongoing=None)
        refused(story, "attribution-decided", NAMED)


class TestClosureEvidence:
    def test_the_case_counts_passes_after_its_last_detection(self):
        story = answered()
        story.then("observed", {"scene_id": "a", "detected": False, "probability_of_detection": 0.9})
        story.then("observed", {"scene_id": "b", "detected": True})
        story.then("observed", {"scene_id": "c", "detected": False, "probability_of_detection": 0.8})
        story.then("observed", {"scene_id": "d", "detected": False})
        evidence = story.case().closure(IntermittencyPrior())
        assert (evidence.non_detections, evidence.cannot_say) == (1, 1)

    def test_a_withdrawn_scene_counts_no_more(self):
        story = answered()
        story.then("observed", {"scene_id": "a", "detected": False, "probability_of_detection": 0.9})
        story.then("withdrawn", {"what": "observation", "id": "a", "reason": "cloud"})
        assert isinstance(story.case().closure(IntermittencyPrior()).probability_stopped, CannotSay)


def test_many_reports_gather_in_one_case():
    story = Story().then("tip-received", {**OPENING, "report": {"text": "嗅到气味"}})
    story.then("report-added", {"report": {"text": "hissing"}})
    assert [one["text"] for one in story.case().reports] == ["嗅到气味", "hissing"]


def test_a_tip_becomes_a_notification_when_a_notifier_reports_the_leak():
    story = Story().then("tip-received", {**OPENING, "plumes": []})
    assert story.then("notification-received", OPENING).case().state is State.DRAFT
