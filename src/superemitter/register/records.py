"""One record of a catalogue, whatever its format: what the importers make and the register stores."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from superemitter.model.errors import InvalidValue

#: No single leak has been measured above about 560 t/h from space; far above that, the unit is wrong. [kg h-1]
LARGEST_RATE_KG_H: Final = 2_000_000.0

PLUME: Final = "plume"
NON_DETECTION: Final = "non-detection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The terms a record came under.

    Attributes
    ----------
    licence_id : str
        SPDX name where there is one.
    name, url, attribution : str
    exportable : bool
        False if it is non-commercial, or if no terms were stated: such records never leave in an export.
    """

    licence_id: str
    name: str
    url: str = ""
    attribution: str = ""
    exportable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRecord:
    """A plume, or a look that found none, as one catalogue states it. What is not known is None.

    Attributes
    ----------
    catalogue, record_id : str
        Together they name the record for ever; a change of content is a new version.
    kind : str
        ``"plume"`` or ``"non-detection"``.
    time : datetime
        Of the observation, with zone.
    longitude, latitude : float, optional
        Source point, WGS 84; None only for a non-detection. [degree]
    position_error_m : float, optional
        How far off the point may be. [m]
    rate_kg_h, rate_low_kg_h, rate_high_kg_h : float, optional
        Rate and its 68 % interval. [kg h-1]
    probability_ge_100_kg_h : float, optional
    probability_of_detection : float, optional
        Of a non-detection: that a leak in question would have been seen. None: cannot say.
    instrument, sector, country, name : str, optional
        `sector` in the register's words (``"oil-gas"``, ``"coal"``, ``"waste"``, ...).
    licence_id : str
    scene_id : str, optional
        A scene of the register.
    simulated : bool
    outline : mapping, optional
        GeoJSON geometry.
    original : mapping
        The record as the catalogue wrote it.
    """

    catalogue: str
    record_id: str
    time: datetime
    licence_id: str
    kind: str = PLUME
    longitude: float | None = None
    latitude: float | None = None
    position_error_m: float | None = None
    rate_kg_h: float | None = None
    rate_low_kg_h: float | None = None
    rate_high_kg_h: float | None = None
    probability_ge_100_kg_h: float | None = None
    probability_of_detection: float | None = None
    instrument: str = ""
    sector: str | None = None
    country: str | None = None
    name: str | None = None
    scene_id: str | None = None
    simulated: bool = False
    outline: Mapping[str, Any] | None = None
    original: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise InvalidValue(f"the time of record {self.record_id} has no zone")
        if self.kind == PLUME or self.longitude is not None or self.latitude is not None:
            _check_place(self)
        rates = (self.rate_low_kg_h, self.rate_kg_h, self.rate_high_kg_h)
        if any(rate is not None and not 0.0 <= rate <= LARGEST_RATE_KG_H for rate in rates):
            raise InvalidValue(
                f"rate and bounds of record {self.record_id} are {rates} kg/h", hint="is the unit kg/h?"
            )
        known = [rate for rate in rates if rate is not None]
        if known != sorted(known):
            raise InvalidValue(f"rate and bounds of record {self.record_id} are not in order: {known} kg/h")
        for chance in (self.probability_ge_100_kg_h, self.probability_of_detection):
            if chance is not None and not 0.0 <= chance <= 1.0:
                raise InvalidValue(f"a probability of record {self.record_id} is {chance}")

    def content(self) -> dict[str, Any]:
        """Everything as plain JSON types: what a version holds."""
        out = {name: getattr(self, name) for name in _PLAIN_FIELDS}
        out["time"] = self.time.astimezone(UTC).isoformat()
        out["outline"] = dict(self.outline) if self.outline is not None else None
        out["original"] = dict(self.original)
        return out


def digest_of_content(content: Mapping[str, Any]) -> str:
    """SHA-256 of a record's canonical JSON: equal content, equal digest."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_place(record: ObservationRecord) -> None:
    lon, lat = record.longitude, record.latitude
    if lon is None or lat is None or not (math.isfinite(lon) and math.isfinite(lat)):
        raise InvalidValue(f"record {record.record_id} has no coordinates")
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise InvalidValue(
            f"record {record.record_id} lies at longitude {lon}, latitude {lat}",
            hint="are longitude and latitude swapped?",
        )


_PLAIN_FIELDS = tuple(
    name for name in ObservationRecord.__dataclass_fields__ if name not in ("time", "outline", "original")
)
