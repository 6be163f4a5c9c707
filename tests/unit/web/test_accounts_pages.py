"""Pledges, the fee as a what-if, and what is reported beside what is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from superemitter.pipeline.register import register_scans
from superemitter.register import Register
from superemitter.web import Settings, create_app

FEE = {"segment": "onshore_production", "year": "2024", "ch4_t": "1384", "co2_t": "12000", "n2o_t": "0.4"}
SERIES = "Entity,Code,Year,Annual CO₂ emissions\n" + "".join(
    f"China,CHN,{year},{9e9 + 1e8 * (year - 2010):.0f}\n" for year in range(2010, 2025)
)
ACTIVITY = "name,year,source,tier,activity_t,activity_u95_percent\nNorth,2024,coal-underground-mining,1,10000,2\n"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_fee_is_told_under_each_law_by_itself(visitor: Callable[[], Any], language: str) -> None:
    page = visitor().get(f"/{language}/fee", params=FEE | {"gas_to_sale_mscf": "10000000"})
    assert page.status_code == 200
    assert "$900,000" in page.text  # the golden case: 1,000 t above the threshold, at 900 dollars
    assert "$0" in page.text  # current law: nothing before 2034


def test_a_fee_that_cannot_be_worked_out_says_which_field(visitor: Callable[[], Any]) -> None:
    page = visitor().get("/en/fee", params=FEE | {"gas_to_sale_mscf": "-5"})
    assert page.status_code == 422
    assert "gas_to_sale" in page.text
    assert visitor().get("/en/fee", params={"price_of_event": "1"}).status_code == 400


def test_pledges_cannot_be_judged_without_a_record(visitor: Callable[[], Any]) -> None:
    page = visitor().get("/en/pledges")
    assert "This server was given no inventory" in page.text
    assert page.text.count("<td>cannot say</td>") == page.text.count("<tr>") - 1


@pytest.mark.parametrize(("language", "words"), [("en", "before 2030"), ("zh", "2030 年之前")])
def test_a_pledge_is_judged_by_the_given_record(
    book: Register, clock: Any, tmp_path: Path, socket_enabled: None, language: str, words: str
) -> None:
    (tmp_path / "annual.csv").write_text(SERIES, encoding="utf-8")
    app = create_app(book, Settings(clock=clock, inventories=(tmp_path / "annual.csv",)))
    one = TestClient(app, base_url="http://127.0.0.1:8000")
    page = one.get(f"/{language}/pledges/cn-peak-2020")
    assert page.status_code == 200
    assert words in page.text
    assert "<polyline" in page.text
    assert one.get(f"/{language}/pledges/nobody").status_code == 404


def test_an_inventory_is_held_against_what_is_seen_and_not_kept(
    visitor: Callable[[], Any], book: Register, clock: Any, write_scan: Any, scan_plume: Any
) -> None:
    times = [f"2024-{month:02d}-10T06:00:00Z" for month in (3, 4, 5)]
    folders = [
        write_scan([scan_plume(1, 61.5, 36.5)], scene_id=f"S{k}", run_id=f"r{k}", time=time)
        for k, time in enumerate(times)
    ]
    register_scans(book, folders, now=clock())
    one = visitor()
    form = {"form_token": one.form_token("/en/reported"), "year": "2024", "bbox": "61,36,62,37"}
    files = {"inventory": ("mines.csv", ACTIVITY.encode(), "text/csv")}
    page = one.post("/en/reported", data=form, files=files)
    assert page.status_code == 200, page.text
    assert "more seen than reported" in page.text
    assert "/en/sources/" in page.text
    with book.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM documents").scalar() == 0


@pytest.mark.parametrize(
    ("content", "bbox", "words"),
    [
        (b"name,year\nx,y\n", "61,36,62,37", "mines.csv"),
        (b"\xff\xfe\x00bad", "61,36,62,37", "UTF-8"),
        (ACTIVITY.encode(), "1,2,3", "bbox"),
        (ACTIVITY.encode(), "", "no sources are chosen"),
    ],
)
def test_a_table_or_box_that_cannot_be_used_says_why(
    visitor: Callable[[], Any], content: bytes, bbox: str, words: str
) -> None:
    one = visitor()
    form = {"form_token": one.form_token("/en/reported"), "year": "2024", "bbox": bbox}
    page = one.post("/en/reported", data=form, files={"inventory": ("mines.csv", content, "text/csv")})
    assert page.status_code in (400, 422)
    assert words in page.text
