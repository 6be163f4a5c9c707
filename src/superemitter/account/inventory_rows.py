"""An activity table, row by row: source and tier say which columns a row needs; the others must be empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from superemitter.account.inventory_csv import Row, read_table
from superemitter.account.inventory_factors import LEVELS, Source
from superemitter.account.inventory_uncertainty import Estimate, within_percent
from superemitter.account.quantities import GasVolume
from superemitter.model.errors import AccountError, InvalidValue

_KEYS: Final = ("name", "year", "source", "tier")
_ACTIVITY: Final = ("activity_t", "activity_u95_percent")
_COAL_LEVEL: Final = ("level", "depth_m")
_RECOVERED: Final = ("recovered_m3", "recovered_u95_percent", "temperature_C", "pressure_kPa")
_ABATEMENT: Final = (
    "abatement",
    "destruction_fraction",
    "destruction_low95_fraction",
    "destruction_high95_fraction",
    "utilisation_fraction",
)
_MEASURED: Final = (
    "hours",
    "ventilation_m3_min",
    "ventilation_ch4_percent",
    "ventilation_u95_percent",
    "drainage_m3_min",
    "drainage_ch4_percent",
    "drainage_u95_percent",
)
_GAS: Final = ("activity_m3", "activity_u95_percent", "temperature_C", "pressure_kPa")
_POWER: Final = (
    "electricity_MWh",
    "electricity_u95_percent",
    "efficiency_percent",
    "efficiency_u95_percent",
    "mine",
)
#: Columns beside the keys that a row may fill, by method and tier.
COLUMNS: Final[Mapping[tuple[str, int], tuple[str, ...]]] = MappingProxyType(
    {
        ("coal", 1): (*_ACTIVITY, *_COAL_LEVEL, *_RECOVERED),
        ("coal", 2): (*_ACTIVITY, "factor_m3_per_t", "factor_u95_percent", *_RECOVERED),
        ("coal", 3): (*_MEASURED, *_RECOVERED),
        ("product", 1): (*_ACTIVITY, *_ABATEMENT),
        ("product", 2): (*_ACTIVITY, "gas", "factor_kg_per_t", "factor_u95_percent", *_ABATEMENT),
        ("product", 3): ("gas", "measured_t", "measured_u95_percent"),
        ("gas", 1): (*_GAS, *_ABATEMENT),
        ("gas", 2): (*_GAS, "gas", "factor_kg_per_m3", "factor_u95_percent", *_ABATEMENT),
        ("gas", 3): ("gas", "measured_t", "measured_u95_percent"),
        ("power", 1): (*_POWER, "level"),
        ("power", 2): (*_POWER, "level", "factor_kg_per_TJ", "factor_u95_percent"),
    }
)
ALL_COLUMNS: Final = (*_KEYS, *dict.fromkeys(column for group in COLUMNS.values() for column in group))
#: Hours of a leap year.
_LONGEST_YEAR_H: Final = 8784.0
MINES: Final = ("underground", "surface")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """Methane that was used or destroyed instead of released: pure gas, at stated conditions. [m3, °C, kPa]"""

    volume_m3: Estimate
    temperature_C: float
    pressure_kPa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A measured flow and its methane; the error is that of their product. [m3 min-1, %]"""

    m3_min: float
    methane_percent: float
    u95_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a mine's shafts and drainage carried over some hours, at stated conditions. [h, °C, kPa]"""

    hours: float
    ventilation: Flow
    drainage: Flow
    temperature_C: float
    pressure_kPa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Electricity from coal: net generation, net efficiency (0 to 1), and the kind of mine behind it. [MWh]"""

    electricity_MWh: Estimate
    efficiency: Estimate
    mine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """The share of the gas that abatement destroys while it runs, and the share of the time it runs."""

    destruction: Estimate
    utilisation: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """One row of an activity table, checked; what does not belong to its source and tier is None.

    Attributes
    ----------
    row : Row
        Where it stands.
    name : str
        Of the mine, plant or region.
    year : int
    source : Source
    tier : int
        1 default factor, 2 own factor, 3 measured.
    gas : str or None
        Given where a source emits several and this row is about one.
    activity_t : Estimate or None
        [t]
    activity_m3 : Estimate or None
        Of gas; at Tier 1 at the conditions of the default factor, at Tier 2 at those of the row. [m3]
    factor : Estimate or None
        The row's own, in the unit of the source's factor.
    level : str
        Of the default factor.
    """

    row: Row
    name: str
    year: int
    source: Source
    tier: int
    gas: str | None = None
    activity_t: Estimate | None = None
    activity_m3: Estimate | None = None
    factor: Estimate | None = None
    level: str = "average"
    destroyed: Destroyed | None = None
    recovered: Recovered | None = None
    measured: Measured | None = None
    measured_t: Estimate | None = None
    power: Power | None = None


def read_activity(text: str, name: str, sources: Mapping[str, Source]) -> tuple[ActivityRow, ...]:
    """Rows of an activity table.

    Parameters
    ----------
    text : str
        CSV; columns in any order, of :data:`ALL_COLUMNS` only.
    name : str
        Of the file, for messages.
    sources : mapping of str to Source

    Raises
    ------
    AccountError
        A column is not known, a cell is missing, wrong, or does not belong to the row's source and tier, or a
        source is counted twice; the message names row and column.
    """
    columns, rows = read_table(text, name)
    for column in columns:
        if column not in ALL_COLUMNS:
            raise AccountError(
                f"{name}, row 1: column {column!r} is not known", hint=f"known: {', '.join(ALL_COLUMNS)}"
            )
    if missing := [key for key in _KEYS if key not in columns]:
        raise AccountError(f"{name}, row 1: no column {missing[0]}")
    found = tuple(_read(row, sources) for row in rows)
    if not found:
        raise AccountError(f"{name} has no rows")
    _check_counted_once(found)
    return found


def _read(row: Row, sources: Mapping[str, Source]) -> ActivityRow:
    source = sources[row.one_of("source", tuple(sources))]
    tiers = [tier for method, tier in COLUMNS if method == source.method]
    tier = int(row.one_of("tier", [str(tier) for tier in tiers]))
    allowed = (*_KEYS, *COLUMNS[source.method, tier])
    for column in row.cells:
        if row.filled(column) and column not in allowed:
            row.refuse(column, f"does not belong to {source.id} at tier {tier}", hint="leave it empty")
    year = row.year("year")
    keys = {"row": row, "name": row.text("name"), "year": year, "source": source, "tier": tier}
    if tier == 1 and not all(factor.levels for factor in source.factors):
        hint = "give your own at tier 2, a measurement at tier 3, or a source of your own with a default"
        row.refuse("tier", f"no default factor of {source.id} is packaged", hint)
    reader = {"coal": _coal, "product": _product, "gas": _gas, "power": _power}[source.method]
    try:
        return ActivityRow(**keys, **reader(row, source, tier))  # type: ignore[arg-type]
    except InvalidValue as error:
        raise AccountError(f"{row.table}, row {row.number}: {error.message}", hint=error.hint) from error


def _coal(row: Row, source: Source, tier: int) -> dict[str, object]:
    recovered = _recovered(row, required=tier == 3)
    if tier == 3:
        temperature, pressure = _conditions(row)
        measured = Measured(
            hours=row.number_in("hours", 0, _LONGEST_YEAR_H),
            ventilation=_flow(row, "ventilation"),
            drainage=_flow(row, "drainage"),
            temperature_C=temperature,
            pressure_kPa=pressure,
        )
        return {"measured": measured, "recovered": recovered}
    activity = _within(row, "activity_t", "activity_u95_percent")
    own = _within(row, "factor_m3_per_t", "factor_u95_percent") if tier == 2 else None
    return {"activity_t": activity, "factor": own, "level": _level(row, source), "recovered": recovered}


def _product(row: Row, source: Source, tier: int) -> dict[str, object]:
    if tier == 1:
        return {
            "activity_t": _within(row, "activity_t", "activity_u95_percent"),
            "destroyed": _destroyed(row, source),
        }
    gas = row.one_of("gas", source.gases) if row.filled("gas") or len(source.gases) > 1 else source.gases[0]
    if tier == 3:
        return {"gas": gas, "measured_t": _within(row, "measured_t", "measured_u95_percent")}
    return {
        "gas": gas,
        "activity_t": _within(row, "activity_t", "activity_u95_percent"),
        "factor": _within(row, "factor_kg_per_t", "factor_u95_percent"),
        "destroyed": _destroyed(row, source),
    }


def _gas(row: Row, source: Source, tier: int) -> dict[str, object]:
    """Throughput of gas; a volume without its temperature and pressure is refused."""
    if tier == 3:
        return _product(row, source, tier)
    given = row.number_in("activity_m3", 0)
    temperature, pressure = _conditions(row)
    volume = GasVolume(
        value=Decimal(repr(given)),
        unit="m3",
        temperature_C=Decimal(repr(temperature)),
        pressure_kPa=Decimal(repr(pressure)),
    )
    gas = row.one_of("gas", source.gases) if row.filled("gas") or len(source.gases) > 1 else source.gases[0]
    at = source.factor(gas).conditions
    if tier == 1 and at is not None:
        given = float(volume.at(at).value)
    activity = within_percent(given, row.number_in("activity_u95_percent", 0))
    found: dict[str, object] = {"activity_m3": activity, "destroyed": _destroyed(row, source)}
    if tier == 2:
        found |= {"gas": gas, "factor": _within(row, "factor_kg_per_m3", "factor_u95_percent")}
    return found


def _power(row: Row, source: Source, tier: int) -> dict[str, object]:
    percent = row.number_in("efficiency_percent", 1, 100)
    error = row.number_in("efficiency_u95_percent", 0, 100)
    power = Power(
        electricity_MWh=_within(row, "electricity_MWh", "electricity_u95_percent"),
        efficiency=within_percent(percent / 100, error),
        mine=row.one_of("mine", MINES),
    )
    own = _within(row, "factor_kg_per_TJ", "factor_u95_percent") if tier == 2 else None
    level = row.one_of("level", LEVELS) if row.filled("level") else "average"
    return {"power": power, "factor": own, "level": level}


def _level(row: Row, source: Source) -> str:
    if row.filled("level") and row.filled("depth_m"):
        row.refuse("level", "is given beside depth_m", hint="give one of them")
    if row.filled("depth_m"):
        depth = row.number_in("depth_m", 0)
        if source.depth is None:
            row.refuse("depth_m", f"{source.id} has no rule on depth", hint="give the level")
        return source.depth.level(depth)
    return row.one_of("level", LEVELS) if row.filled("level") else "average"


def _within(row: Row, value: str, percent: str) -> Estimate:
    """A cell and the half-width of its 95 % interval; both must be there: 0 % is a claim that somebody makes."""
    return within_percent(row.number_in(value, 0), row.number_in(percent, 0))


def _flow(row: Row, kind: str) -> Flow:
    return Flow(
        m3_min=row.number_in(f"{kind}_m3_min", 0),
        methane_percent=row.number_in(f"{kind}_ch4_percent", 0, 100),
        u95_percent=row.number_in(f"{kind}_u95_percent", 0),
    )


def _conditions(row: Row) -> tuple[float, float]:
    return row.number_in("temperature_C", -50, 60), row.number_in("pressure_kPa", 50, 120)


def _recovered(row: Row, *, required: bool) -> Recovered | None:
    if not row.filled("recovered_m3") and not required:
        for column in _RECOVERED:
            if row.filled(column):
                row.refuse("recovered_m3", f"is empty, but {column} is given")
        return None
    volume = _within(row, "recovered_m3", "recovered_u95_percent")
    temperature, pressure = _conditions(row)
    return Recovered(volume_m3=volume, temperature_C=temperature, pressure_kPa=pressure)


def _destroyed(row: Row, source: Source) -> Destroyed | None:
    named, own = row.filled("abatement"), row.filled("destruction_fraction")
    if not (named or own):
        for column in _ABATEMENT:
            if row.filled(column):
                row.refuse(column, "is given without abatement or destruction_fraction")
        return None
    utilisation = row.number_in("utilisation_fraction", 0, 1)
    if named:
        for column in _ABATEMENT[1:4]:
            if row.filled(column):
                row.refuse(column, "is given beside abatement", hint="give one of them")
        name = row.one_of("abatement", tuple(source.abatements))
        return Destroyed(destruction=source.abatements[name].destruction, utilisation=utilisation, name=name)
    share = Estimate(
        value=row.number_in("destruction_fraction", 0, 1),
        low95=row.number_in("destruction_low95_fraction", 0, 1),
        high95=row.number_in("destruction_high95_fraction", 0, 1),
    )
    return Destroyed(destruction=share, utilisation=utilisation, name="given")


def _check_counted_once(rows: Sequence[ActivityRow]) -> None:
    """One tier for a source of a name and year; measured periods may be several, but no longer than a year."""
    seen: dict[tuple[str, int, str, str | None], ActivityRow] = {}
    hours: dict[tuple[str, int, str, str | None], float] = {}
    for one in rows:
        for gas in [one.gas] if one.gas else one.source.gases:
            key = (one.name, one.year, one.source.id, gas)
            earlier = seen.setdefault(key, one)
            several = one.measured is not None and earlier.measured is not None
            if earlier is not one and not several:
                one.row.refuse(
                    "source",
                    f"{gas} of {one.source.id}, {one.name}, {one.year} is in row {earlier.row.number} already",
                )
            if one.measured is not None:
                hours[key] = hours.get(key, 0.0) + one.measured.hours
                if hours[key] > _LONGEST_YEAR_H:
                    one.row.refuse("hours", f"sum up to {hours[key]:g} in {one.year}")
