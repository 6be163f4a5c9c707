"""Effective-wind calibrations, read from ``data/calibrations.toml``."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from superemitter.model.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedLaw:
    r"""Effective wind as a power law of what is measured of the plume, fitted to our own mask.

    .. math:: \ln \frac{U_\mathrm{eff}}{U_c} = c_0 + c_u \ln U_c + c_l \ln \frac{L}{p} + c_s \ln z
              + c_m \ln \frac{\mathrm{IME}}{A \, \mathrm{kg\,m^{-2}}}

    with the carrying wind U_c, length L, pixel size p, peak score z and mean column mass IME / A. Its scatter in
    the logarithm is :math:`\sqrt{s_0^2 + (s_1 / U_c)^2}`: slow air meanders more.

    Attributes
    ----------
    constant, wind, length, score, column : float
        c_0, c_u, c_l, c_s, c_m.
    sigma, sigma_wind_m_s : float
        s_0 [1], s_1 [m s-1].
    first_seed, scenes : int
        The simulated scenes of the fit.
    """

    constant: float
    wind: float
    length: float
    score: float
    column: float
    sigma: float
    sigma_wind_m_s: float
    first_seed: int
    scenes: int

    def log_factor(self, *, length_px: float, score: float, column_kg_m2: float) -> float:
        """All of the law but the wind: the logarithm of U_eff / U_c ** (1 + c_u)."""
        return (
            self.constant
            + self.length * math.log(length_px)
            + self.score * math.log(max(score, 1.0))
            + self.column * math.log(column_kg_m2)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindStep:
    """From the 10 m wind to the wind that carries a plume: a factor, its log-normal 1-sigma, its passport."""

    step_id: str
    factor: float
    log_sigma: float
    source: str


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
    fitted : FittedLaw, optional
        It takes the place of the linear law, and of the 10 m wind the wind that carries the plume.
    """

    calibration_id: str
    method: Literal["ime", "csf", "fetch"]
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
    fitted: FittedLaw | None = None

    def __post_init__(self) -> None:
        if self.method not in ("ime", "csf", "fetch") or self.length not in ("sqrt_area", "fetch", "none"):
            raise InvalidValue(f"calibration {self.calibration_id} has method {self.method}, length {self.length}")
        numbers = (self.a, self.b, self.residual_sigma_m_s, self.mask_sigma)
        if not all(math.isfinite(x) and x >= 0 for x in numbers) or self.a == 0:
            raise InvalidValue(f"calibration {self.calibration_id} has figures out of range: {numbers}")

    @property
    def fit_seeds(self) -> range:
        """Seeds of the simulated scenes it was fitted on; empty for a published law."""
        law = self.fitted
        return range(0) if law is None else range(law.first_seed, law.first_seed + law.scenes)


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    text = (files("superemitter") / "data" / "calibrations.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def wind_step() -> WindStep:
    """The step from the 10 m wind to the wind that carries a plume."""
    entry = _tables()["wind_step"][0]
    return WindStep(
        step_id=entry["id"], factor=entry["factor"], log_sigma=entry["log_sigma"], source=entry["source"]
    )


@cache
def calibrations() -> tuple[Calibration, ...]:
    """Every packaged calibration."""
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
            fitted=FittedLaw(**entry["fitted"]) if "fitted" in entry else None,
        )
        for entry in _tables()["calibration"]
    )


def calibration_for(instrument: str, method: str, *, fitted: bool = False) -> Calibration:
    """The calibration of a method for an instrument: the published one, or that fitted to our own mask.

    Where none was fitted, the published one serves.

    Raises
    ------
    InvalidValue
        There is none.
    """
    known = [c for c in calibrations() if c.method == method and instrument in c.instruments]
    for calibration in known:
        if (calibration.fitted is not None) == fitted:
            return calibration
    if known:
        return known[0]
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
