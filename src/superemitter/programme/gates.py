"""What the content of a step must be, and which content a rule forbids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from superemitter.model.errors import InvalidForm
from superemitter.programme.case import Case
from superemitter.programme.clocks import BINDING, ClockState
from superemitter.programme.closure import IntermittencyPrior
from superemitter.programme.events import REPORTED, State
from superemitter.programme.forms import load_form, require_answer
from superemitter.programme.notification import missing_items
from superemitter.programme.payloads import notification_from
from superemitter.programme.rules import RuleText

REVIEW_RULE = "rule of the register: a person reviews before a notice"
CLOSING_RULE = "rule of the register: closing a case"
WITHDRAWAL_RULE = "rule of the register: withdrawals are events with a reason"

_CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "plume-reviewed": {"decision": ("accepted", "rejected")},
    "reviewed": {"outcome": ("accepted", "late", "incomplete", "inaccurate")},
    "error-decided": {"decision": ("accepted", "not_accepted")},
    "attribution-decided": {"state": ("withheld", "confirmed", "believed")},
    "closed": {"basis": ("answer", "seen_from_space", "error_accepted", "no_further_action")},
    "withdrawn": {"what": ("case", "notice", "plume", "report", "document", "observation")},
}
_REQUIRED: dict[str, dict[str, type | tuple[type, ...]]] = {
    "tip-received": {"programme_id": str},
    "notification-received": {"programme_id": str, "detected_at": (list, str)},
    "report-added": {"report": Mapping},
    "document-added": {"name": str, "sha256": str, "media_type": str},
    "note-added": {"text": str},
    "plume-added": {"plume": Mapping},
    "plume-reviewed": {"plume_id": str, "decision": str},
    "plume-masked": {"plume_id": str, "plume": Mapping, "mask": Mapping},
    "plume-split": {"plume_id": str, "into": list},
    "observed": {"scene_id": str, "detected": bool},
    "notified": {"notification": Mapping},
    "reviewed": {"outcome": str},
    "issued": {"report_id": str},
    "answered": {"form_id": str, "values": Mapping, "outcome": str},
    "answer-updated": {"form_id": str, "values": Mapping, "outcome": str},
    "error-decided": {"decision": str, "reason": str},
    "attribution-decided": {"state": str},
    "closed": {"basis": str, "reason": str},
    "reopened": {"reason": str},
    "withdrawn": {"what": str, "reason": str},
}


class Refused(Exception):
    """A step that a rule forbids: why, and the rule."""

    def __init__(self, words: str, citation: str) -> None:
        super().__init__(words)
        self.words = words
        self.citation = citation


def check_payload(kind: str, payload: Mapping[str, Any]) -> None:
    """Refuse a payload that lacks a key or holds the wrong kind of value.

    Raises
    ------
    InvalidForm
        Names the event kind and the key.
    """
    for key, types in _REQUIRED.get(kind, {}).items():
        value = payload.get(key)
        if not isinstance(value, types) or (isinstance(value, str) and not value.strip()):
            raise InvalidForm(f"{kind}: {key} is {value!r}", hint="it is required")
    for key, choices in _CHOICES.get(kind, {}).items():
        if payload[key] not in choices:
            raise InvalidForm(f"{kind}: {key} is {payload[key]!r}", hint=f"one of: {', '.join(choices)}")
    _check_moments(kind, payload)
    seen = payload.get("probability_of_detection")
    if kind == "observed" and isinstance(seen, int | float) and not 0.0 <= seen <= 1.0:
        raise InvalidForm(f"observed: probability_of_detection is {seen}", hint="0 to 1, or left out")


def _check_moments(kind: str, payload: Mapping[str, Any]) -> None:
    told = payload.get("detected_at") or []
    for moment in [told] if isinstance(told, str) else told:
        try:
            zone = datetime.fromisoformat(moment).tzinfo
        except (TypeError, ValueError) as error:
            raise InvalidForm(f"{kind}: detected_at {moment!r} is no ISO 8601 time") from error
        if zone is None:
            raise InvalidForm(f"{kind}: detected_at {moment} has no time zone", hint="end it with Z or an offset")


def _open(case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime) -> None:
    """A notification needs its notifier, its approval, and a detection on a day the text binds."""
    rule = text.notifier
    if rule.kind != "anyone" and not payload.get("notifier_id"):
        raise Refused("the report names no notifier of the programme, so it is a tip", rule.passport.citation)
    if rule.kind == "programme" and payload["notifier_id"] != text.programme_id:
        raise Refused("only the programme itself notifies, so the report is a tip", rule.passport.citation)
    if rule.approval_reference and not payload.get("approval_reference"):
        raise Refused("the reference to the technology's approval is missing", rule.passport.citation)
    told = payload.get("detected_at") or []
    moments = [datetime.fromisoformat(one) for one in ([told] if isinstance(told, str) else told)]
    if not moments:
        raise Refused("there is no date of detection", text.citation)
    if max(moments) > when:
        raise Refused(f"the detection, {max(moments).isoformat()}, lies in the future", text.citation)
    day = text.day_of(max(moments))
    status = text.status_on(day)
    if status not in BINDING:
        period = text.period_on(day)
        citation = period.passport.citation if period else text.citation
        words = f"{text.citation} is {status.value.replace('_', ' ')} on {day}, the day of the detection"
        raise Refused(words, citation)


def _review_plume(
    case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime
) -> None:
    plume = case.plume(payload["plume_id"]) if case else None
    if plume is None or plume.withdrawn or plume.split_into:
        raise Refused(f"there is no plume {payload['plume_id']} to review", REVIEW_RULE)
    if actor == "system":
        raise Refused("a plume is accepted or rejected by a person", REVIEW_RULE)
    if payload["decision"] == "rejected" and not str(payload.get("reason", "")).strip():
        raise Refused("a rejection gives its reason", REVIEW_RULE)


def _change_plume(
    case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime
) -> None:
    plume = case.plume(payload["plume_id"]) if case else None
    if plume is None or plume.withdrawn or plume.split_into:
        raise Refused(f"there is no plume {payload['plume_id']} to change", REVIEW_RULE)
    if actor == "system":
        raise Refused("an outline is given, and a plume split, by a person who is named", REVIEW_RULE)


def _notify(case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime) -> None:
    """Only accepted plumes enter a notice, and only a complete one is sent. Being late is judged by its state."""
    assert case is not None
    notice = notification_from(payload["notification"])
    if notice.case_id != case.case_id:
        raise Refused(f"the notice is of case {notice.case_id}", text.citation)
    allowed = {plume.plume_id for plume in case.accepted_plumes}
    if others := [plume.plume_id for plume in notice.plumes if plume.plume_id not in allowed]:
        raise Refused(f"{', '.join(others)} was not accepted by a reviewer", REVIEW_RULE)
    if case.plumes and not notice.plumes:
        raise Refused("no reviewed plume is in the notice", REVIEW_RULE)
    missing = [item for item in missing_items(notice, text) if item.item != "in_time"]
    if missing:
        words = "; ".join(f"{item.what} ({item.citation})" for item in missing)
        raise Refused(f"the notice lacks: {words}", missing[0].citation)


def _answer(case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime) -> None:
    """An answer is recorded only if its form is the text's own and every field can be taken."""
    if payload["form_id"] != text.answer_form:
        raise Refused(f"the answer is on the form {payload['form_id']}, not {text.answer_form}", text.citation)
    answer = require_answer(load_form(text.answer_form), payload["values"])
    if payload["outcome"] != answer.outcome or bool(payload.get("error_claimed")) != answer.error_claimed:
        raise InvalidForm(
            f"the answer amounts to {answer.outcome or 'nothing'}, error claimed: {answer.error_claimed}; "
            f"it says {payload['outcome']}, {bool(payload.get('error_claimed'))}"
        )


def _decide_error(
    case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime
) -> None:
    assert case is not None
    if case.error_claim != "pending":
        raise Refused(f"the error claim is {case.error_claim}: there is none to decide", text.citation)


def _attribute(case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime) -> None:
    assert case is not None
    state, citation = payload["state"], text.publication.passport.citation
    if state == "withheld":
        return
    if not payload.get("operator"):
        raise Refused("no operator is named", citation)
    wanted = {"confirmed": "confirmed", "believed": "believed_after_deadline"}[state]
    if wanted not in text.publication.attribution_when:
        raise Refused(f"the programme names no operator as {state}", citation)
    if state == "confirmed" and case.outcome in ("", "not_within_50m"):
        raise Refused("no report of the operator confirms it", citation)
    if state == "believed":
        answer = next((clock for clock in case.clocks if clock.duty.ends_on == "answered"), None)
        if answer is None or answer.state is not ClockState.OVERDUE:
            raise Refused("the deadline of the operator's report has not passed unanswered", citation)


def _close(case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime) -> None:
    assert case is not None
    basis = payload["basis"]
    if basis == "answer" and case.state not in REPORTED:
        raise Refused("the operator has not answered", CLOSING_RULE)
    if basis == "answer" and case.state is State.SOURCE_FOUND_ONGOING:
        citation = text.step_citations.get("answer-updated", CLOSING_RULE)
        raise Refused("the event is ongoing by the operator's own report; its end has not been reported", citation)
    if basis == "error_accepted" and case.error_claim != "accepted":
        raise Refused(f"the error claim is {case.error_claim}", CLOSING_RULE)
    if basis == "seen_from_space" and case.closure(IntermittencyPrior()).non_detections == 0:
        words = "no later pass with a known probability of detection shows that the plume is gone"
        raise Refused(words, 'rule of the register: "no plume" counts only with its probability of detection')
    if case.error_claim == "pending":
        raise Refused("a claim of demonstrable error awaits its decision", CLOSING_RULE)


def _withdraw(case: Case | None, text: RuleText, payload: Mapping[str, Any], actor: str, when: datetime) -> None:
    assert case is not None
    what = payload["what"]
    if what == "notice" and not case.notices:
        raise Refused("no notice was sent", WITHDRAWAL_RULE)
    if what in ("plume", "report", "document", "observation") and not payload.get("id"):
        raise Refused(f"which {what} is withdrawn is not said", WITHDRAWAL_RULE)
    if what == "plume" and case.plume(str(payload["id"])) is None:
        raise Refused(f"there is no plume {payload['id']}", WITHDRAWAL_RULE)


Gate = Callable[[Case | None, RuleText, Mapping[str, Any], str, datetime], None]
GATES: dict[str, Gate] = {
    "notification-received": _open,
    "plume-reviewed": _review_plume,
    "plume-masked": _change_plume,
    "plume-split": _change_plume,
    "notified": _notify,
    "answered": _answer,
    "answer-updated": _answer,
    "error-decided": _decide_error,
    "attribution-decided": _attribute,
    "closed": _close,
    "withdrawn": _withdraw,
}
