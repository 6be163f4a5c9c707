"""Composing rules, register and notices: what holds when things go wrong in between, and on the day."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from superemitter.model import Facility
from superemitter.model.errors import (
    ForbiddenStep,
    InvalidForm,
    OutputExists,
    RegisterError,
    UsageError,
    VerificationFailed,
)
from superemitter.pipeline import notify as notifying
from superemitter.pipeline import reports
from superemitter.pipeline.cases import (
    due_within,
    moment_of,
    prove,
    read_case,
    rule_on_days,
    take_step,
    withdraw_plume,
)
from superemitter.pipeline.notification import Signing
from superemitter.pipeline.notify import notify, require_complete
from superemitter.pipeline.register import plumes_at, register_scans
from superemitter.pipeline.report_files import filing_of, filing_of_plume, read_report_file
from superemitter.pipeline.reports import file_report
from superemitter.pipeline.review import review_plume, take_answer
from superemitter.programme.forms import load_form
from superemitter.programme.report import Notifier
from superemitter.publish.forms import write_answer_form
from superemitter.register import chain, import_file, list_cases, open_register, save_facilities, versions

SEEN = datetime(2024, 6, 20, 18, 30, tzinfo=UTC)
SIGNED = Signing(signer="Li Na")
WATCH = Notifier(
    id="N-1",
    name="Watch",
    programme_id="us-epa-sep",
    approved_on=datetime(2024, 5, 20).date(),
    approvals=(("satellite", "EPA-1"),),
)
CERTIFIED = {
    "reporter": "Watch",
    "longitude": -102.1012,
    "latitude": 31.8999,
    "detected_at": SEEN.isoformat(),
    "rate_kg_h": 350.0,
    "rate_sigma_kg_h": 80.0,
    "technology": "satellite",
    "approval_reference": "EPA-1",
    "notifier_id": "N-1",
    "facility_type": "well_site",
    "evidence": ["survey.txt"],
}


@pytest.fixture
def book(tmp_path):
    """A register of its own, on SQLite."""
    opened = open_register(tmp_path / "register.db")
    yield opened
    opened.close()


@pytest.fixture
def american(book, tmp_path):
    """A certified notifier's case, filed the day after the detection."""
    (tmp_path / "survey.txt").write_text("one overpass\n")
    now = SEEN + timedelta(days=1)
    filing = filing_of(CERTIFIED, folder=tmp_path, now=now)
    receipt = file_report(book, filing, programme_id="us-epa-sep", now=now, notifiers={"N-1": WATCH})
    assert receipt.classification.kind == "notification"
    return receipt.case.case_id


def issue(book, case_id, out, sent):
    notify(book, case_id, out, now=sent, by="Watch", signing=SIGNED, languages=("en",))
    steps = (("reviewed", {"outcome": "accepted"}), ("issued", {"report_id": "R-1"}), ("notice-received", {}))
    for kind, payload in steps:
        take_step(book, case_id, kind, payload, actor="EPA", now=sent)


# ---- notices


def test_a_notice_without_its_signature_lists_it_by_rule_and_records_nothing(book, american, tmp_path):
    notice = notify(book, american, tmp_path / "out", now=SEEN + timedelta(days=2), by="Watch")
    assert [(item.item, item.citation) for item in notice.missing] == [("attestation", "40 CFR 60.5371b(c)(8)")]
    with pytest.raises(InvalidForm, match="attestation"):
        require_complete(notice)
    assert len(chain(book, american)) == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(("days", "missing"), [(14, []), (16, ["in_time"])])
def test_a_notice_after_fifteen_days_is_not_sent(book, american, tmp_path, days, missing):
    now = SEEN + timedelta(days=days)
    notice = notify(book, american, tmp_path / "out", now=now, by="Watch", signing=SIGNED, dry_run=True)
    assert [item.item for item in notice.missing] == missing


def test_owners_within_fifty_metres_are_named(book, american, tmp_path):
    near = Facility(facility_id="f1", name="Pad", longitude=-102.1012, latitude=31.9002, operator="Operator A")
    far = Facility(facility_id="f2", name="Far", longitude=-102.1012, latitude=31.9030, operator="Operator B")
    save_facilities(book, [near, far], list_name="list")
    notice = notify(book, american, tmp_path, now=SEEN + timedelta(days=2), by="W", signing=SIGNED, dry_run=True)
    owners = notice.notification.owners_nearby
    assert owners is not None and [(one.operator, 30 < one.distance_m < 40) for one in owners] == [
        ("Operator A", True)
    ]


def test_killed_after_the_event_the_same_notice_is_written_again(book, american, tmp_path, monkeypatch):
    now = SEEN + timedelta(days=2)

    def killed(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(notifying, "_write", killed)
        notify(book, american, tmp_path / "out", now=now, by="Watch", signing=SIGNED, languages=("en",))
    assert chain(book, american)[-1].kind == "notified" and not (tmp_path / "out").exists()
    later = notify(book, american, tmp_path / "out", now=now + timedelta(days=9), by="x", languages=("en",))
    assert later.repeated and len(chain(book, american)) == 2
    content = (tmp_path / "out" / american / "notice.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == later.files["notice.json"]
    again = notify(book, american, tmp_path / "else", now=now + timedelta(days=99), by="x", languages=("en",))
    assert again.files == later.files


def test_a_place_that_is_taken_stops_the_notice_before_its_event(book, american, tmp_path):
    (tmp_path / "out" / american).mkdir(parents=True)
    (tmp_path / "out" / american / "notice.json").write_text("mine")
    with pytest.raises(OutputExists):
        notify(book, american, tmp_path / "out", now=SEEN + timedelta(days=2), by="W", signing=SIGNED)
    assert len(chain(book, american)) == 1


def test_no_notice_of_a_history_that_was_changed(book, american, tmp_path):
    with book.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE case_events SET actor = 'somebody else'")
    with pytest.raises(VerificationFailed, match="was changed after it was recorded"):
        notify(book, american, tmp_path, now=SEEN + timedelta(days=2), by="W", signing=SIGNED)
    assert prove(book).faults[0][0] == american


# ---- clocks and the law of the day


def test_duties_fall_due_in_local_time_and_the_most_urgent_comes_first(book, american, tmp_path):
    sent = SEEN + timedelta(days=3)
    issue(book, american, tmp_path / "out", sent)
    found = due_within(book, sent + timedelta(days=1), 30)
    assert [one.clock.duty.id for one in found] == ["start-investigation", "complete-investigation", "report"]
    local = found[0].clock.due_local
    assert local is not None and (local.day, local.hour, local.minute) == (28, 23, 59)
    late = due_within(book, sent + timedelta(days=6), 0)
    assert [one.clock.duty.id for one in late] == ["start-investigation"] and late[0].days_left < 0


def test_switching_the_date_switches_the_law(book, american):
    then = rule_on_days(read_case(book, american, datetime(2024, 7, 1, tzinfo=UTC)))
    today = rule_on_days(read_case(book, american, datetime(2026, 11, 22, tzinfo=UTC)))
    again = rule_on_days(read_case(book, american, datetime(2027, 1, 24, tzinfo=UTC)))
    assert [days[-1].status.value for days in (then, today, again)] == ["in_force", "suspended", "in_force"]
    assert "will not apply between July 31, 2025" in today[-1].note


def test_a_suspended_rule_forbids_the_notice_and_is_named(book, american, tmp_path):
    late = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(ForbiddenStep, match="suspended on 2026-02-28") as refused:
        take_step(book, american, "notified", {"notification": {}}, actor="W", now=late)
    assert "90 FR" in str(refused.value.hint)


# ---- reports


def test_another_day_of_receipt_is_kept_beside_the_day_of_recording(book, tmp_path):
    values = {"longitude": 10.0, "latitude": 50.0, "detected_at": SEEN.isoformat()}
    received, now = SEEN + timedelta(days=1), SEEN + timedelta(days=40)
    filing = filing_of(values, folder=tmp_path, now=now)
    receipt = file_report(book, filing, programme_id="generic", now=now, received=received)
    (event,) = chain(book, receipt.case.case_id)
    assert event.at == now and datetime.fromisoformat(event.payload["occurred_at"]) == received


def test_records_that_must_not_leave_the_register_stay_out_of_cases(book, write_scan, tmp_path):
    rows = "id,time,longitude,latitude,rate_kg_h\na,2024-06-20T18:30:00Z,10,50,900\n"
    (tmp_path / "list.csv").write_text(rows)
    report = import_file(book, tmp_path / "list.csv", "mine")
    found = plumes_at(book, 10.0, 50.0, SEEN, days=1, simulated=False)
    assert len(found) == (1 if report.exportable else 0)
    assert not report.exportable
    with pytest.raises(InvalidForm, match="keep it in the register"):
        filing_of_plume(book, 1, {}, now=SEEN)


def test_killed_between_plume_and_report_filing_again_completes_it(book, write_scan, tmp_path, monkeypatch):
    from register_databases import scan_plume

    time = SEEN.isoformat().replace("+00:00", "Z")
    values = {"longitude": 61.5, "latitude": 36.5, "detected_at": SEEN.isoformat(), "text": "a hiss"}
    now = SEEN + timedelta(days=1)
    first = file_report(book, filing_of(values, folder=tmp_path, now=now), programme_id="generic", now=now)
    register_scans(book, [write_scan([scan_plume(1, 61.5, 36.5)], time=time)], now=now)
    second = filing_of(values | {"text": "a smell"}, folder=tmp_path, now=now)
    steps = []

    def killed(register, case_id, kind, *arguments, **options):
        if kind == "report-added":
            raise KeyboardInterrupt
        steps.append(kind)
        return take_step(register, case_id, kind, *arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(reports, "take_step", killed)
        file_report(book, second, programme_id="generic", now=now)
    assert steps == ["plume-added"]
    done = file_report(book, second, programme_id="generic", now=now)
    assert done.outcome == "joined" and done.case.case_id == first.case.case_id
    kinds = [event.kind for event in chain(book, first.case.case_id)]
    assert (kinds.count("plume-added"), kinds.count("report-added")) == (1, 1)


def test_a_full_disk_stores_no_case(book, tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise RegisterError("no space")

    monkeypatch.setattr(reports, "open_case", full)
    values = {"longitude": 10.0, "latitude": 50.0, "detected_at": SEEN.isoformat()}
    with pytest.raises(RegisterError):
        file_report(book, filing_of(values, folder=tmp_path, now=SEEN), programme_id="generic", now=SEEN)
    assert list_cases(book) == ()


def test_a_report_file_with_doubled_keys_is_refused(tmp_path):
    (tmp_path / "r.json").write_text('{"longitude": 1, "longitude": 2}')
    with pytest.raises(InvalidForm, match="'longitude' is given twice"):
        read_report_file(tmp_path / "r.json", now=SEEN)


# ---- plumes


def with_a_plume(book, write_scan, programme="generic"):
    from register_databases import scan_plume

    time = SEEN.isoformat().replace("+00:00", "Z")
    now = SEEN + timedelta(days=1)
    register_scans(book, [write_scan([scan_plume(1, 61.5, 36.5)], time=time)], now=now)
    filing = filing_of_plume(book, 1, {"reporter": "Ann"}, now=now)
    return file_report(book, filing, programme_id=programme, now=now).case.case_id


def test_a_plume_withdrawn_in_one_case_is_withdrawn_in_all(book, write_scan):
    one = with_a_plume(book, write_scan)
    now = SEEN + timedelta(days=2)
    other = file_report(
        book, filing_of_plume(book, 1, {}, now=now), programme_id="unep-mars", now=now
    ).case.case_id
    told = withdraw_plume(book, one, "SCENE-001", reason="a road", by="Ann", now=now)
    assert set(told) == {one, other}
    for case_id in told:
        (plume,) = read_case(book, case_id, now).plumes
        assert plume.withdrawn
    assert versions(book, 1)[-1].reason == "a road"


def test_a_plume_that_a_new_run_finds_no_more_is_withdrawn_from_its_case(book, write_scan):
    case = with_a_plume(book, write_scan)
    now, time = SEEN + timedelta(days=2), SEEN.isoformat().replace("+00:00", "Z")
    register_scans(book, [write_scan([], run_id="run-2", time=time)], now=now)
    after = read_case(book, case, now)
    assert after.plumes[0].withdrawn and "run-2" in after.withdrawals[0].reason
    events = len(chain(book, case))
    register_scans(book, [], now=now)
    assert len(chain(book, case)) == events


def test_ids_of_other_catalogues_stand_behind_their_name(book, tmp_path):
    rows = "id,time,longitude,latitude,rate_kg_h,licence\n7,2024-06-20T18:30:00Z,10,50,900,CC-BY-4.0\n"
    (tmp_path / "list.csv").write_text(rows)
    report = import_file(book, tmp_path / "list.csv", "mine")
    now = SEEN + timedelta(days=1)
    receipt = file_report(book, filing_of_plume(book, 1, {}, now=now), programme_id="generic", now=now)
    assert report.stored == 1 and receipt.plumes == ("mine:7",)


def test_a_rejection_without_a_reason_is_refused(book, write_scan):
    case = with_a_plume(book, write_scan)
    with pytest.raises(ForbiddenStep, match="a rejection gives its reason"):
        review_plume(book, case, "reject", reviewer="Ann", now=SEEN + timedelta(days=2))
    with pytest.raises(UsageError, match="the decision is"):
        review_plume(book, case, "perhaps", reviewer="Ann", now=SEEN + timedelta(days=2))


def test_an_outline_needs_the_scene_of_the_run(book, write_scan, tmp_path):
    case = with_a_plume(book, write_scan)
    square = [[61.4, 36.4], [61.6, 36.4], [61.6, 36.6], [61.4, 36.6], [61.4, 36.4]]
    (tmp_path / "mask.json").write_text(json.dumps({"type": "Polygon", "coordinates": [square]}))
    with pytest.raises(UsageError):
        review_plume(
            book, case, "accept", reviewer="Ann", now=SEEN + timedelta(days=2), mask=tmp_path / "mask.json"
        )
    assert len(read_case(book, case, SEEN + timedelta(days=2)).plumes[0].versions) == 1


# ---- answers


def test_a_form_of_another_case_is_not_taken(book, american, tmp_path):
    sent = SEEN + timedelta(days=3)
    issue(book, american, tmp_path / "out", sent)
    form = load_form("us-epa-sep-answer")
    write_answer_form(form, tmp_path / "a.json", case_id="another", values={})
    with pytest.raises(InvalidForm, match="answers case another"):
        take_answer(book, american, tmp_path / "a.json", (), by="Operator", now=sent)


def test_an_attachment_is_kept_with_its_checksum_and_proved(book, american, tmp_path):
    sent = SEEN + timedelta(days=3)
    issue(book, american, tmp_path / "out", sent)
    (tmp_path / "log.txt").write_text("nothing within 50 m\n")
    values = {
        "report_id": "R-1",
        "within_50_m": False,
        "attachments": ["log.txt"],
        "attested": True,
        "attested_by": "J. Doe",
        "attested_on": "2024-06-30",
    }
    form = load_form("us-epa-sep-answer")
    write_answer_form(form, tmp_path / "a.xlsx", case_id=american, values=values)
    take_answer(book, american, tmp_path / "a.xlsx", [tmp_path / "log.txt"], by="Operator", now=sent)
    case = read_case(book, american, sent)
    assert case.outcome == "not_within_50m"
    assert case.answers[0]["attachments"][0]["sha256"] == hashlib.sha256(b"nothing within 50 m\n").hexdigest()
    assert prove(book).faults == ()
    with book.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE documents SET content = x'00' WHERE name = 'log.txt'")
    assert "log.txt" in prove(book).faults[0][1]


# ---- dates that people write


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-07-01", datetime(2024, 7, 1, 23, 59, 59, tzinfo=UTC)),
        ("2024-07-01T18:30:00-07:00", datetime(2024, 7, 2, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_last_second_and_a_time_needs_its_zone(text, moment):
    assert moment_of(text) == moment
    with pytest.raises(UsageError):
        moment_of("2024-07-01T18:30:00")
    with pytest.raises(UsageError):
        moment_of("1 July")
