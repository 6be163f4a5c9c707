"""Where a parameter was read: the passport that every number of law and of accounting carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from superemitter.model.errors import InvalidValue

TAGS: Final = {
    "V": "primary text read",
    "S": "secondary source read",
    "M": "not checked",
    "C": "convention of this project, where the text is silent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """Where a parameter was read, and whether that was the primary text.

    Attributes
    ----------
    citation : str
    tag : str
        A key of :data:`TAGS`.
    note : str

    Raises
    ------
    InvalidValue
        No citation, or an unknown tag.
    """

    citation: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.citation.strip():
            raise InvalidValue("a parameter has no citation")
        if self.tag not in TAGS:
            raise InvalidValue(f"there is no tag {self.tag!r}", hint=f"one of: {', '.join(TAGS)}")

    @property
    def verified(self) -> bool:
        """True only if the primary text was read."""
        return self.tag == "V"
