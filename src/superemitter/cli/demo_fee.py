"""The demonstration's fee as people read it: one facility, two laws, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.table import Table

from superemitter.account.fee import FeeStatement, money, plain
from superemitter.cli.output import console


def show_fee(statements: Sequence[FeeStatement]) -> None:
    """A column for each law: threshold, excess, rate, charge, and which law that was."""
    (name,) = {facility.facility_name for one in statements for facility in one.facilities}
    (year,) = {one.year for one in statements}
    typer.echo("")
    typer.echo(f"The methane fee of one facility, {name}, for all of {year}; it is not the price of a leak:")
    table = Table(title=f"Emissions of {year}")
    table.add_column("", overflow="fold")
    for one in statements:
        table.add_column(one.rules.title_en, overflow="fold")
    parties = [one.parties[0] for one in statements]
    facilities = [one.facilities[0] for one in statements]
    table.add_row("methane, t", *(plain(one.ch4_t) for one in facilities))
    table.add_row("threshold, t", *(plain(one.threshold_t) for one in facilities))
    table.add_row("above it, t", *(plain(one.above_threshold_t) for one in facilities))
    table.add_row("rate, US$/t", *(plain(one.rate_usd_per_t) for one in parties))
    table.add_row("charge", *(money(one.charge_usd) for one in parties))
    table.add_row("law applied", *(one.law_applied for one in statements))
    table.add_row("not checked", *(_banners(one) for one in statements))
    console().print(table)


def _banners(statement: FeeStatement) -> str:
    return "; ".join(name for name, _ in statement.unverified) or "all read in the primary text"
