"""The steps that people take with a form: which role, which questions, what each is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from superemitter.programme.disclosure import Role


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question of a step; messages are in English."""

    name: str
    label: str
    kind: str = "line"
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm:
    """A step as a form.

    Attributes
    ----------
    kind : str
        Of the event that it records.
    role : Role
        Who takes it.
    title, told : str
        What it is, and what follows from it.
    asks : tuple of Ask
    dated : bool
        Whether it may have happened earlier than it is recorded.
    """

    kind: str
    role: Role
    title: str
    told: str
    asks: tuple[Ask, ...] = ()
    dated: bool = True


_REASON: Final = Ask(name="reason", label=_("Reason"), kind="area", required=True)
_STAYS: Final = _("It stays in the history of the case.")

_ALL: Final = (
    StepForm(
        kind="data-received",
        role=Role.REVIEWER,
        title=_("The data came in"),
        told=_("Starts the clock of the notice where the rule says so."),
    ),
    StepForm(
        kind="reviewed",
        role=Role.REVIEWER,
        title=_("Review the notice"),
        told=_("An accepted notice may be issued; a rejected one goes back to its notifier."),
        asks=(
            Ask(
                name="outcome",
                label=_("Outcome"),
                kind="choice",
                required=True,
                choices=(
                    ("accepted", _("accepted")),
                    ("late", _("rejected: late")),
                    ("incomplete", _("rejected: incomplete")),
                    ("inaccurate", _("rejected: inaccurate")),
                ),
            ),
            Ask(name="reason", label=_("Reason"), kind="area"),
        ),
    ),
    StepForm(
        kind="issued",
        role=Role.REVIEWER,
        title=_("Issue the notice"),
        told=_("The notice gets its number and goes to the operator; under most rules the event becomes public."),
        asks=(
            Ask(name="report_id", label=_("Number of the notice"), required=True),
            Ask(
                name="operator",
                label=_("Operator"),
                hint=_(
                    "Exactly as the operator's account has it: whoever acts for it sees the case and may answer."
                ),
            ),
        ),
    ),
    StepForm(
        kind="error-decided",
        role=Role.REVIEWER,
        title=_("Decide the claim of an error"),
        told=_("If it is accepted, the case goes off the map and stays in the record."),
        asks=(
            Ask(
                name="decision",
                label=_("Decision"),
                kind="choice",
                required=True,
                choices=(("accepted", _("accepted")), ("not_accepted", _("not accepted"))),
            ),
            _REASON,
        ),
    ),
    StepForm(
        kind="attribution-decided",
        role=Role.REVIEWER,
        title=_("Decide the attribution"),
        told=_("A name that the rule allows to be published is published at once."),
        asks=(
            Ask(
                name="state",
                label=_("Attribution"),
                kind="choice",
                required=True,
                choices=(
                    ("withheld", _("withheld")),
                    ("confirmed", _("confirmed by the operator's answer")),
                    ("believed", _("believed, after the deadline passed unanswered")),
                ),
            ),
            Ask(name="operator", label=_("Operator")),
            Ask(name="facility_id", label=_("Facility (its id)")),
            Ask(name="reason", label=_("Reason"), kind="area"),
        ),
    ),
    StepForm(
        kind="closed",
        role=Role.REVIEWER,
        title=_("Close the case"),
        told=_("Every clock stops. A closed case can be opened again, with a reason."),
        asks=(
            Ask(
                name="basis",
                label=_("On what grounds"),
                kind="choice",
                required=True,
                choices=(
                    ("answer", _("the operator's answer")),
                    ("seen_from_space", _("later looks show that the plume is gone")),
                    ("error_accepted", _("the notice was in error")),
                    ("no_further_action", _("nothing more is to be done")),
                ),
            ),
            _REASON,
        ),
    ),
    StepForm(kind="reopened", role=Role.REVIEWER, title=_("Open the case again"), told=_STAYS, asks=(_REASON,)),
    StepForm(
        kind="withdrawn",
        role=Role.REVIEWER,
        title=_("Withdraw"),
        told=_("What is withdrawn does not stand any more: it says so with its reason, and feeds say so too."),
        asks=(
            Ask(
                name="what",
                label=_("What"),
                kind="choice",
                required=True,
                choices=(
                    ("plume", _("a plume")),
                    ("report", _("a report")),
                    ("document", _("a document")),
                    ("observation", _("a later look")),
                    ("notice", _("the notice")),
                    ("case", _("the whole case")),
                ),
            ),
            Ask(name="id", label=_("Which (its id)"), hint=_("Empty for the notice and for the whole case.")),
            _REASON,
        ),
        dated=False,
    ),
    StepForm(
        kind="note-added",
        role=Role.REVIEWER,
        title=_("Add a remark"),
        told=_STAYS,
        asks=(Ask(name="text", label=_("Remark"), kind="area", required=True),),
        dated=False,
    ),
    StepForm(
        kind="notice-received",
        role=Role.OPERATOR,
        title=_("Confirm that the notice came in"),
        told=_("Starts the clocks of the operator."),
    ),
    StepForm(
        kind="investigation-started", role=Role.OPERATOR, title=_("The investigation has begun"), told=_STAYS
    ),
    StepForm(
        kind="investigation-completed",
        role=Role.OPERATOR,
        title=_("The investigation is complete"),
        told=_STAYS,
        asks=(Ask(name="method", label=_("Method")),),
    ),
    StepForm(
        kind="event-ended",
        role=Role.OPERATOR,
        title=_("The leak has ended"),
        told=_("May start the clock for bringing the answer up to date."),
    ),
    StepForm(kind="repaired", role=Role.OPERATOR, title=_("The source is repaired"), told=_STAYS),
)
STEPS: Final = {one.kind: one for one in _ALL}
