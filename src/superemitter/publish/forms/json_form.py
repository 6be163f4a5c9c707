"""The answer form as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from superemitter.model.errors import InvalidForm
from superemitter.programme.forms import Form, FormField
from superemitter.programme.strict import Bilingual
from superemitter.publish.forms.filled import FilledForm, refuse, zone_of, zoned
from superemitter.publish.messages import LANGUAGES, Messages

SCHEMA_ID: Final = "superemitter/answer/1"
MAX_BYTES: Final = 5_000_000
_KEYS: Final = frozenset(
    {"schema", "form_id", "case_id", "title", "citation", "instructions", "time_zone", "values", "fields"}
)


def form_bytes(form: Form, *, case_id: str, values: Mapping[str, Any]) -> bytes:
    """An empty form, but for the values given; with instructions, in both languages."""
    content = {
        "schema": SCHEMA_ID,
        "form_id": form.id,
        "case_id": case_id,
        "title": _words(form.title),
        "citation": form.citation,
        "instructions": {lang: Messages("forms", lang)("form.json_instructions") for lang in LANGUAGES},
        "time_zone": "",
        "values": {field.id: values.get(field.id, [] if field.many else None) for field in form.fields},
        "fields": [_field(field) for field in form.fields],
    }
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")


def read_form_json(path: Path, content: bytes, form: Form) -> FilledForm:
    """The values of a JSON form that came back.

    Raises
    ------
    InvalidForm
        It is no JSON, too large, of another form, or holds keys that nobody asked for; each is named.
    """
    data = _parsed(path, content)
    faults = [f"{key}: the form has no such key" for key in data if key not in _KEYS]
    if data.get("schema") != SCHEMA_ID:
        faults.append(f"schema: is {data.get('schema')!r}, not {SCHEMA_ID!r}")
    if data.get("form_id") != form.id:
        faults.append(f"form_id: is {data.get('form_id')!r}, not {form.id!r}")
    case_id, zone_name, given = data.get("case_id"), data.get("time_zone") or "", data.get("values")
    if not isinstance(case_id, str):
        faults.append("case_id: is no text")
    zone = zone_of(zone_name) if isinstance(zone_name, str) and zone_name.strip() else None
    if zone_name and zone is None:
        faults.append(f"time_zone: there is no zone {zone_name!r}")
    if not isinstance(given, dict):
        faults.append("values: is missing")
        given = {}
    fields = {field.id: field for field in form.fields}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields:
            faults.append(f"values.{name}: the form {form.id} has no such field")
        elif not _is_empty(value):
            try:
                values[name] = _with_zone(fields[name], value, zone)
            except ValueError as error:
                faults.append(f"values.{name}: {error}")
    refuse(path, faults)
    assert isinstance(case_id, str)
    return FilledForm(
        form_id=form.id, case_id=case_id, values=values, places={name: f"values.{name}" for name in values}
    )


def _with_zone(field: FormField, value: Any, zone: Any) -> Any:
    if field.kind != "datetime":
        return value
    return [zoned(one, zone) for one in value] if isinstance(value, list) else zoned(value, zone)


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise InvalidForm(f"{path.name} has {len(content):,} bytes", hint=f"a form has {MAX_BYTES:,} at most")
    try:
        data = strict_json(content)
    except (ValueError, RecursionError) as error:
        raise InvalidForm(f"{path.name} is no JSON form: {error}") from error
    if not isinstance(data, dict):
        raise InvalidForm(f"{path.name} is no JSON form: it is not an object")
    return data


def strict_json(content: bytes) -> Any:
    """JSON without names given twice and without NaN or infinities.

    Raises
    ------
    ValueError
    RecursionError
    """
    return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} is given twice")
    return out


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _field(field: FormField) -> dict[str, Any]:
    return {
        "id": field.id,
        "section": field.section,
        "label": _words(field.label),
        "help": _words(field.help),
        "kind": field.kind,
        "choices": [{"id": choice.id, "label": _words(choice.label)} for choice in field.choices],
        "required": field.required,
        "required_if": {name: list(wanted) for name, wanted in (field.required_if or {}).items()},
        "many": field.many,
        "unit": field.unit,
        "citation": field.citation,
    }


def _words(words: Bilingual) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}
