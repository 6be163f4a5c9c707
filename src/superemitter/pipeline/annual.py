"""A source of the register as an annual account."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from superemitter.account.annual import AnnualAccount, SourcePass, annual_account
from superemitter.account.cautions import Caution
from superemitter.account.rates import Rate
from superemitter.model.rate import CannotSay
from superemitter.register import (
    Observation,
    ObservationQuery,
    Register,
    each_observation,
    passes,
    source,
)

OWN: Final = "superemitter"
_NO_LIMIT: Final = CannotSay(code="no-detection-limit", reason="no detection limit of the scene is known")


def account_of_source(
    register: Register,
    source_id: int,
    *,
    year: int | None = None,
    assumed_probability: float | None = None,
    assumed_looks: int | None = None,
    seed: int = 0,
    exportable: bool = False,
    excluding: Collection[int] = (),
) -> AnnualAccount:
    """What a source of the register emits in a year.

    Parameters
    ----------
    register : Register
    source_id : int
    year : int, optional
        Only the passes of a calendar year, UTC.
    assumed_probability : float, optional
        Take passes that saw nothing, and do not say what they would have seen, to have this probability of
        detection. It is told as an assumption.
    assumed_looks : int, optional
        Take the plumes of public lists to be all that so many looks saw, registered scenes included (in the year,
        if one is given); each of the others with `assumed_probability`, or certainly, would have seen one. Told as
        an assumption.
    seed : int
        Of the bootstrap.
    exportable : bool
        Only records whose licence lets them leave the register.
    excluding : collection of int
        Observations that do not count, nor do passes that saw them.

    Raises
    ------
    UnknownRecord
        There is no such source.
    """
    known = source(register, source_id)
    looks = passes_of_source(register, source_id, exportable=exportable, excluding=excluding)
    assumed = 0
    if assumed_probability is not None:
        open_ends = [
            one for one in looks if not one.detected and isinstance(one.probability_of_detection, CannotSay)
        ]
        assumed = len(open_ends)
        looks = tuple(
            replace(one, probability_of_detection=assumed_probability) if one in open_ends else one
            for one in looks
        )
    unrecorded = 0
    if assumed_looks is not None:
        looks = tuple(replace(one, counts_as_look=True) for one in looks)
        unrecorded = max(0, assumed_looks - sum(year is None or one.time.year == year for one in looks))
    made = annual_account(
        f"source {source_id}",
        looks,
        np.random.default_rng(seed),
        year=year,
        simulated=known.simulated,
        unrecorded=(unrecorded, 1.0 if assumed_probability is None else assumed_probability),
    )
    if assumed_looks is not None:
        text = f"ASSUMED, not known: {assumed_looks} looks in all, {unrecorded} of them saw nothing, unrecorded"
        values = {"looks": float(assumed_looks), "unrecorded": float(unrecorded)}
        note = Caution(code="assumed-looks", text=text, values=values, assumed=True)
        made = replace(made, cautions=(note, *made.cautions))
    if assumed:
        chance = float(assumed_probability or 0.0)
        told = Caution(
            code="assumed-probability",
            text=f"ASSUMED, not known: {assumed} passes without a plume had {chance:.0%} of seeing one",
            values={"count": float(assumed), "probability": chance},
            assumed=True,
        )
        made = replace(made, cautions=(told, *made.cautions))
    return made


def passes_of_source(
    register: Register, source_id: int, *, exportable: bool = False, excluding: Collection[int] = ()
) -> tuple[SourcePass, ...]:
    """Every look at a source: registered scenes, and plumes that only other catalogues know.

    With `exportable` and `excluding` as :func:`account_of_source` has them.

    Raises
    ------
    UnknownRecord
        There is no such source.
    """
    query = ObservationQuery(source_id=source_id, exportable=exportable)
    plumes = list(each_observation(register, query, excluding=excluding))
    by_scene: dict[str, list[Observation]] = {}
    for plume in plumes:
        if plume.scene_id is not None:
            by_scene.setdefault(plume.scene_id, []).append(plume)
    found = []
    for look in passes(register, source_id):
        if look.detected and look.scene_id not in by_scene:
            continue  # what it saw does not count
        seen = look.probability_of_detection
        found.append(
            SourcePass(
                time=look.time,
                detected=look.detected,
                rate=_sum_of(by_scene.get(look.scene_id, ())) if look.detected else None,
                probability_of_detection=_NO_LIMIT if seen is None else seen,
                name=look.scene_id,
            )
        )
    shown = {one.name for one in found}
    events = {one.event_id for one in plumes if one.scene_id in shown}
    found += _of_lists(one for one in plumes if one.scene_id not in shown and one.event_id not in events)
    return tuple(sorted(found, key=lambda one: (one.time, one.name)))


def _of_lists(plumes: Iterable[Observation]) -> list[SourcePass]:
    """One look per plume that lists of others show, whichever of its records has a rate."""
    by_event: dict[int | str, list[Observation]] = {}
    for plume in plumes:
        key = plume.event_id if plume.event_id is not None else f"{plume.catalogue}:{plume.record_id}"
        by_event.setdefault(key, []).append(plume)
    looks = []
    for records in by_event.values():
        best = min(records, key=lambda r: (r.rate_kg_h is None, r.rate_low_kg_h is None, r.observation_id))
        looks.append(
            SourcePass(
                time=best.time,
                detected=True,
                rate=rate_of_observation(best),
                name=f"{best.catalogue}:{best.record_id}",
                counts_as_look=False,
            )
        )
    return looks


def rate_of_observation(seen: Observation) -> Rate | None:
    """The rate of an observation; without both bounds its error is not stated."""
    if seen.rate_kg_h is None:
        return None
    if seen.rate_low_kg_h is None or seen.rate_high_kg_h is None:
        return Rate(rate_kg_h=seen.rate_kg_h)
    return Rate(rate_kg_h=seen.rate_kg_h, low_kg_h=seen.rate_low_kg_h, high_kg_h=seen.rate_high_kg_h)


def _sum_of(plumes: Sequence[Observation]) -> Rate | None:
    """Plumes of one source in one scene together; of one event that two catalogues show, our own record."""
    by_event: dict[int, Observation] = {}
    for plume in sorted(plumes, key=lambda one: (one.catalogue == OWN, one.rate_kg_h is not None)):
        by_event[plume.event_id if plume.event_id is not None else -plume.observation_id] = plume
    return sum_of_rates([rate_of_observation(one) for one in by_event.values()])


def sum_of_rates(rates: Iterable[Rate | None]) -> Rate | None:
    """Rates of one scene together, their errors independent; None if there is none."""
    known = [rate for rate in rates if rate is not None]
    if not known:
        return None
    total = sum(rate.rate_kg_h for rate in known)
    if not all(rate.stated for rate in known):
        return Rate(rate_kg_h=total)
    down = math.hypot(*(rate.rate_kg_h - (rate.low_kg_h or 0.0) for rate in known))
    up = math.hypot(*((rate.high_kg_h or 0.0) - rate.rate_kg_h for rate in known))
    return Rate(rate_kg_h=total, low_kg_h=max(0.0, total - down), high_kg_h=total + up)
