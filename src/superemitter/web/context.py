"""What every request has at hand: the explorer's parts, who asks, in which language, at what moment."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from superemitter.model.errors import NotAllowed, SignInRefused
from superemitter.pipeline.identity import By, holder_of, note_act, signed_in, viewer_of
from superemitter.pipeline.ledger import Ledger
from superemitter.programme.disclosure import PUBLIC, Role, Viewer
from superemitter.register import Register
from superemitter.register.people import User
from superemitter.web.i18n import DEFAULT, LANGUAGES, Speaker, chosen
from superemitter.web.pages_environment import environment
from superemitter.web.security import RateLimits, check_form, form_token
from superemitter.web.settings import Settings

SESSION: Final = "superemitter_session"
VISIT: Final = "superemitter_visit"
LANGUAGE: Final = "superemitter_language"


@dataclass(frozen=True, slots=True)
class Explorer:
    """The parts of a running explorer."""

    settings: Settings
    register: Register
    ledger: Ledger
    limits: RateLimits = field(compare=False)


class Context:
    """One request: who asks, in which language, when; and how to answer with a page.

    Attributes
    ----------
    request : fastapi.Request
    explorer : Explorer
    language : str
        ``"en"`` or ``"zh"``: that of the address, else the visitor's.
    say : Speaker
    now : datetime
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.explorer: Explorer = request.app.state.explorer
        named = request.path_params.get("language")
        self.language = named if named in LANGUAGES else visitor_language(request)
        self.say = Speaker(self.language)
        self.now: datetime = self.explorer.settings.clock()

    @property
    def register(self) -> Register:
        """The register, for what changes it."""
        return self.explorer.register

    @property
    def ledger(self) -> Ledger:
        """The read side: everything that is shown comes from here."""
        return self.explorer.ledger

    @property
    def settings(self) -> Settings:
        """How the explorer is served."""
        return self.explorer.settings

    # ---- who asks

    @cached_property
    def user(self) -> User | None:
        """Whoever is signed in, or whose key came with the request; None for the public."""
        scheme, _, key = self.request.headers.get("authorization", "").partition(" ")
        if scheme:
            holder = holder_of(self.register, key.strip(), now=self.now) if scheme.lower() == "bearer" else None
            if holder is None:
                raise SignInRefused("the key does not hold", hint="ask an administrator for a new one")
            return holder
        secret = self.request.cookies.get(SESSION)
        return signed_in(self.register, secret, now=self.now) if secret else None

    @property
    def viewer(self) -> Viewer:
        """What whoever asks may see follows from this."""
        return PUBLIC if self.user is None else viewer_of(self.user)

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.client.host if self.request.client else ""

    @property
    def by(self) -> By:
        """Who asks, for the audit trail."""
        if self.user is None:
            return By(name="", role=Role.PUBLIC.value, address=self.address)
        return By(name=self.user.name, role=self.user.role, address=self.address)

    def require(self, *roles: Role) -> User:
        """Whoever is signed in, if they have one of the roles; no key for programs will do.

        Raises
        ------
        SignInRefused
            Nobody is signed in.
        NotAllowed
            They have another role.
        """
        user = None if self.request.headers.get("authorization") else self.user
        if user is None:
            raise SignInRefused("sign in first", hint="this page is for people with an account")
        if Role(user.role) not in roles:
            note_act(self.register, self.by, self.now, "refused", self.request.url.path[:200])
            raise NotAllowed("your account may not do this", hint="ask an administrator")
        return user

    # ---- forms

    @cached_property
    def secret(self) -> str:
        """What the visitor's cookie holds: forms are bound to it. A new one if there is none yet."""
        cookies = self.request.cookies
        return (cookies.get(SESSION) if self.user else None) or cookies.get(VISIT) or secrets.token_urlsafe(32)

    def form_token(self, purpose: str) -> str:
        """What a form for a purpose must carry."""
        return form_token(self.secret, purpose)

    def check_form(self, purpose: str, token: str) -> str:
        """The nonce of a form; see :func:`superemitter.web.security.check_form`."""
        return check_form(self.secret, purpose, token)

    # ---- answers

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page in the language of the request."""
        body = environment(self.language).get_template(template).render(context=self, **values)
        answer = HTMLResponse(body, status_code=status, headers={"content-language": self.language})
        if "form_token" in body and self.user is None and VISIT not in self.request.cookies:
            self.set_cookie(answer, VISIT, self.secret)
        if self.request.cookies.get(LANGUAGE) != self.language:
            self.set_cookie(answer, LANGUAGE, self.language, max_age=365 * 86_400)
        return answer

    def to(self, path: str, **query: str) -> Response:
        """Send the browser on to a page of the explorer, in its language."""
        return RedirectResponse(self.url(path, **query), status_code=303)

    def url(self, path: str, **query: Any) -> str:
        """The address of a page in the language of the request: ``url("plumes", country="US")``."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        return f"/{self.language}/{path.lstrip('/')}" + (f"?{urlencode(asked)}" if asked else "")

    def in_language(self, language: str) -> str:
        """The address of this very page in another language."""
        path = self.request.url.path
        parts = path.split("/")
        path = "/".join(["", language, *parts[2:]]) if parts[1:2] and parts[1] in LANGUAGES else f"/{language}/"
        return f"{path}?{self.request.url.query}" if self.request.url.query else path

    def set_cookie(self, answer: Response, name: str, value: str, *, max_age: int | None = None) -> None:
        """Set a cookie that scripts cannot read and other sites cannot send along."""
        answer.set_cookie(
            name, value, max_age=max_age, httponly=True, samesite="lax", secure=self.settings.secure, path="/"
        )


def visitor_language(request: Request) -> str:
    """The language of a visitor whose address names none."""
    return chosen(request.cookies.get(LANGUAGE), request.headers.get("accept-language", DEFAULT))


def page_language(language: str) -> str:
    """A language that the explorer speaks.

    Raises
    ------
    HTTPException
        404: it speaks another.
    """
    from starlette.exceptions import HTTPException

    if language not in LANGUAGES:
        raise HTTPException(404)
    return language


def _context(request: Request) -> Context:
    return Context(request)


#: What a handler asks for: ``def plumes(context: Asked) -> Response``.
Asked = Annotated[Context, Depends(_context)]
