"""The answer form as a spreadsheet: one sheet to fill in, lists to choose from, everything else locked."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]
from openpyxl.writer.excel import ExcelWriter  # type: ignore[import-untyped]

from superemitter.programme.forms import Form, FormField
from superemitter.programme.strict import Bilingual
from superemitter.publish.forms.filled import MANY
from superemitter.publish.messages import Messages

SCHEMA_ID: Final = "superemitter/answer/1"
ID, QUESTION, VALUE, HELP = 1, 2, 3, 4  # columns
SCHEMA_ROW, TITLE_ROW, INSTRUCTION_ROW, CASE_ROW, ZONE_ROW, HEAD_ROW = 1, 2, 3, 4, 5, 7
FIRST_ROW: Final = HEAD_ROW + 1
FORM_SHEET, CHOICE_SHEET = "answer", "choices"
_EPOCH: Final = datetime(2000, 1, 1)
_ILLEGAL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

_YELLOW = PatternFill("solid", fgColor="FFF7D6")
_BLUE = PatternFill("solid", fgColor="1F4E79")
_GREY = PatternFill("solid", fgColor="E8EDF2")
_THIN = Side(style="thin", color="C4CCD4")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAP = Alignment(wrap_text=True, vertical="top")


def both(words: Bilingual, *, between: str = "\n") -> str:
    """English and Chinese, one under the other."""
    return words.en if words.en == words.zh or not words.zh else f"{words.en}{between}{words.zh}"


def message(message_id: str, *, between: str = "\n", **values: str) -> str:
    """A message of the form in both languages."""
    english, chinese = (Messages("forms", language)(message_id, **values) for language in ("en", "zh"))
    return both(Bilingual(en=english, zh=chinese), between=between)


def choice_labels(field: FormField) -> dict[str, str]:
    """What a list shows for each value of a choice or a yes/no question: id to label."""
    if field.kind == "bool":
        return {name: message(f"form.{name}", between=" ") for name in ("yes", "no")}
    return {choice.id: both(choice.label, between=" ") for choice in field.choices}


def form_workbook(form: Form, *, case_id: str, values: Mapping[str, Any]) -> bytes:
    """The form as XLSX; equal arguments give equal bytes."""
    book = Workbook()
    sheet = book.active
    sheet.title = FORM_SHEET
    lists = book.create_sheet(CHOICE_SHEET)
    lists.sheet_state = "veryHidden"
    _head(sheet, form, case_id)
    row = FIRST_ROW
    for section in form.sections:
        _section(sheet, row, both(section.title, between="  "))
        row += 1
        for field in (field for field in form.fields if field.section == section.id):
            row = _question(sheet, lists, row, field, values.get(field.id))
    _lay_out(sheet)
    for locked in (sheet, lists):
        locked.protection.sheet = True
        locked.protection.formatColumns = False
        locked.protection.formatRows = False
    book.properties.creator = "superemitter"
    book.properties.title = form.title.en
    return _packed(book)


def _head(sheet: Any, form: Form, case_id: str) -> None:
    put(sheet.cell(SCHEMA_ROW, ID), SCHEMA_ID)
    put(sheet.cell(SCHEMA_ROW, QUESTION), form.id)
    put(sheet.cell(TITLE_ROW, QUESTION), both(form.title), font=Font(size=15, bold=True, color="1F4E79"))
    put(sheet.cell(INSTRUCTION_ROW, QUESTION), message("form.instructions"))
    sheet.merge_cells(start_row=TITLE_ROW, end_row=TITLE_ROW, start_column=QUESTION, end_column=HELP)
    sheet.merge_cells(start_row=INSTRUCTION_ROW, end_row=INSTRUCTION_ROW, start_column=QUESTION, end_column=HELP)
    put(sheet.cell(CASE_ROW, ID), "_case")
    put(sheet.cell(CASE_ROW, QUESTION), message("form.case", between=" "))
    put(sheet.cell(CASE_ROW, VALUE), case_id, font=Font(bold=True))
    put(sheet.cell(CASE_ROW, HELP), f"{form.id}: {form.citation}", font=Font(size=9, color="5B6B7A"))
    put(sheet.cell(ZONE_ROW, ID), "_time_zone")
    put(sheet.cell(ZONE_ROW, QUESTION), message("form.zone"))
    _open(sheet.cell(ZONE_ROW, VALUE))
    put(sheet.cell(ZONE_ROW, HELP), message("form.zone_help"), font=Font(size=9, color="5B6B7A"))
    for column, name in ((QUESTION, "question"), (VALUE, "answer"), (HELP, "help")):
        cell = sheet.cell(HEAD_ROW, column)
        put(cell, message(f"form.{name}", between=" "), font=Font(bold=True, color="FFFFFF"))
        cell.fill = _BLUE


def _section(sheet: Any, row: int, title: str) -> None:
    put(sheet.cell(row, QUESTION), title, font=Font(bold=True, color="1F4E79"))
    for column in (QUESTION, VALUE, HELP):
        sheet.cell(row, column).fill = _GREY


def _question(sheet: Any, lists: Any, row: int, field: FormField, value: Any) -> int:
    """The rows of one question; returns the row after them."""
    mark = " *" if field.required else " (*)" if field.required_if else ""
    given = list(value) if isinstance(value, list) else [] if value is None else [value]
    labels = choice_labels(field)
    validation = _list(sheet, lists, field.id, list(labels.values())) if labels else None
    for i in range(MANY if field.many else 1):
        put(sheet.cell(row, ID), field.id)
        if i == 0:
            put(sheet.cell(row, QUESTION), both(field.label) + mark, font=Font(bold=field.required))
            put(sheet.cell(row, HELP), help_text(field), font=Font(size=9, color="5B6B7A"))
        cell = sheet.cell(row, VALUE)
        _open(cell)
        if i < len(given):
            text = "yes" if given[i] is True else "no" if given[i] is False else str(given[i])
            put(cell, labels.get(text, text))
        if validation is not None:
            validation.add(cell.coordinate)
        row += 1
    return row


def help_text(field: FormField) -> str:
    """What kind of answer is meant, the field's own help and the paragraph that asks for it."""
    kinds = {"choice": "choose", "bool": "choose", "date": "date", "datetime": "datetime", "file": "file"}
    lines = []
    if field.kind == "number":
        lines.append(message("form.unit", unit=field.unit) if field.unit else message("form.number"))
    elif field.kind in kinds:
        lines.append(message(f"form.{kinds[field.kind]}"))
    lines += [text for text in (both(field.help), field.citation) if text.strip()]
    return "\n".join(lines)


def _list(sheet: Any, lists: Any, field_id: str, labels: Sequence[str]) -> Any:
    """A drop-down whose entries stand on the hidden sheet, one column a question."""
    column = lists.max_column + 1 if lists.cell(1, 1).value is not None else 1
    put(lists.cell(1, column), field_id)
    for i, label in enumerate(labels, start=2):
        put(lists.cell(i, column), label)
    letter = lists.cell(1, column).column_letter
    formula = f"{CHOICE_SHEET}!${letter}$2:${letter}${len(labels) + 1}"
    validation = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
    validation.error = message("form.choose", between=" ")
    sheet.add_data_validation(validation)
    return validation


def put(cell: Any, text: str, *, font: Any = None) -> None:
    """Write a text as text: never a formula, whatever it begins with."""
    cell.value = _ILLEGAL.sub(" ", text)
    cell.data_type = "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    cell.alignment = _WRAP
    if font is not None:
        cell.font = font


def _open(cell: Any) -> None:
    """Make a cell one to fill in."""
    cell.protection = Protection(locked=False)
    cell.fill = _YELLOW
    cell.border = _BOX
    cell.alignment = _WRAP
    cell.number_format = "@"  # what is typed stays as typed


def _lay_out(sheet: Any) -> None:
    sheet.column_dimensions["A"].hidden = True
    for letter, width in (("B", 54), ("C", 46), ("D", 52)):
        sheet.column_dimensions[letter].width = width
    sheet.row_dimensions[SCHEMA_ROW].hidden = True
    sheet.row_dimensions[INSTRUCTION_ROW].height = 62
    sheet.row_dimensions[TITLE_ROW].height = 44
    for row in range(CASE_ROW, sheet.max_row + 1):
        cells = ((QUESTION, 50), (HELP, 58))
        lines = [_lines(str(sheet.cell(row, column).value or ""), width) for column, width in cells]
        sheet.row_dimensions[row].height = max(16, 14.5 * max(lines))
    sheet.freeze_panes = sheet.cell(FIRST_ROW, 1)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; a Chinese character is two Latin ones wide."""
    return sum(1 + sum(2 if ord(c) > 0x2E7F else 1 for c in line) // width for line in text.split("\n"))


def _packed(book: Any) -> bytes:
    """The workbook's bytes, without the time of writing."""
    book.properties.created = book.properties.modified = _EPOCH
    first = io.BytesIO()
    with zipfile.ZipFile(first, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).save()
    out = io.BytesIO()
    with zipfile.ZipFile(first) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, source.read(name))
    return out.getvalue()
