"""Sun, clear atmosphere and packaged tables: what turns reflectance into radiance in an instrument's bands."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from superemitter.measure.spectra import band_response, load_absorption_table
from superemitter.model.types import FloatArray

_DATA = files("superemitter") / "data" / "spectra"
_CHANNEL_FWHM_NM = 5.8
_TABLE_AIR_MASS = 2.622  # of surfaces_atmosphere.csv, see its comment
_TABLE_WATER_CM = 1.5
_SMILE_STEP_NM = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class BandAtmosphere:
    """Band quantities of ``L = path + sun cos(zenith) / pi * reflectance * transmittance * exp(-w * water)``.

    Attributes
    ----------
    sun_radiance : (band,) array
        ``E0 cos(zenith) / pi`` times the transmittance: the radiance of a white surface. [uW cm-2 sr-1 nm-1]
    path_radiance : (band,) array
        Light scattered by the air alone. [uW cm-2 sr-1 nm-1]
    water_optical_depth : (band,) array
        Change of the two-way optical depth per cm of water vapour more. [cm-1]
    slope_per_nm : (band,) array
        Relative change of `sun_radiance` when the band's centre moves by one nm (for smile). [nm-1]
    """

    sun_radiance: FloatArray
    path_radiance: FloatArray
    water_optical_depth: FloatArray
    slope_per_nm: FloatArray


def band_atmosphere(
    wavelength_nm: FloatArray, fwhm_nm: FloatArray, *, solar_zenith_deg: float, air_mass: float
) -> BandAtmosphere:
    """Sun and atmosphere as an instrument's bands see them.

    Where the methane absorption table reaches (2080-2522 nm) its base transmittance is raised to the air mass at
    native resolution and averaged over the band; elsewhere 5 nm channels serve.

    Parameters
    ----------
    wavelength_nm, fwhm_nm : (band,) arrays
        [nm]
    solar_zenith_deg : float
        [degree]
    air_mass : float
        Two-way. [1]
    """
    cos_zenith = float(np.cos(np.radians(solar_zenith_deg)))
    channels = _channels()
    ratio = air_mass / _TABLE_AIR_MASS

    def sun(centre: FloatArray) -> FloatArray:
        coarse = _to_bands(channels[:, 0], channels[:, 1] * channels[:, 2] ** ratio, centre, fwhm_nm)
        fine, inside = _fine_transmittance(centre, fwhm_nm, air_mass)
        coarse[inside] = (_to_bands(channels[:, 0], channels[:, 1], centre, fwhm_nm) * fine)[inside]
        return coarse * cos_zenith / np.pi

    at_centre = sun(wavelength_nm)
    difference = sun(wavelength_nm + _SMILE_STEP_NM) - sun(wavelength_nm - _SMILE_STEP_NM)
    path = _to_bands(channels[:, 0], channels[:, 1] * channels[:, 4], wavelength_nm, fwhm_nm)
    return BandAtmosphere(
        sun_radiance=at_centre,
        path_radiance=path * cos_zenith / np.pi,
        water_optical_depth=_to_bands(channels[:, 0], channels[:, 3], wavelength_nm, fwhm_nm) * ratio,
        slope_per_nm=difference / (2 * _SMILE_STEP_NM) / np.maximum(at_centre, 1e-3),
    )


@cache
def load_surfaces() -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Packaged endmembers: names, wavelengths (n,) [nm], reflectance (endmember, n) [1].

    Measured spectra (ECOSTRESS library, doi:10.1016/j.rse.2019.05.015); the names describe their shape.
    """
    names, table = _read("surfaces.csv")
    return names[1:], table[:, 0], table[:, 1:].T


def _fine_transmittance(centre: FloatArray, fwhm_nm: FloatArray, air_mass: float) -> tuple[FloatArray, np.ndarray]:
    """Base transmittance in bands from the absorption table, and which bands it reaches."""
    table = load_absorption_table()
    response = band_response(centre, fwhm_nm, table)
    return response @ table.base_transmittance_at(air_mass), response.sum(axis=1) > 0


def _to_bands(known_nm: FloatArray, values: FloatArray, centre: FloatArray, fwhm_nm: FloatArray) -> FloatArray:
    """Widen 5 nm channel values to the bands' own width (a Gaussian of what the width lacks)."""
    lacking = np.sqrt(np.maximum(fwhm_nm**2 - _CHANNEL_FWHM_NM**2, 1.5**2)) / 2.3548
    weight = np.exp(-0.5 * ((known_nm[None, :] - centre[:, None]) / lacking[:, None]) ** 2)
    near = np.abs(known_nm[None, :] - centre[:, None]) <= 5.1  # never an empty row at the ends
    weight = np.maximum(weight, 1e-9 * near)
    out: FloatArray = weight @ values / np.maximum(weight.sum(axis=1), 1e-30)
    return out


@cache
def _channels() -> FloatArray:
    """(channel, 5): wavelength, sun, transmittance, water optical depth per cm, path reflectance."""
    return _read("surfaces_atmosphere.csv")[1]


def _read(name: str) -> tuple[tuple[str, ...], FloatArray]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    return tuple(rows[0]), np.array(rows[1:], dtype=np.float64)
