"""How answers for programs are written, and how the interface's document describes them."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi.responses import Response

from superemitter.publish.catalogue import OPENAPI_TYPE
from superemitter.web.problems import PROBLEM

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
HTML: Final = "text/html"
__all__ = ["GEOJSON", "HTML", "JSON", "OPENAPI_TYPE", "answered", "described", "link", "parameters"]

#: What may happen to any request: problem documents all.
PROBLEMS: Final[dict[int, str]] = {
    400: "A parameter is not known or cannot be read.",
    401: "The key does not hold.",
    403: "The server does not go by that name.",
    404: "There is none, or none that whoever asks may see.",
    413: "More was asked for than is given.",
    429: "Too many requests from one address.",
    503: "The register is busy: try again.",
}


def answered(document: object, media_type: str = JSON, **headers: str) -> Response:
    """A document as JSON."""
    body = json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")
    return Response(body, media_type=media_type, headers=headers)


def link(rel: str, href: str, media_type: str, title: str) -> dict[str, str]:
    """A link as OGC API writes it."""
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def described(meaning: str, *schemas: tuple[str, str | None]) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation for the interface's document.

    Parameters
    ----------
    meaning : str
        Of the answer 200.
    *schemas : (media type, name of a schema or None)
        Forms that it comes in; None: any content.
    """
    content = {kind: {"schema": _schema(name)} for kind, name in schemas}
    problem = {PROBLEM: {"schema": _schema("problem")}}
    faults: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": problem} for status, text in PROBLEMS.items()
    }
    return {200: {"description": meaning, "content": content}, **faults}


def parameters(*names: str) -> dict[str, Any]:
    """Parameters of an operation for the interface's document, by name."""
    return {"parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names]}


def _schema(name: str | None) -> dict[str, str]:
    return {} if name is None else {"$ref": f"#/components/schemas/{name}"}
