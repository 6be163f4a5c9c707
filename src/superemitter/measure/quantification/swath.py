"""Rates of plumes in a level-2 swath: line mass of the fitted plume, mass in the mask, Monte Carlo."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

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
    Footprint,
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
    """What all plumes of a swath share, or a window of it; (row, column) arrays.

    Attributes
    ----------
    footprint : Footprint
    column_mass, area : arrays
        Above background [kg m-2]; of a pixel [m2].
    sigma_ppm_m : array
        Noise of a pixel. [ppm m]
    clear : bool array
        Usable pixels away from every plume.
    pooled : array
        Score the masks were cut from. [1-sigma]
    """

    footprint: Footprint
    column_mass: FloatArray
    area: FloatArray
    sigma_ppm_m: FloatArray
    clear: BoolArray
    pooled: FloatArray

    def within(self, window: tuple[slice, slice]) -> SwathMass:
        """The rows and columns of a window."""
        footprint = self.footprint
        return SwathMass(
            footprint=Footprint(longitude=footprint.longitude[window], latitude=footprint.latitude[window]),
            **{f.name: getattr(self, f.name)[window] for f in fields(self) if f.name != "footprint"},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMass:
    """What is fitted across and along a plume at its source.

    Attributes
    ----------
    kg_m, sigma_kg_m : float
        Methane in a metre of its length, and the 1-sigma error of it. [kg m-1]
    seen : float
        Share of the fitted plume on usable pixels. [1]
    """

    kg_m: float
    sigma_kg_m: float
    seen: float


def swath_mass(enhancement: Enhancement, detection: Detection, *, pooled: FloatArray) -> SwathMass:
    """Put together what all plumes of a swath share; see :class:`SwathMass`."""
    taken = binary_dilation(detection.plume_pixels, structure=_EIGHT, iterations=2)
    return SwathMass(
        footprint=enhancement.footprint,
        column_mass=enhancement.column_mass_kg_m2,
        area=enhancement.footprint.pixel_area_m2,
        sigma_ppm_m=enhancement.sigma_ppm_m,
        clear=enhancement.valid & ~taken,
        pooled=pooled,
    )


def quantify_swath(
    instrument: str,
    plume: Plume,
    wind: Wind | None,
    swath: SwathMass,
    line: LineMass,
    *,
    rng: np.random.Generator,
    settings: QuantificationSettings | None = None,
) -> Quantification:
    r"""Mass and rate of one plume of a swath, by integrated mass enhancement and by cross-sectional flux.

    .. math:: Q_\mathrm{IME} = U_\mathrm{eff}\,\frac{\mathrm{IME}}{\sqrt{A}}, \qquad
              Q_\mathrm{CSF} = U_\mathrm{eff,CSF}\,\lambda

    with the mass and area of the mask within the calibration's reach, and the line mass of the plume fitted across
    and along at its source. The rate is the second: on simulated plumes it has the smaller error, and its fit
    takes an offset of the background with it. Both laws were fitted on simulated plumes at this sampling. The
    Monte Carlo is that of
    :func:`superemitter.measure.quantification.quantify`.

    Parameters
    ----------
    instrument : str
        Its key, by which calibrations are chosen.
    plume : Plume
    wind : Wind or None
        At 10 m. None: a table of rates instead of one.
    swath : SwathMass
    line : LineMass
        At the source of the plume.
    rng : numpy.random.Generator
    settings : QuantificationSettings, optional

    Returns
    -------
    Quantification
        ``"low-wind"`` below 1 m/s and ``"plume-cut"`` where more than 40 % of the fitted plume lies on pixels that
        are missing are typed answers instead of a rate.
    """
    chosen = settings or QuantificationSettings(mask_score=MASK_SCORE)
    window = _window(plume.mask)
    near, plume = swath.within(window), _plume_within(plume, window)
    ime_kg = integrated_mass_enhancement(near.column_mass, near.area, plume.mask)
    noise_kg, background_kg = _mass_sigma_kg(near, plume.mask, rng)
    flags: set[Flag] = set()
    refusal = _refusal(wind, line.seen, flags)
    ime_law = calibration_for(instrument, "ime")
    csf_law = calibration_for(instrument, "csf")
    by_ime = _by_mass(plume, near, ime_law.max_fetch_m, chosen.mask_score, rng)
    by_csf = _by_line(line.kg_m, line.sigma_kg_m)
    draws = Draws.make(rng, chosen.draws)

    def rate_of(measured: Measured | CannotSay, law: Calibration) -> EmissionRate | CannotSay:
        if refusal is not None:
            return refusal
        if isinstance(measured, CannotSay) or wind is None:
            return measured if isinstance(measured, CannotSay) else _no_wind()
        real = plume.detection_probability
        return emission_rate(measured, wind, law, draws, plume_probability=real)

    table: tuple[tuple[float, EmissionRate], ...] = ()
    if wind is None and refusal is None and not isinstance(by_csf, CannotSay):
        table = tuple((u, emission_rate(by_csf, exact_wind(u), csf_law, draws)) for u in WIND_TABLE_M_S)
    mass_sigma = math.sqrt(noise_kg**2 + background_kg**2 + (KG_M2_PER_PPM_M.relative_sigma * ime_kg) ** 2)
    rate = rate_of(by_csf, csf_law)
    return Quantification(
        ime_kg=ime_kg,
        ime_sigma_kg=mass_sigma,
        rate=rate,
        rate_csf=rate,
        rate_ime=rate_of(by_ime, ime_law),
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


def _plume_within(plume: Plume, window: tuple[slice, slice]) -> Plume:
    """A plume in the rows and columns of a window that holds it."""
    return replace(
        plume,
        mask=plume.mask[window],
        source_row=plume.source_row - window[0].start,
        source_column=plume.source_column - window[1].start,
    )


def _by_mass(
    plume: Plume, swath: SwathMass, reach_m: float, mask_score: float, rng: np.random.Generator
) -> Measured | CannotSay:
    near = within_fetch(plume, swath.footprint, reach_m)
    masks = other_masks(near, plume, swath.pooled, mask_score)
    per_length = []
    for mask in masks:
        mass = integrated_mass_enhancement(swath.column_mass, swath.area, mask)
        per_length.append(mass / math.sqrt(float(np.nansum(swath.area[mask]))))
    best = per_length[1]
    if best <= 0:
        return CannotSay(code="no-mass", reason="the plume holds no mass above its background")
    noise_kg, background_kg = _mass_sigma_kg(swath, near, rng)
    near_kg = integrated_mass_enhancement(swath.column_mass, swath.area, near)
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


def _mass_sigma_kg(swath: SwathMass, mask: BoolArray, rng: np.random.Generator) -> tuple[float, float]:
    """1-sigma errors of the mass in a mask by noise and clutter, and by the local background. [kg]"""
    window = _window(mask)
    clear, area = swath.clear[window], swath.area[window]
    noise = clutter_sigma_kg(swath.column_mass[window], area, mask[window], clear, rng)
    if noise is None:
        noise = CORRELATED * independent_sigma_kg(swath.sigma_ppm_m[window], area, mask[window])
    return noise, background_sigma_kg(swath.column_mass, swath.area, mask, swath.clear, ring_px=4)


def _window(mask: BoolArray, margin: int = 24) -> tuple[slice, slice]:
    """Surroundings of a mask: the clutter far away is another."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )
