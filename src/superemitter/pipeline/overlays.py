"""Pictures of a scan's plumes for the map, made when the scan is registered: they outlast the scan's folder."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from superemitter.model.errors import SceneError
from superemitter.model.types import FloatArray
from superemitter.publish.overlay import plume_overlay
from superemitter.register import Observation, ObservationQuery, Register, list_observations, versions
from superemitter.register.geo import METRES_PER_DEGREE
from superemitter.register.overlays import keep_overlay, overlay_of
from superemitter.register.scenes import scene

MAP: Final = "enhancement.tif"
_REACH_M: Final = 1000.0  # shown around a plume without an outline


def keep_overlays(register: Register, folder: Path, scene_id: str, run_id: str) -> int:
    """Keep a picture of every plume of a scene that has none of its current version; how many were made.

    A folder without its enhancement map, or with another than the run wrote, gives none: it is still a scan.
    """
    known = scene(register, scene_id)
    wanted = known.checksums["outputs"].get(MAP) if known is not None and known.run_id == run_id else None
    if wanted is None:
        return 0
    due = [one for one in _plumes(register, scene_id) if _is_due(register, one)]
    path = _map_of(folder, wanted) if due else None
    return 0 if path is None else sum(_keep(register, path, one) for one in due)


def _plumes(register: Register, scene_id: str) -> list[Observation]:
    page = list_observations(register, ObservationQuery(scene_id=scene_id), limit=10_000)
    return [one for one in page.observations if one.catalogue == "superemitter"]


def _is_due(register: Register, plume: Observation) -> bool:
    kept = overlay_of(register, plume.observation_id)
    return kept is None or kept.version != plume.version


def _map_of(folder: Path, wanted: str) -> Path | None:
    """The enhancement map that the run wrote, in the folder or one inside."""
    for path in (folder / MAP, *sorted(folder.glob(f"*/{MAP}"))):
        try:
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() == wanted:
                    return path
        except OSError:
            continue
    return None


def _keep(register: Register, path: Path, plume: Observation) -> bool:
    outline = versions(register, plume.observation_id)[-1].content["outline"]
    try:
        made = plume_overlay(path, _area(plume, outline))
    except SceneError:
        return False
    keep_overlay(
        register,
        plume.observation_id,
        plume.version,
        made.png,
        corners=made.corners,
        low_ppm_m=made.low_ppm_m,
        high_ppm_m=made.high_ppm_m,
    )
    return True


def _area(plume: Observation, outline: Mapping[str, Any] | None) -> BaseGeometry:
    """The outline of a plume, across the antimeridian on the side of its source; without one, its surroundings."""
    assert plume.longitude is not None and plume.latitude is not None
    source = plume.longitude
    if outline is None:
        up = _REACH_M / METRES_PER_DEGREE
        side = up / max(0.01, math.cos(math.radians(plume.latitude)))
        return shapely.box(source - side, plume.latitude - up, source + side, plume.latitude + up)

    def beside(points: FloatArray) -> FloatArray:
        turned = points.copy()
        turned[:, 0] -= 360.0 * np.round((points[:, 0] - source) / 360.0)
        return turned

    return shapely.transform(shape(outline), beside)
