"""How rough real TROPOMI crops are, and simulated ones: half the mean squared difference of methane by distance.

    python benchmarks/tropomi_clutter.py ../shared/data/tropomi --crops 100 --seed 501

Real crops that are mostly usable, without the pixels within 80 km of the listed source; simulated
ones with clutter drawn at random. Along and across the track together; tenths and median over the crops. [ppb2]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from superemitter.model.footprint import metres_from
from superemitter.model.types import BoolArray, FloatArray
from superemitter.simulate.swath import SwathSpec, random_clutter, simulate_swath
from tropomi_validation import FREE_M, usable_crops

LAGS_PX = (1, 2, 4, 6, 10, 15, 22)


def real(folder: Path) -> Iterator[tuple[FloatArray, BoolArray]]:
    """Methane and the pixels to be used of each real crop."""
    for scene, entry, usable in usable_crops(folder):
        if entry["positive"]:
            place = scene.footprint
            away = metres_from(entry["source_lon"], entry["source_lat"], place.longitude, place.latitude)
            usable = usable & (np.hypot(*away) > FREE_M)
        yield scene.dataset["methane"].values.astype(float), usable


def simulated(crops: int, seed: int) -> Iterator[tuple[FloatArray, BoolArray]]:
    for number in range(seed, seed + crops):
        spec = SwathSpec(noise_ppb=random_clutter(np.random.default_rng(number)), seed=number)
        methane = simulate_swath(spec).fields["methane"].astype(float)
        yield methane, np.isfinite(methane)


def variogram(methane: FloatArray, used: BoolArray) -> list[float]:
    """Half the mean squared difference at each of `LAGS_PX`, in both directions. [ppb2]"""
    values = np.where(used, methane, np.nan)
    return [
        0.25 * float(np.nanmean((values[lag:] - values[:-lag]) ** 2))
        + 0.25 * float(np.nanmean((values[:, lag:] - values[:, :-lag]) ** 2))
        for lag in LAGS_PX
    ]


def tell(name: str, crops: Iterator[tuple[FloatArray, BoolArray]]) -> None:
    each = np.array([variogram(*crop) for crop in crops])
    print(f"{name}: {len(each)} crops")
    for share in (0.1, 0.5, 0.9):
        values = ", ".join(f"{value:.0f}" for value in np.quantile(each, share, axis=0))
        print(f"  {share:.0%} of crops are below: {values}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crops", type=int, default=100)
    parser.add_argument("--seed", type=int, default=501)
    options = parser.parse_args()
    print("pixels apart: " + ", ".join(str(lag) for lag in LAGS_PX))
    tell("real", real(options.folder))
    tell("simulated", simulated(options.crops, options.seed))


if __name__ == "__main__":
    main()
