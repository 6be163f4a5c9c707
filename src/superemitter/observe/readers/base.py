"""What every reader offers, and the options of opening a scene."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from superemitter.model import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to open a scene; what is None is found beside the radiance file or taken from the instrument.

    Attributes
    ----------
    obs : Path, optional
        Sun and view geometry.
    mask : Path, optional
        Cloud and water mask.
    loc, glt : Path, optional
        Coordinates of each pixel, and the geometry look-up table.
    time : datetime, optional
        Acquisition time with time zone, for products that do not hold it; it wins over the file's and is flagged.
    window_nm : (float, float), optional
        Bands to load; by default the instrument's retrieval window. [nm]
    preview : bool
        Whether to load red, green and blue too.
    """

    obs: Path | None = None
    mask: Path | None = None
    loc: Path | None = None
    glt: Path | None = None
    time: datetime | None = None
    window_nm: tuple[float, float] | None = None
    preview: bool = True


@runtime_checkable
class SceneReader(Protocol):
    """A product that can be opened. Register the class as an entry point of ``superemitter.readers``."""

    name: str

    def can_open(self, path: Path) -> bool:
        """Whether the file's *content* is of this product. Cheap; False, never an error, on foreign files."""
        ...

    def open(self, path: Path, options: ReadOptions) -> Scene:
        """The scene, with only the bands asked for.

        Raises
        ------
        SceneError
            One of its kinds: something is missing, cut short or contradictory.
        """
        ...
