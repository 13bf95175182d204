"""The one reader of numbers that people type: what each spelling is, and that no spelling is two amounts."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from babel import numbers
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from educore.values import Amount, Money, Percent, Places, Points, Rating, SignedMoney, is_whole, read_amount
from support.parametrize import each

LANGUAGES = ("en", "ru", "uz")
READ_ALIKE = [
    ("500000", "500000"),
    ("500000.00", "500000.00"),
    ("100,5", "100.5"),
    ("50,25", "50.25"),
    ("480 000,50", "480000.50"),
    ("480\N{NO-BREAK SPACE}000,50", "480000.50"),
    ("480\N{THIN SPACE}000", "480000"),
    ("480\N{NARROW NO-BREAK SPACE}000.5", "480000.5"),
    ("1,200,000", "1200000"),
    ("1.200.000", "1200000"),
    ("1.200.000,50", "1200000.50"),
    ("1,200.50", "1200.50"),
    ("500'000", "500000"),
    ("500\N{RIGHT SINGLE QUOTATION MARK}000.5", "500000.5"),
    ("0.500", "0.500"),
    ("0,005", "0.005"),
    ("1,2345", "1.2345"),
    ("-5", "-5"),
    ("\N{MINUS SIGN}1 000,5", "-1000.5"),
    ("  7 ", "7"),
    ("007", "7"),
]
UNSURE = [
    ("500.000", "500000", "500.00"),
    ("480,000", "480000", "480.00"),
    ("1.250", "1250", "1.25"),
    ("1.255", "1255", "1.255"),
    ("-1,005", "-1005", "-1.005"),
    ("50000.000", "50000000", "50000.00"),
    ("1.200,500", "1200500", "1200.50"),
    ("1 200.500", "1200500", "1200.50"),
    ("500\N{RIGHT SINGLE QUOTATION MARK}000.250", "500000250", "500000.25"),
]
WITH_WORDS = ["500 000 сум", "500 000 so‘m", "500000 so'm", "5 UZS", "UZS 5", "$5", "5 €", "500 тыс", "1,5 mln."]
NO_NUMBERS = [
    *("", " ", "abc", "1_0", "+5", "1e3", "1E3", "0x10", "NaN", "Infinity", "-", "--5", "5-", ".5", "5.", "5,"),
    *(
        "1.2.3",
        "5 00",
        "12 34",
        "1,00,000",
        "1.200.00",
        "1,200,00",
        "1 20.000,5",
        "1''000",
        "0,500,000",
        "500%",
        "1 = 1",
    ),
    *("٥٠٠", "５００", "५००", "5٫5", "1٬000", "²", "5\x00", "5\n\n000"),
]


@each("text, number", READ_ALIKE)
def test_what_can_mean_one_thing_is_read_so_in_every_language(text: str, number: str) -> None:
    assert {read_amount(text, language=language) for language in (None, *LANGUAGES)} == {Decimal(number)}


@each("text, thousands, fraction", UNSURE)
def test_what_can_mean_two_things_is_not_guessed(text: str, thousands: str, fraction: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_amount(text)
    assert refused.value.type == "amount_unsure"
    assert refused.value.context == {"thousands": thousands, "fraction": fraction}


def test_only_a_comma_on_an_english_page_divides_thousands() -> None:
    assert read_amount("480,000", language="en") == 480_000
    for text, language in [("480.000", "en"), ("1 480,000", "en"), ("480,000", "ru"), ("480,000", "uz")]:
        with pytest.raises(PydanticCustomError, match="can mean"):
            read_amount(text, language=language)


@each("text", WITH_WORDS)
def test_a_currency_may_be_another_one_so_words_are_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_amount(text)
    assert refused.value.type == "amount_with_words"


@each("text", NO_NUMBERS)
def test_what_only_python_takes_for_a_number_is_none(text: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        read_amount(text)
    assert refused.value.type == "decimal_parsing"


@given(cents=st.integers(-(10**14), 10**14), language=st.sampled_from(LANGUAGES), plain=st.booleans())
def test_whatever_a_page_prints_reads_back_as_the_same_amount(cents: int, language: str, *, plain: bool) -> None:
    amount = Decimal(cents) / 100
    printed = numbers.format_decimal(amount, None if plain else "#,##0.00", locale=language)
    assert read_amount(printed, language=language) == amount
    assert read_amount(f"{amount:.2f}", language=language) == amount


DIGITS = st.text("0123456789", min_size=1, max_size=4)
MARKED = st.tuples(st.sampled_from(" '.,\u00a0"), DIGITS).map("".join)


@given(st.tuples(st.sampled_from(["", "-", "\u2212"]), DIGITS, st.lists(MARKED, max_size=3).map("".join)).map("".join))
def test_no_text_can_mean_two_amounts(text: str) -> None:
    meanings = _meanings(text)
    if len(meanings) != 1:
        meanings = {"amount_unsure" if meanings else "decimal_parsing"}
    assert {_outcome(text, language) for language in (None, "ru", "uz")} == meanings


def _outcome(text: str, language: str | None) -> Decimal | str:
    try:
        return read_amount(text, language=language)
    except PydanticCustomError as refused:
        return refused.type


def _meanings(text: str) -> set[Decimal | str]:
    """Everything somebody may have meant: the last mark stands before a fraction, or between thousands."""
    sign, bare = "-" * (text[0] in "-\u2212"), text.lstrip("-\u2212").replace("\u00a0", " ")
    found = set[Decimal | str]()
    parts = re.fullmatch(r"(.*?)(?:([.,])([0-9]+))?", bare)
    assert parts
    whole, mark, fraction = parts.groups()
    if mark and mark not in whole and _is_whole(whole):
        found.add(Decimal(f"{sign}{re.sub('[^0-9]', '', whole)}.{fraction}"))
    if _is_whole(bare) or mark and len(fraction) == 3 and mark not in whole and _is_whole(whole) and whole.strip("0"):
        found.add(Decimal(sign + re.sub("[^0-9]", "", bare)))
    return found


def _is_whole(text: str) -> bool:
    first, *groups = re.split("[^0-9]", text)
    marks = set(re.sub("[0-9]", "", text))
    grouped = len(marks) == 1 and 1 <= len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in groups)
    return first.isdigit() and (not groups or grouped)


@each("kind", [Amount, Money, SignedMoney, Points, Percent, Rating])
def test_every_kind_of_decimal_reads_text_so(kind: object) -> None:
    reader: TypeAdapter[Decimal] = TypeAdapter(kind)
    assert reader.validate_python("4,5") == Decimal("4.5")
    assert reader.validate_python(4.5) == Decimal("4.5"), "a number of JSON is one already"
    for text in ("1_0", "+5", "٥", "1e0", "1.000", "4 so‘m"):
        with pytest.raises(ValidationError):
            reader.validate_python(text)


def test_only_ascii_digits_make_a_whole_number() -> None:
    assert all(map(is_whole, ("0", "10", "-5", " 7 ", "0005")))
    assert not any(map(is_whole, ("1_0", "+5", "5.0", "1 000", "1,000", "٥", "５", "²", "1e3", "0x10", "", "-")))
    for text in ("1_0", "+5", "5.0", "٥"):
        with pytest.raises(ValidationError):
            TypeAdapter(Places).validate_python(text)
