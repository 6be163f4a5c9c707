"""Texts from outside, made fit to be drawn: nothing in them can steer the page or be lost unseen."""

from __future__ import annotations

import unicodedata
from collections.abc import Set
from typing import Final

UNKNOWN: Final = "?"
_JOINERS: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff")


def shown(text: str, known: Set[int]) -> str:
    """A text without control and direction characters, with ``?`` for what the font lacks.

    A tab becomes a space; a line feed stays. Joiners that draw nothing are dropped.

    Parameters
    ----------
    known : set of int
        Code points the font has.
    """
    out = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character == "\n":
            out.append(character)
        elif character in _JOINERS or (category == "Cf" and character != "\u00ad"):
            continue
        elif category in ("Cc", "Zl", "Zp"):
            out.append(" ")
        elif ord(character) in known:
            out.append(character)
        else:
            out.append(" " if category == "Zs" else UNKNOWN)
    return "".join(out)


def is_complete(text: str, known: Set[int]) -> bool:
    """Whether every character that means something can be drawn."""
    return UNKNOWN not in shown(text.replace(UNKNOWN, ""), known)
