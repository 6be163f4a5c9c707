"""Volumes of gas that carry their reference temperature and pressure, and densities that do the same.

A cubic metre at 0 °C holds 7 % more gas than one at 20 °C; so neither a volume nor a density goes anywhere here
without the conditions it was stated at.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from superemitter.model.errors import InvalidValue
from superemitter.model.passport import Passport

GAS_CONSTANT_J_MOL_K: Final = Decimal("8.31446261815324")  # CODATA 2018, exact
ZERO_CELSIUS_K: Final = Decimal("273.15")
ATMOSPHERE_KPA: Final = Decimal("101.325")
PSI_KPA: Final = Decimal("6.894757293168361")
CUBIC_METRES_PER_CUBIC_FOOT: Final = Decimal("0.028316846592")  # 0.3048 m cubed, exact

#: Molar masses from the IUPAC standard atomic weights of 2007 (C 12.0107, H 1.00794, N 14.0067, O 15.9994,
#: F 18.9984032, S 32.065). [g mol-1]
MOLAR_MASS_G_MOL: Final = MappingProxyType(
    {
        "CH4": Decimal("16.04246"),
        "CO2": Decimal("44.0095"),
        "N2O": Decimal("44.0128"),
        "SF6": Decimal("146.0554192"),
        "NF3": Decimal("71.0019096"),
        "CF4": Decimal("88.0043128"),
        "C2F6": Decimal("138.0118192"),
        "HFC-23": Decimal("70.0138496"),
    }
)

#: Size of each unit. [m3]
VOLUME_UNITS_M3: Final = MappingProxyType(
    {
        "m3": Decimal(1),
        "scf": CUBIC_METRES_PER_CUBIC_FOOT,
        "Mscf": CUBIC_METRES_PER_CUBIC_FOOT * 1000,  # the industry's M is a thousand
        "MMscf": CUBIC_METRES_PER_CUBIC_FOOT * 1_000_000,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Reference temperature [°C] and pressure [kPa] of a volume of gas.

    Raises
    ------
    InvalidValue
        Not above absolute zero, or not above vacuum.
    """

    temperature_C: Decimal
    pressure_kPa: Decimal

    def __post_init__(self) -> None:
        if not (self.temperature_C.is_finite() and self.temperature_C > -ZERO_CELSIUS_K):
            raise InvalidValue(f"a gas at {self.temperature_C} °C", hint="give a temperature above -273.15 °C")
        if not (self.pressure_kPa.is_finite() and self.pressure_kPa > 0):
            raise InvalidValue(f"a gas at {self.pressure_kPa} kPa", hint="give an absolute pressure above 0 kPa")

    @property
    def temperature_K(self) -> Decimal:
        """[K]"""
        return self.temperature_C + ZERO_CELSIUS_K

    @property
    def molar_volume_m3(self) -> Decimal:
        r"""Of an ideal gas, :math:`V_m = RT/p`. [m3 mol-1]"""
        return GAS_CONSTANT_J_MOL_K * self.temperature_K / (self.pressure_kPa * 1000)


#: 60 °F and 14.7 psia: the conditions of a standard cubic foot in US reporting.
US_STANDARD: Final = Conditions(temperature_C=Decimal(140) / 9, pressure_kPa=Decimal("14.7") * PSI_KPA)
#: 20 °C and 1 atm: the conditions of the IPCC's coal methods and of Chinese mine gas.
IPCC_COAL: Final = Conditions(temperature_C=Decimal(20), pressure_kPa=ATMOSPHERE_KPA)
#: 0 °C and 1 atm: "normal" conditions.
NORMAL: Final = Conditions(temperature_C=Decimal(0), pressure_kPa=ATMOSPHERE_KPA)


@dataclass(frozen=True, slots=True, kw_only=True)
class GasDensity:
    """A density that a rule or method prescribes, at its own conditions.

    Attributes
    ----------
    gas : str
    value_kg_m3 : Decimal
        [kg m-3]
    conditions : Conditions
    passport : Passport
    """

    gas: str
    value_kg_m3: Decimal
    conditions: Conditions
    passport: Passport


#: Methane densities prescribed by rules and methods, by name. They differ: never share one between two uses.
METHANE_DENSITIES: Final = MappingProxyType(
    {
        "ipcc-coal": GasDensity(
            gas="CH4",
            value_kg_m3=Decimal("0.67"),
            conditions=IPCC_COAL,
            passport=Passport(citation="IPCC 2006 Guidelines vol. 2 ch. 4, eq. 4.1.1: 0.67e-6 Gg/m3", tag="V"),
        ),
        "us-part-99": GasDensity(
            gas="CH4",
            value_kg_m3=Decimal("0.0192") / CUBIC_METRES_PER_CUBIC_FOOT,
            conditions=US_STANDARD,
            passport=Passport(citation="40 CFR 99.20(a), eq. B-1: 0.0192 kg/scf; 40 CFR 60.5391c(e)(1)", tag="V"),
        ),
        "api-compendium": GasDensity(
            gas="CH4",
            value_kg_m3=Decimal("0.67722"),
            conditions=US_STANDARD,
            passport=Passport(citation="API Compendium, 60 °F", tag="S"),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GasVolume:
    """A volume of gas at stated reference conditions.

    Attributes
    ----------
    value : Decimal
        0 or more, in `unit`.
    unit : str
        A key of :data:`VOLUME_UNITS_M3`.
    temperature_C : Decimal
        [°C]
    pressure_kPa : Decimal
        Absolute. [kPa]

    Raises
    ------
    InvalidValue
        A negative or infinite volume, an unknown unit, impossible conditions.
    """

    value: Decimal
    unit: str
    temperature_C: Decimal
    pressure_kPa: Decimal

    def __post_init__(self) -> None:
        if not (self.value.is_finite() and self.value >= 0):
            raise InvalidValue(f"a volume of gas is {self.value} {self.unit}", hint="give 0 or more")
        if self.unit not in VOLUME_UNITS_M3:
            raise InvalidValue(
                f"there is no unit of volume {self.unit!r}", hint=f"one of: {', '.join(VOLUME_UNITS_M3)}"
            )
        _ = self.conditions

    @property
    def conditions(self) -> Conditions:
        """Reference temperature and pressure."""
        return Conditions(temperature_C=self.temperature_C, pressure_kPa=self.pressure_kPa)

    @property
    def value_m3(self) -> Decimal:
        """The volume at its own conditions. [m3]"""
        return self.value * VOLUME_UNITS_M3[self.unit]

    def at(self, conditions: Conditions, unit: str | None = None) -> GasVolume:
        r"""The same amount of gas at other conditions: :math:`V_2 = V_1 \frac{T_2}{T_1} \frac{p_1}{p_2}`.

        Exact for an ideal gas; for methane near 1 atm the error is below 0.1 %.
        """
        unit = unit or self.unit
        factor = VOLUME_UNITS_M3[self.unit] / VOLUME_UNITS_M3[unit] if unit != self.unit else Decimal(1)
        own = self.conditions
        if own != conditions:
            factor *= (conditions.temperature_K * own.pressure_kPa) / (own.temperature_K * conditions.pressure_kPa)
        return GasVolume(
            value=self.value * factor,
            unit=unit,
            temperature_C=conditions.temperature_C,
            pressure_kPa=conditions.pressure_kPa,
        )

    def mass_t(self, gas: str) -> Decimal:
        r"""Mass if the volume is pure gas and ideal: :math:`m = p V M / (R T)`. [t]

        Raises
        ------
        InvalidValue
            The molar mass of the gas is not packaged.
        """
        if gas not in MOLAR_MASS_G_MOL:
            raise InvalidValue(f"no molar mass for {gas!r}", hint=f"one of: {', '.join(MOLAR_MASS_G_MOL)}")
        return self.value_m3 / self.conditions.molar_volume_m3 * MOLAR_MASS_G_MOL[gas] / 1_000_000

    def mass_t_with(self, density: GasDensity) -> Decimal:
        """Mass by a prescribed density, the volume first brought to the density's own conditions. [t]"""
        return self.at(density.conditions, "m3").value * density.value_kg_m3 / 1000
