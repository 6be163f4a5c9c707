"""``superemitter report``: a leak reported by anyone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import clock, options
from superemitter.cli.output import print_json

if TYPE_CHECKING:
    from superemitter.pipeline.report_files import Filing
    from superemitter.pipeline.reports import Receipt
    from superemitter.register import Register


def report(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The report as JSON; its evidence lies beside it.")
    ] = None,
    interactive: Annotated[bool, typer.Option("--interactive", help="Ask for everything instead.")] = False,
    plume: Annotated[
        int | None,
        typer.Option(
            "--plume", metavar="OBSERVATION", help="Report a registered plume; FILE then says who reports."
        ),
    ] = None,
    programme: Annotated[
        str, typer.Option("--programme", metavar="ID", help="Whose rules decide what the report is.")
    ] = "generic",
    text: Annotated[
        str, typer.Option("--text", metavar="ID", help="Which of the programme's texts, if it has several.")
    ] = "",
    notifiers: Annotated[
        Path | None,
        typer.Option("--notifiers", metavar="FILE", help="Whom the programme has certified, as JSON."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="When the report came in, if not now; the rule of that day decides."
        ),
    ] = None,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """File a report of a leak; no scan is needed.

    By the programme's rule it opens a tip or a notification, or joins the case of the same leak. Prints a receipt:
    the case, what the report is and why, and the next deadline. Filing the same report again changes nothing.
    """
    from superemitter.model.errors import UsageError
    from superemitter.pipeline.report_files import read_notifiers
    from superemitter.pipeline.reports import file_report
    from superemitter.register import open_register

    if file is None and not interactive and plume is None:
        raise UsageError("there is no report", hint="name a FILE, or pass --interactive or --plume OBSERVATION")
    if file is not None and interactive:
        raise UsageError("both a file and --interactive were given", hint="give one of them")
    if interactive and as_json:
        raise UsageError("--interactive asks questions, --json prints nothing but JSON", hint="give one of them")
    now = clock.now()
    certified = read_notifiers(notifiers) if notifiers is not None else None
    book = open_register(db)
    try:
        receipt = file_report(
            book,
            _filing(book, file, plume, now),
            programme_id=programme,
            text_id=text,
            now=now,
            received=clock.given(as_of),
            notifiers=certified,
            dry_run=dry_run,
        )
    finally:
        book.close()
    if as_json:
        print_json(_as_dict(receipt))
    else:
        _show(receipt)


def _filing(book: Register, file: Path | None, plume: int | None, now: Any) -> Filing:
    from superemitter.pipeline.report_files import filing_of, filing_of_plume, read_report_file, read_values

    if plume is not None:
        return filing_of_plume(book, plume, {} if file is None else read_values(file), now=now)
    if file is not None:
        return read_report_file(file, now=now)
    return filing_of(_asked(), folder=Path.cwd(), now=now)


def _asked() -> dict[str, Any]:
    """Ask for a report, question by question; what is left empty is left out. Values are judged afterwards."""
    questions = (
        ("latitude", "Latitude, decimal degrees (31.9)"),
        ("longitude", "Longitude, decimal degrees (-102.1)"),
        ("detected_at", "When it was seen, with time zone (2027-02-01T18:30:00Z)"),
        ("text", "What was seen, in your own words"),
        ("language", "Language of these words (en, zh)"),
        ("rate_kg_h", "Rate in kg/h, if known"),
        ("rate_method", "How the rate was found"),
        ("evidence", "Files in this folder that show it, separated by commas"),
        ("reporter", "Your name or organisation (may be left empty)"),
        ("contact", "How to reach you (may be left empty)"),
        ("anonymous", "Keep your name from the public? (yes, no)"),
    )
    values: dict[str, Any] = {}
    for name, question in questions:
        answer = typer.prompt(question, default="", show_default=False, err=True).strip()
        if answer:
            values[name] = [one.strip() for one in answer.split(",")] if name == "evidence" else answer
    return values


def _as_dict(receipt: Receipt) -> dict[str, Any]:
    from superemitter.cli.case_json import case_dict

    return {
        "dry_run": receipt.dry_run,
        "outcome": receipt.outcome,
        "kind": receipt.classification.kind,
        "reasons": [{"words": words, "citation": rule} for words, rule in receipt.classification.reasons],
        "report_id": receipt.report_id,
        "plumes": list(receipt.plumes),
        "case": case_dict(receipt.case),
    }


_OUTCOMES = {
    "opened": "a new case was opened",
    "joined": "it joined the case of the same leak",
    "raised": "the tip on this leak became a notification",
    "filed-before": "this report was filed before; nothing changed",
}


def _show(receipt: Receipt) -> None:
    from superemitter.cli.case_tables import banners, moment_text

    case, verdict = receipt.case, receipt.classification
    if receipt.dry_run:
        typer.echo("A dry run: nothing is stored. It would be:")
    for line in banners(case):
        typer.echo(line)
    typer.echo(f"case       {case.case_id}")
    typer.echo(f"report     {receipt.report_id}: {_OUTCOMES[receipt.outcome]}")
    typer.echo(f"rule       {case.text.citation} ({case.programme_id})")
    typer.echo(f"it is      a {verdict.kind}")
    for words, citation in verdict.reasons:
        typer.echo(f"  because  {words} [{citation}]")
    if verdict.kind == "tip":
        from superemitter.programme.programmes import load_programme

        typer.echo(f"  so       {load_programme(case.programme_id).tips.en}")
    if receipt.plumes:
        typer.echo(f"plumes     {', '.join(receipt.plumes)}: await a person's review")
    following = next(iter(case.open_clocks), None)
    if following is None:
        typer.echo("next       no deadline runs")
    elif following.due_at is None:
        typer.echo(f"next       {following.duty.title.en}: promptly [{following.citation}]")
    else:
        due = moment_text(following.due_at, case.text.time_zone)
        late = " OVERDUE" if case.overdue else ""
        typer.echo(f"next       {following.duty.title.en} by {due}{late} [{following.citation}]")
