"""Take the output folder of a scan into the register."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from superemitter.model.errors import InvalidValue, RegisterError, VerificationFailed
from superemitter.register.engine import Register
from superemitter.register.geo import distance_m
from superemitter.register.grouping import GroupingRules
from superemitter.register.records import NON_DETECTION, PLUME, Licence, ObservationRecord
from superemitter.register.revisions import withdraw_rows
from superemitter.register.schema import observations, runs, scenes
from superemitter.register.store import Origin, Stored, store_licences, store_records

#: Catalogue of what superemitter itself found.
OWN: Final = "superemitter"
OWN_LICENCE: Final = Licence(licence_id="own", name="own results", exportable=True)

#: A re-run's plume this near to an earlier run's is the same, or within a position error if that is larger. [m]
_SAME_PLUME_M: Final = 300.0
_FILES: Final = ("run.json", "item.json", "plumes.geojson")
LIMIT_FILE: Final = "limit.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What became of one scene's folder.

    Attributes
    ----------
    scene_id, run_id : str
    new_run : bool
        False if the register held this run already: nothing was changed.
    plumes : int
        In the folder.
    stored, updated, unchanged : int
        Observations, the scene's non-detection included.
    withdrawn : int
        Plumes of an earlier run that this run does not find again.
    merged : int
        New plumes that another catalogue shows too.
    """

    scene_id: str
    run_id: str
    new_run: bool
    plumes: int
    stored: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    merged: int = 0


def register_folder(
    register: Register, folder: Path, *, rules: GroupingRules | None = None
) -> tuple[ScanReport, ...]:
    """Take the output folder of a scan, or every such folder directly inside, into the register.

    Each scene is stored whole or not at all. The same run twice changes nothing; another run of a scene gives new
    versions. Every scene leaves a non-detection for wherever it shows no plume; its probability of detection
    depends on the leak in question. A ``limit.json`` in the folder goes along and answers for the places it lists.

    Raises
    ------
    RegisterError
        There is no scan in the folder, or its files cannot be used.
    VerificationFailed
        A file is not the one that the run wrote.
    """
    folders = [folder] if (folder / "run.json").is_file() else sorted(p.parent for p in folder.glob("*/run.json"))
    if not folders:
        raise RegisterError(f"{folder} holds no scan", hint="give the folder that `superemitter scan --out` wrote")
    return tuple(_register_scene(register, _read(one), rules or GroupingRules()) for one in folders)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    folder: Path
    run: Mapping[str, Any]
    item: Mapping[str, Any]
    plumes: Mapping[str, Any]
    limit: Mapping[str, Any] | None = None

    @property
    def scene_id(self) -> str:
        return str(self.run["scene_id"])

    @property
    def run_id(self) -> str:
        return str(self.run["run_id"])


def _read(folder: Path) -> _Scan:
    contents = {}
    for name in _FILES:
        try:
            contents[name] = (folder / name).read_bytes()
        except OSError as error:
            raise RegisterError(f"{folder / name} cannot be read: {error.strerror or error}") from error
    try:
        run, item, plumes = (json.loads(contents[name]) for name in _FILES)
        limit = _limit(folder)
        scan = _Scan(folder=folder, run=run, item=item, plumes=plumes, limit=limit)
        ids = {scan.scene_id, str(item["id"]), str(plumes["scene_id"])}
        same = len(ids) == 1 and scan.run_id == plumes["run_id"]
        outputs = dict(run["outputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegisterError(f"{folder} is not the output of a scan: {error!r}") from error
    for name in _FILES[1:]:
        if outputs.get(name) != hashlib.sha256(contents[name]).hexdigest():
            raise VerificationFailed(
                f"{folder / name} is not the file that run {scan.run_id} wrote", hint="scan the scene again"
            )
    if limit is not None and limit["detection_limit"]["scene_id"] != scan.scene_id:
        raise RegisterError(
            f"{folder / LIMIT_FILE} is of another scene", hint="make it for this one, or remove it"
        )
    if not same:
        raise RegisterError(f"the files in {folder} are of different scenes or runs")
    return scan


def _limit(folder: Path) -> dict[str, Any] | None:
    """What ``superemitter limit --out`` left in the folder, or None."""
    path = folder / LIMIT_FILE
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    wanted = {"detection_limit", "wind_speed_m_s", "facilities"}
    if not isinstance(content, dict) or not wanted <= content.keys():
        raise RegisterError(f"{path} is no detection limit", hint="write it with `superemitter limit --out`")
    return content


def _register_scene(register: Register, scan: _Scan, rules: GroupingRules) -> ScanReport:
    try:
        records = _plume_records(scan)
        scene = _scene_row(scan)
        nothing = _non_detection(scan, scene["time"])
    except (KeyError, TypeError, ValueError, InvalidValue) as error:
        raise RegisterError(f"{scan.folder} is not the output of a scan: {error!r}") from error
    origin = Origin(at=register.clock(), by=f"run {scan.run_id}", reason="scan")
    with register.writing(grouping=True) as connection:
        if connection.scalar(select(runs.c.run_id).where(runs.c.run_id == scan.run_id)):
            return ScanReport(scene_id=scan.scene_id, run_id=scan.run_id, new_run=False, plumes=len(records))
        _store_scene(connection, scan, scene, origin)
        store_licences(connection, (OWN_LICENCE,))
        before = _plumes_before(connection, scan.scene_id)
        named, gone = _renamed(records, before, scan.run_id)
        stored = store_records(connection, [*named, nothing], origin, rules)
        lost = Origin(at=origin.at, by=origin.by, reason=f"not found again by run {scan.run_id}")
        withdraw_rows(connection, [row.observation_id for row in gone], lost)
    return _report(scan, len(records), stored, len(gone))


def _report(scan: _Scan, plumes: int, stored: Stored, withdrawn: int) -> ScanReport:
    return ScanReport(
        scene_id=scan.scene_id,
        run_id=scan.run_id,
        new_run=True,
        plumes=plumes,
        stored=stored.new,
        updated=stored.updated,
        unchanged=stored.unchanged,
        withdrawn=withdrawn,
        merged=stored.merged,
    )


def _scene_row(scan: _Scan) -> dict[str, Any]:
    properties = scan.item["properties"]
    west, south, east, north = (float(edge) for edge in scan.item["bbox"])
    inputs = {Path(file["path"]).name: file["sha256"] for file in scan.run["inputs"]}
    return {
        "scene_id": scan.scene_id,
        "instrument": str(properties["instruments"][0]).upper(),
        "time": datetime.fromisoformat(properties["datetime"]),
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "outline": scan.item["geometry"],
        "run_id": scan.run_id,
        "checksums": {"inputs": inputs, "outputs": dict(scan.run["outputs"])},
        "simulated": bool(scan.plumes["simulated"]),
    }


def _store_scene(connection: Connection, scan: _Scan, scene: dict[str, Any], origin: Origin) -> None:
    connection.execute(
        insert(runs),
        {
            "run_id": scan.run_id,
            "scene_id": scan.scene_id,
            "registered_at": origin.at,
            "record": dict(scan.run),
        },
    )
    known = connection.scalar(select(scenes.c.scene_id).where(scenes.c.scene_id == scan.scene_id))
    if known is None:
        connection.execute(insert(scenes), scene)
    else:
        connection.execute(update(scenes).where(scenes.c.scene_id == scan.scene_id), scene)


def _plume_records(scan: _Scan) -> list[ObservationRecord]:
    """One record a plume; those without a source point cannot be placed and stay in the folder."""
    features = [f for f in scan.plumes["features"] if f["properties"]["source_longitude"] is not None]
    return [_plume_record(scan, feature) for feature in features]


def _plume_record(scan: _Scan, feature: Mapping[str, Any]) -> ObservationRecord:
    known = feature["properties"]
    sigma = known["source_sigma_m"]
    return ObservationRecord(
        catalogue=OWN,
        record_id=_record_id(scan.scene_id, str(known["plume_id"])),
        kind=PLUME,
        time=datetime.fromisoformat(known["datetime"]),
        longitude=known["source_longitude"],
        latitude=known["source_latitude"],
        position_error_m=None if sigma is None else 2.0 * sigma,
        rate_kg_h=known["rate_kg_h"],
        rate_low_kg_h=known["rate_low_kg_h"],
        rate_high_kg_h=known["rate_high_kg_h"],
        probability_ge_100_kg_h=known["probability_ge_100_kg_h"],
        instrument=str(known["instrument"]),
        name=known["facility_name"],
        licence_id=OWN_LICENCE.licence_id,
        scene_id=scan.scene_id,
        simulated=bool(known["simulated"]),
        outline=feature["geometry"],
        original=known,
    )


def _record_id(scene_id: str, plume_id: str) -> str:
    """The plume's id, which names its scene; so that no scene can speak for another's plume."""
    return plume_id if plume_id.startswith(f"{scene_id}-") else f"{scene_id}-{plume_id}"


def _non_detection(scan: _Scan, time: datetime) -> ObservationRecord:
    """Wherever the scene shows no plume, nothing was seen.

    How much that says depends on the place and on the leak in question: the limit, if there is one, goes along.
    """
    known = {"detection_limit": dict(scan.limit)} if scan.limit else {}
    reason = "it depends on the leak in question" if scan.limit else "no detection limit of the scene is known"
    properties = scan.item["properties"]
    return ObservationRecord(
        catalogue=OWN,
        record_id=f"{scan.scene_id}-elsewhere",
        kind=NON_DETECTION,
        time=time,
        instrument=str(properties["instruments"][0]).upper(),
        licence_id=OWN_LICENCE.licence_id,
        scene_id=scan.scene_id,
        simulated=bool(scan.plumes["simulated"]),
        original={
            "run_id": scan.run_id,
            "cannot_say": reason,
            **known,
            "detection_threshold": properties.get("superemitter:detection_threshold"),
        },
    )


def _plumes_before(connection: Connection, scene_id: str) -> Sequence[Any]:
    o = observations.c
    query = select(o.observation_id, o.record_id, o.longitude, o.latitude, o.position_error_m, o.withdrawn)
    rows = connection.execute(query.where(o.catalogue == OWN, o.scene_id == scene_id, o.kind == PLUME))
    return rows.all()


def _renamed(
    records: Sequence[ObservationRecord], before: Sequence[Any], run_id: str
) -> tuple[list[ObservationRecord], list[Any]]:
    """Give each plume the id it had in the run before, nearest pairs first; also the plumes that are gone."""
    standing = [row for row in before if not row.withdrawn]
    pairs = sorted(
        (apart, i, k)
        for i, record in enumerate(records)
        for k, row in enumerate(standing)
        if (apart := _apart(record, row)) <= max(_SAME_PLUME_M, *_errors(record, row))
    )
    old_of: dict[int, int] = {}
    for _, i, k in pairs:
        if i not in old_of and k not in old_of.values():
            old_of[i] = k
    taken = {row.record_id for row in before}
    named = []
    for i, record in enumerate(records):
        if i in old_of:
            record = replace(record, record_id=standing[old_of[i]].record_id)
        elif record.record_id in taken:
            record = replace(record, record_id=f"{record.record_id}@{run_id}")
        named.append(record)
    return named, [row for k, row in enumerate(standing) if k not in old_of.values()]


def _apart(record: ObservationRecord, row: Any) -> float:
    assert record.longitude is not None and record.latitude is not None
    return distance_m(record.longitude, record.latitude, row.longitude, row.latitude)


def _errors(record: ObservationRecord, row: Any) -> tuple[float, float]:
    return record.position_error_m or 0.0, row.position_error_m or 0.0
