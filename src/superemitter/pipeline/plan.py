"""What a scan would do, without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superemitter.model.errors import SomeScenesFailed, SuperemitterError
from superemitter.observe.readers import open_scene, recognise
from superemitter.pipeline.batch import check_scenes
from superemitter.pipeline.recipe import Recipe
from superemitter.publish import OUTPUT_FILES, check_free
from superemitter.publish.folder import MARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would become of one scene.

    Attributes
    ----------
    scene, folder : Path
        Where the results would go.
    product : str or None
        Name of the reader that recognises the file.
    exists : bool
        There is something at `folder`.
    error : SuperemitterError, optional
        Why it would fail: nothing recognises it, or its place is taken.
    """

    scene: Path
    folder: Path
    product: str | None
    exists: bool
    error: SuperemitterError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        content: dict[str, Any] = {
            "scene": str(self.scene),
            "product": self.product,
            "folder": str(self.folder),
            "exists": self.exists,
            "files": [*OUTPUT_FILES, MARK],
        }
        return content | ({"error": self.error.as_dict()} if self.error else {})


def plan_many(scenes: list[Path], out: Path, recipe: Recipe, *, overwrite: bool = False) -> list[Plan]:
    """Recognise scenes by their content and see whether their folders are free. Reads no radiance, writes nothing.

    Raises
    ------
    UsageError
        As in :func:`~superemitter.pipeline.batch.scan_many`.
    """
    check_scenes(scenes, recipe)
    return [_plan(path, out / path.stem, overwrite=overwrite) for path in scenes]


def plan_error(plans: list[Plan]) -> SuperemitterError | None:
    """The error a scan would end with, as far as can be told."""
    failing = [plan.error for plan in plans if plan.error is not None]
    if len(plans) == 1 or not failing:
        return failing[0] if failing else None
    return SomeScenesFailed(f"{len(failing)} of {len(plans)} scenes would fail")


def _plan(path: Path, folder: Path, *, overwrite: bool) -> Plan:
    product, error = None, None
    try:
        reader = recognise(path) if path.is_file() else None
        if reader is None:
            open_scene(path)  # knows best why nobody recognises it
        else:
            product = reader.name
            check_free(folder, overwrite=overwrite)
    except SuperemitterError as met:
        error = met
    return Plan(scene=path, folder=folder, product=product, exists=folder.exists(), error=error)
