"""A small server that shows the map alone: the page's files, its policy, plumes of a register."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from superemitter.web.pages_environment import environment
from superemitter.web.security.guard import HEADERS

STATIC = Path(str(files("superemitter.web"))) / "static"
TYPES = {
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".geojson": "application/geo+json",
    ".svg": "image/svg+xml",
}
PAGE = """<!doctype html><html lang="{{ lang }}"><head><meta charset="utf-8"><title>{{ _("Map") }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="{{ static('icon.svg') }}"><link rel="stylesheet" href="{{ static('explorer.css') }}">
{% import "map.html" as map with context %}{{ map.head() }}</head><body><main><h1>{{ _("Map") }}</h1>
{% if plume %}{{ map.plume(plume, bounds, wind="3.4 m/s", scale=scale, lang=lang) }}
{% else %}
{% set list_url = "/" ~ lang ~ "/plumes?sector=coal" %}
{{ map.plumes("/map/cells?sector=coal", "/" ~ lang ~ "/plumes/", bounds, lang, list_url) }}
{% endif %}</main></body></html>"""


class MapServer:
    """Serves ``/en/`` and ``/zh/`` with the map; `answer` makes what ``/map/cells`` says of its parameters."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, str]], dict[str, Any]] = lambda asked: EMPTY
        self.asked: list[dict[str, str]] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.values: dict[str, Any] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def get(self, address: str) -> tuple[str, bytes] | None:
        """Media type and content of what lies at an address."""
        path = urlsplit(address).path
        if path in self.files:
            return self.files[path]
        if path == "/map/cells":
            self.asked.append(dict(parse_qsl(urlsplit(address).query)))
            return "application/json", json.dumps(self.answer(self.asked[-1])).encode()
        if path in ("/en/", "/zh/"):
            language = path.strip("/")
            values = {"bounds": None, "plume": None, "scale": None, **self.values}
            page = environment(language).from_string(PAGE).render(lang=language, **values)
            return "text/html", page.encode()
        file = STATIC / path.removeprefix("/static/")
        if path.startswith("/static/") and file.is_file():
            return TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()
        return None

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = server.get(self.path)
                kind, content = found or ("text/plain", b"not found")
                self.send_response(200 if found else 404)
                for name, value in {**HEADERS, "content-type": kind, "content-length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


EMPTY: dict[str, Any] = {"total": 0, "zoom": 1, "cells": [], "plumes": []}


@pytest.fixture
def server(socket_enabled: None) -> Iterator[MapServer]:
    """A server of the map alone."""
    started = MapServer()
    yield started
    started.close()


class Tab:
    """A page in the browser, with all that it asked for and complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.faults: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens a page; the arguments are those of a browser context."""
    contexts = []

    def opened(**more: Any) -> Tab:
        contexts.append(browser.new_context(**{"viewport": {"width": 1000, "height": 800}, **more}))
        return Tab(contexts[-1].new_page())

    yield opened
    for context in contexts:
        context.close()
