"""The methane fee, worked out by hand from the statute and the rule. Derived: no official example was at hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from superemitter.account.fee import (
    SegmentReport,
    assess_fee,
    charge_of_added_tonnes,
    load_fee_rules,
    rules_in_force,
    standard_gas,
)
from superemitter.account.quantities import US_STANDARD, GasVolume
from superemitter.model.errors import InvalidValue

STATUTE = load_fee_rules("statute_2022")
PART99 = load_fee_rules("part99_2024")
CURRENT = load_fee_rules("current_law")
PRODUCTION = ("offshore_production", "onshore_production")


def segment(ch4="0", gas="10000000", kind="onshore_production", name="1", **more) -> SegmentReport:
    """A segment whose facility is well above 25,000 t CO2e, unless said otherwise."""
    content = {
        "facility_id": name,
        "owner": "Prairie Oil",
        "segment": kind,
        "production": kind in PRODUCTION,
        "ch4_t": Decimal(ch4),
        "co2_t": Decimal(100_000),
        "n2o_t": Decimal(0),
        "gas_to_sale": standard_gas(Decimal(gas)),
    }
    return SegmentReport(**(content | more))


def threshold(report: SegmentReport, rules=STATUTE) -> Decimal:
    (facility,) = assess_fee([report], rules, 2024).facilities
    return facility.threshold_t


def charge(*reports: SegmentReport, rules=STATUTE, year=2024) -> Decimal:
    return assess_fee(reports, rules, year).total_usd


@pytest.mark.parametrize("rules", [STATUTE, PART99, CURRENT], ids=lambda rules: rules.id)
@pytest.mark.parametrize(
    ("kind", "gas", "tonnes"),
    [
        ("onshore_production", "10000000", "384.0"),
        ("offshore_production", "10000000", "384.0"),
        ("gathering_boosting", "100000000", "960.0"),
        ("processing", "100000000", "960.0"),
        ("lng_storage", "100000000", "960.0"),
        ("lng_import_export", "100000000", "960.0"),
        ("transmission_compression", "100000000", "2112.0"),
        ("underground_storage", "100000000", "2112.0"),
        ("transmission_pipeline", "100000000", "2112.0"),
    ],
)
def test_thresholds_of_the_nine_segments(rules, kind, gas, tonnes):
    assert threshold(segment(kind=kind, gas=gas), rules) == Decimal(tonnes)


@pytest.mark.parametrize("rules", [STATUTE, PART99, CURRENT], ids=lambda rules: rules.id)
def test_a_producer_without_gas_is_measured_by_its_oil(rules):
    assert threshold(segment(gas="0", oil_to_sale_bbl=Decimal(2_500_000)), rules) == 25


def test_50_million_standard_cubic_metres_give_67_80416_t():
    volume = GasVolume(
        value=Decimal(50_000_000),
        unit="m3",
        temperature_C=US_STANDARD.temperature_C,
        pressure_kPa=US_STANDARD.pressure_kPa,
    )
    assert round(threshold(segment(gas_to_sale=volume)), 5) == Decimal("67.80416")


@pytest.mark.parametrize(
    ("year", "usd"), [(2024, 900_000), (2025, 1_200_000), (2026, 1_500_000), (2030, 1_500_000)]
)
@pytest.mark.parametrize("rules", [STATUTE, PART99], ids=lambda rules: rules.id)
def test_1000_t_above_the_threshold_by_year(rules, year, usd):
    assert charge(segment("1384"), rules=rules, year=year) == usd


def test_facilities_1000_t_above_and_400_t_below_are_netted_to_600_t():
    below = segment("560", "100000000", "gathering_boosting", name="2")
    statement = assess_fee([segment("1384"), below], STATUTE, 2024)
    assert [facility.netted_t for facility in statement.facilities] == [1000, -400]
    (party,) = statement.parties
    assert (party.net_t, party.charge_usd) == (600, 540_000)


def test_a_negative_net_is_no_refund():
    (party,) = assess_fee([segment("560", "100000000", "gathering_boosting")], STATUTE, 2024).parties
    assert (party.net_t, party.charge_usd) == (-400, 0)


def test_exactly_25000_t_co2e_is_not_covered_and_a_gram_more_is():
    at = segment("500", co2_t=None, n2o_t=None, co2e_t=Decimal(25_000), ch4_gwp=Decimal(28))
    over = replace(at, co2e_t=Decimal("25000.000001"))
    assert charge(at) == 0
    assert assess_fee([at], STATUTE, 2024).facilities[0].netted_t is None
    assert charge(over) == 116 * 900


@pytest.mark.parametrize(("year", "gwp", "covered"), [(2022, 25, False), (2023, 25, False), (2024, 28, True)])
def test_the_25000_t_test_uses_the_gwp_of_its_year(year, gwp, covered):
    report = segment("1000", co2_t=Decimal(0))
    (facility,) = assess_fee([report], CURRENT, year).facilities
    assert facility.co2e_t == 1000 * gwp
    assert facility.covered is covered


def test_218_4_added_tonnes_of_a_netted_facility_cost_196560_for_2024_and_327600_from_2026():
    event_t = Decimal(100) * 24 * 91 / 1000
    assert event_t == Decimal("218.4")
    facility = segment("1384")
    assert charge_of_added_tonnes([facility], "1", event_t, STATUTE, 2024) == 196_560
    assert charge_of_added_tonnes([facility], "1", event_t, STATUTE, 2026) == 327_600


def test_the_same_218_4_added_tonnes_cost_nothing_where_the_net_stays_negative_or_the_facility_uncovered():
    event_t = Decimal("218.4")
    far_below = segment("560", "100000000", "gathering_boosting")
    small = segment("500", co2_t=Decimal(0))
    assert charge_of_added_tonnes([far_below], "1", event_t, STATUTE, 2024) == 0
    assert charge_of_added_tonnes([small], "1", event_t, STATUTE, 2024) == 0
    assert charge_of_added_tonnes([segment("1384")], "1", event_t, CURRENT, 2025) == 0


@pytest.mark.parametrize("year", [2024, 2025, 2033])
def test_nothing_is_due_under_current_law_for_2024_to_2033(year):
    assert charge(segment("1384"), rules=CURRENT, year=year) == 0


def test_current_law_asks_900000_for_a_net_600_t_of_2034():
    below = segment("560", "100000000", "gathering_boosting", name="2")
    assert charge(segment("1384"), below, rules=CURRENT, year=2034) == 900_000


@pytest.mark.parametrize(
    ("day", "ids"),
    [
        (date(2022, 8, 15), []),
        (date(2022, 8, 16), ["statute_2022"]),
        (date(2025, 1, 17), ["statute_2022", "part99_2024"]),
        (date(2025, 3, 13), ["statute_2022", "part99_2024"]),
        (date(2025, 3, 14), ["statute_2022"]),
        (date(2025, 7, 3), ["statute_2022"]),
        (date(2025, 7, 4), ["current_law"]),
    ],
)
def test_which_law_was_in_force_on_a_day(day, ids):
    assert [rules.id for rules in rules_in_force(day)] == ids


def test_the_same_compliance_exempts_under_part_99_state_by_state_and_under_the_statute_only_with_all():
    report = segment("1384", states=("TX",), compliant_quarters=4)
    for rules, determined, usd in [
        (PART99, (), 900_000),
        (PART99, ("NM",), 900_000),
        (PART99, ("TX",), 0),
        (PART99, ("all",), 0),
        (STATUTE, ("TX",), 900_000),
        (STATUTE, ("all",), 0),
    ]:
        assert assess_fee([report], rules, 2024, determined_states=determined).total_usd == usd


def test_a_facility_in_two_states_needs_both_and_every_quarter():
    both = segment("1384", states=("TX", "NM"), compliant_quarters=4)
    three = replace(both, compliant_quarters=3)
    assert assess_fee([both], PART99, 2024, determined_states=("TX",)).total_usd == 900_000
    assert assess_fee([both], PART99, 2024, determined_states=("TX", "NM")).total_usd == 0
    assert assess_fee([three], PART99, 2024, determined_states=("TX", "NM")).total_usd == 900_000


def test_a_gathering_system_that_moved_no_gas_is_outside_under_part_99_only():
    idle = segment("100", "0", "gathering_boosting")
    assert charge(idle, rules=PART99) == 0
    assert charge(idle, rules=STATUTE) == 90_000


@pytest.mark.parametrize("rules", [STATUTE, PART99])
def test_a_year_before_the_charge_lies_outside_the_rules(rules):
    with pytest.raises(InvalidValue, match="2023 lies outside"):
        assess_fee([segment("1384")], rules, 2023)
