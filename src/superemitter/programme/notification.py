"""The notification: what a notice of a super-emitter event must contain, and what it still lacks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from superemitter.model.errors import InvalidValue
from superemitter.programme.calendar import due_at
from superemitter.programme.rules import RuleText

DATUM = "NAD83"
DECIMALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A file that goes with a notice or a report: name, SHA-256 (hexadecimal), media type, what it shows."""

    name: str
    sha256: str
    media_type: str
    caption: str = ""

    def __post_init__(self) -> None:
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise InvalidValue(f"the SHA-256 of {self.name} is {self.sha256!r}", hint="64 hexadecimal digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class NearbyOwner:
    """Owner or operator of a facility near the place of a leak, and how far its equipment is. [m]"""

    operator: str
    facility_id: str
    facility_name: str
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRate:
    """A rate as a notice states it. All in kg of methane per hour.

    Attributes
    ----------
    rate_kg_h : float
        Central estimate: what a threshold is compared with.
    sigma_kg_h : float or None
        1-sigma uncertainty, where it is stated as one number.
    low_kg_h, high_kg_h : float or None
        68 % interval.
    low95_kg_h, high95_kg_h : float or None
        95 % interval.
    method : str
    probability_ge_100_kg_h : float or None
    """

    rate_kg_h: float
    method: str
    sigma_kg_h: float | None = None
    low_kg_h: float | None = None
    high_kg_h: float | None = None
    low95_kg_h: float | None = None
    high95_kg_h: float | None = None
    probability_ge_100_kg_h: float | None = None

    def __post_init__(self) -> None:
        order = (self.low95_kg_h, self.low_kg_h, self.rate_kg_h, self.high_kg_h, self.high95_kg_h)
        given = [value for value in order if value is not None]
        if not all(math.isfinite(value) for value in given) or given != sorted(given):
            raise InvalidValue(f"rate and bounds are not finite and in order: {given} kg/h")
        if self.sigma_kg_h is not None and not (math.isfinite(self.sigma_kg_h) and self.sigma_kg_h >= 0):
            raise InvalidValue(f"the uncertainty of the rate is {self.sigma_kg_h} kg/h")

    @property
    def has_bounds(self) -> bool:
        """Whether it says how well it is known: one sigma, or a 68 % interval."""
        return self.sigma_kg_h is not None or (self.low_kg_h is not None and self.high_kg_h is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """The statement a notifier signs: its text, who signed, and the day of the signature."""

    text: str
    signer: str
    signed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlumeFacts:
    """What was seen of one plume: enough to find it again and to draw it.

    Lengths in metres, angles in degrees clockwise from north, wind in m/s; None where it is not known.
    """

    plume_id: str
    scene_id: str
    instrument: str
    time: datetime
    longitude: float
    latitude: float
    source_sigma_m: float | None = None
    length_m: float | None = None
    axis_deg: float | None = None
    max_enhancement_ppm_m: float | None = None
    detection_probability: float | None = None
    wind_speed_m_s: float | None = None
    wind_sigma_m_s: float | None = None
    wind_from_deg: float | None = None
    wind_source: str = ""
    reviewed_by: str = ""
    run_id: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notice of a super-emitter event, complete or not: :func:`missing_items` says which.

    Attributes
    ----------
    case_id, chain_head : str
        The case, and the digest of its last event when the notice was made.
    programme_id, text_id, text_citation : str
        The rule text it is made under.
    language : str
        ``"en"`` or ``"zh"``.
    verified : bool
        False if a parameter of the text was not checked against the primary text: show the banner.
    simulated : bool
        True if any input is simulated: say so on every page.
    notifier_id, notifier_name : str
        Id given by the programme.
    detected_at : tuple of datetime
        Every survey, in order; the last one is the detection.
    longitude, latitude : float
        [degree]. Written with four decimals. The rule asks for NAD83; WGS 84 coordinates differ from it by one to
        two metres, below the fourth decimal (about 11 m).
    owners_nearby : tuple of NearbyOwner or None
        Owners or operators of facilities within the text's distance; None: not available, `owners_note` says why.
    technology, approval_reference : str
        ``"satellite"``, ``"aircraft_remote_sensing"``, ``"mobile_monitoring_platform"``; its approval's number.
    evidence : tuple of Evidence
    rate : ReportedRate or None
    attestation : Attestation or None
    submitted_at : datetime or None
    data_received_at : datetime or None
        When the receiver of the notice got the data, for texts whose clock starts there.
    plumes : tuple of PlumeFacts
        Reviewed and accepted ones only.
    """

    case_id: str
    chain_head: str
    programme_id: str
    text_id: str
    text_citation: str
    language: str
    verified: bool
    simulated: bool
    notifier_id: str
    notifier_name: str
    detected_at: tuple[datetime, ...]
    longitude: float
    latitude: float
    technology: str
    approval_reference: str
    owners_nearby: tuple[NearbyOwner, ...] | None = None
    owners_note: str = ""
    evidence: tuple[Evidence, ...] = ()
    rate: ReportedRate | None = None
    attestation: Attestation | None = None
    submitted_at: datetime | None = None
    data_received_at: datetime | None = None
    plumes: tuple[PlumeFacts, ...] = ()
    emission_id: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        if not (-180 <= self.longitude <= 180 and -90 <= self.latitude <= 90):
            raise InvalidValue(
                f"the notice of {self.case_id} lies at longitude {self.longitude}, latitude {self.latitude}",
                hint="are longitude and latitude swapped?",
            )
        moments = [*self.detected_at, *filter(None, (self.submitted_at, self.data_received_at))]
        if any(moment.tzinfo is None for moment in moments):
            raise InvalidValue(f"a time in the notice of {self.case_id} has no time zone")

    @property
    def detected(self) -> datetime | None:
        """The detection: the final survey where there are several. UTC."""
        return max(self.detected_at).astimezone(UTC) if self.detected_at else None

    @property
    def place(self) -> tuple[str, str]:
        """Latitude and longitude as the notice writes them: decimal degrees, four decimals."""
        return f"{self.latitude:.{DECIMALS}f}", f"{self.longitude:.{DECIMALS}f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingItem:
    """Something a notice lacks: the item's id, the rule that asks for it, what to supply (English, Chinese)."""

    item: str
    citation: str
    what: str
    what_zh: str


def missing_items(notification: Notification, text: RuleText) -> tuple[MissingItem, ...]:
    """What a notice lacks under a rule text, in the text's order; empty if it is complete.

    A notice that is not submitted yet lacks nothing by that alone: only one submitted too late does.

    Parameters
    ----------
    notification : Notification
    text : RuleText
        Its notice items decide what is looked for.

    Returns
    -------
    tuple of MissingItem
    """
    return tuple(
        MissingItem(item=item.id, citation=item.passport.citation, what=item.title.en, what_zh=item.title.zh)
        for item in text.notice_items
        if not ITEM_CHECKS[item.id](notification, text)
    )


def _technology_is_approved(notice: Notification, text: RuleText) -> bool:
    known = not text.technologies or notice.technology in text.technologies
    return bool(notice.technology) and known and bool(notice.approval_reference.strip())


def _attestation_is_signed(notice: Notification, text: RuleText) -> bool:
    signed = notice.attestation
    if signed is None or not signed.signer.strip() or not signed.text.strip():
        return False
    wanted = text.attestation
    # Only a wording read in the primary text can be insisted on.
    return (
        wanted is None
        or not wanted.passport.verified
        or _words(signed.text) in (_words(wanted.words.en), _words(wanted.words.zh))
    )


def _words(text: str) -> str:
    return " ".join(text.split())


def _in_time(notice: Notification, text: RuleText) -> bool:
    """Whether it was submitted inside the limit; True while it is not submitted."""
    duty = next((duty for duty in text.duties if duty.ends_on == "notified"), None)
    if duty is None or notice.submitted_at is None:
        return True
    start = notice.data_received_at if duty.starts_on == "data-received" else notice.detected
    if start is None:
        return False
    due = due_at(start, duty.amount, duty.unit, zone=text.time_zone, holidays=text.holidays)
    return due is None or notice.submitted_at <= due


# What each notice item of a rule file means. A rule file may name only these.
ITEM_CHECKS: dict[str, Callable[[Notification, RuleText], bool]] = {
    "notifier_id": lambda n, t: bool(n.notifier_id.strip()),
    "detection_date": lambda n, t: bool(n.detected_at),
    "place": lambda n, t: True,
    "owners_nearby": lambda n, t: n.owners_nearby is not None or bool(n.owners_note.strip()),
    "technology_approval": _technology_is_approved,
    "technology": lambda n, t: bool(n.technology.strip()),
    "evidence": lambda n, t: bool(n.evidence),
    "image": lambda n, t: any(e.media_type.startswith("image/") for e in n.evidence),
    "rate_with_bounds": lambda n, t: n.rate is not None and n.rate.has_bounds,
    "attestation": _attestation_is_signed,
    "in_time": _in_time,
    "emission_id": lambda n, t: bool(n.emission_id.strip()),
}
