"""Pages in Chinese keep in step with the English ones: the same headings, the same blocks, the same links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CHINESE = [*ROOT.glob("*.zh.md"), *sorted((ROOT / "docs").rglob("*.zh.md"))]
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
CODE = re.compile(r"`[^`]+`")


def english(page: Path) -> Path:
    return page.with_name(page.name.replace(".zh.md", ".md"))


def levels(page: Path) -> list[int]:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [len(mark) for mark in re.findall(r"^(#+) ", prose, re.M)]


def targets(page: Path) -> list[str]:
    """Where a page leads to, less what lies within it and the other language of itself."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = re.findall(r"\]\(([^)#]+)[^)]*\)", prose)
    both = {page.name, english(page).name, page.name.replace(".md", ".zh.md")}
    return sorted(re.sub(r"\.zh\.md$", ".md", one) for one in found if one not in both)


def test_the_readme_and_the_tutorials_are_there_in_chinese() -> None:
    names = {page.relative_to(ROOT).as_posix() for page in CHINESE}
    tutorials = {
        page.relative_to(ROOT).as_posix().replace(".md", ".zh.md")
        for page in (ROOT / "docs" / "tutorial").glob("*.md")
        if not page.name.endswith(".zh.md")
    }
    assert names >= {"README.zh.md", *tutorials}


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_headings_blocks_and_links_are_those_of_the_english_page(page: Path) -> None:
    other = english(page)
    assert levels(page) == levels(other)
    assert FENCE.findall(page.read_text(encoding="utf-8")) == FENCE.findall(other.read_text(encoding="utf-8"))
    assert targets(page) == targets(other)


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_no_sentence_is_left_in_english(page: Path) -> None:
    prose = CODE.sub("", FENCE.sub("", page.read_text(encoding="utf-8")))
    prose = re.sub(r"\]\([^)]*\)|https?://\S+", "", prose)
    left = re.findall(r"(?:[A-Za-z][A-Za-z'-]*[ ,;:]+){5,}[A-Za-z]+", prose)
    assert left == []


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.name)
def test_each_page_leads_to_the_other_language(page: Path) -> None:
    assert f"]({english(page).name})" in page.read_text(encoding="utf-8")
    assert f"]({page.name})" in english(page).read_text(encoding="utf-8")
