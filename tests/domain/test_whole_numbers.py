"""Whole numbers that people write, in fields of every kind: read in one way, and no word of a program for one."""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import pytest
from pydantic import TypeAdapter, ValidationError

from educore import EDUCATION, Entity, Fixed
from educore.kernel import is_marked
from educore.kernel.entity import ActedBy, Ref, value_type
from educore.values import PlaceInOrder
from support.parametrize import each

COUNTED = {
    "PasswordAttempts": "tries of a password",
    "NumberSeries": "numbers given out",
    "AttendanceCorrection": "copied from a mark",
    "AbsenceFlag": "marks of a register",
    "LessonProgress": "seconds between two moments",
    "Attempt": "seconds between two moments",
    "LeaderboardEntry": "ranks of a board",
    "Delivery": "tries to deliver",
    "Job": "tries to do it",
    "Import": "rows of a file",
    "AuditHead": "entries of a chain",
    "OneTimeCode": "tries that are left",
}
"""Kinds whose whole numbers the platform counts by itself, and what it counts."""


def numbers(kind: type[Entity]) -> list[str]:
    """Return the fields of a kind that hold a whole number which can change, ids aside."""
    return [
        name
        for name in kind.model_fields
        if value_type(kind, name)[0] is int and name != "id"
        if not any(is_marked(kind, name, mark) for mark in (Ref, ActedBy, Fixed))
    ]


NUMBERS = [(kind, name) for word, kind in EDUCATION.kinds.items() if word not in COUNTED for name in numbers(kind)]


def refuse(annotation: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(annotation).validate_python(value)


def test_there_are_such_fields_and_every_kind_that_is_left_out_has_one() -> None:
    assert len(NUMBERS) > 20
    assert not [word for word in COUNTED if not numbers(EDUCATION.kinds[word])]


@each("kind, name", NUMBERS)
@each("text", ["1_0", "+5", "٥", "5.0", True])
def test_a_number_is_read_in_one_way(kind: type[Entity], name: str, text: object) -> None:
    refuse(get_type_hints(kind, include_extras=True)[name], text)


@each("text", ["10", " 10 ", 10])
def test_digits_are_a_number(text: object) -> None:
    assert TypeAdapter(Annotated[PlaceInOrder, "control"]).validate_python(text) == 10
