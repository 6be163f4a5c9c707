"""Accounts, keys and the audit trail, as an administrator sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from explorer_desk import fields_of, fill

from superemitter.pipeline.identity import CONSOLE, holder_of, note_act
from superemitter.register import Register
from superemitter.register.people import acts, list_tokens, list_users, user_named

NEW = {"name": "rae", "display_name": "Rae", "role": "reviewer", "operator": ""}


def secret(page: str) -> str:
    """What a page shows once."""
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found, page[:500]
    return found[1]


def test_a_new_account_signs_in_with_the_password_that_is_shown_once(
    member: Callable[..., Any], visitor: Callable[[], Any], book: Register
) -> None:
    admin = member("administrator")
    password = secret(fill(admin, "/en/admin", "/en/admin/users", NEW).text)
    visitor().sign_in("rae", password)
    assert password not in admin.get("/en/admin").text
    assert password not in admin.get("/en/admin/audit").text
    again = fill(admin, "/en/admin", "/en/admin/users", NEW)
    assert again.status_code == 400
    assert "the name rae is taken" in again.text
    assert len(list_users(book)) == 2


def test_every_field_that_is_wrong_is_named_and_nothing_is_made(
    member: Callable[..., Any], book: Register
) -> None:
    values = {"name": "../x", "display_name": "", "role": "king", "operator": "x"}
    said = fill(member("administrator"), "/en/admin", "/en/admin/users", values)
    assert said.status_code == 422
    for told in ("name: 2 to 64", "display name: 1 to 120", "role: one of", "operator: whom"):
        assert told in said.text
    assert len(list_users(book)) == 1


def test_an_account_that_is_kept_out_is_signed_out_and_let_in_again(
    member: Callable[..., Any], book: Register
) -> None:
    admin, one = member("administrator"), member("reviewer")
    user = user_named(book, "reviewer-one")
    assert user is not None
    action = f"/en/admin/users/{user.user_id}"
    assert fill(admin, "/en/admin", action, {"action": "disable"}).status_code == 303
    assert one.get("/en/work").status_code == 303
    assert fill(admin, "/en/admin", action, {"action": "enable"}).status_code == 303
    password = secret(fill(admin, "/en/admin", action, {"action": "password"}).text)
    one.sign_in("reviewer-one", password)
    done = [act.action for _, act in acts(book) if act.actor == "administrator-one"]
    assert done == ["password.reset", "user.enable", "user.disable", "sign-in"]


def test_nobody_locks_themselves_out(member: Callable[..., Any], book: Register) -> None:
    admin = member("administrator")
    (me,) = list_users(book)
    token = fields_of(admin.get("/en/admin").text, "/en/admin/users")
    for action in ("disable", "password"):
        said = admin.post(f"/en/admin/users/{me.user_id}", data=token | {"action": action})
        assert said.status_code == 400
    assert admin.get("/en/admin").status_code == 200


def test_one_form_makes_one_key_and_a_revoked_key_holds_no_more(
    member: Callable[..., Any], book: Register, clock: Any
) -> None:
    admin = member("administrator")
    (me,) = list_users(book)
    sent = fields_of(admin.get("/en/admin").text, "/en/admin/tokens")
    sent |= {"user_id": me.user_id, "label": "script", "days": "30"}
    made, again = (admin.post("/en/admin/tokens", data=sent) for _ in range(2))
    key = secret(made.text)
    assert again.status_code == 400
    (token,) = list_tokens(book)
    assert holder_of(book, key, now=clock()) is not None
    assert key not in admin.get("/en/admin").text
    assert fill(admin, "/en/admin", f"/en/admin/tokens/{token.token_id}", {}).status_code == 303
    assert holder_of(book, key, now=clock()) is None
    for days in ("0", "1000", "x", "", "²"):
        page = fill(admin, "/en/admin", "/en/admin/tokens", sent | {"days": days, "form_token": ""})
        assert page.status_code == 403
        good = fields_of(admin.get("/en/admin").text, "/en/admin/tokens")
        assert admin.post("/en/admin/tokens", data=sent | good | {"days": days}).status_code == 422


def test_the_audit_trail_goes_back_page_by_page_and_shows_no_markup(
    member: Callable[..., Any], book: Register, clock: Any
) -> None:
    admin = member("administrator")
    for number in range(230):
        note_act(book, CONSOLE, clock(), "test.act", f"<i>{number}</i>")
    seen, address = [], "/en/admin/audit"
    while address:
        page = admin.get(address).text
        seen += re.findall(r"<code>&lt;i&gt;(\d+)&lt;/i&gt;</code>", page)
        older = re.search(r'<a href="([^"]+)" rel="next">', page)
        address = older[1] if older else ""
    assert seen == [str(number) for number in reversed(range(230))]
    assert admin.get("/en/admin/audit?before=x").status_code == 400
    assert "Nothing yet" in admin.get("/en/admin/audit?before=0").text
