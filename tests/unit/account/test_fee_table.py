"""The table of facilities: every fault names its row and column, nothing is dropped."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from superemitter.account.fee import COLUMNS, assess_fee, load_fee_rules, packaged_example, read_facilities
from superemitter.model.errors import AccountError

STATUTE = load_fee_rules("statute_2022")
GOOD = {
    "facility_id": "1001",
    "owner": "Prairie Oil",
    "segment": "onshore_production",
    "co2_t": "30000",
    "ch4_t": "1384",
    "n2o_t": "0",
    "gas_to_sale_mscf": "10000000",
}
PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "fee.md"


def table(*rows: dict[str, str]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(columns), *(",".join(row.get(name, "") for name in columns) for row in rows)]
    return "\n".join(lines) + "\n"


def read(*rows: dict[str, str], year: int = 2024):
    return read_facilities(table(*rows), "mine.csv", STATUTE, year)


def without(*names: str, **changes: str) -> dict[str, str]:
    return {name: value for name, value in (GOOD | changes).items() if name not in names}


def test_the_example_is_read_whole():
    reports = read_facilities(packaged_example(), "example", STATUTE, 2024)
    assert len(reports) == packaged_example().count("\n") - 1
    assert assess_fee(reports, STATUTE, 2024).total_usd == 540_000


def test_cubic_metres_are_brought_to_60_f_and_14_7_psia():
    metric = without(
        "gas_to_sale_mscf", gas_to_sale_m3="1000000", gas_temperature_c="0", gas_pressure_kpa="101.325"
    )
    (report,) = read(metric)
    # Tables have 37.3257 scf in a normal cubic metre at 14.696 psia.
    expected = Decimal("37325.7") * Decimal("14.696") / Decimal("14.7")
    assert report.gas_to_sale_mscf == pytest.approx(expected, abs=Decimal("0.2"))
    (facility,) = assess_fee([report], STATUTE, 2024).facilities
    assert any("0 °C, 101.325 kPa" in step.numbers for step in facility.steps)


def test_parents_states_and_notes_are_kept():
    (report,) = read(GOOD | {"parents": "Mid; Top", "states": "TX;NM", "note": "as filed"})
    assert (report.parents, report.states, report.note) == (("Mid", "Top"), ("TX", "NM"), "as filed")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (GOOD | {"ch4_t": "-1"}, "ch4_t", "0 or more"),
        (GOOD | {"ch4_t": ""}, "ch4_t", "is empty"),
        (GOOD | {"ch4_t": "1.384 t"}, "ch4_t", "no number"),
        (GOOD | {"ch4_t": "1_384"}, "ch4_t", "no number"),
        (GOOD | {"ch4_t": "nan"}, "ch4_t", "no number"),
        (GOOD | {"ch4_t": "1e3"}, "ch4_t", "no number"),
        (GOOD | {"ch4_t": "١٣٨٤"}, "ch4_t", "no number"),
        (GOOD | {"gas_to_sale_mscf": "-5"}, "gas_to_sale_mscf", "-5"),
        (GOOD | {"gas_to_sale_mscf": ""}, "gas_to_sale_mscf", "neither"),
        (GOOD | {"gas_to_sale_mscf": "0"}, "oil_to_sale_bbl", "missing"),
        (without("gas_to_sale_mscf", gas_to_sale_m3="1"), "gas_temperature_c", "reference conditions"),
        (GOOD | {"gas_to_sale_m3": "1"}, "gas_to_sale_mscf", "both units"),
        (GOOD | {"gas_temperature_c": "15"}, "gas_temperature_c", "goes with gas_to_sale_m3"),
        (
            without("gas_to_sale_mscf", gas_to_sale_m3="1", gas_temperature_c="-300", gas_pressure_kpa="101"),
            "gas_to_sale_m3",
            "-300 °C",
        ),
        (GOOD | {"segment": "distribution"}, "segment", "bears no charge"),
        (GOOD | {"segment": "refining"}, "segment", "onshore_production"),
        (GOOD | {"owner": ""}, "owner", "is empty"),
        (GOOD | {"parents": "Mid;;Top"}, "parents", "empty part"),
        (GOOD | {"compliant_quarters": "3.5"}, "compliant_quarters", "whole number"),
        (
            without("co2_t", "n2o_t", co2e_t="60000", ch4_gwp="25"),
            "ch4_gwp",
            "reports for 2024 use 28; GWPs are not mixed",
        ),
    ],
)
def test_a_fault_names_row_and_column(row, column, words):
    with pytest.raises(AccountError) as caught:
        read(GOOD | {"facility_id": "1"}, row)
    assert f"row 3, column {column}: " in caught.value.message
    assert words in caught.value.message


def test_all_faults_are_told_at_once():
    with pytest.raises(AccountError, match=r"2 faults: row 2, column ch4_t.*row 4, column segment"):
        read(GOOD | {"ch4_t": "x"}, GOOD, GOOD | {"segment": "none"})


def test_many_faults_are_counted():
    with pytest.raises(AccountError, match=r"100 faults.*and 60 more"):
        read(*[GOOD | {"ch4_t": "x"}] * 100)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (GOOD, "row 3, column segment: onshore_production of 1001 is in row 2 already"),
        (GOOD | {"segment": "processing", "owner": "Other"}, "row 3, column owner: is 'Other', and 'Prairie Oil'"),
        (GOOD | {"facility_id": "2", "owner": "Top", "parents": "Prairie Oil"}, "owners in a loop"),
    ],
)
def test_rows_that_contradict_each_other_are_told(second, words):
    with pytest.raises(AccountError, match=words):
        read(GOOD | {"parents": "Top"}, second)


def test_a_column_without_its_unit_is_refused_with_the_nearest_name():
    with pytest.raises(AccountError, match="row 1, column 7: there is no column 'gas_to_sale'") as caught:
        read(without("gas_to_sale_mscf", gas_to_sale="5"))
    assert "did you mean gas_to_sale_m" in caught.value.hint


def test_a_missing_column_and_an_empty_table_are_told():
    with pytest.raises(AccountError, match="no column ch4_t"):
        read(without("ch4_t"))
    with pytest.raises(AccountError, match="holds no facility"):
        read_facilities(",".join(GOOD) + "\n", "mine.csv", STATUTE, 2024)


def test_the_page_publishes_the_columns_and_the_example():
    page = PAGE.read_text(encoding="utf-8")
    for column in COLUMNS:
        needed = "yes" if column.required else ""
        cells = [f"`{column.name}`", column.unit, needed, column.meaning]
        row = "| " + " | ".join(cells) + " |"
        assert row.replace("|  |", "| |").replace("|  |", "| |") in page
    assert packaged_example() in page
