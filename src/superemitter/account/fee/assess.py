"""The fee of a year: facilities one by one, netted under common ownership, priced under one law."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from superemitter.account.fee.facilities import SegmentReport
from superemitter.account.fee.facility_year import ALL_STATES, facility_year
from superemitter.account.fee.loading import rules_in_force
from superemitter.account.fee.ownership import ultimate_parents
from superemitter.account.fee.rules import FeeRules
from superemitter.account.fee.statement import (
    FacilityStatement,
    FeeStatement,
    PartyStatement,
    Step,
    money,
    plain,
)
from superemitter.account.fee.table import check_together
from superemitter.model.errors import AccountError, InvalidValue

#: Facilities whose terms are written out in a party's sum; longer sums point to the facilities' own statements.
WRITTEN_TERMS = 40

_CENT = Decimal("0.01")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def assess_fee(
    reports: Iterable[SegmentReport],
    rules: FeeRules,
    year: int,
    *,
    as_of: date | None = None,
    determined_states: Iterable[str] = (),
) -> FeeStatement:
    r"""The fee that one law asks for a year of emissions.

    .. math::

        E_f = CH4_f - TH_f \;(\text{less exemptions, never below 0, if positive}), \qquad
        \text{charge} = \max\left(0, \sum_f E_f\right) \cdot \text{rate}

    The charge is annual and netted over all covered facilities of a party; it is never the price of an event.

    Parameters
    ----------
    reports : iterable of SegmentReport
        All segments of all facilities of the year.
    rules : FeeRules
    year : int
        Reporting year.
    as_of : date, optional
        Day whose law is asked for; the rules must have been law then. By default the last day on which they were,
        or the day on which the text in force was read.
    determined_states : iterable of str
        States for which to assume the Administrator's determinations on compliance; ``"all"`` for all. None are
        known to have been made.

    Raises
    ------
    InvalidValue
        The year lies outside the rules, or they were not law on `as_of`.
    AccountError
        A facility has two owners or the same segment twice, or owners run in a loop.
    """
    day = _day(rules, as_of)
    rules.rate(year)
    reports = tuple(reports)
    faults = check_together(reports)
    if faults:
        raise AccountError("; ".join(f"row {row}, {column}: {reason}" for row, column, reason in faults))
    determined = frozenset(determined_states)
    with localcontext(_EXACT):
        tops, _ = ultimate_parents(reports)
        facilities = tuple(
            facility_year(segments, tops[segments[0].owner], rules, year, determined)
            for segments in _by_facility(reports)
        )
        members: dict[str, list[FacilityStatement]] = {}
        for facility in facilities:
            members.setdefault(facility.party, []).append(facility)
        parties = tuple(_party(party, own, rules, year) for party, own in members.items())
    return FeeStatement(
        rules=rules,
        year=year,
        as_of=day,
        law_applied=_law_applied(rules, year, day),
        determined_states=tuple(sorted(determined)),
        facilities=facilities,
        parties=parties,
        banners=_banners(rules, year, determined),
    )


def charge_of_added_tonnes(
    reports: Iterable[SegmentReport], facility_id: str, added_t: Decimal, rules: FeeRules, year: int
) -> Decimal:
    """By how much the year's charges rise if a facility reports so much more methane. [US dollars]

    What a tonne adds depends on everything else the party reports: nothing while its net stays below 0, nothing if
    the facility stays uncovered. So this is a what-if of a netted facility, never the price of an event.

    Parameters
    ----------
    added_t : Decimal
        0 or more; goes to the facility's first segment, and into its total of greenhouse gases. [t CH4]

    Raises
    ------
    InvalidValue
        There is no such facility, or the tonnes are negative.
    """
    reports = tuple(reports)
    if not (added_t.is_finite() and added_t >= 0):
        raise InvalidValue(f"{added_t} t of methane cannot be added", hint="give 0 or more")
    place = next((i for i, report in enumerate(reports) if report.facility_id == facility_id), None)
    if place is None:
        raise InvalidValue(f"there is no facility {facility_id!r}")
    before = reports[place]
    with localcontext(_EXACT):
        co2e = None if before.co2e_t is None else before.co2e_t + added_t * rules.gwp("CH4", year).value
        after = replace(before, ch4_t=before.ch4_t + added_t, co2e_t=co2e)
    more = (*reports[:place], after, *reports[place + 1 :])
    return assess_fee(more, rules, year).total_usd - assess_fee(reports, rules, year).total_usd


def _day(rules: FeeRules, as_of: date | None) -> date:
    """The day whose law is applied."""
    if as_of is None:
        return rules.in_force.valid_to or rules.read_on or rules.in_force.valid_from
    if rules.in_force_on(as_of):
        return as_of
    status = rules.status_on(as_of)
    was = "not yet law" if status is None else f"{status.status} ({status.passport.citation})"
    then = ", ".join(found.id for found in rules_in_force(as_of)) or "no law of the fee"
    raise InvalidValue(f"{rules.id} was {was} on {as_of}", hint=f"in force on {as_of}: {then}")


def _law_applied(rules: FeeRules, year: int, day: date) -> str:
    text = f"Law applied: {rules.law}, as it stood on {day}, to emissions of {year}."
    ended = rules.ended_by
    if ended is not None:
        before = ended.valid_from - timedelta(days=1)
        since = f"since {ended.valid_from} it is {ended.status} ({ended.passport.citation})"
        return f"{text} It was law until {before}; {since}."
    period = rules.in_force
    text = f"{text} It has been law since {period.valid_from} ({period.passport.citation})."
    if rules.read_on is not None:
        text += f" The text was read as of {rules.read_on}; a later change is not known."
    return text


def _banners(rules: FeeRules, year: int, determined: frozenset[str]) -> tuple[str, ...]:
    banners = []
    ended = rules.ended_by
    if ended is not None:
        banners.append(
            f"HISTORICAL LAW: {rules.title_en} is {ended.status} since {ended.valid_from}. "
            "Nothing is owed under it; what is owed is told by current_law."
        )
    doubtful = rules.unverified(year)
    unread = [name for name, passport in doubtful if passport.tag != "C"]
    own = [name for name, passport in doubtful if passport.tag == "C"]
    if unread:
        banners.append(f"Not checked against the primary text: {', '.join(unread)}. Do not rely on it as law.")
    if own:
        banners.append(f"Conventions of this program, where the text is silent: {', '.join(own)}.")
    if determined:
        where = "all States" if ALL_STATES in determined else ", ".join(sorted(determined))
        banners.append(
            f"ASSUMED: determinations on compliance for {where}. "
            "None is known to have been made by the Administrator."
        )
    return tuple(banners)


def _by_facility(reports: Sequence[SegmentReport]) -> Iterable[tuple[SegmentReport, ...]]:
    groups: dict[str, list[SegmentReport]] = {}
    for report in reports:
        groups.setdefault(report.facility_id, []).append(report)
    return (tuple(segments) for segments in groups.values())


def _party(party: str, facilities: Sequence[FacilityStatement], rules: FeeRules, year: int) -> PartyStatement:
    """Net the covered facilities of a party and price the sum."""
    terms = [(facility.owner, facility.netted_t) for facility in facilities if facility.netted_t is not None]
    net = sum((netted for _, netted in terms), Decimal(0))
    rate = rules.rate(year)
    charge = (max(Decimal(0), net) * rate.value).quantize(_CENT)
    owners = dict.fromkeys((facility.owner for facility in facilities), Decimal(0))
    for owner, netted in terms:
        owners[owner] += netted
    return PartyStatement(
        party=party,
        owners=tuple(owners.items()),
        facilities=tuple(facilities),
        net_t=net,
        rate_usd_per_t=rate.value,
        charge_usd=charge,
        steps=(
            Step(
                what="Net methane of all covered facilities",
                equation="E_net = Σ E",
                numbers=_sum_text([netted for _, netted in terms]),
                result=f"{plain(net)} t CH4",
                passport=rules.netting,
            ),
            Step(
                what=f"Rate for emissions of {year}",
                equation="rate",
                numbers=f"{plain(rate.value)} US$/t CH4",
                result=f"{money(rate.value)} per t CH4",
                passport=rate.passport,
            ),
            Step(
                what="Charge",
                equation="charge = max(0, E_net) · rate",
                numbers=f"max(0, {plain(net)} t) × {money(rate.value)} per t",
                result=money(charge),
                passport=rules.no_refund if net < 0 else rate.passport,
            ),
        ),
    )


def _sum_text(terms: Sequence[Decimal]) -> str:
    if not terms:
        return "no covered facility"
    if len(terms) > WRITTEN_TERMS:
        return f"sum over {len(terms)} facilities, each in its own statement"
    return " + ".join(f"({plain(term)} t)" if term < 0 else f"{plain(term)} t" for term in terms)
