"""``superemitter scan``: from radiance files to attributed plumes with rates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import print_json, stage_bars

if TYPE_CHECKING:
    from superemitter.pipeline import Context, Outcome, Recipe


def scan(
    scenes: Annotated[list[Path], typer.Argument(metavar="SCENE", help="Level-1 radiance files.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="One folder per scene is written here.")],
    wind_speed: Annotated[
        float | None, typer.Option("--wind-speed", metavar="M_S", help="10 m wind speed at the source, m/s.")
    ] = None,
    wind_from: Annotated[
        float | None,
        typer.Option("--wind-from", metavar="DEG", help="Where it comes from, degrees clockwise from north."),
    ] = None,
    wind_speed_sigma: Annotated[
        float | None,
        typer.Option(
            "--wind-speed-sigma",
            metavar="M_S",
            help="1-sigma error of the speed. Left out: the larger of 1.5 m/s and 50 %, flagged.",
        ),
    ] = None,
    wind: Annotated[
        Path | None,
        typer.Option(
            "--wind", metavar="FILE", help="Wind from ERA5 or GEOS NetCDF (also zipped) or a station's CSV."
        ),
    ] = None,
    facilities: Annotated[
        Path | None,
        typer.Option("--facilities", metavar="FILE", help="Possible sources: GeoJSON, CSV or GeoPackage."),
    ] = None,
    wind_at: Annotated[
        str,
        typer.Option("--wind-at", metavar="LEVEL", help="10m, or plume: --wind-speed already carries the gas."),
    ] = "10m",
    calibration: Annotated[
        str | None,
        typer.Option("--calibration", metavar="NAME", help="Of the rates: fitted (default), published, or an id."),
    ] = None,
    method: Annotated[
        str,
        typer.Option("--method", metavar="NAME", help="matched-filter, matched-filter-plain or sparse."),
    ] = "matched-filter",
    false_plumes: Annotated[
        float,
        typer.Option("--false-plumes", metavar="N", help="False plumes to expect; sets the threshold."),
    ] = 0.5,
    seed: options.Seed = 0,
    obs: options.Obs = None,
    mask: options.Mask = None,
    loc: options.Loc = None,
    glt: options.Glt = None,
    datetime: options.Datetime = None,
    overwrite: options.Overwrite = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Recognise the scenes, say what would be written, and stop.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Find methane plumes: rates, bounds, likely sources.

    Each scene gets a folder of its own in DIR, named after its file: map, plumes as GeoJSON and CSV, STAC item,
    picture, report.html, and the record that `superemitter verify` recomputes. Without a wind there is no single
    rate but a table for 2, 4, 6 and 8 m/s. A scene that fails does not stop the others.
    """
    from superemitter.pipeline import Context, Recipe

    recipe = Recipe(
        wind_speed_m_s=wind_speed,
        wind_from_deg=wind_from,
        wind_speed_sigma_m_s=wind_speed_sigma,
        wind_file=_text(wind),
        facilities_file=_text(facilities),
        obs_file=_text(obs),
        mask_file=_text(mask),
        loc_file=_text(loc),
        glt_file=_text(glt),
        time=datetime,
        wind_at=wind_at,
        calibration=calibration,
        method=method,
        false_plumes_per_scene=false_plumes,
        seed=seed,
    )
    context = Context.of(recipe)
    if dry_run:
        _plan(scenes, out, recipe, overwrite=overwrite, as_json=as_json)
    else:
        _run(scenes, out, recipe, context, overwrite=overwrite, as_json=as_json)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _run(
    scenes: list[Path], out: Path, recipe: Recipe, context: Context, *, overwrite: bool, as_json: bool
) -> None:
    from superemitter.cli.scan_tables import show_failures, show_outcomes
    from superemitter.pipeline import batch_error, scan_many
    from superemitter.pipeline.scan import STAGES

    with stage_bars(len(STAGES), quiet=as_json) as tell:
        outcomes = list(scan_many(scenes, out, recipe, context, overwrite=overwrite, progress=tell))
    error = batch_error(outcomes)
    if as_json:
        print_json(_summary(outcomes, context, recipe) | ({"error": error.as_dict()} if error else {}))
        raise typer.Exit(error.exit_code if error else 0)
    show_outcomes(outcomes, context, recipe)
    if error is not None:
        if len(outcomes) > 1:
            show_failures(outcomes)
        raise error


def _summary(outcomes: list[Outcome], context: Context, recipe: Recipe) -> dict[str, Any]:
    content: dict[str, Any] = {"scenes": [outcome.as_dict() for outcome in outcomes]}
    if context.facilities is not None:
        content["facilities"] = {
            "file": recipe.facilities_file,
            "used": len(context.facilities),
            "refused": context.refused_facilities,
        }
    return content


def _plan(scenes: list[Path], out: Path, recipe: Recipe, *, overwrite: bool, as_json: bool) -> None:
    """Say what a scan would do; end as it would if a scene is not recognised or its place is taken."""
    from superemitter.cli.scan_tables import show_plans
    from superemitter.pipeline.plan import plan_error, plan_many

    plans = plan_many(scenes, out, recipe, overwrite=overwrite)
    error = plan_error(plans)
    if as_json:
        content: dict[str, Any] = {"dry_run": True, "scenes": [plan.as_dict() for plan in plans]}
        print_json(content | ({"error": error.as_dict()} if error else {}))
        raise typer.Exit(error.exit_code if error else 0)
    show_plans(plans)
    if error is not None:
        raise error
