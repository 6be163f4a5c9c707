"""Many scenes in one call: what fails is told at the end, the others are done."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superemitter.model.errors import OutputError, SomeScenesFailed, SuperemitterError, UsageError
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, Scanned, scan_to_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one scene: its folder and plumes, or the error that stopped it.

    Attributes
    ----------
    scene : Path
    folder : Path, optional
        Where the results are; None if the scene failed.
    plumes : tuple of dict
        Plume records, as in ``plumes.geojson``.
    simulated : bool
    expected_false_plumes : float
        Number of false plumes expected in a scene like this one.
    rejected : int
        Candidates that do not look like methane.
    error : SuperemitterError, optional
    """

    scene: Path
    folder: Path | None = None
    plumes: tuple[dict[str, Any], ...] = ()
    simulated: bool = False
    expected_false_plumes: float = 0.0
    rejected: int = 0
    error: SuperemitterError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        if self.error is not None:
            return {"scene": str(self.scene), "status": "failed", "error": self.error.as_dict()}
        return {
            "scene": str(self.scene),
            "status": "done",
            "folder": str(self.folder),
            "simulated": self.simulated,
            "expected_false_plumes": self.expected_false_plumes,
            "rejected_candidates": self.rejected,
            "plumes": list(self.plumes),
        }


def scan_many(
    scenes: list[Path],
    out: Path,
    recipe: Recipe,
    context: Context,
    *,
    overwrite: bool = False,
    progress: Callable[[Path, str], None] | None = None,
) -> Iterator[Outcome]:
    """Scan scenes one after the other, yielding each outcome as it is there.

    Raises
    ------
    UsageError
        Two scenes would be written to the same folder, or companions were given for several scenes.
    OutputError
        `out` cannot be made or written to.
    """
    check_scenes(scenes, recipe)
    with _place_for(out):
        for path in scenes:
            yield _scan_one(path, out, recipe, context, overwrite=overwrite, progress=progress)


def _scan_one(
    path: Path,
    out: Path,
    recipe: Recipe,
    context: Context,
    *,
    overwrite: bool,
    progress: Callable[[Path, str], None] | None,
) -> Outcome:
    def tell(stage: str) -> None:
        if progress:
            progress(path, stage)

    try:
        folder, scanned = scan_to_folder(path, out, recipe, context, overwrite=overwrite, progress=tell)
    except SuperemitterError as error:
        return Outcome(scene=path, error=error)
    except Exception as error:  # noqa: BLE001 - a defect met in one scene must not cost the others
        return Outcome(scene=path, error=_unexpected(path, error))
    return _done(path, folder, scanned)


@contextmanager
def _place_for(out: Path) -> Iterator[None]:
    """Make the folder before the work begins, so that a place that cannot be written is told at once."""
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not os.access(out, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "no permission to write there")
    except OSError as error:
        raise OutputError(f"cannot write into {out}: {error.strerror}", hint="choose another --out") from error
    try:
        yield
    finally:
        if new:
            with suppress(OSError):  # not empty: there are results
                out.rmdir()


def check_scenes(scenes: list[Path], recipe: Recipe) -> None:
    """Refuse a call whose scenes would overwrite each other or share a companion file.

    Raises
    ------
    UsageError
    """
    stems: dict[str, Path] = {}
    for path in scenes:
        if path.stem in stems:
            raise UsageError(
                f"{stems[path.stem]} and {path} would both be written to a folder named {path.stem}",
                hint="scan them into different --out folders",
            )
        stems[path.stem] = path
    given = [name for name in ("obs_file", "mask_file", "loc_file", "glt_file", "time") if recipe.path(name)]
    if len(scenes) > 1 and given:
        option = given[0].removesuffix("_file").replace("time", "datetime")
        raise UsageError(f"--{option} belongs to one scene, but {len(scenes)} were given", hint="scan them singly")


def batch_error(outcomes: list[Outcome]) -> SuperemitterError | None:
    """The error a call ends with: the scene's own if there was one scene, else one that names how many failed."""
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if not failed:
        return None
    if len(outcomes) == 1:
        return failed[0].error
    return SomeScenesFailed(f"{len(failed)} of {len(outcomes)} scenes failed; the others are done")


def _done(path: Path, folder: Path, scanned: Scanned) -> Outcome:
    return Outcome(
        scene=path,
        folder=folder,
        plumes=tuple(dict(plume) for plume in scanned.record.results),
        simulated=scanned.result.enhancement.simulated,
        expected_false_plumes=scanned.result.detection.expected_false_plumes,
        rejected=scanned.result.detection.rejected,
    )


def _unexpected(path: Path, error: Exception) -> SuperemitterError:
    wrapped = SuperemitterError(
        f"unexpected {type(error).__name__} while scanning {path.name}: {error}",
        hint="this is a defect of superemitter; please report it with this message",
    )
    wrapped.__cause__ = error
    return wrapped
