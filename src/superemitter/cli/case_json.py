"""Cases as machines read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from superemitter.cli.case_tables import banners
from superemitter.pipeline.cases import rule_on_days
from superemitter.programme.case import Case
from superemitter.programme.clocks import Clock
from superemitter.programme.closure import IntermittencyPrior
from superemitter.programme.folding import happened_at

if TYPE_CHECKING:
    from superemitter.programme.chain import Event


def clock_dict(clock: Clock) -> dict[str, Any]:
    """A duty's clock as plain types."""
    return {
        "duty": clock.duty.id,
        "title": {"en": clock.duty.title.en, "zh": clock.duty.title.zh},
        "who": clock.duty.who,
        "citation": clock.citation,
        "verified": clock.verified,
        "started_at": _iso(clock.started_at),
        "due_at": _iso(clock.due_at),
        "due_local": clock.due_local.isoformat() if clock.due_local else None,
        "met_at": _iso(clock.met_at),
        "state": clock.state.value,
        "obliges": clock.obliges,
        "reason": clock.reason,
    }


def case_dict(case: Case) -> dict[str, Any]:
    """A case as plain types. Who reported anonymously is not in it."""
    closure = case.closure(IntermittencyPrior())
    return {
        "case_id": case.case_id,
        "programme_id": case.programme_id,
        "text_id": case.text.id,
        "citation": case.text.citation,
        "verified": case.text.verified,
        "state": case.state.value,
        "simulated": case.simulated,
        "as_of": _iso(case.now),
        "opened_at": _iso(case.opened_at),
        "updated_at": _iso(case.updated_at),
        "detected_at": [_iso(moment) for moment in case.detected_at],
        "longitude": case.longitude,
        "latitude": case.latitude,
        "head": case.head,
        "events": case.length,
        "banners": banners(case),
        "rule": [
            {
                "what": one.what,
                "day": one.day.isoformat(),
                "status": one.status.value,
                "citation": one.citation,
                "note": one.note,
            }
            for one in rule_on_days(case)
        ],
        "clocks": [clock_dict(clock) for clock in case.clocks],
        "overdue": [clock.duty.id for clock in case.overdue],
        "reports": [_report_dict(report) for report in case.reports],
        "plumes": [
            {
                "plume_id": plume.plume_id,
                "decision": "withdrawn" if plume.withdrawn else plume.decision,
                "reason": plume.reason,
                "reviewer": plume.reviewer,
                "split_into": list(plume.split_into),
                "versions": len(plume.versions),
                "cause": plume.current.cause,
                "rate_kg_h": plume.current.record.get("rate_kg_h"),
                "rate_low_kg_h": plume.current.record.get("rate_low_kg_h"),
                "rate_high_kg_h": plume.current.record.get("rate_high_kg_h"),
            }
            for plume in case.plumes
        ],
        "report_id": case.report_id,
        "outcome": case.outcome,
        "error_claim": case.error_claim,
        "attribution": _attribution(case),
        "closure": {
            "probability_stopped": _said(closure.probability_stopped),
            "non_detections": closure.non_detections,
            "cannot_say": closure.cannot_say,
            "last_detection": _iso(closure.last_detection),
            "prior": closure.prior.source,
        },
        "closing_reason": case.closing_reason,
        "withdrawals": [
            {"what": one.what, "id": one.id, "reason": one.reason, "at": _iso(one.at), "by": one.by}
            for one in case.withdrawals
        ],
    }


def event_dict(event: Event) -> dict[str, Any]:
    """An event as plain types; of a report only what the public may know."""
    payload = dict(event.payload)
    if "report" in payload:
        payload["report"] = _report_dict(payload["report"])
    return {
        "sequence": event.sequence,
        "kind": event.kind,
        "at": _iso(event.at),
        "occurred_at": _iso(happened_at(event.at, event.payload)),
        "actor": event.actor,
        "digest": event.digest,
        "payload": payload,
    }


def _report_dict(report: Any) -> dict[str, Any]:
    hidden = ("reporter", "contact") if report.get("anonymous") else ("contact",)
    return {name: value for name, value in report.items() if name not in hidden}


def _attribution(case: Case) -> dict[str, Any]:
    public = case.published_attribution
    named = {} if public is None else {"operator": public.operator, "facility_id": public.facility_id}
    return {"state": case.attribution.state, "published": public is not None, **named}


def _said(value: Any) -> Any:
    return value if isinstance(value, float) else {"cannot_say": value.code, "reason": value.reason}


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
