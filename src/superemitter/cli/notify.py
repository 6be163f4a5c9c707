"""``superemitter notify``: the notice of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import clock, options
from superemitter.cli.output import print_json

if TYPE_CHECKING:
    from superemitter.pipeline.notify import Notice


def notify(
    case_id: options.Case,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The notice is written to DIR/CASE.")],
    sign: Annotated[
        str, typer.Option("--sign", metavar="NAME", help="Who signs the statement that the rule asks for, today.")
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who notifies, if not who signs.")] = "",
    language: Annotated[
        str | None,
        typer.Option("--language", metavar="en|zh", help="One PDF only. Left out: one in each language."),
    ] = None,
    emission_id: Annotated[
        str, typer.Option("--emission-id", metavar="ID", help="The programme's own number of the emission.")
    ] = "",
    notes: Annotated[str, typer.Option("--notes", metavar="TEXT", help="Remarks that the notice shows.")] = "",
    overwrite: options.Overwrite = False,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Make the notice of a case, and record that it was sent.

    If it is not complete, what is missing is listed, by rule, and nothing is written. Else: JSON, PDF in English
    and Chinese, the operator's answer form as JSON and spreadsheet, the evidence. Again, it writes the same files.
    """
    from superemitter.model.errors import InvalidForm
    from superemitter.pipeline.notification import Signing
    from superemitter.pipeline.notify import LANGUAGES, require_complete
    from superemitter.pipeline.notify import notify as make
    from superemitter.register import open_register

    book = open_register(db)
    try:
        notice = make(
            book,
            case_id,
            out,
            now=clock.now(),
            by=by or sign or "notifier",
            signing=Signing(signer=sign, emission_id=emission_id, notes=notes),
            languages=LANGUAGES if language is None else (language,),
            dry_run=dry_run,
            overwrite=overwrite,
        )
    finally:
        book.close()
    error = None
    try:
        require_complete(notice)
    except InvalidForm as incomplete:
        error = incomplete
    if as_json:
        print_json(
            _as_dict(notice, out / case_id, dry_run=dry_run) | ({"error": error.as_dict()} if error else {})
        )
        raise typer.Exit(error.exit_code if error else 0)
    _show(notice, out / case_id, dry_run=dry_run)
    if error is not None:
        raise error


def _as_dict(notice: Notice, folder: Path, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "complete": not notice.missing,
        "missing": [
            {"item": item.item, "citation": item.citation, "what": {"en": item.what, "zh": item.what_zh}}
            for item in notice.missing
        ],
        "repeated": notice.repeated,
        "folder": str(folder) if notice.files else None,
        "files": dict(notice.files),
        "chain_head": notice.notification.chain_head,
        "head": notice.event.digest if notice.event else None,
    }


def _show(notice: Notice, folder: Path, *, dry_run: bool) -> None:
    if notice.missing:
        typer.echo("nothing was written or recorded; the notice lacks:")
        for item in notice.missing:
            typer.echo(f"  {item.item}: {item.what} [{item.citation}]")
        return
    if notice.notification.simulated:
        typer.echo("SIMULATED DATA, not an observation")
    if dry_run:
        typer.echo("complete: a dry run, nothing was written or recorded")
        return
    if notice.repeated:
        typer.echo("this notice was recorded before; its files were written again")
    for name in notice.files:
        typer.echo(str(folder / name))
    assert notice.event is not None
    typer.echo(f"the notice carries head {notice.notification.chain_head}")
    typer.echo(f"recorded as event {notice.event.sequence}; head {notice.event.digest}")
