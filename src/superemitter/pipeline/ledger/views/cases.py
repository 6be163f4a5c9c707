"""Cases as views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from superemitter.model import CannotSay
from superemitter.pipeline.ledger.views.plumes import AttributionView


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
