"""``enhancement.tif``: the enhancement, its noise and the detection score as a Cloud-Optimised GeoTIFF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from superemitter.model import SceneResult
from superemitter.model.errors import OutputError
from superemitter.publish.grid import north_up
from superemitter.publish.grid_view import MapView
from superemitter.publish.records import utc_text

#: Name, unit and meaning of each band, in order.
BANDS: Final = (
    ("enhancement_ppm_m", "ppm m", "methane column enhancement"),
    ("sigma_ppm_m", "ppm m", "1-sigma noise of the enhancement"),
    ("detection_score", "1", "pooled, standardised detection score, in units of its 1-sigma"),
)
NODATA: Final = float("nan")

_PROFILE: Final = {
    "driver": "COG",
    "dtype": "float32",
    "count": len(BANDS),
    "nodata": NODATA,
    # Deflate opens everywhere; level 1 costs a quarter less time than level 6 for files a tenth larger.
    "compress": "DEFLATE",
    "level": 1,
    "predictor": "YES",
    "sparse_ok": "YES",  # tiles without a value are not stored: most of an orbit's map
    "blocksize": 512,
    "overview_resampling": "AVERAGE",
    "num_threads": "1",
    "bigtiff": "IF_SAFER",
}


def write_enhancement(result: SceneResult, path: Path, view: MapView | None = None) -> None:
    """Write the three bands on a north-up map, by nearest neighbour, as float32 with NaN for no data.

    The map repeats and drops sensor pixels, so masses must not be summed on it.

    Parameters
    ----------
    result : SceneResult
    path : Path
    view : MapView, optional
        The map, if it is at hand already; see :func:`superemitter.publish.grid.north_up`.

    Raises
    ------
    OutputError
        The file cannot be written.
    InvalidValue
        No pixel of the scene has coordinates.
    """
    view = view or north_up(result.enhancement.footprint)
    bands = (
        result.enhancement.enhancement_ppm_m,
        result.enhancement.sigma_ppm_m,
        result.detection.score,
    )
    rows, columns = view.grid.shape
    try:
        # Made in memory: a full disk then shows as an error of Python's own write, where GDAL may only log it.
        with MemoryFile() as memory:
            with memory.open(
                **_PROFILE,
                height=rows,
                width=columns,
                crs=CRS.from_user_input(view.grid.crs),
                transform=Affine(*view.grid.transform),
            ) as image:
                for number, values in enumerate(bands, start=1):
                    image.write(view.show(values.astype(np.float32, copy=False)), number)
                image.descriptions = tuple(name for name, _, _ in BANDS)
                image.units = tuple(unit for _, unit, _ in BANDS)
                for number, (_, _, meaning) in enumerate(BANDS, start=1):
                    image.update_tags(number, long_name=meaning)
                image.update_tags(**_tags(result))
            path.write_bytes(memory.getbuffer())
    except RasterioError as error:
        raise OutputError(f"{path.name} of scene {result.enhancement.scene_id}: {error}") from error


def _tags(result: SceneResult) -> Mapping[str, str]:
    """What the file says about itself, for a reader that has lost the folder around it."""
    scene = result.enhancement
    return {
        "scene_id": scene.scene_id,
        "instrument": scene.instrument.name,
        "datetime": utc_text(scene.time),
        "retrieval": scene.method,
        "run_id": result.run_id,
        "simulated": "true" if scene.simulated else "false",
        "flags": ";".join(sorted(flag.value for flag in scene.flags)),
        "note": "nearest-neighbour map: cells repeat sensor pixels, do not sum mass on it",
    }
