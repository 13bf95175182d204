"""Entities: immutable, validated as a whole, and marked."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import pytest
from pydantic import ValidationError

from educore import Entity, Fixed, Hidden, OnDelete, Ref, StoredFile
from educore.groups import Group
from educore.identity import User
from educore.kernel.entity import is_marked, marks, plain_type, references, value_type
from educore.people import Student
from support.library_domain import NOON, Book, Library, Loan

HAMSA = Book(id=1, created_at=NOON, updated_at=NOON, library_id=1, title="Hamsa")
MORNING = Group.model_validate(
    {"id": 1, "created_at": NOON, "updated_at": NOON, "center_id": 1, "branch_id": 1, "course_id": 1, "name": "A"}
)


def test_an_entity_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        HAMSA.title = "Devon"  # type: ignore[misc]  # the point of the test


def test_a_change_gives_a_copy_and_leaves_the_original() -> None:
    assert (HAMSA.change(title="Devon").title, HAMSA.title) == ("Devon", "Hamsa")


def test_a_change_is_validated() -> None:
    with pytest.raises(ValidationError, match=r"string_too_short|at least 1"):
        HAMSA.change(title="")


def test_a_change_is_validated_as_a_whole() -> None:
    june = MORNING.change(end_date=date(2024, 6, 1))
    with pytest.raises(ValidationError) as refused:
        june.change(start_date=date(2024, 6, 2))
    assert refused.value.errors()[0]["type"] == "ends_before_start"


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"extra_forbidden|Extra inputs"):
        HAMSA.change(tilte="Devon")


def test_blanks_around_a_text_are_taken_away() -> None:
    assert HAMSA.change(title="  Devon ").title == "Devon"


def test_a_group_may_end_on_the_day_it_starts() -> None:
    day = date(2024, 3, 8)
    assert MORNING.change(start_date=day, end_date=day).end_date == day


def test_a_password_hash_is_not_in_the_text_of_a_user() -> None:
    user = User(id=1, created_at=NOON, updated_at=NOON, username="sardor", password_hash="$argon2id$secret")
    assert "secret" not in repr(user) + str(user)


def test_references_are_found_also_inside_optional_fields() -> None:
    assert references(Book) == {"library_id": Ref("Library"), "sequel_of_id": Ref("Book", OnDelete.CLEAR)}
    assert references(Loan) == {"book_id": Ref("Book", OnDelete.CASCADE)}
    assert references(Student)["group_id"] == Ref("Group")


@pytest.mark.parametrize(
    ("kind", "field", "mark"),
    [
        (Book, "alarm_code", Hidden),
        (Book, "cover", StoredFile),
        (Book, "library_id", Fixed),
        (User, "password_hash", Hidden),
        (User, "image", StoredFile),
        (Student, "center_id", Fixed),
        (Student, "user_id", Fixed),
    ],
)
def test_marks_are_found(kind: type[Entity], field: str, mark: type) -> None:
    assert is_marked(kind, field, mark)


def test_a_field_without_marks_has_none() -> None:
    assert marks(Library, "name") == ()
    assert not is_marked(Book, "title", Hidden)


def test_the_plain_type_of_a_field_is_found_behind_what_it_says() -> None:
    assert value_type(Book, "sequel_of_id") == (int, True)
    assert value_type(Book, "title") == (str, False)
    assert value_type(Group, "start_date") == (date, True)


def test_a_field_of_several_types_is_refused_because_a_column_holds_one() -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        plain_type(int | str)


def test_a_nested_annotation_is_seen_through() -> None:
    assert plain_type(Annotated[Annotated[int, "a"] | None, "b"]) == (int, True)
