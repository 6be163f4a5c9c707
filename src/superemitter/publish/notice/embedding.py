"""Embed the font so that every reader can copy, search and speak the text.

fpdf2 numbers the characters of an OpenType (CFF) font as they come and adds a table from its numbers to the font's
own. Viewers read that table, many programs that extract text do not. Here the font's own numbers are used from the
start, so that the standard encoding ``Identity-H`` holds (ISO 32000-1, 9.7.5.2) and no table is needed.
"""

from __future__ import annotations

from typing import Any

from fpdf.fonts import Glyph, SubsetMap, TTFFont
from fpdf.output import OutputProducer, PDFFont
from fpdf.syntax import Name


class OwnNumbers(SubsetMap):
    """Maps each character to the number it has in the font (CID)."""

    def __init__(self, font: TTFFont) -> None:
        super().__init__(font)
        for glyph in list(self._char_id_per_glyph):
            self._char_id_per_glyph[glyph] = number_of(glyph)

    def pick_glyph(self, glyph: Glyph | None) -> int | None:
        """The number a character is written with."""
        if glyph is None:
            return None
        return self._char_id_per_glyph.setdefault(glyph, number_of(glyph))


class IdentityProducer(OutputProducer):
    """Writes ``Identity-H`` for fonts whose characters are written with the font's own numbers."""

    def _add_fonts(self, *args: Any, **kwargs: Any) -> Any:
        written = super()._add_fonts(*args, **kwargs)
        for font in self.fpdf.fonts.values():
            # Only if every number is the font's own: otherwise the library's own table stays and stays right.
            entry = written[font.i]
            if isinstance(font, TTFFont) and isinstance(entry, PDFFont) and _are_own(font):
                entry.encoding = Name("Identity-H")
        return written


def _are_own(font: TTFFont) -> bool:
    return all(code == number_of(glyph) for glyph, code in font.subset.items())


def number_of(glyph: Glyph | None) -> int:
    """A glyph's CID; 0, "not defined", for none."""
    name = glyph.glyph_name if glyph is not None else ""
    return int(name[3:]) if name.startswith("cid") and name[3:].isdigit() else 0
