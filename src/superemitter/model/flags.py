"""The one registry of quality flags. Documentation and files take name and meaning from here."""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    """A caution that travels with a scene, a plume or a rate."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Flag:
        """Make a member whose value is the flag's name and which knows its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    SIMULATED = "simulated", "the scene, or a plume in it, is simulated"
    FWHM_FROM_INSTRUMENT = (
        "fwhm-from-instrument",
        "band widths come from the instrument's data file, not the scene",
    )
    WAVELENGTH_FROM_NAMES = "wavelength-from-band-names", "band centres were read from band names"
    TIME_FROM_NAME = "time-from-name", "the acquisition time was read from the file's name"
    TIME_GIVEN = "time-given", "the acquisition time was given by the user"
    NO_CLOUD_MASK = "no-cloud-mask", "no cloud and water mask was available for the scene"
    ORTHORECTIFIED = (
        "orthorectified",
        "columns of the image are not detectors; scene-wide statistics were used",
    )
    POOLED_STATISTICS = (
        "pooled-statistics",
        "some columns had too few pixels and took their neighbours' statistics",
    )
    BORDER = "border", "the plume touches the edge of the valid image: mass may be missing"
    MASKED_NEIGHBOUR = "masked-neighbour", "the plume touches masked pixels: mass may be missing"
    SATURATED = "saturated", "the plume holds pixels with saturated radiance or a flare beside it"
    WATER = "water", "most of the plume lies over water, where the signal is weak"
    AGAINST_WIND = "against-wind", "the plume's axis does not agree with the wind direction"
    STRONG = "strong-enhancement", "the enhancement exceeds the 16,000 ppm m the absorption table knows"
    JOINED = "joined-pieces", "detached pieces downwind were taken for gas of this plume, not for sources"
    SHARED_MASS = (
        "shared-mass",
        "the plume touches another: the mass of shared pixels was divided, and the interval widened for it",
    )
    SEVERAL_SOURCES = (
        "several-sources",
        "the plume may hold gas of more than one source and could not be divided",
    )
    SMALL = "few-pixels", "the plume has fewer than ten pixels"
    WIND_SIGMA_ASSUMED = (
        "wind-sigma-assumed",
        "no wind uncertainty was given: the larger of 1.5 m/s and 50 % was taken",
    )
    WIND_INTERPOLATED = "wind-interpolated", "the wind was interpolated in space and time from a file"
    NO_WIND = "no-wind", "no wind was given: no single rate"
    LOW_WIND = "low-wind", "wind below 1 m/s: the steady-plume assumption does not hold"
    CALIBRATION_BORROWED = (
        "calibration-borrowed",
        "the effective-wind calibration was made for another instrument or pixel size",
    )
    RELAXED_QUALITY = (
        "relaxed-quality",
        "pixels of quality value 0.4 to 0.5 were used where albedo, aerosol and sun pass their own limits",
    )
    ANGLES_FROM_COSINES = "angles-from-cosines", "the zenith angles in the file are cosines and were read as such"
    PRODUCT_WIND = (
        "product-wind",
        "the wind is the product's own, at 10 m; its error is assumed: 0.6 m/s and 20 %, in quadrature",
    )
    COLUMN_FROM_PRESSURE = "column-from-pressure", "the dry air column was made from the surface pressure"
    COLUMN_ASSUMED = (
        "column-assumed",
        "neither dry air columns nor surface pressure were there: 1013 hPa were taken, with 5 %",
    )
    PLUME_CUT = "plume-cut", "much of the plume would lie outside of the valid pixels: no rate"
