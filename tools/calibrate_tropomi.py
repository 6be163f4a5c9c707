"""Fit the effective-wind laws of TROPOMI on simulated plumes.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python tools/calibrate_tropomi.py --plumes 4000 --seed 36

Lays simulated plumes of known rate (5 to 100 t/h, 1.2 to 9 m/s) on simulated swaths, from quiet to rough, runs
the scan with the true wind on all cores, and fits ``U_eff = a U10 + b`` by relative least absolute deviation for
both methods. Prints what belongs into ``src/superemitter/data/calibrations.toml``, and the scatter. No real plume
has a part.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq, nnls

from superemitter.measure.quantification import calibration_for
from superemitter.model import EmissionRate
from superemitter.model.footprint import distance_and_bearing
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import scan_swath
from superemitter.simulate.swath import SwathLeak, SwathSpec, random_clutter, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

FOUND_M = 20_000.0
NAMED = ("noise", "background", "mask", "unit")


def spec_of(rng: np.random.Generator, seed: int) -> SwathSpec:
    """A random crop with one leak near its middle."""
    lat, lon = float(rng.uniform(-35, 55)), float(rng.uniform(-170, 170))
    leak = SwathLeak(
        longitude=lon + float(rng.uniform(-0.3, 0.3)),
        latitude=lat + float(rng.uniform(-0.3, 0.3)),
        rate_kg_h=float(np.exp(rng.uniform(np.log(5e3), np.log(1e5)))),
    )
    return SwathSpec(
        latitude=lat,
        longitude=lon,
        first_pixel=int(rng.choice([91, 92, 20, 150])) if rng.random() < 0.5 else 91,
        wind_speed_m_s=float(np.exp(rng.uniform(np.log(1.2), np.log(9.0)))),
        wind_from_deg=float(rng.uniform(0, 360)),
        noise_ppb=random_clutter(rng),
        leaks=(leak,),
        seed=seed,
    )


def measured(spec: SwathSpec) -> dict[str, tuple[float, float]] | None:
    """True over measured and its named error, by method, of the plume found at the leak; None if there is none."""
    with tempfile.TemporaryDirectory() as folder:
        scene = open_scene(write_s5p(simulate_swath(spec), Path(folder) / "swath.nc"))
        found = scan_swath(scene, None, None, false_plumes=0.5, seed=0, tell=lambda _stage: None)
    leak = spec.leaks[0]
    for plume in found.plumes:
        metres, _ = distance_and_bearing(
            leak.longitude, leak.latitude, plume.plume.source_longitude, plume.plume.source_latitude
        )
        rates = {"ime": plume.quantification.rate_ime, "csf": plume.quantification.rate}
        if metres < FOUND_M and all(isinstance(rate, EmissionRate) for rate in rates.values()):
            known: dict[str, Any] = dict(rates)
            return {
                n: (leak.rate_kg_h / 3600.0 / r.mass_per_length_kg_m, named_error(r)) for n, r in known.items()
            }
    return None


def named_error(rate: EmissionRate) -> float:
    """Relative 1-sigma error of a rate but for the wind and the calibration."""
    return math.hypot(*(rate.components[name] for name in NAMED)) / rate.rate_kg_h


def beyond(log: np.ndarray, named: np.ndarray) -> float:
    """Scatter that, beside the named errors, holds 68 % of the deviations from the median."""
    away = np.abs(log - np.median(log))
    return float(brentq(lambda s: np.mean(away < np.hypot(named, s)) - 0.6827, 0.0, 2.0))


def fitted(speed: np.ndarray, effective: np.ndarray) -> tuple[float, float]:
    """Law that is right in the median, relative to itself; without a wind it gives no less than nothing."""
    a, b = 1.0, 0.3
    for _ in range(100):
        scale = 1.0 / np.maximum(a * speed + b, 0.1)
        weight = scale / np.sqrt(np.maximum(np.abs(effective * scale - 1.0), 0.03))
        matrix = np.column_stack([speed, np.ones_like(speed)]) * weight[:, None]
        a, b = nnls(matrix, effective * weight)[0]
    return float(a), float(b)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plumes", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=36)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    specs = [spec_of(rng, 100_000 * options.seed + number) for number in range(options.plumes)]
    with ProcessPoolExecutor() as pool:
        answers = list(pool.map(measured, specs, chunksize=20))
    rows = [(spec.wind_speed_m_s, answer) for spec, answer in zip(specs, answers, strict=True) if answer]
    speed = np.array([wind for wind, _ in rows])
    print(f"{len(rows)} of {options.plumes} plumes found with a rate")
    for method in ("ime", "csf"):
        effective, named = np.array([answer[method] for _, answer in rows]).T
        a, b = fitted(speed, effective)
        log = np.log(effective / (a * speed + b))
        law = calibration_for("tropomi", method)
        now = np.log(effective / (law.a * speed + law.b))
        print(f"{method}: a = {a:.2f}, b = {b:.2f}")
        print(f"  scatter {log.std():.2f}, beyond the named errors {beyond(log, named):.2f}")
        print(
            f"  the packaged law ({law.a}, {law.b}) reads {np.exp(-np.median(now)):.2f} of the truth in the median"
        )


if __name__ == "__main__":
    main()
