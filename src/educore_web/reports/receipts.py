"""Receipts of payments as PDF: one A5 page, to file or to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol
from fpdf.enums import Align

from educore_web.i18n import find_sentence, locale_of
from educore_web.reports.pdf_page import A5, FAINT, FONT, PAPER, RED, THIN_SPACE, Page, needs_shaping

LEFT, MIDDLE, RIGHT = 15.0, 135.0, 195.0
"""Left edges of the two columns, and the right edge of the page. All lengths here are in millimetres."""


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
    page = Page(f"{receipt.label('receipt')} {receipt.number}", receipt.language, created_at, format=A5[::-1])
    _write_letterhead(page, receipt)
    _write_amount(page, receipt)
    _write_details(page, receipt)
    _write_signature(page, receipt)
    if receipt.is_cancelled:
        _stamp(page, receipt.label("cancelled"))
    return bytes(page.output())


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
