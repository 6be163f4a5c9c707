"""File a report: tip or notification by rule, one case for each leak, a receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from superemitter.model.errors import HeadMoved, RegisterBusy
from superemitter.pipeline.cases import case_as_of, take_step
from superemitter.pipeline.register import SAME_LEAK_M, plume_entry, plume_name, plumes_at
from superemitter.pipeline.report_files import Filing
from superemitter.programme.assessment import Facts, NearbyFacility, Outcome, Quantity, assess
from superemitter.programme.case import Case
from superemitter.programme.chain import Event
from superemitter.programme.events import OPEN, State
from superemitter.programme.payloads import to_plain
from superemitter.programme.programmes import Programme, load_programme
from superemitter.programme.report import Classification, Notifier, Report, classify
from superemitter.programme.steps import advance
from superemitter.publish.forms import inspect_attachment
from superemitter.register import (
    CaseRow,
    Observation,
    Register,
    add_document,
    chain,
    count_cases,
    list_cases,
    observation,
    open_case,
)
from superemitter.register.geo import distance_m

#: Reports of one place whose detections lie no farther apart than this are of one leak, while its case is open.
#: A convention of this project. [days]
SAME_LEAK_DAYS = 30.0
#: A registered plume this near in time to a report's detection is put to its case. [days]
PLUME_DAYS = 1.0


#: How often a report is judged anew when other reports open cases while it is filed.
FILING_TRIES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a report.

    Attributes
    ----------
    case : Case
        After the report; before it, if nothing was stored in a dry run of a new case: None.
    classification : Classification
        Tip or notification, with every reason.
    report_id : str
    outcome : str
        ``"opened"``, ``"joined"``, ``"raised"`` (a tip became a notification) or ``"filed-before"``.
    plumes : tuple of str
        Registered plumes that the report brought into the case.
    dry_run : bool
    """

    case: Case
    classification: Classification
    report_id: str
    outcome: str
    plumes: tuple[str, ...] = ()
    dry_run: bool = False


def file_report(
    register: Register,
    filing: Filing,
    *,
    programme_id: str,
    now: datetime,
    received: datetime | None = None,
    text_id: str = "",
    notifiers: Mapping[str, Notifier] | None = None,
    dry_run: bool = False,
) -> Receipt:
    """File a report: it opens a case or joins that of the same leak. Filing it again changes nothing.

    Parameters
    ----------
    register : Register
    filing : Filing
    programme_id, text_id : str
        The rule it is judged by.
    now : datetime
        When it is recorded.
    received : datetime, optional
        When it came in, if earlier: the day the rule is judged on.
    notifiers : mapping of id to Notifier
        Whom the programme has certified.
    dry_run : bool
        Say what would happen and store nothing.

    Raises
    ------
    InvalidForm, ForbiddenStep
    """
    programme = load_programme(programme_id)
    verdict = judge(filing.report, programme, notifiers or {}, received or now, text_id=text_id)
    for _ in range(FILING_TRIES):
        try:
            return _file_once(register, filing, programme, verdict, now=now, received=received, dry_run=dry_run)
        except HeadMoved:  # another report opened a case: it may be of the same leak
            continue
    raise RegisterBusy(
        f"the cases of {programme_id} changed {FILING_TRIES} times while the report was filed",
        hint="file it again",
    )


def _file_once(
    register: Register,
    filing: Filing,
    programme: Programme,
    verdict: Classification,
    *,
    now: datetime,
    received: datetime | None,
    dry_run: bool,
) -> Receipt:
    programme_id, report = programme.id, filing.report
    report_id = identity_of(report)
    known = count_cases(register, programme_id)
    for _, events in _near(register, programme_id, report):
        if any(event.payload.get("report", {}).get("id") == report_id for event in events):
            case = case_as_of(events, max(now, events[-1].at))
            return Receipt(case=case, classification=verdict, report_id=report_id, outcome="filed-before")
    payload, seen = _opening(register, filing, programme, verdict, report_id)
    if received is not None:
        payload["occurred_at"] = received.astimezone(UTC).isoformat()
    if not dry_run:
        for path in filing.attachments:
            found = inspect_attachment(path)
            add_document(register, path.read_bytes(), name=found.name, media_type=found.media_type)
    joined = _same_leak(_near(register, programme_id, report), report, now)
    if joined is not None:
        return _join(register, joined, payload, seen, verdict, report, now=now, dry_run=dry_run)
    return _open(register, payload, seen, verdict, report, known=known, now=now, dry_run=dry_run)


def judge(
    report: Report, programme: Programme, notifiers: Mapping[str, Notifier], as_of: datetime, *, text_id: str = ""
) -> Classification:
    """Tip or notification: who reports and when, and whether what is reported meets the text's definition."""
    verdict = classify(report, programme, notifiers, as_of, text_id=text_id)
    rate = report.rate_kg_h
    facts = Facts(
        quantities=() if rate is None else (Quantity(name="methane_rate", value=rate, unit="kg/h"),),
        technology=report.technology,
        facilities=(NearbyFacility(kind=report.facility_type, distance_m=0.0),) if report.facility_type else None,
        detected_at=report.detected_at,
    )
    day = programme.text(verdict.text_id).day_of(as_of)
    told = next(one for one in assess(facts, programme, day).texts if one.text.id == verdict.text_id)
    reasons = [(one.words, one.citation) for one in told.reasons if one.test != "status" and one.holds is False]
    if told.outcome is Outcome.TIP:
        reasons += [(one.words, one.citation) for one in told.reasons if one.holds is None]
    if not reasons:
        return verdict
    return replace(verdict, kind="tip", reasons=(*verdict.reasons, *reasons))


def identity_of(report: Report) -> str:
    """The same report, the same id: from its content."""
    text = json.dumps(to_plain(report), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# ---- opening and joining


def _opening(
    register: Register, filing: Filing, programme: Programme, verdict: Classification, report_id: str
) -> tuple[dict[str, Any], list[Observation]]:
    report = filing.report
    seen = [observation(register, one) for one in filing.observations]
    if not seen:
        seen = list(
            plumes_at(
                register,
                report.longitude,
                report.latitude,
                report.detected_at,
                days=PLUME_DAYS,
                simulated=report.simulated,
            )
        )
    rate = report.rate_kg_h
    quantities = [] if rate is None else [to_plain(Quantity(name="methane_rate", value=rate, unit="kg/h"))]
    payload = {
        "programme_id": programme.id,
        "text_id": verdict.text_id,
        "longitude": report.longitude,
        "latitude": report.latitude,
        "detected_at": [report.detected_at.isoformat()],
        "report": {"id": report_id, **to_plain(report)},
        "plumes": [plume_entry(register, one) for one in seen],
        "notifier_id": report.notifier_id,
        "technology": report.technology,
        "approval_reference": report.approval_reference,
        "facility_type": report.facility_type,
        "quantities": quantities,
        "reasons": [{"words": words, "citation": citation} for words, citation in verdict.reasons],
        "simulated": report.simulated,
    }
    return {name: value for name, value in payload.items() if value not in ("", [], None)}, seen


def _open(
    register: Register,
    payload: dict[str, Any],
    seen: Sequence[Observation],
    verdict: Classification,
    report: Report,
    *,
    known: int,
    now: datetime,
    dry_run: bool,
) -> Receipt:
    report_id = payload["report"]["id"]
    case_id = f"{payload['programme_id']}-{report.detected_at:%Y%m%d}-{report_id[:8]}"
    kind = f"{verdict.kind}-received"
    text = load_programme(payload["programme_id"]).text(verdict.text_id)
    event = advance((), text, kind, payload, actor=actor_of(report), at=now, case_id=case_id)
    if not dry_run:
        row = CaseRow(
            case_id=case_id,
            programme_id=payload["programme_id"],
            text_id=verdict.text_id,
            opened_at=now,
            longitude=report.longitude,
            latitude=report.latitude,
            source_id=next((one.source_id for one in seen if one.source_id is not None), None),
            simulated=report.simulated,
        )
        ids = [one.observation_id for one in seen]
        open_case(
            register,
            row,
            kind=kind,
            at=now,
            actor=event.actor,
            payload=payload,
            observation_ids=ids,
            expected_cases=known,
        )
    return Receipt(
        case=case_as_of([event] if dry_run else chain(register, case_id), now),
        classification=verdict,
        report_id=report_id,
        outcome="opened",
        plumes=tuple(plume_name(one) for one in seen),
        dry_run=dry_run,
    )


def _join(
    register: Register,
    case: Case,
    payload: dict[str, Any],
    seen: Sequence[Observation],
    verdict: Classification,
    report: Report,
    *,
    now: datetime,
    dry_run: bool,
) -> Receipt:
    raised = case.state is State.TIP and verdict.kind == "notification"
    ids = {one.observation_id: one for one in seen if case.plume(plume_name(one)) is None}
    new = [entry for entry in payload.get("plumes", []) if entry["observation_id"] in ids]
    who = actor_of(report)
    if raised:
        content = {**payload, "plumes": new}
        take_step(
            register, case.case_id, "notification-received", content, actor=who, now=now,
            dry_run=dry_run, observation_ids=list(ids),
        )  # fmt: skip
    else:
        # The plumes go first: were this to be killed in between, filing the report again brings what is missing.
        for entry in new:
            take_step(
                register, case.case_id, "plume-added", {"plume": entry}, actor=who, now=now,
                dry_run=dry_run, observation_ids=[entry["observation_id"]],
            )  # fmt: skip
        content = {"report": payload["report"]} | {k: v for k, v in payload.items() if k == "occurred_at"}
        take_step(register, case.case_id, "report-added", content, actor=who, now=now, dry_run=dry_run)
    events = chain(register, case.case_id)
    after = case if dry_run else case_as_of(events, max(now, events[-1].at))
    return Receipt(
        case=after,
        classification=verdict,
        report_id=payload["report"]["id"],
        outcome="raised" if raised else "joined",
        plumes=tuple(entry["plume_id"] for entry in new),
        dry_run=dry_run,
    )


def actor_of(report: Report) -> str:
    """Who files, as the chain names them: nobody is named who asked not to be."""
    return report.public_reporter.strip() or "a reporter"


def _near(register: Register, programme_id: str, report: Report) -> list[tuple[str, Sequence[Event]]]:
    """Chains of the programme's cases near the place, nearest first."""
    found = []
    for row in list_cases(register, programme_id=programme_id):
        if row.longitude is None or row.latitude is None or row.simulated != report.simulated:
            continue
        apart = distance_m(row.longitude, row.latitude, report.longitude, report.latitude)
        if apart <= SAME_LEAK_M:
            found.append((apart, row.case_id))
    return [(case_id, chain(register, case_id)) for _, case_id in sorted(found)]


def _same_leak(near: Sequence[tuple[str, Sequence[Event]]], report: Report, now: datetime) -> Case | None:
    for _, events in near:
        case = case_as_of(events, max(now, events[-1].at))
        apart = [abs((moment - report.detected_at).total_seconds()) / 86_400.0 for moment in case.detected_at]
        if case.state in OPEN and (not apart or min(apart) <= SAME_LEAK_DAYS):
            return case
    return None
