"""Read fee rules from their data files, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from superemitter.account.fee.rules import (
    SCOPES,
    STATUSES,
    Change,
    FeeRules,
    LegalStatus,
    Parameter,
    Segment,
)
from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.model.passport import Passport

#: The packaged sets in the order of their birth.
FEE_RULES: Final = ("statute_2022", "part99_2024", "current_law")

_DATA = files("superemitter") / "data" / "accounts" / "fee"


@cache
def load_fee_rules(rules_id: str) -> FeeRules:
    """A packaged set of rules by its id.

    Raises
    ------
    InvalidValue
        There is no such set.
    """
    if rules_id not in FEE_RULES:
        raise InvalidValue(f"there are no fee rules {rules_id!r}", hint=f"one of: {', '.join(FEE_RULES)}")
    name = f"{rules_id}.toml"
    return read_fee_rules((_DATA / name).read_text(encoding="utf-8"), name)


def rules_in_force(day: date) -> tuple[FeeRules, ...]:
    """The packaged sets that were law on a day; none before the charge was enacted."""
    every = (load_fee_rules(rules_id) for rules_id in FEE_RULES)
    return tuple(rules for rules in every if rules.in_force_on(day))


def read_fee_rules(text: str, where: str) -> FeeRules:
    """Rules from TOML text in the form of the packaged files.

    Raises
    ------
    InvalidRules
        A key is missing, unknown or of the wrong kind, or years overlap.
    """
    table = DataTable.parse(text, where)
    title = table.table("title")
    compliance = table.table("compliance")
    no_gas = table.table("no_gas_nonproduction")
    rules = FeeRules(
        id=table.text("id"),
        title_en=title.text("en"),
        title_zh=title.text("zh"),
        law=table.text("law"),
        first_year=table.whole("first_year"),
        first_year_citation=table.text("first_year_citation"),
        read_on=table.maybe_day("read_on"),
        statuses=tuple(_status(entry) for entry in table.tables("status")),
        changes=tuple(_change(entry) for entry in table.tables("change")),
        co2e_above_t=_parameter(table.table("applicability"), "co2e_above_t", "t CO2e"),
        gwps=tuple(_gwp(entry) for entry in table.tables("gwp")),
        density=_parameter(table.table("density"), "t_per_mscf", "t/Mscf"),
        oil_only=_parameter(table.table("oil_only"), "t_per_million_bbl", "t per million bbl"),
        no_gas_nonproduction_outside=no_gas.truth("outside"),
        no_gas_nonproduction=_provision(no_gas),
        segments=tuple(_segment(entry) for entry in table.tables("segment")),
        rates=tuple(_parameter(entry, "usd_per_t", "US$/t CH4") for entry in table.tables("rate")),
        compliance_scope=compliance.one_of("scope", SCOPES),
        excess=_provision(table.table("excess")),
        colocated=_provision(table.table("colocated")),
        compliance=_provision(compliance),
        permitting_delay=_provision(table.table("permitting_delay")),
        plugged_wells=_provision(table.table("plugged_wells")),
        no_credit=_provision(table.table("no_credit")),
        netting=_provision(table.table("netting")),
        no_refund=_provision(table.table("no_refund")),
    )
    title.done()
    table.done()
    _check(rules, where)
    return rules


def _parameter(table: DataTable, key: str, unit: str) -> Parameter:
    value = table.number(key)
    if value < 0:
        raise InvalidRules(f"{table.where}: {key} is {value}", hint="it must be 0 or more")
    found = Parameter(
        value=value,
        unit=unit,
        first_year=table.maybe_whole("first_year"),
        last_year=table.maybe_whole("last_year"),
        passport=table.passport(),
    )
    table.done()
    return found


def _gwp(table: DataTable) -> tuple[str, Parameter]:
    gas = table.text("gas")
    return gas, _parameter(table, "value", f"t CO2e/t {gas}")


def _segment(table: DataTable) -> Segment:
    title = table.table("title")
    names = {"title_en": title.text("en"), "title_zh": title.text("zh")}
    title.done()
    return Segment(
        id=table.text("id"),
        production=table.truth("production"),
        fraction=_parameter(table, "fraction", "1"),
        **names,
    )


def _status(table: DataTable) -> LegalStatus:
    status, start = table.one_of("status", STATUSES), table.maybe_day("valid_from")
    if start is None:
        raise InvalidRules(f"{table.where}: valid_from is missing")
    found = LegalStatus(
        status=status, valid_from=start, valid_to=table.maybe_day("valid_to"), passport=table.passport()
    )
    table.done()
    return found


def _change(table: DataTable) -> Change:
    on = table.maybe_day("on")
    if on is None:
        raise InvalidRules(f"{table.where}: on is missing")
    found = Change(on=on, en=table.text("en"), zh=table.text("zh"), passport=table.passport())
    table.done()
    return found


def _provision(table: DataTable) -> Passport:
    found = table.passport()
    table.done()
    return found


def _check(rules: FeeRules, where: str) -> None:
    """Each year has at most one rate and one GWP of a gas; statuses follow each other; segments are told apart."""
    if sum(status.status == "in_force" for status in rules.statuses) != 1:
        raise InvalidRules(f"{where}: exactly one status must be in_force")
    ids = [segment.id for segment in rules.segments]
    if len(set(ids)) != len(ids) or not ids:
        raise InvalidRules(f"{where}: segments are missing or there twice")
    series: Mapping[str, list[Parameter]] = {"rate": list(rules.rates)} | {
        f"gwp of {gas}": [value for name, value in rules.gwps if name == gas] for gas, _ in rules.gwps
    }
    for name, values in series.items():
        bounds = {year for value in values for year in (value.first_year, value.last_year) if year is not None}
        doubled = [year for year in bounds if sum(value.covers(year) for value in values) > 1]
        if doubled:
            raise InvalidRules(f"{where}: more than one {name} for {doubled[0]}")


def packaged_example() -> str:
    """The example of a table of facilities, as CSV text."""
    return (_DATA / "facilities_example.csv").read_text(encoding="utf-8")


__all__ = ["FEE_RULES", "load_fee_rules", "packaged_example", "read_fee_rules", "rules_in_force"]
