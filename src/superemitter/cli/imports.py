"""``superemitter import``: public plume lists into the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json, printable

if TYPE_CHECKING:
    from superemitter.register import ImportReport

#: Refused rows that a table shows; all of them are in the JSON.
SHOWN = 40


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or GeoJSON, also in a zip archive.")],
    catalogue: Annotated[
        str | None,
        typer.Option(
            "--catalogue",
            metavar="NAME",
            help="carbon-mapper, emit, mars, mars-sources, sron, or your own name. Left out: by the columns.",
        ),
    ] = None,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Import a public plume list.

    Says how many records were read, stored, merged with another catalogue's, and refused: by row and field, with
    the reason. Good rows are stored in one transaction, or none. Importing a file again changes nothing. A file
    whose every row is refused ends with the exit code of a refused import.
    """
    from superemitter.model.errors import ImportRefused
    from superemitter.pipeline.imports import import_list
    from superemitter.register import open_register

    book = open_register(db)
    try:
        report = import_list(book, file, catalogue, dry_run=dry_run)
    finally:
        book.close()
    if as_json:
        print_json({"dry_run": dry_run, **report.as_dict()})
    else:
        _show(report, dry_run=dry_run)
    if report.refused and len(report.refused) == report.read:
        raise typer.Exit(ImportRefused.exit_code)


def _show(report: ImportReport, *, dry_run: bool) -> None:
    from rich.table import Table

    if report.refused:
        table = Table(title="Rows that are not stored")
        for name in ("row", "field", "reason"):
            table.add_column(name, overflow="fold")
        for one in report.refused[:SHOWN]:
            table.add_row(str(one.row), printable(one.field), printable(one.reason))
        console().print(table)
        if len(report.refused) > SHOWN:
            typer.echo(f"and {len(report.refused) - SHOWN} more; --json lists all")
    would = "would be " if dry_run else ""
    typer.echo(
        f"{report.file_name} ({report.catalogue}): {report.read:,} read, {report.stored:,} {would}stored, "
        f"{report.updated:,} {would}updated, {report.unchanged:,} unchanged, {report.merged:,} {would}merged, "
        f"{len(report.refused):,} refused"
    )
    if not report.exportable:
        typer.echo("its licence keeps some records apart: they are never exported")
    for note in report.notes:
        typer.echo(printable(f"note: {note}"))
