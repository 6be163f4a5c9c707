"""Pixels seen by peers' filters and by the scan, with the same pooling, on the scenes of the test of pixels.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/peers_recall.py --first-seed 61000 --scenes 12

Recall of pixels above 300 ppm m at a pixel false-alarm rate of 1e-3. Peers: the column-wise matched filter of
Spectral Python, and ``acrwl1mf`` of PyPI, onboard-methane-detection (30 iterations), each plain and pooled by a
Gaussian of 1.5 pixels; and the naive three passes: the matched filter, with pixels above 3 sigma of the pooled
field left out of its statistics twice. All have the same target, for the scene's own geometry.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import spectral
from onboard_methane_detection.mag1c_sas_base import acrwl1mf

from superemitter.measure.detection import pool
from superemitter.measure.spectra import unit_absorption
from superemitter.observe.readers import open_scene
from superemitter.pipeline.scan import find_plumes
from superemitter.pipeline.validation import ValidationPlan, draw_case
from superemitter.pipeline.validation.blind import ScanChoices, mass_ratio, pixel_recall
from superemitter.pipeline.validation.run import planned_tests
from superemitter.simulate import simulate_scene, write_emit

POOL_PX = 1.5
NAIVE_SIGMAS = 3.0


def matched(cube: np.ndarray, spectrum: np.ndarray, use: np.ndarray) -> np.ndarray:
    """Spectral Python's filter, column by column, statistics of the pixels in `use`. (row, column) [ppm m]"""
    out = np.empty(cube.shape[:2])
    for j in range(cube.shape[1]):
        background = spectral.calc_stats(cube[use[:, j], j][:, None])
        target = background.mean * (1.0 + spectrum)
        out[:, j] = np.squeeze(spectral.matched_filter(cube[:, j][:, None], target, background))
    return out


def naive(cube: np.ndarray, spectrum: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Three passes, each without the pixels that the one before saw above 3 sigma. (row, column) [ppm m]"""
    use = valid
    for _ in range(3):
        field = matched(cube, spectrum, use)
        pooled = pool(field, valid, POOL_PX)
        centre = np.nanmedian(pooled)
        scatter = 1.4826 * np.nanmedian(np.abs(pooled - centre))
        use = valid & (pooled < centre + NAIVE_SIGMAS * scatter)
    return field


def sparse(cube: np.ndarray, spectrum: np.ndarray) -> np.ndarray:
    """The original sparse filter, column by column. (row, column) [ppm m]"""
    template = 1e5 * spectrum[None, None]
    return np.stack([acrwl1mf(cube[None, :, j], template, 30)[0][0, :, 0] for j in range(cube.shape[1])], axis=1)


def main() -> None:
    """Simulate, filter, print recall and mass."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=61_000)
    parser.add_argument("--scenes", type=int, default=12)
    options = parser.parse_args()
    (test,) = planned_tests(
        ValidationPlan(first_seed=options.first_seed - 1000, scenes=options.scenes, tests=("pixels",))
    )
    seen: dict[str, list[tuple[float, float]]] = {}
    for seed in test.seeds:
        case = draw_case(test, seed)
        simulated = simulate_scene(case.spec)
        truth = simulated.enhancement_ppm_m
        with tempfile.TemporaryDirectory() as folder:
            scene = open_scene(write_emit(simulated, Path(folder)).radiance)
            cube = scene.radiance.astype(np.float64)
        choices = ScanChoices()
        enhancement, detection = find_plumes(
            scene, case.told, choices.retrieval, choices.detection, lambda _stage: None
        )
        valid = enhancement.valid
        spectrum = unit_absorption(scene.wavelength_nm, scene.fwhm_nm, float(np.nanmean(scene.air_mass)))
        fields = {
            "matched filter (Spectral Python)": matched(cube, spectrum, valid),
            "naive three passes": naive(cube, spectrum, valid),
            "`acrwl1mf`, 30 iterations": sparse(cube, spectrum),
        }
        for name, field in fields.items():
            mass = mass_ratio(field, truth, valid) or np.nan
            for pooling, score in (("unpooled", field), (f"pooled {POOL_PX} px", pool(field, valid, POOL_PX))):
                recall = pixel_recall(score, truth, valid) or 0.0
                seen.setdefault(f"{name}, {pooling}", []).append((recall, mass))
        ours = enhancement.enhancement_ppm_m - detection.background_ppm_m
        mine = (pixel_recall(detection.score, truth, valid) or 0.0, mass_ratio(ours, truth, valid) or np.nan)
        seen.setdefault("the scan", []).append(mine)
        sys.stderr.write(f"\rseed {seed}")
    sys.stdout.write("| filter | recall: mean (least) | mass read / true: mean (least to most) |\n|---|---|---|\n")
    for name, values in seen.items():
        recall, mass = np.array(values).T
        sys.stdout.write(
            f"| {name} | {np.mean(recall):.2f} ({np.min(recall):.2f}) "
            f"| {np.nanmean(mass):.2f} ({np.nanmin(mass):.2f} to {np.nanmax(mass):.2f}) |\n"
        )


if __name__ == "__main__":
    main()
