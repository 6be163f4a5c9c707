"""Read an answer form that came back as a spreadsheet. Nothing in it is run, followed or evaluated."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook  # type: ignore[import-untyped]
from openpyxl.utils.cell import get_column_letter  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from superemitter.programme.forms import Form, FormField
from superemitter.publish.forms.filled import FilledForm, refuse, zone_of, zoned
from superemitter.publish.forms.safe_zip import faults_of
from superemitter.publish.forms.workbook import (
    CHOICE_SHEET,
    FIRST_ROW,
    FORM_SHEET,
    HELP,
    ID,
    QUESTION,
    SCHEMA_ID,
    VALUE,
    both,
    choice_labels,
)

MAX_ROWS: Final = 2000
MAX_COLUMNS: Final = 12
FORMAT_ROWS: Final = 1_048_576  # of a sheet, by the format itself
MAX_CHARACTERS: Final = 32_767  # of a cell, by the format itself
# What openpyxl raises on a damaged file depends on where the damage lies.
_UNREADABLE: Final = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, ArithmeticError, LookupError),
    *(ValueError, TypeError, AttributeError, OSError, EOFError, AssertionError, RuntimeError),
)


def read_form_workbook(path: Path, content: bytes, form: Form) -> FilledForm:
    """The values of a spreadsheet form that came back.

    Raises
    ------
    InvalidForm
        It is no such form, holds active content, or a cell holds what cannot be taken; each cell is named.
    """
    refuse(path, faults_of(content))
    faults: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that are dropped: nothing but cells is read
            rows, strangers = _cells(content)
    except _UNREADABLE as error:
        refuse(path, [f"is no spreadsheet that can be read: {error}"])
        raise AssertionError("unreachable") from error
    faults += strangers
    head = {column: value for (row, column), value in rows.items() if row == 1}
    if head.get(ID) != SCHEMA_ID or head.get(QUESTION) != form.id:
        refuse(path, [f"A1, B1: this is not the form {form.id}, or its structure was changed", *faults])
    named = _named_rows(rows, form, faults)
    case_id = str(rows.get((named.get("_case", 0), VALUE), "") or "")
    zone = _zone(rows, named.get("_time_zone", 0), faults)
    values, places = _values(rows, form, zone, faults)
    refuse(path, faults)
    return FilledForm(form_id=form.id, case_id=case_id.strip(), values=values, places=places)


def _cells(content: bytes) -> tuple[dict[tuple[int, int], Any], list[str]]:
    """Every filled cell of the form's sheet by row and column, and faults: formulas, errors, other sheets."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        if FORM_SHEET not in book.sheetnames:
            return {}, [f"there is no sheet named {FORM_SHEET!r}"]
        found: dict[tuple[int, int], Any] = {}
        faults: list[str] = []
        for name in book.sheetnames:
            if name == CHOICE_SHEET:
                continue
            for row, column, cell in _filled(book[name]):
                place = _place(row, column)
                if name != FORM_SHEET:
                    faults.append(f"sheet {name!r}, {place}: this sheet is not part of the form")
                    break
                if row > MAX_ROWS or column > MAX_COLUMNS:
                    faults.append(f"{place}: lies outside the form")
                    break
                if cell.data_type == "f" or type(cell.value).__name__ in ("ArrayFormula", "DataTableFormula"):
                    faults.append(f"{place}: holds a formula; type the value itself")
                elif cell.data_type == "e":
                    faults.append(f"{place}: holds the error {cell.value}")
                else:
                    found[row, column] = cell.value
        return found, faults
    finally:
        book.close()


def _filled(sheet: Any) -> Iterator[tuple[int, int, Any]]:
    """Filled cells. A spreadsheet may have a million rows: empty ones are passed over quickly, not kept."""
    if not hasattr(sheet, "iter_rows"):  # a sheet that is a chart
        return
    sheet.reset_dimensions()  # what a file says of its own extent is not believed
    for row in islice(sheet.iter_rows(max_col=MAX_COLUMNS + 1), FORMAT_ROWS):
        for cell in row:
            if cell.value is not None and str(cell.value).strip():
                yield cell.row, cell.column, cell


def _named_rows(rows: Mapping[tuple[int, int], Any], form: Form, faults: list[str]) -> dict[str, int]:
    """Rows by their hidden id; faults for ids that are unknown or doubled, and for what stands in no row."""
    many = {field.id: field.many for field in form.fields}
    named: dict[str, int] = {}
    for (row, column), value in sorted(rows.items()):
        if column == ID and row > 1:
            name = str(value)
            if name not in many and name not in ("_case", "_time_zone"):
                faults.append(f"{_place(row, ID)}: the form {form.id} has no field {name!r}")
            elif name in named and not many.get(name, False):
                faults.append(f"{_place(row, ID)}: {name} is given twice, as in {_place(named[name], ID)}")
            named.setdefault(name, row)
        elif column > HELP:
            faults.append(f"{_place(row, column)}: lies outside the form")
        elif column == VALUE and (row, ID) not in rows and row >= FIRST_ROW:
            faults.append(f"{_place(row, VALUE)}: there is no question in this row")
    faults += [f"the row of {name} is missing" for name in ("_case", *many) if name not in named]
    return named


def _zone(rows: Mapping[tuple[int, int], Any], row: int, faults: list[str]) -> tzinfo | None:
    text = str(rows.get((row, VALUE), "") or "").strip()
    zone = zone_of(text) if text else None
    if text and zone is None:
        faults.append(
            f"{_place(row, VALUE)}: there is no time zone {text!r}; write UTC, -06:00 or America/Chicago"
        )
    return zone


def _values(
    rows: Mapping[tuple[int, int], Any], form: Form, zone: tzinfo | None, faults: list[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    fields = {field.id: field for field in form.fields}
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for (row, column), name in sorted(rows.items()):
        if column != ID or name not in fields or (row, VALUE) not in rows:
            continue
        field, place = fields[name], _place(row, VALUE)
        try:
            value = _value(field, rows[row, VALUE], zone)
        except ValueError as error:
            faults.append(f"{place}: {error}")
            continue
        places.setdefault(name, place)
        if field.many:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values, places


def _value(field: FormField, value: Any, zone: tzinfo | None) -> Any:
    """A cell's value as plain JSON.

    Raises
    ------
    ValueError
        It is of a kind no answer has.
    """
    if isinstance(value, time | timedelta):
        raise ValueError(f"{value} is a time without a date")
    if isinstance(value, str):
        value = value.strip()
        if len(value) > MAX_CHARACTERS:
            raise ValueError(f"has more than {MAX_CHARACTERS:,} characters")
    if field.kind in ("choice", "bool"):
        return _chosen(field, value)
    if field.kind == "datetime":
        return zoned(value, zone) if not isinstance(value, datetime) else _zoned_cell(value, zone)
    if field.kind == "date" and isinstance(value, datetime):
        return value if any((value.hour, value.minute, value.second)) else value.date().isoformat()
    if field.kind == "text" and isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str | int | float | bool) else str(value)


def _zoned_cell(value: datetime, zone: tzinfo | None) -> Any:
    """A cell that the spreadsheet keeps as a date: it has no zone of its own."""
    if zone is None:
        raise ValueError(f"{value} has no time zone; fill in the time zone cell")
    return zoned(value.replace(microsecond=0), zone)


def _chosen(field: FormField, value: Any) -> Any:
    """The id of a choice from its label, in one language or both; true or false for a yes/no question."""
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()
    known = {label.lower(): name for name, label in choice_labels(field).items()}
    for choice in field.choices:
        known |= {choice.label.en.lower(): choice.id, choice.label.zh: choice.id, both(choice.label): choice.id}
    if field.kind == "bool":
        known |= {"yes": "yes", "no": "no", "是": "yes", "否": "no", "true": "yes", "false": "no"}
        chosen = known.get(text.lower())
        return text if chosen is None else chosen == "yes"
    return known.get(text.lower(), text)


def _place(row: int, column: int) -> str:
    return f"{get_column_letter(column)}{row}"
