"""The required contents of a notice, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from superemitter.programme.clocks import Clock
from superemitter.programme.notification import Notification, PlumeFacts
from superemitter.programme.programmes import Programme
from superemitter.programme.rules import RuleText
from superemitter.publish.notice.location_map import LETTERS
from superemitter.publish.notice.material import NoticeMaterial
from superemitter.publish.notice.sheet import BODY, CAUTION, MUTED, SMALL, Sheet
from superemitter.publish.notice.wording import Words, datum_of
from superemitter.publish.wording import significant

DEFAULT_RADIUS_M = 50.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """What the sections draw from."""

    notification: Notification
    programme: Programme
    material: NoticeMaterial
    words: Words
    clocks: Mapping[str, Clock]
    map_png: bytes

    @property
    def text(self) -> RuleText:
        """The rule text the notice is made under."""
        return self.programme.text(self.notification.text_id)

    @property
    def radius_m(self) -> float:
        """Within which owners are named, and which the map's circle shows. [m]"""
        return self.text.location_within_m or DEFAULT_RADIUS_M

    def or_not_given(self, value: str) -> str:
        """A text, or that it was not given."""
        return value if value.strip() else self.words("label.not_given")


def draw_section(section: str, sheet: Sheet, parts: Parts) -> None:
    """Draw the content of a section, its heading already drawn."""
    SECTIONS[section](sheet, parts)


def has_content(section: str, parts: Parts) -> bool:
    """Whether a section that the rule text does not ask for has something to say."""
    notice = parts.notification
    silent = {
        "notifier": not (notice.notifier_id.strip() or notice.notifier_name.strip()),
        "owners": notice.owners_nearby is None and not notice.owners_note.strip(),
        "technology": not notice.technology.strip(),
        "attestation": notice.attestation is None and parts.text.attestation is None,
        "time": notice.submitted_at is None,
        "emission_id": not notice.emission_id.strip(),
    }
    return not silent.get(section, False)


def _notifier(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    rows = [
        (words("label.name"), parts.or_not_given(notice.notifier_name)),
        (words("label.id"), parts.or_not_given(notice.notifier_id)),
    ]
    sheet.pairs(rows)


def _detection(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    if notice.detected is None:
        sheet.paragraph(words("label.not_given"))
        return
    rows = [(words("label.detection"), words.both(notice.detected))]
    if len(notice.detected_at) > 1:
        surveys = enumerate(sorted(notice.detected_at), start=1)
        rows += [(words("label.survey", number=number), words.both(moment)) for number, moment in surveys]
    sheet.pairs(rows)
    if len(notice.detected_at) > 1:
        sheet.paragraph(words("label.final"), size=SMALL, colour=MUTED)


def _place(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    latitude, longitude = notice.place
    rows = [
        (words("label.latitude"), f"{latitude}°"),
        (words("label.longitude"), f"{longitude}°"),
        (words("label.datum"), words("label.datum_value", datum=datum_of(parts.text))),
    ]
    sigma = next((plume.source_sigma_m for plume in notice.plumes if plume.source_sigma_m is not None), None)
    if sigma is not None:
        value = words("label.source_error_value", sigma=f"{sigma:.0f}")
        rows.append((words("label.source_error"), value))
    sheet.pairs(rows)
    place = words.place(latitude, longitude)
    radius = f"{parts.radius_m:g}"
    sheet.picture(
        parts.map_png,
        caption=words("text.figure_map", place=place, radius=radius),
        alt=words("text.figure_map_alt", place=place, radius=radius),
        width=160.0,
    )


def _owners(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    if notice.owners_nearby is None:
        note = notice.owners_note.strip()
        sheet.paragraph(words("text.owners_unknown", note=note) if note else words("text.owners_none_given"))
        return
    if not notice.owners_nearby:
        sheet.paragraph(words("text.no_owner", radius=f"{parts.radius_m:g}"))
        return
    lettered = zip(LETTERS, parts.material.facilities, strict=False)
    letters = {place.facility_id: letter for letter, place in lettered}
    head = (words("label.on_map"), words("label.operator"), words("label.facility"), words("label.distance"))
    rows = [
        (
            letters.get(owner.facility_id, "–"),
            parts.or_not_given(owner.operator),
            f"{parts.or_not_given(owner.facility_name)}\n{owner.facility_id}",
            words.metres(owner.distance_m),
        )
        for owner in sorted(notice.owners_nearby, key=lambda owner: owner.distance_m)
    ]
    sheet.rows(head, rows, (14.0, 62.0, float(sheet.epw) - 100.0, 24.0), align="lllr")
    if any(abs(owner.distance_m - parts.radius_m) <= 10.0 for owner in notice.owners_nearby):
        sheet.paragraph(words("text.near_edge"), size=SMALL, colour=MUTED)
    if notice.owners_note.strip():
        sheet.paragraph(notice.owners_note, size=SMALL, colour=MUTED)


def _technology(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    technology = words.term("technology", notice.technology) if notice.technology else ""
    rows = [
        (words("label.technology"), parts.or_not_given(technology)),
        (words("label.approval"), parts.or_not_given(notice.approval_reference)),
    ]
    sheet.pairs(rows)


def _evidence(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    for plume in notice.plumes:
        sheet.pairs(_plume_rows(plume, parts))
    for name, png in sorted(parts.material.pictures.items()):
        evidence = next(one for one in notice.evidence if one.name == name)
        caption = words("text.figure_picture", caption=evidence.caption, name=name, sha256=evidence.sha256)
        alt = words("text.figure_picture_alt", name=name, caption=evidence.caption)
        sheet.picture(png, caption=caption.strip(), alt=alt, width=124.0)
    if not notice.evidence:
        sheet.paragraph(words("text.no_evidence"))
        return
    sheet.room(28.0)
    sheet.paragraph(words("text.evidence"))
    rows = [(f"{one.name}\n{one.caption}".strip(), grouped(one.sha256)) for one in notice.evidence]
    head = (words("label.file"), words("label.sha256"))
    sheet.rows(head, rows, (float(sheet.epw) - 88.0, 88.0), size=8.0)


def _plume_rows(plume: PlumeFacts, parts: Parts) -> list[tuple[str, str]]:
    words = parts.words
    rows = [
        (words("label.plume"), plume.plume_id),
        (words("label.scene"), f"{plume.scene_id} ({plume.instrument})"),
        (words("label.observed"), words.utc(plume.time)),
    ]
    if plume.wind_speed_m_s is not None and plume.wind_from_deg is not None:
        sigma = f"{plume.wind_sigma_m_s:.1f}" if plume.wind_sigma_m_s is not None else "?"
        speed, direction = f"{plume.wind_speed_m_s:.1f}", f"{plume.wind_from_deg:.0f}"
        wind = words("label.wind_value", speed=speed, sigma=sigma, direction=direction)
        rows.append((words("label.wind"), f"{wind} ({plume.wind_source})" if plume.wind_source else wind))
    if plume.detection_probability is not None:
        rows.append((words("label.detected_with"), words.probability(plume.detection_probability)))
    rows.append((words("label.reviewed"), parts.or_not_given(plume.reviewed_by)))
    if plume.run_id:
        rows.append((words("label.run"), plume.run_id))
    if plume.flags:
        rows.append((words("label.cautions"), "\n".join(words.term("flag", flag) for flag in plume.flags)))
    return rows


def _rate(sheet: Sheet, parts: Parts) -> None:
    words, rate = parts.words, parts.notification.rate
    if rate is None:
        sheet.paragraph(words("text.no_rate"))
        return
    rows = [(words("label.rate"), words.rate(rate))]
    if rate.low_kg_h is not None:
        rows.append((words("label.interval68"), words.interval(rate.low_kg_h, rate.high_kg_h)))
    if rate.low95_kg_h is not None:
        rows.append((words("label.interval95"), words.interval(rate.low95_kg_h, rate.high95_kg_h)))
    if rate.sigma_kg_h is not None:
        rows.append((words("label.sigma"), f"± {significant(rate.sigma_kg_h, 2)} kg/h"))
    if rate.probability_ge_100_kg_h is not None:
        rows.append((words("label.probability"), words.probability(rate.probability_ge_100_kg_h)))
    rows.append((words("label.method"), words.term("method", rate.method)))
    sheet.pairs(rows)
    if parts.material.rate_components:
        _budget(sheet, parts, parts.material.rate_components, rate.rate_kg_h)


def _budget(sheet: Sheet, parts: Parts, components: Mapping[str, float], rate_kg_h: float) -> None:
    words = parts.words
    head = (words("label.component"), f"{words('label.share')} [kg/h]", words("label.of_rate"))
    rows = [
        (
            words.term("component", name),
            significant(value, 2),
            f"{100 * value / rate_kg_h:.0f} %" if rate_kg_h > 0 else "–",
        )
        for name, value in sorted(components.items(), key=lambda item: -item[1])
    ]
    sheet.room(20.0)
    sheet.rows(head, rows, (70.0, 45.0, 35.0), align="lrr")
    sheet.paragraph(words("text.budget"), size=SMALL, colour=MUTED)


def _attestation(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    signed = notice.attestation
    fixed = parts.text.attestation
    statement = fixed.words[words.language] if fixed is not None else words("text.attestation_free")
    if signed is not None:
        sheet.boxed(signed.text)
        sheet.paragraph(words("text.signed", signer=signed.signer, day=words.day(signed.signed_on)))
        return
    sheet.room(60.0)
    sheet.boxed(statement)
    if fixed is not None and words.language != "en":
        sheet.paragraph(fixed.words.en, size=SMALL, colour=MUTED)
    if fixed is not None and not fixed.passport.verified:
        sheet.paragraph(words("text.attestation_unverified"), size=SMALL, colour=CAUTION)
    sheet.blanks([words("label.signature"), words("label.signer"), words("label.signed_on")])


def _time(sheet: Sheet, parts: Parts) -> None:
    words, notice = parts.words, parts.notification
    submitted = words.both(notice.submitted_at) if notice.submitted_at else words("text.not_submitted")
    rows = [(words("label.submitted"), submitted)]
    if notice.data_received_at is not None:
        rows.append((words("label.data_received"), words.both(notice.data_received_at)))
    rows += [
        (words("label.submit_by"), f"{words.both(clock.due_at)}\n{words.limit(clock.duty)}")
        for clock in parts.clocks.values()
        if clock.duty.ends_on == "notified" and clock.due_at is not None
    ]
    sheet.pairs(rows)


def _emission_id(sheet: Sheet, parts: Parts) -> None:
    sheet.pairs([(parts.words("label.id"), parts.or_not_given(parts.notification.emission_id))])
    sheet.set_font_size(BODY)


def grouped(digest: str) -> str:
    """A checksum in groups of eight, so that two can be compared by eye."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))


#: Height that must be free for a section's heading and its first part; 22 mm where nothing is said. [mm]
KEEP_MM: Mapping[str, float] = {"place": 62.0, "attestation": 75.0}

SECTIONS: Mapping[str, Callable[[Sheet, Parts], None]] = {
    "notifier": _notifier,
    "detection": _detection,
    "place": _place,
    "owners": _owners,
    "technology": _technology,
    "evidence": _evidence,
    "rate": _rate,
    "attestation": _attestation,
    "time": _time,
    "emission_id": _emission_id,
}
