"""OGC API Features: what programs get, and what they are told when they ask wrongly."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from superemitter.register import Register
from superemitter.register.scenes import scene

COLLECTIONS = ("plumes", "sources", "cases", "facilities", "scenes")


def ask(asking: Any, path: str, **query: str) -> Any:
    answer = asking.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def follow(asking: Any, page: dict[str, Any]) -> dict[str, Any] | None:
    """The next page, as its link says."""
    href = next((one["href"] for one in page["links"] if one["rel"] == "next"), None)
    if href is None:
        return None
    parts = urlsplit(href)
    found: dict[str, Any] = ask(asking, f"{parts.path}?{parts.query}")
    return found


def test_programs_find_everything_from_the_front_door(asking: Any) -> None:
    front = ask(asking, "/")
    rels = {one["rel"] for one in front["links"]}
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels
    for one in front["links"]:
        parts = urlsplit(one["href"])
        answer = asking.get(parts.path)
        assert answer.status_code == 200, one
        assert answer.headers["content-type"].split(";")[0] == one["type"].split(";")[0], one


def test_browsers_are_sent_to_the_pages_in_their_language(asking: Any) -> None:
    answer = asking.get("/", headers={"accept": "text/html,*/*;q=0.8", "accept-language": "zh-CN,zh;q=0.9"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/zh/")
    assert "accept" in answer.headers["vary"]
    assert asking.get("/", headers={"accept": "application/json, text/html"}).status_code == 200


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_collection_has_features_that_can_be_fetched_one_by_one(asking: Any, name: str) -> None:
    assert ask(asking, f"/collections/{name}")["id"] == name
    page = ask(asking, f"/collections/{name}/items")
    assert page["numberReturned"] == len(page["features"]) > 0
    for feature in page["features"]:
        collection = ask(asking, f"/collections/{name}")
        items = next(one["href"] for one in collection["links"] if one["rel"] == "items")
        link = f"{urlsplit(items).path}/{str(feature['id']).replace('/', '%2F')}"
        single = ask(asking, link)
        assert {key: single[key] for key in feature} == feature
        assert next(one["href"] for one in single["links"] if one["rel"] == "self").endswith(link)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_pages_hold_each_feature_once_and_come_to_an_end(asking: Any, name: str) -> None:
    whole = [one["id"] for one in ask(asking, f"/collections/{name}/items")["features"]]
    page: dict[str, Any] | None = ask(asking, f"/collections/{name}/items", limit="1")
    seen = []
    while page is not None:
        assert page["numberReturned"] <= 1
        seen += [one["id"] for one in page["features"]]
        page = follow(asking, page)
    assert seen == whole


def test_a_box_across_the_antimeridian_holds_both_sides_and_nothing_between(asking: Any) -> None:
    page = ask(asking, "/collections/plumes/items", bbox="179,-20,-179,-10")
    assert sorted(one["properties"]["record_id"] for one in page["features"]) == ["p2", "p3"]
    other = ask(asking, "/collections/plumes/items", bbox="-179,-20,179,-10")
    assert other["features"] == []


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ("2024-05-01T10:00:00Z", ["p1"]),
        ("2024-05-01", ["p1"]),
        ("2024-05-01T10:00:00Z/2024-06-01T10:00:00Z", ["p2", "p1"]),
        ("../2024-05-31", ["p1"]),
        ("/2024-05-31", ["p1"]),
        ("2024-07-01/..", ["SCENE-001", "SCENE-002", "p3"]),
        ("2024-05-01T10:00:01Z/2024-05-31T00:00:00+02:00", []),
    ],
)
def test_datetime_takes_moments_days_and_open_intervals_with_both_ends(
    asking: Any, when: str, found: list[str]
) -> None:
    page = ask(asking, "/collections/plumes/items", datetime=when)
    assert sorted(one["properties"]["record_id"] for one in page["features"]) == sorted(found)


def test_properties_narrow_and_the_next_page_stays_narrowed(asking: Any) -> None:
    page = ask(asking, "/collections/plumes/items", country="FJI", limit="1")
    following = follow(asking, page)
    assert following is not None and follow(asking, following) is None
    assert {one["properties"]["country"] for one in page["features"] + following["features"]} == {"FJI"}
    few = ask(asking, "/collections/plumes/items", min_rate="1000")
    assert [one["properties"]["record_id"] for one in few["features"]] == ["p1"]


def test_a_limit_above_the_largest_page_is_the_largest_page(asking: Any) -> None:
    page = ask(asking, "/collections/plumes/items", limit="100000")
    assert "limit=1000" in next(one["href"] for one in page["links"] if one["rel"] == "self")


@pytest.mark.parametrize(
    "address",
    [
        "/?colour=red",
        "/conformance?f=json",
        "/collections?limit=1",
        "/collections/plumes/items?colour=red",
        "/collections/facilities/items?country=US",
        "/collections/plumes/items?limit=0",
        "/collections/plumes/items?limit=ten",
        "/collections/plumes/items?limit=1&limit=2",
        "/collections/plumes/items?bbox=1,2,3",
        "/collections/plumes/items?bbox=0,50,10,40",
        "/collections/plumes/items?datetime=yesterday",
        "/collections/plumes/items?datetime=2024-06-02/2024-06-01",
        "/collections/plumes/items?datetime=2024-06-02&since=2024-06-01",
        "/collections/plumes/items?datetime=0001-01-01T00:00:00%2B23:00",
        "/collections/plumes/items?after=nonsense",
        "/collections/cases/items?after=WyJDLTAiXQ==",
        "/collections/scenes/items?after=WyJ4IiwgIngiXQ==",
        "/collections/plumes/items/1?colour=red",
        "/stac/collections/scenes/items?colour=red",
        "/feeds/en.atom?limit=5",
        "/downloads/sources.csv?country=US",
        "/downloads/plumes.csv?min_rate=-1",
    ],
)
def test_what_cannot_be_understood_is_refused_as_a_problem(asking: Any, address: str) -> None:
    answer = asking.get(address)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] and answer.json()["status"] == 400


@pytest.mark.parametrize(
    "address",
    [
        "/collections/winds",
        "/collections/winds/items",
        "/collections/plumes/items/999999",
        "/collections/plumes/items/-1",
        "/collections/plumes/items/99999999999999999999999",
        "/collections/plumes/items/%E7%94%B2",
        "/collections/cases/items/C-0",
        "/collections/sources/items/x",
        "/collections/facilities/items/none",
        "/collections/scenes/items/none",
        "/stac/collections/scenes/items/none",
        "/stac/months/2023-13",
        "/stac/months/1999-01",
        "/feeds/fr.atom",
        "/downloads/scenes.csv",
    ],
)
def test_what_is_not_there_is_a_problem_of_404(asking: Any, address: str) -> None:
    answer = asking.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/", "/collections/plumes/items", "/feeds/en.atom", "/downloads/plumes.gpkg"])
def test_head_says_what_get_would_without_its_content(asking: Any, address: str) -> None:
    head, get = asking.head(address), asking.get(address)
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]


def test_other_sites_may_read_but_not_as_whoever_is_signed_in(asking: Any) -> None:
    answer = asking.get("/collections", headers={"origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    before = asking.options("/collections", headers={"origin": "https://elsewhere.example"})
    assert before.status_code == 204 and "POST" not in before.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in asking.get("/en/").headers


def test_a_withheld_name_is_in_no_answer(asking: Any) -> None:
    addresses = [f"/collections/{name}/items" for name in COLLECTIONS]
    addresses += ["/stac/collections/scenes/items", "/feeds/en.atom", "/feeds/zh.json", "/downloads/plumes.csv"]
    addresses += ["/downloads/plumes.geojson", "/downloads/cases.csv", "/downloads/sources.geojson"]
    for address in addresses:
        assert all(name not in asking.get(address).text for name in ("Withheld Works", "Hidden Oil")), address


def test_no_checksum_of_a_file_that_names_facilities_is_in_the_catalogue(asking: Any, book: Register) -> None:
    known = scene(book, "SCENE")
    assert known is not None and known.checksums["outputs"]
    text = asking.get("/stac/collections/scenes/items/SCENE").text
    assert all(value not in text for value in known.checksums["outputs"].values())


def test_a_filter_on_a_withheld_name_answers_like_one_on_an_unknown_name(asking: Any) -> None:
    pages = [
        asking.get("/collections/cases/items", params={"operator": name}).json()
        for name in ("Hidden Oil", "Nobody At All")
    ]
    assert [page["features"] for page in pages] == [[], []]
    assert pages[0]["numberMatched"] == pages[1]["numberMatched"] == 0


def test_a_key_that_does_not_hold_is_a_problem_of_401(asking: Any) -> None:
    answer = asking.get("/collections/plumes/items", headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
