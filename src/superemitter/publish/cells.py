"""How values stand in a table of text: one way for every CSV file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

#: First letters that make a spreadsheet take a text for a formula; wide ones are read like the narrow ones.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROL_STARTS: Final = ("\t", "\r", "\n")


def csv_cell(value: object) -> str:
    """A value as a cell of RFC 4180 text.

    None is empty, floats are written so that they read back unchanged, times are UTC with a Z. A text that a
    spreadsheet would take for a formula gets a leading apostrophe: names come from files of others.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, float):
        return repr(value)
    text = str(value)
    risky = text.startswith(_CONTROL_STARTS) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if isinstance(value, str) and risky else text


def utc_text(moment: datetime) -> str:
    """A time as RFC 3339 has it: ``2023-07-17T06:05:00Z``. It must have a zone."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
