"""What is withheld never leaks: whatever happens in cases, whoever looks, wherever they look."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from case_stories import (
    KINDS,
    LIFE,
    PLUMES,
    PROGRAMMES,
    START,
    UNKNOWN,
    Names,
    Step,
    Story,
    Told,
    answer,
    canaries,
    case_id_of,
    make_world,
    may_read,
    name,
    tell,
    texts,
)
from superemitter.pipeline.ledger import Filters, Ledger
from superemitter.programme.disclosure import PUBLIC, Role, Viewer
from superemitter.register import Register, chains, open_register

DAYS = (0, 29, 31, 400)
OUTSIDERS = (
    PUBLIC,
    Viewer(role=Role.ADMINISTRATOR, name="Administrator"),
    Viewer(role=Role.NOTIFIER, name="Somebody else"),
    Viewer(role=Role.OPERATOR, name="Somebody", operator="Another company"),
)
INSIDERS = (
    Viewer(role=Role.NOTIFIER, name=name("NOTIFIER", 0)),
    Viewer(role=Role.NOTIFIER, name=name("REPORTER", 1)),
    Viewer(role=Role.NOTIFIER, name=name("HIDDENREPORTER", 1)),
    Viewer(role=Role.OPERATOR, name="B", operator=name("RIVAL", 1)),
    Viewer(role=Role.OPERATOR, name="B", operator=name("RIVAL", 2)),
    Viewer(role=Role.OPERATOR, name="A", operator=name("OPERATOR", 0)),
    Viewer(role=Role.REVIEWER, name="Reviewer"),
)

hours = st.sampled_from((0.0, 1.0, 30.0, 500.0))
turns = st.integers(0, 59)
steps = st.builds(Step, st.sampled_from(KINDS), hours, turns)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A life as far as it goes, with other things in between."""
    told = [Step(kind, draw(hours), draw(turns)) for kind in LIFE[: draw(st.integers(0, len(LIFE)))]]
    for other in draw(st.lists(steps, max_size=4)):
        told.insert(draw(st.integers(0, len(told))), other)
    return Story(
        programme=draw(st.sampled_from((*PROGRAMMES[:2], *PROGRAMMES))),
        plumes=tuple(draw(st.lists(st.sampled_from(PLUMES), max_size=2, unique=True))),
        steps=tuple(told),
        tip=draw(st.booleans()),
        anonymous=draw(st.booleans()),
        is_operator=draw(st.booleans()),
    )


many_stories = st.lists(stories(), min_size=1, max_size=3)


class Worlds:
    """Makes registers; those whose world has no other salt are copies of one."""

    def __init__(self, folder: Any) -> None:
        self._folder, self._numbers = folder, itertools.count()
        make_world(folder / "first.db", folder / "first", Names()).close()

    def tell(self, told: Sequence[Story], names: Names) -> Register:
        """A register in which the stories happened."""
        place = self._folder / f"{next(self._numbers)}"
        place.mkdir()
        if names.salted:
            register = make_world(place / "register.db", place / "scans", names)
        else:
            shutil.copy(self._folder / "first.db", place / "register.db")
            register = open_register(place / "register.db", clock=lambda: START)
            make_names(names)
        for number, story in enumerate(told):
            tell(register, number, story, names)
        return register


def make_names(names: Names) -> None:
    """Note the names that the first world has."""
    for number in PLUMES:
        for kind in ("OTHER", "OTHERSITE", "RIVAL", "RIVALSITE", "IMPORTED"):
            names(kind, number)
    names("FILE", 99)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """Where registers are made."""
    return Worlds(tmp_path_factory.mktemp("worlds"))


def questions(
    ledger: Ledger, viewer: Viewer, now: Any, asked: Sequence[str], files: Sequence[str]
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every question that can be put to a ledger, with every filter that could tell something."""
    narrowed = [Filters(), Filters(bbox=(61.0, 36.0, 61.3, 36.3)), Filters(overdue=True), Filters(min_rate=901.5)]
    narrowed += [Filters(state=one) for one in ("issued", "closed", "withdrawn")]
    narrowed += [Filters(operator=one) for one in asked[:4]]
    for filters in narrowed:
        query = str(sorted(filters.as_query().items()))
        for listed in ("plumes", "cases", "sources"):
            ask = getattr(ledger, listed)
            yield f"{listed} {query}", lambda ask=ask, f=filters: [*pages(ask, viewer, f, now)]
        yield f"map {query}", lambda f=filters: ledger.map(viewer, f, zoom=3, now=now)
        yield f"statistics {query}", lambda f=filters: ledger.statistics(viewer, f, now=now)
        yield f"happenings {query}", lambda f=filters: ledger.happenings(viewer, f, now=now)
    for ask in (ledger.facilities, ledger.scenes):
        yield ask.__name__, lambda ask=ask: [*pages(ask, viewer, Filters(), now)]
    numbers = (*PLUMES, 4, 6, UNKNOWN)
    yield from ((f"plume {k}", lambda k=k: ledger.plume(viewer, k, now=now)) for k in numbers)
    yield from ((f"source {k}", lambda k=k: ledger.source(viewer, k, now=now)) for k in numbers)
    for case_id in ("no-case", *map(case_id_of, range(3))):
        yield f"case {case_id}", lambda c=case_id: ledger.case(viewer, c, now=now)
        for sha in files:
            ask_file = lambda c=case_id, s=sha: ledger.document(viewer, c, s, now=now)  # noqa: E731
            yield f"document {case_id} {sha}", ask_file
    yield "own", lambda: ledger.own_cases(viewer, now=now)
    yield "operators", lambda: ledger.operators(viewer, now=now)
    yield from ((f"operator {one}", lambda one=one: ledger.operator(viewer, one, now=now)) for one in asked)
    yield from ((f"facility {k}", lambda k=k: ledger.facility(viewer, f"F-{k}", now=now)) for k in (1, 2))
    yield from ((f"scene {one}", lambda one=one: ledger.scene(viewer, one, now=now)) for one in ("SCENE", "LATER"))


def pages(ask: Any, viewer: Viewer, filters: Filters, now: Any) -> Iterator[Any]:
    """Every page of a list."""
    after = None
    while True:
        page = ask(viewer, filters, now=now, limit=3, after=after)
        yield page
        after = page.next
        if after is None:
            return


def told_of(register: Register, stories_told: Sequence[Story], now: Any) -> list[Told]:
    """What the stories amount to at a moment."""
    events = chains(register)
    return [
        Told(number, story, tuple(one for one in events[case_id_of(number)] if one.at <= now), now)
        for number, story in enumerate(stories_told)
    ]


def files_in(register: Register) -> list[str]:
    """Digests of all files that cases name."""
    return sorted({sha for events in chains(register).values() for one in events for sha in shas(one.payload)})


def shas(value: Any) -> Iterator[str]:
    """Digests in a payload."""
    if isinstance(value, dict):
        yield from (held for key, held in value.items() if key == "sha256")
        yield from itertools.chain.from_iterable(map(shas, value.values()))
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(shas, value))


# A story that fails is told by the viewer and the question; to shrink it would take minutes.
QUIET: dict[str, Any] = {
    "phases": (Phase.generate,),
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=8, **QUIET)
@given(told=many_stories, days=st.sampled_from(DAYS))
def test_nobody_reads_a_name_that_is_not_for_them(worlds, told, days):
    names = Names()
    register = worlds.tell(told, names)
    try:
        now = max(events[-1].at for events in chains(register).values()) + timedelta(days=days)
        known, files = told_of(register, told, now), files_in(register)
        asked = [name(kind, number) for kind, number in sorted(names.used) if kind in ("OPERATOR", "RIVAL")]
        ledger = Ledger(register)
        for viewer in (*OUTSIDERS, *INSIDERS):
            for question, ask in questions(ledger, viewer, now, asked, files):
                read = {one for text in texts(answer(ask)) for one in canaries(text)}
                wrong = {one for one in read if not may_read(one, viewer, known)}
                assert not wrong, (viewer, question)
    finally:
        register.close()


@settings(max_examples=8, **QUIET)
@given(told=many_stories, days=st.sampled_from(DAYS))
def test_registers_that_differ_in_what_is_withheld_look_the_same(worlds, told, days):
    names = Names()
    first = worlds.tell(told, names)
    end = max(events[-1].at for events in chains(first).values())
    now = end + timedelta(days=days)
    known = told_of(first, told, now)
    # The digest of an imported list is that of its publisher's file, names and all.
    hidden = {one for one in names.used if one[0] != "IMPORTED" and not may_read(one, PUBLIC, known)}
    second = worlds.tell(told, Names(salted=frozenset(hidden)))
    try:
        asked = [
            name(kind, number, salt) for kind, number in sorted(hidden) for salt in "ab" if kind in "OPERATOR"
        ]
        files = sorted({*files_in(first), *files_in(second)})
        for viewer in (PUBLIC, OUTSIDERS[-1]):
            one = questions(Ledger(first), viewer, now, asked, files)
            other = questions(Ledger(second), viewer, now, asked, files)
            for (question, ask), (_, ask_other) in zip(one, other, strict=True):
                assert answer(ask) == answer(ask_other), (viewer, question)
    finally:
        first.close()
        second.close()
