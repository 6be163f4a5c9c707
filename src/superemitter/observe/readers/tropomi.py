"""Sentinel-5P TROPOMI level-2 methane, the operational product: whole orbits, parts of them, crops.

Layout of the product's user manual: groups ``PRODUCT`` and, in it, ``SUPPORT_DATA`` with ``GEOLOCATIONS``,
``DETAILED_RESULTS`` and ``INPUT_DATA``; dimensions (time, scanline, ground_pixel[, corner or layer]).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from superemitter.model import Flag, Scene
from superemitter.model.errors import GeometryMissing, SceneTruncated
from superemitter.model.types import FloatArray
from superemitter.observe.readers import hdf5
from superemitter.observe.readers.base import ReadOptions
from superemitter.observe.readers.level2 import (
    column_scene,
    finite_sum,
    scanline_times,
    values_of,
    zenith_degrees,
)

#: Mixing ratios by preference: less striped and less biased first.
VARIANTS = (
    "methane_mixing_ratio_bias_corrected_destriped",
    "methane_mixing_ratio_bias_corrected",
    "methane_mixing_ratio",
)
_SUPPORT = {
    "solar_zenith": "GEOLOCATIONS/solar_zenith_angle",
    "view_zenith": "GEOLOCATIONS/viewing_zenith_angle",
    "albedo_swir": "DETAILED_RESULTS/surface_albedo_SWIR",
    "albedo_nir": "DETAILED_RESULTS/surface_albedo_NIR",
    "aerosol_swir": "DETAILED_RESULTS/aerosol_optical_thickness_SWIR",
    "chi_square_swir": "DETAILED_RESULTS/chi_square_SWIR",
    "cloud_fraction": "INPUT_DATA/cloud_fraction_VIIRS_SWIR_IFOV",
    "surface_pressure": "INPUT_DATA/surface_pressure",
    "surface_altitude": "INPUT_DATA/surface_altitude",
    "eastward_wind": "INPUT_DATA/eastward_wind",
    "northward_wind": "INPUT_DATA/northward_wind",
}


class TropomiReader:
    """Reads the operational level-2 methane product of Sentinel-5P."""

    name = "tropomi"

    def can_open(self, path: Path) -> bool:
        """Whether there are methane mixing ratios in a group ``PRODUCT`` with coordinates."""
        if "PRODUCT" not in (hdf5.root_names(path) or ()):
            return False
        try:
            with h5py.File(path, "r") as file:
                product = file["PRODUCT"]
                return isinstance(product, h5py.Group) and any(name in product for name in VARIANTS)
        except (OSError, RuntimeError, KeyError):
            return False

    def open(self, path: Path, options: ReadOptions) -> Scene:
        """The mixing ratios with their geometry, covariates and winds; see :class:`superemitter.model.Scene`.

        The destriped, bias-corrected variant is taken where the product holds it, else the bias-corrected one.

        Raises
        ------
        SceneTruncated, GeometryMissing, TimeMissing
        """
        with hdf5.opened(path, "level-2 file") as file:
            product = file["PRODUCT"]
            for name in ("latitude", "longitude"):
                if name not in product:
                    raise GeometryMissing(f"{path} holds no PRODUCT/{name}")
            support = product.get("SUPPORT_DATA", {})
            longitude, latitude = (_plane(product[name], path) for name in ("longitude", "latitude"))
            variant = _variant(product, path)
            fields, flags = _fields(product, support, variant, path)
            return column_scene(
                path=path,
                options=options,
                fields=fields,
                longitude=longitude,
                latitude=latitude,
                corners=_corners(support, path),
                surface_class=_optional(support, "INPUT_DATA/surface_classification", path),
                times=scanline_times(product, longitude.shape[0]),
                attributes={"variant": variant, "processor": _processor(file)},
                simulated=hdf5.is_simulated(file),
                flags=flags,
            )


def _variant(product: Any, path: Path) -> str:
    """The best mixing ratio that holds a value; the last one there is if none does."""
    there = [name for name in VARIANTS if name in product]
    for name in there[:-1]:
        if np.isfinite(_plane(product[name], path)).any():
            return name
    return there[-1]


def _fields(product: Any, support: Any, variant: str, path: Path) -> tuple[dict[str, FloatArray], set[Flag]]:
    methane = _plane(product[variant], path)
    unknown = np.full(methane.shape, np.nan, dtype=np.float32)
    fields: dict[str, FloatArray] = {"methane": methane, "precision": unknown}
    if "methane_mixing_ratio_precision" in product:
        fields["precision"] = _plane(product["methane_mixing_ratio_precision"], path)
    if "qa_value" in product:
        fields["qa"] = _plane(product["qa_value"], path)
    for name, place in _SUPPORT.items():
        values = _optional(support, place, path)
        if values is not None:
            fields[name] = values
    if "INPUT_DATA/dry_air_subcolumns" in support:
        fields["dry_air_column"] = finite_sum(_without_time(support["INPUT_DATA/dry_air_subcolumns"], 4, path))
    flags = set()
    if "solar_zenith" in fields and "view_zenith" in fields:
        solar, view, cosines = zenith_degrees(fields["solar_zenith"], fields["view_zenith"])
        fields["solar_zenith"], fields["view_zenith"] = solar, view
        if cosines:
            flags.add(Flag.ANGLES_FROM_COSINES)
    return fields, flags


def _corners(support: Any, path: Path) -> tuple[FloatArray, FloatArray] | None:
    names = [f"GEOLOCATIONS/{name}_bounds" for name in ("longitude", "latitude")]
    if not all(name in support for name in names):
        return None
    longitude, latitude = (_without_time(support[name], 4, path) for name in names)
    return (longitude, latitude) if longitude.shape[-1] == 4 else None


def _optional(support: Any, place: str, path: Path) -> FloatArray | None:
    return _plane(support[place], path) if place in support else None


def _plane(dataset: Any, path: Path) -> FloatArray:
    return _without_time(dataset, 3, path)


def _without_time(dataset: Any, dimensions: int, path: Path) -> FloatArray:
    """A dataset without its dimension of one time.

    Raises
    ------
    SceneTruncated
        It does not have the dimensions of the product.
    """
    if dataset.ndim != dimensions or dataset.shape[0] != 1:
        raise SceneTruncated(
            f"{dataset.name} in {path} is {dataset.shape}, not one time, scanlines and ground pixels",
            hint="copy or download it again",
        )
    values: FloatArray = values_of(dataset)[0]
    return values


def _processor(file: Any) -> str:
    for name in ("processor_version", "algorithm_version", "product_version"):
        value = hdf5.attribute(file, name)
        if value:
            return value
    return "unknown"
