"""The sparse filter beside the original, same numbers and CPU seconds; and the whole of retrieval and detection.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/sparse_filter.py --columns 1242

The peer is ``acrwl1mf`` of PyPI, onboard-methane-detection, 30 iterations, column by column (its fastest call) and
in batches of 69 columns, on the same radiance in memory.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PINNED = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ.update(PINNED)  # before NumPy is loaded

import numpy as np  # noqa: E402
from onboard_methane_detection.mag1c_sas_base import acrwl1mf  # noqa: E402

from superemitter.measure.retrieval.sparse import sparse_filter  # noqa: E402
from superemitter.measure.spectra import unit_absorption  # noqa: E402
from superemitter.observe.readers import open_scene  # noqa: E402
from superemitter.pipeline.scan import find_plumes  # noqa: E402
from superemitter.pipeline.validation.blind import ScanChoices  # noqa: E402
from superemitter.simulate import SimulationSpec, random_leaks, simulate_to  # noqa: E402

RATES_KG_H = (15_000.0, 8_000.0, 5_000.0, 3_000.0)
BATCH = 69


def seconds(run: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> None:
    """Simulate, compare the numbers, time, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=1242)
    parser.add_argument("--repeat", type=int, default=2)
    options = parser.parse_args()
    shape = (1280, options.columns)
    with tempfile.TemporaryDirectory() as folder:
        leaks = random_leaks(np.random.default_rng(3), shape, RATES_KG_H, min_separation=80.0, margin=30.0)
        spec = SimulationSpec(shape=shape, seed=3, leaks=leaks, full_spectrum=False)
        scene = open_scene(simulate_to(spec, Path(folder)).radiance)
        cube = scene.radiance.astype(np.float64)
    spectrum = unit_absorption(scene.wavelength_nm, scene.fwhm_nm, float(np.nanmean(scene.air_mass)))
    template, columns = 1e5 * spectrum[None, None], range(options.columns)
    largest = max(
        float(np.abs(sparse_filter(cube[:, j], spectrum, iterations=30).alpha - peer(cube[:, j], template)).max())
        for j in columns[:: max(1, options.columns // 40)]
    )
    batches = [np.ascontiguousarray(cube[:, j : j + BATCH].transpose(1, 0, 2)) for j in columns[::BATCH]]
    choices = ScanChoices()
    runs: dict[str, Callable[[], object]] = {
        "ours, 30 iterations": lambda: [sparse_filter(cube[:, j], spectrum, iterations=30) for j in columns],
        "ours, until nothing changes": lambda: [sparse_filter(cube[:, j], spectrum) for j in columns],
        "`acrwl1mf`, column by column": lambda: [peer(cube[:, j], template) for j in columns],
        f"`acrwl1mf`, batches of {BATCH}": lambda: [acrwl1mf(x, template, 30) for x in batches],
        "our retrieval and detection, three passes": lambda: find_plumes(
            scene, None, choices.retrieval, choices.detection, lambda _stage: None
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(options.repeat):
        for name, run in runs.items():
            times[name].append(seconds(run))
    bands = cube.shape[2]
    sys.stdout.write(f"{shape[0]} x {shape[1]} x {bands}; greatest difference {largest:.1e} ppm m\n\n")
    sys.stdout.write("| what | CPU s, median [min-max] |\n|---|---|\n")
    for name, values in times.items():
        sys.stdout.write(f"| {name} | {np.median(values):.2f} [{min(values):.2f}-{max(values):.2f}] |\n")


def peer(column: np.ndarray, template: np.ndarray) -> np.ndarray:
    """The original's enhancement of one column. [ppm m]"""
    out: np.ndarray = acrwl1mf(column[None], template, 30)[0][0, :, 0]
    return out


if __name__ == "__main__":
    main()
