"""Where the pixels of a simulated swath lie, under which angles, and the look-up table of its map grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from superemitter.model.footprint import metres_per_degree
from superemitter.model.types import FloatArray, IntArray
from superemitter.simulate.plumes import PixelGrid

EMIT_CELL_DEGREE = 0.000542232520256367  # of EMIT's 60 m products


@dataclass(frozen=True, slots=True, kw_only=True)
class SwathGeometry:
    """Position and heading of a swath, and its angles.

    Attributes
    ----------
    longitude, latitude : float
        Of the middle of the image. [degree]
    heading_deg : float
        Direction in which rows follow each other; columns follow to its left, as in EMIT's files. [degree]
    pixel_size_m : float
        [m]
    solar_zenith_deg, solar_azimuth_deg : float
        [degree]
    view_zenith_deg : float
        In the middle of the swath. [degree]
    field_of_view_deg : float
        Of the whole swath: how much the view angle changes across it. [degree]
    altitude_m : float
        Of the instrument. [m]
    """

    longitude: float
    latitude: float
    heading_deg: float
    pixel_size_m: float
    solar_zenith_deg: float
    solar_azimuth_deg: float
    view_zenith_deg: float
    field_of_view_deg: float
    altitude_m: float

    def pixel_grid(self, shape: tuple[int, int]) -> PixelGrid:
        """The lattice of pixels on the ground."""
        angle = np.radians(self.heading_deg)
        size = self.pixel_size_m
        ahead = (size * float(np.sin(angle)), size * float(np.cos(angle)))
        return PixelGrid(shape=shape, row_step_m=ahead, column_step_m=(-ahead[1], ahead[0]))

    def coordinates(self, shape: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of every pixel's centre. (row, column) float64 [degree]"""
        grid = self.pixel_grid(shape)
        rows = (np.arange(shape[0]) - (shape[0] - 1) / 2)[:, None]
        columns = (np.arange(shape[1]) - (shape[1] - 1) / 2)[None, :]
        east = rows * grid.row_step_m[0] + columns * grid.column_step_m[0]
        north = rows * grid.row_step_m[1] + columns * grid.column_step_m[1]
        latitude = self.latitude + north / metres_per_degree(np.asarray(self.latitude))[1]
        longitude = self.longitude + east / metres_per_degree(latitude)[0]
        return longitude, latitude

    def pixels_of(
        self, shape: tuple[int, int], longitude: FloatArray, latitude: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Fractional row and column of places: the inverse of :meth:`coordinates`. [pixel]"""
        east = (longitude - self.longitude) * metres_per_degree(latitude)[0]
        north = (latitude - self.latitude) * metres_per_degree(np.asarray(self.latitude))[1]
        rows, columns = self.pixel_grid(shape).to_pixels(east, np.broadcast_to(north, east.shape))
        return rows + (shape[0] - 1) / 2, columns + (shape[1] - 1) / 2

    def look_up_table(
        self, shape: tuple[int, int], cell_degree: float
    ) -> tuple[IntArray, IntArray, tuple[float, ...]]:
        """The north-up grid of the product and the pixel nearest to each cell, **1-based**, 0 = none.

        Returns
        -------
        glt_x, glt_y : (grid row, grid column) int32 arrays
            Column and row of the sensor pixel. Where cells are smaller than pixels, pixels repeat.
        geotransform : six floats
            GDAL order: west edge, step, 0, north edge, 0, -step. [degree]
        """
        longitude, latitude = self.coordinates(shape)
        west, north = longitude.min() - cell_degree, latitude.max() + cell_degree
        width = int(np.ceil((longitude.max() - west) / cell_degree)) + 1
        height = int(np.ceil((north - latitude.min()) / cell_degree)) + 1
        cell_latitude = (north - (np.arange(height) + 0.5) * cell_degree)[:, None]
        cell_longitude = (west + (np.arange(width) + 0.5) * cell_degree)[None, :]
        rows, columns = self.pixels_of(shape, cell_longitude, cell_latitude)
        row, column = np.rint(rows).astype(np.int32), np.rint(columns).astype(np.int32)
        inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
        glt_x = np.where(inside, column + 1, 0).astype(np.int32)
        glt_y = np.where(inside, row + 1, 0).astype(np.int32)
        return glt_x, glt_y, (float(west), cell_degree, 0.0, float(north), 0.0, -cell_degree)

    def observation(self, shape: tuple[int, int], time: datetime) -> FloatArray:
        """The eleven observation bands of EMIT and AVIRIS products. (row, column, 11) float32

        Path length [m], to-sensor azimuth and zenith, to-sun azimuth and zenith, phase, slope, aspect [degree],
        cosine of the local incidence, UTC [hours], Earth-Sun distance [AU]. Flat ground; line time 8 ms.
        """
        across = np.linspace(-0.5, 0.5, shape[1]) * self.field_of_view_deg + self.view_zenith_deg
        view_azimuth = (self.heading_deg - 90.0 + np.where(across < 0, 180.0, 0.0)) % 360.0
        view = np.abs(across)
        sun_zenith, sun_azimuth = self.solar_zenith_deg, self.solar_azimuth_deg
        cos_phase = np.cos(np.radians(view)) * np.cos(np.radians(sun_zenith)) + np.sin(np.radians(view)) * np.sin(
            np.radians(sun_zenith)
        ) * np.cos(np.radians(view_azimuth - sun_azimuth))
        seconds = time.hour * 3600 + time.minute * 60 + time.second + 0.008 * np.arange(shape[0])
        day = time.timetuple().tm_yday
        out = np.zeros((*shape, 11), dtype=np.float32)
        out[..., 0] = self.altitude_m / np.cos(np.radians(view))
        out[..., 1], out[..., 2] = view_azimuth, view
        out[..., 3], out[..., 4] = sun_azimuth, sun_zenith
        out[..., 5] = np.degrees(np.arccos(np.clip(cos_phase, -1, 1)))
        out[..., 8] = np.cos(np.radians(sun_zenith))
        out[..., 9] = (seconds / 3600.0)[:, None]
        out[..., 10] = 1.0 - 0.01672 * np.cos(2 * np.pi * (day - 4) / 365.25)
        return out
