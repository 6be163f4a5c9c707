"""What a statement of the fee holds: every equation with its numbers and its citation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from superemitter.account.fee.facilities import SegmentReport
from superemitter.account.fee.rules import Change, FeeRules
from superemitter.model.passport import Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One equation, written out.

    Attributes
    ----------
    what : str
        In words.
    equation : str
        In symbols: ``"TH = 0.002 · ρ · Q"``.
    numbers : str
        The same with numbers: ``"0.002 × 0.0192 t/Mscf × 10,000,000 Mscf"``.
    result : str
        Value with unit, or a verdict.
    passport : Passport
        Of the rule that gives the equation.
    """

    what: str
    equation: str
    numbers: str
    result: str
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityStatement:
    """A facility's year.

    Attributes
    ----------
    facility_id, facility_name, owner, party : str
        `party` is the one on top of the owner, with whose other facilities this one is netted.
    reports : tuple of SegmentReport
    co2e_t : Decimal
        All greenhouse gases. [t CO2e]
    ch4_t, threshold_t : Decimal
        [t CH4]
    above_threshold_t : Decimal
        Methane less threshold; negative below it. [t CH4]
    exempt_t : Decimal
        Taken off by exemptions. [t CH4]
    netted_t : Decimal or None
        What goes into the netting; None if the facility is outside the fee. [t CH4]
    verdict : str
        Why it is covered, or not.
    steps : tuple of Step
    notes : tuple of str
    """

    facility_id: str
    facility_name: str
    owner: str
    party: str
    reports: tuple[SegmentReport, ...]
    co2e_t: Decimal
    ch4_t: Decimal
    threshold_t: Decimal
    above_threshold_t: Decimal
    exempt_t: Decimal
    netted_t: Decimal | None
    verdict: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def covered(self) -> bool:
        """Whether the facility is subject to the fee."""
        return self.netted_t is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyStatement:
    """What the facilities under one owner, or one parent of owners, come to.

    Attributes
    ----------
    party : str
    owners : tuple of (owner, t CH4)
        Each owner's part of the net sum; the law does not share the charge out among them.
    facilities : tuple of FacilityStatement
        Covered or not.
    net_t : Decimal
        Sum over covered facilities, negative ones included. [t CH4]
    rate_usd_per_t : Decimal
        [US dollars per t CH4]
    charge_usd : Decimal
        Never negative; to the cent. [US dollars]
    steps : tuple of Step
    """

    party: str
    owners: tuple[tuple[str, Decimal], ...]
    facilities: tuple[FacilityStatement, ...]
    net_t: Decimal
    rate_usd_per_t: Decimal
    charge_usd: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeStatement:
    """The fee of a year under one law.

    Attributes
    ----------
    rules : FeeRules
    year : int
        Reporting year of the emissions.
    as_of : date
        Day whose law was applied.
    law_applied : str
        Which law, and when that changed.
    determined_states : tuple of str
        States for which the Administrator's determinations on compliance are *assumed*; ``"all"`` for all.
    facilities : tuple of FacilityStatement
    parties : tuple of PartyStatement
    banners : tuple of str
        What must be shown wherever a number of this statement is.
    """

    rules: FeeRules
    year: int
    as_of: date
    law_applied: str
    determined_states: tuple[str, ...]
    facilities: tuple[FacilityStatement, ...]
    parties: tuple[PartyStatement, ...]
    banners: tuple[str, ...]

    @property
    def total_usd(self) -> Decimal:
        """All parties' charges. [US dollars]"""
        return sum((party.charge_usd for party in self.parties), Decimal(0))

    @property
    def changes(self) -> tuple[Change, ...]:
        """When the law changed."""
        return self.rules.changes

    @property
    def unverified(self) -> tuple[tuple[str, Passport], ...]:
        """Parameters not read in the primary text, by name."""
        return self.rules.unverified(self.year)


def plain(value: Decimal) -> str:
    """A decimal as people write it: thousands separated, no exponent, no needless zeros."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def money(value: Decimal) -> str:
    """US dollars to the cent."""
    return f"${value:,.2f}"
