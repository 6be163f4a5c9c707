"""From a plume and a wind to an emission rate whose uncertainty is named, component by component."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation
from scipy.special import ndtri

from superemitter.measure.quantification.calibration import (
    Calibration,
    FittedLaw,
    calibration_by_id,
    calibration_for,
    calibrations,
)
from superemitter.measure.quantification.mass import (
    background_sigma_kg,
    clutter_sigma_kg,
    independent_sigma_kg,
    integrated_mass_enhancement,
    line_mass,
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
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

PUBLISHED, FITTED = "published", "fitted"
WIND_TABLE_M_S = (2.0, 4.0, 6.0, 8.0)
LOW_WIND_M_S = 1.0
MASK_SCORE_FACTORS = (0.75, 1.0, 1.5)
SLICE_PIXELS = 2.0
DIVISION_SIGMA, DIVISION_SHARE = 0.08, 1.2
_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantificationSettings:
    """Choices of the quantification.

    Attributes
    ----------
    draws : int
        Of the Monte Carlo.
    mask_score : float
        Score the detection grew its masks to; the mask error varies it.
    calibration : str
        ``"published"``: the instrument's published law; ``"fitted"``: the one fitted to our own mask; or an id.
    plume_may_be_false : bool
        Multiply the probability of 100 kg/h or more by the plume's own.
    """

    draws: int = 4000
    mask_score: float = 2.0
    calibration: str = PUBLISHED
    plume_may_be_false: bool = False

    def law(self, instrument: str) -> Calibration:
        """The law of the integrated mass enhancement for an instrument.

        Raises
        ------
        InvalidValue
            It is not one for this instrument, or there is none of that name.
        """
        if self.calibration in (PUBLISHED, FITTED):
            return calibration_for(instrument, "ime", fitted=self.calibration == FITTED)
        chosen = calibration_by_id(self.calibration)
        if chosen.method != "ime":
            raise InvalidValue(
                f"calibration {chosen.calibration_id} is one of {chosen.method}, not of integrated mass",
                hint="known: " + ", ".join(c.calibration_id for c in calibrations() if c.method == "ime"),
            )
        return chosen


@dataclass(frozen=True, kw_only=True, eq=False)
class MassFields:
    """What all plumes of a scene share: column mass above the local background, pixel area, plume-free pixels."""

    column_mass: FloatArray
    area: FloatArray
    clear: BoolArray

    def of(self, plume: Plume) -> MassFields:
        """The same with the plume's share of the mass where another one touches it."""
        if plume.mass_share is None:
            return self
        return replace(
            self, column_mass=np.where(plume.mask, self.column_mass * plume.mass_share, self.column_mass)
        )


def mass_fields(enhancement: Enhancement, detection: Detection) -> MassFields:
    """Column mass above background [kg m-2], pixel area [m2] and the valid pixels away from every plume."""
    taken = binary_dilation(detection.plume_pixels, structure=_EIGHT, iterations=3)
    clear: BoolArray = enhancement.valid & ~taken
    return MassFields(
        column_mass=(enhancement.enhancement_ppm_m - detection.background_ppm_m) * KG_M2_PER_PPM_M.value,
        area=enhancement.footprint.pixel_area_m2,
        clear=clear,
    )


def quantify(
    enhancement: Enhancement,
    detection: Detection,
    plume: Plume,
    wind: Wind | None,
    *,
    rng: np.random.Generator,
    settings: QuantificationSettings | None = None,
    fields: MassFields | None = None,
) -> Quantification:
    r"""Mass and emission rate of one plume, by integrated mass enhancement and by cross-sectional flux.

    .. math:: Q_\mathrm{IME} = U_\mathrm{eff} \frac{\mathrm{IME}}{L}, \qquad
              Q_\mathrm{CSF} = U_\mathrm{eff,CSF} \, \overline{\lambda}

    Mass is summed on the sensor grid with each pixel's own area, the local background removed. The Monte Carlo
    draws wind (never below 0), mask, noise (correlated, from plume-free places), background, the unit constant and
    the calibration; each one's share is that of the draws in which it alone varies.

    Parameters
    ----------
    enhancement : Enhancement
    detection : Detection
        It holds `plume`, and the other plumes to stay clear of.
    plume : Plume
    wind : Wind or None
        None: no rate; a table of rates at 2, 4, 6 and 8 m/s instead.
    rng : numpy.random.Generator
    settings : QuantificationSettings, optional
    fields : MassFields, optional
        From :func:`mass_fields`; pass them where several plumes of a scene are quantified.

    Returns
    -------
    Quantification

    Raises
    ------
    EmptyPlume
        The mask holds no valid pixel.

    References
    ----------
    Varon et al. 2018, Atmos. Meas. Tech. 11, 5673. doi:10.5194/amt-11-5673-2018
    """
    settings = settings or QuantificationSettings()
    fields = fields or mass_fields(enhancement, detection)
    own = fields.of(plume)
    ime_kg = integrated_mass_enhancement(own.column_mass, own.area, plume.mask)
    sigma_kg = mass_sigma_kg(enhancement, fields, plume.mask, rng, plume.mass_share)
    key = enhancement.instrument.key
    ime_law, csf_law, fetch_law = settings.law(key), calibration_for(key, "csf"), calibration_for(key, "fetch")
    near = within_fetch(plume, enhancement.footprint, ime_law.max_fetch_m)
    near_kg = integrated_mass_enhancement(own.column_mass, own.area, near)
    by_ime: Measured | CannotSay = CannotSay(code="no-mass", reason="the plume holds no mass above its background")
    by_csf = by_fetch = by_ime
    if near_kg > 0:
        noise_kg, background_kg = mass_sigma_kg(enhancement, fields, near, rng, plume.mass_share)
        relative_sigma = (noise_kg / near_kg, background_kg / near_kg)
        masks = other_masks(near, plume, detection.score, settings.mask_score, taken=detection.plume_pixels)
        by_ime = _measure_ime(own, plume, masks, ime_law, relative_sigma)
        by_csf = _measure_csf(own, enhancement.footprint, plume, csf_law, relative_sigma)
        by_fetch = _measure_ime(own, plume, masks, fetch_law, relative_sigma)
        division = division_sigma(own, plume, near)
        by_ime, by_csf, by_fetch = (
            by if isinstance(by, CannotSay) else replace(by, division=division)
            for by in (by_ime, by_csf, by_fetch)
        )
    draws = Draws.make(rng, settings.draws)
    no_wind = CannotSay(code="no-wind", reason="no wind was given, and a rate is proportional to it")
    rate: EmissionRate | CannotSay = no_wind
    rate_csf: EmissionRate | CannotSay = no_wind
    rate_fetch: EmissionRate | CannotSay = no_wind
    real = plume.detection_probability if settings.plume_may_be_false else 1.0
    table: tuple[tuple[float, EmissionRate], ...] = ()
    flags: set[Flag] = set()
    if wind is None:
        flags.add(Flag.NO_WIND)
        if not isinstance(by_ime, CannotSay):
            table = tuple(
                (u, emission_rate(by_ime, exact_wind(u), ime_law, draws, plume_probability=real))
                for u in WIND_TABLE_M_S
            )
    else:
        rate, rate_csf, rate_fetch = (
            by if isinstance(by, CannotSay) else emission_rate(by, wind, law, draws, plume_probability=real)
            for by, law in ((by_ime, ime_law), (by_csf, csf_law), (by_fetch, fetch_law))
        )
        if wind.speed_m_s < LOW_WIND_M_S:
            flags.add(Flag.LOW_WIND)
    if ime_law.borrowed or _scales_differ(ime_law, enhancement.footprint.pixel_size_m):
        flags.add(Flag.CALIBRATION_BORROWED)
    return Quantification(
        ime_kg=ime_kg,
        ime_sigma_kg=float(np.sqrt(sum(s**2 for s in sigma_kg) + (KG_M2_PER_PPM_M.relative_sigma * ime_kg) ** 2)),
        rate=rate,
        rate_csf=rate_csf,
        rate_fetch=rate_fetch,
        rate_by_wind=table,
        flags=frozenset(flags),
    )


def other_masks(
    near: BoolArray, plume: Plume, score: FloatArray, mask_score: float, *, taken: BoolArray | None = None
) -> list[BoolArray]:
    """The plume's mask had it been grown to a lower or a higher score; other plumes that it touches stay out.

    `taken` are the pixels of all plumes, where the plume touches others. (row, column)
    """
    masks = []
    elsewhere = plume.mask
    if plume.mass_share is not None and taken is not None:
        score, elsewhere = np.where(plume.mask, score * plume.mass_share, score), taken
    rim = binary_dilation(near, structure=_EIGHT, iterations=2) & (near | ~elsewhere)
    for factor in MASK_SCORE_FACTORS:
        mask = (near | rim) if factor < 1 else near
        if factor != 1:
            mask = mask & (score > factor * mask_score)
        masks.append(mask if mask.any() else near)
    return masks


def mass_sigma_kg(
    enhancement: Enhancement,
    fields: MassFields,
    mask: BoolArray,
    rng: np.random.Generator,
    share: FloatArray | None = None,
) -> tuple[float, float]:
    """1-sigma errors of the mass in a mask by noise and clutter, and by the local background. [kg]

    A plume bears its share of the errors of the pixels that it shares.
    """
    area = fields.area if share is None else fields.area * share
    noise_kg = clutter_sigma_kg(fields.column_mass, area, mask, fields.clear, rng)
    if noise_kg is None:  # no room for the mask elsewhere: the independent noise, doubled for its correlation
        noise_kg = 2.0 * independent_sigma_kg(enhancement.sigma_ppm_m, area, mask)
    return noise_kg, background_sigma_kg(fields.column_mass, area, mask, fields.clear)


def division_sigma(own: MassFields, plume: Plume, near: BoolArray) -> float:
    r"""1-sigma error, in the logarithm of the mass, of how shared mass was divided.

    .. math:: \sigma = \sqrt{\sigma_0^2 + (\sigma_1 \textstyle\sum s (1 - s) m / \sum s m)^2}

    with the share s of each pixel's mass m: what a plume has all to itself is in little doubt. On simulated scenes
    (seeds 20000 to 20049) :math:`\sigma_0 = 0.08` and :math:`\sigma_1 = 1.2`; a plume that touches none has 0.
    """
    if plume.mass_share is None:
        return 0.0
    mass = np.maximum(np.nan_to_num(own.column_mass * own.area)[near], 0.0)
    in_doubt = float(((1.0 - plume.mass_share[near]) * mass).sum())
    in_doubt /= max(float(mass.sum()), np.finfo(float).tiny)
    return float(np.hypot(DIVISION_SIGMA, DIVISION_SHARE * in_doubt))


def within_fetch(plume: Plume, footprint: Footprint, max_fetch_m: float) -> BoolArray:
    """The part of the plume no farther from its source than the calibration's greatest fetch."""
    rows, columns = np.nonzero(plume.mask)
    east, north = footprint.local_metres(plume.source_row, plume.source_column, (rows, columns))
    kept = np.hypot(east, north) <= max_fetch_m
    near = np.zeros_like(plume.mask)
    near[rows[kept], columns[kept]] = True
    return near if near.any() else plume.mask


def _length_m(mask: BoolArray, area: FloatArray, plume: Plume, calibration: Calibration) -> float:
    covered = float(np.nansum(area[mask]))
    if calibration.length == "sqrt_area":
        return float(np.sqrt(covered))
    return min(max(plume.length_m, float(np.sqrt(np.nanmedian(area[mask])))), calibration.max_fetch_m)


def _measure_ime(
    fields: MassFields,
    plume: Plume,
    masks: list[BoolArray],
    calibration: Calibration,
    relative_sigma: tuple[float, float],
) -> Measured | CannotSay:
    per_length = np.array(
        [
            integrated_mass_enhancement(fields.column_mass, fields.area, mask)
            / _length_m(mask, fields.area, plume, calibration)
            for mask in masks
        ]
    )
    best = per_length[MASK_SCORE_FACTORS.index(1.0)]
    if best <= 0:
        return CannotSay(code="no-mass", reason="the plume holds no mass above its background")
    noise, background = relative_sigma
    others = per_length / best
    near = masks[MASK_SCORE_FACTORS.index(1.0)]
    return Measured(
        log_factor=0.0 if calibration.fitted is None else _log_factor(fields, near, plume, calibration.fitted),
        mass_per_length=float(best),
        noise=noise,
        background=background,
        mask=np.array([others.min(), 1.0, others.max()]),  # the plume's own mask stays in the middle
    )


def _log_factor(fields: MassFields, near: BoolArray, plume: Plume, law: FittedLaw) -> float:
    covered = float(np.nansum(fields.area[near]))
    mass_kg = integrated_mass_enhancement(fields.column_mass, fields.area, near)
    return law.log_factor(
        length_px=float(np.sqrt(covered / np.nanmedian(fields.area[near]))),
        score=plume.detection_snr,
        column_kg_m2=mass_kg / covered,
    )


def _measure_csf(
    fields: MassFields,
    footprint: Footprint,
    plume: Plume,
    calibration: Calibration,
    relative_sigma: tuple[float, float],
) -> Measured | CannotSay:
    rows, columns = np.nonzero(plume.mask & np.isfinite(fields.column_mass))
    east, north = footprint.local_metres(plume.source_row, plume.source_column, (rows, columns))
    axis = np.radians(plume.axis_deg)
    along = east * np.sin(axis) + north * np.cos(axis)
    mass_kg = (fields.column_mass * fields.area)[rows, columns]
    near = along <= calibration.max_fetch_m
    slices = line_mass(mass_kg[near], along[near], SLICE_PIXELS * footprint.pixel_size_m)
    if slices.size == 0:
        return CannotSay(code="plume-too-short", reason="the plume is too short for slices across it")
    mean = float(slices.mean())
    if mean <= 0:
        return CannotSay(code="no-mass", reason="the plume holds no mass above its background")
    noise, background = relative_sigma
    scatter = float(slices.std(ddof=1)) / mean / np.sqrt(slices.size) if slices.size > 1 else 0.5
    spread = 1.0 + scatter * ndtri(np.linspace(0.02, 0.98, 25))  # which slices are taken, as the mask's error
    return Measured(mass_per_length=mean, noise=noise, background=background, mask=spread)


def _scales_differ(calibration: Calibration, pixel_size_m: float) -> bool:
    ratio = pixel_size_m / calibration.pixel_size_m
    return not 0.5 <= ratio <= 2.0
