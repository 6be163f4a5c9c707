"""Numbers, days, times and limits as a notice writes them, in its language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from superemitter.programme.clocks import Clock, clocks
from superemitter.programme.notification import DATUM, Notification, ReportedRate
from superemitter.programme.rules import Duty, RuleText
from superemitter.publish.messages import Messages
from superemitter.publish.notice.material import NoticeMaterial
from superemitter.publish.wording import interval_text, rounded, significant, value_parts

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """A notice's language and the time zone it counts days in; ``words("label.name")`` is a message."""

    language: str
    zone: ZoneInfo

    def __call__(self, message_id: str, /, **values: object) -> str:
        """The text of a message."""
        return Messages("notice", self.language)(message_id, **values)

    def term(self, group: str, word: str) -> str:
        """The name of a word that comes from data; the word itself if it has none."""
        return Messages("notice", self.language).get(f"{group}.{word}", word.replace("_", " "))

    def day(self, day: date) -> str:
        """``17 July 2027`` or ``2027年7月17日``."""
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def clock(self, moment: datetime) -> str:
        """Day and time to the minute, in the moment's own zone."""
        return f"{self.day(moment.date())} {moment:%H:%M}"

    def utc(self, moment: datetime) -> str:
        """Day and time in UTC, with the name."""
        return f"{self.clock(moment.astimezone(UTC))} UTC"

    def both(self, moment: datetime) -> str:
        """Local and UTC."""
        local = self.clock(moment.astimezone(self.zone))
        return self("text.moment", local=local, zone=self.zone.key, utc=self.clock(moment.astimezone(UTC)))

    def both_lines(self, moment: datetime) -> str:
        """Local and UTC, one below the other."""
        return f"{self.clock(moment.astimezone(self.zone))} ({self.zone.key})\n{self.utc(moment)}"

    def place(self, latitude: str, longitude: str) -> str:
        """``31.9000° N, 102.1012° W`` or ``北纬 31.9000°，西经 102.1012°``, from decimal degrees as text."""
        south, west = latitude.startswith("-"), longitude.startswith("-")
        north_south, east_west = latitude.lstrip("-"), longitude.lstrip("-")
        if self.language == "zh":
            return f"{'南' if south else '北'}纬 {north_south}°，{'西' if west else '东'}经 {east_west}°"
        return f"{north_south}° {'S' if south else 'N'}, {east_west}° {'W' if west else 'E'}"

    def rate(self, rate: ReportedRate) -> str:
        """The central estimate with what is known of its uncertainty, in one line."""
        if rate.low_kg_h is not None and rate.high_kg_h is not None:
            middle, interval = value_parts(rate.rate_kg_h, rate.low_kg_h, rate.high_kg_h)
            return self("text.rate_line", rate=middle, interval=interval)
        if rate.sigma_kg_h is not None:
            sigma = significant(rate.sigma_kg_h, 2)
            return self("text.rate_sigma_line", rate=significant(rate.rate_kg_h), sigma=sigma)
        return f"{significant(rate.rate_kg_h)} kg/h"

    def interval(self, low: float | None, high: float | None) -> str:
        """An interval in kg/h, or that none is given."""
        if low is None or high is None:
            return self("label.not_given")
        return f"{interval_text(low, high)} kg/h"

    def probability(self, value: float | None) -> str:
        """A probability in percent, never certain."""
        if value is None:
            return self("label.not_given")
        percent = "< 1" if value < 0.01 else "> 99" if value > 0.99 else f"{100 * value:.0f}"
        return f"{percent} %"

    def metres(self, value: float) -> str:
        """A distance to a tenth of a metre."""
        return f"{rounded(value, 0.1)} m"

    # ---- limits

    def length(self, amount: float, unit: str) -> str:
        """``5 calendar days``."""
        text = self(f"unit.{unit}", amount=f"{amount:g}")
        return text.removesuffix("s") if amount == 1 and self.language == "en" else text

    def limit(self, duty: Duty) -> str:
        """How long a duty has: ``5 calendar days after receipt of the notice``."""
        start = self.term("start", duty.starts_on)
        if duty.tiers:
            return self("unit.after", limit=self._tiers(duty), start=start)
        if duty.unit == "promptly":
            text = self("unit.promptly")
        else:
            text = self("unit.after", limit=self.length(duty.amount, duty.unit), start=start)
        if duty.cap is not None:
            cap_start, amount, unit = duty.cap
            cap = self("unit.after", limit=self.length(amount, unit), start=self.term("start", cap_start))
            text = self("unit.capped", limit=text, cap=cap)
        return text

    def _tiers(self, duty: Duty) -> str:
        parts = []
        for tier in duty.tiers:
            length = self.length(tier.amount, tier.unit)
            if tier.below is None:
                parts.append(self("unit.tier_rest", limit=length))
            else:
                parts.append(self("unit.tier_below", below=f"{tier.below:g} kg/h", limit=length))
        if duty.not_determined is not None:
            rest = duty.not_determined
            parts.append(self("unit.tier_unknown", limit=self.length(rest.amount, rest.unit)))
        return ("；" if self.language == "zh" else "; ").join(parts)


def datum_of(text: RuleText) -> str:
    """The datum a notice's coordinates are stated in: NAD83 where the rule is American, else WGS 84."""
    return DATUM if text.jurisdiction.split("-")[0] == "US" else "WGS 84"


def clocks_of(notification: Notification, text: RuleText, material: NoticeMaterial) -> dict[str, Clock]:
    """The clocks that run (or have run) when the notice is made, by duty."""
    own = {
        "detected": notification.detected,
        "data-received": notification.data_received_at,
        "notified": notification.submitted_at,
    }
    moments = {name: moment for name, moment in own.items() if moment is not None} | dict(material.moments)
    rates = {"methane_rate": notification.rate.rate_kg_h} if notification.rate else {}
    found = clocks(text, moments, material.made_at, facts=material.facts, rates=rates)
    return {clock.duty.id: clock for clock in found}
