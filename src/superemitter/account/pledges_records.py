"""Judgements of pledges as plain types, for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from superemitter.account.pledges import Pledge
from superemitter.account.pledges_judge import Judgement, Verdict
from superemitter.account.series import Series

QUANTILES = (0.025, 0.16, 0.5, 0.84, 0.975)


def judgement_record(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON holds it: every number that the answer rests on; what is not known is null."""
    answer = judgement.answer
    peak = judgement.peak
    return {
        "pledge": pledge_record(judgement.pledge),
        "as_of": judgement.as_of.isoformat(),
        "status": judgement.status,
        "answer": answer.value if isinstance(answer, Verdict) else "cannot say",
        "cannot_say": None if isinstance(answer, Verdict) else answer.code,
        "reason": judgement.reason,
        "record": None if judgement.series is None else _series_record(judgement.series),
        "baseline_emissions": judgement.baseline_emissions,
        "target_emissions": judgement.target_emissions,
        "target_high_emissions": judgement.target_high_emissions,
        "probability": judgement.probability,
        "yearly_change_needed": judgement.change_needed,
        "yearly_change_needed_percent": judgement.change_needed_percent,
        "yearly_change_recent": judgement.change_recent,
        "peak": None
        if peak is None
        else {
            "highest_year": peak.year,
            "highest_emissions": peak.emissions,
            "probability_it_is_the_peak": peak.probability,
            "until": peak.until,
        },
        "projection": _projection_record(judgement),
    }


def pledge_record(pledge: Pledge) -> dict[str, Any]:
    """A pledge as JSON holds it."""
    return {
        "id": pledge.id,
        "country": pledge.country,
        "code": pledge.code,
        "title": dict(pledge.title),
        "wording": pledge.wording,
        "asserted_on": pledge.asserted_on.isoformat(),
        "kind": pledge.kind,
        "scope": pledge.scope,
        "gas": pledge.gas,
        "net": pledge.net,
        "baseline": pledge.baseline,
        "reduction_low": pledge.reduction_low if pledge.kind == "reduction" else None,
        "reduction_high": pledge.reduction_high if pledge.kind == "reduction" else None,
        "target_year": pledge.target_year,
        "before": pledge.before,
        "superseded_by": pledge.superseded_by or None,
        "citation": pledge.passport.citation,
        "note": pledge.passport.note,
        "verified": pledge.verified,
    }


def _series_record(series: Series) -> Mapping[str, Any]:
    return {
        "table": series.table,
        "entity": series.entity,
        "quantity": series.quantity.title,
        "unit": f"{series.quantity.unit_in_full} per year",
        "gwp": series.quantity.gwp or None,
        "first_year": series.years[0],
        "last_year": series.years[-1],
        "last_emissions": series.emissions[-1],
    }


def _projection_record(judgement: Judgement) -> Mapping[str, Any] | None:
    projection = judgement.projection
    if projection is None:
        return None
    bands = projection.quantiles(QUANTILES)
    return {
        "years": [int(year) for year in projection.years],
        **{
            name: [float(value) for value in band]
            for name, band in zip(("low95", "low68", "median", "high68", "high95"), bands, strict=True)
        },
        "probability_trend_changed": projection.probability_trend_changed,
    }
