"""A paper document: headings, paragraphs, pairs, tables, pictures, from one embedded font.

Everything is drawn with Noto Sans SC, which comes as a package: no system library, no installed font. The font
has one weight, so emphasis is size, colour, rules and a hair-thin rim.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from fpdf import FPDF
from fpdf.enums import TextMode
from fpdf.fonts import TTFFont
from PIL import Image
from pylopdf_fonts_zh_cn import sans_path

from superemitter.publish.drawing import INK, MUTED, WARNING
from superemitter.publish.notice.embedding import OwnNumbers
from superemitter.publish.notice.linebreak import wrapped
from superemitter.publish.notice.shown import is_complete, shown

FONT: Final = "sans"
ACCENT: Final = "#1f4e79"
RULE: Final = "#c4ccd4"
TINT: Final = "#f1f4f7"
CAUTION: Final = "#8a5a00"
BODY: Final = 9.0  # [pt]
SMALL: Final = 7.5  # [pt]
MARGIN: Final = 18.0  # [mm]
_LEADING: Final = 1.42  # line height per font size
_MM_PER_PT: Final = 25.4 / 72.0

Row: TypeAlias = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What stands on every page.

    Attributes
    ----------
    left, right : str
        Above the text.
    page : str
        Below it, with ``{page}`` and ``{pages}``.
    foot : str
        Below it, on the left.
    banners : tuple of (text, colour)
        Bands across the top of every page.
    """

    left: str
    right: str
    page: str
    foot: str
    banners: tuple[tuple[str, str], ...] = ()


class Sheet(FPDF):
    """A4 pages that break between lines, never through a row, with a heading kept beside what follows it."""

    def __init__(self, running: Running, *, pages: int, title: str, language: str, at: datetime) -> None:
        """Open the document.

        Parameters
        ----------
        running : Running
        pages : int
            How many there will be, to print "page 2 of 5"; lay out twice to know.
        title, language : str
            Metadata; the language as BCP 47.
        at : datetime
            Written as the creation date, so that equal contents give equal bytes.
        """
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.running, self.pages_expected, self.lost = running, pages, False
        self.set_creation_date(at)
        self.set_title(title)
        self.set_subject(title)
        self.set_lang(language)
        self.set_creator("superemitter")
        self.set_producer("superemitter")
        self.alias_nb_pages("")  # no text of the reader's may stand for the number of pages
        self.set_auto_page_break(False)
        self.set_margins(MARGIN, MARGIN)
        self.add_font(FONT, fname=sans_path())
        self.font = self.fonts[FONT]
        assert isinstance(self.font, TTFFont)
        self.font.subset = OwnNumbers(self.font)
        self._known = frozenset(self.font.cmap)
        self.set_font(FONT, size=BODY)
        self.add_page()

    def close(self) -> None:
        """Let go of the font's file, which the library keeps open. Call it when all is drawn and put out."""
        assert isinstance(self.font, TTFFont)
        self.font.ttfont.close()

    # ---- pages

    @property
    def bottom(self) -> float:
        """Lowest place for text. [mm]"""
        return float(self.h) - 17.0

    def header(self) -> None:
        """Banners and running head of a page, drawn by the library when the page begins."""
        y = 8.0
        for text, colour in self.running.banners:
            y = self._band(text, colour, y)
        y += 3.0
        self.line_at(self.running.left, MARGIN, y, size=SMALL, colour=MUTED)
        self.line_at(self.running.right, float(self.w) - MARGIN, y, size=SMALL, colour=MUTED, align="right")
        self.rule(y + 1.6)
        self.set_y(y + 6.0)

    def footer(self) -> None:
        """Page number and the line beside it."""
        y = float(self.h) - 9.0
        self.rule(y - 4.0)
        number = self.running.page.format(page=self.page_no(), pages=self.pages_expected)
        self.line_at(self.running.foot, MARGIN, y, size=SMALL, colour=MUTED)
        self.line_at(number, float(self.w) - MARGIN, y, size=SMALL, colour=MUTED, align="right")

    def room(self, height: float) -> None:
        """Begin a new page unless so much is left on this one. [mm]"""
        if self.get_y() + height > self.bottom:
            self.add_page()

    def _band(self, text: str, colour: str, y: float) -> float:
        lines = self.lines(text, float(self.w) - 2 * MARGIN - 6, BODY)
        height = len(lines) * leading(BODY) + 2.0
        self.fill(MARGIN, y, float(self.w) - 2 * MARGIN, height, colour)
        for i, line in enumerate(lines):
            baseline = y + 1.0 + (i + 0.72) * leading(BODY)
            self.line_at(line, float(self.w) / 2, baseline, colour="#ffffff", align="centre", strong=True)
        return y + height + 1.2

    # ---- parts

    def title_block(self, kicker: str, title: str) -> None:
        """The document's name, with the programme's above it."""
        self.paragraph(kicker, size=10.0, colour=ACCENT, strong=True)
        self.paragraph(title, size=18.0, colour=INK, strong=True)
        self.ln(1.0)

    def heading(self, text: str, *, reference: str = "", keep: float = 22.0) -> None:
        """A section's heading and entry in the outline; on the right the paragraph of the rule it fulfils.

        Begins a new page unless `keep` is left on this one. [mm]
        """
        self.room(keep)
        self.ln(4.0)
        self.start_section(self.shown(text))
        lines = self.lines(text, float(self.epw) - 38.0, 11.5)
        right, first = float(self.w) - MARGIN, self.get_y() + 0.75 * leading(11.5)
        self.line_at(reference, right, first, size=SMALL, colour=MUTED, align="right")
        for line in lines:
            self.line_at(line, MARGIN, self.get_y() + 0.75 * leading(11.5), size=11.5, colour=ACCENT, strong=True)
            self.ln(leading(11.5))
        self.rule(self.get_y(), colour=ACCENT)
        self.ln(1.8)

    def paragraph(
        self, text: str, *, size: float = BODY, colour: str = INK, strong: bool = False, indent: float = 0.0
    ) -> None:
        """Lines of text over the full width."""
        for line in self.lines(text, float(self.epw) - indent, size):
            self.room(leading(size))
            self.line_at(
                line, MARGIN + indent, self.get_y() + 0.75 * leading(size), size=size, colour=colour, strong=strong
            )
            self.ln(leading(size))
        self.ln(0.22 * leading(size))

    def boxed(self, text: str, *, colour: str = ACCENT, size: float = BODY) -> None:
        """A paragraph with a coloured rule at its side."""
        lines = self.lines(text, float(self.epw) - 8.0, size)
        while lines:
            self.room(min(len(lines), 2) * leading(size) + 3.0)
            fitting = max(int((self.bottom - self.get_y() - 3.0) / leading(size)), 1)
            now, lines = lines[:fitting], lines[fitting:]
            height = len(now) * leading(size) + 3.0
            y = self.get_y()
            self.fill(MARGIN, y, float(self.epw), height, TINT)
            self.fill(MARGIN, y, 1.2, height, colour)
            for i, line in enumerate(now):
                self.line_at(line, MARGIN + 4.0, y + 1.5 + (i + 0.75) * leading(size), size=size)
            self.set_y(y + height + 1.5)

    def pairs(self, rows: Sequence[tuple[str, str]], *, label_width: float = 52.0) -> None:
        """Label and value, line by line."""
        self.rows((), rows, (label_width, float(self.epw) - label_width), muted=(0,))

    def rows(
        self,
        head: Row,
        rows: Sequence[Row],
        widths: Sequence[float],
        *,
        align: str = "",
        muted: Sequence[int] = (),
        size: float = BODY,
    ) -> None:
        """Rows under a head that is repeated on each page.

        Parameters
        ----------
        widths : sequence of float
            Of the columns. [mm]
        align : str
            One letter a column, ``l`` or ``r``; left where it is short.
        muted : sequence of int
            Columns in a lighter ink.
        """
        aligned = align.ljust(len(widths), "l")
        style: dict[str, Any] = {"widths": widths, "align": aligned, "size": size}
        if head:
            self.room(3 * leading(size) + 4.0)
            self._row(head, **style, colours=[MUTED] * len(widths))
        colours = [MUTED if i in muted else INK for i in range(len(widths))]
        for row in rows:
            if self._row_height(row, widths, size) + self.get_y() > self.bottom:
                self.add_page()
                if head:
                    self._row(head, **style, colours=[MUTED] * len(widths))
            self._row(row, **style, colours=colours)
        self.ln(1.5)

    def _row_height(self, row: Row, widths: Sequence[float], size: float) -> float:
        most = max(len(self.lines(cell, w - 2.0, size)) for cell, w in zip(row, widths, strict=True))
        return most * leading(size) + 1.6

    def _row(self, row: Row, *, widths: Sequence[float], align: str, size: float, colours: Sequence[str]) -> None:
        """One row; one taller than the page goes on on the next."""
        columns = [self.lines(cell, w - 2.0, size) for cell, w in zip(row, widths, strict=True)]
        done, longest = 0, max(len(lines) for lines in columns)
        while done < longest:
            self.room(leading(size))
            fitting = max(int((self.bottom - self.get_y()) / leading(size)), 1)
            x, top = MARGIN, self.get_y() + 0.8
            for lines, width, side, colour in zip(columns, widths, align, colours, strict=True):
                self._cell(lines[done : done + fitting], x, top, width=width, side=side, size=size, colour=colour)
                x += width
            self.ln(min(fitting, longest - done) * leading(size))
            done += fitting
        self.ln(1.6)
        self.rule(self.get_y() - 0.2)

    def _cell(
        self, lines: Sequence[str], x: float, y: float, *, width: float, side: str, size: float, colour: str
    ) -> None:
        """One cell whole before the next, so that a text read aloud or copied keeps its order."""
        for i, line in enumerate(lines):
            baseline = y + (i + 0.75) * leading(size)
            if side == "r":
                self.line_at(line, x + width - 2.0, baseline, size=size, colour=colour, align="right")
            else:
                self.line_at(line, x, baseline, size=size, colour=colour)

    def picture(self, png: bytes, *, caption: str, alt: str, width: float) -> None:
        """A picture, never higher than 110 mm, with a caption below; `alt` for who cannot see it."""
        with Image.open(io.BytesIO(png)) as image:
            ratio = image.height / image.width
        width = min(width, float(self.epw), 110.0 / ratio)
        left = (self.bottom - self.get_y() - 3 * leading(SMALL) - 2.0) / ratio
        if 0.72 * width <= left < width:  # rather a little smaller than alone on the next page
            width = left
        self.room(width * ratio + 3 * leading(SMALL) + 2.0)
        self.image(io.BytesIO(png), x=MARGIN, y=self.get_y(), w=width, alt_text=self.shown(alt))
        self.ln(width * ratio + 1.5)
        self.paragraph(caption, size=SMALL, colour=MUTED)

    def blanks(self, labels: Sequence[str]) -> None:
        """Lines to fill in by hand, each with its label below."""
        self.room(len(labels) * 13.0)
        for label in labels:
            self.ln(8.5)
            self.rule(self.get_y(), colour=INK, right=MARGIN + 105.0)
            self.line_at(label, MARGIN, self.get_y() + 3.2, size=SMALL, colour=MUTED)
            self.ln(4.0)

    # ---- strokes

    def lines(self, text: str, width: float, size: float) -> list[str]:
        """A text as lines that fit a width. [mm, pt]"""
        self.lost = self.lost or not is_complete(text, self._known)
        self.set_font(FONT, size=size)
        return wrapped(self.shown(text), width, lambda part: float(self.get_string_width(part)))

    def line_at(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = BODY,
        colour: str = INK,
        align: str = "left",
        strong: bool = False,
    ) -> None:
        """One line of text, its baseline at y. [mm]"""
        text = self.shown(text)
        self.set_font(FONT, size=size)
        x -= {"left": 0.0, "right": 1.0, "centre": 0.5}[align] * float(self.get_string_width(text))
        rim: dict[str, Any] = {"text_mode": TextMode.FILL_STROKE, "line_width": 0.022 * size} if strong else {}
        with self.local_context(text_color=colour, draw_color=colour, **rim):
            self.text(x, y, text)

    def rule(self, y: float, *, colour: str = RULE, right: float | None = None) -> None:
        """A thin line across. [mm]"""
        with self.local_context(draw_color=colour, line_width=0.2):
            self.line(MARGIN, y, right or float(self.w) - MARGIN, y)

    def fill(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle. [mm]"""
        with self.local_context(fill_color=colour):
            self.rect(x, y, width, height, style="F")

    def shown(self, text: str) -> str:
        """A text as it can be drawn."""
        return shown(text, self._known)


def leading(size: float) -> float:
    """Line height of a font size. [pt] to [mm]"""
    return size * _LEADING * _MM_PER_PT


__all__ = ["ACCENT", "BODY", "CAUTION", "MARGIN", "MUTED", "SMALL", "WARNING", "Running", "Sheet", "leading"]
