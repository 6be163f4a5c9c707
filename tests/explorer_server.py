"""For tests with real clients: the explorer on a free port of this machine, and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from superemitter.register import open_register
from superemitter.web import Settings, create_app

AXE = Path(__file__).parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: Nothing but the page itself: no look-ups of the browser's own, no graphics card.
OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader"),
    "--enable-unsafe-swiftshader",
)


class Served:
    """An explorer that is running: its address, until `stop`."""

    def __init__(self, database: str | Path, **settings: Any) -> None:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.register = open_register(database)
        self.register.clock = settings.get("clock", self.register.clock)
        app = create_app(self.register, Settings(address=self.address, **settings))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started:
            if time.monotonic() > until:
                raise RuntimeError("the explorer did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it and close its register."""
        self._server.should_exit = True
        self._thread.join(30)
        self.register.close()


class Watched:
    """A page whose requests and complaints are looked at when it is closed."""

    def __init__(self, browser: Any, explorer: Any, **options: Any) -> None:
        self.context = browser.new_context(base_url=explorer.address, **options)
        self.host = urlsplit(explorer.address).netloc
        self.outside: list[str] = []
        self.complaints: list[str] = []

    def __enter__(self) -> Any:
        page = self.context.new_page()
        page.on("request", lambda one: self._ask(one.url))
        page.on("console", lambda one: self._complain(one))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _ask(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.outside.append(url)

    def _complain(self, message: Any) -> None:
        # a page that is not there is asked for on purpose; the driver of software WebGL talks about itself
        if message.type == "error" and "404" not in message.text and "WebGL" not in message.text:
            self.complaints.append(f"{message.text} on {message.page.url}")

    def __exit__(self, *failure: object) -> None:
        self.context.close()
        if failure[0] is None:
            assert self.outside == [], self.outside
            assert self.complaints == [], self.complaints


def violations(page: Any) -> list[str]:
    """What axe says of a page, each with the first place it was found at."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {one['help']} at {one['nodes'][0]['target']}" for one in found]


@pytest.fixture
def serve(socket_enabled: None) -> Iterator[Callable[..., Served]]:
    """Starts explorers, and ends them with the test."""
    running: list[Served] = []

    def start(database: str | Path, **settings: Any) -> Served:
        running.append(Served(database, **settings))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def browser(socket_enabled: None) -> Iterator[Any]:
    """Chromium, driven by Playwright; skips with the reason where there is none, fails there if CI=true."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI=true forbids the skip")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield opened
        opened.close()
