"""What a level-2 methane product may hold beside the mixing ratio, and the mass that belongs to it."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from superemitter.model.constants import DRY_AIR_MOLAR_MASS, GRAVITY, METHANE_MOLAR_MASS, STANDARD_PRESSURE
from superemitter.model.types import BoolArray, FloatArray

#: Name, unit and meaning of the (row, column) fields of a level-2 scene.
COLUMN_FIELDS: Final = {
    "methane": ("ppb", "column-averaged dry-air mixing ratio of methane"),
    "precision": ("ppb", "1-sigma noise of the mixing ratio, as the product states it"),
    "qa": ("1", "quality value of the product, 0 to 1"),
    "solar_zenith": ("degree", "solar zenith angle"),
    "view_zenith": ("degree", "viewing zenith angle"),
    "albedo_swir": ("1", "surface albedo near 2.3 um"),
    "albedo_nir": ("1", "surface albedo near 0.76 um"),
    "aerosol_swir": ("1", "aerosol optical thickness near 2.3 um"),
    "chi_square_swir": ("1", "chi square of the fit near 2.3 um"),
    "cloud_fraction": ("1", "cloud fraction of the field of view (VIIRS)"),
    "surface_pressure": ("Pa", "surface pressure"),
    "surface_altitude": ("m", "surface altitude"),
    "dry_air_column": ("mol m-2", "dry air above the surface"),
    "eastward_wind": ("m s-1", "eastward wind at 10 m"),
    "northward_wind": ("m s-1", "northward wind at 10 m"),
}


def column_dataset(
    fields: dict[str, FloatArray],
    *,
    nodata: BoolArray,
    water: BoolArray,
    corners: tuple[FloatArray, FloatArray] | None,
    attributes: dict[str, str],
) -> xr.Dataset:
    """Arrange arrays as the dataset a level-2 :class:`~superemitter.model.Scene` holds.

    Parameters
    ----------
    fields : dict
        Of :data:`COLUMN_FIELDS`: (row, column) float arrays, NaN where unknown; methane and precision at least.
    nodata, water : (row, column) bool arrays
        Not to be used at all; over water.
    corners : pair of (row, column, 4) arrays, optional
        Longitude and latitude of the pixels' corners, in order around the pixel. [degree]
    attributes : dict
        ``variant`` (which mixing ratio), ``processor`` (its version).
    """
    plane = ("row", "column")
    variables: dict[str, tuple[tuple[str, ...], object, dict[str, str]]] = {
        name: (plane, values, {"units": COLUMN_FIELDS[name][0], "long_name": COLUMN_FIELDS[name][1]})
        for name, values in fields.items()
    }
    variables["nodata"] = (plane, nodata, {"units": "1"})
    variables["water"] = (plane, water, {"units": "1"})
    if corners is not None:
        for name, values in zip(("corner_longitude", "corner_latitude"), corners, strict=True):
            variables[name] = ((*plane, "corner"), values, {"units": "degree"})
    return xr.Dataset(variables, attrs=attributes)


def methane_kg_m2_per_ppb(data: xr.Dataset) -> tuple[FloatArray, str]:
    r"""Column mass of one ppb of methane, and what it was made from.

    .. math:: m = 10^{-9} M_{CH4} \, n_{air}, \qquad n_{air} = \sum_k n_k \;\text{or}\; \frac{p_s}{g M_{air}}

    Parameters
    ----------
    data : xarray.Dataset
        Of a level-2 scene.

    Returns
    -------
    mass : (row, column) float64 array
        [kg m-2 ppb-1]
    origin : str
        ``"subcolumns"``; where they are unknown ``"pressure"``; where that is too, ``"assumed"`` (1013 hPa). The
        least certain of those used.

    Notes
    -----
    The surface pressure counts the water vapour as air: up to 0.5 % too much.
    """
    per_mol = 1e-9 * METHANE_MOLAR_MASS.value
    of_pressure = per_mol / (GRAVITY.value * DRY_AIR_MOLAR_MASS.value)
    shape = data["methane"].shape
    mass = np.full(shape, np.nan)
    origin = "subcolumns"
    if "dry_air_column" in data:
        mass = data["dry_air_column"].values.astype(np.float64) * per_mol
    used = ~data["nodata"].values
    gaps = ~np.isfinite(mass)
    if (gaps & used).any() and "surface_pressure" in data:
        mass[gaps] = data["surface_pressure"].values.astype(np.float64)[gaps] * of_pressure
        origin = "pressure"
        gaps = ~np.isfinite(mass)
    if (gaps & used).any() or not used.any():
        mass[gaps] = STANDARD_PRESSURE.value * of_pressure
        origin = "assumed"
    return mass, origin
