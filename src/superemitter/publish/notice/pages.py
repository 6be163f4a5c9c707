"""The notice as pages: what stands on each, in the order of the rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from superemitter.programme.clocks import ClockState
from superemitter.programme.notification import MissingItem, Notification
from superemitter.programme.programmes import Programme
from superemitter.programme.rules import RuleText, Status
from superemitter.publish.notice.closing import answer_section, duties_section, rule_section, verify_section
from superemitter.publish.notice.embedding import IdentityProducer
from superemitter.publish.notice.material import NoticeMaterial
from superemitter.publish.notice.sections import KEEP_MM, Parts, draw_section, has_content
from superemitter.publish.notice.sheet import ACCENT, BODY, CAUTION, MUTED, WARNING, Running, Sheet
from superemitter.publish.notice.wording import Words, clocks_of

#: Sections in the order they take where the rule text does not name them.
DEFAULT_ORDER = (
    *("notifier", "detection", "place", "owners", "technology"),
    *("evidence", "rate", "attestation", "time", "emission_id"),
)
#: Which section fulfils which notice item of a rule text.
SECTION_OF_ITEM = {
    "notifier_id": "notifier",
    "detection_date": "detection",
    "place": "place",
    "owners_nearby": "owners",
    "technology_approval": "technology",
    "technology": "technology",
    "evidence": "evidence",
    "image": "evidence",
    "rate_with_bounds": "rate",
    "attestation": "attestation",
    "in_time": "time",
    "emission_id": "emission_id",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoticePages:
    """Everything that goes into one notice in one language.

    Attributes
    ----------
    notification : Notification
    programme : Programme
    material : NoticeMaterial
    missing : tuple of MissingItem
    words : Words
    map_png : bytes
        The location map, in the same language.
    """

    notification: Notification
    programme: Programme
    material: NoticeMaterial
    missing: tuple[MissingItem, ...]
    words: Words
    map_png: bytes

    @property
    def text(self) -> RuleText:
        """The rule text the notice is made under."""
        return self.programme.text(self.notification.text_id)


def notice_pdf(pages: NoticePages) -> bytes:
    """The notice as PDF; equal contents give equal bytes. Laid out twice, to know the number of pages."""
    draft = _laid_out(pages, 0, names_lost=False)
    draft.close()
    if draft.lost:  # the line that says so may need a page of its own
        draft = _laid_out(pages, 0, names_lost=True)
        draft.close()
    sheet = _laid_out(pages, draft.page_no(), names_lost=draft.lost)
    try:
        return bytes(sheet.output(output_producer_class=IdentityProducer))
    finally:
        sheet.close()


def _laid_out(pages: NoticePages, total: int, *, names_lost: bool) -> Sheet:
    words, notice = pages.words, pages.notification
    sheet = Sheet(
        _running(pages),
        pages=total,
        title=f"{words('document.title')} – {words('document.case', case=notice.case_id)}",
        language="zh-CN" if words.language == "zh" else "en",
        at=pages.material.made_at.astimezone(UTC),
    )
    sheet.title_block(pages.programme.title[words.language], words("document.title"))
    _missing(sheet, pages)
    _summary(sheet, pages)
    parts = Parts(
        notification=notice,
        programme=pages.programme,
        material=pages.material,
        words=words,
        clocks=clocks_of(notice, pages.text, pages.material),
        map_png=pages.map_png,
    )
    for number, (section, title, reference) in enumerate(ordered_sections(parts), start=1):
        sheet.heading(f"{number}  {title}", reference=reference, keep=KEEP_MM.get(section, 22.0))
        draw_section(section, sheet, parts)
    duties_section(sheet, parts)
    answer_section(sheet, parts)
    rule_section(sheet, parts)
    verify_section(sheet, parts)
    if names_lost:
        sheet.paragraph(words("document.names_lost"), colour=MUTED)
    return sheet


def ordered_sections(parts: Parts) -> list[tuple[str, str, str]]:
    """Sections with heading and reference: first as the rule text numbers them, then others that say something."""
    found: dict[str, tuple[str, str, str]] = {}
    for item in parts.text.notice_items:
        section = SECTION_OF_ITEM[item.id]
        found.setdefault(section, (section, item.title[parts.words.language], item.passport.citation))
    for section in DEFAULT_ORDER:
        if section not in found and has_content(section, parts):
            found[section] = (section, parts.words(f"section.{section}"), "")
    return list(found.values())


def _running(pages: NoticePages) -> Running:
    words, notice = pages.words, pages.notification
    return Running(
        left=words("document.case", case=notice.case_id),
        right=words("document.chain", head=notice.chain_head[:16]),
        page=words("document.page"),
        foot=words("document.foot", at=words.utc(pages.material.made_at)),
        banners=tuple(_banners(pages)),
    )


def _banners(pages: NoticePages) -> list[tuple[str, str]]:
    words, notice = pages.words, pages.notification
    out = []
    if notice.simulated:
        out.append((words("document.simulated"), WARNING))
    if not notice.verified or not pages.text.verified:
        out.append((words("document.unverified"), CAUTION))
    status = detection_status(pages)
    if status not in (Status.IN_FORCE, Status.VOLUNTARY):
        out.append((words("document.not_in_force", status=words.term("status", status)), CAUTION))
    missing = {item.item for item in pages.missing}
    if missing - {"attestation"}:
        out.append((words("document.draft"), ACCENT))
    elif missing:
        out.append((words("document.unsigned"), ACCENT))
    return out


def detection_status(pages: NoticePages) -> Status:
    """The rule text's status on the day of detection (of the notice, if none was detected)."""
    moment = pages.notification.detected or pages.material.made_at
    return pages.text.status_on(pages.text.day_of(moment))


def _missing(sheet: Sheet, pages: NoticePages) -> None:
    if not pages.missing:
        return
    zh = pages.words.language == "zh"
    lines = [f"{item.citation}: {item.what_zh if zh else item.what}" for item in pages.missing]
    sheet.boxed("\n".join([pages.words("summary.missing"), *(f"– {line}" for line in lines)]), colour=WARNING)


def _summary(sheet: Sheet, pages: NoticePages) -> None:
    words, notice, text = pages.words, pages.notification, pages.text
    as_of = text.day_of(pages.material.made_at)
    detected = text.day_of(notice.detected or pages.material.made_at)
    status = words(
        "summary.status_value",
        detected=words.term("status", text.status_on(detected)),
        detected_day=words.day(detected),
        as_of=words.term("status", text.status_on(as_of)),
        as_of_day=words.day(as_of),
    )
    rows = [
        (words("summary.rate"), words.rate(notice.rate) if notice.rate else words("text.no_rate")),
        (words("summary.when"), words.both(notice.detected) if notice.detected else words("label.not_given")),
        (words("summary.where"), words.place(*notice.place)),
        (words("summary.rule"), notice.text_citation),
        (words("summary.status"), status),
    ]
    running = clocks_of(notice, text, pages.material).values()
    ahead = [(c.due_at, c.duty) for c in running if c.state is ClockState.RUNNING and c.due_at is not None]
    if ahead:
        due, duty = min(ahead, key=lambda pair: pair[0])
        rows.append((words("summary.next"), f"{duty.title[words.language]}: {words.both(due)}"))
    sheet.pairs(rows)
    sheet.set_font_size(BODY)
