"""A registered plume reported by a notifier: judged by the rule, shown once more, then filed."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import ForbiddenStep, InvalidForm, UnknownRecord
from superemitter.pipeline.identity import note_act
from superemitter.pipeline.report_files import Filing, filing_of_plume
from superemitter.pipeline.reports import Receipt, file_report
from superemitter.programme.disclosure import Role
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Filled, Sent, require_texts
from superemitter.web.pages.work.confirm import Shown, confirm
from superemitter.web.problems import status_of

router = APIRouter()
_TEXTS: Final = ("text", "contact", "notifier_id", "technology", "approval_reference", "facility_type")


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


@router.get("/report-plume")
def form(context: Asked, plume: str = "") -> Response:
    """The form; the address may name the plume."""
    context.require(Role.NOTIFIER)
    return _page(context, {"plume": plume[:20]}, None)


@router.post("/report-plume")
def send(context: Asked, filled: Sent) -> Response:
    """File it under the programme that is served."""
    context.require(Role.NOTIFIER)
    context.check_form("report-plume", filled.text("form_token"))
    try:
        filing = _filing(context, filled)
        told = _file(context, filing, dry_run=not filled.text("confirm"))
    except (InvalidForm, ForbiddenStep) as error:
        return _page(context, filled.kept(), error)
    if not filled.text("confirm"):
        return _confirm(context, filled, filing, told)
    note_act(
        context.register, context.by, context.now, "plume.report", told.case.case_id,
        plume=filled.text("plume"), outcome=told.outcome,
    )  # fmt: skip
    return context.to(f"work/cases/{told.case.case_id}")


def _filing(context: Context, filled: Filled) -> Filing:
    values: dict[str, Any] = {name: filled.text(name) for name in _TEXTS if filled.text(name)}
    require_texts(values)
    values |= {"reporter": context.viewer.name, "language": context.language}
    number = filled.text("plume")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise InvalidForm("plume: is no number of a plume")
    try:
        context.ledger.plume(context.viewer, int(number), now=context.now)
        return filing_of_plume(context.register, int(number), values, now=context.now)
    except UnknownRecord:
        raise InvalidForm("plume: there is no such plume") from None


def _file(context: Context, filing: Filing, *, dry_run: bool) -> Receipt:
    programme_id = context.settings.programme_id
    return file_report(context.register, filing, programme_id=programme_id, now=context.now, dry_run=dry_run)


def _confirm(context: Context, filled: Filled, filing: Filing, told: Receipt) -> Response:
    say, report = context.say, filing.report
    kind = _("a notification of the programme") if told.classification.kind == "notification" else _("a tip")
    shown = [
        Shown(label=say(_("Plume")), value=filled.text("plume")),
        Shown(label=say(_("Place")), value=f"{report.latitude:.5f}, {report.longitude:.5f}"),
        Shown(label=say(_("Detected")), value=say.time(report.detected_at)),
        Shown(label=say(_("It counts as")), value=say(kind)),
    ]
    if report.rate_kg_h is not None:
        shown.insert(3, Shown(label=say(_("Rate")), value=say.rate(report.rate_kg_h)))
    shown += [
        Shown(label=say(_("Why")), value=f"{words} ({citation})")
        for words, citation in told.classification.reasons
    ]
    return confirm(
        context,
        title=_("Report the plume"),
        action="work/report-plume",
        back="work/report-plume",
        filled=filled,
        shown=shown,
        told=_("It opens a case, or joins that of the same leak. Filing it again changes nothing."),
    )


def _page(context: Context, kept: dict[str, str], error: InvalidForm | ForbiddenStep | None) -> Response:
    return context.page(
        "work/report-plume.html", status=200 if error is None else status_of(error), kept=kept, error=error
    )
