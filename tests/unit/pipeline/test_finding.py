"""A plume's own gas in the background, land beside water, look-alikes: each correction does what it is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.detection import DetectionSettings, detection_score, find_gas
from superemitter.measure.retrieval import RetrievalSettings, method_settings, retrieve
from superemitter.model import Wind
from superemitter.observe.readers import open_scene
from superemitter.pipeline.finding import faint_gas, surroundings
from superemitter.pipeline.scan import find_plumes
from superemitter.pipeline.validation.blind import mass_ratio, pixel_recall
from superemitter.simulate import Ground, Leak, SimulationSpec, simulate_scene, write_emit

WIND = Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=250.0, source="simulated")


def made(spec, folder):
    simulated = simulate_scene(spec)
    scene = open_scene(write_emit(simulated, folder).radiance)
    scene.dataset.load()
    return scene, simulated.enhancement_ppm_m


@pytest.fixture(scope="module")
def gassy(tmp_path_factory):
    """A scene of look-alikes in which strong plumes fill a good part of their columns."""
    leaks = (Leak(row=100, column=60, rate_kg_h=9000.0), Leak(row=250, column=70, rate_kg_h=5000.0))
    spec = SimulationSpec(shape=(360, 130), seed=41, leaks=leaks, wind=WIND, full_spectrum=False)
    return made(spec, tmp_path_factory.mktemp("gassy"))


@pytest.fixture(scope="module")
def coast(tmp_path_factory):
    spec = SimulationSpec(shape=(300, 60), seed=42, ground=Ground(water_share=0.4), full_spectrum=False)
    return made(spec, tmp_path_factory.mktemp("coast"))[0]


def found(scene, *, detection=None, **retrieval):
    settings = RetrievalSettings(**retrieval)
    return find_plumes(scene, WIND, settings, detection or DetectionSettings(), lambda _stage: None)


def mass_of(scene, truth, passes):
    enhancement, detection = found(scene, own_gas_passes=passes)
    return mass_ratio(enhancement.enhancement_ppm_m - detection.background_ppm_m, truth, enhancement.valid)


def test_each_pass_against_its_own_gas_keeps_more_of_a_plumes_mass(gassy):
    none, one, two = (mass_of(*gassy, passes) for passes in (0, 1, 2))
    assert none < one < two < 1.07
    assert two > none + 0.02


def test_faint_gas_is_taken_near_plumes_only_and_never_below_nothing(gassy):
    scene, _ = gassy
    enhancement = retrieve(scene)
    seen = find_gas(enhancement, scene, wind=WIND, settings=DetectionSettings())
    gas = faint_gas(seen, enhancement.valid)
    assert gas.min() == 0.0
    assert (gas[seen.pixels] > 0).mean() > 0.95
    assert not gas[:40].any()  # far from both plumes


def test_look_alikes_lose_their_score_and_gas_does_not(gassy):
    scene, truth = gassy
    plain = replace(DetectionSettings(), vetted_tail=False, least_spectral_match=0.4)
    alike, recalls = [], []
    for settings in (plain, DetectionSettings()):
        enhancement, detection = found(scene, detection=settings)
        clear = enhancement.valid & (truth < 1.0)
        alike.append(np.mean(detection.score[clear] > 3.5))
        recalls.append(pixel_recall(detection.score, truth, enhancement.valid))
    assert alike[1] < 0.8 * alike[0]
    assert recalls[1] > 0.95


def test_a_plume_as_wide_as_a_block_of_the_background_does_not_hide_itself(gassy):
    """Known gas is kept out of what scores are counted from."""
    scene, truth = gassy
    enhancement = retrieve(scene)
    gas = truth > 50.0
    alone, known = (
        detection_score(enhancement, DetectionSettings(), wind=WIND, gas=which)[truth > 300.0].mean()
        for which in (None, gas)
    )
    assert known > 1.2 * alone


def test_what_surrounds_plumes_leaves_enough_for_a_background():
    """In a small crop a plume's surroundings are everything, and the scatter of the rest is no noise."""
    large, small = np.zeros((200, 200), dtype=bool), np.zeros((25, 30), dtype=bool)
    large[100, 100] = small[12, 15] = True
    wide, near = (surroundings(plume, np.ones(plume.shape, dtype=bool)) for plume in (large, small))
    assert wide.sum() == 25 * 25
    assert near.sum() == 7 * 7
    small[3:22, 3:27] = True
    assert surroundings(small, np.ones(small.shape, dtype=bool)) is None


def test_water_is_held_against_water(coast):
    water = coast.mask("water")
    assert water.sum() > 1000
    by_land, by_water = (retrieve(coast, settings=RetrievalSettings(water_apart=apart)) for apart in (False, True))
    assert by_land.valid[water].mean() < 0.5  # far darker than any land
    assert by_water.valid[water].mean() > 0.9
    read = by_water.score_input_ppm_m[water & by_water.valid]
    assert abs(np.median(read)) < 0.1 * np.std(read)


def test_water_apart_leaves_land_alone(coast):
    land = ~coast.mask("water")
    one, other = (
        retrieve(coast, settings=RetrievalSettings(water_apart=apart)).enhancement_ppm_m[land]
        for apart in (False, True)
    )
    assert np.array_equal(one, other, equal_nan=True)


def test_the_air_mass_can_be_left_out(gassy):
    scene, _ = gassy
    own = retrieve(scene, settings=RetrievalSettings())
    fixed = retrieve(scene, settings=RetrievalSettings(scene_air_mass=False))
    strong = own.enhancement_ppm_m > 2000
    assert np.nanmedian(fixed.enhancement_ppm_m[strong] / own.enhancement_ppm_m[strong]) > 1.03


def test_the_sparse_method_sums_sparse_gas_and_still_searches_the_matched_filter(gassy):
    scene, truth = gassy
    sparse = retrieve(scene, settings=method_settings("sparse"))
    plain = retrieve(scene, settings=method_settings("matched-filter"))
    assert np.array_equal(sparse.score_input_ppm_m, plain.score_input_ppm_m, equal_nan=True)
    assert np.mean(sparse.enhancement_ppm_m[truth < 1] == 0) > 0.8
    assert "sparse" in sparse.method
