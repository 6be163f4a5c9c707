"""``superemitter verify``: recompute a run from its record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json, stage_bars

if TYPE_CHECKING:
    from superemitter.pipeline import Verification


def verify(
    record: Annotated[Path, typer.Argument(metavar="RUN_JSON", help="The run.json of a scan.")],
    inputs: Annotated[
        Path | None, typer.Option("--inputs", metavar="DIR", help="Where the input files lie now, if moved.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Recompute a run from its record and compare every number.

    Inputs must have the recorded SHA-256. On the recorded platform and versions numbers agree to 1e-6; elsewhere
    differences are given in stated 1-sigma errors. Files beside the record must be as they were written.
    """
    from superemitter.model.errors import VerificationFailed
    from superemitter.pipeline import verify as recompute
    from superemitter.pipeline.scan import STAGES

    with stage_bars(len(STAGES) - 1, quiet=as_json) as tell:
        outcome = recompute(record, inputs_dir=inputs, progress=lambda stage: tell(record, stage))
    error = None
    if not outcome.ok:
        error = VerificationFailed(
            f"{record}: {len(outcome.differences)} values differ, {len(outcome.changed_outputs)} files are not as "
            "they were written"
        )
    if as_json:
        content: dict[str, Any] = outcome.as_dict()
        print_json(content | ({"error": error.as_dict()} if error else {}))
        raise typer.Exit(error.exit_code if error else 0)
    _show(outcome)
    if error is not None:
        raise error


def _show(outcome: Verification) -> None:
    from rich.table import Table

    if outcome.differences:
        table = Table(title="Values that did not come out as recorded")
        for name in ("plume", "value", "recorded", "recomputed", "1-sigma errors"):
            table.add_column(name, overflow="fold")
        for d in outcome.differences:
            sigmas = "" if d.sigmas is None else f"{d.sigmas:.3g}"
            table.add_row(d.plume_id, d.name, str(d.recorded), str(d.recomputed), sigmas)
        console().print(table)
    for name in outcome.changed_outputs:
        typer.echo(f"not as it was written: {name}")
    where = "same platform and versions" if outcome.same_platform else "another platform or other versions"
    typer.echo(f"run {outcome.run_id}: {outcome.compared} values compared, {where}")
    for note in outcome.notes:
        typer.echo(f"  {note}")
    if outcome.ok:
        typer.echo("verified: every value came out as recorded, every file is as it was written")
