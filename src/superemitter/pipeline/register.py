"""Scans into the register, and what the register knows of a place into its cases."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from superemitter.model import CannotSay
from superemitter.model.errors import SuperemitterError
from superemitter.observe.facilities import read_facilities
from superemitter.pipeline.cases import all_cases, take_step
from superemitter.pipeline.limit import probability_at
from superemitter.pipeline.overlays import keep_overlays
from superemitter.programme.case import Case
from superemitter.programme.events import EVENT_KINDS
from superemitter.register import (
    Observation,
    ObservationQuery,
    Register,
    ScanReport,
    add_document,
    exportable,
    list_observations,
    observation,
    register_folder,
    save_facilities,
    versions,
)
from superemitter.register.geo import METRES_PER_DEGREE, distance_m
from superemitter.register.records import NON_DETECTION, PLUME
from superemitter.register.scenes import SceneRow, scene, scenes_over

#: Plumes and reports this near to each other are of one leak; or within a plume's position error, if larger.
#: A convention of this project, the radius within which the register groups plumes. [m]
SAME_LEAK_M = 500.0
PICTURE = "quicklook.png"
CANNOT_SAY = {"code": "no-detection-limit", "reason": "no detection limit of the scene is known"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What became of one folder: its scenes, or the error that stopped it."""

    folder: Path
    scenes: tuple[ScanReport, ...] = ()
    error: SuperemitterError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A case that learned of a later look at its leak."""

    case_id: str
    scene_id: str
    detected: bool


def register_scans(
    register: Register, folders: Sequence[Path], *, now: datetime
) -> tuple[tuple[Registered, ...], tuple[Told, ...]]:
    """Take the output of scans into the register, and tell open cases what later scenes saw of their leaks.

    A folder that fails does not stop the others. Doing it again changes nothing.

    Parameters
    ----------
    register : Register
    folders : sequence of Path
        Folders of scenes, or folders that hold such folders.
    now : datetime
    """
    done = tuple(_register(register, folder) for folder in folders)
    tell_withdrawals(register, now)
    return done, tell_cases(register, now)


def _register(register: Register, folder: Path) -> Registered:
    try:
        reports = register_folder(register, folder)
        for report in reports:
            _keep_picture(register, folder, report)
            keep_overlays(register, folder, report.scene_id, report.run_id)
    except SuperemitterError as error:
        return Registered(folder=folder, error=error)
    return Registered(folder=folder, scenes=reports)


def _keep_picture(register: Register, folder: Path, report: ScanReport) -> None:
    """Keep a scene's picture as a document: notices of its plumes show it."""
    known = scene(register, report.scene_id)
    wanted = known.checksums["outputs"].get(PICTURE) if known and known.run_id == report.run_id else None
    if wanted is None:
        return
    for place in (folder / PICTURE, *sorted(folder.glob(f"*/{PICTURE}"))):
        try:
            content = place.read_bytes()
        except OSError:
            continue  # a folder without its picture is still a scan
        if hashlib.sha256(content).hexdigest() == wanted:
            add_document(register, content, name=picture_name(report.scene_id), media_type="image/png")


def picture_name(scene_id: str) -> str:
    """The name of a scene's picture among the documents."""
    return f"{scene_id}.png"


def keep_facilities(register: Register, path: Path) -> tuple[int, int]:
    """Keep a facility list in the register, where notices look for owners; how many are used and refused.

    Raises
    ------
    FacilityError
        The list cannot be used.
    """
    listed = read_facilities(path)
    return save_facilities(register, listed.facilities, list_name=path.name), len(listed.refused)


# ---- plumes for cases


def plumes_at(
    register: Register, longitude: float, latitude: float, moment: datetime, *, days: float, simulated: bool
) -> tuple[Observation, ...]:
    """Plumes at a place within some days of a moment, nearest first; none that must not leave the register."""
    window = timedelta(days=days)
    query = ObservationQuery(
        bbox=_box(longitude, latitude, 10_000.0), since=moment - window, until=moment + window, simulated=simulated
    )
    near = [(_apart(one, longitude, latitude), one) for one in exportable(register, query)]
    fitting = [(apart, one) for apart, one in near if apart <= max(SAME_LEAK_M, one.position_error_m or 0.0)]
    return tuple(one for _, one in sorted(fitting, key=lambda pair: (pair[0], pair[1].observation_id)))


def plume_entry(register: Register, seen: Observation) -> dict[str, Any]:
    """A registered plume as a case records it: what its scan wrote, outline, picture, where it came from."""
    content = versions(register, seen.observation_id)[-1].content
    own = content["original"] if seen.catalogue == "superemitter" else _foreign(content)
    entry: dict[str, Any] = {
        **own,
        "plume_id": plume_name(seen),
        "observation_id": seen.observation_id,
        "observation_version": seen.version,
        "catalogue": seen.catalogue,
        "licence": seen.licence_id,
        "outline": content["outline"],
    }
    known = scene(register, seen.scene_id) if seen.scene_id else None
    if known is not None and PICTURE in known.checksums["outputs"]:
        sha256 = known.checksums["outputs"][PICTURE]
        entry["picture"] = {"name": picture_name(known.scene_id), "sha256": sha256, "media_type": "image/png"}
    return entry


def plume_name(seen: Observation) -> str:
    """What a case calls a registered plume: ids of other catalogues stand behind the catalogue's name."""
    return seen.record_id if seen.catalogue == "superemitter" else f"{seen.catalogue}:{seen.record_id}"


def _foreign(content: Mapping[str, Any]) -> dict[str, Any]:
    """A plume of another catalogue in the words of our own plume records; what is not known is None."""
    same = ("rate_kg_h", "rate_low_kg_h", "rate_high_kg_h", "probability_ge_100_kg_h", "instrument", "simulated")
    error = content["position_error_m"]
    return {
        **{name: content[name] for name in same},
        "scene_id": content["scene_id"] or content["record_id"],
        "datetime": content["time"],
        "source_longitude": content["longitude"],
        "source_latitude": content["latitude"],
        "source_sigma_m": None if error is None else 0.5 * error,
        "flags": [],
    }


# ---- later looks


def tell_cases(register: Register, now: datetime) -> tuple[Told, ...]:
    """Record in every case the later scenes over its leak that it does not know yet: a detection, or none."""
    told = []
    for case in all_cases(register, now):
        if case.state not in EVENT_KINDS["observed"].states or case.longitude is None or case.latitude is None:
            continue
        for look in _new_looks(register, case):
            payload = _observed(register, case, look)
            take_step(
                register, case.case_id, "observed", payload, actor="system", now=now, occurred=min(look.time, now)
            )
            told.append(Told(case_id=case.case_id, scene_id=look.scene_id, detected=payload["detected"]))
    return tuple(told)


def tell_withdrawals(register: Register, now: datetime) -> tuple[tuple[str, str], ...]:
    """Withdraw from every case the plumes that the register withdrew, say because a new run finds them no more.

    Returns
    -------
    tuple of (str, str)
        Case and plume.
    """
    told = []
    for case in all_cases(register, now):
        for plume in case.plumes:
            number = plume.current.record.get("observation_id")
            if plume.withdrawn or number is None or not observation(register, int(number)).withdrawn:
                continue
            reason = versions(register, int(number))[-1].reason
            payload = {"what": "plume", "id": plume.plume_id, "reason": reason}
            if case.state in EVENT_KINDS["withdrawn"].states:
                take_step(register, case.case_id, "withdrawn", payload, actor="system", now=now)
                told.append((case.case_id, plume.plume_id))
    return tuple(told)


def _new_looks(register: Register, case: Case) -> list[SceneRow]:
    assert case.longitude is not None and case.latitude is not None
    known = {one.scene_id for one in case.observations}
    known |= {str(plume.current.record.get("scene_id")) for plume in case.plumes}
    first = min(case.detected_at, default=case.opened_at)
    looks = scenes_over(register, case.longitude, case.latitude)
    return [
        one for one in looks if one.time > first and one.scene_id not in known and one.simulated == case.simulated
    ]


def _observed(register: Register, case: Case, look: SceneRow) -> dict[str, Any]:
    assert case.longitude is not None and case.latitude is not None
    page = list_observations(register, ObservationQuery(scene_id=look.scene_id, kind=None), limit=10_000)
    plumes = [
        one
        for one in page.observations
        if one.kind == PLUME
        and _apart(one, case.longitude, case.latitude) <= max(SAME_LEAK_M, one.position_error_m or 0.0)
    ]
    if plumes:
        rates = [one.rate_kg_h for one in plumes if one.rate_kg_h is not None]
        rate = {"rate_kg_h": sum(rates)} if rates else {}
        return {"scene_id": look.scene_id, "detected": True, **rate}
    nothing = next((one for one in page.observations if one.kind == NON_DETECTION), None)
    return {
        "scene_id": look.scene_id,
        "detected": False,
        "probability_of_detection": _chance_of_detection(register, case, nothing),
    }


def _chance_of_detection(register: Register, case: Case, nothing: Observation | None) -> Any:
    """That the case's leak, at the largest rate accepted so far, would have been seen, or why not."""
    assert case.longitude is not None and case.latitude is not None
    if nothing is None or nothing.probability_of_detection is not None:
        return CANNOT_SAY if nothing is None else nothing.probability_of_detection
    limit = versions(register, nothing.observation_id)[-1].content["original"].get("detection_limit")
    rates = [plume.current.record.get("rate_kg_h") for plume in case.accepted_plumes]
    known = [float(rate) for rate in rates if rate]
    if limit is None or not known:
        return CANNOT_SAY
    chance = probability_at(limit, case.longitude, case.latitude, max(known), SAME_LEAK_M)
    return {"code": chance.code, "reason": chance.reason} if isinstance(chance, CannotSay) else chance


def _apart(seen: Observation, longitude: float, latitude: float) -> float:
    if seen.longitude is None or seen.latitude is None:
        return float("inf")
    return distance_m(seen.longitude, seen.latitude, longitude, latitude)


def _box(longitude: float, latitude: float, reach_m: float) -> tuple[float, float, float, float]:
    """A box around a point; narrower boxes than the poles need are not asked for. [degree]"""
    up = reach_m / METRES_PER_DEGREE
    side = min(180.0, up / max(0.01, math.cos(math.radians(latitude))))
    west, east = longitude - side, longitude + side
    if side >= 180.0:
        west, east = -180.0, 180.0
    west = west + 360.0 if west < -180.0 else west
    east = east - 360.0 if east > 180.0 else east
    return west, max(-90.0, latitude - up), east, min(90.0, latitude + up)
