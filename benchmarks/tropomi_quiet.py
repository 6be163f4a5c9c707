"""False plumes of the TROPOMI scan, stated and found, on simulated swaths without a leak.

    python benchmarks/tropomi_quiet.py --orbits 5 --crops 200 --seed 101

Orbits are those of ``tropomi_orbit.py``, half clouds and two fifths sea; crops are 32 x 32 pixels, every other one
with 8 %, the rest with 40 % of clouds. Each has clutter drawn at random. Every plume found is false.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import scan_swath
from superemitter.simulate.swath import SwathSpec, random_clutter, simulate_swath
from superemitter.simulate.write_s5p import write_s5p
from tropomi_orbit import orbit


def quiet(spec: SwathSpec) -> SwathSpec:
    """The swath without leaks, and with clutter drawn at random."""
    return replace(spec, leaks=(), noise_ppb=random_clutter(np.random.default_rng(spec.seed)))


def tell(name: str, specs: Iterable[SwathSpec]) -> None:
    stated, found, pixels = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for spec in specs:
            scene = open_scene(write_s5p(simulate_swath(spec), Path(folder) / "swath.nc"))
            result = scan_swath(scene, None, None, false_plumes=0.5, seed=0, tell=lambda _stage: None)
            stated += result.detection.expected_false_plumes
            found += len(result.plumes)
            pixels += int(result.enhancement.valid.sum())
    print(f"{name}: {pixels} usable pixels, {stated:.1f} false plumes stated, {found} found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orbits", type=int, default=5)
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("--seed", type=int, default=101)
    options = parser.parse_args()
    tell("orbits", (quiet(orbit(4000, options.seed + k)) for k in range(options.orbits)))
    tell(
        "crops",
        (
            quiet(
                SwathSpec(
                    seed=options.seed + 5000 + k,
                    cloud_share=(0.08, 0.4)[k % 2],
                    first_pixel=(91, 20, 150)[k % 3],
                    wind_speed_m_s=(1.5, 3.0, 6.0)[k % 3],
                )
            )
            for k in range(options.crops)
        ),
    )


if __name__ == "__main__":
    main()
