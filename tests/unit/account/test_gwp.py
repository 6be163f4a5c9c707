"""Global warming potentials: named, cited, and never a near guess."""

from __future__ import annotations

from decimal import Decimal

import pytest

from superemitter.account.gwp import METHANE_ORIGINS, gwp, load_gwps, read_gwps, to_co2e, total_co2e_t
from superemitter.model.errors import InvalidRules, InvalidValue

HEADER = "table,horizon_years,gas,origin,gwp,source,tag,note\n"


@pytest.mark.parametrize(
    ("gas", "table", "horizon", "origin"),
    [
        ("CH4", "AR4", 100, "fossil"),  # AR4 does not split methane
        ("CH4", "AR6", 50, "fossil"),
        ("CH4", "AR7", 100, "fossil"),
        ("SF6", "AR5", 20, None),
        ("HFC23", "AR6", 100, None),
        ("ch4", "AR6", 100, None),
    ],
)
def test_an_unknown_combination_is_an_error(gas, table, horizon, origin):
    with pytest.raises(InvalidValue) as caught:
        gwp(gas, table, horizon, origin)
    assert caught.value.hint


def test_methane_needs_its_origin_and_other_gases_refuse_one():
    with pytest.raises(InvalidValue, match="origin"):
        gwp("CH4", "AR6", 100)
    with pytest.raises(InvalidValue, match="N2O has no origin"):
        gwp("N2O", "AR6", 100, "fossil")


def test_every_conversion_names_its_table_and_what_was_not_checked():
    assert "AR6 GWP-100, CH4 fossil" in to_co2e(Decimal("218.4"), "CH4", "AR6", 100, "fossil").statement
    assert "not checked" in to_co2e(1, "CH4", "AR6", 20, "non-fossil").statement
    assert "not checked" not in to_co2e(1, "CH4", "AR6", 20, "fossil").statement


def test_every_cell_has_a_source_and_methane_its_origin():
    cells = load_gwps().values()
    assert all(cell.passport.citation for cell in cells)
    assert {cell.origin for cell in cells if cell.gas == "CH4"} == set(METHANE_ORIGINS)
    assert {cell.origin for cell in cells if cell.gas != "CH4"} == {""}
    assert {cell.passport.verified for cell in cells} == {True, False}


@pytest.mark.parametrize("mass", [1.5, Decimal("nan"), Decimal("-1"), Decimal("Infinity"), True])
def test_a_mass_that_is_no_decimal_of_0_or_more_is_refused(mass):
    with pytest.raises(InvalidValue):
        to_co2e(mass, "N2O", "AR6", 100)


def test_mixed_tables_are_never_added():
    old, new = to_co2e(1, "N2O", "AR5", 100), to_co2e(1, "SF6", "AR6", 100)
    assert total_co2e_t([new, to_co2e(1, "CO2", "AR6", 100)]) == 25_201
    with pytest.raises(InvalidValue, match="AR5 GWP-100, AR6 GWP-100"):
        total_co2e_t([old, new])
    assert total_co2e_t([]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "table,gas\n",
        HEADER + "AR6,100,CH4,fossil,many,IPCC,V,\n",
        HEADER + "AR6,100,CH4,fossil,-1,IPCC,V,\n",
        HEADER + "AR6,100,CH4,fossil,29.8,,V,\n",
        HEADER + "AR6,100,CH4,fossil,29.8,IPCC,Z,\n",
        HEADER + "AR6,100,CH4,fossil,29.8,IPCC,V,\n" * 2,
    ],
)
def test_a_faulty_table_is_refused(text):
    with pytest.raises(InvalidRules):
        read_gwps(text, "mine.csv")
