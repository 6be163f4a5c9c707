"""Put the parts of a scene together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from superemitter.model import Flag, Footprint, Instrument, Scene, scene_dataset
from superemitter.model.errors import GeometryMissing, SceneError, SceneTruncated, TimeMissing
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.readers.base import ReadOptions
from superemitter.observe.readers.radiance import LoadedRadiance

_STAMP = re.compile(r"(\d{8})[tT](\d{6})(?!\d)")


def assemble(
    *,
    scene_id: str,
    instrument: Instrument,
    time: datetime,
    loaded: LoadedRadiance,
    angles: dict[str, FloatArray],
    footprint: Footprint,
    files: tuple[Path, ...],
    flags: Iterable[Flag],
    cloud: BoolArray | None = None,
    water: BoolArray | None = None,
    orthorectified: bool = False,
    simulated: bool = False,
) -> Scene:
    """A scene of loaded parts; pixels without angles or coordinates become no-data, cautions become flags."""
    nodata = loaded.nodata | ~np.isfinite(footprint.longitude) | ~np.isfinite(footprint.latitude)
    for values in angles.values():
        nodata |= ~np.isfinite(values)
    masks = {"nodata": nodata, "saturated": loaded.saturated & ~nodata}
    every = set(flags)
    if cloud is None or water is None:
        every.add(Flag.NO_CLOUD_MASK)
    else:
        masks |= {"cloud": cloud, "water": water}
    if orthorectified:
        every.add(Flag.ORTHORECTIFIED)
    if simulated:
        every.add(Flag.SIMULATED)
    return Scene(
        scene_id=scene_id,
        instrument=instrument,
        time=time,
        dataset=scene_dataset(
            radiance=loaded.radiance,
            wavelength_nm=loaded.wavelength_nm,
            fwhm_nm=loaded.fwhm_nm,
            angles=angles,
            masks=masks,
            preview=loaded.preview,
        ),
        footprint=footprint,
        files=files,
        orthorectified=orthorectified,
        simulated=simulated,
        flags=frozenset(every),
    )


def acquisition_time(stated: str, path: Path, options: ReadOptions) -> tuple[datetime, set[Flag]]:
    """When the scene was taken, and how that is known: given by the user, stated in the file, or in its name.

    Parameters
    ----------
    stated : str
        ISO 8601 text from the file (UTC if it names no zone), empty if it holds none.
    path : Path
        The radiance file.
    options : ReadOptions

    Raises
    ------
    TimeMissing
        None of the three.
    """
    if options.time is not None:
        if options.time.tzinfo is None:
            raise TimeMissing(f"the time given, {options.time}, has no time zone", hint="end it with Z for UTC")
        return options.time, {Flag.TIME_GIVEN}
    if stated:
        try:
            return _in_utc(datetime.fromisoformat(stated.strip())), set()
        except ValueError as error:
            raise SceneError(f"the time {stated!r} in {path} is not ISO 8601") from error
    for day, clock in _STAMP.findall(path.name):
        try:
            return datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC), {Flag.TIME_FROM_NAME}
        except ValueError:
            continue
    raise TimeMissing(
        f"neither {path} nor its name says when it was taken", hint="pass --datetime 2023-07-17T06:05:00Z"
    )


def _in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def given(path: Path | None, role: str) -> Path | None:
    """A companion the user named, which must then exist.

    Raises
    ------
    GeometryMissing
    """
    if path is not None and not path.is_file():
        raise GeometryMissing(f"there is no file {path}, given as the {role}")
    return path


def fwhm_or_nominal(
    fwhm_nm: FloatArray | None, wavelength_nm: FloatArray, instrument: Instrument
) -> tuple[FloatArray, set[Flag]]:
    """The file's band widths, or the instrument's at the same wavelengths with a flag. (band,) [nm]

    Raises
    ------
    SceneTruncated
        There are not as many widths as bands.
    """
    if fwhm_nm is not None and np.all(np.isfinite(fwhm_nm)) and np.all(fwhm_nm > 0):
        if fwhm_nm.shape != wavelength_nm.shape:
            raise SceneTruncated(f"{fwhm_nm.size} band widths for {wavelength_nm.size} bands")
        return fwhm_nm, set()
    known = instrument.spectral_calibration
    return np.interp(wavelength_nm, known[:, 0], known[:, 1]), {Flag.FWHM_FROM_INSTRUMENT}
