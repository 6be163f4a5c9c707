"""Wind grids in NetCDF: ERA5 in its old and new layout, GEOS-FP, MERRA-2."""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from io import BytesIO
from pathlib import Path

import numpy as np
import xarray as xr

from superemitter.model.errors import WindError
from superemitter.model.types import FloatArray, IntArray
from superemitter.observe.winds.grid import GridWind

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
NETCDF3_MAGICS = (b"CDF\x01", b"CDF\x02")

_COMPONENTS = (("u10", "v10", "ERA5"), ("10u", "10v", "ERA5"), ("U10M", "V10M", "GEOS"))
_TIMES = ("valid_time", "time")
_LATITUDES = ("latitude", "lat")
_LONGITUDES = ("longitude", "lon")
_METRES_PER_SECOND = {"m s**-1", "m s-1", "m s^-1", "m/s", "m.s-1", "m s^{-1}", "meters per second"}
_ACCEPTED = (
    "give 10 m wind components: ERA5 single levels (u10, v10) or GEOS-FP/MERRA-2 (U10M, V10M) as NetCDF "
    "on a longitude-latitude grid"
)
# what xarray, h5py and scipy raise on a damaged file
DAMAGED = (OSError, ValueError, TypeError, KeyError, IndexError, RuntimeError, EOFError, OverflowError, zlib.error)


class NoWinds(WindError):
    """A readable NetCDF file that holds no 10 m winds on a longitude-latitude grid."""


def is_netcdf(head: bytes) -> bool:
    """Whether a file that begins with these bytes is NetCDF-4 or NetCDF classic."""
    return head.startswith(HDF5_MAGIC) or head[:4] in NETCDF3_MAGICS


def open_netcdf(content: Path | bytes, name: str) -> GridWind:
    """Wind of a NetCDF file.

    Parameters
    ----------
    content : Path or bytes
        The file, or what is in it.
    name : str
        How to call it in messages and in ``Wind.source``.

    Raises
    ------
    WindError
        Damaged, without 10 m winds, not on a longitude-latitude grid, or in other units than m/s.
    """
    dataset = _open_dataset(content, name)
    found = next((c for c in _COMPONENTS if c[0] in dataset and c[1] in dataset), None)
    if found is None:
        raise NoWinds(f"{name} holds no 10 m wind components u10 and v10", hint=_no_winds_hint(dataset))
    u_name, v_name, product = found
    for component in (u_name, v_name):
        unit = str(dataset[component].attrs.get("units", "m s-1")).strip()
        if unit not in _METRES_PER_SECOND:
            raise WindError(f"{component} of {name} is in {unit!r}", hint="give winds in m s-1")
    axes = [_axis(dataset, u_name, names, name) for names in (_TIMES, _LATITUDES, _LONGITUDES)]
    u, v = (_arrange(dataset[component], axes, name) for component in (u_name, v_name))
    time_s, order = _seconds(u[axes[0]], name)
    return GridWind(
        u=u.isel({axes[0]: order}),
        v=v.isel({axes[0]: order}),
        time_s=time_s,
        latitude=_monotonic(u[axes[1]].values, "latitude", name),
        longitude=_monotonic(np.unwrap(u[axes[2]].values.astype(np.float64), period=360.0), "longitude", name),
        source=f"{product} {name}",
    )


def _open_dataset(content: Path | bytes, name: str) -> xr.Dataset:
    if isinstance(content, bytes):
        head = content[:8]
    else:
        with content.open("rb") as file:
            head = file.read(8)
    source = BytesIO(content) if isinstance(content, bytes) else content
    try:
        if head.startswith(HDF5_MAGIC):
            return xr.open_dataset(source, engine="h5netcdf", decode_timedelta=False)
        return xr.open_dataset(source, engine="scipy", decode_timedelta=False, backend_kwargs={"mmap": False})
    except DAMAGED as error:
        raise WindError(
            f"{name} cannot be read as NetCDF: {error}", hint="the file is truncated or damaged: download it again"
        ) from error


def _no_winds_hint(dataset: xr.Dataset) -> str:
    if "XLAT" in dataset.variables and "U10" in dataset:
        return f"WRF output has winds along its own, curved grid: not accepted; {_ACCEPTED}"
    held = ", ".join(sorted(str(n) for n in dataset.data_vars)[:8]) or "nothing"
    return f"{_ACCEPTED}; this file holds {held}"


def _axis(dataset: xr.Dataset, component: str, names: tuple[str, ...], file: str) -> Hashable:
    """The 1-D (or scalar) coordinate of a component that has one of these names."""
    array = dataset[component]
    for dims in (1, 0):
        for name in names:
            if name in array.coords and array[name].dims == (name,)[:dims]:
                return name
    raise NoWinds(f"{component} of {file} has no {' or '.join(names)} coordinate", hint=_ACCEPTED)


def _arrange(array: xr.DataArray, axes: list[Hashable], file: str) -> xr.DataArray:
    """(time, latitude, longitude), with final and preliminary data merged; longitude increasing."""
    if "expver" in array.dims:  # old mixed files: final ERA5 where there is some, else preliminary ERA5T
        merged = array.isel(expver=0, drop=True)
        for version in range(1, array.sizes["expver"]):
            merged = merged.fillna(array.isel(expver=version, drop=True))
        array = merged.rename(array.name)
    for axis in axes:
        if axis not in array.dims:
            array = array.expand_dims(axis)
    for extra in [d for d in array.dims if d not in axes]:
        if array.sizes[extra] != 1:
            raise WindError(
                f"{array.name} of {file} has {array.sizes[extra]} values along {extra!r}",
                hint="ensembles and levels are not accepted: give one member at 10 m",
            )
        array = array.isel({extra: 0}, drop=True)
    array = array.transpose(*axes)
    if array.size == 0:
        raise WindError(f"{array.name} of {file} is empty", hint=_ACCEPTED)
    longitude = np.unwrap(array[axes[2]].values.astype(np.float64), period=360.0)
    return array.isel({axes[2]: slice(None, None, -1)}) if longitude[0] > longitude[-1] else array


def _seconds(time: xr.DataArray, file: str) -> tuple[FloatArray, IntArray]:
    """Times in seconds since 1970, increasing, and the order that makes them so."""
    if not np.issubdtype(time.dtype, np.datetime64):
        raise WindError(
            f"the times of {file} are not understood", hint="give times with CF units, standard calendar"
        )
    seconds = time.values.astype("datetime64[ns]").astype(np.int64) / 1e9
    order = np.argsort(seconds, kind="stable")
    if np.isnat(time.values).any() or np.any(np.diff(seconds[order]) <= 0):
        raise WindError(f"the times of {file} repeat or are missing", hint="give each hour once")
    return seconds[order], order


def _monotonic(values: FloatArray, what: str, file: str) -> FloatArray:
    axis = values.astype(np.float64)
    steps = np.diff(axis)
    if not np.isfinite(axis).all() or not (np.all(steps > 0) or np.all(steps < 0)):
        raise WindError(f"the {what}s of {file} are not in order", hint=_ACCEPTED)
    return axis
