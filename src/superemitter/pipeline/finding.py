"""Retrieve and detect in turn, until a plume's own gas no longer counts as background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation, maximum_filter

from superemitter.measure.detection import DetectionSettings, Gas, detect, find_gas, pool
from superemitter.measure.detection.pooling import MAD_TO_SIGMA
from superemitter.measure.retrieval import Retrieval
from superemitter.model import CannotSay, Detection, Enhancement, Wind
from superemitter.model.types import BoolArray, FloatArray

DENSE_SIGMAS = 3.0
NEAR_PX = 12
KNOWN_PX = (12, 3)
LEAST_CLEAR_SHARE = 0.25
WIDE_BLOCK_PX = 128
FAINT_SCORE = 0.5
FAINT_POOL_PX = 2.0


def find_repeatedly(
    retrieval: Retrieval, first: Enhancement, wind: Wind | None, detection: DetectionSettings
) -> tuple[Enhancement, Detection]:
    """Passes after the first: each takes the gas that the one before found out of the background.

    Dense gas is left out of the statistics of the radiance. Faint gas, which the mask of a plume does not reach,
    is looked for within 12 pixels of it wherever the score is above 0.5; its smoothed field is taken out of the
    radiance. Plumes and what lies within 12 pixels of them are left out of the background that scores are counted
    from, or a plume as wide as a block of that background hides itself; passes before the last take blocks twice
    as wide for the same reason. They also take everything that looks like methane from the least threshold on: to
    take out gas that is not there costs nothing.

    Parameters
    ----------
    retrieval : Retrieval
        ``own_gas_passes`` of its settings are made.
    first : Enhancement
        Its answer without any gas known.
    wind : Wind, optional
    detection : DetectionSettings

    Returns
    -------
    Enhancement, Detection
        Of the last pass.
    """
    enhancement, known, scene = first, None, retrieval.scene
    wide = replace(detection, block_px=max(detection.block_px, WIDE_BLOCK_PX))
    for _ in range(retrieval.settings.own_gas_passes):
        gas = find_gas(enhancement, scene, wind=wind, settings=wide, gas=known)
        if not gas.pixels.any():
            break
        known = surroundings(gas.pixels, enhancement.valid)
        again = retrieval.answer(
            exclude=dense_gas(gas, enhancement.valid), gas_ppm_m=faint_gas(gas, enhancement.valid)
        )
        if isinstance(again, CannotSay):  # too little is left without the plumes
            break
        enhancement = again
    return enhancement, detect(enhancement, scene=scene, wind=wind, settings=detection, gas=known)


def surroundings(plumes: BoolArray, valid: BoolArray) -> BoolArray | None:
    """Plumes and what lies within 12 pixels, or 3, of them; None if that leaves too little for a background.

    A quarter of the valid pixels must be left: the scatter of a few is no noise.
    """
    for reach in KNOWN_PX:
        grown: BoolArray = maximum_filter(plumes, 2 * reach + 1, mode="constant")
        if np.count_nonzero(valid & ~grown) >= LEAST_CLEAR_SHARE * np.count_nonzero(valid):
            return grown
    return None


def dense_gas(gas: Gas, valid: BoolArray) -> BoolArray:
    """Plume pixels of three times the pixels' scatter over the scene and more, and their neighbours."""
    scatter = MAD_TO_SIGMA * float(np.nanmedian(np.abs(gas.field)))
    grown: BoolArray = binary_dilation(gas.pixels & (gas.field > DENSE_SIGMAS * scatter)) & valid
    return grown


def faint_gas(gas: Gas, valid: BoolArray) -> FloatArray:
    """Smoothed enhancement in and around the plumes, never below 0, and 0 elsewhere. (row, column) [ppm m]"""
    near = maximum_filter(gas.pixels, 2 * NEAR_PX + 1, mode="constant")
    near &= np.nan_to_num(gas.score, nan=-np.inf) > FAINT_SCORE
    return np.where(near & valid, np.maximum(pool(gas.field, valid, FAINT_POOL_PX), 0.0), 0.0)
