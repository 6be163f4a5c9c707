"""Volumes of gas keep their reference conditions."""

from __future__ import annotations

from decimal import Decimal

import pytest

from superemitter.account.quantities import (
    IPCC_COAL,
    NORMAL,
    US_STANDARD,
    Conditions,
    GasVolume,
)
from superemitter.model.errors import InvalidValue


def volume(value="1000", unit="m3", conditions=IPCC_COAL) -> GasVolume:
    return GasVolume(
        value=Decimal(value),
        unit=unit,
        temperature_C=conditions.temperature_C,
        pressure_kPa=conditions.pressure_kPa,
    )


@pytest.mark.parametrize("unit", ["m3", "scf", "Mscf", "MMscf"])
def test_changing_conditions_and_unit_keeps_the_mass(unit):
    before = volume(unit=unit)
    after = before.at(NORMAL, "Mscf")
    assert after.mass_t("CH4") == pytest.approx(before.mass_t("CH4"), rel=Decimal("1e-20"))
    assert after.conditions == NORMAL


def test_the_same_conditions_change_nothing():
    assert volume("123.456").at(IPCC_COAL) == volume("123.456")


def test_a_thousand_standard_cubic_feet_are_one_mscf():
    assert volume("1000", "scf", US_STANDARD).value_m3 == volume("1", "Mscf", US_STANDARD).value_m3


@pytest.mark.parametrize(
    "make",
    [
        lambda: volume("-1"),
        lambda: volume("nan"),
        lambda: volume(unit="Nm3"),
        lambda: Conditions(temperature_C=Decimal("-273.15"), pressure_kPa=Decimal(100)),
        lambda: Conditions(temperature_C=Decimal(0), pressure_kPa=Decimal(0)),
        lambda: volume().mass_t("Xe"),
    ],
)
def test_what_is_no_volume_of_gas_is_refused(make):
    with pytest.raises(InvalidValue):
        make()
