"""The document that describes the interface (OpenAPI 3.0), and a page to read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

from superemitter.web.api.answers import OPENAPI_TYPE, answered
from superemitter.web.api.asking import asked
from superemitter.web.context import Asked

router = APIRouter(include_in_schema=False)
_INVALID: Final = ("HTTPValidationError", "ValidationError")


@router.get("/api")
def interface(context: Asked) -> Response:
    """The interface as OpenAPI 3.0."""
    asked(context.request, ())
    return answered(document(context.request.app, context.settings.address), OPENAPI_TYPE)


@router.get("/api/docs")
def page(context: Asked) -> Response:
    """The interface, to read and to try."""
    answer = context.page("interface.html", try_it=_has_viewer(context.settings.vendor))
    answer.headers["vary"] = "accept-language, cookie"
    return answer


def document(app: FastAPI, server: str) -> dict[str, Any]:
    """What the interface offers, with every answer it may give."""
    kept: dict[str, Any] | None = getattr(app.state, "interface", None)
    if kept is None:
        kept = _plain(
            get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                openapi_version="3.0.3",
                routes=app.routes,
            )
        )
        parts = json.loads((files("superemitter.web.api") / "interface.json").read_text(encoding="utf-8"))
        for name, held in parts["components"].items():
            kept.setdefault("components", {}).setdefault(name, {}).update(held)
        app.state.interface = kept
    return kept | {"servers": [{"url": server}], "security": [{}, {"key": []}]}


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """Less what is never answered (a malformed request is 400), and in the words of version 3.0."""
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    schemas = found.get("components", {}).get("schemas", {})
    for name in _INVALID:
        schemas.pop(name, None)
    older = _older(found)
    assert isinstance(older, dict)
    return older


def _older(part: Any) -> Any:
    """``anyOf`` with null, which 3.0 does not know, as what it else is."""
    if isinstance(part, list):
        return [_older(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    kinds = part.get("anyOf")
    if isinstance(kinds, list) and {"type": "null"} in kinds:
        others = [one for one in kinds if one != {"type": "null"}]
        rest = {name: value for name, value in part.items() if name != "anyOf"}
        part = {**rest, **(others[0] if len(others) == 1 else {"anyOf": others}), "nullable": True}
    return {name: _older(value) for name, value in part.items()}


@cache
def _packaged() -> bool:
    return (files("superemitter.web") / "static" / "vendor" / "swagger-ui" / "swagger-ui-bundle.js").is_file()


def _has_viewer(vendor: Any) -> bool:
    """Whether the page that lets one try the interface was built."""
    return _packaged() if vendor is None else (vendor / "swagger-ui" / "swagger-ui-bundle.js").is_file()
