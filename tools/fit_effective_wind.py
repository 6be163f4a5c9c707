"""Fit the effective wind of integrated mass to our own mask, on simulated plumes of known rate.

    python tools/fit_effective_wind.py emit --first-seed 10000 --scenes 70 --keep rows.json

Every scene goes through the whole scan of the version at hand; plumes that are found are set beside the truth.
The law is that of ``FittedLaw``: robust least squares (Geman-McClure weights of width 0.15) on the logarithms,
then the scatter that mass, background and mask do not explain by maximum likelihood. Prints the block for
``data/calibrations.toml``, and by eight-fold cross-validation over scenes what it may be expected to reach. Fit
again whenever retrieval or mask change.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from superemitter.measure.quantification.mass import integrated_mass_enhancement
from superemitter.measure.quantification.quantify import mass_fields, mass_sigma_kg, other_masks, within_fetch
from superemitter.observe.readers import open_scene
from superemitter.pipeline import match
from superemitter.pipeline.scan import find_plumes
from superemitter.pipeline.validation import AIRBORNE, BlindTest, check_fitting, draw_case
from superemitter.pipeline.validation.blind import ScanChoices
from superemitter.simulate import simulate_scene, truth_of, write_emit, write_envi

FETCH_M = {"emit": 1800.0, "aviris-ng": 284.0}
FOLDS = 8
WIDTH = 0.15
STRAY = 5.0


def ensemble(instrument: str, first_seed: int, scenes: int) -> BlindTest:
    """The scenes of the fit: leaks that are mostly found."""
    if instrument == "emit":
        return BlindTest(name="fit", first_seed=first_seed, scenes=scenes, rates_kg_h=(150.0, 20_000.0))
    return replace(AIRBORNE, name="fit", first_seed=first_seed, scenes=scenes, rates_kg_h=(15.0, 800.0))


def collect(test: BlindTest) -> list[dict[str, float]]:
    """One row for every leak that is found."""
    rows = []
    for seed in test.seeds:
        case = draw_case(test, seed)
        simulated = simulate_scene(case.spec)
        with tempfile.TemporaryDirectory() as folder:
            write = write_emit if test.instrument == "emit" else write_envi
            scene = open_scene(write(simulated, Path(folder)).radiance)
            choices = ScanChoices()
            found = find_plumes(scene, case.told, choices.retrieval, choices.detection, lambda _stage: None)
        rows += [row | {"seed": seed} for row in scene_rows(found, case, simulated, FETCH_M[test.instrument])]
        sys.stderr.write(f"\rseed {seed}: {len(rows)} plumes")
    return rows


def scene_rows(found: Any, case: Any, simulated: Any, fetch_m: float) -> list[dict[str, float]]:
    """What is measured of the plumes of a scene, beside what is true."""
    enhancement, detection = found
    fields = mass_fields(enhancement, detection)
    leaks = truth_of(simulated)["leaks"]
    names = ("source_longitude", "source_latitude", "source_sigma_m")
    plumes = [{name: getattr(p, name) for name in names} | {"plume": p} for p in detection.plumes]
    rows = []
    for pair in match(leaks, plumes):
        if pair.leak is None or pair.plume is None:
            continue
        plume = pair.plume["plume"]
        near = within_fetch(plume, enhancement.footprint, fetch_m)
        own = fields.of(plume)
        mass = integrated_mass_enhancement(own.column_mass, own.area, near)
        if mass <= 0:
            continue
        rng = np.random.default_rng([case.spec.seed, leaks.index(pair.leak)])
        others = [
            integrated_mass_enhancement(own.column_mass, own.area, mask) / np.sqrt(own.area[mask].sum())
            for mask in other_masks(near, plume, detection.score, 2.0, taken=detection.plume_pixels)
        ]
        rows.append(
            {
                "rate_kg_h": pair.leak["rate_kg_h"],
                "wind_m_s": case.carrying.speed_m_s,
                "mass_kg": mass,
                "area_m2": float(np.nansum(own.area[near])),
                "pixel_m": enhancement.footprint.pixel_size_m,
                "score": plume.detection_snr,
                "relative_sigma": float(np.hypot(*mass_sigma_kg(enhancement, fields, near, rng, plume.mass_share)))
                / mass,
                "mask_low": min(others) / others[1],
                "mask_high": max(others) / others[1],
            }
        )
    return rows


def fit(rows: list[dict[str, float]]) -> dict[str, Any]:
    """The law, its scatter, and what cross-validation says of both."""
    value = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    wind, area = value["wind_m_s"], value["area_m2"]
    terms = np.stack(
        [
            np.ones_like(wind),
            np.log(wind),
            np.log(np.sqrt(area) / value["pixel_m"]),
            np.log(value["score"]),
            np.log(value["mass_kg"] / area),
        ],
        axis=1,
    )
    wanted = np.log(value["rate_kg_h"] / 3600.0 * np.sqrt(area) / value["mass_kg"] / wind)
    steps = np.linspace(0.0, 1.0, 201)
    mask = [
        np.std(np.interp(steps, [0.0, 0.5, 1.0], [low, 1.0, high]))
        for low, high in zip(value["mask_low"], value["mask_high"], strict=True)
    ]
    known = np.hypot(value["relative_sigma"], mask)
    error, sigma = np.zeros_like(wind), np.zeros_like(wind)
    for fold in range(FOLDS):
        out = value["seed"] % FOLDS == fold
        law = robust(terms[~out], wanted[~out])
        scatter = residual(wanted[~out] - terms[~out] @ law, known[~out], wind[~out])
        error[out] = terms[out] @ law - wanted[out]
        sigma[out] = np.sqrt(known[out] ** 2 + scatter[0] ** 2 + (scatter[1] / wind[out]) ** 2)
    law = robust(terms, wanted)
    return {
        "law": law,
        "scatter": residual(wanted - terms @ law, known, wind),
        "plumes": len(rows),
        "median absolute error": float(np.median(np.abs(np.expm1(error)))),
        "within 1 sigma": float(np.mean(np.abs(error) < sigma)),
        "within 1.96 sigma": float(np.mean(np.abs(error) < 1.96 * sigma)),
    }


def robust(terms: Any, wanted: Any) -> Any:
    """Least squares in which plumes far off count little."""
    weight = np.ones(wanted.size)
    for _ in range(30):
        law = np.linalg.lstsq(terms * weight[:, None], wanted * weight, rcond=None)[0]
        weight = 1.0 / np.sqrt(1.0 + ((wanted - terms @ law) / WIDTH) ** 2)
    return law


def residual(error: Any, known: Any, wind: Any) -> tuple[float, float]:
    """s_0 and s_1 of greatest likelihood, beside the errors that are known; strays are taken for wrong matches."""
    near = np.abs(error) < STRAY * 1.4826 * np.median(np.abs(error))
    error, known, wind = error[near], known[near], wind[near]

    def loss(p: Any) -> float:
        variance = known**2 + np.exp(2.0 * p[0]) + (np.exp(p[1]) / wind) ** 2
        return float(np.sum(0.5 * np.log(variance) + 0.5 * error**2 / variance))

    best = minimize(loss, [np.log(0.1), np.log(0.1)], method="Nelder-Mead").x
    return float(np.exp(best[0])), float(np.exp(best[1]))


def main() -> None:
    """Collect or read the rows, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instrument", choices=sorted(FETCH_M))
    parser.add_argument("--first-seed", type=int, default=10_000)
    parser.add_argument("--scenes", type=int, default=70)
    parser.add_argument("--keep", type=Path, help="write the rows here, or read them if they are there")
    options = parser.parse_args()
    check_fitting(options.first_seed, options.scenes)
    if options.keep and options.keep.exists():
        rows = json.loads(options.keep.read_text())
    else:
        rows = collect(ensemble(options.instrument, options.first_seed, options.scenes))
        if options.keep:
            options.keep.write_text(json.dumps(rows))
    found = fit(rows)
    names = ("constant", "wind", "length", "score", "column")
    parts = [f"{name} = {value:.4f}" for name, value in zip(names, found["law"], strict=True)]
    parts += [f"sigma = {found['scatter'][0]:.4f}", f"sigma_wind_m_s = {found['scatter'][1]:.4f}"]
    parts += [f"first_seed = {options.first_seed}", f"scenes = {options.scenes}"]
    sys.stdout.write("[calibration.fitted]\n" + "\n".join(parts) + "\n")
    for name, value in found.items():
        if name not in ("law", "scatter"):
            sys.stdout.write(f"# {name}: {value:.3f}\n")


if __name__ == "__main__":
    main()
