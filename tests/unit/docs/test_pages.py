"""Links lead somewhere, pages are in step with the code, and nothing of one machine is in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from superemitter.model import Flag, Scene
from superemitter.model.enhancement import Enhancement
from superemitter.model.plume import Plume
from superemitter.observe.winds.station import REQUIRED
from superemitter.publish.records import CAUTION_FLAGS

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
PAGES = [*(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")), *sorted(DOCS.rglob("*.md"))]
ELSEWHERE = re.compile(r"(?:/home/|/root/|/tmp/|/Users/|[A-Z]:\\|http://|file://)\S*")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without code."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """Names of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_relative_to(DOCS)], ids=name_of)
def test_every_page_can_be_reached_from_the_index(page: Path) -> None:
    targets = {(DOCS / t.partition("#")[0]).resolve() for t in LINK.findall(prose(DOCS / "index.md"))}
    folder = page.parent / "index.md"
    assert page == DOCS / "index.md" or page in targets or folder in targets


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_path_of_one_machine_and_no_other_scheme(page: Path) -> None:
    assert ELSEWHERE.findall(page.read_text(encoding="utf-8")) == []


def test_the_table_of_flags_is_the_registry() -> None:
    rows = [
        f"| `{flag.value}` | {flag.meaning} | {'caution' if flag in CAUTION_FLAGS else ''} |".replace("  |", " |")
        for flag in Flag
    ]
    table = "\n".join(["| flag | meaning | quality |", "|---|---|---|", *rows])
    assert table in (DOCS / "reference" / "flags.md").read_text(encoding="utf-8"), f"put this in:\n{table}"


@pytest.mark.parametrize("noun", [Scene, Enhancement, Plume])
def test_the_nomenclature_names_what_the_nouns_hold(noun: type) -> None:
    page = (DOCS / "reference" / "nomenclature.md").read_text(encoding="utf-8")
    doc = noun.__doc__ or ""
    units = re.findall(r"^    (\w+(?:_m|_m2|_ppm_m|_deg)(?:, \w+)*) : ", doc, re.M)
    names = [name for group in units for name in group.split(", ")] + re.findall(r"``(\w+)``", doc)
    assert sorted({name for name in names if f"`{name}`" not in page}) == []


def test_the_wind_page_names_the_columns_of_a_station() -> None:
    page = (DOCS / "how-to" / "winds.md").read_text(encoding="utf-8")
    assert [column for column in REQUIRED if f"`{column}`" not in page] == []


def test_pictures_are_small() -> None:
    assert [image.name for image in (DOCS / "images").iterdir() if image.stat().st_size > 250_000] == []
