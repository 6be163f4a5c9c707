"""What programs ask: OGC API Features, STAC, feeds, downloads, the map's cells and overlays."""

from fastapi import APIRouter

from superemitter.web.api import cells, overlays

router = APIRouter()
router.include_router(cells.router)
router.include_router(overlays.router)
