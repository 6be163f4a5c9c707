"""Shared by the writers: atomic files, names, the truth file, ENVI headers."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superemitter.model import Wind
from superemitter.model.errors import OutputError, OutputExists, SceneError
from superemitter.simulate.scene import SimulatedScene

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedFiles:
    """What was written.

    Attributes
    ----------
    radiance, obs, truth : Path
    mask : Path, optional
        EMIT only.
    loc, glt : Path, optional
        ENVI only.
    """

    radiance: Path
    obs: Path
    truth: Path
    mask: Path | None = None
    loc: Path | None = None
    glt: Path | None = None


@contextmanager
def written_together(folder: Path, names: list[str], *, overwrite: bool) -> Iterator[Path]:
    """A temporary folder whose files move to `folder` only when all of them are complete.

    Parameters
    ----------
    folder : Path
        Made if need be.
    names : list of str
        Files that will be written, in the order in which they appear: the radiance last.
    overwrite : bool

    Raises
    ------
    OutputExists
        One of them is there already and `overwrite` is false.
    OutputError
        The file system refuses (no space, no permission).
    """
    present = [name for name in names if (folder / name).exists()]
    if present and not overwrite:
        raise OutputExists(f"{folder / present[0]} is there already", hint="choose another folder or --overwrite")
    partial = folder / f".partial-{os.getpid()}-{names[-1]}"
    try:
        partial.mkdir(parents=True)
        yield partial
        for name in names:
            (partial / name).replace(folder / name)
    except OSError as error:
        reason = error.strerror or str(error).partition("\n")[0]
        raise OutputError(
            f"cannot write into {folder}: {reason}", hint="is there space, and may you write there?"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def reserve(folder: Path, size: int) -> None:
    """Find out whether there is room for so many bytes, where the file system can tell.

    Called before HDF5 files are written: a disk that fills up in the middle of one takes the process down with it,
    because the library cannot close the file any more.

    Raises
    ------
    OSError
        There is not.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    with tempfile.TemporaryFile(dir=folder) as scratch:
        try:
            os.posix_fallocate(scratch.fileno(), 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
                raise


def truth_of(scene: SimulatedScene) -> dict[str, Any]:
    """What is true of a simulated scene, for ``truth.json``."""
    leaks = []
    for k, (leak, plume) in enumerate(zip(scene.spec.leaks, scene.plumes, strict=True)):
        i, j = round(leak.row), round(leak.column)
        i, j = min(i, scene.spec.shape[0] - 1), min(j, scene.spec.shape[1] - 1)
        longitude, latitude = _position(scene, leak.row, leak.column)
        leaks.append(
            {
                "id": leak.leak_id or f"leak-{k + 1}",
                "longitude": longitude,
                "latitude": latitude,
                "row": leak.row,
                "column": leak.column,
                "rate_kg_h": leak.rate_kg_h,
                "wind": wind_of(leak.wind or scene.spec.wind),
                "mass_in_image_kg": plume.in_image_kg,
                "max_enhancement_ppm_m": float(plume.enhancement_ppm_m.max()),
                "over_water": bool(scene.water[i, j]),
            }
        )
    return {
        "simulated": True,
        "instrument": scene.instrument.name,
        "seed": scene.spec.seed,
        "time": scene.spec.time.isoformat(),
        "leaks": leaks,
    }


def wind_of(wind: Wind) -> dict[str, float]:
    """A wind as the truth file tells it."""
    return {"speed_m_s": wind.speed_m_s, "from_deg": wind.from_deg, "height_m": wind.height_m}


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """JSON with a final newline, readable."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_envi_header(path: Path) -> dict[str, str]:
    """Keys (lower case) and raw values of an ENVI header; braces are left in the value.

    Raises
    ------
    SceneError
        It is not an ENVI header.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines or lines[0].strip() != "ENVI":
        raise SceneError(f"{path} is not an ENVI header")
    out: dict[str, str] = {}
    key = ""
    for line in lines[1:]:
        if key and out[key].count("{") > out[key].count("}"):
            out[key] += " " + line.strip()
        elif "=" in line:
            name, value = line.split("=", 1)
            key = name.strip().lower()
            out[key] = value.strip()
    return out


def envi_list(value: str) -> list[str]:
    """The entries of a braced ENVI value."""
    return [entry.strip() for entry in value.strip().strip("{}").split(",") if entry.strip()]


def _position(scene: SimulatedScene, row: float, column: float) -> tuple[float, float]:
    """Longitude and latitude of a fractional pixel position: bilinear. [degree]"""
    rows, columns = scene.spec.shape
    i, j = min(int(row), rows - 2), min(int(column), columns - 2)
    y, x = row - i, column - j
    out = []
    for values in (scene.longitude, scene.latitude):
        top = (1 - x) * values[i, j] + x * values[i, j + 1]
        bottom = (1 - x) * values[i + 1, j] + x * values[i + 1, j + 1]
        out.append(float((1 - y) * top + y * bottom))
    return out[0], out[1]
