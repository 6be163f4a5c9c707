"""``superemitter limit``: what leak would have been seen in a scene."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json, row_bar

if TYPE_CHECKING:
    from superemitter.pipeline.limit import LimitResult


def limit(
    scene: Annotated[Path, typer.Argument(metavar="SCENE", help="Level-1 radiance file.")],
    facilities: Annotated[
        Path | None,
        typer.Option("--facilities", metavar="FILE", help="Places to answer for: GeoJSON, CSV or GeoPackage."),
    ] = None,
    rates: Annotated[
        str, typer.Option("--rates", metavar="KG_H,...", help="Rates asked at each facility.")
    ] = "100,300,1000,3000",
    trials: Annotated[int, typer.Option("--trials", metavar="N", help="Leaks to put in, 20 or more.")] = 120,
    wind_speed: Annotated[
        float | None, typer.Option("--wind-speed", metavar="M_S", help="10 m wind speed, m/s.")
    ] = None,
    wind_from: Annotated[
        float | None, typer.Option("--wind-from", metavar="DEG", help="Where it comes from, degrees.")
    ] = None,
    wind_speed_sigma: Annotated[
        float | None, typer.Option("--wind-speed-sigma", metavar="M_S", help="1-sigma error of the speed.")
    ] = None,
    wind: Annotated[
        Path | None, typer.Option("--wind", metavar="FILE", help="Wind from ERA5, GEOS or a station's CSV.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", metavar="NAME", help="Retrieval, as in scan.")
    ] = "matched-filter",
    false_plumes: Annotated[
        float, typer.Option("--false-plumes", metavar="N", help="False plumes to expect, as in scan.")
    ] = 0.5,
    seed: options.Seed = 0,
    obs: options.Obs = None,
    mask: options.Mask = None,
    loc: options.Loc = None,
    glt: options.Glt = None,
    datetime: options.Datetime = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the answer as JSON to this file.")
    ] = None,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Say how probable it is that a leak of a given rate would have been seen in this scene.

    Leaks of known rate are put into the radiance, in memory, and looked for as a scan does. Without a wind the
    answers are for 3 m/s. A non-detection then is a result: "a leak of Q kg/h here would have been seen with
    probability p".
    """
    from superemitter.model.errors import OutputExists
    from superemitter.pipeline import Context, Recipe
    from superemitter.pipeline.limit import scene_limit

    asked = _rates(rates)
    recipe = Recipe(
        wind_speed_m_s=wind_speed,
        wind_from_deg=wind_from,
        wind_speed_sigma_m_s=wind_speed_sigma,
        wind_file=None if wind is None else str(wind),
        facilities_file=None if facilities is None else str(facilities),
        obs_file=None if obs is None else str(obs),
        mask_file=None if mask is None else str(mask),
        loc_file=None if loc is None else str(loc),
        glt_file=None if glt is None else str(glt),
        time=datetime,
        method=method,
        false_plumes_per_scene=false_plumes,
        seed=seed,
    )
    if out is not None and out.exists() and not overwrite:
        raise OutputExists(f"{out} is there already", hint="choose another file or --overwrite")
    with row_bar("limit", quiet=as_json) as tell:
        result = scene_limit(scene, recipe, Context.of(recipe), trials=trials, rates_kg_h=asked, progress=tell)
    content = _as_dict(result)
    if out is not None:
        _write(out, content)
    if as_json:
        print_json(content)
    else:
        _show(result)


def _rates(text: str) -> list[float]:
    from superemitter.model.errors import UsageError

    try:
        rates = [float(part) for part in text.split(",")]
    except ValueError:
        rates = []
    if not rates or not all(0 < rate < 1e9 for rate in rates):
        raise UsageError(f"{text!r} is no list of rates", hint="write rates above 0 like 100,300,1000")
    return rates


def _write(out: Path, content: dict[str, Any]) -> None:
    from superemitter.model.errors import OutputError

    try:
        out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}") from error


def _as_dict(result: LimitResult) -> dict[str, Any]:
    from superemitter.model import CannotSay

    places = []
    for place in result.places:
        said = place.probabilities
        entry: dict[str, Any] = {
            "facility_id": place.facility.facility_id,
            "name": place.facility.name,
            "longitude": place.facility.longitude,
            "latitude": place.facility.latitude,
            "noise_ppm_m": place.noise_ppm_m,
        }
        if isinstance(said, CannotSay):
            entry["cannot_say"] = said.reason
        else:
            names = ("rate_kg_h", "probability", "low", "high")
            entry["detection"] = [dict(zip(names, row, strict=True)) for row in said]
        places.append(entry)
    return {"detection_limit": result.limit.as_dict(), "wind_speed_m_s": result.wind_m_s, "facilities": places}


def _show(result: LimitResult) -> None:
    from rich.table import Table

    from superemitter.cli.output import printable
    from superemitter.model import CannotSay
    from superemitter.publish.wording import significant

    if result.limit.simulated:
        typer.echo("SIMULATED DATA, not an observation.")
    speed = result.wind_m_s
    for share in (0.5, 0.9):
        rate = result.limit.rate_at(share, speed)
        text = f"cannot say: {rate.reason}" if isinstance(rate, CannotSay) else f"{significant(rate)} kg/h"
        typer.echo(f"found with probability {share:.0%} at {speed:.1f} m/s: {text}")
    typer.echo(f"by {result.limit.trials} simulated leaks put into the scene")
    if not result.places:
        return
    table = Table(title="A leak here would have been seen with probability")
    table.add_column("facility", overflow="fold")
    said = next((p.probabilities for p in result.places if not isinstance(p.probabilities, CannotSay)), ())
    for rate, *_ in said:
        table.add_column(f"{significant(rate)} kg/h")
    for place in result.places:
        if isinstance(place.probabilities, CannotSay):
            table.add_row(printable(place.facility.name), f"cannot say: {place.probabilities.reason}")
        else:
            cells = [f"{p:.0%} ({low:.0%} - {high:.0%})" for _, p, low, high in place.probabilities]
            table.add_row(printable(place.facility.name), *cells)
    console().print(table)
