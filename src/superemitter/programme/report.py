"""Reports: the way in for everyone, and whether a report is a tip or a notification."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from superemitter.model.errors import InvalidForm
from superemitter.programme.calendar import due_at
from superemitter.programme.clocks import BINDING
from superemitter.programme.notification import Evidence
from superemitter.programme.programmes import Programme
from superemitter.programme.rules import RuleText
from superemitter.programme.values import FieldError, read_value

LANGUAGES = ("en", "zh")
# kind of every field a report may have, and whether it must
_FIELDS = {
    "reporter": ("text", False),
    "contact": ("text", False),
    "anonymous": ("bool", False),
    "longitude": ("number", True),
    "latitude": ("number", True),
    "detected_at": ("datetime", True),
    "text": ("text", False),
    "language": ("choice", False),
    "rate_kg_h": ("number", False),
    "rate_sigma_kg_h": ("number", False),
    "rate_method": ("text", False),
    "evidence": ("file", False),
    "notifier_id": ("text", False),
    "technology": ("text", False),
    "approval_reference": ("text", False),
    "facility_type": ("text", False),
    "is_operator": ("bool", False),
    "simulated": ("bool", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A leak as somebody reported it. Made by :func:`read_report`.

    Attributes
    ----------
    reporter, contact : str
        Empty if they did not say. Never shown to the public if `anonymous`.
    anonymous : bool
        To the public.
    longitude, latitude : float
        WGS 84. [degree]
    detected_at : datetime
        UTC.
    text : str
        As written, in whatever language.
    language : str
        ``"en"`` or ``"zh"``.
    rate_kg_h, rate_sigma_kg_h : float or None
        [kg h-1]
    rate_method : str
    evidence : tuple of Evidence
    notifier_id, technology, approval_reference : str
    facility_type : str
    is_operator : bool
        Whether the reporter owns or operates the site.
    simulated : bool
    """

    longitude: float
    latitude: float
    detected_at: datetime
    reporter: str = ""
    contact: str = ""
    anonymous: bool = False
    text: str = ""
    language: str = "en"
    rate_kg_h: float | None = None
    rate_sigma_kg_h: float | None = None
    rate_method: str = ""
    evidence: tuple[Evidence, ...] = ()
    notifier_id: str = ""
    technology: str = ""
    approval_reference: str = ""
    facility_type: str = ""
    is_operator: bool = False
    simulated: bool = False

    @property
    def public_reporter(self) -> str:
        """Who reported, as the public may see it; empty for an anonymous report."""
        return "" if self.anonymous else self.reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """Somebody a programme has certified.

    Attributes
    ----------
    id, name, programme_id : str
    approved_on : date
        Day of the approval; the first notice may follow only after the text's waiting days.
    removed_on : date or None
    approvals : tuple of (str, str)
        Technology and reference of its approval.
    """

    id: str
    name: str
    programme_id: str
    approved_on: date
    removed_on: date | None = None
    approvals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Whether a report is a notification, and if not, every reason why it is a tip, with the rule.

    Attributes
    ----------
    kind : str
        ``"tip"`` or ``"notification"``.
    text_id : str
        The text it was judged by.
    reasons : tuple of (str, str)
        Words and citation; empty for a notification.
    """

    kind: str
    text_id: str
    reasons: tuple[tuple[str, str], ...]


def read_report(values: Mapping[str, Any], *, now: datetime) -> Report | list[FieldError]:
    """A report from plain values, as JSON, a form or a spreadsheet gives them.

    Parameters
    ----------
    values : mapping of field name to value
        See :class:`Report`; the place, as longitude and latitude, and the time with its zone are required.
    now : datetime
        No report comes from the future.

    Returns
    -------
    Report, or a list of FieldError
        Every fault; never both.
    """
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    errors = [FieldError(field=n, reason="is no field of a report") for n in given if n not in _FIELDS]
    read: dict[str, Any] = {}
    for name, (kind, required) in _FIELDS.items():
        if name in given:
            value = _read(name, kind, given[name])
            if isinstance(value, FieldError):
                errors.append(value)
            else:
                read[name] = value
        elif required:
            errors.append(FieldError(field=name, reason="is required", reason_zh="必填"))
    errors += _implausible(read, now)
    if errors:
        return errors
    read["detected_at"] = datetime.fromisoformat(read["detected_at"])
    return Report(**read)


def require_report(values: Mapping[str, Any], *, now: datetime) -> Report:
    """As :func:`read_report`, but a faulty report is an error that names every field.

    Raises
    ------
    InvalidForm
    """
    report = read_report(values, now=now)
    if isinstance(report, Report):
        return report
    told = "; ".join(f"{error.field}: {error.reason}" for error in report)
    raise InvalidForm(f"the report cannot be taken: {told}", hint="correct the fields named and send it again")


def classify(
    report: Report, programme: Programme, notifiers: Mapping[str, Notifier], as_of: datetime, *, text_id: str = ""
) -> Classification:
    """Whether a report is a notification of the programme, or a tip.

    Parameters
    ----------
    report : Report
    programme : Programme
    notifiers : mapping of id to Notifier
        Those the programme has certified; the programme's own id stands for the programme itself.
    as_of : datetime
        When the report was received.
    text_id : str
        The text to judge by; the programme's default if empty.
    """
    text = programme.text(text_id)
    reasons = list(_who(report, text, notifiers, as_of))
    for moment, when in ((report.detected_at, "detection"), (as_of, "report")):
        day = text.day_of(moment)
        period = text.period_on(day)
        if text.status_on(day) not in BINDING:
            citation = period.passport.citation if period else text.citation
            status = text.status_on(day).value.replace("_", " ")
            reasons.append((f"{text.citation} is {status} on {day}, the day of the {when}", citation))
    if text.notifier.kind == "anyone" and not report.evidence and report.rate_kg_h is None:
        reasons.append(("there is no evidence and no rate", text.notifier.passport.citation))
    kind = "tip" if reasons else "notification"
    return Classification(kind=kind, text_id=text.id, reasons=tuple(reasons))


def first_notice_day(notifier: Notifier, text: RuleText) -> date:
    """The first day a notifier may notify: so many calendar days after its approval."""
    return notifier.approved_on + timedelta(days=text.notifier.wait_days)


def notice_due(report: Report, text: RuleText) -> datetime | None:
    """Until when the notice must be submitted, UTC; None if no limit of the text starts at the detection."""
    duty = next((one for one in text.duties if one.ends_on == "notified" and one.starts_on == "detected"), None)
    if duty is None:
        return None
    return due_at(report.detected_at, duty.amount, duty.unit, zone=text.time_zone, holidays=text.holidays)


def _who(
    report: Report, text: RuleText, notifiers: Mapping[str, Notifier], as_of: datetime
) -> list[tuple[str, str]]:
    rule, citation = text.notifier, text.notifier.passport.citation
    if rule.kind == "anyone":
        return []
    reasons = []
    if report.is_operator and "operator" in rule.excluded:
        reasons.append(("the owner or operator of the site may not notify", citation))
    if rule.kind == "programme":
        if report.notifier_id != text.programme_id:
            reasons.append(("only the programme itself notifies", citation))
        return reasons
    notifier = notifiers.get(report.notifier_id)
    if notifier is None or notifier.programme_id != text.programme_id:
        name = f"{report.notifier_id!r} is not" if report.notifier_id else "the reporter is not"
        reasons.append((f"{name} a certified notifier of the programme", citation))
        return reasons
    day, first = text.day_of(as_of), first_notice_day(notifier, text)
    if day < first:
        reasons.append((f"approved on {notifier.approved_on}: may notify from {first}", citation))
    if notifier.removed_on is not None and day >= notifier.removed_on:
        reasons.append((f"removed from the list of notifiers on {notifier.removed_on}", citation))
    if rule.approval_reference and not report.approval_reference:
        reasons.append(("the reference to the technology's approval is missing", citation))
    elif rule.approval_reference and (report.technology, report.approval_reference) not in notifier.approvals:
        given = f"{report.technology or 'no technology'} with {report.approval_reference}"
        reasons.append((f"{given} is not among the notifier's approvals", citation))
    return reasons


def _read(name: str, kind: str, value: Any) -> Any:
    if kind != "file":
        return read_value(name, kind, value, LANGUAGES)
    files = [read_value(name, kind, one) for one in (value if isinstance(value, list) else [value])]
    for one in files:
        if isinstance(one, FieldError):
            return one
        if not one.get("sha256") or not one.get("media_type"):
            reason = f"{one['name']} has no checksum or media type"
            return FieldError(field=name, reason=reason, reason_zh="缺少校验和或类型")
    return tuple(Evidence(**one) for one in files)


def _implausible(read: Mapping[str, Any], now: datetime) -> list[FieldError]:
    errors = []
    longitude, latitude = read.get("longitude"), read.get("latitude")
    if latitude is not None and not -90 <= latitude <= 90:
        swapped = longitude is not None and -90 <= longitude <= 90 and -180 <= latitude <= 180
        hint = "; are longitude and latitude swapped?" if swapped else ""
        errors.append(
            FieldError(
                field="latitude", reason=f"{latitude:g} is not between -90 and 90{hint}", reason_zh="纬度超出范围"
            )
        )
    if longitude is not None and not -180 <= longitude <= 180:
        reason = f"{longitude:g} is not between -180 and 180"
        errors.append(FieldError(field="longitude", reason=reason, reason_zh="经度超出范围"))
    errors += [
        FieldError(field=name, reason=f"{read[name]:g} is negative", reason_zh="不能为负")
        for name in ("rate_kg_h", "rate_sigma_kg_h")
        if read.get(name, 0.0) < 0
    ]
    if "detected_at" in read and datetime.fromisoformat(read["detected_at"]) > now:
        reason = f"{read['detected_at']} is in the future"
        errors.append(FieldError(field="detected_at", reason=reason, reason_zh="时间在未来"))
    return errors
