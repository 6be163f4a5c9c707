"""Wind from a regular longitude-latitude grid: bilinear in space, linear in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import xarray as xr

from superemitter.model.errors import WindError, WindNotCovered
from superemitter.model.flags import Flag
from superemitter.model.types import FloatArray, IntArray
from superemitter.model.wind import Wind, assumed_speed_sigma_m_s
from superemitter.observe.winds.field import MAX_GAP, require_zone, speed_and_from

_EDGE = 1e-6  # rounding of float32 coordinates, in degrees (a decimetre)


@dataclass(frozen=True, eq=False)
class GridWind:
    """Wind components on a grid, read as they are asked for.

    Attributes
    ----------
    u, v : (time, latitude, longitude) xarray.DataArray
        Eastward and northward wind at 10 m. [m s-1]
    time_s : (time,) array
        Increasing. [s since 1970-01-01 UTC]
    latitude : (latitude,) array
        Increasing or decreasing. [degree]
    longitude : (longitude,) array
        Increasing, continuous: values may leave -180..180. [degree]
    source : str
    """

    u: xr.DataArray
    v: xr.DataArray
    time_s: FloatArray
    latitude: FloatArray
    longitude: FloatArray
    source: str

    def at(self, longitude: float, latitude: float, time: datetime) -> Wind:
        """Wind at a place and time, from the eight grid values around it; its error is the assumed one, flagged.

        Raises
        ------
        WindNotCovered
            Place or time outside the grid, or time steps more than six hours apart.
        WindError
            A grid value needed is missing, or `time` has no zone.
        """
        require_zone(time)
        times, time_weights = self._bracket_time(time)
        rows, row_weights = self._bracket_latitude(latitude)
        columns, column_weights = self._bracket_longitude(longitude)
        weights = time_weights[:, None, None] * row_weights[:, None] * column_weights
        u, v = (float((_cube(c, times, rows, columns) * weights).sum()) for c in (self.u, self.v))
        if not (np.isfinite(u) and np.isfinite(v)):
            raise WindError(
                f"{self.source} has no wind value near {latitude:.3f}, {longitude:.3f} at {time.isoformat()}",
                hint="the file marks it as missing there; ERA5-Land, for one, has no wind over the sea",
            )
        speed, from_deg = speed_and_from(u, v)
        return Wind(
            speed_m_s=speed,
            speed_sigma_m_s=assumed_speed_sigma_m_s(speed),
            from_deg=from_deg,
            source=self.source,
            time=time,
            flags=frozenset({Flag.WIND_INTERPOLATED, Flag.WIND_SIGMA_ASSUMED}),
        )

    def _bracket_time(self, time: datetime) -> tuple[IntArray, FloatArray]:
        moment = time.timestamp()
        if not self.time_s[0] <= moment <= self.time_s[-1]:
            raise WindNotCovered(
                f"{self.source} covers {_utc(self.time_s[0])} to {_utc(self.time_s[-1])}, not {_utc(moment)}",
                hint="download the hours before and after the scene",
            )
        index, weights = _bracket(self.time_s, moment)
        gap_s = self.time_s[index[-1]] - self.time_s[index[0]]
        if weights.min() > 0.0 and gap_s > MAX_GAP.total_seconds():
            before, after = (_utc(self.time_s[i]) for i in index)
            raise WindNotCovered(
                f"{self.source} has no value between {before} and {after}",
                hint="winds more than six hours apart are not interpolated: download hourly values",
            )
        return index, weights

    def _bracket_latitude(self, latitude: float) -> tuple[IntArray, FloatArray]:
        south, north = float(self.latitude.min()), float(self.latitude.max())
        if not south - _EDGE <= latitude <= north + _EDGE:
            raise WindNotCovered(
                f"{self.source} covers latitudes {south:g} to {north:g}, not {latitude:.4f}", hint=_AREA_HINT
            )
        if self.latitude[0] > self.latitude[-1]:
            index, weights = _bracket(self.latitude[::-1], latitude)
            return self.latitude.size - 1 - index, weights
        return _bracket(self.latitude, latitude)

    def _bracket_longitude(self, longitude: float) -> tuple[IntArray, FloatArray]:
        west, east = float(self.longitude[0]), float(self.longitude[-1])
        x = west + (longitude - west) % 360.0
        if x > west + 360.0 - _EDGE:
            x = west
        if x <= east + _EDGE:
            return _bracket(self.longitude, x)
        step = np.diff(self.longitude).max(initial=0.0)
        if (
            west + 360.0 - east <= 1.5 * step
        ):  # the grid goes round the Earth: its last cell ends at the first value
            fraction = (x - east) / (west + 360.0 - east)
            return np.array([self.longitude.size - 1, 0]), np.array([1.0 - fraction, fraction])
        raise WindNotCovered(
            f"{self.source} covers longitudes {west:g} to {east:g}, not {longitude:.4f}", hint=_AREA_HINT
        )


_AREA_HINT = "request an area at least one grid cell larger than the scene on each side"


def _bracket(axis: FloatArray, value: float) -> tuple[IntArray, FloatArray]:
    """Indices of the two values of an increasing axis around `value`, and their weights; one where it suffices."""
    after = int(np.searchsorted(axis, value))
    after = min(max(after, 0), axis.size - 1)
    before = max(after - 1, 0)
    if before == after or value >= axis[after]:
        return np.array([after]), np.array([1.0])
    fraction = float((value - axis[before]) / (axis[after] - axis[before]))
    if fraction <= 0.0:
        return np.array([before]), np.array([1.0])
    return np.array([before, after]), np.array([1.0 - fraction, fraction])


def _cube(component: xr.DataArray, times: IntArray, rows: IntArray, columns: IntArray) -> FloatArray:
    """The (time, latitude, longitude) values asked for, read one longitude at a time: they may be far apart."""
    first, last = int(rows.min()), int(rows.max())
    start, stop = int(times.min()), int(times.max())
    try:
        parts = [
            component[start : stop + 1, first : last + 1, column].values.astype(np.float64)
            for column in columns.tolist()
        ]
    except (OSError, RuntimeError, ValueError) as error:
        raise WindError(f"the wind values of {component.name} cannot be read: {error}", hint=_DAMAGED) from error
    cube = np.stack(parts, axis=-1)
    return cube[:, ::-1] if rows[0] > rows[-1] else cube


_DAMAGED = "the file is truncated or damaged: download it again"


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%MZ")
