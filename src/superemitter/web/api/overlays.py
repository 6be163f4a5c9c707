"""Pictures of plumes that maps lay over the ground."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.web.api.answers import described
from superemitter.web.context import Asked

router = APIRouter()
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    **described("The picture.", ("image/png", None)),
    304: {"description": "It is the one that the asker has."},
}


@router.get(
    "/overlays/{observation_id}.png",
    operation_id="overlay",
    tags=["Map"],
    summary="Picture of a plume",
    responses=_ANSWERS,
)
def overlay(context: Asked, observation_id: int) -> Response:
    """Methane enhancement of a plume: at most 512 by 512 cells, not drawn below two sigma of noise."""
    picture = context.ledger.overlay_picture(context.viewer, observation_id, now=context.now)
    tag = f'"{picture.sha256}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in context.request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(picture.content, media_type="image/png", headers=headers)
