"""The map in a browser: drawn under the policy of the pages, without one request to the outside."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread, imsave

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PLUME = {
    "id": 7,
    "longitude": 61.8,
    "latitude": 38.5,
    "rate_kg_h": 1242.0,
    "rate_low_kg_h": 830.0,
    "rate_high_kg_h": 1760.0,
    "time": "2023-07-17T06:05:00+00:00",
    "instrument": "EMIT",
    "simulated": False,
}
CELLS = {
    "total": 52_500,
    "zoom": 1,
    "cells": [[61.8, 38.5, 52_000, 12_000.0], [-100.0, 31.0, 500, None]],
    "plumes": [],
}


def few(*plumes: dict[str, Any]) -> dict[str, Any]:
    return {"total": len(plumes), "zoom": 5, "cells": [], "plumes": list(plumes)}


def shown(tab: Any, url: str) -> Any:
    """The page once the map is drawn and its plumes are there."""
    tab.page.goto(url)
    tab.page.wait_for_selector("[data-drawn]")
    if tab.page.locator("[data-cells]").count():
        tab.page.wait_for_selector("[data-shown]")
    tab.page.wait_for_timeout(300)
    return tab.page


def pixels(page: Any) -> Any:
    return np.round(255 * imread(io.BytesIO(page.locator("[data-map-canvas]").screenshot()))[..., :3]).astype(int)


def has_colour(image: Any, hexadecimal: str, least: int = 20) -> bool:
    """Whether some pixels have nearly a colour."""
    wanted = [int(hexadecimal[k : k + 2], 16) for k in (1, 3, 5)]
    return int((np.abs(image - wanted).max(axis=-1) <= 24).sum()) >= least


@pytest.mark.parametrize(
    ("scheme", "land", "cell"), [("light", "#f7f5f0", "#6a1040"), ("dark", "#26303a", "#fdf3ae")]
)
def test_land_and_cells_are_drawn_and_nothing_is_asked_of_the_outside(server, tab, scheme, land, cell):
    server.answer = lambda asked: CELLS
    opened = tab(color_scheme=scheme)
    image = pixels(shown(opened, f"{server.url}/en/"))
    assert has_colour(image, land, 1000) and has_colour(image, cell, 100)
    outside = [url for url in opened.requests if not url.startswith((server.url, "blob:", "data:"))]
    assert (outside, opened.faults) == ([], [])


def test_the_page_s_filters_go_with_every_question(server, tab):
    server.answer = lambda asked: CELLS
    page = shown(tab(), f"{server.url}/en/")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(800)
    assert len(server.asked) >= 2
    for asked in server.asked:
        assert asked["sector"] == "coal"
        west, south, east, north = map(float, asked["bbox"].split(","))
        assert -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90
    assert int(server.asked[-1]["zoom"]) > int(server.asked[0]["zoom"])


def test_a_box_across_the_antimeridian_is_asked_for_as_one(server, tab):
    server.values = {"bounds": [170, -20, -170, 0]}
    shown(tab(), f"{server.url}/en/")
    west, _, east, _ = map(float, server.asked[0]["bbox"].split(","))
    assert west > 0 > east


def test_a_click_on_a_plume_opens_real_links(server, tab):
    many = [{**PLUME, "id": k, "rate_kg_h": 100.0 * k} for k in range(1, 12)]
    server.answer = lambda asked: few(*many)
    server.values = {"bounds": [60.8, 37.5, 62.8, 39.5]}
    page = shown(tab(), f"{server.url}/en/")
    page.locator("canvas").click()
    links = page.locator(".maplibregl-popup a")
    assert links.first.get_attribute("href") == "/en/plumes/11"
    assert links.first.inner_text() == "1,100 kg/h (68 %: 830–1,760), EMIT, 17 July 2023 06:05 UTC"
    assert links.last.inner_text() == "and 3 more"
    assert "sector=coal&bbox=61." in (links.last.get_attribute("href") or "")


def test_the_list_says_what_the_map_shows_and_works_by_keyboard(server, tab):
    server.answer = lambda asked: CELLS if int(asked["zoom"]) < 3 else few(PLUME)
    page = shown(tab(), f"{server.url}/en/")
    assert page.get_by_role("status").inner_text() == "Plumes in view: 52,500"
    page.get_by_text("What the map shows, as a list").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith(
        "52,000 plumes near 38.5, 61.8, the largest 12,000"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-shown='1']")
    assert page.locator(".map-list a").get_attribute("href") == "/en/plumes/7"


def test_arrow_keys_and_plus_move_the_map(server, tab):
    page = shown(tab(), f"{server.url}/en/")
    page.locator("canvas").focus()
    page.keyboard.press("+")
    page.wait_for_timeout(700)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(700)
    assert len({asked["bbox"] for asked in server.asked}) == 3


def test_simulated_plumes_say_so(server, tab):
    server.answer = lambda asked: few({**PLUME, "simulated": True, "rate_kg_h": None})
    page = shown(tab(), f"{server.url}/en/")
    assert page.locator(".map-list a").text_content().startswith("SIMULATED: rate not known, EMIT")


def test_in_chinese_no_word_of_the_map_is_english(server, tab):
    server.answer = lambda asked: CELLS
    page = shown(tab(), f"{server.url}/zh/")
    words = page.locator("section.map").text_content() + (page.locator("canvas").get_attribute("aria-label") or "")
    words += "".join(
        page.locator("button").evaluate_all("all => all.map(one => `${one.title} ${one.ariaLabel ?? ''} `)")
    )
    allowed = {"kg", "h", "Natural", "Earth", "Ctrl"}
    assert set(re.findall(r"[A-Za-z]+", words)) - allowed == set()


def test_when_the_server_fails_the_map_says_so(server, tab):
    def fail(asked):
        raise ConnectionError

    server.answer = fail
    page = tab().page
    page.goto(f"{server.url}/en/")
    page.get_by_text("The map could not get its plumes").wait_for()


def test_without_the_library_the_page_says_so_and_stays(server, tab):
    opened = tab()
    opened.page.route("**/maplibre-gl.mjs*", lambda route: route.abort())
    opened.page.goto(f"{server.url}/en/")
    opened.page.get_by_text("The map cannot be shown").wait_for()
    assert opened.page.locator("h1").inner_text() == "Map"


def test_a_plume_s_picture_lies_on_its_place(server, tab):
    picture = np.zeros((40, 40, 4), dtype=np.uint8)
    picture[:20, :20] = (255, 0, 0, 255)
    out = io.BytesIO()
    imsave(out, picture, format="png")
    server.files["/overlay.png"] = ("image/png", out.getvalue())
    ring = [[61.72, 38.42], [61.88, 38.42], [61.88, 38.58], [61.72, 38.58], [61.72, 38.42]]
    server.values = {
        "bounds": [61.7, 38.4, 61.9, 38.6],
        "scale": {"title": "ppm m", "low": "0", "high": "900", "colours": ["#000000", "#ffffff"]},
        "plume": {
            "longitude": 61.8,
            "latitude": 38.5,
            "image": "/overlay.png",
            "corners": [[61.7, 38.6], [61.9, 38.6], [61.9, 38.4], [61.7, 38.4]],
            "outline": {"type": "Polygon", "coordinates": [ring]},
            "wind_from_deg": 270.0,
        },
    }
    opened = tab()
    page = shown(opened, f"{server.url}/en/")
    image = pixels(page)
    red = np.argwhere(np.abs(image - [255, 0, 0]).max(axis=-1) < 30)
    middle = np.array(image.shape[:2]) / 2
    assert len(red) > 1000 and (red.max(axis=0) <= middle + 4).all()  # north-west of the middle
    assert has_colour(image, "#00a3b8")  # the outline
    assert page.locator(".map-wind path").get_attribute("transform") == "rotate(450)"
    assert opened.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(server, tab, scheme):
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make frontend")
    server.answer = lambda asked: CELLS
    phone = tab(color_scheme=scheme, bypass_csp=True, viewport={"width": 390, "height": 800})
    page = shown(phone, f"{server.url}/en/")
    page.locator("summary").click()
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
