"""One leak in a real browser, from a citizen's report through every role to the closed case, in both languages.

Whoever writes and whoever decides speak different languages: the citizen reports in the one, the desk works in the
other. What a page must say is looked up in the explorer's own catalogue; a few words stand here as well.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from explorer_server import AXE, Watched, violations
from register_databases import scan_plume
from superemitter.pipeline.identity import CONSOLE, add_user
from superemitter.pipeline.register import register_scans
from superemitter.web.i18n import Speaker

OPERATOR, NOTIFIER, REVIEWER = "Caspian Gas 里海燃气", "Watch 观察", "Rui Rui 瑞"
LATITUDE, LONGITUDE = 36.5, 61.5
SAW = {
    "zh": "村北的管线旁有很浓的煤气味，从清晨起一直能听到漏气声。",
    "en": "A loud hiss from the pipeline north of our village since dawn, and a smell of gas.",
}
OTHER = {"en": "zh", "zh": "en"}
#: How the people of each walk look at pages: on a desk in daylight, on a phone in the dark.
SCREENS: dict[str, dict[str, Any]] = {
    "en": {"viewport": {"width": 1100, "height": 900}, "color_scheme": "light"},
    "zh": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
FOLDED = "main details:not([open])"
#: Words that people look for, besides those of the catalogue.
HELD = {"en": "held for review", "zh": "待审核"}
CLOSED = {"en": "closed", "zh": "已关闭"}
WITHHELD = {"en": "Withheld.", "zh": "暂不公布。"}


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        """Turn it on."""
        self.now += timedelta(**time)


def picture() -> bytes:
    """A photograph's stand-in: a small true PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(8) for _ in range(8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Person:
    """Somebody with a browser of their own, who reads one language."""

    def __init__(self, page: Any, language: str, clock: Clock, judged: set[str]) -> None:
        self.page, self.language, self.clock, self.judged = page, language, clock, judged
        self.say = Speaker(language)

    def go(self, path: str, status: int = 200) -> str:
        """Open a page; what it says."""
        said = self.page.goto(f"/{self.language}/{path}")
        assert said.status == status, (path, said.status, self.read())
        self.judge()
        return self.read()

    def judge(self) -> None:
        """See once of every kind of page, all of it unfolded, that it can be heard and fits the screen."""
        kind = (
            re.sub(r"[^/?]*[0-9][^/?]*", "N", urlsplit(self.page.url).path) + self.page.locator("h1").inner_text()
        )
        if kind in self.judged:
            return
        self.judged.add(kind)
        folded = self.page.locator(FOLDED).element_handles()
        for one in folded:
            one.evaluate("one => { one.open = true }")
        wide, width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= width, (self.page.url, wide)
        if AXE.is_file():
            assert violations(self.page) == [], self.page.url
        for one in folded:
            one.evaluate("one => { one.open = false }")

    def read(self) -> str:
        """What the page says between its header and its footer."""
        return str(self.page.locator("main").inner_text())

    def says(self, message: str, **values: object) -> None:
        """See that the page says something, in this person's language."""
        assert self.say(message, **values) in self.read(), (message, self.page.url, self.read())

    def fill(self, **values: str) -> None:
        """Fill in fields, or choose, by their names."""
        for name, value in values.items():
            field = self.page.locator(f"main [name='{name}']:visible").first
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def press(self, message: str) -> None:
        """Press the button that says so, and wait for what comes."""
        button = self.page.locator("main").get_by_role("button", name=self.say(message), exact=True)
        with self.page.expect_navigation():
            button.locator("visible=true").first.click()
        self.judge()

    def follow(self, message: str) -> None:
        """Follow the link that says so."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=self.say(message), exact=True).first.click()

    def open(self, message: str) -> None:
        """Open what is folded."""
        self.page.locator("summary", has_text=self.say(message)).first.click()

    def confirm(self) -> None:
        """See that nothing is recorded yet, and record it."""
        self.says("Nothing is recorded yet.")
        self.press("Record it")
        self.clock.later(minutes=5)

    def sign_in(self, name: str, password: str) -> None:
        """Sign in, and see the own desk."""
        self.go("sign-in?next=work")
        self.fill(name=name, password=password)
        self.press("Sign in")

    def step(self, case_id: str, title: str, **values: str) -> None:
        """Take a step of a case with its form."""
        self.go(f"work/cases/{case_id}")
        self.open(title)
        self.fill(**values)
        self.press("Go on")
        self.confirm()


class Walk:
    """The explorer, its people, and the leak that goes from one to the other."""

    def __init__(self, browser: Any, served: Any, clock: Clock, language: str, close: ExitStack) -> None:
        self.browser, self.served, self.clock, self.language, self.close = browser, served, clock, language, close
        self.judged: set[str] = set()
        self.case_id = ""
        _, password = add_user(
            served.register, name="admin", display_name="Admin", role="administrator", by=CONSOLE, now=clock()
        )
        self.passwords = {"admin": password}
        self.administrator = self.person(language)
        self.administrator.sign_in("admin", password)

    def person(self, language: str) -> Person:
        """Somebody new, without an account."""
        page = self.close.enter_context(Watched(self.browser, self.served, **SCREENS[self.language]))
        page.set_default_timeout(30_000)
        return Person(page, language, self.clock, self.judged)

    def member(self, name: str, role: str, display_name: str, operator: str = "") -> Person:
        """Somebody whose account the administrator makes, signed in."""
        office = self.administrator
        office.go("admin")
        office.open("Make an account")
        office.fill(name=name, display_name=display_name, role=role, operator=operator)
        office.press("Make an account")
        self.passwords[name] = office.page.locator("#secret").inner_text()
        one = self.person(self.language)
        one.sign_in(name, self.passwords[name])
        one.says("My work")
        assert display_name in one.read()
        return one


@pytest.fixture(params=["en", "zh"])
def walk(
    request: pytest.FixtureRequest, browser: Any, serve: Callable[..., Any], tmp_path: Path
) -> Iterator[Walk]:
    """An explorer with an empty register and an administrator."""
    clock = Clock()
    served = serve(tmp_path / "register.db", clock=clock)
    with ExitStack() as close:
        yield Walk(browser, served, clock, request.param, close)


@pytest.mark.slow
def test_one_leak_goes_from_a_citizen_through_every_role_to_closure(
    walk: Walk, write_scan: Callable[..., Path]
) -> None:
    reviewer = walk.member("rui", "reviewer", REVIEWER)
    notifier = walk.member("watch", "notifier", NOTIFIER)
    operator = walk.member("gas", "operator", OPERATOR, OPERATOR)
    citizen = walk.person(OTHER[walk.language])

    receipt = _report(citizen)
    _put_on_file(walk, reviewer, citizen, receipt)
    _overpass(walk, write_scan)
    _report_the_plume(walk, notifier)
    _accept_the_plume(walk, reviewer, operator)
    _sign_the_notice(walk, notifier)
    _issue(walk, reviewer)
    _public_sees_the_event_only(walk, citizen, receipt)
    _answer(walk, operator)
    _decide_and_close(walk, reviewer)
    _public_sees_the_end(walk, citizen, receipt)
    _office_sees_who_did_it(walk)


def _report(citizen: Person) -> str:
    """A citizen without an account reports the leak with a picture; the address of the receipt."""
    citizen.go("report")
    citizen.fill(
        latitude=str(LATITUDE), longitude=str(LONGITUDE), detected_at="2026-09-01T10:30",
        detected_at_zone="+05:00", text=SAW[citizen.language], reporter="Ann Other", contact="ann@example.org",
    )  # fmt: skip
    citizen.page.check("[name=anonymous]")
    photo = {"name": "照片 1.png", "mimeType": "image/png", "buffer": picture()}
    citizen.page.set_input_files("[name=evidence]", photo)
    citizen.press("Send the report")
    assert HELD[citizen.language] in citizen.read()
    assert "照片 1.png" in citizen.read()
    return str(citizen.page.url.split(f"/{citizen.language}/")[1])


def _put_on_file(walk: Walk, reviewer: Person, citizen: Person, receipt: str) -> None:
    """A reviewer reads the report, saves its picture, and puts it on file."""
    reviewer.go("work")
    assert SAW[citizen.language] in reviewer.read()
    reviewer.page.locator("main tbody th a").first.click()
    reviewer.page.wait_for_url("**/work/submissions/*")
    assert "ann@example.org" in reviewer.read()
    assert "05:30 UTC" in reviewer.read().replace("\u00a0", " ")
    with reviewer.page.expect_download() as saved:
        reviewer.page.get_by_role("link", name="照片 1.png").click()
    assert Path(saved.value.path()).read_bytes() == picture()
    reviewer.fill(decision="accept")
    reviewer.press("Go on")
    reviewer.confirm()
    walk.case_id = reviewer.page.locator("main dd a").inner_text()
    citizen.go(receipt)
    citizen.says("it was put on file.")
    assert walk.case_id not in citizen.read()
    citizen.go(f"cases/{walk.case_id}", status=404)


def _overpass(walk: Walk, write_scan: Callable[..., Path]) -> None:
    """A satellite passes; its scan, with a plume at the place of the report, goes into the register."""
    seen = (walk.clock() + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    walk.clock.later(minutes=40)
    scan = write_scan([scan_plume(1, LONGITUDE, LATITUDE)], time=seen)
    register_scans(walk.served.register, [scan], now=walk.clock())


def _report_the_plume(walk: Walk, notifier: Person) -> None:
    """The plume, public and not reviewed yet, joins the case of the report."""
    notifier.go("plumes")
    notifier.page.locator("[data-map-status]", has_text="1").wait_for(timeout=60_000)
    notifier.page.wait_for_load_state("networkidle")  # leaving a map that still loads is a complaint of its own
    notifier.says("not reviewed by a person")
    address = notifier.page.locator("main tbody th a").first.get_attribute("href")
    notifier.go("work/report-plume")
    notifier.fill(plume=address.rsplit("/", 1)[1])
    notifier.press("Go on")
    notifier.confirm()
    assert notifier.page.url.endswith(f"/work/cases/{walk.case_id}")
    assert "SCENE-001" in notifier.read()


def _accept_the_plume(walk: Walk, reviewer: Person, operator: Person) -> None:
    """A person looks at the plume; nobody else decides it, and the operator does not know of it yet."""
    reviewer.go("work")
    assert reviewer.say("review a plume") in reviewer.read()
    reviewer.go(f"work/cases/{walk.case_id}")
    reviewer.fill(decision="accept", reason="clear")
    reviewer.press("Go on")
    reviewer.confirm()
    operator.go(f"work/cases/{walk.case_id}", status=404)


def _sign_the_notice(walk: Walk, notifier: Person) -> None:
    """The notifier reads what the notice says, saves its draft, and signs it."""
    notifier.go(f"work/cases/{walk.case_id}/notice")
    for told in ("900 kg/h", "SCENE-001", "照片 1.png"):
        assert told in notifier.read().replace("\u00a0", " ")
    with notifier.page.expect_download() as draft:
        notifier.page.get_by_role("link", name=f"notice.{walk.language}.pdf").click()
    assert draft.value.suggested_filename.startswith("draft-")
    assert Path(draft.value.path()).read_bytes().startswith(b"%PDF")
    notifier.fill(signer="Li Na 李娜")
    notifier.press("Go on")
    notifier.confirm()
    notifier.says("As they were sent.")


def _issue(walk: Walk, reviewer: Person) -> None:
    """A reviewer accepts the notice and issues it to the operator."""
    reviewer.step(walk.case_id, "Review the notice", outcome="accepted")
    reviewer.step(walk.case_id, "Issue the notice", report_id="N-17", operator=OPERATOR)


def _public_sees_the_event_only(walk: Walk, citizen: Person, receipt: str) -> None:
    """The case is public in both languages, and whose leak it is does not stand in it."""
    for language in ("en", "zh"):
        one = walk.person(language)
        one.go("cases")
        assert walk.case_id in one.read()
        shown = one.go(f"cases/{walk.case_id}")
        one.says("issued to the operator")
        assert WITHHELD[language] in shown
        for hidden in (OPERATOR, "Ann Other", "ann@example.org", "Caspian"):
            assert hidden not in one.page.content()
        assert OPERATOR not in one.go("operators")
    citizen.go(receipt)
    citizen.follow("To the case")
    assert walk.case_id in citizen.read()


def _answer(walk: Walk, operator: Person) -> None:
    """The operator sees the own case, confirms the notice, lets the deadline pass, and answers with a file."""
    operator.go("work")
    assert walk.case_id in operator.read()
    operator.step(walk.case_id, "Confirm that the notice came in")
    operator.says("running")
    walk.clock.later(days=16)
    operator.sign_in("gas", walk.passwords["gas"])
    operator.go(f"work/cases/{walk.case_id}")
    operator.says("overdue")
    operator.follow("Answer the notice")
    operator.fill(**{
        "v-reported_by": "Site manager 站长", "v-our_facility": "yes", "v-investigation_date": "2026-09-02",
        "v-investigation_method": "survey", "v-source_identified": "yes", "v-classification": "unknown",
        "v-ongoing": "no", "v-ended_at": "2026-09-02T09:00", "v-ended_at_zone": "+05:00",
    })  # fmt: skip
    repaired = {"name": "阀门 valve.png", "mimeType": "image/png", "buffer": picture()}
    operator.page.set_input_files("[name=v-attachments]", repaired)
    operator.press("Check or send")
    operator.says("Nothing is wrong with it. Nothing is recorded yet: tick “I am sure” and send it.")
    operator.page.set_input_files("[name=v-attachments]", repaired)
    operator.page.check("#f-sure")
    operator.press("Check or send")
    assert operator.page.url.endswith(f"/work/cases/{walk.case_id}")
    operator.says("source found, ended")


def _decide_and_close(walk: Walk, reviewer: Person) -> None:
    """A reviewer publishes the name that the answer confirmed, and closes the case."""
    walk.clock.later(minutes=5)
    reviewer.sign_in("rui", walk.passwords["rui"])
    assert reviewer.say("close the case") in reviewer.go("work")
    reviewer.step(walk.case_id, "Decide the attribution", state="confirmed", operator=OPERATOR, reason="answered")
    reviewer.step(walk.case_id, "Close the case", basis="answer", reason="valve closed 阀门已关闭")
    assert CLOSED[walk.language] in reviewer.read()


def _public_sees_the_end(walk: Walk, citizen: Person, receipt: str) -> None:
    """Everybody reads who it was and how it ended, in both languages; the reporter stays unnamed."""
    citizen.go(receipt)
    citizen.follow("To the case")
    for language in ("en", "zh"):
        one = walk.person(language)
        shown = one.go(f"cases/{walk.case_id}")
        assert CLOSED[language] in shown
        assert OPERATOR in shown
        assert "valve closed 阀门已关闭" in shown
        for hidden in ("Ann Other", "ann@example.org"):
            assert hidden not in one.page.content()
        assert OPERATOR in one.go("operators")
        one.go("statistics")


def _office_sees_who_did_it(walk: Walk) -> None:
    """The audit trail names every privileged act and who did it."""
    office = walk.administrator
    office.sign_in("admin", walk.passwords["admin"])
    shown = office.go("admin/audit")
    for act in ("submission.accept", "plume.report", "plume.accept", "notice.send", "case.issued",
                "answer.send", "case.attribution-decided", "case.closed"):  # fmt: skip
        assert act in shown
