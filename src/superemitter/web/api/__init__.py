"""What programs ask: OGC API Features, STAC, feeds, downloads, the map's cells and overlays."""

from fastapi import APIRouter

from superemitter.web.api import (
    cells,
    collections,
    downloads,
    feeds,
    interface,
    landing,
    overlays,
    stac,
    stac_search,
)

router = APIRouter()
for room in (landing, collections, stac, stac_search, feeds, downloads, cells, overlays, interface):
    router.include_router(room.router)
