"""EMIT level-1B radiance (NetCDF-4), with its observation (OBS) file and, if there is one, its L2A mask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from superemitter.model import Footprint, Scene, load_instrument
from superemitter.model.errors import GeometryMissing, SceneError
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.readers import hdf5
from superemitter.observe.readers.assemble import acquisition_time, assemble, fwhm_or_nominal, given
from superemitter.observe.readers.base import ReadOptions
from superemitter.observe.readers.geometry import (
    angle_bands,
    check_angles,
    check_coordinates,
    check_shape,
    grid_from_gdal,
    lookup_table,
)
from superemitter.observe.readers.radiance import load_radiance

WAVELENGTHS = "sensor_band_parameters/wavelengths"
FWHM = "sensor_band_parameters/fwhm"
CLOUD_LABELS = (
    "cloud flag",
    "cirrus flag",
    "dilated cloud flag",
    "spacecraft flag",
    "spectf-cloud flag",
)
WATER_LABELS = ("water flag",)
# EMIT_L1B_RAD_001_20220827T060753_2223904_001.nc; from V002 on without orbit and scene.
_NAME = re.compile(
    r"EMIT_(?P<product>L\w+?)_(?P<version>\d{3})_(?P<time>\d{8}T\d{6})(?:_(?P<orbit>\d{7})_(?P<scene>\d{3}))?$"
)


class EmitReader:
    """EMIT L1B RAD, collections V001 and V002."""

    name = "emit"

    def can_open(self, path: Path) -> bool:
        """Whether the file holds `radiance` (downtrack, crosstrack, bands) and its wavelengths."""
        names = hdf5.root_names(path)
        if names is None or "radiance" not in names or "sensor_band_parameters" not in names:
            return False
        try:
            with h5py.File(path, "r") as file:
                radiance, wavelengths = file["radiance"], file.get(WAVELENGTHS)
                return (
                    isinstance(radiance, h5py.Dataset)
                    and radiance.ndim == 3
                    and isinstance(wavelengths, h5py.Dataset)
                    and wavelengths.shape == radiance.shape[2:]
                )
        except (OSError, RuntimeError, KeyError):
            return False

    def open(self, path: Path, options: ReadOptions) -> Scene:
        """The scene; see :func:`superemitter.observe.readers.open_scene`.

        Raises
        ------
        GeometryMissing
            There is no OBS file, or it is of another granule.
        SceneTruncated
            A file is damaged, or shapes do not fit.
        """
        instrument = load_instrument("emit")
        with hdf5.opened(path, "radiance file") as file:
            stated = hdf5.attribute(file, "time_coverage_start")
            time, flags = acquisition_time(stated, path, options)
            granule = Granule.of(path, time)
            obs_path = given(options.obs, "OBS file") or granule.find("L1B_OBS", "obs")
            if obs_path is None:
                raise GeometryMissing(
                    f"no sun and view angles for {path.name}",
                    hint="put the OBS file of the same granule beside it, or pass --obs FILE",
                )
            mask_path = given(options.mask, "mask file") or granule.find("L2A_MASK", "mask")
            shape = file["radiance"].shape[:2]
            wavelength = np.asarray(file[WAVELENGTHS][()], dtype=np.float64)
            stored = np.asarray(file[FWHM][()], dtype=np.float64) if FWHM in file else None
            fwhm, fwhm_flags = fwhm_or_nominal(stored, wavelength, instrument)
            angles, footprint = _geometry(file, obs_path, path, shape)
            cloud, water = _masks(mask_path, shape) if mask_path else (None, None)
            loaded = load_radiance(
                hdf5.cube(path, file["radiance"], bands_first=False),
                wavelength_nm=wavelength,
                fwhm_nm=fwhm,
                window_nm=options.window_nm or instrument.retrieval_window_nm,
                instrument=instrument,
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
            files=tuple(p for p in (path, obs_path, mask_path) if p),
            flags=flags | fwhm_flags,
            cloud=cloud,
            water=water,
            simulated=simulated,
        )


@dataclass(frozen=True, slots=True)
class Granule:
    """What ties the files of one granule together: start time, and in V001 orbit and scene."""

    path: Path
    version: str
    time: str
    orbit: str | None
    scene: str | None

    @classmethod
    def of(cls, path: Path, time: datetime) -> Granule:
        """From the file's name; from the time it states if the name is another."""
        match = _NAME.match(path.stem)
        if match is None:
            return cls(path, "", time.strftime("%Y%m%dT%H%M%S"), None, None)
        return cls(path, match["version"], match["time"], match["orbit"], match["scene"])

    def find(self, product: str, dataset: str) -> Path | None:
        """The file of the granule's other product in the same folder, of the same version or else the newest.

        Parameters
        ----------
        product : str
            ``"L1B_OBS"`` or ``"L2A_MASK"``.
        dataset : str
            What it must hold to be taken.
        """
        found: list[tuple[bool, str, Path]] = []
        for candidate in sorted(self.path.parent.glob(f"EMIT_{product}_*_{self.time}*.nc")):
            match = _NAME.match(candidate.stem)
            if match is None or match["product"] != product or match["time"] != self.time:
                continue
            same_scene = (match["orbit"], match["scene"]) == (self.orbit, self.scene)
            if not same_scene and self.orbit is not None and match["orbit"] is not None:
                continue
            if dataset in (hdf5.root_names(candidate) or ()):
                found.append((match["version"] == self.version, match["version"], candidate))
        return max(found)[2] if found else None


def _geometry(
    radiance: Any, obs_path: Path, path: Path, shape: tuple[int, int]
) -> tuple[dict[str, FloatArray], Footprint]:
    """Angles from the OBS file; coordinates and look-up table from the radiance file, or else from OBS."""
    with hdf5.opened(obs_path, "OBS file") as obs:
        if "obs" not in obs or obs["obs"].ndim != 3:
            raise GeometryMissing(f"{obs_path} holds no `obs`", hint="pass the OBS file of the granule")
        _same_granule(radiance, obs, obs_path)
        check_shape(obs["obs"].shape, shape, f"the OBS file {obs_path}")
        labels = _labels(obs, "sensor_band_parameters/observation_bands")
        bands = angle_bands(labels, obs["obs"].shape[2], str(obs_path))
        values = hdf5.with_nan(np.asarray(obs["obs"][()], dtype=np.float32), obs["obs"])
        angles = {name: np.ascontiguousarray(values[:, :, band]) for name, band in bands.items()}
        check_angles(angles, str(obs_path))
        source, where = (radiance, path) if "location/lon" in radiance else (obs, obs_path)
        return angles, _footprint(source, where, shape)


def _same_granule(radiance: Any, obs: Any, obs_path: Path) -> None:
    """Refuse the OBS file of another granule, which has the same shape and would place everything wrongly."""
    stated = [hdf5.attribute(file, "time_coverage_start") for file in (radiance, obs)]
    try:
        first, second = (datetime.fromisoformat(text) for text in stated)
        apart = abs((first - second).total_seconds())
    except (ValueError, TypeError):
        return
    if apart > 2.0:
        raise GeometryMissing(
            f"{obs_path} is of another granule: it starts at {stated[1]}, the radiance at {stated[0]}",
            hint="pass the OBS file of the same granule",
        )


def _footprint(file: Any, where: Path, shape: tuple[int, int]) -> Footprint:
    if "location/lon" not in file or "location/lat" not in file:
        raise GeometryMissing(f"{where} holds no coordinates (location/lon, location/lat)")
    longitude, latitude = hdf5.plane(file["location/lon"]), hdf5.plane(file["location/lat"])
    check_shape(longitude.shape, shape, f"the longitude in {where}")
    check_shape(latitude.shape, shape, f"the latitude in {where}")
    check_coordinates(longitude, latitude, where)
    if "location/glt_x" not in file or "geotransform" not in file.attrs:
        return Footprint(longitude=longitude, latitude=latitude)
    # h5py masks nothing: fill 0 must arrive as 0, "no pixel".
    sample, line = file["location/glt_x"][()], file["location/glt_y"][()]
    row, column = lookup_table(sample, line, shape, str(where))
    crs = hdf5.attribute(file, "spatial_ref") or "EPSG:4326"
    grid = grid_from_gdal([float(v) for v in np.ravel(file.attrs["geotransform"])], crs, row.shape)
    return Footprint(longitude=longitude, latitude=latitude, grid=grid, glt_row=row, glt_column=column)


def _masks(path: Path, shape: tuple[int, int]) -> tuple[BoolArray, BoolArray]:
    """Cloud and water, by the labels of the mask's bands; a pixel whose flag is unknown counts as flagged."""
    with hdf5.opened(path, "mask file") as file:
        labels = _labels(file, "sensor_band_parameters/mask_bands")
        if "mask" not in file or file["mask"].ndim != 3 or len(labels) != file["mask"].shape[2]:
            raise SceneError(f"{path} holds no labelled `mask`", hint="pass the L2A mask of the granule")
        check_shape(file["mask"].shape, shape, f"the mask file {path}")
        values = file["mask"][()]
    lowered = [label.strip().lower() for label in labels]
    out = []
    for wanted in (CLOUD_LABELS, WATER_LABELS):
        bands = [i for i, label in enumerate(lowered) if label in wanted]
        if not bands:
            raise SceneError(f"{path} has no band named {wanted[0]!r}, only {', '.join(labels)}")
        chosen = values[:, :, bands]
        flagged: BoolArray = (chosen != 0).any(axis=2)  # also where it is NaN or fill
        out.append(flagged)
    return out[0], out[1]


def _labels(file: Any, name: str) -> list[str]:
    return [hdf5.text(label) for label in file[name][()]] if name in file else []
