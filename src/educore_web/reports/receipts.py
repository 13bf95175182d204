"""Receipts of payments as PDF: one A5 page for a folder or a printer, in the language of the payer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from babel.dates import format_date
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "receipt": "Receipt",
        "amount": "Amount",
        "student": "Student",
        "group": "Group",
        "method": "Paid by",
        "date": "Date",
        "due": "Due date",
        "received_by": "Received by",
        "notes": "Notes",
        "signature": "Signature",
        "cancelled": "CANCELLED",
    },
    "ru": {
        "receipt": "Квитанция",
        "amount": "Сумма",
        "student": "Ученик",
        "group": "Группа",
        "method": "Способ оплаты",
        "date": "Дата",
        "due": "Срок оплаты",
        "received_by": "Принял(а)",
        "notes": "Примечание",
        "signature": "Подпись",
        "cancelled": "ОТМЕНЕНА",
    },
    "uz": {
        "receipt": "Kvitansiya",
        "amount": "Summa",
        "student": "O‘quvchi",
        "group": "Guruh",
        "method": "To‘lov usuli",
        "date": "Sana",
        "due": "To‘lov muddati",
        "received_by": "Qabul qildi",
        "notes": "Izoh",
        "signature": "Imzo",
        "cancelled": "BEKOR QILINGAN",
    },
}
THIN_SPACE = "\u2009"
BREAK = re.compile(rf"[^\S{THIN_SPACE}]+")
UNKNOWN = "□"
"""Stands for a sign that the font does not have."""

FONT = "DejaVu Sans"
FONTS = Path(__file__).parents[1] / "static" / "fonts"
LEFT, MIDDLE, RIGHT = 15.0, 135.0, 195.0
"""Where the columns of the page begin and where it ends, in millimetres as everything here."""

A5 = (148.0, 210.0)
INK, FAINT, LINE, PAPER, RED = (28, 32, 40), (112, 118, 130), (205, 209, 216), (244, 246, 249), (190, 40, 40)


@dataclass(frozen=True)
class Receipt:
    """What a receipt says; `method` is a word in the language of the receipt, `currency` is its code."""

    center: str
    address: str
    phone: str
    number: str
    student: str
    group: str
    amount: Decimal
    method: str
    paid_on: date
    received_by: str
    currency: str = "UZS"
    due_on: date | None = None
    notes: str = ""
    language: Literal["en", "ru", "uz"] = "en"
    is_cancelled: bool = False


def receipt_pdf(receipt: Receipt, *, made_at: datetime) -> bytes:
    """The receipt on one page; the same receipt made at the same time is the same file."""
    words = WORDS[receipt.language]
    page = Page(f"{words['receipt']} {receipt.number}", receipt.language, made_at)
    _letterhead(page, receipt, words)
    _amount(page, receipt, words)
    _particulars(page, receipt, words)
    _signature(page, receipt, words)
    if receipt.is_cancelled:
        _stamp(page, words["cancelled"])
    return bytes(page.output())


class Page(FPDF):
    """An empty A5 page, on which text is written into places of a fixed size."""

    def __init__(self, title: str, language: str, made_at: datetime) -> None:
        super().__init__(orientation="landscape", format=A5)
        self.set_title(title)
        self.set_lang(language)
        self.set_creation_date(made_at)
        for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
            self.add_font(FONT, style, FONTS / name)
        self.set_auto_page_break(False)
        self.alias_nb_pages("")  # so that a text with {nb} in it stays what it is
        self.add_page()
        self.c_margin = 0

    def write_in(
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
        """Write between `x` and `to`: smaller if need be, then cut off. Gives where the last line ends."""
        self.set_text_color(*color)
        self.set_font(FONT, style, size)
        for line in self._fitted(self._shown(text), width=to - x, size=size, lines=lines):
            height = self.font_size * 1.25
            self.set_xy(x, y)
            self.cell(to - x, height, line, align=align)
            y += height
        return y

    def _fitted(self, text: str, *, width: float, size: float, lines: int) -> list[str]:
        """The lines, in the largest of three sizes that holds them all; the last one loses its end otherwise."""
        for smaller in (1, 0.85, 0.7):
            self.set_font_size(size * smaller)
            split = self.multi_cell(width, text=text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES)
            found = cast("list[str]", split)
            if len(found) <= lines:
                return found
        return [*found[: lines - 1], found[lines - 1][:-2].rstrip() + "…"]

    def _shown(self, text: str) -> str:
        """The text on one line, in signs the font has."""
        known = cast(TTFFont, self.current_font).cmap
        signs = unicodedata.normalize("NFC", BREAK.sub(" ", text).strip())
        return "".join(c if ord(c) in known else UNKNOWN for c in signs if unicodedata.category(c)[0] != "C")


# -- the parts of the page, from top to bottom ---------------------------------------------------------


def _letterhead(page: Page, receipt: Receipt, words: Mapping[str, str]) -> None:
    below = page.write_in(receipt.center, x=LEFT, y=14, to=MIDDLE - 5, size=15, lines=2, style="B")
    below = page.write_in(receipt.address, x=LEFT, y=below + 1, to=MIDDLE - 5, size=8.5, lines=2, color=FAINT)
    page.write_in(receipt.phone, x=LEFT, y=below, to=MIDDLE - 5, size=8.5, color=FAINT)
    below = page.write_in(words["receipt"], x=MIDDLE, y=15, to=RIGHT, size=9, color=FAINT, align=Align.R)
    page.write_in(f"№ {receipt.number}", x=MIDDLE, y=below, to=RIGHT, size=12, style="B", align=Align.R)


def _amount(page: Page, receipt: Receipt, words: Mapping[str, str]) -> None:
    page.set_fill_color(*PAPER)
    page.rect(LEFT, 43, RIGHT - LEFT, 24, style="F", round_corners=True, corner_radius=2)
    page.write_in(words["amount"], x=LEFT + 6, y=46.5, to=RIGHT - 6, size=8, color=FAINT)
    said = f"{_grouped(receipt.amount, language=receipt.language)} {receipt.currency}"
    page.write_in(said, x=LEFT + 6, y=51, to=RIGHT - 6, size=30, style="B")


def _grouped(amount: Decimal, *, language: str) -> str:
    """An amount as the language writes it, in thousands and without decimals that are zero: 1 250 000."""
    whole, _, cents = f"{amount:,.2f}".partition(".")
    point = "." if language == "en" else ","
    return whole.replace(",", THIN_SPACE) + ("" if cents == "00" else point + cents)


def _particulars(page: Page, receipt: Receipt, words: Mapping[str, str]) -> None:
    day = format_date(receipt.paid_on, "long", locale=receipt.language)
    due = format_date(receipt.due_on, "long", locale=receipt.language) if receipt.due_on else ""
    _named(page, words["student"], receipt.student, x=LEFT, y=75, to=MIDDLE - 5, style="B")
    _named(page, words["group"], receipt.group, x=MIDDLE, y=75, to=RIGHT)
    _named(page, words["method"], receipt.method, x=LEFT, y=92, to=LEFT + 55)
    _named(page, words["date"], day, x=LEFT + 60, y=92, to=MIDDLE - 5)
    _named(page, words["due"], due, x=MIDDLE, y=92, to=RIGHT)
    _named(page, words["notes"], receipt.notes, x=LEFT, y=109, to=MIDDLE - 5, lines=4)


def _named(
    page: Page, name: str, text: str, *, x: float, y: float, to: float, lines: int = 2, style: Literal["", "B"] = ""
) -> None:
    """A text under its name; neither where there is no text."""
    if text:
        below = page.write_in(name, x=x, y=y, to=to, size=7.5, color=FAINT)
        page.write_in(text, x=x, y=below + 0.5, to=to, size=10.5, lines=lines, style=style)


def _signature(page: Page, receipt: Receipt, words: Mapping[str, str]) -> None:
    _named(page, words["received_by"], receipt.received_by, x=MIDDLE, y=109, to=RIGHT)
    page.set_draw_color(*LINE)
    page.line(MIDDLE, 132, RIGHT, 132)
    page.write_in(words["signature"], x=MIDDLE, y=133, to=RIGHT, size=7.5, color=FAINT)


def _stamp(page: Page, word: str) -> None:
    """The word in a frame across the page; what stands below it stays readable."""
    page.set_font(FONT, "B", 36)
    half = page.get_string_width(word) / 2 + 8
    with page.rotation(12, x=105, y=88), page.local_context(fill_opacity=0.55, stroke_opacity=0.55):
        page.set_draw_color(*RED)
        page.set_line_width(1.2)
        page.rect(105 - half, 77, 2 * half, 22, round_corners=True, corner_radius=3)
        page.write_in(word, x=105 - half, y=80, to=105 + half, size=36, style="B", color=RED, align=Align.C)
