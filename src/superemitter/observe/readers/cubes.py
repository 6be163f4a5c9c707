"""Radiance cubes on disk, read a few rows and only the wanted bands at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from superemitter.model.errors import SceneTruncated
from superemitter.model.types import FloatArray, IntArray

BLOCK_BYTES = 8 * 1024 * 1024

Bands = slice | IntArray
# Some bands of a block of rows, (row, column, band).
Block = Callable[[Bands], FloatArray]


class Cube(Protocol):
    """A (row, column, band) cube that is read in blocks of rows."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, bands."""
        ...

    @property
    def block_rows(self) -> int:
        """Rows that are best read together."""
        ...

    def rows(self, start: int, stop: int) -> Block:
        """Rows `start` to `stop`, to be asked for bands; not to be kept when the next rows are asked for."""
        ...


@dataclass(frozen=True, kw_only=True)
class RawCube:
    """Plain numbers in a file: an ENVI image, or a contiguous HDF5 dataset.

    Attributes
    ----------
    path : Path
    offset : int
        Where the numbers begin. [byte]
    dtype : numpy.dtype
        With byte order.
    shape : (int, int, int)
        Rows, columns, bands.
    interleave : str
        ``"bip"`` (row, column, band), ``"bil"`` (row, band, column) or ``"bsq"`` (band, row, column).
    """

    path: Path
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, int, int]
    interleave: str

    def __post_init__(self) -> None:
        needed = self.offset + int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        size = self.path.stat().st_size
        if size < needed:
            raise SceneTruncated(
                f"{self.path} has {size} bytes; {self.shape[0]} rows x {self.shape[1]} columns x {self.shape[2]} "
                f"bands need {needed}",
                hint="copy or download it again",
            )

    @property
    def block_rows(self) -> int:
        """Rows that fill about 8 MiB of the file."""
        return max(1, BLOCK_BYTES // (self.shape[1] * self.shape[2] * self.dtype.itemsize or 1))

    def rows(self, start: int, stop: int) -> Block:
        """Rows `start` to `stop`: views of the mapped file.

        Each call maps anew, so that pages once read do not stay in the process's memory.
        """
        rows, columns, bands = self.shape
        offset, count = self.offset, stop - start
        if self.interleave == "bsq":
            view = self._map(offset, (bands, rows, columns))[:, start:stop].transpose(1, 2, 0)
        else:
            offset += start * columns * bands * self.dtype.itemsize
            if self.interleave == "bip":
                view = self._map(offset, (count, columns, bands))
            else:
                view = self._map(offset, (count, bands, columns)).transpose(0, 2, 1)
        return lambda wanted: view[:, :, wanted]

    def _map(self, offset: int, shape: tuple[int, int, int]) -> FloatArray:
        return np.asarray(np.memmap(self.path, dtype=self.dtype, mode="r", offset=offset, shape=shape))

    def plane(self, band: int) -> FloatArray:
        """All of one band, in memory and native byte order. (row, column)"""
        values = self.rows(0, self.shape[0])(slice(band, band + 1))[:, :, 0]
        return values.astype(self.dtype.newbyteorder("="))
