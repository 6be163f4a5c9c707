"""One catalogue, two languages, the glossary's terms, nothing missing and nothing unused."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from superemitter.model import Flag
from superemitter.model.errors import InvalidValue
from superemitter.programme.clocks import ClockState
from superemitter.programme.events import MOMENTS
from superemitter.programme.programmes import load_programmes
from superemitter.programme.rules import Status
from superemitter.publish.messages import LANGUAGES, Messages, catalogue

NAMES = ("notice", "forms")
ALL = [(name, message) for name in NAMES for message in sorted(catalogue(name))]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NO_WORDS = {
    "label.sha256",
    "form.date",
    "text.translation",
    "text.moment",
    "text.rate_line",
    "text.rate_sigma_line",
}
SOURCE = Path(str(files("superemitter") / "publish"))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("name", "message"), ALL)
def test_each_message_has_both_languages_with_the_same_fields(name: str, message: str) -> None:
    texts = catalogue(name)[message]
    assert set(texts) == set(LANGUAGES)
    assert fields(texts["en"]) == fields(texts["zh"])
    if message not in NO_WORDS:
        assert texts["en"].strip()
        assert not CHINESE.search(texts["en"])
        assert CHINESE.search(texts["zh"])


@pytest.mark.parametrize(("name", "message"), ALL)
def test_the_glossarys_terms_are_used(name: str, message: str) -> None:
    texts = catalogue(name)[message]
    glossary = (files("superemitter") / "data" / "programmes" / "glossary.csv").read_text(encoding="utf-8")
    rows = sorted(csv.DictReader(glossary.splitlines()), key=lambda row: -len(row["en"]))
    english = texts["en"]
    for row in rows:
        term = re.compile(rf"\b{re.escape(row['en'])}\b", re.I)
        if term.search(english):
            assert any(word and word in texts["zh"] for word in re.split(r"[（）/]", row["zh"])), row
            english = term.sub("", english)  # a shorter term inside is not meant


def used(folder: str, opening: str) -> set[str]:
    """Message ids written in the source."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((SOURCE / folder).glob("*.py")))
    return set(re.findall(opening + r"[\"']([a-z_]+\.[a-z_0-9]+)[\"']", text))


def test_every_message_the_pages_name_is_there() -> None:
    assert used("notice", r"(?:words|self)\(\s*") <= set(catalogue("notice"))
    assert used("forms", r"(?:message|\))\(") <= set(catalogue("forms"))


def test_no_message_is_left_over() -> None:
    by_data = ("technology", "status", "who", "unit", "start", "state", "component", "method", "flag", "section")
    named = used("notice", r"(?:words|self)\(\s*")
    assert {m for m in catalogue("notice") if m.split(".")[0] not in by_data} - named == set()


def test_every_word_of_the_rule_files_is_translated() -> None:
    known = set(catalogue("notice"))
    texts = [text for programme in load_programmes().values() for text in programme.texts]
    wanted = {f"start.{moment}" for moment in MOMENTS} | {f"state.{state}" for state in ClockState}
    wanted |= {f"status.{status}" for status in Status} | {f"flag.{flag}" for flag in Flag}
    wanted |= {f"unit.{duty.unit}" for text in texts for duty in text.duties}
    wanted |= {f"who.{duty.who}" for text in texts for duty in text.duties}
    wanted |= {f"technology.{technology}" for text in texts for technology in text.technologies}
    assert wanted - known == set()


@pytest.mark.parametrize("flag", Flag)
def test_cautions_read_as_in_the_registry(flag: Flag) -> None:
    assert catalogue("notice")[f"flag.{flag}"]["en"] == flag.meaning


def test_a_value_is_never_read_as_a_field() -> None:
    assert Messages("notice", "en")("document.case", case="{head}{0}") == "Case {head}{0}"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InvalidValue, match="no language 'fr'"):
        Messages("notice", "fr")
