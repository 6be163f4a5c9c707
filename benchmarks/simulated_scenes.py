"""Recall, false plumes and interval coverage of ``scan`` on simulated EMIT scenes of known truth.

    .venv/bin/python benchmarks/simulated_scenes.py --first-seed 6000 --scenes 40

Leaks of 3 to 20 t/h stand free (none within 6 km of another or in its wake) in a 3 m/s wind of random direction,
over a mixed surface with look-alikes; the default ground gives a filter noise of about 300 ppm m at 60 m. The scan
is given a wind drawn around the true one with the sigma it is told. Seeds from 6000 are for judging only: what was
chosen on simulated scenes was chosen on seeds below 6000.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from superemitter.model import Wind
from superemitter.pipeline import Context, Recipe, match, read_truth, scan
from superemitter.simulate import Leak, SimulationSpec, simulate_to

SHAPE = (640, 621)  # a quarter of a granule
GRANULE_PIXELS = 1280 * 1242
HEADING_DEG = 132.0
PIXEL_M = 60.0
WIND_M_S = 3.0
WIND_SIGMA_M_S = 1.0
RATES_KG_H = (3000.0, 20000.0)
LEAKS = 3


@dataclass(frozen=True)
class Row:
    """One leak, or one false plume, of a scene."""

    seed: int
    true_kg_h: float | None
    found_kg_h: float | None = None
    csf_kg_h: float | None = None
    in68: bool | None = None
    in95: bool | None = None
    distance_m: float | None = None
    width95: float | None = None
    noise_ppm_m: float | None = None


def free_standing(rng: np.random.Generator, from_deg: float) -> list[tuple[float, float]]:
    """Places that are 6 km apart and out of each other's wake (35 degrees to either side)."""
    heading = math.radians(HEADING_DEG)
    downwind = math.radians(from_deg + 180.0)
    while True:
        places = [
            (float(rng.uniform(60, SHAPE[0] - 60)), float(rng.uniform(60, SHAPE[1] - 60))) for _ in range(LEAKS)
        ]
        apart = [
            math.hypot(r2 - r1, c2 - c1) * PIXEL_M > 6000 and not _in_wake(r2 - r1, c2 - c1, heading, downwind)
            for i, (r1, c1) in enumerate(places)
            for j, (r2, c2) in enumerate(places)
            if i != j
        ]
        if all(apart):
            return places


def _in_wake(d_row: float, d_column: float, heading: float, downwind: float) -> bool:
    """Whether the step lies within 35 degrees of downwind, whichever side columns run to."""
    for side in (1, -1):
        north = d_row * math.cos(heading) - side * d_column * math.sin(heading)
        east = d_row * math.sin(heading) + side * d_column * math.cos(heading)
        turn = (math.atan2(east, north) - downwind + math.pi) % (2 * math.pi) - math.pi
        if abs(turn) < math.radians(35.0):
            return True
    return False


def one_scene(seed: int, folder: Path) -> list[Row]:
    """Simulate a scene, scan it with a wind that is off by its stated sigma, compare."""
    rng = np.random.default_rng([seed, 1])
    from_deg = float(rng.uniform(0.0, 360.0))
    wind = Wind(speed_m_s=WIND_M_S, speed_sigma_m_s=0.0, from_deg=from_deg, source="simulated")
    rates = np.exp(rng.uniform(*np.log(RATES_KG_H), size=LEAKS))
    leaks = tuple(
        Leak(row=row, column=column, rate_kg_h=float(rate))
        for (row, column), rate in zip(free_standing(rng, from_deg), rates, strict=True)
    )
    spec = SimulationSpec(
        shape=SHAPE,
        seed=seed,
        leaks=leaks,
        wind=wind,
        heading_deg=HEADING_DEG,
        solar_zenith_deg=float(rng.uniform(20.0, 50.0)),
        full_spectrum=False,
    )
    files = simulate_to(spec, folder)
    told = float(max(WIND_M_S + WIND_SIGMA_M_S * rng.standard_normal(), 0.2))
    recipe = Recipe(wind_speed_m_s=told, wind_from_deg=from_deg, wind_speed_sigma_m_s=WIND_SIGMA_M_S, seed=seed)
    scanned = scan(files.radiance, recipe, Context.of(recipe))
    field = scanned.result.enhancement.enhancement_ppm_m
    noise = 1.4826 * float(np.nanmedian(np.abs(field - np.nanmedian(field))))
    rows = []
    for pair in match(read_truth(files.truth), list(scanned.record.results)):
        plume = pair.plume
        true = None if pair.leak is None else pair.leak["rate_kg_h"]
        if plume is None or plume["rate_kg_h"] is None:
            rows.append(Row(seed, true, noise_ppm_m=noise))
            continue
        rows.append(
            Row(
                seed=seed,
                true_kg_h=true,
                found_kg_h=plume["rate_kg_h"],
                csf_kg_h=plume["rate_csf_kg_h"],
                in68=None if true is None else plume["rate_low_kg_h"] <= true <= plume["rate_high_kg_h"],
                in95=None if true is None else plume["rate_low95_kg_h"] <= true <= plume["rate_high95_kg_h"],
                distance_m=pair.distance_m,
                width95=plume["rate_high95_kg_h"] / max(plume["rate_low95_kg_h"], 1e-9),
                noise_ppm_m=noise,
            )
        )
    return rows


def summary(rows: list[Row], scenes: int) -> str:
    """The figures as a Markdown table."""
    leaks = [row for row in rows if row.true_kg_h is not None]
    found = [row for row in leaks if row.found_kg_h is not None]
    false = len(rows) - len(leaks)
    granules = scenes * SHAPE[0] * SHAPE[1] / GRANULE_PIXELS
    ratio = np.array([row.found_kg_h / row.true_kg_h for row in found if row.found_kg_h and row.true_kg_h])
    csf = np.array([row.csf_kg_h / row.true_kg_h for row in found if row.csf_kg_h and row.true_kg_h])
    distance = np.array([row.distance_m for row in found])
    lines = [
        ("scenes (granules' worth)", f"{scenes} ({granules:.1f})"),
        ("filter noise, median over scenes", f"{np.median([r.noise_ppm_m for r in rows]):.0f} ppm m"),
        ("leaks found", f"{len(found)} of {len(leaks)} ({len(found) / len(leaks):.1%})"),
        ("false plumes per granule", f"{false / granules:.2f} ({false} in all)"),
        ("95 % interval holds the truth", f"{np.mean([r.in95 for r in found]):.1%}"),
        ("68 % interval holds the truth", f"{np.mean([r.in68 for r in found]):.1%}"),
        ("95 % interval, median high / low", f"{np.median([r.width95 for r in found]):.1f}"),
        ("rate / truth, IME: median", f"{np.median(ratio):.2f}"),
        ("rate / truth, IME: median absolute error", f"{np.median(np.abs(ratio - 1)):.1%}"),
        ("rate / truth, cross sections: median", f"{np.median(csf):.2f}"),
        ("rate / truth, cross sections: median absolute error", f"{np.median(np.abs(csf - 1)):.1%}"),
        ("source position error, median", f"{np.median(distance):.0f} m"),
    ]
    return "\n".join(["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in lines)])


def main() -> None:
    """Run the ensemble and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=6000)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--rows", type=Path, help="write every leak and false plume to this JSON file")
    options = parser.parse_args()
    rows: list[Row] = []
    for seed in range(options.first_seed, options.first_seed + options.scenes):
        with tempfile.TemporaryDirectory() as folder:
            rows += one_scene(seed, Path(folder))
        sys.stderr.write(f"\rscene {seed - options.first_seed + 1} of {options.scenes}")
    sys.stderr.write("\n")
    sys.stdout.write(summary(rows, options.scenes) + "\n")
    if options.rows:
        options.rows.write_text(json.dumps([asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
