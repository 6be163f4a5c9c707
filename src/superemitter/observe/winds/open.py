"""Open a wind file, whatever it is called: the first bytes say what it is."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from superemitter.model.errors import WindError
from superemitter.observe.winds.archive import ZIP_MAGIC, open_archive
from superemitter.observe.winds.field import WindField
from superemitter.observe.winds.netcdf import is_netcdf, open_netcdf
from superemitter.observe.winds.station import ACCEPTED, open_station


def open_wind(path: str | PathLike[str]) -> WindField:
    """Open a wind file: ERA5 or GEOS NetCDF, the Climate Data Store's ZIP, or a station CSV.

    Parameters
    ----------
    path : path
        Recognised by its content, never by its name.

    Returns
    -------
    WindField
        Answers ``.at(longitude, latitude, time)``.

    Raises
    ------
    WindError
        The file is missing, damaged, or of a kind that is not read; the hint names what is.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise WindError(f"the wind file {path} cannot be opened: {error.strerror or error}") from error
    if not head:
        raise WindError(f"the wind file {path} is empty", hint=ACCEPTED)
    if head.startswith(ZIP_MAGIC):
        return open_archive(path)
    if is_netcdf(head):
        return open_netcdf(path, path.name)
    if head.startswith(b"GRIB"):
        raise WindError(f"{path} is GRIB, which is not read", hint="request NetCDF from the data store instead")
    if b"\0" in head:
        raise WindError(f"{path} is no wind file that is understood", hint=ACCEPTED)
    return open_station(path)
