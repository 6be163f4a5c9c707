"""Files that leave only as files: never shown by the browser, never run."""

from __future__ import annotations

from urllib.parse import quote

from fastapi.responses import Response


def as_file(name: str, media_type: str, content: bytes) -> Response:
    """A file to be saved. Whatever is in it, no browser opens it as a page of ours."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)[-80:]
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
        },
    )
