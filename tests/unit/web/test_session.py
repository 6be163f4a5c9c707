"""Signing in and out; forms that cannot be forged; what the guard refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from superemitter.pipeline.identity import CONSOLE, add_user, enable_user, holder_of, make_token
from superemitter.register import Register
from superemitter.register.people import acts, list_users


def _ann(book: Register, clock: Any) -> tuple[Any, str]:
    return add_user(book, name="ann", display_name="Ann", role="reviewer", by=CONSOLE, now=clock())


def test_a_password_opens_a_session_and_another_does_not(
    visitor: Callable[[], Any], book: Register, clock: Any
) -> None:
    _, password = _ann(book, clock)
    one = visitor()
    token = one.form_token("/en/sign-in")
    refused = one.post("/en/sign-in", data={"name": "ann", "password": "x" * 14, "form_token": token})
    assert refused.status_code == 401
    assert "Ann" not in one.get("/en/").text
    one.sign_in("ann", password)
    assert "Ann (reviewer)" in one.get("/en/").text


def test_an_unknown_name_and_a_wrong_password_are_refused_alike(
    visitor: Callable[[], Any], book: Register, clock: Any
) -> None:
    _ann(book, clock)
    one = visitor()
    token = one.form_token("/en/sign-in")
    pages = [
        one.post("/en/sign-in", data={"name": name, "password": "wrong-password-1", "form_token": token}).text
        for name in ("ann", "nobody")
    ]
    strip = [page.replace(one.form_token("/en/sign-in"), "") for page in pages]
    assert len({len(page) for page in strip}) == 1
    assert all("the name or the password is not right" in page for page in pages)


def test_a_session_ends_when_it_is_not_used_and_after_half_a_day(member: Callable[..., Any], clock: Any) -> None:
    one = member("reviewer")
    clock.later(hours=1.9)
    assert "(reviewer)" in one.get("/en/").text
    clock.later(hours=2.1)
    assert "(reviewer)" not in one.get("/en/").text


@pytest.mark.parametrize("action", ["disable", "password"])
def test_a_session_ends_with_the_account_or_its_password(
    member: Callable[..., Any], book: Register, clock: Any, action: str
) -> None:
    from superemitter.pipeline.identity import reset_password

    one = member("reviewer")
    (user,) = list_users(book)
    if action == "disable":
        enable_user(book, user.user_id, enabled=False, by=CONSOLE, now=clock())
    else:
        reset_password(book, user.user_id, by=CONSOLE, now=clock())
    assert "(reviewer)" not in one.get("/en/").text


def test_the_cookie_is_not_for_scripts_or_other_sites(member: Callable[..., Any], visitor: Any, book: Register,
                                                      clock: Any) -> None:  # fmt: skip
    _, password = _ann(book, clock)
    one = visitor()
    token = one.form_token("/en/sign-in")
    said = one.post("/en/sign-in", data={"name": "ann", "password": password, "form_token": token})
    cookie = next(value for value in said.headers.get_list("set-cookie") if "superemitter_session" in value)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert cookie.split("=")[1].split(";")[0] not in str(acts(book))


def test_a_form_of_somebody_else_is_refused(member: Callable[..., Any], visitor: Callable[[], Any]) -> None:
    one, other = member("reviewer"), visitor()
    stolen = other.form_token("/en/sign-in")
    assert one.post("/en/sign-out", data={"form_token": stolen}).status_code == 403
    assert one.post("/en/sign-out", data={"form_token": "no.thing"}).status_code == 403
    assert "(reviewer)" in one.get("/en/").text


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_a_request_from_another_site_changes_nothing(member: Callable[..., Any], headers: dict[str, str]) -> None:
    one = member("reviewer")
    token = one.form_token("/en/")
    assert one.post("/en/sign-out", data={"form_token": token}, headers=headers).status_code == 403
    assert "(reviewer)" in one.get("/en/").text


def test_a_host_that_is_not_ours_is_refused(visitor: Callable[[], Any]) -> None:
    assert visitor().get("/en/", headers={"host": "rebound.example"}).status_code == 403


def test_tries_are_limited_and_the_limit_passes(visitor: Callable[[], Any], book: Register, clock: Any) -> None:
    _, password = _ann(book, clock)
    one = visitor()
    token = one.form_token("/en/sign-in")
    wrong = {"name": "ann", "password": "wrong-password-1", "form_token": token}
    codes = [one.post("/en/sign-in", data=wrong).status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
    clock.later(minutes=16)
    one.sign_in("ann", password)


def test_a_request_that_is_too_large_is_refused_before_it_is_read(visitor: Callable[[], Any]) -> None:
    one = visitor()
    said = one.post("/zh/sign-in", content=b"x", headers={"content-length": "999999999999"})
    assert said.status_code == 413
    assert "发送的内容超出了限制" in said.text
    said = one.post("/collections", content=b"x", headers={"content-length": "999999999999"})
    assert said.status_code == 413
    assert said.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/en/../x:y"])
def test_signing_in_leads_nowhere_else(
    visitor: Callable[[], Any], book: Register, clock: Any, wanted: str
) -> None:
    _, password = _ann(book, clock)
    one = visitor()
    token = one.form_token("/en/sign-in")
    said = one.post("/en/sign-in", data={"name": "ann", "password": password, "form_token": token, "next": wanted})
    assert said.headers["location"] == "/en/work"


def test_every_answer_carries_the_policy(visitor: Callable[[], Any]) -> None:
    one = visitor()
    for path in ("/en/", "/zh/nothing", "/static/explorer.css", "/collections/nothing"):
        headers = one.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_key_reads_as_its_user_until_it_ends(book: Register, clock: Any) -> None:
    user, _ = _ann(book, clock)
    token, key = make_token(book, user.user_id, label="script", days=1, by=CONSOLE, now=clock())
    assert holder_of(book, key, now=clock()) == user
    assert holder_of(book, key[:-1] + ("A" if key[-1] != "A" else "B"), now=clock()) is None
    assert key not in str(token)
    clock.later(days=1.1)
    assert holder_of(book, key, now=clock()) is None


def test_a_key_that_does_not_hold_is_refused_not_taken_for_the_public(visitor: Callable[[], Any]) -> None:
    said = visitor().get("/en/", headers={"authorization": "Bearer se_0_0"})
    assert said.status_code == 401


def test_what_a_privilege_did_is_on_record(member: Callable[..., Any], book: Register) -> None:
    member("administrator")
    actions = [act.action for _, act in acts(book)]
    assert actions == ["sign-in", "user.add"]
