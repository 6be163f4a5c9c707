"""The page on programmes says what the code does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from superemitter.programme import (
    EVENT_KINDS,
    Facts,
    NearbyFacility,
    Quantity,
    assess,
    load_programme,
    load_programmes,
)

PAGE = (Path(__file__).parents[3] / "docs" / "explanation" / "programmes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=EVENT_KINDS)
def test_every_event_is_in_the_table(kind):
    assert f"| `{kind.id}` | {kind.meaning} |" in PAGE


@pytest.mark.parametrize("programme_id", load_programmes())
def test_every_programme_is_in_the_table(programme_id):
    assert f"| `{programme_id}` |" in PAGE


@pytest.mark.parametrize(
    ("programme_id", "day", "outcome"),
    [
        ("us-epa-sep", date(2024, 7, 1), "applies"),
        ("us-epa-sep", date(2026, 11, 22), "suspended"),
        ("eu-2024-1787", date(2026, 11, 22), "does_not_apply"),
    ],
)
def test_the_example_gives_what_its_comments_say(programme_id, day, outcome):
    leak = Facts(
        quantities=(Quantity(name="methane_rate", value=100.0, unit="kg/h"),),
        technology="satellite",
        facilities=(NearbyFacility(kind="well_site", distance_m=20.0),),
    )
    assert assess(leak, load_programme(programme_id), day).outcome == outcome
