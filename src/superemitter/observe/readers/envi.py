"""ENVI pairs: a header in text beside an image of plain numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from superemitter.model import MapGrid
from superemitter.model.errors import SceneError
from superemitter.model.types import FloatArray
from superemitter.observe.readers.cubes import RawCube
from superemitter.observe.readers.geometry import short_crs

_DTYPES: dict[str, DTypeLike] = {
    "1": np.uint8,
    "2": np.int16,
    "3": np.int32,
    "4": np.float32,
    "5": np.float64,
    "12": np.uint16,
    "13": np.uint32,
}
_IMAGE_SUFFIXES = (".img", ".dat", ".bin", ".raw", ".bil", ".bip", ".bsq")
# A header holds text only and is far smaller than this. [byte]
_LONGEST_HEADER = 4 * 1024 * 1024
_ENTRY = re.compile(r"^\s*([^=;\n]+?)\s*=\s*(\{[^}]*\}|[^\n]*)", re.MULTILINE)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_MICROMETRES_BELOW = 100.0


@dataclass(frozen=True, kw_only=True)
class EnviImage:
    """An ENVI pair.

    Attributes
    ----------
    data, header : Path
    keys : mapping of str to str
        The header's entries, keys in lower case, braces removed.
    """

    data: Path
    header: Path
    keys: Mapping[str, str]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns, bands."""
        return self._number("lines"), self._number("samples"), self._number("bands")

    @property
    def files(self) -> tuple[Path, Path]:
        """The image and its header."""
        return self.data, self.header

    def cube(self) -> RawCube:
        """The image, ready to be read.

        Raises
        ------
        SceneError
            The header names a data type or an interleave that is not known.
        SceneTruncated
            The image is shorter than the header says.
        """
        code, interleave = self.keys.get("data type", ""), self.keys.get("interleave", "").lower()
        if code not in _DTYPES or interleave not in ("bip", "bil", "bsq"):
            raise SceneError(f"{self.header} has data type {code!r} and interleave {interleave!r}")
        dtype = np.dtype(_DTYPES[code])
        return RawCube(
            path=self.data,
            offset=self._number("header offset", 0),
            dtype=dtype.newbyteorder(">" if self.keys.get("byte order", "0") == "1" else "<"),
            shape=self.shape,
            interleave=interleave,
        )

    def names(self, key: str) -> list[str]:
        """A list of texts, empty if it is not there."""
        return [name.strip() for name in self.keys.get(key, "").split(",") if name.strip()]

    def numbers(self, key: str) -> FloatArray | None:
        """A list of numbers, None if it is not there or is not all numbers."""
        names = self.names(key)
        if not names or not all(_NUMBER.fullmatch(name) for name in names):
            return None
        return np.array([float(name) for name in names])

    @property
    def ignore_value(self) -> float | None:
        """The header's ``data ignore value``."""
        text = self.keys.get("data ignore value", "")
        return float(text) if _NUMBER.fullmatch(text) else None

    def _number(self, key: str, default: int | None = None) -> int:
        text = self.keys.get(key, "")
        if not text and default is not None:
            return default
        if not text.isdigit():
            raise SceneError(f"{self.header} has {key} = {text!r}", hint="it must be a whole number")
        return int(text)


def parse_header(text: str) -> dict[str, str]:
    """Entries of an ENVI header: keys in lower case, lists in braces (over any number of lines) without them."""
    entries: dict[str, str] = {}
    for key, value in _ENTRY.findall(text):
        value = value.strip()
        if value.startswith("{"):
            value = value[1:].removesuffix("}").strip()
        entries[" ".join(key.lower().split())] = value
    return entries


def find_image(path: Path) -> EnviImage | None:
    """The ENVI pair one of whose two files is `path`; None if either is absent or the header is not ENVI's."""
    pairs = _pairs_of_header(path) if path.suffix.lower() == ".hdr" else _pairs_of_data(path)
    for data, header in pairs:
        if data.is_file() and header.is_file():
            keys = _read_header(header)
            if keys is not None:
                return EnviImage(data=data, header=header, keys=keys)
    return None


def _pairs_of_data(path: Path) -> list[tuple[Path, Path]]:
    pairs = [(path, path.with_name(path.name + ".hdr"))]
    if path.suffix.lower() in _IMAGE_SUFFIXES:
        pairs.append((path, path.with_suffix(".hdr")))
    return pairs


def _pairs_of_header(path: Path) -> list[tuple[Path, Path]]:
    stem = path.with_suffix("")
    return [(data, path) for data in (stem, *(stem.with_name(stem.name + s) for s in _IMAGE_SUFFIXES))]


def _read_header(path: Path) -> dict[str, str] | None:
    """The header's entries, None if it is no ENVI header or lacks the size of the image."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"ENVI" or path.stat().st_size > _LONGEST_HEADER:
                return None
            keys = parse_header(file.read().decode("utf-8", "replace"))
    except OSError:
        return None
    return keys if all(keys.get(key, "").isdigit() for key in ("lines", "samples", "bands")) else None


def wavelengths_nm(image: EnviImage) -> tuple[FloatArray | None, FloatArray | None, bool]:
    """Band centres and widths of an image.

    Returns
    -------
    wavelength, fwhm : (band,) arrays or None
        None if the header does not say. [nm]
    from_names : bool
        Whether the centres were read from band names such as ``"2299.78 Nanometers"``.
    """
    bands = image.shape[2]
    centres = image.numbers("wavelength")
    unit = image.keys.get("wavelength units", "")
    from_names = centres is None
    if centres is None:
        names = image.names("band names")
        numbers = [_NUMBER.search(name) for name in names]
        centres = np.array([float(number.group()) for number in numbers if number is not None])
        unit = names[0] if names else ""
    if centres.size != bands or bands == 0:
        return None, None, from_names
    micrometres = "micro" in unit.lower() or ("nano" not in unit.lower() and centres.max() < _MICROMETRES_BELOW)
    scale = 1000.0 if micrometres else 1.0
    widths = image.numbers("fwhm")
    return centres * scale, None if widths is None else widths * scale, from_names


def map_grid(image: EnviImage, *, turned: float = 1.0) -> MapGrid | None:
    """The map grid of ``map info``, None if the header has none.

    ``rotation`` counts degrees counter-clockwise, as in GDAL: columns step by
    ``(dx cos r, dx sin r)``, rows by ``(dy sin r, -dy cos r)``.

    Parameters
    ----------
    image : EnviImage
    turned : float
        -1 reads the rotation the other way round, for files that mean it so.

    Raises
    ------
    SceneError
        ``map info`` is not understood.
    """
    fields = image.names("map info")
    if not fields:
        return None
    values = [field for field in fields if "=" not in field]
    options = {k.strip().lower(): v.strip() for k, _, v in (f.partition("=") for f in fields if "=" in f)}
    try:
        reference_x, reference_y, x, y, dx, dy = (float(value) for value in values[1:7])
        angle = math.radians(float(options.get("rotation", 0.0))) * turned
    except ValueError as error:
        raise SceneError(f"{image.header}: map info is not understood: {', '.join(fields)}") from error
    # Exact zeros keep a grid without rotation recognisably north-up.
    cosine, sine = (math.cos(angle), math.sin(angle)) if angle else (1.0, 0.0)
    a, b, d, e = dx * cosine, dy * sine, dx * sine, -dy * cosine
    c = x - a * (reference_x - 1) - b * (reference_y - 1)
    f = y - d * (reference_x - 1) - e * (reference_y - 1)
    return MapGrid(crs=_crs(image, values), transform=(a, b, c, d, e, f), shape=image.shape[:2])


def _crs(image: EnviImage, values: list[str]) -> str:
    """The coordinate system: UTM and longitude/latitude from ``map info``, others from the header's WKT."""
    projection = values[0].lower()
    world = any(value.lower().replace(" ", "") in ("wgs-84", "wgs84") for value in values[7:])
    if world and projection == "utm" and len(values) > 8 and values[7].isdigit() and 1 <= int(values[7]) <= 60:
        south = values[8].lower().startswith("s")
        return f"EPSG:{(32700 if south else 32600) + int(values[7])}"
    if world and projection.startswith("geographic"):
        return "EPSG:4326"
    wkt = image.keys.get("coordinate system string", "")
    if not wkt:
        raise SceneError(f"{image.header} names no coordinate system that is understood: {', '.join(values)}")
    return short_crs(wkt)
