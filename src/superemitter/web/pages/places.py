"""Sources, operators, facilities: who and where."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.web.charts import history
from superemitter.web.context import Asked
from superemitter.web.pages.listing import ROWS, listing

router = APIRouter()


@router.get("/sources")
def sources(context: Asked) -> Response:
    """Places that plumes came from."""
    asked = listing(context, "sources")
    page = context.ledger.sources(context.viewer, asked.filters, now=context.now, limit=ROWS, after=asked.after)
    return context.page("sources.html", listing=asked, page=page)


@router.get("/sources/{source_id}")
def source(context: Asked, source_id: int) -> Response:
    """One source: its plumes, the looks that found nothing, and how much these say."""
    view = context.ledger.source(context.viewer, source_id, now=context.now)
    say = context.say
    words = {"rates": say("plumes with a rate"), "nothing": say("looks without a plume")}
    chart = history(say, say("Rates over time"), view.plumes, view.passes, words)
    account = context.ledger.account(context.viewer, source_id, now=context.now)
    return context.page("source.html", source=view, chart=chart, account=account)


@router.get("/operators")
def operators(context: Asked) -> Response:
    """Operators that are named, by rule."""
    return context.page("operators.html", operators=context.ledger.operators(context.viewer, now=context.now))


@router.get("/operators/{name:path}")
def operator(context: Asked, name: str) -> Response:
    """One operator with its cases."""
    return context.page("operator.html", operator=context.ledger.operator(context.viewer, name, now=context.now))


@router.get("/facilities")
def facilities(context: Asked) -> Response:
    """Facilities of the lists that the register keeps."""
    asked = listing(context, "facilities")
    page = context.ledger.facilities(context.viewer, asked.filters, now=context.now, limit=ROWS, after=asked.after)
    return context.page("facilities.html", listing=asked, page=page)


@router.get("/facilities/{facility_id:path}")
def facility(context: Asked, facility_id: str) -> Response:
    """One facility, and the leaks that were attributed to it by rule."""
    view = context.ledger.facility(context.viewer, facility_id, now=context.now)
    return context.page("facility.html", facility=view)
