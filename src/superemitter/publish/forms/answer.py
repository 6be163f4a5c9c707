"""Write an answer form to send, and read the one that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superemitter.model.errors import InvalidForm, InvalidValue
from superemitter.programme.forms import Form
from superemitter.publish.forms.filled import FilledForm
from superemitter.publish.forms.json_form import form_bytes, read_form_json
from superemitter.publish.forms.safe_zip import MAX_FILE_BYTES
from superemitter.publish.forms.workbook import form_workbook
from superemitter.publish.forms.workbook_reading import read_form_workbook
from superemitter.publish.notice import write_files

FORMATS = (".json", ".xlsx")


def write_answer_form(
    form: Form, path: Path, *, case_id: str, values: Mapping[str, Any] | None = None, overwrite: bool = False
) -> str:
    """Write an empty answer form, as JSON or as a spreadsheet by the name's ending, and return its SHA-256.

    Parameters
    ----------
    form : Form
    path : Path
        Ends in ``.json`` or ``.xlsx``.
    case_id : str
    values : mapping, optional
        Already filled in: field id to value.
    overwrite : bool

    Raises
    ------
    InvalidValue
        The name has another ending, or a value is of a field the form does not have.
    OutputExists, OutputError
        The file is there with other content, or cannot be written.
    """
    given = dict(values or {})
    unknown = sorted(set(given) - {field.id for field in form.fields})
    if unknown:
        raise InvalidValue(f"the form {form.id} has no field {', '.join(unknown)}")
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InvalidValue(f"{path.name} is no name for a form", hint=f"end it in {' or '.join(FORMATS)}")
    make = form_bytes if suffix == ".json" else form_workbook
    content = make(form, case_id=case_id, values=given)
    return write_files({path.name: content}, path.parent, overwrite=overwrite)[path.name]


def read_answer(path: Path, form: Form) -> FilledForm:
    """The values of a form that came back, for :func:`superemitter.programme.forms.validate_answer`.

    What the file is, is seen in its content. A spreadsheet's formulas, macros and links are refused, never run.

    Parameters
    ----------
    path : Path
    form : Form
        The form that was sent.

    Raises
    ------
    InvalidForm
        It cannot be read, is another form, or holds what was not asked for: every fault with its cell or key.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InvalidForm(f"{path.name} has {path.stat().st_size:,} bytes", hint=f"{MAX_FILE_BYTES:,} at most")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidForm(f"cannot read {path}: {error.strerror or error}") from error
    if content.startswith(b"PK"):
        return read_form_workbook(path, content, form)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidForm(
            f"{path.name} is an old or encrypted Excel file", hint="save it as .xlsx, without a password"
        )
    return read_form_json(path, content, form)
