"""What a set of fee rules is made of. Read from data files by :mod:`superemitter.account.fee.loading`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from superemitter.model.errors import InvalidValue
from superemitter.model.passport import Passport

SCOPES = ("all_states", "facility_states")
STATUSES = ("in_force", "superseded", "disapproved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number of the law with its unit and passport; for the years first to last, both included, None open."""

    value: Decimal
    unit: str
    passport: Passport
    first_year: int | None = None
    last_year: int | None = None

    def covers(self, year: int) -> bool:
        """Whether a reporting year is one of its years."""
        return (self.first_year is None or self.first_year <= year) and (
            self.last_year is None or year <= self.last_year
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """An industry segment of Subpart W and the share of the gas sent to sale that may be lost.

    Attributes
    ----------
    id : str
        ``"onshore_production"``, ...
    title_en, title_zh : str
    production : bool
        Whether the oil-only case and the permitting-delay exemption are open to it.
    fraction : Parameter
        [t CH4 per t CH4 as which the gas counts]
    """

    id: str
    title_en: str
    title_zh: str
    production: bool
    fraction: Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalStatus:
    """What the rules' status was from one day to another, both included; None is open."""

    status: str
    valid_from: date
    valid_to: date | None
    passport: Passport

    def holds_on(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day on which the law of the fee changed."""

    on: date
    en: str
    zh: str
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRules:
    """One law of the fee, complete in itself; parts of two are never mixed.

    Attributes
    ----------
    id : str
        ``"statute_2022"``, ``"part99_2024"`` or ``"current_law"``.
    title_en, title_zh, law : str
    first_year : int
        First reporting year the rules can answer for.
    first_year_citation : str
    read_on : date or None
        Day of the text that was read, for rules in force: a later change is not known.
    statuses : tuple of LegalStatus
    changes : tuple of Change
        Of the law as a whole, the same in each set.
    co2e_above_t : Parameter
        A facility is covered if it reports more than this. [t CO2e]
    gwps : tuple of (gas, Parameter)
        With which reports of a year are converted. [t CO2e per t]
    density : Parameter
        As which the gas sent to sale counts. [t per thousand standard cubic feet]
    oil_only : Parameter
        Threshold of a producer that sends no gas to sale. [t CH4 per million barrels]
    no_gas_nonproduction_outside : bool
        Whether a facility outside production that moved no gas is outside the fee.
    no_gas_nonproduction : Passport
    segments : tuple of Segment
    rates : tuple of Parameter
        [US dollars per t CH4]
    compliance_scope : str
        Where standards must be in effect: ``"all_states"``, or ``"facility_states"`` for those of the facility.
    excess, colocated, compliance, permitting_delay, plugged_wells, no_credit, netting, no_refund : Passport
        Of the rules without a number of their own.
    """

    id: str
    title_en: str
    title_zh: str
    law: str
    first_year: int
    first_year_citation: str
    read_on: date | None
    statuses: tuple[LegalStatus, ...]
    changes: tuple[Change, ...]
    co2e_above_t: Parameter
    gwps: tuple[tuple[str, Parameter], ...]
    density: Parameter
    oil_only: Parameter
    no_gas_nonproduction_outside: bool
    no_gas_nonproduction: Passport
    segments: tuple[Segment, ...]
    rates: tuple[Parameter, ...]
    compliance_scope: str
    excess: Passport
    colocated: Passport
    compliance: Passport
    permitting_delay: Passport
    plugged_wells: Passport
    no_credit: Passport
    netting: Passport
    no_refund: Passport

    def status_on(self, day: date) -> LegalStatus | None:
        """The rules' status on a day; None before they existed."""
        return next((status for status in self.statuses if status.holds_on(day)), None)

    def in_force_on(self, day: date) -> bool:
        """Whether the rules were law on a day."""
        status = self.status_on(day)
        return status is not None and status.status == "in_force"

    @property
    def in_force(self) -> LegalStatus:
        """The period in which the rules are, or were, law."""
        return next(status for status in self.statuses if status.status == "in_force")

    @property
    def ended_by(self) -> LegalStatus | None:
        """What ended them; None if they are law."""
        return next((status for status in self.statuses if status.status != "in_force"), None)

    def segment(self, segment_id: str) -> Segment:
        """A segment by its id.

        Raises
        ------
        InvalidValue
            There is no such segment.
        """
        found = next((segment for segment in self.segments if segment.id == segment_id), None)
        if found is None:
            known = ", ".join(segment.id for segment in self.segments)
            raise InvalidValue(f"there is no segment {segment_id!r}", hint=f"one of: {known}")
        return found

    def rate(self, year: int) -> Parameter:
        """The charge for a reporting year. [US dollars per t CH4]

        Raises
        ------
        InvalidValue
            The year lies outside the rules' life.
        """
        found = next((rate for rate in self.rates if rate.covers(year)), None)
        if found is None or year < self.first_year:
            raise InvalidValue(
                f"reporting year {year} lies outside {self.id}",
                hint=f"its first year is {self.first_year} ({self.first_year_citation})",
            )
        return found

    def gwp(self, gas: str, year: int) -> Parameter:
        """With which the reports of a year convert a gas. [t CO2e per t]

        Raises
        ------
        InvalidValue
            The rules hold none.
        """
        found = next((value for name, value in self.gwps if name == gas and value.covers(year)), None)
        if found is None:
            raise InvalidValue(f"{self.id} holds no global warming potential of {gas} for {year}")
        return found

    def unverified(self, year: int) -> tuple[tuple[str, Passport], ...]:
        """Parameters that act in a year and were not read in the primary text, by name: what the banner lists."""
        named = [(f"status from {status.valid_from}", status.passport) for status in self.statuses]
        named.append(("threshold of application", self.co2e_above_t.passport))
        named += [(f"GWP of {gas}", value.passport) for gas, value in self.gwps if value.covers(year)]
        named += [("density of methane", self.density.passport), ("oil-only threshold", self.oil_only.passport)]
        named.append(("facilities outside production without gas", self.no_gas_nonproduction))
        named += [(f"threshold of {segment.id}", segment.fraction.passport) for segment in self.segments]
        named.append(("charge per tonne", self.rate(year).passport))
        named += [
            ("methane above the threshold", self.excess),
            ("co-located segments", self.colocated),
            ("exemption for compliance", self.compliance),
            ("exemption for permitting delay", self.permitting_delay),
            ("exemption for plugged wells", self.plugged_wells),
            ("no credit from exemptions", self.no_credit),
            ("netting", self.netting),
            ("no refund", self.no_refund),
        ]
        return tuple((name, passport) for name, passport in named if not passport.verified)
