"""The public report form: what is taken, what is refused and how it is said, what a receipt shows."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from explorer_desk import fields_of

from superemitter.pipeline.submissions import accept, held, reject, status
from superemitter.register import Register, list_cases
from superemitter.register.submissions import list_submissions

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
GOOD = {
    "latitude": "31.8999",
    "longitude": "-102.1012",
    "detected_at": "2026-08-31T20:15",
    "detected_at_zone": "-05:00",
    "text": "A hiss & a smell <b>of gas</b>",
    "reporter": "Ann",
    "contact": "ann@example.org",
    "anonymous": "yes",
}


def send(one: Any, values: dict[str, str], *files: tuple[str, bytes, str], language: str = "en") -> Any:
    """Open the form and send it."""
    address = f"/{language}/report"
    token = fields_of(one.get(address).text, address)
    sent = [("evidence", file) for file in files] or [("evidence", ("", b"", "application/octet-stream"))]
    return one.post(address, data=token | values, files=sent)


def test_a_report_is_held_with_its_files_and_its_time_in_utc(visitor: Callable[[], Any], book: Register) -> None:
    one = visitor()
    said = send(one, GOOD, ("photo.png", PNG, "image/png"), ("survey.txt", b"12 ppm", "text/plain"))
    assert said.status_code == 303
    page = one.get(said.headers["location"])
    assert "held for review" in page.text
    (kept,) = held(book)
    assert kept.values["longitude"] == "-102.1012"
    assert kept.values["detected_at"] == "2026-08-31T20:15-05:00"
    assert kept.values["anonymous"] is True
    assert [entry["name"] for entry in kept.evidence] == ["photo.png", "survey.txt"]
    assert list_cases(book) == ()


def test_the_same_form_sent_twice_is_one_report_with_one_receipt(
    visitor: Callable[[], Any], book: Register
) -> None:
    one = visitor()
    token = fields_of(one.get("/en/report").text, "/en/report")
    places = {one.post("/en/report", data=token | GOOD).headers["location"] for _ in range(2)}
    assert len(places) == 1
    assert len(held(book)) == 1


def test_the_language_of_the_page_is_that_of_the_report(visitor: Callable[[], Any], book: Register) -> None:
    send(visitor(), GOOD | {"text": "有煤气味"}, language="zh")
    (kept,) = held(book)
    assert kept.values["language"] == "zh"


def test_every_fault_is_named_beside_what_was_typed(visitor: Callable[[], Any], book: Register) -> None:
    wrong = GOOD | {"latitude": "95", "longitude": "", "detected_at_zone": "", "rate_kg_h": "much"}
    said = send(visitor(), wrong, ("page.html", b"<script>", "text/html"))
    assert said.status_code == 422
    for told in (
        "95 is not between",
        "is required",
        "choose the offset",
        "no finite number",
        "page.html: files of",
    ):
        assert told in said.text, told
    assert 'value="95"' in said.text
    assert "A hiss &amp; a smell &lt;b&gt;of gas&lt;/b&gt;" in said.text
    assert list_submissions(book, state=None) == ()


def test_faults_are_said_in_chinese_on_a_chinese_page(visitor: Callable[[], Any]) -> None:
    said = send(visitor(), GOOD | {"longitude": "", "detected_at_zone": ""}, language="zh")
    assert said.status_code == 422
    assert "必填" in said.text
    assert "请选择该时间相对于 UTC 的时差" in said.text


@pytest.mark.parametrize("when", ["2026-09-01T20:15", "yesterday", "2026-13-01T00:00", "0001-01-01T00:00"])
def test_a_time_that_cannot_be_is_refused(visitor: Callable[[], Any], book: Register, when: str) -> None:
    said = send(visitor(), GOOD | {"detected_at": when, "detected_at_zone": "+14:00" if when < "1" else "+00:00"})
    assert said.status_code == 422
    assert held(book) == ()


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 60_000_000)
    return out.getvalue()


HOSTILE = {
    "a path": ("../../etc/cron.d/x.txt", b"x"),
    "a path of Windows": ("..\\..\\x.txt", b"x"),
    "an absolute path": ("/etc/passwd.txt", b"x"),
    "a hidden file": (".htaccess.txt", b"x"),
    "HTML": ("page.html", b"<script>alert(1)</script>"),
    "SVG": ("drawing.svg", b"<svg onload='alert(1)'/>"),
    "HTML that says it is a picture": ("photo.png", b"<html><script>"),
    "a program": ("run.exe", b"MZ" + b"\0" * 50),
    "a spreadsheet that unpacks to 60 MB": ("table.xlsx", _bomb()),
    "a spreadsheet with macros": ("table.xlsx", b"PK\x03\x04 no archive"),
    "nothing": ("empty.txt", b""),
    "text that is not": ("notes.txt", b"a\0b"),
    "a long name": ("x" * 130 + ".txt", b"x"),
}


def test_hostile_files_are_named_and_nothing_is_stored(
    visitor: Callable[[], Any], book: Register, clock: Any
) -> None:
    one = visitor()
    for name, (called, content) in HOSTILE.items():
        said = send(one, GOOD, ("good.txt", b"fine", "text/plain"), (called, content, "image/png"))
        assert said.status_code == 422, name
        assert "Evidence</a>" in said.text, name
    assert list_submissions(book, state=None) == ()
    with book.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from documents").scalar() == 0


def test_too_many_files_are_refused(visitor: Callable[[], Any], book: Register) -> None:
    files = [(f"{n}.txt", b"x", "text/plain") for n in range(6)]
    assert "6 files were sent" in send(visitor(), GOOD, *files).text
    assert held(book) == ()


@pytest.mark.parametrize(("address", "size"), [("/en/report", 50_100_000), ("/en/sign-in", 100_100)])
def test_more_than_a_page_takes_is_refused_with_a_page_even_if_its_size_is_not_said(
    visitor: Callable[[], Any], book: Register, address: str, size: int
) -> None:
    one = visitor()
    start = b'--x\r\ncontent-disposition: form-data; name="evidence"; filename="a.txt"\r\n\r\n'
    pieces = itertools.chain([start], itertools.repeat(b"x" * 100_000, size // 100_000))
    said = one.post(address, content=pieces, headers={"content-type": "multipart/form-data; boundary=x"})
    assert said.status_code == 413, said.text
    assert "More was sent than is taken" in said.text
    assert held(book) == ()


def test_a_form_without_its_token_shows_what_was_typed_and_stores_nothing(
    visitor: Callable[[], Any], book: Register
) -> None:
    said = visitor().post("/en/report", data=GOOD)
    assert said.status_code == 403
    assert "This form is out of date" in said.text
    assert "A hiss &amp; a smell" in said.text
    assert held(book) == ()


def test_reports_from_one_address_are_limited_and_mistakes_do_not_count(
    visitor: Callable[[], Any], book: Register, clock: Any
) -> None:
    one = visitor()
    assert [send(one, GOOD | {"latitude": "x"}).status_code for _ in range(8)] == [422] * 8
    codes = [send(one, GOOD | {"text": str(n)}).status_code for n in range(7)]
    assert codes == [303] * 6 + [429]
    clock.later(hours=1.1)
    assert send(one, GOOD).status_code == 303


def test_a_receipt_shows_the_decision_its_reason_and_no_case_that_is_not_public(
    visitor: Callable[[], Any], member: Callable[..., Any], book: Register, clock: Any
) -> None:
    one = visitor()
    places = [send(one, GOOD | {"text": text}).headers["location"] for text in ("a hiss", "nonsense")]
    for place, decide in zip(places, (accept, reject), strict=True):
        found = status(book, place.rsplit("/", 1)[1])
        more = {"programme_id": "generic"} if decide is accept else {"reason": "no place of that kind"}
        decide(book, found.submission_id, by="Rae", now=clock(), **more)
    (row,) = list_cases(book)
    taken, refused = (one.get(place).text for place in places)
    assert "accepted" in taken
    assert row.case_id not in taken
    assert "no place of that kind" in refused
    assert row.case_id in member("reviewer").get(places[0]).text


@pytest.mark.parametrize("receipt", ["0" * 32, "x", "%2e%2e", "%00"])
def test_an_unknown_receipt_is_not_found(visitor: Callable[[], Any], receipt: str) -> None:
    assert visitor().get(f"/en/report/{receipt}").status_code == 404
