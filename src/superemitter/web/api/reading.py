"""What programs of other sites may do: read. HEAD is answered like GET; CORS allows it without a session."""

from __future__ import annotations

from typing import Final

from superemitter.web.security.guard import App, Message, Receive, Scope, Send

#: First parts of addresses that programs read.
FOR_PROGRAMS: Final = frozenset(
    {"", "api", "collections", "conformance", "stac", "feeds", "downloads", "map", "overlays"}
)
#: No cookie is ever sent along or its answer shown: there is no access-control-allow-credentials.
_SHARED: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"content-disposition, link"),
)
_PREFLIGHT: Final = (
    *_SHARED,
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"accept, accept-language, authorization"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
)


class Reading:
    """Answers HEAD and OPTIONS, and lets other sites read what programs read."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        shared = scope["path"].split("/")[1] in FOR_PROGRAMS
        method = scope["method"]
        if shared and method == "OPTIONS":
            await send({"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)})
            await send({"type": "http.response.body", "body": b""})
            return
        answer = _shared(send) if shared else send
        if method != "HEAD":
            await self._app(scope, receive, answer)
            return
        await self._app({**scope, "method": "GET"}, receive, _without_body(answer))


def _shared(send: Send) -> Send:
    async def shared(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_SHARED]}
        await send(message)

    return shared


def _without_body(send: Send) -> Send:
    async def without_body(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b""})

    return without_body
