"""Reading TOML data strictly: numbers as decimals, each key asked for, a key nobody asked for is an error."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from superemitter.model.errors import InvalidRules
from superemitter.model.passport import TAGS, Passport

T = TypeVar("T")


class DataTable:
    """A TOML table that is read key by key.

    Parameters
    ----------
    content : mapping
        As TOML gives it.
    where : str
        Named in every error: ``"current_law.toml, rate 2"``.
    """

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        self._left = dict(content)
        self.where = where

    @classmethod
    def parse(cls, text: str, where: str) -> DataTable:
        """A whole file; floating-point numbers are kept as the decimals they are written as.

        Raises
        ------
        InvalidRules
            It is not TOML.
        """
        try:
            return cls(tomllib.loads(text, parse_float=Decimal), where)
        except tomllib.TOMLDecodeError as error:
            raise InvalidRules(f"{where} is not TOML: {error}") from error

    def _take(self, key: str, kind: type[T], expected: str) -> T:
        if key not in self._left:
            raise InvalidRules(f"{self.where}: {key} is missing", hint=f"it must be {expected}")
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InvalidRules(f"{self.where}: {key} is {value!r}", hint=f"it must be {expected}")
        return value

    def has(self, key: str) -> bool:
        """Whether the key is there and not read yet."""
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        """A string; empty only where that is the default."""
        if default is not None and key not in self._left:
            return default
        value = self._take(key, str, "text")
        if not value.strip():
            raise InvalidRules(f"{self.where}: {key} is empty")
        return value

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """A string from a list."""
        value = self.text(key)
        if value not in choices:
            raise InvalidRules(f"{self.where}: {key} is {value!r}", hint=f"one of: {', '.join(choices)}")
        return value

    def number(self, key: str) -> Decimal:
        """A finite number, as the decimal it is written as."""
        if isinstance(self._left.get(key), int):
            return Decimal(self._take(key, int, "a number"))
        value = self._take(key, Decimal, "a number")
        if not value.is_finite():
            raise InvalidRules(f"{self.where}: {key} is {value}")
        return value

    def whole(self, key: str) -> int:
        """A whole number."""
        return self._take(key, int, "a whole number")

    def maybe_whole(self, key: str) -> int | None:
        """A whole number, or None if it is not given."""
        return self.whole(key) if self.has(key) else None

    def truth(self, key: str) -> bool:
        """``true`` or ``false``."""
        return self._take(key, bool, "true or false")

    def maybe_day(self, key: str) -> date | None:
        """A date without time, or None if it is not given."""
        if not self.has(key):
            return None
        value = self._take(key, date, "a date")
        if isinstance(value, datetime):
            raise InvalidRules(f"{self.where}: {key} is {value!r}", hint="it must be a date without a time")
        return value

    def moment(self, key: str) -> datetime:
        """A time with its zone."""
        value = self._take(key, datetime, "a time such as 2024-03-01T12:00:00Z")
        if value.tzinfo is None:
            raise InvalidRules(f"{self.where}: {key} has no time zone", hint="end it with Z for UTC")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        values: list[Any] = self._take(key, list, "a list of texts")
        if not all(isinstance(value, str) and value for value in values):
            raise InvalidRules(f"{self.where}: {key} is {values!r}", hint="it must be a list of texts")
        return tuple(values)

    def table(self, key: str) -> DataTable:
        """A table within the table."""
        content: dict[str, Any] = self._take(key, dict, "a table")
        return DataTable(content, f"{self.where}, {key}")

    def tables(self, key: str) -> Iterator[DataTable]:
        """A list of tables; empty if it is not given."""
        if not self.has(key):
            return
        contents: list[Any] = self._take(key, list, "a list of tables")
        for number, content in enumerate(contents, start=1):
            if not isinstance(content, dict):
                raise InvalidRules(f"{self.where}: {key} {number} is not a table")
            yield DataTable(content, f"{self.where}, {key} {number}")

    def passport(self) -> Passport:
        """The keys ``citation``, ``tag`` and, where there is one, ``note``."""
        return Passport(
            citation=self.text("citation"), tag=self.one_of("tag", tuple(TAGS)), note=self.text("note", "")
        )

    def done(self) -> None:
        """Say that everything was read.

        Raises
        ------
        InvalidRules
            A key is left that nobody asked for: a misspelling must not pass for a default.
        """
        if self._left:
            raise InvalidRules(f"{self.where}: unknown key {', '.join(sorted(self._left))}")
