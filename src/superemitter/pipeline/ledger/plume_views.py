"""Plumes as a viewer may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PureWindowsPath
from typing import Any, Final

from superemitter.pipeline.ledger.case_views import attribution_of_case, candidates_of
from superemitter.pipeline.ledger.places import outputs_of
from superemitter.pipeline.ledger.sightings import Sightings
from superemitter.pipeline.ledger.views import AttributionView, PlumeRow, PlumeView, VersionView
from superemitter.programme.disclosure import Role
from superemitter.register import Observation, Register, Version, licence, versions
from superemitter.register.scenes import run_record, scene

#: What a record says of the attribution, and what has a field of its own in the view.
_ATTRIBUTION: Final = frozenset(
    {"facility_id", "facility_name", "facility_probability", "none_probability", "candidates", "operator"}
)
_SIGMA: Final = "sigma_"
_UNIT: Final = "_kg_h"


def plume_row(seen: Observation, sights: Sightings) -> PlumeRow:
    """A plume as a list shows it."""
    number = seen.observation_id
    same = (
        *("observation_id", "catalogue", "record_id", "instrument", "time", "longitude", "latitude"),
        *("position_error_m", "rate_kg_h", "rate_low_kg_h", "rate_high_kg_h", "probability_ge_100_kg_h"),
        *("sector", "country", "source_id", "scene_id", "licence_id", "simulated", "version"),
    )
    return PlumeRow(
        **{name: getattr(seen, name) for name in same},
        name=seen.name if sights.shows_name(seen) else None,
        withdrawn=seen.withdrawn or number in sights.hidden,
        review=sights.review(number),
        cases=tuple(one.case.case_id for one in sights.holds(number)),
    )


def plume_view(register: Register, seen: Observation, sights: Sightings) -> PlumeView:
    """A plume with everything its viewer may know."""
    history = versions(register, seen.observation_id)
    content = history[-1].content
    original: Mapping[str, Any] = content.get("original") or {}
    attribution = _attribution(seen, sights, original)
    terms = licence(register, seen.licence_id)
    known = scene(register, seen.scene_id) if seen.scene_id else None
    record = run_record(register, known.run_id) if known is not None else None
    since = sights.told_since(seen)
    row = plume_row(seen, sights)
    return PlumeView(
        row=row,
        facts=_facts(original, own=seen.catalogue == "superemitter"),
        components_kg_h=_components(original),
        low95_kg_h=original.get("rate_low95_kg_h"),
        high95_kg_h=original.get("rate_high95_kg_h"),
        rate_reason=original.get("rate_reason"),
        outline=content.get("outline"),
        attribution=attribution,
        versions=tuple(_version(one, since) for one in reversed(history)),
        inputs=dict(known.checksums["inputs"]) if known else {},
        outputs=outputs_of(known, sights.viewer) if known else {},
        run=None if record is None else _run(record),
        licence="; ".join(part for part in (terms.name, terms.attribution, terms.url) if part),
        exportable=terms.exportable,
        withdrawal=_version(history[-1], since).reason if row.withdrawn else "",
    )


def _attribution(seen: Observation, sights: Sightings, original: Mapping[str, Any]) -> AttributionView:
    """From a case that holds the plume; a plume in no case is under no rule that would let it be published."""
    held = sights.holds(seen.observation_id)
    best = max(held, key=lambda one: one.seen, default=None)
    if best is not None:
        return attribution_of_case(best.case, sights.viewer, original)
    candidates = candidates_of(original)
    if sights.viewer.role is Role.REVIEWER and candidates:
        chance = original.get("none_probability")
        return AttributionView(shown=True, why="shown", candidates=candidates, none_probability=chance)
    return AttributionView(shown=False, why="withheld" if seen.catalogue == "superemitter" else "not-attributed")


def _facts(original: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
    """Our own record less its attribution; nothing of others: their columns may name anybody."""
    if not own:
        return {}
    return {name: value for name, value in original.items() if name not in _ATTRIBUTION and value is not None}


def _components(original: Mapping[str, Any]) -> dict[str, float]:
    names = [name for name in original if name.startswith(_SIGMA) and name.endswith(_UNIT)]
    return {
        name.removeprefix(_SIGMA).removesuffix(_UNIT): float(original[name])
        for name in names
        if original[name] is not None
    }


def _version(one: Version, since: datetime | None) -> VersionView:
    """A version; its reason may name somebody, and its digest could confirm a guess at whom."""
    return VersionView(
        version=one.version,
        recorded_at=one.recorded_at,
        reason=one.reason if since is not None and one.recorded_at >= since else "",
        digest=one.digest if since is not None else "",
        rate_kg_h=one.content.get("rate_kg_h"),
        rate_low_kg_h=one.content.get("rate_low_kg_h"),
        rate_high_kg_h=one.content.get("rate_high_kg_h"),
    )


def _run(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a run needs to be repeated: no path of the machine it ran on, no result."""
    kept = {name: value for name, value in record.items() if name not in ("inputs", "outputs", "results")}
    recipe = {name: _without_path(value) for name, value in dict(kept.get("recipe") or {}).items()}
    return {**kept, "recipe": recipe}


def _without_path(value: Any) -> Any:
    return PureWindowsPath(value).name if isinstance(value, str) and ("/" in value or "\\" in value) else value
