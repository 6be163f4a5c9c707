"""From a scene to its methane enhancement."""

from __future__ import annotations

import numpy as np

from superemitter.measure.retrieval.column_moments import ColumnMoments
from superemitter.measure.retrieval.matched_filter import (
    Filter,
    Filtered,
    Known,
    apply_filter,
    build_filter,
    response_to,
)
from superemitter.measure.retrieval.settings import RetrievalSettings
from superemitter.measure.retrieval.sparse import sparse_field
from superemitter.measure.retrieval.statistics import (
    LEAST_PIXELS_PER_BAND,
    PIXELS_PER_BAND,
    Background,
    background,
    column_moments,
)
from superemitter.measure.spectra import air_mass_nodes, band_transmittance, interpolate_nodes, unit_absorption
from superemitter.model import CannotSay, Enhancement, Flag, Scene, enhancement_dataset
from superemitter.model.constants import REFERENCE_AIR_MASS
from superemitter.model.errors import InvalidValue
from superemitter.model.types import BoolArray, FloatArray

RESPONSE_PPM_M = np.array([0.0, 250.0, 500, 1e3, 2e3, 4e3, 8e3, 12e3, 16e3, 24e3, 32e3, 64e3])
ALBEDO_RANGE = (0.1, 10.0)


def retrieve(
    scene: Scene,
    *,
    exclude: BoolArray | None = None,
    gas_ppm_m: FloatArray | None = None,
    settings: RetrievalSettings | None = None,
) -> Enhancement | CannotSay:
    """Methane enhancement of every pixel by the column-wise matched filter.

    Mean and covariance of the background come from each detector column's own usable pixels (a column with fewer
    than 5 per band takes its neighbours', then the scene's; an orthorectified image always the scene's). The unit
    absorption spectrum is that of each column's own sun and view angles.

    Parameters
    ----------
    scene : Scene
        Radiance in the bands of the retrieval window.
    exclude : (row, column) bool array, optional
        Pixels kept out of the statistics, but still answered.
    gas_ppm_m : (row, column) array, optional
        Gas that an earlier pass found; it is taken out of the radiance before the statistics are made. [ppm m]
    settings : RetrievalSettings, optional

    Returns
    -------
    Enhancement or CannotSay
        ``too-few-pixels``: fewer than 2 usable pixels per band in the whole scene.
        ``no-variance``: the radiance does not vary, so there is no background to compare with.

    Raises
    ------
    InvalidValue
        `exclude` or `gas_ppm_m` does not fit the scene, or the air mass lies outside the table.

    References
    ----------
    Thompson et al. 2015, doi:10.5194/amt-8-4383-2015; Foote et al. 2020, doi:10.1109/TGRS.2020.2976888
    """
    return Retrieval(scene, settings).answer(exclude=exclude, gas_ppm_m=gas_ppm_m)


class Retrieval:
    """The retrieval of one scene, to be asked again as more of its gas is known.

    What the first answer needs and gas does not change is kept: masks, moments of the background, water. A later
    answer corrects the moments by the pixels that changed and filters the columns whose filter is another.

    Parameters
    ----------
    scene : Scene
    settings : RetrievalSettings, optional
    """

    def __init__(self, scene: Scene, settings: RetrievalSettings | None = None) -> None:
        self.scene = scene
        self.settings = settings or RetrievalSettings()
        self._bad = (
            scene.mask("nodata") | scene.mask("saturated") | scene.mask("cloud") | _not_finite(scene.radiance)
        )
        self._moments: ColumnMoments | None = None
        self._known: Known | None = None
        self._wet: Enhancement | None = None

    def answer(
        self, *, exclude: BoolArray | None = None, gas_ppm_m: FloatArray | None = None
    ) -> Enhancement | CannotSay:
        """As :func:`retrieve`."""
        scene, settings, bad = self.scene, self.settings, self._bad
        for name, field in (("exclude", exclude), ("gas_ppm_m", gas_ppm_m)):
            if field is not None and field.shape != scene.shape:
                raise InvalidValue(f"{name} {field.shape} does not fit the scene {scene.shape}")
        use = ~(bad | scene.mask("water"))
        if exclude is not None:
            use &= ~exclude
        bands = scene.wavelength_nm.size
        if use.sum() < LEAST_PIXELS_PER_BAND * bands:
            return CannotSay(
                code="too-few-pixels",
                reason=f"{int(use.sum())} usable pixels are too few for the statistics of {bands} bands "
                f"(at least {LEAST_PIXELS_PER_BAND * bands})",
            )
        statistics = self._background(use, gas_ppm_m)
        air_mass = group_air_mass(scene, statistics.mean.shape[0])
        if not settings.scene_air_mass:
            air_mass = np.full_like(air_mass, REFERENCE_AIR_MASS.value)
        spectrum = unit_absorption(scene.wavelength_nm, scene.fwhm_nm, air_mass)
        matched = build_filter(statistics, spectrum)
        if not matched.usable.any():
            return CannotSay(
                code="no-variance", reason="the radiance does not vary: there is no background to compare"
            )
        self._known = Known(matched=matched, seen=_filtered(scene, matched, self._known))
        answer = _answered(scene, self._known, statistics, air_mass, bad, settings)
        if settings.sparse:
            _answer_sparse(answer, scene, use, matched, spectrum, air_mass, settings)
        if settings.water_apart:
            self._answer_water(answer, spectrum, air_mass)
        return answer

    def _background(self, use: BoolArray, gas_ppm_m: FloatArray | None) -> Background:
        """Statistics of the usable pixels, per column, or one set if columns are no detectors."""
        if self._moments is None:
            self._moments = ColumnMoments.of(self.scene.radiance, use)
        known = self._moments.with_use(self.scene, use, gas_ppm_m)
        return background(
            known.moments,
            known.centre,
            by_column=not self.scene.orthorectified,
            shrinkage=self.settings.shrinkage,
        )

    def _answer_water(self, answer: Enhancement, spectrum: FloatArray, air_mass: FloatArray) -> None:
        """Answer water again, held against water: beside land it reads as one large anomaly. In place."""
        water = self.scene.mask("water") & ~self._bad
        if self._wet is None:
            self._wet = water_answer(self.scene, water, spectrum, air_mass, self._bad, self.settings)
        if self._wet is not None:
            for name in ("enhancement", "score_input", "sigma", "valid"):
                answer.dataset[name].values[water] = self._wet.dataset[name].values[water]


def _answer_sparse(
    answer: Enhancement,
    scene: Scene,
    use: BoolArray,
    matched: Filter,
    spectrum: FloatArray,
    air_mass: FloatArray,
    settings: RetrievalSettings,
) -> None:
    """Put the sparse filter's enhancement in place of the matched filter's, where it answers. In place."""
    found = sparse_field(
        scene.radiance,
        use,
        spectrum,
        by_column=not scene.orthorectified,
        least_pixels=PIXELS_PER_BAND * scene.wavelength_nm.size,
    )
    if settings.saturation_correction:
        found = np.where(found > 0, invert_response(found, matched, scene, air_mass, by_albedo=True), found)
    there = np.isfinite(found) & answer.valid
    answer.dataset["enhancement"].values[there] = found[there]


def water_answer(
    scene: Scene,
    water: BoolArray,
    spectrum: FloatArray,
    air_mass: FloatArray,
    bad: BoolArray,
    settings: RetrievalSettings,
) -> Enhancement | None:
    """The scene held against the statistics of its water: one set, for few columns hold enough of it.

    None where the scene holds fewer than 5 pixels of water per band.
    """
    bands = scene.wavelength_nm.size
    if water.sum() < PIXELS_PER_BAND * bands:
        return None
    some = scene.radiance[water].astype(np.float64)
    mean = some.mean(axis=0)
    moments = column_moments(scene.radiance, water, mean)
    statistics = background(moments, mean, by_column=False, shrinkage=settings.shrinkage)
    matched = build_filter(statistics, spectrum.mean(axis=0, keepdims=True))
    if not matched.usable.any():
        return None
    known = Known(matched=matched, seen=_filtered(scene, matched, None))
    return _answered(scene, known, statistics, np.array([float(np.mean(air_mass))]), bad, settings)


def _not_finite(radiance: FloatArray) -> BoolArray:
    """Pixels with a value that is no number, whether or not a mask knows of them: one would spoil its column."""
    with np.errstate(invalid="ignore", over="ignore"):
        total = radiance @ np.ones(radiance.shape[2], radiance.dtype)
    return ~np.isfinite(total)


def group_air_mass(scene: Scene, groups: int) -> FloatArray:
    """Mean two-way air mass of each column, or of the scene if there is one group. (group,) [1]"""
    air_mass = np.where(scene.mask("nodata"), np.nan, scene.air_mass)
    if groups == 1:
        return np.array([np.nanmean(air_mass)])
    known = np.isfinite(air_mass)
    count = known.sum(axis=0)
    total = np.where(known, air_mass, 0.0).sum(axis=0)
    columns = np.arange(groups)
    seen = count > 0
    out: FloatArray = np.interp(columns, columns[seen], total[seen] / count[seen])
    return out


def _filtered(scene: Scene, matched: Filter, known: Known | None) -> Filtered:
    noise_a, noise_b = scene.instrument.noise_coefficients(scene.wavelength_nm)
    return apply_filter(scene.radiance, matched, noise_a, noise_b, known)


def _answered(
    scene: Scene,
    known: Known,
    statistics: Background,
    air_mass: FloatArray,
    bad: BoolArray,
    settings: RetrievalSettings,
) -> Enhancement:
    matched, seen = known.matched, known.seen
    valid = ~bad & np.isfinite(seen.alpha) & (seen.albedo > ALBEDO_RANGE[0]) & (seen.albedo < ALBEDO_RANGE[1])
    best, sigma = seen.alpha.copy(), seen.noise.copy()
    if settings.albedo_correction:
        with np.errstate(divide="ignore", invalid="ignore"):
            best /= seen.albedo
            sigma /= seen.albedo
    if settings.saturation_correction:
        best = invert_response(best, matched, scene, air_mass, by_albedo=settings.albedo_correction)
    score_input = seen.alpha.copy()
    for field in (best, score_input, sigma):
        field[~valid] = np.nan
    flags = set(scene.flags)
    if scene.orthorectified:
        flags.add(Flag.ORTHORECTIFIED)
    elif statistics.pooled.any():
        flags.add(Flag.POOLED_STATISTICS)
    return Enhancement(
        scene_id=scene.scene_id,
        instrument=scene.instrument,
        time=scene.time,
        footprint=scene.footprint,
        dataset=enhancement_dataset(
            enhancement=best,
            score_input=score_input,
            sigma=sigma,
            valid=valid,
            water=scene.mask("water"),
            saturated=scene.mask("saturated"),
        ),
        method=settings.description,
        simulated=scene.simulated,
        flags=frozenset(flags),
    )


def invert_response(
    reading: FloatArray, matched: Filter, scene: Scene, air_mass: FloatArray, *, by_albedo: bool
) -> FloatArray:
    r"""True enhancement for what the linear filter reads, by inverting its response :math:`g(\alpha)`.

    Methane lines saturate: the filter, linear with the slope at small enhancements, reads strong plumes low. Its
    reading g of any enhancement follows from the table; g is monotone and is inverted column by column. Below 0
    it goes on in a straight line with its first slope; at 64,000 ppm m it ends.

    Parameters
    ----------
    reading : (row, column) float32 array
        Filter output. [ppm m]
    matched : Filter
    scene : Scene
    air_mass : (group,) array
        [1]
    by_albedo : bool
        Whether `reading` was divided by the albedo factor.

    Returns
    -------
    (row, column) float32 array
        [ppm m]
    """
    nodes = air_mass_nodes(air_mass)
    curves = np.stack(
        [band_transmittance(RESPONSE_PPM_M, scene.wavelength_nm, scene.fwhm_nm, float(m)) for m in nodes]
    )
    response = response_to(interpolate_nodes(air_mass, nodes, curves), matched, by_albedo=by_albedo)
    response = np.maximum.accumulate(response, axis=1)
    first_slope = np.full(response.shape[0], np.nan)  # stays so where the filter is not usable
    np.divide(RESPONSE_PPM_M[1], response[:, 1], out=first_slope, where=response[:, 1] > 0)
    out = np.empty_like(reading)
    if response.shape[0] == 1:
        out[...] = np.interp(reading, response[0], RESPONSE_PPM_M)
    else:
        for column in range(reading.shape[1]):
            out[:, column] = np.interp(reading[:, column], response[column], RESPONSE_PPM_M)
    return np.where(reading < 0, reading * first_slope.astype(np.float32), out)
