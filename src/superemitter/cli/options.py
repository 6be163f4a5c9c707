"""Options that several commands share: one name, one meaning, one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[
    bool, typer.Option("--json", help="One JSON object on stdout and nothing else; no progress bars.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace earlier output, whole.")]
Obs = Annotated[
    Path | None, typer.Option("--obs", metavar="FILE", help="Sun and view angles, if not found beside the scene.")
]
Mask = Annotated[
    Path | None, typer.Option("--mask", metavar="FILE", help="Cloud and water mask (EMIT L2A), if not beside it.")
]
Loc = Annotated[
    Path | None, typer.Option("--loc", metavar="FILE", help="Longitude and latitude of each pixel (AVIRIS).")
]
Glt = Annotated[Path | None, typer.Option("--glt", metavar="FILE", help="Geometry look-up table (AVIRIS).")]
Datetime = Annotated[
    str | None,
    typer.Option(
        "--datetime", metavar="TIME", help="When the scene was taken, ISO 8601 with zone; it is flagged."
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Of the random numbers; the same seed, the same result.")
]
