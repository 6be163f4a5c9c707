"""A methane enhancement field with its noise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import xarray as xr

from superemitter.model.constants import KG_M2_PER_PPM_M
from superemitter.model.errors import InvalidValue
from superemitter.model.flags import Flag
from superemitter.model.footprint import Footprint
from superemitter.model.instrument import Instrument
from superemitter.model.types import BoolArray, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Enhancement:
    """Methane above background on the sensor grid, and how well it is known.

    Attributes
    ----------
    scene_id, instrument, time, footprint
        Of the scene it was made from.
    dataset : xarray.Dataset
        Dimensions ``(row, column)``; NaN outside `valid`. ``enhancement`` (float32): the best estimate, to be
        summed to a mass [ppm m]; ``score_input`` (float32): the estimate to detect on, without the albedo factor
        [ppm m]; ``sigma`` (float32): 1-sigma noise of ``enhancement`` from the instrument's noise model [ppm m];
        ``valid`` (bool): pixels with a usable estimate; ``water``, ``saturated`` (bool): cautions.
    method : str
        How it was made: the retrieval's name and version.
    simulated : bool
    flags : frozenset of Flag
    """

    scene_id: str
    instrument: Instrument
    time: datetime
    footprint: Footprint
    dataset: xr.Dataset
    method: str
    simulated: bool = False
    flags: frozenset[Flag] = frozenset()

    def __post_init__(self) -> None:
        wanted = ("enhancement", "score_input", "sigma", "valid", "water", "saturated")
        missing = [name for name in wanted if name not in self.dataset]
        if missing:
            raise InvalidValue(f"enhancement of {self.scene_id} lacks {', '.join(missing)}")
        for name in wanted:
            if self.dataset[name].shape != self.footprint.shape:
                raise InvalidValue(f"{name} {self.dataset[name].shape} does not fit the footprint")

    @property
    def enhancement_ppm_m(self) -> FloatArray:
        """(row, column) float32, NaN where not valid. [ppm m]"""
        return self.dataset["enhancement"].values

    @property
    def score_input_ppm_m(self) -> FloatArray:
        """(row, column) float32, NaN where not valid. [ppm m]"""
        return self.dataset["score_input"].values

    @property
    def sigma_ppm_m(self) -> FloatArray:
        """(row, column) float32, NaN where not valid. [ppm m]"""
        return self.dataset["sigma"].values

    @property
    def valid(self) -> BoolArray:
        """(row, column) bool."""
        return self.dataset["valid"].values

    @property
    def column_mass_kg_m2(self) -> FloatArray:
        """Column mass enhancement, (row, column) float64. [kg m-2]"""
        return self.enhancement_ppm_m.astype(np.float64) * KG_M2_PER_PPM_M.value


def enhancement_dataset(
    *,
    enhancement: FloatArray,
    score_input: FloatArray,
    sigma: FloatArray,
    valid: BoolArray,
    water: BoolArray,
    saturated: BoolArray,
) -> xr.Dataset:
    """Arrange arrays as the dataset an :class:`Enhancement` holds. All are (row, column); see there."""
    plane = ("row", "column")
    ppm_m = {"units": "ppm m"}
    return xr.Dataset(
        {
            "enhancement": (plane, enhancement, {**ppm_m, "long_name": "methane column enhancement"}),
            "score_input": (
                plane,
                score_input,
                {**ppm_m, "long_name": "methane column enhancement to detect on"},
            ),
            "sigma": (plane, sigma, {**ppm_m, "long_name": "1-sigma noise of the enhancement"}),
            "valid": (plane, valid, {"units": "1"}),
            "water": (plane, water, {"units": "1"}),
            "saturated": (plane, saturated, {"units": "1"}),
        }
    )
