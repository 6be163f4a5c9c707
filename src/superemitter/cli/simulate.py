"""``superemitter simulate``: a scene of known truth, or plumes put into a real one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json, row_bar

if TYPE_CHECKING:
    from superemitter.model import Footprint, Wind
    from superemitter.simulate import Leak

NOTICE = "SIMULATED, not an observation."


def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the files.")],
    instrument: Annotated[
        str, typer.Option("--instrument", metavar="NAME", help="emit (NetCDF) or aviris-ng (ENVI).")
    ] = "emit",
    shape: Annotated[str, typer.Option("--shape", metavar="ROWS,COLS", help="Size of the image.")] = "400,400",
    leak: Annotated[
        list[str] | None,
        typer.Option("--leak", metavar="ROW,COL,KG_H", help="A leak at a pixel (first is 0,0). May be repeated."),
    ] = None,
    leak_lonlat: Annotated[
        list[str] | None,
        typer.Option("--leak-lonlat", metavar="LON,LAT,KG_H", help="A leak at a place; needs --background."),
    ] = None,
    rates: Annotated[
        str | None, typer.Option("--rates", metavar="KG_H,...", help="Leaks of these rates at random places.")
    ] = None,
    wind_speed: Annotated[float, typer.Option("--wind-speed", metavar="M_S", help="10 m wind speed, m/s.")] = 3.0,
    wind_from: Annotated[
        float,
        typer.Option("--wind-from", metavar="DEG", help="Where it comes from, degrees clockwise from north."),
    ] = 250.0,
    sun_zenith: Annotated[
        float | None,
        typer.Option("--sun-zenith", metavar="DEG", help="Sun's angle from the zenith.  [default: 35]"),
    ] = None,
    background: Annotated[
        Path | None,
        typer.Option("--background", metavar="FILE", help="Put the leaks into a copy of this real radiance file."),
    ] = None,
    obs: options.Obs = None,
    loc: options.Loc = None,
    glt: options.Glt = None,
    datetime: options.Datetime = None,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
    as_json: options.Json = False,
) -> None:
    """Make a scene of known truth, or put plumes into a real one.

    Plumes are puffs in a turbulent wind that carry exactly the stated rate, seen through the full absorption. The
    files have the layout of the real products and say that they are simulated; the truth lies beside them.
    """
    from superemitter.model import Wind

    wind = Wind(speed_m_s=wind_speed, speed_sigma_m_s=0.0, from_deg=wind_from, source="simulated")
    if background is not None:
        from superemitter.observe.readers import ReadOptions
        from superemitter.pipeline import Recipe

        _refuse_with_background(rates, sun_zenith)
        time = Recipe(time=datetime).acquired
        files, truth = _inject(
            background,
            ReadOptions(obs=obs, loc=loc, glt=glt, time=time, preview=False),
            (leak or [], leak_lonlat or []),
            wind=wind,
            seed=seed,
            out=out,
            overwrite=overwrite,
        )
    else:
        _refuse_without_background(leak_lonlat, {"--obs": obs, "--loc": loc, "--glt": glt, "--datetime": datetime})
        files, truth = _make(
            instrument,
            shape,
            (leak or [], rates),
            wind=wind,
            sun_zenith=sun_zenith,
            seed=seed,
            out=out,
            overwrite=overwrite,
            quiet=as_json,
        )
    if as_json:
        print_json({"simulated": True, "files": {k: str(v) for k, v in files.items()}, "truth": truth})
    else:
        _show(files, truth)


def _make(
    instrument: str,
    shape: str,
    wanted: tuple[list[str], str | None],
    *,
    wind: Wind,
    sun_zenith: float | None,
    seed: int,
    out: Path,
    overwrite: bool,
    quiet: bool,
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Simulate a scene from nothing and write it."""
    import numpy as np

    from superemitter.simulate import Leak, SimulationSpec, random_leaks, simulate_to

    rows, columns = (int(v) for v in _numbers(shape, 2, "--shape", whole=True))
    leaks = [Leak(row=r, column=c, rate_kg_h=q) for r, c, q in (_numbers(text, 3, "--leak") for text in wanted[0])]
    if wanted[1] is not None:
        given = _numbers(wanted[1], None, "--rates")
        leaks += random_leaks(np.random.default_rng(seed), (rows, columns), given)
    spec = SimulationSpec(instrument=instrument, shape=(rows, columns), seed=seed, leaks=tuple(leaks), wind=wind)
    if sun_zenith is not None:
        spec = replace(spec, solar_zenith_deg=sun_zenith)
    with row_bar("simulate", quiet=quiet) as advance:
        written = simulate_to(spec, out, overwrite=overwrite, progress=advance)
    files = {role: path for role, path in asdict(written).items() if path is not None}
    return files, _read(written.truth)


def _inject(
    background: Path,
    how: Any,
    wanted: tuple[list[str], list[str]],
    *,
    wind: Wind,
    seed: int,
    out: Path,
    overwrite: bool,
) -> tuple[dict[str, Path], dict[str, Any]]:
    """Put plumes into a copy of a real file."""
    import numpy as np

    from superemitter.model.errors import UsageError
    from superemitter.observe.readers import open_scene
    from superemitter.simulate import Leak, inject_leaks

    at_pixels = [_numbers(text, 3, "--leak") for text in wanted[0]]
    at_places = [_numbers(text, 3, "--leak-lonlat") for text in wanted[1]]
    if not (at_pixels or at_places):
        raise UsageError("no leak to put into the background", hint="give --leak ROW,COL,KG_H or --leak-lonlat")
    scene = open_scene(background, how)
    leaks = [Leak(row=row, column=column, rate_kg_h=rate) for row, column, rate in at_pixels]
    leaks += [_at_place(scene.footprint, *place) for place in at_places]
    path = inject_leaks(scene, leaks, wind=wind, rng=np.random.default_rng(seed), out=out, overwrite=overwrite)
    truth = path.with_name(f"{path.stem}.truth.json")
    return {"radiance": path, "truth": truth}, _read(truth)


def _at_place(footprint: Footprint, longitude: float, latitude: float, rate_kg_h: float) -> Leak:
    from superemitter.simulate import Leak

    row, column = footprint.nearest(longitude, latitude)
    return Leak(row=row, column=column, rate_kg_h=rate_kg_h)


def _numbers(text: str, count: int | None, option: str, *, whole: bool = False) -> list[float]:
    """Numbers separated by commas; `count` of them, if stated."""
    from superemitter.model.errors import UsageError

    try:
        values: list[float] = [int(part) if whole else float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if not values or count not in (None, len(values)):
        number = "" if count is None else f"{count} "
        kind = "whole numbers" if whole else "numbers"
        raise UsageError(f"{option} {text!r} is not {number}{kind} separated by commas", hint="see --help")
    return values


def _refuse_with_background(rates: str | None, sun_zenith: float | None) -> None:
    from superemitter.model.errors import UsageError

    for option, value in (("--rates", rates), ("--sun-zenith", sun_zenith)):
        if value is not None:
            raise UsageError(
                f"{option} does not go with --background",
                hint="place leaks with --leak; the sun is the scene's own",
            )


def _refuse_without_background(leak_lonlat: Sequence[str] | None, companions: dict[str, object]) -> None:
    from superemitter.model.errors import UsageError

    for option, value in {"--leak-lonlat": leak_lonlat, **companions}.items():
        if value:
            raise UsageError(f"{option} needs --background", hint="without a real scene, place leaks with --leak")


def _read(truth: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(truth.read_text(encoding="utf-8"))
    return content


def _show(files: dict[str, Path], truth: dict[str, Any]) -> None:
    from rich.table import Table

    from superemitter.publish.wording import significant

    background = f" Plumes put into a copy of {truth['background']}." if "background" in truth else ""
    typer.echo(NOTICE + background)
    if truth["leaks"]:
        table = Table(title="The truth")
        for name in ("leak", "kg/h", "row, column", "longitude, latitude", "wind", "largest ppm m"):
            table.add_column(name, overflow="fold")
        for leak in truth["leaks"]:
            wind = leak["wind"]
            table.add_row(
                leak["id"],
                significant(leak["rate_kg_h"]),
                f"{leak['row']:.1f}, {leak['column']:.1f}",
                f"{leak['longitude']:.4f}, {leak['latitude']:.4f}",
                f"{wind['speed_m_s']:.1f} m/s from {wind['from_deg']:.0f}°",
                significant(leak["max_enhancement_ppm_m"]),
            )
        console().print(table)
    else:
        typer.echo("It holds no leak; place some with --leak or --rates.")
    for role, path in files.items():
        typer.echo(f"{role}: {path}")
