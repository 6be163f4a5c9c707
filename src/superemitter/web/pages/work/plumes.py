"""A plume before a person: accepted, rejected with a reason, or recomputed within the person's own outline."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import InvalidForm, SceneError, UsageError
from superemitter.pipeline.cases import require_seen
from superemitter.pipeline.identity import note_act
from superemitter.pipeline.review import review_plume
from superemitter.pipeline.uploads import Upload
from superemitter.programme.case import Case
from superemitter.programme.chain import Event
from superemitter.programme.disclosure import Role
from superemitter.web.context import Asked, Context
from superemitter.web.pages.filled import Filled, Sent, require_texts
from superemitter.web.pages.work.cases import MENDABLE, at_hand, page
from superemitter.web.pages.work.confirm import Shown, confirm

router = APIRouter()
#: An outline goes through the page that asks once more, as text. [byte]
LARGEST_OUTLINE: Final = 500_000


def _(message: str) -> str:
    """Mark a message for the catalogue."""
    return message


_TITLES: Final = {"accept": _("Accept the plume"), "reject": _("Reject the plume")}


@router.post("/cases/{case_id}/plumes/{plume_id}")
def review(context: Asked, case_id: str, plume_id: str, filled: Sent) -> Response:
    """Decide on a plume; with an outline, on the plume recomputed within it."""
    context.require(Role.REVIEWER)
    case = at_hand(context, case_id)
    context.check_form(f"case-{case_id}", filled.text("form_token"))
    require_seen(case, filled.text("expected"))
    decision = filled.text("decision")
    if decision not in _TITLES:
        raise UsageError("there is no such decision", hint="accept or reject")
    try:
        outline = _outline(filled)
        confirmed = bool(filled.text("confirm"))
        events = _review(context, case_id, plume_id, filled, outline, dry_run=not confirmed)
    except (*MENDABLE, UsageError, SceneError) as error:
        return page(context, case, kept=filled.kept(), tried=f"plume-{plume_id}", error=error)
    if not confirmed:
        return _confirm(context, case, plume_id, filled, events, outline)
    note_act(
        context.register, context.by, context.now, f"plume.{decision}", case_id,
        plume=plume_id, outline=outline is not None,
    )  # fmt: skip
    return context.to(f"work/cases/{case_id}")


def _outline(filled: Filled) -> str | None:
    """The outline's GeoJSON: of the file, or as the page that asked once more sent it back."""
    uploads = filled.uploads("outline")
    if not uploads:
        return filled.text("outline_text") or None
    (upload, *more) = uploads
    if more:
        raise InvalidForm(f"outline: {len(uploads)} files were sent", hint="send one")
    return _read(upload)


def _read(upload: Upload) -> str:
    if len(upload.content) > LARGEST_OUTLINE:
        raise InvalidForm(f"outline: {len(upload.content):,} bytes", hint=f"{LARGEST_OUTLINE:,} at most")
    try:
        return upload.content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise InvalidForm("outline: is no GeoJSON text", hint="save it as GeoJSON in UTF-8") from error


def _review(
    context: Context, case_id: str, plume_id: str, filled: Filled, outline: str | None, *, dry_run: bool
) -> tuple[Event, ...]:
    reason = filled.text("reason")
    require_texts({"reason": reason})
    settings: dict[str, Any] = {
        "reviewer": context.viewer.name,
        "now": context.now,
        "plume_id": plume_id,
        "reason": reason,
        "dry_run": dry_run,
        "expected_head": filled.text("expected"),
    }
    decision = filled.text("decision")
    if outline is None:
        return review_plume(context.register, case_id, decision, **settings)
    with tempfile.TemporaryDirectory(prefix="superemitter-") as folder:
        path = Path(folder) / "outline.geojson"
        path.write_text(outline, encoding="utf-8")
        settings["split" if filled.text("split") else "mask"] = path
        return review_plume(context.register, case_id, decision, **settings)


def _confirm(
    context: Context, case: Case, plume_id: str, filled: Filled, events: tuple[Event, ...], outline: str | None
) -> Response:
    say = context.say
    shown = [Shown(label=say(_("Plume")), value=plume_id)]
    plume = case.plume(plume_id)
    if plume is not None and (rate := _rate(context, plume.current.record)):
        shown.append(Shown(label=say(_("Rate")), value=rate))
    for event in events:
        entries = [event.payload["plume"]] if "plume" in event.payload else event.payload.get("into", [])
        shown += [
            Shown(label=say(_("Rate within the outline")), value=_rate(context, one) or say(_("none")))
            for one in entries
        ]
    if filled.text("reason"):
        shown.append(Shown(label=say(_("Reason")), value=filled.text("reason")))
    return confirm(
        context,
        title=_TITLES[filled.text("decision")],
        action=f"work/cases/{case.case_id}/plumes/{plume_id}",
        back=f"work/cases/{case.case_id}",
        filled=filled,
        shown=shown,
        told=_("Only plumes that a person accepted enter a notice. The version before stays in the record."),
        also={"outline_text": outline} if outline is not None else None,
    )


def _rate(context: Context, record: Any) -> str:
    rate = record.get("rate_kg_h")
    if rate is None:
        return ""
    return context.say.rate_with_bounds(rate, record.get("rate_low_kg_h"), record.get("rate_high_kg_h"))
