"""The page of the interface in a browser: it works under the policy, and asks nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from superemitter.register import open_register
from superemitter.web import Settings, create_app


@pytest.fixture
def served(tmp_path: Path, socket_enabled: None) -> Iterator[str]:
    """The address of an explorer of an empty register."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    register = open_register(tmp_path / "register.db")
    app = create_app(register, Settings(address=address, clock=lambda: datetime(2026, 9, 1, 12, tzinfo=UTC)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield address
    server.should_exit = True
    thread.join(10)
    register.close()
    listener.close()


def test_the_interface_can_be_read_and_tried_without_any_other_server(browser: Any, served: str) -> None:
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda one: said.append(str(one)))
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{served}/api/docs")
    page.wait_for_selector("#operations-Start-conformance")
    assert page.locator(".opblock").count() > 30
    page.click("#operations-Start-conformance button.opblock-summary-control")
    page.click("#operations-Start-conformance button.try-out__btn")
    page.click("#operations-Start-conformance button.execute")
    page.wait_for_selector("#operations-Start-conformance .live-responses-table .response-col_status >> text=200")
    page.close()
    assert said == []
    assert {one for one in asked if not one.startswith((served, "data:", "blob:"))} == set()
