"""The files of other projects that maps and the page of the API need: built into the package, or missing."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

#: Without these, pages show lists where maps would be, and the interface has no page of its own.
NEEDED: Final = (
    "maplibre/maplibre-gl.mjs",
    "maplibre/maplibre-gl-worker.mjs",
    "maplibre/maplibre-gl.css",
    "land/land-coarse.geojson",
    "land/land.geojson",
    "swagger-ui/swagger-ui-bundle.js",
    "swagger-ui/swagger-ui.css",
)
HOW: Final = "install a release, or in a checkout: make frontend"


def missing_files(folder: Path | None = None) -> tuple[str, ...]:
    """What is not there of the files that pages need; nothing in a whole installation.

    Parameters
    ----------
    folder : Path, optional
        Where they lie; left out: in the package.
    """
    place = folder or Path(str(files("superemitter.web"))) / "static" / "vendor"
    return tuple(name for name in NEEDED if not (place / name).is_file())
