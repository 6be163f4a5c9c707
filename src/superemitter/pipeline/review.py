"""What people add to a case: a reviewer's decision on a plume, an operator's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from superemitter.model.errors import InvalidForm, UsageError
from superemitter.pipeline.cases import case_as_of, require_head, take_step
from superemitter.programme.case import Case, CasePlume
from superemitter.programme.chain import Event
from superemitter.programme.events import REPORTED
from superemitter.programme.forms import Form, load_form, require_answer
from superemitter.publish.forms import manifest, read_answer, with_attachments
from superemitter.register import Register, add_document, chain, revise

DECISIONS = {"accept": "accepted", "reject": "rejected"}


def review_plume(
    register: Register,
    case_id: str,
    decision: str,
    *,
    reviewer: str,
    now: datetime,
    plume_id: str | None = None,
    reason: str = "",
    mask: Path | None = None,
    split: Path | None = None,
    scene_file: Path | None = None,
    dry_run: bool = False,
    expected_head: str | None = None,
) -> tuple[Event, ...]:
    """Record a person's decision on a plume; with an outline, on the plume recomputed within it.

    Parameters
    ----------
    register : Register
    case_id : str
    decision : str
        ``"accept"`` or ``"reject"``.
    reviewer : str
        The person's name.
    now : datetime
    plume_id : str, optional
        Which plume; may be left out if only one awaits review.
    reason : str
    mask, split : Path, optional
        GeoJSON with one outline, or with one for each part.
    scene_file : Path, optional
        The radiance, if it is not where the scan found it.
    dry_run : bool
    expected_head : str, optional
        Only if the case has not changed since; see :func:`~superemitter.pipeline.cases.take_step`.

    Returns
    -------
    tuple of Event
        What was recorded, or would be.

    Raises
    ------
    UsageError, ForbiddenStep, InvalidForm, HeadMoved
    """
    if decision not in DECISIONS:
        raise UsageError(f"the decision is {decision!r}", hint="accept or reject")
    if mask is not None and split is not None:
        raise UsageError("both --mask and --split were given", hint="give one of them")
    events = chain(register, case_id)
    require_head(events, expected_head)
    case = case_as_of(events, max(now, events[-1].at))
    plume = _chosen(case, plume_id)
    verdict = {"plume_id": plume.plume_id, "decision": DECISIONS[decision], "reason": reason}
    # Judged before anything is recomputed: a step that its rule forbids costs nothing.
    told = take_step(register, case_id, "plume-reviewed", verdict, actor=reviewer, now=now, dry_run=True)
    outline = mask or split
    step = partial(take_step, register, case_id, actor=reviewer, now=now)
    if outline is None:
        if dry_run:
            return (told,)
        return (step("plume-reviewed", verdict, expected_head=expected_head),)
    from superemitter.pipeline.remask import remasked

    change = remasked(register, plume, outline, split=split is not None, scene_file=scene_file, reason=reason)
    changed = take_step(register, case_id, change.kind, change.payload, actor=reviewer, now=now, dry_run=True)
    if dry_run:
        return (changed, told)
    add_document(register, change.content, name=outline.name, media_type="application/geo+json")
    done = [step(change.kind, change.payload, expected_head=expected_head)]
    if change.kind == "plume-masked":
        _revise(register, change.payload["plume"], by=reviewer, reason=reason or f"outline {outline.name}")
    done.extend(step("plume-reviewed", {**verdict, "plume_id": name}) for name in change.plume_ids)
    return tuple(done)


def _revise(register: Register, entry: Mapping[str, Any], *, by: str, reason: str) -> None:
    """The recomputed plume as a new version of its observation; the version before it stays."""
    same = ("rate_kg_h", "rate_low_kg_h", "rate_high_kg_h", "probability_ge_100_kg_h", "outline")
    changes = {
        **{name: entry[name] for name in same},
        "longitude": entry["source_longitude"],
        "latitude": entry["source_latitude"],
        "position_error_m": 2.0 * entry["source_sigma_m"],
        "original": {name: value for name, value in entry.items() if name not in ("outline", "picture")},
    }
    revise(register, int(entry["observation_id"]), changes, by=by, reason=reason)


def _chosen(case: Case, plume_id: str | None) -> CasePlume:
    standing = [plume for plume in case.plumes if not plume.withdrawn and not plume.split_into]
    if plume_id is not None:
        found = case.plume(plume_id)
        if found is None:
            names = ", ".join(plume.plume_id for plume in standing) or "none"
            raise UsageError(f"case {case.case_id} has no plume {plume_id}", hint=f"it has: {names}")
        return found
    waiting = [plume for plume in standing if plume.decision == "pending"] or standing
    if len(waiting) != 1:
        names = ", ".join(plume.plume_id for plume in waiting) or "none"
        raise UsageError(
            f"case {case.case_id} has {len(waiting)} plumes to review", hint=f"name one with --plume: {names}"
        )
    return waiting[0]


def take_answer(
    register: Register,
    case_id: str,
    form_file: Path,
    attachments: Sequence[Path],
    *,
    by: str,
    now: datetime,
    occurred: datetime | None = None,
    dry_run: bool = False,
    expected_head: str | None = None,
) -> tuple[Event, ...]:
    """Take an operator's filled form with its attachments: the answer, or an update of an earlier one.

    Parameters
    ----------
    register : Register
    case_id : str
    form_file : Path
        JSON or XLSX, as ``superemitter notify`` wrote it.
    attachments : sequence of Path
        Files that the form names.
    by : str
    now : datetime
    occurred : datetime, optional
        When the answer came in, if earlier.
    dry_run : bool
    expected_head : str, optional
        Only if the case has not changed since; see :func:`~superemitter.pipeline.cases.take_step`.

    Raises
    ------
    InvalidForm
        The form or an attachment cannot be taken; every fault is named. Nothing is stored.
    ForbiddenStep
        The case awaits no answer.
    """
    form = form_of(register, case_id, now)
    filled = read_answer(form_file, form)
    if filled.case_id and filled.case_id != case_id:
        raise InvalidForm(f"{form_file.name} answers case {filled.case_id}, not {case_id}")
    return record_answer(
        register, case_id, filled.values, attachments, by=by, now=now, occurred=occurred, dry_run=dry_run,
        expected_head=expected_head,
    )  # fmt: skip


def form_of(register: Register, case_id: str, now: datetime) -> Form:
    """The form on which a case is answered."""
    events = chain(register, case_id)
    return load_form(case_as_of(events, max(now, events[-1].at)).text.answer_form)


def record_answer(
    register: Register,
    case_id: str,
    values: Mapping[str, Any],
    attachments: Sequence[Path],
    *,
    by: str,
    now: datetime,
    occurred: datetime | None = None,
    dry_run: bool = False,
    expected_head: str | None = None,
) -> tuple[Event, ...]:
    """Take an operator's answer from values, as a page gives them; otherwise as :func:`take_answer`."""
    events = chain(register, case_id)
    require_head(events, expected_head)
    case = case_as_of(events, max(now, events[-1].at))
    form = load_form(case.text.answer_form)
    found = manifest(attachments)
    reply = require_answer(form, with_attachments(form, values, found))
    if reply.values.get("report_id") not in (None, case.report_id) and case.report_id:
        raise InvalidForm(f"report_id: the notice is {case.report_id}, not {reply.values['report_id']}")
    kind = "answer-updated" if case.state in REPORTED else "answered"
    payload: dict[str, Any] = {
        "form_id": reply.form_id,
        "values": dict(reply.values),
        "outcome": reply.outcome or "replied",
        "error_claimed": reply.error_claimed,
        "attachments": [{"name": one.name, "sha256": one.sha256, "media_type": one.media_type} for one in found],
    }
    step = partial(take_step, register, case_id, kind, payload, actor=by, now=now, occurred=occurred)
    told = step(dry_run=True)
    if dry_run:
        return (told,)
    by_name = {path.name: path for path in attachments}
    for one in found:
        add_document(register, by_name[one.name].read_bytes(), name=one.name, media_type=one.media_type)
    return (step(expected_head=expected_head),)


def put_documents(
    register: Register,
    case_id: str,
    files: Sequence[Path],
    *,
    by: str,
    now: datetime,
    expected_head: str | None = None,
) -> tuple[Event, ...]:
    """Put files to a case: evidence that its notice will list.

    Parameters
    ----------
    register : Register
    case_id : str
    files : sequence of Path
    by : str
    now : datetime
    expected_head : str, optional
        Only if the case has not changed since; see :func:`~superemitter.pipeline.cases.take_step`.

    Raises
    ------
    InvalidForm
        There is none, or one cannot be taken. Nothing is stored.
    ForbiddenStep, HeadMoved
    """
    require_head(chain(register, case_id), expected_head)
    found = manifest(files)
    if not found:
        raise InvalidForm("files: none was sent")
    entries = [{"name": one.name, "sha256": one.sha256, "media_type": one.media_type} for one in found]
    step = partial(take_step, register, case_id, "document-added", actor=by, now=now)
    step(entries[0], dry_run=True)
    by_name = {path.name: path for path in files}
    for one in found:
        add_document(register, by_name[one.name].read_bytes(), name=one.name, media_type=one.media_type)
    done = [step(entries[0], expected_head=expected_head)]
    done.extend(step(entry) for entry in entries[1:])
    return tuple(done)
