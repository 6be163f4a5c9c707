"""Rates of plumes in a level-2 swath: mass in the mask, line mass of the fitted plume, Monte Carlo."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation
from scipy.special import ndtri

from superemitter.measure.quantification.calibration import Calibration, calibration_for
from superemitter.measure.quantification.mass import (
    background_sigma_kg,
    clutter_sigma_kg,
    independent_sigma_kg,
    integrated_mass_enhancement,
)
from superemitter.measure.quantification.quantify import (
    WIND_TABLE_M_S,
    QuantificationSettings,
    other_masks,
    within_fetch,
)
from superemitter.measure.quantification.sampling import Draws, Measured, emission_rate, exact_wind
from superemitter.model import (
    CannotSay,
    Detection,
    EmissionRate,
    Enhancement,
    Flag,
    Plume,
    Quantification,
    Wind,
)
from superemitter.model.constants import KG_M2_PER_PPM_M
from superemitter.model.types import BoolArray, FloatArray

LOW_WIND_M_S = 1.0
LEAST_SEEN = 0.6
MASK_SCORE = 1.8
CORRELATED = 2.0
_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class SwathMass:
    """What all plumes of a swath share; (row, column) arrays.

    Attributes
    ----------
    column_mass, area : arrays
        Above background [kg m-2]; of a pixel [m2].
    clear : bool array
        Usable pixels away from every plume.
    pooled : array
        Score the masks were cut from. [1-sigma]
    line_kg_m, line_sigma_kg_m : arrays
        Line mass of a plume that starts at a pixel, and its error. [kg m-1]
    seen : array
        Share of that plume on usable pixels. [1]
    """

    column_mass: FloatArray
    area: FloatArray
    clear: BoolArray
    pooled: FloatArray
    line_kg_m: FloatArray
    line_sigma_kg_m: FloatArray
    seen: FloatArray


def swath_mass(
    enhancement: Enhancement,
    detection: Detection,
    *,
    pooled: FloatArray,
    line_kg_m: FloatArray,
    line_sigma_kg_m: FloatArray,
    seen: FloatArray,
) -> SwathMass:
    """Put together what all plumes of a swath share; see :class:`SwathMass`."""
    taken = binary_dilation(detection.plume_pixels, structure=_EIGHT, iterations=2)
    return SwathMass(
        column_mass=enhancement.column_mass_kg_m2,
        area=enhancement.footprint.pixel_area_m2,
        clear=enhancement.valid & ~taken,
        pooled=pooled,
        line_kg_m=line_kg_m,
        line_sigma_kg_m=line_sigma_kg_m,
        seen=seen,
    )


def quantify_swath(
    enhancement: Enhancement,
    detection: Detection,
    plume: Plume,
    wind: Wind | None,
    fields: SwathMass,
    *,
    rng: np.random.Generator,
    settings: QuantificationSettings | None = None,
) -> Quantification:
    r"""Mass and rate of one plume of a swath, by integrated mass enhancement and by cross-sectional flux.

    .. math:: Q_\mathrm{IME} = U_\mathrm{eff}\,\frac{\mathrm{IME}}{\sqrt{A}}, \qquad
              Q_\mathrm{CSF} = U_\mathrm{eff,CSF}\,\lambda

    with the mass and area of the mask within the calibration's reach, and the line mass of the plume fitted across
    and along at its source. Both laws were fitted on simulated plumes at this sampling. The Monte Carlo is that of
    :func:`superemitter.measure.quantification.quantify`.

    Parameters
    ----------
    enhancement : Enhancement
    detection : Detection
    plume : Plume
    wind : Wind or None
        At 10 m. None: a table of rates instead of one.
    fields : SwathMass
    rng : numpy.random.Generator
    settings : QuantificationSettings, optional

    Returns
    -------
    Quantification
        ``"low-wind"`` below 1 m/s and ``"plume-cut"`` where more than 40 % of the fitted plume lies on pixels that
        are missing are typed answers instead of a rate.
    """
    chosen = settings or QuantificationSettings(mask_score=MASK_SCORE)
    ime_kg = integrated_mass_enhancement(fields.column_mass, fields.area, plume.mask)
    noise_kg, background_kg = _mass_sigma_kg(enhancement, fields, plume.mask, rng)
    peak = _peak(detection, plume)
    flags: set[Flag] = set()
    refusal = _refusal(wind, float(fields.seen[peak]), flags)
    ime_law = calibration_for(enhancement.instrument.key, "ime")
    csf_law = calibration_for(enhancement.instrument.key, "csf")
    by_ime = _by_mass(enhancement, detection, plume, fields, ime_law.max_fetch_m, chosen.mask_score, rng)
    by_csf = _by_line(float(fields.line_kg_m[peak]), float(fields.line_sigma_kg_m[peak]))
    draws = Draws.make(rng, chosen.draws)

    def rate_of(measured: Measured | CannotSay, law: Calibration) -> EmissionRate | CannotSay:
        if refusal is not None:
            return refusal
        if isinstance(measured, CannotSay) or wind is None:
            return measured if isinstance(measured, CannotSay) else _no_wind()
        real = plume.detection_probability
        return emission_rate(measured, wind, law, draws, plume_probability=real)

    table: tuple[tuple[float, EmissionRate], ...] = ()
    if wind is None and refusal is None and not isinstance(by_ime, CannotSay):
        table = tuple((u, emission_rate(by_ime, exact_wind(u), ime_law, draws)) for u in WIND_TABLE_M_S)
    mass_sigma = math.sqrt(noise_kg**2 + background_kg**2 + (KG_M2_PER_PPM_M.relative_sigma * ime_kg) ** 2)
    return Quantification(
        ime_kg=ime_kg,
        ime_sigma_kg=mass_sigma,
        rate=rate_of(by_ime, ime_law),
        rate_csf=rate_of(by_csf, csf_law),
        rate_by_wind=table,
        flags=frozenset(flags),
    )


def _no_wind() -> CannotSay:
    return CannotSay(code="no-wind", reason="no wind was given, and a rate is proportional to it")


def _refusal(wind: Wind | None, seen: float, flags: set[Flag]) -> CannotSay | None:
    """Why there is no rate at all, flagged; None if nothing forbids one."""
    if wind is None:
        flags.add(Flag.NO_WIND)
    if seen < LEAST_SEEN:
        flags.add(Flag.PLUME_CUT)
        return CannotSay(
            code="plume-cut",
            reason=f"only {100 * seen:.0f} % of the plume would lie on valid pixels, {100 * LEAST_SEEN:.0f} % "
            "are needed",
        )
    if wind is not None and wind.speed_m_s < LOW_WIND_M_S:
        flags.add(Flag.LOW_WIND)
        return CannotSay(
            code="low-wind",
            reason=f"the wind is {wind.speed_m_s:.1f} m/s; below {LOW_WIND_M_S:g} m/s gas gathers and a rate does "
            "not follow from it",
        )
    return None


def _peak(detection: Detection, plume: Plume) -> tuple[int, int]:
    """Pixel of the plume with the highest score: the source that was fitted."""
    flat = int(np.nanargmax(np.where(plume.mask, detection.score, np.nan)))
    row, column = divmod(flat, plume.mask.shape[1])
    return row, column


def _by_mass(
    enhancement: Enhancement,
    detection: Detection,
    plume: Plume,
    fields: SwathMass,
    reach_m: float,
    mask_score: float,
    rng: np.random.Generator,
) -> Measured | CannotSay:
    near = within_fetch(plume, enhancement.footprint, reach_m)
    masks = other_masks(near, plume, replace(detection, score=fields.pooled), mask_score)
    per_length = []
    for mask in masks:
        mass = integrated_mass_enhancement(fields.column_mass, fields.area, mask)
        per_length.append(mass / math.sqrt(float(np.nansum(fields.area[mask]))))
    best = per_length[1]
    if best <= 0:
        return CannotSay(code="no-mass", reason="the plume holds no mass above its background")
    noise_kg, background_kg = _mass_sigma_kg(enhancement, fields, near, rng)
    near_kg = integrated_mass_enhancement(fields.column_mass, fields.area, near)
    others = np.array(per_length) / best
    return Measured(
        mass_per_length=float(best),
        noise=noise_kg / near_kg,
        background=background_kg / near_kg,
        mask=np.array([others.min(), 1.0, others.max()]),
    )


def _by_line(line_kg_m: float, sigma_kg_m: float) -> Measured | CannotSay:
    if not line_kg_m > 0:
        return CannotSay(code="no-mass", reason="the plume holds no mass above its background")
    spread = 1.0 + 0.05 * ndtri(np.linspace(0.02, 0.98, 25))  # what another pixel as source would change
    return Measured(mass_per_length=line_kg_m, noise=sigma_kg_m / line_kg_m, background=0.0, mask=spread)


def _mass_sigma_kg(
    enhancement: Enhancement, fields: SwathMass, mask: BoolArray, rng: np.random.Generator
) -> tuple[float, float]:
    """1-sigma errors of the mass in a mask by noise and clutter, and by the local background. [kg]"""
    window = _window(mask)
    clear, area = fields.clear[window], fields.area[window]
    noise = clutter_sigma_kg(fields.column_mass[window], area, mask[window], clear, rng)
    if noise is None:
        noise = CORRELATED * independent_sigma_kg(enhancement.sigma_ppm_m[window], area, mask[window])
    return noise, background_sigma_kg(fields.column_mass, fields.area, mask, fields.clear, ring_px=4)


def _window(mask: BoolArray, margin: int = 24) -> tuple[slice, slice]:
    """Surroundings of a mask: the clutter far away is another."""
    rows, columns = np.nonzero(mask)
    return (
        slice(max(int(rows.min()) - margin, 0), int(rows.max()) + margin + 1),
        slice(max(int(columns.min()) - margin, 0), int(columns.max()) + margin + 1),
    )
