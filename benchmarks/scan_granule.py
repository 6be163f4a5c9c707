"""Whole ``scan`` of a full simulated EMIT granule beside the original sparse filter alone, in CPU seconds.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/scan_granule.py

The granule is 1280 x 1242 x 285, written in the layout of the real product. ``scan`` runs as a command of its own,
from file to report. The peer is ``acrwl1mf`` of PyPI's onboard-methane-detection (the mag1c mathematics), 30
iterations, column by column on the same 50 bands, already in memory: reading, detection and rates not counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PINNED = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
os.environ.update(PINNED)  # before NumPy is loaded

import numpy as np  # noqa: E402
from onboard_methane_detection.mag1c_sas_base import acrwl1mf  # noqa: E402

from superemitter.measure.spectra import unit_absorption  # noqa: E402
from superemitter.observe.readers import open_scene  # noqa: E402
from superemitter.simulate import SimulationSpec, random_leaks, simulate_to  # noqa: E402

SHAPE = (1280, 1242)
RATES_KG_H = (15_000.0, 8_000.0, 5_000.0, 3_000.0, 2_000.0, 1_500.0)


def children() -> tuple[float, float]:
    """CPU seconds of finished child processes, and the largest one's peak memory in GiB."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def time_scan(radiance: Path, out: Path) -> tuple[float, float]:
    """CPU seconds and peak memory [GiB] of the command."""
    command = [sys.executable, "-m", "superemitter", "scan", str(radiance), "--out", str(out), "--json"]
    command += ["--wind-speed", "3", "--wind-from", "250"]
    before, _ = children()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **PINNED})
    after, peak = children()
    return after - before, peak


def time_peer(radiance: Path, precision: str) -> float:
    """CPU seconds of the sparse filter alone, in the given floating-point precision."""
    scene = open_scene(radiance)
    air_mass = float(np.nanmean(scene.air_mass))
    spectrum = (1e5 * unit_absorption(scene.wavelength_nm, scene.fwhm_nm, air_mass)).astype(precision)[None, None]
    cube = scene.radiance.astype(precision)
    start = time.process_time()
    for column in range(cube.shape[1]):
        acrwl1mf(cube[None, :, column], spectrum, 30)
    return time.process_time() - start


def main() -> None:
    """Simulate, time both, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        leaks = random_leaks(np.random.default_rng(3), SHAPE, RATES_KG_H, min_separation=200.0, margin=60.0)
        files = simulate_to(SimulationSpec(shape=SHAPE, seed=3, leaks=leaks), Path(folder))
        ours: list[float] = []
        peers: dict[str, list[float]] = {"float64": [], "float32": []}
        peak = 0.0
        for number in range(options.repeat):
            cpu, peak = time_scan(files.radiance, Path(folder) / f"out{number}")
            ours.append(cpu)
            for precision, values in peers.items():
                values.append(time_peer(files.radiance, precision))
    sys.stdout.write("| what | CPU s, median [min-max] | peak memory |\n|---|---|---|\n")
    for name, values, memory in (
        ("`superemitter scan`, file to report", ours, f"{peak:.2f} GiB"),
        ("`acrwl1mf` alone, 50 bands in memory, float64", peers["float64"], "-"),
        ("`acrwl1mf` alone, 50 bands in memory, float32", peers["float32"], "-"),
    ):
        sys.stdout.write(
            f"| {name} | {np.median(values):.1f} [{min(values):.1f}-{max(values):.1f}] | {memory} |\n"
        )


if __name__ == "__main__":
    main()
