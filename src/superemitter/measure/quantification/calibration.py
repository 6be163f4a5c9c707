"""Effective-wind calibrations, read from ``data/calibrations.toml``."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from superemitter.model.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The linear law ``U_eff = a U10 + b`` with its passport.

    Attributes
    ----------
    calibration_id : str
    method : str
        ``"ime"`` or ``"csf"``.
    instruments : tuple of str
        Keys of the instruments it serves.
    length : str
        Plume length the law was fitted with: ``"sqrt_area"``, ``"fetch"``, or ``"none"`` for cross sections.
    a, b : float
        [1], [m s-1]
    residual_sigma_m_s : float
        Published 1-sigma scatter. [m s-1]
    mask_sigma : float
        Relative 1-sigma for use with another mask than the one of the fit. [1]
    pixel_size_m : float
        Pixel size it was fitted at. [m]
    max_fetch_m : float
        The plume is used no farther from its source: the law was fitted on plumes of such a size. [m]
    borrowed : bool
        It was made for another instrument.
    source : str
    """

    calibration_id: str
    method: Literal["ime", "csf"]
    instruments: tuple[str, ...]
    length: Literal["sqrt_area", "fetch", "none"]
    a: float
    b: float
    residual_sigma_m_s: float
    mask_sigma: float
    pixel_size_m: float
    max_fetch_m: float
    borrowed: bool
    source: str

    def __post_init__(self) -> None:
        if self.method not in ("ime", "csf") or self.length not in ("sqrt_area", "fetch", "none"):
            raise InvalidValue(f"calibration {self.calibration_id} has method {self.method}, length {self.length}")
        numbers = (self.a, self.b, self.residual_sigma_m_s, self.mask_sigma)
        if not all(math.isfinite(x) and x >= 0 for x in numbers) or self.a == 0:
            raise InvalidValue(f"calibration {self.calibration_id} has figures out of range: {numbers}")


@cache
def calibrations() -> tuple[Calibration, ...]:
    """Every packaged calibration."""
    text = (files("superemitter") / "data" / "calibrations.toml").read_text(encoding="utf-8")
    return tuple(
        Calibration(
            calibration_id=entry["id"],
            method=entry["method"],
            instruments=tuple(entry["instruments"]),
            length=entry["length"],
            a=entry["a"],
            b=entry["b"],
            residual_sigma_m_s=entry["residual_sigma_m_s"],
            mask_sigma=entry["mask_sigma"],
            pixel_size_m=entry["pixel_size_m"],
            max_fetch_m=entry["max_fetch_m"],
            borrowed=entry.get("borrowed", False),
            source=entry["source"],
        )
        for entry in tomllib.loads(text)["calibration"]
    )


def calibration_for(instrument: str, method: str) -> Calibration:
    """The calibration of a method for an instrument.

    Raises
    ------
    InvalidValue
        There is none.
    """
    for calibration in calibrations():
        if calibration.method == method and instrument in calibration.instruments:
            return calibration
    raise InvalidValue(f"no {method} calibration for instrument {instrument!r}")


def calibration_by_id(calibration_id: str) -> Calibration:
    """A calibration by its id.

    Raises
    ------
    InvalidValue
        There is none of that name.
    """
    for calibration in calibrations():
        if calibration.calibration_id == calibration_id:
            return calibration
    known = ", ".join(c.calibration_id for c in calibrations())
    raise InvalidValue(f"no calibration {calibration_id!r}", hint=f"known: {known}")
