"""The page on output files names everything that is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from superemitter.publish import OUTPUT_FILES, csv_columns, plume_record
from superemitter.publish.records import CAUTION_FLAGS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "output-files.md"


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def test_every_column_and_property_is_explained(page, make_result):
    result = make_result()
    names = {*csv_columns(), *plume_record(result, result.plumes[0])}
    assert sorted(name for name in names if f"`{name}`" not in page) == []


def test_every_file_is_explained(page):
    assert [name for name in (*OUTPUT_FILES, "run.json") if f"`{name}`" not in page] == []


def test_the_rule_of_quality_names_its_flags(page):
    rule = page.partition("### Quality")[2].partition("## item.json")[0]
    assert [flag.value for flag in CAUTION_FLAGS if f"`{flag.value}`" not in rule] == []
