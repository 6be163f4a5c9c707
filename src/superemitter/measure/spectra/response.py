"""From the absorption table to what an instrument's bands see."""

from __future__ import annotations

import numpy as np

from superemitter.measure.spectra.table import AbsorptionTable, load_absorption_table
from superemitter.model.errors import InvalidValue
from superemitter.model.types import FloatArray

FIT_ENHANCEMENTS_PPM_M = (0.0, 250.0, 500.0, 750.0, 1000.0)
AIR_MASS_RANGE = (1.9, 6.0)
_AIR_MASS_STEP = 0.05


def band_response(wavelength_nm: FloatArray, fwhm_nm: FloatArray, table: AbsorptionTable) -> FloatArray:
    """Gaussian spectral response of each band on the table's wavelengths; each row sums to 1.

    Parameters
    ----------
    wavelength_nm, fwhm_nm : (band,) arrays
        Centres and full widths at half maximum. [nm]
    table : AbsorptionTable

    Returns
    -------
    (band, n) array
        A band that does not lie within the table by two widths has a row of zeros. [1]

    Raises
    ------
    InvalidValue
        Shapes differ or a width is not positive.
    """
    centre, width = np.asarray(wavelength_nm, float), np.asarray(fwhm_nm, float)
    if centre.ndim != 1 or centre.shape != width.shape:
        raise InvalidValue(f"wavelengths {centre.shape} and widths {width.shape} are not the same 1-D shape")
    if not (np.all(np.isfinite(width)) and np.all(width > 0)):
        raise InvalidValue("a band has no positive width")
    spacing = np.gradient(table.wavelength_nm)
    sigma = width[:, None] / (2.0 * np.sqrt(2.0 * np.log(2.0)))
    response = np.exp(-0.5 * ((table.wavelength_nm[None, :] - centre[:, None]) / sigma) ** 2) * spacing
    low, high = table.wavelength_nm[0], table.wavelength_nm[-1]
    response[(centre - 2 * width < low) | (centre + 2 * width > high)] = 0.0
    total = response.sum(axis=1, keepdims=True)
    out: FloatArray = np.divide(response, total, out=response, where=total > 0)
    return out


def band_transmittance(
    enhancement_ppm_m: FloatArray, wavelength_nm: FloatArray, fwhm_nm: FloatArray, air_mass: float
) -> FloatArray:
    r"""Radiance in each band with a methane enhancement, relative to without it.

    .. math:: T_b(\alpha, m) =
              \frac{\sum_\lambda g_b T_0^{m/2} e^{-\tau(\alpha m / 2)}}{\sum_\lambda g_b T_0^{m/2}}

    Both the optical depth :math:`\tau` of the enhancement and the base transmittance :math:`T_0` follow the air
    mass, at the table's native resolution, *before* the band average: lines already saturated by the atmosphere
    carry little of the extra absorption.

    Parameters
    ----------
    enhancement_ppm_m : (k,) array
        [ppm m]
    wavelength_nm, fwhm_nm : (band,) arrays
        [nm]
    air_mass : float
        Two-way, 1.9 to 6. [1]

    Returns
    -------
    (k, band) array
        1 in bands outside the table (2080-2522 nm). [1]

    Raises
    ------
    InvalidValue
        The air mass lies outside 1.9-6.

    Notes
    -----
    The gas is taken to lie below the instrument, crossed on the way down and up; for an aircraft the base
    transmittance then holds a little more of the upward path than is there.

    References
    ----------
    Foote et al. 2021, Remote Sens. Environ. 264, 112574 (scene-specific unit absorption).
    doi:10.1016/j.rse.2021.112574
    """
    _check_air_mass(air_mass)
    table = load_absorption_table()
    response = band_response(wavelength_nm, fwhm_nm, table)
    weighted = response * table.base_transmittance_at(air_mass)
    total = weighted.sum(axis=1)
    seen = total > 0
    out = np.ones((len(enhancement_ppm_m), seen.size))
    for k, enhancement in enumerate(enhancement_ppm_m):
        transmitted = np.exp(-table.optical_depth_at(float(enhancement), air_mass))
        out[k, seen] = (weighted[seen] @ transmitted) / total[seen]
    return out


def unit_absorption(
    wavelength_nm: FloatArray,
    fwhm_nm: FloatArray,
    air_mass: float | FloatArray,
    *,
    fit_ppm_m: tuple[float, ...] = FIT_ENHANCEMENTS_PPM_M,
) -> FloatArray:
    r"""Unit absorption spectrum: relative change of radiance per ppm m of methane.

    .. math:: s_b = \mathrm{d} \ln L_b / \mathrm{d} \alpha

    the slope of the least-squares line of :math:`\ln T_b(\alpha)` over the enhancements `fit_ppm_m`.

    Parameters
    ----------
    wavelength_nm, fwhm_nm : (band,) arrays
        [nm]
    air_mass : float or (n,) array
        Two-way, 1.9 to 6. An array is answered by linear interpolation in steps of 0.05. [1]
    fit_ppm_m : tuple of float
        Range of the fit. The wider it is, the smaller the slope: strong plumes saturate. [ppm m]

    Returns
    -------
    (band,) or (n, band) array
        Zero or negative. [(ppm m)-1]

    References
    ----------
    Foote et al. 2020, IEEE Trans. Geosci. Remote Sens. 58, 6480. doi:10.1109/TGRS.2020.2976888
    """
    if np.ndim(air_mass) == 0:
        return _slope(wavelength_nm, fwhm_nm, float(air_mass), fit_ppm_m)
    wanted = np.asarray(air_mass, float)
    nodes = air_mass_nodes(wanted)
    spectra = np.stack([_slope(wavelength_nm, fwhm_nm, float(m), fit_ppm_m) for m in nodes])
    return interpolate_nodes(wanted, nodes, spectra)


def air_mass_nodes(air_mass: FloatArray) -> FloatArray:
    """Air masses in steps of 0.05 or less that span the given ones: where spectra are computed exactly. [1]"""
    low, high = float(np.min(air_mass)), float(np.max(air_mass))
    return np.linspace(low, high, 1 + int(np.ceil((high - low) / _AIR_MASS_STEP)))


def interpolate_nodes(air_mass: FloatArray, nodes: FloatArray, values: FloatArray) -> FloatArray:
    """Values at each air mass, linear between nodes. (n,), (node,), (node, ...) -> (n, ...)"""
    if nodes.size == 1:
        return np.repeat(values, air_mass.size, axis=0)
    position = np.interp(air_mass, nodes, np.arange(nodes.size))
    low = np.minimum(position.astype(int), nodes.size - 2)
    share = (position - low).reshape(-1, *([1] * (values.ndim - 1)))
    out: FloatArray = (1 - share) * values[low] + share * values[low + 1]
    return out


def _slope(
    wavelength_nm: FloatArray, fwhm_nm: FloatArray, air_mass: float, fit_ppm_m: tuple[float, ...]
) -> FloatArray:
    enhancement = np.asarray(fit_ppm_m, float)
    log_transmittance = np.log(band_transmittance(enhancement, wavelength_nm, fwhm_nm, air_mass))
    centred = enhancement - enhancement.mean()
    slope: FloatArray = centred @ log_transmittance / (centred @ centred)
    return np.minimum(slope, 0.0)


def _check_air_mass(air_mass: float) -> None:
    low, high = AIR_MASS_RANGE
    if not low <= air_mass <= high:
        raise InvalidValue(
            f"two-way air mass {air_mass:.2f} lies outside {low}-{high}",
            hint="the sun is too low, or the angles of the scene are wrong",
        )
