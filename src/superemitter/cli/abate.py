"""``superemitter abate``: what would stop an emission, how much of it, and at what cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    import numpy as np

    from superemitter.account.abatement import Option, Target
    from superemitter.account.abatement_costs import Curve, Fee
    from superemitter.account.measures import Measure

LeftOut = tuple[tuple[str, str], ...]


def abate(
    source: Annotated[
        list[int] | None, typer.Option("--source", metavar="N", help="A source of the register; repeatable.")
    ] = None,
    inventory: Annotated[
        Path | None, typer.Option("--inventory", metavar="FILE", help="Activity table, as for `inventory`.")
    ] = None,
    emissions: Annotated[
        Path | None, typer.Option("--emissions", metavar="FILE", help="Emissions by place and part, CSV.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Only emissions of this owner.")
    ] = None,
    year: Annotated[
        int | None,
        typer.Option("--year", metavar="Y", min=1, max=9999, help="Of the inventory, the account, the fee."),
    ] = None,
    sector: Annotated[
        str | None,
        typer.Option("--sector", metavar="NAME", help="Of the sources, if their plumes do not tell it."),
    ] = None,
    measures: Annotated[
        Path | None, typer.Option("--measures", metavar="FILE", help="More measures, or checked ones, TOML.")
    ] = None,
    factors: Annotated[
        Path | None, typer.Option("--factors", metavar="FILE", help="More sources of the inventory.")
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option("--costs", metavar="FILE", help="What measures cost, CSV; without it none is known."),
    ] = None,
    fee_rules: Annotated[
        str | None,
        typer.Option("--fee-rules", metavar="NAME", help="Also with the fee under this law, of --year."),
    ] = None,
    assume_pod: Annotated[
        float | None, typer.Option("--assume-pod", metavar="P", min=0.0, max=1.0, help="As in `account`.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Draw the cost curve: .png or .svg.")
    ] = None,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """List the measures that apply to a source, an owner or an inventory, and how much each would stop.

    With a table of costs: ranks them and draws the marginal abatement cost curve, with and without the fee.
    """
    import numpy as np

    from superemitter.account.abatement import options_for
    from superemitter.account.abatement_records import curve_record, options_record
    from superemitter.account.measures import load_measures, read_measures
    from superemitter.cli.pictures import free_picture
    from superemitter.model.errors import UsageError

    if sum(bool(one) for one in (source, inventory, emissions)) != 1:
        raise UsageError("nothing, or too much, to stop", hint="give one of --source, --inventory, --emissions")
    if (out is not None or fee_rules is not None) and costs is None:
        raise UsageError("a cost curve without costs", hint="give --costs; no cost is packaged")
    if owner is not None and emissions is None:
        raise UsageError("--owner without --emissions", hint="owners are told by a table of emissions")
    if out is not None:
        free_picture(out, overwrite=overwrite)
    rng = np.random.default_rng(seed)
    known = load_measures() if measures is None else read_measures(measures)
    left_out: LeftOut = ()
    if source:
        targets, left_out = _of_sources(db, source, sector, year, assume_pod, seed)
    elif inventory is not None:
        targets = _of_inventory(inventory, factors, year, rng)
    else:
        assert emissions is not None
        targets = _of_table(emissions, owner, known)
    found = options_for(targets, known, rng)
    curve = None if costs is None else _curve(found, costs, known, fee_rules, year)
    if out is not None and curve is not None:
        from superemitter.publish.abatement import draw_cost_curve
        from superemitter.publish.accounts import write_picture

        write_picture(draw_cost_curve(curve), out)
    if as_json:
        content: dict[str, Any] = {"seed": seed, "options": options_record(found)}
        content["left_out"] = [{"name": name, "reason": reason} for name, reason in left_out]
        content["curve"] = None if curve is None else curve_record(curve)
        print_json(content | ({"picture": str(out)} if out else {}))
        return
    _show(found, left_out)
    if curve is not None:
        _show_curve(curve)
    if out is not None:
        typer.echo(f"picture: {out}")


def _of_sources(
    db: str | None, ids: list[int], sector: str | None, year: int | None, assume_pod: float | None, seed: int
) -> tuple[tuple[Target, ...], LeftOut]:
    from superemitter.pipeline.abating import targets_of_sources
    from superemitter.register import open_register

    book = open_register(db)
    try:
        return targets_of_sources(book, ids, sector=sector, year=year, assumed_probability=assume_pod, seed=seed)
    finally:
        book.close()


def _of_inventory(
    path: Path, factors: Path | None, year: int | None, rng: np.random.Generator
) -> tuple[Target, ...]:
    from superemitter.account.abatement import targets_of_inventory
    from superemitter.account.inventory import Equivalent, compute
    from superemitter.account.inventory_csv import read_text
    from superemitter.account.inventory_factors import load_sources, read_sources
    from superemitter.account.inventory_rows import read_activity
    from superemitter.model.errors import UsageError

    if year is None:
        raise UsageError("--inventory without --year", hint="say of which year")
    known = load_sources() if factors is None else read_sources(factors)
    rows = read_activity(read_text(path), path.name, known)
    return targets_of_inventory(compute(rows, known, Equivalent(), rng), year)


def _of_table(path: Path, owner: str | None, known: tuple[Measure, ...]) -> tuple[Target, ...]:
    from superemitter.account.abatement_csv import read_emissions
    from superemitter.account.inventory_csv import read_text
    from superemitter.model.errors import AccountError

    targets = read_emissions(read_text(path), path.name, known)
    own = tuple(target for target in targets if owner is None or target.owner == owner)
    if not own:
        there = ", ".join(dict.fromkeys(target.owner or "(none)" for target in targets))
        raise AccountError(f"{path.name}: nothing of the owner {owner!r}", hint=f"owners there: {there}")
    return own


def _curve(
    found: tuple[Option, ...], path: Path, known: tuple[Measure, ...], rules: str | None, year: int | None
) -> Curve:
    from superemitter.account.abatement_costs import cost_curve
    from superemitter.account.abatement_csv import read_costs
    from superemitter.account.inventory_csv import read_text

    costs = read_costs(read_text(path), path.name, known)
    return cost_curve(found, costs, None if rules is None else _fee(rules, year))


def _fee(name: str, year: int | None) -> Fee:
    from superemitter.account.abatement_costs import Fee
    from superemitter.account.fee import load_fee_rules
    from superemitter.model.errors import UsageError

    if year is None:
        raise UsageError("--fee-rules without --year", hint="the fee of a tonne depends on the year")
    rules = load_fee_rules(name)
    rate = rules.rate(year)
    return Fee(
        per_t=float(rate.value),
        currency="USD",
        law=f"{rules.id}, emissions of {year}",
        verified=rate.passport.verified,
    )


def _show(found: tuple[Option, ...], left_out: LeftOut) -> None:
    from rich.table import Table

    from superemitter.account.abatement_records import UNVERIFIED
    from superemitter.account.large_release_records import mass_words

    if any(option.target.simulated for option in found):
        typer.echo("SIMULATED DATA, not an observation")
    table = Table(title="What would stop it, each measure taken alone")
    for name in ("place", "measure", "of what", "emits, t CH4 a year", "would stop"):
        table.add_column(name, overflow="fold")
    for option in found:
        measure, at_most = option.measure, "at most " if option.at_most else ""
        mark = "" if measure.passport.verified else " *"
        part = option.target.part or f"{measure.part}, not told apart"
        emits = f"{option.target.ch4_t.value:,.6g}"
        stops = f"{at_most}{mass_words(option.stops)}"
        table.add_row(option.target.name, f"{measure.title['en']}{mark}", part, emits, stops)
    console().print(table)
    if not found:
        typer.echo("no measure is known for any of these emissions")
    for name, reason in left_out:
        typer.echo(f"left out: {name}: {reason}")
    if any(option.at_most for option in found):
        typer.echo("at most: if all of the emission were what the measure acts on; give it by part to know better")
    if not all(option.measure.passport.verified for option in found):
        typer.echo(f"* {UNVERIFIED}")


def _show_curve(curve: Curve) -> None:
    from rich.table import Table

    from superemitter.account.abatement_records import FEE_NOTE
    from superemitter.account.large_release_records import mass_words
    from superemitter.account.spread import Spread
    from superemitter.publish.wording import interval_text

    fee = curve.fee
    table = Table(title=f"By cost, {curve.currency}; each on what the cheaper ones left")
    for name in ("", "measure", "place", "stops", "per t CH4", "95 %", *(["less the fee"] if fee else [])):
        table.add_column(name, overflow="fold")
    for number, rung in enumerate(curve.rungs, start=1):
        said = rung.cost_per_t
        bounds = (
            interval_text(said.low95, said.high95) if isinstance(said, Spread) else f"cannot say ({said.code})"
        )
        row = [str(number), rung.option.measure.id, rung.option.target.name, mass_words(rung.stops)]
        row += [f"{rung.cost_value_per_t:,.4g}", bounds]
        table.add_row(*row, *([f"{rung.with_fee_per_t:,.4g}"] if fee else []))
    console().print(table)
    typer.echo(f"together {mass_words(curve.stops)}; {curve.pays_without_fee:,.4g} t of it cost nothing or earn")
    if fee is not None:
        checked = "" if fee.verified else "; NOT VERIFIED"
        typer.echo(
            f"with {fee.per_t:,.0f} {fee.currency} a tonne ({fee.law}{checked}): {curve.pays_with_fee:,.4g} t"
        )
        typer.echo(FEE_NOTE)
    for what, reason in curve.not_ranked:
        typer.echo(f"not ranked: {what}: {reason}")
