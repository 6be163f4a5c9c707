"""The first page."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.web.context import Asked

router = APIRouter()


@router.get("/")
def home(context: Asked) -> Response:
    """What this is, and where to go."""
    return context.page("home.html")


@router.get("/about")
def about(context: Asked) -> Response:
    """What the numbers mean, what is withheld and why, where the code is."""
    return context.page("about.html")
