"""A large release as plain types, and in words; units are in the names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from superemitter.account.inventory_uncertainty import Interval, Mass
from superemitter.account.large_release import LargeRelease
from superemitter.account.large_release_duration import Duration
from superemitter.model.rate import CannotSay

NO_PRICE: Final = (
    "No charge is put on an event: the methane fee is annual, by facility, and netted over all that a party owns."
)
UNVERIFIED: Final = "NOT VERIFIED: not read in the primary text"


def release_record(release: LargeRelease | CannotSay) -> dict[str, Any]:
    """A release as JSON holds it; what is not known is null or ``{"cannot_say", "reason"}``."""
    if isinstance(release, CannotSay):
        return {"cannot_say": release.code, "reason": release.reason}
    status = release.status
    return {
        "rule": release.rules.id,
        "title": dict(release.rules.title),
        "scope": dict(release.rules.scope),
        "as_of": _iso(release.as_of),
        "status": None
        if status is None
        else {"status": status.status, "citation": status.passport.citation, "note": status.passport.note},
        "simulated": release.simulated,
        "verified": release.verified,
        "banners": list(banners(release)),
        "sentence": sentence(release),
        "price": None,
        "price_because": NO_PRICE,
        "test": _test(release),
        "reported_basis": release.reported_basis.value,
        "durations": {basis.value: duration_record(one) for basis, one in release.durations.items()},
        "cautions": [caution.as_dict() for caution in release.cautions],
    }


def duration_record(duration: Duration | CannotSay) -> dict[str, Any]:
    """A duration with its mass."""
    if isinstance(duration, CannotSay):
        return {"cannot_say": duration.code, "reason": duration.reason}
    return {
        "start_earliest": _iso(duration.start.earliest),
        "start_latest": _iso(duration.start.latest),
        "start_code": duration.start.code,
        "start_because": duration.start.because,
        "end_earliest": _iso(duration.end.earliest),
        "end_latest": _iso(duration.end.latest),
        "end_code": duration.end.code,
        "end_because": duration.end.because,
        "hours": duration.hours,
        "ongoing": duration.ongoing,
        "ch4": mass_record(duration.mass),
        "by_year": [{"year": part.year, "ch4": mass_record(part.mass)} for part in duration.by_year],
        "verified": all(passport.verified for passport in duration.passports),
        "citations": [{"citation": p.citation, "tag": p.tag} for p in duration.passports],
    }


def mass_record(mass: Mass | CannotSay) -> dict[str, Any]:
    """A mass of methane with its intervals. [t]"""
    if isinstance(mass, CannotSay):
        return {"cannot_say": mass.code, "reason": mass.reason}
    known = mass.interval if isinstance(mass.interval, Interval) else None
    keys = ("median_t", "low68_t", "high68_t", "low95_t", "high95_t")
    reason = mass.interval.reason if isinstance(mass.interval, CannotSay) else None
    return {
        "value_t": mass.value_t,
        **{key: getattr(known, key) if known else None for key in keys},
        "no_interval_because": reason,
    }


def sentence(release: LargeRelease) -> str:
    """``"if this were reported: 218 ± 60 t CH4, from ... to ..., because ..."``."""
    answer, reported = release.test.answer, release.reported
    if isinstance(reported, CannotSay):
        return f"if this were reported: cannot say: {reported.reason}"
    dates = f"from {_day(reported.start.middle)} to {_day(reported.end.middle)}, because {reported.because}"
    said = f"if this were reported: {mass_words(reported.mass)}, {dates}"
    if answer is False:
        return f"{said}. It need not be reported: {release.test.reason}"
    return said


def mass_words(mass: Mass | CannotSay) -> str:
    """``"218 ± 60 t CH4"``: half the 68 % interval, or why there is none."""
    if isinstance(mass, CannotSay):
        return f"cannot say how much ({mass.reason})"
    if isinstance(mass.interval, CannotSay):
        return f"{plain(mass.value_t)} t CH4 ({mass.interval.reason})"
    half = 0.5 * (mass.interval.high68_t - mass.interval.low68_t)
    return f"{plain(mass.value_t)} ± {plain(half)} t CH4"


def banners(release: LargeRelease) -> tuple[str, ...]:
    """What must be said wherever the release is shown."""
    lines = ["SIMULATED DATA, not an observation"] if release.simulated else []
    doubtful = dict.fromkeys(p.citation for p in release.passports if not p.verified)
    if doubtful:
        lines.append(f"{UNVERIFIED}: {'; '.join(doubtful)}")
    if release.status is None or release.status.status != "in_force":
        state = "no rule yet" if release.status is None else release.status.status.replace("_", " ")
        note = "" if release.status is None else f": {release.status.passport.citation}"
        lines.append(f"status of the rule on {release.as_of:%Y-%m-%d}: {state}{note}")
    return tuple(lines)


def plain(value: float) -> str:
    """Three significant digits, thousands separated, no exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{abs(value):e}".partition("e")[2]))
    text = f"{float(f'{value:.3g}'):,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _test(release: LargeRelease) -> dict[str, Any]:
    test = release.test
    chance = test.probability
    return {
        "answer": None if isinstance(test.answer, CannotSay) else test.answer,
        "rate_kg_h": test.rate_kg_h,
        "needed_kg_h": test.needed_kg_h,
        "probability": None if isinstance(chance, CannotSay) else chance,
        "no_probability_because": chance.reason if isinstance(chance, CannotSay) else None,
        "reason": test.reason,
        "citation": test.passport.citation,
        "verified": test.passport.verified,
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
