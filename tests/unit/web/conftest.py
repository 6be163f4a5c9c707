"""A register with an explorer in front of it, asked without a network."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from superemitter.pipeline.identity import CONSOLE, add_user
from superemitter.register import Register, open_register
from superemitter.web import Settings, create_app

# Cases at several stages, and forms, by path: tests are not a package.
_SPEC = importlib.util.spec_from_file_location("explorer_desk", Path(__file__).with_name("explorer_desk.py"))
assert _SPEC is not None and _SPEC.loader is not None
sys.modules[_SPEC.name] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(sys.modules[_SPEC.name])

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that a test can turn."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        """Turn it on."""
        self.now += timedelta(**time)


class People(TestClient):
    """A visitor's browser, as far as cookies and forms go."""

    def form_token(self, path: str, purpose: str | None = None) -> str:
        """What the (last) form on a page carries."""
        page = self.get(path).text
        found = re.findall(r'name="form_token" value="([^"]+)"', page)
        assert found, page[:400]
        return str(found[-1])

    def sign_in(self, name: str, password: str) -> None:
        """Sign in, and see that it worked."""
        token = self.form_token("/en/sign-in")
        said = self.post("/en/sign-in", data={"name": name, "password": password, "form_token": token})
        assert said.status_code == 303, said.text


@pytest.fixture
def clock() -> Clock:
    """The explorer's clock."""
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Iterator[Register]:
    """An empty register."""
    opened = open_register(tmp_path / "register.db", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def visitor(book: Register, clock: Clock, socket_enabled: None) -> Callable[[], People]:
    """Makes visitors of one explorer, each with cookies of their own."""
    app = create_app(book, Settings(clock=clock))
    return lambda: People(app, base_url="http://127.0.0.1:8000", follow_redirects=False)


@pytest.fixture
def member(book: Register, clock: Clock, visitor: Callable[[], People]) -> Callable[..., People]:
    """Makes somebody with an account of a role, signed in."""

    def make(role: str, operator: str = "", name: str | None = None) -> People:
        name = name or f"{role}-one"
        made, password = add_user(
            book, name=name, display_name=name.title(), role=role, operator=operator, by=CONSOLE, now=clock()
        )
        one = visitor()
        one.sign_in(made.name, password)
        return one

    return make
