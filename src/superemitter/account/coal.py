"""Methane of coal mines: measured flows, what shafts may release, what is credited; coal-fired power."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files

from superemitter.account.quantities import METHANE_DENSITIES, GasVolume
from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.model.passport import Passport
from superemitter.model.rate import CannotSay

#: Of methane in the IPCC's coal methods, at 20 °C and 1 atm. [t m-3]
DENSITY_T_M3 = float(METHANE_DENSITIES["ipcc-coal"].value_kg_m3) / 1000
GJ_PER_MWH = 3.6
MINUTES_PER_HOUR = 60
_DATA = files("superemitter") / "data" / "accounts" / "factors_limits.toml"


def methane_t(volume: GasVolume) -> float:
    """Mass of a volume of pure methane, brought to 20 °C and 1 atm and multiplied by 0.67 kg/m3. [t]"""
    return float(volume.mass_t_with(METHANE_DENSITIES["ipcc-coal"]))


def flow_of_methane_t(
    flow_m3_min: float, methane_percent: float, hours: float, temperature_C: float, pressure_kPa: float
) -> float:
    r"""Methane that a shaft or a drainage pipe carried.

    .. math:: m = q \cdot 60 h \cdot \frac{c}{100} \cdot \frac{T_0}{T} \frac{p}{p_0} \cdot \rho

    Parameters
    ----------
    flow_m3_min : float
        Of air or gas, at the stated conditions. [m3 min-1]
    methane_percent : float
        By volume. [%]
    hours : float
        [h]
    temperature_C, pressure_kPa : float
        Conditions that the flow is stated at, not those of the mine air unless they are the same. [°C, kPa]

    Returns
    -------
    float
        [t]

    References
    ----------
    IPCC 2006 Guidelines vol. 2 ch. 4, Tier 3; density 0.67 kg/m3 at 20 °C and 1 atm.
    """
    volume = flow_m3_min * MINUTES_PER_HOUR * hours * methane_percent / 100
    return methane_t(
        GasVolume(
            value=Decimal(repr(float(volume))),
            unit="m3",
            temperature_C=Decimal(repr(float(temperature_C))),
            pressure_kPa=Decimal(repr(float(pressure_kPa))),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShaftLimit:
    """From a day on, ventilation shafts must not release more than so much methane per coal. [t kt-1]"""

    jurisdiction: str
    valid_from: date
    more_than_t_per_kt: float
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRule:
    """Which mine gas a Chinese methodology of voluntary reductions credits."""

    id: str
    valid_from: date
    below_percent: float
    technology: str
    passport: Passport


class ShaftVerdict(StrEnum):
    """Whether a limit is passed."""

    ALLOWED = "allowed"
    PROHIBITED = "prohibited"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShaftCheck:
    """Methane per coal of a mine and year, and what the limit of that year says of it.

    Attributes
    ----------
    t_per_kt : float
        [t kt-1]
    limit : ShaftLimit or None
        The one in force on 1 January of the year.
    answer : ShaftVerdict or CannotSay
    """

    t_per_kt: float
    limit: ShaftLimit | None
    answer: ShaftVerdict | CannotSay


def check_shafts(methane_t: float, coal_t: float, year: int, *, coking: bool) -> ShaftCheck:
    """Hold a mine's ventilation shafts against Article 22(2) of Regulation (EU) 2024/1787.

    The limit is passed only by more than it; coking coal is left to a delegated act.

    Parameters
    ----------
    methane_t : float
        Released by all ventilation shafts in the year; emergencies left out. [t]
    coal_t : float
        Mined in the year; above 0. [t]
    year : int
    coking : bool

    Raises
    ------
    InvalidValue
        Methane is negative, or no coal was mined.
    """
    if not methane_t >= 0 or not coal_t > 0:
        raise InvalidValue(f"{methane_t} t methane from {coal_t} t coal", hint="give 0 or more, from more than 0")
    intensity = methane_t / (coal_t / 1000)
    limits = [limit for limit in load_limits()[0] if limit.valid_from <= date(year, 1, 1)]
    if coking:
        why = CannotSay(
            code="coking-coal", reason="the limit is not for coking coal; a delegated act is to set one"
        )
        return ShaftCheck(t_per_kt=intensity, limit=None, answer=why)
    if not limits:
        why = CannotSay(
            code="no-limit-yet", reason=f"there is no limit in {year}; the first is from 2027-01-01 on"
        )
        return ShaftCheck(t_per_kt=intensity, limit=None, answer=why)
    limit = max(limits, key=lambda one: one.valid_from)
    passed = intensity > limit.more_than_t_per_kt
    return ShaftCheck(
        t_per_kt=intensity, limit=limit, answer=ShaftVerdict.PROHIBITED if passed else ShaftVerdict.ALLOWED
    )


def credit_faults(
    *,
    day: date,
    methane_percent: float,
    technology: str,
    heat_used: bool,
    underground: bool,
    closed: bool,
    diluted_from_percent: float | None = None,
) -> tuple[str, ...]:
    """What keeps mine gas from being credited under CCER-10-001-V01; empty if nothing does.

    Parameters
    ----------
    day : date
    methane_percent : float
        Of the gas before destruction, by volume. [%]
    technology : str
        ``"flameless-oxidation"``, or any other.
    heat_used, underground, closed : bool
    diluted_from_percent : float, optional
        What the gas held before it was diluted, if it was. [%]
    """
    rule = load_limits()[1]
    undiluted = methane_percent if diluted_from_percent is None else diluted_from_percent
    conditions = (
        (day >= rule.valid_from, f"the methodology holds from {rule.valid_from} on"),
        (underground, "the mine is not underground"),
        (not closed, "the mine is closed"),
        (
            methane_percent < rule.below_percent,
            f"the gas holds {methane_percent:g} %, which is not below {rule.below_percent:g} %",
        ),
        (
            undiluted < rule.below_percent or methane_percent >= rule.below_percent,
            f"the gas was diluted from {undiluted:g} %, which is excluded",
        ),
        (technology == rule.technology, f"the gas is not destroyed by {rule.technology.replace('-', ' ')}"),
        (heat_used, "the heat is not used"),
    )
    return tuple(fault for holds, fault in conditions if not holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoalPower:
    """What a megawatt-hour from coal releases at the stack, and what mining its coal released.

    Attributes
    ----------
    co2_kg_per_MWh : float
        At the stack. [kg MWh-1]
    coal_t_per_MWh : float
        Burnt. [t MWh-1]
    ch4_kg_per_MWh : float
        Of mining and handling that coal. [kg MWh-1]
    """

    co2_kg_per_MWh: float
    coal_t_per_MWh: float
    ch4_kg_per_MWh: float


def coal_power(
    co2_kg_per_TJ: float, heating_value_GJ_t: float, efficiency: float, mine_gas_m3_t: float
) -> CoalPower:
    r"""CO2 and mine methane behind a megawatt-hour.

    .. math::
        e_{CO_2} = \frac{3.6}{\eta} \frac{f}{1000}, \quad
        b = \frac{3.6}{\eta H}, \quad
        e_{CH_4} = b \, g \, \rho

    Parameters
    ----------
    co2_kg_per_TJ : float
        Of the fuel, net heating value. [kg TJ-1]
    heating_value_GJ_t : float
        Net. [GJ t-1]
    efficiency : float
        Net, 0 to 1.
    mine_gas_m3_t : float
        Methane of mining and after mining, at 20 °C and 1 atm. [m3 t-1]

    Raises
    ------
    InvalidValue
        The efficiency is not above 0 and at most 1, or another number is not above 0 (mine gas: negative).

    References
    ----------
    IPCC 2006 Guidelines vol. 2 ch. 1 (heating values), ch. 2 (CO2), ch. 4 (mine gas).
    """
    if not (0 < efficiency <= 1 and co2_kg_per_TJ > 0 and heating_value_GJ_t > 0 and mine_gas_m3_t >= 0):
        raise InvalidValue(
            f"coal power with efficiency {efficiency}, {co2_kg_per_TJ} kg/TJ, {heating_value_GJ_t} GJ/t, "
            f"{mine_gas_m3_t} m3/t",
            hint="efficiency is a share of 0 to 1",
        )
    heat_GJ = GJ_PER_MWH / efficiency
    coal_t = heat_GJ / heating_value_GJ_t
    return CoalPower(
        co2_kg_per_MWh=heat_GJ * co2_kg_per_TJ / 1000,
        coal_t_per_MWh=coal_t,
        ch4_kg_per_MWh=coal_t * mine_gas_m3_t * DENSITY_T_M3 * 1000,
    )


@cache
def load_limits() -> tuple[tuple[ShaftLimit, ...], CreditRule]:
    """The packaged limits of ventilation shafts, and the rule on credits."""
    table = DataTable.parse(_DATA.read_text(encoding="utf-8"), "factors_limits.toml")
    limits = tuple(_limit(entry) for entry in table.tables("shaft_limit"))
    entry = table.table("ccer")
    rule = CreditRule(
        id=entry.text("id"),
        valid_from=_day(entry),
        below_percent=float(entry.number("below_percent")),
        technology=entry.text("technology"),
        passport=entry.passport(),
    )
    entry.done()
    table.done()
    return limits, rule


def _limit(entry: DataTable) -> ShaftLimit:
    limit = ShaftLimit(
        jurisdiction=entry.text("jurisdiction"),
        valid_from=_day(entry),
        more_than_t_per_kt=float(entry.number("more_than_t_per_kt")),
        passport=entry.passport(),
    )
    entry.done()
    return limit


def _day(entry: DataTable) -> date:
    day = entry.maybe_day("valid_from")
    if day is None:
        raise InvalidRules(f"{entry.where}: valid_from is missing", hint="it must be a date")
    return day
