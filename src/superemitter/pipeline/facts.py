"""What a scene is, in plain types: for ``superemitter info``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from superemitter.model import Footprint, Scene
from superemitter.model.scene import ANGLES, MASKS
from superemitter.model.types import FloatArray
from superemitter.observe.readers import ReadOptions, open_scene, recognise
from superemitter.publish.geometry import unwrapped


def scene_facts(path: Path, options: ReadOptions) -> dict[str, Any]:
    """Open a scene and say what it is: product, time, size, bands, geometry, masks, cautions, place, files.

    Parameters
    ----------
    path : Path
        Radiance file.
    options : ReadOptions

    Returns
    -------
    dict
        Plain types. Angles in degrees as ``{"low", "median", "high"}``, None where no pixel has one; masks as
        shares of all pixels; ``bbox`` as west, south, east, north, west > east across the antimeridian (RFC 7946).

    Raises
    ------
    SceneError
        The scene cannot be opened.
    """
    scene = open_scene(path, options)
    reader = recognise(path)
    return {
        "scene_id": scene.scene_id,
        "product": reader.name if reader else None,
        "instrument": scene.instrument.name,
        "platform": scene.instrument.platform,
        "time": scene.time.isoformat(),
        "simulated": scene.simulated,
        "orthorectified": scene.orthorectified,
        "rows": scene.shape[0],
        "columns": scene.shape[1],
        **_bands(scene),
        **{name: _spread(scene.dataset[name].values) for name in ANGLES},
        "air_mass": _spread(scene.air_mass),
        "masked_share": {name: float(scene.mask(name).mean()) for name in MASKS},
        **_place(scene.footprint),
        "flags": {flag.value: flag.meaning for flag in sorted(scene.flags)},
        "files": [str(file) for file in scene.files],
    }


def _bands(scene: Scene) -> dict[str, Any]:
    return {
        "bands_in_window": int(scene.wavelength_nm.size),
        "window_nm": [float(scene.wavelength_nm.min()), float(scene.wavelength_nm.max())],
        "fwhm_nm": [float(scene.fwhm_nm.min()), float(scene.fwhm_nm.max())],
    }


def _spread(values: FloatArray) -> dict[str, float] | None:
    known = values[np.isfinite(values)]
    if known.size == 0:
        return None
    return {"low": float(known.min()), "median": float(np.median(known)), "high": float(known.max())}


def _place(footprint: Footprint) -> dict[str, Any]:
    known = np.isfinite(footprint.longitude) & np.isfinite(footprint.latitude)
    if not known.any():
        return {"pixel_size_m": None, "center": None, "bbox": None}
    longitude, latitude = unwrapped(footprint.longitude)[known], footprint.latitude[known]
    west, east = float(longitude.min()), float(longitude.max())
    south, north = float(latitude.min()), float(latitude.max())
    size = footprint.pixel_area_m2[np.isfinite(footprint.pixel_area_m2)]
    return {
        "pixel_size_m": float(np.sqrt(np.median(size))) if size.size else None,
        "center": [_on_earth((west + east) / 2.0), (south + north) / 2.0],
        "bbox": [_on_earth(west), south, _on_earth(east), north],
    }


def _on_earth(longitude: float) -> float:
    return longitude if -180.0 <= longitude <= 180.0 else (longitude + 180.0) % 360.0 - 180.0
