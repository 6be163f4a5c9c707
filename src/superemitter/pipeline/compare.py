"""Scans beside a plume list of others: what both saw, by how much they differ, what one of them missed."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import shapely

from superemitter.model.errors import SceneError, UsageError
from superemitter.model.footprint import distance_and_bearing
from superemitter.register.importers import importer_of
from superemitter.register.importers.reading import read_table
from superemitter.register.records import ObservationRecord

MATCH_M = 20_000.0
MATCH_TIME = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFolder:
    """What a scan's folder says: scene, time, footprint, plume records."""

    folder: Path
    scene_id: str
    time: datetime
    outline: Any
    plumes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A list's entry with our plume, or one of them alone.

    Attributes
    ----------
    listed : ObservationRecord or None
        None: we have a plume there, the list has none.
    plume : mapping or None
        None: the list has one inside a scene we scanned, we found none.
    scene_id : str
    distance_m : float or None
    """

    listed: ObservationRecord | None
    plume: Mapping[str, Any] | None
    scene_id: str
    distance_m: float | None = None

    @property
    def ratio(self) -> float | None:
        """Our rate over the list's; None where either has none."""
        if self.listed is None or self.plume is None or not self.listed.rate_kg_h:
            return None
        ours = self.plume.get("rate_kg_h")
        return None if ours is None else float(ours) / self.listed.rate_kg_h

    @property
    def agrees(self) -> bool | None:
        """Whether our 95 % interval and the list's rate within its own 95 % meet."""
        if self.ratio is None or self.listed is None or self.plume is None or self.listed.rate_kg_h is None:
            return None
        rate = self.listed.rate_kg_h
        low = rate - 1.96 * (rate - (rate if self.listed.rate_low_kg_h is None else self.listed.rate_low_kg_h))
        high = rate + 1.96 * ((rate if self.listed.rate_high_kg_h is None else self.listed.rate_high_kg_h) - rate)
        return bool(self.plume["rate_low95_kg_h"] <= high and self.plume["rate_high95_kg_h"] >= low)

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        listed, plume = self.listed, self.plume
        return {
            "scene_id": self.scene_id,
            "listed": None
            if listed is None
            else {
                "record_id": listed.record_id,
                "time": listed.time.isoformat(),
                "longitude": listed.longitude,
                "latitude": listed.latitude,
                "rate_kg_h": listed.rate_kg_h,
            },
            "plume_id": None if plume is None else plume["plume_id"],
            "rate_kg_h": None if plume is None else plume["rate_kg_h"],
            "rate_reason": None if plume is None else plume.get("rate_reason"),
            "distance_m": self.distance_m,
            "ratio": self.ratio,
            "agrees": self.agrees,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All pairs, and how much of the list could be compared.

    Attributes
    ----------
    pairs : tuple of Pair
    listed, refused : int
        Entries of the list that could be read, and that could not.
    outside : int
        Entries that lie in no scene scanned.
    """

    pairs: tuple[Pair, ...]
    listed: int
    refused: int
    outside: int

    def summary(self) -> dict[str, Any]:
        """Counts, the median ratio, and how many intervals agree; None where nothing can be said."""
        matched = [pair for pair in self.pairs if pair.listed is not None and pair.plume is not None]
        ratios = [pair.ratio for pair in matched if pair.ratio is not None]
        agree = [pair.agrees for pair in matched if pair.agrees is not None]
        return {
            "listed": self.listed,
            "refused": self.refused,
            "outside": self.outside,
            "matched": len(matched),
            "missed": sum(pair.plume is None for pair in self.pairs),
            "only_ours": sum(pair.listed is None for pair in self.pairs),
            "with_rate": len(ratios),
            "median_ratio": statistics.median(ratios) if ratios else None,
            "within_factor_2": sum(0.5 <= ratio <= 2.0 for ratio in ratios) if ratios else None,
            "intervals_agree": sum(agree) if agree else None,
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return {**self.summary(), "pairs": [pair.as_dict() for pair in self.pairs]}


def read_scan(folder: Path) -> ScanFolder:
    """A scan's folder, or its ``run.json``, by its catalogue item and plumes.

    Raises
    ------
    SceneError
        It is no output of a scan.
    """
    folder = folder.parent if folder.name == "run.json" else folder
    try:
        item = json.loads((folder / "item.json").read_text(encoding="utf-8"))
        plumes = json.loads((folder / "plumes.geojson").read_text(encoding="utf-8"))
        return ScanFolder(
            folder=folder,
            scene_id=str(item["id"]),
            time=datetime.fromisoformat(item["properties"]["datetime"].replace("Z", "+00:00")),
            outline=shapely.from_geojson(json.dumps(item["geometry"])),
            plumes=tuple(feature["properties"] for feature in plumes["features"]),
        )
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise SceneError(
            f"{folder} is no output of a scan: {error}", hint="give the folder that holds run.json"
        ) from error


def compare_with_list(
    path: Path, folders: Sequence[Path], *, match_m: float = MATCH_M, match_time: timedelta = MATCH_TIME
) -> Comparison:
    """Pair the entries of a plume list with the plumes of scans, nearest first, each used once.

    Parameters
    ----------
    path : Path
        Any plume list that ``superemitter import`` takes.
    folders : sequence of Path
        Of scans.
    match_m : float
        Farthest distance of a pair. [m]
    match_time : timedelta
        An entry belongs to a scene if it lies in it and is no farther from it in time.

    Raises
    ------
    ImportRefused, SceneError, UsageError
    """
    if not folders:
        raise UsageError("no scan was given", hint="give the folders that `superemitter scan` wrote")
    table = read_table(path)
    reading = importer_of(table).read(table)
    records = [record for record in reading.records if isinstance(record, ObservationRecord)]
    pairs: list[Pair] = []
    placed: set[str] = set()
    for scan in (read_scan(folder) for folder in folders):
        inside = [record for record in records if _inside(record, scan, match_time)]
        placed |= {record.record_id for record in inside}
        pairs += _paired(inside, scan, match_m)
    return Comparison(
        pairs=tuple(pairs), listed=len(records), refused=len(reading.refused), outside=len(records) - len(placed)
    )


def _inside(record: ObservationRecord, scan: ScanFolder, match_time: timedelta) -> bool:
    if record.longitude is None or record.latitude is None or abs(record.time - scan.time) > match_time:
        return False
    return bool(shapely.intersects_xy(scan.outline, record.longitude, record.latitude))


def _paired(records: list[ObservationRecord], scan: ScanFolder, match_m: float) -> list[Pair]:
    near = []
    for i, record in enumerate(records):
        assert record.longitude is not None and record.latitude is not None
        for j, plume in enumerate(scan.plumes):
            metres, _ = distance_and_bearing(
                record.longitude, record.latitude, plume["source_longitude"], plume["source_latitude"]
            )
            if metres <= match_m:
                near.append((metres, i, j))
    of_record: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for metres, i, j in sorted(near):
        if i not in of_record and j not in used:
            of_record[i] = (j, metres)
            used.add(j)
    out = []
    for i, record in enumerate(records):
        if i in of_record:
            j, metres = of_record[i]
            out.append(Pair(listed=record, plume=scan.plumes[j], scene_id=scan.scene_id, distance_m=metres))
        else:
            out.append(Pair(listed=record, plume=None, scene_id=scan.scene_id))
    rest = [plume for j, plume in enumerate(scan.plumes) if j not in used]
    return out + [Pair(listed=None, plume=plume, scene_id=scan.scene_id) for plume in rest]
