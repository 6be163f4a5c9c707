"""A source's annual account as plain types; units are in the names."""

from __future__ import annotations

from typing import Any, Final

from superemitter.account.annual import AnnualAccount, SourcePass, hours_of
from superemitter.account.spread import Spread
from superemitter.model.rate import CannotSay

EQUATION: Final = "emission = mean rate while emitting × persistence × hours of the year"


def account_record(account: AnnualAccount) -> dict[str, Any]:
    """An account as JSON holds it; what cannot be said is ``{"cannot_say", "reason"}``."""
    return {
        "source": account.name,
        "year": account.year,
        "hours": hours_of(account.year),
        "simulated": account.simulated,
        "equation": EQUATION,
        "mean_rate": said(account.mean_rate, "kg_h"),
        "persistence": said(account.persistence, "share"),
        "emission": said(account.emission, "t"),
        "passes": len(account.passes),
        "telling_passes": account.telling,
        "unrecorded_looks": account.unrecorded_looks,
        "detections": account.detections,
        "cautions": [caution.as_dict() for caution in account.cautions],
        "looks": [_look(one) for one in account.passes],
    }


def said(value: Spread | CannotSay, unit: str) -> dict[str, Any]:
    """A spread with its unit in the names, or why there is none."""
    if isinstance(value, CannotSay):
        return {"cannot_say": value.code, "reason": value.reason}
    return value.as_dict(unit)


def _look(one: SourcePass) -> dict[str, Any]:
    chance = one.probability_of_detection
    return {
        "time": one.time.isoformat().replace("+00:00", "Z"),
        "name": one.name,
        "detected": one.detected,
        "rate_kg_h": one.rate.rate_kg_h if one.rate else None,
        "rate_low_kg_h": one.rate.low_kg_h if one.rate else None,
        "rate_high_kg_h": one.rate.high_kg_h if one.rate else None,
        "probability_of_detection": None if one.detected or isinstance(chance, CannotSay) else chance,
        "counts_as_look": one.counts_as_look,
    }
