"""The attribution test: which places leak, which list the scan is given, how its answers are scored."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from superemitter.cli import main
from superemitter.model import Attribution, Candidate, Facility
from superemitter.model.errors import FacilityError, UsageError
from superemitter.model.footprint import distance_and_bearing
from superemitter.observe.facilities import read_facilities
from superemitter.pipeline.validation import (
    ATTRIBUTION,
    Answer,
    AttributionResult,
    Places,
    ValidationPlan,
    draw_listed_case,
    run_attribution_test,
    summarise_attribution,
)
from superemitter.pipeline.validation.attribution import EMITTER, FALSE, NONE, _stated
from superemitter.pipeline.validation.listed_places import Emitter
from superemitter.pipeline.validation.run import planned_tests
from superemitter.simulate import simulate_scene, truth_of

KM = 1.0 / 111.2  # of latitude [degree]
SMALL = replace(ATTRIBUTION, first_seed=200, scenes=2, shape=(260, 120), rates_kg_h=(5000.0, 15_000.0))


def place(name, *, east_km=0.0, north_km=0.0, radius_m=50.0):
    return Facility(
        facility_id=name,
        name=name,
        longitude=61.9 + east_km * KM / np.cos(np.radians(36.3)),
        latitude=36.3 + north_km * KM,
        radius_m=radius_m,
    )


@pytest.fixture(scope="module")
def places():
    """A pair 1 km apart, one of them listed twice, and two that stand alone; an area around them."""
    return Places.of(
        [
            place("pair-a"),
            place("pair-b", east_km=1.0),
            place("pair-b-again", east_km=1.05),
            place("alone", north_km=6.0),
            place("far", north_km=40.0),
            place("basin", radius_m=20_000.0),
        ]
    )


def answer(kind, stated, **kw):
    given = {"seed": 1, "rate_kg_h": 1.0, "offset_m": 1.0, "crowded": False, "distance_m": 1.0, "sigma_m": 1.0}
    return Answer(kind=kind, stated=stated, found=bool(stated), **(given | kw))


def test_places_know_their_neighbours_and_which_entries_are_one_place(places):
    assert [places.facilities[i].facility_id for i in places.crowded] == ["pair-a", "pair-b", "pair-b-again"]
    assert places.same_place(1) == {1, 2}
    assert 5 not in places.emitters  # an area of 20 km is no place that leaks


def test_lists_without_a_place_are_refused():
    with pytest.raises(FacilityError, match="no place"):
        Places.of([place("basin", radius_m=20_000.0)])


def test_equal_seeds_draw_equal_cases_and_a_fifth_of_the_leaks_is_unlisted(places):
    assert draw_listed_case(SMALL, 7, places) == draw_listed_case(SMALL, 7, places)
    emitters = [e for seed in range(400) for e in draw_listed_case(SMALL, seed, places).emitters]
    kinds = [emitter.kind for emitter in emitters]
    assert kinds.count("listed") / len(kinds) == pytest.approx(0.8, abs=0.05)
    assert kinds.count("removed") and kinds.count("elsewhere")
    assert np.median([e.offset_m for e in emitters if e.kind == "listed"]) < 150.0


def test_a_listed_leak_lies_as_far_from_its_place_as_is_said(places):
    cases = [draw_listed_case(SMALL, seed, places) for seed in range(60)]
    case = next(c for c in cases if c.emitters and c.emitters[0].kind == "listed")
    truth = truth_of(simulate_scene(case.spec))["leaks"][0]
    metres = [
        distance_and_bearing(truth["longitude"], truth["latitude"], f.longitude, f.latitude)[0]
        for f in (places.facilities[number] for number in case.emitters[0].same_place)
    ]
    assert min(abs(d - case.emitters[0].offset_m) for d in metres) < 1.0


def test_a_removed_emitter_is_no_entry_of_the_list_and_none_is_right(places):
    removed = next(
        case
        for case in (draw_listed_case(SMALL, seed, places) for seed in range(400))
        if case.emitters and case.emitters[0].kind == "removed" and len(case.removed) == 2
    )
    assert removed.removed == {1, 2}  # both entries of the place listed twice
    assert removed.emitters[0].same_place == frozenset()


def test_strong_leaks_at_listed_places_are_attributed_and_scored(places, rng):
    result = run_attribution_test(SMALL, places)
    summary = summarise_attribution(result, rng)
    assert summary.found >= 2
    for said in result.answers:
        if said.found:
            assert sum(said.stated.values()) == pytest.approx(1.0)
    assert 0.0 <= summary.figures["Brier score over all answers"].value <= 2.0
    assert sum(count for *_, count in summary.none) == summary.found


def test_scores_of_known_answers(rng):
    answers = (
        answer("listed", {EMITTER: 0.7, "4": 0.2, NONE: 0.1}),
        answer("listed", {"4": 0.6, NONE: 0.4}),  # the emitter is no candidate
        answer("removed", {"4": 0.2, NONE: 0.8}),
        answer("elsewhere", {}),  # missed
        answer(FALSE, {NONE: 1.0}),
    )
    summary = summarise_attribution(AttributionResult(test=SMALL, answers=answers), rng)
    figures = summary.figures
    assert (summary.leaks, summary.found) == (4, 3)
    assert figures["listed leaks found whose first answer is right"].value == 0.5
    assert figures['unlisted leaks found whose first answer is "none"'].value == 1.0
    expected = [0.3**2 + 0.2**2 + 0.1**2, 0.6**2 + 0.4**2 + 1.0, 0.2**2 + 0.2**2]
    assert figures["Brier score over all answers"].value == pytest.approx(np.mean(expected))
    assert summary.first == [
        (pytest.approx(0.6), 0.0, 1),
        (pytest.approx(0.75), 1.0, 2),
    ]


def test_a_place_listed_twice_is_one_answer(places):
    emitter = Emitter(kind="listed", same_place=places.same_place(1), crowded=True, offset_m=0.0)
    candidates = tuple(
        Candidate(facility=places.facilities[k], probability=p, distance_m=1.0)
        for k, p in ((1, 0.4), (2, 0.3), (0, 0.2))
    )
    number_of = {id(f): k for k, f in enumerate(places.facilities)}
    said = _stated(Attribution(candidates=candidates, none_probability=0.1), number_of, emitter)
    assert said == {EMITTER: pytest.approx(0.7), "0": 0.2, NONE: 0.1}


def test_the_plan_needs_lists_and_keeps_to_judging_seeds(tmp_path):
    with pytest.raises(UsageError, match="lists of places"):
        planned_tests(ValidationPlan(tests=("attribution",)))
    (test,) = planned_tests(ValidationPlan(tests=("attribution",), facilities=(tmp_path,), scenes=3))
    assert test.first_seed == 34_000


def test_the_command_puts_attribution_on_the_page(tmp_path, capsys, places):
    listed = tmp_path / "places.csv"
    rows = [f"{f.facility_id},{f.latitude},{f.longitude}" for f in places.facilities[:5]]
    listed.write_text("\n".join(["id,latitude,longitude", *rows]) + "\n")
    out = tmp_path / "validation"
    command = ["validate", "--out", str(out), "--test", "attribution", "--facilities", str(listed)]
    assert main([*command, "--scenes", "2", "--shape", "260,120", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["attribution"]["leaks"] >= 1
    assert "none of these" in (out / "validation.html").read_text(encoding="utf-8")
    rows = json.loads((out / "rows.json").read_text())[0]["rows"]
    assert len([row for row in rows if row["kind"] != FALSE]) == told["attribution"]["leaks"]
    assert main(["validate", "--out", str(tmp_path / "none"), "--test", "attribution"]) == 2


@pytest.mark.shared
def test_real_lists_of_places_are_drawn_from_and_strong_leaks_are_attributed(shared_data, rng):
    folder = shared_data / "facilities"
    places = Places.read(
        [
            folder / "GEM_GMET_2025_methane_emitters_tracker_map.csv",
            folder / "EPA_GHGRP_2023_facilities_geo.csv",
            folder / "GEM_coal_mine_boundaries_methane_v1.0.2.geojson",
        ]
    )
    assert len(places.facilities) > 19_000 and places.crowded.size > 5000
    result = run_attribution_test(replace(ATTRIBUTION, first_seed=1000, scenes=4, shape=(400, 120)), places)
    found = [answer for answer in result.answers if answer.found and answer.kind != FALSE]
    assert len(found) >= 3
    assert np.mean([answer.stated.get(answer.truth, 0.0) for answer in found]) > 0.5


@pytest.mark.shared
def test_the_listed_point_of_a_real_mine_is_kilometres_from_its_vents(shared_data):
    """Why a list of mines is no list of vents: figures of the validation page, from Global Energy Monitor."""
    folder = shared_data / "facilities"
    tracker = read_facilities(folder / "GEM_GMET_2025_methane_emitters_tracker_map.csv").facilities
    sites = read_facilities(folder / "GEM_coal_mine_boundaries_methane_v1.0.2.geojson").facilities
    nearest_m = []
    for site in sites:
        page = site.properties["GEM Wiki Page (ENG)"]
        mines = [mine for mine in tracker if mine.kind == "coal-mines" and mine.properties["url"] == page]
        if mines and site.kind.startswith(("ventilation", "degasification")):
            pairs = [
                distance_and_bearing(m.longitude, m.latitude, site.longitude, site.latitude)[0] for m in mines
            ]
            nearest_m.append(min(pairs))
    assert len(nearest_m) == 356
    assert np.percentile(nearest_m, [5, 50]) == pytest.approx([1077, 5914], abs=1)
