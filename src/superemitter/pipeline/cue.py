"""Where to point sharper instruments: plumes of scans as a ranked list of places, with who could look."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from superemitter.model import Facility
from superemitter.model.errors import UsageError
from superemitter.model.footprint import distance_and_bearing
from superemitter.observe.facilities import FacilityIndex
from superemitter.pipeline.compare import ScanFolder, read_scan

SAME_PLACE_M = 15_000.0
FOOTPRINT_SIGMAS = 2.0
LEAST_FOOTPRINT_M = 7_000.0
LOOK_DAYS = 14
LISTED_FACILITIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """A satellite that could look, and whether its detection limit was read in the primary text."""

    name: str
    most_latitude_deg: float
    detection_limit_kg_h: float
    tasked: bool
    open_data: bool
    verified: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """A place to look at.

    Attributes
    ----------
    longitude, latitude, radius_m : float
        Centre and radius of what should be in the picture. [degree], [m]
    plumes : tuple of mappings
        Records of the plumes seen there, latest first.
    priority : float
        Expected emission: the sum over plumes of rate times the probability that they are real. [kg h-1]
    facilities : tuple of (Facility, float)
        Inside the circle, nearest first, with their distance. [m]
    lookers : tuple of Looker
        Whose orbit reaches the place and whose limit is below the largest rate.
    first_day, last_day : date
        When to look: from the day after the last sight, for two weeks.
    """

    longitude: float
    latitude: float
    radius_m: float
    plumes: tuple[Mapping[str, Any], ...]
    priority: float
    facilities: tuple[tuple[Facility, float], ...]
    lookers: tuple[Looker, ...]
    first_day: date
    last_day: date

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return {
            "longitude": self.longitude,
            "latitude": self.latitude,
            "radius_m": self.radius_m,
            "priority_kg_h": self.priority,
            "look_from": self.first_day.isoformat(),
            "look_until": self.last_day.isoformat(),
            "seen": [plume["datetime"] for plume in self.plumes],
            "plumes": [plume["plume_id"] for plume in self.plumes],
            "rates_kg_h": [plume["rate_kg_h"] for plume in self.plumes],
            "simulated": any(bool(plume["simulated"]) for plume in self.plumes),
            "facilities": [
                {"facility_id": f.facility_id, "name": f.name, "kind": f.kind, "distance_m": metres}
                for f, metres in self.facilities
            ],
            "lookers": [
                {
                    "name": one.name,
                    "detection_limit_kg_h": one.detection_limit_kg_h,
                    "tasked": one.tasked,
                    "open_data": one.open_data,
                    "verified": one.verified,
                }
                for one in self.lookers
            ],
        }


@cache
def lookers() -> tuple[Looker, ...]:
    """The packaged satellites."""
    text = (files("superemitter") / "data" / "lookers.toml").read_text(encoding="utf-8")
    return tuple(
        Looker(**{name: value for name, value in entry.items() if name != "platform"})
        for entry in tomllib.loads(text)["looker"]
    )


def cue(folders: Sequence[Path], facilities: tuple[Facility, ...] = ()) -> list[Cue]:
    """Places to look at, the largest expected emission first.

    Plumes within 15 km of each other, of any scenes, are one place. A plume without a rate ranks by
    its mass as if a wind of 2 m/s carried it along its length.

    Parameters
    ----------
    folders : sequence of Path
        Of scans.
    facilities : tuple of Facility
        Those inside the circle become candidates.

    Raises
    ------
    SceneError, UsageError
    """
    if not folders:
        raise UsageError("no scan was given", hint="give the folders that `superemitter scan` wrote")
    scans: list[ScanFolder] = [read_scan(folder) for folder in folders]
    plumes = [plume for scan in scans for plume in scan.plumes]
    plumes.sort(key=lambda plume: (-_expected(plume), str(plume["plume_id"])))
    places: list[list[Mapping[str, Any]]] = []
    for plume in plumes:
        home = next((place for place in places if _metres(place[0], plume) <= SAME_PLACE_M), None)
        if home is None:
            places.append([plume])
        else:
            home.append(plume)
    index = FacilityIndex.of(facilities)
    cues = [_cue(place, index) for place in places]
    return sorted(cues, key=lambda one: -one.priority)


def _cue(place: list[Mapping[str, Any]], index: FacilityIndex) -> Cue:
    head = place[0]
    longitude, latitude = float(head["source_longitude"]), float(head["source_latitude"])
    radius = max(LEAST_FOOTPRINT_M, FOOTPRINT_SIGMAS * float(head["source_sigma_m"]))
    near = []
    for facility in index.near(longitude, latitude, radius)[:LISTED_FACILITIES]:
        metres, _ = distance_and_bearing(longitude, latitude, facility.longitude, facility.latitude)
        near.append((facility, metres))
    largest = max(_rate(plume) for plume in place)
    able = [
        one for one in lookers() if abs(latitude) <= one.most_latitude_deg and largest >= one.detection_limit_kg_h
    ]
    able.sort(key=lambda one: (not one.open_data, one.tasked, one.detection_limit_kg_h))
    latest = sorted(place, key=lambda plume: str(plume["datetime"]), reverse=True)
    last = _time(latest[0]).date()
    return Cue(
        longitude=longitude,
        latitude=latitude,
        radius_m=radius,
        plumes=tuple(latest),
        priority=sum(_expected(plume) for plume in place),
        facilities=tuple(near),
        lookers=tuple(able),
        first_day=last + timedelta(days=1),
        last_day=last + timedelta(days=LOOK_DAYS),
    )


def _rate(plume: Mapping[str, Any]) -> float:
    if plume["rate_kg_h"] is not None:
        return float(plume["rate_kg_h"])
    return max(float(plume["ime_kg"]), 0.0) * 2.0 * 3600.0 / max(float(plume["length_m"]), 1.0)


def _expected(plume: Mapping[str, Any]) -> float:
    value = _rate(plume) * float(plume["detection_probability"])
    return value if math.isfinite(value) else 0.0


def _metres(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    metres, _ = distance_and_bearing(
        one["source_longitude"], one["source_latitude"], other["source_longitude"], other["source_latitude"]
    )
    return metres


def _time(plume: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(plume["datetime"]).replace("Z", "+00:00")).astimezone(UTC)
