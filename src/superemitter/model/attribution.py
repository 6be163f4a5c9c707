"""Facilities, and which of them a plume may come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from superemitter.model.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A place that may emit methane.

    Attributes
    ----------
    facility_id, name : str
        As in the list; names keep their script.
    longitude, latitude : float
        WGS 84. [degree]
    kind, operator : str
        As in the list; empty if not given.
    radius_m : float
        How far the facility's equipment may lie from the point. [m]
    properties : mapping of str to str
        The other columns of the list, unchanged.
    """

    facility_id: str
    name: str
    longitude: float
    latitude: float
    kind: str = ""
    operator: str = ""
    radius_m: float = 50.0
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not (math.isfinite(self.longitude) and math.isfinite(self.latitude)):
            raise InvalidValue(f"facility {self.facility_id} has no coordinates")
        if not (-180 <= self.longitude <= 180 and -90 <= self.latitude <= 90):
            raise InvalidValue(
                f"facility {self.facility_id} lies at longitude {self.longitude}, latitude {self.latitude}",
                hint="are longitude and latitude swapped?",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A facility with the probability that the plume is its own, and the distance to the source point. [m]"""

    facility: Facility
    probability: float
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Candidates, most probable first; their probabilities and `none_probability` sum to one.

    Attributes
    ----------
    candidates : tuple of Candidate
    none_probability : float
        Probability that the source is none of the listed facilities.
    """

    candidates: tuple[Candidate, ...]
    none_probability: float

    def __post_init__(self) -> None:
        total = self.none_probability + sum(c.probability for c in self.candidates)
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise InvalidValue(f"attribution probabilities sum to {total}, not 1")

    @property
    def best(self) -> Candidate | None:
        """The most probable facility, or None if there is no candidate or "none of these" is more probable."""
        if not self.candidates or self.candidates[0].probability < self.none_probability:
            return None
        return self.candidates[0]
