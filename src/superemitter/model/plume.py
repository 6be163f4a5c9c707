"""A plume: the pixels of one leak's gas, and where it comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from superemitter.model.errors import InvalidValue
from superemitter.model.flags import Flag
from superemitter.model.types import BoolArray, FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Plume:
    """One detected plume on the sensor grid.

    Attributes
    ----------
    plume_id : str
        Unique within the scene and stable under recomputation.
    mask : (row, column) bool array
        Pixels of the plume; at least one.
    source_row, source_column : float
        Source point, in pixels (0-based, centre of the first pixel is 0).
    source_longitude, source_latitude : float
        [degree]
    source_sigma_m : float
        1-sigma position error in each direction. [m]
    axis_deg : float
        Direction the plume stretches *to* from its source, clockwise from north. [degree]
    length_m : float
        Greatest distance of a plume pixel from the source. [m]
    area_m2 : float
        Sum of its pixels' areas. [m2]
    max_enhancement_ppm_m : float
        [ppm m]
    detection_snr : float
        Peak of the pooled detection score. [1-sigma]
    detection_probability : float
        Probability that the plume is real, from the scene's negative tail.
    spectral_match : float, optional
        Share of its spectral contrast that methane explains, 0 to 1; None if its spectrum was not at hand.
    flags : frozenset of Flag
    mass_share : (row, column) float array, optional
        Share of each pixel's mass that is this plume's, 0 outside the mask; None: all of it. Over the plumes that
        share a pixel it sums to 1.
    """

    plume_id: str
    mask: BoolArray
    source_row: float
    source_column: float
    source_longitude: float
    source_latitude: float
    source_sigma_m: float
    axis_deg: float
    length_m: float
    area_m2: float
    max_enhancement_ppm_m: float
    detection_snr: float
    detection_probability: float
    spectral_match: float | None = None
    flags: frozenset[Flag] = frozenset()
    mass_share: FloatArray | None = None

    def __post_init__(self) -> None:
        if not self.mask.any():
            raise InvalidValue(f"plume {self.plume_id} has no pixel")
        if self.mass_share is not None:
            _check_share(self.plume_id, self.mask, self.mass_share)
        if not (-180 <= self.source_longitude <= 180 and -90 <= self.source_latitude <= 90):
            raise InvalidValue(f"plume {self.plume_id} has no place on Earth")
        for name in ("source_sigma_m", "area_m2"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InvalidValue(f"{name} of plume {self.plume_id} is {getattr(self, name)}")
        if not 0.0 <= self.detection_probability <= 1.0:
            raise InvalidValue(f"detection probability of plume {self.plume_id} is {self.detection_probability}")


def _check_share(plume_id: str, mask: BoolArray, share: FloatArray) -> None:
    if share.shape != mask.shape:
        raise InvalidValue(f"mask {mask.shape} and mass share {share.shape} of plume {plume_id} differ")
    inside = share[mask]
    if not ((inside >= 0).all() and (inside <= 1).all() and inside.any() and not share[~mask].any()):
        raise InvalidValue(f"the mass share of plume {plume_id} is not within 0 to 1, or not 0 outside its mask")


@dataclass(frozen=True, kw_only=True, eq=False)
class Detection:
    """Every plume found in a scene, and the score they were found on.

    Attributes
    ----------
    score : (row, column) float32 array
        Pooled, standardised detection score; NaN where not valid. [1-sigma]
    plumes : tuple of Plume
        Strongest first.
    threshold : float
        Score a plume's peak must reach. [1-sigma]
    expected_false_plumes : float
        Number of false plumes the scene is expected to hold at this threshold.
    background_ppm_m : (row, column) float32 array
        Local background of the enhancement, already *not* part of the score; subtract it before summing. [ppm m]
    rejected : int
        Candidates above the threshold whose spectrum does not look like methane.
    """

    score: FloatArray
    plumes: tuple[Plume, ...]
    threshold: float
    expected_false_plumes: float
    background_ppm_m: FloatArray
    rejected: int = 0

    @property
    def plume_pixels(self) -> BoolArray:
        """Pixels that belong to any of the plumes. (row, column) bool"""
        out = np.zeros(self.score.shape, dtype=bool)
        for plume in self.plumes:
            out |= plume.mask
        return out
