"""What feeds tell: plumes that came, changed or were withdrawn, and what happened in cases."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from superemitter.pipeline.ledger.book import Entry
from superemitter.pipeline.ledger.case_views import case_row, timeline_of
from superemitter.pipeline.ledger.plume_views import plume_row
from superemitter.pipeline.ledger.sightings import Sightings
from superemitter.pipeline.ledger.views import CaseRow, Happening
from superemitter.programme.disclosure import Viewer
from superemitter.register.changes import Change

#: Events that say nothing to somebody who follows from outside.
_QUIET: Final = frozenset({"note-added", "document-added", "plume-reviewed", "data-received", "report-added"})


def plume_happenings(changes: Sequence[Change], sights: Sightings) -> Iterator[Happening]:
    """A happening for each plume, at its last change: a withdrawal or a new version is an update of the same."""
    for change in changes:
        seen = change.observation
        row = plume_row(seen, sights)
        kind = "plume-withdrawn" if row.withdrawn else "plume-updated" if seen.version > 1 else "plume"
        yield Happening(
            id=f"plume/{seen.observation_id}",
            kind=kind,
            at=change.first_at,
            updated=change.at,
            plume=row,
        )


def latest_happenings(
    fitting: Iterable[tuple[CaseRow, Entry]], viewer: Viewer, now: datetime, *, limit: int
) -> list[Happening]:
    """The latest happenings of cases: none in a case is later than the case's own last change."""
    found: list[Happening] = []
    for row, entry in sorted(fitting, key=lambda one: one[0].updated_at, reverse=True):
        if len(found) >= limit and row.updated_at < found[-1].updated:
            break
        found += case_happenings([entry], viewer, now)
        found = heapq.nlargest(limit, found, key=order)
    return found


def order(one: Happening) -> tuple[datetime, str]:
    """Feeds go from the last to the first."""
    return one.updated, one.id


def case_happenings(entries: Sequence[Entry], viewer: Viewer, now: datetime) -> Iterator[Happening]:
    """A happening for each step of each case that the viewer sees.

    The id counts steps of one kind in one case, so that it does not tell whether others are not shown.
    """
    for entry in entries:
        row = case_row(entry, viewer, now)
        numbers: Counter[str] = Counter()
        for step in timeline_of(entry, viewer, now):
            numbers[step.kind] += 1
            if step.kind not in _QUIET:
                yield Happening(
                    id=f"case/{row.case_id}/{step.kind}/{numbers[step.kind]}",
                    kind=step.kind,
                    at=step.at,
                    updated=step.at,
                    case=row,
                    entry=step,
                )
