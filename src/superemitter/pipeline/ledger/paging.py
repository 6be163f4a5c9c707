"""Where a page ends, as an opaque text that the next question passes on."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from superemitter.model.errors import UsageError


def packed(*values: str) -> str:
    """The end of a page."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def is_storable(value: Any) -> bool:
    """Whether a value is a text that a database can hold: it can be asked for nothing else."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def unpacked(after: str, count: int) -> list[str]:
    """What the end of a page was made of.

    Raises
    ------
    UsageError
        It is not one of ours.
    """
    try:
        values: Any = json.loads(base64.urlsafe_b64decode(after.encode()))
        if not (isinstance(values, list) and len(values) == count and all(map(is_storable, values))):
            raise ValueError("another list's page")
    except (ValueError, binascii.Error, RecursionError):
        raise no_page(after) from None
    return [str(one) for one in values]


def number_in(after: str | None) -> int:
    """The number that a page ends with; 0 before the first page."""
    text = "0" if after is None else unpacked(after, 1)[0]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise no_page(text)
    return int(text)


def moment_in(text: str) -> datetime:
    """The moment that a page ends with."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise no_page(text) from None
    if moment.tzinfo is None:
        raise no_page(text)
    return moment


def no_page(after: str) -> UsageError:
    """What to say of something that is not the end of a page."""
    return UsageError(f"{after[:40]!r} is not the end of a page", hint="pass `next` of the page before")
