"""A form goes out empty, comes back filled, and means the same as JSON and as a spreadsheet."""

from __future__ import annotations

import importlib.util
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from superemitter.model.errors import InvalidForm, InvalidValue, OutputExists
from superemitter.programme.forms import Answer, Form, FormField, form_ids, load_form, validate_answer
from superemitter.publish.forms import read_answer, write_answer_form

_spec = importlib.util.spec_from_file_location("form_parts", Path(__file__).with_name("conftest.py"))
assert _spec is not None and _spec.loader is not None
parts = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(parts)
edited, row_of = parts.edited, parts.row_of


def example(field: FormField) -> Any:
    """A value of a field's kind."""
    one = {
        "text": "松辽盆地 <b>=1+1</b>\nsecond line",
        "number": 12.5,
        "date": "2027-02-03",
        "datetime": "2027-02-03T11:30:00-07:00",
        "bool": True,
        "file": "photo.jpg",
    }.get(field.kind) or field.choices[-1].id
    return [one, one] if field.many else one


@pytest.mark.parametrize("form_id", form_ids())
@pytest.mark.parametrize("suffix", [".json", ".xlsx"])
def test_every_value_comes_back_as_it_was(form_id: str, suffix: str, tmp_path: Path) -> None:
    form = load_form(form_id)
    values = {field.id: example(field) for field in form.fields}
    path = tmp_path / f"form{suffix}"
    write_answer_form(form, path, case_id="CN-1", values=values)
    back = read_answer(path, form)
    assert (back.form_id, back.case_id) == (form_id, "CN-1")
    assert set(back.values) == set(values)
    judged = [validate_answer(form, values), validate_answer(form, back.values)]
    assert judged[0] == judged[1]
    for field in form.fields:
        if field.kind not in ("number",):
            assert back.values[field.id] == values[field.id], field.id


@pytest.mark.parametrize("suffix", [".json", ".xlsx"])
def test_an_empty_form_holds_no_answers(form: Form, suffix: str, tmp_path: Path) -> None:
    write_answer_form(form, tmp_path / f"f{suffix}", case_id="US-1")
    assert dict(read_answer(tmp_path / f"f{suffix}", form).values) == {}


def test_a_person_fills_the_cells_and_the_answer_is_taken(form: Form, sheet_file: Path) -> None:
    def fill(sheet: Any) -> None:
        # Labels from the lists, in whichever language, as a person picks or types them.
        given = {
            "report_id": "EPA-77",
            "within_50_m": "No 否",
            "official_email": "ana@example.org",
        }
        for name, value in given.items():
            sheet.cell(row_of(sheet, name), 3).value = value

    back = read_answer(edited(sheet_file, fill), form)
    assert back.values["within_50_m"] is False
    assert back.places["within_50_m"].startswith("C")
    answer = validate_answer(form, back.values | attested(form))
    assert isinstance(answer, Answer), answer
    assert answer.outcome == "not_within_50m"


def attested(form: Form) -> dict[str, Any]:
    """Whatever else the form always requires."""
    return {field.id: example(field) for field in form.fields if field.required and field.section == "attestation"}


@pytest.mark.parametrize("word", ["yes", "Yes", "是", "Yes 是", True])
def test_yes_is_understood_in_both_languages(form: Form, sheet_file: Path, word: Any) -> None:
    def fill(sheet: Any) -> None:
        sheet.cell(row_of(sheet, "within_50_m"), 3).value = word

    assert read_answer(edited(sheet_file, fill), form).values == {"within_50_m": True}


def first(form: Form, kind: str) -> FormField:
    return next(field for field in form.fields if field.kind == kind)


def test_a_choice_is_understood_by_its_label_in_either_language(form: Form, sheet_file: Path) -> None:
    field = first(form, "choice")
    choice = field.choices[0]
    for words in (choice.label.en, choice.label.zh, f"{choice.label.en} {choice.label.zh}", choice.id):

        def fill(sheet: Any, words: str = words) -> None:
            sheet.cell(row_of(sheet, field.id), 3).value = words

        assert read_answer(edited(sheet_file, fill), form).values == {field.id: choice.id}


def test_times_take_the_zone_that_the_form_states(form: Form, sheet_file: Path) -> None:
    field = first(form, "datetime")
    for written in (datetime(2027, 2, 3, 11, 30), "2027-02-03 11:30", "2027-02-03T11:30:00-06:00"):

        def fill(sheet: Any, written: Any = written) -> None:
            sheet.cell(5, 3).value = "America/Chicago"
            cell = sheet.cell(row_of(sheet, field.id), 3)
            cell.number_format = "yyyy-mm-dd hh:mm"
            cell.value = written

        value = read_answer(edited(sheet_file, fill), form).values[field.id]
        assert datetime.fromisoformat(value) == datetime.fromisoformat("2027-02-03T17:30:00+00:00")


def test_a_time_without_any_zone_is_refused_by_cell(form: Form, sheet_file: Path) -> None:
    field = first(form, "datetime")

    def fill(sheet: Any) -> None:
        cell = sheet.cell(row_of(sheet, field.id), 3)
        cell.number_format = "yyyy-mm-dd hh:mm"
        cell.value = datetime(2027, 2, 3, 11, 30)

    with pytest.raises(InvalidForm, match=r"C\d+: 2027-02-03 11:30:00 has no time zone"):
        read_answer(edited(sheet_file, fill), form)


@pytest.mark.parametrize(
    ("moment", "why"), [("2027-03-14 02:30", "does not exist"), ("2027-11-07 01:30", "twice")]
)
def test_a_time_that_the_clocks_skipped_or_doubled_is_refused(
    form: Form, sheet_file: Path, moment: str, why: str
) -> None:
    field = first(form, "datetime")

    def fill(sheet: Any) -> None:
        sheet.cell(5, 3).value = "America/New_York"
        sheet.cell(row_of(sheet, field.id), 3).value = moment

    with pytest.raises(InvalidForm, match=why):
        read_answer(edited(sheet_file, fill), form)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "+99:00", "/etc/localtime"])
def test_a_zone_that_does_not_exist_is_refused_by_cell(form: Form, sheet_file: Path, zone: str) -> None:
    def fill(sheet: Any) -> None:
        sheet.cell(5, 3).value = zone
        sheet.cell(5, 3).data_type = "s"

    with pytest.raises(InvalidForm, match="C5: there is no time zone"):
        read_answer(edited(sheet_file, fill), form)


def test_a_date_of_the_spreadsheet_is_a_date(form: Form, sheet_file: Path) -> None:
    field = first(form, "date")

    def fill(sheet: Any) -> None:
        sheet.cell(row_of(sheet, field.id), 3).number_format = "yyyy-mm-dd"
        sheet.cell(row_of(sheet, field.id), 3).value = date(2027, 2, 3)

    assert read_answer(edited(sheet_file, fill), form).values == {field.id: "2027-02-03"}


def test_nothing_that_is_written_can_become_a_formula(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    texts = [f"{sign}cmd|' /C calc'!A0" for sign in "=+-@"]
    for text in texts:
        write_answer_form(form, path, case_id=text, values={"report_id": text}, overwrite=True)
        with zipfile.ZipFile(path) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        cells = [openpyxl.load_workbook(path)["answer"].cell(row, 3) for row in (4, 9)]
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells if cell.value == text)
        assert sum(cell.value == text for cell in cells) == 2
        assert read_answer(path, form).values["report_id"] == text


def test_only_the_answers_can_be_written_into(form: Form, sheet_file: Path) -> None:
    book = openpyxl.load_workbook(sheet_file)
    sheet = book["answer"]
    assert sheet.protection.sheet
    assert sheet.column_dimensions["A"].hidden
    assert book["choices"].sheet_state == "veryHidden"
    unlocked = {(cell.row, cell.column) for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    rows = {row for row in range(8, sheet.max_row + 1) if sheet.cell(row, 1).value}
    assert unlocked == {(row, 3) for row in rows} | {(5, 3)}


def test_each_choice_has_its_list_and_each_required_question_its_mark(form: Form, sheet_file: Path) -> None:
    sheet = openpyxl.load_workbook(sheet_file)["answer"]
    listed = {
        str(cells) for validation in sheet.data_validations.dataValidation for cells in validation.sqref.ranges
    }
    for field in form.fields:
        row = row_of(sheet, field.id)
        question = sheet.cell(row, 2).value
        assert field.label.en in question
        assert field.label.zh in question
        assert question.endswith(" *") == field.required
        assert question.endswith("(*)") == (bool(field.required_if) and not field.required)
        assert (f"C{row}" in listed) == (field.kind in ("choice", "bool"))
        assert field.citation in sheet.cell(row, 4).value


def test_equal_forms_are_equal_files(form: Form, tmp_path: Path) -> None:
    for suffix in (".json", ".xlsx"):
        first_sum = write_answer_form(form, tmp_path / f"a{suffix}", case_id="US-1")
        assert first_sum == write_answer_form(form, tmp_path / f"b{suffix}", case_id="US-1")


def test_a_form_is_not_replaced_unasked(form: Form, tmp_path: Path) -> None:
    write_answer_form(form, tmp_path / "a.json", case_id="US-1")
    with pytest.raises(OutputExists):
        write_answer_form(form, tmp_path / "a.json", case_id="US-2")


def test_other_endings_and_unknown_fields_are_refused(form: Form, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="no name for a form"):
        write_answer_form(form, tmp_path / "a.xls", case_id="US-1")
    with pytest.raises(InvalidValue, match="has no field colour"):
        write_answer_form(form, tmp_path / "a.json", case_id="US-1", values={"colour": "red"})


def test_json_is_read_whatever_the_files_name_says(form: Form, tmp_path: Path) -> None:
    write_answer_form(form, tmp_path / "a.json", case_id="US-1", values={"report_id": "7"})
    (tmp_path / "a.json").rename(tmp_path / "a.xlsx")
    assert read_answer(tmp_path / "a.xlsx", form).values == {"report_id": "7"}


def changed_json(form: Form, path: Path, **changes: Any) -> Path:
    write_answer_form(form, path, case_id="US-1", overwrite=True)
    content = json.loads(path.read_text(encoding="utf-8"))
    content.update(changes)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_json_faults_are_named_by_key(form: Form, tmp_path: Path) -> None:
    path = changed_json(
        form, tmp_path / "a.json", form_id="other", values={"colour": "red"}, extra=1, time_zone="Moon"
    )
    with pytest.raises(InvalidForm) as caught:
        read_answer(path, form)
    for place in ("form_id:", "values.colour:", "extra:", "time_zone:"):
        assert place in caught.value.message


def test_json_times_take_the_zone_that_the_form_states(form: Form, tmp_path: Path) -> None:
    field = first(form, "datetime")
    path = changed_json(form, tmp_path / "a.json", values={field.id: "2027-02-03T11:30:00"}, time_zone="UTC+8")
    assert read_answer(path, form).values == {field.id: "2027-02-03T11:30:00+08:00"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"values": {"a": NaN}}',
        b'{"values": 1, "values": 2}',
        b"[" * 100_000,
        b"{" + b" " * 6_000_000 + b"}",
    ],
    ids=["empty", "not utf-8", "list", "NaN", "doubled key", "deep", "large"],
)
def test_what_is_no_json_form_is_refused(form: Form, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InvalidForm, match=r"a\.json"):
        read_answer(tmp_path / "a.json", form)


def test_a_file_that_is_not_there_is_named(form: Form, tmp_path: Path) -> None:
    with pytest.raises(InvalidForm, match=r"cannot read .*gone\.xlsx"):
        read_answer(tmp_path / "gone.xlsx", form)
