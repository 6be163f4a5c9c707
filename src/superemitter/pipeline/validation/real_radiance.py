"""Plumes of known rate in real radiance: ground, noise and artefacts are measured, only the gas is put in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from superemitter.model import Scene, SceneResult
from superemitter.observe.readers import open_scene
from superemitter.pipeline.truth import match
from superemitter.pipeline.validation.blind import (
    BlindResult,
    Row,
    ScanChoices,
    SceneRow,
    scan_in_memory,
    scene_row,
)
from superemitter.pipeline.validation.ensemble import BlindTest, Case, draw_case
from superemitter.pipeline.validation.summary import BlindSummary, summarise
from superemitter.publish import plume_record
from superemitter.simulate import inject_in_memory, random_leaks

MATCH_PX = 5.0
"""A plume farther from the leak than this, and than five source sigmas, is another. [pixel]"""

MARGIN = 0.2
RECALL_EDGES = (0.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 150.0, 500.0)
_DRAW = 79  # stream of the places, apart from that of the ensemble

REAL_RADIANCE = BlindTest(
    name="real-radiance",
    instrument="aviris-ng",
    first_seed=30_000,
    scenes=120,
    leaks=1,
    rates_kg_h=(20.0, 500.0),
)
"""One leak at a time; take it with :func:`dataclasses.replace`. Sun, ground and heading are the file's own."""


@dataclass(frozen=True, kw_only=True)
class RealResult:
    """What the scan finds in real radiance, without and with leaks put in.

    Attributes
    ----------
    scene_id : str
    noise_ppm_m : float
        Scaled median absolute deviation of the enhancement of the untouched scene. [ppm m]
    own_plumes : tuple of int
        Found without a leak, by the wind of each trial. They are nobody's error: nothing says what lies there.
    result : BlindResult
        Rows of the leaks, and false plumes other than the scene's own.
    """

    scene_id: str
    noise_ppm_m: float
    own_plumes: tuple[int, ...]
    result: BlindResult

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return {"scene_id": self.scene_id, "own_plumes": list(self.own_plumes), **self.result.as_dict()}


def run_real_radiance_test(
    test: BlindTest,
    radiance: Path,
    *,
    choices: ScanChoices | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RealResult:
    """Put one drawn leak after the other into a real scene, scan each, and set what is found beside the truth.

    Parameters
    ----------
    test : BlindTest
        One leak a trial; its winds and rates are drawn as for simulated scenes, its shape is the scene's.
    radiance : Path
        Of any product a reader knows, without known plumes.
    choices : ScanChoices, optional
    progress : callable, optional
        Called with the trials done and the trials in all.

    Raises
    ------
    SceneError
        The file cannot be used.
    """
    scene = open_scene(radiance)
    test = replace(test, shape=scene.shape)
    rows: list[Row] = []
    scenes: list[SceneRow] = []
    own: list[int] = []
    noise: list[float] = []
    for done, seed in enumerate(test.seeds, start=1):
        case = draw_injected(test, seed)
        found, truth, before = _trial(scene, case, seed, choices or ScanChoices())
        rows += (here := _rows(test, seed, case, found, before))
        false = sum(row.true_kg_h is None for row in here)
        scenes.append(scene_row(test, seed, truth, found[0], false))
        own.append(len(before.plumes))
        noise.append(scene_row(test, seed, np.zeros(scene.shape), before, 0).noise_ppm_m)
        if progress:
            progress(done, test.scenes)
    return RealResult(
        scene_id=scene.scene_id,
        noise_ppm_m=float(np.median(noise)),
        own_plumes=tuple(own),
        result=BlindResult(test=test, rows=tuple(rows), scenes=tuple(scenes)),
    )


def draw_injected(test: BlindTest, seed: int) -> Case:
    """Wind, turbulence and leak of one trial, from its seed alone; a fifth of the scene is free at its edges."""
    rng = np.random.default_rng([seed, _DRAW])
    case = draw_case(replace(test, leaks=0), seed)
    rate = float(np.exp(rng.uniform(*np.log(test.rates_kg_h))))
    leaks = random_leaks(rng, test.shape, [rate], margin=MARGIN * min(test.shape))
    return replace(case, spec=replace(case.spec, leaks=leaks))


def _trial(
    scene: Scene, case: Case, seed: int, choices: ScanChoices
) -> tuple[tuple[SceneResult, SceneResult], Any, SceneResult]:
    """Results with the leak by the told and the exact wind, what was put in, and the result without it."""
    spec = case.spec
    rng = np.random.default_rng([seed, _DRAW, 1])
    filled, truth = inject_in_memory(scene, spec.leaks, wind=spec.wind, rng=rng, turbulence=spec.turbulence)
    found = scan_in_memory(filled, case.told, case.carrying, seed=seed, choices=choices)
    before, _ = scan_in_memory(scene, case.told, case.carrying, seed=seed, choices=choices)
    return found, truth, before


def _rows(
    test: BlindTest, seed: int, case: Case, found: tuple[SceneResult, SceneResult], before: SceneResult
) -> list[Row]:
    told, exact = found
    reach_m = MATCH_PX * told.enhancement.footprint.pixel_size_m
    (leak,) = case.spec.leaks
    longitude, latitude = told.enhancement.footprint.at(leak.row, leak.column)
    truth = {"longitude": longitude, "latitude": latitude}
    records = [plume_record(told, plume) for plume in told.plumes]
    by_id = {plume.plume.plume_id: plume_record(exact, plume) for plume in exact.plumes}
    first, *others = match([truth], records, least_m=reach_m)
    own = [{"longitude": p.plume.source_longitude, "latitude": p.plume.source_latitude} for p in before.plumes]
    rest = match(own, [pair.plume for pair in others if pair.plume is not None], least_m=reach_m)
    pairs = [(leak.rate_kg_h, first), *((None, pair) for pair in rest if pair.leak is None)]
    return [
        Row(
            test=test.name,
            seed=seed,
            true_kg_h=rate,
            wind_m_s=case.spec.wind.speed_m_s,
            carrying_m_s=case.carrying.speed_m_s,
            isolated=rate is not None,
            plume=pair.plume,
            exact=None if pair.plume is None else by_id[pair.plume["plume_id"]],
            distance_m=pair.distance_m,
        )
        for rate, pair in pairs
    ]


def summarise_real_radiance(real: RealResult, rng: np.random.Generator) -> BlindSummary:
    """The figures of a blind test; false plumes per granule are left out, since a crop says nothing of them."""
    summary = summarise(real.result, rng, recall_edges=RECALL_EDGES)
    kept = {name: figure for name, figure in summary.figures.items() if "per granule" not in name}
    return replace(summary, figures=kept)
