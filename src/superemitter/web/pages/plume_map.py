"""What the map of one plume is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapely.geometry import shape

from superemitter.pipeline.ledger.views import PlumeView
from superemitter.publish.overlay import colours
from superemitter.web.context import Context

#: How far around a plume without outline its map reaches. [degree]
_AROUND = 0.03


@dataclass(frozen=True, slots=True)
class PlumeMap:
    """What templates/map.html needs to show one plume."""

    plume: dict[str, Any]
    bounds: tuple[float, float, float, float]
    wind: str
    scale: dict[str, Any] | None


def plume_map(context: Context, view: PlumeView) -> PlumeMap | None:
    """The map of a plume; None if its place is not known."""
    row = view.row
    if row.longitude is None or row.latitude is None:
        return None
    drawn: dict[str, Any] = {"longitude": row.longitude, "latitude": row.latitude}
    west, south, east, north = row.longitude, row.latitude, row.longitude, row.latitude
    if view.outline is not None:
        drawn["outline"] = view.outline
        west, south, east, north = shape(view.outline).bounds
    wind = ""
    if view.facts.get("wind_from_deg") is not None:
        drawn["wind_from_deg"] = view.facts["wind_from_deg"]
        wind = context.say("Wind from %(degrees)s°", degrees=context.say.fixed(view.facts["wind_from_deg"], 0))
    scale = None
    picture = context.ledger.overlay(context.viewer, row.observation_id, now=context.now)
    if picture is not None:
        drawn |= {
            "image": f"/overlays/{row.observation_id}.png?v={picture.sha256[:12]}",
            "corners": picture.corners,
        }
        scale = _scale(context, picture.low_ppm_m, picture.high_ppm_m)
    margin = _AROUND if view.outline is None else 0.3 * max(east - west, north - south, 0.005)
    bounds = (west - margin, max(south - margin, -85.0), east + margin, min(north + margin, 85.0))
    return PlumeMap(drawn, bounds, wind, scale)


def _scale(context: Context, low_ppm_m: float, high_ppm_m: float) -> dict[str, Any]:
    """The words and colours of the bar below the map."""
    say = context.say
    return {
        "title": say("Methane enhancement (ppm m); not drawn below two sigma of noise"),
        "low": say.fixed(low_ppm_m, 0),
        "high": say.fixed(high_ppm_m, 0),
        "colours": colours(),
    }
