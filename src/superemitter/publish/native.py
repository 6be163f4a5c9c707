"""``native.nc`` and ``pixels.parquet``: a level-2 field on the sensor's own pixels, to sum mass on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
import xarray as xr
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet

from superemitter.model import SceneResult
from superemitter.model.errors import OutputError
from superemitter.model.types import BoolArray, FloatArray
from superemitter.publish.geometry import on_earth, pixel_corners, unwrapped
from superemitter.publish.records import utc_text

#: What :func:`write_native` writes, in this order.
NATIVE_FILES: Final = ("native.nc", "pixels.parquet")
_POLAR_DEG: Final = 80.0
_TABLE: Final = ("methane", "enhancement", "background", "sigma", "score", "kg_m2_per_ppb")


def write_netcdf(result: SceneResult, path: Path) -> None:
    """Write the native fields as CF NetCDF-4, compressed; equal results give equal bytes.

    Raises
    ------
    OutputError
        The result holds no native fields, or the file cannot be written.
    """
    native = _native(result)
    scene = result.enhancement
    data = native.assign_attrs(
        {
            "Conventions": "CF-1.11",
            "title": f"{'SIMULATED: ' if scene.simulated else ''}methane above background, {scene.scene_id}",
            "scene_id": scene.scene_id,
            "instrument": scene.instrument.name,
            "datetime": utc_text(scene.time),
            "retrieval": scene.method,
            "run_id": result.run_id,
            "simulated": int(scene.simulated),
            "flags": ";".join(sorted(flag.value for flag in scene.flags)),
        }
    )
    encoding: dict[Any, dict[str, Any]] = {
        name: {"zlib": True, "complevel": 1, "shuffle": True} for name in data.data_vars
    }
    for name in data.data_vars:
        if data[name].dtype.kind == "f":
            encoding[name] |= {"dtype": "float32", "_FillValue": np.float32(np.nan)}  # as the product has it
    try:
        data.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path.name} of scene {scene.scene_id}: {error}") from error


def write_pixels(result: SceneResult, path: Path) -> None:
    """Write the usable pixels as GeoParquet 1.1: corner polygons (WKB, longitude and latitude) and their values.

    Raises
    ------
    OutputError
        The result holds no native fields, or the file cannot be written.
    """
    native = _native(result)
    usable: BoolArray = native["usable"].values & np.isfinite(native["longitude"].values)
    geometry, box, kinds = pixel_polygons(native, usable)
    rows, columns = np.nonzero(usable)
    fields: dict[str, Any] = {
        "row": Array.from_numpy(rows.astype(np.int32)),
        "column": Array.from_numpy(columns.astype(np.int32)),
        "plume": Array.from_numpy(native["plume"].values[usable].astype(np.int16)),
    }
    for name in _TABLE:
        fields[name] = Array.from_numpy(np.ascontiguousarray(native[name].values[usable].astype(np.float32)))
    fields["geometry"] = Array(geometry, type=DataType.binary())
    table = Table.from_pydict(fields)
    described = {"encoding": "WKB", "geometry_types": kinds, "bbox": box}
    ours = {"run_id": result.run_id, "simulated": result.enhancement.simulated}
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": described},
        "superemitter": ours,
    }
    metadata = {"geo": json.dumps(geo, sort_keys=True)}  # one key: the order of several is left to chance
    try:
        write_parquet(table, path, compression="zstd(1)", key_value_metadata=metadata, skip_arrow_metadata=True)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"{path.name} of scene {result.enhancement.scene_id}: {error}") from error


def pixel_polygons(native: xr.Dataset, chosen: BoolArray) -> tuple[list[bytes], list[float], list[str]]:
    """The chosen pixels as polygons in WKB, their bounds, and the kinds of geometry among them.

    From the product's corners or, where those are unknown, from the centres. Polygons that cross the antimeridian
    are cut there, as RFC 7946 asks. A pixel beside a pole may cross itself in degrees, and is made of parts then.
    """
    if "corner_longitude" in native:
        x: FloatArray = native["corner_longitude"].values[chosen].astype(np.float64)
        y: FloatArray = native["corner_latitude"].values[chosen].astype(np.float64)
    else:
        x, y = _corners_of_centres(native, chosen)
    known = np.isfinite(x) & np.isfinite(y)
    centre_x = native["longitude"].values[chosen][:, None]
    x = np.where(known, (x - centre_x + 180.0) % 360.0 - 180.0 + centre_x, centre_x)
    y = np.where(known, y, native["latitude"].values[chosen][:, None])
    if x.size == 0:
        return [], [-180.0, -90.0, 180.0, 90.0], ["Polygon"]
    out = _wkb(x, y)
    kinds = {"Polygon"}
    cut = (x.min(axis=1) < -180.0) | (x.max(axis=1) > 180.0)
    polar = np.flatnonzero(np.abs(y).max(axis=1) > _POLAR_DEG)
    cut[polar] |= ~shapely.is_valid(shapely.polygons(np.stack([x[polar], y[polar]], axis=-1)))
    for number in np.flatnonzero(cut):
        shape = on_earth(shapely.polygons(np.column_stack([x[number], y[number]])))
        kinds.add(shape.geom_type)
        out[number] = shapely.to_wkb(shape)
    box = [max(x.min(), -180.0), y.min(), min(x.max(), 180.0), y.max()]
    return out, [float(value) for value in box], sorted(kinds)


def _wkb(x: FloatArray, y: FloatArray) -> list[bytes]:
    """Closed rings of corners as little-endian WKB polygons. (pixel, 4) -> one a pixel"""
    form = np.dtype([("order", "u1"), ("kind", "<u4"), ("rings", "<u4"), ("points", "<u4"), ("xy", "<f8", (5, 2))])
    records = np.zeros(x.shape[0], dtype=form)
    records["order"], records["kind"], records["rings"], records["points"] = 1, 3, 1, 5
    ring = [0, 1, 2, 3, 0]
    records["xy"][..., 0], records["xy"][..., 1] = x[:, ring], y[:, ring]
    data = records.tobytes()
    return [data[start : start + form.itemsize] for start in range(0, len(data), form.itemsize)]


def _corners_of_centres(native: xr.Dataset, chosen: BoolArray) -> tuple[FloatArray, FloatArray]:
    x, y = pixel_corners(unwrapped(native["longitude"].values), native["latitude"].values)
    rows, columns = np.nonzero(chosen)
    around = ((0, 0), (0, 1), (1, 1), (1, 0))
    return (
        np.stack([x[rows + down, columns + right] for down, right in around], axis=1),
        np.stack([y[rows + down, columns + right] for down, right in around], axis=1),
    )


def _native(result: SceneResult) -> xr.Dataset:
    if result.native is None:
        raise OutputError(f"scene {result.enhancement.scene_id} has no fields on native pixels")
    return result.native
