"""One leak in a real browser, through the forms of all roles, from a report of the public to the closed case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from superemitter.pipeline.identity import CONSOLE, add_user
from superemitter.pipeline.register import register_scans
from superemitter.register import chain, list_cases, open_register

OPERATOR = "Caspian Gas"
PEOPLE = {"reviewer": "Rae", "notifier": "Watch", "operator": "Site manager", "administrator": "Lin"}
PASSWORD = "winter-lamp-road-9"


@pytest.fixture
def explorer(tmp_path: Path, write_scan: Callable[..., Path], scan_plume: Any, serve: Callable[..., Any]) -> Any:
    """An explorer whose register holds one plume, seen an hour ago, and somebody of each role."""
    database, now = tmp_path / "register.db", datetime.now(UTC)
    register = open_register(database)
    time = (now - timedelta(hours=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
    register_scans(register, [write_scan([scan_plume(1, 61.5, 36.5)], time=time)], now=now)
    for role, name in PEOPLE.items():
        add_user(
            register, name=role, display_name=name, role=role, password=PASSWORD,
            operator=OPERATOR if role == "operator" else "", by=CONSOLE, now=now,
        )  # fmt: skip
    register.close()
    return serve(database)


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Any, explorer: Any, language: str, role: str = "") -> None:
        self.page = browser.new_context(base_url=explorer.address).new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.base = f"/{language}/"
        if role:
            self.go("sign-in")
            self.send("/sign-in", {"name": role, "password": PASSWORD})
            self.page.wait_for_url(f"**{self.base}**")

    def go(self, path: str) -> None:
        """Open a page."""
        answer = self.page.goto(self.base + path)
        assert answer.status == 200, path

    def send(self, action: str, values: Mapping[str, Any]) -> None:
        """Fill in the form whose address ends so, unfolding what hides it, and send it."""
        form = self.page.locator(f"form[action$='{action}']")
        if not form.is_visible():
            self.page.locator(f"details:has(form[action$='{action}']) > summary").click()
        for name, value in values.items():
            field = form.locator(f"[name='{name}']")
            if isinstance(value, dict):
                field.set_input_files(value)
            elif value is True:
                field.check()
            elif field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form.locator("button[type=submit]").click()

    def send_and_confirm(self, action: str, values: Mapping[str, Any]) -> None:
        """Fill in a form, read once more what it records, and confirm."""
        self.send(action, values)
        self.page.locator("input[name=confirm]").wait_for(state="attached")
        self.page.locator("main form button[type=submit]").click()
        self.page.wait_for_load_state()
        assert self.page.locator(".fault").count() == 0, self.page.locator(".fault").inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_leak_goes_from_a_report_to_a_closed_case(browser: Any, explorer: Any, language: str) -> None:
    person = {role: Person(browser, explorer, language, role) for role in ("reviewer", "notifier", "operator")}
    public = Person(browser, explorer, language)
    seen = datetime.now(UTC) - timedelta(hours=1)
    photo = {"name": "照片 1.txt", "mimeType": "text/plain", "buffer": b"one look"}
    public.go("report")
    public.send(
        "/report",
        {
            "latitude": "36.5", "longitude": "61.5", "detected_at": f"{seen:%Y-%m-%dT%H:%M}",
            "detected_at_zone": "+00:00", "text": "气味 and a hiss", "evidence": photo, "reporter": "Watch",
        },
    )  # fmt: skip
    public.page.wait_for_url("**/report/*")
    receipt = public.page.url
    reviewer = person["reviewer"]
    reviewer.go("work")
    reviewer.page.locator("tbody a[href*='submissions']").click()
    reviewer.send_and_confirm(reviewer.page.url.split(f"/{language}/")[1], {"decision": "accept"})
    (row,) = list_cases(explorer.register)
    case = f"work/cases/{row.case_id}"
    for role, page, action, values in (
        ("reviewer", case, "/plumes/SCENE-001", {"decision": "accept", "reason": "clear"}),
        ("notifier", f"{case}/notice", "/notice", {"signer": "Li Na"}),
        ("reviewer", case, "/steps/reviewed", {"outcome": "accepted"}),
        ("reviewer", case, "/steps/issued", {"report_id": "N-17", "operator": OPERATOR}),
        ("operator", case, "/steps/notice-received", {}),
    ):
        person[role].go(page)
        person[role].send_and_confirm(action, values)
    operator, today = person["operator"], f"{datetime.now(UTC):%Y-%m-%d}"
    operator.go(f"{case}/answer")
    operator.send(
        "/answer",
        {
            "v-reported_by": "Site manager", "v-our_facility": "yes", "v-investigation_date": today,
            "v-investigation_method": "survey", "v-source_identified": "yes", "v-classification": "unknown",
            "v-ongoing": "no", "v-ended_at": f"{seen:%Y-%m-%dT%H:%M}", "v-ended_at_zone": "+00:00",
            "v-attachments": photo, "sure": True,
        },
    )  # fmt: skip
    operator.page.wait_for_url(f"**/{case}")
    reviewer.go(case)
    reviewer.send_and_confirm("/steps/closed", {"basis": "answer", "reason": "repaired"})
    assert [event.kind for event in chain(explorer.register, row.case_id)] == [
        *("notification-received", "plume-reviewed", "notified", "reviewed", "issued", "notice-received"),
        *("answered", "closed"),
    ]
    public.page.goto(receipt)
    assert public.page.locator(f"a[href$='cases/{row.case_id}']").count() == 1
    for one in (public, *person.values()):
        assert one.complaints == []


def test_a_mistake_is_shown_beside_what_was_typed(browser: Any, explorer: Any) -> None:
    one = Person(browser, explorer, "zh")
    one.go("report")
    svg = {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    one.send("/report", {
        "latitude": "361", "longitude": "61.5", "detected_at": "2026-01-01T00:00", "detected_at_zone": "+08:00",
        "text": "气味", "evidence": svg,
    })  # fmt: skip
    one.page.locator(".fault").wait_for()
    assert one.page.locator("#f-latitude").input_value() == "361"
    assert one.page.locator("#f-latitude").get_attribute("aria-invalid") == "true"
    assert one.page.locator("#f-detected_at_zone").input_value() == "+08:00"
    assert "a.svg" in one.page.locator(".fault").inner_text()
    one.page.locator(".fault a").first.click()
    assert one.page.evaluate("location.hash") == "#f-latitude"


def test_files_that_are_too_large_are_said_on_a_page(browser: Any, explorer: Any, tmp_path: Path) -> None:
    one = Person(browser, explorer, "en")
    one.go("report")
    large = tmp_path / "film.mp4"
    large.write_bytes(b"\0" * 60_000_000)
    one.page.fill("[name=latitude]", "1")
    one.page.fill("[name=longitude]", "1")
    one.page.fill("[name=detected_at]", "2026-01-01T00:00")
    one.page.select_option("[name=detected_at_zone]", "+00:00")
    one.page.set_input_files("[name=evidence]", large)
    one.page.locator("form[action$='/report'] button[type=submit]").click()
    one.page.locator("h1", has_text="More was sent than is taken").wait_for()
