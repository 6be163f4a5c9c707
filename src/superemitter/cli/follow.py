"""``superemitter cue`` and ``superemitter compare``: what to do with the plumes of scans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json, printable

if TYPE_CHECKING:
    from superemitter.pipeline.compare import Comparison, Pair
    from superemitter.pipeline.cue import Cue

Scans = Annotated[list[Path], typer.Argument(metavar="SCAN", help="Folders that `superemitter scan` wrote.")]
LISTED = 40


def cue(
    scans: Scans,
    facilities: Annotated[
        Path | None,
        typer.Option("--facilities", metavar="FILE", help="Possible sources: GeoJSON, CSV or GeoPackage."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Rank places for sharper instruments to look at.

    Plumes of several scans within 15 km are one place. Each has the circle to look at, the days, the facilities
    inside, and the satellites whose orbit reaches it and whose detection limit is below its rate.
    """
    from superemitter.observe.facilities import read_facilities
    from superemitter.pipeline.cue import cue as cues_of

    known = read_facilities(facilities).facilities if facilities is not None else ()
    cues = cues_of(scans, known)
    if as_json:
        print_json({"cues": [one.as_dict() for one in cues]})
    else:
        _show_cues(cues)


def compare(
    catalogue: Annotated[Path, typer.Argument(metavar="LIST", help="A plume list: CSV or GeoJSON.")],
    scans: Scans,
    distance: Annotated[
        float, typer.Option("--distance", metavar="KM", min=0.1, help="Farthest distance of a pair.")
    ] = 20.0,
    as_json: options.Json = False,
) -> None:
    """Compare scans with a plume list: matches, ratios, misses.

    Any list that `superemitter import` takes. An entry counts if it lies in a scene scanned, within two hours.
    """
    from superemitter.pipeline.compare import compare_with_list

    outcome = compare_with_list(catalogue, scans, match_m=1000.0 * distance)
    if as_json:
        print_json(outcome.as_dict())
    else:
        _show_comparison(outcome)


def _show_cues(cues: list[Cue]) -> None:
    from rich.table import Table

    from superemitter.publish.wording import significant

    if not cues:
        typer.echo("no plume in these scans: nowhere to look")
        return
    if any(plume["simulated"] for one in cues for plume in one.plumes):
        typer.echo("SIMULATED DATA, not observations: at least one of these scans")
    table = Table(title="Places to look at, largest expected emission first")
    for name in (
        "longitude, latitude",
        "within km",
        "t/h expected",
        "seen",
        "look",
        "facilities",
        "who could look",
    ):
        table.add_column(name, overflow="fold")
    for one in cues[:LISTED]:
        names = [printable(facility.name or facility.facility_id) for facility, _ in one.facilities[:3]]
        more = len(one.facilities) - len(names)
        table.add_row(
            f"{one.longitude:.3f}, {one.latitude:.3f}",
            significant(one.radius_m / 1000.0, 2),
            significant(one.priority / 1000.0, 2),
            ", ".join(sorted({str(plume["datetime"])[:10] for plume in one.plumes})),
            f"{one.first_day} to {one.last_day}",
            ", ".join(names) + (f" and {more} more" if more > 0 else "") or "none known",
            ", ".join(looker.name + ("" if looker.verified else "*") for looker in one.lookers) or "none",
        )
    console().print(table)
    if len(cues) > LISTED:
        typer.echo(f"and {len(cues) - LISTED} more; --json lists all")
    typer.echo("* its detection limit was not checked against the primary text")


def _show_comparison(outcome: Comparison) -> None:
    from rich.table import Table

    table = Table(title="The list beside the scans")
    for name in ("scene", "listed t/h", "ours t/h", "ratio", "km apart", "95 % intervals"):
        table.add_column(name, overflow="fold")
    for pair in outcome.pairs:
        table.add_row(*_row(pair))
    if outcome.pairs:
        console().print(table)
    found = outcome.summary()
    typer.echo(
        f"{found['listed']:,} entries, {found['refused']:,} not readable, "
        f"{found['outside']:,} in no scene scanned; "
        f"{found['matched']} matched, {found['missed']} missed, {found['only_ours']} only ours"
    )
    if found["median_ratio"] is not None:
        typer.echo(
            f"median ratio {found['median_ratio']:.2f}; "
            f"{found['within_factor_2']} of {found['with_rate']} within a factor 2; "
            f"{found['intervals_agree']} intervals agree"
        )


def _row(pair: Pair) -> tuple[str, ...]:
    listed = "-" if pair.listed is None else _tonnes(pair.listed.rate_kg_h)
    if pair.plume is None:
        ours = "missed"
    elif pair.plume["rate_kg_h"] is None:
        ours = f"cannot say: {pair.plume.get('rate_reason')}"
    else:
        ours = _tonnes(pair.plume["rate_kg_h"])
    agrees = "" if pair.agrees is None else ("meet" if pair.agrees else "apart")
    ratio = "" if pair.ratio is None else f"{pair.ratio:.2f}"
    apart = "" if pair.distance_m is None else f"{pair.distance_m / 1000.0:.1f}"
    return printable(pair.scene_id), listed, ours, ratio, apart, agrees


def _tonnes(rate_kg_h: float | None) -> str:
    return "no rate" if rate_kg_h is None else f"{rate_kg_h / 1000.0:.3g}"
