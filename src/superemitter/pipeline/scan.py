"""One scene, from file to results: the only place that knows the order of the stages."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from superemitter.measure.attribution import attribute
from superemitter.measure.detection import DetectionSettings, Gas, detect, pool
from superemitter.measure.quantification import QuantificationSettings, mass_fields, quantify
from superemitter.measure.retrieval import Retrieval, RetrievalSettings
from superemitter.model import (
    CannotSay,
    Detection,
    Enhancement,
    Facility,
    InputFile,
    PlumeResult,
    RunRecord,
    Scene,
    SceneResult,
    Wind,
)
from superemitter.model.errors import SceneCannotSay
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.facilities import read_facilities
from superemitter.observe.readers import ReadOptions, open_scene
from superemitter.observe.winds import WindField, given_wind, open_wind
from superemitter.pipeline.choices import choices_of
from superemitter.pipeline.finding import dense_gas, find_repeatedly
from superemitter.pipeline.level2 import scan_swath
from superemitter.pipeline.provenance import input_file, platform_name, run_identity, versions
from superemitter.pipeline.recipe import Recipe
from superemitter.publish import check_free, plume_record, staged, write_outputs, write_run_record

FIRST_PASS_FALSE_PLUMES = 5.0
GAS_POOL_PX = 1.0
STAGES = ("read", "retrieve", "detect", "quantify", "checksums", "write")
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Context:
    """What all scenes of a call share: winds and facilities, read once."""

    winds: WindField | None
    facilities: tuple[Facility, ...] | None
    refused_facilities: int
    inputs: tuple[InputFile, ...]

    @classmethod
    def of(cls, recipe: Recipe) -> Context:
        """Open what the recipe names.

        Raises
        ------
        WindError, FacilityError
        """
        inputs: list[InputFile] = []
        winds: WindField | None = None
        facilities: tuple[Facility, ...] | None = None
        refused = 0
        if recipe.wind_speed_m_s is not None and recipe.wind_from_deg is not None:
            winds = given_wind(
                recipe.wind_speed_m_s,
                recipe.wind_from_deg,
                recipe.wind_speed_sigma_m_s,
                carries_plume=recipe.wind_at == "plume",
            )
        elif (path := recipe.path("wind_file")) is not None:
            winds = open_wind(path)
            inputs.append(input_file("wind", path))
        if (path := recipe.path("facilities_file")) is not None:
            listed = read_facilities(path)
            facilities, refused = listed.facilities, len(listed.refused)
            inputs.append(input_file("facilities", path))
        return cls(winds=winds, facilities=facilities, refused_facilities=refused, inputs=tuple(inputs))


@dataclass(frozen=True, kw_only=True, eq=False)
class Scanned:
    """Results of a scene with the record of how they were made."""

    result: SceneResult
    record: RunRecord


def scan(path: Path, recipe: Recipe, context: Context, *, progress: Progress | None = None) -> Scanned:
    """Everything in memory: open, retrieve several times, detect, quantify, attribute.

    Parameters
    ----------
    path : Path
        Radiance file of any product a reader knows.
    recipe : Recipe
    context : Context
    progress : callable, optional
        Told the name of each stage as it starts; see `STAGES`.

    Raises
    ------
    SceneError
        The scene cannot be used; :class:`SceneCannotSay` if it holds too little to answer.
    WindError
        The wind file does not cover the scene.
    """
    tell = progress or (lambda _stage: None)
    tell("read")
    scene = open_scene(path, read_options(recipe))
    native = None
    if scene.is_level2:
        swath = scan_swath(
            scene,
            context.winds,
            context.facilities,
            false_plumes=recipe.false_plumes_per_scene,
            seed=recipe.seed,
            tell=tell,
        )
        enhancement, detection, plumes, native = swath.enhancement, swath.detection, swath.plumes, swath.native
    else:
        wind = scene_wind(scene, context.winds)
        tell("retrieve")
        choices = choices_of(recipe)
        enhancement, detection = find_plumes(scene, wind, choices.retrieval, choices.detection, tell)
        tell("quantify")
        plumes = tuple(
            measure_plumes(
                enhancement, detection, scene, context, seed=recipe.seed, settings=choices.quantification
            ),
        )
    tell("checksums")
    inputs = (*(input_file(role, file) for role, file in _roles(scene)), *context.inputs)
    run_id = run_identity(inputs, recipe)
    result = SceneResult(
        enhancement=enhancement,
        detection=detection,
        plumes=plumes,
        run_id=run_id,
        preview=scene.dataset["preview"].values if "preview" in scene.dataset else None,
        native=native,
    )
    record = RunRecord(
        run_id=run_id,
        scene_id=scene.scene_id,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        inputs=inputs,
        recipe=recipe.as_dict(),
        versions=versions(),
        platform=platform_name(),
        seed=recipe.seed,
        results=tuple(plume_record(result, plume) for plume in plumes),
        outputs={},
    )
    return Scanned(result=result, record=record)


def scan_to_folder(
    path: Path,
    out: Path,
    recipe: Recipe,
    context: Context,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, Scanned]:
    """Scan a scene and write its folder, ``out/<stem of the scene file>``, whole or not at all.

    Raises
    ------
    OutputError
        The folder is there already, or cannot be written.
    SceneError, WindError
        As :func:`scan`.
    """
    folder = out / path.stem
    check_free(folder, overwrite=overwrite)
    scanned = scan(path, recipe, context, progress=progress)
    if progress:
        progress("write")
    with staged(folder, overwrite=overwrite) as hidden:
        outputs = write_outputs(scanned.result, hidden, scanned.record)
        record = replace(scanned.record, outputs=outputs)
        write_run_record(record, hidden / "run.json")
    return folder, Scanned(result=scanned.result, record=record)


def read_options(recipe: Recipe) -> ReadOptions:
    """How the recipe wants scenes opened."""
    return ReadOptions(
        obs=recipe.path("obs_file"),
        mask=recipe.path("mask_file"),
        loc=recipe.path("loc_file"),
        glt=recipe.path("glt_file"),
        time=recipe.acquired,
    )


def scene_wind(scene: Scene, winds: WindField | None) -> Wind | None:
    """Wind at the middle of the scene, which orients the plumes."""
    if winds is None:
        return None
    footprint = scene.footprint
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a scene without any coordinate has no middle
        longitude, latitude = float(np.nanmedian(footprint.longitude)), float(np.nanmedian(footprint.latitude))
    if not np.isfinite(longitude + latitude):
        raise SceneCannotSay(f"no pixel of {scene.scene_id} has coordinates")
    return winds.at(longitude, latitude, scene.time)


def find_plumes(
    scene: Scene,
    wind: Wind | None,
    retrieval: RetrievalSettings,
    detection: DetectionSettings,
    tell: Progress,
) -> tuple[Enhancement, Detection]:
    """Retrieve and detect twice: gas of the first pass is kept out of the second one's statistics.

    Gas inside the background statistics hides itself: mean and covariance take part of the plume for background.
    In the second pass pixels of dense gas are left out of them, and from the others of a plume the gas found is
    taken out of the radiance: so the ground under faint gas stays known, and what is unusual about it is not taken
    for gas.

    Raises
    ------
    SceneCannotSay
        The scene holds too few usable pixels, or radiance that does not vary.
    """
    asked = Retrieval(scene, retrieval)
    first = _answered(scene, asked.answer())
    tell("detect")
    if retrieval.own_gas_passes != 1:
        return find_repeatedly(asked, first, wind, detection)
    generous = replace(detection, false_plumes_per_scene=FIRST_PASS_FALSE_PLUMES)
    candidates = detect(first, scene=scene, wind=wind, settings=generous)
    if not candidates.plumes:
        return first, detect(first, scene=scene, wind=wind, settings=detection)
    field = first.enhancement_ppm_m - candidates.background_ppm_m
    gas = Gas(pixels=candidates.plume_pixels, score=candidates.score, field=field)
    again = asked.answer(exclude=dense_gas(gas, first.valid), gas_ppm_m=known_gas(gas, first.valid))
    second = first if isinstance(again, CannotSay) else again  # too little is left without the plumes
    return second, detect(second, scene=scene, wind=wind, settings=detection)


def known_gas(gas: Gas, valid: BoolArray) -> FloatArray:
    """Smoothed enhancement of the plumes above their background, 0 elsewhere. (row, column) [ppm m]"""
    return np.where(gas.pixels & valid, np.maximum(pool(gas.field, valid, GAS_POOL_PX), 0.0), 0.0)


def measure_plumes(
    enhancement: Enhancement,
    detection: Detection,
    scene: Scene,
    context: Context,
    *,
    seed: int,
    settings: QuantificationSettings | None = None,
) -> list[PlumeResult]:
    """Rate and candidate sources of every plume, each with its own seeded randomness."""
    fields = mass_fields(enhancement, detection) if detection.plumes else None
    results = []
    for number, plume in enumerate(detection.plumes):
        wind = None
        if context.winds is not None:
            wind = context.winds.at(plume.source_longitude, plume.source_latitude, scene.time)
        rng = np.random.default_rng([seed, number])
        results.append(
            PlumeResult(
                plume=plume,
                wind=wind or CannotSay(code="no-wind", reason="no wind was given"),
                quantification=quantify(
                    enhancement, detection, plume, wind, rng=rng, fields=fields, settings=settings
                ),
                attribution=None if context.facilities is None else attribute(plume, wind, context.facilities),
            )
        )
    return results


def _answered(scene: Scene, answer: Enhancement | CannotSay) -> Enhancement:
    if isinstance(answer, CannotSay):
        raise SceneCannotSay(
            f"cannot say anything about {scene.scene_id}: {answer.reason}",
            hint="the scene holds too little usable background; try a larger one",
        )
    return answer


def _roles(scene: Scene) -> list[tuple[str, Path]]:
    """The scene's files with what they are to it: the radiance or level-2 file, then its companions."""
    first = "level-2" if scene.is_level2 else "radiance"
    return [(first if number == 0 else f"companion-{number}", file) for number, file in enumerate(scene.files)]
