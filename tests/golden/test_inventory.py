"""Published and hand-worked figures of coal mines, industrial gases and coal power."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from superemitter.account.coal import check_shafts, coal_power, credit_faults, flow_of_methane_t
from superemitter.account.coal_drainage import check_drained_gas, load_drainage_limits
from superemitter.account.inventory import Equivalent, compute
from superemitter.account.inventory_factors import load_sources
from superemitter.account.inventory_rows import read_activity
from superemitter.model.rate import CannotSay

SOURCES = load_sources()


def tonnes(source: str, activity_t: float, extra: str = "", cell: str = "") -> dict[str, float]:
    header = "name,year,source,tier,activity_t,activity_u95_percent" + (f",{extra}" if extra else "")
    row = f"A,2024,{source},1,{activity_t},0" + (f",{cell}" if extra else "")
    rows = read_activity(f"{header}\n{row}\n", "t.csv", SOURCES)
    made = compute(rows, SOURCES, Equivalent(), np.random.default_rng(0), draws=10)
    return {line.gas: line.emission.value_t for line in made.lines}


@pytest.mark.parametrize(
    ("source", "gigagrams"),
    [
        ("coal-underground-mining", 12.06),
        ("coal-underground-post-mining", 1.675),
        ("coal-surface-mining", 0.804),
        ("coal-surface-post-mining", 0.067),
    ],
)
def test_ipcc_tier_1_of_a_million_tonnes_of_coal(source, gigagrams):
    assert tonnes(source, 1_000_000)["CH4"] / 1000 == pytest.approx(gigagrams)


@pytest.mark.parametrize(
    ("source", "level", "m3_per_t"),
    [
        ("coal-underground-mining", "low", 10.0),
        ("coal-underground-mining", "high", 25.0),
        ("coal-underground-post-mining", "low", 0.9),
        ("coal-underground-post-mining", "high", 4.0),
        ("coal-surface-mining", "low", 0.3),
        ("coal-surface-mining", "high", 2.0),
        ("coal-surface-post-mining", "low", 0.0),
        ("coal-surface-post-mining", "high", 0.2),
    ],
)
def test_ipcc_low_and_high_factors(source, level, m3_per_t):
    assert tonnes(source, 1_000_000, "level", level)["CH4"] == pytest.approx(m3_per_t * 670)


@pytest.mark.parametrize(
    ("source", "gas", "kg_per_t"),
    [
        ("nitric-acid-nscr", "N2O", 2),
        ("nitric-acid-process-integrated", "N2O", 2.5),
        ("nitric-acid-atmospheric", "N2O", 5),
        ("nitric-acid-medium-pressure", "N2O", 7),
        ("nitric-acid-high-pressure", "N2O", 9),
        ("adipic-acid", "N2O", 300),
        ("caprolactam", "N2O", 9),
        ("hcfc-22-old", "HFC-23", 40),
        ("hcfc-22-optimised", "HFC-23", 30),
        ("aluminium-cwpb", "CF4", 0.4),
        ("aluminium-cwpb", "C2F6", 0.04),
        ("aluminium-swpb", "CF4", 1.6),
        ("aluminium-swpb", "C2F6", 0.4),
        ("aluminium-vss", "CF4", 0.8),
        ("aluminium-vss", "C2F6", 0.04),
        ("aluminium-hss", "CF4", 0.4),
        ("aluminium-hss", "C2F6", 0.03),
        ("magnesium-casting", "SF6", 1),
    ],
)
def test_ipcc_defaults_of_industrial_gases(source, gas, kg_per_t):
    assert tonnes(source, 1000)[gas] == pytest.approx(kg_per_t)


def test_10_m3_a_minute_of_pure_methane_are_402_kg_an_hour():
    one_hour = flow_of_methane_t(10, 100, 1, temperature_C=20, pressure_kPa=101.325)
    assert one_hour * 1000 == pytest.approx(402.0)


@pytest.mark.parametrize(
    ("t_per_kt", "year", "answer"),
    [(5.0, 2027, "allowed"), (5.01, 2027, "prohibited"), (3.01, 2030, "allowed"), (3.01, 2031, "prohibited")],
)
def test_eu_shafts_may_release_5_then_3_tonnes_per_kilotonne(t_per_kt, year, answer):
    assert check_shafts(t_per_kt * 1000, 1_000_000, year, coking=False).answer == answer


def test_eu_shafts_of_coking_mines_and_earlier_years_cannot_be_said():
    coking = check_shafts(9000, 1_000_000, 2031, coking=True).answer
    early = check_shafts(9000, 1_000_000, 2026, coking=False).answer
    assert isinstance(coking, CannotSay) and coking.code == "coking-coal"
    assert isinstance(early, CannotSay) and early.code == "no-limit-yet"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, ()),
        ({"methane_percent": 8.0}, ("which is not below 8 %",)),
        ({"methane_percent": 1.0, "diluted_from_percent": 8.0}, ("diluted from 8 %",)),
        ({"methane_percent": 1.0, "diluted_from_percent": 7.9}, ()),
        ({"technology": "flare"}, ("flameless oxidation",)),
        ({"heat_used": False}, ("heat is not used",)),
        ({"closed": True}, ("mine is closed",)),
        ({"underground": False}, ("not underground",)),
        ({"day": date(2025, 1, 2)}, ("from 2025-01-03 on",)),
    ],
)
def test_ccer_credits_lean_gas_of_working_underground_mines_burnt_without_flame(changed, fault):
    good = {
        "day": date(2025, 1, 3),
        "methane_percent": 7.9,
        "technology": "flameless-oxidation",
        "heat_used": True,
        "underground": True,
        "closed": False,
    }
    faults = credit_faults(**(good | changed))
    assert len(faults) == len(fault) and all(part in whole for part, whole in zip(fault, faults, strict=True))


@pytest.mark.parametrize(
    ("pure_m3_min", "percent", "answer"),
    [(9.9, 50.0, "allowed"), (20.0, 7.9, "allowed"), (10.0, 8.0, "prohibited"), (402.0, 30.0, "prohibited")],
)
def test_chinese_drained_gas_is_prohibited_only_where_both_limits_are_reached(pure_m3_min, percent, answer):
    check = check_drained_gas(pure_m3_min / percent * 100, percent, date(2026, 1, 1), mine="new")
    assert check.answer == answer and check.pure_flow_m3_min == pytest.approx(pure_m3_min)


@pytest.mark.parametrize(
    ("day", "mine", "bound"),
    [
        (date(2025, 3, 31), "new", False),
        (date(2025, 4, 1), "new", True),
        (date(2027, 3, 31), "existing", False),
        (date(2027, 4, 1), "existing", True),
    ],
)
def test_the_chinese_standard_binds_new_mines_from_2025_and_existing_ones_from_april_2027(day, mine, bound):
    answer = check_drained_gas(100, 50, day, mine=mine).answer
    assert answer == "prohibited" if bound else isinstance(answer, CannotSay)


def test_a_safety_emergency_may_discharge_and_reports():
    answer = check_drained_gas(100, 50, date(2026, 1, 1), mine="new", emergency=True).answer
    assert answer == "allowed in an emergency, to be reported"
    assert not any(limit.passport.verified for limit in load_drainage_limits())


def test_a_megawatt_hour_of_bituminous_coal_worked_by_hand():
    power = coal_power(94_600, 25.8, 0.38, 18.0 + 2.5)
    assert power.co2_kg_per_MWh == pytest.approx(896.21, abs=0.01)  # 3.6 / 0.38 × 94.6
    assert power.coal_t_per_MWh == pytest.approx(0.36720, abs=1e-5)  # 3.6 / 0.38 / 25.8
    assert power.ch4_kg_per_MWh == pytest.approx(5.0435, abs=1e-4)  # × 20.5 m3/t × 0.67 kg/m3


def test_a_table_row_of_coal_power_gives_the_same_as_by_hand():
    header = "name,year,source,tier,electricity_MWh,electricity_u95_percent,efficiency_percent,"
    header += "efficiency_u95_percent,mine\n"
    text = header + "P,2024,coal-power-other-bituminous,1,1000,0,38,0,underground\n"
    made = compute(read_activity(text, "t.csv", SOURCES), SOURCES, Equivalent(), np.random.default_rng(0))
    co2, methane = made.lines
    assert co2.emission.value_t == pytest.approx(896.21, abs=0.01)
    assert methane.memo and methane.co2e.value_t == pytest.approx(5.0435 * 29.8, abs=0.01)
