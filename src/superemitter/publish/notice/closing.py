"""What follows the required contents: duties, how to answer, the rule, how to check."""

from __future__ import annotations

from datetime import date

from superemitter.programme.clocks import ClockState
from superemitter.programme.rules import Duty, RuleText, Status
from superemitter.publish.notice.sections import Parts, grouped
from superemitter.publish.notice.sheet import CAUTION, MUTED, SMALL, Sheet

_LISTED = 12  # unverified parameters named one by one


def duties_section(sheet: Sheet, parts: Parts) -> None:
    """Who must do what, and until when: in local time and UTC where the clock runs."""
    words, text = parts.words, parts.text
    sheet.heading(words("section.duties"))
    status = text.status_on(text.day_of(parts.notification.detected or parts.material.made_at))
    if status is Status.VOLUNTARY:
        sheet.paragraph(words("text.voluntary"))
    elif status is not Status.IN_FORCE:
        sheet.boxed(words("text.no_duty_now", status=words.term("status", status)), colour=CAUTION)
    if not text.duties:
        sheet.paragraph(words("text.no_duty"))
        return
    sheet.paragraph(words("text.duties", zone=text.time_zone.key), size=SMALL, colour=MUTED)
    rows = []
    for duty in text.duties:
        title = f"{duty.title[words.language]}\n{duty.passport.citation}"
        rows.append((words.term("who", duty.who), title, words.limit(duty), _due(duty, parts)))
    head = (words("label.who"), words("label.duty"), words("label.limit"), words("label.due"))
    sheet.rows(head, rows, (22.0, 50.0, 36.0, float(sheet.epw) - 108.0), size=8.0)


def _due(duty: Duty, parts: Parts) -> str:
    """When a duty falls due and how it stands; a dash while its clock has not started."""
    clock, words = parts.clocks.get(duty.id), parts.words
    if clock is None:
        return "–"
    state = words.term("state", clock.state)
    if clock.state is ClockState.NOT_IN_FORCE or clock.due_at is None:
        return state
    return f"{words.both_lines(clock.due_at)}\n{state}"


def answer_section(sheet: Sheet, parts: Parts) -> None:
    """How the operator answers."""
    words = parts.words
    sheet.heading(words("section.answer"))
    sheet.paragraph(words("text.answer", case=parts.notification.case_id))
    sheet.paragraph(words("text.answer_error"))


def rule_section(sheet: Sheet, parts: Parts) -> None:
    """The rule text, its status on both days, and what of it was not checked."""
    words, notice, text = parts.words, parts.notification, parts.text
    sheet.heading(words("section.rule"))
    as_of = text.day_of(parts.material.made_at)
    rows = [
        (words("label.programme"), parts.programme.title[words.language]),
        (words("label.text"), f"{text.citation}\n{text.title[words.language]}"),
        (words("label.jurisdiction"), text.jurisdiction),
        (words("label.zone"), text.time_zone.key),
    ]
    if notice.detected is not None:
        detected = text.day_of(notice.detected)
        rows.append((words("label.status_detection"), f"{words.day(detected)}: {_status(parts, detected)}"))
    rows.append((words("label.status_as_of", day=words.day(as_of)), _status(parts, as_of)))
    note = text.note[words.language]
    if note.strip():
        rows.append((words("label.note"), note))
    unverified = unverified_names(text)
    if unverified:
        shown = unverified[:_LISTED]
        rest = f" (+{len(unverified) - _LISTED})" if len(unverified) > _LISTED else ""
        rows.append((words("label.unverified"), "; ".join(shown) + rest))
    sheet.pairs(rows)
    translation = words("text.translation")
    if translation:
        sheet.paragraph(translation, size=SMALL, colour=MUTED)


def unverified_names(text: RuleText) -> list[str]:
    """Parameters of a rule text that were not read in the primary source, with their citation."""
    return [f"{name} ({passport.citation})" if passport.citation else name for name, passport in text.unverified()]


def verify_section(sheet: Sheet, parts: Parts) -> None:
    """How anyone can recompute the numbers and prove that the history was not rewritten."""
    words, notice = parts.words, parts.notification
    sheet.heading(words("section.verify"))
    runs = sorted({plume.run_id for plume in notice.plumes if plume.run_id})
    for run in runs:
        sheet.paragraph(words("text.verify_run", run=run))
    if not runs and notice.plumes:
        sheet.paragraph(words("text.verify_run_plain"))
    sheet.paragraph(words("text.verify_chain", case=notice.case_id))
    sheet.pairs([(words("label.head"), grouped(notice.chain_head))])
    sheet.paragraph(words("text.verify_json"))
    if notice.notes.strip():
        sheet.heading(words("section.notes"))
        sheet.paragraph(notice.notes)


def _status(parts: Parts, day: date) -> str:
    words, text = parts.words, parts.text
    period = text.period_on(day)
    status = words.term("status", text.status_on(day))
    return f"{status} ({period.passport.citation})" if period is not None and period.passport.citation else status
