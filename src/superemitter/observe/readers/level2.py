"""What readers of level-2 methane columns share: fill values, angles, time, the scene they end in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from superemitter.model import Flag, Footprint, Scene, load_instrument
from superemitter.model.columns import column_dataset
from superemitter.model.errors import GeometryMissing, SceneTruncated, TimeMissing
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.readers import hdf5
from superemitter.observe.readers.assemble import acquisition_time
from superemitter.observe.readers.base import ReadOptions

EPOCH = datetime(2010, 1, 1, tzinfo=UTC)
FILL_FROM = 1e30
WATER_CLASS = 1


def values_of(dataset: Any) -> FloatArray:
    """A dataset as float32 in its own unit, NaN for fill: 9.97e36, its ``_FillValue``, 255 of a byte."""
    raw = np.asarray(dataset[()])
    fill = hdf5.fill_value(dataset)
    with np.errstate(over="ignore"):
        values: FloatArray = raw.astype(np.float32)
    missing = ~(np.abs(values) < FILL_FROM)
    if fill is not None:
        missing |= raw == fill
    elif raw.dtype == np.uint8:
        missing |= raw == 255
    values[missing] = np.nan
    scale = float(np.ravel(dataset.attrs["scale_factor"])[0]) if "scale_factor" in dataset.attrs else 1.0
    offset = float(np.ravel(dataset.attrs["add_offset"])[0]) if "add_offset" in dataset.attrs else 0.0
    if scale != 1.0 or offset != 0.0:
        values = values * np.float32(scale) + np.float32(offset)
    elif raw.dtype == np.uint8 and np.nanmax(values, initial=0.0) > 1.0:
        values = values * np.float32(0.01)
    return values


def zenith_degrees(solar: FloatArray, view: FloatArray) -> tuple[FloatArray, FloatArray, bool]:
    """Zenith angles in degrees, also where a file holds their cosines under the name of the angles.

    No swath is seen with the sun and the sensor within one degree of the zenith everywhere: angles that never
    exceed 1, both of them, are cosines.

    Returns
    -------
    solar, view : arrays
        [degree]
    cosines : bool
        Whether the file held cosines.
    """
    known = np.isfinite(solar) & np.isfinite(view)
    if not known.any() or solar[known].max() > 1.0 or view[known].max() > 1.0:
        return solar, view, False
    out = [np.degrees(np.arccos(np.clip(values, -1.0, 1.0))).astype(np.float32) for values in (solar, view)]
    return out[0], out[1], True


def scanline_times(file: Any, rows: int) -> list[datetime] | None:
    """Time of each scanline from ``time`` and ``delta_time``, else from ``time_utc``; None if neither is
    usable."""
    if "time" in file and "delta_time" in file:
        start = float(np.ravel(file["time"][()])[0])
        delta = np.asarray(file["delta_time"][()], dtype=np.float64).reshape(rows, -1)[:, 0]
        if 0 < start < FILL_FROM and (np.abs(delta) < 1e9).all():
            return [EPOCH + timedelta(seconds=start, milliseconds=float(ms)) for ms in delta]
    if "time_utc" in file:
        return utc_times([hdf5.text(value) for value in np.ravel(file["time_utc"][()])])
    return None


def utc_times(texts: Iterable[str]) -> list[datetime] | None:
    """ISO 8601 texts as UTC times; gaps take the time before them. None if no text is a time."""
    times: list[datetime | None] = []
    for text in texts:
        try:
            time = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        except ValueError:
            times.append(None)
        else:
            times.append(time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC))
    known = [time for time in times if time is not None]
    if not known:
        return None
    last, out = known[0], []
    for stated in times:
        last = stated if stated is not None else last
        out.append(last)
    return out


def column_scene(
    *,
    path: Path,
    options: ReadOptions,
    fields: dict[str, FloatArray],
    longitude: FloatArray,
    latitude: FloatArray,
    corners: tuple[FloatArray, FloatArray] | None,
    surface_class: FloatArray | None,
    times: list[datetime] | None,
    attributes: dict[str, str],
    simulated: bool,
    flags: set[Flag],
) -> Scene:
    """A level-2 scene of the parts a reader found.

    Parameters
    ----------
    fields : dict
        See :data:`superemitter.model.columns.COLUMN_FIELDS`; (row, column).
    longitude, latitude : (row, column) arrays
        NaN where unknown. [degree]
    corners : pair of (row, column, 4) arrays, optional
    surface_class : (row, column) array, optional
        The product's bit field; its two lowest bits are 0 land, 1 water, 2 mixed, 3 coast.
    times : list of datetime, optional
        Of each row.

    Raises
    ------
    GeometryMissing, TimeMissing, SceneTruncated
    """
    shape = longitude.shape
    for name, values in fields.items():
        if values.shape != shape:
            raise SceneTruncated(f"{name} of {path} is {values.shape}, its coordinates {shape}")
    known = np.isfinite(longitude) & np.isfinite(latitude)
    if not known.any():
        raise GeometryMissing(f"{path} holds no coordinates: every one is a fill value")
    if np.abs(latitude[known]).max() > 90 or np.abs(longitude[known]).max() > 360:
        raise GeometryMissing(f"coordinates in {path} lie outside of -180..360 and -90..90 degrees")
    if min(shape) < 2:
        raise SceneTruncated(f"{path} holds {shape[0]} x {shape[1]} pixels: too few for a swath")
    time, time_flags, seconds = _time(path, options, times, shape[0])
    water = np.zeros(shape, dtype=bool)
    if surface_class is not None:
        finite = np.isfinite(surface_class)
        water[finite] = (surface_class[finite].astype(np.int64) & 3) == WATER_CLASS
    nodata: BoolArray = ~known | ~np.isfinite(fields["methane"])
    data = column_dataset(fields, nodata=nodata, water=water, corners=corners, attributes=attributes)
    data["seconds"] = ("row", seconds, {"units": "s", "long_name": "time of the scanline after that of the scene"})
    every = flags | time_flags | ({Flag.SIMULATED} if simulated else set())
    return Scene(
        scene_id=path.stem,
        instrument=load_instrument("tropomi"),
        time=time,
        dataset=data,
        footprint=Footprint(longitude=longitude.astype(np.float64), latitude=latitude.astype(np.float64)),
        files=(path,),
        simulated=simulated,
        flags=frozenset(every),
    )


def _time(
    path: Path, options: ReadOptions, times: list[datetime] | None, rows: int
) -> tuple[datetime, set[Flag], FloatArray]:
    """Time of the middle scanline, how it is known, and each scanline's seconds after it."""
    if options.time is not None or not times or len(times) != rows:
        try:
            time, flags = acquisition_time("", path, options)
        except TimeMissing as error:
            raise TimeMissing(error.message, hint=error.hint) from error
        return time, flags, np.zeros(rows)
    time = times[rows // 2]
    seconds = np.array([(one - time).total_seconds() for one in times])
    return time, set(), seconds


def finite_sum(layers: FloatArray) -> FloatArray:
    """Sum over the last axis, NaN where a layer is unknown. (..., layer) -> (...)"""
    total: FloatArray = layers.sum(axis=-1, dtype=np.float64).astype(np.float32)
    return total
