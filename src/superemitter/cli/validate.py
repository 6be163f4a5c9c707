"""``superemitter validate``: how good detection, rates and intervals are, on leaks of known rate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json, row_bar

if TYPE_CHECKING:
    from superemitter.pipeline.validation import Validation
    from superemitter.pipeline.validation.scores import Figure

TESTS = ("emit", "pixels", "isolated", "touching", "nothing", "aviris-ng")
WITH_FILES = ("attribution", "real-radiance")


def validate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the page and its figures.")],
    scenes: Annotated[int, typer.Option("--scenes", metavar="N", min=1, help="Scenes of each test.")] = 40,
    first_seed: Annotated[
        int, typer.Option("--first-seed", metavar="N", help="Of the first test; 30000 or more: below is tuning.")
    ] = 30_000,
    test: Annotated[
        list[str] | None,
        typer.Option("--test", metavar="NAME", help=f"One of {', '.join(TESTS + WITH_FILES)}; may be repeated."),
    ] = None,
    shape: Annotated[
        str | None, typer.Option("--shape", metavar="ROWS,COLS", help="Size of the scenes; smaller is quicker.")
    ] = None,
    field_test: Annotated[
        Path | None,
        typer.Option("--field-test", metavar="FILE", help="Table of the 2023 single-blind satellite test."),
    ] = None,
    facilities: Annotated[
        list[Path] | None,
        typer.Option("--facilities", metavar="FILE", help="Real places, for attribution; may be repeated."),
    ] = None,
    radiance: Annotated[
        Path | None,
        typer.Option("--radiance", metavar="FILE", help="Real scene without known plumes, for real-radiance."),
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Measure recall, false plumes, mass, rates and interval coverage on simulated leaks of known rate.

    Every scene is simulated, written in its instrument's format and scanned as any other. The page validation.html
    has figures, tables and pictures; validation.json the same numbers; rows.json every leak and plume.
    """
    from superemitter.pipeline.validation import ValidationPlan, validate_to

    plan = ValidationPlan(
        first_seed=first_seed,
        scenes=scenes,
        tests=_tests(test, {"attribution": bool(facilities), "real-radiance": radiance is not None}),
        shape=None if shape is None else _shape(shape),
        field_test=field_test,
        facilities=tuple(facilities or ()),
        radiance=radiance,
    )
    with row_bar("validate", quiet=as_json) as tell:
        outcome = validate_to(out, plan, overwrite=overwrite, progress=lambda _name, done, of: tell(done, of))
    if as_json:
        print_json(outcome.as_dict())
    else:
        _show(outcome, out)


def _tests(names: list[str] | None, has_files: Mapping[str, bool]) -> tuple[str, ...]:
    from superemitter.model.errors import UsageError

    known = TESTS + WITH_FILES
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise UsageError(f"no blind test {unknown[0]!r}", hint=f"known: {', '.join(known)}")
    everything = [*TESTS, *(name for name, has in has_files.items() if has)]
    return tuple(dict.fromkeys(names or everything))


def _shape(text: str) -> tuple[int, int]:
    from superemitter.model.errors import UsageError

    try:
        rows, columns = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} is no size", hint="write rows and columns like 640,200") from None
    if min(rows, columns) < 60:
        raise UsageError(f"scenes of {rows} x {columns} pixels are too small", hint="at least 60 x 60")
    return rows, columns


def _show(outcome: Validation, out: Path) -> None:
    typer.echo("SIMULATED DATA: leaks of known rate in made-up scenes.")
    for summary in (*outcome.summaries, *(outcome.real_radiance or ())[1:]):
        figures = dict(summary.figures)
        for wind, groups in (("exact wind", summary.exact), ("told wind", summary.told)):
            figures |= {f"{wind}: {name}": figure for name, figure in groups.get("all", {}).items()}
        _show_figures(
            f"{summary.name}: {summary.scenes} scenes, {summary.found} of {summary.leaks} leaks found", figures
        )
    if outcome.attribution:
        of = outcome.attribution[1]
        _show_figures(f"attribution: {of.scenes} scenes, {of.found} of {of.leaks} leaks found", of.figures)
    typer.echo(f"page: {out / 'validation.html'}")


def _show_figures(title: str, figures: Mapping[str, Figure]) -> None:
    from rich.table import Table

    from superemitter.pipeline.validation.sections import figure_text

    table = Table(title=title)
    table.add_column("figure")
    table.add_column("value (90 % interval)")
    for name, figure in figures.items():
        table.add_row(name, figure_text(name, figure))
    console().print(table)
