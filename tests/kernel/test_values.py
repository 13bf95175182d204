"""The kinds of values: what each takes, what it makes of it, and what it refuses with which code."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from educore import Invalid, values
from educore.values import regions
from support.parametrize import each

LONE_SURROGATE = "a\ud83d"


def taken(kind: Any, given_value: Any) -> Any:
    return TypeAdapter(kind).validate_python(given_value)


def refusal(kind: Any, given_value: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        taken(kind, given_value)
    return refused.value.errors()[0]["type"]


@each(
    "kind, typed, kept",
    [
        (values.Name, "Ағылшын тілі", "Ағылшын тілі"),
        (values.Name, "👩‍🏫 Club", "👩‍🏫 Club"),
        (values.Line, "", ""),
        (values.Text, "two\nlines", "two\nlines"),
        (values.PersonName, "O‘g‘iloy", "O‘g‘iloy"),
        (values.Phone, "+998 (90) 123-45-67", "+998901234567"),
        (values.Phone, "+998.90.123.45.67", "+998901234567"),
        (values.Email, "Sardor@Example.COM", "sardor@example.com"),
        (values.Username, "Sardor.K@work+1-2_3", "sardor.k@work+1-2_3"),
        (values.Username, "Иван", "иван"),
        (values.NewPassword, "  plov 777  ", "  plov 777  "),
        (values.NewPassword, "палов777", "палов777"),
        (values.Password, " x ", " x "),
        (values.Password, "", ""),
        (values.PassportNumber, "aa1234567", "AA1234567"),
        (values.WebAddress, "https://educore.uz/a?b=c", "https://educore.uz/a?b=c"),
        (values.TimeZone, "Asia/Tashkent", "Asia/Tashkent"),
        (values.TimeZone, "UTC", "UTC"),
        (values.Money, "500000.00", Decimal("500000.00")),
        (values.Money, 12, Decimal(12)),
        (values.Money, 0.1, Decimal("0.1")),
        (values.Money, "999999999999.99", Decimal("999999999999.99")),
        (values.Rating, "4.5", Decimal("4.5")),
        (values.Places, 10_000, 10_000),
        (values.Day, "2024-02-29", date(2024, 2, 29)),
        (values.Day, date(1900, 1, 1), date(1900, 1, 1)),
        (values.Day, datetime(2024, 2, 29), date(2024, 2, 29)),  # noqa: DTZ001 - midnight without a zone is the day
        (values.Day, " 2200-12-31 ", date(2200, 12, 31)),
        (values.TimeOfDay, "09:00", time(9)),
        (values.TimeOfDay, " 23:59:59 ", time(23, 59, 59)),
        (values.TimeOfDay, time(9), time(9)),
    ],
)
def test_a_value_is_taken_and_made_uniform(kind: Any, typed: Any, kept: Any) -> None:
    assert taken(kind, typed) == kept


@each(
    "kind, typed, code",
    [
        (values.Name, "", "string_too_short"),
        (values.Name, "x" * 201, "string_too_long"),
        (values.Name, "a\0b", "bad_characters"),
        (values.Line, "\0", "bad_characters"),
        (values.Text, "я\0", "bad_characters"),
        (values.Name, LONE_SURROGATE, "string_unicode"),
        (values.NewPassword, LONE_SURROGATE + "1234567", "string_unicode"),
        (values.Phone, "901234567", "phone"),
        (values.Phone, "+0901234567", "phone"),
        (values.Phone, "+998901234567890123", "phone"),
        (values.Phone, "+99890x234567", "phone"),
        (values.Phone, "+٩٩٨٩٠١٢٣٤٥٦٧", "phone"),
        (values.Phone, "+9989\0 1234567", "phone"),
        (values.Email, "sardor", "email"),
        (values.Email, "sardor@", "email"),
        (values.Email, "a\0@example.com", "bad_characters"),
        (values.Email, "a@example.com, b@example.com", "email"),
        (values.Username, "", "string_too_short"),
        (values.Username, "two words", "username"),
        (values.Username, "a\0b", "bad_characters"),
        (values.Username, "<script>", "username"),
        (values.Username, "İlker", "username"),
        (values.NewPassword, "short 1", "string_too_short"),
        (values.NewPassword, "only letters", "password_weak"),
        (values.NewPassword, "1234567890", "password_weak"),
        (values.NewPassword, "PassWord123", "password_common"),
        (values.NewPassword, "a1" * 65, "string_too_long"),
        (values.NewPassword, "abcdefg\0001", "bad_characters"),
        (values.Password, "x" * 129, "string_too_long"),
        (values.PassportNumber, "AA 12", "passport_number"),
        (values.WebAddress, "javascript:alert(1)", "url"),
        (values.WebAddress, "educore.uz", "url"),
        (values.TimeZone, "Tashkent", "time_zone"),
        (values.TimeZone, "../../etc/passwd", "time_zone"),
        (values.Money, float("nan"), "finite_number"),
        (values.Money, "Infinity", "decimal_parsing"),
        (values.Money, "-0.01", "greater_than_equal"),
        (values.Money, "0.001", "decimal_max_places"),
        (values.Money, "1" * 40, "decimal_max_digits"),
        (values.Money, "1e400", "decimal_parsing"),
        (values.Money, "1E5", "decimal_parsing"),
        (values.Money, "1000000000000", "decimal_whole_digits"),
        (values.Money, True, "decimal_type"),
        (values.Money, "many", "decimal_parsing"),
        (values.Rating, "5.1", "less_than_equal"),
        (values.Rating, "4.55", "decimal_max_places"),
        (values.Places, 0, "greater_than_equal"),
        (values.Places, 10_001, "less_than_equal"),
        (values.Day, 0, "date_type"),
        (values.Day, 20240229, "date_type"),
        (values.Day, 1.5, "date_type"),
        (values.Day, True, "date_type"),
        (values.Day, "1704067200", "date_type"),
        (values.Day, "0", "date_type"),
        (values.Day, "29.02.2024", "date_type"),
        (values.Day, "", "date_type"),
        (values.Day, "2023-02-29", "date_type"),
        (values.Day, "2024-02-31", "date_type"),
        (values.Day, "0000-01-01", "date_type"),
        (values.Day, "٢٠٢٤-٠٢-٢٩", "date_type"),
        (values.Day, "1899-12-31", "greater_than_equal"),
        (values.Day, "2201-01-01", "less_than_equal"),
        (values.Day, datetime(2024, 2, 29, 1), "date_from_datetime_inexact"),  # noqa: DTZ001 - no zone is the point
        (values.TimeOfDay, "25:00:00", "time_type"),
        (values.TimeOfDay, "09:61", "time_type"),
        (values.TimeOfDay, "9:00", "time_type"),
        (values.TimeOfDay, "09:00:00Z", "time_type"),
        (values.TimeOfDay, "٠٩:٠٠", "time_type"),
        (values.TimeOfDay, 900, "time_type"),
        (values.TimeOfDay, time(9, 0, 0, 5), "time_type"),
    ],
)
def test_a_value_that_is_not_one_is_refused(kind: Any, typed: Any, code: str) -> None:
    assert refusal(kind, typed) == code


@pytest.mark.parametrize(
    ("typed", "limit"), [("1899-12-31", {"ge": "1900-01-01"}), (date(2201, 1, 1), {"le": "2200-12-31"})]
)
def test_the_first_and_the_last_day_are_told_as_days(typed: Any, limit: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        taken(values.Day, typed)
    (problem,) = Invalid.from_pydantic(refused.value).fields[""]
    assert problem.params == limit


TEXT_KINDS = (
    values.Name,
    values.Line,
    values.PersonName,
    values.Phone,
    values.Email,
    values.Username,
    values.NewPassword,
    values.PassportNumber,
    values.WebAddress,
)


@pytest.mark.parametrize("kind", TEXT_KINDS, ids=lambda kind: str(kind.__metadata__)[:40])
@given(text=st.text(max_size=40) | st.from_regex(r"[\w.]{1,30}@[a-z]{2,9}\.com", fullmatch=True))
def test_what_is_kept_can_be_read_again_unchanged(kind: Any, text: str) -> None:
    try:
        kept = taken(kind, text)
    except ValidationError:
        return
    assert taken(kind, kept) == kept


def test_a_long_name_in_capitals_does_not_outgrow_its_column() -> None:
    assert refusal(values.Username, "İ" * 150) == "username"


def test_reading_a_time_zone_again_does_not_search_the_disk_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken(values.TimeZone, "Asia/Tashkent")
    monkeypatch.delattr(regions, "available_timezones")
    assert taken(values.TimeZone, "Africa/Casablanca") == "Africa/Casablanca"
