"""What comes back from outside: nothing runs, nothing swells, nothing is lost without a word."""

from __future__ import annotations

import importlib.util
import io
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from superemitter.model.errors import InvalidForm
from superemitter.programme.forms import Form
from superemitter.publish.forms import FilledForm, read_answer

_spec = importlib.util.spec_from_file_location("form_parts", Path(__file__).with_name("conftest.py"))
assert _spec is not None and _spec.loader is not None
parts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(parts)
edited, row_of, with_member = parts.edited, parts.row_of, parts.with_member


def refused(path: Path, form: Form, match: str) -> str:
    with pytest.raises(InvalidForm, match=match) as caught:
        read_answer(path, form)
    return caught.value.message


def put(field: str, value: Any, column: int = 3) -> Any:
    def edit(sheet: Any) -> None:
        sheet.cell(row_of(sheet, field), column).value = value

    return edit


@pytest.mark.parametrize("formula", ["=1+1", '=WEBSERVICE("https://example.org")', "=HYPERLINK(1)"])
def test_a_formula_is_refused_by_cell(form: Form, sheet_file: Path, formula: str) -> None:
    row = row_of(openpyxl.load_workbook(sheet_file)["answer"], "report_id")
    refused(edited(sheet_file, put("report_id", formula)), form, rf"C{row}: holds a formula")


def test_an_error_value_is_refused_by_cell(form: Form, sheet_file: Path) -> None:
    refused(edited(sheet_file, put("report_id", "#REF!")), form, r"C\d+: holds the error #REF!")


def test_every_fault_is_told_at_once(form: Form, sheet_file: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(row_of(sheet, "report_id"), 3).value = "=1+1"
        sheet.cell(row_of(sheet, "facility_name"), 6).value = "a remark"
        sheet.cell(sheet.max_row + 2, 3).value = "an answer to nothing"
        sheet.cell(sheet.max_row + 2, 1).value = "colour"

    message = refused(edited(sheet_file, edit), form, "holds a formula")
    assert "F" in message
    assert "lies outside the form" in message
    assert "there is no question in this row" in message
    assert "has no field 'colour'" in message


def test_a_question_that_was_doubled_or_removed_is_told(form: Form, sheet_file: Path) -> None:
    def double(sheet: Any) -> None:
        sheet.cell(row_of(sheet, "facility_name"), 1).value = "report_id"

    message = refused(edited(sheet_file, double), form, "report_id is given twice")
    assert "the row of facility_name is missing" in message


def test_another_form_is_refused(form: Form, sheet_file: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(1, 2).value = "mars-feedback"

    refused(edited(sheet_file, edit), form, "this is not the form us-epa-sep-answer")


def test_any_other_workbook_is_refused(form: Form, tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    refused(tmp_path / "other.xlsx", form, "no sheet named 'answer'")


def test_answers_on_another_sheet_are_not_lost_silently(form: Form, sheet_file: Path) -> None:
    book = openpyxl.load_workbook(sheet_file)
    book.create_sheet("more")["B2"] = "see here"
    book.create_sheet("empty")
    book.save(sheet_file)
    message = refused(sheet_file, form, "sheet 'more', B2")
    assert "'empty'" not in message


def test_a_typed_mail_address_with_its_link_is_fine(form: Form, sheet_file: Path) -> None:
    def edit(sheet: Any) -> None:
        cell = sheet.cell(row_of(sheet, "official_email"), 3)
        cell.value = "ana@example.org"
        cell.hyperlink = "mailto:ana@example.org"

    assert read_answer(edited(sheet_file, edit), form).values == {"official_email": "ana@example.org"}


@pytest.mark.parametrize(
    "name",
    [
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/connections.xml",
    ],
)
def test_active_and_linked_content_is_refused(form: Form, sheet_file: Path, name: str) -> None:
    refused(with_member(sheet_file, name, b"<x/>"), form, "holds active or linked content")


def test_a_link_to_another_place_is_refused(form: Form, sheet_file: Path) -> None:
    relation = (
        b'<Relationships><Relationship Type="x/attachedTemplate" Target="https://e.org/t" TargetMode="External"/>'
    )
    refused(with_member(sheet_file, "xl/_rels/extra.rels", relation), form, "links to a place outside")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_definition_is_refused(form: Form, sheet_file: Path, encoding: str) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>'
    path = with_member(sheet_file, "xl/sharedStrings.xml", bomb.encode(encoding), instead=True)
    refused(path, form, "document type definition")


def test_an_archive_that_swells_is_refused_before_it_is_unpacked(form: Form, sheet_file: Path) -> None:
    path = with_member(sheet_file, "xl/worksheets/sheet9.xml", b"\x00" * 60_000_000)
    assert path.stat().st_size < 1_000_000
    refused(path, form, "unpacks to more than 40,000,000 bytes")


def test_an_archive_that_lies_about_its_sizes_is_refused(form: Form, sheet_file: Path) -> None:
    path = with_member(sheet_file, "xl/big.xml", b"a" * 1_000_000)
    content = path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(content)
    refused(path, form, "is no whole spreadsheet")


def test_an_archive_of_very_many_parts_is_refused(form: Form, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(400):
            archive.writestr(f"{number}.xml", b"")
    (tmp_path / "many.xlsx").write_bytes(out.getvalue())
    refused(tmp_path / "many.xlsx", form, "holds 400 parts")


def test_a_file_that_is_too_large_is_not_read(form: Form, tmp_path: Path) -> None:
    with (tmp_path / "large.xlsx").open("wb") as file:
        file.truncate(11_000_000)
    refused(tmp_path / "large.xlsx", form, "11,000,000 bytes")


def test_an_old_or_locked_workbook_is_told_what_to_do(form: Form, tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    refused(tmp_path / "old.xls", form, "old or encrypted Excel file")


def test_a_cell_far_below_the_form_is_not_lost_silently(form: Form, sheet_file: Path) -> None:
    def edit(sheet: Any) -> None:
        sheet.cell(1_000_000, 3).value = "far away"

    refused(edited(sheet_file, edit), form, "C1000000: lies outside the form")


def test_a_sheet_that_understates_its_extent_is_read_whole(form: Form, sheet_file: Path) -> None:
    path = edited(sheet_file, put("report_id", "EPA-77"))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    short = re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:B2"', sheet)
    assert short != sheet
    tampered = with_member(path, "xl/worksheets/sheet1.xml", short, instead=True)
    assert read_answer(tampered, form).values == {"report_id": "EPA-77"}


def test_a_cell_may_not_be_a_book(form: Form, sheet_file: Path) -> None:
    path = edited(sheet_file, put("report_id", "x" * 32_000))
    assert len(read_answer(path, form).values["report_id"]) == 32_000


def test_a_damaged_file_is_refused_or_read_but_never_anything_else(form: Form, sheet_file: Path) -> None:
    rng = random.Random(7)
    whole = edited(sheet_file, put("report_id", "EPA-77")).read_bytes()
    seen = {"read": 0, "refused": 0}
    for trial in range(120):
        content = bytearray(whole)
        if trial % 3 == 0:
            content = content[: rng.randrange(len(content))]
        else:
            for _ in range(rng.randrange(1, 12)):
                content[rng.randrange(len(content))] = rng.randrange(256)
        path = sheet_file.with_name("damaged.xlsx")
        path.write_bytes(bytes(content))
        try:
            assert isinstance(read_answer(path, form), FilledForm)
            seen["read"] += 1
        except InvalidForm:
            seen["refused"] += 1
    assert seen["refused"] > 60


def test_damaged_xml_inside_a_whole_archive_is_refused(form: Form, sheet_file: Path) -> None:
    rng = random.Random(11)
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"):
        with zipfile.ZipFile(sheet_file) as archive:
            xml = archive.read(name)
        for _ in range(12):
            at = rng.randrange(len(xml))
            damaged = xml[:at] + rng.choice([b"<", b"9" * 30, b"&", b"", b"\x00", b'"']) + xml[at + 3 :]
            path = with_member(sheet_file, name, damaged, instead=True)
            try:
                assert isinstance(read_answer(path, form), FilledForm)
            except InvalidForm as error:
                assert "tampered.xlsx" in error.message
