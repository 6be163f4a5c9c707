"""The explorer's pages in a real browser: in both languages, on a phone, in the dark, without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from explorer_server import AXE, Watched, violations
from superemitter.pipeline.casedemo import OPERATOR
from superemitter.pipeline.demo import run_demo
from superemitter.pipeline.identity import CONSOLE, add_user
from superemitter.pipeline.ledger import Filters, Ledger
from superemitter.programme.disclosure import PUBLIC
from superemitter.register import open_register

PASSWORDS = {"reviewer": "winter-lamp-road-9", "operator": "summer-lamp-road-9"}
PUBLIC_PAGES = (
    *("", "plumes", "plumes?min_rate=1000", "sources", "cases", "operators", "facilities", "statistics", "report"),
    *("about", "sign-in", "plumes/999999", "PLUME", "SOURCE", "CASE", "FACILITY", "OPERATOR"),
)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register of the demonstration, with accounts. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    run_demo(folder, today=date(2026, 9, 1))
    register = open_register(folder / "superemitter.db")
    for role, password in PASSWORDS.items():
        add_user(
            register, name=role, display_name=role.title(), role=role, password=password,
            operator=OPERATOR if role == "operator" else "", by=CONSOLE, now=register.clock(),
        )  # fmt: skip
    register.close()
    return folder / "superemitter.db"


@pytest.fixture
def explorer(demonstration: Path, tmp_path: Path, serve: Callable[..., Any]) -> Any:
    """An explorer of its own copy of the demonstration."""
    database = tmp_path / "register.db"
    shutil.copy(demonstration, database)
    return serve(database, demo=True)


@pytest.fixture
def page(browser: Any, explorer: Any) -> Iterator[Any]:
    """A page of a phone; its test fails if it asks for anything outside, or complains."""
    with Watched(browser, explorer, viewport={"width": 390, "height": 844}) as opened:
        yield opened


def _addresses(explorer: Any) -> list[str]:
    """The public pages, with the names of things that are there."""
    ledger, now = Ledger(explorer.register), explorer.register.clock()
    cases = ledger.cases(PUBLIC, Filters(), now=now).rows
    named = next(one for one in cases if one.operator)
    known = {
        "PLUME": f"plumes/{ledger.plumes(PUBLIC, Filters(), now=now).rows[0].observation_id}",
        "SOURCE": f"sources/{ledger.sources(PUBLIC, Filters(), now=now).rows[0].source_id}",
        "CASE": f"cases/{named.case_id}",
        "FACILITY": f"facilities/{ledger.facilities(PUBLIC, Filters(), now=now).rows[0].facility_id}",
        "OPERATOR": f"operators/{named.operator}",
    }
    return [known.get(one, one) for one in PUBLIC_PAGES]


def _plumes(explorer: Any) -> int:
    """How many plumes the public sees."""
    page = Ledger(explorer.register).plumes(PUBLIC, Filters(), now=explorer.register.clock())
    return len(page.rows)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_can_be_heard_and_fits_a_phone(browser: Any, explorer: Any, language: str, scheme: str) -> None:
    if not AXE.is_file():
        pytest.skip(f"{AXE} is not there: run npm ci in frontend/")
    with Watched(browser, explorer, viewport={"width": 390, "height": 844}, color_scheme=scheme) as page:
        faults = []
        for address in _addresses(explorer):
            page.goto(f"/{language}/{address}", wait_until="load")
            assert page.locator("html").get_attribute("lang") == ("zh-Hans" if language == "zh" else "en")
            faults += [f"{address}: {one}" for one in violations(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            faults += [f"{address}: {wide} pixels wide"] if wide > 390 else []
        assert faults == []


def test_pages_read_without_scripts(browser: Any, explorer: Any) -> None:
    with Watched(browser, explorer, java_script_enabled=False) as page:
        page.goto("/en/plumes")
        assert page.locator("table tbody tr").count() == _plumes(explorer)
        page.locator("table tbody tr a").first.click()
        assert "kg/h" in page.locator("h1").inner_text()


def test_a_keyboard_reaches_the_content_and_the_filters(page: Any) -> None:
    page.goto("/en/cases")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("summary", has_text="Filters").focus()
    page.keyboard.press("Enter")
    assert page.locator("#f-state").is_visible()


def test_filters_live_in_the_address(page: Any) -> None:
    page.goto("/en/cases")
    page.locator("summary", has_text="Filters").click()
    page.select_option("#f-state", "closed")
    page.get_by_role("button", name="Apply").click()
    assert "state=closed" in page.url
    assert page.locator("tbody tr").count() == 1
    page.goto(page.url.replace("/en/", "/zh/"))
    assert page.locator("tbody tr").count() == 1
    assert "已关闭" in page.locator("tbody tr").inner_text()


def test_the_map_shows_the_plumes_and_leads_to_them(browser: Any, explorer: Any) -> None:
    with Watched(browser, explorer, viewport={"width": 1200, "height": 900}) as page:
        page.goto("/en/plumes")
        page.locator("[data-map-status]", has_text=str(_plumes(explorer))).wait_for(timeout=60_000)
        page.locator("summary", has_text="as a list").click()
        page.locator("[data-map-list] a").first.click()
        page.wait_for_url("**/en/plumes/*")
        assert page.locator(".maplibregl-canvas").count() == 1


def test_the_reviewer_sees_more_than_the_public(browser: Any, explorer: Any) -> None:
    with Watched(browser, explorer) as page:
        page.goto("/en/cases")
        public = page.locator("tbody tr").count()
        page.goto("/en/sign-in?next=/en/cases")
        page.fill("#f-name", "reviewer")
        page.fill("#f-password", PASSWORDS["reviewer"])
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/en/cases")
        assert page.locator("tbody tr").count() == public + 2
