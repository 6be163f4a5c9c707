"""Inventories: what each row emits, and the totals by year, gas and tier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from superemitter.account.gwp import gwp
from superemitter.account.inventory_emission import Emitted, emit
from superemitter.account.inventory_factors import Source
from superemitter.account.inventory_rows import ActivityRow
from superemitter.account.inventory_uncertainty import NOT_STATED, Draws, Interval, Mass
from superemitter.model.passport import Passport
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

DRAWS: Final = 10_000
#: Name of the sum of all gases as CO2-equivalent, and number of the sum of all tiers.
CO2E: Final = "CO2e"
ALL_TIERS: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivalent:
    """How gases are made CO2-equivalents: table, horizon [yr], and whether methane is told by its origin."""

    table: str = "AR6"
    horizon: int = 100
    by_origin: bool = True

    @property
    def name(self) -> str:
        """``"AR6 GWP-100, methane by origin"``."""
        return f"{self.table} GWP-{self.horizon}, methane {'by origin' if self.by_origin else 'unsplit'}"

    def factor(self, gas: str, origin: str | None) -> tuple[Decimal, Passport]:
        """The potential of a gas, and where it was read. [t CO2e per t]"""
        kind = None if gas != "CH4" else (origin if self.by_origin else "unsplit")
        cell = gwp(gas, self.table, self.horizon, kind)
        return cell.value, cell.passport


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The emission of one gas by one row of the activity table.

    Attributes
    ----------
    table, row : str, int
        Where the activity stands.
    name, year, source_id, tier
        As in the table.
    gas : str
    origin : str or None
        Of methane.
    emission, co2e : Mass
        [t of the gas, t CO2e]
    memo : bool
        Told beside the inventory and in no total: the mine methane behind burnt coal belongs to the mine.
    equation : str
        With its numbers.
    passports : tuple of Passport
        Of every default that was used; empty if the row brought its own figures.
    """

    table: str
    row: int
    name: str
    year: int
    source_id: str
    tier: int
    gas: str
    origin: str | None
    emission: Mass
    co2e: Mass
    memo: bool
    equation: str
    passports: tuple[Passport, ...]

    @property
    def verified(self) -> bool:
        """Whether every default was read in the primary text."""
        return all(passport.verified for passport in self.passports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A sum over lines of one year: of a gas, or of all as CO2e (:data:`CO2E`), of a tier or :data:`ALL_TIERS`."""

    year: int
    gas: str
    tier: int
    mass: Mass


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Lines and their totals.

    Attributes
    ----------
    lines : tuple of Line
    totals : tuple of Total
        By year, gas and tier; memo lines are in none.
    equivalent : Equivalent
    equivalent_passports : tuple of Passport
        Of the potentials used.
    """

    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    equivalent: Equivalent
    equivalent_passports: tuple[Passport, ...]

    @property
    def verified(self) -> bool:
        """Whether every default and every potential was read in the primary text."""
        return all(line.verified for line in self.lines) and all(p.verified for p in self.equivalent_passports)


def compute(
    rows: Iterable[ActivityRow],
    sources: Mapping[str, Source],
    equivalent: Equivalent,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Inventory:
    """Make an inventory of checked rows.

    Parameters
    ----------
    rows : iterable of ActivityRow
    sources : mapping of str to Source
        With the coal sources, where coal power is in the rows.
    equivalent : Equivalent
    rng : numpy.random.Generator
    draws : int
        Of each uncertain quantity. A default factor is drawn once for all rows that use it.

    Raises
    ------
    AccountError
        More is recovered than there was; the message names the row.
    InvalidValue
        The table of potentials does not hold a gas.
    """
    drawn = Draws(rng, draws)
    potentials: dict[tuple[str, str | None], tuple[Decimal, Passport]] = {}
    sums: dict[tuple[int, str, int], _Sum] = {}
    lines = []
    for row in rows:
        for emitted in emit(row, sources, drawn):
            key = (emitted.gas, emitted.origin)
            if key not in potentials:
                potentials[key] = equivalent.factor(*key)
            potential = float(potentials[key][0])
            lines.append(_line(row, emitted, potential))
            if not emitted.memo:
                for tier in (ALL_TIERS, row.tier):
                    sums.setdefault((row.year, emitted.gas, tier), _Sum(draws)).add(emitted, 1.0)
                    sums.setdefault((row.year, CO2E, tier), _Sum(draws)).add(emitted, potential)
    return Inventory(
        lines=tuple(lines),
        totals=tuple(
            Total(year=year, gas=gas, tier=tier, mass=sums[year, gas, tier].mass())
            for year, gas, tier in sorted(sums, key=lambda k: (k[0], k[1] == CO2E, k[1], k[2]))
        ),
        equivalent=equivalent,
        equivalent_passports=tuple(passport for _, passport in potentials.values()),
    )


class _Sum:
    """A running total with its draws, so that errors that terms have in common stay in common."""

    def __init__(self, draws: int) -> None:
        self._value_t = 0.0
        self._draws_t: FloatArray = np.zeros(draws)
        self._unstated: list[str] = []

    def add(self, emitted: Emitted, potential: float) -> None:
        self._value_t += emitted.value_t * potential
        self._draws_t += emitted.draws_t * potential
        self._unstated += emitted.unstated

    def mass(self) -> Mass:
        return _mass(self._value_t, self._draws_t, self._unstated)


def _line(row: ActivityRow, emitted: Emitted, potential: float) -> Line:
    return Line(
        table=row.row.table,
        row=row.row.number,
        name=row.name,
        year=row.year,
        source_id=row.source.id,
        tier=row.tier,
        gas=emitted.gas,
        origin=emitted.origin,
        emission=_mass(emitted.value_t, emitted.draws_t, emitted.unstated),
        co2e=_mass(emitted.value_t * potential, emitted.draws_t * potential, emitted.unstated),
        memo=emitted.memo,
        equation=emitted.equation,
        passports=emitted.passports,
    )


def _mass(value_t: float, draws_t: FloatArray, unstated: Iterable[str]) -> Mass:
    missing = list(dict.fromkeys(unstated))
    if missing:
        shown = "; ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        why = CannotSay(code=NOT_STATED, reason=f"no uncertainty is stated for the {shown}")
        return Mass(value_t=value_t, interval=why)
    return Mass(value_t=value_t, interval=Interval.of(draws_t))
