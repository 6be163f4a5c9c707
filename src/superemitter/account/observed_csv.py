"""A table of observed sources of one's own, read strictly."""

from __future__ import annotations

from typing import Final

import numpy as np

from superemitter.account.annual import hours_of
from superemitter.account.inventory_csv import Row, read_table
from superemitter.account.inventory_uncertainty import Estimate
from superemitter.account.rates import Rate
from superemitter.account.reconcile import ObservedSource
from superemitter.account.spread import Spread
from superemitter.model.errors import AccountError, InvalidValue
from superemitter.model.rate import CannotSay

_NEEDED: Final = ("name", "rate_kg_h")
COLUMNS: Final = (
    *_NEEDED,
    "rate_low_kg_h",
    "rate_high_kg_h",
    "persistence",
    "persistence_low95",
    "persistence_high95",
)
_DRAWS: Final = 4000


def read_observed(text: str, name: str, year: int, rng: np.random.Generator) -> tuple[ObservedSource, ...]:
    """Sources of a CSV table with the columns :data:`COLUMNS`.

    Rate and its 68 % interval are those while it emits, persistence is the share of the time that it does, with
    its 95 % interval. Without a persistence or without an interval a source counts for the sizes alone.

    Raises
    ------
    AccountError
        A column is not known or missing, a name is there twice, or a cell is wrong; the message names row and
        column.
    """
    columns, rows = read_table(text, name)
    for column in columns:
        if column not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise AccountError(f"{name}, row 1: column {column!r} is not known", hint=f"known: {known}")
    if missing := [column for column in _NEEDED if column not in columns]:
        raise AccountError(f"{name}, row 1: no column {missing[0]}")
    found: dict[str, ObservedSource] = {}
    for row in rows:
        label = row.text("name")
        if label in found:
            row.refuse("name", f"{label!r} is there twice")
        found[label] = _source(row, label, year, rng)
    if not found:
        raise AccountError(f"{name} has no rows")
    return tuple(found.values())


def _source(row: Row, label: str, year: int, rng: np.random.Generator) -> ObservedSource:
    value = row.number_in("rate_kg_h", 0)
    bounds = [row.number_in(c, 0) if row.filled(c) else None for c in ("rate_low_kg_h", "rate_high_kg_h")]
    try:
        rate = Rate(rate_kg_h=value, low_kg_h=bounds[0], high_kg_h=bounds[1])
    except InvalidValue as error:
        row.refuse("rate_kg_h", error.message, error.hint)
    if not row.filled("persistence"):
        why = CannotSay(code="persistence-not-known", reason="it is not told how often it emits")
        return ObservedSource(name=label, rate_kg_h=value, persistence=None, emission=why)
    share = row.number_in("persistence", 0, 1)
    limits = [row.number_in(c, 0, 1) if row.filled(c) else None for c in COLUMNS[-2:]]
    try:
        estimate = Estimate(value=share, low95=limits[0], high95=limits[1])
    except InvalidValue as error:
        row.refuse("persistence", error.message, error.hint)
    if not (rate.stated and estimate.stated):
        what = "rate" if not rate.stated else "persistence"
        why = CannotSay(code="uncertainty-not-stated", reason=f"its {what} has no stated error")
        return ObservedSource(name=label, rate_kg_h=value, persistence=share, emission=why)
    tonnes = hours_of(year) / 1000.0
    drawn = rate.draw(rng, _DRAWS) * np.minimum(1.0, estimate.draw(rng, _DRAWS)) * tonnes
    return ObservedSource(
        name=label, rate_kg_h=value, persistence=share, emission=Spread.of(value * share * tonnes, drawn)
    )
