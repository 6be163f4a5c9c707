"""From when to when a release lasted, on each basis by itself, and what it released in that time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np

from superemitter.account.inventory_uncertainty import NOT_STATED, Interval, Mass
from superemitter.account.large_release_evidence import OVERPASS, Look, ReleaseEvidence, Sighting
from superemitter.account.large_release_rules import ReleaseRules
from superemitter.model.passport import Passport
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray


class Basis(StrEnum):
    """What a duration stands on."""

    PROCESS = "process-data"
    SURVEY = "survey"
    OVERPASS = "overpasses"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A start or an end: not before, not after, and why.

    Attributes
    ----------
    earliest, latest : datetime
    code : str
        Why, for programs and translations: ``"process-data"``, ``"default"``, ``"survey"``, ``"overpass"``,
        ``"stated-end"`` or ``"not-ended"``.
    because : str
        Why, in words.
    """

    earliest: datetime
    latest: datetime
    code: str
    because: str

    @property
    def middle(self) -> datetime:
        """Half-way between."""
        return self.earliest + (self.latest - self.earliest) / 2

    def hours_from(self, zero: datetime, share: FloatArray) -> FloatArray:
        """Moments as hours after `zero`, `share` of the way from earliest to latest. [h]"""
        first = (self.earliest - zero).total_seconds() / 3600.0
        return first + share * ((self.latest - self.earliest).total_seconds() / 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearMass:
    """The part of a release that falls into a calendar year, UTC."""

    year: int
    mass: Mass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A release on one basis.

    Attributes
    ----------
    basis : Basis
    start, end : Bound
    hours : float
        From the middle of the start to the middle of the end. [h]
    ongoing : bool
        It is not known to have ended: counted to the moment it is seen at.
    mass : Mass or CannotSay
        Of methane. [t]
    by_year : tuple of YearMass
        The same by calendar year; empty if the mass cannot be said.
    passports : tuple of Passport
    """

    basis: Basis
    start: Bound
    end: Bound
    hours: float
    ongoing: bool
    mass: Mass | CannotSay
    by_year: tuple[YearMass, ...]
    passports: tuple[Passport, ...]

    @property
    def because(self) -> str:
        """Why from then to then, in words."""
        return f"it starts with {self.start.because} and ends with {self.end.because}"


def duration_on(
    basis: Basis, evidence: ReleaseEvidence, rules: ReleaseRules, as_of: datetime, draw: MassOfRelease
) -> Duration | CannotSay:
    """The release on one basis, or why that basis says nothing.

    Parameters
    ----------
    basis : Basis
    evidence : ReleaseEvidence
        With one sighting at least.
    rules : ReleaseRules
    as_of : datetime
        Nothing later is counted.
    draw : MassOfRelease
    """
    start = _start(basis, evidence, rules)
    if isinstance(start, CannotSay):
        return start
    end, ongoing = _end(basis, evidence, rules, as_of)
    if end.latest < start.earliest:
        return CannotSay(code="ends-before-it-starts", reason=f"the {end.because} is before the {start.because}")
    names = {Basis.DEFAULT: "default_start", Basis.SURVEY: "survey", Basis.OVERPASS: "overpass"}
    passports: tuple[Passport, ...] = (rules.passports["mass"], rules.passports["end"])
    if basis in names:
        passports = (rules.passports[names[basis]], *passports)
    mass = draw.between(start, end)
    return Duration(
        basis=basis,
        start=start,
        end=end,
        hours=max(0.0, (end.middle - start.middle).total_seconds() / 3600.0),
        ongoing=ongoing,
        mass=mass,
        by_year=() if isinstance(mass, CannotSay) else tuple(draw.years(start, end)),
        passports=passports,
    )


def _start(basis: Basis, evidence: ReleaseEvidence, rules: ReleaseRules) -> Bound | CannotSay:
    first = evidence.in_order[0].time
    if basis is Basis.PROCESS:
        known = evidence.facts.process_start
        if known is None:
            return CannotSay(code="no-process-data", reason="no start from process data is given")
        if known > first:
            return CannotSay(
                code="process-start-after-detection", reason="the start from process data is after the first plume"
            )
        return _at("process-data", known, f"process data ({_day(known)})")
    if basis is Basis.DEFAULT:
        start = first - timedelta(days=rules.default_days)
        return _at(
            "default", start, f"the default of {rules.default_days} days before it was first seen ({_day(first)})"
        )
    looks = evidence.facts.surveys if basis is Basis.SURVEY else evidence.looks
    what = "survey" if basis is Basis.SURVEY else "overpass"
    last = _last_before(looks, first, rules.survey_probability)
    if last is None:
        why = f"no {what} before the first plume would have seen the release with {rules.survey_probability:.0%}"
        return CannotSay(code=f"no-earlier-{what}", reason=why)
    if basis is Basis.SURVEY:
        return _at("survey", last.time, f"the last survey below the threshold ({_day(last.time)})")
    because = f"the last overpass without a plume ({_day(last.time)}) or later, by the first plume ({_day(first)})"
    return Bound(earliest=last.time, latest=first, code="overpass", because=because)


def _end(basis: Basis, evidence: ReleaseEvidence, rules: ReleaseRules, as_of: datetime) -> tuple[Bound, bool]:
    last = evidence.in_order[-1].time
    if basis is Basis.OVERPASS:
        after = _first_after(evidence.looks, last, rules.survey_probability)
        if after is not None:
            because = f"the last plume ({_day(last)}) or later, by an overpass without one ({_day(after.time)})"
            return Bound(earliest=last, latest=after.time, code="overpass", because=because), False
        return _at(
            "not-ended", as_of, f"{_day(as_of)}, because no later overpass would have seen it for sure"
        ), True
    if evidence.facts.process_end is not None:
        return _at(
            "process-data", evidence.facts.process_end, f"process data ({_day(evidence.facts.process_end)})"
        ), False
    if evidence.stated_end is not None:
        stated = evidence.stated_end
        return _at("stated-end", stated, f"the end or repair that the operator states ({_day(stated)})"), False
    return _at("not-ended", as_of, f"{_day(as_of)}, because no repair or end is confirmed"), True


class MassOfRelease:
    r"""Mass by the rates that were seen, each taken to hold until half-way to the next.

    .. math:: m = \sum_i q_i \, \Delta t_i

    Parameters
    ----------
    sightings : sequence of Sighting
        Oldest first; those without a rate do not count.
    rng : numpy.random.Generator
    draws : int
    """

    def __init__(self, sightings: Sequence[Sighting], rng: np.random.Generator, draws: int) -> None:
        measured = [(one.time, one.rate) for one in sightings if one.rate is not None]
        self._times = [time for time, _ in measured]
        self._rates = np.array([rate.rate_kg_h for _, rate in measured])
        self._drawn = np.array([rate.draw(rng, draws) for _, rate in measured]).reshape(len(measured), draws)
        self._unstated = sum(not rate.stated for _, rate in measured)
        self._share = rng.random((2, draws))

    def between(
        self, start: Bound, end: Bound, within: tuple[datetime, datetime] | None = None
    ) -> Mass | CannotSay:
        """What was released from `start` to `end`, within a window if one is given. [t]"""
        if not self._times:
            return CannotSay(code="no-rate", reason="no plume of it has a rate")
        zero = self._times[0]
        from_h = start.hours_from(zero, self._share[0])
        until_h = end.hours_from(zero, self._share[1])
        middle = np.array([0.5])
        value = self._mass(
            start.hours_from(zero, middle), end.hours_from(zero, middle), self._rates[:, None], zero, within
        )
        drawn = self._mass(from_h, until_h, self._drawn, zero, within)
        if self._unstated:
            why = CannotSay(code=NOT_STATED, reason="no uncertainty is stated for the rate of a plume")
            return Mass(value_t=float(value[0]), interval=why)
        return Mass(value_t=float(value[0]), interval=Interval.of(drawn))

    def years(self, start: Bound, end: Bound) -> Iterable[YearMass]:
        """The mass by calendar year, UTC. [t]"""
        first, last = start.earliest.astimezone(UTC).year, end.latest.astimezone(UTC).year
        for year in range(first, last + 1):
            window = (datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
            mass = self.between(start, end, window)
            if isinstance(mass, Mass) and mass.value_t > 0:
                yield YearMass(year=year, mass=mass)

    def _mass(
        self,
        from_h: FloatArray,
        until_h: FloatArray,
        rates: FloatArray,
        zero: datetime,
        within: tuple[datetime, datetime] | None,
    ) -> FloatArray:
        if within is not None:
            low, high = ((moment - zero).total_seconds() / 3600.0 for moment in within)
            from_h, until_h = np.clip(from_h, low, high), np.clip(until_h, low, high)
        hours = np.array([(time - zero).total_seconds() / 3600.0 for time in self._times])
        edges = np.concatenate([[-np.inf], 0.5 * (hours[1:] + hours[:-1]), [np.inf]])
        lengths = np.minimum(until_h, edges[1:, None]) - np.maximum(from_h, edges[:-1, None])
        mass: FloatArray = (rates * np.maximum(0.0, lengths)).sum(axis=0) / 1000.0
        return mass


def _last_before(looks: Iterable[Look], moment: datetime, probability: float) -> Look | None:
    return max(
        (one for one in looks if one.time < moment and one.tells(probability)), key=lambda x: x.time, default=None
    )


def _first_after(looks: Iterable[Look], moment: datetime, probability: float) -> Look | None:
    telling = (one for one in looks if one.kind == OVERPASS and one.time > moment and one.tells(probability))
    return min(telling, key=lambda x: x.time, default=None)


def _at(code: str, moment: datetime, because: str) -> Bound:
    return Bound(earliest=moment, latest=moment, code=code, because=because)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
