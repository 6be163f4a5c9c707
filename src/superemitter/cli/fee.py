"""``superemitter fee``: what the methane fee asks for a year, law by law."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from superemitter.account.fee import FeeStatement


def fee(
    facilities: Annotated[Path, typer.Argument(metavar="FACILITIES.csv", help="What each facility reports.")],
    year: Annotated[
        int, typer.Option("--year", metavar="Y", min=1, max=9999, help="Reporting year of the emissions.")
    ],
    rules: Annotated[
        list[str],
        typer.Option(
            "--rules", metavar="NAME", help="statute_2022, part99_2024 or current_law; repeat to compare them."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the statements.")],
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Apply the rules as of a day; they must have been law then."),
    ] = None,
    determined: Annotated[
        list[str] | None,
        typer.Option(
            "--assume-determined",
            metavar="STATE",
            help="Assume the Administrator's determinations on compliance for a State, or 'all'; repeatable.",
        ),
    ] = None,
    overwrite: options.Overwrite = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the table and compute, say what would be written, and stop.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Compute the US methane fee of a year for facilities and owners, every equation written out.

    Annual, by facility, netted under common ownership; never the price of an event. Says which law was applied and
    when it changed.
    """
    from superemitter.account.fee import assess_fee, load_fee_rules, read_facilities
    from superemitter.account.inventory_csv import read_text
    from superemitter.publish.folder import check_free

    chosen = [load_fee_rules(name) for name in dict.fromkeys(rules)]
    day = _day(as_of)
    check_free(out, overwrite=overwrite)
    text = read_text(facilities)
    statements = [
        assess_fee(
            read_facilities(text, facilities.name, one, year),
            one,
            year,
            as_of=day,
            determined_states=[name.strip() for name in determined or ()],
        )
        for one in chosen
    ]
    written = {} if dry_run else _write(statements, facilities, out, overwrite=overwrite)
    if as_json:
        _as_json(statements, written, dry_run=dry_run)
        return
    _show(statements)
    typer.echo(f"would be written: {out}" if dry_run else f"statement: {written['page']}")
    if written and "paper" not in written:
        typer.echo("no PDF: too many facilities for paper; everything is in the page and the tables")


def _day(text: str | None) -> date | None:
    from datetime import date

    from superemitter.model.errors import UsageError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of {text!r} is not a date", hint="write YYYY-MM-DD") from error


def _write(statements: Sequence[FeeStatement], source: Path, out: Path, *, overwrite: bool) -> dict[str, Path]:
    from superemitter import __version__
    from superemitter.publish.fee import write_fee
    from superemitter.publish.run_record import sha256_of

    first = statements[0]
    record = {
        "kind": "fee",
        "inputs": [{"name": source.name, "sha256": sha256_of(source)}],
        "options": {
            "year": first.year,
            "rules": {one.rules.id: one.as_of.isoformat() for one in statements},
            "assume_determined": list(first.determined_states),
        },
        "versions": {"superemitter": __version__},
    }
    return write_fee(statements, out, record, overwrite=overwrite)


def _as_json(statements: Sequence[FeeStatement], written: dict[str, Path], *, dry_run: bool) -> None:
    from superemitter.publish.fee import fee_record

    content: dict[str, Any] = {"dry_run": dry_run, "statements": [fee_record(one) for one in statements]}
    print_json(content | {"files": {key: str(path) for key, path in written.items()}})


def _show(statements: Sequence[FeeStatement]) -> None:
    from rich.table import Table

    from superemitter.account.fee import money, plain

    out = console()
    for statement in statements:
        table = Table(title=f"{statement.rules.title_en}: emissions of {statement.year}")
        for name in ("party", "covered facilities", "net CH4 (t)", "rate (US$/t)", "charge"):
            table.add_column(name, overflow="fold", justify="left" if name == "party" else "right")
        for party in statement.parties:
            covered = sum(facility.covered for facility in party.facilities)
            table.add_row(
                party.party,
                f"{covered} of {len(party.facilities)}",
                plain(party.net_t),
                plain(party.rate_usd_per_t),
                money(party.charge_usd),
            )
        out.print(table)
        out.print(statement.law_applied)
        for banner in statement.banners:
            out.print(banner)
