"""Search of scenes, as STAC API item search: by GET and by POST, and the collection's own list of items."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import shapely
from fastapi import APIRouter, Body
from fastapi.responses import Response
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from superemitter.model.errors import UnknownRecord, UsageError
from superemitter.pipeline.ledger import Filters
from superemitter.pipeline.ledger.views import SceneView
from superemitter.publish.catalogue import COLLECTION, Addresses, SceneCard, scene_item
from superemitter.web.api.answers import GEOJSON, JSON, answered, described, link, parameters
from superemitter.web.api.asking import LARGEST_LIMIT, asked, filters_in, limit_of
from superemitter.web.context import Asked, Context

router = APIRouter(prefix="/stac", tags=["STAC"])
SEARCHED: Final = ("limit", "after", "bbox", "datetime", "ids", "collections", "intersects")
_MOST_IDS: Final = 100
_FOUND: Final = described("A page of STAC items.", (GEOJSON, "featureCollection"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What is searched for; `query` is the same as the query of an address, less the page."""

    filters: Filters
    query: dict[str, str]
    limit: int
    after: str | None
    ids: tuple[str, ...] | None
    elsewhere: bool
    shape: BaseGeometry | None


@router.get("/search", operation_id="stac_search", summary="Search scenes", responses=_FOUND,
            openapi_extra=parameters(*SEARCHED))  # fmt: skip
def search(context: Asked) -> Response:
    """Scenes as STAC items, newest first."""
    addresses = Addresses(context.settings.address)
    return found(context, asked(context.request, SEARCHED), addresses.search)


@router.post("/search", operation_id="stac_search_post", summary="Search scenes", responses=_FOUND)
def search_by_post(context: Asked, body: Annotated[dict[str, Any], Body()]) -> Response:
    """The same, asked in JSON; the next page is a link to be followed."""
    unknown = sorted(set(body) - set(SEARCHED))
    if unknown:
        raise UsageError(f"unknown parameter: {', '.join(unknown)[:80]}", hint=f"known are: {', '.join(SEARCHED)}")
    asked(context.request, ())
    query = {name: _written(name, value) for name, value in body.items() if value is not None}
    return found(context, query, Addresses(context.settings.address).search)


def found(context: Context, query: dict[str, str], here: str) -> Response:
    """A page of scenes that a query of an address asks for; `here` is what the next page continues."""
    ask = _read(query)
    rows, following = _rows(context, ask)
    addresses = Addresses(context.settings.address)
    same = {**ask.query, "limit": str(ask.limit)}
    links = [
        link("self", f"{here}?{urlencode(same if ask.after is None else {**same, 'after': ask.after})}", GEOJSON,
             "This page"),
        link("root", addresses.root, JSON, "The catalogue"),
        link("collection", addresses.collection, JSON, "Scenes"),
    ]  # fmt: skip
    if following is not None:
        links.append(link("next", f"{here}?{urlencode({**same, 'after': following})}", GEOJSON, "Next page"))
    features = [scene_item(card_of(row), addresses) for row in rows]
    document = {"type": "FeatureCollection", "features": features, "links": links, "numberReturned": len(features)}
    return answered(document, GEOJSON)


def card_of(row: SceneView) -> SceneCard:
    """What the catalogue says of a scene."""
    names = ("scene_id", "instrument", "run_id", "time", "outline", "inputs", "simulated")
    return SceneCard(**{name: getattr(row, name) for name in names})


def _rows(context: Context, ask: _Search) -> tuple[list[SceneView], str | None]:
    """Scenes of a page. With a shape, those of the page's box that it touches: a page may then be short."""
    if ask.elsewhere:
        return [], None
    if ask.ids is not None:
        return [row for row in _named(context, ask.ids) if _fits(row, ask)][: ask.limit], None
    page = context.ledger.scenes(context.viewer, ask.filters, now=context.now, limit=ask.limit, after=ask.after)
    return [row for row in page.rows if _touches(row, ask.shape)], page.next


def _named(context: Context, ids: tuple[str, ...]) -> list[SceneView]:
    rows = []
    for scene_id in dict.fromkeys(ids):
        try:
            rows.append(context.ledger.scene(context.viewer, scene_id, now=context.now))
        except UnknownRecord:
            continue
    return sorted(rows, key=lambda row: (row.time, row.scene_id), reverse=True)


def _fits(row: SceneView, ask: _Search) -> bool:
    """Whether a scene that was named is in the time and place that were asked for besides."""
    since, until = ask.filters.since, ask.filters.until
    in_time = (since is None or row.time >= since) and (until is None or row.time < until)
    return in_time and _in_box(row, ask.filters.bbox) and _touches(row, ask.shape)


def _in_box(row: SceneView, bbox: tuple[float, float, float, float] | None) -> bool:
    if bbox is None:
        return True
    west, south, east, north = bbox
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    return any(shape(row.outline).intersects(shapely.box(left, south, right, north)) for left, right in spans)


def _touches(row: SceneView, wanted: BaseGeometry | None) -> bool:
    return wanted is None or bool(shapely.intersects(shape(row.outline), wanted))


def _read(query: dict[str, str]) -> _Search:
    kept = {name: value for name, value in query.items() if value.strip()}
    limit, after = limit_of(kept.pop("limit", "")), kept.pop("after", None)
    wanted = _shape(kept["intersects"]) if "intersects" in kept else None
    if wanted is not None and "bbox" in kept:
        raise UsageError("bbox and intersects were both given", hint="give one of them")
    narrowed = {name: value for name, value in kept.items() if name in ("bbox", "datetime", "since", "until")}
    if wanted is not None:
        narrowed["bbox"] = ",".join(repr(float(number)) for number in shapely.bounds(wanted))
    ids = tuple(kept["ids"].split(",")) if "ids" in kept else None
    if ids is not None and len(ids) > _MOST_IDS:
        raise UsageError(f"{len(ids)} ids were given", hint=f"up to {_MOST_IDS} are taken")
    return _Search(
        filters=filters_in(narrowed),
        query=kept,
        limit=limit,
        after=after,
        ids=ids,
        elsewhere="collections" in kept and COLLECTION not in kept["collections"].split(","),
        shape=wanted,
    )


def _shape(text: str) -> BaseGeometry:
    """A GeoJSON geometry on the Earth."""
    try:
        made = shapely.from_geojson(text)
        west, south, east, north = shapely.bounds(made)
        fits = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
        if fits and not made.is_empty and made.is_valid and len(text) <= 100_000:
            return made
    except (shapely.errors.GEOSException, ValueError, TypeError):
        pass
    raise UsageError("intersects is no valid GeoJSON geometry on the Earth", hint="longitude first, in degrees")


def _written(name: str, value: object) -> str:
    """A value of a JSON question as it stands in an address."""
    if name in ("ids", "collections") and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if name == "bbox" and isinstance(value, list) and all(_is_number(one) for one in value):
        return ",".join(str(one) for one in value)
    if name == "limit" and isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value < 10 * LARGEST_LIMIT else str(LARGEST_LIMIT)
    if name == "intersects" and isinstance(value, Mapping):
        return json.dumps(value)
    if name in ("datetime", "after") and isinstance(value, str):
        return value
    raise UsageError(f"{name} cannot be read", hint="see /api for its form")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
