"""``superemitter info``: what a scene is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json


def info(
    scene: Annotated[Path, typer.Argument(metavar="SCENE", help="Level-1 radiance file.")],
    obs: options.Obs = None,
    mask: options.Mask = None,
    loc: options.Loc = None,
    glt: options.Glt = None,
    datetime: options.Datetime = None,
    as_json: options.Json = False,
) -> None:
    """Say what a scene is: product, time, bands, angles, masks, place.

    It is opened as a scan would open it, so what is missing for a scan is told here.
    """
    from superemitter.observe.readers import ReadOptions
    from superemitter.pipeline import Recipe
    from superemitter.pipeline.facts import scene_facts

    time = Recipe(time=datetime).acquired
    facts = scene_facts(scene, ReadOptions(obs=obs, mask=mask, loc=loc, glt=glt, time=time, preview=False))
    if as_json:
        print_json(facts)
        return
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(facts):
        table.add_row(name, value)
    console().print(table)


def _lines(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values as people read them."""
    if facts["simulated"]:
        yield "SIMULATED", "not an observation"
    yield "scene", facts["scene_id"]
    yield "product", f"{facts['product']}, {facts['instrument']} on {facts['platform']}"
    yield "time", facts["time"]
    yield "size", f"{facts['rows']} rows × {facts['columns']} columns{_pixel(facts['pixel_size_m'])}"
    low, high = facts["window_nm"]
    narrow, wide = facts["fwhm_nm"]
    yield "bands", f"{facts['bands_in_window']} from {low:.1f} to {high:.1f} nm, {narrow:.1f}–{wide:.1f} nm wide"
    for key, name in (
        ("solar_zenith", "sun zenith"),
        ("solar_azimuth", "sun azimuth"),
        ("view_zenith", "view zenith"),
        ("view_azimuth", "view azimuth"),
    ):
        yield name, _spread(facts[key], "°", 1)
    yield "air mass", _spread(facts["air_mass"], "", 2)
    yield "masked", ", ".join(f"{name} {100 * share:.1f} %" for name, share in facts["masked_share"].items())
    if facts["bbox"] is not None:
        west, south, east, north = facts["bbox"]
        yield "centre", f"longitude {facts['center'][0]:.4f}, latitude {facts['center'][1]:.4f}"
        yield "extent", f"longitude {west:.4f} to {east:.4f}, latitude {south:.4f} to {north:.4f}"
    for number, (flag, meaning) in enumerate(facts["flags"].items()):
        yield "cautions" if number == 0 else "", f"{flag}: {meaning}"
    for number, file in enumerate(facts["files"]):
        yield "files" if number == 0 else "", file


def _pixel(size_m: float | None) -> str:
    return "" if size_m is None else f" of about {size_m:.1f} m"


def _spread(values: dict[str, float] | None, unit: str, digits: int) -> str:
    if values is None:
        return "not known"
    low, median, high = (f"{values[name]:.{digits}f}{unit}" for name in ("low", "median", "high"))
    return median if low == high else f"{median} ({low} to {high})"
