"""Reports from the public form: read, with their files, and put on file or not taken further."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import HeadMoved, InvalidForm, UsageError
from superemitter.pipeline.identity import note_act
from superemitter.pipeline.submissions import accept, evidence_of, held_report, reject
from superemitter.programme.disclosure import Role
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Filled, Sent, require_texts
from superemitter.web.pages.report import LABELS
from superemitter.web.pages.work.confirm import Shown, confirm
from superemitter.web.pages.work.files import as_file

router = APIRouter()
HELD: Final = "held"


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


_TITLES: Final = {"accept": _("Put the report on file"), "reject": _("Do not take the report further")}


@router.get("/submissions/{submission_id}")
def read(context: Asked, submission_id: str) -> Response:
    """A report as it came in."""
    context.require(Role.REVIEWER)
    return _page(context, submission_id, {}, None)


@router.post("/submissions/{submission_id}")
def decide(context: Asked, submission_id: str, filled: Sent) -> Response:
    """Put it on file, or say why not; asked once more before it is done."""
    user = context.require(Role.REVIEWER)
    context.check_form(f"submission-{submission_id}", filled.text("form_token"))
    found = held_report(context.register, submission_id)
    if found.state != HELD:
        raise HeadMoved("the report was decided already: nothing was stored", hint="look at it again")
    decision, reason = filled.text("decision"), filled.text("reason")
    if decision not in _TITLES:
        raise UsageError("there is no such decision", hint="accept or reject")
    try:
        require_texts({"reason": reason})
        if decision == "reject" and not reason:
            raise InvalidForm("reason: a rejection gives its reason")
    except InvalidForm as error:
        return _page(context, submission_id, filled.kept(), error, status=422)
    if not filled.text("confirm"):
        return _confirm(context, submission_id, filled, decision, reason)
    if decision == "reject":
        reject(context.register, submission_id, by=user.display_name, reason=reason, now=context.now)
        case_id = ""
    else:
        receipt = accept(
            context.register,
            submission_id,
            programme_id=context.settings.programme_id,
            by=user.display_name,
            reason=reason,
            now=context.now,
        )
        case_id = receipt.case.case_id
    note_act(context.register, context.by, context.now, f"submission.{decision}", submission_id, case=case_id)
    return context.to(f"work/submissions/{submission_id}")


@router.get("/submissions/{submission_id}/files/{sha256}")
def evidence(context: Asked, submission_id: str, sha256: str) -> Response:
    """A file that came with a report, to be saved."""
    context.require(Role.REVIEWER)
    name, media_type, content = evidence_of(context.register, submission_id, sha256)
    note_act(context.register, context.by, context.now, "submission.file", submission_id, sha256=sha256)
    return as_file(name, media_type, content)


def _confirm(context: Context, submission_id: str, filled: Filled, decision: str, reason: str) -> Response:
    shown = [Shown(label=context.say(_("Reason")), value=reason)] if reason else []
    return confirm(
        context,
        title=_TITLES[decision],
        action=f"work/submissions/{submission_id}",
        back=f"work/submissions/{submission_id}",
        filled=filled,
        shown=shown,
        told=_("The reporter reads the decision and its reason. It cannot be taken back."),
    )


def _page(
    context: Context, submission_id: str, kept: dict[str, str], error: InvalidForm | None, status: int = 200
) -> Response:
    found = held_report(context.register, submission_id)
    return context.page(
        "work/submission.html",
        status=status,
        held=found,
        told=found.values,
        noticed=datetime.fromisoformat(found.values["detected_at"]),
        labels={name: context.say(text) for name, text in LABELS.items()},
        kept=kept,
        error=error,
        waiting=found.state == HELD,
    )
