"""Leaks and plumes are paired once, nearest first."""

from __future__ import annotations

import json

import pytest

from superemitter.model.errors import InvalidValue
from superemitter.pipeline import match, read_truth

METRE = 1 / 111_320.0


def leak(north_m):
    return {"longitude": 10.0, "latitude": north_m * METRE, "rate_kg_h": 1000.0}


def plume(north_m, sigma_m=50.0):
    return {"source_longitude": 10.0, "source_latitude": north_m * METRE, "source_sigma_m": sigma_m}


def test_each_leak_gets_its_nearest_plume_and_each_plume_one_leak():
    found = match([leak(0), leak(400)], [plume(380), plume(100)])
    assert [round(pair.distance_m) for pair in found] == pytest.approx([100, 20], abs=1)
    assert all(pair.leak and pair.plume for pair in found)


def test_two_plumes_at_one_leak_leave_one_false():
    found = match([leak(0)], [plume(30), plume(60)])
    assert found[0].plume == plume(30)
    assert found[1].leak is None
    assert found[1].plume == plume(60)


def test_a_plume_too_far_for_its_error_is_false_and_the_leak_missed():
    found = match([leak(0)], [plume(700)])
    assert found[0].plume is None
    assert found[1].leak is None
    assert match([leak(0)], [plume(700, sigma_m=200.0)])[0].plume is not None


def test_a_file_that_is_no_truth_is_refused(tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({"plumes": []}))
    with pytest.raises(InvalidValue, match="no truth file"):
        read_truth(path)
