"""Forms as data: what a person is asked, and whether the answer can be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from superemitter.model.errors import InvalidForm, InvalidRules
from superemitter.programme.strict import Bilingual, Table, ensure_unique, parse
from superemitter.programme.values import KINDS, FieldError, read_value

_DATA = files("superemitter") / "data" / "forms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that may be chosen: what is stored, and what is shown."""

    id: str
    label: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question.

    Attributes
    ----------
    id, section : str
        `section` is the id of a section of the form.
    label, help : Bilingual
    kind : str
        ``"text"``, ``"choice"``, ``"number"``, ``"date"``, ``"datetime"``, ``"bool"``, ``"file"``.
    choices : tuple of Choice
        For ``"choice"``.
    required : bool
    required_if : mapping of str to tuple of str
        Required when each named field has one of the values; a bool counts as ``"yes"`` or ``"no"``.
    many : bool
        Whether several values are taken, as a list.
    unit : str
    citation : str
    """

    id: str
    section: str
    label: Bilingual
    kind: str
    choices: tuple[Choice, ...]
    required: bool
    required_if: Mapping[str, tuple[str, ...]]
    many: bool
    unit: str
    citation: str
    help: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a form: its id and heading."""

    id: str
    title: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Answers that cannot stand together, why, and the field that has to change."""

    when: Mapping[str, tuple[str, ...]]
    field: str
    reason: Bilingual


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form of a programme.

    Attributes
    ----------
    id : str
    title : Bilingual
    citation, tag : str
        Source; ``"V"`` if it is the primary text.
    sections : tuple of Section
    fields : tuple of FormField
        In the order they are asked.
    outcomes : tuple of (str, mapping)
        What an answer amounts to: the first whose conditions hold.
    order : tuple of (str, str)
        Pairs of fields whose times must not run backwards.
    contradictions : tuple of Contradiction
    """

    id: str
    title: Bilingual
    citation: str
    tag: str
    sections: tuple[Section, ...]
    fields: tuple[FormField, ...]
    outcomes: tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...]
    order: tuple[tuple[str, str], ...]
    contradictions: tuple[Contradiction, ...]

    def field(self, field_id: str) -> FormField:
        """A field by its id.

        Raises
        ------
        InvalidForm
            The form has no such field.
        """
        for field in self.fields:
            if field.id == field_id:
                return field
        raise InvalidForm(f"the form {self.id} has no field {field_id!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A form filled in and found valid.

    Attributes
    ----------
    form_id : str
    values : mapping
        Plain JSON types: text, number, true or false, ISO 8601 dates and times, file name and checksum.
        Fields left empty are absent.
    outcome : str
        One of the form's outcomes; empty if none applies.
    error_claimed : bool
        Whether it claims a demonstrable error of the notice.
    """

    form_id: str
    values: Mapping[str, Any]
    outcome: str
    error_claimed: bool


def validate_answer(form: Form, values: Mapping[str, Any]) -> Answer | list[FieldError]:
    """Check the values of a filled form; spreadsheet cells (all text) and JSON are both understood.

    Parameters
    ----------
    form : Form
    values : mapping of field id to value
        None and empty text count as not given.

    Returns
    -------
    Answer, or a list of FieldError
        Every fault, in the form's order; never both.
    """
    given = {name: value for name, value in values.items() if not _is_empty(value)}
    known = {field.id for field in form.fields}
    errors = [FieldError(field=n, reason=f"the form {form.id} has no such field") for n in given if n not in known]
    read: dict[str, Any] = {}
    for field in form.fields:
        if field.id in given:
            value = _read_field(field, given[field.id])
            if isinstance(value, FieldError):
                errors.append(value)
            else:
                read[field.id] = value
    errors += _missing(form, read, set(given))
    errors += _disorder(form, read)
    errors += [
        FieldError(field=rule.field, reason=rule.reason.en, reason_zh=rule.reason.zh)
        for rule in form.contradictions
        if holds(rule.when, read)
    ]
    if errors:
        return errors
    outcome = next((name for name, when in form.outcomes if holds(when, read)), "")
    return Answer(form_id=form.id, values=read, outcome=outcome, error_claimed=read.get("error_claimed") is True)


def require_answer(form: Form, values: Mapping[str, Any]) -> Answer:
    """As :func:`validate_answer`, but a faulty form is an error that names every field.

    Raises
    ------
    InvalidForm
    """
    result = validate_answer(form, values)
    if isinstance(result, Answer):
        return result
    told = "; ".join(f"{error.field}: {error.reason}" for error in result)
    raise InvalidForm(
        f"the form {form.id} cannot be taken: {told}", hint="correct the fields named and send it again"
    )


def holds(when: Mapping[str, tuple[str, ...]], values: Mapping[str, Any]) -> bool:
    """Whether each named field has one of its values; a bool counts as ``"yes"`` or ``"no"``."""
    return all(_plain(values.get(name)) in wanted for name, wanted in when.items())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or value == []


def _read_field(field: FormField, value: Any) -> Any:
    choices = tuple(choice.id for choice in field.choices)
    if not field.many:
        return read_value(field.id, field.kind, value, choices)
    if isinstance(value, str) and field.kind in ("choice", "number"):
        value = [part.strip() for part in value.split(";") if part.strip()]
    parts = value if isinstance(value, list) else [value]
    read = [read_value(field.id, field.kind, part, choices) for part in parts]
    return next((one for one in read if isinstance(one, FieldError)), read)


def _missing(form: Form, read: Mapping[str, Any], given: set[str]) -> list[FieldError]:
    errors = []
    for field in form.fields:
        conditional = bool(field.required_if) and holds(field.required_if, read)
        if field.id not in given and (field.required or conditional):
            errors.append(FieldError(field=field.id, reason=f"is required ({field.citation})", reason_zh="必填"))
    return errors


def _disorder(form: Form, read: Mapping[str, Any]) -> list[FieldError]:
    errors = []
    for earlier, later in form.order:
        if earlier in read and later in read and str(read[later])[:10] < str(read[earlier])[:10]:
            reason = f"{read[later]} lies before {earlier}, {read[earlier]}"
            errors.append(FieldError(field=later, reason=reason, reason_zh=f"早于 {earlier}"))
    return errors


def form_ids() -> tuple[str, ...]:
    """The packaged forms."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in _DATA.iterdir() if f.name.endswith(".toml")))


@cache
def load_form(form_id: str) -> Form:
    """A packaged form, ``data/forms/<id>.toml``.

    Raises
    ------
    InvalidForm
        There is no such form.
    InvalidRules
        Its file is not well formed.
    """
    if form_id not in form_ids():
        raise InvalidForm(f"no form named {form_id!r}", hint=f"known: {', '.join(form_ids())}")
    return read_form((_DATA / f"{form_id}.toml").read_text(encoding="utf-8"), f"{form_id}.toml")


def read_form(text: str, where: str) -> Form:
    """A form from the text of its file.

    Raises
    ------
    InvalidRules
        A key is missing, unknown or of the wrong type, or a condition names a field that is not there.
    """
    table = parse(text, where)
    sections = tuple(_section(entry) for entry in table.tables("section"))
    citation = table.text("citation")
    form = Form(
        id=table.text("id"),
        title=table.words("title"),
        citation=citation,
        tag=table.one_of("tag", ("V", "S", "M", "C")),
        sections=sections,
        fields=tuple(_field(entry, citation) for entry in table.tables("field")),
        outcomes=tuple(_outcome(entry) for entry in table.tables("outcome")),
        order=tuple(_order(entry) for entry in table.tables("order")),
        contradictions=tuple(_contradiction(entry) for entry in table.tables("contradiction")),
    )
    table.done()
    _check(form, where)
    return form


def _section(entry: Table) -> Section:
    section = Section(id=entry.text("id"), title=entry.words("title"))
    entry.done()
    return section


def _field(entry: Table, citation: str) -> FormField:
    choices = []
    for option in entry.tables("choices"):
        choices.append(Choice(id=option.text("id"), label=Bilingual(en=option.text("en"), zh=option.text("zh"))))
        option.done()
    field = FormField(
        id=entry.text("id"),
        section=entry.text("section"),
        label=entry.words("label"),
        kind=entry.one_of("kind", KINDS),
        choices=tuple(choices),
        required=entry.truth("required", False),
        required_if=entry.conditions("required_if"),
        many=entry.truth("many", False),
        unit=entry.text("unit", ""),
        citation=entry.text("citation", citation),
        help=entry.words("help", Bilingual(en="", zh="")),
    )
    entry.done()
    if (field.kind == "choice") != bool(choices):
        raise InvalidRules(f"{entry.where}: choices are given if and only if the kind is choice")
    return field


def _outcome(entry: Table) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    outcome = (entry.text("id"), entry.conditions("when"))
    entry.done()
    return outcome


def _order(entry: Table) -> tuple[str, str]:
    pair = (entry.text("earlier"), entry.text("later"))
    entry.done()
    return pair


def _contradiction(entry: Table) -> Contradiction:
    rule = Contradiction(when=entry.conditions("when"), field=entry.text("field"), reason=entry.words("reason"))
    entry.done()
    return rule


def _check(form: Form, where: str) -> None:
    ensure_unique([field.id for field in form.fields], where)
    fields = {field.id for field in form.fields}
    sections = {section.id for section in form.sections}
    named = {name for field in form.fields for name in field.required_if}
    named |= {name for _, when in form.outcomes for name in when} | {name for pair in form.order for name in pair}
    named |= {name for rule in form.contradictions for name in (*rule.when, rule.field)}
    if unknown := sorted(named - fields):
        raise InvalidRules(f"{where}: a condition names the field {', '.join(unknown)}, which is not there")
    if unknown := sorted({field.section for field in form.fields} - sections):
        raise InvalidRules(f"{where}: a field names the section {', '.join(unknown)}, which is not there")
