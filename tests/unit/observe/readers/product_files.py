"""Small files in the layout of each product, for the tests of the readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

EMIT_STEM = "EMIT_L1B_RAD_001_20220827T060753_2223904_001"
START = "2022-08-27T06:07:53+0000"
OBS_LABELS = (
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
OBS_VALUES = (410e3, 100.0, 12.0, 140.0, 30.0, 33.0, 0.0, 0.0, 0.86, 6.13, 1.01)
MASK_LABELS = (
    "Cloud flag",
    "Cirrus flag",
    "Water flag",
    "Spacecraft Flag",
    "Dilated Cloud Flag",
    "AOD550",
    "H2O (g cm-2)",
    "Aggregate Flag",
)
EMIT_NM = np.linspace(381.0, 2493.0, 285)
AVIRIS_NG_NM = 376.86 + 5.0087 * np.arange(425)
AVIRIS_3_NM = 388.445 + 7.4371 * np.arange(284)
UTM = "UTM, 1, 1, 500000.0, 4000000.0, 5.0, 5.0, 11, North, WGS-84, units=Meters"


def radiance_cube(rows: int, columns: int, bands: int) -> np.ndarray:
    """Radiance that differs in every pixel and band, far from saturation. (row, column, band) float32"""
    count = np.arange(rows * columns * bands, dtype=np.float64).reshape(rows, columns, bands)
    return (0.2 + 0.8 * count / count.size).astype(np.float32)


def write_emit(
    folder: Path,
    cube: np.ndarray,
    *,
    stem: str = EMIT_STEM,
    obs_stem: str | None = None,
    mask: np.ndarray | None = None,
    mask_stem: str | None = None,
    mask_labels: tuple[str, ...] = MASK_LABELS,
    attributes: dict[str, Any] | None = None,
    companions: bool = True,
    **storage: Any,
) -> Path:
    """An EMIT granule: radiance, OBS and, with `mask`, L2A mask. Returns the radiance file."""
    rows, columns, bands = cube.shape
    path = folder / f"{stem}.nc"
    lat, lon = np.meshgrid(36.0 - 5e-4 * np.arange(rows), 61.0 + 6e-4 * np.arange(columns), indexing="ij")
    glt = np.zeros((rows + 2, columns + 2), dtype=np.int32), np.zeros((rows + 2, columns + 2), dtype=np.int32)
    glt[0][1:-1, 1:-1], glt[1][1:-1, 1:-1] = np.meshgrid(np.arange(columns) + 1, np.arange(rows) + 1)
    common = {
        "time_coverage_start": START,
        "geotransform": np.array([61.0 - 9e-4, 6e-4, -0.0, 36.0 + 7.5e-4, -0.0, -5e-4]),
        "spatial_ref": "EPSG:4326",
        "easternmost_longitude": 61.0,
        "westernmost_longitude": 62.0,
    } | (attributes or {})
    with h5py.File(path, "w") as file:
        file.attrs.update(common)
        file.create_dataset("radiance", data=cube, **storage)
        file["sensor_band_parameters/wavelengths"] = np.linspace(381.0, 2493.0, bands).astype(np.float32)
        file["sensor_band_parameters/fwhm"] = np.full(bands, 8.5, dtype=np.float32)
        for name, values in {"lon": lon, "lat": lat, "glt_x": glt[0], "glt_y": glt[1]}.items():
            file[f"location/{name}"] = values
    if companions:
        with h5py.File(folder / f"{obs_stem or stem.replace('RAD', 'OBS')}.nc", "w") as file:
            file.attrs.update(common)
            file["obs"] = np.broadcast_to(np.float32(OBS_VALUES), (rows, columns, 11))
            file["sensor_band_parameters/observation_bands"] = np.array(OBS_LABELS, dtype=object)
    if mask is not None:
        name = mask_stem or stem.replace("L1B_RAD", "L2A_MASK")
        with h5py.File(folder / f"{name}.nc", "w") as file:
            file["mask"] = mask.astype(np.float32)
            file["sensor_band_parameters/mask_bands"] = np.array(mask_labels, dtype=object)
    return path


def write_envi(
    path: Path, values: np.ndarray, *, interleave: str = "bil", order: str = "<", offset: int = 0, **keys: Any
) -> Path:
    """An ENVI pair of a (row, column, band) array; `keys` (with _ for a space) go to the header."""
    axes = {"bip": (0, 1, 2), "bil": (0, 2, 1), "bsq": (2, 0, 1)}[interleave]
    stored = values.transpose(axes).astype(values.dtype.newbyteorder(order))
    path.write_bytes(b"\0" * offset + stored.tobytes())
    code = {"float32": 4, "float64": 5, "int32": 3}[values.dtype.name]
    rows, columns, bands = values.shape
    header = {
        "samples": columns,
        "lines": rows,
        "bands": bands,
        "header offset": offset,
        "data type": code,
        "interleave": interleave,
        "byte order": int(order == ">"),
    }
    header |= {key.replace("_", " "): value for key, value in keys.items() if value is not None}
    path.with_name(path.name + ".hdr").write_text("ENVI\n" + "".join(f"{k} = {v}\n" for k, v in header.items()))
    return path


def braces(values: Any, decimals: int = 3) -> str:
    """An ENVI list over several lines."""
    return "{\n" + " ,\n".join(v if isinstance(v, str) else f"{v:.{decimals}f}" for v in values) + "}"


def write_aviris(
    folder: Path,
    cube: np.ndarray,
    *,
    flight: str = "ang20190622t181111",
    orthorectified: bool = True,
    interleave: str = "bil",
    **keys: Any,
) -> Path:
    """AVIRIS-NG radiance with `obs`, and either map info or `loc` and `glt`. Returns the data file."""
    rows, columns, bands = cube.shape
    wavelength = AVIRIS_NG_NM[:bands]
    header = {
        "wavelength": braces(wavelength),
        "fwhm": braces(np.full(bands, 5.8)),
        "wavelength units": "Nanometers",
    }
    header |= {"data_ignore_value": -9999}
    if orthorectified:
        header["map info"] = "{" + UTM + "}"
    path = write_envi(folder / f"{flight}_rdn_v2y1_img", cube, interleave=interleave, **(header | keys))
    obs = np.broadcast_to(np.float64(OBS_VALUES), (rows, columns, 11)).copy()
    write_envi(folder / f"{flight}_obs{'_ort' if orthorectified else ''}", obs, band_names=braces(OBS_LABELS))
    if not orthorectified:
        lat, lon = np.meshgrid(36.0 - 5e-5 * np.arange(rows), -118.0 + 6e-5 * np.arange(columns), indexing="ij")
        write_envi(folder / f"{flight}_loc", np.stack([lon, lat, 0 * lat], axis=2))
        sample, line = np.meshgrid(np.arange(columns) + 1, np.arange(rows) + 1)
        glt = np.zeros((rows + 1, columns, 2), dtype=np.int32)
        glt[:rows] = np.stack([sample, -line], axis=2)
        write_envi(folder / f"{flight}_glt", glt, map_info="{" + UTM + "}")
    return path


def write_aviris3(
    folder: Path, cube: np.ndarray, *, flight: str = "AV320241002t160425_014", raw: bool = False, **storage: Any
) -> Path:
    """AVIRIS-3 NetCDF radiance with its OBS file, on the map grid or (`raw`) the sensor's."""
    rows, columns, bands = cube.shape
    grid = (rows + 3, columns) if raw else (rows, columns)
    projection = {"spatial_ref": "EPSG:32613", "GeoTransform": "500000.0 5.0 0.0 4000000.0 0.0 -5.0"}
    path = folder / f"{flight}_L1B_RDN_55901fd4_RDN.nc"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("radiance/radiance", data=cube.transpose(2, 0, 1), **storage)
        data.attrs["_FillValue"] = np.float32(-9999)
        file["radiance/wavelength"] = AVIRIS_3_NM[:bands]
        file["radiance/fwhm"] = np.full(bands, 7.9)
        file.create_dataset("transverse_mercator", data=0).attrs.update(projection)
    sample, line = np.meshgrid(np.arange(grid[1]) + 1, np.arange(grid[0]) + 1)
    line[rows:] = 0
    with h5py.File(folder / f"{flight}_L1B_ORT_55901fd4_OBS.nc", "w") as file:
        names = ("path_length", "to_sensor_azimuth", "to_sensor_zenith", "to_sun_azimuth", "to_sun_zenith")
        for name, value in zip(names, OBS_VALUES, strict=False):
            file[f"observation_parameters/{name}"] = np.full((rows, columns), value, dtype=np.float32)
        file["geolocation_lookup_table/sample"], file["geolocation_lookup_table/line"] = sample, -line
        lat, lon = np.meshgrid(36.0 - 5e-5 * np.arange(rows), -105.0 + 6e-5 * np.arange(columns), indexing="ij")
        file["lat"], file["lon"] = lat, lon
        file.create_dataset("transverse_mercator", data=0).attrs.update(projection)
    return path


def swath(**changes):
    """A small simulated TROPOMI swath with clouds."""
    from superemitter.simulate.swath import SwathSpec, simulate_swath

    return simulate_swath(SwathSpec(**({"rows": 20, "columns": 16, "cloud_share": 0.15, "seed": 3} | changes)))


def write_tropomi(folder, *, destriped=False, name="S5P_OFFL_L2__CH4____crop.nc", **changes):
    """Level-2 methane in the group layout of the operational product."""
    from superemitter.simulate.write_s5p import write_s5p

    return write_s5p(swath(**changes), folder / name, destriped=destriped)


def write_blended(folder, *, name="S5P_BLND_L2__CH4____crop.nc", numbered=False, **changes):
    """The blended product: one flat array over the observations of the best quality; returns the path."""
    made = swath(**changes)
    good = made.fields["qa"] == 1.0
    row, column = np.nonzero(good)
    path = folder / name
    layers = 12
    with h5py.File(path, "w") as file:
        file.attrs["simulated"] = 1
        file["methane_mixing_ratio_blended"] = made.fields["methane"][good]
        file["methane_mixing_ratio_precision"] = made.fields["precision"][good]
        file["latitude"] = made.footprint.latitude[good].astype(np.float32)
        file["longitude"] = made.footprint.longitude[good].astype(np.float32)
        file["latitude_bounds"] = made.corner_latitude[good].astype(np.float32)
        file["longitude_bounds"] = made.corner_longitude[good].astype(np.float32)
        file["surface_pressure"] = made.fields["surface_pressure"][good]
        file["solar_zenith_angle"] = made.fields["solar_zenith"][good]
        file["viewing_zenith_angle"] = made.fields["view_zenith"][good]
        file["eastward_wind"] = made.fields["eastward_wind"][good]
        file["northward_wind"] = made.fields["northward_wind"][good]
        file["surface_albedo_SWIR"] = made.fields["albedo_swir"][good]
        file["dry_air_subcolumns"] = np.repeat(
            made.fields["dry_air_column"][good][:, None] / layers, layers, axis=1
        )
        file["surface_classification"] = np.zeros(row.size, dtype=np.uint8)
        texts = [made.times[i].isoformat().replace("+00:00", "Z") for i in row]
        file.create_dataset("time_utc", data=texts, dtype=h5py.string_dtype())
        if numbered:
            file["scanline"], file["ground_pixel"] = row, column
    return path
