"""The packaged CH4 absorption table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from superemitter.model.constants import REFERENCE_AIR_MASS
from superemitter.model.errors import InvalidValue
from superemitter.model.types import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class AbsorptionTable:
    """Methane absorption at the table's native resolution (about 0.05 nm), for two-way air mass 2.

    Attributes
    ----------
    wavelength_nm : (n,) array
        Increasing. [nm]
    enhancement_ppm_m : (k,) array
        Enhancements tabulated, increasing, without 0. [ppm m]
    optical_depth : (k, n) array
        -ln(L / L0) of each enhancement. [1]
    base_transmittance : (n,) array
        Transmittance of the unperturbed atmosphere, all gases. [1]
    """

    wavelength_nm: FloatArray
    enhancement_ppm_m: FloatArray
    optical_depth: FloatArray
    base_transmittance: FloatArray

    def optical_depth_at(self, enhancement_ppm_m: float, air_mass: float) -> FloatArray:
        """Optical depth of an enhancement along a path of the given air mass.

        The absorber seen along the path is ``enhancement * air_mass / 2`` of the table's own; between tabulated
        amounts the optical depth per ppm m is linear in the amount, outside them constant.

        Parameters
        ----------
        enhancement_ppm_m : float
            May be negative (a deficit). [ppm m]
        air_mass : float
            Two-way, 1.9 to 6. [1]

        Returns
        -------
        (n,) array
            [1]
        """
        amount = enhancement_ppm_m * air_mass / REFERENCE_AIR_MASS.value
        known = self.enhancement_ppm_m
        position = float(np.interp(amount, known, np.arange(known.size)))
        low = min(int(position), known.size - 2)
        share = position - low
        per_ppm_m = (1 - share) * self.optical_depth[low] / known[low]
        per_ppm_m = per_ppm_m + share * self.optical_depth[low + 1] / known[low + 1]
        out: FloatArray = amount * per_ppm_m
        return out

    def base_transmittance_at(self, air_mass: float) -> FloatArray:
        """Transmittance of the unperturbed atmosphere along a path of this air mass, ``T0^(m/2)``. (n,) [1]"""
        out: FloatArray = self.base_transmittance ** (air_mass / REFERENCE_AIR_MASS.value)
        return out


@cache
def load_absorption_table() -> AbsorptionTable:
    """The packaged table, derived by ``tools/derive_absorption_table.py`` from mag1c's MODTRAN radiances."""
    resource = files("superemitter") / "data" / "spectra" / "ch4_absorption.npz"
    with resource.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        arrays = {name: stored[name].astype(np.float64) for name in stored.files}
    if set(arrays) != {"wavelength_nm", "enhancement_ppm_m", "optical_depth", "base_transmittance"}:
        raise InvalidValue("the packaged absorption table is damaged", hint="install the package again")
    return AbsorptionTable(**arrays)
