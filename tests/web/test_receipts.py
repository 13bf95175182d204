"""Receipts: everything on one page, in every language, whatever people are called."""

from __future__ import annotations

import io
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from educore_web.i18n import LANGUAGES, find_sentence
from educore_web.i18n.english.receipts import RECEIPTS
from educore_web.reports.pdf_page import FONTS
from educore_web.reports.receipts import Receipt, render_receipt

THEN = datetime(2024, 1, 15, 10, tzinfo=UTC)
WORDS = {
    language: {name: str(find_sentence(f"receipts.{name}", language)) for name in RECEIPTS} for language in LANGUAGES
}
PAID = Receipt(
    center="Ziyo ta’lim markazi",
    address="Toshkent, Bunyodkor ko‘chasi 12",
    phone="+998 71 200 10 20",
    number="TSH-2024-000417",
    student="Gulnora Oʻktamova G‘ofurjon qizi",
    group="English B1",
    amount=Decimal("1250000.00"),
    currency="UZS",
    method="Cash",
    paid_on=date(2024, 1, 15),
    due_on=date(2024, 2, 1),
    received_by="Дилшод Каримов",
    notes="За январь, ўқувчи қарзи йўқ",
)


def page_of(receipt: Receipt) -> str:
    """The text of the one page, on one line."""
    (page,) = PdfReader(io.BytesIO(render_receipt(receipt, created_at=THEN))).pages
    return " ".join(page.extract_text().split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_says_everything_under_names_in_its_language(language):
    page = page_of(replace(PAID, language=language))
    said = ("center", "address", "phone", "number", "student", "group", "method", "received_by", "notes")
    for text in (getattr(PAID, name) for name in said):
        assert text in page, f"{text} is missing"
    for name, word in WORDS[language].items():
        assert (word in page) is (name != "cancelled"), f"{word} is {'missing' if word not in page else 'there'}"


@pytest.mark.parametrize(
    ("language", "paid", "due"),
    [
        ("en", "January 15, 2024", "February 1, 2024"),
        ("fr", "15 janvier 2024", "1 février 2024"),
        ("ru", "15 января 2024 г.", "1 февраля 2024 г."),
        ("uz", "15-yanvar, 2024", "1-fevral, 2024"),
    ],
)
def test_days_are_written_out(language, paid, due):
    page = page_of(replace(PAID, language=language))
    assert paid in page
    assert due in page


@pytest.mark.parametrize(
    ("amount", "language", "said"),
    [
        ("1250000", "en", "1\u2009250\u2009000 UZS"),
        ("1250000.50", "en", "1\u2009250\u2009000.50 UZS"),
        ("1250000.50", "ru", "1\u2009250\u2009000,50 UZS"),
        ("1250000.50", "fr", "1\u2009250\u2009000,50 UZS"),
        ("950.00", "uz", "950 UZS"),
        ("0", "uz", "0 UZS"),
        ("99999999999999.99", "uz", "99\u2009999\u2009999\u2009999\u2009999,99 UZS"),
    ],
)
def test_an_amount_is_written_in_thousands_parted_by_thin_spaces(amount, language, said):
    (page,) = PdfReader(
        io.BytesIO(render_receipt(replace(PAID, amount=Decimal(amount), language=language), created_at=THEN))
    ).pages
    assert said in page.extract_text()


def test_what_is_not_known_is_left_out_with_its_name():
    page = page_of(replace(PAID, due_on=None, notes="", group=""))
    assert not {WORDS["en"][name] for name in ("due", "notes", "group")} & set(page.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cancelled_receipt_says_so_and_stays_readable(language):
    page = page_of(replace(PAID, language=language, is_cancelled=True))
    assert WORDS[language]["cancelled"] in page
    assert PAID.student in page


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ali 😀 Valiyev", "Ali □ Valiyev"),
        ("作业", "□□"),
        ("Ali\0\u202e\ud83d\x07Vali", "AliVali"),
        ("Ali\r\n\tVali", "Ali Vali"),
        ("и\u0306ул", "йул"),
        ("**Ali** <b>Vali</b> {nb}", "**Ali** <b>Vali</b> {nb}"),
    ],
    ids=ascii,
)
def test_signs_the_font_lacks_spoil_nothing(name, shown):
    assert shown in page_of(replace(PAID, student=name))


def test_a_long_name_is_wrapped_and_an_endless_one_cut_off():
    wrapped = "Muhammadyusufxon Abdurahmonov Nizomiddinxo‘ja o‘g‘li Samarqandiy Buxoriy"
    assert wrapped in page_of(replace(PAID, student=wrapped))
    page = page_of(replace(PAID, student="Abdurahmon" * 100, notes="izoh " * 500, center="Markaz " * 100))
    assert page.count("…") == 3
    assert PAID.received_by in page


@given(st.text(max_size=300))
def test_any_text_makes_a_receipt_of_one_page(text):
    names = [field.name for field in fields(Receipt) if field.type == "str"]
    texts = {name: text for name in names if name not in ("currency", "country", "language")}
    assert "1\u2009250\u2009000 UZS".replace("\u2009", " ") in page_of(replace(PAID, **texts))


def test_the_same_receipt_made_at_the_same_time_is_the_same_file():
    assert render_receipt(PAID, created_at=THEN) == render_receipt(PAID, created_at=THEN)
    assert render_receipt(PAID, created_at=THEN) != render_receipt(PAID, created_at=datetime(2024, 1, 16, tzinfo=UTC))


def test_a_receipt_knows_its_title_and_language():
    reader = PdfReader(io.BytesIO(render_receipt(replace(PAID, language="uz"), created_at=THEN)))
    assert reader.metadata.title == "Kvitansiya TSH-2024-000417"
    assert reader.metadata.creation_date == THEN
    assert reader.trailer["/Root"]["/Lang"] == "uz"


def test_a_receipt_is_small_enough_to_mail():
    assert len(render_receipt(PAID, created_at=THEN)) < 50_000


def test_the_fonts_come_with_their_licence():
    assert {path.name for path in Path(FONTS).iterdir()} >= {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "LICENSE.txt"}


# -- Arabic ----------------------------------------------------------------------------------------------------


IN_CASABLANCA = replace(PAID, student="يوسف العلوي", country="MA", paid_on=date(2024, 8, 15))


def places(receipt: Receipt) -> dict[str, float]:
    """Each text of the page, and how far from the left it begins."""
    found: dict[str, float] = {}

    def visit(text: str, _: Any, matrix: list[float], *__: Any) -> None:
        found[text.strip()] = matrix[4]

    (page,) = PdfReader(io.BytesIO(render_receipt(receipt, created_at=THEN))).pages
    page.extract_text(visitor_text=visit)
    return found


def test_an_arabic_receipt_is_laid_out_from_right_to_left():
    student, group = WORDS["ar"]["student"], WORDS["ar"]["group"]
    arabic, english = places(replace(IN_CASABLANCA, language="ar")), places(IN_CASABLANCA)
    assert arabic[student] > arabic[group]
    assert english[WORDS["en"]["student"]] < english[WORDS["en"]["group"]]


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_an_arabic_name_is_joined_in_every_language(language):
    """Arabic letters that are joined are other glyphs than the letters alone, so a font without them is noticed."""
    name = IN_CASABLANCA.student
    assert name in page_of(replace(IN_CASABLANCA, language=language))
    alone, joined = (
        bytes(render_receipt(replace(IN_CASABLANCA, language=language, student=student), created_at=THEN))
        for student in (" ".join(name), name)
    )
    assert glyphs(joined) - glyphs(alone)


def glyphs(content: bytes) -> set[Any]:
    """The names of the glyphs in the fonts of a PDF."""
    fonts = PdfReader(io.BytesIO(content)).pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
    embedded = (
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]["/FontFile2"] for font in fonts
    )
    return {hash(glyph) for data in embedded for glyph in outlines(data.get_object().get_data())}


def outlines(font: bytes) -> list[bytes]:
    table = TTFont(io.BytesIO(font))["glyf"]
    return [table[name].compile(table) for name in table.glyphOrder]


def test_months_have_their_names_of_the_country():
    assert "غشت" in page_of(replace(IN_CASABLANCA, language="ar"))
    assert "أغسطس" in page_of(replace(IN_CASABLANCA, language="ar", country=""))
