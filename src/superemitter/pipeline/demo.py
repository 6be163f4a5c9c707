"""The main job on an embedded example: a simulated EMIT granule with known leaks, scanned like a real one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from superemitter.account.fee import FeeStatement
from superemitter.model import Wind
from superemitter.pipeline.casedemo import CaseDemo, run_case_demo
from superemitter.pipeline.feedemo import fee_then_and_now
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, Progress, scan_to_folder
from superemitter.pipeline.truth import Match, match, read_truth
from superemitter.publish import staged
from superemitter.simulate import Leak, SimulationSpec, simulate_to

SHAPE = (400, 400)
LEAKS = (
    Leak(row=60, column=60, rate_kg_h=9_000.0),
    Leak(row=150, column=130, rate_kg_h=1_500.0),
    Leak(row=80, column=200, rate_kg_h=3_500.0),
    Leak(row=190, column=270, rate_kg_h=2_200.0),
    Leak(row=50, column=340, rate_kg_h=5_000.0),
)
SEED = 7
WIND = Wind(speed_m_s=3.4, speed_sigma_m_s=1.0, from_deg=310.0, source="simulated")
DECOYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demonstration made: results, each leak beside what was found, the cases that follow, and the fee.

    The fee is that of a made-up facility's year, under the statute and under current law. It has nothing to do
    with the leaks: no event is priced.
    """

    scene: Path
    folder: Path
    facilities: Path
    matches: tuple[Match, ...]
    cases: CaseDemo
    fee: tuple[FeeStatement, ...]


def run_demo(out: Path, *, today: date, overwrite: bool = False, progress: Progress | None = None) -> Demo:
    """Simulate, scan, compare with the truth, take the leaks through their cases. All is written below `out`.

    Parameters
    ----------
    out : Path
    today : date
        For the comparison of the law then and now; nothing else depends on it.
    overwrite : bool
    progress : callable, optional
        Told each stage.

    Raises
    ------
    OutputExists
        `out` is there and `overwrite` is false.
    """
    tell = progress or (lambda _stage: None)
    rng = np.random.default_rng(SEED)
    tell("simulate")
    with staged(out, overwrite=overwrite) as hidden:
        files = simulate_to(SimulationSpec(shape=SHAPE, seed=SEED, leaks=LEAKS, wind=WIND), hidden / "scene")
        truth = read_truth(files.truth)
        _write_facilities(hidden / "facilities.geojson", truth, rng)
        (hidden / "run.json").write_text(json.dumps({"demo": True, "simulated": True, "seed": SEED}) + "\n")
    scene = out / "scene" / files.radiance.name
    facilities = out / "facilities.geojson"
    recipe = Recipe(
        wind_speed_m_s=WIND.speed_m_s,
        wind_from_deg=WIND.from_deg,
        wind_speed_sigma_m_s=WIND.speed_sigma_m_s,
        facilities_file=str(facilities),
        seed=SEED,
    )
    folder, scanned = scan_to_folder(scene, out / "results", recipe, Context.of(recipe), progress=progress)
    tell("cases")
    matches = tuple(match(truth, list(scanned.record.results)))
    cases = run_case_demo(out, folder, facilities, matches, today=today)
    return Demo(
        scene=scene,
        folder=folder,
        facilities=facilities,
        matches=matches,
        cases=cases,
        fee=fee_then_and_now(today),
    )


def _write_facilities(path: Path, truth: list[dict[str, float]], rng: np.random.Generator) -> None:
    """A made-up list: all leaks but the last are at a listed place, and some places do not leak."""
    places = [(f"Demo station {k + 1}", leak["longitude"], leak["latitude"]) for k, leak in enumerate(truth[:-1])]
    middle_lon = float(np.mean([leak["longitude"] for leak in truth]))
    middle_lat = float(np.mean([leak["latitude"] for leak in truth]))
    for k in range(DECOYS):
        d_lon, d_lat = rng.uniform(-0.08, 0.08, size=2)
        places.append((f"Demo station without leak {k + 1}", middle_lon + d_lon, middle_lat + d_lat))
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
            "properties": {"id": f"demo-{k + 1}", "name": name, "type": "compressor station (simulated)"},
        }
        for k, (name, longitude, latitude) in enumerate(places)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n")
