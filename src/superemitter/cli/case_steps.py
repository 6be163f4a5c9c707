"""``superemitter cases review | answer | close | withdraw | record``: steps that people take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import clock, options
from superemitter.cli.cases import cases, opened
from superemitter.cli.output import print_json, printable

if TYPE_CHECKING:
    from superemitter.programme.chain import Event
    from superemitter.register import Register

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it stays in the case's history.")]


def review(
    case_id: options.Case,
    decision: Annotated[str, typer.Argument(metavar="accept|reject", help="What the reviewer says of the plume.")],
    reviewer: Annotated[str, typer.Option("--reviewer", metavar="NAME", help="The person who looked at it.")],
    plume: Annotated[
        str | None, typer.Option("--plume", metavar="ID", help="Which plume, if the case has several.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; a rejection must say.")] = "",
    mask: Annotated[
        Path | None,
        typer.Option(
            "--mask", metavar="FILE", help="GeoJSON outline by the reviewer: recomputed as a new version."
        ),
    ] = None,
    split: Annotated[
        Path | None,
        typer.Option(
            "--split", metavar="FILE", help="GeoJSON with an outline for each part: recomputed one by one."
        ),
    ] = None,
    scene: Annotated[
        Path | None,
        typer.Option("--scene", metavar="FILE", help="The radiance file, if it was moved since the scan."),
    ] = None,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Accept or reject a plume; only accepted ones enter a notice.

    With --mask or --split the plume is recomputed first, within the outline given; the decision is on the result.
    """
    from superemitter.pipeline.review import review_plume

    with opened(db) as book:
        events = review_plume(
            book,
            case_id,
            decision,
            plume_id=plume,
            reason=reason,
            reviewer=reviewer,
            mask=mask,
            split=split,
            scene_file=scene,
            now=clock.now(),
            dry_run=dry_run,
        )
        _done(book, case_id, events, dry_run=dry_run, as_json=as_json)


def answer(
    case_id: options.Case,
    form: Annotated[Path, typer.Argument(metavar="FORM", help="The filled form, JSON or XLSX.")],
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="A file the form names; may be repeated.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers.")] = "operator",
    when: options.When = None,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Take the operator's answer from a filled form; a second one updates the first."""
    from superemitter.pipeline.review import take_answer

    with opened(db) as book:
        events = take_answer(
            book,
            case_id,
            form,
            attach or [],
            by=by,
            now=clock.now(),
            occurred=clock.given(when),
            dry_run=dry_run,
        )
        _done(book, case_id, events, dry_run=dry_run, as_json=as_json)


def close(
    case_id: options.Case,
    basis: Annotated[
        str,
        typer.Option(
            "--basis", metavar="BASIS", help="answer, seen_from_space, error_accepted, no_further_action."
        ),
    ],
    reason: Reason,
    by: options.By,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Close a case: nothing more is to be done."""
    _step(case_id, "closed", {"basis": basis, "reason": reason}, by, None, db, dry_run=dry_run, as_json=as_json)


def withdraw(
    case_id: options.Case,
    reason: Reason,
    by: options.By,
    what: Annotated[
        str,
        typer.Option("--what", metavar="WHAT", help="case, notice, plume, report, document or observation."),
    ] = "case",
    which: Annotated[str, typer.Option("--id", metavar="ID", help="Which plume, report, document, scene.")] = "",
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Withdraw a case, its notice, or one thing in it.

    Nothing is removed: the withdrawal is part of the history. A plume is withdrawn from the register and from
    every case that holds it.
    """
    from superemitter.pipeline.cases import withdraw_plume

    if what != "plume" or not which:
        payload = {"what": what, "reason": reason} | ({"id": which} if which else {})
        _step(case_id, "withdrawn", payload, by, None, db, dry_run=dry_run, as_json=as_json)
        return
    with opened(db) as book:
        told = withdraw_plume(book, case_id, which, reason=reason, by=by, now=clock.now(), dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "plume_id": which, "cases": list(told)})
    else:
        verb = "would be" if dry_run else "is"
        typer.echo(f"plume {which} {verb} withdrawn from the register and from: {', '.join(told)}")


def record(
    case_id: options.Case,
    step: Annotated[str, typer.Argument(metavar="STEP", help="As `cases next` names it, such as issued.")],
    by: options.By,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="What it records, such as report_id=R-7; repeatable."),
    ] = None,
    when: options.When = None,
    db: options.Db = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Record any other step: receipt by the operator, investigation, decision, attribution, a remark."""
    payload = dict(_pair(text) for text in values or [])
    _step(case_id, step, payload, by, when, db, dry_run=dry_run, as_json=as_json)


def _pair(text: str) -> tuple[str, Any]:
    """``key=value``; true, false and numbers become what they are, unless they are names."""
    import json

    from superemitter.model.errors import UsageError

    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set {text!r}", hint="write KEY=VALUE")
    if key in ("detected", "error_claimed", "probability_of_detection", "rate_kg_h"):
        try:
            return key, json.loads(value)
        except ValueError:
            raise UsageError(f"--set {key}: {value!r} is no number, true or false") from None
    return key.strip(), value


def _step(
    case_id: str, kind: str, payload: dict[str, Any], by: str, when: str | None, db: str | None, *, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    from superemitter.pipeline.cases import take_step

    with opened(db) as book:
        event = take_step(
            book,
            case_id,
            kind,
            payload,
            actor=by,
            now=clock.now(),
            occurred=clock.given(when),
            dry_run=dry_run,
        )
        _done(book, case_id, (event,), dry_run=dry_run, as_json=as_json)


def _done(book: Register, case_id: str, events: tuple[Event, ...], *, dry_run: bool, as_json: bool) -> None:
    """Say what was recorded and where the case stands now."""
    from superemitter.cli.case_json import case_dict, event_dict
    from superemitter.cli.case_tables import about, moment_text
    from superemitter.pipeline.cases import case_as_of
    from superemitter.programme.steps import next_deadline
    from superemitter.register import chain

    stored = chain(book, case_id)
    case = case_as_of(stored, max(clock.now(), stored[-1].at))
    if as_json:
        print_json({"dry_run": dry_run, "events": [event_dict(one) for one in events], "case": case_dict(case)})
        return
    for event in events:
        verb = "would be recorded" if dry_run else "recorded"
        typer.echo(printable(f"{verb}: {event.kind} by {event.actor}: {about(event)}"))
    typer.echo(f"{case_id} is {case.state.value.replace('_', ' ')}; head {case.head}")
    due = next_deadline(case)
    if due is not None:
        typer.echo(f"next deadline {moment_text(due, case.text.time_zone)}")


for command in (review, answer, close, withdraw, record):
    cases.command()(command)
