"""The outermost layer: refuses what must not come in, and puts the security headers on what goes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
from starlette.exceptions import HTTPException

from superemitter.model.errors import NotAllowed, SuperemitterError, TooMuch
from superemitter.web.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Scope, Receive, Send, SuperemitterError], Awaitable[None]]

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
#: So many times what is taken is read, and thrown away, of a request that is too large.
_PATIENCE: Final = 4
_PATIENCE_S: Final = 60.0
#: Pages that take files: the report form, and the forms of the roles.
WITH_FILES: Final = ("report", "work")
#: Hosts that are this machine, whatever the address says: a tunnel or a forwarded port ends there.
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "testserver")


async def _drained(receive: Receive, most: int) -> None:
    """Read on without keeping anything: a browser that is still sending does not read the answer."""
    taken = 0
    with anyio.move_on_after(_PATIENCE_S):
        while taken <= most:
            message = await receive()
            taken += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body", False):
                return


class _TooLarge(HTTPException):
    """The body went over the limit while it was read."""

    def __init__(self) -> None:
        super().__init__(413)


class Guard:
    """Checks host, origin and size of every request; adds the headers to every answer."""

    def __init__(self, app: App, settings: Settings, refuse: Refuse) -> None:
        self._app, self._settings, self._refuse = app, settings, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        dressed = self._dressed(send)
        most = self._most(scope["path"])
        fault = self._fault(scope["method"], headers, most)
        if fault is not None:
            if isinstance(fault, TooMuch):
                await _drained(receive, _PATIENCE * most)
            await self._refuse(scope, receive, dressed, fault)
            return
        try:
            await self._app(scope, self._counted(receive, most), dressed)
        except _TooLarge:
            await self._refuse(scope, receive, dressed, self._too_large(most))

    def _most(self, path: str) -> int:
        """The largest body that an address takes: files come to a few pages only. [byte]"""
        with_files = path.split("/")[2:3] in [[one] for one in WITH_FILES]
        return self._settings.upload_bytes if with_files else self._settings.form_bytes

    def _fault(self, method: str, headers: dict[str, str], most: int) -> SuperemitterError | None:
        host = headers.get("host", "").lower()
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if host != self._settings.host and name not in _LOOPBACK:
            return NotAllowed(
                "this server does not go by that name", hint="an administrator sets it with serve --address"
            )
        if method not in _SAFE and not self._same_origin(headers, host):
            return NotAllowed(
                "the request came from another site: nothing was stored", hint="use the page's own form"
            )
        if headers.get("content-length", "0").isdigit() is False:
            return TooMuch("the length of the request is no number")
        if int(headers.get("content-length", "0")) > most:
            return self._too_large(most)
        return None

    @staticmethod
    def _same_origin(headers: dict[str, str], host: str) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            return False
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc.lower() == host

    @staticmethod
    def _too_large(most: int) -> TooMuch:
        return TooMuch("the request is too large: nothing was stored", hint=f"up to {most / 1e6:g} MB are taken")

    def _counted(self, receive: Receive, most: int) -> Receive:
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLarge
            return message

        return counted

    def _dressed(self, send: Send) -> Send:
        extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
        if self._settings.secure:
            extra.append((b"strict-transport-security", b"max-age=31536000"))

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in extra if one[0] not in given)]
                if b"cache-control" not in given:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        return dressed
