"""The notification a case amounts to: its reviewed plumes, its reports, what is known of its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from superemitter.programme.case import Case
from superemitter.programme.notification import (
    Attestation,
    Evidence,
    NearbyOwner,
    Notification,
    PlumeFacts,
    ReportedRate,
)
from superemitter.register import Register, chain, facilities_near

#: Distance within which owners are named if the text sets none. [m]
OWNERS_RADIUS_M = 50.0
#: A facility list without any entry this near is taken to say nothing of the place. [m]
LIST_RADIUS_M = 100_000.0
NO_LIST = "no facility list is in the register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What the notifier adds when it notifies.

    Attributes
    ----------
    signer : str
        Who signs the statement the rule asks for; empty: nobody yet.
    emission_id : str
        Where the programme numbers emissions itself.
    notes : str
    """

    signer: str = ""
    emission_id: str = ""
    notes: str = ""


def notification_of(
    register: Register, case: Case, signing: Signing, *, language: str, now: datetime
) -> Notification:
    """The notification a case amounts to: accepted plumes only, all that the register knows of its place."""
    assert case.longitude is not None and case.latitude is not None
    opening = _opening(register, case)
    report = opening.get("report", {})
    text = case.text
    records = [plume.current.record for plume in case.accepted_plumes]
    owners, note = _owners(register, case)
    statement = text.attestation
    attestation = None
    if statement is not None and signing.signer.strip():
        # The words to sign are the rule's own, in the language it is written in.
        attestation = Attestation(text=statement.words.en, signer=signing.signer, signed_on=text.day_of(now))
    reporter = "" if report.get("anonymous") else str(report.get("reporter") or "")
    return Notification(
        case_id=case.case_id,
        chain_head=case.head,
        programme_id=case.programme_id,
        text_id=text.id,
        text_citation=text.citation,
        language=language,
        verified=text.verified,
        simulated=case.simulated,
        notifier_id=str(opening.get("notifier_id") or ""),
        notifier_name=reporter or signing.signer,
        detected_at=tuple(sorted(case.detected_at)),
        longitude=case.longitude,
        latitude=case.latitude,
        technology=str(opening.get("technology") or ""),
        approval_reference=str(opening.get("approval_reference") or ""),
        owners_nearby=owners,
        owners_note=note,
        evidence=_evidence(case, records),
        rate=_rate(records, report),
        attestation=attestation,
        submitted_at=now,
        data_received_at=case.moments.get("data-received"),
        plumes=tuple(
            _facts(plume.current.record, plume.plume_id, plume.reviewer) for plume in case.accepted_plumes
        ),
        emission_id=signing.emission_id,
        notes=signing.notes,
    )


def _opening(register: Register, case: Case) -> Mapping[str, Any]:
    """The newest opening event: a notification stands above the tip it was made of."""
    kinds = ("tip-received", "notification-received")
    return next(event.payload for event in reversed(chain(register, case.case_id)) if event.kind in kinds)


def _owners(register: Register, case: Case) -> tuple[tuple[NearbyOwner, ...] | None, str]:
    """Owners within the text's distance; None with a note if there is no list to look in."""
    assert case.longitude is not None and case.latitude is not None
    radius = case.text.location_within_m or OWNERS_RADIUS_M
    known = facilities_near(register, case.longitude, case.latitude, LIST_RADIUS_M)
    if not known:
        return None, NO_LIST
    near = [(one, apart) for one, apart in known if apart <= radius]
    owners = tuple(
        NearbyOwner(
            operator=one.operator,
            facility_id=one.facility_id,
            facility_name=one.name,
            distance_m=round(apart, 1),
        )
        for one, apart in near
    )
    return owners, "" if owners else f"none of the register's facilities lies within {radius:g} m"


def _evidence(case: Case, records: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """Pictures of the accepted plumes, files of the reports that stand, documents; each once."""
    gone = {one.id for one in case.withdrawals if one.what in ("report", "document")}
    entries = [record["picture"] for record in records if record.get("picture")]
    for report in case.reports:
        if report.get("id") not in gone:
            entries += report.get("evidence", [])
    entries += [one for one in case.documents if one["sha256"] not in gone and one["name"] not in gone]
    found: dict[str, Evidence] = {}
    for entry in entries:
        caption = str(entry.get("caption", ""))
        one = Evidence(name=entry["name"], sha256=entry["sha256"], media_type=entry["media_type"], caption=caption)
        found.setdefault(one.sha256, one)
    names: dict[str, int] = {}
    out = []
    for one in found.values():
        names[one.name] = names.get(one.name, 0) + 1
        out.append(one if names[one.name] == 1 else _renamed(one, names[one.name]))
    return tuple(out)


def _renamed(one: Evidence, number: int) -> Evidence:
    path = Path(one.name)
    name = f"{path.stem}-{number}{path.suffix}"
    return Evidence(name=name, sha256=one.sha256, media_type=one.media_type, caption=one.caption)


def _rate(records: Sequence[Mapping[str, Any]], report: Mapping[str, Any]) -> ReportedRate | None:
    """Rate of the newest accepted plume that has one; else what the report states."""
    measured = [record for record in records if record.get("rate_kg_h") is not None]
    if measured:
        best = max(measured, key=lambda record: str(record["datetime"]))
        return ReportedRate(
            rate_kg_h=float(best["rate_kg_h"]),
            method=str(best.get("method") or "as the catalogue states it"),
            low_kg_h=best.get("rate_low_kg_h"),
            high_kg_h=best.get("rate_high_kg_h"),
            low95_kg_h=best.get("rate_low95_kg_h"),
            high95_kg_h=best.get("rate_high95_kg_h"),
            probability_ge_100_kg_h=best.get("probability_ge_100_kg_h"),
        )
    if report.get("rate_kg_h") is None:
        return None
    return ReportedRate(
        rate_kg_h=float(report["rate_kg_h"]),
        sigma_kg_h=report.get("rate_sigma_kg_h"),
        method=str(report.get("rate_method") or "as reported"),
    )


def _facts(record: Mapping[str, Any], plume_id: str, reviewer: str) -> PlumeFacts:
    names = (
        *("source_sigma_m", "length_m", "max_enhancement_ppm_m", "detection_probability"),
        *("wind_speed_m_s", "wind_from_deg", "axis_deg"),
    )
    return PlumeFacts(
        plume_id=plume_id,
        scene_id=str(record.get("scene_id") or ""),
        instrument=str(record.get("instrument") or ""),
        time=datetime.fromisoformat(str(record["datetime"])),
        longitude=float(record["source_longitude"]),
        latitude=float(record["source_latitude"]),
        wind_sigma_m_s=record.get("wind_speed_sigma_m_s"),
        wind_source=str(record.get("wind_source") or ""),
        reviewed_by=reviewer,
        run_id=str(record.get("run_id") or ""),
        flags=tuple(record.get("flags") or ()),
        **{name: record.get(name) for name in names},
    )
