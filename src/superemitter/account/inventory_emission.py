"""What one row of an activity table emits, drawn with the uncertainty of all that goes in.

.. math:: E = A \\, f \\, (1 - d \\, u) - R

activity times factor times what destruction leaves while it is used, less what was recovered. A measured emission
(Tier 3) takes the place of :math:`A f`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from superemitter.account.coal import DENSITY_T_M3, GJ_PER_MWH, coal_power, flow_of_methane_t, methane_t
from superemitter.account.inventory_factors import Factor, Source
from superemitter.account.inventory_rows import ActivityRow, Destroyed, Flow, Measured, Power
from superemitter.account.inventory_uncertainty import Draws, Estimate, within_percent
from superemitter.account.quantities import GasVolume
from superemitter.model.passport import Passport
from superemitter.model.types import FloatArray

#: Sources whose factors stand for the mine behind a tonne of burnt coal.
MINE_SOURCES: Final = {
    "underground": ("coal-underground-mining", "coal-underground-post-mining"),
    "surface": ("coal-surface-mining", "coal-surface-post-mining"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emitted:
    """A mass with its draws.

    Attributes
    ----------
    gas : str
    origin : str or None
        Of methane.
    value_t : float
        From the best estimates. [t]
    draws_t : (draw,) array
        [t]
    equation : str
        With its numbers.
    passports : tuple of Passport
        Of the defaults in it.
    unstated : tuple of str
        What in it comes without uncertainty.
    memo : bool
        Told beside an inventory, not in it.
    """

    gas: str
    origin: str | None
    value_t: float
    draws_t: FloatArray
    equation: str
    passports: tuple[Passport, ...] = ()
    unstated: tuple[str, ...] = ()
    memo: bool = False


def emit(row: ActivityRow, sources: Mapping[str, Source], drawn: Draws) -> list[Emitted]:
    """What a row emits, one entry per gas.

    Parameters
    ----------
    row : ActivityRow
    sources : mapping of str to Source
        With those of :data:`MINE_SOURCES`, if the row is coal power.
    drawn : Draws

    Raises
    ------
    AccountError
        More is recovered than there was, or the source has no factor of the level asked for.
    """
    if row.power is not None:
        return _from_power(row, row.power, sources, drawn)
    if row.measured is not None:
        return [_from_mine(row, row.measured, drawn)]
    if row.measured_t is not None:
        return [_from_measurement(row, row.measured_t, drawn)]
    amount = row.activity_t if row.activity_t is not None else row.activity_m3
    assert amount is not None
    activity = drawn.independent(amount)
    gases = [row.gas] if row.gas else list(row.source.gases)
    return [_from_factor(row, amount, activity, row.source.factor(gas), drawn) for gas in gases]


def _from_measurement(row: ActivityRow, mass: Estimate, drawn: Draws) -> Emitted:
    assert row.gas is not None
    return Emitted(
        gas=row.gas,
        origin=row.source.factor(row.gas).origin,
        value_t=mass.value,
        draws_t=drawn.independent(mass),
        equation=f"measured {mass.value:,.6g} t",
    )


def _from_factor(
    row: ActivityRow, activity: Estimate, activity_draws: FloatArray, factor: Factor, drawn: Draws
) -> Emitted:
    """Activity × factor × (1 − destruction × utilisation) − recovered."""
    used, factor_draws, passports = _factor(row, factor, row.level, drawn)
    by_volume = factor.unit == "m3/t"
    to_t = DENSITY_T_M3 if by_volume else 1e-3
    left, left_draws = _left(row.destroyed, drawn)
    value = activity.value * used.value * to_t * left
    draws = activity_draws * factor_draws * to_t * left_draws
    amount_unit = "m3" if factor.unit == "kg/m3" else "t"
    density = " × 0.67 kg/m3" if by_volume else ""
    equation = f"{activity.value:,.10g} {amount_unit} × {used.value:g} {factor.unit}{density}"
    if row.destroyed is not None:
        equation += f" × (1 − {row.destroyed.destruction.value:g} × {row.destroyed.utilisation:g})"
        abatement = row.source.abatements.get(row.destroyed.name)
        passports += (abatement.passport,) if abatement else ()
    recovered, recovered_draws = _recovered(row, value, drawn)
    if row.recovered is not None:
        equation += f" − recovered {recovered:,.6g} t"
    return Emitted(
        gas=factor.gas,
        origin=factor.origin,
        value_t=value - recovered,
        draws_t=np.maximum(0.0, draws - recovered_draws),
        equation=equation,
        passports=passports,
        unstated=() if used.stated else (f"{factor.gas} factor of {row.source.id}",),
    )


def _factor(
    row: ActivityRow, factor: Factor, level: str, drawn: Draws
) -> tuple[Estimate, FloatArray, tuple[Passport, ...]]:
    """The row's own factor, or the default: the error of that one is common to every row that uses it."""
    if row.factor is not None:
        return row.factor, drawn.independent(row.factor), ()
    if level not in factor.levels:
        row.row.refuse("level", f"{row.source.id} has no {level} factor")
    used = factor.levels[level]
    by_depth = (row.source.depth.passport,) if row.source.depth and row.row.filled("depth_m") else ()
    return used, drawn.shared(f"{row.source.id} {factor.gas} {level}", used), (factor.passport, *by_depth)


def _left(destroyed: Destroyed | None, drawn: Draws) -> tuple[float, FloatArray]:
    """What destruction leaves: 1 − destruction × utilisation."""
    if destroyed is None:
        return 1.0, np.ones(drawn.size)
    share = np.minimum(1.0, drawn.independent(destroyed.destruction))
    return 1.0 - destroyed.destruction.value * destroyed.utilisation, 1.0 - share * destroyed.utilisation


def _from_mine(row: ActivityRow, measured: Measured, drawn: Draws) -> Emitted:
    """Ventilation + drainage − recovered, each as measured; what is recovered comes out of the drainage."""

    def mass(flow: Flow) -> Estimate:
        value = flow_of_methane_t(
            flow.m3_min, flow.methane_percent, measured.hours, measured.temperature_C, measured.pressure_kPa
        )
        return within_percent(value, flow.u95_percent)

    shafts, drained = mass(measured.ventilation), mass(measured.drainage)
    recovered, recovered_draws = _recovered(row, drained.value, drawn)
    released = np.maximum(0.0, drawn.independent(drained) - recovered_draws)
    return Emitted(
        gas="CH4",
        origin="fossil",
        value_t=shafts.value + drained.value - recovered,
        draws_t=drawn.independent(shafts) + released,
        equation=(
            f"ventilation {shafts.value:,.6g} t + drainage {drained.value:,.6g} t − recovered {recovered:,.6g} t "
            f"(over {measured.hours:g} h)"
        ),
    )


def _recovered(row: ActivityRow, at_most_t: float, drawn: Draws) -> tuple[float, FloatArray]:
    """Methane that was used or destroyed. [t]"""
    recovered = row.recovered
    if recovered is None:
        return 0.0, np.zeros(drawn.size)
    cubic_metre = GasVolume(
        value=Decimal(1),
        unit="m3",
        temperature_C=Decimal(repr(recovered.temperature_C)),
        pressure_kPa=Decimal(repr(recovered.pressure_kPa)),
    )
    density = methane_t(cubic_metre)
    mass = recovered.volume_m3.value * density
    if mass > at_most_t:
        row.row.refuse("recovered_m3", f"is {mass:,.6g} t methane, more than the {at_most_t:,.6g} t there was")
    return mass, drawn.independent(recovered.volume_m3) * density


def _from_power(row: ActivityRow, power: Power, sources: Mapping[str, Source], drawn: Draws) -> list[Emitted]:
    """CO2 at the stack, and beside it the methane of mining the coal that was burnt."""
    source = row.source
    heating, heating_passport = source.heating_value, source.heating_passport
    assert heating is not None and heating_passport is not None
    (factor,) = source.factors
    used, factor_draws, passports = _factor(row, factor, "average", drawn)
    mines = [sources[name] for name in MINE_SOURCES[power.mine]]
    mined = [mine.factor("CH4").levels[row.level] for mine in mines]
    gas = sum(one.value for one in mined)
    gas_draws = sum(drawn.shared(f"{m.id} CH4 {row.level}", e) for m, e in zip(mines, mined, strict=True))
    per_MWh = coal_power(used.value, heating.value, power.efficiency.value, gas)
    electricity = power.electricity_MWh.value
    heat_GJ = drawn.independent(power.electricity_MWh) * GJ_PER_MWH / drawn.independent(power.efficiency)
    coal_draws = heat_GJ / drawn.shared(f"{source.id} heating value", heating)
    equation = f"{electricity:,.10g} MWh × 3.6 GJ/MWh / {power.efficiency.value:g}"
    stack = Emitted(
        gas=factor.gas,
        origin=factor.origin,
        value_t=electricity * per_MWh.co2_kg_per_MWh / 1000,
        draws_t=heat_GJ * factor_draws * 1e-6,
        equation=f"{equation} × {used.value:,.10g} kg/TJ",
        passports=passports,
        unstated=() if used.stated else (f"{factor.gas} factor of {source.id}",),
    )
    methane = Emitted(
        gas="CH4",
        origin="fossil",
        value_t=electricity * per_MWh.ch4_kg_per_MWh / 1000,
        draws_t=coal_draws * gas_draws * DENSITY_T_M3,
        equation=f"{equation} / {heating.value:g} GJ/t × {gas:g} m3/t × 0.67 kg/m3",
        passports=(heating_passport, *(mine.factor("CH4").passport for mine in mines)),
        unstated=() if heating.stated else (f"heating value of {source.id}",),
        memo=True,
    )
    return [stack, methane]
