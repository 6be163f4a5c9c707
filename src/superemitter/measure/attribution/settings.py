"""The assumptions of the attribution, in one place and with their reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass

from superemitter.model.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionSettings:
    """What the attribution assumes. None of these numbers is fitted: blind tests at listed places bear them out.

    Attributes
    ----------
    listed_prior : float
        Probability, before the plume's place is looked at, that its source is in the list given that the list has
        facilities near by. 0.7 is an assumption; it depends on how complete the list is.
    search_radius_m : float
        Facilities farther from the source point than this (plus their own radius) are no candidates, and an
        unlisted source is equally likely anywhere within it. Widened to 6 sigma of the source point and to the
        plume's length. [m]
    upwind_stretch : float
        How many times larger the position error is upwind of the source point than across: gas is often first seen
        some way downwind of the leak, where the plume has filled a pixel.
    misplaced_prior : float
        Probability, without a wind, that the source is not at the plume's detected end but anywhere along it.
    axis_sigma_deg : float
        1-sigma difference between the plume's axis and the wind that carried it: meandering, terrain. [degree]
    """

    listed_prior: float = 0.7
    search_radius_m: float = 2000.0
    upwind_stretch: float = 2.0
    misplaced_prior: float = 0.05
    axis_sigma_deg: float = 20.0

    def __post_init__(self) -> None:
        for name in ("listed_prior", "misplaced_prior"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise InvalidValue(f"{name} is {getattr(self, name)}", hint="give a probability between 0 and 1")
        for name in ("search_radius_m", "axis_sigma_deg"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InvalidValue(f"{name} is {getattr(self, name)}", hint="give a number above 0")
        if not (math.isfinite(self.upwind_stretch) and self.upwind_stretch >= 1.0):
            raise InvalidValue(f"upwind_stretch is {self.upwind_stretch}", hint="give 1 or more")
