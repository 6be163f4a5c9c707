"""Choose bands, load them in one pass over the file, and mark pixels that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from superemitter.model import Instrument
from superemitter.model.constants import FLARE_RADIANCE_2389_NM
from superemitter.model.errors import SceneError
from superemitter.model.types import BoolArray, FloatArray, IntArray
from superemitter.observe.readers.cubes import Bands, Cube

FILL_BELOW = -9990.0
FLARE_NM = 2389.0
PREVIEW_NM = (640.0, 550.0, 460.0)
# A band counts as present if its centre lies this near. [nm]
NEAR_NM = 15.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedRadiance:
    """What one pass over the cube gives.

    Attributes
    ----------
    radiance : (row, column, band) float32 array
        [uW cm-2 sr-1 nm-1]
    wavelength_nm, fwhm_nm : (band,) arrays
        Increasing. [nm]
    nodata, saturated : (row, column) bool arrays
    preview : (row, column, 3) float32 array or None
    """

    radiance: FloatArray
    wavelength_nm: FloatArray
    fwhm_nm: FloatArray
    nodata: BoolArray
    saturated: BoolArray
    preview: FloatArray | None


def select_bands(wavelength_nm: FloatArray, window_nm: tuple[float, float]) -> IntArray:
    """Indices of the bands inside a window, by increasing wavelength.

    Raises
    ------
    SceneError
        The window holds no band.
    """
    low, high = window_nm
    order = np.argsort(wavelength_nm, kind="stable")
    inside: IntArray = order[(wavelength_nm[order] >= low) & (wavelength_nm[order] <= high)]
    if inside.size == 0:
        raise SceneError(
            f"no band lies in {low:g}-{high:g} nm; the file covers "
            f"{np.nanmin(wavelength_nm):g}-{np.nanmax(wavelength_nm):g} nm",
            hint="is the wavelength unit right?",
        )
    return inside


def load_radiance(
    cube: Cube,
    *,
    wavelength_nm: FloatArray,
    fwhm_nm: FloatArray,
    window_nm: tuple[float, float],
    instrument: Instrument,
    fill: float | None = None,
    preview: bool = True,
) -> LoadedRadiance:
    """Read a window of bands, block of rows by block of rows, and mark no-data, saturation and flares.

    Memory holds the window and one block. No-data: any band of the window is NaN, infinite or fill, or all are
    zero. Saturated: any band reaches the instrument's saturation radiance, or lies within two pixels of a flare,
    i.e. of radiance above 1.5 uW cm-2 sr-1 nm-1 near 2389 nm (see :mod:`superemitter.model.constants`).

    Parameters
    ----------
    cube : Cube
    wavelength_nm, fwhm_nm : (all bands,) arrays
        [nm]
    window_nm : (float, float)
        [nm]
    instrument : Instrument
    fill : float, optional
        The product's fill value; values of -9990 and less always count as fill.
    preview : bool
        Whether to read red, green and blue too.

    Raises
    ------
    SceneError
        The window holds no band.
    """
    bands = select_bands(wavelength_nm, window_nm)
    rgb = [_nearest(wavelength_nm, target) for target in PREVIEW_NM] if preview else [None]
    flare = _nearest(wavelength_nm, FLARE_NM)
    rows, columns, _ = cube.shape
    radiance = np.empty((rows, columns, bands.size), dtype=np.float32)
    picture = np.empty((rows, columns, 3), dtype=np.float32) if None not in rgb else None
    nodata = np.zeros((rows, columns), dtype=bool)
    saturated = np.zeros((rows, columns), dtype=bool)
    hot = np.zeros((rows, columns), dtype=bool)
    window = _as_slice(bands)
    for start in range(0, rows, cube.block_rows):
        stop = min(start + cube.block_rows, rows)
        read = cube.rows(start, stop)
        block = radiance[start:stop]
        block[...] = read(window)
        nodata[start:stop], saturated[start:stop] = _screen(block, instrument.saturation_radiance, fill)
        if flare is not None:
            hot[start:stop] = read(slice(flare, flare + 1))[:, :, 0] > FLARE_RADIANCE_2389_NM.value
        if picture is not None:
            for layer, band in enumerate(rgb):
                assert band is not None
                picture[start:stop, :, layer] = read(slice(band, band + 1))[:, :, 0]
    if hot.any():
        saturated |= ndimage.binary_dilation(hot, structure=np.ones((5, 5), dtype=bool))
    if picture is not None:
        picture[~(picture > FILL_BELOW)] = np.nan
    return LoadedRadiance(
        radiance=radiance,
        wavelength_nm=wavelength_nm[bands],
        fwhm_nm=fwhm_nm[bands],
        nodata=nodata,
        saturated=saturated & ~nodata,
        preview=picture,
    )


def _screen(block: FloatArray, saturation: float, fill: float | None) -> tuple[BoolArray, BoolArray]:
    """No-data and saturated pixels of a block, from smallest and largest radiance (both are NaN if any is)."""
    smallest, largest = block.min(axis=2), block.max(axis=2)
    nodata = ~(smallest > FILL_BELOW) | ~(largest < np.inf) | ((smallest == 0) & (largest == 0))
    if fill is not None and not fill <= FILL_BELOW and not np.isnan(fill):
        nodata |= (block == np.float32(fill)).any(axis=2)
    return nodata, largest >= saturation


def _nearest(wavelength_nm: FloatArray, target_nm: float) -> int | None:
    """The band nearest to a wavelength, None if none is near."""
    band = int(np.nanargmin(np.abs(wavelength_nm - target_nm)))
    return band if abs(wavelength_nm[band] - target_nm) <= NEAR_NM else None


def _as_slice(bands: IntArray) -> Bands:
    """Neighbouring increasing indices as a slice, which reads far faster than a list."""
    first, last = int(bands[0]), int(bands[-1])
    if last - first + 1 == bands.size and np.all(np.diff(bands) == 1):
        return slice(first, last + 1)
    return bands
