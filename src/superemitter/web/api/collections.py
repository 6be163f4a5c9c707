"""Collections and their features, in the shape of OGC API Features, part 1."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.publish.cells import utc_text
from superemitter.publish.features import geojson_feature
from superemitter.web.api.answers import GEOJSON, HTML, JSON, answered, described, link, parameters
from superemitter.web.api.asking import asked, question
from superemitter.web.api.layers import COLLECTIONS, Collection
from superemitter.web.context import Asked, Context

router = APIRouter(tags=["Features"])
_CRS: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@router.get(
    "/collections",
    operation_id="collections",
    summary="What there is",
    responses=described("The collections.", (JSON, "collections")),
)
def collections(context: Asked) -> Response:
    """Every collection, with where its features are."""
    asked(context.request, ())
    server = context.settings.address
    return answered(
        {
            "links": [link("self", f"{server}/collections", JSON, "This document")],
            "collections": [_collection(name, one, server) for name, one in COLLECTIONS.items()],
        }
    )


def _add(name: str, one: Collection) -> None:
    """The three addresses of a collection, each described by itself: clients read from there how to filter."""
    title = one.layer.title

    @router.get(
        f"/collections/{name}",
        operation_id=f"collection_{name}",
        summary=title,
        responses=described("The collection.", (JSON, "collection")),
    )
    def collection(context: Asked) -> Response:
        asked(context.request, ())
        return answered(_collection(name, one, context.settings.address))

    @router.get(
        f"/collections/{name}/items",
        operation_id=f"items_{name}",
        summary=f"{title}, page by page",
        responses=described("A page of features.", (GEOJSON, "featureCollection")),
        openapi_extra=parameters("limit", "after", "datetime", *one.filters),
    )
    def items(context: Asked) -> Response:
        return answered(_items(context, name, one), GEOJSON)

    @router.get(
        f"/collections/{name}/items/{{item_id:path}}",
        operation_id=f"item_{name}",
        summary=f"One of: {title}",
        responses=described("The feature.", (GEOJSON, "feature")),
    )
    def item(context: Asked, item_id: str) -> Response:
        asked(context.request, ())
        row = one.find(context.ledger, context.viewer, item_id, context.now)
        feature = geojson_feature(one.feature(row))
        return answered(feature | {"links": _item_links(context, name, one, feature["id"])}, GEOJSON)

    for handler in (collection, items, item):
        handler.__doc__ = one.description


def _collection(name: str, one: Collection, server: str) -> dict[str, Any]:
    here = f"{server}/collections/{name}"
    links = [
        link("self", here, JSON, "This document"),
        link("root", f"{server}/", JSON, "Where everything is"),
        link("items", f"{here}/items", GEOJSON, "Features, page by page"),
    ]
    if one.page:
        links += [
            link("alternate", f"{server}/{language}/{one.page}", HTML, title) | {"hreflang": tag}
            for language, tag, title in (("en", "en", "Pages in English"), ("zh", "zh-Hans", "中文网页"))
        ]
    if name == "scenes":
        links.append(link("alternate", f"{server}/stac/collections/scenes", JSON, "As a STAC collection"))
    return {
        "id": name,
        "title": one.layer.title,
        "description": one.description,
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]], "crs": _CRS}},
        "crs": [_CRS],
        "links": links,
    }


def _items(context: Context, name: str, one: Collection) -> dict[str, Any]:
    ask = question(context.request, one.filters)
    page = one.list_rows(
        context.ledger, context.viewer, ask.filters, now=context.now, limit=ask.limit, after=ask.after
    )
    here = f"{context.settings.address}/collections/{name}"
    same = {**ask.query, "limit": str(ask.limit)}
    own = same if ask.after is None else {**same, "after": ask.after}
    links = [
        link("self", f"{here}/items?{urlencode(own)}", GEOJSON, "This page"),
        link("collection", here, JSON, one.layer.title),
    ]
    if page.next is not None:
        links.append(link("next", f"{here}/items?{urlencode({**same, 'after': page.next})}", GEOJSON, "Next page"))
    out: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": [geojson_feature(one.feature(row)) for row in page.rows],
        "numberReturned": len(page.rows),
        "timeStamp": utc_text(context.now),
        "links": links,
    }
    return out if page.total is None else {**out, "numberMatched": page.total}


def _item_links(context: Context, name: str, one: Collection, item_id: str | int) -> list[dict[str, str]]:
    server, written = context.settings.address, quote(str(item_id), safe="")
    links = [
        link("self", f"{server}/collections/{name}/items/{written}", GEOJSON, "This document"),
        link("collection", f"{server}/collections/{name}", JSON, one.layer.title),
    ]
    if one.page:
        page = f"{server}/{context.language}/{one.page}/{written}"
        return [*links, link("alternate", page, HTML, "Page")]
    stac = f"{server}/stac/collections/{name}/items/{written}"
    return [*links, link("alternate", stac, GEOJSON, "As a STAC item")]


for _name, _one in COLLECTIONS.items():
    _add(_name, _one)
