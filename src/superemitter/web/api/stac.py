"""The STAC catalogue of scenes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import TooMuch, UnknownRecord
from superemitter.pipeline.ledger import Filters
from superemitter.pipeline.ledger.views import SceneView
from superemitter.publish.catalogue import (
    Addresses,
    month_catalogue,
    root_catalogue,
    scene_collection,
    scene_item,
)
from superemitter.web.api.answers import GEOJSON, JSON, answered, described, link, parameters
from superemitter.web.api.asking import asked
from superemitter.web.api.stac_search import SEARCHED, card_of, found
from superemitter.web.context import Asked, Context

router = APIRouter(prefix="/stac", tags=["STAC"])
#: Scenes that one month's page links to; more are read page by page.
_MOST: Final = 10_000
_MONTH: Final = re.compile(r"[1-9]\d{3}-(0[1-9]|1[0-2])")


@router.get("", operation_id="stac", summary="Catalogue of scenes",
            responses=described("The catalogue.", (JSON, "stacPart")))  # fmt: skip
def root(context: Asked) -> Response:
    """The first page of the catalogue."""
    asked(context.request, ())
    return answered(root_catalogue(context.settings.title, _addresses(context)))


@router.get("/collections", operation_id="stac_collections", summary="Collections of scenes",
            responses=described("The collections: one.", (JSON, "collections")))  # fmt: skip
def collections(context: Asked) -> Response:
    """The only collection."""
    asked(context.request, ())
    addresses = _addresses(context)
    links = [
        link("self", addresses.collections, JSON, "This document"),
        link("root", addresses.root, JSON, "The catalogue"),
    ]
    return answered({"collections": [_collection(context)], "links": links})


@router.get("/collections/scenes", operation_id="stac_collection", summary="Collection of scenes",
            responses=described("The collection.", (JSON, "stacPart")))  # fmt: skip
def collection(context: Asked) -> Response:
    """The scenes, with the months that have some."""
    asked(context.request, ())
    return answered(_collection(context))


@router.get("/months/{month}", operation_id="stac_month", summary="Scenes of a month",
            responses=described("The catalogue of a month.", (JSON, "stacPart")))  # fmt: skip
def month(context: Asked, month: str) -> Response:
    """Links to the scenes of a month, ``2026-09``."""
    asked(context.request, ())
    nothing = UnknownRecord("there are no scenes of such a month")
    if not _MONTH.fullmatch(month):
        raise nothing
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    names = [one.scene_id for one in _each(context, first, _following(first))]
    if not names:
        raise nothing
    return answered(month_catalogue(_addresses(context), month, names))


@router.get(
    "/collections/scenes/items",
    operation_id="stac_items",
    summary="Scenes, page by page",
    responses=described("A page of STAC items.", (GEOJSON, "featureCollection")),
    openapi_extra=parameters(*SEARCHED, "since", "until"),
)
def items(context: Asked) -> Response:
    """Scenes as STAC items, newest first."""
    query = asked(context.request, (*SEARCHED, "since", "until"))
    return found(context, query, _addresses(context).items)


@router.get("/collections/scenes/items/{item_id:path}", operation_id="stac_item", summary="A scene",
            responses=described("The STAC item.", (GEOJSON, "feature")))  # fmt: skip
def item(context: Asked, item_id: str) -> Response:
    """A scene as a STAC item."""
    asked(context.request, ())
    row = context.ledger.scene(context.viewer, item_id, now=context.now)
    return answered(scene_item(card_of(row), _addresses(context)), GEOJSON)


def _addresses(context: Context) -> Addresses:
    return Addresses(context.settings.address)


def _collection(context: Context) -> dict[str, Any]:
    """The collection; its months are found by asking for the newest scene before each."""
    months: list[str] = []
    newest = oldest = None
    before: datetime | None = None
    while True:
        page = context.ledger.scenes(context.viewer, Filters(until=before), now=context.now, limit=1)
        if not page.rows:
            break
        moment = page.rows[0].time.astimezone(UTC)
        newest = newest or moment
        oldest = before = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        months.append(f"{before:%Y-%m}")
    return scene_collection(_addresses(context), oldest=oldest, newest=newest, months=months)


def _each(context: Context, since: datetime, until: datetime) -> Iterator[SceneView]:
    after, count = None, 0
    while True:
        page = context.ledger.scenes(
            context.viewer, Filters(since=since, until=until), now=context.now, limit=1000, after=after
        )
        yield from page.rows
        count += len(page.rows)
        after = page.next
        if after is None:
            return
        if count >= _MOST:
            raise TooMuch(
                f"there are more than {_MOST:,} scenes of that month",
                hint="read /stac/collections/scenes/items page by page",
            )


def _following(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)
