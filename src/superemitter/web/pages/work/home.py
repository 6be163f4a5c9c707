"""What waits for whoever is signed in."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.pipeline.desk import turns
from superemitter.pipeline.submissions import held
from superemitter.programme.disclosure import Role
from superemitter.web.context import Asked

router = APIRouter()
#: More cases than this are not listed here; the most urgent come first.
_MOST: Final = 200


@router.get("")
def work(context: Asked) -> Response:
    """Reports that await a person, and cases with what waits in each."""
    user = context.require(*(role for role in Role if role is not Role.PUBLIC))
    if user.role == Role.ADMINISTRATOR:
        return context.to("admin")
    found = turns(context.ledger.folded(context.now), context.viewer, now=context.now)
    waiting = held(context.register) if user.role == Role.REVIEWER else ()
    return context.page(
        "work/home.html", turns=found[:_MOST], more=max(0, len(found) - _MOST), waiting=waiting, most=_MOST
    )
