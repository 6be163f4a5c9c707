"""Yearly emissions of countries, from tables recognised by their columns; units are kept as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from superemitter.account.inventory_csv import Row, read_table, read_text
from superemitter.model.errors import AccountError


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a column of a table holds.

    Attributes
    ----------
    gas : str
        ``"CO2"``, ``"CH4"``, ``"N2O"`` or ``"all"`` (the Kyoto gases together).
    unit : str
        ``"t"`` of the gas itself, or ``"t CO2e"``.
    land_use : bool
        Whether land-use change and forestry are in it, removals with their minus sign: a *net* figure.
    title : str
    gwp : str
        Table behind ``t CO2e``; empty for ``t``.
    sector : str
        Empty for a country's total.
    """

    gas: str
    unit: str
    land_use: bool
    title: str
    gwp: str = ""
    sector: str = ""

    @property
    def unit_in_full(self) -> str:
        """With the gas: ``"t CO2"``, ``"t CO2e"``."""
        return f"t {self.gas}" if self.unit == "t" else self.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Emissions of one country or region, one figure a year.

    Attributes
    ----------
    entity, code : str
        Name and code as in the table; the code is empty if it gives none.
    quantity : Quantity
    years : tuple of int
        Increasing; a year without a figure is not there.
    emissions : tuple of float
        In ``quantity.unit`` per year.
    table : str
        Name of the file.
    """

    entity: str
    code: str
    quantity: Quantity
    years: tuple[int, ...]
    emissions: tuple[float, ...]
    table: str

    def __post_init__(self) -> None:
        if len(self.years) != len(self.emissions) or list(self.years) != sorted(set(self.years)):
            raise AccountError(
                f"{self.table}, {self.entity}: the years do not increase, or do not fit the figures"
            )

    def at(self, year: int) -> float | None:
        """The figure of a year, or None if there is none."""
        return self.emissions[self.years.index(year)] if year in self.years else None

    def until(self, year: int) -> Series:
        """The same without the years after `year`."""
        count = sum(y <= year for y in self.years)
        return Series(
            entity=self.entity,
            code=self.code,
            quantity=self.quantity,
            years=self.years[:count],
            emissions=self.emissions[:count],
            table=self.table,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTable:
    """Every series of one file.

    Attributes
    ----------
    name : str
    layout : str
        Which known layout it has.
    series : tuple of Series
        By entity and quantity, as they come.
    empty_cells : mapping of str to int
        Cells without a figure by column; they are gaps in a series, not zeros.
    incomplete_totals : int
        Rows of a sector table whose total is not made, because a sector is empty.
    """

    name: str
    layout: str
    series: tuple[Series, ...]
    empty_cells: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    incomplete_totals: int = 0

    def of(self, country: str) -> tuple[Series, ...]:
        """Series of a country by name or code, without regard to case; empty if there is none."""
        wanted = country.casefold()
        return tuple(s for s in self.series if wanted in (s.entity.casefold(), s.code.casefold()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    name: str
    quantities: Mapping[str, Quantity]
    total: Quantity | None = None
    not_in_total: tuple[str, ...] = ()


_NOT_STATED = "100 years; the table does not say which assessment report"
_ALL_NET = Quantity(gas="all", unit="t CO2e", land_use=True, title="all gases, net", gwp=_NOT_STATED)


def _sector(name: str, *, land_use: bool = False) -> Quantity:
    title = f"all gases, {name}"
    return Quantity(gas="all", unit="t CO2e", land_use=land_use, title=title, gwp=_NOT_STATED, sector=name)


_SECTORS = {
    "Agriculture": _sector("agriculture"),
    "land-use change and forestry": _sector("land-use change and forestry", land_use=True),
    "waste": _sector("waste"),
    "buildings": _sector("buildings"),
    "industry": _sector("industry"),
    "manufacturing and construction": _sector("manufacturing and construction"),
    "transport": _sector("transport"),
    "electricity and heat": _sector("electricity and heat"),
    "Fugitive emissions from energy production": _sector("fugitive emissions from energy production"),
    "other fuel combustion": _sector("other fuel combustion"),
    "bunker fuels": _sector("bunker fuels"),
}
_OWID_LAYOUTS = (
    _Layout(
        name="OWID annual CO2 (Global Carbon Project)",
        quantities={
            "Annual CO₂ emissions": Quantity(
                gas="CO2", unit="t", land_use=False, title="CO2 from fossil fuels and industry"
            )
        },
    ),
    _Layout(
        name="OWID annual CH4 (Jones et al.)",
        quantities={
            "annual_emissions_ch4_total_co2eq": Quantity(
                gas="CH4", unit="t CO2e", land_use=True, title="CH4, land use included", gwp=_NOT_STATED
            )
        },
    ),
    _Layout(
        name="OWID N2O (CAIT)",
        quantities={
            "Total.including.LUCF.N2O.emissions": Quantity(
                gas="N2O", unit="t CO2e", land_use=True, title="N2O, land use included", gwp=_NOT_STATED
            )
        },
    ),
    _Layout(name="OWID all gases (CAIT)", quantities={"Total.GHG.emissions.including.LUCF": _ALL_NET}),
    # International bunkers are outside every national total.
    _Layout(
        name="OWID all gases by sector (CAIT)",
        quantities=_SECTORS,
        total=_ALL_NET,
        not_in_total=("bunker fuels",),
    ),
)
_OWN = {
    f"{prefix}{gas.lower()}_t{suffix}": Quantity(
        gas=gas,
        unit="t CO2e" if suffix else "t",
        land_use=bool(prefix),
        title=f"{'all gases' if gas == 'all' else gas}{', net' if prefix else ''}",
        gwp="not stated" if suffix else "",
    )
    for prefix in ("", "net_")
    for gas in ("CO2", "CH4", "N2O", "all")
    for suffix in ("", "_co2e")
    if gas != "all" or suffix
}
#: Columns of a table of one's own, beside ``Entity``, ``Code`` and ``Year``: gas and unit are in the name.
OWN_COLUMNS = tuple(_OWN)
_KEYS = ("Entity", "Code", "Year")


def read_series(path: Path) -> SeriesTable:
    """Read a table of yearly emissions; its layout is recognised by its columns, never by the file's name.

    Known are the tables of Our World in Data (CO2, CH4, N2O, all gases, all gases by sector), and any table with
    the columns ``Entity``, ``Code``, ``Year`` and one or more of :data:`OWN_COLUMNS`.

    Parameters
    ----------
    path : Path

    Raises
    ------
    AccountError
        The columns are not known, or a cell is no figure; the message names row and column.
    """
    return parse_series(read_text(path), path.name)


def parse_series(text: str, name: str) -> SeriesTable:
    """The series of a table given as text; see :func:`read_series`."""
    columns, rows = read_table(text, name)
    layout = _recognise(columns, name)
    found: dict[tuple[str, str], dict[int, float]] = {}
    codes: dict[str, str] = {}
    seen: set[tuple[str, int]] = set()
    empty = dict.fromkeys(layout.quantities, 0)
    incomplete = 0
    for row in rows:
        entity, year = row.text("Entity"), row.year("Year")
        if (entity, year) in seen:
            row.refuse("Year", f"{entity} has {year} twice")
        seen.add((entity, year))
        codes[entity] = row.cells["Code"]
        figures = _figures(row, layout, empty)
        for column, figure in figures.items():
            found.setdefault((entity, column), {})[year] = figure
        if layout.total is not None:
            summed = [column for column in layout.quantities if column not in layout.not_in_total]
            if all(column in figures for column in summed):
                total = math.fsum(figures[column] for column in summed)
                found.setdefault((entity, ""), {})[year] = total
            else:
                incomplete += 1
    if not seen:
        raise AccountError(f"{name} has no rows")
    series = tuple(
        Series(
            entity=entity,
            code=codes[entity],
            quantity=layout.quantities[column] if column else (layout.total or _ALL_NET),
            years=tuple(sorted(figures)),
            emissions=tuple(figures[year] for year in sorted(figures)),
            table=name,
        )
        for (entity, column), figures in found.items()
    )
    return SeriesTable(
        name=name,
        layout=layout.name,
        series=series,
        empty_cells=MappingProxyType({column: count for column, count in empty.items() if count}),
        incomplete_totals=incomplete,
    )


def _recognise(columns: tuple[str, ...], name: str) -> _Layout:
    hint = f"besides the tables of Our World in Data: {', '.join(_KEYS)} and one of {', '.join(OWN_COLUMNS)}"
    missing = [key for key in _KEYS if key not in columns]
    if missing:
        raise AccountError(f"{name}, row 1: no column {missing[0]}; it is no known table of emissions", hint=hint)
    values = [column for column in columns if column not in _KEYS]
    for layout in _OWID_LAYOUTS:
        if set(layout.quantities) == set(values):
            return layout
    unknown = [column for column in values if column not in _OWN]
    if unknown or not values:
        problem = f"column {unknown[0]!r} is not known" if unknown else "no column of emissions"
        raise AccountError(f"{name}, row 1: {problem}", hint=hint)
    return _Layout(name="columns with gas and unit", quantities={column: _OWN[column] for column in values})


def _figures(row: Row, layout: _Layout, empty: dict[str, int]) -> dict[str, float]:
    figures = {}
    for column, quantity in layout.quantities.items():
        if row.filled(column):
            # Only removals by land use can be negative.
            figures[column] = row.number_in(column, -math.inf if quantity.land_use else 0.0)
        else:
            empty[column] += 1
    return figures
