"""What the map shows is what the lists show, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from superemitter.model.errors import UsageError
from superemitter.register import (
    ObservationQuery,
    Register,
    each_observation,
    import_file,
    list_observations,
    revise,
    withdraw,
)
from superemitter.register.cells import MOST_CELLS, MapView, PlumeMap
from superemitter.register.schema import observations

START = datetime(2024, 1, 1, tzinfo=UTC)
HEADER = "id,time,longitude,latitude,rate_kg_h,rate_sigma_kg_h,sector,country,licence\n"
PLUMES = 600


def write(path: Path, rng: np.random.Generator, first: int, count: int, country: str | None = None) -> Path:
    """Plumes all over the world, both poles and the antimeridian included; some without a rate or terms."""
    lines = [HEADER]
    for n in range(first, first + count):
        lon = (-180.0, 180.0, 179.9)[n] if n < 3 else rng.uniform(-180, 180)
        lat = (90.0, -90.0, 12.0)[n] if n < 3 else rng.uniform(-90, 90)
        rate = "" if n % 7 == 0 else f"{rng.lognormal(7, 1.5):.1f}"
        when = START + timedelta(hours=int(rng.integers(0, 8000)))
        where = country or rng.choice(["Algeria", "Turkmenistan", ""])
        terms = rng.choice(["CC0-1.0", ""])
        cells = (
            f"p{n}",
            when.isoformat(),
            f"{lon:.5f}",
            f"{lat:.5f}",
            rate,
            "",
            rng.choice(["oil", "coal"]),
            where,
        )
        lines.append(",".join((*cells, terms)) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def filled(register: Register, tmp_path: Path, rng: np.random.Generator) -> Register:
    import_file(register, write(tmp_path / "a.csv", rng, 0, PLUMES))
    return register


def queries() -> list[ObservationQuery]:
    q, day = ObservationQuery, timedelta(days=1)
    boxes = [None, (-180.0, -90.0, 180.0, 90.0), (150.0, -60.0, -120.0, 90.0), (0.0, 0.0, 60.0, 40.0)]
    filters = [
        {},
        {"since": START + 100 * day, "until": START + 200 * day},
        {"min_rate_kg_h": 500.0},
        {"max_rate_kg_h": 900.0, "sector": "coal"},
        {"country": "Algeria", "simulated": False},
        {"country": "Nowhere"},
        {"simulated": True},
        {"exportable": True},
        {"withdrawn": True, "sector": "oil-gas"},
        {"source_id": 5},
    ]
    return [q(bbox=box, **one) for box, one in itertools.product(boxes, filters)]  # type: ignore[arg-type]


def ids(register: Register, query: ObservationQuery) -> set[int]:
    return {one.observation_id for one in each_observation(register, query)}


def shown(view: MapView) -> int:
    return sum(cell.count for cell in view.cells) + len(view.plumes)


def test_the_map_counts_what_the_lists_hold(filled: Register) -> None:
    withdraw(filled, 17, by="reviewer", reason="a cloud")
    plumes = PlumeMap(filled)
    for query in queries():
        expected = list(each_observation(filled, query))
        view = plumes.view(query, zoom=3, few=0)
        assert (view.total, shown(view)) == (len(expected), len(expected)), query
        rates = [cell.max_rate_kg_h for cell in view.cells if cell.max_rate_kg_h is not None]
        assert max(rates, default=None) == max(
            (o.rate_kg_h for o in expected if o.rate_kg_h is not None), default=None
        )


def test_few_plumes_are_shown_one_by_one_with_the_greatest_last(filled: Register) -> None:
    query = ObservationQuery(bbox=(150.0, -60.0, -120.0, 90.0))
    view = PlumeMap(filled).view(query, zoom=3, few=PLUMES)
    assert {one.observation_id for one in view.plumes} == ids(filled, query)
    rates = [one.rate_kg_h or 0.0 for one in view.plumes]
    assert view.cells == () and rates == sorted(rates)


def test_cells_lie_in_the_box_that_was_asked_for(filled: Register) -> None:
    for west, south, east, north in ((150.0, -60.0, -120.0, 90.0), (-10.0, -20.0, 100.0, 50.0)):
        view = PlumeMap(filled).view(ObservationQuery(bbox=(west, south, east, north)), zoom=2, few=0)
        for cell in view.cells:
            assert south <= cell.latitude <= north
            assert (cell.longitude - west) % 360.0 <= (east - west) % 360.0


def test_nearer_maps_have_smaller_cells(filled: Register) -> None:
    plumes = PlumeMap(filled)
    numbers = [len(plumes.view(zoom=zoom, few=0).cells) for zoom in range(4)]
    assert numbers == sorted(numbers) and numbers[0] < numbers[3]


def test_a_cell_of_one_plume_stands_at_the_plume(filled: Register) -> None:
    view = PlumeMap(filled).view(zoom=3, few=0)
    places = {(round(o.longitude or 0, 5), round(o.latitude or 0, 5)) for o in each_observation(filled)}
    alone = [cell for cell in view.cells if cell.count == 1]
    assert alone
    assert all((cell.longitude, cell.latitude) in places for cell in alone if abs(cell.longitude) < 179.9)


def test_a_withdrawn_plume_leaves_the_map_at_once(filled: Register) -> None:
    plumes = PlumeMap(filled)
    assert plumes.view(zoom=2).total == PLUMES
    withdraw(filled, 8, by="reviewer", reason="a cloud")
    assert plumes.view(zoom=2).total == PLUMES - 1
    assert plumes.view(ObservationQuery(withdrawn=True), zoom=2).total == PLUMES


def test_what_is_new_or_revised_shows_at_once(filled: Register, tmp_path: Path, rng: np.random.Generator) -> None:
    plumes = PlumeMap(filled)
    oman, algeria = ObservationQuery(country="Oman"), ObservationQuery(country="Algeria")
    before = plumes.view(algeria, zoom=2).total
    assert plumes.view(oman, zoom=2).total == 0
    import_file(filled, write(tmp_path / "b.csv", rng, PLUMES, 40, country="Oman"))
    revise(filled, 20, {"country": "Oman", "longitude": 57.0, "latitude": 21.0}, by="reviewer", reason="moved")
    revise(
        filled, 21, {"rate_kg_h": 1_900_000.0, "rate_low_kg_h": None, "rate_high_kg_h": None}, by="r", reason="x"
    )
    assert plumes.view(oman, zoom=2).total == 41
    assert plumes.view(algeria, zoom=2).total == before - (observed_country(filled, 20) == "Algeria")
    assert plumes.view(zoom=2, few=0).total == PLUMES + 40
    assert max(cell.max_rate_kg_h or 0.0 for cell in plumes.view(zoom=2, few=0).cells) == 1_900_000.0
    for query in queries():
        assert plumes.view(query, zoom=2).total == len(ids(filled, query))


def observed_country(register: Register, observation_id: int) -> str | None:
    """What the first version said."""
    from superemitter.register import versions

    country = versions(register, observation_id)[0].content["country"]
    return None if country is None else str(country)


def test_hidden_observations_are_neither_shown_nor_counted(filled: Register) -> None:
    plumes = PlumeMap(filled)
    query = ObservationQuery(bbox=(0.0, 0.0, 60.0, 40.0))
    inside = sorted(ids(filled, query))
    hidden = frozenset({inside[0], inside[3], 10**9})
    view = plumes.view(query, zoom=3, excluding=hidden)
    assert {one.observation_id for one in view.plumes} == set(inside) - hidden
    assert plumes.view(query, zoom=3, few=0, excluding=hidden).total == len(inside) - 2
    assert plumes.view(query, zoom=3).total == len(inside)  # the answer for others stays


def test_a_map_of_some_observations_shows_only_them(filled: Register) -> None:
    view = PlumeMap(filled).view(zoom=3, among=[3, 4, 10**9], excluding=[4])
    assert [one.observation_id for one in view.plumes] == [3]
    assert PlumeMap(filled).view(zoom=3, among=[]).total == 0


def test_the_same_question_is_answered_from_memory_until_something_changes(filled: Register) -> None:
    plumes = PlumeMap(filled)
    first = plumes.view(zoom=2)
    assert plumes.view(zoom=2) is first
    withdraw(filled, 9, by="reviewer", reason="a cloud")
    assert plumes.view(zoom=2).change == first.change + 1


def test_a_map_never_has_more_cells_than_it_can_show(filled: Register) -> None:
    view = PlumeMap(filled).view(zoom=24, few=0)
    assert len(view.cells) <= MOST_CELLS and view.zoom < 6
    assert shown(view) == PLUMES


def test_an_empty_register_has_an_empty_map(register: Register) -> None:
    plumes = PlumeMap(register)
    plumes.warm()
    for query in (ObservationQuery(), ObservationQuery(country="Algeria")):
        view = plumes.view(query, zoom=0, excluding=[1], few=0)
        assert (view.total, view.cells, view.plumes) == (0, (), ())


@pytest.mark.parametrize("zoom", [-1, 25])
def test_a_zoom_that_no_map_has_is_refused(register: Register, zoom: int) -> None:
    with pytest.raises(UsageError, match="zoom"):
        PlumeMap(register).view(zoom=zoom)


def test_non_detections_have_no_map(register: Register) -> None:
    with pytest.raises(UsageError, match="plumes only"):
        PlumeMap(register).view(ObservationQuery(kind="non-detection"), zoom=1)


def test_changes_are_numbered_without_a_gap(filled: Register, tmp_path: Path, rng: np.random.Generator) -> None:
    from superemitter.register.changes import newest_change

    withdraw(filled, 2, by="reviewer", reason="a cloud")
    import_file(filled, write(tmp_path / "b.csv", rng, PLUMES, 3))
    with filled.reading() as connection:
        assert newest_change(connection) == 3
        assert connection.scalar(select(observations.c.withdrawn).where(observations.c.observation_id == 2))
    assert list_observations(filled).observations
