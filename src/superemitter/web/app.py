"""The application: the guard outside, then pages for people and interfaces for programs."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from superemitter import __version__
from superemitter.model.errors import SuperemitterError
from superemitter.pipeline.ledger import Ledger
from superemitter.register import Register
from superemitter.web import api, pages, problems
from superemitter.web.api.reading import Reading
from superemitter.web.context import Explorer
from superemitter.web.security import Guard, RateLimits
from superemitter.web.settings import Settings

_log = logging.getLogger(__name__)

#: Requests that are worked on at once: more only wait for each other on the machines this is made for.
_WORKERS = 8


def create_app(register: Register, settings: Settings) -> FastAPI:
    """The explorer of a register, as an ASGI application.

    Parameters
    ----------
    register : Register
        Open; whoever opened it closes it.
    settings : Settings
    """
    app = FastAPI(
        title=settings.title,
        version=__version__,
        description="Large methane leaks: plumes, sources, cases.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.explorer = Explorer(settings, register, Ledger(register), RateLimits(settings.clock))
    problems.install(app)
    mimetypes.add_type("text/javascript", ".mjs")
    folder = Path(str(files("superemitter.web") / "static"))
    if settings.vendor is not None:
        app.mount("/static/vendor", _Static(directory=settings.vendor), name="vendor")
    app.mount("/static", _Static(directory=folder), name="static")
    app.include_router(api.router)
    app.include_router(pages.router, include_in_schema=False)
    app.add_middleware(Reading)
    app.add_middleware(Guard, settings=settings, refuse=problems.refuse)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _WORKERS
    warming = asyncio.get_running_loop().run_in_executor(None, _warm, app.state.explorer)
    yield
    await warming


def _warm(explorer: Explorer) -> None:
    """Read what the first visitors would else wait for; whoever comes meanwhile is served all the same."""
    try:
        explorer.ledger.warm(explorer.settings.clock())
    except SuperemitterError as error:
        _log.warning("the register could not be read ahead: %s", error.message)


class _Static(StaticFiles):
    """Files of the page itself; their addresses change with their content."""

    async def get_response(self, path: str, scope: Any) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "public, max-age=86400"
        return answer
