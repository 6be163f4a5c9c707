"""Time and memory of a whole TROPOMI orbit, from file to report.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/tropomi_orbit.py

Writes a simulated orbit of 4,000 x 215 pixels to the product's specification, scans it in a process of its own,
and prints CPU seconds and peak memory of that process. To be reached: 10 CPU s, 1 GiB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p


def orbit(rows: int, seed: int) -> SwathSpec:
    """A daylight orbit: two thirds cloud or sea, as on Earth, with a few leaks."""
    leaks = tuple(
        SwathLeak(longitude=30.0 + lon, latitude=lat, rate_kg_h=rate)
        for lon, lat, rate in ((0.5, 30.0, 60e3), (2.0, 20.0, 40e3), (4.0, 10.0, 90e3), (-3.0, 40.0, 50e3))
    )
    return SwathSpec(
        rows=rows, columns=215, first_pixel=0, latitude=5.0, longitude=30.0, cloud_share=0.5, water_share=0.4,
        leaks=leaks, seed=seed,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_s5p(simulate_swath(orbit(options.rows, options.seed)), folder / "orbit.nc")
        command = [sys.executable, "-m", "superemitter", "scan", str(path), "--out", str(folder / "out")]
        subprocess.run(command, check=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = sum(file.stat().st_size for file in (folder / "out").rglob("*") if file.is_file())
    print(f"file to report: {used.ru_utime + used.ru_stime:.1f} CPU s, peak {used.ru_maxrss / 2**20:.2f} GiB")
    print(f"output: {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
