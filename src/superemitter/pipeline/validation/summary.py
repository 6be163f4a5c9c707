"""From the rows of a blind test to its figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from superemitter.pipeline.validation.blind import GRANULE_PIXELS, BlindResult, Row
from superemitter.pipeline.validation.scores import (
    Estimates,
    Figure,
    bootstrapped,
    brier,
    rate_figures,
    reliability,
)

QUANTILES = ("rate_low95_kg_h", "rate_low_kg_h", "rate_kg_h", "rate_high_kg_h", "rate_high95_kg_h")
STRONG_KG_H = 3000.0
WIND_SPLIT_M_S = 3.0
RECALL_EDGES = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0, 1000.0, math.inf)
RATE_EDGES = (0.0, 300.0, 1000.0, 3000.0, 10_000.0, math.inf)
LEGAL_KG_H = 100.0


@dataclass(frozen=True, kw_only=True)
class RecallBin:
    """Isolated leaks of one range of rate over wind: how many there were, and how many were found."""

    low: float
    high: float
    leaks: int
    found: int


@dataclass(frozen=True, kw_only=True)
class BlindSummary:
    """The figures of one blind test.

    Attributes
    ----------
    name : str
    scenes, leaks, found : int
    granules : float
        Pixels, in EMIT granules.
    figures : dict of str to Figure
        Detection, pixels, mass.
    recall : tuple of RecallBin
        By rate over 10 m wind. [kg h-1 per m s-1]
    exact, told : dict of str to dict of str to Figure
        Rate figures of each group, by the exact carrying wind and by the told wind.
    by_true, by_reported : list
        (low, high, count, median ratio) by true and by reported rate, told wind.
    threshold : list
        Reliability of P(rate >= 100 kg/h): stated, observed, count; false plumes count as below it.
    threshold_brier : float or None
    """

    name: str
    scenes: int
    leaks: int
    found: int
    granules: float
    figures: dict[str, Figure]
    recall: tuple[RecallBin, ...]
    exact: dict[str, dict[str, Figure]]
    told: dict[str, dict[str, Figure]]
    by_true: list[tuple[float, float, int, float]]
    by_reported: list[tuple[float, float, int, float]]
    threshold: list[tuple[float, float, int]]
    threshold_brier: float | None


def summarise(
    result: BlindResult, rng: np.random.Generator, *, recall_edges: Sequence[float] = RECALL_EDGES
) -> BlindSummary:
    """All figures of a blind test, with bootstrap intervals over its scenes.

    Parameters
    ----------
    result : BlindResult
    rng : numpy.random.Generator
    recall_edges : sequence of float
        Of the bins of rate over wind. [kg h-1 per m s-1]
    """
    leaks = [row for row in result.rows if row.true_kg_h is not None]
    found = [row for row in leaks if row.plume is not None]
    rated = [row for row in found if row.plume is not None and row.plume["rate_kg_h"] is not None]
    told, exact = estimates(rated, "plume"), estimates(rated, "exact")
    judged = [row for row in result.rows if row.plume is not None and row.plume["rate_kg_h"] is not None]
    stated = [float(row.plume["probability_ge_100_kg_h"]) for row in judged if row.plume is not None]
    happened = [row.true_kg_h is not None and row.true_kg_h >= LEGAL_KG_H for row in judged]
    return BlindSummary(
        name=result.test.name,
        scenes=result.test.scenes,
        leaks=len(leaks),
        found=len(found),
        granules=sum(scene.pixels for scene in result.scenes) / GRANULE_PIXELS,
        figures=_detection_figures(result, leaks, rng),
        recall=tuple(_recall(leaks, recall_edges)),
        exact=_groups(exact, rated, rng),
        told=_groups(told, rated, rng),
        by_true=_bias(told, told.true_kg_h),
        by_reported=_bias(told, told.quantiles_kg_h[:, 2]),
        threshold=reliability(stated, happened) if judged else [],
        threshold_brier=brier(stated, happened) if judged else None,
    )


def estimates(rows: Sequence[Row], key: str) -> Estimates:
    """The stated rates of rows by ``"plume"`` (told wind) or ``"exact"`` (carrying wind)."""
    records: list[Any] = [getattr(row, key) for row in rows]
    return Estimates(
        scene=np.array([row.seed for row in rows]),
        true_kg_h=np.array([row.true_kg_h for row in rows], dtype=float),
        quantiles_kg_h=np.array([[r[name] for name in QUANTILES] for r in records], dtype=float).reshape(-1, 5),
    )


def _groups(all_of: Estimates, rows: Sequence[Row], rng: np.random.Generator) -> dict[str, dict[str, Figure]]:
    strong = all_of.true_kg_h >= STRONG_KG_H
    windy = np.array([row.wind_m_s >= WIND_SPLIT_M_S for row in rows], dtype=bool)
    alone = np.array([row.isolated for row in rows], dtype=bool)
    groups = {
        "all": np.ones(strong.size, dtype=bool),
        "below 3 t/h": ~strong,
        "3 t/h and more": strong,
        "below 3 m/s": ~windy,
        "3 m/s and more": windy,
        "isolated": alone,
        "in or under another's wake": ~alone,
    }
    return {name: rate_figures(all_of.subset(chosen), rng) for name, chosen in groups.items() if chosen.sum() > 1}


def _detection_figures(result: BlindResult, leaks: Sequence[Row], rng: np.random.Generator) -> dict[str, Figure]:
    scenes = result.scenes
    out: dict[str, Figure] = {}

    def mean_of(
        name: str, scene: Sequence[float], values: Sequence[float], of: Callable[..., Any] = np.mean
    ) -> None:
        if len(values):
            known = np.asarray(values, dtype=float)
            out[name] = bootstrapped(np.asarray(scene), lambda i: float(of(known[i])), rng)

    seeds = [scene.seed for scene in scenes]
    mean_of("filter noise, median [ppm m]", seeds, [scene.noise_ppm_m for scene in scenes], np.median)
    scale = float(np.mean([scene.pixels for scene in scenes])) / GRANULE_PIXELS
    mean_of("false plumes per granule", seeds, [scene.false_plumes / scale for scene in scenes])
    false = np.array([scene.false_plumes for scene in scenes], float)
    stated = np.array([scene.expected_false for scene in scenes], float)
    out["false plumes, found / stated"] = bootstrapped(
        np.asarray(seeds), lambda i: float(false[i].sum() / max(stated[i].sum(), 1e-9)), rng
    )
    strong = [row for row in leaks if (row.true_kg_h or 0.0) >= STRONG_KG_H]
    mean_of(
        "leaks of 3 t/h and more that are found", [r.seed for r in strong], [r.plume is not None for r in strong]
    )
    recalls = [(scene.seed, scene.recall) for scene in scenes if scene.recall is not None]
    mean_of("recall of pixels > 300 ppm m at 1e-3, mean", [s for s, _ in recalls], [r for _, r in recalls])
    mean_of(
        "recall of pixels > 300 ppm m at 1e-3, worst", [s for s, _ in recalls], [r for _, r in recalls], np.min
    )
    masses = [(scene.seed, scene.mass_ratio) for scene in scenes if scene.mass_ratio is not None]
    mean_of("mass read / true, mean", [s for s, _ in masses], [m for _, m in masses])
    mean_of("mass read / true, least", [s for s, _ in masses], [m for _, m in masses], np.min)
    mean_of("mass read / true, most", [s for s, _ in masses], [m for _, m in masses], np.max)
    return out


def _recall(leaks: Sequence[Row], edges: Sequence[float]) -> list[RecallBin]:
    bins = []
    for low, high in pairwise(edges):
        inside = [r for r in leaks if r.isolated and low <= (r.true_kg_h or 0.0) / r.wind_m_s < high]
        found = sum(row.plume is not None for row in inside)
        bins.append(RecallBin(low=low, high=high, leaks=len(inside), found=found))
    return bins


def _bias(told: Estimates, by: Any) -> list[tuple[float, float, int, float]]:
    rows = []
    for low, high in pairwise(RATE_EDGES):
        inside = (by >= low) & (by < high)
        if inside.any():
            rows.append((low, high, int(inside.sum()), float(np.median(told.ratio[inside]))))
    return rows
