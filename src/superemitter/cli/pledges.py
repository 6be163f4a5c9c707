"""``superemitter pledges``: is what was promised being kept?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from datetime import date

    from superemitter.account.pledges_judge import Judgement

UNVERIFIED = "NOT VERIFIED: wording and dates marked * were not checked against the primary texts."
TREND_NOTE = (
    "The trend of the last 20 years, carried on, knows of no policy: it says where it leads, not what will be."
)


def pledges(
    inventory: Annotated[
        list[Path], typer.Option("--inventory", metavar="FILE", help="Yearly emissions of countries; repeatable.")
    ],
    country: Annotated[
        str | None, typer.Option("--country", metavar="NAME", help="Only this country, by name or code.")
    ] = None,
    own: Annotated[
        list[Path] | None,
        typer.Option(
            "--pledges", metavar="FILE", help="More pledges, in the form of the packaged file; repeatable."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Judge as of a day, by the years before it; default today."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="PNG", help="Draw a picture of them.")] = None,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Say of each climate pledge whether it is met, on course, off course, or cannot be said.

    Tells the yearly change that would still meet it, and how probable it is that the highest year is the peak.
    """
    import numpy as np

    from superemitter.account.pledges import load_pledges, read_pledges
    from superemitter.account.pledges_judge import judge_all
    from superemitter.account.pledges_records import judgement_record
    from superemitter.account.series import read_series
    from superemitter.model.errors import AccountError, OutputExists

    day = _day(as_of)
    known = (*load_pledges(), *(pledge for path in own or () for pledge in read_pledges(path)))
    wanted = [pledge for pledge in known if country is None or pledge.is_of(country)]
    if not wanted:
        there = ", ".join(dict.fromkeys(pledge.country for pledge in known))
        raise AccountError(f"there is no pledge of {country}", hint=f"there are pledges of: {there}")
    if out is not None and out.exists() and not overwrite:
        raise OutputExists(f"{out} is there already", hint="pass --overwrite to replace it")
    series = [one for path in inventory for one in read_series(path).series]
    judged = judge_all(known, series, day, np.random.default_rng(seed))
    judged = tuple(judgement for judgement in judged if judgement.pledge in wanted)
    if out is not None:
        from superemitter.publish.pledges import write_pledge_plot

        write_pledge_plot(judged, out)
    if as_json:
        content: dict[str, Any] = {"as_of": day.isoformat(), "seed": seed}
        content["pledges"] = [judgement_record(judgement) for judgement in judged]
        print_json(content | ({"picture": str(out)} if out else {}))
        return
    _show(judged, day)
    if out is not None:
        typer.echo(f"picture: {out}")


def _day(text: str | None) -> date:
    from datetime import date

    from superemitter.cli.clock import now
    from superemitter.model.errors import UsageError

    if text is None:
        return now().date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--as-of {text!r} is not a date", hint="write YYYY-MM-DD") from error


def _show(judged: tuple[Judgement, ...], day: date) -> None:
    from rich.table import Table

    table = Table(title=f"Pledges on {day}")
    for name in ("pledge", "status", "answer", "change needed", "change, last 10 years"):
        table.add_column(name, overflow="fold", no_wrap=name == "answer")
    for judgement in judged:
        pledge = judgement.pledge
        title = f"{pledge.country}: {pledge.title['en']}{'' if pledge.verified else ' *'}"
        table.add_row(title, judgement.status.replace("_", " "), _answer(judgement), *_changes(judgement))
    out = console()
    out.print(table)
    for judgement in judged:
        out.print(f"{judgement.pledge.id}: {judgement.reason}")
    if not all(judgement.pledge.verified for judgement in judged):
        out.print(UNVERIFIED)
    out.print(TREND_NOTE)


def _answer(judgement: Judgement) -> str:
    from superemitter.model import CannotSay

    answer = judgement.answer
    return f"cannot say ({answer.code})" if isinstance(answer, CannotSay) else answer.value


def _changes(judgement: Judgement) -> tuple[str, str]:
    if judgement.series is None:
        return "", ""
    unit = f"M{judgement.series.quantity.unit_in_full}/yr"
    recent = judgement.change_recent
    shown = "" if recent is None else f"{recent / 1e6:+,.0f} {unit}"
    if judgement.pledge.kind == "peak":
        return f"0 or less by {judgement.pledge.last_year}", shown
    needed = judgement.change_needed
    if needed is None:
        return "", shown
    percent = judgement.change_needed_percent
    rate = "" if percent is None else f" ({percent:+.1f} %/yr)"
    return f"{needed / 1e6:+,.0f} {unit}{rate}", shown
