"""Amounts, marks and other numbers, and the one parser of numbers that people type in forms, spreadsheets and APIs."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(
    r"(?P<sign>[-\u2212]?)"
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<mark>[ '.,])[0-9]{3}(?:(?P=mark)[0-9]{3})*)"
    r"(?:(?P<point>[.,])(?P<fraction>[0-9]+))?"
)
_COMMA_GROUP = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_WITH_WORDS = re.compile(r"(?P<before>[^0-9]*)[0-9][0-9 '.,]*(?P<after>[^0-9]*)")


def read_amount(text: str, *, language: str | None = None) -> Decimal:
    """Return the value of an amount, mark or percentage as people write it: `480 000,50`, `1.200.000`, `100,5`.

    A text with one point or comma before exactly three digits (`500.000`) can mean two things and is refused; only
    on an English page a comma there divides thousands, because that is how the page prints them.
    Raises: PydanticCustomError with one of three codes. `amount_unsure`: the text can mean two things, which are the
    params `thousands` and `fraction`. `amount_with_words`: there is more than a number, such as the currency in
    `500 000 USD`. `decimal_parsing`: there is no number.
    """
    bare = re.sub(r"\s", " ", text.strip()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    found = _NUMBER.fullmatch(bare)
    if found is None or found["mark"] is not None and found["mark"] == found["point"]:
        raise _not_a_number(bare)
    sign, whole, fraction = "-" * bool(found["sign"]), re.sub(r"[ '.,]", "", found["whole"]), found["fraction"]
    if fraction is None:
        return Decimal(sign + whole)
    if len(fraction) != 3 or whole.strip("0") == "":
        return Decimal(f"{sign}{whole}.{fraction}")
    if language == "en" and _COMMA_GROUP.fullmatch(bare.removeprefix(found["sign"])):
        return Decimal(sign + whole + fraction)
    readings = {"thousands": f"{sign}{whole}{fraction}", "fraction": f"{sign}{whole}.{_at_least_two(fraction)}"}
    raise PydanticCustomError("amount_unsure", "This can mean {thousands} or {fraction}; write it so.", readings)


def parse_amount(value: Any, info: ValidationInfo) -> Any:
    """Return the value of a text by `read_amount`, in the `language` of the validation context; numbers unchanged."""
    if not isinstance(value, str):
        return value
    return read_amount(value, language=info.context.get("language") if isinstance(info.context, dict) else None)


def number_with(decimal_places: int) -> BeforeValidator:
    """Return the validator of a decimal number: `parse_amount`, then too many decimal places are told before digits.

    pydantic counts the digits first, and says of 0.30000000000000004 that it has too many of them.
    """

    def parse(value: Any, info: ValidationInfo) -> Any:
        number = parse_amount(value, info)
        if _count_places(number) > decimal_places:
            raise PydanticKnownError("decimal_max_places", {"decimal_places": decimal_places})
        return number

    return BeforeValidator(parse)


def _count_places(number: Any) -> int:
    if not isinstance(number, float | Decimal) or not (exact := Decimal(str(number))).is_finite():
        return 0
    _, digits, exponent = exact.as_tuple()
    trailing_zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return -(int(exponent) + trailing_zeros)


def parse_whole(value: Any) -> Any:
    """Refuse true, false, and a text that is no whole number in ASCII digits; return everything else unchanged."""
    if isinstance(value, bool) or isinstance(value, str) and not is_whole(value):
        raise PydanticCustomError("int_parsing", "Write a whole number.")
    return value


def is_whole(text: str) -> bool:
    """Return whether a text is a whole number in ASCII digits; Python's int() also accepts `1_0`, `+5` and `٣`."""
    return _WHOLE.fullmatch(text.strip()) is not None


def _at_least_two(fraction: str) -> str:
    return fraction[:2] + fraction[2:].rstrip("0")


def _not_a_number(text: str) -> PydanticCustomError:
    found = _WITH_WORDS.fullmatch(text)
    if found and any(c.isalpha() or unicodedata.category(c) == "Sc" for c in found["before"] + found["after"]):
        return PydanticCustomError("amount_with_words", "Write the number alone, without a currency or other words.")
    return PydanticCustomError("decimal_parsing", "Write the amount in digits.")


class InCurrency:
    """Marks a number as an amount in the Center's currency."""


Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2), number_with(2), InCurrency()]
"""An amount in the Center's currency, at most two decimals."""

Amount = Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2), number_with(2), InCurrency()]
"""An amount of money that is paid or charged: above 0, in the Center's currency, at most two decimals."""

SignedMoney = Annotated[Decimal, Field(max_digits=16, decimal_places=2), number_with(2), InCurrency()]
"""An amount of money to add or, below 0, to subtract: in the Center's currency, at most two decimals."""

Rating = Annotated[Decimal, Field(ge=0, le=5, max_digits=2, decimal_places=1), number_with(1)]
"""A rating from 0 to 5 with one decimal."""

Places = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(parse_whole)]
"""The number of people for whom there is room: 1 to 10,000."""

Floor = Annotated[int, Field(ge=-10, le=200), BeforeValidator(parse_whole)]
"""A floor of a building: 0 is the ground floor, -1 the first one below it."""

Months = Annotated[int, Field(ge=1, le=120), BeforeValidator(parse_whole)]
"""A length of time in months: 1 to 120."""

GradeNumber = Annotated[int, Field(ge=1, le=20), BeforeValidator(parse_whole)]
"""The number of a year of school, counted from the first one: 1 to 20."""

Position = Annotated[int, Field(ge=1, le=100), BeforeValidator(parse_whole)]
"""The place of a row among its like: 1 to 100."""

PlaceInOrder = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(parse_whole)]
"""The place of a row in an order that may be long, such as that of the lessons of a course: 1 to 10,000."""

LateMinutes = Annotated[int, Field(ge=0, le=600), BeforeValidator(parse_whole)]
"""The minutes by which somebody was late: 0 to 600."""

Age = Annotated[int, Field(ge=0, le=100), BeforeValidator(parse_whole)]
"""The age of a person in years: 0 to 100."""

Points = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2), number_with(2)]
"""A score in points, at most two decimals."""

WholePoints = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(parse_whole)]
"""A number of points to reach, without decimals: 0 to 100,000."""

TotalPoints = Annotated[int, Field(ge=1, le=100_000), BeforeValidator(parse_whole)]
"""The number of points that can be reached in total, such as in an exam: 1 to 100,000."""

Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2), number_with(2)]
"""A percentage from 0 to 100 with at most two decimals."""
