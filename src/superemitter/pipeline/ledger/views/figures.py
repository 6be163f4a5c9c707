"""Figures over all cases, and what feeds tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from superemitter.model import CannotSay
from superemitter.pipeline.ledger.views.cases import CaseRow, TimelineEntry
from superemitter.pipeline.ledger.views.plumes import PlumeRow


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
