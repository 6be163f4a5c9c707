"""Put a plume of known rate into a real radiance file: a copy, marked as simulated, with its truth beside it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from superemitter.model import Instrument, Scene, Wind
from superemitter.model.errors import SceneError, UsageError
from superemitter.model.types import FloatArray
from superemitter.simulate.files import envi_list, read_envi_header, wind_of, write_json, written_together
from superemitter.simulate.gas import GasTable, gas_table
from superemitter.simulate.plumes import PixelGrid, SimulatedPlume, Turbulence, simulate_plume
from superemitter.simulate.scene import Leak

_LEAST_PPM_M = 1e-3
_FILL_BELOW = -9000.0
_ENVI_TYPES = {"4": "f4", "5": "f8"}
_ENVI_AXES = {"bil": (0, 2, 1), "bip": (0, 1, 2), "bsq": (2, 0, 1)}
# Where NetCDF products keep cube, wavelengths and widths, and their order of axes: EMIT, AVIRIS-3
_HDF5_LAYOUTS = (
    ("radiance", "sensor_band_parameters/wavelengths", "sensor_band_parameters/fwhm", (0, 1, 2)),
    ("radiance/radiance", "radiance/wavelength", "radiance/fwhm", (2, 0, 1)),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Gas:
    """The pixels that receive gas, and how much. All (n,) arrays."""

    row: np.ndarray
    column: np.ndarray
    enhancement_ppm_m: FloatArray
    air_mass: FloatArray

    def table(self, wavelength_nm: FloatArray, fwhm_nm: FloatArray) -> GasTable:
        largest = float(self.enhancement_ppm_m.max())
        return gas_table(wavelength_nm, fwhm_nm, air_mass=self.air_mass, largest_ppm_m=largest)


def inject(
    scene: Scene,
    *,
    row: float,
    column: float,
    rate_kg_h: float,
    wind: Wind,
    rng: np.random.Generator,
    out: Path,
    turbulence: Turbulence | None = None,
    overwrite: bool = False,
) -> Path:
    """Put one plume into a copy of a scene's files; see :func:`inject_leaks`.

    Parameters
    ----------
    scene, wind, rng, out, turbulence, overwrite
        As there.
    row, column : float
        Position of the source in the image as stored. [pixel]
    rate_kg_h : float
        [kg h-1]

    Returns
    -------
    Path
        The new radiance file.

    Raises
    ------
    UsageError, SceneError, InvalidValue, OutputExists, OutputError
        As there.
    """
    leak = Leak(row=row, column=column, rate_kg_h=rate_kg_h)
    return inject_leaks(scene, [leak], wind=wind, rng=rng, out=out, turbulence=turbulence, overwrite=overwrite)


def inject_leaks(
    scene: Scene,
    leaks: Sequence[Leak],
    *,
    wind: Wind,
    rng: np.random.Generator,
    out: Path,
    turbulence: Turbulence | None = None,
    overwrite: bool = False,
) -> Path:
    """Copy a scene's files and multiply the absorbing bands by the transmittance of simulated plumes.

    Each plume carries exactly the stated rate; the absorption is non-linear, at each pixel's own air mass, with
    the file's own bands and with the gas of all plumes together. Everything else of the scene stays as measured,
    so that ground, noise and artefacts are real. The originals are not touched.

    Parameters
    ----------
    scene : Scene
        As opened; its first file is the radiance (EMIT or AVIRIS-3 NetCDF, or ENVI).
    leaks : sequence of Leak
        Their positions are those of the image as stored.
    wind : Wind
        Of the leaks that have none of their own; taken as exact.
    rng : numpy.random.Generator
    out : Path
        Folder for the copies; not the scene's own.
    turbulence : Turbulence, optional
    overwrite : bool

    Returns
    -------
    Path
        The new radiance file, marked with ``simulated = 1``; companions and ``<stem>.truth.json`` lie beside it.

    Raises
    ------
    UsageError
        `out` is the folder of the original.
    SceneError
        The radiance file has a layout that cannot be written.
    InvalidValue
        A source lies outside the image, or where coordinates or angles are unknown.
    OutputExists, OutputError
        See :func:`~superemitter.simulate.files.written_together`. Nothing is left half written.

    Notes
    -----
    The gas is put into the pixels of the image as stored. In an orthorectified image these are map cells, which
    repeat measured pixels: the mass on the map is right, its noise is that of repeated pixels. Noise is not
    lowered where a plume darkens a pixel.
    """
    files = [path for path in scene.files if path.is_file()]
    if not files:
        raise SceneError(f"the files of {scene.scene_id} are not there any more")
    if any(path.parent.resolve() == out.resolve() for path in files):
        raise UsageError(f"{out} is the folder of the original", hint="give another folder for the copy")
    placed = [_place(scene, leak, wind, rng, turbulence) for leak in leaks]
    gas = _gas_of(scene, [plume for _, _, plume in placed])
    radiance = files[0]
    truth = f"{radiance.stem}.truth.json"
    companions = [path for path in files[1:] if path != radiance]
    names = [truth, *(path.name for path in companions), radiance.name]
    with written_together(out, names, overwrite=overwrite) as partial:
        for path in files:
            shutil.copyfile(path, partial / path.name)
        _absorb(partial / radiance.name, gas, scene.instrument)
        write_json(partial / truth, _truth(scene, placed, gas, wind))
    return out / radiance.name


_Placed = tuple[Leak, PixelGrid, SimulatedPlume]


def _place(
    scene: Scene, leak: Leak, wind: Wind, rng: np.random.Generator, turbulence: Turbulence | None
) -> _Placed:
    grid = PixelGrid.of_footprint(scene.footprint, leak.row, leak.column)
    plume = simulate_plume(
        rate_kg_h=leak.rate_kg_h,
        wind=leak.wind or wind,
        grid=grid,
        row=leak.row,
        column=leak.column,
        rng=rng,
        turbulence=turbulence,
    )
    return leak, grid, plume


def _gas_of(scene: Scene, plumes: Sequence[SimulatedPlume]) -> _Gas:
    air_mass = scene.air_mass
    enhancement = sum((plume.enhancement_ppm_m for plume in plumes), np.zeros(scene.shape))
    there = (enhancement > _LEAST_PPM_M) & np.isfinite(air_mass) & ~scene.mask("nodata")
    row, column = np.nonzero(there)
    return _Gas(
        row=row,
        column=column,
        enhancement_ppm_m=enhancement[row, column],
        air_mass=air_mass[row, column].astype(np.float64),
    )


def _truth(scene: Scene, placed: Sequence[_Placed], gas: _Gas, wind: Wind) -> dict[str, Any]:
    leaks = []
    for number, (leak, grid, plume) in enumerate(placed, start=1):
        longitude, latitude = scene.footprint.at(leak.row, leak.column)
        laid = float(plume.column_mass_kg_m2[gas.row, gas.column].sum()) * grid.pixel_area_m2
        leaks.append(
            {
                "id": leak.leak_id or f"leak-{number}",
                "longitude": longitude,
                "latitude": latitude,
                "row": leak.row,
                "column": leak.column,
                "rate_kg_h": leak.rate_kg_h,
                "wind": wind_of(leak.wind or wind),
                "mass_in_image_kg": laid,
                "max_enhancement_ppm_m": float(plume.enhancement_ppm_m.max()),
            }
        )
    return {
        "simulated": True,
        "background": scene.scene_id,
        "instrument": scene.instrument.name,
        "time": scene.time.isoformat(),
        "leaks": leaks,
        "radiance_file": scene.files[0].name,
    }


def _absorb(path: Path, gas: _Gas, instrument: Instrument) -> None:
    if h5py.is_hdf5(path):
        _absorb_hdf5(path, gas)
    else:
        _absorb_envi(path, gas, instrument)


def _absorb_hdf5(path: Path, gas: _Gas) -> None:
    """Rewrite the plume's window of the cube, a few rows at a time, and mark the file."""
    with h5py.File(path, "r+") as file:
        known = [layout for layout in _HDF5_LAYOUTS if all(_is_dataset(file, name) for name in layout[:3])]
        if not known:
            raise SceneError(f"a plume cannot be put into {path.name}: its layout is not EMIT's or AVIRIS-3's")
        cube_name, wavelength_name, fwhm_name, axes = known[0]
        file.attrs["simulated"] = np.int32(1)
        if gas.row.size == 0:
            return
        wavelength, fwhm = (np.asarray(file[name], dtype=np.float64) for name in (wavelength_name, fwhm_name))
        table = gas.table(wavelength, fwhm)
        first_band = int(table.bands.min())
        bands = slice(first_band, int(table.bands.max()) + 1)
        columns = slice(int(gas.column.min()), int(gas.column.max()) + 1)
        for first in range(int(gas.row.min()), int(gas.row.max()) + 1, 64):
            rows = slice(first, min(first + 64, int(gas.row.max()) + 1))
            chosen = (gas.row >= rows.start) & (gas.row < rows.stop)
            window = tuple((rows, columns, bands)[axis] for axis in axes)
            stored = file[cube_name][window]
            view = stored.transpose(np.argsort(axes))
            _multiply(view, gas, table, chosen, (rows.start, columns.start, first_band))
            file[cube_name][window] = stored


def _is_dataset(file: h5py.File, name: str) -> bool:
    return isinstance(file.get(name), h5py.Dataset)


def _absorb_envi(path: Path, gas: _Gas, instrument: Instrument) -> None:
    header = _header_of(path)
    keys = read_envi_header(header)
    try:
        kind = (">" if keys.get("byte order", "0") == "1" else "<") + _ENVI_TYPES[keys["data type"]]
        axes = _ENVI_AXES[keys["interleave"].lower()]
        shape = tuple(int(keys[name]) for name in ("lines", "samples", "bands"))
        offset = int(keys.get("header offset", "0"))
        stored = tuple(shape[axis] for axis in axes)
        cube = np.memmap(path, dtype=kind, mode="r+", offset=offset, shape=stored)
    except (KeyError, ValueError) as error:
        raise SceneError(
            f"a plume cannot be put into {path.name}: its header is not one of floats ({error})"
        ) from error
    _mark_header(header)
    if gas.row.size == 0:
        return
    table = gas.table(*_envi_bands(keys, header, instrument))
    view = cube.transpose(np.argsort(axes))
    _multiply(view, gas, table, np.ones(gas.row.size, dtype=bool), (0, 0, 0))
    cube.flush()


def _multiply(
    view: FloatArray, gas: _Gas, table: GasTable, chosen: np.ndarray, origin: tuple[int, int, int]
) -> None:
    """Multiply the chosen pixels of a (row, column, band) view whose first element lies at `origin`, in place."""
    index = (
        (gas.row[chosen] - origin[0])[:, None],
        (gas.column[chosen] - origin[1])[:, None],
        (table.bands - origin[2])[None, :],
    )
    transmitted = table.transmittance(gas.enhancement_ppm_m[chosen], gas.air_mass[chosen])
    values = view[index]
    view[index] = np.where(values > _FILL_BELOW, values * transmitted, values)


def _header_of(path: Path) -> Path:
    for candidate in (path.with_name(path.name + ".hdr"), path.with_suffix(".hdr")):
        if candidate.is_file():
            return candidate
    raise SceneError(f"{path.name} has no ENVI header beside it")


def _mark_header(header: Path) -> None:
    text = header.read_text(encoding="utf-8", errors="surrogateescape")
    if "simulated" not in read_envi_header(header):
        header.write_text(text.rstrip("\n") + "\nsimulated = 1\n", encoding="utf-8", errors="surrogateescape")


def _envi_bands(keys: dict[str, str], header: Path, instrument: Instrument) -> tuple[FloatArray, FloatArray]:
    """Centres and widths of all bands: from the header, else its band names and the instrument's data. [nm]"""
    try:
        if "wavelength" in keys:
            wavelength = np.array([float(value) for value in envi_list(keys["wavelength"])])
        else:
            wavelength = np.array([float(name.split()[0]) for name in envi_list(keys["band names"])])
    except (KeyError, ValueError, IndexError) as error:
        raise SceneError(f"{header.name} does not say at which wavelengths its bands lie") from error
    scale = 1000.0 if wavelength.max() < 100.0 else 1.0  # micrometres
    if "fwhm" in keys:
        return wavelength * scale, np.array([float(value) for value in envi_list(keys["fwhm"])]) * scale
    nominal = instrument.spectral_calibration
    return wavelength * scale, np.interp(wavelength * scale, nominal[:, 0], nominal[:, 1])
