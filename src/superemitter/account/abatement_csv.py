"""Tables for measures, read strictly: emissions by part, and what measures cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from superemitter.account.abatement import Target
from superemitter.account.inventory_csv import Row, read_table
from superemitter.account.inventory_uncertainty import within_percent
from superemitter.account.measures import SECTORS, Measure, parts_of
from superemitter.model.errors import AccountError

EMISSION_COLUMNS: Final = (
    *("name", "sector", "ch4_t", "ch4_u95_percent"),
    *("owner", "part", "flare_destruction_percent"),
)
COST_COLUMNS: Final = (
    *("measure", "currency", "yearly_cost"),
    *("name", "investment", "lifetime_years", "interest_percent", "yearly_saving"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a measure costs a year at one place, or at every place; negative: it earns.

    Attributes
    ----------
    measure : str
    name : str
        Of the place; empty: every place.
    currency : str
    yearly : float
        Investment spread over its life, plus yearly cost, less yearly saving. [currency per year]
    equation : str
        With its numbers.
    """

    measure: str
    name: str
    currency: str
    yearly: float
    equation: str


def read_emissions(text: str, name: str, measures: tuple[Measure, ...]) -> tuple[Target, ...]:
    """Emissions of a CSV table with the columns :data:`EMISSION_COLUMNS`; the last three may be left out.

    One row for each part of each place; an empty part is a place that is not split.

    Raises
    ------
    AccountError
        A column is not known or missing, a cell is wrong, or a part of a place is counted twice; the message names
        row and column.
    """
    rows = _rows(text, name, EMISSION_COLUMNS, needed=4)
    found: list[Target] = []
    parts: dict[str, set[str]] = {}
    owners: dict[str, str] = {}
    for row in rows:
        target = _target(row, measures)
        seen = parts.setdefault(target.name, set())
        if target.part in seen or (seen and "" in seen | {target.part}):
            row.refuse("part", f"{target.name} is counted twice: {target.part or 'as a whole'}")
        if owners.setdefault(target.name, target.owner) != target.owner:
            row.refuse("owner", f"{target.name} has another owner in an earlier row")
        seen.add(target.part)
        found.append(target)
    return tuple(found)


def read_costs(text: str, name: str, measures: tuple[Measure, ...]) -> tuple[Cost, ...]:
    """Costs of a CSV table with the columns :data:`COST_COLUMNS`; the last five may be left out.

    Raises
    ------
    AccountError
        A column is not known or missing, a measure is not known, currencies are mixed, or a cell is wrong; the
        message names row and column.
    """
    found: dict[tuple[str, str], Cost] = {}
    currency = ""
    for row in _rows(text, name, COST_COLUMNS, needed=3):
        cost = _cost(row, measures)
        currency = currency or cost.currency
        if cost.currency != currency:
            row.refuse("currency", f"{cost.currency} beside {currency}", "give all costs in one currency")
        if (cost.measure, cost.name) in found:
            row.refuse("measure", f"{cost.measure} of {cost.name or 'every place'} is there twice")
        found[cost.measure, cost.name] = cost
    return tuple(found.values())


def annual_cost(
    investment: float, years: float, interest: float, yearly_cost: float, yearly_saving: float
) -> float:
    r"""An investment spread evenly over its life, with what it costs and saves each year.

    .. math:: c = I \frac{i}{1 - (1 + i)^{-n}} + c_y - s_y

    Parameters
    ----------
    investment, yearly_cost, yearly_saving : float
        [currency, currency per year]
    years : float
        Life. [yr]
    interest : float
        A share per year.
    """
    factor = interest / (1.0 - (1.0 + interest) ** -years) if interest > 0 else 1.0 / years
    return investment * factor + yearly_cost - yearly_saving


def _rows(text: str, name: str, columns: tuple[str, ...], needed: int) -> list[Row]:
    there, rows = read_table(text, name)
    for column in there:
        if column not in columns:
            hint = f"known: {', '.join(columns)}"
            raise AccountError(f"{name}, row 1: column {column!r} is not known", hint=hint)
    if missing := [column for column in columns[:needed] if column not in there]:
        raise AccountError(f"{name}, row 1: no column {missing[0]}")
    found = list(rows)
    if not found:
        raise AccountError(f"{name} has no rows")
    return found


def _target(row: Row, measures: tuple[Measure, ...]) -> Target:
    sector = row.one_of("sector", SECTORS)
    part = ""
    if row.filled("part"):
        part = row.one_of("part", (*parts_of(measures, sector), "other"))
    destruction = None
    if row.filled("flare_destruction_percent"):
        if part != "flares":
            row.refuse("flare_destruction_percent", "is given for what is no flare", "let part be flares")
        destruction = row.number_in("flare_destruction_percent", 0, 99.999) / 100.0
    return Target(
        name=row.text("name"),
        sector=sector,
        ch4_t=within_percent(row.number_in("ch4_t", 0), row.number_in("ch4_u95_percent", 0)),
        part=part,
        owner=row.cells.get("owner", ""),
        current_destruction=destruction,
    )


def _cost(row: Row, measures: tuple[Measure, ...]) -> Cost:
    measure = row.one_of("measure", tuple(one.id for one in measures))
    yearly = row.number_in("yearly_cost", 0)
    saving = row.number_in("yearly_saving", 0) if row.filled("yearly_saving") else 0.0
    investment = row.number_in("investment", 0) if row.filled("investment") else 0.0
    years, percent = 1.0, 0.0
    if investment > 0:
        years, percent = row.number_in("lifetime_years", 1, 100), row.number_in("interest_percent", 0, 100)
    else:
        for column in ("lifetime_years", "interest_percent"):
            if row.filled(column):
                row.refuse(column, "is given without an investment")
    total = annual_cost(investment, years, percent / 100.0, yearly, saving)
    equation = f"{yearly:,.10g} − {saving:,.10g}"
    if investment > 0:
        equation = f"{investment:,.10g} over {years:g} years at {percent:g} % + {equation}"
    return Cost(
        measure=measure,
        name=row.cells.get("name", ""),
        currency=row.text("currency"),
        yearly=total,
        equation=f"{equation} = {total:,.10g} a year",
    )
