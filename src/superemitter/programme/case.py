"""A case: what its chain of events amounts to, under a rule text, at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from superemitter.model import CannotSay
from superemitter.programme.clocks import Clock, ClockState
from superemitter.programme.closure import ClosureEvidence, IntermittencyPrior, Pass, probability_stopped
from superemitter.programme.events import State
from superemitter.programme.rules import RuleText


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeVersion:
    """One version of a plume: nothing that was published is overwritten.

    Attributes
    ----------
    number : int
        1 for the first.
    at : datetime
    cause : str
        ``"added"``, ``"quantified"``, ``"masked"``, ``"split"``.
    by : str
    record : mapping
        The plume as it was put to the case.
    """

    number: int
    at: datetime
    cause: str
    by: str
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePlume:
    """A plume of the case, all its versions, and what the reviewer said of the newest.

    Attributes
    ----------
    plume_id : str
    versions : tuple of PlumeVersion
    decision : str
        ``"pending"``, ``"accepted"``, ``"rejected"``; a new version is pending again.
    reason, reviewer : str
    split_into : tuple of str
        Ids of its parts; a plume that was split counts no more.
    withdrawn : bool
    """

    plume_id: str
    versions: tuple[PlumeVersion, ...]
    decision: str = "pending"
    reason: str = ""
    reviewer: str = ""
    split_into: tuple[str, ...] = ()
    withdrawn: bool = False

    @property
    def current(self) -> PlumeVersion:
        """The newest version."""
        return self.versions[-1]

    @property
    def may_enter_a_notice(self) -> bool:
        """Whether a person accepted its newest version and it still stands."""
        return self.decision == "accepted" and not self.split_into and not self.withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A later scene over the source."""

    time: datetime
    scene_id: str
    detected: bool
    probability_of_detection: float | CannotSay
    rate_kg_h: float | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAttribution:
    """Whether an operator is named: ``"withheld"``, ``"confirmed"`` by its answer, or ``"believed"``.

    `sequence` is the number of the event that decided it, -1 before any did; `recorded_at` is when that was
    recorded, `at` when it happened.
    """

    state: str = "withheld"
    operator: str = ""
    facility_id: str = ""
    reason: str = ""
    at: datetime | None = None
    recorded_at: datetime | None = None
    sequence: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Something that no longer stands: what, which, why, when and by whom."""

    what: str
    id: str
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case at a moment. Made by :func:`~superemitter.programme.folding.fold`; every field is derived.

    Attributes
    ----------
    case_id, programme_id : str
    text : RuleText
        The rule text it stands under.
    state : State
    head : str
        Digest of its last event: whoever keeps it can prove a rewrite.
    length : int
        Number of events.
    opened_at, updated_at : datetime
    longitude, latitude : float or None
        [degree]
    detected_at : tuple of datetime
    simulated : bool
    reports, documents : tuple of mapping
    plumes : tuple of CasePlume
    observations : tuple of Observation
    notices, answers : tuple of mapping
        Payloads, oldest first.
    report_id, issued_to : str
        Given when the notice was issued; the operator it was issued to, if it said.
    notifiers : frozenset of str
        Who reported without asking to be anonymous, and who notified: the case is their own.
    outcome, first_outcome : str
        Of the newest and of the first answer.
    error_claim : str
        ``"none"``, ``"pending"``, ``"accepted"``, ``"not_accepted"``.
    attribution : OperatorAttribution
    withdrawals : tuple of Withdrawal
    clocks : tuple of Clock
    moments : mapping of str to datetime
        When each kind of thing happened.
    ended_at : datetime or None
        End of the event, as its operator says.
    closing_reason : str
    now : datetime
        The moment it is seen at.
    """

    case_id: str
    programme_id: str
    text: RuleText
    state: State
    head: str
    length: int
    opened_at: datetime
    updated_at: datetime
    longitude: float | None
    latitude: float | None
    detected_at: tuple[datetime, ...]
    simulated: bool
    reports: tuple[Mapping[str, Any], ...]
    documents: tuple[Mapping[str, Any], ...]
    plumes: tuple[CasePlume, ...]
    observations: tuple[Observation, ...]
    notices: tuple[Mapping[str, Any], ...]
    answers: tuple[Mapping[str, Any], ...]
    report_id: str
    issued_to: str
    notifiers: frozenset[str]
    outcome: str
    first_outcome: str
    error_claim: str
    attribution: OperatorAttribution
    withdrawals: tuple[Withdrawal, ...]
    clocks: tuple[Clock, ...]
    moments: Mapping[str, datetime]
    ended_at: datetime | None
    closing_reason: str
    now: datetime

    @property
    def overdue(self) -> tuple[Clock, ...]:
        """Duties whose last moment has passed."""
        return tuple(clock for clock in self.open_clocks if clock.state is ClockState.OVERDUE)

    @property
    def open_clocks(self) -> tuple[Clock, ...]:
        """Duties still to be done, the next one due first; those without a last moment come last."""
        if self.state in (State.CLOSED, State.WITHDRAWN) or self.archived:
            return ()
        still = [clock for clock in self.clocks if clock.is_open]
        return tuple(sorted(still, key=lambda one: (one.due_at is None, one.due_at or one.started_at)))

    @property
    def archived(self) -> bool:
        """Whether the programme accepted that the notice was in error: off the map, still in the record."""
        return self.error_claim == "accepted"

    @property
    def accepted_plumes(self) -> tuple[CasePlume, ...]:
        """Those that may enter a notice."""
        return tuple(plume for plume in self.plumes if plume.may_enter_a_notice)

    @property
    def published_attribution(self) -> OperatorAttribution | None:
        """The operator as the public may read it; None unless the text allows it."""
        allowed = {"confirmed": "confirmed", "believed": "believed_after_deadline"}.get(self.attribution.state)
        if self.archived or self.state is State.WITHDRAWN or allowed not in self.text.publication.attribution_when:
            return None
        return self.attribution

    @property
    def event_is_public(self) -> bool:
        """Whether the event itself, without its operator, may be shown to the public as one that stands."""
        return self.was_public and not (self.state is State.WITHDRAWN or self.archived)

    @property
    def was_public(self) -> bool:
        """Whether the event was ever for the public: then it stays in the record, also if it does not stand."""
        rule = self.text.publication
        if rule.event == "never":
            return False
        if rule.event == "always":
            return True
        if rule.event == "issued":
            return "issued" in self.moments
        found = self.moments.get("detected")
        days = None if found is None else (self.text.day_of(self.now) - self.text.day_of(found)).days
        return days is not None and days >= rule.event_days

    def closure(self, prior: IntermittencyPrior) -> ClosureEvidence:
        """How probable it is that the leak has stopped, from its detections and later passes.

        Parameters
        ----------
        prior : IntermittencyPrior
        """
        found = [Pass(time=time, detected=True, probability_of_detection=1.0) for time in self.detected_at]
        later = [
            Pass(
                time=one.time,
                detected=one.detected,
                probability_of_detection=one.probability_of_detection,
                scene_id=one.scene_id,
            )
            for one in self.observations
            if not one.withdrawn and one.time <= self.now
        ]
        return probability_stopped([*found, *later], prior, since=self.ended_at)

    def plume(self, plume_id: str) -> CasePlume | None:
        """A plume by its id."""
        return next((one for one in self.plumes if one.plume_id == plume_id), None)
