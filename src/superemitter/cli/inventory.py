"""``superemitter inventory``: emissions from an activity table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from superemitter.account.inventory import Inventory


def inventory(
    activity: Annotated[Path | None, typer.Argument(metavar="FILE", help="Activity table, CSV.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write lines, totals and JSON here.")
    ] = None,
    factors: Annotated[
        Path | None,
        typer.Option("--factors", metavar="FILE", help="More sources, in the form of the packaged file."),
    ] = None,
    gwp: Annotated[
        str, typer.Option("--gwp", metavar="TABLE", help="AR4, AR5, AR5-feedback or AR6; it is named everywhere.")
    ] = "AR6",
    horizon: Annotated[int, typer.Option("--horizon", metavar="YEARS", help="100 or 20.")] = 100,
    unsplit: Annotated[
        bool, typer.Option("--unsplit", help="One value for methane of any origin, as UNFCCC inventories have it.")
    ] = False,
    example: Annotated[
        Path | None, typer.Option("--example", metavar="FILE", help="Write an example table here, and stop.")
    ] = None,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Compute an inventory from an activity table: coal, oil, gas, waste, industry, coal power; Tier 1 to 3.

    Every line shows its equation; tiers are kept apart; intervals are by Monte Carlo.
    """
    from superemitter.model.errors import UsageError

    if example is not None:
        _write_example(example, overwrite=overwrite)
        return
    if activity is None:
        raise UsageError("no activity table is given", hint="--example FILE writes one to begin with")
    text, made = _make(activity, factors, gwp, horizon, unsplit=unsplit, seed=seed)
    from superemitter.account.inventory_records import inventory_record

    record: dict[str, Any] = {"table": activity.name, "seed": seed, **inventory_record(made)}
    if out is not None:
        _write(out, text, record, made, overwrite=overwrite)
        record["folder"] = str(out)
    if as_json:
        print_json(record)
        return
    _show(made)
    if out is not None:
        typer.echo(f"written: {out}")


def _make(
    activity: Path, factors: Path | None, table: str, horizon: int, *, unsplit: bool, seed: int
) -> tuple[str, Inventory]:
    import numpy as np

    from superemitter.account.inventory import Equivalent, compute
    from superemitter.account.inventory_csv import read_text
    from superemitter.account.inventory_factors import load_sources, read_sources
    from superemitter.account.inventory_rows import read_activity

    sources = load_sources() if factors is None else read_sources(factors)
    text = read_text(activity)
    rows = read_activity(text, activity.name, sources)
    equivalent = Equivalent(table=table, horizon=horizon, by_origin=not unsplit)
    return text, compute(rows, sources, equivalent, np.random.default_rng(seed))


def _write(out: Path, text: str, record: dict[str, Any], made: Inventory, *, overwrite: bool) -> None:
    import hashlib

    from superemitter import __version__
    from superemitter.account.inventory_records import as_csv, line_rows, total_rows
    from superemitter.publish.folder import MARK, staged

    run = {
        "command": "inventory",
        "version": __version__,
        "table": record["table"],
        "table_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "gwp": record["gwp"],
        "seed": record["seed"],
    }
    with staged(out, overwrite=overwrite) as folder:
        (folder / "lines.csv").write_text(as_csv(line_rows(made)), encoding="utf-8")
        (folder / "totals.csv").write_text(as_csv(total_rows(made)), encoding="utf-8")
        (folder / "inventory.json").write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
        (folder / MARK).write_text(json.dumps(run, indent=1), encoding="utf-8")


def _write_example(path: Path, *, overwrite: bool) -> None:
    from importlib.resources import files

    from superemitter.model.errors import OutputError, OutputExists

    if path.exists() and not overwrite:
        raise OutputExists(f"{path} is there already", hint="pass --overwrite to replace it")
    content = files("superemitter") / "data" / "accounts" / "factors_activity_example.csv"
    try:
        path.write_text(content.read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    typer.echo(f"written: {path}")


def _show(made: Inventory) -> None:
    from rich.table import Table

    from superemitter.account.inventory_records import UNVERIFIED
    from superemitter.account.inventory_uncertainty import Interval
    from superemitter.publish.wording import significant

    table = Table(title="Inventory")
    for name in ("year", "gas", "tier", "emission, t", "95 % interval, t"):
        table.add_column(name, overflow="fold", justify="right" if "t" in name.split(", ") else "left")
    reasons: dict[str, None] = {}
    for total in made.totals:
        interval = total.mass.interval
        if isinstance(interval, Interval):
            shown = f"{significant(interval.low95_t, 3)} to {significant(interval.high95_t, 3)}"
        else:
            shown = "cannot say"
            reasons[interval.reason] = None
        tier = str(total.tier) if total.tier else "all"
        table.add_row(str(total.year), total.gas, tier, significant(total.mass.value_t, 4), shown)
    out = console()
    out.print(table)
    for reason in reasons:
        out.print(f"cannot say: {reason}")
    out.print(f"CO2e by {made.equivalent.name}")
    if any(line.memo for line in made.lines):
        out.print("Beside the inventory, in no total:")
    for line in made.lines:
        if line.memo:
            methane, co2e = significant(line.emission.value_t), significant(line.co2e.value_t)
            what = f"{methane} t CH4 ({co2e} t CO2e) of mining the coal it burnt"
            out.print(f"  {line.name}, {line.year}: {what}")
    if not made.verified:
        out.print(UNVERIFIED)
