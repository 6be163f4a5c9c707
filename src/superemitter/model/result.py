"""What a scan of one scene found."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from superemitter.model.attribution import Attribution
from superemitter.model.enhancement import Enhancement
from superemitter.model.flags import Flag
from superemitter.model.plume import Detection, Plume
from superemitter.model.rate import CannotSay, Quantification
from superemitter.model.types import FloatArray
from superemitter.model.wind import Wind


@dataclass(frozen=True, kw_only=True, eq=False)
class PlumeResult:
    """One plume with everything that was made of it.

    Attributes
    ----------
    plume : Plume
    wind : Wind or CannotSay
        At its source.
    quantification : Quantification
    attribution : Attribution or None
        None if no facility list was given.
    """

    plume: Plume
    wind: Wind | CannotSay
    quantification: Quantification
    attribution: Attribution | None = None

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Cautions of the plume, its wind and its rate, sorted."""
        wind_flags = self.wind.flags if isinstance(self.wind, Wind) else frozenset()
        return tuple(sorted(self.plume.flags | wind_flags | self.quantification.flags))


@dataclass(frozen=True, kw_only=True, eq=False)
class SceneResult:
    """Everything a scan made of one scene; what the publishers write.

    Attributes
    ----------
    enhancement : Enhancement
    detection : Detection
    plumes : tuple of PlumeResult
        Same order as ``detection.plumes``.
    preview : (row, column, 3) array, optional
        Red, green, blue radiance for a picture. [uW cm-2 sr-1 nm-1]
    run_id : str
    native : xarray.Dataset, optional
        Of a level-2 scene: every field on its own pixels, with their corners.
    """

    enhancement: Enhancement
    detection: Detection
    plumes: tuple[PlumeResult, ...]
    run_id: str
    preview: FloatArray | None = None
    native: xr.Dataset | None = None
