"""Signing in and out, and one's own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from superemitter.model.errors import InvalidForm, SignInRefused
from superemitter.pipeline.identity import change_password, sign_in, sign_out
from superemitter.programme.disclosure import Role
from superemitter.web.context import SESSION, VISIT, Asked

router = APIRouter()
_EVERYBODY = tuple(role for role in Role if role is not Role.PUBLIC)
Field = Annotated[str, Form(max_length=200)]


@router.get("/sign-in")
def sign_in_page(context: Asked, next: str = "") -> Response:
    """The form to sign in with."""
    return context.page("sign-in.html", next=_inside(next), error=None)


@router.post("/sign-in")
def do_sign_in(
    context: Asked,
    name: Field,
    password: Field,
    form_token: Field,
    next: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Sign in, or say that name or password are wrong."""
    context.check_form("sign-in", form_token)
    context.explorer.limits.count("sign-in", context.address, context.settings.sign_ins)
    try:
        _, secret = sign_in(context.register, name, password, address=context.address, now=context.now)
    except SignInRefused as error:
        return context.page("sign-in.html", status=401, next=_inside(next), error=error)
    answer = context.to(_inside(next) or "work")
    context.set_cookie(answer, SESSION, secret)
    answer.delete_cookie(VISIT, path="/")
    return answer


@router.post("/sign-out")
def do_sign_out(context: Asked, form_token: Field) -> Response:
    """Sign out."""
    context.check_form("sign-out", form_token)
    secret = context.request.cookies.get(SESSION)
    if context.user is not None and secret:
        sign_out(context.register, secret, by=context.by, now=context.now)
    answer = context.to("")
    answer.delete_cookie(SESSION, path="/")
    return answer


@router.get("/password")
def password_page(context: Asked) -> Response:
    """The form for a new password."""
    context.require(*_EVERYBODY)
    return context.page("password.html", error=None)


@router.post("/password")
def do_password(context: Asked, old: Field, new: Field, form_token: Field) -> Response:
    """Set a new password; one signs in again with it."""
    user = context.require(*_EVERYBODY)
    context.check_form("password", form_token)
    context.explorer.limits.count("sign-in", context.address, context.settings.sign_ins)
    try:
        change_password(context.register, user, old, new, by=context.by, now=context.now)
    except InvalidForm as error:
        return context.page("password.html", status=422, error=error)
    answer = context.to("sign-in")
    answer.delete_cookie(SESSION, path="/")
    return answer


def _inside(wanted: str) -> str:
    """Where to go on to, if it is a page of ours: its address without the language; else nothing."""
    parts = wanted.split("/")
    inside = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and ":" not in wanted
    return "/".join(parts[2:]) if inside and parts[1:2] and parts[1] in ("en", "zh") else ""
