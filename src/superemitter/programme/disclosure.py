"""Who looks at a case, and what of it they may see.

The rule text says when an event and when its attribution become public. Reviewers see everything; whoever reported
or notified a leak, and the operator that its notice was issued to, see that case before the public does. What a
chain of events says freely - reports, remarks, answers - may name somebody, and is for reviewers; reasons that
were given after the attribution was published are shown. What is shown of an event is listed here, kind by kind;
everything else is left out. Digests are for reviewers too: they are made over everything, and would confirm a
guess at what is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final

from superemitter.programme.case import Case
from superemitter.programme.chain import Event


class Role(StrEnum):
    """What somebody is to the register."""

    PUBLIC = "public"
    NOTIFIER = "notifier"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who looks.

    Attributes
    ----------
    role : Role
    name : str
        As the history of cases has it; empty for the public.
    operator : str
        Whom an operator's account acts for; else empty.
    """

    role: Role = Role.PUBLIC
    name: str = ""
    operator: str = ""


PUBLIC: Final = Viewer()


class Sight(IntEnum):
    """How much of a case somebody sees; each step holds the ones before it."""

    NOTHING = 0
    EVENT = 1  # the leak, its measurement, its clocks, its state
    ATTRIBUTED = 2  # and whose it is
    EVERYTHING = 3  # and what people said, and who they are


def sight(case: Case, viewer: Viewer) -> Sight:
    """How much of a case a viewer sees."""
    if viewer.role is Role.REVIEWER:
        return Sight.EVERYTHING
    if is_own_as_operator(case, viewer) or (sees_event(case, viewer) and case.published_attribution is not None):
        return Sight.ATTRIBUTED
    return Sight.EVENT if sees_event(case, viewer) else Sight.NOTHING


def sees_event(case: Case, viewer: Viewer) -> bool:
    """Whether a viewer sees that there is such a case: also one that was public and does not stand any more."""
    return case.was_public or viewer.role is Role.REVIEWER or is_own(case, viewer)


def is_own(case: Case, viewer: Viewer) -> bool:
    """Whether a case is the viewer's own: they reported or notified it, or its notice was issued to them."""
    notified = viewer.role is Role.NOTIFIER and viewer.name != "" and viewer.name in case.notifiers
    return notified or is_own_as_operator(case, viewer)


def is_own_as_operator(case: Case, viewer: Viewer) -> bool:
    """Whether the case's notice was issued to the operator whom the viewer acts for."""
    return viewer.role is Role.OPERATOR and viewer.operator != "" and viewer.operator == case.issued_to


def named_operator(case: Case, viewer: Viewer) -> str:
    """The operator of a case as a viewer may read it; empty if it is withheld or not decided."""
    if sight(case, viewer) is Sight.EVERYTHING:
        return case.attribution.operator or case.issued_to
    published = case.published_attribution
    if published is not None and sees_event(case, viewer):
        return published.operator
    return viewer.operator if is_own_as_operator(case, viewer) else ""


#: Events that an operator's doing makes: their actor's name is the attribution.
BY_OPERATOR: Final = frozenset(
    {
        *("notice-received", "investigation-started", "investigation-completed", "answered", "answer-updated"),
        *("event-ended", "repaired"),
    }
)
#: Events that are steps in deciding whose leak it is.
OF_ATTRIBUTION: Final = frozenset({"attribution-decided"})
_REPORTS: Final = frozenset({"tip-received", "notification-received", "report-added"})

_EVENT: Final[Mapping[str, tuple[str, ...]]] = {
    "plume-reviewed": ("plume_id", "decision"),
    "plume-masked": ("plume_id",),
    "plume-split": ("plume_id",),
    "observed": ("scene_id", "detected", "probability_of_detection", "rate_kg_h"),
    "reviewed": ("outcome",),
    "issued": ("report_id",),
    "answered": ("outcome", "error_claimed"),
    "answer-updated": ("outcome", "error_claimed"),
    "error-decided": ("decision",),
    "closed": ("basis",),
    "withdrawn": ("what",),
}
#: What people gave as a reason: it may name somebody, so it is shown only from the published attribution on.
_SAID: Final = frozenset(
    {"plume-reviewed", "plume-masked", "error-decided", "attribution-decided", "closed", "reopened", "withdrawn"}
)


def is_shown(event: Event, case: Case, seen: Sight) -> bool:
    """Whether an event has a place in the timeline: a decision on the attribution only if it is published."""
    return event.kind not in OF_ATTRIBUTION or seen >= Sight.EVERYTHING or _is_published(event, case)


def details(event: Event, case: Case, seen: Sight) -> dict[str, Any]:
    """What of an event's content is shown."""
    if seen >= Sight.EVERYTHING:
        return {name: value for name, value in event.payload.items() if name != "programme_id"}
    names = _EVENT.get(event.kind, ()) if seen >= Sight.EVENT else ()
    published = case.published_attribution
    # By their order, not by the times they speak of: what was said before may name somebody else.
    if event.kind in _SAID and published is not None and event.sequence >= published.sequence:
        names += ("reason",)
    if _is_published(event, case):
        names += ("state", "operator", "facility_id")
    told = {name: event.payload.get(name) for name in names}
    # Why a look cannot say is written by whoever records it.
    return {name: value for name, value in told.items() if value not in (None, "") and not _is_free(value)}


def _is_free(value: object) -> bool:
    return isinstance(value, Mapping | list)


def _is_published(event: Event, case: Case) -> bool:
    """Whether an event is the decision whose attribution is published now."""
    published = case.published_attribution
    return event.kind in OF_ATTRIBUTION and published is not None and event.sequence == published.sequence


def who(event: Event, case: Case, seen: Sight) -> str:
    """Who did it: a name where it may be read, else what they are to the case."""
    if seen >= Sight.EVERYTHING or event.actor == "system":
        return event.actor
    if event.kind in BY_OPERATOR:
        return "operator"
    if event.kind in _REPORTS:
        return _reporter(event, case)
    if event.kind in ("plume-reviewed", "plume-masked", "plume-split"):
        return "reviewer"
    return "notifier" if event.kind == "notified" else "programme"


def _reporter(event: Event, case: Case) -> str:
    """A reporter's name, if they gave it and it does not tell whose leak it is."""
    report = event.payload.get("report") or {}
    name = str(report.get("reporter") or "").strip()
    if report.get("anonymous") or report.get("is_operator") or name.casefold() in _concerned(case):
        return "reporter"
    return name or "reporter"


def _concerned(case: Case) -> set[str]:
    """Whom the case may be about, as it names them: to see one of them report would tell whose leak it is."""
    names = [case.attribution.operator, case.issued_to]
    for plume in case.plumes:
        for one in plume.current.record.get("candidates") or ():
            names += [str(one.get("operator") or ""), str(one.get("facility_name") or "")]
    return {name.strip().casefold() for name in names} - {""}
