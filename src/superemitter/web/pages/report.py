"""The report form for everybody, and what became of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import StaleForm, SuperemitterError, TooOften
from superemitter.pipeline.desk import sees_case
from superemitter.pipeline.submissions import check, status, submit
from superemitter.pipeline.uploads import LARGEST_FILE, MOST_FILES
from superemitter.programme.values import FieldError
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Filled, Sent, by_field, zones
from superemitter.web.problems import status_of
from superemitter.web.security import receipt_of

router = APIRouter()
_TEXTS: Final = (
    "reporter",
    "contact",
    "longitude",
    "latitude",
    "text",
    "rate_kg_h",
    "rate_sigma_kg_h",
    "rate_method",
)
_YES: Final = ("anonymous", "is_operator")
#: Tries of the form for each report that may be stored: whoever corrects a field is not kept out.
_TRIES: Final = 10


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


LABELS: Final = {
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "detected_at": _("When it was noticed"),
    "text": _("What was noticed"),
    "rate_kg_h": _("Rate [kg/h]"),
    "rate_sigma_kg_h": _("Its standard uncertainty [kg/h]"),
    "rate_method": _("How the rate was measured"),
    "evidence": _("Evidence"),
    "reporter": _("Your name"),
    "contact": _("How to reach you"),
}


@router.get("/report")
def form(context: Asked) -> Response:
    """The form; no account is needed."""
    return _form(context, {}, [], None)


@router.post("/report")
def send(context: Asked, filled: Sent) -> Response:
    """Hold a report for review, or show the form again with every fault named."""
    values, uploads = _values(context, filled), filled.uploads("evidence")
    most, seconds = context.settings.reports
    try:
        nonce = context.check_form("report", filled.text("form_token"))
        context.explorer.limits.count("report-try", context.address, (most * _TRIES, seconds))
        faults = check(values, uploads, now=context.now)
        if faults:
            return _form(context, filled.kept(), _told(filled, faults), None, code=422)
        context.explorer.limits.count("report", context.address, context.settings.reports)
    except (StaleForm, TooOften) as error:
        return _form(context, filled.kept(), [], error, code=status_of(error))
    receipt = receipt_of(context.secret, nonce)
    submit(context.register, values, uploads, receipt=receipt, now=context.now)
    return context.to(f"report/{receipt}")


@router.get("/report/{receipt}")
def became(context: Asked, receipt: str) -> Response:
    """What became of a report, for whoever holds its receipt."""
    held = status(context.register, receipt)
    case_id = held.case_id
    seen = case_id is not None and sees_case(context.register, context.viewer, case_id, now=context.now)
    return context.page("report-status.html", held=held, receipt=receipt, case_id=case_id if seen else None)


def _values(context: Context, filled: Filled) -> dict[str, Any]:
    """What the form says, under the names of a report; what was left empty is absent."""
    given: dict[str, Any] = {name: filled.text(name) for name in _TEXTS if filled.text(name)}
    given |= {name: True for name in _YES if filled.text(name)}
    if moment := filled.moment("detected_at"):
        given["detected_at"] = moment
    if context.settings.demo:
        given["simulated"] = True
    return given | {"language": context.language}


def _told(filled: Filled, faults: list[FieldError]) -> list[FieldError]:
    """The faults, with the zone asked for where only the zone is missing."""
    if not filled.text("detected_at") or filled.text("detected_at_zone"):
        return faults
    told = {"reason": "choose the offset of that clock from UTC", "reason_zh": "请选择该时间相对于 UTC 的时差"}
    return [replace(one, **told) if one.field == "detected_at" else one for one in faults]


def _form(
    context: Context,
    kept: dict[str, str],
    faults: list[FieldError],
    error: SuperemitterError | None,
    code: int = 200,
) -> Response:
    return context.page(
        "report.html",
        status=code,
        kept=kept,
        faults=by_field(context.say, faults),
        labels={name: context.say(text) for name, text in LABELS.items()},
        error=error,
        zones=zones(),
        most_files=MOST_FILES,
        largest_mb=LARGEST_FILE // 1_000_000,
    )
