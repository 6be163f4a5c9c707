"""Reports as people hand them in: a JSON file with its evidence, or a registered plume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from superemitter.model.errors import InvalidForm
from superemitter.pipeline.register import plume_entry
from superemitter.programme.report import Notifier, Report, require_report
from superemitter.publish.forms import inspect_attachment
from superemitter.publish.forms.json_form import strict_json
from superemitter.register import Observation, ObservationQuery, Register, exportable, observation

SCHEMA_ID = "superemitter/report/1"
MAX_BYTES = 5_000_000
#: What rules call the technology of instruments that are known; of others the report says it.
_TECHNOLOGIES = {
    **dict.fromkeys(
        ("EMIT", "TANAGER", "TROPOMI", "PRISMA", "ENMAP", "SENTINEL", "LANDSAT", "GHGSAT"), "satellite"
    ),
    **dict.fromkeys(("AVIRIS", "GAO", "ANG"), "aircraft_remote_sensing"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A report with its files, as it was handed in."""

    report: Report
    attachments: tuple[Path, ...] = ()
    observations: tuple[int, ...] = ()


def read_report_file(path: Path, *, now: datetime) -> Filing:
    """A report and its evidence from a JSON file; see ``docs/reference/reports.md``.

    Evidence is named relative to the file and must lie in its folder.

    Raises
    ------
    InvalidForm
        The file is no report; every field that is wrong is named.
    """
    return filing_of(read_values(path), folder=path.parent, now=now)


def read_values(path: Path) -> dict[str, Any]:
    """The fields of a JSON report, not yet judged.

    Raises
    ------
    InvalidForm
        The file is no JSON object, or states another schema.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidForm(f"cannot read {path}: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise InvalidForm(f"{path.name} has {len(content):,} bytes", hint=f"a report has {MAX_BYTES:,} at most")
    try:
        values = strict_json(content)
    except (ValueError, RecursionError) as error:
        raise InvalidForm(f"{path.name} is no JSON report: {error}") from error
    if not isinstance(values, dict):
        raise InvalidForm(f"{path.name} is no JSON report: it is not an object")
    if values.pop("schema", SCHEMA_ID) != SCHEMA_ID:
        raise InvalidForm(
            f"{path.name} is no report of this version", hint=f'leave "schema" out, or write {SCHEMA_ID}'
        )
    return values


def filing_of(values: Mapping[str, Any], *, folder: Path, now: datetime) -> Filing:
    """A report from plain values; evidence is a list of file names, or of ``{"name", "caption"}``.

    Raises
    ------
    InvalidForm
    """
    values = dict(values)
    named = values.pop("evidence", None) or []
    files, entries = [], []
    for one in named if isinstance(named, list) else [named]:
        entry = {"name": one} if isinstance(one, str) else one
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise InvalidForm(f"evidence: {one!r} names no file")
        if Path(entry["name"]).name != entry["name"]:
            raise InvalidForm(
                f"evidence: {entry['name']} is not in the folder of the report", hint="put it beside it"
            )
        found = inspect_attachment(folder / entry["name"])
        if entry.get("sha256") not in (None, "", found.sha256):
            raise InvalidForm(f"evidence: {found.name} is not the file whose SHA-256 is stated")
        files.append(folder / found.name)
        entries.append({**entry, "sha256": found.sha256, "media_type": found.media_type})
    report = require_report(values | ({"evidence": entries} if entries else {}), now=now)
    return Filing(report=report, attachments=tuple(files))


def filing_of_plume(
    register: Register, observation_id: int, values: Mapping[str, Any], *, now: datetime
) -> Filing:
    """A report on a registered plume: place, time, rate and picture are the plume's; `values` says who reports.

    Raises
    ------
    UnknownRecord
        The register holds no such observation.
    InvalidForm
        It is no plume that may leave the register, or `values` cannot be taken.
    """
    seen = observation(register, observation_id)
    if seen.longitude is None or seen.withdrawn:
        raise InvalidForm(
            f"observation {observation_id} is no plume that stands",
            hint="superemitter register prints those of a scan",
        )
    same_event = ObservationQuery(event_id=seen.event_id)
    if all(one.observation_id != observation_id for one in exportable(register, same_event)):
        raise InvalidForm(
            f"observation {observation_id} came under terms ({seen.licence_id}) that keep it in the register",
            hint="a case's notice is public: report what you know yourself",
        )
    entry = plume_entry(register, seen)
    told = {
        "longitude": seen.longitude,
        "latitude": seen.latitude,
        "detected_at": seen.time.isoformat(),
        "rate_kg_h": seen.rate_kg_h,
        "rate_sigma_kg_h": _sigma(seen),
        "rate_method": str(entry.get("rate_method") or ""),
        "technology": _TECHNOLOGIES.get(seen.instrument.upper().split("-")[0].split(" ")[0], ""),
        "simulated": seen.simulated,
        "evidence": [entry["picture"]] if entry.get("picture") else [],
    }
    report = require_report({**told, **values}, now=now)
    return Filing(report=report, observations=(observation_id,))


def read_notifiers(path: Path) -> dict[str, Notifier]:
    """Certified notifiers from a JSON file: a list of objects with the fields of ``Notifier``.

    Raises
    ------
    InvalidForm
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        found = [_notifier(entry) for entry in entries]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidForm(
            f"{path} is no list of notifiers: {error}",
            hint="see docs/reference/reports.md: id, name, programme_id, approved_on, approvals",
        ) from error
    return {one.id: one for one in found}


def _notifier(entry: Mapping[str, Any]) -> Notifier:
    removed = entry.get("removed_on")
    return Notifier(
        id=str(entry["id"]),
        name=str(entry["name"]),
        programme_id=str(entry["programme_id"]),
        approved_on=date.fromisoformat(entry["approved_on"]),
        removed_on=date.fromisoformat(removed) if removed else None,
        approvals=tuple((str(tech), str(ref)) for tech, ref in entry.get("approvals", [])),
    )


def _sigma(seen: Observation) -> float | None:
    if seen.rate_low_kg_h is None or seen.rate_high_kg_h is None:
        return None
    return 0.5 * (seen.rate_high_kg_h - seen.rate_low_kg_h)
