"""Column matched filter beside Spectral Python's, on one simulated cube, in one run.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/matched_filter.py

Prints a Markdown table of CPU seconds (median of the repeats, run in turns), peak memory and greatest difference.
Both get the same float32 cube, the same unit absorption spectrum and every pixel; ours also returns the albedo
factor and the propagated noise of each pixel. Peak memory is that of a fresh process of each, cube included.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from superemitter.measure.retrieval.matched_filter import apply_filter, build_filter
from superemitter.measure.retrieval.statistics import background, column_moments
from superemitter.measure.spectra import unit_absorption
from superemitter.model import load_instrument
from superemitter.model.types import FloatArray

SHAPE = (1280, 1242)
AIR_MASS = 2.3
LIMIT_CPU_S, LIMIT_GIB = 1.5, 1.2


def bands() -> tuple[FloatArray, FloatArray]:
    """The 50 bands of EMIT's retrieval window."""
    instrument = load_instrument("emit")
    centre, width = instrument.spectral_calibration.T
    low, high = instrument.retrieval_window_nm
    inside = (centre > low) & (centre < high)
    return centre[inside], width[inside]


def simulate(shape: tuple[int, int], seed: int = 0) -> FloatArray:
    """Radiance of mixed smooth surfaces in varying light with EMIT's noise. (row, column, band) float32"""
    rng = np.random.default_rng(seed)
    instrument, (wavelength, _) = load_instrument("emit"), bands()
    x = (wavelength - 2300.0) / 180.0
    shapes = np.stack([x, x**2, np.sin(3 * x), np.exp(-(((wavelength - 2200.0) / 25.0) ** 2))]).astype(np.float32)
    cube = np.empty((*shape, wavelength.size), dtype=np.float32)
    for row in range(shape[0]):
        mixed = 0.03 * rng.standard_normal((shape[1], 4), dtype=np.float32) @ shapes
        light = np.exp(0.2 * rng.standard_normal((shape[1], 1), dtype=np.float32))
        clean = (0.35 * (1.0 - 0.5 * x) * (1.0 + mixed) * light).astype(np.float32)
        sigma = instrument.noise_equivalent_radiance(clean, wavelength).astype(np.float32)
        cube[row] = clean + sigma * rng.standard_normal(clean.shape, dtype=np.float32)
    return cube


def ours(cube: FloatArray) -> FloatArray:
    """Moments, filter, application: what ``retrieve`` does between reading and correcting."""
    wavelength, width = bands()
    noise_a, noise_b = load_instrument("emit").noise_coefficients(wavelength)
    use = np.ones(cube.shape[:2], dtype=bool)
    centre = cube.reshape(-1, cube.shape[2])[:: cube.shape[0]].mean(axis=0, dtype=np.float64)
    statistics = background(column_moments(cube, use, centre), centre, by_column=True, shrinkage=0.0)
    spectrum = unit_absorption(wavelength, width, np.full(cube.shape[1], AIR_MASS))
    return apply_filter(cube, build_filter(statistics, spectrum), noise_a, noise_b).alpha


def spectral_python(cube: FloatArray) -> FloatArray:
    """PyPI ``spectral``, column by column; it subtracts the mean from its target, so the mean is added."""
    import spectral

    spectrum = unit_absorption(*bands(), AIR_MASS)
    out = np.empty(cube.shape[:2], dtype=np.float64)
    for column in range(cube.shape[1]):
        pixels = cube[:, column].astype(np.float64)
        mean = pixels.mean(axis=0)
        stats = spectral.GaussianStats(mean=mean, cov=np.cov(pixels.T, bias=True))
        out[:, column] = spectral.matched_filter(pixels[None], mean * (1 + spectrum), stats).reshape(-1)
    return out


RIVALS: dict[str, Callable[[FloatArray], FloatArray]] = {"superemitter": ours, "spectral": spectral_python}


def peak_gib(name: str, rows: int, columns: int) -> float:
    """Peak resident memory of a fresh process that makes the cube and runs one filter. [GiB]"""
    command = [sys.executable, __file__, "--rows", str(rows), "--columns", str(columns), "--peak-of", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)


def measure(cube: FloatArray, repeats: int) -> tuple[dict[str, list[float]], float]:
    """CPU seconds of each filter's runs, taken in turns, and the greatest relative difference of the results."""
    seconds: dict[str, list[float]] = {name: [] for name in RIVALS}
    results: dict[str, FloatArray] = {}
    for _ in range(repeats):
        for name, run in RIVALS.items():
            start = time.process_time()
            results[name] = run(cube)
            seconds[name].append(time.process_time() - start)
    expected = results["spectral"]
    difference = np.abs(results["superemitter"] - expected) / np.maximum(np.abs(expected), expected.std())
    return seconds, float(difference.max())


def main() -> int:
    """Run, print the table; 1 if a limit is missed on the full size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=SHAPE[0])
    parser.add_argument("--columns", type=int, default=SHAPE[1])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peak-of", choices=RIVALS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    shape = (given.rows, given.columns)
    with threadpool_limits(1):
        if given.peak_of:
            RIVALS[given.peak_of](simulate(shape))
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
            return 0
        cube = simulate(shape)
        seconds, difference = measure(cube, given.repeats)
    size = f"{cube.shape[0]}x{cube.shape[1]}x{cube.shape[2]}, {cube.nbytes / 2**20:.0f} MiB"
    del cube
    peaks = {name: peak_gib(name, *shape) for name in RIVALS}
    print(f"Column matched filter, {size}, one thread, median of {given.repeats}\n")
    print("| filter | CPU s (least-most) | peak GiB |\n|---|---|---|")
    for name, runs in seconds.items():
        print(f"| {name} | {np.median(runs):.2f} ({min(runs):.2f}-{max(runs):.2f}) | {peaks[name]:.2f} |")
    print(f"\nGreatest difference: {difference:.1e} of the value, or of its 1-sigma where that is larger")
    missed = (
        np.median(seconds["superemitter"]) > LIMIT_CPU_S or peaks["superemitter"] > LIMIT_GIB or difference > 1e-6
    )
    print(f"Limits ({LIMIT_CPU_S} CPU s, {LIMIT_GIB} GiB, 1e-6): {'missed' if missed else 'met'}")
    return int(missed and shape == SHAPE)


if __name__ == "__main__":
    sys.exit(main())
