"""The published single-blind field test of satellites: each team's error and coverage, read from its table.

Sherwin et al. 2023, Sci. Rep. 13, 3836. doi:10.1038/s41598-023-30761-2 (data: esherwin/SatelliteTesting, MIT)
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from superemitter.model.errors import InvalidValue

_NEEDED = (
    *("UnblindingStage", "Team", "Satellite", "FacilityEmissionRate", "FacilityEmissionRateUpper"),
    *("FacilityEmissionRateLower", "UncertaintyType", "UncertaintyTypeManual", "cr_kgh_CH4_mean300"),
)
ONE_SIGMA = "1-sigma"
MIN_MAX = "min-max"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEstimate:
    """One team's estimate of one metered release.

    Attributes
    ----------
    stage : int
        1: fully blind; 2: with the measured wind.
    team, satellite : str
    rate_kg_h, true_kg_h : float
        Stated, and metered (mean of 300 s before the pass). [kg h-1]
    low_kg_h, high_kg_h : float or None
        Stated bounds; None if none were given.
    kind : str
        ``"1-sigma"``, ``"min-max"``, or empty.
    """

    stage: int
    team: str
    satellite: str
    rate_kg_h: float
    true_kg_h: float
    low_kg_h: float | None
    high_kg_h: float | None
    kind: str

    @property
    def error(self) -> float:
        """Stated less true rate, over the true one."""
        return self.rate_kg_h / self.true_kg_h - 1.0

    @property
    def holds(self) -> bool:
        """Whether the stated bounds hold the truth; without bounds they do not."""
        if self.low_kg_h is None or self.high_kg_h is None:
            return False
        return self.low_kg_h <= self.true_kg_h <= self.high_kg_h


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFigures:
    """Errors and coverage of a group of estimates; shares are 0 to 1.

    ``coverage`` counts an estimate without bounds as a miss; ``coverage_one_sigma`` is of 1-sigma bounds only.
    """

    count: int
    mean_bias: float
    median_absolute_error: float
    within_20: float
    within_50: float
    log_sigma: float
    coverage: float
    coverage_one_sigma: float | None


def read_field_test(path: Path) -> tuple[FieldEstimate, ...]:
    """Quantified detections of the Sherwin et al. 2023 table, with the bounds its teams meant.

    The table mixes kinds of interval. LARS keeps its 1-sigma in ``UncertaintyType``, 0 meaning none given, while
    its bounds hold stray values; the bounds of SRON are swapped. An estimate counts if it and the metered rate
    are positive.

    Raises
    ------
    InvalidValue
        The file is not that table.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidValue(f"{path} cannot be read: {error}") from error
    if not rows or any(name not in rows[0] for name in _NEEDED):
        raise InvalidValue(
            f"{path} is not the table of the 2023 satellite test",
            hint="give sherwin2023_matchedDF_Satellites_*.csv",
        )
    return tuple(estimate for row in rows if (estimate := _estimate(row)) is not None)


def _estimate(row: Mapping[str, str]) -> FieldEstimate | None:
    rate, true = _number(row["FacilityEmissionRate"]), _number(row["cr_kgh_CH4_mean300"])
    if rate is None or true is None or rate <= 0 or true <= 0:
        return None
    low, high, kind = _bounds(row, rate)
    return FieldEstimate(
        stage=int(row["UnblindingStage"]),
        team=row["Team"],
        satellite=row["Satellite"],
        rate_kg_h=rate,
        true_kg_h=true,
        low_kg_h=low,
        high_kg_h=high,
        kind=kind,
    )


def _bounds(row: Mapping[str, str], rate: float) -> tuple[float | None, float | None, str]:
    manual = row["UncertaintyTypeManual"]
    if manual.startswith("UT"):  # the sigma itself stands where the others name their kind
        sigma = _number(row["UncertaintyType"])
        return (rate - sigma, rate + sigma, ONE_SIGMA) if sigma else (None, None, ONE_SIGMA)
    ends = [_number(row[f"FacilityEmissionRate{end}"]) for end in ("Lower", "Upper")]
    known = [end for end in ends if end is not None]
    if len(known) < 2:
        return None, None, ""
    kind = MIN_MAX if manual.startswith("Min/max") else ONE_SIGMA
    return min(known), max(known), kind


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def field_figures(estimates: Iterable[FieldEstimate]) -> FieldFigures:
    """Figures of a group of estimates, each release and team once.

    Raises
    ------
    InvalidValue
        The group is empty.
    """
    group = list(estimates)
    if not group:
        raise InvalidValue("no estimate of the field test is left")
    error = np.array([estimate.error for estimate in group])
    sigma = [e.holds for e in group if e.kind == ONE_SIGMA and e.low_kg_h is not None]
    return FieldFigures(
        count=len(group),
        mean_bias=float(error.mean()),
        median_absolute_error=float(np.median(np.abs(error))),
        within_20=float(np.mean(np.abs(error) <= 0.2)),
        within_50=float(np.mean(np.abs(error) <= 0.5)),
        log_sigma=float(np.std(np.log1p(error))),
        coverage=float(np.mean([estimate.holds for estimate in group])),
        coverage_one_sigma=float(np.mean(sigma)) if sigma else None,
    )
