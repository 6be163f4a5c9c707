"""The register at the size of a world's plumes: how long imports and queries take, on SQLite.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/register.py [--plumes 1000000]

Fills a register in a temporary folder with simulated lists (CSV, 100,000 plumes a file: 30,000 places worldwide,
half of them in ten basins), then asks for the first two pages of 100 plumes: in random boxes, by time, rate,
sector, country and source, alone and together. Prints a Markdown table; fails if a limit is missed.
"""

from __future__ import annotations

import argparse
import csv
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from superemitter.register import ObservationQuery, Register, import_file, list_observations, open_register

PER_FILE = 100_000
LIMIT_IMPORT_S, LIMIT_QUERY_MS = 60.0, 100.0
START = datetime(2018, 1, 1, tzinfo=UTC)
DAYS = 8 * 365
COUNTRIES = [f"Country {n:02d}" for n in range(60)]
SECTORS = ["oil", "coal", "landfill", "agriculture", "power", "other"]
SECTOR_SHARE = [0.5, 0.2, 0.2, 0.06, 0.03, 0.01]


def places(rng: np.random.Generator, count: int = 30_000) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of emitting places: half of them in ten basins of about 3 degrees."""
    lon, lat = rng.uniform(-180, 180, count), rng.uniform(-55, 70, count)
    basin = rng.integers(0, 10, count // 2)
    centre = np.stack([rng.uniform(-120, 140, 10), rng.uniform(-30, 60, 10)])
    lon[: count // 2] = centre[0, basin] + rng.normal(0, 1.5, count // 2)
    lat[: count // 2] = centre[1, basin] + rng.normal(0, 1.5, count // 2)
    return lon, lat


def write_list(
    path: Path, rng: np.random.Generator, count: int, first: int, at: tuple[np.ndarray, np.ndarray]
) -> None:
    """A plume list in the generic format."""
    place = rng.integers(0, at[0].size, count)
    lon = at[0][place] + rng.normal(0, 0.001, count)
    lat = at[1][place] + rng.normal(0, 0.001, count)
    share = 1.0 / np.arange(1, len(COUNTRIES) + 1)
    country = rng.choice(COUNTRIES, count, p=share / share.sum())
    sector = rng.choice(SECTORS, count, p=SECTOR_SHARE)
    rate = rng.lognormal(np.log(800), 1.2, count)
    second = rng.integers(0, DAYS * 86_400, count)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["id", "time", "longitude", "latitude", "rate_kg_h", "rate_sigma_kg_h", "sector", "country", "licence"]
        )
        for n in range(count):
            when = (START + timedelta(seconds=int(second[n]))).isoformat()
            row = (f"p{first + n}", when, f"{lon[n]:.6f}", f"{lat[n]:.6f}", f"{rate[n]:.1f}", f"{rate[n] / 3:.1f}")
            writer.writerow([*row, sector[n], country[n], "CC0-1.0"])


def questions(
    rng: np.random.Generator, at: tuple[np.ndarray, np.ndarray]
) -> dict[str, Callable[[], ObservationQuery]]:
    """Makers of random queries, by what they ask for."""

    def box(size: float) -> tuple[float, float, float, float]:
        n = rng.integers(0, at[0].size)
        lon, lat = float(np.clip(at[0][n], -175, 175)), float(at[1][n])
        half = size / 2
        return max(-180.0, lon - half), max(-90.0, lat - half), min(180.0, lon + half), min(90.0, lat + half)

    def since() -> datetime:
        return START + timedelta(days=int(rng.integers(0, DAYS)))

    country, sector = lambda: str(rng.choice(COUNTRIES)), lambda: ["oil-gas", "coal", "waste"][rng.integers(0, 3)]
    rare = lambda: ["power", "other", "agriculture"][rng.integers(0, 3)]  # noqa: E731
    q = ObservationQuery
    return {
        "newest": lambda: q(),
        "month": lambda: q(since=(s := since()), until=s + timedelta(days=30)),
        "rate": lambda: q(min_rate_kg_h=float(10 ** rng.uniform(2, 5))),
        "sector": lambda: q(sector=sector()),
        "country": lambda: q(country=country()),
        "country and sector": lambda: q(country=country(), sector=sector()),
        "country, rare sector": lambda: q(country=country(), sector=rare()),
        "country, rate": lambda: q(country=country(), min_rate_kg_h=float(10 ** rng.uniform(2, 5))),
        "sector, rate, year": lambda: q(
            sector=sector(),
            min_rate_kg_h=float(10 ** rng.uniform(2, 4.5)),
            since=(s := since()),
            until=s + timedelta(days=365),
        ),
        "source": lambda: q(source_id=int(rng.integers(1, 30_000))),
        "box 0.1 degrees": lambda: q(bbox=box(0.1)),
        "box 1 degree": lambda: q(bbox=box(1)),
        "box 10 degrees": lambda: q(bbox=box(10)),
        "box 60 degrees": lambda: q(bbox=box(60)),
        "world": lambda: q(bbox=(-180, -90, 180, 90)),
        "box 10 degrees, sector, rate": lambda: q(
            bbox=box(10), sector=sector(), min_rate_kg_h=float(10 ** rng.uniform(2, 4.5))
        ),
        "box 5 degrees, month": lambda: q(bbox=box(5), since=(s := since()), until=s + timedelta(days=30)),
        "box 1 degree, rare sector": lambda: q(bbox=box(1), sector=rare()),
    }


def timed(register: Register, make: Callable[[], ObservationQuery], repeats: int) -> list[float]:
    """Milliseconds of first and second pages."""
    out = []
    for _ in range(repeats):
        query, after = make(), None
        for _ in range(2):
            start = time.perf_counter()
            page = list_observations(register, query, limit=100, after=after)
            out.append(1000 * (time.perf_counter() - start))
            after = page.next
            if after is None:
                break
    return out


def fill(
    register: Register, folder: Path, plumes: int, rng: np.random.Generator, at: tuple[np.ndarray, np.ndarray]
) -> list[float]:
    """Import the lists; seconds for each 100,000 plumes."""
    seconds = []
    for first in range(0, plumes, PER_FILE):
        path = folder / "list.csv"
        write_list(path, rng, min(PER_FILE, plumes - first), first, at)
        start = time.perf_counter()
        report = import_file(register, path)
        seconds.append(time.perf_counter() - start)
        assert not report.refused and report.stored == report.read
        print(f"imported {first + report.stored:,} plumes, {seconds[-1]:.1f} s", file=sys.stderr)
    return seconds


def main() -> int:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plumes", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--keep", type=Path, help="fill, or use again, a register in this folder")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    at = places(rng)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        known = (folder / "register.db").exists()
        register = open_register(folder / "register.db")
        seconds = [] if known else fill(register, folder, options.plumes, rng, at)
        size = (folder / "register.db").stat().st_size / 1e9
        times = {name: timed(register, make, options.repeats) for name, make in questions(rng, at).items()}
        register.close()
    return show(options.plumes, seconds, size, times)


def show(plumes: int, seconds: list[float], size: float, times: dict[str, list[float]]) -> int:
    """The table; 1 if a limit is missed."""
    print(
        f"{plumes:,} plumes, {size:.2f} GB, SQLite {sqlite3.sqlite_version}, Python {platform.python_version()}\n"
    )
    print("| what | median | p95 | limit |\n|---|---|---|---|")
    if seconds:
        middle, worst = np.median(seconds), max(seconds)
        print(f"| import of 100,000 plumes | {middle:.1f} s | {worst:.1f} s (worst) | {LIMIT_IMPORT_S:.0f} s |")
    for name, values in times.items():
        middle, p95 = np.median(values), np.percentile(values, 95)
        print(f"| {name} | {middle:.1f} ms | {p95:.1f} ms | {LIMIT_QUERY_MS:.0f} ms |")
    every = [value for values in times.values() for value in values]
    p95 = float(np.percentile(every, 95))
    print(f"| all queries ({len(every)}) | {np.median(every):.1f} ms | {p95:.1f} ms | {LIMIT_QUERY_MS:.0f} ms |")
    return int(max(seconds, default=0.0) > LIMIT_IMPORT_S or p95 > LIMIT_QUERY_MS)


if __name__ == "__main__":
    sys.exit(main())
