"""The simulated blind test: make a scene, scan it as any other, set what was found beside the truth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from superemitter.measure.detection import DetectionSettings
from superemitter.measure.quantification import QuantificationSettings
from superemitter.measure.retrieval import RetrievalSettings
from superemitter.model import Scene, SceneResult, Wind
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.readers import open_scene
from superemitter.observe.winds import ConstantWind
from superemitter.pipeline.choices import choices_of
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, find_plumes, measure_plumes
from superemitter.pipeline.truth import match
from superemitter.pipeline.validation.ensemble import BlindTest, draw_case, isolated
from superemitter.publish import plume_record
from superemitter.simulate import simulate_scene, truth_of, write_emit, write_envi

GRANULE_PIXELS = 1280 * 1242
PIXEL_FALSE_ALARM_RATE = 1e-3
RECALL_PPM_M = 300.0
MASS_PPM_M = 100.0
CLEAR_PPM_M = 1.0
_MAD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One leak of a scene, one false plume, or the two together.

    Attributes
    ----------
    test : str
    seed : int
    true_kg_h : float or None
        None: a false plume.
    wind_m_s, carrying_m_s : float
        True wind at 10 m, and that which carries the gas. [m s-1]
    isolated : bool
        In no other leak's wake.
    plume : mapping or None
        The record by the wind that was told; None: missed.
    exact : mapping or None
        The same plume by the exact carrying wind.
    distance_m : float or None
        From leak to source point.
    """

    test: str
    seed: int
    true_kg_h: float | None
    wind_m_s: float
    carrying_m_s: float
    isolated: bool
    plume: Mapping[str, Any] | None = None
    exact: Mapping[str, Any] | None = None
    distance_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRow:
    """What is true of a whole scene of the test.

    Attributes
    ----------
    test : str
    seed : int
    noise_ppm_m : float
        Scaled median absolute deviation of the enhancement. [ppm m]
    pixels : int
    expected_false, false_plumes : float, int
        By the scan's own statement, and found.
    recall : float or None
        Share of pixels above 300 ppm m whose score exceeds all but 1 in 1000 of the clear pixels.
    mass_ratio : float or None
        Mass read over true mass, summed over pixels of more than 100 ppm m.
    """

    test: str
    seed: int
    noise_ppm_m: float
    pixels: int
    expected_false: float
    false_plumes: int
    recall: float | None
    mass_ratio: float | None


@dataclass(frozen=True, kw_only=True)
class BlindResult:
    """Rows of all scenes of a test."""

    test: BlindTest
    rows: tuple[Row, ...]
    scenes: tuple[SceneRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return {
            "test": asdict(self.test),
            "rows": [asdict(row) for row in self.rows],
            "scenes": [asdict(scene) for scene in self.scenes],
        }


@dataclass(frozen=True, kw_only=True)
class ScanChoices:
    """How the scenes of a test are scanned; the defaults are those of ``scan``."""

    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    quantification: QuantificationSettings = field(default_factory=lambda: choices_of(Recipe()).quantification)


def run_blind_test(
    test: BlindTest,
    *,
    choices: ScanChoices | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BlindResult:
    """Simulate, scan and compare every scene of the test.

    Parameters
    ----------
    test : BlindTest
    choices : ScanChoices, optional
        Instead of those of the test.
    progress : callable, optional
        Called with the scenes done and the scenes in all.
    """
    rows: list[Row] = []
    scenes: list[SceneRow] = []
    asked = ScanChoices(detection=DetectionSettings(false_plumes_per_scene=test.false_plumes_per_scene))
    for done, seed in enumerate(test.seeds, start=1):
        found, scene = run_case(test, seed, choices or asked)
        rows += found
        scenes.append(scene)
        if progress:
            progress(done, test.scenes)
    return BlindResult(test=test, rows=tuple(rows), scenes=tuple(scenes))


def run_case(test: BlindTest, seed: int, choices: ScanChoices) -> tuple[list[Row], SceneRow]:
    """One scene: through its real file format, as the scan sees it."""
    case = draw_case(test, seed)
    simulated = simulate_scene(case.spec)
    with tempfile.TemporaryDirectory() as folder:
        write = write_emit if test.instrument == "emit" else write_envi
        files = write(simulated, Path(folder))
        scene = open_scene(files.radiance)
        result, exact = scan_in_memory(scene, case.told, case.carrying, seed=seed, choices=choices)
    records = [plume_record(result, plume) for plume in result.plumes]
    by_id = {plume.plume.plume_id: plume_record(exact, plume) for plume in exact.plumes}
    rows = []
    false = 0
    leaks = truth_of(simulated)["leaks"]
    for pair in match(leaks, records):
        false += pair.leak is None
        number = None if pair.leak is None else leaks.index(pair.leak)
        rows.append(
            Row(
                test=test.name,
                seed=seed,
                true_kg_h=None if pair.leak is None else float(pair.leak["rate_kg_h"]),
                wind_m_s=case.spec.wind.speed_m_s,
                carrying_m_s=case.carrying.speed_m_s,
                isolated=number is not None and isolated(case, number),
                plume=pair.plume,
                exact=None if pair.plume is None else by_id[pair.plume["plume_id"]],
                distance_m=pair.distance_m,
            )
        )
    return rows, scene_row(test, seed, simulated.enhancement_ppm_m, result, false)


def scan_in_memory(
    scene: Scene, told: Wind, carrying: Wind, *, seed: int, choices: ScanChoices
) -> tuple[SceneResult, SceneResult]:
    """Find the plumes once and measure them twice: by the wind that is told, and by the exact one."""
    enhancement, detection = find_plumes(scene, told, choices.retrieval, choices.detection, lambda _stage: None)
    answers = []
    for wind in (told, carrying):
        context = Context(winds=ConstantWind(wind), facilities=None, refused_facilities=0, inputs=())
        plumes = tuple(
            measure_plumes(enhancement, detection, scene, context, seed=seed, settings=choices.quantification)
        )
        answers.append(
            SceneResult(enhancement=enhancement, detection=detection, plumes=plumes, run_id="validation")
        )
    return answers[0], answers[1]


def scene_row(
    test: BlindTest, seed: int, true_ppm_m: FloatArray, found: SceneResult, false_plumes: int
) -> SceneRow:
    """Noise, false plumes, pixels and mass of a whole scene, from what was found and what is true."""
    enhancement, detection = found.enhancement, found.detection
    field_ppm_m = enhancement.enhancement_ppm_m - detection.background_ppm_m
    valid = enhancement.valid
    return SceneRow(
        test=test.name,
        seed=seed,
        noise_ppm_m=_MAD * float(np.nanmedian(np.abs(enhancement.enhancement_ppm_m))),
        pixels=int(valid.sum()),
        expected_false=float(detection.expected_false_plumes),
        false_plumes=false_plumes,
        recall=pixel_recall(detection.score, true_ppm_m, valid),
        mass_ratio=mass_ratio(field_ppm_m, true_ppm_m, valid),
    )


def pixel_recall(score: FloatArray, true_ppm_m: FloatArray, valid: BoolArray) -> float | None:
    """Share of the pixels above 300 ppm m found at a pixel false-alarm rate of 1e-3; None without such pixels."""
    gas = valid & (true_ppm_m > RECALL_PPM_M)
    clear = valid & (true_ppm_m < CLEAR_PPM_M)
    if not gas.any() or not clear.any():
        return None
    level = np.quantile(score[clear], 1.0 - PIXEL_FALSE_ALARM_RATE)
    return float(np.mean(score[gas] > level))


def mass_ratio(read_ppm_m: FloatArray, true_ppm_m: FloatArray, valid: BoolArray) -> float | None:
    """Enhancement read over the true one, summed over pixels above 100 ppm m; None without such pixels. [1]"""
    gas = valid & (true_ppm_m > MASS_PPM_M)
    if not gas.any():
        return None
    return float(np.sum(read_ppm_m[gas], dtype=np.float64) / np.sum(true_ppm_m[gas]))
