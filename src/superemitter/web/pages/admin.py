"""What an administrator does: accounts, keys for programs, and the trail of what people with privileges did."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import InvalidForm, InvalidValue, SuperemitterError, UnknownRecord, UsageError
from superemitter.pipeline.identity import (
    LONGEST_TOKEN_DAYS,
    TOKEN_DAYS,
    add_user,
    audit_trail,
    enable_user,
    list_accounts,
    list_keys,
    make_token,
    reset_password,
    revoke_key,
)
from superemitter.programme.disclosure import Role
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Sent
from superemitter.web.problems import status_of

router = APIRouter()
PER_PAGE: Final = 100


@router.get("/admin")
def accounts(context: Asked) -> Response:
    """Accounts and keys, and the forms that change them."""
    context.require(Role.ADMINISTRATOR)
    return _page(context)


@router.post("/admin/users")
def new_user(context: Asked, filled: Sent) -> Response:
    """Make an account; its password is shown once."""
    context.require(Role.ADMINISTRATOR)
    context.check_form("admin", filled.text("form_token"))
    try:
        user, password = add_user(
            context.register,
            name=filled.text("name"),
            display_name=filled.text("display_name"),
            role=filled.text("role"),
            operator=filled.text("operator"),
            by=context.by,
            now=context.now,
        )
    except (InvalidForm, InvalidValue) as error:
        return _page(context, kept=filled.kept(), error=error, tried="user")
    return context.page("admin/secret.html", what="password", whose=user.name, secret=password)


@router.post("/admin/users/{user_id}")
def change_user(context: Asked, user_id: str, filled: Sent) -> Response:
    """Keep an account out, let it in again, or give it a new password, which is shown once."""
    me = context.require(Role.ADMINISTRATOR)
    context.check_form("admin", filled.text("form_token"))
    action = filled.text("action")
    if user_id == me.user_id:
        raise UsageError("nobody does this to their own account", hint="another administrator does it")
    if action == "password":
        password = reset_password(context.register, user_id, by=context.by, now=context.now)
        names = {one.user_id: one.name for one in list_accounts(context.register)}
        return context.page("admin/secret.html", what="password", whose=names[user_id], secret=password)
    if action not in ("enable", "disable"):
        raise UsageError("there is no such action")
    enable_user(context.register, user_id, enabled=action == "enable", by=context.by, now=context.now)
    return context.to("admin")


@router.post("/admin/tokens")
def new_token(context: Asked, filled: Sent) -> Response:
    """Make a key for programs; it is shown once, and the same form makes no second one."""
    context.require(Role.ADMINISTRATOR)
    nonce = context.check_form("admin", filled.text("form_token"))
    try:
        days = filled.text("days")
        token, key = make_token(
            context.register,
            filled.text("user_id"),
            label=filled.text("label"),
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0,
            form=nonce,
            by=context.by,
            now=context.now,
        )
    except (InvalidForm, InvalidValue, UnknownRecord) as error:
        return _page(context, kept=filled.kept(), error=error, tried="token")
    return context.page("admin/secret.html", what="token", whose=token.label, secret=key)


@router.post("/admin/tokens/{token_id}")
def end_token(context: Asked, token_id: str, filled: Sent) -> Response:
    """End a key."""
    context.require(Role.ADMINISTRATOR)
    context.check_form("admin", filled.text("form_token"))
    revoke_key(context.register, token_id, by=context.by, now=context.now)
    return context.to("admin")


@router.get("/admin/audit")
def audit(context: Asked, before: str = "") -> Response:
    """What people with privileges did, newest first, a page at a time."""
    context.require(Role.ADMINISTRATOR)
    if before and not (before.isascii() and before.isdigit() and len(before) < 16):
        raise UsageError("before is no number", hint="it is the last number of the page before")
    acts = audit_trail(context.register, limit=PER_PAGE + 1, before=int(before) if before else None)
    shown = acts[:PER_PAGE]
    older = shown[-1][0] if len(acts) > PER_PAGE else None
    return context.page("admin/audit.html", acts=shown, older=older, first=not before)


def _page(
    context: Context,
    *,
    kept: dict[str, str] | None = None,
    error: SuperemitterError | None = None,
    tried: str = "",
) -> Response:
    users = list_accounts(context.register)
    names: dict[str, Any] = {one.user_id: one.name for one in users}
    return context.page(
        "admin/accounts.html",
        status=200 if error is None else status_of(error),
        users=users,
        keys=list_keys(context.register),
        names=names,
        roles=[role.value for role in Role if role is not Role.PUBLIC],
        kept=kept or {},
        error=error,
        tried=tried,
        days=TOKEN_DAYS,
        most_days=LONGEST_TOKEN_DAYS,
    )
