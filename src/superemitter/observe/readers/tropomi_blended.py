"""Blended TROPOMI+GOSAT methane: flat arrays over observations, put back on their scanlines.

The product keeps no scanline and ground-pixel numbers, but each pixel's corners, and neighbours share corners.
Pixels that touch are placed beside each other, groups that do not touch by their distance.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from superemitter.model import Flag, Scene
from superemitter.model.errors import GeometryMissing, SceneTruncated, TimeMissing
from superemitter.model.footprint import metres_per_degree
from superemitter.model.types import FloatArray, IntArray
from superemitter.observe.readers import hdf5
from superemitter.observe.readers.base import ReadOptions
from superemitter.observe.readers.level2 import column_scene, finite_sum, utc_times, values_of, zenith_degrees

METHANE = "methane_mixing_ratio_blended"
CORNER_STEP_DEG = 2e-3
MOST_COLUMNS = 450
_FIELDS = {
    "methane": METHANE,
    "precision": "methane_mixing_ratio_precision",
    "qa": "qa_value",
    "solar_zenith": "solar_zenith_angle",
    "view_zenith": "viewing_zenith_angle",
    "albedo_swir": "surface_albedo_SWIR",
    "albedo_nir": "surface_albedo_NIR",
    "aerosol_swir": "aerosol_optical_thickness_SWIR",
    "chi_square_swir": "chi_square_SWIR",
    "surface_pressure": "surface_pressure",
    "surface_altitude": "surface_altitude",
    "eastward_wind": "eastward_wind",
    "northward_wind": "northward_wind",
}


class BlendedReader:
    """Reads the blended TROPOMI+GOSAT product."""

    name = "tropomi_blended"

    def can_open(self, path: Path) -> bool:
        """Whether blended mixing ratios lie at the root."""
        return METHANE in (hdf5.root_names(path) or ())

    def open(self, path: Path, options: ReadOptions) -> Scene:
        """The blended mixing ratios on a swath grid; see :class:`superemitter.model.Scene`.

        Raises
        ------
        SceneTruncated, GeometryMissing, TimeMissing
            TimeMissing too where ``time_utc`` is missing: scanlines are told apart by it.
        """
        with hdf5.opened(path, "level-2 file") as file:
            flat = _flat(file, path)
            row, column = _place(flat, file, path)
            lines = int(row.max()) + 1
            shape = (lines, int(column.max()) + 1)
            gridded = {name: _spread(values, row, column, shape) for name, values in flat.items()}
            texts = _line_texts(file, row, lines)
            simulated = hdf5.is_simulated(file)
            processor = hdf5.attribute(file, "processor_version") or "blended"
        corners = gridded.pop("corner_longitude"), gridded.pop("corner_latitude")
        longitude, latitude = gridded.pop("longitude"), gridded.pop("latitude")
        surface_class = gridded.pop("surface_class", None)
        flags = set()
        if "solar_zenith" in gridded and "view_zenith" in gridded:
            solar, view, cosines = zenith_degrees(gridded["solar_zenith"], gridded["view_zenith"])
            gridded["solar_zenith"], gridded["view_zenith"] = solar, view
            flags = {Flag.ANGLES_FROM_COSINES} if cosines else set()
        gridded.setdefault("precision", np.full(shape, np.nan, dtype=np.float32))
        if "qa" not in gridded:  # the product holds pixels of the best quality only
            gridded["qa"] = np.where(np.isfinite(gridded["methane"]), 1.0, np.nan).astype(np.float32)
        return column_scene(
            path=path,
            options=options,
            fields=gridded,
            longitude=longitude,
            latitude=latitude,
            corners=corners,
            surface_class=surface_class,
            times=utc_times(texts),
            attributes={"variant": METHANE, "processor": processor},
            simulated=simulated,
            flags=flags,
        )


def _flat(file: Any, path: Path) -> dict[str, FloatArray]:
    """Every field as (observation,) and the corners as (observation, 4)."""
    for name in ("latitude", "longitude", "latitude_bounds", "longitude_bounds"):
        if name not in file:
            raise GeometryMissing(f"{path} holds no {name}")
    count = file[METHANE].shape[0]
    out: dict[str, FloatArray] = {}
    for name, stored in (*_FIELDS.items(), ("longitude", "longitude"), ("latitude", "latitude")):
        if stored in file:
            out[name] = values_of(file[stored])
    if "surface_classification" in file:
        out["surface_class"] = np.asarray(file["surface_classification"][()]).astype(np.float32)
    if "dry_air_subcolumns" in file:
        out["dry_air_column"] = finite_sum(values_of(file["dry_air_subcolumns"]))
    for name in ("longitude", "latitude"):
        out[f"corner_{name}"] = values_of(file[f"{name}_bounds"])
    for name, values in out.items():
        wanted = (count, 4) if name.startswith("corner") else (count,)
        if values.shape != wanted:
            raise SceneTruncated(f"{name} of {path} is {values.shape}, not {wanted}")
    if count < 2:
        raise SceneTruncated(f"{path} holds {count} observations: too few for a swath")
    return out


def _place(flat: dict[str, FloatArray], file: Any, path: Path) -> tuple[IntArray, IntArray]:
    """Row and column of each observation, from 0."""
    if "scanline" in file and "ground_pixel" in file and file["scanline"].shape == file[METHANE].shape:
        row = np.asarray(file["scanline"][()]).astype(np.int64)
        column = np.asarray(file["ground_pixel"][()]).astype(np.int64)
        return row - row.min(), column - column.min()
    if "time_utc" not in file or file["time_utc"].shape[:1] != file[METHANE].shape:
        raise TimeMissing(f"{path} holds no time_utc of each observation, by which scanlines are told apart")
    times = utc_times([hdf5.text(value) for value in np.ravel(file["time_utc"][()])])
    if times is None:
        raise TimeMissing(f"time_utc in {path} holds no time")
    _, line = np.unique(np.array([time.timestamp() for time in times]), return_inverse=True)
    columns = _columns(flat, line)
    if columns.max() > MOST_COLUMNS:
        raise SceneTruncated(f"the observations of {path} do not lie on one swath")
    return line, columns


def _columns(flat: dict[str, FloatArray], row: IntArray) -> IntArray:
    """Across-track position: pixels that share corners are neighbours; groups are set apart by their distance."""
    longitude, latitude = flat["corner_longitude"], flat["corner_latitude"]
    keys = np.floor(np.stack([longitude, latitude]) / CORNER_STEP_DEG + 0.5).astype(np.int64)
    codes = keys[0] * 400_000 + keys[1]  # (observation, corner)
    order = np.argsort(codes[:, 0], kind="stable")
    links = []
    for corner, across in ((1, 1), (3, 0)):
        at = np.searchsorted(codes[order, 0], codes[:, corner])
        at = np.minimum(at, order.size - 1)
        hit = codes[order[at], 0] == codes[:, corner]
        first = np.flatnonzero(hit)
        links.append((first, order[at[hit]], np.full(first.size, across)))
    a, b, step = (np.concatenate(part) for part in zip(*links, strict=True))
    count = row.size
    graph = coo_matrix((np.ones(a.size), (a, b)), shape=(count, count)).tocsr()
    steps = coo_matrix((step + 2.0, (a, b)), shape=(count, count)).tocsr()
    _, group = connected_components(graph, directed=False)
    column = np.zeros(count, dtype=np.int64)
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        _walk(int(members[0]), graph, steps, column)
        _shift(members, group, number, flat, row, column)
    out: IntArray = column - column.min()
    return out


def _walk(start: int, graph: Any, steps: Any, column: IntArray) -> None:
    """Number the columns of a group from its first pixel on, along shared corners."""
    nodes, before = breadth_first_order(graph, start, directed=False)
    for node in nodes[1:]:
        parent = before[node]
        forward = steps[parent, node]
        column[node] = column[parent] + (forward - 2 if forward else -(steps[node, parent] - 2))


def _shift(
    members: IntArray, group: IntArray, number: int, flat: dict[str, FloatArray], row: IntArray, column: IntArray
) -> None:
    """Move a group so that its first pixel is as far from the nearest placed pixel as their widths say."""
    placed = np.flatnonzero(group < number)
    if not placed.size:
        return
    first = members[0]
    # A pixel of the same scanline tells the distance best: rows count ten times.
    near = placed[np.argmin(np.abs(row[placed] - row[first]) * 10 + np.abs(placed - first) / placed.size)]
    east, north = metres_per_degree(np.asarray(float(flat["latitude"][near])))
    corner_x = flat["corner_longitude"][near].astype(np.float64)
    corner_y = flat["corner_latitude"][near].astype(np.float64)
    across = np.array([_turn(corner_x[1] - corner_x[0]) * east, (corner_y[1] - corner_y[0]) * north])
    width = max(float(np.hypot(*across)), 1.0)
    apart_x = _turn(float(flat["longitude"][first] - flat["longitude"][near])) * east
    apart_y = float(flat["latitude"][first] - flat["latitude"][near]) * north
    columns = round(float(apart_x * across[0] + apart_y * across[1]) / width**2)
    column[members] += column[near] + columns - column[first]


def _turn(degrees: float) -> float:
    return (degrees + 180.0) % 360.0 - 180.0


def _spread(values: FloatArray, row: IntArray, column: IntArray, shape: tuple[int, int]) -> FloatArray:
    out = np.full((*shape, *values.shape[1:]), np.nan, dtype=np.float32)
    out[row, column] = values
    return out


def _line_texts(file: Any, row: IntArray, lines: int) -> list[str]:
    texts = [""] * lines
    if "time_utc" in file:
        for number, value in zip(row, np.ravel(file["time_utc"][()]), strict=False):
            texts[number] = hdf5.text(value)
    return texts
