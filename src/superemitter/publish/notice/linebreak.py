"""Where a line of mixed English and Chinese may end."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

NOT_AT_START: Final = frozenset("，。、；：？！）》」』】〕”’…—～·,.;:?!)]}%°′″")
NOT_AT_END: Final = frozenset("（《「『【〔“‘([{$±")
_AFTER: Final = frozenset("-/–—_&=?")  # a long path or address may break behind these


def wrapped(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break a text into lines no wider than `width`; at least one, possibly empty.

    Latin words stay whole where they fit on a line, Chinese breaks between any two characters, closing marks do
    not start a line and opening ones do not end it. A word wider than the line (a checksum, a long name) is cut.

    Parameters
    ----------
    text : str
        A line feed always ends a line.
    width : float
        In the unit of `measure`.
    measure : callable
        Width of a text in the font it will be drawn with.
    """
    return [line for paragraph in text.split("\n") for line in _filled(paragraph, width, measure)]


def _filled(paragraph: str, width: float, measure: Callable[[str], float]) -> list[str]:
    out: list[str] = []
    line = ""
    for part in _parts(paragraph):
        if measure((line + part).rstrip()) <= width:
            line += part
            continue
        if line.strip():
            out.append(line.rstrip())
        line = part.lstrip()
        while measure(line.rstrip()) > width and len(line) > 1:
            fitting = _fitting(line, width, measure)
            out.append(line[:fitting])
            line = line[fitting:]
    return [*out, line.rstrip()]


def _fitting(text: str, width: float, measure: Callable[[str], float]) -> int:
    """How many characters fit, at least one; found by halving."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= width else (low, middle - 1)
    return low


def _parts(paragraph: str) -> Iterator[str]:
    """Pieces that must not be split, in order; joined they are the paragraph."""
    start = 0
    for i in range(1, len(paragraph)):
        if _may_break(paragraph[i - 1], paragraph[i]):
            yield paragraph[start:i]
            start = i
    if paragraph:
        yield paragraph[start:]


def _may_break(before: str, after: str) -> bool:
    if after in NOT_AT_START or before in NOT_AT_END or after == " ":
        return False
    if before == " ":
        return True
    if before in _AFTER:
        return not after.isdigit()
    return _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")
