"""Forms, filled in as people fill them, and spreadsheets as people (and others) send them back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import openpyxl
import pytest

from superemitter.programme.forms import Form, load_form
from superemitter.publish.forms import write_answer_form

Edit: TypeAlias = Callable[[Any], None]


@pytest.fixture
def form() -> Form:
    """The EPA's, as packaged."""
    return load_form("us-epa-sep-answer")


@pytest.fixture
def sheet_file(form: Form, tmp_path: Path) -> Path:
    """An empty spreadsheet form."""
    path = tmp_path / "answer-form.xlsx"
    write_answer_form(form, path, case_id="US-2027-000123")
    return path


def row_of(sheet: Any, field_id: str) -> int:
    """The first row of a question."""
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == field_id)


def edited(path: Path, edit: Edit) -> Path:
    """A copy with something changed, as a spreadsheet program would save it."""
    book = openpyxl.load_workbook(path)
    edit(book["answer"])
    out = path.with_name("returned.xlsx")
    book.save(out)
    return out


def with_member(path: Path, name: str, content: bytes, *, instead: bool = False) -> Path:
    """A copy with one more part in its archive, or another content of one."""
    out = path.with_name("tampered.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            if not (instead and member == name):
                target.writestr(member, source.read(member))
        target.writestr(name, content)
    return out


def filled_bytes(path: Path) -> bytes:
    """The bytes of a file."""
    return io.BytesIO(path.read_bytes()).getvalue()
