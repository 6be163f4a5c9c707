"""What each correction of the retrieval does to the mass of plumes and to what is seen of them.

    python benchmarks/ablation.py --first-seed 41000 --scenes 6

Strong leaks (0.6 to 12 t/h) over ground with a filter noise of about 300 ppm m; one correction is left out at a
time. Sun angles are wide (15 to 60 degrees), or the air mass would show little.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from superemitter.observe.readers import open_scene
from superemitter.pipeline.scan import find_plumes
from superemitter.pipeline.validation import BlindTest, draw_case
from superemitter.pipeline.validation.blind import ScanChoices, mass_ratio, pixel_recall
from superemitter.simulate import simulate_scene, write_emit


def variants() -> dict[str, ScanChoices]:
    """Everything on, then one thing off at a time."""
    full = ScanChoices()
    off = {
        "self-contamination left in": {"own_gas_passes": 0},
        "one pass against self-contamination": {"own_gas_passes": 1},
        "no albedo factor": {"albedo_correction": False},
        "no saturation": {"saturation_correction": False},
        "air mass 2 everywhere": {"scene_air_mass": False},
    }
    out = {"all corrections": full}
    out |= {name: replace(full, retrieval=replace(full.retrieval, **change)) for name, change in off.items()}
    flat = replace(full.detection, local_background=False)
    plain = replace(full.detection, vetted_tail=False, least_spectral_match=0.4)
    out["scene-wide background"] = replace(full, detection=flat)
    out["threshold from every negative peak"] = replace(full, detection=plain)
    out["sparse filter"] = replace(full, retrieval=replace(full.retrieval, sparse=True, own_gas_passes=0))
    return out


def main() -> None:
    """Run every variant on the same scenes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first-seed", type=int, default=41_000)
    parser.add_argument("--scenes", type=int, default=6)
    options = parser.parse_args()
    test = BlindTest(
        first_seed=options.first_seed,
        scenes=options.scenes,
        rates_kg_h=(600.0, 12_000.0),
        winds_m_s=(2.0, 6.0),
        brightness=(0.55, 0.65),
    )
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in variants()}
    for seed in test.seeds:
        case = draw_case(test, seed)
        simulated = simulate_scene(case.spec)
        with tempfile.TemporaryDirectory() as folder:
            scene = open_scene(write_emit(simulated, Path(folder)).radiance)
            for name, choices in variants().items():
                enhancement, detection = find_plumes(
                    scene, case.told, choices.retrieval, choices.detection, lambda _stage: None
                )
                field = enhancement.enhancement_ppm_m - detection.background_ppm_m
                truth, valid = simulated.enhancement_ppm_m, enhancement.valid
                mass = mass_ratio(field, truth, valid) or np.nan
                seen[name].append((mass, pixel_recall(detection.score, truth, valid) or np.nan))
        sys.stderr.write(f"\rseed {seed}")
    sys.stdout.write(
        "| variant | mass read / true: mean | least | most | recall at 1e-3 |\n|---|---|---|---|---|\n"
    )
    for name, values in seen.items():
        mass, recall = np.array(values).T
        sys.stdout.write(
            f"| {name} | {np.nanmean(mass):.3f} | {np.nanmin(mass):.3f} | {np.nanmax(mass):.3f} "
            f"| {np.nanmean(recall):.2f} |\n"
        )


if __name__ == "__main__":
    main()
