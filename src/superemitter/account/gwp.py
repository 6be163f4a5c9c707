"""CO2-equivalents: global warming potentials as data, every conversion naming its table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.model.passport import Passport

#: Where methane comes from. ``"unsplit"`` is one value for methane of any origin; never call it fossil.
METHANE_ORIGINS: Final = ("unsplit", "fossil", "non-fossil")

_COLUMNS: Final = ("table", "horizon_years", "gas", "origin", "gwp", "source", "tag", "note")
_DATA = files("superemitter") / "data" / "accounts" / "gwp.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gwp:
    """One cell of a table: the global warming potential of a gas over a horizon.

    Attributes
    ----------
    table : str
        ``"AR4"``, ``"AR5"``, ``"AR5-feedback"`` (with climate-carbon feedback) or ``"AR6"``.
    horizon_years : int
        100 or 20. [yr]
    gas : str
        ``"CH4"``, ``"N2O"``, ``"SF6"``, ``"NF3"``, ``"HFC-23"``, ``"CF4"``, ...
    origin : str
        One of :data:`METHANE_ORIGINS` for methane, empty for other gases.
    value : Decimal
        [t CO2e per t of gas]
    passport : Passport
    """

    table: str
    horizon_years: int
    gas: str
    origin: str
    value: Decimal
    passport: Passport

    @property
    def name(self) -> str:
        """The cell in words: ``"AR6 GWP-100, CH4 fossil"``."""
        origin = f" {self.origin}" if self.origin else ""
        return f"{self.table} GWP-{self.horizon_years}, {self.gas}{origin}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Co2e:
    """A mass of a gas as CO2-equivalent, with the cell that converted it.

    Attributes
    ----------
    mass_t : Decimal
        [t of gas]
    gwp : Gwp
    """

    mass_t: Decimal
    gwp: Gwp

    @property
    def co2e_t(self) -> Decimal:
        """CO2-equivalent. [t]"""
        return self.mass_t * self.gwp.value

    @property
    def statement(self) -> str:
        """The conversion written out, with its table and whether that was checked."""
        doubt = "" if self.gwp.passport.verified else "; not checked against the primary text"
        return (
            f"{self.mass_t:,} t {self.gwp.gas} × {self.gwp.value} = {self.co2e_t.normalize():,f} t CO2e "
            f"({self.gwp.name}; {self.gwp.passport.citation}{doubt})"
        )


@cache
def load_gwps() -> Mapping[tuple[str, int, str, str], Gwp]:
    """Every packaged cell by table, horizon [yr], gas and origin."""
    return read_gwps(_DATA.read_text(encoding="utf-8"), "gwp.csv")


def read_gwps(text: str, where: str) -> Mapping[tuple[str, int, str, str], Gwp]:
    """Cells from CSV text in the form of the packaged file.

    Raises
    ------
    InvalidRules
        A column is missing or unknown, a value is no positive number, or a cell is there twice.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise InvalidRules(f"{where}: its columns are {reader.fieldnames}", hint=f"they must be {_COLUMNS}")
    cells: dict[tuple[str, int, str, str], Gwp] = {}
    for row in reader:
        place = f"{where}, row {reader.line_num}"
        try:
            value, horizon = Decimal(row["gwp"]), int(row["horizon_years"])
            passport = Passport(citation=row["source"], tag=row["tag"], note=row["note"] or "")
        except (InvalidOperation, ValueError, InvalidValue) as error:
            raise InvalidRules(f"{place}: {error}") from error
        if not (value.is_finite() and value > 0):
            raise InvalidRules(f"{place}: gwp is {value}")
        key = (row["table"], horizon, row["gas"], row["origin"])
        if key in cells:
            raise InvalidRules(f"{place}: {key} is there twice")
        cells[key] = Gwp(
            table=key[0], horizon_years=horizon, gas=key[2], origin=key[3], value=value, passport=passport
        )
    return MappingProxyType(cells)


def gwp(gas: str, table: str, horizon: int, origin: str | None = None) -> Gwp:
    """The cell for a gas, or an error: an unknown combination is never answered with a near one.

    Parameters
    ----------
    gas, table : str
        See :class:`Gwp`.
    horizon : int
        [yr]
    origin : str, optional
        Needed for methane, refused for other gases.

    Raises
    ------
    InvalidValue
        The tables hold no such cell; the hint says what there is.
    """
    cells = load_gwps()
    if gas == "CH4" and origin is None:
        raise InvalidValue("the origin of the methane is not given", hint=f"one of: {', '.join(METHANE_ORIGINS)}")
    if gas != "CH4" and origin is not None:
        raise InvalidValue(f"{gas} has no origin, but {origin!r} was given", hint="an origin is for methane only")
    found = cells.get((table, horizon, gas, origin or ""))
    if found is not None:
        return found
    there = [cell.name for cell in cells.values() if cell.gas == gas]
    what = f"{table} GWP-{horizon}, {gas}{f' {origin}' if origin else ''}"
    gases = dict.fromkeys(cell.gas for cell in cells.values())
    hint = f"there is: {'; '.join(there)}" if there else f"the gases are {', '.join(gases)}"
    raise InvalidValue(f"no table holds {what}", hint=hint)


def to_co2e(mass_t: Decimal | int, gas: str, table: str, horizon: int, origin: str | None = None) -> Co2e:
    r"""A mass of a gas as CO2-equivalent.

    .. math:: m_{CO2e} = m \cdot GWP

    Parameters
    ----------
    mass_t : Decimal or int
        0 or more; floating-point numbers are refused, because accounts are kept in decimals. [t]
    gas, table, horizon, origin
        See :func:`gwp`.

    Raises
    ------
    InvalidValue
        The mass is not a decimal of 0 or more, or there is no such cell.
    """
    if isinstance(mass_t, bool) or not isinstance(mass_t, Decimal | int):
        raise InvalidValue(f"the mass {mass_t!r} is no decimal", hint='write Decimal("218.4")')
    mass = Decimal(mass_t)
    if not (mass.is_finite() and mass >= 0):
        raise InvalidValue(f"the mass of {gas} is {mass} t", hint="give a finite mass of 0 or more")
    return Co2e(mass_t=mass, gwp=gwp(gas, table, horizon, origin))


def total_co2e_t(parts: Iterable[Co2e]) -> Decimal:
    """The sum of several conversions, all from one table and horizon; 0 for none. [t CO2e]

    Raises
    ------
    InvalidValue
        Tables or horizons are mixed.
    """
    parts = tuple(parts)
    used = dict.fromkeys((part.gwp.table, part.gwp.horizon_years) for part in parts)
    if len(used) > 1:
        named = ", ".join(f"{table} GWP-{horizon}" for table, horizon in used)
        raise InvalidValue(f"CO2-equivalents of {named} cannot be added", hint="convert all with one table")
    return sum((part.co2e_t for part in parts), Decimal(0))
