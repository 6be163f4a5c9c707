"""The field's words in English and Chinese."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_FILE = files("superemitter") / "data" / "programmes" / "glossary.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the field: English, Chinese, and whether the Chinese is an official term."""

    en: str
    zh: str
    official: bool


@cache
def load_glossary() -> Mapping[str, Term]:
    """Terms by their English word, in the file's order. Those not official await a native reader's review."""
    rows = csv.DictReader(_FILE.read_text(encoding="utf-8").splitlines())
    return {row["en"]: Term(en=row["en"], zh=row["zh"], official=row["official"] == "yes") for row in rows}
