"""What a scan found, as people read it: numbers rounded to what they are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.table import Table

from superemitter.cli.output import console
from superemitter.model import Flag
from superemitter.pipeline import Context, Outcome, Recipe
from superemitter.pipeline.plan import Plan
from superemitter.publish.records import CAUTION_FLAGS
from superemitter.publish.wording import interval_text, percent, significant, value_parts

Record = Mapping[str, Any]
_MEANING = {flag.value: flag.meaning for flag in Flag}
NO_WIND = (
    "No single rate: no wind was given, and a rate follows from it. Give --wind-speed and --wind-from, or --wind."
)


def rate_text(plume: Record) -> str:
    """Rate and 68 % interval of a plume record, ``"1,240 kg/h (68 %: 830–1,760)"``, or why there is none."""
    if plume["rate_kg_h"] is None:
        return f"cannot say: {plume['rate_reason']}"
    middle, interval = value_parts(plume["rate_kg_h"], plume["rate_low_kg_h"], plume["rate_high_kg_h"])
    return f"{middle} kg/h (68 %: {interval})"


def interval95_text(plume: Record) -> str:
    """The 95 % interval of a plume record, ``"410–2,900"``; empty if there is no rate."""
    if plume["rate_kg_h"] is None:
        return ""
    return interval_text(plume["rate_low95_kg_h"], plume["rate_high95_kg_h"])


def show_outcomes(outcomes: Sequence[Outcome], context: Context, recipe: Recipe) -> None:
    """Print the ranked plumes of all scenes, what to keep in mind about them, and where the reports are."""
    done = [outcome for outcome in outcomes if outcome.folder is not None]
    for outcome in done:
        if outcome.simulated:
            typer.echo(f"SIMULATED DATA, not an observation: {outcome.scene.name}")
    plumes = [plume for outcome in done for plume in outcome.plumes]
    if plumes:
        several = len({plume["scene_id"] for plume in plumes}) > 1
        by_wind = context.winds is None and all(plume["wind_speed_m_s"] is None for plume in plumes)
        table = _wind_table(plumes, several) if by_wind else _rate_table(plumes, several)
        console().print(table)
        if by_wind:
            typer.echo(NO_WIND)
        _show_flags(plumes)
    for outcome in done:
        _show_scene(outcome)
    if context.refused_facilities:
        rows = context.refused_facilities + len(context.facilities or ())
        typer.echo(
            f"{context.refused_facilities} of {rows} rows of {recipe.facilities_file} were not used: "
            "their coordinates are missing or are no place on Earth"
        )
    if len(outcomes) > 1:
        typer.echo(f"{len(outcomes)} scenes: {len(done)} done, {len(outcomes) - len(done)} failed")


def show_failures(outcomes: Sequence[Outcome]) -> None:
    """Name the scenes that failed, and why, on stderr."""
    for outcome in outcomes:
        if outcome.error is not None:
            typer.echo(f"failed: {outcome.scene}: error[{outcome.error.code}]: {outcome.error.message}", err=True)
            if outcome.error.hint:
                typer.echo(f"  hint: {outcome.error.hint}", err=True)


def show_plans(plans: Sequence[Plan]) -> None:
    """Print what a scan would write, and whether it is there already."""
    table = Table(title="A dry run: nothing is written")
    for name in ("scene", "product", "would be written to", "now there"):
        table.add_column(name, overflow="fold")
    for plan in plans:
        table.add_row(
            str(plan.scene),
            plan.product or "not recognised",
            str(plan.folder),
            "yes" if plan.exists else "nothing",
        )
    console().print(table)
    if len(plans) > 1:
        for plan in plans:
            if plan.error is not None:
                typer.echo(f"would fail: {plan.scene}: error[{plan.error.code}]: {plan.error.message}", err=True)


def _rate_table(plumes: Sequence[Record], several: bool) -> Table:
    table = Table(title="Plumes, largest rate first")
    for name in ("plume", *(("scene",) if several else ()), "rate", "≥ 100 kg/h"):
        table.add_column(name, overflow="fold")
    for name in ("longitude, latitude", "wind", "likely source", "quality"):
        table.add_column(name, overflow="fold")
    for plume in sorted(plumes, key=lambda p: -(p["rate_kg_h"] or 0.0)):
        table.add_row(
            _short_id(plume),
            *((str(plume["scene_id"]),) if several else ()),
            rate_text(plume),
            "" if plume["rate_kg_h"] is None else percent(plume["probability_ge_100_kg_h"]),
            _place(plume),
            _wind(plume),
            source_text(plume),
            _quality(plume),
        )
    return table


def _wind_table(plumes: Sequence[Record], several: bool) -> Table:
    table = Table(title="Plumes, and their rate if the wind were so: kg/h (68 %)")
    speeds = [row["wind_speed_m_s"] for row in plumes[0]["rate_by_wind"]]
    names = ("plume", *(("scene",) if several else ()), "longitude, latitude", "mass kg")
    for name in (*names, *(f"{speed:g} m/s" for speed in speeds), "likely source", "quality"):
        table.add_column(name, overflow="fold")
    for plume in sorted(plumes, key=lambda p: -max((row["rate_kg_h"] for row in p["rate_by_wind"]), default=0.0)):
        table.add_row(
            _short_id(plume),
            *((str(plume["scene_id"]),) if several else ()),
            _place(plume),
            f"{significant(plume['ime_kg'], 3)} ± {significant(plume['ime_sigma_kg'], 2)}",
            *(_wind_cell(plume, speed) for speed in speeds),
            source_text(plume),
            _quality(plume),
        )
    return table


def _wind_cell(plume: Record, speed: float) -> str:
    for row in plume["rate_by_wind"]:
        if row["wind_speed_m_s"] == speed:
            middle, interval = value_parts(row["rate_kg_h"], row["low_kg_h"], row["high_kg_h"])
            return f"{middle} ({interval})"
    return "cannot say"


def _place(plume: Record) -> str:
    return f"{plume['source_longitude']:.4f}, {plume['source_latitude']:.4f}"


def _wind(plume: Record) -> str:
    if plume["wind_speed_m_s"] is None:
        return "not known"
    speed, sigma = plume["wind_speed_m_s"], plume["wind_speed_sigma_m_s"]
    return f"{speed:.1f} ± {sigma:.1f} m/s from {plume['wind_from_deg']:.0f}°"


def source_text(plume: Record) -> str:
    """The most probable facility with its probability, or that it is none of the list."""
    if plume["none_probability"] is None:
        return "no list given"
    if plume["facility_name"] is None:
        return f"none of these ({percent(plume['none_probability'])})"
    return f"{plume['facility_name']} ({percent(plume['facility_probability'])})"


def _short_id(plume: Record) -> str:
    return str(plume["plume_id"]).removeprefix(f"{plume['scene_id']}-")


def _quality(plume: Record) -> str:
    """``"good"``, or the quality with the flags that lower it: ``"caution: border, water"``."""
    cautions = [flag for flag in plume["flags"] if flag in CAUTION_FLAGS]
    return f"{plume['quality']}: {', '.join(cautions)}" if cautions else str(plume["quality"])


def _show_flags(plumes: Sequence[Record]) -> None:
    """What the flags mean: first those that lower the quality of a rate, then the others."""
    flags = {flag for plume in plumes for flag in plume["flags"]} - {Flag.SIMULATED.value, Flag.NO_WIND.value}
    cautions = {flag for flag in flags if flag in CAUTION_FLAGS}
    for title, some in (("Cautions", cautions), ("To be kept in mind", flags - cautions)):
        if some:
            typer.echo(f"{title}:")
        for flag in sorted(some):
            typer.echo(f"  {flag}: {_MEANING[flag]}")


def _show_scene(outcome: Outcome) -> None:
    assert outcome.folder is not None
    count = len(outcome.plumes)
    found = f"{count} plume{'' if count == 1 else 's'}" if count else "no plume found"
    expected = f"{significant(outcome.expected_false_plumes, 2)} false ones to be expected"
    rejected = f", {outcome.rejected} candidates did not look like methane" if outcome.rejected else ""
    typer.echo(f"{outcome.scene.name}: {found} ({expected}{rejected})")
    typer.echo(f"  report: {outcome.folder / 'report.html'}")
