"""What each collection holds: its columns, what it may be narrowed by, and its rows as features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from superemitter.pipeline.ledger import Ledger
from superemitter.pipeline.ledger.filters import NAMES
from superemitter.pipeline.ledger.views import CaseRow, FacilityRow, Page, PlumeRow, SceneView, SourceRow
from superemitter.programme.disclosure import Viewer
from superemitter.publish.features import Column, Feature, Layer

Ask = Callable[..., Page[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection of features.

    Attributes
    ----------
    layer : Layer
    description : str
    filters : tuple of str
        Parameters that it may be narrowed by.
    list_rows : callable (ledger, viewer, filters, *, now, limit, after) to Page
    find : callable (ledger, viewer, id, now) to row
        Raises UnknownRecord.
    feature : callable (row) to Feature
    page : str
        Of the pages for people that show the same; empty if there is none.
    """

    layer: Layer
    description: str
    filters: tuple[str, ...]
    list_rows: Ask
    find: Callable[[Ledger, Viewer, str, datetime], Any]
    feature: Callable[[Any], Feature]
    page: str


def number_of(text: str) -> int:
    """A number from an address; -1, which nothing has, if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines of ``name kind meaning``."""
    parts = [line.split(maxsplit=2) for line in text.strip().splitlines()]
    return tuple(Column(name=name, kind=kind, meaning=meaning) for name, kind, meaning in parts)


_PLUMES: Final = Layer(
    name="plumes",
    title="Plumes",
    columns=_columns("""
        observation_id integer Number of the plume in this register
        catalogue text Who observed it
        record_id text Its name in the catalogue
        instrument text Instrument that saw it
        time time When it was seen
        rate_kg_h number Median emission rate in kg/h
        rate_low_kg_h number Lower bound of the 68 % interval in kg/h
        rate_high_kg_h number Upper bound of the 68 % interval in kg/h
        probability_ge_100_kg_h number Probability that the rate is 100 kg/h or more
        position_error_m number How far off the point may be in m
        sector text Sector as the catalogue says
        country text Country as the catalogue says
        name text Name as the catalogue says; empty where it would tell a withheld attribution
        source_id integer Number of the source that it belongs to
        scene_id text Scene that it was found in
        cases text Cases that hold it
        review text What a person said of it: accepted, rejected, pending, or none if nobody was asked
        version integer Version of the record
        withdrawn boolean Whether it was withdrawn
        simulated boolean Whether it is SIMULATED: made up
        licence_id text Licence of the record
    """),
)
_CASES: Final = Layer(
    name="cases",
    title="Cases",
    columns=_columns("""
        case_id text Name of the case
        programme_id text Programme that it is judged by
        citation text Text of the rule
        state text Where the case stands
        opened_at time When it was opened
        updated_at time When anything in it changed last
        detected_at time Last detection that belongs to it
        rate_kg_h number Median emission rate in kg/h
        rate_low_kg_h number Lower bound of the 68 % interval in kg/h
        rate_high_kg_h number Upper bound of the 68 % interval in kg/h
        operator text Operator, once the attribution is published
        overdue boolean Whether a duty is overdue
        next_duty text Duty whose clock runs out next
        next_due_at time When it does
        simulated boolean Whether it is SIMULATED: made up
        verified boolean Whether the rule was read in the primary text
        public boolean Whether everybody sees the case
    """),
)
_SOURCES: Final = Layer(
    name="sources",
    title="Sources",
    columns=_columns("""
        source_id integer Number of the source in this register
        radius_m number How near a plume must be to belong to it in m
        plume_count integer How many plumes came from it
        first_time time Of its first plume
        last_time time Of its last plume
        simulated boolean Whether it is SIMULATED: made up
    """),
)
_FACILITIES: Final = Layer(
    name="facilities",
    title="Facilities",
    columns=_columns("""
        facility_id text Its id in the list
        name text Name
        kind text What it is
        operator text Operator as the list says
        list_name text List that has it
    """),
)
_SCENES: Final = Layer(
    name="scenes",
    title="Scenes",
    shape="Polygon",
    columns=_columns("""
        scene_id text Name of the scene
        instrument text Instrument that took it
        time time When it was taken
        run_id text Run whose results are kept
        simulated boolean Whether it is SIMULATED: made up
    """),
)


def _point(longitude: float | None, latitude: float | None) -> Mapping[str, Any] | None:
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _values(layer: Layer, row: object, **own: object) -> dict[str, object]:
    return {
        column.name: own[column.name] if column.name in own else getattr(row, column.name)
        for column in layer.columns
    }


def _plume(row: PlumeRow) -> Feature:
    values = _values(_PLUMES, row, cases="; ".join(row.cases))
    return Feature(id=row.observation_id, place=_point(row.longitude, row.latitude), values=values)


def _case(row: CaseRow) -> Feature:
    clock = row.next_clock
    values = _values(
        _CASES,
        row,
        next_duty=clock.title.get("en", clock.duty) if clock else None,
        next_due_at=clock.due_at if clock else None,
    )
    return Feature(id=row.case_id, place=_point(row.longitude, row.latitude), values=values)


def _source(row: SourceRow) -> Feature:
    place = _point(row.longitude, row.latitude)
    return Feature(id=row.source_id, place=place, values=_values(_SOURCES, row))


def _facility(row: FacilityRow) -> Feature:
    place = _point(row.longitude, row.latitude)
    return Feature(id=row.facility_id, place=place, values=_values(_FACILITIES, row))


def _scene(row: SceneView) -> Feature:
    return Feature(id=row.scene_id, place=row.outline, values=_values(_SCENES, row))


COLLECTIONS: Final[Mapping[str, Collection]] = {
    "plumes": Collection(
        layer=_PLUMES,
        description="Plumes of methane, newest first, each at its source.",
        filters=NAMES,
        list_rows=Ledger.plumes,
        find=lambda ledger, viewer, name, now: ledger.plume(viewer, number_of(name), now=now).row,
        feature=_plume,
        page="plumes",
    ),
    "sources": Collection(
        layer=_SOURCES,
        description="Places that plumes came from.",
        filters=("bbox", "simulated"),
        list_rows=Ledger.sources,
        find=lambda ledger, viewer, name, now: ledger.source(viewer, number_of(name), now=now).row,
        feature=_source,
        page="sources",
    ),
    "cases": Collection(
        layer=_CASES,
        description="Leaks that were reported, and what became of them, newest first.",
        filters=tuple(name for name in NAMES if name not in ("sector", "country", "catalogue")),
        list_rows=Ledger.cases,
        find=lambda ledger, viewer, name, now: ledger.case(viewer, name, now=now).row,
        feature=_case,
        page="cases",
    ),
    "facilities": Collection(
        layer=_FACILITIES,
        description="Facilities of the lists that the register keeps. Being listed says nothing of a leak.",
        filters=("bbox",),
        list_rows=Ledger.facilities,
        find=lambda ledger, viewer, name, now: ledger.facility(viewer, name, now=now).row,
        feature=_facility,
        page="facilities",
    ),
    "scenes": Collection(
        layer=_SCENES,
        description="Scenes that were searched for plumes, newest first.",
        filters=("bbox", "since", "until"),
        list_rows=Ledger.scenes,
        find=lambda ledger, viewer, name, now: ledger.scene(viewer, name, now=now),
        feature=_scene,
        page="",
    ),
}
