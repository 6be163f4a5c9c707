"""Constants with value, unit, 1-sigma uncertainty and source. Numbers used in formulas live here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A number with its passport.

    Attributes
    ----------
    value : float
    unit : str
    relative_sigma : float
        1-sigma relative uncertainty; 0 for definitions.
    source : str
    """

    value: float
    unit: str
    source: str
    relative_sigma: float = 0.0


REFERENCE_AIR_MASS = Constant(
    value=2.0,
    unit="1",
    source="two-way air mass of the packaged absorption table; inseparable from KG_M2_PER_PPM_M",
)

KG_M2_PER_PPM_M = Constant(
    value=7.16e-7,
    unit="kg m-2 (ppm m)-1",
    relative_sigma=0.05,
    source=(
        "CH4 at 273.15 K and 1013.25 hPa: 16.04e-3 kg/mol / 22.4e-3 m3/mol * 1e-6. The absorption table fixes "
        "only the product of this number with air mass 2.0 (2nu3 R(3) manifold: 5.4e15 molecules cm-2 per ppm m)"
    ),
)

SECONDS_PER_HOUR = Constant(value=3600.0, unit="s h-1", source="definition")

LEGAL_THRESHOLD_KG_H = Constant(
    value=100.0, unit="kg h-1", source="40 CFR 60.5371: super-emitter event, 100 kg/h or greater"
)

FLARE_RADIANCE_2389_NM = Constant(
    value=1.5,
    unit="uW cm-2 sr-1 nm-1",
    source="EMIT GHG ATBD (2389 nm hot-target screen), as coded in emit-sds/emit-ghg",
)

METHANE_MOLAR_MASS = Constant(value=0.01604, unit="kg mol-1", source="IUPAC standard atomic weights")

DRY_AIR_MOLAR_MASS = Constant(value=0.0289647, unit="kg mol-1", source="US Standard Atmosphere 1976")

GRAVITY = Constant(value=9.80665, unit="m s-2", relative_sigma=0.002, source="standard acceleration of free fall")

STANDARD_PRESSURE = Constant(
    value=101_300.0,
    unit="Pa",
    relative_sigma=0.05,
    source="sea level; the error is that of not knowing the height",
)
