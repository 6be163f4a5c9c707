"""The ledger: asks the register on behalf of a viewer and gives views."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar, cast

from superemitter.account.annual import AnnualAccount
from superemitter.account.cautions import Caution
from superemitter.account.large_release import LargeRelease
from superemitter.account.reconcile import ObservedSource
from superemitter.model import CannotSay
from superemitter.model.errors import UnknownRecord
from superemitter.pipeline.annual import account_of_source
from superemitter.pipeline.ledger.book import CaseBook, Entries, Entry
from superemitter.pipeline.ledger.case_views import case_row, case_view, documents_of, facility_of
from superemitter.pipeline.ledger.filters import Filters
from superemitter.pipeline.ledger.fitting import case_fits, plume_fits, query_of
from superemitter.pipeline.ledger.happenings import latest_happenings, order, plume_happenings
from superemitter.pipeline.ledger.paging import is_storable, moment_in, no_page, number_in, packed, unpacked
from superemitter.pipeline.ledger.places import facility_row, looks_at, operator_row, scene_view, source_row
from superemitter.pipeline.ledger.plume_views import plume_row, plume_view
from superemitter.pipeline.ledger.sightings import Sightings, sightings
from superemitter.pipeline.ledger.statistics import statistics
from superemitter.pipeline.ledger.views import (
    CaseRow,
    CaseView,
    FacilityRow,
    FacilityView,
    Happening,
    OperatorRow,
    OperatorView,
    Page,
    PlumeRow,
    PlumeView,
    SceneView,
    SourceRow,
    SourceView,
    StatisticsView,
)
from superemitter.pipeline.reconciling import observed_sources, source_ids_of
from superemitter.pipeline.releases import large_release_of_case
from superemitter.programme.case import Case
from superemitter.programme.disclosure import Role, Viewer, is_own, sees_event
from superemitter.programme.events import State
from superemitter.register import (
    Document,
    ObservationQuery,
    Register,
    Source,
    case,
    document,
    facility,
    list_facilities,
    list_observations,
    list_sources,
    observation,
)
from superemitter.register.cells import MapView, PlumeMap
from superemitter.register.changes import recent_changes
from superemitter.register.overlays import OverlayRow, overlay_of
from superemitter.register.scenes import list_scenes, scene

#: How many plumes a source's page shows.
_HISTORY: Final = 1000
#: How many answers are kept at hand as long as no case changes.
_KEPT: Final = 200
Made = TypeVar("Made")


class Ledger:
    """What a register shows to whom; may be asked from several threads.

    Whatever a viewer may not see is treated as if it did not exist: the same error, counts and order.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._book = CaseBook(register)
        self._map = PlumeMap(register)
        self._made: dict[Hashable, tuple[Entries, object]] = {}

    def warm(self, now: datetime) -> None:
        """Read now what the first visitors would else wait for."""
        self._book.entries(now)
        self._map.warm()

    # ---- plumes

    def plumes(
        self, viewer: Viewer, filters: Filters, *, now: datetime, limit: int = 50, after: str | None = None
    ) -> Page[PlumeRow]:
        """Plumes, newest first."""
        entries = self._book.entries(now)
        sights = self._sights(entries, viewer)
        page = list_observations(
            self._register,
            query_of(filters, sights),
            limit=limit,
            after=after,
            excluding=sights.hidden,
            among=self._among(entries, filters, viewer),
        )
        return Page(rows=tuple(plume_row(one, sights) for one in page.observations), next=page.next)

    def plume(self, viewer: Viewer, observation_id: int, *, now: datetime) -> PlumeView:
        """One plume; a withdrawn one too.

        Raises
        ------
        UnknownRecord
            There is none that the viewer sees.
        """
        sights = self._sights(self._book.entries(now), viewer)
        nothing = UnknownRecord("there is no such plume")
        if observation_id in sights.unseen or not 0 <= observation_id < 2**63:
            raise nothing
        try:
            seen = observation(self._register, observation_id)
        except UnknownRecord:
            raise nothing from None
        view = plume_view(self._register, seen, sights)
        if seen.kind != "plume" or (sights.exportable_only and not view.exportable):
            raise nothing
        return view

    def map(
        self, viewer: Viewer, filters: Filters, *, zoom: int, now: datetime
    ) -> tuple[MapView, tuple[PlumeRow, ...]]:
        """What a map shows of a box: counts in cells, or single plumes with the greatest rate last."""
        entries = self._book.entries(now)
        sights = self._sights(entries, viewer)
        among = self._among(entries, filters, viewer)
        view = self._map.view(query_of(filters, sights), zoom=zoom, excluding=sights.hidden, among=among)
        # What the register says of a plume is not for everybody: its rows are.
        return replace(view, plumes=()), tuple(plume_row(one, sights) for one in view.plumes)

    def overlay(self, viewer: Viewer, observation_id: int, *, now: datetime) -> OverlayRow | None:
        """Where the picture of a plume lies and what its colours mean; None if it has none.

        Raises
        ------
        UnknownRecord
            There is no such plume that the viewer sees.
        """
        self.plume(viewer, observation_id, now=now)
        return overlay_of(self._register, observation_id)

    def overlay_picture(self, viewer: Viewer, observation_id: int, *, now: datetime) -> Document:
        """The picture of a plume, as PNG.

        Raises
        ------
        UnknownRecord
            The viewer sees no such plume, or it has no picture.
        """
        found = self.overlay(viewer, observation_id, now=now)
        if found is None:
            raise UnknownRecord("there is no such plume")
        return document(self._register, found.sha256)

    # ---- cases

    def cases(
        self, viewer: Viewer, filters: Filters, *, now: datetime, limit: int = 50, after: str | None = None
    ) -> Page[CaseRow]:
        """Cases, newest first."""
        rows = [*self._fitting(self._book.entries(now), viewer, filters)]
        start = 0
        if after is not None:
            last = unpacked(after, 1)[0]
            place = next((k for k, (row, _) in enumerate(rows) if row.case_id == last), None)
            if place is None:
                raise no_page(after)
            start = place + 1
        shown = [case_row(entry, viewer, now) for _, entry in rows[start : start + limit]]
        more = start + limit < len(rows)
        return Page(rows=tuple(shown), next=packed(shown[-1].case_id) if more else None, total=len(rows))

    def case(self, viewer: Viewer, case_id: str, *, now: datetime) -> CaseView:
        """One case.

        Raises
        ------
        UnknownRecord
            There is none that the viewer sees.
        """
        entry = self._seen_entry(viewer, case_id, now)
        sights = self._sights(self._book.entries(now), viewer)
        source_id = self._source_of(case_id, sights)
        return case_view(entry, viewer, now, source_id=source_id, kept_back=sights.kept_back)

    def own_cases(self, viewer: Viewer, *, now: datetime) -> tuple[CaseRow, ...]:
        """The viewer's own cases, newest first; of a reviewer all."""
        return tuple(
            case_row(one, viewer, now)
            for one in self._book.entries(now)
            if viewer.role is Role.REVIEWER or is_own(one.case, viewer)
        )

    def folded(self, now: datetime) -> tuple[Case, ...]:
        """Every case as it stands, newest first: for choosing whose turn it is, never shown as it is."""
        return tuple(one.case for one in self._book.entries(now))

    # ---- places

    def sources(
        self, viewer: Viewer, filters: Filters, *, now: datetime, limit: int = 50, after: str | None = None
    ) -> Page[SourceRow]:
        """Sources in order of their number; of the filters, box and simulation count."""
        sights = self._sights(self._book.entries(now), viewer)
        found = list_sources(
            self._register,
            bbox=filters.bbox,
            limit=limit + 1,
            after=number_in(after),
            exportable=sights.exportable_only,
            excluding=sights.hidden,
            simulated=filters.simulated,
        )
        rows = tuple(source_row(one) for one in found[:limit])
        return Page(rows=rows, next=packed(str(rows[-1].source_id)) if len(found) > limit else None)

    def source(self, viewer: Viewer, source_id: int, *, now: datetime) -> SourceView:
        """One source with its history.

        Raises
        ------
        UnknownRecord
            There is none that the viewer sees.
        """
        entries = self._book.entries(now)
        sights = self._sights(entries, viewer)
        row = self._one_source(source_id, sights)
        query = ObservationQuery(source_id=source_id, exportable=sights.exportable_only)
        page = list_observations(self._register, query, limit=_HISTORY, excluding=sights.hidden)
        plumes = tuple(plume_row(one, sights) for one in page.observations)
        looks = looks_at(self._register, source_id, sights)
        held = {case_id for plume in plumes for case_id in plume.cases}
        return SourceView(
            row=row,
            plumes=plumes,
            passes=looks,
            detection_days=len({look.time.date() for look in looks if look.detected}),
            observation_days=len({look.time.date() for look in looks}),
            cases=tuple(case_row(one, viewer, now) for one in entries if one.case.case_id in held),
        )

    def operators(self, viewer: Viewer, *, now: datetime) -> tuple[OperatorRow, ...]:
        """Operators that the viewer may know of, those with most open cases first."""
        rows: dict[str, list[CaseRow]] = defaultdict(list)
        for row, _ in self._fitting(self._book.entries(now), viewer, Filters()):
            if row.operator:
                rows[row.operator].append(row)
        found = [operator_row(name, held) for name, held in rows.items()]
        return tuple(sorted(found, key=lambda one: (-one.open_cases, one.operator)))

    def operator(self, viewer: Viewer, name: str, *, now: datetime) -> OperatorView:
        """One operator with its cases.

        Raises
        ------
        UnknownRecord
            The viewer may know of none of that name.
        """
        entries = self._book.entries(now)
        held = [entry for _, entry in self._fitting(entries, viewer, Filters(operator=name))]
        if not held:
            raise UnknownRecord("there is no such operator")
        rows = [case_row(one, viewer, now) for one in held]
        facilities = {facility_of(one.case, viewer) for one in held} - {""}
        return OperatorView(row=operator_row(name, rows), cases=tuple(rows), facilities=tuple(sorted(facilities)))

    def facilities(
        self, viewer: Viewer, filters: Filters, *, now: datetime, limit: int = 50, after: str | None = None
    ) -> Page[FacilityRow]:
        """Facilities of the register's lists, in order of their id; of the filters, the box counts."""
        start = "" if after is None else unpacked(after, 1)[0]
        found = list_facilities(self._register, bbox=filters.bbox, limit=limit + 1, after=start)
        rows = tuple(facility_row(one) for one in found[:limit])
        return Page(rows=rows, next=packed(rows[-1].facility_id) if len(found) > limit else None)

    def facility(self, viewer: Viewer, facility_id: str, *, now: datetime) -> FacilityView:
        """One facility, and the cases that were attributed to it as far as the viewer may know.

        Raises
        ------
        UnknownRecord
            No list has it.
        """
        found = facility(self._register, facility_id) if is_storable(facility_id) else None
        if found is None:
            raise UnknownRecord("there is no such facility")
        rows = [
            case_row(one, viewer, now)
            for one in self._book.entries(now)
            if facility_id and facility_of(one.case, viewer) == facility_id
        ]
        return FacilityView(row=facility_row(found), cases=tuple(rows))

    def scenes(
        self, viewer: Viewer, filters: Filters, *, now: datetime, limit: int = 50, after: str | None = None
    ) -> Page[SceneView]:
        """Registered scenes, newest first; of the filters, box and time count."""
        last = None
        if after is not None:
            time, scene_id = unpacked(after, 2)
            last = (moment_in(time), scene_id)
        found = list_scenes(
            self._register,
            bbox=filters.bbox,
            since=filters.since,
            until=filters.until,
            limit=limit + 1,
            after=last,
        )
        rows = tuple(scene_view(one, viewer) for one in found[:limit])
        more = len(found) > limit
        return Page(rows=rows, next=packed(rows[-1].time.isoformat(), rows[-1].scene_id) if more else None)

    def scene(self, viewer: Viewer, scene_id: str, *, now: datetime) -> SceneView:
        """One scene.

        Raises
        ------
        UnknownRecord
            There is none.
        """
        found = scene(self._register, scene_id) if is_storable(scene_id) else None
        if found is None:
            raise UnknownRecord("there is no such scene")
        return scene_view(found, viewer)

    # ---- over all

    def statistics(self, viewer: Viewer, filters: Filters, *, now: datetime) -> StatisticsView:
        """What became of the leaks that the viewer sees."""
        entries = self._book.entries(now)

        def figures() -> StatisticsView:
            return statistics([one for _, one in self._fitting(entries, viewer, filters)], viewer, now)

        return self._kept(entries, ("statistics", viewer, filters), figures)

    def happenings(
        self, viewer: Viewer, filters: Filters, *, now: datetime, limit: int = 100
    ) -> tuple[Happening, ...]:
        """What feeds tell, newest first. Withdrawn cases and plumes are among them, as updates."""
        entries = self._book.entries(now)
        sights = self._sights(entries, viewer)
        fitting = self._fitting(entries, viewer, filters, withdrawn=True)
        found = latest_happenings(fitting, viewer, now, limit=limit)
        if not filters.of_cases:
            changes = recent_changes(
                self._register,
                limit=limit,
                since=filters.since,
                exportable=sights.exportable_only,
                excluding=sights.unseen,
                bbox=filters.bbox,
                country=filters.country,
                sector=filters.sector,
                simulated=filters.simulated,
            )
            found += [one for one in plume_happenings(changes, sights) if plume_fits(one, filters)]
        return tuple(heapq.nlargest(limit, found, key=order))

    # ---- accounts

    def account(self, viewer: Viewer, source_id: int, *, now: datetime) -> AnnualAccount:
        """What a source emits in a year, by the plumes and looks that the viewer sees.

        Raises
        ------
        UnknownRecord
            There is no source that the viewer sees.
        """
        sights = sightings(self._book.entries(now), viewer)
        self._one_source(source_id, sights)
        return account_of_source(
            self._register, source_id, exportable=sights.exportable_only, excluding=sights.hidden
        )

    def release(self, viewer: Viewer, case_id: str, *, now: datetime) -> LargeRelease | CannotSay:
        """What would be reported of a case's leak as a large release.

        Raises
        ------
        UnknownRecord
            There is no case that the viewer sees.
        """
        return large_release_of_case(self._register, self._seen_entry(viewer, case_id, now).case)

    def observed(
        self, viewer: Viewer, filters: Filters, year: int, *, now: datetime
    ) -> tuple[tuple[ObservedSource, ...], tuple[Caution, ...]]:
        """A year of each source in a box or a country, by what the viewer sees, and what had to be assumed.

        Raises
        ------
        UsageError
            The filters name neither.
        """
        sights = sightings(self._book.entries(now), viewer)
        ids = source_ids_of(
            self._register,
            bbox=filters.bbox,
            countries=[filters.country] if filters.country else [],
            sector=filters.sector,
            simulated=bool(filters.simulated),
            exportable=sights.exportable_only,
            excluding=sights.hidden,
        )
        return observed_sources(
            self._register, ids, year, exportable=sights.exportable_only, excluding=sights.hidden
        )

    def document(self, viewer: Viewer, case_id: str, sha256: str, *, now: datetime) -> Document:
        """A file of a case.

        Raises
        ------
        UnknownRecord
            The case has none of that kind that the viewer may fetch.
        """
        entry = self._seen_entry(viewer, case_id, now)
        sights = self._sights(self._book.entries(now), viewer)
        held = documents_of(entry, viewer, now, kept_back=sights.kept_back)
        view = next((one for one in held if one.sha256 == sha256), None)
        if view is None:
            raise UnknownRecord("there is no such document")
        found = document(self._register, sha256)
        # Equal contents are kept once, under the name they first came with: that may be another case's.
        return replace(found, name=view.name, media_type=view.media_type or found.media_type)

    # ---- within

    def _sights(self, entries: Entries, viewer: Viewer) -> Sightings:
        """What the viewer sees of the observations in cases."""
        return self._kept(entries, ("sights", viewer), lambda: sightings(entries, viewer))

    def _kept(self, entries: Entries, key: Hashable, make: Callable[[], Made]) -> Made:
        """What follows from the cases and nothing else, made once as long as they stay as they are."""
        known = self._made.get(key)
        if known is not None and known[0] is entries:
            return cast(Made, known[1])
        made = make()
        if len(self._made) >= _KEPT:
            self._made.clear()
        self._made[key] = (entries, made)
        return made

    def _seen_entry(self, viewer: Viewer, case_id: str, now: datetime) -> Entry:
        entry = self._book.entry(case_id, now)
        if entry is None or not sees_event(entry.case, viewer):
            raise UnknownRecord("there is no such case")
        return entry

    def _fitting(
        self, entries: Entries, viewer: Viewer, filters: Filters, *, withdrawn: bool = False
    ) -> Iterator[tuple[CaseRow, Entry]]:
        """The cases that the viewer sees and that fit; of those that stand, unless asked for.

        The rows are of an earlier moment, at which the cases were as they are: of what they hold, only the days
        left are others.
        """

        def rows() -> list[tuple[CaseRow, Entry]]:
            seen = (one for one in entries if sees_event(one.case, viewer))
            return [(case_row(one, viewer, one.case.now), one) for one in seen]

        also = withdrawn or filters.state == State.WITHDRAWN.value
        for row, entry in self._kept(entries, ("rows", viewer), rows):
            if case_fits(row, entry, filters, withdrawn=also):
                yield row, entry

    def _among(self, entries: Entries, filters: Filters, viewer: Viewer) -> frozenset[int] | None:
        """The plumes of cases that fit what only cases have; None if nothing of the kind is asked."""
        if not filters.of_cases:
            return None
        asked = Filters(
            state=filters.state, operator=filters.operator, programme=filters.programme, overdue=filters.overdue
        )
        return frozenset(
            int(plume.current.record["observation_id"])
            for _, entry in self._fitting(entries, viewer, asked)
            for plume in entry.case.plumes
            if plume.current.record.get("observation_id") is not None
        )

    def _one_source(self, source_id: int, sights: Sightings) -> SourceRow:
        found: Sequence[Source] = ()
        if 0 <= source_id < 2**63:
            found = list_sources(
                self._register,
                source_id=source_id,
                limit=1,
                exportable=sights.exportable_only,
                excluding=sights.hidden,
            )
        if not found:
            raise UnknownRecord("there is no such source")
        return source_row(found[0])

    def _source_of(self, case_id: str, sights: Sightings) -> int | None:
        number = case(self._register, case_id).source_id
        if number is None:
            return None
        try:
            self._one_source(number, sights)
        except UnknownRecord:
            return None
        return number
