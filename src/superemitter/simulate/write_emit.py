"""Write a simulated scene as EMIT writes its products: L1B radiance, L1B observation, L2A mask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np

from superemitter.model.types import FloatArray
from superemitter.simulate.files import (
    Progress,
    SimulatedFiles,
    reserve,
    truth_of,
    write_json,
    written_together,
)
from superemitter.simulate.scene import SimulatedScene

OBSERVATION_BANDS = (
    "Path length (sensor-to-ground in meters)",
    "To-sensor azimuth (0 to 360 degrees CW from N)",
    "To-sensor zenith (0 to 90 degrees from zenith)",
    "To-sun azimuth (0 to 360 degrees CW from N)",
    "To-sun zenith (0 to 90 degrees from zenith)",
    "Solar phase (degrees between to-sensor and to-sun vectors in principal plane)",
    "Slope (local surface slope as derived from DEM in degrees)",
    "Aspect (local surface aspect 0 to 360 degrees clockwise from N)",
    "Cosine(i) (apparent local illumination factor based on DEM slope and aspect and to sun vector)",
    "UTC Time (decimal hours for mid-line pixels)",
    "Earth-sun distance (AU)",
)
MASK_BANDS = (
    "Cloud flag",
    "Cirrus flag",
    "Water flag",
    "Spacecraft Flag",
    "Dilated Cloud Flag",
    "AOD550",
    "H2O (g cm-2)",
    "Aggregate Flag",
)
_FILL = np.float32(-9999.0)
_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
_PLANE = ("downtrack", "crosstrack")


def write_emit(
    scene: SimulatedScene, folder: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> SimulatedFiles:
    """Write radiance, observation and mask files in the layout of EMIT V001, and the truth beside them.

    Every file carries the global attribute ``simulated = 1`` and says so in its title. Orbit and scene number are
    9999999 and 999, which no real granule has.

    Parameters
    ----------
    scene : SimulatedScene
    folder : Path
    overwrite : bool
    progress : callable, optional
        Called with rows done and rows in all.

    Raises
    ------
    OutputExists, OutputError
        See :func:`~superemitter.simulate.files.written_together`. Nothing is left half written.
    """
    stamp = scene.spec.time.strftime("%Y%m%dT%H%M%S")
    name = "EMIT_{}_001_" + stamp + "_9999999_999.nc"
    radiance, obs, mask = (name.format(kind) for kind in ("L1B_RAD", "L1B_OBS", "L2A_MASK"))
    truth = f"{Path(radiance).stem}.truth.json"
    with written_together(folder, [truth, obs, mask, radiance], overwrite=overwrite) as partial:
        reserve(partial, _size_at_most(scene))
        _write_observation(scene, partial / obs)
        _write_mask(scene, partial / mask)
        _write_radiance(scene, partial / radiance, progress)
        write_json(partial / truth, truth_of(scene) | {"radiance_file": radiance})
    return SimulatedFiles(radiance=folder / radiance, obs=folder / obs, mask=folder / mask, truth=folder / truth)


def _size_at_most(scene: SimulatedScene) -> int:
    """Bytes of the three files together, were nothing compressed."""
    pixels = scene.spec.shape[0] * scene.spec.shape[1]
    floats = scene.wavelength_nm.size + len(OBSERVATION_BANDS) + len(MASK_BANDS)
    glt_x, _, _ = scene.look_up_table
    return pixels * (4 * floats + 36) + 3 * (3 * 8 * pixels + 2 * 4 * glt_x.size) + 1_000_000


def _write_radiance(scene: SimulatedScene, path: Path, progress: Progress | None) -> None:
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(_attributes(scene, "EMIT L1B At-Sensor Calibrated Radiance Data 60 m V001"))
        _dimensions(file, scene, len(scene.wavelength_nm))
        cube = file.create_variable("radiance", (*_PLANE, "bands"), "f4", fillvalue=_FILL)
        cube.attrs["long_name"] = "Radiance Data"
        cube.attrs["units"] = "uW/cm^2/SR/nm"
        for first, block in scene.blocks():
            cube[first : first + block.shape[0]] = block
            if progress is not None:
                progress(first + block.shape[0], scene.spec.shape[0])
        group = file.create_group("sensor_band_parameters")
        for key, label, values in (
            ("wavelengths", "Wavelength Centers", scene.wavelength_nm),
            ("fwhm", "Full Width at Half Max", scene.fwhm_nm),
        ):
            variable = group.create_variable(key, ("bands",), "f4", fillvalue=_FILL)
            variable[:] = values.astype(np.float32)
            variable.attrs["long_name"] = label
            variable.attrs["units"] = "nm"
        _location(file, scene)


def _write_observation(scene: SimulatedScene, path: Path) -> None:
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(_attributes(scene, "EMIT L1B Observation Data 60 m V001"))
        _dimensions(file, scene, len(OBSERVATION_BANDS))
        _cube(file, "obs", scene.observation, "Observation Data", None)
        _labels(file, "observation_bands", OBSERVATION_BANDS)
        _location(file, scene)


def _write_mask(scene: SimulatedScene, path: Path) -> None:
    mask = np.zeros((*scene.spec.shape, len(MASK_BANDS)), dtype=np.float32)
    mask[..., 2] = scene.water
    mask[..., 5] = 0.1
    mask[..., 6] = scene.ground.water_vapour_cm + 1.5
    mask[..., 7] = scene.water
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(_attributes(scene, "EMIT L2A Masks 60 m V001"))
        _dimensions(file, scene, len(MASK_BANDS))
        file.dimensions["packed_wavelength_bands"] = 36
        _cube(file, "mask", mask, "Masks", "unitless")
        packed = file.create_variable(
            "band_mask",
            (*_PLANE, "packed_wavelength_bands"),
            "u1",
            fillvalue=np.uint8(255),
            chunks=(*scene.spec.shape, 36),
            compression="gzip",
        )
        packed[...] = np.zeros((*scene.spec.shape, 36), dtype=np.uint8)
        _labels(file, "mask_bands", MASK_BANDS)
        _location(file, scene)


def _attributes(scene: SimulatedScene, title: str) -> dict[str, Any]:
    spec = scene.spec
    geotransform = scene.look_up_table[2]
    start = spec.time.strftime("%Y-%m-%dT%H:%M:%S+0000")
    end = (spec.time + timedelta(seconds=0.008 * spec.shape[0])).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {
        "title": f"{title} (SIMULATED, not an observation)",
        "simulated": np.int32(1),
        "summary": "A simulated scene of known truth in the layout of EMIT's products. Not an observation.",
        "Conventions": "CF-1.63",
        "sensor": "EMIT (Earth Surface Mineral Dust Source Investigation)",
        "instrument": "EMIT",
        "platform": "ISS",
        "product_version": "V001",
        "flight_line": spec.time.strftime("emit%Y%m%dt%H%M%S_o99999_s999"),
        "time_coverage_start": start,
        "time_coverage_end": end,
        "crosstrack_orientation": "as seen on ground",
        "day_night_flag": "Day",
        "easternmost_longitude": np.array([scene.longitude.max()]),
        "northernmost_latitude": np.array([scene.latitude.max()]),
        "westernmost_longitude": np.array([scene.longitude.min()]),
        "southernmost_latitude": np.array([scene.latitude.min()]),
        "spatialResolution": np.array([geotransform[1]]),
        "spatial_ref": _WKT,
        "geotransform": np.array(geotransform),
    }


def _dimensions(file: h5netcdf.File, scene: SimulatedScene, bands: int) -> None:
    glt_x, _, _ = scene.look_up_table
    rows, columns = scene.spec.shape
    file.dimensions = {
        "downtrack": rows,
        "crosstrack": columns,
        "bands": bands,
        "ortho_y": glt_x.shape[0],
        "ortho_x": glt_x.shape[1],
    }


def _cube(file: h5netcdf.File, name: str, values: FloatArray, label: str, units: str | None) -> None:
    rows, columns, bands = values.shape
    chunks = values.shape if values.size < 2_000_000 else (min(rows, 256), min(columns, 256), bands)
    variable = file.create_variable(
        name, (*_PLANE, "bands"), "f4", fillvalue=_FILL, chunks=chunks, compression="gzip", compression_opts=1
    )
    variable[...] = values
    variable.attrs["long_name"] = label
    if units is not None:
        variable.attrs["units"] = units


def _labels(file: h5netcdf.File, name: str, labels: Iterable[str]) -> None:
    group = file.groups.get("sensor_band_parameters") or file.create_group("sensor_band_parameters")
    variable = group.create_variable(name, ("bands",), h5py.string_dtype())
    variable[:] = np.array(list(labels), dtype=object)


def _location(file: h5netcdf.File, scene: SimulatedScene) -> None:
    group = file.create_group("location")
    glt_x, glt_y, _ = scene.look_up_table
    for name, values, label, units in (
        ("lon", scene.longitude, "Longitude (WGS-84)", "degrees east"),
        ("lat", scene.latitude, "Latitude (WGS-84)", "degrees north"),
        ("elev", scene.ground.elevation_m.astype(np.float64), "Surface Elevation", "m"),
    ):
        variable = group.create_variable(
            name, _PLANE, "f8", fillvalue=-9999.0, chunks=values.shape, compression="gzip", compression_opts=1
        )
        variable[...] = values
        variable.attrs["long_name"] = label
        variable.attrs["units"] = units
    for name, table in (("glt_x", glt_x), ("glt_y", glt_y)):
        variable = group.create_variable(
            name, ("ortho_y", "ortho_x"), "i4", chunks=table.shape, compression="gzip", compression_opts=1
        )
        variable[...] = table
