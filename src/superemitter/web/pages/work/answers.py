"""The operator's answer: the case's own form filled in on the page, or a filled file handed in."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import InvalidForm, SuperemitterError, UnknownRecord
from superemitter.pipeline.cases import require_seen
from superemitter.pipeline.identity import note_act
from superemitter.pipeline.notification import Signing
from superemitter.pipeline.notify import FILES, notice_file
from superemitter.pipeline.review import record_answer, take_answer
from superemitter.pipeline.uploads import LARGEST_FILE, MOST_FILES, Upload, faults_of, laid
from superemitter.programme.case import Case
from superemitter.programme.disclosure import Role
from superemitter.programme.forms import Form, FormField, load_form, validate_answer
from superemitter.programme.values import FieldError
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Filled, Sent, by_field, zones
from superemitter.web.pages.work.cases import MENDABLE, at_hand, banners
from superemitter.web.pages.work.files import as_file
from superemitter.web.problems import status_of

router = APIRouter()
#: Names of the form's own fields begin so: none can be taken for another of the page.
PREFIX: Final = "v-"
_BLANK: Final = ("answer-form.json", "answer-form.xlsx")


@router.get("/cases/{case_id}/answer")
def form(context: Asked, case_id: str) -> Response:
    """The form of the case."""
    context.require(Role.OPERATOR)
    return _page(context, _issued(context, case_id), _known(context, case_id))


@router.post("/cases/{case_id}/answer")
def send(context: Asked, case_id: str, filled: Sent) -> Response:
    """Check what was filled in, and record it if that was asked for and confirmed."""
    context.require(Role.OPERATOR)
    case = _issued(context, case_id)
    context.check_form(f"answer-{case_id}", filled.text("form_token"))
    require_seen(case, filled.text("expected"))
    answer = load_form(case.text.answer_form)
    uploads = _uploads(answer, filled)
    values = {name: value for one in answer.fields if (value := _value(one, filled)) for name in (one.id,)}
    if faults := _faults(answer, values, uploads):
        return _page(context, case, filled.kept(), faults=faults, many=_chosen(answer, filled))
    try:
        with laid(uploads) as paths:
            record_answer(
                context.register, case_id, values, paths, by=context.viewer.name, now=context.now,
                dry_run=not filled.text("sure"), expected_head=filled.text("expected"),
            )  # fmt: skip
    except MENDABLE as error:
        return _page(context, case, filled.kept(), error=error, many=_chosen(answer, filled))
    if not filled.text("sure"):
        return _page(context, case, filled.kept(), checked=True, many=_chosen(answer, filled))
    note_act(context.register, context.by, context.now, "answer.send", case_id, files=len(uploads))
    return context.to(f"work/cases/{case_id}")


@router.post("/cases/{case_id}/answer-file")
def send_file(context: Asked, case_id: str, filled: Sent) -> Response:
    """Take a filled form, JSON or XLSX, with the files that it names."""
    context.require(Role.OPERATOR)
    case = _issued(context, case_id)
    context.check_form(f"answer-{case_id}", filled.text("form_token"))
    require_seen(case, filled.text("expected"))
    forms, uploads = filled.uploads("form"), filled.uploads("attachments")
    try:
        if len(forms) != 1:
            raise InvalidForm(f"form: {len(forms)} files were sent", hint="send one")
        if faults := faults_of(uploads):
            raise InvalidForm("; ".join(faults))
        with laid(forms) as (path,), laid(uploads) as paths:
            take_answer(
                context.register, case_id, path, paths, by=context.viewer.name, now=context.now,
                dry_run=not filled.text("sure"), expected_head=filled.text("expected"),
            )  # fmt: skip
    except MENDABLE as error:
        return _page(context, case, _known(context, case_id), error=error)
    if not filled.text("sure"):
        return _page(context, case, _known(context, case_id), checked=True)
    note_act(context.register, context.by, context.now, "answer.send", case_id, files=len(uploads), form=True)
    return context.to(f"work/cases/{case_id}")


@router.get("/cases/{case_id}/answer/{name}")
def blank(context: Asked, case_id: str, name: str) -> Response:
    """The empty form as a file to fill in."""
    context.require(Role.OPERATOR)
    _issued(context, case_id)
    if name not in _BLANK:
        raise UnknownRecord("there is no such form")
    content = notice_file(context.register, case_id, name, now=context.now, signing=Signing())
    return as_file(f"{case_id}-{name}", FILES[name], content)


def _issued(context: Context, case_id: str) -> Case:
    return at_hand(context, case_id)


def _known(context: Context, case_id: str) -> dict[str, str]:
    """What need not be asked: the number of the notice and whom the account acts for."""
    case = at_hand(context, case_id)
    known = {"report_id": case.report_id, "operator_name": context.viewer.operator}
    return {PREFIX + name: value for name, value in known.items() if value}


def _uploads(form: Form, filled: Filled) -> list[Upload]:
    return filled.uploads(*(PREFIX + one.id for one in form.fields if one.kind == "file"))


def _value(field: FormField, filled: Filled) -> Any:
    name = PREFIX + field.id
    if field.kind == "file":
        names = [one.name for one in filled.uploads(name)]
        return names if field.many else (names[0] if names else None)
    if field.kind == "datetime":
        return filled.moment(name)
    return filled.texts(name) if field.many else filled.text(name)


def _chosen(form: Form, filled: Filled) -> dict[str, list[str]]:
    """What was ticked, of questions that take several answers."""
    return {PREFIX + one.id: filled.texts(PREFIX + one.id) for one in form.fields if one.many and one.choices}


def _faults(form: Form, values: dict[str, Any], uploads: list[Upload]) -> list[FieldError]:
    """Everything that is wrong, of fields and of files, under the names that the page has."""
    read = validate_answer(form, values)
    faults = read if isinstance(read, list) else []
    files = next((one.id for one in form.fields if one.kind == "file"), "")
    faults = [*faults, *(FieldError(field=files, reason=fault) for fault in faults_of(uploads))]
    return [FieldError(field=PREFIX + one.field, reason=one.reason, reason_zh=one.reason_zh) for one in faults]


def _page(
    context: Context,
    case: Case,
    kept: dict[str, str],
    *,
    many: dict[str, list[str]] | None = None,
    faults: list[FieldError] | None = None,
    error: SuperemitterError | None = None,
    checked: bool = False,
) -> Response:
    form = load_form(case.text.answer_form)
    code = 422 if faults else 200 if error is None else status_of(error)
    return context.page(
        "work/answer.html",
        status=code,
        case=case,
        banners=banners(context, case),
        form=form,
        fields={PREFIX + one.id: one for one in form.fields},
        labels={PREFIX + one.id: getattr(one.label, context.language) for one in form.fields},
        kept=kept,
        many=many or {},
        faults=by_field(context.say, faults or []),
        error=error,
        checked=checked,
        zones=zones(),
        prefix=PREFIX,
        most_files=MOST_FILES,
        largest_mb=LARGEST_FILE // 1_000_000,
    )
