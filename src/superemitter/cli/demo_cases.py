"""The demonstration's cases, its notice and the law on two days, as people and machines read them."""

from __future__ import annotations

from typing import Any

import typer
from rich.table import Table

from superemitter.cli.case_json import case_dict, clock_dict
from superemitter.cli.case_tables import moment_text
from superemitter.cli.output import console
from superemitter.pipeline.casedemo import CaseDemo, RuleOn
from superemitter.programme.case import Case
from superemitter.programme.clocks import Clock, ClockState
from superemitter.programme.rules import RuleText


def cases_dict(demo: CaseDemo) -> dict[str, Any]:
    """The cases as plain types."""
    return {
        "database": str(demo.database),
        "cases": [case_dict(case) for case in demo.cases],
        "notice": [str(path) for path in demo.notice],
        "rule": [
            {
                "day": one.day.isoformat(),
                "citation": demo.text.citation,
                "status": one.status,
                "outcome": one.outcome,
                "reasons": list(one.reasons),
                "duties": [clock_dict(clock) for clock in one.duties],
            }
            for one in demo.rule
        ],
    }


def show_cases(demo: CaseDemo) -> None:
    """Who reported, where each case stands, the notice, the law then and now."""
    typer.echo("")
    typer.echo("Two citizens report a leak, without any instrument:")
    for receipt in demo.receipts:
        said = receipt.case.reports[0]["text"]
        typer.echo(f"  “{said}”: a {receipt.classification.kind}, case {receipt.case.case_id}")
    _show_stages(demo.cases)
    _show_rule(demo)
    typer.echo(f"cases: superemitter cases list --db {demo.database}")
    for path in demo.notice:
        if path.suffix == ".pdf":
            typer.echo(f"notice: {path}")


def _show_stages(cases: tuple[Case, ...]) -> None:
    table = Table(title="Cases, on a clock of the demonstration")
    for name in ("case", "as of (UTC)", "state", "reports", "plumes accepted", "next deadline"):
        table.add_column(name, overflow="fold")
    for case in cases:
        following = next(iter(case.open_clocks), None)
        due = ""
        if following is not None and following.due_at is not None:
            due = f"{following.duty.title.en}: {moment_text(following.due_at, case.text.time_zone)}"
        accepted = f"{len(case.accepted_plumes)} of {len(case.plumes)}"
        waits = any(plume.decision == "pending" for plume in case.plumes)
        state = case.state.value.replace("_", " ") + (", plume awaits review" if waits else "")
        table.add_row(case.case_id, f"{case.now:%Y-%m-%d %H:%M}", state, str(len(case.reports)), accepted, due)
    console().print(table)


def _show_rule(demo: CaseDemo) -> None:
    """One leak under one law on two days, side by side."""
    typer.echo("One leak (a well site in Texas, 350 kg/h, seen by satellite), had its notice come on either day:")
    table = Table(title=f"{demo.text.citation}")
    table.add_column("", overflow="fold")
    for one in demo.rule:
        table.add_column(f"as of {one.day}", overflow="fold")
    table.add_row("the rule is", *(one.status.replace("_", " ") for one in demo.rule))
    table.add_row("this leak: the rule", *(one.outcome.replace("_", " ") for one in demo.rule))
    for number, clock in enumerate(demo.rule[0].duties):
        table.add_row(clock.duty.title.en, *(_duty_text(one.duties[number], demo.text) for one in demo.rule))
    table.add_row("why not", *(_why(one) for one in demo.rule))
    console().print(table)


def _duty_text(clock: Clock, text: RuleText) -> str:
    if clock.state is ClockState.NOT_IN_FORCE:
        return "no duty"
    return "promptly" if clock.due_at is None else f"by {moment_text(clock.due_at, text.time_zone)}"


def _why(one: RuleOn) -> str:
    reasons = [*one.reasons, *(clock.reason for clock in one.duties if clock.reason)]
    return reasons[0] if reasons else ""
