"""Reading data files strictly: each key is asked for by name and type, and a key nobody asked for is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from superemitter.model.errors import InvalidRules

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same words in English and Chinese; ``words["zh"]`` or ``words.zh``."""

    en: str
    zh: str

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class Table:
    """A TOML table that is read key by key.

    Parameters
    ----------
    content : mapping
        As TOML gives it.
    where : str
        Named in every error: ``"us-epa-sep.toml, text 2, duty 1"``.
    """

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self._left = dict(content)
        self.where = where

    def has(self, key: str) -> bool:
        """Whether the key is there and not read yet."""
        return key in self._left

    def _take(self, key: str, kinds: tuple[type, ...], expected: str) -> Any:
        if key not in self._left:
            raise InvalidRules(f"{self.where}: {key} is missing", hint=f"it must be {expected}")
        value = self._left.pop(key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise InvalidRules(f"{self.where}: {key} is {value!r}", hint=f"it must be {expected}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A string, not empty unless an empty default was given."""
        if default is not None and key not in self._left:
            return default
        value: str = self._take(key, (str,), "text")
        if not value.strip():
            raise InvalidRules(f"{self.where}: {key} is empty")
        return value

    def one_of(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """A string from a list."""
        value = self.text(key, default)
        if value not in choices:
            raise InvalidRules(f"{self.where}: {key} is {value!r}", hint=f"one of: {', '.join(choices)}")
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        value = float(self._take(key, (int, float), "a number"))
        if not abs(value) < float("inf"):
            raise InvalidRules(f"{self.where}: {key} is {value}")
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        if default is not None and key not in self._left:
            return default
        value: int = self._take(key, (int,), "a whole number")
        return value

    def truth(self, key: str, default: bool | None = None) -> bool:
        """``true`` or ``false``."""
        if default is not None and key not in self._left:
            return default
        value: bool = self._take(key, (bool,), "true or false")
        return value

    def day(self, key: str) -> date | None:
        """A date without time, or None if it is not given."""
        if key not in self._left:
            return None
        value: date = self._take(key, (date,), "a date")
        if isinstance(value, datetime):
            raise InvalidRules(f"{self.where}: {key} is {value!r}", hint="it must be a date without a time")
        return value

    def words(self, key: str, default: Bilingual | None = None) -> Bilingual:
        """``{ en = "...", zh = "..." }``."""
        if default is not None and key not in self._left:
            return default
        table = self.table(key)
        pair = Bilingual(en=table.text("en"), zh=table.text("zh"))
        table.done()
        return pair

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty if it is not given."""
        if key not in self._left:
            return ()
        values = self._take(key, (list,), "a list of texts")
        if not all(isinstance(value, str) and value for value in values):
            raise InvalidRules(f"{self.where}: {key} is {values!r}", hint="it must be a list of texts")
        return tuple(values)

    def table(self, key: str) -> Table:
        """A table within the table."""
        return Table(self._take(key, (dict,), "a table"), f"{self.where}, {key}")

    def tables(self, key: str) -> Iterator[Table]:
        """A list of tables; empty if it is not given."""
        if key not in self._left:
            return
        for number, content in enumerate(self._take(key, (list,), "a list of tables"), start=1):
            if not isinstance(content, dict):
                raise InvalidRules(f"{self.where}: {key} {number} is not a table")
            yield Table(content, f"{self.where}, {key} {number}")

    def conditions(self, key: str) -> Mapping[str, tuple[str, ...]]:
        """``{ field = ["value", ...] }``: each field must have one of its values; empty if not given."""
        if key not in self._left:
            return {}
        table = self.table(key)
        return {name: table.texts(name) for name in list(table._left)}

    def done(self) -> None:
        """Refuse what nobody asked for: a misspelt key must not pass as a rule that is absent."""
        if self._left:
            raise InvalidRules(f"{self.where}: unknown key {', '.join(sorted(self._left))}")


def parse(text: str, where: str) -> Table:
    """A TOML document as a table.

    Raises
    ------
    InvalidRules
        It is not TOML.
    """
    try:
        return Table(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRules(f"{where}: {error}") from error


def ensure_unique(ids: list[str], where: str) -> None:
    """Refuse an id that is given twice."""
    doubled = sorted({one for one in ids if ids.count(one) > 1})
    if doubled:
        raise InvalidRules(f"{where}: the id {', '.join(doubled)} is given more than once")
