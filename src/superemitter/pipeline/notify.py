"""From a reviewed case to a notice: what is missing by rule, or the files and the event that records them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from shapely.geometry import shape
from shapely.ops import unary_union

from superemitter.model import Facility
from superemitter.model.errors import InvalidForm, OutputExists, UnknownRecord, UsageError, VerificationFailed
from superemitter.pipeline.cases import case_as_of, read_case, take_step
from superemitter.pipeline.notification import Signing, notification_of
from superemitter.programme.case import Case
from superemitter.programme.chain import Event, first_break
from superemitter.programme.forms import load_form
from superemitter.programme.notification import (
    MissingItem,
    Notification,
    missing_items,
)
from superemitter.programme.payloads import notification_from, to_plain
from superemitter.programme.programmes import load_programme
from superemitter.publish.forms.json_form import form_bytes
from superemitter.publish.forms.workbook import form_workbook
from superemitter.publish.notice import NoticeMaterial, pdf_name, write_files
from superemitter.publish.notice.write import RECORD_NAME, pdf_bytes, record_bytes
from superemitter.publish.records import COMPONENTS
from superemitter.register import Register, chain, document, facilities_near

LANGUAGES = ("en", "zh")
#: How far around a leak facilities are drawn on the notice's map. [m]
MAP_RADIUS_M = 5_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice of a case.

    Attributes
    ----------
    notification : Notification
    missing : tuple of MissingItem
        What it lacks, by rule; then nothing was written.
    files : mapping of file name to SHA-256
        What was written; empty in a dry run.
    event : Event or None
        The event that records it.
    repeated : bool
        The notice was recorded before; its files were written again.
    """

    notification: Notification
    missing: tuple[MissingItem, ...]
    files: Mapping[str, str]
    event: Event | None = None
    repeated: bool = False


def notify(
    register: Register,
    case_id: str,
    out: Path,
    *,
    now: datetime,
    by: str,
    signing: Signing | None = None,
    languages: Sequence[str] = LANGUAGES,
    dry_run: bool = False,
    overwrite: bool = False,
) -> Notice:
    """Make a case's notice and record that it was sent: JSON, a PDF a language, answer forms, evidence.

    Everything goes to ``out/<case id>``. The content is made first, then the event is recorded, then the files are
    written; were this to be killed in between, doing it again writes the same files from the recorded notice.

    Parameters
    ----------
    register : Register
    case_id : str
    out : Path
    now : datetime
    by : str
        Who notifies.
    signing : Signing, optional
    languages : sequence of str
    dry_run : bool
        Say what is missing, and write and record nothing.
    overwrite : bool
        Replace files of an earlier notice.

    Returns
    -------
    Notice
        With `missing` if it is not complete.

    Raises
    ------
    ForbiddenStep
        The rule or the case's state forbids a notice.
    OutputExists, OutputError
    VerificationFailed
        The case's history was changed.
    """
    if wrong := [language for language in languages if language not in LANGUAGES]:
        raise UsageError(f"there is no notice in {wrong[0]!r}", hint="en or zh")
    events = chain(register, case_id)
    if (broken := first_break(events)) is not None:
        raise VerificationFailed(f"case {case_id}: {broken.reason}", hint="restore the register from a backup")
    now = max(now, events[-1].at)
    case = case_as_of(events, now)
    folder = out / case_id
    if is_recorded(case):
        return _again(register, case, events, folder, languages, dry_run=dry_run, overwrite=overwrite)
    notification = notification_of(register, case, signing or Signing(), language=languages[0], now=now)
    missing = missing_items(notification, case.text)
    if missing and case.state.value != "tip":
        return Notice(notification=notification, missing=missing, files={})
    payload = {"notification": to_plain(notification)}
    told = take_step(register, case_id, "notified", payload, actor=by, now=now, dry_run=True)
    if dry_run:
        return Notice(notification=notification, missing=(), files={}, event=told)
    contents, evidence = _contents(register, case, notification, now, languages)
    _check_free(folder, contents, overwrite=overwrite)
    event = take_step(register, case_id, "notified", payload, actor=by, now=now)
    files = _write(contents, evidence, folder, overwrite=overwrite)
    return Notice(notification=notification, missing=(), files=files, event=event)


def is_recorded(case: Case) -> bool:
    """Whether a case's notice was sent and is not to be made anew."""
    return "notified" in case.moments and case.state.value not in ("rejected_incomplete", "rejected_inaccurate")


def notify_dry(register: Register, case_id: str, *, now: datetime, by: str, signing: Signing) -> Notice:
    """What a case's notice would be and what it lacks; nothing is written or recorded. See :func:`notify`."""
    return notify(register, case_id, Path(), now=now, by=by, signing=signing, dry_run=True)


def record_notice(
    register: Register,
    case_id: str,
    *,
    now: datetime,
    by: str,
    signing: Signing,
    expected_head: str | None = None,
) -> Notice:
    """Record that a case's notice was sent, and write no files: :func:`notice_file` has their content.

    With `expected_head` only if the case has not changed since: as ``pipeline.cases.take_step``.

    Returns
    -------
    Notice
        With `missing`, and nothing recorded, if it is not complete.

    Raises
    ------
    ForbiddenStep, HeadMoved, VerificationFailed
    """
    told = notify_dry(register, case_id, now=now, by=by, signing=signing)
    if told.missing or told.repeated:
        return told
    case = read_case(register, case_id, told.notification.submitted_at or now)
    _contents(register, case, told.notification, now, LANGUAGES)  # before it is recorded: it can be written
    payload = {"notification": to_plain(told.notification)}
    event = take_step(register, case_id, "notified", payload, actor=by, now=now, expected_head=expected_head)
    return replace(told, event=event)


#: Files of a notice by name, and what they are.
FILES: Final = {
    RECORD_NAME: "application/json",
    **{pdf_name(language): "application/pdf" for language in LANGUAGES},
    "answer-form.json": "application/json",
    "answer-form.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def notice_file(register: Register, case_id: str, name: str, *, now: datetime, signing: Signing) -> bytes:
    """One file of a case's notice: as it was recorded, or a draft of what it would be.

    Raises
    ------
    UnknownRecord
        A notice has no such file.
    """
    if name not in FILES:
        raise UnknownRecord("a notice has no such file", hint=", ".join(FILES))
    events = chain(register, case_id)
    case = case_as_of(events, max(now, events[-1].at))
    if name.startswith("answer-form"):
        make = form_bytes if name.endswith(".json") else form_workbook
        return make(load_form(case.text.answer_form), case_id=case_id, values={})
    made_at = max(now, events[-1].at)
    notification = notification_of(register, case, signing, language=LANGUAGES[0], now=made_at)
    if is_recorded(case):
        event = next(one for one in reversed(events) if one.kind == "notified")
        notification, made_at = notification_from(event.payload["notification"]), event.at
    evidence = {one.name: document(register, one.sha256).content for one in notification.evidence}
    material = _material(register, case, notification, made_at, evidence)
    programme = load_programme(case.programme_id)
    if name == RECORD_NAME:
        return record_bytes(notification, programme, material)
    language = next(one for one in LANGUAGES if pdf_name(one) == name)
    return pdf_bytes(notification, programme, material, language)


def require_complete(notice: Notice) -> None:
    """Refuse a notice that lacks something.

    Raises
    ------
    InvalidForm
        Names each item with the rule that asks for it.
    """
    if notice.missing:
        told = "; ".join(f"{item.item}: {item.what} [{item.citation}]" for item in notice.missing)
        raise InvalidForm(f"the notice of {notice.notification.case_id} is not complete: {told}")


def _contents(
    register: Register, case: Case, notification: Notification, made_at: datetime, languages: Sequence[str]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The notice's files and its evidence, each by name."""
    programme = load_programme(case.programme_id)
    evidence = {one.name: document(register, one.sha256).content for one in notification.evidence}
    material = _material(register, case, notification, made_at, evidence)
    contents = {RECORD_NAME: record_bytes(notification, programme, material)}
    for language in languages:
        contents[pdf_name(language)] = pdf_bytes(notification, programme, material, language)
    form = load_form(case.text.answer_form)
    contents["answer-form.json"] = form_bytes(form, case_id=case.case_id, values={})
    contents["answer-form.xlsx"] = form_workbook(form, case_id=case.case_id, values={})
    return contents, evidence


def _material(
    register: Register,
    case: Case,
    notification: Notification,
    made_at: datetime,
    evidence: Mapping[str, bytes],
) -> NoticeMaterial:
    named = {one.plume_id for one in notification.plumes}
    records = [plume.current.record for plume in case.plumes if plume.plume_id in named]
    outlines = [shape(record["outline"]) for record in records if record.get("outline")]
    components = {name: records[-1].get(f"sigma_{name}_kg_h") for name in COMPONENTS} if records else {}
    near = facilities_near(register, notification.longitude, notification.latitude, MAP_RADIUS_M)
    facilities: tuple[Facility, ...] = tuple(one for one, _ in near[:10])
    pictures = {
        one.name: evidence[one.name]
        for one in notification.evidence
        if one.media_type == "image/png" and evidence[one.name].startswith(b"\x89PNG")
    }
    return NoticeMaterial(
        made_at=made_at,
        outline=unary_union(outlines) if outlines else None,
        facilities=facilities,
        pictures=pictures,
        rate_components={name: float(sigma) for name, sigma in components.items() if sigma is not None},
    )


def _again(
    register: Register,
    case: Case,
    events: Sequence[Event],
    folder: Path,
    languages: Sequence[str],
    *,
    dry_run: bool,
    overwrite: bool,
) -> Notice:
    """The files of a notice that was recorded before."""
    event = next(one for one in reversed(events) if one.kind == "notified")
    notification = notification_from(event.payload["notification"])
    if dry_run:
        return Notice(notification=notification, missing=(), files={}, event=event, repeated=True)
    contents, evidence = _contents(register, case, notification, event.at, languages)
    files = _write(contents, evidence, folder, overwrite=overwrite)
    return Notice(notification=notification, missing=(), files=files, event=event, repeated=True)


def _check_free(folder: Path, contents: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Refuse a place that is taken before anything is recorded."""
    if overwrite:
        return
    for name in contents:
        if (folder / name).exists():
            raise OutputExists(
                f"{folder / name} is there already", hint="name another folder, or pass --overwrite"
            )


def _write(
    contents: Mapping[str, bytes], evidence: Mapping[str, bytes], folder: Path, *, overwrite: bool
) -> dict[str, str]:
    written = write_files(contents, folder, overwrite=overwrite)
    kept = write_files(evidence, folder / "evidence", overwrite=overwrite) if evidence else {}
    return written | {f"evidence/{name}": sha256 for name, sha256 in kept.items()}
