"""Scenes as a STAC 1.1 catalogue that is served: root, collection, one catalogue a month, items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import pystac
from shapely.geometry import shape

from superemitter.publish.cells import utc_text
from superemitter.publish.geometry import bounding_box

COLLECTION: Final = "scenes"
#: What clients may ask of it, as STAC API and OGC API Features name it.
CONFORMANCE: Final = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
)
OPENAPI_TYPE: Final = "application/vnd.oai.openapi+json;version=3.0"
_JSON: Final = "application/json"
_GEOJSON: Final = "application/geo+json"
_LICENCE: Final = "other"
_ABOUT: Final = (
    "Scenes that were searched for methane plumes. What was found in each is in the collection of plumes."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCard:
    """What the catalogue says of a scene.

    Attributes
    ----------
    scene_id, instrument, run_id : str
    time : datetime
        With a zone.
    outline : mapping
        GeoJSON geometry, cut at the antimeridian.
    inputs : mapping of file name to SHA-256
        Not the outputs: they name likely facilities, and a checksum could confirm a guess at one.
    simulated : bool
    """

    scene_id: str
    instrument: str
    run_id: str
    time: datetime
    outline: Mapping[str, Any]
    inputs: Mapping[str, str]
    simulated: bool


class Addresses:
    """Where the parts of a catalogue are served.

    Parameters
    ----------
    server : str
        ``"https://example.org"``, without a slash at its end.
    """

    def __init__(self, server: str) -> None:
        self.server = server
        self.root = f"{server}/stac"
        self.collections = f"{self.root}/collections"
        self.collection = f"{self.collections}/{COLLECTION}"
        self.items = f"{self.collection}/items"
        self.search = f"{self.root}/search"

    def item(self, scene_id: str) -> str:
        """Of a scene."""
        return f"{self.items}/{quote(scene_id, safe='')}"

    def month(self, month: str) -> str:
        """Of the scenes of a month, ``"2026-09"``."""
        return f"{self.root}/months/{month}"


def root_catalogue(title: str, addresses: Addresses) -> dict[str, Any]:
    """The first page of the catalogue."""
    catalogue = pystac.Catalog(id="superemitter", title=title, description=_ABOUT)
    catalogue.extra_fields["conformsTo"] = list(CONFORMANCE)
    return _dict(
        catalogue,
        addresses,
        addresses.root,
        [
            pystac.Link("data", addresses.collections, _JSON, "Collections"),
            pystac.Link("conformance", f"{addresses.server}/conformance", _JSON, "What is conformed to"),
            pystac.Link("service-desc", f"{addresses.server}/api", OPENAPI_TYPE, "The interface"),
            pystac.Link("service-doc", f"{addresses.server}/api/docs", "text/html", "The interface, to read"),
            *(
                pystac.Link("search", addresses.search, _GEOJSON, "Search", extra_fields={"method": method})
                for method in ("GET", "POST")
            ),
            pystac.Link("child", addresses.collection, _JSON, "Scenes"),
        ],
    )


def scene_collection(
    addresses: Addresses, *, oldest: datetime | None, newest: datetime | None, months: Sequence[str]
) -> dict[str, Any]:
    """The collection of scenes; its children are the months that have some."""
    collection = pystac.Collection(
        id=COLLECTION,
        title="Scenes",
        description=_ABOUT,
        license=_LICENCE,
        extent=pystac.Extent(
            pystac.SpatialExtent([[-180.0, -90.0, 180.0, 90.0]]), pystac.TemporalExtent([[oldest, newest]])
        ),
        keywords=["methane", "plumes", "imaging spectroscopy"],
    )
    links = [
        pystac.Link("parent", addresses.root, _JSON),
        pystac.Link("items", addresses.items, _GEOJSON, "Scenes, page by page"),
        *(pystac.Link("child", addresses.month(month), _JSON, month) for month in months),
    ]
    return _dict(collection, addresses, addresses.collection, links)


def month_catalogue(addresses: Addresses, month: str, scene_ids: Iterable[str]) -> dict[str, Any]:
    """The scenes of a month, ``"2026-09"``."""
    catalogue = pystac.Catalog(id=f"scenes-{month}", title=month, description=f"Scenes taken in {month}, UTC.")
    links = [
        pystac.Link("parent", addresses.collection, _JSON),
        *(pystac.Link("item", addresses.item(scene_id), _GEOJSON, scene_id) for scene_id in scene_ids),
    ]
    return _dict(catalogue, addresses, addresses.month(month), links)


def scene_item(card: SceneCard, addresses: Addresses) -> dict[str, Any]:
    """A scene as a STAC item; its asset is what was found in it."""
    box = bounding_box(shape(card.outline))
    title = f"Methane plumes in {card.scene_id}"
    item = pystac.Item(
        id=card.scene_id,
        geometry=dict(card.outline),
        bbox=box,
        datetime=card.time,
        collection=COLLECTION,
        properties={
            "title": f"SIMULATED: {title}" if card.simulated else title,
            "instruments": [card.instrument.lower()],
            "superemitter:simulated": card.simulated,
            "superemitter:run_id": card.run_id,
            "superemitter:inputs_sha256": dict(card.inputs),
        },
    )
    question = urlencode({"bbox": ",".join(f"{number:.10g}" for number in box), "datetime": utc_text(card.time)})
    item.add_asset(
        "plumes",
        pystac.Asset(
            href=f"{addresses.server}/collections/plumes/items?{question}",
            title="Plumes seen there at that moment",
            media_type=_GEOJSON,
            roles=["data"],
        ),
    )
    same = f"{addresses.server}/collections/{COLLECTION}/items/{quote(card.scene_id, safe='')}"
    links = [
        pystac.Link("parent", addresses.collection, _JSON),
        pystac.Link("collection", addresses.collection, _JSON),
        pystac.Link("alternate", same, _GEOJSON),
    ]
    return _dict(item, addresses, addresses.item(card.scene_id), links)


def _dict(
    made: pystac.Catalog | pystac.Item, addresses: Addresses, own: str, links: Iterable[pystac.Link]
) -> dict[str, Any]:
    """A part of the catalogue as it is served: every address in full."""
    kind = _GEOJSON if isinstance(made, pystac.Item) else _JSON
    made.clear_links()
    made.add_links([pystac.Link("self", own, kind), pystac.Link("root", addresses.root, _JSON), *links])
    out: dict[str, Any] = made.to_dict(include_self_link=True, transform_hrefs=False)
    return out
