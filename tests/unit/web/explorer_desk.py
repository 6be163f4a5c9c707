"""Cases at several stages, and forms filled in as a browser does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import unescape
from typing import Any

from superemitter.pipeline.cases import read_case, take_step
from superemitter.pipeline.notification import Signing, notification_of
from superemitter.pipeline.register import register_scans
from superemitter.pipeline.report_files import filing_of_plume
from superemitter.pipeline.reports import file_report
from superemitter.pipeline.review import review_plume
from superemitter.programme.payloads import to_plain
from superemitter.register import Register, add_document, chain

#: The operator of the cases here, and how their notifier is called.
OPERATOR, NOTIFIER = "Caspian Gas", "Watch"
PLUME = "SCENE-001"


def reported(book: Register, clock: Any, write_scan: Callable[..., Any], reporter: str = NOTIFIER) -> str:
    """A case with a plume of a scan that awaits a reviewer."""
    from register_databases import scan_plume

    seen = clock() - timedelta(days=2)
    time = seen.isoformat().replace("+00:00", "Z")
    register_scans(book, [write_scan([scan_plume(1, 61.5, 36.5)], time=time)], now=clock())
    filing = filing_of_plume(book, 1, {"reporter": reporter}, now=clock())
    return file_report(book, filing, programme_id="generic", now=clock()).case.case_id


def issued(book: Register, clock: Any, write_scan: Callable[..., Any]) -> str:
    """A case whose notice was issued to the operator."""
    case_id = reported(book, clock, write_scan)
    evidence(book, clock, case_id)
    review_plume(book, case_id, "accept", reviewer="Reviewer-One", now=clock())
    now = clock()
    case = read_case(book, case_id, now)
    notice = notification_of(book, case, Signing(signer="Li Na"), language="en", now=now)
    take_step(book, case_id, "notified", {"notification": to_plain(notice)}, actor=NOTIFIER, now=now)
    take_step(book, case_id, "reviewed", {"outcome": "accepted"}, actor="Reviewer-One", now=now)
    payload = {"report_id": "N-17", "operator": OPERATOR}
    take_step(book, case_id, "issued", payload, actor="Reviewer-One", now=now)
    return case_id


def evidence(book: Register, clock: Any, case_id: str) -> None:
    """A file that the case's notice can list."""
    sha256 = add_document(book, b"one overpass\n", name="survey.txt", media_type="text/plain")
    payload = {"name": "survey.txt", "sha256": sha256, "media_type": "text/plain"}
    take_step(book, case_id, "document-added", payload, actor=NOTIFIER, now=clock())


def kinds(book: Register, case_id: str) -> list[str]:
    """The kinds of a case's events."""
    return [event.kind for event in chain(book, case_id)]


def fields_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to an address."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.S)
    assert found, f"no form for {action} in {page[:2000]}"
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
    kept = re.findall(r'<textarea name="([^"]+)" hidden[^>]*>(.*?)</textarea>', found[0], re.S)
    return {name: unescape(value) for name, value in (*hidden, *kept)}


def fill(who: Any, page: str, action: str, values: Mapping[str, Any], **more: Any) -> Any:
    """Fill in the form of a page and send it."""
    return who.post(action, data=fields_of(who.get(page).text, action) | dict(values), **more)


def fill_and_confirm(who: Any, page: str, action: str, values: Mapping[str, Any], **more: Any) -> Any:
    """Fill in a form, see that nothing is recorded yet, and confirm."""
    asked = fill(who, page, action, values, **more)
    assert asked.status_code == 200, asked.text
    assert "Nothing is recorded yet" in asked.text
    return who.post(action, data=fields_of(asked.text, action))
