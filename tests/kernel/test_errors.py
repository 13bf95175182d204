"""Errors are data: a code and its numbers, never a sentence and never what somebody typed."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from educore import (
    Conflict,
    EducoreError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from educore.groups import Group
from educore.values import Line, Name
from support.library_domain import Book


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EducoreError(), "error"),
        (NotFound(kind="Group", id=3), "not_found"),
        (Forbidden(), "forbidden"),
        (Forbidden("blocked"), "blocked"),
        (Unauthenticated(), "unauthenticated"),
        (Unauthenticated("token_expired"), "token_expired"),
        (TooManyAttempts(retry_after=3), "too_many_attempts"),
        (Unavailable(), "unavailable"),
        (Invalid({}), "invalid"),
        (Conflict({}), "conflict"),
    ],
)
def test_every_error_has_a_stable_code(error: EducoreError, code: str) -> None:
    assert error.code == code


def test_the_numbers_behind_an_error_are_kept() -> None:
    assert NotFound(kind="Group", id=3).params == {"kind": "Group", "id": 3}


def test_an_invalid_names_fields_and_codes() -> None:
    error = Invalid.because("capacity", "too_small", least=3)
    assert error.fields == {"capacity": [Problem("too_small", {"least": 3})]}
    assert str(error) == "('invalid', {'capacity': ['too_small']})"


def test_problems_can_be_put_one_level_deeper() -> None:
    deeper = Conflict({"username": [Problem("taken")], "": [Problem("odd")]}).prefixed("account")
    assert isinstance(deeper, Conflict)
    assert set(deeper.fields) == {"account.username", "account"}


def pydantic_error(**fields: object) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        Book.model_validate(fields)
    return refused.value


def test_what_pydantic_found_is_told_by_field_with_its_code() -> None:
    error = Invalid.from_pydantic(pydantic_error(id=1, title="", pages="many"))
    assert {path: [p.code for p in problems] for path, problems in error.fields.items()} == {
        "created_at": ["missing"],
        "updated_at": ["missing"],
        "library_id": ["missing"],
        "title": ["string_too_short"],
        "pages": ["int_parsing"],
    }


def test_the_limits_of_a_field_are_told() -> None:
    assert Invalid.from_pydantic(pydantic_error(title="")).fields["title"][0].params == {"min_length": 1}


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (Annotated[Name, Field(max_length=3)], "four", "string_too_long"),
        (Annotated[Line, Field(min_length=2)], "1", "string_too_short"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "too_long"),
    ],
)
def test_a_text_is_measured_in_characters_also_by_a_second_limit(kind: Any, value: object, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    assert [problem.code for problem in Invalid.from_pydantic(refused.value).fields[""]] == [code]


def test_what_somebody_typed_is_not_repeated() -> None:
    assert "hunter2" not in repr(Invalid.from_pydantic(pydantic_error(pages="hunter2")).fields)


def test_a_rule_over_the_whole_names_the_field_it_is_about() -> None:
    with pytest.raises(ValidationError) as refused:
        Group.model_validate(
            {
                "id": 1,
                "created_at": 0,
                "updated_at": 0,
                "center_id": 1,
                "branch_id": 1,
                "course_id": 1,
                "name": "A",
                "start_date": "2024-02-01",
                "end_date": "2024-01-01",
            }
        )
    assert Invalid.from_pydantic(refused.value).fields == {"end_date": [Problem("ends_before_start")]}
