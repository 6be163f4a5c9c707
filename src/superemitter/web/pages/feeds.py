"""Feeds and downloads of a selection, for people to pick."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.web.api.downloads import MOST, NAMED
from superemitter.web.api.layers import COLLECTIONS
from superemitter.web.context import Asked
from superemitter.web.pages.listing import listing

router = APIRouter()


@router.get("/feeds")
def feeds(context: Asked) -> Response:
    """Addresses of the feeds and files, narrowed as this page's address is."""
    asked = listing(context, "feeds")
    fitting = [name for name in NAMED if set(asked.query) <= set(COLLECTIONS[name].filters)]
    return context.page("feeds.html", listing=asked, fitting=fitting, most=MOST)
