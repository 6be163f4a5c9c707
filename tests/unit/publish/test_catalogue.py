"""The catalogue of scenes, validated without a network."""

from __future__ import annotations

from datetime import UTC, datetime

import pystac
import pystac.validation
import pytest

from superemitter.publish.catalogue import (
    Addresses,
    SceneCard,
    month_catalogue,
    root_catalogue,
    scene_collection,
    scene_item,
)

HERE = Addresses("https://example.org")
NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


def card(
    scene_id: str = "EMIT_1", outline: dict[str, object] | None = None, *, simulated: bool = False
) -> SceneCard:
    square = [[[10, 20], [11, 20], [11, 21], [10, 21], [10, 20]]]
    return SceneCard(
        scene_id=scene_id,
        instrument="EMIT",
        run_id="run-1",
        time=NOON,
        outline=outline or {"type": "Polygon", "coordinates": square},
        inputs={"a.nc": "00"},
        simulated=simulated,
    )


@pytest.mark.parametrize(
    "page",
    [
        root_catalogue("Leaks", HERE),
        scene_collection(HERE, oldest=NOON, newest=NOON, months=["2026-09"]),
        scene_collection(HERE, oldest=None, newest=None, months=[]),
        month_catalogue(HERE, "2026-09", ["EMIT_1", "a/b c"]),
        scene_item(card(), HERE),
    ],
    ids=["root", "collection", "empty collection", "month", "item"],
)
def test_every_part_is_valid_against_the_core_schemas(page: dict[str, object]) -> None:
    assert pystac.validation.validate_dict(page)


def test_pystac_reads_back_what_was_said_of_a_scene() -> None:
    item = pystac.Item.from_dict(scene_item(card(), HERE))
    assert (item.id, item.datetime, item.collection_id) == ("EMIT_1", NOON, "scenes")
    assert item.bbox == [10, 20, 11, 21]
    assert item.assets["plumes"].href.startswith("https://example.org/collections/plumes/items?bbox=10%2C20%2C11")


def test_a_scene_across_the_antimeridian_has_its_west_east_of_its_east() -> None:
    halves = [[[[179, 0], [180, 0], [180, 1], [179, 1], [179, 0]]],
              [[[-180, 0], [-179, 0], [-179, 1], [-180, 1], [-180, 0]]]]  # fmt: skip
    page = scene_item(card(outline={"type": "MultiPolygon", "coordinates": halves}), HERE)
    assert page["bbox"] == [179, 0, -179, 1]


def test_simulated_scenes_are_named_so() -> None:
    page = scene_item(card(simulated=True), HERE)
    assert page["properties"]["title"].startswith("SIMULATED") and page["properties"]["superemitter:simulated"]


def test_a_name_of_any_letters_has_an_address() -> None:
    links = {link["rel"]: link["href"] for link in scene_item(card("a/b ?ü"), HERE)["links"]}
    assert links["self"] == "https://example.org/stac/collections/scenes/items/a%2Fb%20%3F%C3%BC"
