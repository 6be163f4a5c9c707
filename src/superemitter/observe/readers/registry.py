"""Find the readers, ours and anybody else's, and open a file with the one that recognises it."""

from __future__ import annotations

import warnings
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from superemitter.model import Scene
from superemitter.model.errors import SceneTruncated, UnknownProduct
from superemitter.observe.readers.base import ReadOptions, SceneReader
from superemitter.observe.readers.hdf5 import can_be_read, has_signature

GROUP = "superemitter.readers"


def available_readers() -> tuple[SceneReader, ...]:
    """Every installed reader, sorted by name; one that fails to import is named in a warning and left out."""
    found = (_load(entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name))
    return tuple(reader for reader in found if reader is not None)


def recognise(path: Path | str) -> SceneReader | None:
    """The reader whose product the file is, by its content; None if there is none."""
    return _recognise(Path(path), available_readers())


def open_scene(path: Path | str, options: ReadOptions | None = None) -> Scene:
    """Open a radiance file of any known product.

    Parameters
    ----------
    path : Path or str
        The radiance file; of an ENVI pair, either of the two.
    options : ReadOptions, optional

    Returns
    -------
    Scene
        With the bands of ``options.window_nm`` only.

    Raises
    ------
    UnknownProduct
        There is no such file, or no reader recognises it.
    SceneTruncated
        The file ends before its content does, or its parts do not fit together.
    GeometryMissing, TimeMissing
        What the product does not hold was not given either.
    """
    path = Path(path)
    if not path.is_file():
        raise UnknownProduct(
            f"{path} is a folder" if path.is_dir() else f"there is no file {path}",
            hint="give the radiance file",
        )
    readers = available_readers()
    reader = _recognise(path, readers)
    if reader is None:
        raise _unknown(path, readers)
    return reader.open(path, options or ReadOptions())


def _load(entry: EntryPoint) -> SceneReader | None:
    try:
        reader: SceneReader = entry.load()()
    except Exception as error:  # noqa: BLE001 - somebody else's code may fail in any way and must not stop ours
        warnings.warn(f"the reader {entry.name!r} ({entry.value}) cannot be loaded: {error}", stacklevel=3)
        return None
    return reader


def _recognise(path: Path, readers: tuple[SceneReader, ...]) -> SceneReader | None:
    for reader in readers:
        try:
            if reader.can_open(path):
                return reader
        except Exception as error:  # noqa: BLE001 - as above; the contract tests hold our own readers to silence
            warnings.warn(f"the reader {reader.name!r} failed on {path}: {error}", stacklevel=3)
    return None


def _unknown(path: Path, readers: tuple[SceneReader, ...]) -> UnknownProduct | SceneTruncated:
    """The error that explains best why nobody recognises the file."""
    if path.stat().st_size == 0:
        return SceneTruncated(f"{path} is empty", hint="copy or download it again")
    if has_signature(path) and not can_be_read(path):
        return SceneTruncated(
            f"{path} begins as an HDF5 file but cannot be read to its end", hint="copy or download it again"
        )
    tried = ", ".join(reader.name for reader in readers)
    return UnknownProduct(
        f"{path} is not a radiance file of a known product (tried: {tried})",
        hint="give the level-1 radiance file, not its geometry or mask; of an ENVI pair, both files must be there",
    )
