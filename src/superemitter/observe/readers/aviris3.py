"""AVIRIS-3 level-1B radiance as NetCDF, with its OBS file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from superemitter.model import Footprint, Scene, load_instrument
from superemitter.model.errors import GeometryMissing, SceneError, SceneTruncated, UsageError
from superemitter.model.types import FloatArray, IntArray
from superemitter.observe.readers import hdf5
from superemitter.observe.readers.assemble import acquisition_time, assemble, fwhm_or_nominal, given
from superemitter.observe.readers.base import ReadOptions
from superemitter.observe.readers.geometry import (
    angle_bands,
    check_angles,
    check_coordinates,
    coordinates_of_grid,
    grid_from_gdal,
    lookup_table,
)
from superemitter.observe.readers.radiance import load_radiance

RADIANCE = "radiance/radiance"
OBSERVATION = "observation_parameters"
LOOKUP = "geolocation_lookup_table"
PROJECTION = "transverse_mercator"
_FLIGHT_LINE = re.compile(r"^(AV3\d{8}t\d{6}_\d{3})", re.IGNORECASE)


class Aviris3Reader:
    """AVIRIS-3 L1B RDN as the archive delivers it (collection AV3_L1B_RDN)."""

    name = "aviris3"

    def can_open(self, path: Path) -> bool:
        """Whether the file holds `radiance/radiance` (band, y, x) and as many wavelengths as bands."""
        if "radiance" not in (hdf5.root_names(path) or ()):
            return False
        try:
            with h5py.File(path, "r") as file:
                radiance, wavelength = file.get(RADIANCE), file.get("radiance/wavelength")
                return (
                    isinstance(radiance, h5py.Dataset)
                    and radiance.ndim == 3
                    and isinstance(wavelength, h5py.Dataset)
                    and wavelength.shape == radiance.shape[:1]
                )
        except (OSError, RuntimeError, KeyError):
            return False

    def open(self, path: Path, options: ReadOptions) -> Scene:
        """The scene; see :func:`superemitter.observe.readers.open_scene`.

        The archive has delivered radiance both on the map grid and on the sensor's; the size of the look-up table
        in the OBS file tells which.

        Raises
        ------
        GeometryMissing
            There is no OBS file, or it lacks angles or coordinates.
        SceneTruncated
            A file is damaged, or shapes do not fit.
        """
        if options.mask is not None:
            raise UsageError(f"{path.name} is of AVIRIS, which has no mask product", hint="leave out the mask")
        instrument = load_instrument("aviris-3")
        obs_path = given(options.obs, "OBS file") or find_obs(path)
        if obs_path is None:
            raise GeometryMissing(
                f"no sun and view angles for {path.name}",
                hint="put the OBS file of the same flight line beside it, or pass --obs FILE",
            )
        with hdf5.opened(path, "radiance file") as file, hdf5.opened(obs_path, "OBS file") as obs:
            time, flags = acquisition_time(hdf5.attribute(file, "time_coverage_start"), path, options)
            dataset = file[RADIANCE]
            wavelength = np.asarray(file["radiance/wavelength"][()], dtype=np.float64)
            stored = np.asarray(file["radiance/fwhm"][()], dtype=np.float64) if "radiance/fwhm" in file else None
            fwhm, fwhm_flags = fwhm_or_nominal(stored, wavelength, instrument)
            angles, footprint = _geometry(file, obs, obs_path, dataset.shape[1:])
            loaded = load_radiance(
                hdf5.cube(path, dataset, bands_first=True),
                wavelength_nm=wavelength,
                fwhm_nm=fwhm,
                window_nm=options.window_nm or instrument.retrieval_window_nm,
                instrument=instrument,
                fill=hdf5.fill_value(dataset),
                preview=options.preview,
            )
            simulated = hdf5.is_simulated(file)
        return assemble(
            scene_id=path.stem,
            instrument=instrument,
            time=time,
            loaded=loaded,
            angles=angles,
            footprint=footprint,
            files=(path, obs_path),
            flags=flags | fwhm_flags,
            orthorectified=footprint.grid is not None and footprint.glt_row is None,
            simulated=simulated,
        )


def find_obs(path: Path) -> Path | None:
    """The OBS file of the same flight line in the same folder."""
    match = _FLIGHT_LINE.match(path.name)
    begin = match.group(1) if match else path.name.split("_L1B_")[0]
    for candidate in sorted(path.parent.glob("*_OBS.nc")):
        if candidate.name.lower().startswith(begin.lower()) and OBSERVATION in (hdf5.root_names(candidate) or ()):
            return candidate
    return None


def _geometry(
    radiance: Any, obs: Any, obs_path: Path, shape: tuple[int, int]
) -> tuple[dict[str, FloatArray], Footprint]:
    """Angles and place of a radiance image of `shape`, on the map grid or the sensor's."""
    if OBSERVATION not in obs:
        raise GeometryMissing(f"{obs_path} holds no {OBSERVATION}", hint="pass the OBS file of the flight line")
    angles = _angles(obs[OBSERVATION], obs_path)
    obs_shape = angles["solar_zenith"].shape
    table_shape = obs[f"{LOOKUP}/sample"].shape if LOOKUP in obs else None
    if obs_shape == shape and table_shape not in (None, shape):
        return angles, _sensor_footprint(obs, obs_path, shape)
    if obs_shape != shape:
        if table_shape != shape:
            raise SceneTruncated(
                f"the OBS file {obs_path} has {obs_shape[0]} x {obs_shape[1]} pixels, the radiance {shape[0]} x "
                f"{shape[1]}",
                hint="both must be of the same flight line",
            )
        row, column = _table(obs, obs_path, obs_shape)
        angles = {name: _through(values, row, column) for name, values in angles.items()}
    grid = grid_from_gdal(*_projection(radiance if PROJECTION in radiance else obs, obs_path), shape)
    longitude, latitude = coordinates_of_grid(grid)
    return angles, Footprint(longitude=longitude, latitude=latitude, grid=grid)


def _sensor_footprint(obs: Any, obs_path: Path, shape: tuple[int, int]) -> Footprint:
    """The place of an image on the sensor's grid, with the look-up table to the map grid."""
    if "lon" not in obs or "lat" not in obs or obs["lon"].shape != shape or obs["lat"].shape != shape:
        raise GeometryMissing(f"{obs_path} holds no lon and lat of the radiance's {shape[0]} x {shape[1]} pixels")
    longitude, latitude = hdf5.plane(obs["lon"]), hdf5.plane(obs["lat"])
    check_coordinates(longitude, latitude, obs_path)
    row, column = _table(obs, obs_path, shape)
    grid = grid_from_gdal(*_projection(obs, obs_path), row.shape)
    return Footprint(longitude=longitude, latitude=latitude, grid=grid, glt_row=row, glt_column=column)


def _angles(group: Any, obs_path: Path) -> dict[str, FloatArray]:
    names = [name for name in group if isinstance(group[name], h5py.Dataset) and group[name].ndim == 2]
    bands = angle_bands(names, len(names), str(obs_path))
    angles = {angle: hdf5.plane(group[names[band]]).astype(np.float32) for angle, band in bands.items()}
    check_angles(angles, str(obs_path))
    if len({values.shape for values in angles.values()}) != 1:
        raise SceneTruncated(f"the angles in {obs_path} differ in shape")
    return angles


def _table(obs: Any, obs_path: Path, sensor: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    """Row and column of the sensor pixel in each map cell."""
    sample, line = obs[f"{LOOKUP}/sample"][()], obs[f"{LOOKUP}/line"][()]
    return lookup_table(sample, line, (sensor[0], sensor[1]), str(obs_path))


def _through(values: FloatArray, row: IntArray, column: IntArray) -> FloatArray:
    """A sensor image on the map grid, NaN where a cell shows no pixel."""
    out = np.full(row.shape, np.nan, dtype=values.dtype)
    shown = row >= 0
    out[shown] = values[row[shown], column[shown]]
    return out


def _projection(file: Any, obs_path: Path) -> tuple[list[float], str]:
    """GDAL's six numbers and the coordinate system."""
    if PROJECTION not in file:
        raise GeometryMissing(f"{obs_path} holds no {PROJECTION}")
    holder = file[PROJECTION]
    try:
        numbers = [float(number) for number in hdf5.attribute(holder, "GeoTransform").split()]
    except ValueError as error:
        raise SceneError(f"the GeoTransform in {obs_path} is not six numbers") from error
    return numbers, hdf5.attribute(holder, "spatial_ref")
