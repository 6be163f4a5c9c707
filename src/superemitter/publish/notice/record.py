"""The notice for machines: the same content as the pages, in both languages where it has words."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any, Final

import shapely

from superemitter.model.passport import Passport
from superemitter.programme.clocks import Clock
from superemitter.programme.notification import MissingItem, Notification, PlumeFacts, ReportedRate
from superemitter.programme.programmes import Programme
from superemitter.programme.rules import Duty, RuleText
from superemitter.programme.strict import Bilingual
from superemitter.publish.notice.material import NoticeMaterial
from superemitter.publish.notice.wording import clocks_of, datum_of

SCHEMA_ID: Final = "superemitter/notice/1"


def notice_record(
    notification: Notification, programme: Programme, material: NoticeMaterial, missing: tuple[MissingItem, ...]
) -> dict[str, Any]:
    """The notice as plain JSON types, as ``notice.schema.json`` describes them."""
    text = programme.text(notification.text_id)
    notice, clocks = notification, clocks_of(notification, text, material)
    return {
        "schema": SCHEMA_ID,
        "case_id": notice.case_id,
        "chain_head": notice.chain_head,
        "made_at": _moment(material.made_at),
        "language": notice.language,
        "complete": not missing,
        "missing": [
            {"item": item.item, "citation": item.citation, "what": {"en": item.what, "zh": item.what_zh}}
            for item in missing
        ],
        "simulated": notice.simulated,
        "verified": notice.verified and text.verified,
        "rule": _rule(notice, programme, text, material),
        "notifier": {"id": notice.notifier_id, "name": notice.notifier_name},
        "detection": {
            "detected_at": _moment(notice.detected),
            "surveys": [_moment(moment) for moment in sorted(notice.detected_at)],
        },
        "place": _place(notice, text, material),
        "owners_nearby": _owners(notice, text),
        "technology": {"kind": notice.technology, "approval_reference": notice.approval_reference},
        "evidence": [
            {"name": e.name, "sha256": e.sha256, "media_type": e.media_type, "caption": e.caption}
            for e in notice.evidence
        ],
        "rate": None if notice.rate is None else _rate(notice.rate, material),
        "attestation": _attestation(notice, text),
        "submitted_at": _moment(notice.submitted_at),
        "data_received_at": _moment(notice.data_received_at),
        "emission_id": notice.emission_id or None,
        "duties": [_duty(duty, clocks.get(duty.id)) for duty in text.duties],
        "plumes": [_plume(plume) for plume in notice.plumes],
        "notes": notice.notes or None,
    }


def _rule(notice: Notification, programme: Programme, text: RuleText, material: NoticeMaterial) -> dict[str, Any]:
    days = {"as_of": text.day_of(material.made_at)}
    if notice.detected is not None:
        days["on_detection"] = text.day_of(notice.detected)
    return {
        "programme_id": notice.programme_id,
        "programme": _words(programme.title),
        "text_id": text.id,
        "citation": notice.text_citation,
        "title": _words(text.title),
        "jurisdiction": text.jurisdiction,
        "basis": text.basis,
        "time_zone": text.time_zone.key,
        "status": {name: _status(text, day) for name, day in days.items()},
        "unverified": [{"parameter": name, **_passport(passport)} for name, passport in text.unverified()],
    }


def _status(text: RuleText, day: date) -> dict[str, Any]:
    period = text.period_on(day)
    source = _passport(period.passport) if period is not None else {"citation": None, "tag": None}
    return {"day": day.isoformat(), "status": str(text.status_on(day)), **source}


def _passport(passport: Passport) -> dict[str, Any]:
    return {"citation": passport.citation or None, "tag": passport.tag}


def _place(notice: Notification, text: RuleText, material: NoticeMaterial) -> dict[str, Any]:
    latitude, longitude = notice.place
    sigma = next((plume.source_sigma_m for plume in notice.plumes if plume.source_sigma_m is not None), None)
    outline = material.outline
    return {
        "latitude": latitude,
        "longitude": longitude,
        "datum": datum_of(text),
        "source_sigma_m": sigma,
        "outline": None if outline is None else _geometry(outline),
    }


def _geometry(outline: Any) -> dict[str, Any]:
    """A GeoJSON geometry of six decimals (about 0.1 m)."""
    rounded = shapely.transform(outline, lambda xy: xy.round(6))
    geometry: dict[str, Any] = shapely.geometry.mapping(rounded)
    return geometry


def _owners(notice: Notification, text: RuleText) -> dict[str, Any]:
    owners = notice.owners_nearby
    return {
        "within_m": text.location_within_m,
        "available": owners is not None,
        "note": notice.owners_note or None,
        "owners": [
            {
                "operator": owner.operator,
                "facility_id": owner.facility_id,
                "facility_name": owner.facility_name,
                "distance_m": owner.distance_m,
            }
            for owner in owners or ()
        ],
    }


def _rate(rate: ReportedRate, material: NoticeMaterial) -> dict[str, Any]:
    return {
        "rate_kg_h": rate.rate_kg_h,
        "sigma_kg_h": rate.sigma_kg_h,
        "low_kg_h": rate.low_kg_h,
        "high_kg_h": rate.high_kg_h,
        "low95_kg_h": rate.low95_kg_h,
        "high95_kg_h": rate.high95_kg_h,
        "probability_ge_100_kg_h": rate.probability_ge_100_kg_h,
        "method": rate.method,
        "components_kg_h": dict(material.rate_components),
    }


def _attestation(notice: Notification, text: RuleText) -> dict[str, Any]:
    signed = notice.attestation
    return {
        "to_sign": None if text.attestation is None else _words(text.attestation.words),
        "text": signed.text if signed else None,
        "signer": signed.signer if signed else None,
        "signed_on": signed.signed_on.isoformat() if signed else None,
    }


def _duty(duty: Duty, clock: Clock | None) -> dict[str, Any]:
    local = clock.due_local if clock is not None else None
    return {
        "id": duty.id,
        "title": _words(duty.title),
        "who": duty.who,
        "starts_on": duty.starts_on,
        "ends_on": duty.ends_on,
        "amount": None if duty.tiers or duty.unit == "promptly" else duty.amount,
        "unit": duty.unit,
        "tiers": [{"below": t.below, "amount": t.amount, "unit": t.unit} for t in duty.tiers],
        "state": str(clock.state) if clock is not None else None,
        "reason": clock.reason or None if clock is not None else None,
        "due_at": _moment(clock.due_at) if clock is not None else None,
        "due_local": local.isoformat(timespec="seconds") if local is not None else None,
        **_passport(duty.passport),
    }


def _plume(plume: PlumeFacts) -> dict[str, Any]:
    return {
        "plume_id": plume.plume_id,
        "scene_id": plume.scene_id,
        "instrument": plume.instrument,
        "time": _moment(plume.time),
        "longitude": plume.longitude,
        "latitude": plume.latitude,
        "source_sigma_m": plume.source_sigma_m,
        "length_m": plume.length_m,
        "axis_deg": plume.axis_deg,
        "max_enhancement_ppm_m": plume.max_enhancement_ppm_m,
        "detection_probability": plume.detection_probability,
        "wind_speed_m_s": plume.wind_speed_m_s,
        "wind_sigma_m_s": plume.wind_sigma_m_s,
        "wind_from_deg": plume.wind_from_deg,
        "wind_source": plume.wind_source or None,
        "reviewed_by": plume.reviewed_by or None,
        "run_id": plume.run_id or None,
        "flags": list(plume.flags),
    }


def _words(words: Bilingual) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def notice_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``notice.json``, as packaged."""
    text = (files("superemitter") / "publish" / "notice" / "notice.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
