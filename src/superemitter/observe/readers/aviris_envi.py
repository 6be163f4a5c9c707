"""AVIRIS-NG and AVIRIS-3 level-1B radiance as ENVI images, with their `obs`, `loc` or `igm`, and `glt` files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from superemitter.model import Flag, Footprint, Instrument, MapGrid, Scene, load_instrument
from superemitter.model.errors import GeometryMissing, SceneError, UsageError
from superemitter.model.types import FloatArray
from superemitter.observe.readers.assemble import acquisition_time, assemble, fwhm_or_nominal, given
from superemitter.observe.readers.base import ReadOptions
from superemitter.observe.readers.envi import EnviImage, find_image, map_grid, wavelengths_nm
from superemitter.observe.readers.geometry import (
    angle_bands,
    check_angles,
    check_coordinates,
    check_shape,
    coordinates_of_grid,
    lookup_table,
    to_lon_lat,
)
from superemitter.observe.readers.radiance import FILL_BELOW, load_radiance

_BANDS = (200, 450)
_RANGE_NM = (340.0, 2560.0)
# Which instrument has this spacing of bands. [nm]
_SPACING_NM = {"aviris-ng": (4.8, 5.2), "aviris-3": (7.2, 7.6)}
# EMIT's bands are as far apart as AVIRIS-3's.
_OTHER_PRODUCTS = ("reflectance", "_rfl", "emit")
_FLIGHT_LINE = re.compile(r"^((?:ang|av3)\d{8}t\d{6}(?:_\d{3})?)", re.IGNORECASE)
_RADIANCE_WORD = re.compile(r"[_-]\d?(rdn|rad|radiance)", re.IGNORECASE)


class AvirisEnviReader:
    """AVIRIS-NG and AVIRIS-3 radiance in ENVI format."""

    name = "aviris_envi"

    def can_open(self, path: Path) -> bool:
        """Whether the header describes real numbers in the bands of a known spectrometer, and no reflectance."""
        try:
            image = find_image(path) if path.is_file() else None
            return image is not None and _instrument_key(image) is not None
        except (SceneError, OSError):
            return False

    def open(self, path: Path, options: ReadOptions) -> Scene:
        """The scene; see :func:`superemitter.observe.readers.open_scene`.

        Raises
        ------
        GeometryMissing
            There are no angles, or no coordinates.
        SceneTruncated
            An image is shorter than its header says, or shapes do not fit.
        TimeMissing
            The name does not hold the time and none was given.
        """
        image = find_image(path)
        key = _instrument_key(image) if image is not None else None
        if image is None or key is None:
            raise SceneError(f"{path} is not an ENVI radiance image of AVIRIS")
        if options.mask is not None:
            raise UsageError(f"{path.name} is of AVIRIS, which has no mask product", hint="leave out the mask")
        instrument = load_instrument(key)
        cube = image.cube()
        time, flags = acquisition_time(image.keys.get("acquisition time", ""), image.data, options)
        wavelength, fwhm, fwhm_flags = _bands(image, instrument)
        obs = _obs(image, options)
        angles = _angles(obs, image.shape[:2])
        place = _place(image, options)
        loaded = load_radiance(
            cube,
            wavelength_nm=wavelength,
            fwhm_nm=fwhm,
            window_nm=options.window_nm or instrument.retrieval_window_nm,
            instrument=instrument,
            fill=image.ignore_value,
            preview=options.preview,
        )
        return assemble(
            scene_id=image.data.stem,
            instrument=instrument,
            time=time,
            loaded=loaded,
            angles=angles,
            footprint=place.footprint,
            files=(*image.files, *obs.files, *place.files),
            flags=flags | fwhm_flags,
            orthorectified=place.orthorectified,
            simulated=image.keys.get("simulated", "") == "1",
        )


def _instrument_key(image: EnviImage) -> str | None:
    """The instrument whose radiance the header describes, None if it describes something else."""
    bands = image.shape[2]
    if not _BANDS[0] <= bands <= _BANDS[1] or image.keys.get("data type") not in ("4", "5"):
        return None
    description = f"{image.keys.get('description', '')} {image.keys.get('sensor type', '')}".lower()
    if any(word in description for word in _OTHER_PRODUCTS):
        return None
    wavelength, _, _ = wavelengths_nm(image)
    if wavelength is None or wavelength.min() < _RANGE_NM[0] or wavelength.max() > _RANGE_NM[1]:
        return None
    spacing = float(np.median(np.abs(np.diff(wavelength))))
    for key, (low, high) in _SPACING_NM.items():
        if low <= spacing <= high:
            return key
    return None


def _bands(image: EnviImage, instrument: Instrument) -> tuple[FloatArray, FloatArray, set[Flag]]:
    wavelength, stored, from_names = wavelengths_nm(image)
    if wavelength is None:
        raise SceneError(f"{image.header} does not say at which wavelengths the bands lie")
    fwhm, flags = fwhm_or_nominal(stored, wavelength, instrument)
    return wavelength, fwhm, flags | ({Flag.WAVELENGTH_FROM_NAMES} if from_names else set())


def _obs(image: EnviImage, options: ReadOptions) -> EnviImage:
    obs = _companion(image, "obs", options.obs, image.shape[:2], "observation file (obs)")
    if obs is None:
        raise GeometryMissing(
            f"no sun and view angles for {image.data.name}",
            hint="put the obs file of the same flight line beside it, or pass --obs FILE",
        )
    return obs


def _angles(obs: EnviImage, shape: tuple[int, int]) -> dict[str, FloatArray]:
    check_shape(obs.shape, shape, f"the obs file {obs.data}")
    cube = obs.cube()
    bands = angle_bands(obs.names("band names"), obs.shape[2], str(obs.data))
    angles = {name: _plane_with_nan(cube.plane(band)).astype(np.float32) for name, band in bands.items()}
    check_angles(angles, str(obs.data))
    return angles


@dataclass(frozen=True, kw_only=True, eq=False)
class _Place:
    """Where the pixels lie, the files that say so, and whether the image itself is a map."""

    footprint: Footprint
    files: tuple[Path, ...]
    orthorectified: bool


def _place(image: EnviImage, options: ReadOptions) -> _Place:
    """An image with map info, of its look-up table's size if there is one, is a map; others need coordinates."""
    shape = image.shape[:2]
    grid = map_grid(image)
    glt = _companion(image, "glt", options.glt, None, "look-up table (glt)")
    loc = _companion(image, "loc", options.loc, shape, "coordinates (loc)")
    if grid is not None and (glt is None or glt.shape[:2] == shape):
        return _map_place(image, grid, loc)
    located = loc or _companion(image, "igm", None, shape, "coordinates (igm)")
    if located is None:
        raise GeometryMissing(
            f"no coordinates for {image.data.name}: its header has no map info",
            hint="put the loc file of the same flight line beside it, or pass --loc FILE",
        )
    longitude, latitude = _coordinates(located, glt, shape)
    if glt is None:
        return _Place(
            footprint=Footprint(longitude=longitude, latitude=latitude), files=located.files, orthorectified=False
        )
    table, table_grid = glt.cube(), map_grid(glt)
    if table_grid is None or glt.shape[2] < 2:
        raise SceneError(f"{glt.header} has no map info, or fewer than two bands")
    row, column = lookup_table(table.plane(0), table.plane(1), shape, str(glt.data))
    return _Place(
        footprint=Footprint(
            longitude=longitude, latitude=latitude, grid=table_grid, glt_row=row, glt_column=column
        ),
        files=(*located.files, *glt.files),
        orthorectified=False,
    )


def _map_place(image: EnviImage, grid: MapGrid, loc: EnviImage | None) -> _Place:
    """The place of an orthorectified image; with rotation, `loc` of the same size decides which way it turns."""
    longitude, latitude = coordinates_of_grid(grid)
    files: tuple[Path, ...] = ()
    if not grid.north_up and loc is not None and loc.shape[:2] == grid.shape:
        other = map_grid(image, turned=-1.0)
        assert other is not None
        true_lon, true_lat = _coordinates(loc, None, grid.shape)
        other_lon, other_lat = coordinates_of_grid(other)
        error = _distance(longitude - true_lon, latitude - true_lat)
        if _distance(other_lon - true_lon, other_lat - true_lat) < error:
            grid, longitude, latitude = other, other_lon, other_lat
        files = loc.files
    footprint = Footprint(longitude=longitude, latitude=latitude, grid=grid)
    return _Place(footprint=footprint, files=files, orthorectified=True)


def _distance(d_lon: FloatArray, d_lat: FloatArray) -> float:
    """Median separation, in degrees; enough to tell two rotations apart."""
    return float(np.nanmedian(np.hypot(d_lon, d_lat)))


def _coordinates(
    located: EnviImage, glt: EnviImage | None, shape: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of a `loc` (degrees) or `igm` (map coordinates of the glt's system) file. [degree]"""
    check_shape(located.shape, shape, f"the coordinates {located.data}")
    cube = located.cube()
    x, y = (_plane_with_nan(cube.plane(band)) for band in (0, 1))
    known = np.isfinite(x) & np.isfinite(y)
    if known.any() and np.abs(y[known]).max() > 90:
        grid = map_grid(located) or (map_grid(glt) if glt is not None else None)
        if grid is None:
            raise GeometryMissing(
                f"{located.data} is in map coordinates of a system that nothing names",
                hint="put the glt file beside it, or pass --loc FILE with longitude and latitude",
            )
        x, y = to_lon_lat(x, y, grid.crs)
    check_coordinates(x, y, located.data)
    return x, y


def _plane_with_nan(values: FloatArray) -> FloatArray:
    plane = values.astype(np.float64)
    plane[plane <= FILL_BELOW] = np.nan
    return plane


def _companion(
    image: EnviImage, role: str, path: Path | None, shape: tuple[int, int] | None, what: str
) -> EnviImage | None:
    """The flight line's file of a role: the one given, else one in the same folder, of the wanted shape if any."""
    if given(path, what) is not None:
        assert path is not None
        found = find_image(path)
        if found is None:
            raise GeometryMissing(f"{path}, given as the {what}, is not an ENVI image with a header")
        return found
    candidates = list(_siblings(image, role))
    fitting = [candidate for candidate in candidates if candidate.shape[:2] == shape]
    return next(iter(fitting or candidates), None)


def _siblings(image: EnviImage, role: str) -> Iterator[EnviImage]:
    """ENVI images beside `image` whose name begins with its flight line and holds the role as a word."""
    flight_line = _flight_line(image.data.name)
    word = re.compile(rf"_{role}(_|\.|$)", re.IGNORECASE)
    for path in sorted(image.data.parent.iterdir()):
        if path.suffix.lower() == ".hdr" or not path.name.lower().startswith(flight_line):
            continue
        if word.search(path.name[len(flight_line) :]) and path != image.data:
            found = find_image(path)
            if found is not None:
                yield found


def _flight_line(name: str) -> str:
    """What all files of a flight line begin with, in lower case."""
    match = _FLIGHT_LINE.match(name)
    return (match.group(1) if match else _RADIANCE_WORD.split(name)[0]).lower()
