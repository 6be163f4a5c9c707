"""Whether something fits the filters, judged by what the viewer is shown of it and nothing else."""

from __future__ import annotations

from superemitter.pipeline.ledger.book import Entry
from superemitter.pipeline.ledger.filters import Filters
from superemitter.pipeline.ledger.sightings import Sightings
from superemitter.pipeline.ledger.views import CaseRow, Happening
from superemitter.programme.events import State
from superemitter.register import ObservationQuery


def query_of(filters: Filters, sights: Sightings) -> ObservationQuery:
    """What the register is asked for plumes."""
    return ObservationQuery(
        bbox=filters.bbox,
        since=filters.since,
        until=filters.until,
        min_rate_kg_h=filters.min_rate,
        max_rate_kg_h=filters.max_rate,
        sector=filters.sector,
        country=filters.country,
        catalogue=filters.catalogue,
        simulated=filters.simulated,
        exportable=sights.exportable_only,
    )


def case_fits(row: CaseRow, entry: Entry, filters: Filters, *, withdrawn: bool) -> bool:
    """Whether a case fits the filters, by what its row shows and nothing else."""
    stands = row.state != State.WITHDRAWN.value and not entry.case.archived
    seen = row.detected_at or row.opened_at
    checks = (
        stands or withdrawn,
        filters.state in (None, row.state),
        filters.programme in (None, row.programme_id),
        filters.operator is None or (row.operator != "" and row.operator == filters.operator),
        filters.overdue in (None, row.overdue),
        filters.simulated in (None, row.simulated),
        filters.since is None or seen >= filters.since,
        filters.until is None or seen < filters.until,
        filters.min_rate is None or (row.rate_kg_h is not None and row.rate_kg_h >= filters.min_rate),
        filters.max_rate is None or (row.rate_kg_h is not None and row.rate_kg_h <= filters.max_rate),
        filters.bbox is None or _inside(row.longitude, row.latitude, filters.bbox),
        filters.country is None and filters.sector is None and filters.catalogue is None,
    )
    return all(checks)


def plume_fits(one: Happening, filters: Filters) -> bool:
    """Whether the happening of a plume fits the filters that the register was not asked with."""
    plume = one.plume
    assert plume is not None
    rate = plume.rate_kg_h
    return (
        (filters.min_rate is None or (rate is not None and rate >= filters.min_rate))
        and (filters.max_rate is None or (rate is not None and rate <= filters.max_rate))
        and (filters.until is None or one.updated < filters.until)
        and filters.catalogue in (None, plume.catalogue)
    )


def _inside(longitude: float | None, latitude: float | None, bbox: tuple[float, float, float, float]) -> bool:
    if longitude is None or latitude is None:
        return False
    west, south, east, north = bbox
    across = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
    return across and south <= latitude <= north
