"""Sources, operators, facilities and scenes as a viewer may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from shapely.geometry import shape

from superemitter.model import CannotSay
from superemitter.pipeline.ledger.sightings import Sightings
from superemitter.pipeline.ledger.views import (
    CaseRow,
    FacilityRow,
    OperatorRow,
    PassView,
    SceneView,
    SourceRow,
)
from superemitter.programme.disclosure import Role, Viewer
from superemitter.programme.events import State
from superemitter.publish.geometry import bounding_box
from superemitter.register import Listed, Register, Source, passes
from superemitter.register.scenes import SceneRow, scene

#: Files of a scan that hold no names.
_NAMELESS: Final = (".tif", ".png")
NO_LIMIT: Final = CannotSay(code="no-detection-limit", reason="no detection limit of the scene is known")


def operator_row(name: str, rows: Sequence[CaseRow]) -> OperatorRow:
    """An operator with the counts of its cases."""
    counts = Counter(row.state == State.CLOSED.value for row in rows)
    return OperatorRow(
        operator=name, cases=len(rows), open_cases=counts[False], overdue=sum(row.overdue for row in rows)
    )


def source_row(one: Source) -> SourceRow:
    """A source as a list shows it."""
    names = (
        "source_id",
        "longitude",
        "latitude",
        "radius_m",
        "plume_count",
        "first_time",
        "last_time",
        "simulated",
    )
    return SourceRow(**{name: getattr(one, name) for name in names})


def facility_row(one: Listed) -> FacilityRow:
    """A facility as a list shows it."""
    names = ("facility_id", "name", "kind", "longitude", "latitude", "operator")
    return FacilityRow(**{name: getattr(one.facility, name) for name in names}, list_name=one.list_name)


def outputs_of(one: SceneRow, viewer: Viewer) -> dict[str, str]:
    """Digests of a scene's files, less those of files that name who the plumes may be of: they confirm a guess."""
    outputs = dict(one.checksums["outputs"])
    if viewer.role is Role.REVIEWER:
        return outputs
    return {name: sha256 for name, sha256 in outputs.items() if name.endswith(_NAMELESS)}


def scene_view(one: SceneRow, viewer: Viewer) -> SceneView:
    """A scene with its outline and checksums."""
    west, south, east, north = bounding_box(shape(one.outline))
    return SceneView(
        scene_id=one.scene_id,
        instrument=one.instrument,
        time=one.time,
        outline=one.outline,
        bbox=(west, south, east, north),
        run_id=one.run_id,
        inputs=dict(one.checksums["inputs"]),
        outputs=outputs_of(one, viewer),
        simulated=one.simulated,
    )


def looks_at(register: Register, source_id: int, sights: Sightings) -> tuple[PassView, ...]:
    """The scenes that looked at a source, oldest first; none whose plume there is hidden from the viewer."""
    return tuple(
        one
        for one in _passes(register, source_id)
        if one.observation_id is None or one.observation_id not in sights.hidden
    )


def _passes(register: Register, source_id: int) -> Iterator[PassView]:
    instruments = {}
    for one in passes(register, source_id):
        if one.scene_id not in instruments:
            known = scene(register, one.scene_id)
            instruments[one.scene_id] = known.instrument if known else ""
        seen = one.probability_of_detection
        yield PassView(
            time=one.time,
            scene_id=one.scene_id,
            instrument=instruments[one.scene_id],
            detected=one.detected,
            probability_of_detection=None if one.detected else NO_LIMIT if seen is None else seen,
            observation_id=one.observation_id if one.detected else None,
        )
