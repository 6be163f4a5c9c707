"""What a map shows: plumes counted in cells, or one by one where there are few."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from superemitter.pipeline.ledger import NAMES, parse_filters
from superemitter.web.api.answers import JSON, described, parameters
from superemitter.web.context import Asked

router = APIRouter()


@router.get(
    "/map/cells",
    operation_id="map_cells",
    tags=["Map"],
    summary="Plumes of a map view",
    responses=described("Cells with their counts, or single plumes.", (JSON, "mapCells")),
    openapi_extra=parameters(*NAMES),
)
def cells(context: Asked, zoom: Annotated[int, Query(ge=0, le=24)] = 2) -> JSONResponse:
    """Plumes in a box (``bbox=west,south,east,north``), narrowed by the filters of the lists.

    ``cells`` holds ``[longitude, latitude, count, greatest rate in kg/h or null]``. Where the box has few plumes,
    ``cells`` is empty and ``plumes`` has each of them, the one with the greatest rate last.
    """
    filters = parse_filters(dict(context.request.query_params), also=("zoom",))
    view, plumes = context.ledger.map(context.viewer, filters, zoom=zoom, now=context.now)
    content: dict[str, Any] = {
        "total": view.total,
        "zoom": view.zoom,
        "cells": [[one.longitude, one.latitude, one.count, one.max_rate_kg_h] for one in view.cells],
        "plumes": [
            {
                "id": one.observation_id,
                "longitude": one.longitude,
                "latitude": one.latitude,
                "rate_kg_h": one.rate_kg_h,
                "rate_low_kg_h": one.rate_low_kg_h,
                "rate_high_kg_h": one.rate_high_kg_h,
                "time": one.time.isoformat(),
                "instrument": one.instrument,
                "simulated": one.simulated,
            }
            for one in plumes
        ],
    }
    return JSONResponse(content, headers={"cache-control": "private, no-cache"})
