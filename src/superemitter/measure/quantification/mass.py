"""Mass of a plume: integrated mass enhancement, line mass across the plume, and their errors."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from superemitter.model.constants import KG_M2_PER_PPM_M
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

CLUTTER_PLACES = 100
LEAST_PLACES = 10
LEAST_CLEAR_SHARE = 0.8
_TRIES = 600
_EIGHT = np.ones((3, 3), dtype=bool)


class EmptyPlume(InvalidValue):
    """The mask holds no valid pixel."""

    code = "plume.empty"


def integrated_mass_enhancement(column_mass: FloatArray, pixel_area: FloatArray | float, mask: BoolArray) -> float:
    r"""Total methane mass above background inside a plume mask.

    .. math:: \mathrm{IME} = \sum_{i \in \text{mask}} \Delta\Omega_i \, A_i

    Parameters
    ----------
    column_mass : (row, column) array
        Column mass enhancement; NaN pixels count as nothing. [kg m-2]
    pixel_area : (row, column) array or float
        Ground area of each pixel of the sensor grid. [m2]
    mask : (row, column) bool array
        Pixels of the plume; at least one.

    Returns
    -------
    float
        Negative pixels are included: clipping them would bias the mass high. [kg]

    Raises
    ------
    EmptyPlume
        The mask holds no valid pixel.

    References
    ----------
    Varon et al. 2018, Atmos. Meas. Tech. 11, 5673, eq. 6. doi:10.5194/amt-11-5673-2018
    """
    per_pixel = (column_mass * pixel_area)[mask]
    valid = np.isfinite(per_pixel)
    if not valid.any():
        raise EmptyPlume("the plume mask holds no valid pixel")
    return float(per_pixel[valid].sum())


def line_mass(mass_kg: FloatArray, along_m: FloatArray, step_m: float) -> FloatArray:
    r"""Mass per length of each slice across the plume.

    .. math:: \lambda_k = \frac{1}{\Delta s} \sum_{i \in \text{slice } k} \Delta\Omega_i A_i

    Parameters
    ----------
    mass_kg : (pixel,) array
        Mass above background in each pixel of the plume. [kg]
    along_m : (pixel,) array
        Their distance from the source along the plume's axis. [m]
    step_m : float
        Width of a slice; two pixels or more, so that each holds whole pixels. [m]

    Returns
    -------
    (slice,) array
        Of the slices that lie wholly downwind of the source and before the plume's end; empty for a plume shorter
        than three slices. [kg m-1]

    References
    ----------
    Varon et al. 2018, Atmos. Meas. Tech. 11, 5673, sec. 3.3. doi:10.5194/amt-11-5673-2018
    """
    number = np.floor(along_m / step_m).astype(int)
    count = int(number.max(initial=-1))  # the last slice is not whole
    if count < 2:
        return np.empty(0)
    whole = (number >= 0) & (number < count)
    sums = np.bincount(number[whole], weights=mass_kg[whole], minlength=count)
    slices: FloatArray = sums[1:] / step_m if count > 3 else sums / step_m
    return slices


def clutter_sigma_kg(
    column_mass: FloatArray,
    pixel_area: FloatArray,
    mask: BoolArray,
    clear: BoolArray,
    rng: np.random.Generator,
) -> float | None:
    """1-sigma mass error by noise and clutter: the mask laid on plume-free places of the same scene.

    Neighbouring pixels share retrieval error, so the error of a sum is larger than independent noise gives; the
    scatter of the mass in the same mask elsewhere holds it all.

    Parameters
    ----------
    column_mass, pixel_area : (row, column) arrays
        [kg m-2], [m2]
    mask : (row, column) bool array
    clear : (row, column) bool array
        Valid pixels away from every plume.
    rng : numpy.random.Generator

    Returns
    -------
    float or None
        None if fewer than 10 of 600 tries found a place with 80 % clear pixels. [kg]
    """
    rows, columns = np.nonzero(mask)
    area = float(np.nansum(pixel_area[mask]))
    height, width = mask.shape
    down = rng.integers(-rows.min(), height - rows.max(), size=_TRIES)
    right = rng.integers(-columns.min(), width - columns.max(), size=_TRIES)
    masses: list[float] = []
    for dr, dc in zip(down, right, strict=True):
        place = (rows + dr, columns + dc)
        free = clear[place]
        if free.mean() < LEAST_CLEAR_SHARE:
            continue
        masses.append(float(column_mass[place][free].mean()) * area)
        if len(masses) == CLUTTER_PLACES:
            break
    if len(masses) < LEAST_PLACES:
        return None
    return float(np.std(masses))


def independent_sigma_kg(sigma_ppm_m: FloatArray, pixel_area: FloatArray, mask: BoolArray) -> float:
    """1-sigma mass error if every pixel's noise were independent: a lower bound. [kg]"""
    per_pixel = (sigma_ppm_m * KG_M2_PER_PPM_M.value * pixel_area)[mask]
    return float(np.sqrt(np.nansum(per_pixel**2)))


def background_sigma_kg(
    column_mass: FloatArray, pixel_area: FloatArray, mask: BoolArray, clear: BoolArray, ring_px: int = 12
) -> float:
    """1-sigma mass error by the local background: what a ring around the plume still reads, over its area.

    Parameters
    ----------
    column_mass, pixel_area : (row, column) arrays
        Background already removed. [kg m-2], [m2]
    mask, clear : (row, column) bool arrays
    ring_px : int
        Width of the ring. [pixel]

    Returns
    -------
    float
        [kg]
    """
    rows, columns = np.nonzero(mask)
    margin = ring_px + 1
    window = (
        slice(max(rows.min() - margin, 0), rows.max() + margin + 1),
        slice(max(columns.min() - margin, 0), columns.max() + margin + 1),
    )
    ring = binary_dilation(mask[window], structure=_EIGHT, iterations=ring_px) & clear[window]
    values = column_mass[window][ring]
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0
    level = float(np.mean(values))
    error = float(np.std(values)) / np.sqrt(values.size)
    return float(np.hypot(level, error) * np.nansum(pixel_area[mask]))
