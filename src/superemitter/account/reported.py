"""What is reported of methane: from an activity table, or from a table of countries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from superemitter.account.gwp import gwp
from superemitter.account.inventory import ALL_TIERS, Equivalent, compute
from superemitter.account.inventory_factors import Source
from superemitter.account.inventory_rows import read_activity
from superemitter.account.inventory_uncertainty import NOT_STATED, Interval, Mass, within_percent
from superemitter.account.reconcile import Reported
from superemitter.account.series import Series, SeriesTable, parse_series
from superemitter.model.errors import AccountError
from superemitter.model.rate import CannotSay

_DRAWS = 10_000


def is_series(text: str) -> bool:
    """Whether a table is one of countries, by its first line."""
    columns = {cell.strip() for cell in text.partition("\n")[0].split(",")}
    return {"Entity", "Year"} <= columns


def reported_of_activity(
    text: str,
    where: str,
    sources: Mapping[str, Source],
    year: int,
    rng: np.random.Generator,
    *,
    name: str | None = None,
) -> Reported:
    """Methane of a year by an activity table, of all its rows or of those of one name.

    Parameters
    ----------
    text, where : str
        The table, and its name for messages.
    sources : mapping of str to Source
    year : int
    rng : numpy.random.Generator
    name : str, optional
        Of a mine, plant or region in the column ``name``.

    Raises
    ------
    AccountError
        The table cannot be used, or holds no methane of that year and name.
    """
    rows = read_activity(text, where, sources)
    own = [row for row in rows if row.year == year and (name is None or row.name == name)]
    if not own:
        there = ", ".join(dict.fromkeys(f"{row.name} {row.year}" for row in rows))
        what = f"no row of {year}" + (f" named {name!r}" if name else "")
        raise AccountError(f"{where}: {what}", hint=f"there is: {there}")
    made = compute(own, sources, Equivalent(), rng)
    found = [total.mass for total in made.totals if total.gas == "CH4" and total.tier == ALL_TIERS]
    if not found:
        raise AccountError(f"{where}: its rows of {year} emit no methane", hint="give a table of methane sources")
    of = ", ".join(dict.fromkeys(f"{row.name} ({row.source.id}, tier {row.tier})" for row in own))
    return Reported(mass=found[0], covers=of, where=where)


def reported_of_series(
    table: SeriesTable,
    country: str,
    year: int,
    rng: np.random.Generator,
    *,
    gwp_table: str | None = None,
    u95_percent: float | None = None,
) -> Reported:
    """Methane of a country's year by a table of countries.

    Parameters
    ----------
    table : SeriesTable
    country : str
        Name or code.
    year : int
    rng : numpy.random.Generator
    gwp_table : str, optional
        With which to undo CO2-equivalents, GWP-100 of unsplit methane; an assumption where the table does not name
        its own. Needed if the table is in t CO2e.
    u95_percent : float, optional
        Half-width of the 95 % interval of the figure; such tables state none.

    Raises
    ------
    AccountError
        There is no such country, no methane in the table, no figure of that year, or no `gwp_table`.
    """
    series = [one for one in table.of(country) if one.quantity.gas == "CH4"]
    if not series:
        problem = f"no methane of {country!r}" if table.of(country) else f"nothing of {country!r}"
        raise AccountError(f"{table.name}: {problem}", hint="give a table of methane, and a name or code in it")
    chosen = min(series, key=lambda one: one.quantity.unit != "t")
    figure = chosen.at(year)
    if figure is None:
        raise AccountError(
            f"{table.name}: no figure of {chosen.entity} for {year}",
            hint=f"it holds {chosen.years[0]} to {chosen.years[-1]}" if chosen.years else None,
        )
    mass_t, note = _tonnes(chosen, figure, gwp_table)
    if u95_percent is None:
        why = CannotSay(code=NOT_STATED, reason=f"{table.name} states no uncertainty")
        mass = Mass(value_t=mass_t, interval=why)
    else:
        drawn = within_percent(mass_t, u95_percent).draw(rng, _DRAWS)
        mass = Mass(value_t=mass_t, interval=Interval.of(drawn))
    return Reported(
        mass=mass,
        covers=f"{chosen.entity}: {chosen.quantity.title}, all sectors{note}",
        where=table.name,
        countries=tuple(name for name in dict.fromkeys((chosen.entity, chosen.code, country)) if name),
    )


def read_countries(text: str, name: str) -> SeriesTable:
    """A table of countries given as text; see :func:`superemitter.account.series.parse_series`."""
    return parse_series(text, name)


def _tonnes(series: Series, figure: float, gwp_table: str | None) -> tuple[float, str]:
    if series.quantity.unit == "t":
        return figure, ""
    if gwp_table is None:
        raise AccountError(
            f"{series.table} is in t CO2e and does not say by which table",
            hint="name the table to undo it with: AR4, AR5 or AR6",
        )
    cell = gwp("CH4", gwp_table, 100, "unsplit")
    return figure / float(cell.value), f", from t CO2e by {cell.name}, which is assumed"
