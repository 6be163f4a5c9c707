"""A simulated swath in the group layout of the operational Sentinel-5P methane product, marked as simulated."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from superemitter.model.types import FloatArray
from superemitter.simulate.swath import SimulatedSwath

FILL = np.float32(9.96921e36)
LAYERS = 12
_EPOCH = datetime(2010, 1, 1, tzinfo=UTC)
_PLACES = {
    "solar_zenith": "GEOLOCATIONS/solar_zenith_angle",
    "view_zenith": "GEOLOCATIONS/viewing_zenith_angle",
    "albedo_swir": "DETAILED_RESULTS/surface_albedo_SWIR",
    "aerosol_swir": "DETAILED_RESULTS/aerosol_optical_thickness_SWIR",
    "surface_pressure": "INPUT_DATA/surface_pressure",
    "eastward_wind": "INPUT_DATA/eastward_wind",
    "northward_wind": "INPUT_DATA/northward_wind",
}


def write_s5p(swath: SimulatedSwath, path: Path, *, destriped: bool = False, processor: str = "2.4.0") -> Path:
    """Write a swath as a level-2 methane file; its attribute ``simulated`` is 1.

    Parameters
    ----------
    swath : SimulatedSwath
    path : Path
    destriped : bool
        Whether the destriped variant is written too, as newer processors do.
    processor : str
        Version the file claims.

    Returns
    -------
    Path
        `path`.
    """
    fields, shape = swath.fields, swath.footprint.shape
    with h5py.File(path, "w") as file:
        file.attrs["Conventions"] = "CF-1.7"
        file.attrs["title"] = "SIMULATED TROPOMI methane, not an observation"
        file.attrs["processor_version"] = processor
        file.attrs["simulated"] = 1
        product = file.create_group("PRODUCT")
        _write(product, "methane_mixing_ratio", fields["methane"])
        _write(product, "methane_mixing_ratio_bias_corrected", fields["methane"])
        if destriped:
            _write(product, "methane_mixing_ratio_bias_corrected_destriped", fields["methane"])
        _write(product, "methane_mixing_ratio_precision", fields["precision"])
        quality = np.where(np.isfinite(fields["qa"]), np.round(fields["qa"] * 100), 255).astype(np.uint8)
        _create(product, "qa_value", quality[None]).attrs["scale_factor"] = np.float32(0.01)
        _write(product, "latitude", swath.footprint.latitude)
        _write(product, "longitude", swath.footprint.longitude)
        start = swath.times[0].replace(hour=0, minute=0, second=0, microsecond=0)
        product["time"] = np.array([(start - _EPOCH).total_seconds()], dtype=np.int32)
        product["delta_time"] = np.array(
            [[(t - start).total_seconds() * 1e3 for t in swath.times]], dtype=np.int32
        )
        support = product.create_group("SUPPORT_DATA")
        for name, place in _PLACES.items():
            if name in fields:
                _write(support, place, fields[name])
        _write(support, "GEOLOCATIONS/longitude_bounds", swath.corner_longitude)
        _write(support, "GEOLOCATIONS/latitude_bounds", swath.corner_latitude)
        _create(support, "INPUT_DATA/surface_classification", swath.water.astype(np.uint8)[None])
        if "dry_air_column" in fields:
            layers = np.broadcast_to(fields["dry_air_column"][..., None] / LAYERS, (*shape, LAYERS))
            _write(support, "INPUT_DATA/dry_air_subcolumns", layers)
    return path


def _write(group: Any, name: str, values: FloatArray) -> None:
    stored = np.where(np.isfinite(values), values, FILL).astype(np.float32)[None]
    _create(group, name, stored).attrs["_FillValue"] = np.array([FILL])


def _create(group: Any, name: str, values: Any) -> Any:
    chunks = (1, min(values.shape[1], 256), *values.shape[2:])
    return group.create_dataset(
        name, data=values, chunks=chunks, compression="gzip", compression_opts=1, shuffle=True
    )
