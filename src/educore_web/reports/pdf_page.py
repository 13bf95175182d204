"""Pages of PDF documents: boxes of text in any language of the platform, also from right to left."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

from educore.translation import RIGHT_TO_LEFT

THIN_SPACE = "\u2009"
BREAK = re.compile(rf"[^\S{THIN_SPACE}]+")
UNKNOWN = "□"
"""Replacement for a character that the font lacks."""

FONT = "DejaVu Sans"
FONTS = Path(__file__).parents[1] / "static" / "fonts"

A4, A5 = (210.0, 297.0), (148.0, 210.0)
"""Width and height of an upright sheet. All lengths here are in millimetres."""

MIRRORED = {Align.L: Align.R, Align.R: Align.L, Align.C: Align.C}
INK, FAINT, LINE, PAPER, RED = (28, 32, 40), (112, 118, 130), (205, 209, 216), (244, 246, 249), (190, 40, 40)


class Page(FPDF):
    """A document whose first page is empty, with methods that write text into boxes of a fixed size.

    `format` is the width and the height of a page. In a language from right to left the page is mirrored: what the
    methods place on the left comes to the right.
    """

    def __init__(self, title: str, language: str, created_at: datetime, *, format: tuple[float, float]) -> None:  # noqa: A002
        super().__init__(format=format)
        self.is_mirrored = language in RIGHT_TO_LEFT
        self.set_title(title)
        self.set_lang(language)
        self.set_creation_date(created_at)
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font(FONT, style, FONTS / name)
        self.set_auto_page_break(False)
        self.alias_nb_pages("")  # or fpdf replaces {nb} in a text by the number of pages
        self.add_page()
        self.c_margin = 0

    def write_box(
        self,
        text: str,
        *,
        x: float,
        y: float,
        to: float,
        size: float,
        lines: int = 1,
        style: Literal["", "B"] = "",
        color: tuple[int, int, int] = INK,
        align: Align = Align.L,
    ) -> float:
        """Write a text between `x` and `to`, smaller or cut off if it is too long. Return the `y` below it."""
        if self.is_mirrored:
            x, to, align = self.w - to, self.w - x, MIRRORED[align]
        self.set_text_shaping(needs_shaping(text), direction="rtl" if self.is_mirrored else "ltr")
        self.set_text_color(*color)
        self.set_font(FONT, style, size)
        for line in self._fit(self._replace_missing(text), width=to - x, size=size, lines=lines):
            height = self.font_size * 1.25
            self.set_xy(x, y)
            self.cell(to - x, height, line, align=align)
            y += height
        return y

    def draw_line(self, *, x: float, to: float, y: float) -> None:
        """Draw a level line from `x` to `to`."""
        if self.is_mirrored:
            x, to = self.w - to, self.w - x
        self.set_draw_color(*LINE)
        self.line(x, y, to, y)

    def fill_box(self, color: tuple[int, int, int], *, x: float, y: float, to: float, height: float) -> None:
        """Fill a rectangle from `x` to `to`."""
        if self.is_mirrored:
            x, to = self.w - to, self.w - x
        self.set_fill_color(*color)
        self.rect(x, y, to - x, height, style="F")

    def _fit(self, text: str, *, width: float, size: float, lines: int) -> list[str]:
        """Split a text into lines in the largest of three font sizes that fits; else cut the last line off."""
        for scale in (1, 0.85, 0.7):
            self.set_font_size(size * scale)
            output = self.multi_cell(width, text=text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES)
            split = cast("list[str]", output)
            if len(split) <= lines:
                return split
        return [*split[: lines - 1], split[lines - 1][:-2].rstrip() + "…"]

    def _replace_missing(self, text: str) -> str:
        """Return the text on one line, without control characters and with UNKNOWN for what the font lacks."""
        known = cast(TTFFont, self.current_font).cmap
        characters = unicodedata.normalize("NFC", BREAK.sub(" ", text).strip())
        return "".join(c if ord(c) in known else UNKNOWN for c in characters if unicodedata.category(c)[0] != "C")


def needs_shaping(text: str) -> bool:
    """Return whether a text has letters that join each other and run from right to left, such as Arabic ones."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
