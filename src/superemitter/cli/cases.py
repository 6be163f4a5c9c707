"""``superemitter cases``: look at cases, move them on, prove them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import clock, options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from superemitter.register import Register

cases = typer.Typer(
    name="cases",
    help="Cases: what stands where, what falls due, the next step, the proof.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@contextmanager
def opened(db: str | None) -> Iterator[Register]:
    """The register, closed at the end."""
    from superemitter.register import open_register

    book = open_register(db)
    try:
        yield book
    finally:
        book.close()


@cases.command("list")
def list_(
    programme: Annotated[
        str | None, typer.Option("--programme", metavar="ID", help="Only cases of this programme.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Only cases in this state, such as tip or issued."),
    ] = None,
    as_of: options.AsOf = None,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """List cases, newest first."""
    from superemitter.cli.case_json import case_dict
    from superemitter.cli.case_tables import show_list
    from superemitter.model.errors import UsageError
    from superemitter.pipeline.cases import all_cases
    from superemitter.programme.events import State

    if state is not None and state not in tuple(State):
        raise UsageError(f"there is no state {state!r}", hint=f"one of: {', '.join(State)}")
    with opened(db) as book:
        found = all_cases(book, clock.given(as_of) or clock.now(), programme_id=programme)
    found = tuple(case for case in found if state is None or case.state.value == state)
    if as_json:
        print_json({"cases": [case_dict(case) for case in found]})
    else:
        show_list(found)


@cases.command()
def show(
    case_id: options.Case,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--release-facts",
            metavar="FILE",
            help="What the facility's own records tell of the release, TOML: start, end, surveys, other method.",
        ),
    ] = None,
    as_of: options.AsOf = None,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """Show a case: state, clocks, rule day by day, plumes, history, and what would be reported of the release.

    With --as-of: as it stood then, under the rule of that day.
    """
    from superemitter.account.large_release_evidence import read_release_facts
    from superemitter.account.large_release_records import release_record
    from superemitter.cli.case_json import case_dict, event_dict
    from superemitter.cli.case_release import show_release
    from superemitter.cli.case_tables import show_case
    from superemitter.pipeline.cases import case_as_of
    from superemitter.pipeline.releases import large_release_of_case
    from superemitter.programme.chain import first_break
    from superemitter.register import chain

    known = None if facts is None else read_release_facts(facts)
    with opened(db) as book:
        events = chain(book, case_id)
        case = case_as_of(events, clock.given(as_of) or max(clock.now(), events[-1].at))
        release = large_release_of_case(book, case, facts=known)
    broken = first_break(events)
    if as_json:
        history = [event_dict(event) for event in events if event.at <= case.now]
        content = case_dict(case) | {"large_release": release_record(release)}
        print_json(content | {"intact": broken is None, "history": history})
        return
    if broken is not None:
        typer.echo(f"THIS HISTORY WAS CHANGED: {broken.reason}; see `superemitter cases verify`", err=True)
    show_case(case, events)
    show_release(release)


@cases.command("next")
def next_(case_id: options.Case, db: options.Db = None, as_json: options.Json = False) -> None:
    """List the steps of a case: which are allowed now, and which rule forbids the others."""
    from superemitter.pipeline.cases import read_case
    from superemitter.programme.steps import all_steps

    now = clock.now()
    with opened(db) as book:
        case = read_case(book, case_id, now)
    steps = all_steps(case, now)
    if as_json:
        told = [
            {"step": s.kind, "meaning": s.meaning, "allowed": s.allowed, "refusal": s.refusal, "rule": s.citation}
            for s in steps
        ]
        print_json({"case_id": case_id, "state": case.state.value, "steps": told})
        return
    from rich.table import Table

    table = Table(title=f"{case_id}: {case.state.value.replace('_', ' ')}")
    for name in ("step", "what it is", "now", "rule"):
        table.add_column(name, overflow="fold")
    for step in sorted(steps, key=lambda one: not one.allowed):
        table.add_row(step.kind, step.meaning, "allowed" if step.allowed else step.refusal, step.citation)
    console().print(table)


@cases.command()
def due(
    days: Annotated[float, typer.Option("--days", metavar="N", help="How far ahead to look.")] = 7.0,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """What is overdue, and what falls due in the next days."""
    from superemitter.cli.case_json import clock_dict
    from superemitter.cli.case_tables import show_due
    from superemitter.pipeline.cases import due_within

    with opened(db) as book:
        found = due_within(book, clock.now(), days)
    if as_json:
        told = [
            {"case_id": one.case.case_id, "days_left": one.days_left, **clock_dict(one.clock)} for one in found
        ]
        print_json({"days": days, "due": told})
    else:
        show_due(found, days)


@cases.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="HASH", help="The digest on an old notice or export: is it there?"),
    ] = None,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """Prove that no case's history was changed.

    Every event is hashed over the one before it: a changed byte is found and named. With --head, proves that the
    history an old notice speaks of is still part of its case.
    """
    from superemitter.model.errors import VerificationFailed
    from superemitter.pipeline.cases import prove

    with opened(db) as book:
        proof = prove(book, head=head)
    error = None
    if proof.faults:
        told = "; ".join(f"case {case_id}: {fault}" for case_id, fault in proof.faults)
        error = VerificationFailed(
            f"{len(proof.faults)} faults: {told}", hint="restore the register from a backup"
        )
    if as_json:
        content: dict[str, Any] = {
            "ok": error is None,
            "cases": proof.cases,
            "events": proof.events,
            "heads": dict(proof.heads),
            "faults": [{"case_id": case_id, "fault": fault} for case_id, fault in proof.faults],
        }
        if proof.found_head is not None:
            content["head"] = dict(zip(("case_id", "sequence", "events_since"), proof.found_head, strict=True))
        print_json(content | ({"error": error.as_dict()} if error else {}))
        raise typer.Exit(error.exit_code if error else 0)
    if error is not None:
        raise error
    typer.echo(f"{proof.cases} cases, {proof.events} events: every chain holds")
    if proof.found_head is not None:
        case_id, sequence, since = proof.found_head
        typer.echo(f"the head is event {sequence} of case {case_id}; {since} events were added since")
