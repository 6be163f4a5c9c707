"""A reconciliation as plain types; units are in the names."""

from __future__ import annotations

from typing import Any

from superemitter.account.annual_records import said
from superemitter.account.large_release_records import mass_record
from superemitter.account.reconcile import Agreement, Reconciliation
from superemitter.account.sizes import SizeFit, UnseenPart
from superemitter.model.rate import CannotSay


def reconciliation_record(made: Reconciliation) -> dict[str, Any]:
    """A reconciliation as JSON holds it; what cannot be said is ``{"cannot_say", "reason"}``."""
    agreement = made.agreement
    return {
        "name": made.name,
        "year": made.year,
        "gas": "CH4",
        "simulated": made.simulated,
        "reported": mass_record(made.reported.mass)
        | {"covers": made.reported.covers, "where": made.reported.where},
        "observed": said(made.observed, "t"),
        "unseen": said(made.unseen, "t"),
        "total": said(made.total, "t"),
        "at_least": made.at_least,
        "difference": said(made.difference, "t"),
        "ratio": said(made.ratio, "ratio"),
        "agreement": agreement.value if isinstance(agreement, Agreement) else None,
        "conditional": made.conditional,
        "cannot_say": agreement.code if isinstance(agreement, CannotSay) else None,
        "reason": agreement.reason if isinstance(agreement, CannotSay) else None,
        "sizes": None if made.unseen_part is None else _sizes(made.unseen_part),
        "detection": None
        if made.curve is None
        else {
            "half_kg_h": made.curve.half_kg_h,
            "ninety_kg_h": made.curve.ninety_kg_h,
            "looks": made.curve.looks,
            "emitting_share": made.curve.emitting_share,
            "source": made.curve.source,
        },
        "sources": [
            {
                "name": one.name,
                "rate_kg_h": one.rate_kg_h,
                "persistence": one.persistence,
                "emission": said(one.emission, "t"),
            }
            for one in made.sources
        ],
        "left_out": [{"name": name, "reason": reason} for name, reason in made.left_out],
        "assumptions": [caution.as_dict() for caution in made.assumptions],
    }


def _sizes(part: UnseenPart) -> dict[str, Any]:
    return {
        "chosen": part.chosen or None,
        "because": part.because or None,
        "unseen_while_emitting": said(part.rate, "kg_h"),
        "fits": [_fit(fit) for fit in part.fits],
    }


def _fit(fit: SizeFit) -> dict[str, Any]:
    return {
        "model": fit.model,
        "parameters": dict(fit.parameters),
        "sources_seen": fit.seen,
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "seen_share": fit.seen_share,
        "unseen_sources": fit.unseen_sources,
        "unseen_kg_h": fit.unseen_kg_h,
        "at_bound": fit.at_bound,
    }
