"""The detection limit of a scene: what a non-detection is worth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from superemitter.cli import main
from superemitter.model import CannotSay, Wind
from superemitter.model.errors import InvalidValue, SceneCannotSay
from superemitter.observe.readers import open_scene
from superemitter.pipeline.limit import DetectionLimit, Trial, _fitted, probability_at
from superemitter.simulate import Leak, SimulationSpec, inject_in_memory, simulate_to

LIMIT = DetectionLimit(
    scene_id="made",
    intercept=-3.0 * np.log(200.0),
    slope=3.0,
    noise=-3.0,
    covariance=((4.0, -0.7, 0.0), (-0.7, 0.15, 0.0), (0.0, 0.0, 0.1)),
    median_noise_ppm_m=300.0,
    trials=100,
    false_plumes_per_scene=0.5,
    lowest=20.0,
    highest=2000.0,
    simulated=False,
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    spec = SimulationSpec(shape=(200, 160), seed=21, full_spectrum=False)
    return simulate_to(spec, tmp_path_factory.mktemp("limit")).radiance


def test_probability_rises_with_the_rate_and_falls_with_wind_and_noise():
    assert LIMIT.probability(600.0, 3.0) == pytest.approx(0.5)
    assert LIMIT.probability(1200.0, 3.0) > 0.85 > LIMIT.probability(1200.0, 6.0)
    assert LIMIT.probability(600.0, 3.0, 600.0) < 0.2 < LIMIT.probability(600.0, 3.0, 300.0)


def test_the_rate_of_a_probability_is_its_inverse_within_what_was_tried():
    rate = LIMIT.rate_at(0.9, 3.0)
    assert LIMIT.probability(rate, 3.0) == pytest.approx(0.9)
    beyond = LIMIT.rate_at(0.999999, 3.0)
    assert isinstance(beyond, CannotSay) and beyond.code == "beyond-trials"


def test_bounds_hold_the_probability():
    low, high = LIMIT.bounds(900.0, 3.0)
    assert low < LIMIT.probability(900.0, 3.0) < high
    with pytest.raises(InvalidValue):
        LIMIT.probability(0.0, 3.0)


def test_the_fit_finds_a_known_limit_again(scene):
    rng = np.random.default_rng(4)
    over_wind = np.exp(rng.uniform(np.log(20.0), np.log(2000.0), size=600))
    noise = 300.0 * np.exp(0.3 * rng.standard_normal(600))
    trials = [
        Trial(
            row=0, column=0, rate_kg_h=3.0 * x, wind_m_s=3.0, noise_ppm_m=n,
            found=bool(rng.random() < LIMIT.probability(3.0 * x, 3.0, n)),
        )
        for x, n in zip(over_wind, noise, strict=True)
    ]  # fmt: skip
    fitted = _fitted(open_scene(scene), trials, 300.0, 0.5)
    assert fitted.rate_at(0.5, 3.0) == pytest.approx(600.0, rel=0.15)
    low, high = fitted.bounds(600.0, 3.0)
    assert high - low < 0.15
    with pytest.raises(SceneCannotSay, match="no limit"):
        _fitted(open_scene(scene), [t for t in trials if t.found], 300.0, 0.5)


def test_gas_put_in_memory_darkens_its_pixels_and_leaves_the_scene_alone(scene, rng):
    before = open_scene(scene)
    kept = before.radiance.copy()
    wind = Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=250.0, source="made")
    made, gas = inject_in_memory(before, [Leak(row=90, column=60, rate_kg_h=8000.0)], wind=wind, rng=rng)
    assert np.array_equal(before.radiance, kept)
    assert made.simulated
    assert (made.radiance <= before.radiance).all()
    assert made.radiance[gas > 2000].min(axis=1).sum() < before.radiance[gas > 2000].min(axis=1).sum()
    assert np.array_equal(made.radiance[gas < 1e-3], before.radiance[gas < 1e-3])


def test_the_command_answers_for_listed_facilities(scene, tmp_path, capsys):
    opened = open_scene(scene)
    inside = opened.footprint.at(100.0, 80.0)
    listed = [("in", *inside), ("out", inside[0] + 2.0, inside[1])]
    places = tmp_path / "places.csv"
    places.write_text("id,name,longitude,latitude\n" + "".join(f"{n},{n},{x},{y}\n" for n, x, y in listed))
    out = tmp_path / "limit.json"
    command = ["limit", str(scene), "--facilities", str(places), "--trials", "20", "--wind-speed", "3"]
    command += [
        "--wind-from",
        "250",
        "--wind-speed-sigma",
        "0.5",
        "--rates",
        "200,6000",
        "--out",
        str(out),
        "--json",
    ]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(out.read_text())
    assert [place["facility_id"] for place in told["facilities"]] == ["in"]
    weak, strong = told["facilities"][0]["detection"]
    assert weak["probability"] < 0.5 < strong["probability"]
    assert told["detection_limit"]["simulated"] and told["detection_limit"]["trials"] == 20


@pytest.mark.parametrize("arguments", [["--trials", "3"], ["--rates", "none"], ["--rates", "-5"]])
def test_what_cannot_be_asked_is_a_usage_error(scene, arguments):
    assert main(["limit", str(scene), *arguments]) == 2


STORED = {
    "detection_limit": LIMIT.as_dict(),
    "wind_speed_m_s": 3.0,
    "facilities": [
        {"longitude": 10.0, "latitude": 50.0, "noise_ppm_m": 300.0},
        {"longitude": 10.1, "latitude": 50.0, "noise_ppm_m": None, "cannot_say": "under cloud"},
    ],
}


def test_a_stored_limit_answers_for_the_places_it_was_asked_for():
    assert probability_at(STORED, 10.001, 50.0, 600.0, 500.0) == pytest.approx(0.5)
    assert probability_at(STORED, 10.1, 50.0, 600.0, 500.0).reason == "under cloud"
    assert probability_at(STORED, 11.0, 50.0, 600.0, 500.0).code == "not-asked"
    assert probability_at({**STORED, "facilities": []}, 10.0, 50.0, 600.0, 500.0).code == "not-asked"
