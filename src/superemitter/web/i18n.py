"""English and Chinese from one catalogue: messages, numbers, dates."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Final

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

LANGUAGES: Final = ("en", "zh")
DEFAULT: Final = "en"
_LOCALES: Final = {"en": "en_GB", "zh": "zh_Hans_CN"}
#: What stands between a number and its unit: keeps them on one line.
_SPACE: Final = "\u00a0"


@cache
def translations(language: str) -> NullTranslations:
    """The messages of a language; the message id is the English text."""
    if language == DEFAULT:
        return NullTranslations()
    text = (files("superemitter.web") / "locale" / f"{language}.po").read_text(encoding="utf-8")
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.StringIO(text), locale=language))
    compiled.seek(0)
    return Translations(compiled)


def chosen(cookie: str | None, accepted: str) -> str:
    """The language of somebody who has not named one: that of the last visit, else what the browser accepts."""
    if cookie in LANGUAGES:
        return cookie
    wishes = []
    for place, part in enumerate(accepted.split(",")[:20]):
        name, _, quality = part.strip().partition(";q=")
        try:
            wishes.append((-float(quality or 1), place, name.lower().split("-")[0]))
        except ValueError:
            continue
    return next((name for _, _, name in sorted(wishes) if name in LANGUAGES), DEFAULT)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says things in one language."""

    language: str

    @property
    def gettext(self) -> Callable[[str], str]:
        """Turns an English message into the language's own."""
        return translations(self.language).gettext

    def __call__(self, message: str, **values: object) -> str:
        """A message in the language; ``%(name)s`` in it is filled in."""
        said = self.gettext(message)
        return said % values if values else said

    @property
    def colon(self) -> str:
        """A colon as the language sets it."""
        return ": " if self.language == DEFAULT else "\uff1a"

    @property
    def stop(self) -> str:
        """A full stop as the language sets it."""
        return "." if self.language == DEFAULT else "\u3002"

    @property
    def _locale(self) -> str:
        return _LOCALES[self.language]

    def number(self, value: float, digits: int = 3) -> str:
        """A number to so many significant digits, thousands separated, with a true minus sign."""
        return self._written(_rounded(value, digits))

    def _written(self, value: float) -> str:
        places = 0 if value == int(value) else max(0, -_exponent(value) + 2)
        text = format_decimal(value, format="#,##0." + "#" * max(places, 1), locale=self._locale)
        return text.replace("-", "\u2212")

    def whole(self, value: int) -> str:
        """A count."""
        return format_decimal(value, format="#,##0", locale=self._locale)

    def fixed(self, value: float, places: int) -> str:
        """A number with so many decimals."""
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(value, format=pattern, locale=self._locale).replace("-", "\u2212")

    def rate(self, value: float) -> str:
        """An emission rate: ``"1,240 kg/h"``. [kg/h]"""
        return f"{self.number(value)}{_SPACE}kg/h"

    def rate_with_bounds(self, value: float, low: float | None, high: float | None) -> str:
        """A rate with its 68 % interval: ``"1,240 kg/h (68 %: 830–1,760)"``. [kg/h]"""
        if low is None or high is None:
            return self.rate(value)
        return f"{self.rate(value)} (68{_SPACE}%{self.colon}{self.span(low, high)})"

    def span(self, low: float, high: float) -> str:
        """An interval: ``"830–1,760"``."""
        return f"{self.number(low)}\u2013{self.number(high)}"

    def percent(self, probability: float) -> str:
        """A probability in percent, never certain: ``"97 %"``, ``"> 99 %"``."""
        if probability < 0.01:
            return f"<{_SPACE}1{_SPACE}%"
        if probability > 0.99:
            return f">{_SPACE}99{_SPACE}%"
        return format_percent(probability, locale=self._locale).replace("%", f"{_SPACE}%")

    def time(self, moment: datetime) -> str:
        """``"17 July 2023 06:05 UTC"``."""
        # A Chinese date has no blank to break a line at but the one behind it.
        blank = _SPACE if self.language == DEFAULT else " "
        return f"{self.day(moment)}{blank}{moment.astimezone(UTC):%H:%M}{_SPACE}UTC"

    def day(self, moment: datetime | date) -> str:
        """``"17 July 2023"``."""
        if isinstance(moment, datetime):
            return format_datetime(moment.astimezone(UTC), "d MMMM y" if self.language == "en" else "y年M月d日",
                                   locale=self._locale)  # fmt: skip
        return format_date(moment, "d MMMM y" if self.language == "en" else "y年M月d日", locale=self._locale)

    def place(self, longitude: float, latitude: float) -> str:
        """``"34.41230° N, 118.52340° W"``."""
        parts = (
            (latitude, self.gettext("N") if latitude >= 0 else self.gettext("S")),
            (longitude, self.gettext("E") if longitude >= 0 else self.gettext("W")),
        )
        comma = ", " if self.language == DEFAULT else "\uff0c"
        return comma.join(f"{abs(value):.5f}°{_SPACE}{letter}" for value, letter in parts)

    def days_left(self, days: float) -> str:
        """How long a clock still runs, or for how long it has been overdue."""
        whole = abs(days)
        if whole >= 2:
            amount = self.gettext("%(n)s days") % {"n": self.fixed(whole, 0)}
        else:
            amount = self.gettext("%(n)s hours") % {"n": self.fixed(24 * whole, 0)}
        said = self.gettext("overdue by %(time)s") if days < 0 else self.gettext("%(time)s left")
        return said % {"time": amount}


def _exponent(value: float) -> int:
    return 0 if value == 0 else int(f"{abs(value):e}".split("e")[1])


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")
