"""Large releases: if this one were reported, how much, from when to when, and because of what.

A release is told on each basis by itself: process data, surveys, overpasses, and the rule's default duration. They
are never added or mixed. A mass is no charge: one event is never priced, because the methane fee is annual, by
facility, and netted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

import numpy as np

from superemitter.account.cautions import Caution
from superemitter.account.large_release_duration import (
    Basis,
    Duration,
    MassOfRelease,
    duration_on,
)
from superemitter.account.large_release_evidence import ReleaseEvidence, ReleaseFacts, Sighting
from superemitter.account.large_release_rules import ReleaseRules, RuleStatus
from superemitter.account.rates import Rate
from superemitter.model.passport import Passport
from superemitter.model.rate import CannotSay

DRAWS: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTest:
    """Whether the release is large enough to be reported.

    Attributes
    ----------
    answer : bool or CannotSay
        By the best estimate of the largest rate: the rule asks for no more.
    rate_kg_h : float or None
        [kg h-1]
    needed_kg_h : float
        The threshold, or what the existing method gives and as much again on top. [kg h-1]
    probability : float or CannotSay
        That the rate is `needed_kg_h` or more, by its own error.
    reason : str
    passport : Passport
    """

    answer: bool | CannotSay
    rate_kg_h: float | None
    needed_kg_h: float
    probability: float | CannotSay
    reason: str
    passport: Passport


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeRelease:
    """One release as the rule would have it reported, and beside it on every other basis.

    Attributes
    ----------
    rules : ReleaseRules
    as_of : datetime
    status : RuleStatus or None
        Of the rule on that day; None: there was none yet.
    test : ReleaseTest
    durations : mapping of Basis to Duration or CannotSay
        Each basis by itself.
    reported_basis : Basis
        Which of them the rule takes: process data; else the later start of survey and default.
    cautions : tuple of Caution
    simulated : bool
    """

    rules: ReleaseRules
    as_of: datetime
    status: RuleStatus | None
    test: ReleaseTest
    durations: Mapping[Basis, Duration | CannotSay]
    reported_basis: Basis
    cautions: tuple[Caution, ...]
    simulated: bool

    @property
    def reported(self) -> Duration | CannotSay:
        """What would be reported."""
        return self.durations[self.reported_basis]

    @property
    def measured(self) -> Duration | CannotSay:
        """What passes from space bound by themselves."""
        return self.durations[Basis.OVERPASS]

    @property
    def passports(self) -> tuple[Passport, ...]:
        """Of everything that acts in what would be reported."""
        used = () if isinstance(self.reported, CannotSay) else self.reported.passports
        return (self.test.passport, *used)

    @property
    def verified(self) -> bool:
        """Whether all of that was read in the primary text."""
        return all(passport.verified for passport in self.passports)


def assess_release(
    evidence: ReleaseEvidence,
    rules: ReleaseRules,
    as_of: datetime,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> LargeRelease | CannotSay:
    """What would be reported of a release.

    Parameters
    ----------
    evidence : ReleaseEvidence
        What is later than `as_of` is left out.
    rules : ReleaseRules
    as_of : datetime
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    LargeRelease or CannotSay
        CannotSay if no plume of it was seen by then.

    References
    ----------
    40 CFR 98.233(y); EPA answer Q861. Not all of it was read: see the passports.
    """
    seen = tuple(one for one in evidence.in_order if one.time <= as_of)
    if not seen:
        return CannotSay(code="not-seen", reason=f"no plume of it was seen by {as_of:%Y-%m-%d}")
    known = ReleaseEvidence(
        sightings=seen,
        looks=tuple(look for look in evidence.looks if look.time <= as_of),
        stated_end=None if evidence.stated_end is None or evidence.stated_end > as_of else evidence.stated_end,
        facts=_facts_by(evidence.facts, as_of),
        simulated=evidence.simulated,
    )
    mass = MassOfRelease(seen, rng, draws)
    durations = {basis: duration_on(basis, known, rules, as_of, mass) for basis in Basis}
    return LargeRelease(
        rules=rules,
        as_of=as_of,
        status=rules.status_on(as_of.date()),
        test=_test(known, rules, rng, draws),
        durations=MappingProxyType(durations),
        reported_basis=_reported(durations),
        cautions=tuple(_cautions(known)),
        simulated=evidence.simulated,
    )


def _facts_by(facts: ReleaseFacts, as_of: datetime) -> ReleaseFacts:
    """What was known by a day: an end that is still to come is none."""
    return replace(facts, process_end=None) if facts.process_end and facts.process_end > as_of else facts


def _reported(durations: Mapping[Basis, Duration | CannotSay]) -> Basis:
    if isinstance(durations[Basis.PROCESS], Duration):
        return Basis.PROCESS
    survey, default = durations[Basis.SURVEY], durations[Basis.DEFAULT]
    if isinstance(survey, Duration) and isinstance(default, Duration):
        return Basis.SURVEY if survey.start.earliest >= default.start.earliest else Basis.DEFAULT
    return Basis.DEFAULT


def _test(evidence: ReleaseEvidence, rules: ReleaseRules, rng: np.random.Generator, draws: int) -> ReleaseTest:
    existing = evidence.facts.existing_method_kg_h
    needed = rules.threshold_kg_h if existing is None else existing + rules.more_than_method_kg_h
    passport = rules.passports["blowdown" if evidence.facts.blowdown else "threshold"]
    rate = _largest(evidence.sightings)
    if rate is None:
        why = CannotSay(code="no-rate", reason="no plume of it has a rate")
        return ReleaseTest(
            answer=why, rate_kg_h=None, needed_kg_h=needed, probability=why, reason=why.reason, passport=passport
        )
    chance: float | CannotSay = CannotSay(code="uncertainty-not-stated", reason="the rate has no stated error")
    if rate.stated:
        chance = float(np.mean(rate.draw(rng, draws) >= needed))
    large = rate.rate_kg_h >= needed
    sign = ("≥" if large else "<") + f" {needed:g} kg/h"
    extra = (
        "" if existing is None else f", the {existing:g} kg/h of the existing method and as much as the rule adds"
    )
    reason = f"{rate.rate_kg_h:,.4g} kg/h {sign}{extra}"
    if evidence.facts.blowdown:
        large, reason = False, "a blowdown of the process, which is reported elsewhere"
    return ReleaseTest(
        answer=large,
        rate_kg_h=rate.rate_kg_h,
        needed_kg_h=needed,
        probability=chance,
        reason=reason,
        passport=passport,
    )


def _largest(sightings: tuple[Sighting, ...]) -> Rate | None:
    return max((s.rate for s in sightings if s.rate is not None), key=lambda rate: rate.rate_kg_h, default=None)


def _cautions(evidence: ReleaseEvidence) -> list[Caution]:
    found = []
    first, last = evidence.in_order[0].time, evidence.in_order[-1].time
    end = evidence.facts.process_end or evidence.stated_end
    if end is not None and last > end:
        found.append(Caution(code="seen-after-end", text="a plume was seen after the stated end"))
    between = sum(first < look.time < last for look in evidence.looks)
    if between:
        text = (
            f"{between} overpass{'es' if between > 1 else ''} between plumes saw none: it may not have gone on "
            "all the time, and is counted as if it had"
        )
        found.append(Caution(code="none-seen-between", text=text, values={"count": between}))
    unrated = sum(sighting.rate is None for sighting in evidence.sightings)
    if 0 < unrated < len(evidence.sightings):
        text = f"{unrated} of {len(evidence.sightings)} plumes have no rate and are left out of the mass"
        found.append(Caution(code="plumes-without-rate", text=text, values={"count": unrated}))
    return found
