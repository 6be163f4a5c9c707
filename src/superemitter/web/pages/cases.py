"""Cases: whose clock is running, and what happened."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.web.charts import bars
from superemitter.web.context import Asked
from superemitter.web.pages.listing import ROWS, listing
from superemitter.web.terms import term

router = APIRouter()


@router.get("/cases")
def cases(context: Asked) -> Response:
    """Cases, newest first, narrowed by the address."""
    asked = listing(context, "cases")
    page = context.ledger.cases(context.viewer, asked.filters, now=context.now, limit=ROWS, after=asked.after)
    return context.page("cases.html", listing=asked, page=page)


@router.get("/cases/{case_id}")
def case(context: Asked, case_id: str) -> Response:
    """One case: clocks, timeline, measurement, attribution, what later looks saw."""
    view = context.ledger.case(context.viewer, case_id, now=context.now)
    release = context.ledger.release(context.viewer, case_id, now=context.now)
    return context.page("case.html", case=view, release=release)


@router.get("/cases/{case_id}/documents/{sha256}")
def document(context: Asked, case_id: str, sha256: str) -> Response:
    """A file of a case, to keep: never shown as a page of ours."""
    found = context.ledger.document(context.viewer, case_id, sha256, now=context.now)
    return file_answer(found.name, found.media_type, found.content)


@router.get("/statistics")
def statistics(context: Asked) -> Response:
    """What became of the leaks, in numbers with their uncertainty."""
    asked = listing(context, "statistics")
    found = context.ledger.statistics(context.viewer, asked.filters, now=context.now)
    say = context.say
    states = [
        (term(say, "state", state), float(count), say.whole(count)) for state, count in found.by_state.items()
    ]
    months = [(month, float(count), say.whole(count)) for month, count in list(found.by_month.items())[-24:]]
    return context.page(
        "statistics.html",
        listing=asked,
        statistics=found,
        states=bars(say("Cases by state"), states, say("cases")),
        months=bars(say("Cases opened, by month"), months, say("cases")),
    )


def file_answer(name: str, media_type: str, content: bytes) -> Response:
    """A file as an attachment that no browser runs."""
    ascii_name = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)
    headers = {
        "content-disposition": f'attachment; filename="{ascii_name or "file"}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
    }
    return Response(content, media_type=media_type or "application/octet-stream", headers=headers)
