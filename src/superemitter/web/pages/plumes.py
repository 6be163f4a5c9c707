"""Plumes: the list with its map, and each with its evidence."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import Markup

from superemitter.pipeline.ledger.views import PlumeView
from superemitter.web.charts import bars
from superemitter.web.context import Asked, Context
from superemitter.web.pages.listing import ROWS, listing
from superemitter.web.pages.plume_map import plume_map
from superemitter.web.terms import term

router = APIRouter()


@router.get("/plumes")
def plumes(context: Asked) -> Response:
    """Plumes, newest first, narrowed by the address."""
    asked = listing(context, "plumes")
    page = context.ledger.plumes(context.viewer, asked.filters, now=context.now, limit=ROWS, after=asked.after)
    return context.page("plumes.html", listing=asked, page=page)


@router.get("/plumes/{observation_id}")
def plume(context: Asked, observation_id: int) -> Response:
    """One plume: rate, bounds, what makes it uncertain, possible sources, provenance."""
    view = context.ledger.plume(context.viewer, observation_id, now=context.now)
    return context.page(
        "plume.html",
        plume=view,
        budget=_budget(context, view),
        wind=wind_words(context, view.facts),
        view_map=plume_map(context, view),
    )


def _budget(context: Context, view: PlumeView) -> Markup:
    """The parts of the rate's uncertainty, greatest first."""
    say = context.say
    parts = sorted(view.components_kg_h.items(), key=lambda one: -one[1])
    rows = [(term(say, "component", name), value, say.number(value, 2)) for name, value in parts]
    return bars(say("Parts of the uncertainty"), rows, say("one standard deviation (kg/h)"))


def wind_words(context: Context, facts: Any) -> str:
    """Speed with error, direction and source of the wind; empty if there is none."""
    speed, sigma, direction = (facts.get(f"wind_{name}") for name in ("speed_m_s", "speed_sigma_m_s", "from_deg"))
    if speed is None:
        return ""
    say = context.say
    words = (
        f"{say.fixed(speed, 1)} ± {say.fixed(sigma, 1)} m/s" if sigma is not None else f"{say.fixed(speed, 1)} m/s"
    )
    if direction is not None:
        words += say(" from %(degrees)s°", degrees=say.fixed(direction, 0))
    return f"{words} ({facts['wind_source']})" if facts.get("wind_source") else words
