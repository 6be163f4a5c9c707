"""A scene: what an instrument measured, where, when and under which angles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import xarray as xr

from superemitter.model.errors import InvalidValue
from superemitter.model.flags import Flag
from superemitter.model.footprint import Footprint
from superemitter.model.instrument import Instrument
from superemitter.model.types import BoolArray, FloatArray

RADIANCE_UNIT = "uW cm-2 sr-1 nm-1"
ANGLES = ("solar_zenith", "solar_azimuth", "view_zenith", "view_azimuth")
MASKS = ("nodata", "cloud", "water", "saturated")
LEVEL2_FIELDS = ("methane", "precision", "nodata", "water")


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Radiance of one scene in the bands asked for, or its level-2 methane columns, with its geometry.

    Attributes
    ----------
    scene_id : str
        The granule's own name, without suffix.
    instrument : Instrument
    time : datetime
        Middle or start of the acquisition, with time zone.
    dataset : xarray.Dataset
        Dimensions ``(row, column, band)``. Variables: ``radiance`` (row, column, band) float32
        [uW cm-2 sr-1 nm-1]; ``solar_zenith``, ``solar_azimuth``, ``view_zenith``, ``view_azimuth`` (row, column)
        [degree]; ``nodata``, ``cloud``, ``water``, ``saturated`` (row, column) bool, True = do not trust.
        Coordinates on ``band``: ``wavelength`` and ``fwhm`` [nm]. Optionally ``preview`` (row, column, 3) float32,
        radiance near 640, 550 and 460 nm for a picture. See :func:`scene_dataset`. A level-2 scene holds
        ``methane``
        and ``precision`` (row, column) [ppb] instead of the radiance, the masks ``nodata`` and ``water``, and
        whatever its product offers of the fields in :mod:`superemitter.model.columns`.
    footprint : Footprint
    files : tuple of Path
        Every file that was read, the radiance first.
    orthorectified : bool
        True if columns of the image are not detectors of the instrument.
    simulated : bool
    flags : frozenset of Flag
    """

    scene_id: str
    instrument: Instrument
    time: datetime
    dataset: xr.Dataset
    footprint: Footprint
    files: tuple[Path, ...]
    orthorectified: bool = False
    simulated: bool = False
    flags: frozenset[Flag] = frozenset()

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise InvalidValue(f"the time of scene {self.scene_id} has no time zone")
        data = self.dataset
        if self.is_level2:
            self._check_level2()
            return
        missing = [name for name in ("radiance", *ANGLES, *MASKS) if name not in data]
        if missing:
            raise InvalidValue(f"scene {self.scene_id} lacks {', '.join(missing)}")
        if data["radiance"].dims != ("row", "column", "band"):
            raise InvalidValue(f"radiance of {self.scene_id} has dimensions {data['radiance'].dims}")
        if data["radiance"].shape[:2] != self.footprint.shape:
            raise InvalidValue(
                f"radiance {data['radiance'].shape} and footprint {self.footprint.shape} do not fit"
            )
        if self.wavelength_nm.size and not np.all(np.diff(self.wavelength_nm) > 0):
            raise InvalidValue(f"the wavelengths of {self.scene_id} do not increase")

    def _check_level2(self) -> None:
        missing = [name for name in LEVEL2_FIELDS if name not in self.dataset]
        if missing:
            raise InvalidValue(f"scene {self.scene_id} lacks {', '.join(missing)}")
        for name in LEVEL2_FIELDS:
            if self.dataset[name].shape != self.footprint.shape:
                raise InvalidValue(
                    f"{name} {self.dataset[name].shape} and footprint {self.footprint.shape} do not fit"
                )

    @property
    def is_level2(self) -> bool:
        """Whether the scene holds methane columns that somebody else retrieved, not radiance."""
        return "methane" in self.dataset

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.footprint.shape

    @property
    def radiance(self) -> FloatArray:
        """(row, column, band) float32. [uW cm-2 sr-1 nm-1]"""
        return self.dataset["radiance"].values

    @property
    def wavelength_nm(self) -> FloatArray:
        """Band centres, increasing. (band,) [nm]"""
        return self.dataset["wavelength"].values

    @property
    def fwhm_nm(self) -> FloatArray:
        """Full widths at half maximum. (band,) [nm]"""
        return self.dataset["fwhm"].values

    def mask(self, name: str) -> BoolArray:
        """One of the masks ``nodata``, ``cloud``, ``water``, ``saturated``. (row, column) bool"""
        return self.dataset[name].values

    @property
    def air_mass(self) -> FloatArray:
        """Two-way geometric air mass 1/cos(solar zenith) + 1/cos(view zenith) of each pixel. (row, column) [1]"""
        sun = np.radians(self.dataset["solar_zenith"].values)
        view = np.radians(self.dataset["view_zenith"].values)
        air_mass: FloatArray = 1.0 / np.cos(sun) + 1.0 / np.cos(view)
        return air_mass


def scene_dataset(
    *,
    radiance: FloatArray,
    wavelength_nm: FloatArray,
    fwhm_nm: FloatArray,
    angles: dict[str, FloatArray],
    masks: dict[str, BoolArray],
    preview: FloatArray | None = None,
) -> xr.Dataset:
    """Arrange arrays as the dataset a :class:`Scene` holds, with CF names and units.

    Parameters
    ----------
    radiance : (row, column, band) float32 array
        [uW cm-2 sr-1 nm-1]
    wavelength_nm, fwhm_nm : (band,) arrays
        [nm]
    angles : dict
        ``solar_zenith``, ``solar_azimuth``, ``view_zenith``, ``view_azimuth``: (row, column). [degree]
    masks : dict
        ``nodata``, ``cloud``, ``water``, ``saturated``: (row, column) bool; one left out is all False.
    preview : (row, column, 3) array, optional
        Red, green and blue radiance.
    """
    shape = radiance.shape[:2]
    plane = ("row", "column")
    variables: dict[str, tuple[tuple[str, ...], object, dict[str, str]]] = {
        "radiance": ((*plane, "band"), radiance, {"units": RADIANCE_UNIT, "long_name": "at-sensor radiance"})
    }
    for name, values in angles.items():
        variables[name] = (plane, values, {"units": "degree", "standard_name": f"{_cf_angle(name)}_angle"})
    for name in MASKS:
        variables[name] = (plane, masks.get(name, np.zeros(shape, dtype=bool)), {"units": "1"})
    if preview is not None:
        variables["preview"] = ((*plane, "rgb"), preview, {"units": RADIANCE_UNIT})
    coordinates = {
        "wavelength": ("band", wavelength_nm, {"units": "nm", "standard_name": "radiation_wavelength"}),
        "fwhm": ("band", fwhm_nm, {"units": "nm", "long_name": "full width at half maximum"}),
    }
    return xr.Dataset(variables, coords=coordinates)


def _cf_angle(name: str) -> str:
    return name if name.startswith("solar") else name.replace("view", "sensor")
