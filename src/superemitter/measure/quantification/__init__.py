"""Emission rates: integrated mass enhancement, cross-sectional flux, calibration, Monte Carlo."""

from superemitter.measure.quantification.calibration import (
    Calibration,
    calibration_by_id,
    calibration_for,
    calibrations,
)
from superemitter.measure.quantification.mass import EmptyPlume, integrated_mass_enhancement, line_mass
from superemitter.measure.quantification.quantify import MassFields, QuantificationSettings, mass_fields, quantify

__all__ = [
    "Calibration",
    "EmptyPlume",
    "MassFields",
    "QuantificationSettings",
    "calibration_by_id",
    "calibration_for",
    "calibrations",
    "integrated_mass_enhancement",
    "line_mass",
    "mass_fields",
    "quantify",
]
