"""The notice of a case: what it would say and what it lacks, its files, and the signature that sends it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import ForbiddenStep, InvalidForm, SuperemitterError, UnknownRecord
from superemitter.pipeline.cases import require_seen
from superemitter.pipeline.desk import WORKERS, has_notice
from superemitter.pipeline.identity import note_act
from superemitter.pipeline.notification import Signing
from superemitter.pipeline.notify import FILES, Notice, notice_file, notify_dry, record_notice
from superemitter.pipeline.review import put_documents
from superemitter.pipeline.uploads import LARGEST_FILE, MOST_FILES, faults_of, laid
from superemitter.programme.case import Case
from superemitter.programme.disclosure import Role
from superemitter.programme.events import OPEN
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Sent, require_texts
from superemitter.web.pages.work.cases import at_hand, banners
from superemitter.web.pages.work.confirm import Shown, confirm
from superemitter.web.pages.work.files import as_file
from superemitter.web.problems import status_of

router = APIRouter()


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


_SIGN: Final = _("Sign the notice and send it")


@router.get("/cases/{case_id}/notice")
def preview(context: Asked, case_id: str) -> Response:
    """What the notice says, or would say, and what it lacks by rule."""
    context.require(*WORKERS)
    return _page(context, _with_notice(context, case_id), {}, None)


@router.post("/cases/{case_id}/notice")
def sign(context: Asked, case_id: str, filled: Sent) -> Response:
    """Sign and send it: shown once more, then recorded if the case is still as it was."""
    context.require(Role.NOTIFIER)
    case = at_hand(context, case_id)
    context.check_form(f"notice-{case_id}", filled.text("form_token"))
    require_seen(case, filled.text("expected"))
    names = ("signer", "emission_id", "notes")
    try:
        require_texts({name: filled.text(name) for name in names})
        if not filled.text("signer"):
            raise InvalidForm("signer: is required")
        signing = Signing(**{name: filled.text(name) for name in names})
        told = _told(context, case_id, signing)
        if told.missing:
            raise InvalidForm("the notice is not complete: see below what it lacks")
        if told.repeated:
            raise ForbiddenStep("the notice was sent before", hint="its files are below")
    except (InvalidForm, ForbiddenStep) as error:
        return _page(context, case, filled.kept(), error)
    if not filled.text("confirm"):
        return confirm(
            context,
            title=_SIGN,
            action=f"work/cases/{case_id}/notice",
            back=f"work/cases/{case_id}/notice",
            filled=filled,
            shown=[
                Shown(label=context.say(_("Case")), value=case_id),
                Shown(label=context.say(_("Signed by")), value=signing.signer),
                *(
                    [Shown(label=context.say(_("Statement")), value=told.notification.attestation.text)]
                    if told.notification.attestation
                    else []
                ),
            ],
            told=_("The notice is recorded and cannot be taken back, only withdrawn with a reason."),
        )
    record_notice(
        context.register,
        case_id,
        now=context.now,
        by=context.viewer.name,
        signing=signing,
        expected_head=filled.text("expected"),
    )
    note_act(context.register, context.by, context.now, "notice.send", case_id, signer=signing.signer)
    return context.to(f"work/cases/{case_id}/notice")


@router.post("/cases/{case_id}/documents")
def documents(context: Asked, case_id: str, filled: Sent) -> Response:
    """Put files to the case, which its notice will list as evidence."""
    context.require(Role.REVIEWER, Role.NOTIFIER)
    case = at_hand(context, case_id)
    context.check_form(f"notice-{case_id}", filled.text("form_token"))
    require_seen(case, filled.text("expected"))
    uploads = filled.uploads("files")
    try:
        if faults := faults_of(uploads):
            raise InvalidForm("; ".join(faults))
        with laid(uploads) as paths:
            put_documents(
                context.register, case_id, paths, by=context.viewer.name, now=context.now,
                expected_head=filled.text("expected"),
            )  # fmt: skip
    except (InvalidForm, ForbiddenStep) as error:
        return _page(context, case, {}, error)
    note_act(context.register, context.by, context.now, "case.document-added", case_id, files=len(uploads))
    return context.to(f"work/cases/{case_id}/notice")


@router.get("/cases/{case_id}/notice/{name}")
def file(context: Asked, case_id: str, name: str) -> Response:
    """One file of the notice: as it was sent, or a draft of it."""
    context.require(*WORKERS)
    case = _with_notice(context, case_id)
    content = notice_file(context.register, case_id, name, now=context.now, signing=Signing())
    prefix = "" if has_notice(case) else "draft-"
    return as_file(f"{prefix}{case_id}-{name}", FILES[name], content)


def _with_notice(context: Context, case_id: str) -> Case:
    """A case whose notice whoever asks may read: an operator only once it was sent."""
    case = at_hand(context, case_id)
    if context.viewer.role is Role.OPERATOR and not has_notice(case):
        raise UnknownRecord("there is no such case")
    return case


def _told(context: Context, case_id: str, signing: Signing) -> Notice:
    return notify_dry(context.register, case_id, now=context.now, by=context.viewer.name, signing=signing)


def _page(context: Context, case: Case, kept: dict[str, str], error: SuperemitterError | None) -> Response:
    signing = Signing(signer=kept.get("signer", ""))
    refused: SuperemitterError | None = None
    told: Notice | None = None
    try:
        told = _told(context, case.case_id, signing)
    except ForbiddenStep as forbidden:
        refused = forbidden
    return context.page(
        "work/notice.html",
        status=200 if error is None else status_of(error),
        case=case,
        banners=banners(context, case),
        notice=told,
        refused=refused,
        error=error,
        kept=kept,
        files=FILES,
        noticed=has_notice(case),
        may_add=context.viewer.role in (Role.NOTIFIER, Role.REVIEWER) and case.state in OPEN,
        most_files=MOST_FILES,
        largest_mb=LARGEST_FILE // 1_000_000,
        may_sign=context.viewer.role is Role.NOTIFIER and told is not None and not told.repeated,
    )
