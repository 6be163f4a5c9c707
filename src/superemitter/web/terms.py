"""The words of the field for what the register calls by short names: states, kinds of event, roles, errors."""

from __future__ import annotations

from typing import Final

from superemitter.web.i18n import Speaker


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


TERMS: Final[dict[str, dict[str, str]]] = {
    "role": {
        "public": _("public"),
        "notifier": _("notifier"),
        "reviewer": _("reviewer"),
        "operator": _("operator"),
        "administrator": _("administrator"),
    },
    "submission": {
        "held": _("held for review"),
        "accepted": _("accepted"),
        "rejected": _("rejected"),
    },
    "state": {
        "tip": _("tip"),
        "draft": _("under review"),
        "submitted": _("notice submitted"),
        "reviewed": _("notice accepted"),
        "rejected_late": _("notice rejected: late"),
        "rejected_incomplete": _("notice rejected: incomplete"),
        "rejected_inaccurate": _("notice rejected: inaccurate"),
        "issued": _("issued to the operator"),
        "investigating": _("under investigation"),
        "source_found_ended": _("source found, ended"),
        "source_found_ongoing": _("source found, ongoing"),
        "source_not_found": _("source not found"),
        "not_within_50m": _("no facility of theirs within 50 m"),
        "replied": _("answered"),
        "follow_up": _("follow-up"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
    },
    "event": {
        "tip-received": _("A leak was reported"),
        "notification-received": _("A notifier reported the leak"),
        "report-added": _("Another report of the same leak"),
        "document-added": _("A document was added"),
        "note-added": _("A remark"),
        "plume-added": _("A plume was added"),
        "plume-reviewed": _("A plume was reviewed"),
        "plume-masked": _("A plume was outlined by hand"),
        "plume-split": _("A plume was split"),
        "observed": _("The place was looked at again"),
        "data-received": _("The data came in"),
        "notified": _("The notice was sent"),
        "reviewed": _("The notice was reviewed"),
        "issued": _("The notice was issued"),
        "notice-received": _("The operator received the notice"),
        "investigation-started": _("The operator began to investigate"),
        "investigation-completed": _("The operator completed the investigation"),
        "answered": _("The operator answered"),
        "event-ended": _("The leak ended"),
        "repaired": _("The source was repaired"),
        "answer-updated": _("The operator added to the answer"),
        "error-decided": _("The claim of an error was decided"),
        "attribution-decided": _("The attribution was decided"),
        "closed": _("The case was closed"),
        "reopened": _("The case was reopened"),
        "withdrawn": _("Something was withdrawn"),
    },
    "task": {
        "review-plume": _("review a plume"),
        "review-notice": _("review the notice"),
        "issue": _("issue the notice"),
        "decide-error": _("decide the claim of an error"),
        "close": _("close the case"),
        "notify": _("sign the notice"),
        "receive": _("confirm that the notice came in"),
        "answer": _("answer the notice"),
        "update": _("bring the answer up to date"),
    },
    "clock": {
        "running": _("running"),
        "overdue": _("overdue"),
        "met": _("met"),
        "met_late": _("met late"),
        "not_in_force": _("not in force"),
    },
    "status": {
        "in_force": _("in force"),
        "voluntary": _("voluntary"),
        "suspended": _("suspended"),
        "proposed": _("proposed"),
        "not_yet": _("not yet in force"),
        "repealed": _("repealed"),
        "unknown": _("unknown"),
    },
    "decision": {
        "pending": _("awaits review"),
        "accepted": _("accepted"),
        "rejected": _("rejected"),
        "withdrawn": _("withdrawn"),
    },
    "claim": {
        "none": _("none"),
        "pending": _("under review"),
        "accepted": _("accepted"),
        "not_accepted": _("not accepted"),
    },
    "error": {
        "register.unknown": _("Not found"),
        "usage": _("The request cannot be understood"),
        "value.invalid": _("A value cannot be taken"),
        "form.invalid": _("The form is not complete"),
        "case.forbidden": _("This step is not allowed"),
        "case.head-moved": _("The case has changed in the meantime"),
        "register.busy": _("The register is busy: try again"),
        "register.full": _("There is no space left: nothing was stored"),
        "serve.sign-in": _("Sign in first, or check name and password"),
        "serve.not-allowed": _("Your account may not do this"),
        "serve.stale-form": _("This form is out of date: nothing was stored"),
        "serve.too-much": _("More was sent than is taken"),
        "serve.too-often": _("Too many tries: wait a while"),
    },
}
SOMETHING_WRONG: Final = _("Something went wrong here")


def term(say: Speaker, kind: str, value: str) -> str:
    """The word for a short name, in a language; a name of an open list (an instrument) stands as it is."""
    known = TERMS.get(kind, {}).get(value)
    if known is None and kind == "error":
        known = SOMETHING_WRONG
    return say(known) if known is not None else value.replace("_", " ")
