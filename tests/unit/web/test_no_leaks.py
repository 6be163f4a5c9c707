"""Every address of the explorer, as everybody: nothing that is withheld is in a body, a header or an error.

The addresses are those that the application has, so that a new one is asked by itself; one whose parameters this
file does not know how to fill fails.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from case_stories import (
    PLUMES,
    UNKNOWN,
    Names,
    Step,
    Story,
    Told,
    canaries,
    case_id_of,
    life,
    make_world,
    may_read,
    name,
    tell,
)
from superemitter.programme.disclosure import PUBLIC, Role, Viewer
from superemitter.register import Register, chains

#: 0: public, not attributed; 1: hidden; 2: published; 3: was published, then in error; 4: an anonymous tip.
STORIES = (
    Story(programme="eu-2024-1787", plumes=(1,), steps=life("issued", Step("note-added"), Step("report-added"))),
    Story(plumes=(2, 7), steps=life("plume-reviewed", Step("document-added"))),
    Story(plumes=(3,), steps=life("closed", Step("reopened"), Step("note-added"))),
    Story(plumes=(5,), steps=life("attribution-decided", Step("error-decided", turn=1))),
    Story(plumes=(), tip=True, anonymous=True),
)
HIDDEN_PLUME, HIDDEN_CASE, NO_CASE = 2, case_id_of(1), "no-case"
SECRET, NOBODY = name("OTHER", 1), "zqnobodyqz"
#: What an address may have in it, by the name of the parameter: what exists, what is hidden, what is not there.
FILLINGS: dict[str, tuple[Any, ...]] = {
    "language": ("en",),
    "lang": ("en",),
    "observation_id": (*PLUMES, UNKNOWN),
    "source_id": (1, 2, 3, 4, 5, 6, UNKNOWN),
    "case_id": (*map(case_id_of, range(5)), NO_CASE),
    "name": (SECRET, name("OPERATOR", 20), name("OPERATOR", 30), name("RIVAL", 1), NOBODY, "notice.en.pdf"),
    "facility_id": ("F-1", "F-2", name("OTHERSITE", 1), NOBODY),
    "sha256": ("0" * 64,),
    "receipt": ("A" * 43,),
    "submission_id": ("0" * 64,),
    "scene_id": ("SCENE", "LATER", NOBODY),
    "collection_id": ("plumes", "sources", "cases", "facilities", "scenes", NOBODY),
    "collection": ("plumes", "sources", "cases", "facilities", "scenes", NOBODY),
    "feature_id": (*PLUMES, UNKNOWN, *map(case_id_of, range(5)), "F-1", "SCENE", NO_CASE),
    "item_id": (*PLUMES, UNKNOWN, *map(case_id_of, range(5)), "F-1", "SCENE", "LATER", NO_CASE),
    "month": ("2027-01", "2027-02", "2027-03"),
    "pledge_id": (NOBODY,),
    "format": ("geojson", "csv", "gpkg", "parquet", NOBODY),
    "suffix": ("geojson", "csv", "gpkg", "parquet", "atom", "json", NOBODY),
    "extension": ("geojson", "csv", "gpkg", "parquet", "atom", "json", NOBODY),
}
#: A hidden thing and one that never was, whose answers must be the same.
ALIKE = {
    "observation_id": (HIDDEN_PLUME, UNKNOWN),
    "source_id": (2, UNKNOWN),
    "case_id": (HIDDEN_CASE, NO_CASE),
    "name": (SECRET, NOBODY),
    "facility_id": (name("OTHERSITE", 1), NOBODY),
    "feature_id": (HIDDEN_CASE, NO_CASE),
    "item_id": (HIDDEN_CASE, NO_CASE),
    "item_id ": (HIDDEN_PLUME, UNKNOWN),
}
QUERIES = (
    *(f"operator={SECRET}", f"operator={name('RIVAL', 1)}", "state=draft", "state=withdrawn", "overdue=1"),
    *("bbox=61,36,62,37", "bbox=61,36,62,37&zoom=8", "since=2027-01-01", f"q={SECRET}", "simulated=0", "limit=2"),
)
WHO = {
    "public": (PUBLIC, "", ""),
    "notifier": (Viewer(role=Role.NOTIFIER, name="Somebody"), "Somebody", ""),
    "administrator": (Viewer(role=Role.ADMINISTRATOR, name="Keeper"), "Keeper", ""),
    "operator": (Viewer(role=Role.OPERATOR, name="Else", operator="Another"), "Else", "Another"),
    "rival": (Viewer(role=Role.OPERATOR, name="B", operator=name("RIVAL", 1)), "B", name("RIVAL", 1)),
}


@pytest.fixture
def book(tmp_path: Path, clock: Any) -> Iterator[Register]:
    """A register with cases at every stage."""
    names = Names()
    register = make_world(tmp_path / "register.db", tmp_path / "scans", names)
    ends = [tell(register, number, story, names) for number, story in enumerate(STORIES)]
    clock.now = max(ends) + timedelta(hours=1)
    yield register
    register.close()


@pytest.fixture
def somebody(visitor: Callable[[], Any], member: Callable[..., Any]) -> Callable[[str], Any]:
    """A browser of one of :data:`WHO`."""

    def make(who: str) -> Any:
        viewer, _, operator = WHO[who]
        one = visitor() if who == "public" else member(viewer.role.value, operator, name=f"{who}-one")
        one.get("/en/")  # cookies are given once
        return one

    return make


def addresses(routes: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Path and names of the parameters of every address that can be read."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            yield from addresses(route.effective_route_contexts())
        elif "GET" in (getattr(route, "methods", None) or ()):
            path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
            yield path, tuple(re.findall(r"\{(\w+)\}", path))


def files_of(register: Register) -> list[str]:
    """Digests of the files that cases name."""
    found = re.findall(
        r"'sha256': '([0-9a-f]{64})'", str([one.payload for c in chains(register).values() for one in c])
    )
    return sorted(set(found))


def asked(app: Any, register: Register) -> Iterator[str]:
    """Every address, filled in every way; lists with every filter."""
    fillings = {**FILLINGS, "sha256": ("0" * 64, *files_of(register))}
    for path, parameters in addresses(app.routes):
        unknown = set(parameters) - set(fillings)
        assert not unknown, f"say in FILLINGS what {path} takes as {unknown}"
        for values in itertools.product(*(fillings[one] for one in parameters)):
            filled = path.format(**dict(zip(parameters, (quote(str(one)) for one in values), strict=True)))
            yield filled
        if set(parameters) <= {"language", "lang", "format", "collection_id", "collection", "suffix", "extension"}:
            first = path.format(**{one: fillings[one][0] for one in parameters})
            yield from (f"{first}?{query}" for query in QUERIES)


def said(answer: Any) -> str:
    """Everything that an answer holds, headers and packed files included."""
    kind, parts = answer.headers.get("content-type", ""), [answer.content.decode(errors="replace")]
    if "parquet" in kind and answer.content[:4] == b"PAR1":
        from pyarrow import parquet

        parts.append(str(parquet.read_table(io.BytesIO(answer.content)).to_pylist()))
    if answer.content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            parts += [archive.read(one).decode(errors="replace") for one in archive.namelist()]
    return "\n".join([*parts, *(f"{key}: {unquote(value)}" for key, value in answer.headers.items())])


@pytest.mark.parametrize("who", ["public", "administrator", "operator", "rival"])
def test_no_address_tells_anybody_what_is_not_for_them(book, clock, somebody, who):
    client, viewer = somebody(who), WHO[who][0]
    events = chains(book)
    told = [
        Told(number, story, tuple(events[case_id_of(number)]), clock.now) for number, story in enumerate(STORIES)
    ]
    count, typed = 0, set[tuple[str, int]]()
    for address in asked(client.app, book):
        answer = client.get(address)
        assert answer.status_code < 500, (address, answer.text[:300])
        typed |= canaries(unquote(address))
        # The audit trail tells what somebody asked for in their own words.
        echoed = typed if "/admin/audit" in address else canaries(unquote(address))
        read = canaries(said(answer)) - echoed - canaries(WHO[who][1])
        wrong = {one for one in read if not may_read(one, viewer, told)}
        assert not wrong, address
        count += 1
    assert count > 100


def normal(answer: Any, *hidden: Any) -> tuple[int, str]:
    """An answer without what was asked for, and without what is drawn anew each time."""
    text = said(answer)
    for one in hidden:
        written = f"{re.escape(quote(str(one)))}|{re.escape(str(one))}"
        text = re.sub(rf"(?<![0-9a-z])({written})(?![0-9a-z])", "ASKED", text)
    text = re.sub(r"\d\d:\d\d:\d\d\.\d+Z", "TIME", text)
    text = re.sub(r"(?=[\w.-]*[g-zG-Z])[\w.-]{40,}", "DRAWN", text)
    return answer.status_code, re.sub(r"(?m)^(content-length|date|set-cookie|etag): .*\n?", "", text)


def assert_same(one: tuple[int, str], other: tuple[int, str], where: Any) -> None:
    """Two answers are the same, line by line."""
    assert one[0] == other[0], where
    for line, line_of_other in zip(one[1].splitlines(), other[1].splitlines(), strict=True):
        assert line == line_of_other, where


@pytest.mark.parametrize("who", ["public", "notifier"])
def test_what_is_hidden_answers_as_what_never_was(book, somebody, who):
    client = somebody(who)
    for path, parameters in addresses(client.app.routes):
        for place, (hidden, unknown) in ALIKE.items():
            parameter = place.strip()
            if parameter not in parameters:
                continue
            others = [one for one in parameters if one != parameter]
            rest = {one: FILLINGS[one][0] for one in others} | (
                {"name": "notice.en.pdf"} if "name" in others else {}
            )
            for collection in FILLINGS["collection_id"] if "collection_id" in others else ("",):
                held = {**rest, "collection_id": collection}
                answers = [
                    normal(client.get(path.format(**held, **{parameter: quote(str(one))})), one)
                    for one in (hidden, unknown)
                ]
                assert_same(*answers, (path, parameter))


@pytest.mark.parametrize("who", ["public", "administrator"])
def test_a_withheld_operator_filters_as_one_that_never_was(book, somebody, who):
    client, lists = somebody(who), 0
    for path, parameters in addresses(client.app.routes):
        if set(parameters) <= {"language", "lang"}:
            first = path.format(language="en", lang="en")
            secret, nobody = (normal(client.get(f"{first}?operator={one}"), one) for one in (SECRET, NOBODY))
            assert_same(secret, nobody, path)
            lists += secret[0] == 200
    assert lists >= 3
