"""Cases as a viewer may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from superemitter.model import CannotSay
from superemitter.pipeline.cases import files_of, rule_on_days
from superemitter.pipeline.ledger.book import Entry
from superemitter.pipeline.ledger.views import (
    AttributionView,
    Banner,
    Candidate,
    CasePlumeView,
    CaseRow,
    CaseView,
    ClockView,
    DocumentView,
    LookView,
    RuleDay,
    TimelineEntry,
)
from superemitter.programme.case import Case, CasePlume, Observation
from superemitter.programme.clocks import BINDING, Clock
from superemitter.programme.closure import IntermittencyPrior
from superemitter.programme.disclosure import (
    Sight,
    Viewer,
    details,
    is_own,
    is_shown,
    named_operator,
    sees_event,
    sight,
    who,
)
from superemitter.programme.folding import NO_LIMIT, happened_at
from superemitter.programme.programmes import load_programme
from superemitter.programme.strict import Bilingual

#: Rules that a group gave itself: there is no primary text to check them against.
CONVENTION: Final = "convention"


def case_row(entry: Entry, viewer: Viewer, now: datetime) -> CaseRow:
    """A case as a list shows it."""
    case, seen = entry.case, sight(entry.case, viewer)
    clock = next(iter(case.open_clocks), None)
    rate = _rate(case)
    return CaseRow(
        case_id=case.case_id,
        programme_id=case.programme_id,
        programme=_words(load_programme(case.programme_id).title),
        citation=case.text.citation,
        state=case.state.value,
        opened_at=case.opened_at,
        updated_at=max(event.at for event in entry.events if event.at <= now and is_shown(event, case, seen)),
        detected_at=max(case.detected_at, default=None),
        longitude=case.longitude,
        latitude=case.latitude,
        rate_kg_h=rate.get("rate_kg_h"),
        rate_low_kg_h=rate.get("rate_low_kg_h"),
        rate_high_kg_h=rate.get("rate_high_kg_h"),
        operator=named_operator(case, viewer),
        overdue=bool(case.overdue),
        next_clock=None if clock is None else clock_view(case, clock, now),
        simulated=case.simulated,
        verified=case.text.verified or case.text.basis == CONVENTION,
        public=case.event_is_public,
    )


def case_view(
    entry: Entry, viewer: Viewer, now: datetime, *, source_id: int | None, kept_back: frozenset[str]
) -> CaseView:
    """A case with everything its viewer may know; the viewer sees it. For `kept_back` see :func:`documents_of`."""
    case, seen = entry.case, sight(entry.case, viewer)
    closure = case.closure(IntermittencyPrior())
    timeline = timeline_of(entry, viewer, now)
    return CaseView(
        row=case_row(entry, viewer, now),
        banners=_banners(case),
        clocks=tuple(clock_view(case, clock, now) for clock in case.clocks),
        timeline=timeline,
        rule_days=tuple(
            RuleDay(what=one.what, day=one.day, status=one.status.value, citation=one.citation, note=one.note)
            for one in rule_on_days(case)
        ),
        plumes=tuple(_plume(plume, seen) for plume in case.plumes if _is_listed(plume, seen)),
        looks=tuple(_look(one, seen) for one in case.observations if not one.withdrawn and one.time <= now),
        attribution=attribution_of_case(case, viewer),
        report_id=case.report_id,
        outcome=case.outcome,
        error_claim=case.error_claim,
        closing_reason=_closing_reason(timeline),
        ended_at=case.ended_at,
        stopped=closure.probability_stopped,
        non_detections=closure.non_detections,
        documents=documents_of(entry, viewer, now, kept_back=kept_back),
        source_id=source_id,
        head=case.head if seen >= Sight.EVERYTHING else "",
        own=is_own(case, viewer),
    )


def clock_view(case: Case, clock: Clock, now: datetime) -> ClockView:
    """A duty's clock at the moment of looking."""
    left = None if clock.due_at is None else (clock.due_at - now).total_seconds() / 86_400.0
    return ClockView(
        duty=clock.duty.id,
        title=_words(clock.duty.title),
        who=clock.duty.who,
        citation=clock.citation,
        verified=clock.verified or case.text.basis == CONVENTION,
        started_at=clock.started_at,
        due_at=clock.due_at,
        met_at=clock.met_at,
        state=clock.state.value,
        obliges=clock.obliges,
        days_left=left if clock.is_open else None,
        reason=clock.reason,
    )


def attribution_of_case(case: Case, viewer: Viewer, record: Mapping[str, Any] | None = None) -> AttributionView:
    """Whose leak it is, as far as the viewer may know; with a plume's record, its candidates too."""
    text = case.text
    view = AttributionView(shown=False, why="withheld", rule=text.citation, when=text.publication.attribution_when)
    if sight(case, viewer) < Sight.ATTRIBUTED:
        return view
    operator, candidates = named_operator(case, viewer), candidates_of(record or {})
    chance = (record or {}).get("none_probability")
    if not is_told(case, viewer):  # the operator itself, before publication: nothing of the others
        candidates, chance = tuple(one for one in candidates if one.operator == viewer.operator), None
    if not operator and not candidates:
        return replace(view, why="not-attributed")
    return replace(
        view,
        shown=True,
        why="shown",
        operator=operator,
        facility_id=facility_of(case, viewer),
        candidates=candidates,
        none_probability=chance,
    )


def is_told(case: Case, viewer: Viewer) -> bool:
    """Whether the viewer may know all of the attribution: it is published, or they see everything."""
    if sight(case, viewer) is Sight.EVERYTHING:
        return True
    return case.published_attribution is not None and sees_event(case, viewer)


def facility_of(case: Case, viewer: Viewer) -> str:
    """The facility of a case, as far as the viewer may know."""
    if not is_told(case, viewer):
        return ""
    published = case.published_attribution
    return (case.attribution if published is None else published).facility_id


def candidates_of(record: Mapping[str, Any]) -> tuple[Candidate, ...]:
    """The facilities that a plume's record names, most probable first."""
    return tuple(
        Candidate(
            facility_id=str(one["facility_id"]),
            name=str(one["facility_name"]),
            kind=str(one.get("kind") or ""),
            operator=str(one.get("operator") or ""),
            probability=float(one["probability"]),
            distance_m=one.get("distance_m"),
        )
        for one in record.get("candidates") or ()
    )


def documents_of(
    entry: Entry, viewer: Viewer, now: datetime, *, kept_back: frozenset[str]
) -> tuple[DocumentView, ...]:
    """The files of a case that may be fetched.

    Pictures of plumes are for whoever sees the event, less those of the scenes in `kept_back`: a picture shows all
    plumes of its scene. What people handed in, and forms that were answered, may name somebody: only for whoever
    sees everything.
    """
    seen = sight(entry.case, viewer)
    gone = {one.id for one in entry.case.withdrawals if one.what in ("report", "document")}
    found: dict[str, DocumentView] = {}
    for event in entry.events:
        pictures = _pictures(event.payload, kept_back)
        for name, sha256 in files_of(event.payload):
            neutral = sha256 in pictures
            kept = event.at > now or sha256 in gone or name in gone
            if kept or not (neutral or seen >= Sight.EVERYTHING):
                continue
            what = "picture" if neutral else "attachment"
            view = DocumentView(sha256=sha256, name=name, media_type="image/png" if neutral else "", what=what)
            found.setdefault(sha256, view)
    return tuple(found.values())


def _pictures(payload: Mapping[str, Any], kept_back: frozenset[str]) -> set[str]:
    """Digests of the pictures that an event brings with its plumes."""
    plumes = [*payload.get("plumes", []), *payload.get("into", []), payload.get("plume") or {}]
    return {
        one["picture"]["sha256"]
        for one in plumes
        if isinstance(one, Mapping) and one.get("picture") and one.get("scene_id") not in kept_back
    }


def timeline_of(entry: Entry, viewer: Viewer, now: datetime) -> tuple[TimelineEntry, ...]:
    """What happened in a case, oldest first, as far as the viewer may know."""
    case, seen = entry.case, sight(entry.case, viewer)
    return tuple(
        TimelineEntry(
            kind=event.kind,
            at=event.at,
            occurred_at=happened_at(event.at, event.payload),
            who=who(event, case, seen),
            details=details(event, case, seen),
            digest=event.digest if seen >= Sight.EVERYTHING else "",
        )
        for event in entry.events
        if event.at <= now and is_shown(event, case, seen)
    )


def _closing_reason(timeline: Sequence[TimelineEntry]) -> str:
    """Why the case was closed, if it is and that may be told."""
    last = next((one for one in reversed(timeline) if one.kind in ("closed", "reopened")), None)
    return str(last.details.get("reason", "")) if last is not None and last.kind == "closed" else ""


def _is_listed(plume: CasePlume, seen: Sight) -> bool:
    """What a reviewer rejected is no plume of the case; the timeline tells that it was looked at."""
    return not plume.split_into and (seen >= Sight.EVERYTHING or plume.decision != "rejected")


def _look(one: Observation, seen: Sight) -> LookView:
    chance = one.probability_of_detection
    return LookView(
        time=one.time,
        scene_id=one.scene_id,
        detected=one.detected,
        probability_of_detection=NO_LIMIT if isinstance(chance, CannotSay) and seen < Sight.EVERYTHING else chance,
        rate_kg_h=one.rate_kg_h,
    )


def _plume(plume: CasePlume, seen: Sight) -> CasePlumeView:
    record = plume.current.record
    number, time = record.get("observation_id"), record.get("datetime")
    said = seen >= Sight.EVERYTHING
    return CasePlumeView(
        plume_id=plume.plume_id,
        observation_id=None if number is None else int(number),
        decision="withdrawn" if plume.withdrawn else plume.decision,
        rate_kg_h=record.get("rate_kg_h"),
        rate_low_kg_h=record.get("rate_low_kg_h"),
        rate_high_kg_h=record.get("rate_high_kg_h"),
        time=datetime.fromisoformat(str(time)) if time else None,
        reason=plume.reason if said else "",
        reviewer=plume.reviewer if said else "",
    )


def _rate(case: Case) -> Mapping[str, Any]:
    """Of the newest plume that stands; else what the newest report states, without bounds."""
    standing = [
        one.current.record
        for one in case.plumes
        if not (one.withdrawn or one.split_into or one.decision == "rejected")
        and one.current.record.get("rate_kg_h") is not None
    ]
    if standing:
        return max(standing, key=lambda record: str(record["datetime"]))
    stated = [one["rate_kg_h"] for one in case.reports if one.get("rate_kg_h") is not None]
    return {"rate_kg_h": stated[-1]} if stated else {}


def _banners(case: Case) -> tuple[Banner, ...]:
    found = [Banner(kind="simulated", text={})] if case.simulated else []
    if case.text.basis == CONVENTION:
        return (*found, Banner(kind="convention", text=_words(case.text.note), citation=case.text.citation))
    if case.text.unverified():
        found.append(Banner(kind="unverified", text={}, citation=case.text.citation))
    today = rule_on_days(case)[-1]
    if today.status not in BINDING:
        found.append(Banner(kind="not-in-force", text={}, citation=f"{case.text.citation}, {today.day}"))
    return tuple(found)


def _words(words: Bilingual) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}


def stopped_of(case: Case) -> float | CannotSay:
    """Probability that a leak has stopped, from its detections and later looks."""
    return case.closure(IntermittencyPrior()).probability_stopped
