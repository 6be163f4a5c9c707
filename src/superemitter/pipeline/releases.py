"""A case of the register as a large release that would be reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from superemitter.account.large_release import LargeRelease, assess_release
from superemitter.account.large_release_evidence import (
    OVERPASS,
    Look,
    ReleaseEvidence,
    ReleaseFacts,
    Sighting,
)
from superemitter.account.large_release_rules import load_release_rules
from superemitter.account.rates import Rate, rate_of
from superemitter.model.rate import CannotSay
from superemitter.pipeline.annual import rate_of_observation, sum_of_rates
from superemitter.pipeline.register import SAME_LEAK_M
from superemitter.programme.case import Case, CasePlume
from superemitter.register import Observation, ObservationQuery, Register, list_observations
from superemitter.register.geo import distance_m
from superemitter.register.records import NON_DETECTION, PLUME
from superemitter.register.scenes import scenes_over

#: Records of one overpass by several catalogues are not so far apart; two overpasses are.
SAME_OVERPASS: Final = timedelta(minutes=30)
_NO_LIMIT: Final = CannotSay(code="no-detection-limit", reason="no detection limit of the scene is known")


def large_release_of_case(
    register: Register, case: Case, *, facts: ReleaseFacts | None = None, seed: int = 0
) -> LargeRelease | CannotSay:
    """What would be reported of a case's leak, as of the moment the case is seen at.

    Parameters
    ----------
    register : Register
        Where looks before the first detection, and the errors of later rates, are found.
    case : Case
    facts : ReleaseFacts, optional
        What only the facility's own records tell.
    seed : int
        Of the intervals.
    """
    evidence = evidence_of_case(register, case, facts or ReleaseFacts())
    return assess_release(evidence, load_release_rules(), case.now, np.random.default_rng(seed))


def evidence_of_case(register: Register, case: Case, facts: ReleaseFacts) -> ReleaseEvidence:
    """Everything that a case and the register know of a leak's beginning, end and size.

    Plumes that were rejected, withdrawn or split do not count; of one overpass that several records show, the
    first with a rate does.
    """
    seen = [*_plumes(case.plumes), *_later_plumes(register, case), *_reports(case)]
    times = {one.time for one in seen}
    seen += [Sighting(time=moment, name="stated") for moment in case.detected_at if moment not in times]
    first = min((one.time for one in seen), default=case.opened_at)
    looks = [
        Look(
            time=one.time,
            kind=OVERPASS,
            probability_of_detection=one.probability_of_detection,
            name=one.scene_id,
        )
        for one in case.observations
        if not one.detected and not one.withdrawn
    ]
    return ReleaseEvidence(
        sightings=_one_per_overpass(seen),
        looks=(*_earlier_looks(register, case, first), *looks),
        stated_end=case.ended_at or case.moments.get("repaired"),
        facts=facts,
        simulated=case.simulated,
    )


def _plumes(plumes: Iterable[CasePlume]) -> list[Sighting]:
    """Plumes that stand, those of one scene together."""
    by_scene: dict[tuple[str, datetime], list[Mapping[str, Any]]] = {}
    for plume in plumes:
        record = plume.current.record
        if plume.withdrawn or plume.split_into or plume.decision == "rejected" or not record.get("datetime"):
            continue
        time = datetime.fromisoformat(str(record["datetime"])).astimezone(UTC)
        by_scene.setdefault((str(record.get("scene_id") or plume.plume_id), time), []).append(record)
    return [
        Sighting(
            time=time,
            rate=sum_of_rates(map(_rate_of_record, records)),
            name=name,
        )
        for (name, time), records in by_scene.items()
    ]


def _rate_of_record(record: Mapping[str, Any]) -> Rate | None:
    rate, low, high = (record.get(name) for name in ("rate_kg_h", "rate_low_kg_h", "rate_high_kg_h"))
    if rate is None or low is None or high is None:
        return None if rate is None else Rate(rate_kg_h=rate)
    return Rate(rate_kg_h=rate, low_kg_h=low, high_kg_h=high)


def _later_plumes(register: Register, case: Case) -> list[Sighting]:
    """Detections after the first; their rates with the errors that the register holds."""
    found = []
    for one in case.observations:
        if not one.detected or one.withdrawn:
            continue
        rate = sum_of_rates(map(rate_of_observation, _near(register, case, one.scene_id, PLUME)))
        if rate is None and one.rate_kg_h is not None:
            rate = Rate(rate_kg_h=one.rate_kg_h)
        found.append(Sighting(time=one.time, rate=rate, name=one.scene_id))
    return found


def _reports(case: Case) -> list[Sighting]:
    """What people reported, with their own rates; where the case holds the plume, that and its review count."""
    moments = [plume.current.record.get("datetime") for plume in case.plumes]
    plumes = [datetime.fromisoformat(str(moment)) for moment in moments if moment]
    found = []
    for report in case.reports:
        if not report.get("detected_at"):
            continue
        time = datetime.fromisoformat(str(report["detected_at"])).astimezone(UTC)
        known = any(abs(time - moment) <= SAME_OVERPASS for moment in plumes)
        rate, sigma = None if known else report.get("rate_kg_h"), report.get("rate_sigma_kg_h")
        found.append(
            Sighting(
                time=time,
                rate=None if rate is None else rate_of(float(rate), None if sigma is None else float(sigma)),
                name="report",
            )
        )
    return found


def _one_per_overpass(seen: Sequence[Sighting]) -> tuple[Sighting, ...]:
    """Records in order of trust, those with a rate first; one within minutes of another adds nothing."""
    kept: list[Sighting] = []
    for one in sorted(seen, key=lambda s: s.rate is None):
        if all(abs(one.time - other.time) > SAME_OVERPASS for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda s: s.time))


def _earlier_looks(register: Register, case: Case, first: datetime) -> list[Look]:
    """Scenes over the place before the first plume that show none."""
    if case.longitude is None or case.latitude is None:
        return []
    looks = []
    for look in scenes_over(register, case.longitude, case.latitude):
        if look.time >= first or look.simulated != case.simulated or _near(register, case, look.scene_id, PLUME):
            continue
        nothing = _near(register, case, look.scene_id, NON_DETECTION)
        seen = nothing[0].probability_of_detection if nothing else None
        looks.append(
            Look(
                time=look.time,
                kind=OVERPASS,
                probability_of_detection=_NO_LIMIT if seen is None else seen,
                name=look.scene_id,
            )
        )
    return looks


def _near(register: Register, case: Case, scene_id: str, kind: str) -> list[Observation]:
    page = list_observations(register, ObservationQuery(scene_id=scene_id, kind=kind), limit=10_000)
    if kind == NON_DETECTION or case.longitude is None or case.latitude is None:
        return list(page.observations)
    return [
        one
        for one in page.observations
        if one.longitude is not None
        and one.latitude is not None
        and distance_m(one.longitude, one.latitude, case.longitude, case.latitude)
        <= max(SAME_LEAK_M, one.position_error_m or 0.0)
    ]
