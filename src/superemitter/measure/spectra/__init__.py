"""Absorption table, instrument response, unit absorption spectrum for a geometry."""

from superemitter.measure.spectra.response import (
    air_mass_nodes,
    band_response,
    band_transmittance,
    interpolate_nodes,
    unit_absorption,
)
from superemitter.measure.spectra.table import AbsorptionTable, load_absorption_table

__all__ = [
    "AbsorptionTable",
    "air_mass_nodes",
    "band_response",
    "band_transmittance",
    "interpolate_nodes",
    "load_absorption_table",
    "unit_absorption",
]
