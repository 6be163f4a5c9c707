"""``superemitter demo``: the main job on an embedded example."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import clock, options
from superemitter.cli.output import console, print_json, stage_bars

if TYPE_CHECKING:
    from superemitter.pipeline import Match
    from superemitter.pipeline.demo import Demo


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the scene and its results.")],
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Simulate a granule with known leaks, scan it, compare; then take the leaks through their cases.

    The scene is written in EMIT's layout and goes the way of a real one. The cases run on a clock of their own.
    """
    from superemitter.pipeline.demo import run_demo
    from superemitter.pipeline.scan import STAGES

    with stage_bars(len(STAGES) + 2, quiet=as_json) as tell:
        outcome = run_demo(
            out,
            today=clock.now().date(),
            overwrite=overwrite,
            progress=lambda stage: tell(Path("demo"), stage),
        )
    if as_json:
        print_json(_as_dict(outcome))
    else:
        _show(outcome)


def _as_dict(outcome: Demo) -> dict[str, Any]:
    from superemitter.cli.demo_cases import cases_dict
    from superemitter.publish.fee import fee_record

    return {
        "simulated": True,
        "scene": str(outcome.scene),
        "folder": str(outcome.folder),
        "facilities": str(outcome.facilities),
        "matches": [
            {
                "leak": None if pair.leak is None else dict(pair.leak),
                "plume": None if pair.plume is None else dict(pair.plume),
                "distance_m": pair.distance_m,
            }
            for pair in outcome.matches
        ],
        **cases_dict(outcome.cases),
        "fee": [fee_record(statement) for statement in outcome.fee],
    }


def _show(outcome: Demo) -> None:
    from rich.table import Table

    from superemitter.cli.demo_cases import show_cases
    from superemitter.cli.demo_fee import show_fee

    typer.echo("SIMULATED DATA, not an observation: leaks of known rate in a made-up landscape.")
    table = Table(title="What was found, beside the truth")
    for name in ("leak", "true kg/h", "found", "95 % interval", "holds the truth", "off by", "likely source"):
        table.add_column(name, overflow="fold")
    for pair in outcome.matches:
        table.add_row(*_row(pair))
    console().print(table)
    missed = sum(pair.plume is None for pair in outcome.matches)
    false = sum(pair.leak is None for pair in outcome.matches)
    found = len(outcome.matches) - missed - false
    typer.echo(f"{found} of {found + missed} leaks found, {false} false plumes")
    show_cases(outcome.cases)
    show_fee(outcome.fee)
    typer.echo(f"scene: {outcome.scene}")
    typer.echo(f"report: {outcome.folder / 'report.html'}")
    typer.echo(f"explorer: superemitter serve --demo --demo-dir {outcome.cases.database.parent}")


def _row(pair: Match) -> tuple[str, ...]:
    from superemitter.cli.scan_tables import interval95_text, rate_text, source_text
    from superemitter.publish.wording import significant

    name = "none: a false plume" if pair.leak is None else str(pair.leak["id"])
    true = "" if pair.leak is None else significant(pair.leak["rate_kg_h"])
    plume = pair.plume
    if plume is None:
        return name, true, "not found", "", "", "", ""
    distance = "" if pair.distance_m is None else f"{significant(pair.distance_m, 2)} m"
    return name, true, rate_text(plume), interval95_text(plume), _holds(pair), distance, source_text(plume)


def _holds(pair: Match) -> str:
    """Whether the 95 % interval holds the true rate; empty where that is no question."""
    if pair.leak is None or pair.plume is None or pair.plume["rate_kg_h"] is None:
        return ""
    low, high = pair.plume["rate_low95_kg_h"], pair.plume["rate_high95_kg_h"]
    return "yes" if low <= pair.leak["rate_kg_h"] <= high else "no"
