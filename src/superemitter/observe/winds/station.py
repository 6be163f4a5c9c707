"""Wind of one weather station, from a CSV file.

Columns, in any order, units in the names::

    time                    ISO 8601 with time zone: 2023-07-17T06:00:00Z     required
    wind_speed_m_s          0 or more                                         required
    wind_from_deg           0 to 360, clockwise from north                    required
    wind_speed_sigma_m_s    1-sigma error                                     optional
    height_m                height of the instrument, 10 if left out          optional
    longitude, latitude     of the station; reaches 50 km                     optional, both or none

A height other than 10 m is passed on in ``Wind.height_m``; nothing is converted in secret.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from superemitter.model.errors import WindError, WindNotCovered
from superemitter.model.flags import Flag
from superemitter.model.footprint import distance_and_bearing
from superemitter.model.wind import Wind, assumed_speed_sigma_m_s
from superemitter.observe.winds.field import MAX_GAP, require_zone, speed_and_from

REACH_M = 50_000.0
"""A station with coordinates speaks for places up to this far away; a choice, not a measurement. [m]"""

REQUIRED = ("time", "wind_speed_m_s", "wind_from_deg")
MAX_BYTES = 50_000_000
_SCHEMA = f"needs the columns {', '.join(REQUIRED)}; may have wind_speed_sigma_m_s, height_m, longitude, latitude"


@dataclass(frozen=True, slots=True)
class StationWind:
    """Readings of one station, in order of time, at least one.

    Attributes
    ----------
    readings : tuple of Wind
        Each with its time in UTC.
    place : (float, float), optional
        Longitude and latitude. [degree]
    source : str
    """

    readings: tuple[Wind, ...]
    place: tuple[float, float] | None
    source: str

    def at(self, longitude: float, latitude: float, time: datetime) -> Wind:
        """Wind at a time: the reading itself, or its components interpolated between two readings.

        Raises
        ------
        WindNotCovered
            Before the first or after the last reading, in a gap of more than six hours, or more than 50 km away.
        WindError
            `time` has no zone.
        """
        require_zone(time)
        self._require_near(longitude, latitude)
        times = [_time(r) for r in self.readings]
        if not times[0] <= time <= times[-1]:
            raise WindNotCovered(
                f"{self.source} covers {times[0].isoformat()} to {times[-1].isoformat()}, "
                f"not {time.astimezone(UTC).isoformat()}",
                hint="give readings from before and after the scene",
            )
        after = bisect_left(times, time)
        if times[after] == time:
            return self.readings[after]
        if times[after] - times[after - 1] > MAX_GAP:
            start, end = times[after - 1].isoformat(), times[after].isoformat()
            raise WindNotCovered(
                f"{self.source} has no reading between {start} and {end}",
                hint="readings more than six hours apart are not interpolated",
            )
        return _between(self.readings[after - 1], self.readings[after], time)

    def _require_near(self, longitude: float, latitude: float) -> None:
        if self.place is None:
            return
        distance_m, _ = distance_and_bearing(longitude, latitude, *self.place)
        if distance_m > REACH_M:
            raise WindNotCovered(
                f"the station of {self.source} is {distance_m / 1000:.0f} km from the source; "
                f"it covers {REACH_M / 1000:.0f} km",
                hint="give a nearer station, or leave its coordinates out if it is representative",
            )


def open_station(path: Path) -> StationWind:
    """Read a station CSV file (UTF-8, see the module for its columns).

    Raises
    ------
    WindError
        Too large, not text, a column missing, a row that cannot be understood (its number is named), two readings
        for one time, or more than one station.
    """
    if path.stat().st_size > MAX_BYTES:
        raise WindError(
            f"{path} is larger than {MAX_BYTES // 1_000_000} MB", hint="cut it to the days of the scene"
        )
    readings: list[Wind] = []
    places: set[tuple[float, float] | None] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [c for c in REQUIRED if c not in (rows.fieldnames or ())]
            if missing:
                raise WindError(
                    f"{path} is no wind file that is understood: no column {missing[0]}", hint=ACCEPTED
                )
            for row in rows:
                readings.append(_reading(row, path, rows.line_num))
                places.add(_place(row, path, rows.line_num))
    except (UnicodeDecodeError, csv.Error) as error:
        raise WindError(f"{path} is no wind file that is understood: {error}", hint=ACCEPTED) from error
    return _station(readings, places, path)


ACCEPTED = (
    "accepted are ERA5 or GEOS-FP/MERRA-2 NetCDF with 10 m winds, the ZIP of the Climate Data Store, "
    f"and a station CSV ({_SCHEMA}); GRIB is not read: request NetCDF"
)


def _station(readings: list[Wind], places: set[tuple[float, float] | None], path: Path) -> StationWind:
    if not readings:
        raise WindError(f"{path} holds no reading", hint=_SCHEMA)
    if len(places) > 1:
        raise WindError(f"{path} holds {len(places)} stations", hint="give the readings of one station")
    readings.sort(key=_time)
    for earlier, later in pairwise(readings):
        if earlier.time == later.time:
            raise WindError(f"{path} holds two readings for {_time(later).isoformat()}", hint="keep one")
        if earlier.height_m != later.height_m:
            raise WindError(f"the heights in {path} differ", hint="give the readings of one instrument")
    return StationWind(readings=tuple(readings), place=next(iter(places)), source=f"station {path.name}")


def _reading(row: dict[str, str | None], path: Path, line: int) -> Wind:
    where = f"{path}, line {line}"
    text = (row["time"] or "").strip()
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise WindError(f"{where}: time is {text!r}", hint="write 2023-07-17T06:00:00Z") from error
    if time.tzinfo is None:
        raise WindError(f"{where}: the time {text} has no time zone", hint="write 2023-07-17T06:00:00Z")
    speed, sigma = _number(row, "wind_speed_m_s", where), _optional(row, "wind_speed_sigma_m_s", where)
    height = _optional(row, "height_m", where)
    try:
        wind = Wind(
            speed_m_s=speed,
            speed_sigma_m_s=assumed_speed_sigma_m_s(speed) if sigma is None else sigma,
            from_deg=_number(row, "wind_from_deg", where),
            source=f"station {path.name}",
            height_m=10.0 if height is None else height,
            time=time.astimezone(UTC),
            flags=frozenset({Flag.WIND_SIGMA_ASSUMED}) if sigma is None else frozenset(),
        )
    except WindError as error:
        raise WindError(f"{where}: {error.message}", hint=error.hint) from error
    if wind.height_m <= 0:
        raise WindError(f"{where}: height_m is {wind.height_m}", hint="give the height above ground in metres")
    return wind


def _place(row: dict[str, str | None], path: Path, line: int) -> tuple[float, float] | None:
    where = f"{path}, line {line}"
    longitude, latitude = _optional(row, "longitude", where), _optional(row, "latitude", where)
    if longitude is None and latitude is None:
        return None
    if longitude is None or latitude is None:
        raise WindError(f"{where}: only one of longitude and latitude is given", hint="give both or none")
    if not (-180 <= longitude <= 360 and -90 <= latitude <= 90):
        raise WindError(
            f"{where}: longitude {longitude}, latitude {latitude} is no place", hint="are they swapped?"
        )
    return longitude, latitude


def _number(row: dict[str, str | None], column: str, where: str) -> float:
    value = _optional(row, column, where)
    if value is None:
        raise WindError(f"{where}: {column} is empty", hint="give a number, or leave the row out")
    return value


def _optional(row: dict[str, str | None], column: str, where: str) -> float | None:
    text = (row.get(column) or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise WindError(f"{where}: {column} is {text!r}", hint="give a number with a decimal point") from error
    if not math.isfinite(value):
        raise WindError(f"{where}: {column} is {text!r}", hint="give a finite number, or leave the row out")
    return value


def _time(reading: Wind) -> datetime:
    assert reading.time is not None
    return reading.time


def _between(before: Wind, after: Wind, time: datetime) -> Wind:
    fraction = (time - _time(before)) / (_time(after) - _time(before))
    u = before.u_m_s + fraction * (after.u_m_s - before.u_m_s)
    v = before.v_m_s + fraction * (after.v_m_s - before.v_m_s)
    speed, from_deg = speed_and_from(u, v)
    flags = before.flags | after.flags
    if Flag.WIND_SIGMA_ASSUMED in flags:
        sigma = assumed_speed_sigma_m_s(speed)
    else:
        sigma = before.speed_sigma_m_s + fraction * (after.speed_sigma_m_s - before.speed_sigma_m_s)
    return replace(
        before,
        speed_m_s=speed,
        speed_sigma_m_s=sigma,
        from_deg=from_deg,
        time=time.astimezone(UTC),
        flags=flags | {Flag.WIND_INTERPOLATED},
    )
