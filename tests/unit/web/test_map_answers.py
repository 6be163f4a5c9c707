"""What maps ask the explorer: plumes of a box, and the picture of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from superemitter.register import Register, import_file, list_observations, withdraw
from superemitter.register.overlays import keep_overlay
from superemitter.web import Settings, create_app
from superemitter.web.vendor import NEEDED, missing_files

HEADER = "id,time,longitude,latitude,rate_kg_h,rate_sigma_kg_h,sector,country,licence\n"
PNG = b"\x89PNG\r\n\x1a\n picture"
CORNERS = [[61.0, 39.0], [62.0, 39.0], [62.0, 38.0], [61.0, 38.0]]


@pytest.fixture
def filled(book: Register, tmp_path: Path) -> Register:
    rows = [
        "a,2024-05-01T06:00:00Z,61.5,38.5,1240,300,oil,TM,CC0-1.0",
        "b,2024-06-01T06:00:00Z,179.5,-16,,,coal,FJ,CC0-1.0",
        "c,2024-07-01T06:00:00Z,-179.5,-16,900,200,coal,FJ,CC0-1.0",
        "d,2024-08-01T06:00:00Z,10,50,700,200,coal,DE,",
    ]
    (tmp_path / "list.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    import_file(book, tmp_path / "list.csv")
    return book


def number(register: Register, record_id: str) -> int:
    page = list_observations(register)
    return next(one.observation_id for one in page.observations if one.record_id == record_id)


def test_few_plumes_come_one_by_one(filled: Register, visitor: Callable[[], Any]) -> None:
    answer = visitor().get("/map/cells?bbox=60,30,70,40&zoom=5").json()
    assert (answer["total"], answer["cells"]) == (1, [])
    assert answer["plumes"] == [
        {
            "id": number(filled, "a"),
            "longitude": 61.5,
            "latitude": 38.5,
            "rate_kg_h": 1240.0,
            "rate_low_kg_h": 940.0,
            "rate_high_kg_h": 1540.0,
            "time": "2024-05-01T06:00:00+00:00",
            "instrument": "",
            "simulated": False,
        }
    ]


def test_a_box_across_the_antimeridian_and_a_filter(filled: Register, visitor: Callable[[], Any]) -> None:
    ask = visitor().get
    assert ask("/map/cells?bbox=170,-40,-170,0&zoom=3").json()["total"] == 2
    assert ask("/map/cells?bbox=170,-40,-170,0&zoom=3&min_rate=100").json()["total"] == 1
    assert ask("/map/cells?sector=coal").json()["total"] == 2


def test_records_that_must_not_leave_are_not_on_the_public_map(
    filled: Register, visitor: Callable[[], Any], member: Callable[..., Any]
) -> None:
    assert visitor().get("/map/cells").json()["total"] == 3
    assert member("reviewer").get("/map/cells").json()["total"] == 4


def test_a_withdrawn_plume_leaves_the_map_at_once(filled: Register, visitor: Callable[[], Any]) -> None:
    ask = visitor().get
    assert ask("/map/cells").json()["total"] == 3
    withdraw(filled, number(filled, "a"), by="reviewer", reason="a cloud")
    assert ask("/map/cells").json()["total"] == 2


@pytest.mark.parametrize("wrong", ["zoom=25", "zoom=x", "bbox=1,2,3", "bbox=1,9,3,2", "colour=red", "min_rate=-1"])
def test_what_cannot_be_asked_is_a_problem(visitor: Callable[[], Any], wrong: str) -> None:
    answer = visitor().get(f"/map/cells?{wrong}")
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def picture(register: Register, record_id: str) -> str:
    one = number(register, record_id)
    keep_overlay(register, one, 1, PNG, corners=CORNERS, low_ppm_m=0.0, high_ppm_m=900.0)
    return f"/overlays/{one}.png"


def test_a_picture_is_sent_once(filled: Register, visitor: Callable[[], Any]) -> None:
    address = picture(filled, "a")
    first = visitor().get(address)
    assert (first.status_code, first.content, first.headers["content-type"]) == (200, PNG, "image/png")
    again = visitor().get(address, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")


def test_a_picture_that_is_not_for_the_asker_does_not_exist(
    filled: Register, visitor: Callable[[], Any], member: Callable[..., Any]
) -> None:
    hidden = picture(filled, "d")
    unknown, plain = visitor().get("/overlays/999.png"), visitor().get(f"/overlays/{number(filled, 'a')}.png")
    refused = visitor().get(hidden)
    assert refused.status_code == unknown.status_code == plain.status_code == 404
    assert refused.content == unknown.content == plain.content
    assert member("reviewer").get(hidden).status_code == 200


def test_the_plume_s_page_shows_its_picture(filled: Register, visitor: Callable[[], Any]) -> None:
    address = picture(filled, "a")
    page = visitor().get(f"/en/plumes/{number(filled, 'a')}").text
    assert address in page and "900" in page


def test_the_explorer_reads_ahead_when_it_starts(
    filled: Register, clock: Any, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(filled, Settings(clock=clock))
    warmed: list[object] = []
    monkeypatch.setattr("superemitter.pipeline.ledger.Ledger.warm", lambda self, now: warmed.append(now))
    with TestClient(app, base_url="http://127.0.0.1:8000"):
        pass
    assert warmed == [clock()]


def test_an_installation_without_maps_knows_what_it_lacks(tmp_path: Path) -> None:
    assert missing_files(tmp_path) == NEEDED
    for name in NEEDED[1:]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert missing_files(tmp_path) == NEEDED[:1]
