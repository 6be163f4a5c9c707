"""How likely the source point lies where it was seen, if a given place is the true source."""

from __future__ import annotations

import math

import numpy as np

from superemitter.model.types import FloatArray

_LOG_TWO_PI = math.log(2.0 * math.pi)


def log_at_source_point(
    along_m: FloatArray, across_m: FloatArray, sigma_m: FloatArray, sigma_upwind_m: FloatArray
) -> FloatArray:
    r"""Log density of a true source near the detected source point.

    A Gaussian across the plume and a two-piece Gaussian along it, longer on the upwind side:

    .. math:: f = \frac{1}{\sqrt{2\pi}\,\sigma} e^{-c^2/2\sigma^2} \cdot
              \sqrt{\frac{2}{\pi}} \frac{1}{\sigma + \sigma_\mathrm{up}} e^{-a^2/2\sigma_a^2},
              \quad \sigma_a = \sigma_\mathrm{up} \text{ if } a < 0 \text{ else } \sigma

    Parameters
    ----------
    along_m, across_m : (candidate,) arrays
        Place of the candidate from the source point, along the plume (positive downwind) and across it. [m]
    sigma_m, sigma_upwind_m : (candidate,) arrays
        1-sigma position error across and downwind, and upwind. [m]

    Returns
    -------
    (candidate,) array
        Natural log of a density; integrates to one over the plane. [log m-2]
    """
    sigma_along = np.where(along_m < 0.0, sigma_upwind_m, sigma_m)
    exponent = -0.5 * ((across_m / sigma_m) ** 2 + (along_m / sigma_along) ** 2)
    norm = -_LOG_TWO_PI - np.log(sigma_m) - np.log(0.5 * (sigma_m + sigma_upwind_m))
    out: FloatArray = exponent + norm
    return out


def log_along_plume(
    along_m: FloatArray, across_m: FloatArray, sigma_m: FloatArray, length_m: float, half_width_m: float
) -> FloatArray:
    r"""Log density of a true source anywhere along the plume.

    Even from the source point to the plume's far end with Gaussian shoulders, and Gaussian across it:

    .. math:: f = \frac{e^{-b^2/2\sigma^2}}{L + \sqrt{2\pi}\,\sigma} \cdot
              \frac{e^{-c^2/2\sigma_c^2}}{\sqrt{2\pi}\,\sigma_c},
              \quad b = \max(-a,\, a - L,\, 0),\ \sigma_c^2 = \sigma^2 + w^2

    Parameters
    ----------
    along_m, across_m, sigma_m : (candidate,) arrays
        As in :func:`log_at_source_point`. [m]
    length_m, half_width_m : float
        Length L of the plume and half its mean width w. [m]

    Returns
    -------
    (candidate,) array
        Natural log of a density; integrates to one over the plane. [log m-2]
    """
    beyond = np.maximum(np.maximum(-along_m, along_m - length_m), 0.0)
    sigma_across = np.hypot(sigma_m, half_width_m)
    exponent = -0.5 * ((beyond / sigma_m) ** 2 + (across_m / sigma_across) ** 2)
    norm = -np.log(length_m + math.sqrt(2.0 * math.pi) * sigma_m) - np.log(sigma_across) - 0.5 * _LOG_TWO_PI
    out: FloatArray = exponent + norm
    return out


def misplaced_probability(prior: float, angle_deg: float, sigma_deg: float) -> float:
    r"""Probability that the source is not at the plume's detected end, once the wind is known.

    If the detected end is right, the plume stretches the way the wind blows: the angle between them is normal with
    the given sigma. If not, the angle says nothing (even over the circle). Bayes' rule:

    .. math:: w = \frac{w_0 / 360}{w_0 / 360 + (1 - w_0)\, N(\theta; 0, \sigma_\theta)}

    Parameters
    ----------
    prior : float
        :math:`w_0`, between 0 and 1.
    angle_deg : float
        Angle :math:`\theta` between the plume's axis and where the wind blows to. [degree]
    sigma_deg : float
        1-sigma error of that angle. [degree]
    """
    theta = (angle_deg + 180.0) % 360.0 - 180.0
    reach = 2 + int(sigma_deg / 60.0)
    turns = theta + 360.0 * np.arange(-reach, reach + 1)
    aligned = np.exp(-0.5 * (turns / sigma_deg) ** 2).sum() / (math.sqrt(2.0 * math.pi) * sigma_deg)
    anywhere = prior / 360.0
    return float(anywhere / (anywhere + (1.0 - prior) * aligned))
