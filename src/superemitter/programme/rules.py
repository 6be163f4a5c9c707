"""What a programme's rules are made of. Read from data files by :mod:`superemitter.programme.loading`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from superemitter.model.errors import InvalidValue
from superemitter.model.passport import Passport
from superemitter.programme.calendar import HolidayTable
from superemitter.programme.strict import Bilingual


class Status(StrEnum):
    """Whether a text binds on a day."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    VOLUNTARY = "voluntary"
    PROPOSED = "proposed"
    REPEALED = "repealed"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a text's status was from one day to another, both included; None is open."""

    status: Status
    valid_from: date | None
    valid_to: date | None
    passport: Passport

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One limit of a definition; several must all hold.

    Attributes
    ----------
    quantity : str
        What is compared: ``"methane_rate"``, ``"hydrocarbon_rate"``, ``"drained_gas_concentration"``, ...
    comparator : str
        ``"ge"`` (at or above), ``"gt"`` (above).
    value : float
    unit : str
        Compared only with a value in this unit.
    basis : str
        Evidence that can decide it: ``"any"``, ``"remote_detection"``, ``"drainage_record"`` or
        ``"operator_record"``.
    averaging_hours : float or None
        The value must be an average over so long. [h]
    """

    quantity: str
    comparator: str
    value: float
    unit: str
    basis: str
    averaging_hours: float | None
    passport: Passport

    def met_by(self, value: float) -> bool:
        """Whether a value, in this criterion's unit, meets the limit. The central estimate is compared."""
        return value >= self.value if self.comparator == "ge" else value > self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A limit for rates below `below` (None: all the rest)."""

    below: float | None
    amount: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What somebody must do, and by when.

    Attributes
    ----------
    id : str
    title : Bilingual
    who : str
        ``"notifier"``, ``"regulator"``, ``"operator"``, ``"programme"``.
    starts_on, ends_on : str
        Moment that starts the clock and moment that stops it: ``"detected"`` or an event kind.
    amount : float
        0 with unit ``"promptly"``.
    unit : str
        ``"calendar_days"``, ``"business_days"``, ``"hours"``, ``"promptly"``.
    quantity, tiers, not_determined
        For a duty whose length depends on a rate: which, its tiers, and the limit if the rate is not known.
    cap : (str, float, str) or None
        A second clock (starts_on, amount, unit); the earlier of the two falls due.
    only_if : mapping of str to tuple of str
        Facts of the case that must hold, e.g. ``{"outcome": ("source_found_ongoing",)}``.
    late : str
        ``"reject"`` if a late step is refused (a late notice), else ``"overdue"``.
    """

    id: str
    title: Bilingual
    who: str
    starts_on: str
    ends_on: str
    amount: float
    unit: str
    passport: Passport
    quantity: str = ""
    tiers: tuple[Tier, ...] = ()
    not_determined: Tier | None = None
    cap: tuple[str, float, str] | None = None
    only_if: Mapping[str, tuple[str, ...]] | None = None
    late: str = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeItem:
    """Something a notice must contain; `id` says which check of ``missing_items`` decides it."""

    id: str
    title: Bilingual
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The wording of what must be signed, and whether it was read in the primary text."""

    words: Bilingual
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierRule:
    """Who may notify.

    Attributes
    ----------
    kind : str
        ``"certified"`` (a list of approved notifiers), ``"programme"`` (the programme itself only), ``"anyone"``.
    wait_days : int
        Calendar days after approval before the first notice.
    approval_reference : bool
        Whether the technology's approval must be named.
    excluded : tuple of str
        Who may not, even so: ``"operator"``.
    """

    kind: str
    wait_days: int
    approval_reference: bool
    excluded: tuple[str, ...]
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRule:
    """What may be shown to the public, and when.

    Attributes
    ----------
    event : str
        When the event itself is public: ``"issued"``, ``"days_after_detection"``, ``"never"``.
    event_days : int
    attribution_when : tuple of str
        ``"confirmed"``, ``"believed_after_deadline"``; empty if an operator is never named by the programme.
    """

    event: str
    event_days: int
    attribution_when: tuple[str, ...]
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """One legal text of a programme.

    Attributes
    ----------
    id, programme_id, citation, title, jurisdiction, basis
        `basis` is ``"statute"``, ``"rule"``, ``"guidance"``, ``"voluntary"`` or ``"convention"``.
    time_zone, holidays
        In which its days are counted.
    area : tuple of str
        ISO 3166 codes of the places it covers, ``"US"``, ``"US-CA"``; empty: anywhere.
    periods : tuple of Period
    facility_types : tuple of str
        ``"well_site"``, ``"coal_mine"``, ...; empty: any.
    traits_required, traits_excluded : tuple of str
        What a facility must be, or must not be: ``"existing"``, ``"coking"``.
    location : str
        ``"at"``, ``"at_or_near"`` or ``"any"``.
    location_within_m : float or None
        Distance within which a facility's owner is named and must look for the source. [m]
    remote_detection : bool
        Whether only what was found by remote detection counts.
    definition : Passport
    criteria : tuple of Criterion
        All must hold; empty: any plume.
    technologies : tuple of str
    notifier, duties, notice_items, attestation, answer_attestation, publication
        See their classes; `answer_attestation` is what the operator signs.
    answer_form : str
        Id of the form the operator fills.
    step_citations : mapping of event kind to str
        Where the text speaks of a step; told when the step is refused.
    note : Bilingual
    """

    id: str
    programme_id: str
    citation: str
    title: Bilingual
    jurisdiction: str
    basis: str
    time_zone: ZoneInfo
    holidays: HolidayTable
    area: tuple[str, ...]
    periods: tuple[Period, ...]
    facility_types: tuple[str, ...]
    traits_required: tuple[str, ...]
    traits_excluded: tuple[str, ...]
    location: str
    location_within_m: float | None
    remote_detection: bool
    definition: Passport
    criteria: tuple[Criterion, ...]
    technologies: tuple[str, ...]
    notifier: NotifierRule
    duties: tuple[Duty, ...]
    notice_items: tuple[NoticeItem, ...]
    attestation: Statement | None
    answer_attestation: Statement | None
    answer_form: str
    publication: PublicationRule
    step_citations: Mapping[str, str]
    note: Bilingual

    def period_on(self, day: date) -> Period | None:
        """The period a day lies in; None before the first and after the last."""
        return next((period for period in self.periods if period.holds_on(day)), None)

    def status_on(self, day: date) -> Status:
        """The text's status on a day in its own time zone; ``not_yet`` before the first known period."""
        period = self.period_on(day)
        if period is not None:
            return period.status
        first = min((p.valid_from for p in self.periods if p.valid_from), default=None)
        return Status.NOT_YET if first is not None and day < first else Status.UNKNOWN

    def day_of(self, moment: datetime) -> date:
        """The calendar day of a moment in the text's time zone.

        Raises
        ------
        InvalidValue
            The moment has no time zone.
        """
        if moment.tzinfo is None:
            raise InvalidValue(f"{moment.isoformat()} has no time zone")
        return moment.astimezone(self.time_zone).date()

    def duty(self, duty_id: str) -> Duty:
        """A duty by its id.

        Raises
        ------
        InvalidValue
            The text has no such duty.
        """
        for duty in self.duties:
            if duty.id == duty_id:
                return duty
        raise InvalidValue(
            f"{self.id} has no duty {duty_id!r}", hint=f"it has: {', '.join(d.id for d in self.duties)}"
        )

    def unverified(self) -> tuple[tuple[str, Passport], ...]:
        """The parameters whose primary text was not read, by name: what the banner lists."""
        named = [("definition", self.definition), ("notifier", self.notifier.passport)]
        named.append(("publication", self.publication.passport))
        named += [(f"status from {period.valid_from}", period.passport) for period in self.periods]
        named += [(f"limit of {criterion.quantity}", criterion.passport) for criterion in self.criteria]
        named += [(f"duty {duty.id}", duty.passport) for duty in self.duties]
        named += [(f"notice item {item.id}", item.passport) for item in self.notice_items]
        if any(duty.unit == "business_days" for duty in self.duties):
            table = self.holidays
            passport = Passport(citation=table.citation, tag=table.tag, note=table.note)
            named.append((f"holidays {table.id}", passport))
        if self.attestation is not None:
            named.append(("attestation", self.attestation.passport))
        return tuple((name, passport) for name, passport in named if not passport.verified)

    @property
    def verified(self) -> bool:
        """True only if the primary text was read for every parameter."""
        return not self.unverified()

    @property
    def banner(self) -> Bilingual | None:
        """What to show wherever the text acts, if a parameter was not read in the primary text; None otherwise."""
        doubtful = self.unverified()
        if not doubtful:
            return None
        if all(passport.tag == "C" for _, passport in doubtful):
            return Bilingual(
                en="Some of these rules are conventions of this programme, not law.",
                zh="部分规则为本计划的约定，并非法律。",
            )
        names = ", ".join(name for name, _ in doubtful)
        return Bilingual(
            en=f"Not checked against the primary text: {names}. Do not rely on it as law.",
            zh=f"以下内容未经原文核实，不应作为法律依据：{names}。",
        )
