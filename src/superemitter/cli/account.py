"""``superemitter account``: what a source emits in a year."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from superemitter.account.annual import AnnualAccount
    from superemitter.account.spread import Spread
    from superemitter.model import CannotSay


def account(
    source: Annotated[int, typer.Argument(metavar="SOURCE", help="Number of a source of the register.")],
    year: Annotated[
        int | None, typer.Option("--year", metavar="Y", min=1, max=9999, help="Only passes of this year, UTC.")
    ] = None,
    assume: Annotated[
        float | None,
        typer.Option(
            "--assume-pod",
            metavar="P",
            min=0.0,
            max=1.0,
            help="Assume this probability of detection for passes that saw nothing and do not say theirs.",
        ),
    ] = None,
    assume_looks: Annotated[
        int | None,
        typer.Option(
            "--assume-looks",
            metavar="N",
            min=1,
            help="Assume that plumes of lists are all that so many looks saw.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Draw every pass: .png or .svg.")
    ] = None,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """Tell what a source emits in a year: mean rate times the share of the time that it emits, with intervals.

    Passes that saw nothing count as much as they would have seen.
    """
    from superemitter.account.annual_records import account_record
    from superemitter.cli.pictures import free_picture
    from superemitter.pipeline.accounts import account_of_source
    from superemitter.register import open_register

    if out is not None:
        free_picture(out, overwrite=overwrite)
    book = open_register(db)
    try:
        made = account_of_source(
            book, source, year=year, assumed_probability=assume, assumed_looks=assume_looks, seed=seed
        )
    finally:
        book.close()
    if out is not None:
        from superemitter.publish.accounts import draw_account, write_picture

        write_picture(draw_account(made), out)
    if as_json:
        content: dict[str, Any] = {"seed": seed, **account_record(made)}
        print_json(content | ({"picture": str(out)} if out else {}))
        return
    _show(made)
    if out is not None:
        typer.echo(f"picture: {out}")


def _show(made: AnnualAccount) -> None:
    from rich.table import Table

    if made.simulated:
        typer.echo("SIMULATED DATA, not an observation")
    table = Table(title=f"{made.name}, {made.year or 'all passes'}")
    for name in ("", "value", "68 %", "95 %"):
        table.add_column(name, overflow="fold")
    unit = f"t CH4 {'in ' + str(made.year) if made.year else 'a year'}"
    table.add_row("mean rate while it emits, kg/h", *_cells(made.mean_rate))
    table.add_row("share of the time it emits", *_cells(made.persistence))
    table.add_row(f"emission, {unit}", *_cells(made.emission))
    console().print(table)
    typer.echo(
        f"{len(made.passes)} passes, {made.detections} with a plume; {made.telling} tell whether it emitted"
    )
    for said in (made.mean_rate, made.persistence):
        if reason := getattr(said, "reason", ""):
            typer.echo(f"cannot say: {reason}")
    for line in made.cautions:
        typer.echo(line.text)


def _cells(said: Spread | CannotSay) -> tuple[str, str, str]:
    from superemitter.account.spread import Spread
    from superemitter.publish.wording import interval_text, significant

    if not isinstance(said, Spread):
        return f"cannot say ({said.code})", "", ""
    return significant(said.value), interval_text(said.low68, said.high68), interval_text(said.low95, said.high95)
