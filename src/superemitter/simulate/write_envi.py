"""Write a simulated scene as AVIRIS-NG does, in ENVI files: radiance, observation, location, look-up table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from superemitter.model.errors import InvalidValue
from superemitter.model.types import FloatArray, IntArray
from superemitter.simulate.files import Progress, SimulatedFiles, truth_of, write_json, written_together
from superemitter.simulate.scene import SimulatedScene
from superemitter.simulate.write_emit import OBSERVATION_BANDS

Interleave = Literal["bil", "bip", "bsq"]
_DATA_TYPES = {"float32": 4, "float64": 5, "int32": 3}
# of a (row, column, band) array
_AXES: dict[str, tuple[int, int, int]] = {"bil": (0, 2, 1), "bip": (0, 1, 2), "bsq": (2, 0, 1)}


def write_envi(
    scene: SimulatedScene,
    folder: Path,
    *,
    interleave: Interleave = "bil",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SimulatedFiles:
    """Write unorthorectified radiance with its ``obs``, ``loc`` and ``glt``, and the truth beside them.

    Names follow AVIRIS-NG (``angYYYYMMDDtHHMMSS_rdn_sim_img``); every header carries ``simulated = 1``.

    Parameters
    ----------
    scene : SimulatedScene
    folder : Path
    interleave : str
        ``"bil"``, ``"bip"`` or ``"bsq"`` of the radiance.
    overwrite : bool
    progress : callable, optional
        Called with rows done and rows in all.

    Raises
    ------
    InvalidValue
        The interleave is unknown.
    OutputExists, OutputError
        See :func:`~superemitter.simulate.files.written_together`. Nothing is left half written.
    """
    if interleave not in _AXES:
        raise InvalidValue(f"no interleave {interleave!r}", hint="bil, bip or bsq")
    base = scene.spec.time.strftime("ang%Y%m%dt%H%M%S")
    radiance, obs, loc, glt = (f"{base}_rdn_sim_{kind}" for kind in ("img", "obs", "loc", "glt"))
    truth = f"{radiance}.truth.json"
    data = [obs, loc, glt, radiance]
    with written_together(
        folder, [truth, *(f"{name}.hdr" for name in data), *data], overwrite=overwrite
    ) as partial:
        _write_companions(scene, partial, obs, loc, glt)
        _write_radiance(scene, partial / radiance, interleave, progress)
        write_json(partial / truth, truth_of(scene) | {"radiance_file": radiance})
    return SimulatedFiles(
        radiance=folder / radiance,
        obs=folder / obs,
        loc=folder / loc,
        glt=folder / glt,
        truth=folder / truth,
    )


def _write_radiance(scene: SimulatedScene, path: Path, interleave: Interleave, progress: Progress | None) -> None:
    shape = (*scene.spec.shape, scene.wavelength_nm.size)
    stored = tuple(shape[axis] for axis in _AXES[interleave])
    cube = np.memmap(path, dtype="<f4", mode="w+", shape=stored)
    view = cube.transpose(np.argsort(_AXES[interleave]))  # (row, column, band), whatever the order on disk
    for first, block in scene.blocks():
        view[first : first + block.shape[0]] = block
        if progress is not None:
            progress(first + block.shape[0], shape[0])
    cube.flush()
    extra = {
        "wavelength units": "Nanometers",
        "wavelength": _braced(f"{value:.2f}" for value in scene.wavelength_nm),
        "fwhm": _braced(f"{value:.2f}" for value in scene.fwhm_nm),
        "data ignore value": "-9999",
        "acquisition time": scene.spec.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    _write_header(path, shape, "float32", interleave, "simulated AVIRIS-NG radiance, uW/nm/sr/cm2", extra)


def _write_companions(scene: SimulatedScene, folder: Path, obs: str, loc: str, glt: str) -> None:
    _write_small(
        folder / obs, scene.observation.astype(np.float64), OBSERVATION_BANDS, "simulated observation", {}
    )
    location = np.stack([scene.longitude, scene.latitude, scene.ground.elevation_m.astype(np.float64)], axis=-1)
    bands = ("Longitude (WGS-84)", "Latitude (WGS-84)", "Elevation (m)")
    _write_small(folder / loc, location, bands, "simulated location", {})
    glt_x, glt_y, transform = scene.look_up_table
    west, step, _, north, _, _ = transform
    map_info = {
        "map info": f"{{Geographic Lat/Lon, 1, 1, {west:.12f}, {north:.12f}, {step:.15f}, {step:.15f}, WGS-84, "
        "units=Degrees}"
    }
    table = np.stack([glt_x, glt_y], axis=-1).astype(np.int32)
    _write_small(
        folder / glt, table, ("GLT Sample Lookup", "GLT Line Lookup"), "simulated look-up table", map_info
    )


def _write_small(
    path: Path, values: FloatArray | IntArray, bands: Sequence[str], description: str, extra: dict[str, str]
) -> None:
    np.ascontiguousarray(values.transpose(_AXES["bil"])).tofile(path)
    names = _braced(name.replace(",", "") for name in bands)
    _write_header(path, values.shape, values.dtype.name, "bil", description, {"band names": names, **extra})


def _write_header(
    path: Path,
    shape: tuple[int, ...],
    data_type: str,
    interleave: Interleave,
    description: str,
    extra: dict[str, str],
) -> None:
    rows, columns, bands = shape
    keys = {
        "description": f"{{{description}; SIMULATED, not an observation}}",
        "samples": str(columns),
        "lines": str(rows),
        "bands": str(bands),
        "header offset": "0",
        "file type": "ENVI Standard",
        "data type": str(_DATA_TYPES[data_type]),
        "interleave": interleave,
        "byte order": "0",
        "simulated": "1",
        **extra,
    }
    text = "ENVI\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
    path.with_name(path.name + ".hdr").write_text(text, encoding="utf-8")


def _braced(entries: Iterable[str]) -> str:
    return "{" + ", ".join(entries) + "}"
