"""Take known gas out of the radiance that the background statistics are made of."""

from __future__ import annotations

import numpy as np

from superemitter.measure.spectra import band_transmittance
from superemitter.model import Scene
from superemitter.model.types import FloatArray, IntArray

NODES_PPM_M = np.array([0.0, 125.0, 250.0, 500.0, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 64e3])


def without_gas(scene: Scene, gas_ppm_m: FloatArray, rows: IntArray, columns: IntArray) -> FloatArray:
    r"""Radiance of some pixels as it would be without the gas that an earlier pass found.

    .. math:: x' = x / T(\alpha)

    Gas in the background statistics hides part of itself. Leaving its pixels out instead would also leave out the
    ground under it, and what is unusual about that ground would then be taken for gas.

    Parameters
    ----------
    scene : Scene
    gas_ppm_m : (row, column) array
        Enhancement; pixels of 0 and less stay as they are. [ppm m]
    rows, columns : (n,) int arrays
        The pixels.

    Returns
    -------
    (n, band) float32 array
        [uW cm-2 sr-1 nm-1]
    """
    spectra: FloatArray = scene.radiance[rows, columns]
    if rows.size == 0:
        return spectra
    air_mass = float(np.nanmean(scene.air_mass[rows, columns]))
    depth = -np.log(band_transmittance(NODES_PPM_M, scene.wavelength_nm, scene.fwhm_nm, air_mass))
    gas = np.clip(gas_ppm_m[rows, columns], 0.0, NODES_PPM_M[-1])
    upper = np.clip(np.searchsorted(NODES_PPM_M, gas), 1, NODES_PPM_M.size - 1)
    step = NODES_PPM_M[upper] - NODES_PPM_M[upper - 1]
    share = ((gas - NODES_PPM_M[upper - 1]) / step)[:, None]
    absorbed = (1.0 - share) * depth[upper - 1] + share * depth[upper]
    spectra *= np.exp(absorbed).astype(np.float32)
    return spectra
