"""Methane put into radiance through the non-linear response of the absorption table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.measure.spectra import air_mass_nodes, band_transmittance
from superemitter.model.types import FloatArray

_NODES = 65


@dataclass(frozen=True, kw_only=True, eq=False)
class GasTable:
    """Band transmittance of methane enhancements, tabulated for a scene's air masses.

    Attributes
    ----------
    bands : (absorbing,) int array
        Bands in which methane absorbs at all.
    air_mass : (node,) array
        [1]
    enhancement_ppm_m : (k,) array
        Enhancements tabulated, closer together where they are small. [ppm m]
    log_transmittance : (node, k, absorbing) array
        [1]
    """

    bands: np.ndarray
    air_mass: FloatArray
    enhancement_ppm_m: FloatArray
    log_transmittance: FloatArray

    def transmittance(self, enhancement_ppm_m: FloatArray, air_mass: FloatArray) -> FloatArray:
        """Transmittance of each pixel in the absorbing bands, interpolated in the table.

        Parameters
        ----------
        enhancement_ppm_m, air_mass : (n,) arrays
            Not negative [ppm m]; within the table's range [1].

        Returns
        -------
        (n, absorbing) array
            Within 1e-5 of :func:`~superemitter.measure.spectra.band_transmittance`.
        """
        low, share = _locate(self.enhancement_ppm_m, np.maximum(enhancement_ppm_m, 0.0))
        if self.air_mass.size == 1:
            node: np.ndarray = np.zeros(low.shape, dtype=int)
            part: FloatArray = np.zeros(low.shape)
            following = node
        else:
            node, part = _locate(self.air_mass, air_mass)
            following = node + 1
        out: FloatArray = np.zeros((low.size, self.bands.size))
        for at, weight in ((node, 1.0 - part), (following, part)):
            out += (weight * (1.0 - share))[:, None] * self.log_transmittance[at, low]
            out += (weight * share)[:, None] * self.log_transmittance[at, low + 1]
        return np.exp(out)


def gas_table(
    wavelength_nm: FloatArray, fwhm_nm: FloatArray, *, air_mass: FloatArray, largest_ppm_m: float
) -> GasTable:
    """Tabulate the transmittance of enhancements up to the largest, for the air masses of a scene.

    The enhancement is that of the pixel's mean column: the average of the transmittance over unresolved structure
    inside a pixel is not made (it would absorb a little less).

    Parameters
    ----------
    wavelength_nm, fwhm_nm : (band,) arrays
        [nm]
    air_mass : array
        Those of the scene's pixels; only the range matters. [1]
    largest_ppm_m : float
        [ppm m]

    Raises
    ------
    InvalidValue
        An air mass lies outside the range of the absorption table.
    """
    nodes = air_mass_nodes(np.asarray(air_mass, dtype=np.float64))
    tabulated = np.linspace(0.0, np.sqrt(max(largest_ppm_m, 1.0)), _NODES) ** 2
    values = np.stack([band_transmittance(tabulated, wavelength_nm, fwhm_nm, float(m)) for m in nodes])
    bands = np.flatnonzero(values.min(axis=(0, 1)) < 1.0)
    return GasTable(
        bands=bands,
        air_mass=nodes,
        enhancement_ppm_m=tabulated,
        log_transmittance=np.log(values[..., bands]),
    )


def _locate(nodes: FloatArray, wanted: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """Index of the node below each value, and the share of the way to the next."""
    position = np.interp(wanted, nodes, np.arange(nodes.size))
    low = np.minimum(position.astype(int), nodes.size - 2)
    return low, position - low
