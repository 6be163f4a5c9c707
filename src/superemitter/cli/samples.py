"""``superemitter samples``: list and download openly licensed real files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    """List openly licensed real files, or download them: resumed if broken off, checked by SHA-256."""
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
        import json

        typer.echo(json.dumps({name: [str(p) for p in paths] for name, paths in fetched.items()}, indent=1))
    else:
        for paths in fetched.values():
            for path in paths:
                typer.echo(path)


def _show(listed: list[Sample], as_json: bool) -> None:
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(sample) for sample in listed], ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Real files, openly licensed (superemitter samples NAME --out DIR)")
    for column in ("name", "what", "shows", "licence"):
        table.add_column(column, overflow="fold")
    table.add_column("MB", justify="right")
    for sample in listed:
        size = f"{sample.bytes / 1e6:.1f}"
        table.add_row(sample.name, sample.what, sample.proves, sample.licence, size)
    Console().print(table)


def _download(chosen: list[Sample], out: Path, *, overwrite: bool, quiet: bool) -> dict[str, tuple[Path, ...]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from superemitter.observe.samples import SampleFile, download

    console = Console(stderr=True)
    shown = not quiet and console.is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    fetched: dict[str, tuple[Path, ...]] = {}
    with Progress(*columns, console=console, disable=not shown) as bars:
        tasks = {f.url: bars.add_task(f.name, total=f.bytes) for sample in chosen for f in sample.files}

        def advance(file: SampleFile, done: int) -> None:
            bars.update(tasks[file.url], completed=done)

        for sample in chosen:
            fetched[sample.name] = download(sample, out, overwrite=overwrite, progress=advance)
    return fetched
