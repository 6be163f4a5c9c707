"""Reports: what is taken, what is refused by field, and whether it is a tip."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from superemitter.model.errors import InvalidForm
from superemitter.programme import (
    Notifier,
    Report,
    classify,
    load_programme,
    notice_due,
    read_report,
    require_report,
)

SEP, GENERIC, CHINA = (load_programme(name) for name in ("us-epa-sep", "generic", "cn-coal-mine"))
NOW = datetime(2027, 4, 5, 12, tzinfo=UTC)
SMELL = {
    "longitude": 106.5,
    "latitude": 29.6,
    "detected_at": "2027-04-01T10:00:00+08:00",
    "text": "有气味，嘶嘶声",
}
CERTIFIED = {
    **SMELL,
    "longitude": -103.0,
    "latitude": 32.0,
    "notifier_id": "N-7",
    "technology": "satellite",
    "approval_reference": "MATM-9",
}
NOTIFIERS = {
    "N-7": Notifier(
        id="N-7",
        name="Watchers",
        programme_id="us-epa-sep",
        approved_on=date(2027, 3, 1),
        approvals=(("satellite", "MATM-9"),),
    )
}


def kind_of(values, programme=SEP, notifiers=NOTIFIERS, now=NOW) -> str:
    return classify(require_report(values, now=now), programme, notifiers, now).kind


def test_a_citizens_report_stays_as_written():
    report = read_report(SMELL, now=NOW)
    assert isinstance(report, Report)
    assert report.text == "有气味，嘶嘶声"
    assert report.detected_at == datetime(2027, 4, 1, 2, tzinfo=UTC)


def test_an_anonymous_reporter_is_not_shown():
    report = require_report({**SMELL, "reporter": "Li", "anonymous": True}, now=NOW)
    assert report.public_reporter == ""


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"detected_at": "2027-04-01T10:00:00"}, "detected_at", "time zone"),
        ({"detected_at": "2027-05-01T10:00:00Z"}, "detected_at", "future"),
        ({"longitude": 29.6, "latitude": 106.5}, "latitude", "swapped"),
        ({"longitude": "nan"}, "longitude", "finite"),
        ({"rate_kg_h": -3}, "rate_kg_h", "negative"),
        ({"evidence": [{"name": "a.jpg"}]}, "evidence", "checksum"),
        ({"wind": 3}, "wind", "no field"),
        ({"language": "fr"}, "language", "one of"),
        ({"latitude": None}, "latitude", "required"),
    ],
)
def test_a_fault_is_told_by_field(change, field, says):
    errors = read_report({**SMELL, **change}, now=NOW)
    assert isinstance(errors, list)
    assert says in {error.field: error.reason for error in errors}[field]


def test_a_faulty_report_is_an_error_that_names_every_field():
    with pytest.raises(InvalidForm, match=r"longitude.*latitude"):
        require_report({}, now=NOW)


def test_a_certified_notifier_with_its_approval_notifies():
    assert kind_of(CERTIFIED) == "notification"


@pytest.mark.parametrize(
    "change",
    [
        {"notifier_id": ""},
        {"notifier_id": "N-8"},
        {"approval_reference": ""},
        {"approval_reference": "MATM-1"},
        {"technology": "aircraft_remote_sensing"},
        {"is_operator": True},
        {"detected_at": "2026-06-01T00:00:00Z"},
    ],
    ids=["nobody", "unknown", "no approval", "other approval", "other technology", "operator", "suspended"],
)
def test_otherwise_it_is_a_tip_with_the_rule(change):
    report = require_report({**CERTIFIED, **change}, now=NOW)
    found = classify(report, SEP, NOTIFIERS, NOW)
    assert found.kind == "tip"
    assert all(citation for _, citation in found.reasons)


@pytest.mark.parametrize(("day", "kind"), [(15, "tip"), (16, "notification")])
def test_a_notifier_waits_15_days_after_its_approval(day, kind):
    values = {**CERTIFIED, "detected_at": "2027-03-10T00:00:00Z"}
    assert kind_of(values, now=datetime(2027, 3, day, 18, tzinfo=UTC)) == kind


def test_a_removed_notifier_files_tips():
    gone = {"N-7": Notifier(**{**_plain(NOTIFIERS["N-7"]), "removed_on": date(2027, 4, 1)})}
    assert kind_of(CERTIFIED, notifiers=gone) == "tip"


def test_in_china_every_report_is_a_tip():
    assert kind_of({**CERTIFIED, "rate_kg_h": 9000}, programme=CHINA) == "tip"


def test_in_a_community_programme_evidence_makes_a_notification():
    assert kind_of(SMELL, programme=GENERIC) == "tip"
    photograph = {"name": "a.jpg", "sha256": "a" * 64, "media_type": "image/jpeg"}
    assert kind_of({**SMELL, "evidence": [photograph]}, programme=GENERIC) == "notification"


def test_the_notice_is_due_on_the_fifteenth_day():
    due = notice_due(require_report(CERTIFIED, now=NOW), SEP.text())
    assert due.astimezone(SEP.text().time_zone).date() == date(2027, 4, 15)


def _plain(notifier: Notifier) -> dict:
    return {name: getattr(notifier, name) for name in notifier.__slots__}
