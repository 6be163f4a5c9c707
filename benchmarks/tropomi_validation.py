"""Recall, rates and intervals of the TROPOMI scan: plumes put into real crops, and the real plumes themselves.

    python benchmarks/tropomi_validation.py inject ../shared/data/tropomi --plumes 200 --seed 6001
    python benchmarks/tropomi_validation.py weak ../shared/data/tropomi --plumes 120 --seed 8001
    python benchmarks/tropomi_validation.py real ../shared/data/tropomi

``inject`` adds simulated plumes of known rate to the crops without a plume, and to places of the others at least
80 km from the listed source. The wind the scan is given is the true one with an error of 0.5 m/s and 15 % in each
component. ``weak`` does so in winds of 0.5 to 2.5 m/s that turn by 70 degrees within three hours, in crops
without a plume only, and tells a wind whose direction is wrong by 60 degrees at 1 m/s (1 sigma, up to 120, in
inverse ratio to the speed); its distances are to the nearest source. ``real`` scans every crop and holds it
against the published source and rate of ``index.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from superemitter.measure.retrieval.columns import usable_pixels
from superemitter.model import EmissionRate, Scene
from superemitter.model.columns import methane_kg_m2_per_ppb
from superemitter.model.errors import SceneCannotSay
from superemitter.model.footprint import distance_and_bearing
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import SwathResult, scan_swath
from superemitter.simulate.column_plume import Transport, column_plume

FOUND_M = 20_000.0
FREE_M = 80_000.0
RATES_T_H = ((5, 15), (15, 30), (30, 60), (60, 100))
WEAK_M_S = ((0.5, 1.0), (1.0, 1.5), (1.5, 2.0), (2.0, 2.5))
MEANDERING = Transport(direction_scatter_deg=70.0, speed_scatter=0.3, memory_seconds=3.0 * 3600.0)
WINDS_M_S = ((1.2, 2.5), (2.5, 5.0), (5.0, 9.0))


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A plume put into a crop, and what became of it."""

    rate: float
    wind: float
    latitude: float
    distance: float | None = None
    sigma_m: float = 0.0
    ime: Any = None
    csf: Any = None


def scanned(scene: Scene) -> SwathResult | None:
    try:
        return scan_swath(scene, None, None, false_plumes=0.5, seed=0, tell=lambda _stage: None)
    except SceneCannotSay:
        return None


def nearest(result: SwathResult, longitude: float, latitude: float) -> tuple[float, Any]:
    pairs = [
        (distance_and_bearing(longitude, latitude, p.plume.source_longitude, p.plume.source_latitude)[0], p)
        for p in result.plumes
    ]
    return min(pairs, key=lambda pair: pair[0]) if pairs else (float("inf"), None)


def told_wind(speed: float, from_deg: float, error: float, rng: np.random.Generator) -> tuple[float, float]:
    """East and north component of a wind, each with an error. [m s-1]"""
    angle = np.radians(from_deg)
    return (
        float(-speed * np.sin(angle) + rng.normal(0, error)),
        float(-speed * np.cos(angle) + rng.normal(0, error)),
    )


def with_gas(scene: Scene, mass: FloatArray, wind: tuple[float, float]) -> Scene:
    """The scene with a column mass [kg m-2] more, and the same wind in its product everywhere."""
    data = scene.dataset.copy()
    fields = {"methane": data["methane"].values + mass / methane_kg_m2_per_ppb(data)[0]}
    fields |= {
        f"{way}ward_wind": np.full(scene.shape, part) for way, part in zip(("east", "north"), wind, strict=True)
    }
    for name, values in fields.items():
        data[name] = (("row", "column"), values.astype(np.float32))
    return replace(scene, dataset=data)


def injected(scene: Scene, place: tuple[float, float], rng: np.random.Generator, *, weak: bool = False) -> Trial:
    """Add one plume at a place and scan."""
    rate = float(np.exp(rng.uniform(np.log(5e3), np.log(1e5))))
    low, high = (0.5, 2.5) if weak else (1.2, 9.0)
    speed, come_from = float(np.exp(rng.uniform(np.log(low), np.log(high)))), float(rng.uniform(0, 360))
    mass = column_plume(
        scene.footprint,
        longitude=place[0],
        latitude=place[1],
        rate_kg_h=rate,
        speed_m_s=speed,
        from_deg=come_from,
        rng=rng,
        transport=MEANDERING if weak else None,
    )
    error = np.hypot(0.5, 0.15 * speed)
    told_from = come_from + (rng.normal(0, min(60.0 / speed, 120.0)) if weak else 0.0)
    filled = with_gas(scene, mass, told_wind(speed, told_from, error, rng))
    trial = Trial(rate=rate, wind=speed, latitude=place[1])
    result = scanned(filled)
    if result is None:
        return trial
    metres, found = nearest(result, *place)
    if metres > (FREE_M if weak else FOUND_M):
        return trial
    quantities = found.quantification
    return replace(
        trial,
        distance=metres,
        sigma_m=found.plume.source_sigma_m,
        ime=quantities.rate_ime,
        csf=quantities.rate_csf,
    )


def usable_crops(folder: Path) -> Iterator[tuple[Scene, dict[str, Any], BoolArray]]:
    """Real crops of which more than half is usable, what is listed of each, and its usable pixels."""
    for entry in json.loads((folder / "index.json").read_text()):
        scene = open_scene(folder / entry["file"])
        usable, _ = usable_pixels(scene)
        if usable.mean() > 0.5:
            yield scene, entry, usable


def inject(folder: Path, plumes: int, seed: int, *, weak: bool = False) -> None:
    rng = np.random.default_rng(seed)
    crops = [crop for crop in usable_crops(folder) if not (weak and crop[1]["positive"])]
    trials: list[Trial] = []
    while len(trials) < plumes:
        scene, entry, usable = crops[len(trials) % len(crops)]
        row, column = rng.integers(5, 27, size=2)
        place = scene.footprint.at(float(row), float(column))
        far = not entry["positive"] or (
            distance_and_bearing(*place, entry["source_lon"], entry["source_lat"])[0] > FREE_M
        )
        if far and usable[row - 2 : row + 3, column - 2 : column + 3].mean() > 0.7:
            trials.append(injected(scene, place, rng, weak=weak))
    if weak:
        report_weak(trials, len(crops))
    else:
        report(trials, len(crops))


def report_weak(trials: list[Trial], crops: int) -> None:
    """How far from the truth the nearest source is, in units of km and of its stated error."""
    print(f"{len(trials)} plumes in {crops} crops without one")
    for low, high in WEAK_M_S:
        some = [t for t in trials if low <= t.wind < high]
        metres = np.array([t.distance for t in some if t.distance is not None])
        sigma = np.array([t.sigma_m for t in some if t.distance is not None])
        if metres.size:
            print(
                f"  {low}-{high} m/s: {metres.size} of {len(some)} plumes; source distance median "
                f"{np.median(metres) / 1e3:.1f} km, 90 % within {np.quantile(metres, 0.9) / 1e3:.1f} km, "
                f"{np.mean(metres <= FOUND_M):.0%} within 20 km; stated error {np.median(sigma) / 1e3:.1f} km, "
                f"{np.mean(metres <= 1.52 * sigma):.0%} within the 68 % circle"
            )


def report(trials: list[Trial], crops: int) -> None:
    found = [t for t in trials if t.distance is not None]
    print(f"{len(trials)} plumes in {crops} crops; {len(found)} found within {FOUND_M / 1000:.0f} km")
    print("recall by rate [t/h] and wind [m/s]")
    for low, high in RATES_T_H:
        cells = []
        for weak, strong in WINDS_M_S:
            some = [t for t in trials if low <= t.rate / 1e3 < high and weak <= t.wind < strong]
            hits = sum(t.distance is not None for t in some)
            cells.append(f"{hits}/{len(some)}")
        print(f"  {low}-{high}: " + ", ".join(cells))
    for name in ("ime", "csf"):
        known = [(t.rate, getattr(t, name)) for t in found if isinstance(getattr(t, name), EmissionRate)]
        print(f"{name}: {len(known)} rates, {len(found) - len(known)} cannot say")
        figures(known)
    if found:
        print(f"source distance: median {np.median([t.distance for t in found]) / 1000:.1f} km")


def figures(known: list[tuple[float, Any]]) -> None:
    if not known:
        return
    ratio = np.array([rate.rate_kg_h / truth for truth, rate in known])
    inside95 = np.mean([rate.low95_kg_h <= truth <= rate.high95_kg_h for truth, rate in known])
    inside68 = np.mean([rate.low_kg_h <= truth <= rate.high_kg_h for truth, rate in known])
    width = np.median([rate.high95_kg_h / max(rate.low95_kg_h, 1.0) for _, rate in known])
    print(f"  median ratio {np.median(ratio):.2f}, within a factor 2 {np.mean((ratio > 0.5) & (ratio < 2)):.0%}")
    print(f"  95 % holds {inside95:.0%}, 68 % holds {inside68:.0%}, 95 % high / low {width:.1f}")


def real(folder: Path) -> None:
    flagged = negatives = found = others = unsaid = 0
    rates, agree = [], []
    for entry in json.loads((folder / "index.json").read_text()):
        result = scanned(open_scene(folder / entry["file"]))
        if not entry["positive"]:
            negatives += 1
            flagged += bool(result and result.plumes)
            continue
        metres, plume = nearest(result, entry["source_lon"], entry["source_lat"]) if result else (np.inf, None)
        hit = metres <= FOUND_M
        found += hit
        others = max(others, len(result.plumes) - hit if result else 0)
        if not hit:
            continue
        rate = plume.quantification.rate
        if not isinstance(rate, EmissionRate):
            unsaid += 1
            continue
        truth, sigma = entry["rate_t_h"] * 1e3, entry["rate_uncertainty_t_h"] * 1e3
        rates.append((truth, rate))
        agree.append(rate.low95_kg_h <= truth + 1.96 * sigma and rate.high95_kg_h >= truth - 1.96 * sigma)
    print(f"positives found within 20 km: {found} of 10; at most {others} other plumes; negatives flagged: "
          f"{flagged} of {negatives}; cannot say {unsaid}")  # fmt: skip
    figures(rates)
    if agree:
        print(f"  95 % intervals, ours and the published one, meet: {np.mean(agree):.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("inject", "weak", "real"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plumes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6001)
    options = parser.parse_args()
    if options.what == "real":
        real(options.folder)
    else:
        inject(options.folder, options.plumes, options.seed, weak=options.what == "weak")


if __name__ == "__main__":
    main()
