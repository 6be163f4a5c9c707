"""``superemitter register``: the output of scans into the register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import clock, options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from superemitter.pipeline.register import Registered, Told
    from superemitter.register import Register


def register(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR", help="What `superemitter scan --out` wrote, or one scene of it.")
    ],
    facilities: Annotated[
        Path | None,
        typer.Option("--facilities", metavar="FILE", help="Keep this list too: notices look for owners in it."),
    ] = None,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """Take the output of scans into the register.

    Each scene is stored whole or not at all; the same run twice changes nothing, another run of a scene gives new
    versions. Cases of leaks that the scene looked at learn what it saw. A folder that fails does not stop others.
    """
    from superemitter.pipeline.register import keep_facilities, register_scans
    from superemitter.register import open_register

    book = open_register(db)
    try:
        listed = keep_facilities(book, facilities) if facilities is not None else None
        done, told = register_scans(book, folders, now=clock.now())
        content = _as_dict(book, done, told, listed)
    finally:
        book.close()
    error = _error(done)
    if as_json:
        print_json(content | ({"error": error.as_dict()} if error else {}))
        raise typer.Exit(error.exit_code if error else 0)
    _show(content)
    if error is not None:
        raise error


def _error(done: tuple[Registered, ...]) -> Any:
    from superemitter.model.errors import RegisterError

    failed = [one for one in done if one.error is not None]
    if len(failed) == 1:
        return failed[0].error
    if not failed:
        return None
    names = "; ".join(f"{one.folder}: {one.error.message}" for one in failed if one.error is not None)
    return RegisterError(f"{len(failed)} of {len(done)} folders could not be registered: {names}")


def _as_dict(
    book: Register, done: tuple[Registered, ...], told: tuple[Told, ...], listed: tuple[int, int] | None
) -> dict[str, Any]:
    from dataclasses import asdict

    from superemitter.register import ObservationQuery, list_observations

    plumes = []
    for scene in (scene for one in done for scene in one.scenes):
        page = list_observations(book, ObservationQuery(scene_id=scene.scene_id), limit=1000)
        plumes += [
            {
                "observation_id": seen.observation_id,
                "plume_id": seen.record_id,
                "time": seen.time.isoformat(),
                "longitude": seen.longitude,
                "latitude": seen.latitude,
                "rate_kg_h": seen.rate_kg_h,
                "simulated": seen.simulated,
            }
            for seen in reversed(page.observations)
        ]
    content: dict[str, Any] = {
        "register": book.name,
        "scenes": [asdict(scene) for one in done for scene in one.scenes],
        "plumes": plumes,
        "cases_told": [asdict(one) for one in told],
    }
    if listed is not None:
        content["facilities"] = {"used": listed[0], "refused": listed[1]}
    return content


def _show(content: dict[str, Any]) -> None:
    from rich.table import Table

    from superemitter.publish.wording import significant

    for scene in content["scenes"]:
        if not scene["new_run"]:
            typer.echo(f"{scene['scene_id']}: run {scene['run_id']} was registered before; nothing changed")
            continue
        counts = ", ".join(
            f"{scene[name]} {name}" for name in ("stored", "updated", "unchanged", "withdrawn", "merged")
        )
        typer.echo(f"{scene['scene_id']}: {scene['plumes']} plumes; observations: {counts}")
    if content["plumes"]:
        table = Table(title=f"Plumes in {content['register']}")
        for name in ("observation", "plume", "time (UTC)", "longitude", "latitude", "kg/h", ""):
            table.add_column(name, overflow="fold")
        for seen in content["plumes"]:
            rate = "cannot say" if seen["rate_kg_h"] is None else significant(seen["rate_kg_h"])
            place = f"{seen['longitude']:.4f}", f"{seen['latitude']:.4f}"
            mark = "SIMULATED" if seen["simulated"] else ""
            table.add_row(str(seen["observation_id"]), seen["plume_id"], seen["time"][:19], *place, rate, mark)
        console().print(table)
        typer.echo("report one of them: superemitter report --plume OBSERVATION")
    if "facilities" in content:
        typer.echo(
            f"{content['facilities']['used']} facilities kept, {content['facilities']['refused']} rows refused"
        )
    for one in content["cases_told"]:
        typer.echo(
            f"case {one['case_id']}: {one['scene_id']} {'shows a plume' if one['detected'] else 'shows none'}"
        )
