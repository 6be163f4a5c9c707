"""Plumes as views, and pages of any rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Rows, and what to pass as `after` for the next ones; None at the end. `total` where it costs nothing."""

    rows: tuple[Row, ...]
    next: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeRow:
    """A plume as a list shows it.

    Attributes
    ----------
    observation_id : int
    catalogue, record_id, instrument : str
    time : datetime
    longitude, latitude, position_error_m : float or None
        [degree, m]
    rate_kg_h, rate_low_kg_h, rate_high_kg_h : float or None
        Median and 68 % interval. [kg h-1]
    probability_ge_100_kg_h : float or None
    sector, country, name : str or None
        `name` is None where it would tell a withheld attribution.
    source_id : int or None
    scene_id : str or None
    licence_id : str
    simulated, withdrawn : bool
    version : int
    review : str
        What a person said of it in a case that the viewer sees: ``"accepted"``, ``"rejected"``, ``"pending"``, or
        ``"none"``: nobody was asked.
    cases : tuple of str
        Those that hold it and that the viewer sees.
    """

    observation_id: int
    catalogue: str
    record_id: str
    instrument: str
    time: datetime
    longitude: float | None
    latitude: float | None
    position_error_m: float | None
    rate_kg_h: float | None
    rate_low_kg_h: float | None
    rate_high_kg_h: float | None
    probability_ge_100_kg_h: float | None
    sector: str | None
    country: str | None
    name: str | None
    source_id: int | None
    scene_id: str | None
    licence_id: str
    simulated: bool
    withdrawn: bool
    version: int
    review: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A facility that the plume may come from."""

    facility_id: str
    name: str
    kind: str
    operator: str
    probability: float
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionView:
    """Whose leak it is.

    Attributes
    ----------
    shown : bool
        False: withheld from this viewer, or nothing to show; `why` says which.
    why : str
        ``"withheld"``, ``"not-attributed"`` or ``"shown"``.
    rule : str
        Under which text it would be published.
    when : tuple of str
        What that text waits for: ``"confirmed"``, ``"believed_after_deadline"``; empty: never.
    operator, facility_id : str
        As the programme says; empty: not decided.
    candidates : tuple of Candidate
        Most probable first.
    none_probability : float or None
        That it is none of them.
    """

    shown: bool
    why: str
    rule: str = ""
    when: tuple[str, ...] = ()
    operator: str = ""
    facility_id: str = ""
    candidates: tuple[Candidate, ...] = ()
    none_probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version of a plume: nothing that was published is overwritten."""

    version: int
    recorded_at: datetime
    reason: str
    digest: str
    rate_kg_h: float | None
    rate_low_kg_h: float | None
    rate_high_kg_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeView:
    """A plume with everything its viewer may know.

    Attributes
    ----------
    row : PlumeRow
    facts : mapping of str to value
        What the scan or the catalogue says of it: the columns of ``plumes.csv`` less those of the attribution.
    components_kg_h : mapping of str to float
        1-sigma parts of the rate's uncertainty, by name: wind, mask, noise, ... [kg h-1]
    low95_kg_h, high95_kg_h : float or None
    rate_reason : str or None
        Why there is no rate.
    outline : mapping or None
        GeoJSON geometry.
    attribution : AttributionView
    versions : tuple of VersionView
        Newest first.
    inputs, outputs : mapping of file name to SHA-256
        Of the scene's run; empty if it was imported.
    run : mapping or None
        What is needed to recompute it: the run's record, less what would tell an attribution.
    licence : str
        And who is to be named.
    exportable : bool
    withdrawal : str
        Why it was withdrawn, if it was and that may be told.
    """

    row: PlumeRow
    facts: Mapping[str, Any]
    components_kg_h: Mapping[str, float]
    low95_kg_h: float | None
    high95_kg_h: float | None
    rate_reason: str | None
    outline: Mapping[str, Any] | None
    attribution: AttributionView
    versions: tuple[VersionView, ...]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    run: Mapping[str, Any] | None
    licence: str
    exportable: bool
    withdrawal: str = ""
