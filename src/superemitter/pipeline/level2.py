"""One level-2 swath, from its scene to results: the order of the stages for methane columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import xarray as xr
from scipy.ndimage import binary_dilation, maximum_filter

from superemitter.measure.attribution import attribute
from superemitter.measure.detection.swath import (
    SwathScores,
    SwathSettings,
    swath_scores,
    wind_field,
)
from superemitter.measure.detection.swath_candidates import (
    SwathInput,
    line_fits,
    nearest_pixel,
    part_of,
    pooled_score,
)
from superemitter.measure.detection.swath_plumes import outstanding_pixels, swath_plumes
from superemitter.measure.detection.swath_scatter import SampledScores
from superemitter.measure.detection.template_fit import TemplateField
from superemitter.measure.quantification.swath import LineMass, quantify_swath, swath_mass
from superemitter.measure.retrieval.columns import ColumnField, as_enhancement, local_field
from superemitter.model import (
    CannotSay,
    Detection,
    Enhancement,
    Facility,
    Flag,
    Footprint,
    Plume,
    PlumeResult,
    Scene,
    Wind,
)
from superemitter.model.errors import SceneCannotSay
from superemitter.model.types import BoolArray, FloatArray, IntArray
from superemitter.observe.winds import WindField

PASSES = 3
FEW_NEW = 0.25  # of the pixels kept out of the background: with so few that are new it stays as it is
AGAIN_PX = 41  # side of the square around known plumes whose scores the new background changes
SOURCE_SIGMAS = 1.5
PRODUCT_SIGMA_M_S = 0.6
PRODUCT_SIGMA_SHARE = 0.2
_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, kw_only=True, eq=False)
class SwathResult:
    """What was made of a swath: field, plumes, and the arrays published on its native pixels."""

    enhancement: Enhancement
    detection: Detection
    plumes: tuple[PlumeResult, ...]
    native: xr.Dataset


def scan_swath(
    scene: Scene,
    winds: WindField | None,
    facilities: tuple[Facility, ...] | None,
    *,
    false_plumes: float,
    seed: int,
    tell: Callable[[str], None],
) -> SwathResult:
    """Background, detection in passes, rates and candidates of a level-2 scene.

    Parameters
    ----------
    scene : Scene
        Level 2.
    winds : WindField, optional
        In place of the product's own.
    facilities : tuple of Facility, optional
    false_plumes : float
        To be expected among 10,000 usable pixels.
    seed : int
    tell : callable
        Told each stage.

    Raises
    ------
    SceneCannotSay
        Too few pixels can be used.
    WindError
        The wind file does not cover the scene.
    """
    tell("retrieve")
    wind_to = wind_directions(scene, winds)
    settings = SwathSettings(false_plumes=false_plumes)
    field = _answered(scene, local_field(scene))
    tell("detect")
    field, given, quiet = _without_gas(scene, field, wind_to, settings)
    detection = swath_plumes(given, settings)
    tell("quantify")
    measured = _measured(scene, field, given, detection, winds, facilities, seed, settings, quiet)
    return SwathResult(
        enhancement=given.enhancement,
        detection=detection,
        plumes=measured,
        native=native_fields(scene, field, given.scores, detection),
    )


def wind_directions(scene: Scene, winds: WindField | None) -> tuple[FloatArray, FloatArray] | None:
    """Direction the wind blows to [degree] and speed [m s-1] of every pixel: the product's, or one that was given.

    A given wind is taken at the middle of the scene: it only orients the search.
    """
    data = scene.dataset
    if winds is not None:
        footprint = scene.footprint
        known = np.argwhere(np.isfinite(footprint.longitude) & ~data["nodata"].values)
        if not known.size:
            return None
        row, column = known[len(known) // 2]
        wind = winds.at(
            float(footprint.longitude[row, column]), float(footprint.latitude[row, column]), scene.time
        )
        return wind_field(wind, footprint.shape)
    if "eastward_wind" not in data or "northward_wind" not in data:
        return None
    east, north = (data[name].values.astype(np.float64) for name in ("eastward_wind", "northward_wind"))
    return np.degrees(np.arctan2(east, north)) % 360.0, np.hypot(east, north)


def product_wind(scene: Scene, row: float, column: float, time: datetime) -> Wind | None:
    """The product's own wind around a pixel, with an assumed error; None where it holds none.

    The error, 0.6 m/s in each component and 20 % of the speed, is that of the mean over tens of km and some hours
    of a weather model's 10 m wind; it is an assumption, and flagged.
    """
    data = scene.dataset
    if "eastward_wind" not in data or "northward_wind" not in data:
        return None
    i, j = round(row), round(column)
    around = (slice(max(i - 2, 0), i + 3), slice(max(j - 2, 0), j + 3))
    east, north = (data[name].values[around].astype(np.float64) for name in ("eastward_wind", "northward_wind"))
    known = np.isfinite(east) & np.isfinite(north)
    if not known.any():
        return None
    u, v = float(east[known].mean()), float(north[known].mean())
    speed = math.hypot(u, v)
    return Wind(
        speed_m_s=speed,
        speed_sigma_m_s=math.hypot(PRODUCT_SIGMA_M_S, PRODUCT_SIGMA_SHARE * speed),
        vector_sigma_m_s=PRODUCT_SIGMA_M_S,
        from_deg=math.degrees(math.atan2(-u, -v)) % 360.0,
        source="the product's own, 10 m",
        time=time,
        flags=frozenset({Flag.PRODUCT_WIND}),
    )


def _without_gas(
    scene: Scene, field: ColumnField, wind_to: tuple[FloatArray, FloatArray] | None, settings: SwathSettings
) -> tuple[ColumnField, SwathInput, BoolArray]:
    """The field, what plumes are cut from, and where no gas is known: gas is kept out of background and scatter.

    Again as long as more than a quarter of what is kept out is new, three times at most.
    """
    given = _given(scene, field, _scored(scene, field, wind_to, settings), wind_to)
    near = np.zeros(field.usable.shape, dtype=bool)
    for _ in range(PASSES):
        standing = binary_dilation(outstanding_pixels(given, settings), structure=_EIGHT)
        if (standing & ~near).sum() <= FEW_NEW * standing.sum():
            break
        again = maximum_filter(standing | near, size=AGAIN_PX)
        near = standing
        better = local_field(scene, exclude=near, before=field)
        if isinstance(better, CannotSay):
            break
        field = better
        scores = _scored(scene, field, wind_to, settings, before=given.scores, again=again, quiet=~near)
        given = _given(scene, field, scores, wind_to)
    return field, given, ~near


def _scored(
    scene: Scene,
    field: ColumnField,
    wind_to: tuple[FloatArray, FloatArray] | None,
    settings: SwathSettings,
    *,
    before: SwathScores | None = None,
    again: BoolArray | None = None,
    quiet: BoolArray | None = None,
) -> SwathScores:
    return swath_scores(
        scene.footprint,
        field.residual_ppb,
        field.sigma_ppb,
        field.usable,
        wind_to,
        settings,
        leverage=field.leverage,
        before=before,
        again=again,
        quiet=quiet,
    )


def _given(
    scene: Scene, field: ColumnField, scores: SwathScores, wind_to: tuple[FloatArray, FloatArray] | None
) -> SwathInput:
    return SwathInput(
        enhancement=as_enhancement(scene, field),
        residual=field.residual_ppb,
        sigma=field.sigma_ppb,
        covariates=field.covariates,
        scores=scores,
        wind_to=wind_to,
    )


def _measured(
    scene: Scene,
    field: ColumnField,
    given: SwathInput,
    detection: Detection,
    winds: WindField | None,
    facilities: tuple[Facility, ...] | None,
    seed: int,
    settings: SwathSettings,
    quiet: BoolArray,
) -> tuple[PlumeResult, ...]:
    """Rate and candidate sources of every plume, each with its own seeded randomness."""
    if not detection.plumes:
        return ()
    fields = swath_mass(
        given.enhancement,
        detection,
        pooled=pooled_score(field.residual_ppb, field.sigma_ppb, field.usable),
    )
    calm = TemplateField.of(
        scene.footprint, field.residual_ppb, field.sigma_ppb, field.usable & quiet, settings.shape
    )
    scatter = SampledScores.of(calm, field.usable, given.wind_to, quiet).scatter()
    results = []
    for number, plume in enumerate(detection.plumes):
        wind = _wind_of(scene, plume, winds)
        rng = np.random.default_rng([seed, number])
        line = _line_mass(given, plume, detection.plume_pixels, field.kg_m2_per_ppb, scatter, settings)
        results.append(
            PlumeResult(
                plume=plume,
                wind=wind or CannotSay(code="no-wind", reason="the product holds no wind and none was given"),
                quantification=quantify_swath(scene.instrument.key, plume, wind, fields, line, rng=rng),
                attribution=None if facilities is None else attribute(plume, wind, facilities),
            )
        )
    return tuple(results)


def _line_mass(
    given: SwathInput,
    plume: Plume,
    taken: BoolArray,
    kg_m2_per_ppb: FloatArray,
    scatter: float,
    settings: SwathSettings,
) -> LineMass:
    """Line mass of the best plume that starts within the error of the source, without the pixels of others.

    `scatter` is that of line masses that are fitted as if pixels were independent, over their error then.
    """
    rows, columns = _around_source(given.enhancement.footprint, plume)
    usable = given.enhancement.valid & ~(taken & ~plume.mask)
    fit = line_fits(given, (rows, columns), plume.axis_deg, usable, settings)
    best = int(np.argmax(fit.score[0]))
    kg = float(np.nanmean(kg_m2_per_ppb[plume.mask]))
    return LineMass(
        kg_m=float(fit.line[0, best]) * kg,
        sigma_kg_m=float(fit.sigma[0, best]) * scatter * kg,
        seen=float(fit.seen[0, best]),
    )


def _around_source(footprint: Footprint, plume: Plume) -> tuple[IntArray, IntArray]:
    """Rows and columns of the pixels within 1.5 standard errors of a source, that of the source first."""
    shape = plume.mask.shape
    row, column = nearest_pixel(plume.source_row, plume.source_column, shape)
    reach_m = SOURCE_SIGMAS * plume.source_sigma_m
    part = part_of(row, column, shape, math.ceil(reach_m / footprint.pixel_size_m) + 1)
    rows, columns = (values.ravel() for values in np.mgrid[part])
    east, north = footprint.local_metres(plume.source_row, plume.source_column, (rows, columns))
    near = np.flatnonzero((np.hypot(east, north) <= reach_m) & ~((rows == row) & (columns == column)))
    return np.append(row, rows[near]), np.append(column, columns[near])


def _wind_of(scene: Scene, plume: Plume, winds: WindField | None) -> Wind | None:
    time = scanline_time(scene, plume.source_row)
    if winds is not None:
        return winds.at(plume.source_longitude, plume.source_latitude, time)
    return product_wind(scene, plume.source_row, plume.source_column, time)


def scanline_time(scene: Scene, row: float) -> datetime:
    """When a scanline was taken: an orbit takes its sunlit half in 50 minutes."""
    seconds = scene.dataset["seconds"].values if "seconds" in scene.dataset else np.zeros(1)
    return scene.time + timedelta(seconds=float(seconds[min(round(row), seconds.size - 1)]))


def native_fields(scene: Scene, field: ColumnField, scores: SwathScores, detection: Detection) -> xr.Dataset:
    """Everything that is published of a swath on its own pixels, with their corners; CF names and units."""
    plane = ("row", "column")
    number = np.zeros(field.usable.shape, dtype=np.int16)
    for k, plume in enumerate(detection.plumes, start=1):
        number[plume.mask] = k
    ppb = {"units": "1e-9"}
    variables: dict[str, tuple[tuple[str, ...], Any, dict[str, str]]] = {
        "methane": (plane, scene.dataset["methane"].values, {**ppb, "long_name": "methane, as in the product"}),
        "enhancement": (plane, field.residual_ppb.astype(np.float32), {**ppb, "long_name": "above background"}),
        "background": (plane, field.background_ppb.astype(np.float32), {**ppb, "long_name": "local background"}),
        "sigma": (plane, field.sigma_ppb.astype(np.float32), {**ppb, "long_name": "1-sigma scatter of a pixel"}),
        "score": (
            plane,
            scores.score.astype(np.float32),
            {"units": "1", "long_name": "score of a plume from here"},
        ),
        "kg_m2_per_ppb": (plane, field.kg_m2_per_ppb.astype(np.float32), {"units": "kg m-2 (1e-9)-1"}),
        "plume": (plane, number, {"units": "1", "long_name": "number of the plume, 0 for none"}),
        "usable": (plane, field.usable, {"units": "1"}),
        "relaxed": (plane, field.relaxed, {"units": "1", "long_name": "used, but of relaxed quality"}),
        "longitude": (plane, scene.footprint.longitude, {"units": "degrees_east"}),
        "latitude": (plane, scene.footprint.latitude, {"units": "degrees_north"}),
    }
    for name in ("corner_longitude", "corner_latitude"):
        if name in scene.dataset:
            variables[name] = ((*plane, "corner"), scene.dataset[name].values, {"units": "degree"})
    return xr.Dataset(variables)


def _answered(scene: Scene, answer: ColumnField | CannotSay) -> ColumnField:
    if isinstance(answer, CannotSay):
        raise SceneCannotSay(
            f"cannot say anything about {scene.scene_id}: {answer.reason}",
            hint="clouds, snow, night, sea or fill values: try another orbit",
        )
    return answer
