"""From a chain of events to the case it amounts to. What was recorded is never refused here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from superemitter.model import CannotSay
from superemitter.model.errors import InvalidValue
from superemitter.programme.calendar import due_at
from superemitter.programme.case import (
    Case,
    CasePlume,
    Observation,
    OperatorAttribution,
    PlumeVersion,
    Withdrawal,
)
from superemitter.programme.chain import Event
from superemitter.programme.clocks import clocks
from superemitter.programme.events import OUTCOMES, State
from superemitter.programme.rules import RuleText

NO_LIMIT = CannotSay(code="no-detection-limit", reason="the scene has no detection limit")


def fold(chain: Sequence[Event], text: RuleText, now: datetime) -> Case:
    """The case that a chain amounts to under a rule text, as it stood at a moment.

    Parameters
    ----------
    chain : sequence of Event
        Of one case, in order; events recorded after `now` are left out.
    text : RuleText
        See :func:`text_id_of`.
    now : datetime
        With time zone.

    Raises
    ------
    InvalidValue
        There is no event up to `now`.
    """
    events = [event for event in chain if event.at <= now]
    if not events:
        raise InvalidValue("a case without events is no case")
    folding = _Folding(text=text)
    for event in events:
        folding.take(event)
    moments = folding.all_moments()
    facts = {
        "outcome": folding.outcome,
        "first_outcome": folding.first_outcome,
        "venting_claimed": folding.venting,
    }
    known = {name: value for name, value in facts.items() if value}
    return Case(
        case_id=events[0].case_id,
        programme_id=text.programme_id,
        text=text,
        state=folding.state,
        head=events[-1].digest,
        length=len(events),
        opened_at=events[0].at,
        updated_at=events[-1].at,
        longitude=folding.longitude,
        latitude=folding.latitude,
        detected_at=tuple(folding.detected_at),
        simulated=folding.simulated,
        reports=tuple(folding.reports),
        documents=tuple(folding.documents),
        plumes=tuple(folding.plumes.values()),
        observations=tuple(folding.observations),
        notices=tuple(folding.notices),
        answers=tuple(folding.answers),
        report_id=folding.report_id,
        issued_to=folding.issued_to,
        notifiers=frozenset(folding.notifiers),
        outcome=folding.outcome,
        first_outcome=folding.first_outcome,
        error_claim=folding.error_claim,
        attribution=folding.attribution,
        withdrawals=tuple(folding.withdrawals),
        clocks=() if folding.state is State.TIP else clocks(text, moments, now, facts=known, rates=folding.rates),
        moments=moments,
        ended_at=moments.get("event-ended"),
        closing_reason=folding.closing_reason,
        now=now.astimezone(UTC),
    )


def programme_id_of(chain: Sequence[Event]) -> str:
    """The programme a case stands under: what its opening event says."""
    return str(chain[0].payload.get("programme_id", "")) if chain else ""


def text_id_of(chain: Sequence[Event]) -> str:
    """The rule text a case stands under; empty: the programme's default."""
    named = [
        event.payload.get("text_id") for event in chain if event.kind in ("tip-received", "notification-received")
    ]
    return next((str(one) for one in reversed(named) if one), "")


def happened_at(event_at: datetime, payload: Mapping[str, Any]) -> datetime:
    """When a thing happened: what its payload says, or when it was recorded. UTC."""
    said = payload.get("occurred_at")
    return (datetime.fromisoformat(said) if said else event_at).astimezone(UTC)


@dataclass(slots=True)
class _Folding:
    """The case while its events are taken one by one."""

    text: RuleText
    state: State = State.TIP
    before_closing: State = State.TIP
    longitude: float | None = None
    latitude: float | None = None
    simulated: bool = False
    report_id: str = ""
    issued_to: str = ""
    outcome: str = ""
    first_outcome: str = ""
    venting: str = ""
    error_claim: str = "none"
    closing_reason: str = ""
    attribution: OperatorAttribution = field(default_factory=OperatorAttribution)
    notifiers: set[str] = field(default_factory=set)
    detected_at: list[datetime] = field(default_factory=list)
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    documents: list[Mapping[str, Any]] = field(default_factory=list)
    plumes: dict[str, CasePlume] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    notices: list[Mapping[str, Any]] = field(default_factory=list)
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    moments: dict[str, datetime] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take the next event; a kind this version does not know changes nothing."""
        when = happened_at(event.at, event.payload)
        if event.kind not in ("answer-updated", "notified", "event-ended"):
            self.moments.setdefault(event.kind, when)
        handler = _HANDLERS.get(event.kind)
        if handler is not None:
            handler(self, event, when)

    def all_moments(self) -> dict[str, datetime]:
        """What happened when, with what a later step implies of an earlier one that was not recorded."""
        found = dict(self.moments)
        if self.detected_at:
            found["detected"] = max(self.detected_at)
        for earlier, later in (
            ("investigation-completed", "answered"),
            ("investigation-started", "investigation-completed"),
        ):
            if earlier not in found and later in found:
                found[earlier] = found[later]
        return found

    def open(self, event: Event, when: datetime) -> None:
        payload = event.payload
        self.state = State.TIP if event.kind == "tip-received" else State.DRAFT
        for name in ("longitude", "latitude"):
            if payload.get(name) is not None:
                setattr(self, name, float(payload[name]))
        self.simulated = self.simulated or bool(payload.get("simulated"))
        told = payload.get("detected_at") or []
        for moment in [told] if isinstance(told, str) else told:
            time = datetime.fromisoformat(moment).astimezone(UTC)
            if time not in self.detected_at:
                self.detected_at.append(time)
        if payload.get("report"):
            self.add_report(event, when)
        for one in payload.get("quantities", []):
            self.rates[str(one["name"])] = float(one["value"])
        for record in payload.get("plumes", []):
            self._add_plume(record, event, "added")

    def _add_plume(self, record: Mapping[str, Any], event: Event, cause: str) -> None:
        plume_id = str(record["plume_id"])
        known = self.plumes.get(plume_id)
        versions = known.versions if known else ()
        cause = "quantified" if known and cause == "added" else cause
        version = PlumeVersion(number=len(versions) + 1, at=event.at, cause=cause, by=event.actor, record=record)
        self.plumes[plume_id] = CasePlume(plume_id=plume_id, versions=(*versions, version))

    def add_report(self, event: Event, when: datetime) -> None:
        report = event.payload["report"]
        self.reports.append(report)
        if report.get("reporter") and not report.get("anonymous"):
            self.notifiers.add(str(report["reporter"]))

    def add_document(self, event: Event, when: datetime) -> None:
        self.documents.append(event.payload)

    def add_plume(self, event: Event, when: datetime) -> None:
        self._add_plume(event.payload["plume"], event, "masked" if event.kind == "plume-masked" else "added")

    def split_plume(self, event: Event, when: datetime) -> None:
        parts = event.payload["into"]
        whole = self.plumes.get(event.payload["plume_id"])
        if whole is not None:
            names = tuple(str(part["plume_id"]) for part in parts)
            self.plumes[whole.plume_id] = replace(whole, split_into=names)
        for part in parts:
            self._add_plume(part, event, "split")

    def review_plume(self, event: Event, when: datetime) -> None:
        plume = self.plumes.get(event.payload["plume_id"])
        if plume is not None:
            self.plumes[plume.plume_id] = replace(
                plume,
                decision=event.payload["decision"],
                reason=event.payload.get("reason", ""),
                reviewer=event.actor,
            )

    def observe(self, event: Event, when: datetime) -> None:
        payload = event.payload
        seen = payload.get("probability_of_detection")
        known: float | CannotSay = NO_LIMIT
        if isinstance(seen, Mapping):
            known = CannotSay(code=str(seen.get("code", "")), reason=str(seen.get("reason", "")))
        elif seen is not None:
            known = float(seen)
        self.observations.append(
            Observation(
                time=when,
                scene_id=str(payload["scene_id"]),
                detected=bool(payload["detected"]),
                probability_of_detection=known,
                rate_kg_h=payload.get("rate_kg_h"),
            )
        )

    def notify(self, event: Event, when: datetime) -> None:
        self.notices.append(event.payload)
        self.notifiers.add(event.actor)
        self.moments["notified"] = when
        self.state = State.SUBMITTED
        due = notice_limit(self.text, self.all_moments())
        if due is not None and when > due:
            self.state = State.REJECTED_LATE

    def review(self, event: Event, when: datetime) -> None:
        outcome = event.payload["outcome"]
        self.state = State.REVIEWED if outcome == "accepted" else State(f"rejected_{outcome}")

    def issue(self, event: Event, when: datetime) -> None:
        self.report_id = str(event.payload.get("report_id", ""))
        self.issued_to = str(event.payload.get("operator", ""))
        self.state = State.ISSUED

    def investigate(self, event: Event, when: datetime) -> None:
        self.state = State.INVESTIGATING

    def answer(self, event: Event, when: datetime) -> None:
        payload = event.payload
        self.answers.append(payload)
        self.outcome = str(payload.get("outcome", ""))
        self.first_outcome = self.first_outcome or self.outcome
        values = payload.get("values", {})
        venting = values.get("venting_claimed")
        self.venting = self.venting if venting is None else "yes" if venting is True else "no"
        if values.get("ended_at"):
            self.moments["event-ended"] = datetime.fromisoformat(values["ended_at"]).astimezone(UTC)
        if payload.get("error_claimed") and self.error_claim == "none":
            self.error_claim = "pending"
        ended = event.kind == "answer-updated" and self.outcome == "source_found_ended"
        self.state = State.FOLLOW_UP if ended else OUTCOMES.get(self.outcome, State.REPLIED)
        if event.kind == "answer-updated":
            told = self.moments.get("answer-updated")
            if told is None or told < self.moments.get("event-ended", when):
                self.moments["answer-updated"] = when

    def end(self, event: Event, when: datetime) -> None:
        self.moments["event-ended"] = when

    def decide_error(self, event: Event, when: datetime) -> None:
        self.error_claim = event.payload["decision"]

    def attribute(self, event: Event, when: datetime) -> None:
        payload = event.payload
        self.attribution = OperatorAttribution(
            state=payload["state"],
            operator=str(payload.get("operator", "")),
            facility_id=str(payload.get("facility_id", "")),
            reason=str(payload.get("reason", "")),
            at=when,
            recorded_at=event.at,
            sequence=event.sequence,
        )

    def close(self, event: Event, when: datetime) -> None:
        self.before_closing, self.state = self.state, State.CLOSED
        self.closing_reason = str(event.payload.get("reason", ""))

    def reopen(self, event: Event, when: datetime) -> None:
        self.state, self.closing_reason = self.before_closing, ""

    def withdraw(self, event: Event, when: datetime) -> None:
        payload = event.payload
        what, which = str(payload["what"]), str(payload.get("id", ""))
        reason = str(payload.get("reason", ""))
        self.withdrawals.append(Withdrawal(what=what, id=which, reason=reason, at=when, by=event.actor))
        if what in ("case", "notice"):
            self.state = State.WITHDRAWN
        elif what == "plume" and which in self.plumes:
            self.plumes[which] = replace(self.plumes[which], withdrawn=True)
        elif what == "observation":
            self.observations = [
                replace(one, withdrawn=one.withdrawn or one.scene_id == which) for one in self.observations
            ]


def notice_limit(text: RuleText, moments: Mapping[str, datetime]) -> datetime | None:
    """Until when a notice may be submitted before it is refused, UTC; None if the text refuses none."""
    duty = next((one for one in text.duties if one.ends_on == "notified" and one.late == "reject"), None)
    if duty is None or duty.starts_on not in moments:
        return None
    return due_at(moments[duty.starts_on], duty.amount, duty.unit, zone=text.time_zone, holidays=text.holidays)


_HANDLERS: dict[str, Callable[[_Folding, Event, datetime], None]] = {
    "tip-received": _Folding.open,
    "notification-received": _Folding.open,
    "report-added": _Folding.add_report,
    "document-added": _Folding.add_document,
    "plume-added": _Folding.add_plume,
    "plume-masked": _Folding.add_plume,
    "plume-split": _Folding.split_plume,
    "plume-reviewed": _Folding.review_plume,
    "observed": _Folding.observe,
    "notified": _Folding.notify,
    "reviewed": _Folding.review,
    "issued": _Folding.issue,
    "investigation-started": _Folding.investigate,
    "investigation-completed": _Folding.investigate,
    "answered": _Folding.answer,
    "answer-updated": _Folding.answer,
    "event-ended": _Folding.end,
    "error-decided": _Folding.decide_error,
    "attribution-decided": _Folding.attribute,
    "closed": _Folding.close,
    "reopened": _Folding.reopen,
    "withdrawn": _Folding.withdraw,
}
