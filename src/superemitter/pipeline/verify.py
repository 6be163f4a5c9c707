"""Recompute a run from its record and say where the numbers differ."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from superemitter.model.errors import VerificationFailed
from superemitter.pipeline.provenance import platform_name, versions
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, Progress, scan
from superemitter.publish import sha256_of

TOLERANCE = 1e-6
_FILE_ENTRIES = {
    "wind": "wind_file",
    "facilities": "facilities_file",
}
_SIGMA_OF = {
    "rate_kg_h": ("rate_low_kg_h", "rate_high_kg_h"),
    "rate_csf_kg_h": ("rate_csf_low_kg_h", "rate_csf_high_kg_h"),
    "rate_fetch_kg_h": ("rate_fetch_low_kg_h", "rate_fetch_high_kg_h"),
    "rate_ime_kg_h": ("rate_ime_low_kg_h", "rate_ime_high_kg_h"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number, or another value, that did not come out as recorded.

    Attributes
    ----------
    plume_id, name : str
    recorded, recomputed : Any
    sigmas : float or None
        Size of the difference in stated 1-sigma errors, where one is stated.
    """

    plume_id: str
    name: str
    recorded: Any
    recomputed: Any
    sigmas: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Outcome of a recomputation.

    Attributes
    ----------
    run_id : str
    same_platform : bool
        Platform and versions are those of the record, so numbers must agree to 1e-6.
    compared : int
        Values compared.
    differences : tuple of Difference
    changed_outputs : tuple of str
        Files beside the record whose checksum is not the recorded one, or that are missing.
    notes : tuple of str
    """

    run_id: str
    same_platform: bool
    compared: int
    differences: tuple[Difference, ...]
    changed_outputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """No difference and no changed file."""
        return not self.differences and not self.changed_outputs

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return {
            "run_id": self.run_id,
            "ok": self.ok,
            "same_platform": self.same_platform,
            "compared": self.compared,
            "differences": [
                {
                    "plume_id": d.plume_id,
                    "name": d.name,
                    "recorded": d.recorded,
                    "recomputed": d.recomputed,
                    "sigmas": d.sigmas,
                }
                for d in self.differences
            ],
            "changed_outputs": list(self.changed_outputs),
            "notes": list(self.notes),
        }


def read_record(path: Path) -> dict[str, Any]:
    """A ``run.json``.

    Raises
    ------
    VerificationFailed
        The file is no record of a run.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VerificationFailed(f"cannot read {path}: {error}", hint="give the run.json of a scan") from error
    wanted = {"run_id", "inputs", "recipe", "versions", "platform", "results", "outputs"}
    if not isinstance(record, dict) or not wanted <= set(record):
        raise VerificationFailed(f"{path} is no record of a run", hint="give the run.json of a scan")
    return record


def verify(path: Path, *, inputs_dir: Path | None = None, progress: Progress | None = None) -> Verification:
    """Recompute a run and compare every published number with its record.

    On the recorded platform and versions numbers must agree to a relative 1e-6. Elsewhere differences are given in
    stated 1-sigma errors, and below one hundredth of one they are not counted.

    Parameters
    ----------
    path : Path
        ``run.json``.
    inputs_dir : Path, optional
        Where the input files lie now, if not where they were.
    progress : callable, optional
        Told each stage of the scan.

    Raises
    ------
    VerificationFailed
        The record cannot be read, or an input is missing or is not the one recorded.
    """
    record = read_record(path)
    found = [(entry, _find(entry, path.parent, inputs_dir)) for entry in record["inputs"]]
    places = {entry["role"]: place for entry, place in found}
    recipe = _relocated(record, found)
    scene = places["level-2"] if "level-2" in places else places["radiance"]
    scanned = scan(scene, recipe, Context.of(recipe), progress=progress)
    here = {**versions(), "platform": platform_name()}
    there = {**record["versions"], "platform": record["platform"]}
    changed = sorted(name for name in there.keys() | here.keys() if here.get(name) != there.get(name))
    notes = tuple(f"{name}: recorded {there.get(name)}, here {here.get(name)}" for name in changed)
    compared, differences = compare(record["results"], scanned.record.results, exact=not changed)
    return Verification(
        run_id=record["run_id"],
        same_platform=not changed,
        compared=compared,
        differences=tuple(differences),
        changed_outputs=tuple(_changed_outputs(record["outputs"], path.parent)),
        notes=notes,
    )


def compare(
    recorded: list[Mapping[str, Any]], recomputed: tuple[Mapping[str, Any], ...], *, exact: bool
) -> tuple[int, list[Difference]]:
    """Compare plume records value by value. Returns the number of values and the differences."""
    differences: list[Difference] = []
    compared = 0
    again = {plume["plume_id"]: plume for plume in recomputed}
    for plume in recorded:
        name = plume["plume_id"]
        other = again.pop(name, None)
        if other is None:
            differences.append(Difference(plume_id=name, name="plume", recorded="found", recomputed="not found"))
            continue
        for key in sorted(plume.keys() - {"run_id"}):  # what the record does not know was not said then
            compared += 1
            difference = _difference(name, key, plume, other, exact=exact)
            if difference is not None:
                differences.append(difference)
    differences += [
        Difference(plume_id=name, name="plume", recorded="not found", recomputed="found") for name in again
    ]
    return compared, differences


def _difference(
    plume_id: str, key: str, plume: Mapping[str, Any], other: Mapping[str, Any], *, exact: bool
) -> Difference | None:
    before, after = plume.get(key), other.get(key)
    sigmas = None
    if _same(before, after, TOLERANCE):
        return None
    if isinstance(before, float) and isinstance(after, float) and key in _SIGMA_OF:
        low, high = (plume.get(bound) for bound in _SIGMA_OF[key])
        if isinstance(low, float) and isinstance(high, float) and high > low:
            sigmas = abs(after - before) / (0.5 * (high - low))
    if not exact and ((sigmas is not None and sigmas < 0.01) or _same(before, after, 1e-3)):
        return None
    return Difference(plume_id=plume_id, name=key, recorded=before, recomputed=after, sigmas=sigmas)


def _same(before: Any, after: Any, tolerance: float) -> bool:
    if isinstance(before, int | float) and isinstance(after, int | float):
        return math.isclose(before, after, rel_tol=tolerance, abs_tol=1e-12)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(
            _same(b, a, tolerance) for b, a in zip(before, after, strict=True)
        )
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(_same(before[k], after[k], tolerance) for k in before)
    return bool(before == after)


def _find(entry: Mapping[str, Any], beside: Path, inputs_dir: Path | None) -> Path:
    """Where an input lies now, checked against its recorded checksum."""
    recorded = Path(entry["path"])
    places = [recorded, beside / recorded.name]
    if inputs_dir is not None:
        places.insert(0, inputs_dir / recorded.name)
    for place in places:
        if place.is_file():
            if sha256_of(place) != entry["sha256"]:
                raise VerificationFailed(
                    f"{place} is not the {entry['role']} file of the record: its SHA-256 differs",
                    hint="give the folder of the original files with --inputs",
                )
            return place
    raise VerificationFailed(
        f"the {entry['role']} file {recorded.name} is not at {recorded.parent}",
        hint="give the folder where it lies now with --inputs",
    )


def _relocated(record: Mapping[str, Any], found: list[tuple[dict[str, Any], Path]]) -> Recipe:
    """The recorded recipe with the paths of the files as they lie now."""
    values = dict(record["recipe"])
    now = {entry["path"]: str(place) for entry, place in found}
    for name in ("obs_file", "mask_file", "loc_file", "glt_file"):
        if values.get(name):
            values[name] = now.get(str(Path(values[name]).absolute()), values[name])
    for entry, place in found:
        if entry["role"] in _FILE_ENTRIES:
            values[_FILE_ENTRIES[entry["role"]]] = str(place)
    return Recipe.from_dict(values)


def _changed_outputs(outputs: Mapping[str, str], folder: Path) -> list[str]:
    return [
        name
        for name, checksum in sorted(outputs.items())
        if not (folder / name).is_file() or sha256_of(folder / name) != checksum
    ]
