"""How good stated rates and intervals are: error, coverage, width, log score, calibration of probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from superemitter.model.types import FloatArray, IntArray

BOOTSTRAP = 400
_LEVELS = np.array([0.025, 0.16, 0.5, 0.84, 0.975])
_LEAST_KG_H = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured figure with its 90 % interval by bootstrap over scenes, and what it rests on.

    Attributes
    ----------
    value, low, high : float
    count : int
        Cases it is made of.
    """

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimates:
    """Rates that were stated, beside the true ones. All (n,) arrays.

    Attributes
    ----------
    scene : int array
        Number of the scene: scenes are drawn together by the bootstrap.
    true_kg_h : array
        [kg h-1]
    quantiles_kg_h : (n, 5) array
        2.5, 16, 50, 84 and 97.5 % points of the stated rate. [kg h-1]
    """

    scene: FloatArray
    true_kg_h: FloatArray
    quantiles_kg_h: FloatArray

    @property
    def ratio(self) -> FloatArray:
        """Stated over true rate."""
        out: FloatArray = self.quantiles_kg_h[:, 2] / self.true_kg_h
        return out

    def holds(self, level: int) -> FloatArray:
        """Whether the 68 or 95 % interval holds the truth."""
        low, high = (1, 3) if level == 68 else (0, 4)
        q = self.quantiles_kg_h
        out: FloatArray = ((q[:, low] <= self.true_kg_h) & (self.true_kg_h <= q[:, high])).astype(float)
        return out

    @property
    def width(self) -> FloatArray:
        """Upper over lower bound of the 68 % interval."""
        out: FloatArray = self.quantiles_kg_h[:, 3] / np.maximum(self.quantiles_kg_h[:, 1], _LEAST_KG_H)
        return out

    def log_scores(self) -> FloatArray:
        r"""Minus the logarithm of the stated probability density of :math:`\ln Q` at the truth; small is good.

        The density follows from the five quantiles: between them :math:`\ln Q` is linear in the standard-normal
        deviate, beyond them the outer slope goes on.

        References
        ----------
        Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102, 359. doi:10.1198/016214506000001437
        """
        return np.array(
            [_log_score(math.log(t), q) for t, q in zip(self.true_kg_h, self.quantiles_kg_h, strict=True)]
        )

    def subset(self, chosen: FloatArray) -> Estimates:
        """Those that are chosen by a mask or an index."""
        return Estimates(
            scene=self.scene[chosen],
            true_kg_h=self.true_kg_h[chosen],
            quantiles_kg_h=self.quantiles_kg_h[chosen],
        )


def _log_score(log_true: float, quantiles: FloatArray) -> float:
    z = ndtri(_LEVELS)
    known = np.log(np.maximum(quantiles, _LEAST_KG_H))
    slope = np.maximum(np.diff(known) / np.diff(z), 1e-3)
    part = int(np.clip(np.searchsorted(known, log_true) - 1, 0, slope.size - 1))
    deviate = z[part] + (log_true - known[part]) / slope[part]
    return float(0.5 * deviate**2 + 0.5 * math.log(2.0 * math.pi) + math.log(slope[part]))


def bootstrapped(
    scene: FloatArray, figure: Callable[[IntArray], float], rng: np.random.Generator, draws: int = BOOTSTRAP
) -> Figure:
    """A figure of the cases with its 90 % interval when whole scenes are drawn anew.

    Parameters
    ----------
    scene : (n,) array
        Scene of each case.
    figure : callable
        Of an index into the cases.
    rng : numpy.random.Generator
    draws : int
    """
    numbers = np.unique(scene)
    members = [np.flatnonzero(scene == number) for number in numbers]
    values = []
    for _ in range(draws):
        chosen = rng.integers(0, numbers.size, size=numbers.size)
        values.append(figure(np.concatenate([members[k] for k in chosen])))
    low, high = np.nanpercentile(values, [5.0, 95.0])
    everything = np.arange(scene.size)
    return Figure(value=figure(everything), low=float(low), high=float(high), count=int(scene.size))


def rate_figures(estimates: Estimates, rng: np.random.Generator) -> dict[str, Figure]:
    """Error, coverage, width and log score of rates, each with its bootstrap interval."""
    ratio, score = estimates.ratio, estimates.log_scores()
    holds68, holds95, width = estimates.holds(68), estimates.holds(95), estimates.width
    figures: dict[str, Callable[[IntArray], float]] = {
        "median of rate / truth": lambda i: float(np.median(ratio[i])),
        "median absolute error": lambda i: float(np.median(np.abs(ratio[i] - 1.0))),
        "within 50 %": lambda i: float(np.mean(np.abs(ratio[i] - 1.0) <= 0.5)),
        "log standard deviation": lambda i: float(np.std(np.log(np.maximum(ratio[i], 1e-3)))),
        "68 % interval holds the truth": lambda i: float(np.mean(holds68[i])),
        "95 % interval holds the truth": lambda i: float(np.mean(holds95[i])),
        "68 % interval, median high / low": lambda i: float(np.median(width[i])),
        "log score": lambda i: float(np.mean(score[i])),
    }
    return {name: bootstrapped(estimates.scene, figure, rng) for name, figure in figures.items()}


def reliability(
    stated: Sequence[float], happened: Sequence[bool], edges: Sequence[float] = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
) -> list[tuple[float, float, int]]:
    """Mean stated probability, observed frequency and number of cases in bins of the stated probability."""
    p, y = np.asarray(stated, float), np.asarray(happened, float)
    rows = []
    for low, high in pairwise(edges):
        inside = (p >= low) & ((p < high) | (high == edges[-1]))
        if inside.any():
            rows.append((float(p[inside].mean()), float(y[inside].mean()), int(inside.sum())))
    return rows


def brier(stated: Sequence[float], happened: Sequence[bool]) -> float:
    """Mean squared difference of stated probability and outcome; 0 is perfect, 0.25 a coin."""
    return float(np.mean((np.asarray(stated, float) - np.asarray(happened, float)) ** 2))
