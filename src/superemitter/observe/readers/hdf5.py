"""HDF5 (NetCDF-4) files: safe opening, attributes as text, cubes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from superemitter.model.errors import SceneTruncated
from superemitter.model.types import FloatArray
from superemitter.observe.readers.cubes import BLOCK_BYTES, Bands, Block, Cube, RawCube

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def has_signature(path: Path) -> bool:
    """Whether the file begins as HDF5 does; False if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def can_be_read(path: Path) -> bool:
    """Whether the file is HDF5 and complete enough to be opened."""
    return root_names(path) is not None


def root_names(path: Path) -> tuple[str, ...] | None:
    """Names at the root of an HDF5 file, None if it is not one or is damaged."""
    if not has_signature(path):
        return None
    try:
        with h5py.File(path, "r") as file:
            return tuple(file)
    except (OSError, RuntimeError, KeyError):
        return None


@contextmanager
def opened(path: Path, role: str) -> Iterator[Any]:
    """An HDF5 file for reading, closed at the end.

    Raises
    ------
    SceneTruncated
        It cannot be read, when opened or later.
    """
    try:
        with h5py.File(path, "r") as file:
            yield file
    except OSError as error:
        raise SceneTruncated(
            f"the {role} {path} cannot be read: {error}", hint="copy or download it again"
        ) from error


def text(value: Any) -> str:
    """An attribute or string as text, whether stored as bytes, as text or as an array of one."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def attribute(file: Any, name: str) -> str:
    """An attribute as text, empty if it is not there."""
    return text(file.attrs[name]) if name in file.attrs else ""


def plane(dataset: Any) -> FloatArray:
    """A 2-D dataset as float64 with NaN for the fill value -9999 and its own ``_FillValue``."""
    values: FloatArray = np.asarray(dataset[()], dtype=np.float64)
    return with_nan(values, dataset)


def with_nan(values: FloatArray, dataset: Any) -> FloatArray:
    """`values` of `dataset` with NaN where they are fill, in place."""
    values[values <= -9990] = np.nan
    fill = fill_value(dataset)
    if fill is not None:
        values[values == fill] = np.nan
    return values


def fill_value(dataset: Any) -> float | None:
    """The dataset's ``_FillValue``, None if it has none."""
    return float(np.ravel(dataset.attrs["_FillValue"])[0]) if "_FillValue" in dataset.attrs else None


def is_simulated(file: Any) -> bool:
    """Whether the file's global attribute ``simulated`` is 1, as our simulator writes it."""
    return "simulated" in file.attrs and text(file.attrs["simulated"]).strip() in ("1", "1.0", "True", "true")


def cube(path: Path, dataset: Any, *, bands_first: bool) -> Cube:
    """The fastest way to read a 3-D dataset: the file itself if it is contiguous, else by blocks of chunks.

    Parameters
    ----------
    path : Path
        Of the file.
    dataset : h5py.Dataset
        (row, column, band), or (band, row, column) if `bands_first`.
    """
    shape = dataset.shape[1:] + dataset.shape[:1] if bands_first else dataset.shape
    properties = dataset.id.get_create_plist()
    contiguous = properties.get_layout() == h5py.h5d.CONTIGUOUS and dataset.external is None
    offset = dataset.id.get_offset() if contiguous and dataset.file.userblock_size == 0 else None
    if offset is not None:
        order = "bsq" if bands_first else "bip"
        return RawCube(path=path, offset=offset, dtype=dataset.dtype, shape=shape, interleave=order)
    return Hdf5Cube(dataset, bands_first=bands_first)


class Hdf5Cube:
    """A chunked dataset; each block of rows is decompressed once."""

    def __init__(self, dataset: Any, *, bands_first: bool) -> None:
        self._dataset = dataset
        self._bands_first = bands_first
        shape = dataset.shape
        self.shape: tuple[int, int, int] = (*shape[1:], shape[0]) if bands_first else shape
        chunks = dataset.chunks or shape
        self._chunk_rows = chunks[1] if bands_first else chunks[0]
        # A chunk that holds most of the bands must be decompressed as a whole, whichever bands are wanted.
        self._whole = 2 * (chunks[0] if bands_first else chunks[2]) > self.shape[2]

    @property
    def block_rows(self) -> int:
        """Whole chunks that hold about 8 MiB."""
        row_bytes = self.shape[1] * self.shape[2] * self._dataset.dtype.itemsize
        return int(self._chunk_rows * max(1, BLOCK_BYTES // max(1, self._chunk_rows * row_bytes)))

    def rows(self, start: int, stop: int) -> Block:
        """Rows `start` to `stop`, to be asked for bands."""
        if not self._whole:
            return lambda bands: self._fetch(start, stop, bands)
        values = self._fetch(start, stop, slice(None))
        return lambda bands: values[:, :, bands]

    def _fetch(self, start: int, stop: int, bands: Bands) -> FloatArray:
        if self._bands_first:
            values: FloatArray = self._dataset[bands, start:stop, :]
            return values.transpose(1, 2, 0)
        rows: FloatArray = self._dataset[start:stop, :, bands]
        return rows
