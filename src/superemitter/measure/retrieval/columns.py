"""Methane above its surroundings in a level-2 swath: usable pixels, stripes, background, noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from superemitter.measure.retrieval.local_plane import LocalPlane, gaussian_mean
from superemitter.model import CannotSay, Enhancement, Flag, Scene, enhancement_dataset
from superemitter.model.columns import methane_kg_m2_per_ppb
from superemitter.model.constants import KG_M2_PER_PPM_M
from superemitter.model.types import BoolArray, FloatArray

METHOD = "local background v1"
COVARIATES = ("albedo_swir", "aerosol_swir", "surface_pressure", "surface_altitude")
LEAST_PIXELS = 150
CLIPPED_SHARE = 0.97  # of a standard deviation, below the mean, that is left by a clip at 3 sigma


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSettings:
    """Choices of the level-2 retrieval.

    Attributes
    ----------
    good_quality, relaxed_quality : float
        Pixels from the first on are used, and from the second on those within the next limits. [1]
    least_albedo, most_aerosol, most_solar_zenith_deg, most_cloud : float
        Limits of the relaxed pixels: shortwave-infrared albedo and aerosol optical thickness, sun, cloud fraction.
    snow_blended_albedo : float
        2.4 NIR - 1.13 SWIR albedo from which ground is snow, where the product holds both. [1]
    most_precision_ppb : float
        Pixels whose stated noise is larger are not used. [ppb]
    ice_south_of_deg : float
        There every pixel is ice or sea ice, with no source and with artefacts of the retrieval. [degree]
    background_pixels : float
        1-sigma radius of the local background. [pixel]
    noise_pixels : float
        1-sigma radius over which the noise is told; much wider than the background's, for the pixels below it
        beside a high patch are few and mild. [pixel]
    own_pixels : float
        1-sigma radius around a pixel that does not tell its noise: told by itself, a low patch would seem noisier
        than a high one, and the lows would not tell how many highs noise makes. [pixel]
    clip, noise_clip : float
        Pixels so many sigmas above or below the background are no part of it; pixels so many below no noise.
    passes : int
    """

    good_quality: float = 0.5
    relaxed_quality: float = 0.39
    least_albedo: float = 0.05
    most_aerosol: float = 0.2
    most_solar_zenith_deg: float = 70.0
    most_cloud: float = 0.1
    snow_blended_albedo: float = 0.85
    most_precision_ppb: float = 15.0
    ice_south_of_deg: float = -60.0
    background_pixels: float = 6.0
    noise_pixels: float = 12.0
    own_pixels: float = 4.0
    clip: float = 1.5
    noise_clip: float = 3.0
    passes: int = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnField:
    """A level-2 swath with its background taken out, on its own pixels.

    Attributes
    ----------
    residual_ppb : (row, column) float32 array
        Mixing ratio above background, NaN where not usable. [ppb]
    background_ppb, sigma_ppb : (row, column) float32 arrays
        Background, stripes and covariates included; local 1-sigma scatter of a pixel. [ppb]
    stripes_ppb : (column,) array
        Offsets of the ground pixels. [ppb]
    usable, relaxed : (row, column) bool arrays
        Pixels used; those of relaxed quality.
    kg_m2_per_ppb : (row, column) float64 array
    covariates : dict of (row, column) arrays
        What is known of the ground, less its own local background.
    leverage : (row, column) float32 array
        How many times the variance of the background is that of one with pixels all around; see
        :class:`~superemitter.measure.retrieval.local_plane.LocalPlane`. [1]
    flags : frozenset of Flag
    """

    residual_ppb: FloatArray
    background_ppb: FloatArray
    sigma_ppb: FloatArray
    stripes_ppb: FloatArray
    usable: BoolArray
    relaxed: BoolArray
    kg_m2_per_ppb: FloatArray
    covariates: dict[str, FloatArray]
    leverage: FloatArray
    flags: frozenset[Flag]


def usable_pixels(scene: Scene, settings: ColumnSettings | None = None) -> tuple[BoolArray, BoolArray]:
    """Pixels to be used, and those of them that are of relaxed quality. (row, column) bool

    Without a quality value the limits of the relaxed pixels hold for all.
    """
    chosen = settings or ColumnSettings()
    data = scene.dataset
    there = ~data["nodata"].values
    with np.errstate(invalid="ignore"):
        there &= ~(data["precision"].values > chosen.most_precision_ppb)
        there &= scene.footprint.latitude > chosen.ice_south_of_deg
        if "albedo_nir" in data and "albedo_swir" in data:
            blended = 2.4 * data["albedo_nir"].values - 1.13 * data["albedo_swir"].values
            there &= ~(blended > chosen.snow_blended_albedo)
        quality = data["qa"].values if "qa" in data else np.full(there.shape, chosen.relaxed_quality)
        good = there & (quality >= chosen.good_quality)
        relaxed = there & ~good & (quality >= chosen.relaxed_quality)
        limits = (
            ("albedo_swir", chosen.least_albedo, None),
            ("aerosol_swir", None, chosen.most_aerosol),
            ("solar_zenith", None, chosen.most_solar_zenith_deg),
            ("cloud_fraction", None, chosen.most_cloud),
        )
        for name, low, high in limits:
            if name in data:
                values = data[name].values
                relaxed &= ~(values < low) if low is not None else ~(values > high)
    return good | relaxed, relaxed


def local_field(
    scene: Scene,
    *,
    exclude: BoolArray | None = None,
    before: ColumnField | None = None,
    settings: ColumnSettings | None = None,
) -> ColumnField | CannotSay:
    """The swath less stripes, local background and what follows the ground.

    The background is a plane fitted around each pixel with Gaussian weights; pixels far above or below it, and
    those of `exclude`, have no part in it. What then still follows albedo, aerosol, pressure or altitude locally
    is taken out too. Stripes are the medians of the ground pixels, shrunk by their error, where the product is
    not destriped.

    Parameters
    ----------
    scene : Scene
        Level 2.
    exclude : (row, column) bool array, optional
        Pixels of plumes, kept out of the background.
    before : ColumnField, optional
        The field without `exclude`: its stripes and noise are the start, and one pass is enough.
    settings : ColumnSettings, optional

    Returns
    -------
    ColumnField or CannotSay
        ``"too-few-pixels"`` if fewer than 150 pixels can be used.
    """
    chosen = settings or ColumnSettings()
    usable, relaxed = usable_pixels(scene, chosen)
    if usable.sum() < LEAST_PIXELS:
        return CannotSay(
            code="too-few-pixels",
            reason=f"{int(usable.sum())} pixels are fit for use, {LEAST_PIXELS} are needed (clouds, snow, night, "
            "dark water or fill)",
        )
    methane = np.where(usable, scene.dataset["methane"].values, np.nan).astype(np.float32)
    base = usable if exclude is None else usable & ~exclude
    kept = base
    stripes: FloatArray = np.zeros(methane.shape[1], dtype=np.float32)
    covariates: dict[str, FloatArray] = {}
    background: FloatArray = np.zeros_like(methane)
    residual: FloatArray = methane
    sigma: FloatArray = np.full_like(methane, np.inf)
    passes = chosen.passes
    if before is not None:
        passes, stripes, sigma = 1, before.stripes_ppb, before.sigma_ppb
        with np.errstate(invalid="ignore"):
            kept = base & (np.abs(before.residual_ppb) < chosen.clip * sigma)
    for number in range(passes):
        plane = LocalPlane.through(kept, chosen.background_pixels)
        background = plane.of(methane - stripes)
        residual = methane - stripes - background
        if number == passes - 1:
            covariates = _covariates(scene, usable, plane)
            for values in covariates.values():
                residual = residual - _following(residual, values, plane)
        sigma = _local_sigma(residual, base & (residual > -chosen.noise_clip * sigma), chosen)
        if "destriped" not in str(scene.dataset.attrs.get("variant", "")):
            stripes = stripes + _stripes(residual, kept, sigma)
        kept = base & (np.abs(residual) < chosen.clip * sigma)
    residual = np.where(usable, residual, np.nan)
    flags = {Flag.RELAXED_QUALITY} if relaxed.any() else set()
    mass, origin = methane_kg_m2_per_ppb(scene.dataset)
    if origin != "subcolumns":
        flags.add(Flag.COLUMN_FROM_PRESSURE if origin == "pressure" else Flag.COLUMN_ASSUMED)
    return ColumnField(
        residual_ppb=residual,
        background_ppb=np.where(usable, methane - residual, np.nan),
        stripes_ppb=stripes,
        sigma_ppb=sigma,
        usable=usable,
        relaxed=relaxed,
        kg_m2_per_ppb=mass,
        covariates=covariates,
        leverage=plane.leverage,
        flags=frozenset(flags),
    )


def as_enhancement(scene: Scene, field: ColumnField) -> Enhancement:
    """The field as the noun of all other sensors: ppm m, by the mass of the column."""
    ppm_m = (field.kg_m2_per_ppb / KG_M2_PER_PPM_M.value).astype(np.float64)
    values = (field.residual_ppb * ppm_m).astype(np.float32)
    sigma = np.where(field.usable, field.sigma_ppb * ppm_m, np.nan).astype(np.float32)
    variant = scene.dataset.attrs.get("variant", "methane")
    processor = scene.dataset.attrs.get("processor", "unknown")
    return Enhancement(
        scene_id=scene.scene_id,
        instrument=scene.instrument,
        time=scene.time,
        footprint=scene.footprint,
        dataset=enhancement_dataset(
            enhancement=values,
            score_input=values,
            sigma=sigma,
            valid=field.usable,
            water=scene.dataset["water"].values,
            saturated=np.zeros(field.usable.shape, dtype=bool),
        ),
        method=f"{METHOD} on {variant}, processor {processor}",
        simulated=scene.simulated,
        flags=scene.flags | field.flags,
    )


def _covariates(scene: Scene, usable: BoolArray, plane: LocalPlane) -> dict[str, FloatArray]:
    """What is known of the ground less its local plane, 0 where unknown."""
    out = {}
    for name in COVARIATES:
        if name not in scene.dataset:
            continue
        values = scene.dataset[name].values.astype(np.float32)
        known = usable & np.isfinite(values)
        if known.sum() < 0.9 * usable.sum():
            continue
        filled = np.where(known, values, np.median(values[known]))
        out[name] = np.where(known, filled - plane.of(filled), 0.0)
    return out


def _following(residual: FloatArray, covariate: FloatArray, plane: LocalPlane) -> FloatArray:
    """Part of the residual that follows a covariate around each pixel of a plane; slopes are pulled to zero."""
    kept, weight = plane.kept, plane.weight
    c = np.where(kept, covariate, 0.0)
    both, own = gaussian_mean(np.where(kept, residual, 0.0) * c, plane.radius), gaussian_mean(c * c, plane.radius)
    slope = both / (own + 0.05 * np.median(own[kept] / np.maximum(weight[kept], 1e-9)) * weight + 1e-30)
    out: FloatArray = slope * covariate
    return out


def _local_sigma(residual: FloatArray, kept: BoolArray, chosen: ColumnSettings) -> FloatArray:
    """Scatter of the kept pixels below the background around each pixel, with a share of the scene's. [ppb]

    Gas only ever adds: the pixels below the background tell the noise, whatever plumes lie beside them. A wide
    Gaussian less a narrow one as high: a pixel and those beside it tell nothing of their own noise.
    """
    below = kept & (residual < 0)
    squares = np.where(below, residual**2, 0.0)
    overall = float(squares.sum(dtype=np.float64)) / max(int(below.sum()), 1)
    hole = (chosen.own_pixels / chosen.noise_pixels) ** 2

    def around(values: FloatArray | BoolArray) -> FloatArray:
        return gaussian_mean(values, chosen.noise_pixels) - hole * gaussian_mean(values, chosen.own_pixels)

    # The kernels are cut off, so that their difference may fall a little below nothing.
    weight = np.maximum(around(below), 0.0)
    variance = (np.maximum(around(squares), 0.0) + 0.15 * overall) / (weight + 0.15)
    sigma: FloatArray = np.sqrt(np.maximum(variance, 1e-6)) / CLIPPED_SHARE
    return sigma


def _stripes(residual: FloatArray, kept: BoolArray, sigma: FloatArray) -> FloatArray:
    """Offset of each ground pixel: its median, shrunk by how well it is known. (column,) [ppb]"""
    count = kept.sum(axis=0)
    scatter = float(np.median(sigma[kept])) if kept.any() else 1.0
    values = np.where(kept, residual, np.nan)
    offsets = np.zeros(residual.shape[1])
    for column in np.flatnonzero(count >= 8):
        offsets[column] = np.nanmedian(values[:, column])
    # Neighbouring pixels of a column are correlated: a third of them count.
    error = 1.25 * scatter / np.sqrt(np.maximum(count / 3.0, 1.0))
    known = count >= 8
    spread = float(np.mean(offsets[known] ** 2 - error[known] ** 2)) if known.any() else 0.0
    if spread <= 0:
        return np.zeros_like(offsets, dtype=np.float32)
    shrunk: FloatArray = offsets * spread / (spread + error**2)
    return shrunk.astype(np.float32)
