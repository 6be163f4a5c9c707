"""What the ledger gives to whom, on both databases."""

from __future__ import annotations

import base64
import json

import pytest

from case_stories import (
    KEPT,
    PLUMES,
    START,
    UNKNOWN,
    Names,
    Step,
    Story,
    answer,
    case_id_of,
    life,
    make_world,
    name,
    tell,
)
from superemitter.model.errors import UnknownRecord, UsageError
from superemitter.pipeline.cases import withdraw_plume
from superemitter.pipeline.ledger import Filters, Ledger
from superemitter.pipeline.ledger.paging import packed
from superemitter.programme.disclosure import PUBLIC, Role, Viewer
from superemitter.register import append_event, chain

REVIEWER = Viewer(role=Role.REVIEWER, name="Li Na")
PUBLISHED = life("closed")


class Place:
    """A register on one of the databases, and its ledger."""

    def __init__(self, database, folder) -> None:
        self.register = make_world(database, folder, Names())
        self.ledger = Ledger(self.register)
        self.now = START

    def tell(self, *stories: Story) -> Place:
        for number, story in enumerate(stories):
            self.now = max(self.now, tell(self.register, number, story, Names()))
        return self

    def then(self, kind: str, payload: dict, number: int = 0) -> None:
        append_event(self.register, case_id_of(number), kind=kind, at=self.now, actor="Somebody", payload=payload)

    def plumes(self, viewer=PUBLIC, filters=None):
        return [row.observation_id for row in self.ledger.plumes(viewer, filters or Filters(), now=self.now).rows]

    def cases(self, viewer=PUBLIC, filters=None):
        return [row.case_id for row in self.ledger.cases(viewer, filters or Filters(), now=self.now).rows]

    def plume(self, number, viewer=PUBLIC):
        return self.ledger.plume(viewer, number, now=self.now)

    def case(self, number=0, viewer=PUBLIC):
        return self.ledger.case(viewer, case_id_of(number), now=self.now)

    def happenings(self, viewer=PUBLIC, filters=None):
        return {one.id: one for one in self.ledger.happenings(viewer, filters or Filters(), now=self.now)}


@pytest.fixture
def place(database, tmp_path):
    """An empty place, once on each database."""
    made = Place(database, tmp_path / "scans")
    yield made
    made.register.close()


@pytest.fixture
def here(tmp_path):
    """An empty place on SQLite."""
    made = Place(tmp_path / "register.db", tmp_path / "scans")
    yield made
    made.register.close()


# ---- plumes


def test_plumes_are_seen_as_far_as_their_cases_are(place):
    place.tell(
        Story(steps=life("issued")),
        Story(plumes=(2,), steps=life("plume-reviewed")),
        Story(plumes=(3,), steps=(Step("plume-reviewed", turn=3), *life("issued")[1:])),
    )
    assert place.plumes() == [7, 1, 5]  # 2 is in a hidden case, 3 was rejected, 8 must not leave the register
    assert place.plumes(REVIEWER) == [8, 7, 1, 2, 3, 5]
    assert {row.review for row in place.ledger.plumes(PUBLIC, Filters(), now=place.now).rows} == {
        "accepted",
        "none",
    }
    for hidden in (2, 3, *KEPT, UNKNOWN, 2**80, -1):
        with pytest.raises(UnknownRecord, match=r"^there is no such plume$"):
            place.plume(hidden)
    view, rows = place.ledger.map(PUBLIC, Filters(), zoom=9, now=place.now)
    assert view.total == 3 and sorted(row.observation_id for row in rows) == [1, 5, 7] and view.plumes == ()


def test_a_rejected_plume_is_none_of_the_cases_own_for_the_public(here):
    here.tell(Story(plumes=(3,), steps=(Step("plume-reviewed", turn=3), *life("issued")[1:])))
    assert here.case().plumes == () and here.case().documents == ()
    assert [one.decision for one in here.case(viewer=REVIEWER).plumes] == ["rejected"]
    assert here.case().timeline[1].details == {"plume_id": "SCENE-003", "decision": "rejected"}


def test_a_withdrawn_plume_is_gone_from_lists_and_its_page_and_the_feeds_say_so(place):
    place.tell(Story(steps=life("issued")))
    before = place.happenings()["plume/1"]
    withdraw_plume(place.register, case_id_of(0), "SCENE-001", reason="seen twice", by="Li Na", now=place.now)
    assert 1 not in place.plumes()
    assert place.plume(1).row.withdrawn and place.plume(1).withdrawal == ""
    assert place.plume(1, REVIEWER).withdrawal == "seen twice"
    after = place.happenings()["plume/1"]
    assert (before.kind, after.kind, after.at) == ("plume", "plume-withdrawn", before.at)


def test_a_plume_withdrawn_in_its_case_alone_is_withdrawn_for_everybody_outside(here):
    here.tell(Story(steps=life("issued")))
    here.then("withdrawn", {"what": "plume", "id": "SCENE-001", "reason": "seen twice"})
    assert 1 not in here.plumes() and here.plume(1).row.withdrawn
    assert here.happenings()["plume/1"].kind == "plume-withdrawn"


def test_a_withdrawn_plume_of_a_hidden_case_stays_hidden(here):
    here.tell(Story(steps=life("plume-reviewed")))
    withdraw_plume(here.register, case_id_of(0), "SCENE-001", reason="seen twice", by="Li Na", now=here.now)
    assert "plume/1" not in here.happenings()
    with pytest.raises(UnknownRecord):
        here.plume(1)


def test_names_and_candidates_of_a_plume_wait_for_the_published_attribution(here):
    here.tell(Story(steps=life("answered")))
    assert here.plume(1).row.name is None and here.plume(1).attribution.why == "withheld"
    assert here.plume(1).versions[0].digest == ""
    here.then("attribution-decided", {"state": "confirmed", "operator": "Company", "facility_id": "F-1"})
    shown = here.plume(1)
    assert shown.row.name == name("OTHERSITE", 1) and shown.attribution.operator == "Company"
    assert [one.operator for one in shown.attribution.candidates] == [name("OTHER", 1), name("RIVAL", 1)]
    assert shown.versions[0].digest and shown.versions[0].reason == ""  # said before anything was published


def test_an_operator_reads_of_its_own_case_nothing_of_the_others(here):
    here.tell(Story(programme="eu-2024-1787", steps=PUBLISHED))
    rival = Viewer(role=Role.OPERATOR, name="B", operator=name("RIVAL", 1))
    told = here.plume(1, rival)
    assert [one.operator for one in told.attribution.candidates] == [rival.operator]
    assert told.attribution.none_probability is None and told.row.name is None
    assert told.versions[0].digest == "" and here.case(viewer=rival).own
    assert here.case(viewer=rival).row.operator == rival.operator and here.case().row.operator == ""


# ---- cases


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("withdrawn", {"what": "case", "id": "", "reason": "a mistake"}),
        ("error-decided", {"decision": "accepted", "reason": "not theirs"}),
    ],
)
def test_a_case_that_does_not_stand_is_read_by_its_link_and_in_no_list(here, kind, payload):
    here.tell(Story(steps=PUBLISHED))
    assert here.cases() == ["case-0"] and here.ledger.operators(PUBLIC, now=here.now)
    here.then(kind, payload)
    assert here.cases() == [] and here.ledger.operators(PUBLIC, now=here.now) == ()
    assert here.case().row.operator == "" and not here.case().row.public and here.case().timeline
    assert 1 not in here.plumes()
    assert f"case/case-0/{kind}/1" in here.happenings()
    withdrawn = here.cases(filters=Filters(state="withdrawn"))
    assert withdrawn == (["case-0"] if kind == "withdrawn" else [])


def test_a_hidden_case_is_as_one_that_never_was(place):
    place.tell(Story(steps=life("plume-reviewed")), Story(plumes=(2,), steps=life("issued")))
    assert answer(lambda: place.case(0)) == answer(lambda: place.case(9))
    assert place.cases() == ["case-1"] and place.ledger.cases(PUBLIC, Filters(), now=place.now).total == 1
    hidden, unknown = (
        answer(lambda c=c: place.ledger.cases(PUBLIC, Filters(), now=place.now, after=packed(c)))
        for c in ("case-0", "case-9")
    )
    assert hidden[:2] == unknown[:2] == ("UsageError", "usage")


def test_pages_of_cases_hold_each_once_newest_first(here):
    here.tell(*(Story(plumes=(), steps=life("issued")) for _ in range(7)))
    found, after = [], None
    while True:
        page = here.ledger.cases(PUBLIC, Filters(), now=here.now, limit=3, after=after)
        found += [row.case_id for row in page.rows]
        after = page.next
        if after is None:
            break
    assert found == [case_id_of(k) for k in range(6, -1, -1)]


def test_filters_on_what_is_withheld_find_nothing(place):
    place.tell(Story(programme="eu-2024-1787", steps=PUBLISHED), Story(plumes=(2,), steps=PUBLISHED))
    withheld, published = Filters(operator=name("OPERATOR", 0)), Filters(operator=name("OPERATOR", 10))
    assert place.cases(filters=withheld) == [] == place.plumes(filters=withheld)
    assert place.cases(filters=published) == ["case-1"] and place.plumes(filters=published) == [2]
    assert place.plumes(REVIEWER, withheld) == [1]


# ---- places


def test_operators_and_facilities_have_the_cases_that_were_published(here):
    here.tell(
        Story(steps=(*life("answered"), Step("attribution-decided", turn=9))),
        Story(
            programme="eu-2024-1787", plumes=(2,), steps=(*life("answered"), Step("attribution-decided", turn=9))
        ),
    )
    listed = {
        k: [row.case_id for row in here.ledger.facility(PUBLIC, f"F-{k}", now=here.now).cases] for k in (1, 2)
    }
    assert listed == {1: ["case-0"], 2: []}
    everything = [row.case_id for row in here.ledger.facility(REVIEWER, "F-1", now=here.now).cases]
    assert everything == ["case-1", "case-0"]
    operator = here.ledger.operator(PUBLIC, name("OPERATOR", 0), now=here.now)
    assert operator.facilities == ("F-1",) and operator.row.cases == 1
    assert [row.operator for row in here.ledger.operators(PUBLIC, now=here.now)] == [name("OPERATOR", 0)]
    with pytest.raises(UnknownRecord, match=r"^there is no such operator$"):
        here.ledger.operator(PUBLIC, name("OPERATOR", 10), now=here.now)


def test_sources_are_places_of_plumes_that_are_seen(place):
    place.tell(Story(steps=life("plume-reviewed")))
    everything = place.ledger.sources(REVIEWER, Filters(), now=place.now).rows
    seen = place.ledger.sources(PUBLIC, Filters(), now=place.now).rows
    assert len(everything) == len(PLUMES) and len(seen) == len(everything) - 2  # of the hidden and the kept plume
    hidden = next(iter({one.source_id for one in everything} - {one.source_id for one in seen}))
    assert answer(lambda: place.ledger.source(PUBLIC, hidden, now=place.now)) == answer(
        lambda: place.ledger.source(PUBLIC, UNKNOWN, now=place.now)
    )
    assert place.ledger.source(REVIEWER, hidden, now=place.now).row.plume_count == 1


def test_files_of_a_scan_that_hold_names_show_no_digest_to_the_public(here):
    assert set(here.ledger.scene(PUBLIC, "SCENE", now=here.now).outputs) == {"quicklook.png"}
    assert "plumes.geojson" in here.ledger.scene(REVIEWER, "SCENE", now=here.now).outputs
    run = here.plume(1).run
    assert run is not None and run["recipe"]["wind_file"] == "wind.nc" and "results" not in run


# ---- documents


def test_what_people_handed_in_is_for_reviewers_and_pictures_for_all(place):
    place.tell(Story(plumes=(5,), steps=life("issued", Step("document-added"))))
    (picture,) = place.case().documents
    fetched = place.ledger.document(PUBLIC, "case-0", picture.sha256, now=place.now)
    # The same bytes came first under a name that somebody else had given them.
    assert (picture.name, fetched.name, fetched.media_type) == ("LATER.png", "LATER.png", "image/png")
    attached = [one for one in place.case(viewer=REVIEWER).documents if one.what == "attachment"]
    assert attached
    for one in attached:
        with pytest.raises(UnknownRecord, match=r"^there is no such document$"):
            place.ledger.document(PUBLIC, "case-0", one.sha256, now=place.now)
        assert place.ledger.document(REVIEWER, "case-0", one.sha256, now=place.now).name == one.name


def test_a_picture_that_shows_a_hidden_plume_of_the_same_scene_is_kept_back(here):
    here.tell(Story(steps=life("issued")), Story(plumes=(2,), steps=life("plume-reviewed")))
    assert here.case().documents == ()
    assert len(here.case(viewer=REVIEWER).documents) > 1
    here.then("issued", {"report_id": "R-1"}, number=1)
    assert [one.name for one in here.case().documents] == ["SCENE.png"]


# ---- happenings


def test_ids_of_happenings_stay_when_an_attribution_is_published_between(here):
    here.tell(Story(steps=life("answered")))
    before = here.happenings()
    here.then("attribution-decided", {"state": "confirmed", "operator": "Company"})
    after = here.happenings()
    assert set(after) - set(before) == {"case/case-0/attribution-decided/1"}
    here.then("attribution-decided", {"state": "confirmed", "operator": "Other"})
    again = here.happenings()
    assert set(again) == set(after)
    entry = again["case/case-0/attribution-decided/1"].entry
    assert entry is not None and entry.details["operator"] == "Other"


def test_happenings_of_hidden_cases_are_none(place):
    place.tell(Story(steps=life("plume-reviewed")))
    assert not any(one.startswith("case/") for one in place.happenings())
    assert "plume/1" not in place.happenings() and "plume/2" in place.happenings()
    assert any(one.startswith("case/") for one in place.happenings(REVIEWER))


# ---- what nobody should send


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "a\x00b", "'; --", "x" * 5000])
def test_odd_names_and_marks_are_refused_alike(place, odd):
    ledger, now = place.ledger, place.now
    for ask in (ledger.facility, ledger.operator, ledger.scene, ledger.case):
        with pytest.raises(UnknownRecord):
            ask(PUBLIC, odd, now=now)
    for ask in (ledger.plumes, ledger.cases, ledger.sources):
        with pytest.raises(UsageError):
            ask(PUBLIC, Filters(), now=now, after=odd)
    for ask, mark in ((ledger.facilities, packed(odd)), (ledger.scenes, packed(START.isoformat(), odd))):
        assert answer(lambda a=ask, m=mark: a(PUBLIC, Filters(), now=now, after=m)) is not None


def test_a_mark_with_an_impossible_number_is_no_page(place):
    for number in (2**70, -5, "x"):
        mark = base64.urlsafe_b64encode(json.dumps([START.isoformat(), number]).encode()).decode()
        with pytest.raises(UsageError):
            place.ledger.plumes(PUBLIC, Filters(), now=place.now, after=mark)


def test_a_chain_is_read_from_the_ledger_without_being_changed(here):
    here.tell(Story(steps=PUBLISHED))
    before = chain(here.register, "case-0")
    here.case(), here.happenings(), here.plumes()
    assert chain(here.register, "case-0") == before
