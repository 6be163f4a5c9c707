"""Plumes of known rate put into a scene in memory: for many trials of one scene, no file is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from superemitter.model import Flag, Scene, Wind
from superemitter.model.types import FloatArray
from superemitter.simulate.gas import gas_table
from superemitter.simulate.plumes import PixelGrid, Turbulence, simulate_plume
from superemitter.simulate.scene import Leak

_LEAST_PPM_M = 1e-3


def inject_in_memory(
    scene: Scene,
    leaks: Sequence[Leak],
    *,
    wind: Wind,
    rng: np.random.Generator,
    turbulence: Turbulence | None = None,
) -> tuple[Scene, FloatArray]:
    """The scene with the gas of leaks in its radiance, marked as simulated; the scene itself is not changed.

    Parameters
    ----------
    scene : Scene
    leaks : sequence of Leak
        Each in its own wind, or in `wind`.
    wind : Wind
        Taken as exact.
    rng : numpy.random.Generator
    turbulence : Turbulence, optional

    Returns
    -------
    scene : Scene
    enhancement : (row, column) array
        What was put in. [ppm m]

    Raises
    ------
    InvalidValue
        A source lies outside the image, or where coordinates are unknown.
    """
    enhancement = np.zeros(scene.shape)
    for leak in leaks:
        plume = simulate_plume(
            rate_kg_h=leak.rate_kg_h,
            wind=leak.wind or wind,
            grid=PixelGrid.of_footprint(scene.footprint, leak.row, leak.column),
            row=leak.row,
            column=leak.column,
            rng=rng,
            turbulence=turbulence,
        )
        enhancement += plume.enhancement_ppm_m
    air_mass = scene.air_mass
    row, column = np.nonzero((enhancement > _LEAST_PPM_M) & np.isfinite(air_mass) & ~scene.mask("nodata"))
    radiance = scene.radiance.copy()
    if row.size:
        gas = enhancement[row, column]
        mass = air_mass[row, column].astype(np.float64)
        table = gas_table(scene.wavelength_nm, scene.fwhm_nm, air_mass=mass, largest_ppm_m=float(gas.max()))
        passed = table.transmittance(gas, mass).astype(radiance.dtype)
        radiance[row[:, None], column[:, None], table.bands[None, :]] *= passed
    dataset = scene.dataset.assign(radiance=(scene.dataset["radiance"].dims, radiance))
    marked = replace(scene, dataset=dataset, simulated=True, flags=scene.flags | {Flag.SIMULATED})
    return marked, enhancement
