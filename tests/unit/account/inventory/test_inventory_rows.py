"""Bad cells of an activity table are told by row and column; nothing is left out without a word."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.account.inventory import Equivalent, compute
from superemitter.account.inventory_factors import load_sources, parse_sources
from superemitter.account.inventory_rows import read_activity
from superemitter.model.errors import AccountError, InvalidRules

COAL = "name,year,source,tier,activity_t,activity_u95_percent,depth_m,level,factor_m3_per_t,factor_u95_percent\n"
WITH_GAS = COAL.replace("\n", ",recovered_m3,recovered_u95_percent,temperature_C,pressure_kPa\n")
ACID = (
    "name,year,source,tier,activity_t,activity_u95_percent,gas,abatement,destruction_fraction,"
    "destruction_low95_fraction,destruction_high95_fraction,utilisation_fraction,measured_t,measured_u95_percent\n"
)
MINE = (
    "name,year,source,tier,hours,ventilation_m3_min,ventilation_ch4_percent,ventilation_u95_percent,"
    "drainage_m3_min,drainage_ch4_percent,drainage_u95_percent,recovered_m3,recovered_u95_percent,"
    "temperature_C,pressure_kPa\n"
)


def read(text):
    return read_activity(text, "mines.csv", load_sources())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (COAL + "A,2024,coal-underground-mining,1,-5,2,,,,\n", "row 2, column activity_t: is -5"),
        (COAL + "A,2024,coal-underground-mining,1,,2,,,,\n", "row 2, column activity_t: is empty"),
        (
            COAL + "A,2024,coal-underground-mining,1,1e6 t,2,,,,\n",
            "row 2, column activity_t: '1e6 t' is not a number",
        ),
        (COAL + "A,2024,coal-underground-mining,1,nan,2,,,,\n", "row 2, column activity_t: 'nan' is not a finite"),
        (COAL + "A,2024,coal-underground-mining,1,5,,,,,\n", "row 2, column activity_u95_percent: is empty"),
        (COAL + "A,2024,coal-mine,1,5,2,,,,\n", "row 2, column source: is 'coal-mine'"),
        (COAL + "A,2024,coal-underground-mining,4,5,2,,,,\n", "row 2, column tier: is '4'"),
        (COAL + "A,2024.5,coal-underground-mining,1,5,2,,,,\n", "row 2, column year: '2024.5' is not a year"),
        (
            COAL + "A,2024,coal-underground-mining,1,5,2,300,high,,\n",
            "row 2, column level: is given beside depth_m",
        ),
        (COAL + "A,2024,coal-underground-mining,1,5,2,,,12,20\n", "column factor_m3_per_t: does not belong to"),
        (COAL + "A,2024,coal-underground-mining,2,5,2,,,,\n", "row 2, column factor_m3_per_t: is empty"),
        (COAL + "A,2024,coal-underground-mining,2,5,2,,high,12,20\n", "column level: does not belong to"),
        (COAL + "A,2024,coal-underground-mining,1,5,2,,,\n", "row 2: 9 cells for 10 columns"),
        (WITH_GAS + "A,2024,coal-surface-mining,1,5,2,,,,,10,5,,\n", "row 2, column temperature_C: is empty"),
        (WITH_GAS + "A,2024,coal-surface-mining,1,5,2,,,,,,5,,\n", "recovered_m3: is empty, but recovered_u95"),
        (ACID + "A,2024,adipic-acid,1,5,2,,thermal,,,,,,\n", "row 2, column utilisation_fraction: is empty"),
        (ACID + "A,2024,adipic-acid,1,5,2,,magic,,,,0.9,,\n", "row 2, column abatement: is 'magic'"),
        (ACID + "A,2024,adipic-acid,1,5,2,,,1.2,1,1,0.9,,\n", "row 2, column destruction_fraction: is 1.2"),
        (ACID + "A,2024,adipic-acid,1,5,2,,,,,,0.9,,\n", "utilisation_fraction: is given without abatement"),
        (
            ACID + "A,2024,adipic-acid,1,5,2,,thermal,0.9,,,0.9,,\n",
            "destruction_fraction: is given beside abatement",
        ),
        (ACID + "A,2024,adipic-acid,1,5,2,,,0.9,0.95,0.99,0.9,,\n", "row 2: an estimate and its bounds"),
        (ACID + "A,2024,aluminium-vss,3,,,,,,,,,5,10\n", "row 2, column gas: is empty"),
        (ACID + "A,2024,aluminium-vss,3,,,SF6,,,,,,5,10\n", "row 2, column gas: is 'SF6'"),
        (MINE + "A,2024,coal-underground-mining,3,9000,1,1,1,1,1,1,0,0,20,101\n", "row 2, column hours: is 9000"),
        (MINE + "A,2024,coal-underground-mining,3,9,1,101,1,1,1,1,0,0,20,101\n", "column ventilation_ch4_percent"),
        (MINE + "A,2024,coal-underground-mining,3,9,1,1,1,1,1,1,0,0,293,101\n", "column temperature_C: is 293"),
        ("name,year,source\nA,2024,adipic-acid\n", "row 1: no column tier"),
        ("name,year,source,tier,production\n", "row 1: column 'production' is not known"),
        ("name,year,source,tier,tier\n", "row 1: column 'tier' is there twice"),
        ("name,year,source,tier\n", "mines.csv has no rows"),
        ("", "mines.csv is empty"),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column(text, told):
    with pytest.raises(AccountError) as raised:
        read(text)
    assert told in raised.value.message and "mines.csv" in raised.value.message


def test_a_source_is_counted_at_one_tier_only():
    rows = "A,2024,coal-underground-mining,1,5,2,,,,\nA,2024,coal-underground-mining,2,5,2,,,12,20\n"
    with pytest.raises(
        AccountError, match=r"row 3, column source: CH4 of coal-underground-mining, A, 2024 is in row 2"
    ):
        read(COAL + rows)


def test_periods_of_measurement_add_up_to_a_year_at_most():
    row = "A,2024,coal-underground-mining,3,{},1,1,1,1,1,1,0,0,20,101.325\n"
    assert len(read(MINE + row.format(4392) + row.format(4392))) == 2
    with pytest.raises(AccountError, match="row 3, column hours: sum up to 8785"):
        read(MINE + row.format(4392) + row.format(4393))


@pytest.mark.parametrize(
    ("source", "depth_m", "level"),
    [
        ("coal-surface-mining", 24.9, "low"),
        ("coal-surface-mining", 25, "average"),
        ("coal-surface-mining", 50, "average"),
        ("coal-surface-mining", 50.1, "high"),
        ("coal-underground-mining", 199, "low"),
        ("coal-underground-mining", 401, "high"),
    ],
)
def test_the_depth_chooses_the_level(source, depth_m, level):
    (row,) = read(COAL + f"A,2024,{source},1,5,2,{depth_m},,,\n")
    assert row.level == level


def test_blank_lines_are_passed_over_but_counted():
    with pytest.raises(AccountError, match="row 4, column activity_t"):
        read(
            COAL
            + "A,2024,coal-underground-mining,1,5,2,,,,\n,,,,,,,,,\nB,2024,coal-underground-mining,1,x,2,,,,\n"
        )


# ---- oil, gas and waste: segments without a packaged default

GAS = (
    "name,year,source,tier,activity_m3,activity_u95_percent,temperature_C,pressure_kPa,factor_kg_per_m3,"
    "factor_u95_percent,gas,measured_t,measured_u95_percent,activity_t,factor_kg_per_t\n"
)
OWN = (
    '[[source]]\nid = "own-gas"\ntitle = { en = "x", zh = "x" }\nmethod = "gas"\n[[source.factor]]\ngas = "CH4"\n'
    'origin = "fossil"\nunit = "kg/m3"\nvalue = 0.002\nu95_percent = 30\ntemperature_C = 20\n'
    'pressure_kPa = 101.325\ncitation = "x"\ntag = "V"\n'
)


def emitted(text, sources=None):
    sources = sources or load_sources()
    rows = read_activity(text, "gas.csv", sources)
    return compute(rows, sources, Equivalent(), np.random.default_rng(0), draws=100).lines


def test_a_segment_takes_the_rows_own_factor_or_a_measurement():
    text = GAS + "F,2024,oil-gas-gas-production,2,1000000,2,15,101.325,0.002,50,,,,,\n"
    text += "L,2024,waste-landfill,2,,10,,,,40,,,,1000,45\nP,2024,oil-gas-processing,3,,,,,,,,12,5,,\n"
    lines = emitted(text)
    assert [line.emission.value_t for line in lines] == pytest.approx([2, 45, 12])
    assert [line.origin for line in lines] == ["fossil", "non-fossil", "fossil"]
    assert lines[0].equation == "1,000,000 m3 × 0.002 kg/m3"


def test_a_default_of_ones_own_is_applied_at_its_own_conditions():
    sources = {**load_sources(), **parse_sources(OWN, "own.toml")}
    cold = GAS + "F,2024,own-gas,1,1000000,2,0,101.325,,,,,,,\n"
    (line,) = emitted(cold, sources)
    assert line.emission.value_t == pytest.approx(2 * 293.15 / 273.15)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            "oil-gas-gas-production,1,5,2,15,101.325,,,,,,,",
            "column tier: no default factor of oil-gas-gas-production",
        ),
        ("waste-landfill,1,,2,,,,,,,,5,", "column tier: no default factor of waste-landfill"),
        ("oil-gas-processing,2,5,2,,101.325,0.1,5,,,,,", "column temperature_C: is empty"),
        ("oil-gas-processing,2,5,2,15,,0.1,5,,,,,", "column pressure_kPa: is empty"),
        ("oil-gas-processing,2,-5,2,15,101.325,0.1,5,,,,,", "column activity_m3: is -5"),
        ("oil-gas-processing,2,5,2,15,101.325,,,,,,,", "column factor_kg_per_m3: is empty"),
        ("oil-gas-processing,2,5,2,15,101.325,0.1,5,,,,9,", "column activity_t: does not belong"),
        ("oil-gas-processing,3,,,,,,,,,5,,", "column measured_t: is empty"),
    ],
)
def test_bad_gas_is_named_by_row_and_column(cells, told):
    with pytest.raises(AccountError) as error:
        emitted(GAS + f"F,2024,{cells}\n")
    assert "row 2" in error.value.message and told in error.value.message


@pytest.mark.parametrize("line", ["temperature_C = 20\n", "pressure_kPa = 101.325\n"])
def test_a_factor_per_cubic_metre_without_its_conditions_is_refused(line):
    with pytest.raises(InvalidRules):
        parse_sources(OWN.replace(line, ""), "own.toml")


def test_coal_and_power_need_a_default():
    text = OWN.replace('"gas"\n[', '"coal"\n[').replace("kg/m3", "m3/t")
    with pytest.raises(InvalidRules, match="needs a value"):
        parse_sources(
            text.replace("value = 0.002\n", "").replace("temperature_C = 20\npressure_kPa = 101.325\n", ""), "x"
        )
