"""Read a catalogue of messages: one TOML table an id, one text a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from superemitter.model.errors import InvalidValue

LANGUAGES: Final = ("en", "zh")

_DATA = files("superemitter") / "publish" / "messages"


@cache
def catalogue(name: str) -> Mapping[str, Mapping[str, str]]:
    """Every message of a catalogue: id to language to text.

    Parameters
    ----------
    name : str
        ``"notice"``, ``"forms"``.
    """
    content = tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))
    return {f"{group}.{key}": texts for group, messages in content.items() for key, texts in messages.items()}


@dataclass(frozen=True, slots=True)
class Messages:
    """One catalogue in one language: ``messages("section.rate", value="1,240")``.

    Raises
    ------
    InvalidValue
        There is no such language.
    """

    name: str
    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise InvalidValue(f"there is no language {self.language!r}", hint=f"one of: {', '.join(LANGUAGES)}")

    def __call__(self, message_id: str, /, **values: Any) -> str:
        """The text of an id, its ``{fields}`` filled in; values are never read as fields themselves."""
        return catalogue(self.name)[message_id][self.language].format(**values)

    def get(self, message_id: str, default: str) -> str:
        """The text of an id, or a default if there is none: for words that come from data files."""
        texts = catalogue(self.name).get(message_id)
        return texts[self.language] if texts else default
