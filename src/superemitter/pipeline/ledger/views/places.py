"""Sources, operators, facilities and scenes as views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from superemitter.model import CannotSay
from superemitter.pipeline.ledger.views.cases import CaseRow
from superemitter.pipeline.ledger.views.plumes import PlumeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A place that plumes came from; counts are of what the viewer sees."""

    source_id: int
    longitude: float
    latitude: float
    radius_m: float
    plume_count: int
    first_time: datetime | None
    last_time: datetime | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PassView:
    """A registered scene that looked at a source.

    Attributes
    ----------
    probability_of_detection : float or CannotSay or None
        If nothing was detected: the probability that a plume of interest would have been. None: it was detected.
    """

    time: datetime
    scene_id: str
    instrument: str
    detected: bool
    probability_of_detection: float | CannotSay | None
    observation_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source with its history.

    Attributes
    ----------
    row : SourceRow
    plumes : tuple of PlumeRow
        Newest first, at most a thousand.
    passes : tuple of PassView
        Oldest first.
    detection_days, observation_days : int
        Days with a plume, of days with a look by a registered scene.
    cases : tuple of CaseRow
    """

    row: SourceRow
    plumes: tuple[PlumeRow, ...]
    passes: tuple[PassView, ...]
    detection_days: int
    observation_days: int
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRow:
    """An operator that the viewer may know of, and how many of its cases the viewer sees."""

    operator: str
    cases: int
    open_cases: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorView:
    """An operator with its cases, newest first."""

    row: OperatorRow
    cases: tuple[CaseRow, ...]
    facilities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityRow:
    """A facility of a list that the register keeps."""

    facility_id: str
    name: str
    kind: str
    longitude: float
    latitude: float
    operator: str
    list_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityView:
    """A facility, and the cases that were attributed to it as far as the viewer may know."""

    row: FacilityRow
    cases: tuple[CaseRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneView:
    """A registered scene."""

    scene_id: str
    instrument: str
    time: datetime
    outline: Mapping[str, Any]
    bbox: tuple[float, float, float, float]
    run_id: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    simulated: bool
