r"""Probability of each candidate facility, and of "none of these", by Bayes' rule.

A transparent probability model, not a score. For a plume with source point *x*, candidates *i* = 1…N within the
search radius *R* and the stated assumptions (:class:`~superemitter.measure.attribution.AttributionSettings`):

.. math::

    P(i \mid x) \propto \frac{p}{N}\, f_i(x), \qquad P(\text{none} \mid x) \propto \frac{1 - p}{\pi R^2}

* Prior: with probability *p* the source is in the list, every candidate alike; otherwise it lies anywhere in the
  search disc, evenly. No kind of facility is favoured: nothing measured supports it. *R* is widened to 6 sigma of
  the source point and to the plume's length.
* Likelihood: :math:`f_i = (1 - w) f^\text{end}_i + w f^\text{along}_i`. The source is at the plume's detected end
  with the stated position error (longer upwind), or, with probability *w*, anywhere along the plume. So a facility
  far downwind inside the plume is unlikely but not impossible. The wind enters through *w*: a plume that stretches
  against the wind probably has its source elsewhere. A facility's equipment is spread evenly over a disc of
  ``radius_m``, which adds (``radius_m``/2)² to the variance of the position in each direction.
* With no candidate, "none" has probability one.

The listed prior, stretch and *w* are assumptions; with them true, the probabilities are calibrated (tested by
simulation). ``superemitter validate --test attribution`` scores them on leaks at real listed places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import Geod
from scipy.special import logsumexp

from superemitter.measure.attribution.likelihood import (
    log_along_plume,
    log_at_source_point,
    misplaced_probability,
)
from superemitter.measure.attribution.settings import AttributionSettings
from superemitter.model import Attribution, Candidate, Facility, Plume, Wind
from superemitter.model.types import FloatArray

_WGS84 = Geod(ellps="WGS84")
_METRES_PER_DEGREE = 110_500.0  # of latitude, at its least: for a selection that never misses


def attribute(
    plume: Plume,
    wind: Wind | None,
    facilities: Sequence[Facility],
    *,
    settings: AttributionSettings | None = None,
) -> Attribution:
    """Probability that each nearby facility is the source of a plume, with an explicit "none of these".

    The formulas and assumptions are those of :mod:`superemitter.measure.attribution.bayes`.

    Parameters
    ----------
    plume : Plume
        Its source point, position error, axis, length and area are used.
    wind : Wind or None
        At the source; None if it is not known.
    facilities : sequence of Facility
        Any number, anywhere; those near the plume become candidates.
    settings : AttributionSettings, optional

    Returns
    -------
    Attribution
        Candidates, most probable first (equal ones by distance, then id); together with "none" they sum to one.
    """
    settings = settings or AttributionSettings()
    shape = _shape(plume, wind, settings)
    radius_m = max(settings.search_radius_m, 6.0 * plume.source_sigma_m, shape.length_m)
    near, distance_m, bearing_deg = _candidates(plume, facilities, radius_m)
    if not near:
        return Attribution(candidates=(), none_probability=1.0)
    own_m = np.array([facilities[i].radius_m for i in near], dtype=float)
    log_likelihood = _log_likelihood(shape, distance_m, bearing_deg, own_m)
    log_listed = math.log(settings.listed_prior / len(near)) + log_likelihood
    log_none = math.log((1.0 - settings.listed_prior) / (math.pi * radius_m**2))
    log_weights = np.append(log_listed, log_none)
    probability = np.exp(log_weights - logsumexp(log_weights))
    probability /= probability.sum()
    candidates = [
        Candidate(facility=facilities[i], probability=float(p), distance_m=float(d))
        for i, p, d in zip(near, probability[:-1], distance_m, strict=True)
    ]
    candidates.sort(key=lambda c: (-c.probability, c.distance_m, c.facility.facility_id))
    return Attribution(candidates=tuple(candidates), none_probability=float(probability[-1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """The plume as the likelihood sees it; without an axis `stretch` is 1 and `length_m` is 0."""

    sigma_m: float
    axis_deg: float
    stretch: float
    length_m: float
    half_width_m: float
    misplaced: float


def _shape(plume: Plume, wind: Wind | None, settings: AttributionSettings) -> _Shape:
    has_length = math.isfinite(plume.length_m) and plume.length_m > 0.0
    length_m = plume.length_m if has_length else 0.0
    half_width_m = 0.5 * plume.area_m2 / length_m if has_length else 0.5 * math.sqrt(plume.area_m2)
    misplaced, axis_deg, stretch = settings.misplaced_prior, plume.axis_deg, settings.upwind_stretch
    blows_to_deg = (wind.from_deg + 180.0) % 360.0 if wind is not None else math.nan
    if not math.isfinite(axis_deg) or not has_length:
        axis_deg = blows_to_deg
    elif wind is not None:
        sigma_deg = math.hypot(_direction_sigma_deg(wind), settings.axis_sigma_deg)
        misplaced = misplaced_probability(misplaced, axis_deg - blows_to_deg, sigma_deg)
    if not math.isfinite(axis_deg):
        axis_deg, stretch, length_m = 0.0, 1.0, 0.0
    return _Shape(
        sigma_m=plume.source_sigma_m,
        axis_deg=axis_deg,
        stretch=stretch,
        length_m=length_m,
        half_width_m=half_width_m,
        misplaced=misplaced,
    )


def _direction_sigma_deg(wind: Wind) -> float:
    """The stated error of the direction, or what the error of the speed implies in weak wind if that is more."""
    implied = math.degrees(math.atan2(wind.speed_sigma_m_s, wind.speed_m_s)) if wind.speed_m_s > 0 else 90.0
    return max(wind.from_sigma_deg, implied)


def _log_likelihood(
    shape: _Shape,
    distance_m: FloatArray,
    bearing_deg: FloatArray,
    own_m: FloatArray,
) -> FloatArray:
    turned = np.radians(bearing_deg - shape.axis_deg)
    along_m, across_m = distance_m * np.cos(turned), distance_m * np.sin(turned)
    spread_m = 0.5 * own_m
    sigma_m = np.hypot(shape.sigma_m, spread_m)
    sigma_upwind_m = np.hypot(shape.sigma_m * shape.stretch, spread_m)
    at_end = log_at_source_point(along_m, across_m, sigma_m, sigma_upwind_m)
    along = log_along_plume(along_m, across_m, sigma_m, shape.length_m, shape.half_width_m)
    with np.errstate(divide="ignore"):
        out: FloatArray = np.logaddexp(np.log1p(-shape.misplaced) + at_end, np.log(shape.misplaced) + along)
    return out


def _candidates(
    plume: Plume, facilities: Sequence[Facility], radius_m: float
) -> tuple[list[int], FloatArray, FloatArray]:
    """Index, distance [m] and bearing from the source point [degree] of every facility within reach."""
    latitude = np.array([f.latitude for f in facilities], dtype=float)
    own_m = np.array([f.radius_m for f in facilities], dtype=float)
    reach_m = radius_m + own_m
    rough = np.flatnonzero(np.abs(latitude - plume.source_latitude) * _METRES_PER_DEGREE <= reach_m)
    longitude = np.array([facilities[i].longitude for i in rough.tolist()], dtype=float)
    origin = np.ones(rough.size)
    bearing_deg, _, distance_m = _WGS84.inv(
        plume.source_longitude * origin, plume.source_latitude * origin, longitude, latitude[rough]
    )
    within = distance_m <= reach_m[rough]
    return rough[within].tolist(), distance_m[within], bearing_deg[within]
