"""What the ledger gives: frozen views that hold only what their viewer may see.

Whatever is None is not known, or not for this viewer; where the difference matters, a field says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from superemitter.model import CannotSay

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A duty's clock at the moment of looking; titles by language."""

    duty: str
    title: Mapping[str, str]
    who: str
    citation: str
    verified: bool
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    state: str
    obliges: bool
    days_left: float | None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in ("running", "overdue")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as a list shows it.

    Attributes
    ----------
    case_id, programme_id, citation, state : str
    programme : mapping of language to str
    opened_at, updated_at : datetime
    detected_at : datetime or None
        The last detection that belongs to it.
    longitude, latitude : float or None
    rate_kg_h, rate_low_kg_h, rate_high_kg_h : float or None
        Of the newest plume that stands; else what the report states. [kg h-1]
    operator : str
        Empty: withheld or not decided.
    overdue : bool
    next_clock : ClockView or None
    simulated, verified, public : bool
        `verified`: the rule was read in the primary text; `public`: everybody sees the case.
    """

    case_id: str
    programme_id: str
    programme: Mapping[str, str]
    citation: str
    state: str
    opened_at: datetime
    updated_at: datetime
    detected_at: datetime | None
    longitude: float | None
    latitude: float | None
    rate_kg_h: float | None
    rate_low_kg_h: float | None
    rate_high_kg_h: float | None
    operator: str
    overdue: bool
    next_clock: ClockView | None
    simulated: bool
    verified: bool
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What must be said wherever a case is shown.

    Attributes
    ----------
    kind : str
        ``"simulated"``, ``"unverified"``, ``"not-in-force"``, ``"convention"``.
    text : mapping of language to str
        Words of the rule itself; empty where the kind says it all.
    citation : str
    """

    kind: str
    text: Mapping[str, str]
    citation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened, with what of it this viewer may read.

    Attributes
    ----------
    kind : str
    at : datetime
        When it was recorded.
    occurred_at : datetime
        When it happened.
    who : str
        A name, or ``"operator"``, ``"programme"``, ``"reporter"``, ``"reviewer"``, ``"system"`` where the name is
        not for this viewer.
    details : mapping of str to value
    digest : str
        Empty where it could confirm a guess at what is withheld.
    """

    kind: str
    at: datetime
    occurred_at: datetime
    who: str
    details: Mapping[str, Any]
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDay:
    """A rule's status on a day that matters to a case."""

    what: str
    day: date
    status: str
    citation: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlumeView:
    """A plume of a case and what a person said of it."""

    plume_id: str
    observation_id: int | None
    decision: str
    rate_kg_h: float | None
    rate_low_kg_h: float | None
    rate_high_kg_h: float | None
    time: datetime | None
    reason: str = ""
    reviewer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookView:
    """A later look at the place: a detection, or none with its probability of detection."""

    time: datetime
    scene_id: str
    detected: bool
    probability_of_detection: float | CannotSay
    rate_kg_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A file that the viewer may fetch."""

    sha256: str
    name: str
    media_type: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case with everything its viewer may know.

    Attributes
    ----------
    row : CaseRow
    banners : tuple of Banner
    clocks : tuple of ClockView
    timeline : tuple of TimelineEntry
        Oldest first.
    rule_days : tuple of RuleDay
    plumes : tuple of CasePlumeView
    looks : tuple of LookView
    attribution : AttributionView
    report_id, outcome, error_claim, closing_reason : str
    ended_at : datetime or None
    stopped : float or CannotSay
        Probability that the leak has stopped, from its detections and later looks.
    non_detections : int
    documents : tuple of DocumentView
    source_id : int or None
    head : str
        Digest of the last event; empty where it could confirm a guess at what is withheld.
    own : bool
        Whether it is the viewer's own: they reported or notified it, or its notice was issued to them.
    """

    row: CaseRow
    banners: tuple[Banner, ...]
    clocks: tuple[ClockView, ...]
    timeline: tuple[TimelineEntry, ...]
    rule_days: tuple[RuleDay, ...]
    plumes: tuple[CasePlumeView, ...]
    looks: tuple[LookView, ...]
    attribution: AttributionView
    report_id: str
    outcome: str
    error_claim: str
    closing_reason: str
    ended_at: datetime | None
    stopped: float | CannotSay
    non_detections: int
    documents: tuple[DocumentView, ...]
    source_id: int | None
    head: str
    own: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of a count with its 95 % interval (Jeffreys)."""

    count: int
    of: int
    value: float | CannotSay
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount with its 95 % interval, or why there is none. The unit is the field's name."""

    value: float | CannotSay
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsView:
    """What became of the leaks that the viewer sees.

    Attributes
    ----------
    cases, notices, issued, overdue : int
    answered_in_time : Share
        Of notices whose deadline for the answer has passed or that were answered.
    closed : Share
        Of all cases.
    stopped_kg_h : Amount
        Rate of the leaks that have stopped, each weighted by the probability that it has. [kg h-1]
    stopped_leaks : int
        How many leaks that sum is over.
    by_state : mapping of str to int
    by_month : mapping of ``"2026-09"`` to int
        Cases opened.
    simulated : bool
        Whether any of them is simulated.
    """

    cases: int
    notices: int
    issued: int
    overdue: int
    answered_in_time: Share
    closed: Share
    stopped_kg_h: Amount
    stopped_leaks: int
    by_state: Mapping[str, int]
    by_month: Mapping[str, int]
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something for a feed.

    Attributes
    ----------
    id : str
        Stable: ``"plume/17"``, ``"case/C-1/4"``. A plume that is withdrawn or recomputed keeps its id.
    kind : str
        ``"plume"``, ``"plume-updated"``, ``"plume-withdrawn"``, or the kind of a case's event.
    at : datetime
        When the thing was published first.
    updated : datetime
    plume : PlumeRow or None
    case : CaseRow or None
    entry : TimelineEntry or None
    """

    id: str
    kind: str
    at: datetime
    updated: datetime
    plume: PlumeRow | None = None
    case: CaseRow | None = None
    entry: TimelineEntry | None = None
