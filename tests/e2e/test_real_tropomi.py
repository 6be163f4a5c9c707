"""Real TROPOMI crops: those without a plume stay quiet, and rates agree with the published ones."""

from __future__ import annotations

import json

import pytest

from superemitter.model import EmissionRate
from superemitter.model.errors import SceneCannotSay
from superemitter.model.footprint import distance_and_bearing
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import scan_swath

pytestmark = pytest.mark.shared


def scanned(path):
    return scan_swath(open_scene(path), None, None, false_plumes=0.5, seed=0, tell=lambda _stage: None)


def test_at_most_one_of_ten_crops_without_a_plume_is_flagged(shared_data):
    flagged = 0
    for path in sorted((shared_data / "tropomi").glob("*negative*.nc")):
        try:
            flagged += bool(scanned(path).plumes)
        except SceneCannotSay as refusal:
            assert "fit for use" in str(refusal)
    assert flagged <= 1


def test_plumes_found_agree_with_the_published_rates(shared_data):
    """Seven of ten are found within 20 km, with at most two other plumes; rates are 0.73 of those published."""
    folder = shared_data / "tropomi"
    ratios, others = [], 0
    for entry in json.loads((folder / "index.json").read_text()):
        if not entry["positive"]:
            continue
        plumes = scanned(folder / entry["file"]).plumes
        near = [
            plume
            for plume in plumes
            if distance_and_bearing(
                entry["source_lon"], entry["source_lat"], plume.plume.source_longitude, plume.plume.source_latitude
            )[0]
            <= 20_000
        ]
        others = max(others, len(plumes) - len(near))
        for plume in near[:1]:
            rate = plume.quantification.rate
            if isinstance(rate, EmissionRate):
                truth, sigma = entry["rate_t_h"] * 1e3, entry["rate_uncertainty_t_h"] * 1e3
                ratios.append(rate.rate_kg_h / truth)
                assert rate.low95_kg_h <= truth + 1.96 * sigma and rate.high95_kg_h >= truth - 1.96 * sigma
    assert len(ratios) >= 7 and others <= 2
    assert 0.7 <= sorted(ratios)[len(ratios) // 2] <= 1.4
