"""A recomputation is held against its record value by value."""

from __future__ import annotations

import json

import pytest

from superemitter.model.errors import UsageError, VerificationFailed
from superemitter.pipeline import Recipe
from superemitter.pipeline.verify import compare, read_record

PLUME = {
    "plume_id": "a-001",
    "rate_kg_h": 1000.0,
    "rate_low_kg_h": 700.0,
    "rate_high_kg_h": 1300.0,
    "ime_kg": 50.0,
    "facility_name": "井 1",
    "flags": ["border"],
    "run_id": "1",
}


def changed(**values):
    return {**PLUME, **values}


def names(recorded, recomputed, *, exact=True):
    return {d.name for d in compare([recorded], (recomputed,), exact=exact)[1]}


def test_equal_records_have_no_difference_whatever_the_run_id():
    assert names(PLUME, changed(run_id="2")) == set()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"ime_kg": 50.001}, "ime_kg"),
        ({"ime_kg": None}, "ime_kg"),
        ({"facility_name": "井 2"}, "facility_name"),
        ({"flags": []}, "flags"),
    ],
)
def test_a_value_that_differs_is_named(values, name):
    assert names(PLUME, changed(**values)) == {name}


def test_within_a_millionth_is_equal():
    assert names(PLUME, changed(ime_kg=50.0 * (1 + 5e-7))) == set()


def test_elsewhere_a_hundredth_of_the_stated_error_is_let_pass_and_more_is_told_in_sigmas():
    assert names(PLUME, changed(rate_kg_h=1002.0), exact=False) == set()
    _, differences = compare([PLUME], (changed(rate_kg_h=1150.0),), exact=False)
    assert differences[0].sigmas == pytest.approx(0.5)


def test_lost_and_new_plumes_are_differences():
    _, differences = compare([PLUME], (changed(plume_id="a-002"),), exact=True)
    assert {(d.plume_id, d.recomputed) for d in differences} == {("a-001", "not found"), ("a-002", "found")}


def test_what_is_no_record_is_refused(tmp_path):
    for content in ("{", json.dumps({"demo": True}), json.dumps([1])):
        path = tmp_path / "run.json"
        path.write_text(content)
        with pytest.raises(VerificationFailed):
            read_record(path)


def test_a_recipe_of_another_version_is_refused_by_name():
    with pytest.raises(UsageError, match="warp"):
        Recipe.from_dict({**Recipe().as_dict(), "warp": 9})
    assert Recipe.from_dict(Recipe(seed=3).as_dict()) == Recipe(seed=3)


@pytest.mark.parametrize(
    "values",
    [
        {"wind_speed_m_s": 3.0},
        {"wind_from_deg": 3.0},
        {"wind_speed_sigma_m_s": 1.0},
        {"wind_speed_m_s": 3.0, "wind_from_deg": 0.0, "wind_file": "era5.nc"},
        {"time": "2023-07-17"},
        {"time": "yesterday"},
    ],
)
def test_options_that_contradict_each_other_are_refused(values):
    with pytest.raises(UsageError):
        Recipe(**values)
