"""The first page."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.pipeline.ledger import Filters
from superemitter.web.context import Asked

router = APIRouter()
_NEWEST: Final = 8


@router.get("/")
def home(context: Asked) -> Response:
    """What this is, and where to go."""
    viewer, everything, now = context.viewer, Filters(), context.now
    return context.page(
        "home.html",
        statistics=context.ledger.statistics(viewer, everything, now=now),
        cases=context.ledger.cases(viewer, everything, now=now, limit=_NEWEST),
        plumes=context.ledger.plumes(viewer, everything, now=now, limit=_NEWEST),
    )


@router.get("/about")
def about(context: Asked) -> Response:
    """What the numbers mean, what is withheld and why, where the code is."""
    return context.page("about.html")
