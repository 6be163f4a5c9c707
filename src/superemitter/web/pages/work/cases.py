"""A case on the desk: what is known, whose clock runs, and a form for each step that may be taken now."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import ForbiddenStep, InvalidForm, SuperemitterError, UnknownRecord
from superemitter.pipeline.cases import require_seen, take_step, withdraw_plume
from superemitter.pipeline.desk import WORKERS, case_at_hand, has_notice, tasks_of
from superemitter.pipeline.identity import note_act
from superemitter.pipeline.ledger.views import Banner
from superemitter.programme.case import Case
from superemitter.programme.disclosure import Role
from superemitter.programme.steps import allowed_steps
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Filled, Sent, occurred, require_texts, zones
from superemitter.web.pages.work.confirm import Shown, confirm
from superemitter.web.pages.work.steps import STEPS, Ask, StepForm
from superemitter.web.problems import status_of

router = APIRouter()
#: Faults that are shown beside the form: whoever made them can mend them.
MENDABLE: Final = (InvalidForm, ForbiddenStep)


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


@router.get("/cases/{case_id}")
def desk(context: Asked, case_id: str) -> Response:
    """The case with its forms."""
    context.require(*WORKERS)
    return page(context, at_hand(context, case_id))


@router.post("/cases/{case_id}/steps/{kind}")
def step(context: Asked, case_id: str, kind: str, filled: Sent) -> Response:
    """Take a step: judged first, shown once more, then recorded if the case is still as it was."""
    user = context.require(*WORKERS)
    asked = STEPS.get(kind)
    if asked is None or asked.role != user.role:
        raise UnknownRecord("there is no such step")
    case = at_hand(context, case_id)
    context.check_form(f"case-{case_id}", filled.text("form_token"))
    require_seen(case, filled.text("expected"))
    try:
        _take(context, case, asked, filled, dry_run=True)
        if filled.text("confirm"):
            _take(context, case, asked, filled, dry_run=False)
    except MENDABLE as error:
        return page(context, case, kept=filled.kept(), tried=kind, error=error)
    if not filled.text("confirm"):
        return _confirm(context, case, asked, filled)
    note_act(context.register, context.by, context.now, f"case.{kind}", case_id)
    return context.to(f"work/cases/{case_id}")


def at_hand(context: Context, case_id: str) -> Case:
    """A case that whoever asks works on; an unknown one is not told from one of somebody else."""
    return case_at_hand(context.register, context.viewer, case_id, now=context.now)


def banners(context: Context, case: Case) -> tuple[Banner, ...]:
    """What must be said wherever the case is shown."""
    return context.ledger.case(context.viewer, case.case_id, now=context.now).banners


def page(
    context: Context,
    case: Case,
    *,
    kept: dict[str, str] | None = None,
    tried: str = "",
    error: SuperemitterError | None = None,
) -> Response:
    """The case on the desk; with what was typed and what is wrong with it, if a form could not be taken."""
    role = context.viewer.role
    allowed = allowed_steps(case, context.now)
    return context.page(
        "work/case.html",
        status=200 if error is None else status_of(error),
        case=case,
        banners=banners(context, case),
        tasks=tasks_of(case, role),
        steps=[one for one in STEPS.values() if one.role is role and one.kind in allowed],
        may_answer=role is Role.OPERATOR and ("answered" in allowed or "answer-updated" in allowed),
        may_review=role is Role.REVIEWER and "plume-reviewed" in allowed,
        may_notify=role is Role.NOTIFIER and "notified" in allowed,
        noticed=has_notice(case),
        kept=kept or {},
        tried=tried,
        error=error,
        zones=zones(),
    )


def _take(context: Context, case: Case, asked: StepForm, filled: Filled, *, dry_run: bool) -> None:
    payload = _payload(asked, filled)
    when = occurred(filled) if asked.dated else None
    name = context.viewer.name
    if asked.kind == "withdrawn" and payload.get("what") == "plume" and case.plume(payload.get("id", "")):
        withdraw_plume(
            context.register,
            case.case_id,
            payload["id"],
            reason=payload["reason"],
            by=name,
            now=context.now,
            dry_run=dry_run,
            expected_head=case.head,
        )
        return
    take_step(
        context.register,
        case.case_id,
        asked.kind,
        payload,
        actor=name,
        now=context.now,
        occurred=when,
        dry_run=dry_run,
        expected_head=filled.text("expected"),
    )


def _payload(asked: StepForm, filled: Filled) -> dict[str, Any]:
    """What the step records; every question that must be answered and is not is named."""
    given = {ask.name: filled.text(ask.name) for ask in asked.asks}
    require_texts(given)
    if missing := [ask.name for ask in asked.asks if ask.required and not given[ask.name]]:
        raise InvalidForm("; ".join(f"{name}: is required" for name in missing))
    return {name: value for name, value in given.items() if value}


def _confirm(context: Context, case: Case, asked: StepForm, filled: Filled) -> Response:
    say = context.say
    shown = [Shown(label=say(_("Case")), value=case.case_id)]
    shown += [Shown(label=say(ask.label), value=_word(context, ask, filled.text(ask.name))) for ask in asked.asks]
    if (when := occurred(filled)) is not None:
        shown.append(Shown(label=say(_("When it happened")), value=say.time(when)))
    return confirm(
        context,
        title=asked.title,
        action=f"work/cases/{case.case_id}/steps/{asked.kind}",
        back=f"work/cases/{case.case_id}",
        filled=filled,
        shown=[one for one in shown if one.value],
        told=asked.told,
    )


def _word(context: Context, ask: Ask, value: str) -> str:
    word = dict(ask.choices).get(value)
    return context.say(word) if word else value
