"""Retrieve and detect in turn, until a plume's own gas no longer counts as background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation

from superemitter.measure.detection import DetectionSettings, detect, pool
from superemitter.measure.retrieval import RetrievalSettings, retrieve
from superemitter.model import CannotSay, Detection, Enhancement, Scene, Wind
from superemitter.model.types import BoolArray, FloatArray

GENEROUS_FALSE_PLUMES = 20.0
DENSE_SIGMAS = 3.0
NEAR_PX = 12
FAINT_SCORE = 0.5
FAINT_POOL_PX = 2.0
_EIGHT = np.ones((3, 3), dtype=bool)


def find_repeatedly(
    scene: Scene, first: Enhancement, wind: Wind | None, retrieval: RetrievalSettings, detection: DetectionSettings
) -> tuple[Enhancement, Detection]:
    """Passes after the first: each takes the gas that the one before found out of the background statistics.

    Dense gas is left out of them. Faint gas, which the mask of a plume does not reach, is looked for within 12
    pixels of it wherever the score is above 0.5; its smoothed field is taken out of the radiance. Passes before
    the last let 20 false plumes a scene through: to take out gas that is not there costs nothing.

    Parameters
    ----------
    scene : Scene
    first : Enhancement
        Of the first pass.
    wind : Wind, optional
    retrieval : RetrievalSettings
        ``own_gas_passes`` of them are made.
    detection : DetectionSettings

    Returns
    -------
    Enhancement, Detection
        Of the last pass.
    """
    enhancement = first
    generous = replace(detection, false_plumes_per_scene=GENEROUS_FALSE_PLUMES)
    for _ in range(retrieval.own_gas_passes):
        found = detect(enhancement, scene=scene, wind=wind, settings=generous)
        if not found.plumes:
            break
        field = enhancement.enhancement_ppm_m - found.background_ppm_m
        again = retrieve(
            scene,
            exclude=dense_gas(field, found, enhancement.valid),
            gas_ppm_m=faint_gas(field, found, enhancement.valid),
            settings=retrieval,
        )
        if isinstance(again, CannotSay):  # too little is left without the plumes
            break
        enhancement = again
    return enhancement, detect(enhancement, scene=scene, wind=wind, settings=detection)


def dense_gas(field: FloatArray, detection: Detection, valid: BoolArray) -> BoolArray:
    """Plume pixels of three times the pixels' scatter over the scene and more, and their neighbours.

    Parameters
    ----------
    field : (row, column) array
        Enhancement above its local background. [ppm m]
    detection : Detection
    valid : (row, column) bool array
    """
    scatter = 1.4826 * float(np.nanmedian(np.abs(field)))
    dense = detection.plume_pixels & (field > DENSE_SIGMAS * scatter)
    grown: BoolArray = binary_dilation(dense) & valid
    return grown


def faint_gas(field: FloatArray, detection: Detection, valid: BoolArray) -> FloatArray:
    """Smoothed enhancement in and around the plumes, never below 0, and 0 elsewhere. (row, column) [ppm m]"""
    near = binary_dilation(detection.plume_pixels, structure=_EIGHT, iterations=NEAR_PX)
    near &= np.nan_to_num(detection.score, nan=-np.inf) > FAINT_SCORE
    return np.where(near & valid, np.maximum(pool(field, valid, FAINT_POOL_PX), 0.0), 0.0)
