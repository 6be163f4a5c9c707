"""Cases as people and machines read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from superemitter.cli.output import console, printable
from superemitter.pipeline.cases import rule_on_days
from superemitter.programme.case import Case
from superemitter.programme.clocks import BINDING, Clock
from superemitter.programme.closure import IntermittencyPrior

if TYPE_CHECKING:
    from superemitter.pipeline.cases import Due
    from superemitter.programme.chain import Event


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in local time and in UTC: ``2024-07-16 23:59 America/New_York (2024-07-17 03:59 UTC)``."""
    utc = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if zone.key == "UTC":
        return utc
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {zone.key} ({utc})"


def banners(case: Case) -> list[str]:
    """What must be said wherever a case is shown: simulated, rule not verified, rule not in force."""
    lines = ["SIMULATED DATA, not an observation"] if case.simulated else []
    if case.text.basis == "convention":
        return [*lines, case.text.note.en]
    unverified = case.text.unverified()
    if unverified:
        names = ", ".join(name for name, _ in unverified[:4]) + (", ..." if len(unverified) > 4 else "")
        lines.append(f"NOT VERIFIED: of {case.text.citation}, not read in the primary text: {names}")
    today = rule_on_days(case)[-1]
    if today.status not in BINDING:
        status = today.status.value.replace("_", " ").upper()
        note = f": {today.note}" if today.note else ""
        lines.append(f"{status} on {today.day}: {case.text.citation} [{today.citation}]{note}")
    return lines


def show_list(cases: Sequence[Case]) -> None:
    """A line for each case."""
    from rich.table import Table

    if not cases:
        typer.echo("no cases")
        return
    table = Table(title="Cases")
    for name in ("case", "state", "programme", "detected (UTC)", "place", "next deadline", ""):
        table.add_column(name, overflow="fold")
    for case in cases:
        following = next(iter(case.open_clocks), None)
        marks = [word for word, holds in (("OVERDUE", case.overdue), ("SIMULATED", case.simulated)) if holds]
        found = max(case.detected_at, default=None)
        table.add_row(
            case.case_id,
            case.state.value.replace("_", " "),
            case.programme_id,
            "" if found is None else f"{found:%Y-%m-%d %H:%M}",
            place_text(case),
            "" if following is None else f"{_day(following)} {following.duty.title.en}",
            " ".join(marks),
        )
    console().print(table)


def _day(clock: Clock) -> str:
    return "promptly" if clock.due_local is None else f"{clock.due_local:%Y-%m-%d}"


def place_text(case: Case) -> str:
    """Latitude and longitude with four decimals."""
    if case.latitude is None or case.longitude is None:
        return ""
    return f"{case.latitude:.4f}, {case.longitude:.4f}"


def show_due(found: Sequence[Due], days: float) -> None:
    """A line for each duty that falls due."""
    from rich.table import Table

    if not found:
        typer.echo(f"nothing is overdue and nothing falls due in the next {days:g} days")
        return
    table = Table(title=f"Overdue, or due in the next {days:g} days")
    for name in ("case", "duty", "who", "due", "left", "rule"):
        table.add_column(name, overflow="fold")
    for one in found:
        assert one.clock.due_at is not None
        left = f"OVERDUE {-one.days_left:.1f} days" if one.days_left < 0 else f"{one.days_left:.1f} days"
        due = moment_text(one.clock.due_at, one.case.text.time_zone)
        table.add_row(one.case.case_id, one.clock.duty.title.en, one.clock.duty.who, due, left, one.clock.citation)
    console().print(table)


def show_case(case: Case, events: Sequence[Event]) -> None:
    """Everything about a case: state, clocks, rule by day, plumes, closure, timeline."""
    for line in banners(case):
        typer.echo(line)
    typer.echo(f"case         {case.case_id}: {case.state.value.replace('_', ' ')}")
    typer.echo(f"rule         {case.text.citation}, {case.text.title.en} ({case.programme_id})")
    typer.echo(f"place        {place_text(case)}")
    for moment in case.detected_at:
        typer.echo(f"detected     {moment_text(moment, case.text.time_zone)}")
    if case.report_id:
        typer.echo(f"report id    {case.report_id}")
    typer.echo(f"attribution  {_attribution_text(case)}")
    if case.error_claim != "none":
        typer.echo(f"error claim  {case.error_claim.replace('_', ' ')}")
    typer.echo(f"stopped?     {closure_text(case)}")
    if case.closing_reason:
        typer.echo(f"closed       {case.closing_reason}")
    for one in case.withdrawals:
        typer.echo(f"withdrawn    {one.what} {one.id} by {one.by}: {one.reason}")
    show_clocks(case)
    _show_plumes(case)
    _show_rule(case)
    _show_timeline(case, events)
    typer.echo(f"head {case.head}")


def closure_text(case: Case) -> str:
    """How probable it is, seen from space, that the leak has stopped."""
    evidence = case.closure(IntermittencyPrior())
    said = evidence.probability_stopped
    if not isinstance(said, float):
        return f"cannot say: {said.reason}"
    passes = f"{evidence.non_detections} later passes without a plume"
    return f"{100 * said:.0f} % probable, from {passes} (prior: {evidence.prior.source})"


def _attribution_text(case: Case) -> str:
    public = case.published_attribution
    return case.attribution.state if public is None else f"{public.state}: {public.operator}"


def show_clocks(case: Case) -> None:
    """Every clock of a case, with its last moment in local time and UTC."""
    from rich.table import Table

    if not case.clocks:
        typer.echo("clocks       none: a tip starts none" if case.state.value == "tip" else "clocks       none")
        return
    table = Table(title="Clocks")
    for name in ("duty", "who", "since (UTC)", "due", "state", "rule"):
        table.add_column(name, overflow="fold")
    overdue = case.overdue
    for clock in case.clocks:
        due = "promptly" if clock.due_at is None else moment_text(clock.due_at, case.text.time_zone)
        state = "OVERDUE" if clock in overdue else clock.state.value.replace("_", " ")
        if clock.reason:
            state += f": {clock.reason}"
        elif not clock.obliges:
            state += " (asked, not owed)"
        rule = (
            clock.citation
            if clock.verified or case.text.basis == "convention"
            else f"{clock.citation} (not verified)"
        )
        table.add_row(clock.duty.title.en, clock.duty.who, f"{clock.started_at:%Y-%m-%d %H:%M}", due, state, rule)
    console().print(table)


def _show_plumes(case: Case) -> None:
    from rich.table import Table

    from superemitter.publish.wording import significant

    if not case.plumes:
        return
    table = Table(title="Plumes")
    for name in ("plume", "version", "kg/h", "review", "by", "reason"):
        table.add_column(name, overflow="fold")
    for plume in case.plumes:
        rate = plume.current.record.get("rate_kg_h")
        said = "cannot say" if rate is None else significant(rate)
        decision = "withdrawn" if plume.withdrawn else "split" if plume.split_into else plume.decision
        version = f"{plume.current.number} ({plume.current.cause})"
        table.add_row(plume.plume_id, version, said, decision, plume.reviewer, plume.reason)
    console().print(table)


def _show_rule(case: Case) -> None:
    from rich.table import Table

    table = Table(title="The rule, day by day")
    for name in ("day", "", "status", "where it stands"):
        table.add_column(name, overflow="fold")
    for one in rule_on_days(case):
        table.add_row(one.day.isoformat(), one.what, one.status.value.replace("_", " "), one.citation)
    console().print(table)


def _show_timeline(case: Case, events: Sequence[Event]) -> None:
    from rich.table import Table

    table = Table(title="History")
    for name in ("", "recorded (UTC)", "what", "who", "about", "digest"):
        table.add_column(name, overflow="fold")
    for event in events:
        if event.at > case.now:
            break
        table.add_row(
            str(event.sequence),
            f"{event.at:%Y-%m-%d %H:%M}",
            event.kind,
            event.actor,
            about(event),
            event.digest[:12],
        )
    console().print(table)


_TELLING = (
    "decision",
    "outcome",
    "state",
    "basis",
    "what",
    "plume_id",
    "report_id",
    "operator",
    "name",
    "text",
    "reason",
)


def about(event: Event) -> str:
    """What an event says, in a few words."""
    payload = event.payload
    words = [
        str(payload[name])
        for name in (
            "decision",
            "outcome",
            "state",
            "basis",
            "what",
            "plume_id",
            "report_id",
            "operator",
            "reason",
        )
        if payload.get(name)
    ]
    if payload.get("occurred_at"):
        words.append(f"happened {str(payload['occurred_at'])[:16]}")
    if "report" in payload and payload["report"].get("text"):
        words.append(f"\u201c{payload['report']['text']}\u201d")
    if event.kind == "observed":
        words += [str(payload["scene_id"]), "plume" if payload["detected"] else "no plume"]
    return printable("; ".join(words)[:300])
