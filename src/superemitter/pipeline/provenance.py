"""Where a result comes from: checksums, versions, the id of a run."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import superemitter
from superemitter.model import InputFile
from superemitter.model.errors import SceneError
from superemitter.pipeline.recipe import Recipe
from superemitter.publish import sha256_of

_NUMERICAL = ("numpy", "scipy", "h5py", "pyproj", "rasterio", "shapely", "xarray", "array-api-compat")
_FILE_ENTRIES = ("wind_file", "facilities_file", "obs_file", "mask_file", "loc_file", "glt_file")


def versions() -> dict[str, str]:
    """Versions of superemitter, Python and the libraries that compute."""
    found = {name: version(name) for name in _NUMERICAL}
    return {"superemitter": superemitter.__version__, "python": platform.python_version(), **found}


def platform_name() -> str:
    """Operating system and processor: numbers agree to the last digits on one platform only."""
    return f"{sys.platform}-{platform.machine()}"


def input_file(role: str, path: Path) -> InputFile:
    """A file with its size and checksum.

    Raises
    ------
    SceneError
        It cannot be read.
    """
    try:
        return InputFile(role=role, path=str(path.absolute()), bytes=path.stat().st_size, sha256=sha256_of(path))
    except OSError as error:
        raise SceneError(f"cannot read {path}: {error.strerror}") from error


def run_identity(inputs: Iterable[InputFile], recipe: Recipe) -> str:
    """Sixteen hexadecimal digits, the same for the same inputs, choices and versions, wherever the files lie."""
    choices = {name: value for name, value in recipe.as_dict().items() if name not in _FILE_ENTRIES}
    content = {
        "inputs": sorted((item.role, item.sha256) for item in inputs),
        "recipe": choices,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
