"""The main pages beside small pictures of them that a person looked at, in both languages.

A picture is compared in colour at a fraction of its size, so that a moved line of text passes and a page without
its style, its map or half of its content does not. Fonts and browsers draw differently: the pictures hold for the
browser and the Chinese font named in ``screenshots/drawn-with.json``, and the test says so where another is there.

After a page was changed on purpose, ``SUPEREMITTER_DRAW=1 pytest tests/e2e/test_explorer_screenshots.py`` draws
the pictures anew: look at them before they are committed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer_server import Watched
from superemitter.pipeline.demo import run_demo
from superemitter.pipeline.ledger import Filters, Ledger
from superemitter.programme.disclosure import PUBLIC

PICTURES = Path(__file__).with_name("screenshots")
DRAWN_WITH = PICTURES / "drawn-with.json"
DRAW = os.environ.get("SUPEREMITTER_DRAW") == "1"
#: A picture is the browser's window at a tenth of its size. [pixel]
WIDTH, HEIGHT, SHRINK = 1200, 900, 10
#: Of a screen; and the part of a picture whose colour may be off by more than `OFF` of the whole range.
MOST_OFF, OFF = 0.06, 0.12
#: When everybody looks: later than the demonstration's last event.
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
PAGES = {
    "home": "",
    "plumes": "plumes",
    "plume": "plumes/PLUME",
    "case": "cases/CASE",
    "cases": "cases",
    "source": "sources/SOURCE",
    "statistics": "statistics",
    "report": "report",
}


def _drawn_with(browser: Any) -> dict[str, str]:
    """What decides how letters look: the browser's major version, and the font of Chinese text."""
    font = "none"
    if shutil.which("fc-match"):
        asked = ["fc-match", "-f", "%{family[0]} %{fontversion}", "Noto Sans CJK SC"]
        font = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return {"chromium": browser.version.split(".")[0], "font": font}


def _picture(shot: bytes) -> Image.Image:
    """A screenshot, made small."""
    return (
        Image.open(io.BytesIO(shot))
        .convert("RGB")
        .resize((WIDTH // SHRINK, HEIGHT // SHRINK), Image.Resampling.BOX)
    )


def _part_off(one: Image.Image, other: Image.Image) -> float:
    """Part of the pixels whose colour differs by more than `OFF`; everything if the sizes differ."""
    if one.size != other.size:
        return 1.0
    apart = np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).max(axis=2) / 255
    return float((apart > OFF).mean())


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The register of the demonstration. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    run_demo(folder, today=date(2026, 9, 1))
    return folder / "superemitter.db"


@pytest.fixture
def explorer(demonstration: Path, tmp_path: Path, serve: Callable[..., Any]) -> Any:
    """An explorer of its own copy of the demonstration."""
    database = tmp_path / "register.db"
    shutil.copy(demonstration, database)
    return serve(database, demo=True, clock=lambda: NOW)


def _known(explorer: Any) -> dict[str, str]:
    """The names of things that are there."""
    ledger = Ledger(explorer.register)
    cases = ledger.cases(PUBLIC, Filters(), now=NOW).rows
    return {
        "PLUME": str(ledger.plumes(PUBLIC, Filters(), now=NOW).rows[0].observation_id),
        "SOURCE": str(ledger.sources(PUBLIC, Filters(), now=NOW).rows[0].source_id),
        "CASE": next(one.case_id for one in cases if one.operator),
    }


def _settled(page: Any) -> None:
    """Wait until the page and its map stand still."""
    page.wait_for_load_state("networkidle")
    if page.locator("[data-map]:visible").count():
        page.locator("[data-map-canvas][data-drawn]").first.wait_for(timeout=60_000)
        page.wait_for_timeout(800)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_main_pages_look_as_they_were_looked_at(
    browser: Any, explorer: Any, language: str, tmp_path: Path
) -> None:
    here = _drawn_with(browser)
    if not DRAW and here != (there := json.loads(DRAWN_WITH.read_text(encoding="utf-8"))):
        pytest.skip(f"the pictures were drawn with {there}, and here is {here}")
    faults: list[str] = []
    known = _known(explorer)
    screen = {"viewport": {"width": WIDTH, "height": HEIGHT}, "color_scheme": "light", "reduced_motion": "reduce"}
    with Watched(browser, explorer, **screen) as page:
        for name, address in PAGES.items():
            for word, thing in known.items():
                address = address.replace(word, thing)
            page.goto(f"/{language}/{address}", wait_until="load")
            _settled(page)
            now, path = _picture(page.screenshot()), PICTURES / f"{name}-{language}.png"
            if DRAW:
                now.save(path, optimize=True)
            elif (off := _part_off(now, Image.open(path).convert("RGB"))) > MOST_OFF:
                now.save(tmp_path / path.name)
                faults.append(f"{name}: {off:.1%} of it looks different, see {tmp_path / path.name}")
    if DRAW:
        DRAWN_WITH.write_text(json.dumps(here, indent=1) + "\n", encoding="utf-8")
    assert faults == []


@pytest.mark.slow
def test_a_page_without_its_style_would_be_told(browser: Any, explorer: Any) -> None:
    if _drawn_with(browser) != json.loads(DRAWN_WITH.read_text(encoding="utf-8")):
        pytest.skip("the pictures were drawn with another browser or font")
    path = PICTURES / "cases-en.png"
    with Watched(browser, explorer, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light") as page:
        page.goto("/en/cases", wait_until="load")
        page.evaluate("for (const one of document.styleSheets) one.disabled = true")
        assert _part_off(_picture(page.screenshot()), Image.open(path).convert("RGB")) > MOST_OFF
