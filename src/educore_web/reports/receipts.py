"""Receipts of payments as PDF: one A5 page, to file or to print."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

from educore.translation import RIGHT_TO_LEFT
from educore_web.i18n import find_sentence, locale_of

THIN_SPACE = "\u2009"
BREAK = re.compile(rf"[^\S{THIN_SPACE}]+")
UNKNOWN = "□"
"""Replacement for a character that the font lacks."""

FONT = "DejaVu Sans"
FONTS = Path(__file__).parents[1] / "static" / "fonts"
LEFT, MIDDLE, RIGHT = 15.0, 135.0, 195.0
"""Left edges of the two columns, and the right edge of the page. All lengths here are in millimetres."""

A5 = (148.0, 210.0)
MIRRORED = {Align.L: Align.R, Align.R: Align.L, Align.C: Align.C}
INK, FAINT, LINE, PAPER, RED = (28, 32, 40), (112, 118, 130), (205, 209, 216), (244, 246, 249), (190, 40, 40)


@dataclass(frozen=True)
class Receipt:
    """Contents of a receipt. `method` is in the language of the receipt, `currency` is its ISO 4217 code.

    Days and amounts are written as in the `country` of the Center.
    """

    center: str
    address: str
    phone: str
    number: str
    student: str
    group: str
    amount: Decimal
    currency: str
    method: str
    paid_on: date
    received_by: str
    due_on: date | None = None
    notes: str = ""
    language: str = "en"
    country: str = ""
    is_cancelled: bool = False

    @property
    def locale(self) -> Locale:
        """The locale in which the receipt writes days and amounts."""
        return locale_of(self.language, self.country)

    def label(self, name: str) -> str:
        """Return a label of the form in the language of the receipt."""
        return str(find_sentence(f"receipts.{name}", self.language))


def render_receipt(receipt: Receipt, *, created_at: datetime) -> bytes:
    """Render a receipt as a PDF of one page. The same receipt with the same `created_at` gives the same bytes."""
    page = Page(f"{receipt.label('receipt')} {receipt.number}", receipt.language, created_at)
    _write_letterhead(page, receipt)
    _write_amount(page, receipt)
    _write_details(page, receipt)
    _write_signature(page, receipt)
    if receipt.is_cancelled:
        _stamp(page, receipt.label("cancelled"))
    return bytes(page.output())


class Page(FPDF):
    """An empty A5 page in landscape, with methods that write text into boxes of a fixed size.

    In a language from right to left the page is mirrored: what the methods place on the left comes to the right.
    """

    def __init__(self, title: str, language: str, created_at: datetime) -> None:
        super().__init__(orientation="landscape", format=A5)
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


# -- the parts of the page, from top to bottom ---------------------------------------------------------


def _write_letterhead(page: Page, receipt: Receipt) -> None:
    below = page.write_box(receipt.center, x=LEFT, y=14, to=MIDDLE - 5, size=15, lines=2, style="B")
    below = page.write_box(receipt.address, x=LEFT, y=below + 1, to=MIDDLE - 5, size=8.5, lines=2, color=FAINT)
    page.write_box(receipt.phone, x=LEFT, y=below, to=MIDDLE - 5, size=8.5, color=FAINT)
    below = page.write_box(receipt.label("receipt"), x=MIDDLE, y=15, to=RIGHT, size=9, color=FAINT, align=Align.R)
    page.write_box(f"№ {receipt.number}", x=MIDDLE, y=below, to=RIGHT, size=12, style="B", align=Align.R)


def _write_amount(page: Page, receipt: Receipt) -> None:
    page.set_fill_color(*PAPER)
    page.rect(LEFT, 43, RIGHT - LEFT, 24, style="F", round_corners=True, corner_radius=2)
    page.write_box(receipt.label("amount"), x=LEFT + 6, y=46.5, to=RIGHT - 6, size=8, color=FAINT)
    amount = f"{_format_amount(receipt)} {receipt.currency}"
    page.write_box(amount, x=LEFT + 6, y=51, to=RIGHT - 6, size=30, style="B")


def _format_amount(receipt: Receipt) -> str:
    """Format the amount with thin spaces between thousands, and without decimals that are zero: 1 250 000."""
    whole, _, cents = f"{receipt.amount:,.2f}".partition(".")
    point = get_decimal_symbol(receipt.locale)
    return whole.replace(",", THIN_SPACE) + ("" if cents == "00" else point + cents)


def _write_details(page: Page, receipt: Receipt) -> None:
    paid = format_date(receipt.paid_on, "long", locale=receipt.locale)
    due = format_date(receipt.due_on, "long", locale=receipt.locale) if receipt.due_on else ""
    _write_field(page, receipt.label("student"), receipt.student, x=LEFT, y=75, to=MIDDLE - 5, style="B")
    _write_field(page, receipt.label("group"), receipt.group, x=MIDDLE, y=75, to=RIGHT)
    _write_field(page, receipt.label("method"), receipt.method, x=LEFT, y=92, to=LEFT + 55)
    _write_field(page, receipt.label("date"), paid, x=LEFT + 60, y=92, to=MIDDLE - 5)
    _write_field(page, receipt.label("due"), due, x=MIDDLE, y=92, to=RIGHT)
    _write_field(page, receipt.label("notes"), receipt.notes, x=LEFT, y=109, to=MIDDLE - 5, lines=4)


def _write_field(
    page: Page, label: str, text: str, *, x: float, y: float, to: float, lines: int = 2, style: Literal["", "B"] = ""
) -> None:
    """Write a label with a text below it, or nothing if the text is empty."""
    if text:
        below = page.write_box(label, x=x, y=y, to=to, size=7.5, color=FAINT)
        page.write_box(text, x=x, y=below + 0.5, to=to, size=10.5, lines=lines, style=style)


def _write_signature(page: Page, receipt: Receipt) -> None:
    _write_field(page, receipt.label("received_by"), receipt.received_by, x=MIDDLE, y=109, to=RIGHT)
    page.draw_line(x=MIDDLE, to=RIGHT, y=132)
    page.write_box(receipt.label("signature"), x=MIDDLE, y=133, to=RIGHT, size=7.5, color=FAINT)


def _stamp(page: Page, text: str) -> None:
    """Write a framed text across the page, so transparent that the page below it stays readable."""
    page.set_text_shaping(needs_shaping(text))
    page.set_font(FONT, "B", 36)
    half = page.get_string_width(text) / 2 + 8
    with page.rotation(12, x=105, y=88), page.local_context(fill_opacity=0.55, stroke_opacity=0.55):
        page.set_draw_color(*RED)
        page.set_line_width(1.2)
        page.rect(105 - half, 77, 2 * half, 22, round_corners=True, corner_radius=3)
        page.write_box(text, x=105 - half, y=80, to=105 + half, size=36, style="B", color=RED, align=Align.C)
