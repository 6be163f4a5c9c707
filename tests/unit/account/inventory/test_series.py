"""Tables of emissions are recognised by their columns; a gap is never a zero."""

from __future__ import annotations

import pytest

from superemitter.account.series import OWN_COLUMNS, parse_series
from superemitter.model.errors import AccountError

SECTORS = (
    "Entity,Code,Year,Agriculture,land-use change and forestry,waste,buildings,industry,"
    "manufacturing and construction,transport,electricity and heat,"
    "Fugitive emissions from energy production,other fuel combustion,bunker fuels\n"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Entity,Code,Year,co2_t\nA,,2000,1\nA,,2001,x\n", "t.csv, row 3, column co2_t: 'x' is not a number"),
        ("Entity,Code,Year,co2_t\nA,,2000,-1\n", "row 2, column co2_t: is -1"),
        ("Entity,Code,Year,co2_t\nA,,2000,1\nA,,2000,2\n", "row 3, column Year: A has 2000 twice"),
        ("Entity,Code,Year,co2_t\nA,,MM,1\n", "row 2, column Year: 'MM' is not a number"),
        ("Entity,Code,Year,co2_t\n,,2000,1\n", "row 2, column Entity: is empty"),
        ("Entity,Code,Year,co2\nA,,2000,1\n", "column 'co2' is not known"),
        ("Country,Year,co2_t\nA,2000,1\n", "no column Entity"),
        ("Entity,Code,Year\nA,,2000\n", "no column of emissions"),
        ("Entity,Code,Year,co2_t\n", "has no rows"),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column(text, told):
    with pytest.raises(AccountError) as raised:
        parse_series(text, "t.csv")
    assert told in raised.value.message


def test_gas_unit_and_land_use_are_read_from_the_column():
    table = parse_series("Entity,Code,Year,ch4_t,net_all_t_co2e\nA,AAA,2000,5,-7\n", "t.csv")
    methane, everything = table.of("aaa")
    assert (methane.quantity.gas, methane.quantity.unit, methane.quantity.land_use) == ("CH4", "t", False)
    assert (everything.quantity.gas, everything.quantity.unit) == ("all", "t CO2e")
    assert everything.quantity.land_use and everything.emissions == (-7.0,)
    assert "all_t" not in OWN_COLUMNS  # tonnes of all gases together mean nothing


def test_an_empty_cell_is_a_gap_and_is_counted():
    table = parse_series("Entity,Code,Year,co2_t\nA,,2000,1\nA,,2001,\nA,,2002,0\n", "t.csv")
    (series,) = table.series
    assert series.years == (2000, 2002) and series.at(2001) is None and series.at(2002) == 0.0
    assert table.empty_cells == {"co2_t": 1}


def test_years_come_in_any_order_and_can_be_cut():
    (series,) = parse_series("Entity,Code,Year,co2_t\nA,,2002,3\nA,,2000,1\nA,,2001,2\n", "t.csv").series
    assert series.emissions == (1.0, 2.0, 3.0) and series.until(2001).years == (2000, 2001)


def test_sectors_add_up_without_bunkers_and_only_where_none_is_empty():
    full, holed = "A,AAA,2000,1,-2,3,4,5,6,7,8,9,10,100\n", "A,AAA,2001,1,-2,3,4,5,6,7,8,9,,100\n"
    table = parse_series(SECTORS + full + holed, "t.csv")
    (total,) = [s for s in table.series if not s.quantity.sector]
    assert total.years == (2000,) and total.emissions == (51.0,) and total.quantity.land_use
    assert table.incomplete_totals == 1


@pytest.mark.parametrize(
    ("file", "unit", "last_year", "china"),
    [
        ("OWID_annual_co2_by_country.csv", "t", 2024, 12_289_037_000),
        ("OWID_annual_emissions_ch4_total_co2eq.csv", "t CO2e", 2023, 1_886_239_500),
        ("OWID_n2o_by_country_to_2018.csv", "t CO2e", 2016, 556_980_000),
        ("OWID_total_ghg_by_country_to_2018.csv", "t CO2e", 2016, 11_576_870_000),
    ],
)
def test_real_tables_are_recognised(shared_data, file, unit, last_year, china):
    from superemitter.account.series import read_series

    (series,) = read_series(shared_data / "inventory" / file).of("China")
    assert (series.quantity.unit, series.years[-1], series.emissions[-1]) == (unit, last_year, china)


def test_real_sectors_sum_up_to_the_total_of_the_other_table_within_revisions(shared_data):
    from superemitter.account.series import read_series

    folder = shared_data / "inventory"
    sectors = read_series(folder / "OWID_ghg_by_sector.csv").of("USA")
    (total,) = [s for s in sectors if not s.quantity.sector]
    (other,) = read_series(folder / "OWID_total_ghg_by_country_to_2018.csv").of("USA")
    assert total.at(2016) == pytest.approx(other.at(2016), rel=0.01)
