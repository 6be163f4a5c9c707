"""The front door for programs; people are sent on to the pages in their language."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from superemitter.publish.catalogue import CONFORMANCE
from superemitter.web.api.answers import HTML, JSON, OPENAPI_TYPE, answered, described, link
from superemitter.web.api.asking import asked
from superemitter.web.context import Asked, visitor_language

router = APIRouter(tags=["Start"])
_VARY: Final = {"vary": "accept, accept-language, cookie"}
_LANDING: Final = described("Where everything is.", (JSON, "landing")) | {
    303: {"description": "A browser is sent on to the pages."}
}


@router.get("/", operation_id="landing", summary="Where everything is", responses=_LANDING)
def landing(context: Asked) -> Response:
    """Links to everything that programs may read."""
    if _is_browser(context.request.headers.get("accept", "")):
        return RedirectResponse(f"/{visitor_language(context.request)}/", status_code=303, headers=_VARY)
    asked(context.request, ())
    server = context.settings.address
    document = {
        "title": context.settings.title,
        "description": "Large methane leaks: plumes, sources, cases.",
        "links": [
            link("self", f"{server}/", JSON, "This document"),
            link("alternate", f"{server}/en/", HTML, "Pages in English") | {"hreflang": "en"},
            link("alternate", f"{server}/zh/", HTML, "中文网页") | {"hreflang": "zh-Hans"},
            link("service-desc", f"{server}/api", OPENAPI_TYPE, "The interface"),
            link("service-doc", f"{server}/api/docs", HTML, "The interface, to read"),
            link("conformance", f"{server}/conformance", JSON, "What is conformed to"),
            link("data", f"{server}/collections", JSON, "Collections"),
            link("related", f"{server}/stac", JSON, "Scenes as a STAC catalogue"),
            link("related", f"{server}/feeds/en.atom", "application/atom+xml", "What is new"),
        ],
    }
    return answered(document, **_VARY)


@router.get(
    "/conformance",
    operation_id="conformance",
    summary="What is conformed to",
    responses=described("Classes of the standards.", (JSON, "conformance")),
)
def conformance(context: Asked) -> Response:
    """The classes of OGC API Features and STAC API that this keeps to."""
    asked(context.request, ())
    return answered({"conformsTo": list(CONFORMANCE)})


def _is_browser(accept: str) -> bool:
    """Whether a page is wanted before a document."""
    kinds = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    if HTML not in kinds:
        return False
    documents = [kinds.index(kind) for kind in (JSON, "application/geo+json") if kind in kinds]
    return not documents or kinds.index(HTML) < min(documents)
