"""``superemitter samples``: list and download openly licensed real files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from superemitter.cli.output import console, print_json

if TYPE_CHECKING:
    from superemitter.observe.samples import Sample


def samples(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Samples to download; 'all' for every one. None: list them."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder to download into.")] = Path("samples"),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there and differ.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output, no progress bar.")] = False,
) -> None:
    """List or download openly licensed real files.

    A download that broke off is resumed; every file is checked by its SHA-256.
    """
    from superemitter.observe.samples import list_samples

    known = {sample.name: sample for sample in list_samples()}
    if not names:
        _show(list(known.values()), as_json)
        return
    chosen = list(known) if "all" in names else list(dict.fromkeys(names))
    unknown = [name for name in chosen if name not in known]
    if unknown:
        from superemitter.model.errors import UsageError

        raise UsageError(f"there is no sample {unknown[0]!r}", hint=f"the samples are {', '.join(known)}, or all")
    fetched = _download([known[name] for name in chosen], out, overwrite=overwrite, quiet=as_json)
    if as_json:
        print_json({name: [str(p) for p in paths] for name, paths in fetched.items()})
    else:
        for paths in fetched.values():
            for path in paths:
                typer.echo(path)


def _show(listed: list[Sample], as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        print_json([asdict(sample) for sample in listed])
        return
    from rich.table import Table

    table = Table(title="Real files, openly licensed (superemitter samples NAME --out DIR)")
    for column in ("name", "what", "shows", "licence"):
        table.add_column(column, overflow="fold")
    table.add_column("MB", justify="right")
    for sample in listed:
        size = f"{sample.bytes / 1e6:.1f}"
        table.add_row(sample.name, sample.what, sample.proves, sample.licence, size)
    console().print(table)


def _download(chosen: list[Sample], out: Path, *, overwrite: bool, quiet: bool) -> dict[str, tuple[Path, ...]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from superemitter.observe.samples import SampleFile, download

    err = Console(stderr=True)
    shown = not quiet and err.is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    fetched: dict[str, tuple[Path, ...]] = {}
    with Progress(*columns, console=err, disable=not shown) as bars:
        tasks = {f.url: bars.add_task(f.name, total=f.bytes) for sample in chosen for f in sample.files}

        def advance(file: SampleFile, done: int) -> None:
            bars.update(tasks[file.url], completed=done)

        for sample in chosen:
            fetched[sample.name] = download(sample, out, overwrite=overwrite, progress=advance)
    return fetched
