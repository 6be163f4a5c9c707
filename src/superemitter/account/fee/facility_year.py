"""A facility's year: is it covered, what is its threshold, what goes into the netting."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from superemitter.account.fee.facilities import QUARTERS, SegmentReport
from superemitter.account.fee.rules import FeeRules
from superemitter.account.fee.statement import FacilityStatement, Step, plain
from superemitter.model.passport import Passport

ALL_STATES = "all"
_ZERO = Decimal(0)
_CONVERSION = Passport(
    citation="ideal gas, to 60 °F and 14.7 psia", tag="C", note="Rounded to a millionth of a thousand cubic feet."
)


def facility_year(
    reports: Sequence[SegmentReport], party: str, rules: FeeRules, year: int, determined: frozenset[str]
) -> FacilityStatement:
    """The statement of one facility.

    Parameters
    ----------
    reports : sequence of SegmentReport
        Its segments; co-located segments form one facility.
    party : str
    rules : FeeRules
    year : int
    determined : frozenset of str
        States with the Administrator's determinations on compliance; ``"all"`` for all.
    """
    steps: list[Step] = []
    co2e = _co2e(reports, rules, year, steps)
    threshold = _threshold(reports, rules, steps)
    methane = sum((report.ch4_t for report in reports), _ZERO)
    above = methane - threshold
    steps.append(
        Step(
            what="Methane above the threshold",
            equation="E_total = CH4 − TH",
            numbers=f"{plain(methane)} t − {plain(threshold)} t",
            result=f"{plain(above)} t CH4",
            passport=rules.excess,
        )
    )
    notes: list[str] = []
    verdict, covered = _verdict(reports, co2e, rules, steps)
    netted = exempt = None
    if covered:
        netted = _after_exemptions(reports, above, rules, determined, steps, notes)
        exempt = above - netted
    first = reports[0]
    return FacilityStatement(
        facility_id=first.facility_id,
        facility_name=first.facility_name,
        owner=first.owner,
        party=party,
        reports=tuple(reports),
        co2e_t=co2e,
        ch4_t=methane,
        threshold_t=threshold,
        above_threshold_t=above,
        exempt_t=exempt or _ZERO,
        netted_t=netted,
        verdict=verdict,
        steps=tuple(steps),
        notes=tuple(notes),
    )


def _co2e(reports: Sequence[SegmentReport], rules: FeeRules, year: int, steps: list[Step]) -> Decimal:
    """All greenhouse gases of a facility with the GWPs of the year. [t CO2e]"""
    methane, nitrous = rules.gwp("CH4", year), rules.gwp("N2O", year)
    total = _ZERO
    for report in reports:
        if report.co2e_t is not None:
            co2e = report.co2e_t
            equation, numbers = "CO2e as reported", f"made with a methane GWP of {plain(methane.value)}"
        else:
            assert report.co2_t is not None and report.n2o_t is not None
            co2e = report.co2_t + methane.value * report.ch4_t + nitrous.value * report.n2o_t
            equation = "CO2e = CO2 + GWP_CH4 · CH4 + GWP_N2O · N2O"
            numbers = (
                f"{plain(report.co2_t)} t + {plain(methane.value)} × {plain(report.ch4_t)} t + "
                f"{plain(nitrous.value)} × {plain(report.n2o_t)} t"
            )
        steps.append(
            Step(
                what=f"Greenhouse gases, {rules.segment(report.segment).title_en}",
                equation=equation,
                numbers=numbers,
                result=f"{plain(co2e)} t CO2e",
                passport=_weaker(methane.passport, nitrous.passport) if report.n2o_t else methane.passport,
            )
        )
        total += co2e
    return total


def _verdict(
    reports: Sequence[SegmentReport], co2e: Decimal, rules: FeeRules, steps: list[Step]
) -> tuple[str, bool]:
    """Whether the facility is covered, in words and as a truth."""
    limit = rules.co2e_above_t
    over = co2e > limit.value
    steps.append(
        Step(
            what="Is the facility covered?",
            equation=f"Σ CO2e > {plain(limit.value)} t, strictly",
            numbers=f"{plain(co2e)} t {'>' if over else '≤'} {plain(limit.value)} t",
            result="covered" if over else "not covered",
            passport=limit.passport,
        )
    )
    if not over:
        return f"not covered: {plain(co2e)} t CO2e is not more than {plain(limit.value)} t CO2e", False
    idle = all(not report.production and report.gas_to_sale.value == 0 for report in reports)
    if idle and rules.no_gas_nonproduction_outside:
        steps.append(
            Step(
                what="Facility outside production that moved no gas",
                equation="Q = 0",
                numbers="0 Mscf",
                result="not covered",
                passport=rules.no_gas_nonproduction,
            )
        )
        return "not covered: a facility outside production that moved no gas", False
    return f"covered: {plain(co2e)} t CO2e is more than {plain(limit.value)} t CO2e", True


def _threshold(reports: Sequence[SegmentReport], rules: FeeRules, steps: list[Step]) -> Decimal:
    """The facility's waste emissions threshold: the sum of its segments'. [t CH4]"""
    parts = [_segment_threshold(report, rules, steps) for report in reports]
    total = sum(parts, _ZERO)
    if len(parts) > 1:
        steps.append(
            Step(
                what="Threshold of the facility",
                equation="TH = Σ TH_segment",
                numbers=" + ".join(f"{plain(part)} t" for part in parts),
                result=f"{plain(total)} t CH4",
                passport=rules.colocated,
            )
        )
    return total


def _segment_threshold(report: SegmentReport, rules: FeeRules, steps: list[Step]) -> Decimal:
    segment = rules.segment(report.segment)
    gas = report.gas_to_sale_mscf
    what = f"Threshold, {segment.title_en}"
    if segment.production and report.gas_to_sale.value == 0:
        assert report.oil_to_sale_bbl is not None
        per = rules.oil_only.value
        threshold = per * report.oil_to_sale_bbl / 1_000_000
        steps.append(
            Step(
                what=f"{what}, no gas sent to sale",
                equation=f"TH = {plain(per)} t · Q_oil / 10⁶ bbl",
                numbers=f"{plain(per)} t × {plain(report.oil_to_sale_bbl)} bbl / 1,000,000 bbl",
                result=f"{plain(threshold)} t CH4",
                passport=rules.oil_only.passport,
            )
        )
        return threshold
    if report.gas_to_sale.unit != "Mscf":
        given = report.gas_to_sale
        conditions = f"{plain(given.temperature_C)} °C, {plain(given.pressure_kPa)} kPa"
        steps.append(
            Step(
                what=f"Gas sent to sale, {segment.title_en}",
                equation="Q = V · (T_0 / T) · (p / p_0) / 28.316846592 m³ per Mscf",
                numbers=f"{plain(given.value)} m³ at {conditions}",
                result=f"{plain(gas)} Mscf",
                passport=_CONVERSION,
            )
        )
    fraction, density = segment.fraction.value, rules.density.value
    threshold = fraction * density * gas
    steps.append(
        Step(
            what=what,
            equation=f"TH = {plain(fraction)} · ρ · Q",
            numbers=f"{plain(fraction)} × {plain(density)} t/Mscf × {plain(gas)} Mscf",
            result=f"{plain(threshold)} t CH4",
            passport=_weaker(segment.fraction.passport, rules.density.passport),
        )
    )
    return threshold


def _after_exemptions(
    reports: Sequence[SegmentReport],
    above: Decimal,
    rules: FeeRules,
    determined: frozenset[str],
    steps: list[Step],
    notes: list[str],
) -> Decimal:
    """What goes into the netting: a negative total as it is, a positive one less exemptions, down to 0. [t CH4]"""
    delay = sum((report.permitting_delay_t for report in reports), _ZERO)
    plugged = sum((report.plugged_wells_t for report in reports), _ZERO)
    if above <= 0:
        if delay + plugged > 0:
            notes.append("The facility is at or below its threshold, so its exempt methane earns nothing more.")
        return above
    if _compliant(reports, rules, determined, notes):
        steps.append(
            Step(
                what="Exemption for regulatory compliance",
                equation="E = 0",
                numbers=f"compliant in {QUARTERS} of {QUARTERS} quarters; determinations assumed",
                result="0 t CH4",
                passport=rules.compliance,
            )
        )
        return _ZERO
    if delay + plugged == 0:
        return above
    netted = max(_ZERO, above - delay - plugged)
    exemption = rules.permitting_delay if delay else rules.plugged_wells
    steps.append(
        Step(
            what="Exemptions for permitting delay and plugged wells",
            equation="E = max(0, E_total − E_delay − E_plugged)",
            numbers=f"max(0, {plain(above)} t − {plain(delay)} t − {plain(plugged)} t)",
            result=f"{plain(netted)} t CH4",
            passport=_weaker(exemption, rules.no_credit),
        )
    )
    return netted


def _compliant(
    reports: Sequence[SegmentReport], rules: FeeRules, determined: frozenset[str], notes: list[str]
) -> bool:
    """Whether the facility is exempt for compliance; says why not where compliance was claimed."""
    claimed = [report.compliant_quarters for report in reports]
    if all(quarters is None for quarters in claimed):
        return False
    if any(quarters != QUARTERS for quarters in claimed):
        notes.append(
            "Not exempt for compliance: every segment must have complied in each calendar quarter. "
            "A partial exemption is not computed: its text was not read."
        )
        return False
    if ALL_STATES in determined:
        return True
    if rules.compliance_scope == "all_states":
        notes.append(
            "Not exempt for compliance: standards and plans must be in effect in all States, and no such "
            "determination is assumed."
        )
        return False
    states = {state for report in reports for state in report.states}
    missing = sorted(states - determined)
    if states and not missing:
        return True
    where = f"in {', '.join(missing)}" if states else "in its States, which are not given"
    notes.append(f"Not exempt for compliance: no determination is assumed {where}.")
    return False


def _weaker(*passports: Passport) -> Passport:
    """One passport for an equation of several parameters: all citations, and the tag of the least checked."""
    weakest = max(passports, key=lambda passport: "VCSM".index(passport.tag))
    citations = dict.fromkeys(passport.citation for passport in passports)
    notes = dict.fromkeys(passport.note for passport in passports if passport.note)
    return Passport(citation="; ".join(citations), tag=weakest.tag, note=" ".join(notes))
