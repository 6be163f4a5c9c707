"""``superemitter reconcile``: is what is reported what is seen?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from superemitter.cli import options
from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    import numpy as np

    from superemitter.account.cautions import Caution
    from superemitter.account.reconcile import ObservedSource, Reconciliation, Reported
    from superemitter.account.sizes import DetectionCurve


def reconcile(
    inventory: Annotated[
        Path, typer.Argument(metavar="INVENTORY", help="Activity table, or a table of countries, CSV.")
    ],
    year: Annotated[int, typer.Option("--year", metavar="Y", min=1, max=9999, help="Of both.")],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Only rows of this mine or region of the inventory."),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(
            "--country",
            metavar="NAME",
            help="Of a table of countries; without --source and --bbox also chooses sources.",
        ),
    ] = None,
    source: Annotated[
        list[int] | None, typer.Option("--source", metavar="N", help="This source of the register; repeatable.")
    ] = None,
    bbox: Annotated[
        str | None, typer.Option("--bbox", metavar="W,S,E,N", help="Sources of the register in a box, degrees.")
    ] = None,
    sector: Annotated[
        str | None, typer.Option("--sector", metavar="NAME", help="Only sources with plumes of this sector.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option("--sources", metavar="FILE", help="Observed sources as CSV, not the register.")
    ] = None,
    half: Annotated[
        float | None, typer.Option("--seen-half", metavar="KG_H", help="Rate that one look sees half of the time.")
    ] = None,
    ninety: Annotated[
        float | None,
        typer.Option("--seen-ninety", metavar="KG_H", help="Rate that one look sees 9 times out of 10."),
    ] = None,
    looks: Annotated[int, typer.Option("--looks", metavar="N", min=1, help="Looks at each place.")] = 1,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="lognormal or power-law; default the better fit.")
    ] = None,
    smallest: Annotated[
        float | None, typer.Option("--smallest", metavar="KG_H", help="Where the power law begins.")
    ] = None,
    factors: Annotated[
        Path | None, typer.Option("--factors", metavar="FILE", help="More sources of the inventory.")
    ] = None,
    gwp: Annotated[
        str | None, typer.Option("--gwp", metavar="TABLE", help="To undo t CO2e of a table of countries.")
    ] = None,
    u95: Annotated[
        float | None, typer.Option("--reported-error", metavar="PERCENT", help="Error of a table of countries.")
    ] = None,
    assume_pod: Annotated[
        float | None, typer.Option("--assume-pod", metavar="P", min=0.0, max=1.0, help="As in `account`.")
    ] = None,
    assume_persistence: Annotated[
        float | None,
        typer.Option("--assume-persistence", metavar="P", min=0.0, max=1.0, help="Where none can be said."),
    ] = None,
    assume_looks: Annotated[
        int | None,
        typer.Option("--assume-looks", metavar="N", min=1, help="As in `account`."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A picture: .png or .svg.")] = None,
    seed: options.Seed = 0,
    overwrite: options.Overwrite = False,
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """Hold an inventory of methane against observed sources and what is too small to be seen.

    For a mine (--name, --source), a basin (--bbox) or a country (--country).
    """
    from dataclasses import replace

    import numpy as np

    from superemitter.account.reconcile import reconcile as hold
    from superemitter.account.reconcile_records import reconciliation_record
    from superemitter.account.sizes import DetectionCurve
    from superemitter.cli.pictures import free_picture
    from superemitter.model.errors import UsageError
    from superemitter.pipeline.reconciling import mean_persistence

    if (half is None) != (ninety is None):
        raise UsageError("only one of --seen-half and --seen-ninety is given", hint="give both, or neither")
    if out is not None:
        free_picture(out, overwrite=overwrite)
    rng = np.random.default_rng(seed)
    reported = _reported(inventory, factors, year, name, country, gwp, u95, rng)
    assumptions: tuple[Caution, ...] = ()
    one_look = None
    if half is not None and ninety is not None:
        one_look = DetectionCurve(half_kg_h=half, ninety_kg_h=ninety)
    if sources is not None:
        seen = _of_table(sources, year, rng)
    else:
        chosen: dict[str, Any] = {"source_ids": source or (), "bbox": _box(bbox), "sector": sector}
        if not source and bbox is None and country is not None:
            chosen["countries"] = reported.countries or (country,)
        seen, assumptions = _of_register(
            db, chosen, year, assume_pod, assume_persistence, assume_looks, one_look, seed
        )
    curve = None
    if one_look is not None:
        count = assume_looks or looks
        curve = replace(one_look, looks=count, emitting_share=mean_persistence(seen))
    made = hold(
        name or country or bbox or inventory.stem, year, reported, seen, rng,
        curve=curve, model=model, smallest_kg_h=smallest, assumptions=assumptions,
    )  # fmt: skip
    if out is not None:
        from superemitter.publish.accounts import write_picture
        from superemitter.publish.reconcile import draw_reconciliation

        write_picture(draw_reconciliation(made), out)
    if as_json:
        content: dict[str, Any] = {"seed": seed, **reconciliation_record(made)}
        print_json(content | ({"picture": str(out)} if out else {}))
        return
    _show(made)
    if out is not None:
        typer.echo(f"picture: {out}")


def _reported(
    path: Path,
    factors: Path | None,
    year: int,
    name: str | None,
    country: str | None,
    gwp: str | None,
    u95: float | None,
    rng: np.random.Generator,
) -> Reported:
    from superemitter.account.inventory_csv import read_text
    from superemitter.account.inventory_factors import load_sources, read_sources
    from superemitter.account.reported import is_series, read_countries, reported_of_activity, reported_of_series
    from superemitter.model.errors import UsageError

    text = read_text(path)
    if not is_series(text):
        known = load_sources() if factors is None else read_sources(factors)
        return reported_of_activity(text, path.name, known, year, rng, name=name)
    if country is None:
        raise UsageError(f"{path.name} is a table of countries, and none is chosen", hint="give --country")
    table = read_countries(text, path.name)
    return reported_of_series(table, country, year, rng, gwp_table=gwp, u95_percent=u95)


def _of_table(path: Path, year: int, rng: np.random.Generator) -> tuple[ObservedSource, ...]:
    from superemitter.account.inventory_csv import read_text
    from superemitter.account.observed_csv import read_observed

    return read_observed(read_text(path), path.name, year, rng)


def _of_register(
    db: str | None,
    chosen: dict[str, Any],
    year: int,
    assume_pod: float | None,
    assume_persistence: float | None,
    assume_looks: int | None,
    one_look: DetectionCurve | None,
    seed: int,
) -> tuple[tuple[ObservedSource, ...], tuple[Caution, ...]]:
    from superemitter.pipeline.reconciling import observed_sources, source_ids_of
    from superemitter.register import open_register

    book = open_register(db)
    try:
        ids = source_ids_of(book, **chosen)
        return observed_sources(
            book,
            ids,
            year,
            assumed_probability=assume_pod,
            assumed_persistence=assume_persistence,
            assumed_looks=assume_looks,
            one_look=one_look,
            seed=seed,
        )
    finally:
        book.close()


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    from superemitter.model.errors import UsageError

    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--bbox {text!r} is no box", hint="write WEST,SOUTH,EAST,NORTH in degrees") from None
    if not (-90 <= south <= north <= 90 and all(-180 <= one <= 180 for one in (west, east))):
        raise UsageError(f"--bbox {text!r} is no box on Earth", hint="write WEST,SOUTH,EAST,NORTH in degrees")
    return west, south, east, north


def _show(made: Reconciliation) -> None:
    from rich.table import Table

    from superemitter.account.reconcile import Agreement

    if made.simulated:
        typer.echo("SIMULATED DATA, not an observation")
    table = Table(title=f"{made.name}, {made.year}: methane")
    for name in ("", "t CH4", "95 %"):
        table.add_column(name, overflow="fold")
    table.add_row("reported", *_mass_cells(made))
    at_least = " (at least)" if made.at_least else ""
    for label, said in (
        ("seen", made.observed),
        ("not seen: too small, or off", made.unseen),
        (f"total{at_least}", made.total),
    ):
        table.add_row(label, *_cells(said))
    table.add_row("total less reported", *_cells(made.difference))
    table.add_row("total over reported", *_cells(made.ratio))
    console().print(table)
    answer = made.agreement
    condition = ", if what is assumed holds" if made.conditional else ""
    typer.echo(f"{answer.value}{condition}" if isinstance(answer, Agreement) else f"cannot say: {answer.reason}")
    typer.echo(f"reported covers: {made.reported.covers} [{made.reported.where}]")
    for reason in dict.fromkeys(getattr(one, "reason", "") for one in (made.unseen, made.difference)):
        if reason:
            typer.echo(f"cannot say: {reason}")
    part = made.unseen_part
    if part is not None and part.fits:
        typer.echo(f"sizes by the {part.chosen}: {part.because}")
        for fit in part.fits:
            typer.echo(
                f"  by the {fit.model}: {fit.unseen_kg_h:,.0f} kg/h unseen, {fit.seen_share:.0%} of sources seen"
            )
    for name, reason in made.left_out:
        typer.echo(f"left out: {name}: {reason}")
    for line in made.assumptions:
        typer.echo(line.text)


def _cells(said: Any) -> tuple[str, str]:
    from superemitter.account.spread import Spread
    from superemitter.publish.wording import interval_text, significant

    if not isinstance(said, Spread):
        return f"cannot say ({said.code})", ""
    value = f"\u2212{significant(-said.value)}" if said.value < 0 else significant(said.value)
    return value, interval_text(said.low95, said.high95)


def _mass_cells(made: Reconciliation) -> tuple[str, str]:
    from superemitter.account.inventory_uncertainty import Interval
    from superemitter.publish.wording import interval_text, significant

    mass = made.reported.mass
    if not isinstance(mass.interval, Interval):
        return significant(mass.value_t), "not stated"
    return significant(mass.value_t), interval_text(mass.interval.low95_t, mass.interval.high95_t)
