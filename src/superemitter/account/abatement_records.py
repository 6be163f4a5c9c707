"""Measures and their costs as plain types; units are in the names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from superemitter.account.abatement import Option
from superemitter.account.abatement_costs import Curve, Rung
from superemitter.account.annual_records import said
from superemitter.account.large_release_records import mass_record
from superemitter.account.measures import Measure

UNVERIFIED: Final = "NOT VERIFIED: shares of measures marked so were not checked against the sources."
FEE_NOTE: Final = (
    "The fee is on oil and gas, and counts only while a facility is covered and what its owner nets stays above "
    "zero; it is annual, by facility, and no price of an event."
)


def options_record(options: Sequence[Option]) -> list[dict[str, Any]]:
    """Every measure at every place, as JSON holds it."""
    return [_option(option) for option in options]


def curve_record(curve: Curve) -> dict[str, Any]:
    """The curve as JSON holds it."""
    fee = curve.fee
    return {
        "currency": curve.currency,
        "fee": None
        if fee is None
        else {
            "per_t": fee.per_t,
            "law": fee.law,
            "sectors": list(fee.sectors),
            "verified": fee.verified,
            "note": FEE_NOTE,
        },
        "stops": mass_record(curve.stops),
        "pays_without_fee_t": curve.pays_without_fee,
        "pays_with_fee_t": curve.pays_with_fee if fee else None,
        "rungs": [_rung(rung) for rung in curve.rungs],
        "not_ranked": [{"what": what, "reason": reason} for what, reason in curve.not_ranked],
    }


def measure_record(measure: Measure) -> dict[str, Any]:
    """A measure with its passport."""
    told = measure.share or measure.destruction
    return {
        "id": measure.id,
        "title": dict(measure.title),
        "where": dict(measure.where),
        "sector": measure.sector,
        "part": measure.part,
        "group": measure.group,
        "share": measure.share.value if measure.share else None,
        "destruction": measure.destruction.value if measure.destruction else None,
        "low": told.low95 if told else None,
        "high": told.high95 if told else None,
        "citation": measure.passport.citation,
        "tag": measure.passport.tag,
        "verified": measure.passport.verified,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "name": option.target.name,
        "owner": option.target.owner or None,
        "sector": option.target.sector,
        "part": option.target.part or None,
        "ch4_t": option.target.ch4_t.value,
        "measure": measure_record(option.measure),
        "share": option.share,
        "stops": mass_record(option.stops),
        "at_most": option.at_most,
        "simulated": option.target.simulated,
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "measure": rung.option.measure.id,
        "name": rung.option.target.name,
        "part": rung.option.target.part or None,
        "at_most": rung.option.at_most,
        "stops": mass_record(rung.stops),
        "yearly_cost": rung.cost.yearly,
        "cost_equation": rung.cost.equation,
        "cost_per_t": rung.cost_value_per_t,
        "cost_per_t_interval": said(rung.cost_per_t, "per_t"),
        "with_fee_per_t": rung.with_fee_per_t,
        "verified": rung.option.measure.passport.verified,
    }
