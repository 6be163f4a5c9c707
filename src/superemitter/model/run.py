"""The record of a run: enough to recompute every number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that was read: where it lay, how large it was, its SHA-256."""

    role: str
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What went in, how it was processed, what came out.

    Attributes
    ----------
    run_id : str
        Hash of inputs, recipe, versions and seed: equal runs have equal ids.
    scene_id : str
    started : str
        ISO 8601, UTC.
    inputs : tuple of InputFile
    recipe : mapping
        Every option that changes a number.
    versions : mapping
        Of superemitter, its numerical dependencies and Python.
    platform : str
    seed : int
    results : tuple of mappings
        One per plume, as in ``plumes.csv``.
    outputs : mapping of file name to SHA-256
    """

    run_id: str
    scene_id: str
    started: str
    inputs: tuple[InputFile, ...]
    recipe: Mapping[str, Any]
    versions: Mapping[str, str]
    platform: str
    seed: int
    results: tuple[Mapping[str, Any], ...]
    outputs: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The record as plain types, for JSON."""
        return asdict(self)
