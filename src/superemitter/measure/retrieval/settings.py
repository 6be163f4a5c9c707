"""Choices of the retrieval, and its methods by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from superemitter.model.errors import InvalidValue, UsageError

VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSettings:
    """Choices of the matched filter; the defaults are what ``scan`` uses.

    Attributes
    ----------
    albedo_correction : bool
        Divide by the pixel's brightness for the field to be summed. The field to detect on never is.
    saturation_correction : bool
        Invert the filter's own response curve, so that strong plumes are not read low.
    shrinkage : float
        Of the covariance towards its diagonal, 0 to 1.
    own_gas_passes : int
        How often the gas that was found is taken out of the background statistics; 0: it hides part of itself.
    scene_air_mass : bool
        The target spectrum follows the scene's sun and view angles; otherwise it is that of air mass 2.
    sparse : bool
        Sum the sparse filter's enhancement instead of the matched filter's, which is still searched.
    water_apart : bool
        Pixels of water have background statistics of their own, where the scene holds enough of them.
    """

    albedo_correction: bool = True
    saturation_correction: bool = True
    shrinkage: float = 1e-6
    own_gas_passes: int = 2
    scene_air_mass: bool = True
    sparse: bool = False
    water_apart: bool = True

    def __post_init__(self) -> None:
        if not 0.0 <= self.shrinkage <= 1.0:
            raise InvalidValue(f"shrinkage is {self.shrinkage}", hint="give a value from 0 to 1")

    @property
    def description(self) -> str:
        """Name, version and corrections, as it is written beside the results."""
        corrections = [
            name
            for name, on in (("albedo", self.albedo_correction), ("saturation", self.saturation_correction))
            if on
        ]
        name = "sparse filter" if self.sparse else "matched filter"
        return f"{name} v{VERSION} (corrected for {' and '.join(corrections) or 'nothing'})"


METHODS: Mapping[str, RetrievalSettings] = MappingProxyType(
    {
        "matched-filter": RetrievalSettings(),
        "sparse": RetrievalSettings(sparse=True, own_gas_passes=0),
        "matched-filter-plain": RetrievalSettings(albedo_correction=False, saturation_correction=False),
    }
)


def method_settings(name: str) -> RetrievalSettings:
    """Settings of a retrieval method by its name.

    Raises
    ------
    UsageError
        There is no method of that name.
    """
    if name not in METHODS:
        raise UsageError(f"no retrieval method {name!r}", hint=f"known: {', '.join(METHODS)}")
    return METHODS[name]
