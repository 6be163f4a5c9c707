"""The ZIP archives the Climate Data Store delivers, often under a name that ends in .nc."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from superemitter.model.errors import WindError
from superemitter.observe.winds.grid import GridWind
from superemitter.observe.winds.netcdf import NoWinds, is_netcdf, open_netcdf

ZIP_MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 100
MAX_BYTES = 1 << 30


def open_archive(path: Path) -> GridWind:
    """Wind of the one NetCDF member that holds winds; members are read in memory, their names never become paths.

    Parameters
    ----------
    path : Path
        At most 100 members; the NetCDF among them unpacks to 1 GiB at most.

    Raises
    ------
    WindError
        Damaged, encrypted or too large; no member with winds, or several.
    """
    found: list[GridWind] = []
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) > MAX_MEMBERS:
                raise WindError(
                    f"{path} holds {len(members)} files, more than {MAX_MEMBERS}", hint="give the one with winds"
                )
            for member in members:
                content = _read(archive, member, path, left)
                if content is None:
                    continue
                left -= len(content)
                try:
                    found.append(open_netcdf(content, f"{path.name}:{Path(member.filename).name}"))
                except NoWinds:
                    continue
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise WindError(
            f"{path} cannot be unpacked: {error}", hint="download it again, or unpack it and give the NetCDF file"
        ) from error
    if len(found) == 1:
        return found[0]
    what = "no NetCDF file with 10 m winds" if not found else f"{len(found)} files with winds"
    raise WindError(f"the archive {path} holds {what}", hint="unpack it and give one NetCDF file with u10 and v10")


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, limit: int) -> bytes | None:
    """What is in a NetCDF member, or None for another kind of file. The stated size is not believed."""
    with archive.open(member) as file:
        head = file.read(8)
        if not is_netcdf(head):
            return None
        content = head + file.read(limit)
    if len(content) > limit:
        raise WindError(
            f"{path} unpacks to more than {MAX_BYTES >> 20} MiB of NetCDF, in {member.filename!r}",
            hint="request a smaller area or fewer hours",
        )
    return content
