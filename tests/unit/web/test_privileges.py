"""Who may do what: every route of the forms with every role, from one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from explorer_desk import NOTIFIER, OPERATOR, PLUME, issued, kinds
from fastapi.routing import APIRoute

from superemitter.pipeline.submissions import submit
from superemitter.register import Register
from superemitter.register.people import acts, list_tokens, list_users
from superemitter.register.submissions import list_submissions

ROLES = ("public", "notifier", "reviewer", "operator", "administrator")
#: What a GET answers each role: public, notifier, reviewer, operator, administrator. The notifier and the operator
#: have the case; 404 stands where a thing is not theirs, as for what does not exist.
READ = {
    "/report": (200, 200, 200, 200, 200),
    "/report/{receipt}": (200, 200, 200, 200, 200),
    "/sign-in": (200, 200, 200, 200, 200),
    "/password": (303, 200, 200, 200, 200),
    "/work": (303, 200, 200, 200, 303),
    "/work/submissions/{submission_id}": (303, 403, 200, 403, 403),
    "/work/submissions/{submission_id}/files/{sha256}": (303, 403, 404, 403, 403),
    "/work/cases/{case_id}": (303, 200, 200, 200, 403),
    "/work/cases/{case_id}/notice": (303, 200, 200, 200, 403),
    "/work/cases/{case_id}/notice/{name}": (303, 200, 200, 200, 403),
    "/work/cases/{case_id}/answer": (303, 403, 403, 200, 403),
    "/work/cases/{case_id}/answer/{name}": (303, 403, 403, 404, 403),
    "/work/report-plume": (303, 200, 403, 403, 403),
    "/admin": (303, 403, 403, 403, 200),
    "/admin/audit": (303, 403, 403, 403, 200),
}
#: Who may send what; of the others the public is asked to sign in (401), the rest are refused (403, or 404 for a
#: step of another role).
SEND = {
    "/work/submissions/{submission_id}": {"reviewer"},
    "/work/cases/{case_id}/steps/{kind}": {"reviewer"},
    "/work/cases/{case_id}/plumes/{plume_id}": {"reviewer"},
    "/work/cases/{case_id}/notice": {"notifier"},
    "/work/cases/{case_id}/documents": {"reviewer", "notifier"},
    "/work/cases/{case_id}/answer": {"operator"},
    "/work/cases/{case_id}/answer-file": {"operator"},
    "/work/report-plume": {"notifier"},
    "/admin/users": {"administrator"},
    "/admin/users/{user_id}": {"administrator"},
    "/admin/tokens": {"administrator"},
    "/admin/tokens/{token_id}": {"administrator"},
}
#: Forms of everybody.
OPEN_TO_ALL = {"/report", "/sign-in", "/sign-out", "/password"}
ROOMS = ("/report/", "/sign-", "/password/", "/work/", "/admin/")


@pytest.fixture
def everybody(member: Callable[..., Any], visitor: Callable[[], Any]) -> dict[str, Any]:
    """A visitor, and somebody of each role."""
    return {
        "public": visitor(),
        "notifier": member("notifier", name=NOTIFIER.lower()),
        "reviewer": member("reviewer"),
        "operator": member("operator", operator=OPERATOR),
        "administrator": member("administrator"),
    }


@pytest.fixture
def named(book: Register, clock: Any, write_scan: Any) -> dict[str, str]:
    """Things that exist, for the addresses of the routes."""
    case_id = issued(book, clock, write_scan)
    values = {"longitude": 1, "latitude": 2, "detected_at": clock().isoformat()}
    held = submit(book, values, (), receipt="r" * 32, now=clock())
    return {
        "language": "en",
        "receipt": "r" * 32,
        "submission_id": held.submission_id,
        "case_id": case_id,
        "kind": "note-added",
        "plume_id": PLUME,
        "sha256": "0" * 64,
        "name": "notice.json",
        "token_id": "0" * 16,
        "user_id": "0" * 16,
    }


def routes(app: Any, method: str) -> Iterator[str]:
    """Addresses of the pages that people fill in, less the language."""
    for one in flat(app.routes):
        path = one.path.removeprefix("/{language}")
        if method in one.methods and path != one.path and f"{path}/".startswith(ROOMS):
            yield path


def flat(found: Any) -> Iterator[Any]:
    """Every route as it is served: of routers in routers too, with all their prefixes."""
    for one in found:
        if hasattr(one, "effective_route_contexts"):
            yield from one.effective_route_contexts()
        elif isinstance(one, APIRoute):
            yield one


def test_every_route_is_in_the_table(everybody: dict[str, Any]) -> None:
    app = everybody["public"].app
    assert set(routes(app, "GET")) == set(READ)
    assert set(routes(app, "POST")) == set(SEND) | OPEN_TO_ALL


def test_each_role_reads_what_the_table_says(everybody: dict[str, Any], named: dict[str, str]) -> None:
    wrong = []
    for path, codes in READ.items():
        for role, code in zip(ROLES, codes, strict=True):
            said = everybody[role].get(f"/en{path.format(**named)}")
            if said.status_code != code:
                wrong.append((path, role, said.status_code, code))
            if said.status_code == 303 and role == "public":
                assert said.headers["location"].startswith("/en/sign-in?next=")
    assert wrong == []


def test_nobody_sends_what_is_not_theirs(everybody: dict[str, Any], named: dict[str, str], book: Register) -> None:
    before = _everything(book, named["case_id"])
    for path, theirs in SEND.items():
        for role in ROLES:
            address = f"/en{path.format(**named)}"
            said = everybody[role].post(
                address, data={"form_token": "x.y", "confirm": "yes", "decision": "accept"}
            )
            if role in theirs:
                assert said.status_code == 403, (path, role)
                assert "This form is out of date" in said.text, (path, role)
            else:
                wanted = 401 if role == "public" else 404 if "steps" in path and role != "administrator" else 403
                assert said.status_code == wanted, (path, role, said.status_code)
                assert "out of date" not in said.text
    assert _everything(book, named["case_id"]) == before


def test_a_step_of_another_role_is_refused_with_a_good_form(
    everybody: dict[str, Any], named: dict[str, str], book: Register
) -> None:
    from explorer_desk import fields_of

    case = f"/en/work/cases/{named['case_id']}"
    before = kinds(book, named["case_id"])
    operator, reviewer = everybody["operator"], everybody["reviewer"]
    own = fields_of(operator.get(case).text, f"{case}/steps/notice-received") | {"confirm": "yes"}
    for kind, values in (("closed", {"basis": "no_further_action", "reason": "x"}), ("note-added", {"text": "x"})):
        assert operator.post(f"{case}/steps/{kind}", data=own | values).status_code == 404
    sent = fields_of(reviewer.get(case).text, f"{case}/steps/note-added") | {"confirm": "yes"}
    assert reviewer.post(f"{case}/steps/notice-received", data=sent).status_code == 404
    assert reviewer.post(f"{case}/steps/notified", data=sent | {"notification": "x"}).status_code == 404
    assert kinds(book, named["case_id"]) == before


def test_a_key_for_programs_opens_no_page_of_a_role(
    everybody: dict[str, Any], visitor: Callable[[], Any], book: Register, clock: Any, named: dict[str, str]
) -> None:
    from superemitter.pipeline.identity import CONSOLE, make_token

    user = next(one for one in list_users(book) if one.role == "administrator")
    _, key = make_token(book, user.user_id, label="script", by=CONSOLE, now=clock())
    headers = {"authorization": f"Bearer {key}"}
    assert visitor().get("/en/admin", headers=headers).status_code == 401
    assert visitor().post("/en/admin/users", headers=headers).status_code == 401


def test_who_is_refused_is_on_the_audit_trail(member: Callable[..., Any], book: Register) -> None:
    member("reviewer").get("/en/admin/audit")
    (_, act), *_ = acts(book)
    assert (act.actor, act.action, act.subject) == ("reviewer-one", "refused", "/en/admin/audit")


def _everything(book: Register, case_id: str) -> tuple[Any, ...]:
    """What must not change when somebody is refused."""
    return (
        kinds(book, case_id),
        [one.state for one in list_submissions(book, state=None)],
        list_users(book),
        list_tokens(book),
        [act.action for _, act in acts(book) if act.action != "refused"],
    )
