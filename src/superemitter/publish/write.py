"""Every output file of one scene, in one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from superemitter.model import RunRecord, SceneResult
from superemitter.publish.figures import write_quicklook
from superemitter.publish.grid import north_up
from superemitter.publish.native import NATIVE_FILES, write_netcdf, write_pixels
from superemitter.publish.raster import write_enhancement
from superemitter.publish.report import write_report
from superemitter.publish.run_record import sha256_of
from superemitter.publish.stac import write_item
from superemitter.publish.vector import write_csv, write_geojson

#: What :func:`write_outputs` writes, in this order; of a level-2 scene ``native.nc`` and ``pixels.parquet`` too.
OUTPUT_FILES: Final = (
    "enhancement.tif",
    "plumes.geojson",
    "plumes.csv",
    "quicklook.png",
    "report.html",
    "item.json",
)


def write_outputs(
    result: SceneResult,
    folder: Path,
    record: RunRecord,
    *,
    progress: Callable[[str], None] | None = None,
) -> dict[str, str]:
    """Write everything but ``run.json``; equal results give equal bytes.

    Parameters
    ----------
    result : SceneResult
    folder : Path
        Where the files go; see :func:`superemitter.publish.folder.staged`.
    record : RunRecord
        How the result was made, for the report. Its `outputs` are not looked at: put the mapping returned here
        into the record and hand that to :func:`superemitter.publish.run_record.write_run_record`.
    progress : callable, optional
        Told the name of each file before it is written.

    Returns
    -------
    dict
        SHA-256 of each file, by name.

    Raises
    ------
    OutputError
        A file cannot be written.
    InvalidValue
        No pixel of the scene has coordinates.
    """
    view = north_up(result.enhancement.footprint)
    steps: dict[str, Callable[[Path], None]] = {
        "enhancement.tif": lambda path: write_enhancement(result, path, view),
        "plumes.geojson": lambda path: write_geojson(result, path),
        "plumes.csv": lambda path: write_csv(result, path),
        "quicklook.png": lambda path: write_quicklook(result, path, view),
        "report.html": lambda path: write_report(result, record, path, quicklook=folder / "quicklook.png"),
        "native.nc": lambda path: write_netcdf(result, path),
        "pixels.parquet": lambda path: write_pixels(result, path),
        "item.json": lambda path: write_item(result, path.parent, view),
    }
    names = OUTPUT_FILES if result.native is None else (*OUTPUT_FILES[:-1], *NATIVE_FILES, OUTPUT_FILES[-1])
    for name in names:
        if progress:
            progress(name)
        steps[name](folder / name)
    return {name: sha256_of(folder / name) for name in names}
