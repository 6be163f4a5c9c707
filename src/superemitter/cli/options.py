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
Db = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="Register: a file or database address. Left out: SUPEREMITTER_DATABASE_URL, else superemitter.db.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and store nothing.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it, as the case's history will say.")]
When = Annotated[
    str | None,
    typer.Option(
        "--when", metavar="TIME", help="When it happened, if not now: 2027-02-01T18:30:00Z; the record says both."
    ),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="As it stood then: 2024-07-01, or a time with zone.")
]
Case = Annotated[str, typer.Argument(metavar="CASE", help="Id of the case.")]
