"""What commands write to the terminal: JSON, tables, progress bars."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

#: Characters a line of a table may have where no terminal says how wide it is.
PIPED_WIDTH = 160


def print_json(content: Any) -> None:
    """One JSON document on stdout; NaN never gets there. Escaped where stdout is not Unicode."""
    unicode = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    typer.echo(json.dumps(content, ensure_ascii=not unicode, allow_nan=False, indent=1))


def console() -> Console:
    """Where tables go: stdout, as wide as the terminal, or wide enough if it is none."""
    from rich.console import Console

    out = Console(highlight=False, emoji=False, markup=False)
    if not out.is_terminal:
        out.width = max(out.width, PIPED_WIDTH)
    return out


def printable(text: str) -> str:
    """A text from outside without what could steer a terminal or hide other text: control and direction marks."""
    import unicodedata

    return "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in text)


@contextmanager
def stage_bars(stages: int, *, quiet: bool) -> Iterator[Callable[[Path, str], None]]:
    """A bar for each scene on stderr, named by its stage. Silent where stderr is no terminal.

    Parameters
    ----------
    stages : int
        Stages of a scene.
    quiet : bool

    Yields
    ------
    callable
        To be told the scene and the stage it enters.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    err = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[stage]}"),
        TimeElapsedColumn(),
    )
    tasks: dict[Path, Any] = {}
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as bars:

        def tell(scene: Path, stage: str) -> None:
            if scene not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, completed=stages, stage="")
                tasks[scene] = bars.add_task(scene.name, total=stages, stage=stage)
            else:
                bars.update(tasks[scene], advance=1, stage=stage)

        yield tell
        for task in tasks.values():
            bars.update(task, completed=stages, stage="")


@contextmanager
def row_bar(name: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr for rows done of all rows. Silent where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    err = Console(stderr=True)
    with Progress(console=err, disable=quiet or not err.is_terminal) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
