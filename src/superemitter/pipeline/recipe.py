"""The recipe: every choice of a scan that changes a number, as plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from superemitter.measure.quantification import calibrations
from superemitter.measure.retrieval import method_settings
from superemitter.model.errors import UsageError

PROCESSINGS = ("1", "2")
FIRST_PROCESSING = PROCESSINGS[0]
WIND_AT = ("10m", "plume")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What ``superemitter scan`` was asked to do; see its options.

    Attributes
    ----------
    wind_speed_m_s, wind_from_deg, wind_speed_sigma_m_s : float, optional
        A given 10 m wind. [m s-1], [degree], [m s-1]
    wind_file, facilities_file : str, optional
        Paths.
    obs_file, mask_file, loc_file, glt_file : str, optional
        Companions of the scene that are not found by name.
    time : str, optional
        ISO 8601 with zone.
    method : str
        Of the retrieval.
    false_plumes_per_scene : float
    seed : int
        Of the Monte Carlo.
    wind_at : str
        ``"10m"``, or ``"plume"``: the given wind is already the one that carries the gas.
    calibration : str, optional
        ``"fitted"``, ``"published"`` or the id of an effective-wind calibration; left out: that of the processing.
    processing : str
        Version of retrieval, detection and rates; ``"1"`` is that of records which do not name it.

    Raises
    ------
    UsageError
        Choices that contradict each other, lack their partner or do not exist.
    """

    wind_speed_m_s: float | None = None
    wind_from_deg: float | None = None
    wind_speed_sigma_m_s: float | None = None
    wind_file: str | None = None
    facilities_file: str | None = None
    obs_file: str | None = None
    mask_file: str | None = None
    loc_file: str | None = None
    glt_file: str | None = None
    time: str | None = None
    method: str = "matched-filter"
    false_plumes_per_scene: float = 0.5
    seed: int = 0
    wind_at: str = "10m"
    calibration: str | None = None
    processing: str = PROCESSINGS[-1]

    def __post_init__(self) -> None:
        if self.wind_file is not None and self.wind_speed_m_s is not None:
            raise UsageError("both a wind file and a wind speed were given", hint="give one of them")
        if (self.wind_speed_m_s is None) != (self.wind_from_deg is None):
            raise UsageError(
                "a wind needs a speed and a direction", hint="give --wind-speed and --wind-from together"
            )
        if self.wind_speed_sigma_m_s is not None and self.wind_speed_m_s is None:
            raise UsageError(
                "a wind uncertainty was given without a wind", hint="give --wind-speed and --wind-from"
            )
        method_settings(self.method)
        self._check_measurement()
        if not (math.isfinite(self.false_plumes_per_scene) and self.false_plumes_per_scene > 0):
            raise UsageError(
                f"{self.false_plumes_per_scene} false plumes per scene", hint="give a number above 0, such as 0.5"
            )
        if self.seed < 0:
            raise UsageError(f"the seed is {self.seed}", hint="give 0 or a whole number above")
        if self.time is not None and self.acquired is None:
            raise UsageError(f"{self.time!r} is no time with a zone", hint="write it like 2023-07-17T06:05:00Z")

    def _check_measurement(self) -> None:
        if self.wind_at not in WIND_AT:
            raise UsageError(f"the wind is at {self.wind_at!r}", hint=f"known: {', '.join(WIND_AT)}")
        if self.wind_at != "10m" and self.wind_speed_m_s is None:
            raise UsageError(
                "only a given wind can be that of the plume", hint="give --wind-speed and --wind-from"
            )
        if self.processing not in PROCESSINGS:
            raise UsageError(
                f"there is no processing {self.processing!r}", hint=f"known: {', '.join(PROCESSINGS)}"
            )
        if self.calibration not in (None, "fitted", "published"):
            known = [c.calibration_id for c in calibrations() if c.method == "ime"]
            if self.calibration not in known:
                raise UsageError(
                    f"no calibration {self.calibration!r}", hint=f"known: fitted, published, {', '.join(known)}"
                )

    @property
    def acquired(self) -> datetime | None:
        """The given acquisition time; None if there is none or it has no zone."""
        if self.time is None:
            return None
        try:
            time = datetime.fromisoformat(self.time)
        except ValueError:
            return None
        return time if time.tzinfo is not None else None

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Recipe:
        """The recipe of a record.

        Raises
        ------
        UsageError
            The record holds choices this version does not know.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UsageError(
                f"the record's recipe has entries this version does not know: {', '.join(unknown)}",
                hint="use the version of superemitter that made the record",
            )
        return cls(**{"processing": FIRST_PROCESSING, **values})

    def path(self, name: str) -> Path | None:
        """One of the file entries as a path."""
        value = getattr(self, name)
        return None if value is None else Path(value)
