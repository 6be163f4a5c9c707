"""Emission factors as data: what emits which gas, how much per unit of activity, how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from superemitter.account.inventory_csv import read_text
from superemitter.account.inventory_uncertainty import Estimate, within_factor, within_percent
from superemitter.account.quantities import Conditions
from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.model.passport import Passport

#: How activity becomes mass, and the units a factor of each method may have.
UNITS: Final = MappingProxyType({"coal": ("m3/t",), "product": ("kg/t",), "gas": ("kg/m3",), "power": ("kg/TJ",)})
LEVELS: Final = ("low", "average", "high")
_DATA = files("superemitter") / "data" / "accounts" / "factors.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Mass or volume of a gas per unit of activity.

    Attributes
    ----------
    gas : str
    origin : str or None
        Of methane: ``"fossil"`` or ``"non-fossil"``; None for other gases.
    unit : str
        ``"m3/t"`` (at 20 °C, 1 atm), ``"kg/t"``, ``"kg/m3"`` (of gas at `conditions`) or ``"kg/TJ"``.
    levels : mapping of str to Estimate
        ``"average"``, with ``"low"`` and ``"high"`` where the method offers them. Empty: no default is packaged.
    passport : Passport
    conditions : Conditions or None
        Of the cubic metre that a ``"kg/m3"`` is of.
    """

    gas: str
    origin: str | None
    unit: str
    levels: Mapping[str, Estimate]
    passport: Passport
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthRule:
    """Which level of a factor a depth stands for: low below the one, high above the other, else average. [m]"""

    low_below_m: float
    high_above_m: float
    passport: Passport

    def level(self, depth_m: float) -> str:
        """``"low"``, ``"average"`` or ``"high"``."""
        if depth_m < self.low_below_m:
            return "low"
        return "high" if depth_m > self.high_above_m else "average"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abatement:
    """A technique that destroys a share of the gas while it runs."""

    id: str
    destruction: Estimate
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that emits.

    Attributes
    ----------
    id : str
    title : mapping of language to str
    method : str
        A key of :data:`UNITS`.
    factors : tuple of Factor
        One per gas.
    depth : DepthRule or None
    heating_value : Estimate or None
        Net, of a fuel. [TJ/Gg = GJ/t]
    heating_passport : Passport or None
    abatements : mapping of str to Abatement
    """

    id: str
    title: Mapping[str, str]
    method: str
    factors: tuple[Factor, ...]
    depth: DepthRule | None
    heating_value: Estimate | None
    heating_passport: Passport | None
    abatements: Mapping[str, Abatement]

    @property
    def gases(self) -> tuple[str, ...]:
        """Of its factors."""
        return tuple(factor.gas for factor in self.factors)

    def factor(self, gas: str) -> Factor:
        """The factor of a gas that is in `gases`."""
        return self.factors[self.gases.index(gas)]


@cache
def load_sources() -> Mapping[str, Source]:
    """The packaged sources by id."""
    return parse_sources(_DATA.read_text(encoding="utf-8"), "factors.toml")


def read_sources(path: Path) -> Mapping[str, Source]:
    """Sources of a file in the form of the packaged one, together with the packaged ones.

    Raises
    ------
    AccountError
        The file cannot be read.
    InvalidRules
        A key is missing, unknown or wrong, or an id is packaged already.
    """
    own = parse_sources(read_text(path), path.name)
    if taken := sorted(set(own) & set(load_sources())):
        raise InvalidRules(f"{path.name}: the source {taken[0]!r} is packaged already", hint="give it another id")
    return MappingProxyType({**load_sources(), **own})


def parse_sources(text: str, where: str) -> Mapping[str, Source]:
    """Sources given as TOML."""
    table = DataTable.parse(text, where)
    found: dict[str, Source] = {}
    for entry in table.tables("source"):
        source = _source(entry)
        if source.id in found:
            raise InvalidRules(f"{entry.where}: the id {source.id!r} is there twice")
        found[source.id] = source
    table.done()
    if not found:
        raise InvalidRules(f"{where}: there is no [[source]]")
    return MappingProxyType(found)


def _source(entry: DataTable) -> Source:
    method = entry.one_of("method", tuple(UNITS))
    heating = entry.table("heating_value") if entry.has("heating_value") else None
    heating_value, heating_passport = _heating(heating) if heating else (None, None)
    source = Source(
        id=entry.text("id"),
        title=_title(entry.table("title")),
        method=method,
        factors=tuple(_factor(one, UNITS[method]) for one in entry.tables("factor")),
        depth=_depth(entry.table("depth")) if entry.has("depth") else None,
        heating_value=heating_value,
        heating_passport=heating_passport,
        abatements=MappingProxyType({a.id: a for a in map(_abatement, entry.tables("abatement"))}),
    )
    entry.done()
    if not source.factors or len(set(source.gases)) < len(source.gases):
        raise InvalidRules(f"{entry.where}: it needs one [[source.factor]] per gas, and one at least")
    if method in ("coal", "power") and not all(factor.levels for factor in source.factors):
        raise InvalidRules(f"{entry.where}: a factor of method {method} needs a value")
    if (method == "power") != (heating is not None):
        raise InvalidRules(f"{entry.where}: heating_value belongs to method power, and must be there")
    return source


def _factor(entry: DataTable, units: tuple[str, ...]) -> Factor:
    gas = entry.text("gas")
    values = {"average": float(entry.number("value"))} if entry.has("value") else {}
    values |= {level: float(entry.number(level)) for level in ("low", "high") if entry.has(level)}
    factor = Factor(
        gas=gas,
        origin=entry.one_of("origin", ("fossil", "non-fossil")) if gas == "CH4" else None,
        unit=entry.one_of("unit", units),
        levels=MappingProxyType(_estimates(entry, values)),
        passport=entry.passport(),
        conditions=_conditions(entry),
    )
    entry.done()
    if (factor.unit == "kg/m3" and bool(values)) != (factor.conditions is not None):
        raise InvalidRules(
            f"{entry.where}: temperature_C and pressure_kPa belong to a value in kg/m3, and must be there",
            hint="a cubic metre of gas is nothing without them",
        )
    return factor


def _conditions(entry: DataTable) -> Conditions | None:
    if not entry.has("temperature_C"):
        return None
    try:
        return Conditions(temperature_C=entry.number("temperature_C"), pressure_kPa=entry.number("pressure_kPa"))
    except InvalidValue as error:
        raise InvalidRules(f"{entry.where}: {error.message}") from error


def _estimates(entry: DataTable, values: Mapping[str, float]) -> dict[str, Estimate]:
    """Each level with the uncertainty that is stated for all of them."""
    try:
        if entry.has("u95_percent"):
            percent = float(entry.number("u95_percent"))
            return {level: within_percent(value, percent) for level, value in values.items()}
        if entry.has("u95_factor"):
            factor = float(entry.number("u95_factor"))
            return {level: within_factor(value, factor) for level, value in values.items()}
        if entry.has("low95"):
            low, high = float(entry.number("low95")), float(entry.number("high95"))
            return {level: Estimate(value=value, low95=low, high95=high) for level, value in values.items()}
        return {level: Estimate(value=value) for level, value in values.items()}
    except InvalidValue as error:
        raise InvalidRules(f"{entry.where}: {error.message}") from error


def _depth(entry: DataTable) -> DepthRule:
    rule = DepthRule(
        low_below_m=float(entry.number("low_below_m")),
        high_above_m=float(entry.number("high_above_m")),
        passport=entry.passport(),
    )
    entry.done()
    return rule


def _heating(entry: DataTable) -> tuple[Estimate, Passport]:
    entry.one_of("unit", ("TJ/Gg",))
    value = _estimates(entry, {"average": float(entry.number("value"))})["average"]
    passport = entry.passport()
    entry.done()
    return value, passport


def _abatement(entry: DataTable) -> Abatement:
    share = _estimates(entry, {"average": float(entry.number("destruction"))})["average"]
    if max(share.value, share.high95 or 0.0) > 1:
        raise InvalidRules(f"{entry.where}: destruction is a share of 0 to 1")
    abatement = Abatement(id=entry.text("id"), destruction=share, passport=entry.passport())
    entry.done()
    return abatement


def _title(table: DataTable) -> Mapping[str, str]:
    title = {language: table.text(language) for language in ("en", "zh")}
    table.done()
    return MappingProxyType(title)
