"""Sources of the TROPOMI scan where several leak and the wind is told wrongly.

    python benchmarks/tropomi_several.py ../shared/data/tropomi --crops 150 --seed 90001

Crops of 32 x 32 pixels, two thirds of them simulated, the others real ones without a plume, each with one to three
simulated sources of 8 to 120 t/h that lie 25 to 130 km apart in the same wind; half of the crops hold fifteen weak
ones (0.3 to 2 t/h) around the first. The wind is told with an error of 0.7 m/s in each component and 15 %.
``hard`` makes winds turn more, for longer and with height, and spreads three fifths of the sources over 3 to 12 km
(1 sigma). Found: a source of the scan within 20 km, or 45. Others: plumes more than 45 km from all sources.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from superemitter.model import Scene
from superemitter.model.footprint import distance_and_bearing, metres_per_degree
from superemitter.observe.readers import open_scene
from superemitter.simulate.column_plume import Transport, column_plume
from superemitter.simulate.swath import SwathSpec, random_clutter, simulate_swath
from superemitter.simulate.write_s5p import write_s5p
from tropomi_validation import FOUND_M, scanned, told_wind, usable_crops, with_gas

NEAR_M = 45_000.0
RATES_T_H = ((8, 15), (15, 30), (30, 60), (60, 121))
Source = tuple[float, float, float]
"""Longitude and latitude [degree] and rate [kg h-1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How gas is carried in one crop."""

    speed_m_s: float
    from_deg: float
    shear_deg: float
    transport: Transport


def world_of(rng: np.random.Generator, *, hard: bool) -> World:
    speed = float(np.clip(np.exp(rng.normal(np.log(2.6), 0.5)), 0.6, 8.0))
    turning = Transport(
        memory_seconds=3600.0 * float(rng.uniform(1, 4)),
        direction_scatter_deg=float(rng.uniform(15, 35)),
        wander_m_s=float(rng.uniform(0.6, 1.4)),
    )
    return World(
        speed_m_s=speed,
        from_deg=float(rng.uniform(0, 360)),
        shear_deg=float(rng.uniform(0, 20)) if hard else 0.0,
        transport=turning if hard else Transport(),
    )


def ground_of(rng: np.random.Generator, number: int, seed: int, crops: list[Scene]) -> Scene:
    """A crop without a plume: every third one is real."""
    if number % 3 == 2:
        return crops[int(rng.integers(len(crops)))]
    spec = SwathSpec(
        latitude=float(rng.uniform(-35, 55)),
        longitude=float(rng.uniform(-170, 170)),
        first_pixel=int(rng.choice([91, 92, 20, 150])),
        noise_ppb=random_clutter(rng),
        cloud_share=float(rng.choice([0.04, 0.1, 0.25])),
        seed=1000 * seed + number,
    )
    with tempfile.TemporaryDirectory() as name:
        scene = open_scene(write_s5p(simulate_swath(spec), Path(name) / "swath.nc"))
        scene.dataset.load()
    return scene


def sources_of(rng: np.random.Generator, scene: Scene) -> list[Source]:
    """One to three, in the same crop but apart."""
    wanted, found = int(rng.choice([1, 1, 2, 3])), []
    for _ in range(300):
        longitude, latitude = scene.footprint.at(*(float(value) for value in rng.uniform(1, 31, 2)))
        apart = [distance_and_bearing(longitude, latitude, *other[:2])[0] for other in found]
        if len(found) < wanted and all(25e3 < metres < 130e3 for metres in apart):
            found.append((longitude, latitude, 1e3 * float(np.clip(np.exp(rng.normal(np.log(30), 0.7)), 8, 120))))
    return found


def around(rng: np.random.Generator, place: Source, sigma_m: float, rates: np.ndarray) -> list[Source]:
    """Sources of given rates, scattered about a place with their mean there."""
    metres = rng.normal(0, sigma_m, (rates.size, 2))
    metres -= rates @ metres / rates.sum()
    to_east, to_north = (float(value) for value in metres_per_degree(np.asarray(place[1])))
    return [
        (place[0] + x / to_east, place[1] + y / to_north, float(rate))
        for (x, y), rate in zip(metres, rates, strict=True)
    ]


def filled(rng: np.random.Generator, scene: Scene, sources: list[Source], world: World, *, hard: bool) -> Scene:
    """The crop with the gas of all sources, and a wind that is told wrongly."""
    leaks = []
    for source in sources:
        spread = hard and rng.random() < 0.6
        shares = source[2] * rng.dirichlet(np.full(6, 1.5))
        leaks += around(rng, source, float(rng.uniform(3e3, 12e3)), shares) if spread else [source]
    if rng.random() < 0.5:
        leaks += around(rng, sources[0], 35e3, rng.uniform(0.3e3, 2e3, 15))
    same = int(rng.integers(1_000_000_000))  # all gas goes with the same wind
    mass = np.zeros(scene.shape)
    for longitude, latitude, rate in leaks:
        for side in (-1.0, 1.0) if hard else (0.0,):
            mass += column_plume(
                scene.footprint,
                longitude=longitude,
                latitude=latitude,
                rate_kg_h=rate / (2.0 if hard else 1.0),
                speed_m_s=world.speed_m_s * (1.0 + 0.12 * side),
                from_deg=world.from_deg + side * world.shear_deg,
                rng=np.random.default_rng(same),
                transport=world.transport,
            )
    told = world.speed_m_s * (1.0 + rng.normal(0, 0.15))
    return with_gas(scene, mass, told_wind(told, world.from_deg, 0.7, rng))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crops", type=int, default=150)
    parser.add_argument("--seed", type=int, default=90001)
    options = parser.parse_args()
    quiet = [scene for scene, entry, _ in usable_crops(options.folder) if not entry["positive"]]
    for hard in (False, True):
        rows, others = [], 0
        for number in range(options.crops):
            rng = np.random.default_rng([options.seed, number])
            ground = ground_of(rng, number, options.seed, quiet)
            sources, world = sources_of(rng, ground), world_of(rng, hard=hard)
            result = scanned(filled(rng, ground, sources, world, hard=hard))
            if result is None:
                continue
            found = [(p.plume.source_longitude, p.plume.source_latitude) for p in result.plumes]
            metres = np.array([[distance_and_bearing(*s[:2], *p)[0] for s in sources] for p in found])
            nearest = metres.min(axis=0) if found else np.full(len(sources), np.inf)
            others += int((metres.min(axis=1) > NEAR_M).sum()) if found else 0
            rows += [(s[2] / 1e3, near) for s, near in zip(sources, nearest, strict=True)]
        rate, near = np.array(rows).T
        print(
            f"{'hard' if hard else 'plain'}: {rate.size} sources in {options.crops} crops; within 20 km "
            f"{np.mean(near <= FOUND_M):.0%}, within 45 km {np.mean(near <= NEAR_M):.0%}; {others} other plumes"
        )
        for low, high in RATES_T_H:
            some = (rate >= low) & (rate < high)
            print(f"  {low}-{high} t/h: {int((near[some] <= FOUND_M).sum())} of {int(some.sum())}")


if __name__ == "__main__":
    main()
