"""When a request cannot be answered: one table of statuses, one shape for programs, one page for people."""

from __future__ import annotations

import logging
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from superemitter.model import errors
from superemitter.model.errors import SuperemitterError
from superemitter.web.context import Context
from superemitter.web.i18n import LANGUAGES
from superemitter.web.security.guard import Receive, Scope, Send

_log = logging.getLogger(__name__)

#: Status of each kind of error; the nearest ancestor counts.
STATUSES: Final[dict[type[SuperemitterError], int]] = {
    SuperemitterError: 500,
    errors.InvalidValue: 400,
    errors.UsageError: 400,
    errors.InvalidForm: 422,
    errors.ForbiddenStep: 409,
    errors.HeadMoved: 409,
    errors.UnknownRecord: 404,
    errors.RegisterBusy: 503,
    errors.RegisterFull: 507,
    errors.SignInRefused: 401,
    errors.NotAllowed: 403,
    errors.StaleForm: 403,
    errors.TooMuch: 413,
    errors.TooOften: 429,
}
PROBLEM: Final = "application/problem+json"


def status_of(error: SuperemitterError) -> int:
    """The HTTP status of an error."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem(error: SuperemitterError, status: int | None = None) -> dict[str, Any]:
    """An error as a problem document (RFC 9457)."""
    document: dict[str, Any] = {
        "type": f"urn:superemitter:error:{error.code}",
        "title": error.message,
        "status": status or status_of(error),
        "code": error.code,
    }
    return document | ({"detail": error.hint} if error.hint else {})


def install(app: FastAPI) -> None:
    """Answer every error of an application."""
    app.add_exception_handler(SuperemitterError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


async def refuse(scope: Scope, receive: Receive, send: Send, error: SuperemitterError) -> None:
    """Answer a request that the guard did not let in: people who sent too much get a page that says so."""
    first = str(scope["path"]).split("/")[1:2]
    if isinstance(error, errors.TooMuch) and first and first[0] in LANGUAGES:
        scope["path_params"] = {"language": first[0]}
        page = answer_of(Request(scope, receive), error)
        await page(scope, receive, send)
        return
    answer = JSONResponse(problem(error), status_code=status_of(error), media_type=PROBLEM)
    await answer(scope, receive, send)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, SuperemitterError)
    if status_of(error) >= 500:
        _log.error("%s: %s", request.url.path, error.message)
    return answer_of(request, error)


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    named = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:10])
    return answer_of(request, errors.UsageError(f"the request cannot be read: {named}"))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer_of(request, errors.UnknownRecord("there is nothing at this address"))
    if error.status_code == 413:
        return answer_of(request, errors.TooMuch("the request is too large: nothing was stored"))
    if error.status_code == 405:
        told = errors.UsageError("this address does not take that kind of request")
        answer = answer_of(request, told, status=405)
        answer.headers.update(error.headers or {})
        return answer
    return answer_of(request, errors.UsageError(str(error.detail)), status=error.status_code)


def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("unexpected at %s", request.url.path, exc_info=error)
    return answer_of(request, SuperemitterError("something went wrong here", hint="try again"))


def answer_of(request: Request, error: SuperemitterError, *, status: int | None = None) -> Response:
    """An error as a page for people, or as a problem document for programs."""
    code = status or status_of(error)
    headers = {"retry-after": "60"} if code in (429, 503) else {}
    if code == 401 and not _for_people(request):
        headers["www-authenticate"] = "Bearer"
    if not _for_people(request):
        return JSONResponse(problem(error, code), status_code=code, media_type=PROBLEM, headers=headers)
    context = Context(request)
    if code == 401 and request.method in ("GET", "HEAD") and "sign-in" not in request.url.path:
        return context.to("sign-in", next=request.url.path)
    page = context.page("problem.html", status=code, error=error)
    page.headers.update(headers)
    return page


def _for_people(request: Request) -> bool:
    """Whether a page is wanted: the address is that of a page, or a browser asks for what is not there."""
    first = request.url.path.split("/")[1:2]
    if first and first[0] in LANGUAGES:
        return "authorization" not in request.headers
    return "text/html" in request.headers.get("accept", "") and first[:1] not in [[one] for one in _FOR_PROGRAMS]


_FOR_PROGRAMS: Final = ("api", "collections", "conformance", "stac", "map", "feeds", "downloads", "overlays")
