"""What programs ask: OGC API Features, STAC, feeds, downloads, the map's cells and overlays."""

from fastapi import APIRouter

router = APIRouter()
