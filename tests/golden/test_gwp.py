"""CO2-equivalents and densities against published numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from superemitter.account.gwp import to_co2e
from superemitter.account.quantities import ATMOSPHERE_KPA, METHANE_DENSITIES, US_STANDARD, GasVolume

EVENT_T = Decimal("218.4")  # 100 kg/h over 91 days


@pytest.mark.parametrize(
    ("table", "horizon", "origin", "co2e_t"),
    [
        ("AR5", 100, "unsplit", "6115.2"),
        ("AR6", 100, "fossil", "6508.32"),
        ("AR6", 20, "fossil", "18018"),
    ],
)
def test_218_4_t_of_methane_as_co2e(table, horizon, origin, co2e_t):
    assert to_co2e(EVENT_T, "CH4", table, horizon, origin).co2e_t == Decimal(co2e_t)


@pytest.mark.parametrize(
    ("gas", "table", "horizon", "origin", "value"),
    [
        ("CH4", "AR4", 100, "unsplit", "25"),
        ("CH4", "AR5-feedback", 100, "unsplit", "34"),
        ("CH4", "AR6", 100, "unsplit", "27.9"),
        ("CH4", "AR6", 20, "unsplit", "81.2"),
        ("CH4", "AR6", 100, "non-fossil", "27.0"),
        ("N2O", "AR4", 100, None, "298"),
        ("N2O", "AR5", 100, None, "265"),
        ("N2O", "AR6", 20, None, "273"),
        ("SF6", "AR5", 100, None, "23500"),
        ("NF3", "AR6", 100, None, "17400"),
        ("CF4", "AR6", 100, None, "7380"),
        ("C2F6", "AR4", 100, None, "12200"),
        ("HFC-23", "AR6", 100, None, "14600"),
        ("HFC-134a", "AR5-feedback", 100, None, "1549"),
        ("HFC-32", "AR6", 20, None, "2690"),
    ],
)
def test_cells_are_those_of_the_reports(gas, table, horizon, origin, value):
    assert to_co2e(1, gas, table, horizon, origin).co2e_t == Decimal(value)


@pytest.mark.parametrize(("temperature", "kg_m3"), [(0, "0.7157"), (15, "0.6785"), (20, "0.6669")])
def test_density_of_methane_as_an_ideal_gas(temperature, kg_m3):
    volume = GasVolume(
        value=Decimal(1000), unit="m3", temperature_C=Decimal(temperature), pressure_kPa=ATMOSPHERE_KPA
    )
    assert round(volume.mass_t("CH4"), 4) == Decimal(kg_m3)


def test_the_ipcc_density_turns_18_m3_a_tonne_of_a_million_tonnes_into_12_06_gg():
    at_20 = METHANE_DENSITIES["ipcc-coal"].conditions
    volume = GasVolume(
        value=Decimal(18_000_000),
        unit="m3",
        temperature_C=at_20.temperature_C,
        pressure_kPa=at_20.pressure_kPa,
    )
    assert volume.mass_t_with(METHANE_DENSITIES["ipcc-coal"]) == 12_060


def test_the_part_99_density_is_0_67804_kg_m3():
    cubic_metre = GasVolume(
        value=Decimal(1),
        unit="m3",
        temperature_C=US_STANDARD.temperature_C,
        pressure_kPa=US_STANDARD.pressure_kPa,
    )
    assert round(cubic_metre.mass_t_with(METHANE_DENSITIES["us-part-99"]) * 1000, 5) == Decimal("0.67804")


def test_a_cubic_metre_at_0_c_holds_7_percent_more_than_one_at_20_c():
    cold = GasVolume(value=Decimal(1), unit="m3", temperature_C=Decimal(0), pressure_kPa=ATMOSPHERE_KPA)
    warm = GasVolume(value=Decimal(1), unit="m3", temperature_C=Decimal(20), pressure_kPa=ATMOSPHERE_KPA)
    density = METHANE_DENSITIES["ipcc-coal"]
    assert cold.mass_t_with(density) / warm.mass_t_with(density) == pytest.approx(
        Decimal("1.0732"), abs=Decimal("1e-4")
    )
