"""Feeds and files of a selection: full, narrowed, in either language, and only what may leave."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pyogrio
import pytest
from defusedxml import ElementTree

from superemitter.register import Register, list_observations, withdraw

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(asking: Any, **query: str) -> dict[str, Any]:
    """Entries of the English feed by their id."""
    root = ElementTree.fromstring(asking.get("/feeds/en.atom", params=query).content)
    return {one.find(f"{ATOM}id").text: one for one in root.findall(f"{ATOM}entry")}


def number_of(book: Register, record_id: str) -> int:
    return next(one.observation_id for one in list_observations(book).observations if one.record_id == record_id)


def test_a_feed_tells_of_plumes_and_cases_in_full(asking: Any, book: Register) -> None:
    found = entries(asking)
    plume = found[f"tag:127.0.0.1,2026:en/plume/{number_of(book, 'p1')}"]
    text = plume.find(f"{ATOM}content").text
    assert "1,500\u00a0kg/h" in text and "1 May 2024" in text and "31.80000° N".replace(" ", "\u00a0") in text
    assert any(":en/case/" in one for one in found)
    assert "The notice was issued" in "".join(one.find(f"{ATOM}title").text for one in found.values())


def test_the_chinese_feed_says_the_same_in_chinese(asking: Any) -> None:
    english, chinese = (json.loads(asking.get(f"/feeds/{one}.json").content) for one in ("en", "zh"))
    assert chinese["language"] == "zh-Hans"
    assert [one["url"].replace("/zh/", "/en/") for one in chinese["items"]] == [
        one["url"] for one in english["items"]
    ]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in one["title"]) for one in chinese["items"])
    assert not {one["id"] for one in chinese["items"]} & {one["id"] for one in english["items"]}


def test_a_withdrawal_is_an_update_of_the_same_entry_with_its_reason(
    asking: Any, book: Register, clock: Any
) -> None:
    number = number_of(book, "p1")
    name = f"tag:127.0.0.1,2026:en/plume/{number}"
    before = entries(asking)[name]
    clock.later(days=1)
    withdraw(book, number, by="Li Na", reason="a cloud, not a plume")
    after = entries(asking)[name]
    assert after.find(f"{ATOM}title").text.startswith("Withdrawn: ")
    assert "a cloud, not a plume" in after.find(f"{ATOM}content").text
    assert after.find(f"{ATOM}published").text == before.find(f"{ATOM}published").text
    assert after.find(f"{ATOM}updated").text > before.find(f"{ATOM}updated").text
    assert next(iter(entries(asking))) == name


def test_filters_narrow_a_feed_and_stand_in_its_own_address(asking: Any) -> None:
    answer = asking.get("/feeds/en.json", params={"bbox": "179,-20,-179,-10", "country": "FJI"})
    feed = json.loads(answer.content)
    assert len(feed["items"]) == 2
    again = asking.get(feed["feed_url"].removeprefix("http://127.0.0.1:8000"))
    assert [one["id"] for one in json.loads(again.content)["items"]] == [one["id"] for one in feed["items"]]


def test_every_selection_has_an_identity_of_its_own(asking: Any) -> None:
    def identity(language: str, **query: str) -> str:
        answer = asking.get(f"/feeds/{language}.atom", params=query)
        return str(ElementTree.fromstring(answer.content).find(f"{ATOM}id").text)

    found = (identity("en"), identity("zh"), identity("en", country="FJI"), identity("en", operator="甲 & co"))
    assert len(set(found)) == 4
    assert identity("en", country="FJI") == identity("en", country="FJI", sector="")


def test_a_csv_file_is_safe_for_a_spreadsheet(asking: Any) -> None:
    answer = asking.get("/downloads/plumes.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="plumes.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert {row["name"] for row in rows} == {"", "<b>Pump</b> & co", "'=1+1", "斐济"}
    assert all(float(row["longitude_deg"]) for row in rows)


@pytest.mark.parametrize("name", ["plumes", "cases", "sources"])
def test_the_four_forms_hold_the_same_rows(asking: Any, name: str, tmp_path: Path) -> None:
    features = json.loads(asking.get(f"/downloads/{name}.geojson").content)["features"]
    assert features
    (tmp_path / "a.gpkg").write_bytes(asking.get(f"/downloads/{name}.gpkg").content)
    assert pyogrio.read_info(tmp_path / "a.gpkg")["features"] == len(features)
    table = pq.read_table(io.BytesIO(asking.get(f"/downloads/{name}.parquet").content))
    assert table.num_rows == len(features)
    lines = asking.get(f"/downloads/{name}.csv").content.decode().splitlines()
    assert len(lines) == len(features) + 1


def test_filters_narrow_a_file(asking: Any) -> None:
    answer = asking.get(
        "/downloads/plumes.geojson", params={"country": "FJI", "since": "2024-06-01", "until": "2024-06-01"}
    )
    (feature,) = answer.json()["features"]
    assert feature["properties"]["record_id"] == "p2"


def test_what_may_not_be_passed_on_is_in_no_file_even_for_a_reviewer(member: Any) -> None:
    reviewer = member("reviewer")
    listed = reviewer.get("/collections/plumes/items").json()["features"]
    assert "p4" in {one["properties"]["record_id"] for one in listed}
    saved = reviewer.get("/downloads/plumes.geojson").json()["features"]
    assert {one["properties"]["record_id"] for one in saved} == {"p1", "p2", "p3", "SCENE-001", "SCENE-002"}


def test_more_rows_than_a_file_may_have_is_a_problem_and_leaves_nothing(
    asking: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from superemitter.web.api import downloads

    monkeypatch.setattr(downloads, "MOST", 2)
    monkeypatch.setattr(downloads, "_PAGE", 2)
    monkeypatch.setattr(downloads.tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    answer = asking.get("/downloads/plumes.csv")
    assert answer.status_code == 413 and "narrow" in answer.json()["detail"]
    assert asking.get("/downloads/cases.csv").status_code == 200
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_feeds_carries_the_filters_over(asking: Any, language: str) -> None:
    page = asking.get(f"/{language}/feeds?country=FJI").text
    for address in (
        "/feeds/en.atom?country=FJI",
        "/feeds/zh.json?country=FJI",
        "/downloads/plumes.gpkg?country=FJI",
    ):
        assert f'href="{address}"' in page
    assert "/downloads/sources.csv?country" not in page  # a source has no country
    assert "/downloads/sources.csv" in asking.get(f"/{language}/feeds").text


def test_an_unknown_filter_on_the_page_of_feeds_is_refused(asking: Any) -> None:
    assert asking.get("/en/feeds?colour=red").status_code == 400


def test_the_page_of_the_interface_has_no_script_of_its_own(asking: Any) -> None:
    for language in ("en", "zh"):
        answer = asking.get("/api/docs", headers={"accept-language": language})
        assert answer.status_code == 200 and "script-src 'self'" in answer.headers["content-security-policy"]
        assert "<script>" not in answer.text and "style=" not in answer.text and "https://" not in answer.text


def test_a_reader_who_has_the_feed_is_told_that_nothing_changed(asking: Any, book: Register, clock: Any) -> None:
    tag = asking.get("/feeds/en.atom").headers["etag"]
    clock.later(days=1)
    again = asking.get("/feeds/en.atom", headers={"if-none-match": f'"other", {tag}'})
    assert again.status_code == 304 and again.content == b""
    withdraw(book, number_of(book, "p1"), by="Li Na", reason="a cloud, not a plume")
    assert asking.get("/feeds/en.atom", headers={"if-none-match": tag}).status_code == 200


def test_only_two_files_are_written_at_once(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from superemitter.web.api import downloads

    monkeypatch.setattr(downloads, "_PATIENCE_S", 0.01)
    with downloads._AT_ONCE, downloads._AT_ONCE:
        answer = asking.get("/downloads/plumes.csv")
    assert answer.status_code == 429 and answer.headers["retry-after"] == "60"
    assert asking.get("/downloads/plumes.csv").status_code == 200
