"""From tables of a programme file to rule texts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from superemitter.model.errors import InvalidRules
from superemitter.model.passport import Passport
from superemitter.programme.calendar import UNITS, HolidayTable, load_holidays
from superemitter.programme.events import MOMENTS
from superemitter.programme.forms import form_ids
from superemitter.programme.notification import ITEM_CHECKS
from superemitter.programme.rules import (
    Criterion,
    Duty,
    NoticeItem,
    NotifierRule,
    Period,
    PublicationRule,
    RuleText,
    Statement,
    Status,
    Tier,
)
from superemitter.programme.strict import Bilingual, Table, ensure_unique

TAGS = ("V", "S", "M", "C")
BASES = ("statute", "rule", "guidance", "voluntary", "convention")
DUTY_HOLDERS = ("notifier", "regulator", "operator", "programme")
_NO_NOTE = Bilingual(en="", zh="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all texts of a programme have in common."""

    programme_id: str
    jurisdiction: str
    basis: str
    zone: ZoneInfo
    holidays: HolidayTable
    area: tuple[str, ...]
    technologies: tuple[str, ...]
    notifier: NotifierRule
    publication: PublicationRule
    notice_items: tuple[NoticeItem, ...]
    attestation: Statement | None
    duties: tuple[Duty, ...]


def read_texts(table: Table, programme_id: str, jurisdiction: str) -> tuple[RuleText, ...]:
    """The texts of a programme; what is said once for all of them is read first.

    Raises
    ------
    InvalidRules
        A key is missing, unknown or of the wrong type, or there is no text.
    """
    shared = _Shared(
        programme_id=programme_id,
        jurisdiction=jurisdiction,
        basis=table.one_of("basis", BASES),
        zone=_zone(table),
        holidays=load_holidays(table.text("holidays")),
        area=table.texts("area"),
        technologies=table.texts("technologies"),
        notifier=_notifier(table.table("notifier")),
        publication=_publication(table.table("publication")),
        notice_items=tuple(_notice_item(entry) for entry in table.tables("notice_item")),
        attestation=_statement(table, "attestation"),
        duties=tuple(_duty(entry) for entry in table.tables("duty")),
    )
    texts = tuple(_text(entry, shared) for entry in table.tables("text"))
    if not texts:
        raise InvalidRules(f"{table.where}: there is no text")
    return texts


def _text(entry: Table, shared: _Shared) -> RuleText:
    text = RuleText(
        id=entry.text("id"),
        programme_id=shared.programme_id,
        citation=entry.text("citation"),
        title=entry.words("title"),
        jurisdiction=shared.jurisdiction,
        basis=entry.one_of("basis", BASES, shared.basis),
        time_zone=shared.zone,
        holidays=shared.holidays,
        area=entry.texts("area") or shared.area,
        periods=tuple(_period(status) for status in entry.tables("status")),
        facility_types=entry.texts("facility_types"),
        traits_required=entry.texts("traits_required"),
        traits_excluded=entry.texts("traits_excluded"),
        location=entry.one_of("location", ("at", "at_or_near", "any")),
        location_within_m=entry.number("location_within_m") if entry.has("location_within_m") else None,
        remote_detection=entry.truth("remote_detection"),
        definition=_whole_passport(entry.table("definition")),
        criteria=tuple(_criterion(one) for one in entry.tables("criterion")),
        technologies=shared.technologies,
        notifier=shared.notifier,
        duties=(*shared.duties, *(_duty(one) for one in entry.tables("duty"))),
        notice_items=shared.notice_items,
        attestation=shared.attestation,
        answer_attestation=_statement(entry, "answer_attestation"),
        answer_form=entry.text("answer_form"),
        publication=shared.publication,
        step_citations=_citations(entry),
        note=entry.words("note", _NO_NOTE),
    )
    entry.done()
    _check(text, entry.where)
    return text


def _check(text: RuleText, where: str) -> None:
    ensure_unique([duty.id for duty in text.duties], where)
    if text.answer_form not in form_ids():
        raise InvalidRules(f"{where}: answer_form is {text.answer_form!r}", hint=f"known: {', '.join(form_ids())}")
    if not text.periods:
        raise InvalidRules(f"{where}: there is no status", hint="say at least that it is unknown")
    days = [(period.valid_from, period.valid_to) for period in text.periods]
    for (_, ends), (begins, _) in pairwise(days):
        if ends is None or begins is None or begins <= ends:
            raise InvalidRules(f"{where}: the status from {begins} overlaps the one before it, or is out of order")


def _passport(entry: Table) -> Passport:
    return Passport(citation=entry.text("citation"), tag=entry.one_of("tag", TAGS), note=entry.text("note", ""))


def _whole_passport(entry: Table) -> Passport:
    passport = _passport(entry)
    entry.done()
    return passport


def _period(entry: Table) -> Period:
    period = Period(
        status=Status(entry.one_of("status", tuple(Status))),
        valid_from=entry.day("valid_from"),
        valid_to=entry.day("valid_to"),
        passport=_passport(entry),
    )
    entry.done()
    if period.valid_from and period.valid_to and period.valid_to < period.valid_from:
        raise InvalidRules(f"{entry.where}: it ends on {period.valid_to}, before it begins")
    return period


def _criterion(entry: Table) -> Criterion:
    criterion = Criterion(
        quantity=entry.text("quantity"),
        comparator=entry.one_of("comparator", ("ge", "gt")),
        value=entry.number("value"),
        unit=entry.text("unit"),
        basis=entry.one_of("basis", ("any", "remote_detection", "drainage_record", "operator_record"), "any"),
        averaging_hours=entry.number("averaging_hours") if entry.has("averaging_hours") else None,
        passport=_passport(entry),
    )
    entry.done()
    return criterion


def _duty(entry: Table) -> Duty:
    tiers = tuple(_tier(one) for one in entry.tables("tier"))
    amount, unit = _limit(entry) if not tiers else (0.0, "promptly")
    quantity = entry.text("quantity") if tiers else ""
    unknown = _tier(entry.table("not_determined")) if tiers else None
    duty = Duty(
        id=entry.text("id"),
        title=entry.words("title"),
        who=entry.one_of("who", DUTY_HOLDERS),
        starts_on=entry.one_of("starts_on", MOMENTS),
        ends_on=entry.one_of("ends_on", MOMENTS),
        amount=amount,
        unit=unit,
        quantity=quantity,
        tiers=tiers,
        not_determined=unknown,
        cap=_cap(entry.table("cap")) if entry.has("cap") else None,
        only_if=entry.conditions("only_if"),
        late=entry.one_of("late", ("overdue", "reject"), "overdue"),
        passport=_passport(entry),
    )
    entry.done()
    bounds = [tier.below for tier in tiers]
    if tiers and (bounds[-1] is not None or None in bounds[:-1] or bounds[:-1] != sorted(filter(None, bounds))):
        raise InvalidRules(f"{entry.where}: the tiers must rise, and the last must have no bound")
    return duty


def _limit(entry: Table) -> tuple[float, str]:
    unit = entry.one_of("unit", UNITS)
    amount = 0.0 if unit == "promptly" else entry.number("amount")
    if amount < 0 or (unit.endswith("days") and amount != int(amount)):
        raise InvalidRules(f"{entry.where}: {amount} {unit} cannot be counted")
    return amount, unit


def _tier(entry: Table) -> Tier:
    amount, unit = _limit(entry)
    tier = Tier(below=entry.number("below") if entry.has("below") else None, amount=amount, unit=unit)
    entry.done()
    return tier


def _cap(entry: Table) -> tuple[str, float, str]:
    amount, unit = _limit(entry)
    cap = (entry.one_of("starts_on", MOMENTS), amount, unit)
    entry.done()
    return cap


def _notice_item(entry: Table) -> NoticeItem:
    item = NoticeItem(
        id=entry.one_of("id", tuple(ITEM_CHECKS)), title=entry.words("title"), passport=_passport(entry)
    )
    entry.done()
    return item


def _notifier(entry: Table) -> NotifierRule:
    rule = NotifierRule(
        kind=entry.one_of("kind", ("certified", "programme", "anyone")),
        wait_days=entry.whole("wait_days", 0),
        approval_reference=entry.truth("approval_reference", False),
        excluded=entry.texts("excluded"),
        passport=_passport(entry),
    )
    entry.done()
    return rule


def _publication(entry: Table) -> PublicationRule:
    rule = PublicationRule(
        event=entry.one_of("event", ("issued", "days_after_detection", "never", "always")),
        event_days=entry.whole("event_days", 0),
        attribution_when=entry.texts("attribution_when"),
        passport=_passport(entry),
    )
    entry.done()
    if unknown := set(rule.attribution_when) - {"confirmed", "believed_after_deadline"}:
        raise InvalidRules(f"{entry.where}: attribution_when holds {', '.join(sorted(unknown))}")
    return rule


def _statement(table: Table, key: str) -> Statement | None:
    if not table.has(key):
        return None
    entry = table.table(key)
    statement = Statement(words=Bilingual(en=entry.text("en"), zh=entry.text("zh")), passport=_passport(entry))
    entry.done()
    return statement


def _citations(entry: Table) -> dict[str, str]:
    if not entry.has("steps"):
        return {}
    table = entry.table("steps")
    found = {kind: table.text(kind) for kind in MOMENTS if table.has(kind)}
    table.done()
    return found


def _zone(table: Table) -> ZoneInfo:
    name = table.text("time_zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidRules(f"{table.where}: there is no time zone {name!r}") from error
