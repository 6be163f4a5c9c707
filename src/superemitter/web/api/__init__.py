"""What programs ask: OGC API Features, STAC, feeds, downloads, the map's cells and overlays."""

from fastapi import APIRouter

from superemitter.web.api import collections, downloads, feeds, interface, landing, stac, stac_search

router = APIRouter()
for room in (landing, collections, stac, stac_search, feeds, downloads, interface):
    router.include_router(room.router)
