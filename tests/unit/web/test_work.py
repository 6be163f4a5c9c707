"""What people with a role do with forms: each step judged, shown once more, recorded once, on the audit trail."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from explorer_desk import (
    NOTIFIER,
    OPERATOR,
    PLUME,
    evidence,
    fields_of,
    fill,
    fill_and_confirm,
    issued,
    kinds,
    reported,
)

from superemitter.pipeline import remask
from superemitter.pipeline.cases import read_case
from superemitter.pipeline.submissions import held, submit
from superemitter.pipeline.uploads import Upload
from superemitter.register import Register, chain, list_cases
from superemitter.register.people import acts

People = Callable[..., Any]
ANSWER = {
    "v-report_id": "N-17",
    "v-operator_name": OPERATOR,
    "v-reported_by": "Site manager",
    "v-our_facility": "yes",
    "v-investigation_date": "2026-09-01",
    "v-investigation_method": "survey",
    "v-source_identified": "yes",
    "v-classification": "unknown",
    "v-ongoing": "no",
    "v-ended_at": "2026-09-01T09:00",
    "v-ended_at_zone": "+05:00",
}


def actions(book: Register) -> list[str]:
    """What the audit trail says was done, oldest first, less signing in."""
    return [act.action for _, act in reversed(acts(book)) if act.action not in ("user.add", "sign-in")]


@pytest.fixture
def submission(book: Register, clock: Any) -> str:
    """A report that is held, with a file."""
    values = {"longitude": 61.5, "latitude": 36.5, "detected_at": clock().isoformat(), "text": "a <b>hiss</b>"}
    files = [Upload(name="naïve “note”.txt", content=b"<script>alert(1)</script>")]
    return submit(book, values, files, receipt="r" * 32, now=clock()).submission_id


# ---- reports from the public


def test_a_report_that_is_accepted_opens_a_case_once(member: People, book: Register, submission: str) -> None:
    one, address = member("reviewer"), f"/en/work/submissions/{submission}"
    assert "a &lt;b&gt;hiss&lt;/b&gt;" in one.get(address).text
    asked = fill(one, address, address, {"decision": "accept"})
    assert list_cases(book) == ()
    sent = fields_of(asked.text, address)
    assert [one.post(address, data=sent).status_code for _ in range(2)] == [303, 409]
    (row,) = list_cases(book)
    assert row.case_id in one.get(address).text
    assert held(book) == ()
    assert actions(book) == ["submission.accept"]


def test_a_rejection_needs_a_reason(member: People, book: Register, submission: str) -> None:
    one, address = member("reviewer"), f"/en/work/submissions/{submission}"
    assert fill(one, address, address, {"decision": "reject", "reason": " "}).status_code == 422
    assert fill_and_confirm(one, address, address, {"decision": "reject", "reason": "a road"}).status_code == 303
    assert "a road" in one.get("/en/report/" + "r" * 32).text


def test_evidence_is_saved_and_never_shown(member: People, book: Register, submission: str) -> None:
    one = member("reviewer")
    (entry,) = held(book)[0].evidence
    said = one.get(f"/en/work/submissions/{submission}/files/{entry['sha256']}")
    assert said.content == b"<script>alert(1)</script>"
    assert said.headers["content-disposition"].startswith('attachment; filename="na_ve__note_.txt"')
    assert "sandbox" in said.headers["content-security-policy"]
    assert said.headers["x-content-type-options"] == "nosniff"
    assert one.get(f"/en/work/submissions/{submission}/files/{'0' * 64}").status_code == 404
    assert actions(book) == ["submission.file"]


# ---- from the plume to the closed case


def test_one_leak_goes_through_all_roles_to_closure(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    reviewer, notifier = member("reviewer"), member("notifier", name="watch")
    operator = member("operator", operator=OPERATOR)
    case_id = reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    assert "review a plume" in reviewer.get("/en/work").text
    assert operator.get(case).status_code == 404
    for who, page, action, values in (
        (reviewer, case, f"{case}/plumes/{PLUME}", {"decision": "accept", "reason": "clear"}),
        (notifier, f"{case}/notice", f"{case}/notice", {"signer": "Li Na"}),
        (reviewer, case, f"{case}/steps/reviewed", {"outcome": "accepted"}),
        (reviewer, case, f"{case}/steps/issued", {"report_id": "N-17", "operator": OPERATOR}),
        (operator, case, f"{case}/steps/notice-received", {}),
        (operator, case, f"{case}/steps/investigation-started", {}),
    ):
        clock.later(minutes=1)
        if page.endswith("notice"):
            survey = {"files": ("survey.txt", b"one overpass", "text/plain")}
            assert fill(notifier, page, f"{case}/documents", {}, files=survey).status_code == 303
        done = fill_and_confirm(who, page, action, values)
        assert done.status_code == 303, (action, done.text)
    clock.later(minutes=1)
    answer = f"{case}/answer"
    photo = [("v-attachments", ("valve.txt", b"closed", "text/plain"))]
    assert fill(operator, answer, answer, ANSWER | {"sure": "yes"}, files=photo).status_code == 303
    closing = {"basis": "answer", "reason": "repaired"}
    assert fill_and_confirm(reviewer, case, f"{case}/steps/closed", closing).status_code == 303
    assert kinds(book, case_id) == [
        *("notification-received", "plume-reviewed", "document-added", "notified", "reviewed", "issued"),
        "notice-received",
        *("investigation-started", "answered", "closed"),
    ]
    (answered,) = [event for event in chain(book, case_id) if event.kind == "answered"]
    assert answered.payload["values"]["ended_at"] == "2026-09-01T04:00:00+00:00"
    assert [one["name"] for one in answered.payload["attachments"]] == ["valve.txt"]
    assert actions(book) == [
        *("plume.accept", "case.document-added", "notice.send", "case.reviewed", "case.issued"),
        "case.notice-received",
        *("case.investigation-started", "answer.send", "case.closed"),
    ]


def test_a_form_that_is_out_of_date_stores_nothing(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, other = member("reviewer"), member("reviewer", name="second")
    case_id = reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    action = f"{case}/plumes/{PLUME}"
    stale = fields_of(one.get(case).text, action) | {"decision": "reject", "reason": "a road", "confirm": "yes"}
    assert fill_and_confirm(other, case, action, {"decision": "accept"}).status_code == 303
    before = kinds(book, case_id)
    said = one.post(action, data=stale)
    assert said.status_code == 409
    assert "The case has changed in the meantime" in said.text
    assert kinds(book, case_id) == before


def test_a_form_sent_twice_is_recorded_once(member: People, book: Register, clock: Any, write_scan: Any) -> None:
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    action = f"/en/work/cases/{case_id}/steps/note-added"
    sent = fields_of(one.get(f"/en/work/cases/{case_id}").text, action) | {"text": "a remark", "confirm": "yes"}
    assert [one.post(action, data=sent).status_code for _ in range(2)] == [303, 409]
    assert kinds(book, case_id).count("note-added") == 1


@pytest.mark.parametrize("lacking", ["form_token", "expected"])
def test_a_form_that_is_not_ours_stores_nothing(
    member: People, book: Register, clock: Any, write_scan: Any, lacking: str
) -> None:
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    action = f"/en/work/cases/{case_id}/steps/note-added"
    sent = fields_of(one.get(f"/en/work/cases/{case_id}").text, action) | {"text": "a remark", "confirm": "yes"}
    del sent[lacking]
    assert one.post(action, data=sent).status_code == (403 if lacking == "form_token" else 409)
    assert "note-added" not in kinds(book, case_id)


def test_a_session_that_ended_while_a_form_was_filled_says_so_and_stores_nothing(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    action = f"/en/work/cases/{case_id}/steps/note-added"
    sent = fields_of(one.get(f"/en/work/cases/{case_id}").text, action) | {"text": "a remark", "confirm": "yes"}
    clock.later(hours=3)
    said = one.post(action, data=sent)
    assert said.status_code == 401
    assert "Nothing was stored" in said.text
    assert "note-added" not in kinds(book, case_id)


def test_a_step_that_the_rule_forbids_is_said_beside_the_form(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    said = fill(one, case, f"{case}/steps/closed", {"basis": "answer", "reason": "enough"})
    assert said.status_code == 409
    assert "the operator has not answered" in said.text
    assert ">enough</textarea>" in said.text
    assert fill(one, case, f"{case}/steps/closed", {"basis": "answer"}).status_code == 422
    hidden = fill(one, case, f"{case}/steps/note-added", {"text": "a\u202eb"})
    assert hidden.status_code == 422
    assert kinds(book, case_id) == ["notification-received"]


def test_an_outline_that_cannot_be_used_changes_nothing(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    for content, told in (
        (b'{"type": "Point", "coordinates": [61.5, 36.5]}', "is no outline"),
        (b"\xff\xfe\x00", "is no GeoJSON text"),
        (b"[" * 100_000, "is no GeoJSON"),
        (b"x" * 600_000, "500,000 at most"),
        (b'{"type":"Polygon","coordinates":[[[61,36],[62,36],[62,37],[61,36]]]}', "cannot be recomputed"),
    ):
        files = {"outline": ("../x.geojson", content, "application/geo+json")}
        said = fill(one, case, f"{case}/plumes/{PLUME}", {"decision": "accept"}, files=files)
        assert 400 <= said.status_code < 500, said.text
        assert told in said.text
    assert kinds(book, case_id) == ["notification-received"]


def test_an_outline_goes_through_the_page_that_asks_once_more(
    member: People, book: Register, clock: Any, write_scan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outline = '{"type":"Polygon","coordinates":[[[61,36],[62,36],[62,37],[61,36]]]}'

    def recomputed(register: Register, plume: Any, path: Any, **settings: Any) -> remask.Change:
        assert path.read_text() == outline
        entry = dict(plume.current.record) | {"rate_kg_h": 512.0, "rate_low_kg_h": 400.0, "rate_high_kg_h": 700.0}
        entry |= {"outline": None, "source_sigma_m": 60.0}
        mask = {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        payload = {"plume_id": plume.plume_id, "plume": entry, "mask": mask, "reason": settings["reason"]}
        content = path.read_bytes()
        return remask.Change(kind="plume-masked", payload=payload, content=content, plume_ids=(plume.plume_id,))

    monkeypatch.setattr(remask, "remasked", recomputed)
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    files = {"outline": ("mine.geojson", outline.encode(), "application/geo+json")}
    asked = fill(one, case, f"{case}/plumes/{PLUME}", {"decision": "accept"}, files=files)
    assert "512\N{NO-BREAK SPACE}kg/h" in asked.text
    assert kinds(book, case_id) == ["notification-received"]
    done = one.post(f"{case}/plumes/{PLUME}", data=fields_of(asked.text, f"{case}/plumes/{PLUME}"))
    assert done.status_code == 303, done.text
    assert kinds(book, case_id)[1:] == ["plume-masked", "plume-reviewed"]


def test_a_plume_is_withdrawn_from_the_register_too(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, case_id = member("reviewer"), reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    values = {"what": "plume", "id": PLUME, "reason": "a road"}
    assert fill_and_confirm(one, case, f"{case}/steps/withdrawn", values).status_code == 303
    (plume,) = read_case(book, case_id, clock()).plumes
    assert plume.withdrawn


# ---- notices


def test_a_notice_says_what_it_lacks_and_goes_out_once(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    reviewer, notifier = member("reviewer"), member("notifier", name="watch")
    case_id = reported(book, clock, write_scan)
    case = f"/en/work/cases/{case_id}"
    page = f"{case}/notice"
    assert fill(notifier, page, page, {"signer": "Li Na"}).status_code in (409, 422)
    assert fill_and_confirm(reviewer, case, f"{case}/plumes/{PLUME}", {"decision": "accept"}).status_code == 303
    assert "What it lacks" in notifier.get(page).text
    assert fill(notifier, page, page, {"signer": "Li Na"}).status_code == 422
    evidence(book, clock, case_id)
    draft = notifier.get(f"{page}/notice.en.pdf")
    assert draft.content.startswith(b"%PDF")
    assert "draft-" in draft.headers["content-disposition"]
    assert fill(notifier, page, page, {"signer": ""}).status_code == 422
    asked = fill(notifier, page, page, {"signer": "Li Na"})
    sent = fields_of(asked.text, page)
    assert [notifier.post(page, data=sent).status_code for _ in range(2)] == [303, 409]
    assert kinds(book, case_id).count("notified") == 1
    for name in ("notice.json", "notice.zh.pdf", "answer-form.json", "answer-form.xlsx"):
        said = notifier.get(f"{page}/{name}")
        assert said.status_code == 200, name
        assert "draft" not in said.headers["content-disposition"]
    assert notifier.get(f"{page}/evil.html").status_code == 404


def test_a_notifier_reports_a_plume_of_the_register(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    from register_databases import scan_plume
    from superemitter.pipeline.register import register_scans

    time = "2026-08-31T12:00:00Z"
    register_scans(book, [write_scan([scan_plume(1, 61.5, 36.5)], time=time)], now=clock())
    one, address = member("notifier", name="watch"), "/en/work/report-plume"
    assert 'value="1"' in one.get(f"{address}?plume=1").text
    for wrong in ("999", "x", "-1", "9" * 30):
        assert fill(one, address, address, {"plume": wrong}).status_code == 422
    assert list_cases(book) == ()
    done = fill_and_confirm(one, address, address, {"plume": "1"})
    (row,) = list_cases(book)
    assert done.headers["location"] == f"/en/work/cases/{row.case_id}"
    assert fill_and_confirm(one, address, address, {"plume": "1"}).status_code == 303
    assert kinds(book, row.case_id) == ["notification-received"]
    assert NOTIFIER in one.get("/en/work").text


# ---- answers


def test_an_answer_is_checked_before_it_is_recorded(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, case_id = member("operator", operator=OPERATOR), issued(book, clock, write_scan)
    page = f"/en/work/cases/{case_id}/answer"
    assert 'value="N-17"' in one.get(page).text
    said = fill(one, page, page, ANSWER | {"v-ongoing": "", "v-ended_at_zone": "", "v-investigation_date": "soon"})
    assert said.status_code == 422
    for told in ("Is it still emitting?</a>", "Date of the investigation</a>", "When it ended</a>"):
        assert told in said.text
    assert "Nothing is wrong with it" in fill(one, page, page, ANSWER).text
    assert "answered" not in kinds(book, case_id)
    sent = fields_of(one.get(page).text, page) | ANSWER | {"sure": "yes"}
    assert [one.post(page, data=sent).status_code for _ in range(2)] == [303, 409]
    assert kinds(book, case_id).count("answered") == 1


def test_the_answer_form_speaks_chinese(member: People, book: Register, clock: Any, write_scan: Any) -> None:
    one, case_id = member("operator", operator=OPERATOR), issued(book, clock, write_scan)
    page = f"/zh/work/cases/{case_id}/answer"
    said = fill(one, page, page, ANSWER | {"v-ongoing": ""})
    assert "是否仍在排放？" in said.text
    assert "必填" in said.text


def test_hostile_attachments_are_refused_with_the_answer(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    one, case_id = member("operator", operator=OPERATOR), issued(book, clock, write_scan)
    page = f"/en/work/cases/{case_id}/answer"
    for name, content in (("a.svg", b"<svg/>"), ("../a.txt", b"x"), ("a.pdf", b"no pdf"), ("a.txt", b"")):
        files = {"v-attachments": (name, content, "text/plain")}
        assert fill(one, page, page, ANSWER | {"sure": "yes"}, files=files).status_code == 422, name
    assert "answered" not in kinds(book, case_id)


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)
    return out.getvalue()


def test_hostile_form_files_are_refused(member: People, book: Register, clock: Any, write_scan: Any) -> None:
    one, case_id = member("operator", operator=OPERATOR), issued(book, clock, write_scan)
    page = f"/en/work/cases/{case_id}/answer"
    for content in (b"", b"{", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", _bomb(), b"[" * 100_000):
        files = {"form": ("form.xlsx", content, "application/octet-stream")}
        said = fill(one, page, f"{page}-file", {"sure": "yes"}, files=files)
        assert said.status_code == 422, content[:10]
    assert "answered" not in kinds(book, case_id)


def test_a_filled_form_file_is_an_answer(member: People, book: Register, clock: Any, write_scan: Any) -> None:
    import json

    one, case_id = member("operator", operator=OPERATOR), issued(book, clock, write_scan)
    page = f"/en/work/cases/{case_id}/answer"
    blank = json.loads(one.get(f"{page}/answer-form.json").content)
    given = {name[2:]: value for name, value in ANSWER.items() if not name.endswith("_zone")}
    blank["values"] |= given | {"ended_at": "2026-09-01T04:00:00Z", "attachments": ["valve.txt"]}
    files = [
        ("form", ("form.json", json.dumps(blank).encode(), "application/json")),
        ("attachments", ("valve.txt", b"closed", "text/plain")),
    ]
    assert "Nothing is wrong with it" in fill(one, page, f"{page}-file", {}, files=files).text
    assert fill(one, page, f"{page}-file", {"sure": "yes"}, files=files).status_code == 303
    assert kinds(book, case_id)[-1] == "answered"


# ---- whose case it is


def test_a_case_of_somebody_else_is_not_told_from_one_that_does_not_exist(
    member: People, book: Register, clock: Any, write_scan: Any
) -> None:
    case_id = issued(book, clock, write_scan)
    for who in (member("operator", operator="Other Gas"), member("notifier", name="other")):
        for rest in ("", "/notice", "/notice/notice.json"):
            there = who.get(f"/en/work/cases/{case_id}{rest}")
            nowhere = who.get(f"/en/work/cases/{case_id[:-1]}0{rest}".replace(case_id[:-1] + "0", "generic-0"))
            assert there.status_code == nowhere.status_code == 404
            strip = [
                one.text.replace(case_id, "").replace("generic-0", "")[:3000].split("form_token")[0]
                for one in (there, nowhere)
            ]
            assert strip[0] == strip[1]
        assert case_id not in who.get("/en/work").text
