"""Does a rule apply to what was found, as of a day? Each text of a programme answers with its reasons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from superemitter.model.errors import InvalidValue
from superemitter.programme.programmes import Programme
from superemitter.programme.rules import Criterion, RuleText, Status

REMOTE_TECHNOLOGIES = ("satellite", "aircraft_remote_sensing", "mobile_monitoring_platform")
# Four decimals of a degree are about 11 m: nearer than this to the limit, rounding alone may decide.
COORDINATE_MARGIN_M = 10.0


class Outcome(StrEnum):
    """What a text says of the facts on a day."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does_not_apply"
    SUSPENDED = "suspended"
    NOT_IN_FORCE = "not_in_force"
    TIP = "tip"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A measured value that a limit is compared with.

    Attributes
    ----------
    name : str
        ``"methane_rate"``, ``"drained_gas_concentration"``, ...
    value : float
        Central estimate.
    unit : str
        ``"kg/h"``, ``"%"``, ``"m3/min"``, ``"t/kt"``.
    basis : str
        ``"remote_detection"``, ``"drainage_record"``, ``"operator_record"``.
    averaging_hours : float or None
        Over which it is an average. [h]
    """

    name: str
    value: float
    unit: str
    basis: str = "remote_detection"
    averaging_hours: float | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InvalidValue(f"{self.name} is {self.value} {self.unit}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyFacility:
    """A facility and how far it is from the place of the leak. [m]"""

    kind: str
    distance_m: float
    facility_id: str = ""
    name: str = ""
    operator: str = ""
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an event.

    Attributes
    ----------
    quantities : tuple of Quantity
    technology : str
        Empty if it was not found by an instrument of a named kind.
    facilities : tuple of NearbyFacility or None
        None: nobody looked; empty: nothing known there.
    area : tuple of str
        Codes of the place, ``("US", "US-CA")``; empty: not known.
    detected_at : datetime or None
    """

    quantities: tuple[Quantity, ...] = ()
    technology: str = ""
    facilities: tuple[NearbyFacility, ...] | None = None
    area: tuple[str, ...] = ()
    detected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One test of a text: whether it holds (None: not known), in words, and where the text says so."""

    test: str
    holds: bool | None
    words: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAssessment:
    """What one text says.

    Attributes
    ----------
    text : RuleText
    status : Status
        On the day asked for.
    outcome : Outcome
    reasons : tuple of Reason
    coordinate_sensitive : bool
        Whether the rounding of the coordinates may decide.
    verified : bool
        Whether the text was read in full for every parameter; if not, show its banner.
    """

    text: RuleText
    status: Status
    outcome: Outcome
    reasons: tuple[Reason, ...]
    coordinate_sensitive: bool
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a programme says of the facts, as of a day, text by text."""

    programme_id: str
    as_of: date
    default_text: str
    texts: tuple[TextAssessment, ...]

    @property
    def outcome(self) -> Outcome:
        """The strongest outcome of any text."""
        return self.best.outcome

    @property
    def best(self) -> TextAssessment:
        """The text with the strongest outcome, the default among equals: a case falls under it."""
        rank = [
            Outcome.APPLIES,
            Outcome.UNDETERMINED,
            Outcome.SUSPENDED,
            Outcome.NOT_IN_FORCE,
            Outcome.TIP,
            Outcome.DOES_NOT_APPLY,
        ]
        return min(self.texts, key=lambda one: (rank.index(one.outcome), one.text.id != self.default_text))

    def of(self, text_id: str) -> TextAssessment:
        """What one text says.

        Raises
        ------
        InvalidValue
            The programme has no such text.
        """
        for one in self.texts:
            if one.text.id == text_id:
                return one
        raise InvalidValue(f"the programme {self.programme_id} has no text {text_id!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceTest:
    """Whether a place lies within a limit, and whether the rounding of its coordinates may decide that."""

    inside: bool
    coordinate_sensitive: bool


def distance_test(distance_m: float, limit_m: float = 50.0) -> DistanceTest:
    """Whether a facility lies within the limit; exactly at the limit is within.

    Parameters
    ----------
    distance_m, limit_m : float
        [m]
    """
    return DistanceTest(
        inside=distance_m <= limit_m, coordinate_sensitive=abs(distance_m - limit_m) <= COORDINATE_MARGIN_M
    )


def assess(facts: Facts, programme: Programme, as_of: date) -> Assessment:
    """What each text of a programme says of the facts as of a day.

    The definition is tested first; a text whose definition holds but which is not in force that day says so. A
    limit that only other evidence can decide (a mine's drainage record) makes the facts a tip.

    Parameters
    ----------
    facts : Facts
    programme : Programme
    as_of : date
        In the programme's own time zone: the day of detection, of the notice, of the reply, or today.

    Returns
    -------
    Assessment
    """
    texts = tuple(_assess(facts, text, as_of) for text in programme.texts)
    return Assessment(programme_id=programme.id, as_of=as_of, default_text=programme.default_text, texts=texts)


def _assess(facts: Facts, text: RuleText, as_of: date) -> TextAssessment:
    reasons = [*_where(facts, text), *_what(facts, text), *_how(facts, text)]
    limits = [_limit(facts, criterion) for criterion in text.criteria]
    status = text.status_on(as_of)
    reasons += [limit for limit, _ in limits]
    reasons.append(_in_force(text, status, as_of))
    outcome = _outcome(reasons, status, tip=any(tip for _, tip in limits))
    return TextAssessment(
        text=text,
        status=status,
        outcome=outcome,
        reasons=tuple(reasons),
        coordinate_sensitive=_near_the_limit(facts, text),
        verified=text.verified,
    )


def _outcome(reasons: list[Reason], status: Status, *, tip: bool) -> Outcome:
    definition = [reason.holds for reason in reasons if reason.test != "status"]
    if False in definition:
        return Outcome.DOES_NOT_APPLY
    if tip:
        return Outcome.TIP
    if status is Status.SUSPENDED:
        return Outcome.SUSPENDED
    if status not in (Status.IN_FORCE, Status.VOLUNTARY):
        return Outcome.NOT_IN_FORCE
    return Outcome.UNDETERMINED if None in definition else Outcome.APPLIES


def _in_force(text: RuleText, status: Status, as_of: date) -> Reason:
    period = text.period_on(as_of)
    words = f"{text.citation} is {status.value.replace('_', ' ')} on {as_of}"
    if period and period.passport.note:
        words += f": {period.passport.note}"
    return Reason(
        test="status",
        holds=status in (Status.IN_FORCE, Status.VOLUNTARY),
        words=words,
        citation=period.passport.citation if period else text.citation,
    )


def _where(facts: Facts, text: RuleText) -> Iterator[Reason]:
    if not text.area:
        return
    if not facts.area:
        words, holds = f"the place was not looked up; the text covers {', '.join(text.area)}", None
    else:
        holds = bool(set(facts.area) & set(text.area))
        words = f"the place is in {', '.join(facts.area)}; the text covers {', '.join(text.area)}"
    # An unknown place must not hide the rest of the answer: it is told, but decides nothing.
    yield Reason(
        test="area", holds=True if holds is None else holds, words=words, citation=text.definition.citation
    )


def _what(facts: Facts, text: RuleText) -> Iterator[Reason]:
    """The facility: its type, what it must and must not be, and how far it is."""
    citation = text.definition.citation
    if not text.facility_types and text.location == "any":
        return
    if facts.facilities is None:
        yield Reason(test="facility", holds=None, words="no facility was looked up", citation=citation)
        return
    fitting = [one for one in facts.facilities if not text.facility_types or one.kind in text.facility_types]
    if not fitting:
        kinds = ", ".join(sorted({one.kind for one in facts.facilities})) or "nothing known"
        words = f"{kinds} there; the text covers {', '.join(text.facility_types) or 'any facility'}"
        yield Reason(test="facility", holds=False, words=words, citation=citation)
        return
    nearest = min(fitting, key=lambda one: one.distance_m)
    words = f"{nearest.kind} at {nearest.distance_m:.0f} m"
    yield Reason(test="facility", holds=True, words=words, citation=citation)
    yield from _traits(nearest, text)
    if text.location == "at" and text.location_within_m is not None:
        holds = distance_test(nearest.distance_m, text.location_within_m).inside
        words = (
            f'the text says "at" a facility and names no distance; by convention within '
            f"{text.location_within_m:.0f} m, and it is {nearest.distance_m:.1f} m"
        )
        yield Reason(test="location", holds=holds, words=words, citation=citation)


def _traits(facility: NearbyFacility, text: RuleText) -> Iterator[Reason]:
    citation = text.definition.citation
    opposites = {"new": "existing", "existing": "new"}
    for trait in text.traits_required:
        holds = True if trait in facility.traits else False if opposites.get(trait) in facility.traits else None
        words = f"whether the facility is {trait} is not known" if holds is None else f"for {trait} facilities"
        yield Reason(test=trait, holds=holds, words=words, citation=citation)
    for trait in set(text.traits_excluded) & facility.traits:
        yield Reason(test=trait, holds=False, words=f"{trait} facilities are excepted", citation=citation)


def _how(facts: Facts, text: RuleText) -> Iterator[Reason]:
    if not text.remote_detection:
        return
    known = text.technologies or REMOTE_TECHNOLOGIES
    words = f"found by {facts.technology or 'no remote technology'}; the text asks for one of: {', '.join(known)}"
    yield Reason(
        test="remote detection", holds=facts.technology in known, words=words, citation=text.definition.citation
    )


def _limit(facts: Facts, criterion: Criterion) -> tuple[Reason, bool]:
    """Whether a limit is met, and whether what there is can only be a tip."""
    sign = "at least" if criterion.comparator == "ge" else "more than"
    wanted = f"{sign} {criterion.value:g} {criterion.unit}"
    hours = criterion.averaging_hours
    if hours:
        wanted += f" as an average over {hours:g} h"
    usable = [
        one
        for one in facts.quantities
        if one.name == criterion.quantity
        and one.unit == criterion.unit
        and criterion.basis in ("any", one.basis)
        and (not hours or (one.averaging_hours is not None and one.averaging_hours >= hours))
    ]
    if not usable:
        evidence = "" if criterion.basis == "any" else f" from a {criterion.basis.replace('_', ' ')}"
        words = f"{criterion.quantity.replace('_', ' ')} is not known{evidence}; the text asks for {wanted}"
        only_remote = criterion.basis.endswith("record") and any(
            one.basis == "remote_detection" for one in facts.quantities
        )
        reason = Reason(test=criterion.quantity, holds=None, words=words, citation=criterion.passport.citation)
        return reason, only_remote
    value = usable[-1].value
    holds = criterion.met_by(value)
    words = f"{criterion.quantity.replace('_', ' ')} is {value:g} {criterion.unit}; the text asks for {wanted}"
    return Reason(test=criterion.quantity, holds=holds, words=words, citation=criterion.passport.citation), False


def _near_the_limit(facts: Facts, text: RuleText) -> bool:
    limit = text.location_within_m
    return limit is not None and any(
        distance_test(one.distance_m, limit).coordinate_sensitive for one in facts.facilities or ()
    )
