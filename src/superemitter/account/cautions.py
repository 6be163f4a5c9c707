"""What must be said beside a number: a stable code, the words, and the figures in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something that a number does not tell by itself.

    Attributes
    ----------
    code : str
        Stable, for programs and translations: ``"looks-left-out"``.
    text : str
        One sentence for a reader.
    values : mapping of str to float
        The figures in the sentence.
    assumed : bool
        It is an assumption that somebody made, not a property of the data.
    """

    code: str
    text: str
    values: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    assumed: bool = False

    def __str__(self) -> str:
        return self.text

    def as_dict(self) -> dict[str, Any]:
        """Plain types."""
        return {"code": self.code, "text": self.text, "values": dict(self.values), "assumed": self.assumed}
