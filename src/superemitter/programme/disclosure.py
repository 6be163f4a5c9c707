"""Who looks at a case, and what of it they may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is to the register."""

    PUBLIC = "public"
    NOTIFIER = "notifier"
    REVIEWER = "reviewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who looks.

    Attributes
    ----------
    role : Role
    name : str
        As the history of cases has it; empty for the public.
    operator : str
        Whom an operator's account acts for; else empty.
    """

    role: Role = Role.PUBLIC
    name: str = ""
    operator: str = ""


PUBLIC: Final = Viewer()
