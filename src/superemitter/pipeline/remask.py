"""A plume quantified anew within an outline that a person drew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from superemitter.measure.detection import pool
from superemitter.measure.detection.source import locate_source
from superemitter.measure.quantification import mass_fields, quantify
from superemitter.model import CannotSay, Detection, Enhancement, Flag, Plume, PlumeResult, SceneResult, Wind
from superemitter.model.errors import InvalidForm, UsageError
from superemitter.model.types import BoolArray
from superemitter.observe.readers import open_scene
from superemitter.pipeline.choices import choices_of
from superemitter.pipeline.provenance import input_file
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import GAS_POOL_PX, Context, find_plumes, read_options, scene_wind
from superemitter.programme.case import CasePlume
from superemitter.publish import plume_record
from superemitter.register import Register
from superemitter.register.scenes import run_record

MAX_BYTES = 5_000_000
OF_DIVISION = {Flag.SHARED_MASS, Flag.SEVERAL_SOURCES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a plume, ready to be recorded: the event, the outline file, and the plumes to review."""

    kind: str
    payload: Mapping[str, Any]
    content: bytes
    plume_ids: tuple[str, ...]


def remasked(
    register: Register, plume: CasePlume, outline: Path, *, split: bool, scene_file: Path | None, reason: str
) -> Change:
    """Quantify a plume anew within an outline, or within each of several.

    The scene is retrieved again by the recorded recipe of its run; only the pixels that count differ.

    Parameters
    ----------
    register : Register
    plume : CasePlume
    outline : Path
        GeoJSON polygons in longitude and latitude.
    split : bool
        Each polygon becomes a plume of its own.
    scene_file : Path, optional
        The radiance, if it is not where the run found it.
    reason : str

    Raises
    ------
    InvalidForm
        The outline cannot be used.
    UsageError
        The plume is not of a registered scan, or its scene is not at hand.
    SceneError
    """
    content, polygons = read_outlines(outline)
    if split and len(polygons) < 2:
        raise InvalidForm(
            f"{outline.name} holds {len(polygons)} outlines", hint="a plume is split into two or more"
        )
    shapes = polygons if split else [shapely.union_all(polygons)]
    record = plume.current.record
    entries = _recomputed(register, record, shapes, scene_file)
    mask = {"name": outline.name, "sha256": hashlib.sha256(content).hexdigest()}
    if not split:
        entry = {**entries[0], "plume_id": plume.plume_id}
        payload: dict[str, Any] = {"plume_id": plume.plume_id, "plume": entry, "mask": mask, "reason": reason}
        return Change(kind="plume-masked", payload=payload, content=content, plume_ids=(plume.plume_id,))
    parts = [{**entry, "plume_id": f"{plume.plume_id}.{n}"} for n, entry in enumerate(entries, start=1)]
    payload = {"plume_id": plume.plume_id, "into": parts, "mask": mask, "reason": reason}
    names = tuple(str(part["plume_id"]) for part in parts)
    return Change(kind="plume-split", payload=payload, content=content, plume_ids=names)


def read_outlines(path: Path) -> tuple[bytes, list[Any]]:
    """The polygons of a GeoJSON file, and its content.

    Raises
    ------
    InvalidForm
        It is no GeoJSON, or holds no valid polygon in longitude and latitude.
    """
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise InvalidForm(f"{path.name} has {len(content):,} bytes", hint=f"{MAX_BYTES:,} at most")
        data = json.loads(content)
        features = data["features"] if data.get("type") == "FeatureCollection" else [data]
        found = [shapely.geometry.shape(one.get("geometry", one)) for one in features]
    except OSError as error:
        raise InvalidForm(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, shapely.GEOSException) as error:
        raise InvalidForm(f"{path.name} is no GeoJSON with polygons: {error}") from error
    for one in found:
        if one.geom_type not in ("Polygon", "MultiPolygon") or one.is_empty or not one.is_valid:
            raise InvalidForm(f"{path.name}: a {one.geom_type} is no outline", hint="give valid polygons")
        west, south, east, north = one.bounds
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            raise InvalidForm(
                f"{path.name}: an outline lies outside longitude and latitude", hint="are they swapped?"
            )
    if not found:
        raise InvalidForm(f"{path.name} holds no outline")
    return content, found


def _recomputed(
    register: Register, record: Mapping[str, Any], shapes: list[Any], scene_file: Path | None
) -> list[dict[str, Any]]:
    """The plume's record within each shape, by the recipe of its run."""
    run_id = str(record.get("run_id", ""))
    run = run_record(register, run_id) if run_id else None
    if run is None:
        raise UsageError(
            f"plume {record.get('plume_id')} is not of a registered scan: it cannot be recomputed",
            hint="accept or reject it as it is",
        )
    recipe = Recipe.from_dict(run["recipe"])
    context = Context.of(recipe)
    scene = open_scene(_radiance(run, scene_file), read_options(recipe))
    choices = choices_of(recipe)
    middle = scene_wind(scene, context.winds)
    enhancement, detection = find_plumes(scene, middle, choices.retrieval, choices.detection, lambda _stage: None)
    fields = mass_fields(enhancement, detection)
    entries = []
    for number, shape in enumerate(shapes):
        plume = plume_within(record, enhancement, detection, shape, middle)
        wind = None
        if context.winds is not None:
            wind = context.winds.at(plume.source_longitude, plume.source_latitude, scene.time)
        rng = np.random.default_rng([recipe.seed, number])
        result = PlumeResult(
            plume=plume,
            wind=wind or CannotSay(code="no-wind", reason="no wind was given"),
            quantification=quantify(
                enhancement, detection, plume, wind, rng=rng, fields=fields, settings=choices.quantification
            ),
        )
        whole = SceneResult(enhancement=enhancement, detection=detection, plumes=(result,), run_id=run_id)
        new = plume_record(whole, result)
        kept = {name: record[name] for name in record if name not in new}
        entries.append(
            {**kept, **new, "outline": shapely.geometry.mapping(shape), "source": "outline by a reviewer"}
        )
    return entries


def _radiance(run: Mapping[str, Any], given: Path | None) -> Path:
    entry = next((one for one in run["inputs"] if one["role"] == "radiance"), None)
    if entry is None:
        raise UsageError(
            "the plume is of a level-2 scene, and its outline cannot be drawn anew",
            hint="an outline follows from radiance of metres, not from pixels of kilometres",
        )
    place = given if given is not None else Path(entry["path"])
    if not place.is_file():
        raise UsageError(f"the scene {place} is not there", hint="say where it lies now with --scene FILE")
    if input_file("radiance", place).sha256 != entry["sha256"]:
        raise UsageError(
            f"{place} is not the scene of the scan: its SHA-256 differs", hint="give it with --scene FILE"
        )
    return place


def plume_within(
    record: Mapping[str, Any], enhancement: Enhancement, detection: Detection, shape: Any, wind: Wind | None
) -> Plume:
    """A plume of the pixels whose centres lie in the shape, with its own source; its detection stays the same.

    All mass within the outline is the plume's: whoever draws it has decided whose gas that is.
    """
    footprint = enhancement.footprint
    inside: BoolArray = shapely.contains_xy(shape, footprint.longitude, footprint.latitude) & enhancement.valid
    if not inside.any():
        raise InvalidForm("the outline holds no usable pixel of the scene", hint="is it of this plume?")
    field = enhancement.enhancement_ppm_m - detection.background_ppm_m
    source = locate_source(inside, pool(field, enhancement.valid, GAS_POOL_PX), footprint, wind)
    longitude, latitude = footprint.at(source.row, source.column)
    return Plume(
        plume_id=str(record["plume_id"]),
        mask=inside,
        source_row=source.row,
        source_column=source.column,
        source_longitude=longitude,
        source_latitude=latitude,
        source_sigma_m=source.sigma_m,
        axis_deg=source.axis_deg,
        length_m=source.length_m,
        area_m2=float(np.nansum(footprint.pixel_area_m2[inside])),
        max_enhancement_ppm_m=float(np.nanmax(field[inside])),
        detection_snr=float(np.nanmax(detection.score[inside])),
        detection_probability=float(record["detection_probability"]),
        flags=frozenset(flag for flag in Flag if flag.value in record.get("flags", [])) - OF_DIVISION,
    )
