"""Input that lists students, such as the marks of a class: validation, and an upsert of one row for each student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from educore.kernel.errors import Invalid, Problem


class StudentRow(Protocol):
    """An entity that refers to one student."""

    @property
    def student_id(self) -> int:
        """The id of the student."""
        ...


R = TypeVar("R", bound=StudentRow)


def validate_roster(student_ids: Sequence[int], strangers: Mapping[int, Problem], *, name: str) -> None:
    """Refuse a list of students that is empty, repeats a student or names one of the `strangers`.

    `name` is the field that holds the list; `strangers` holds a problem for each student who does not belong in it.
    Raises: Invalid("too_few") on `<name>`; Invalid("twice") and the problems on `<name>.<number>.student_id`.
    """
    if not student_ids:
        raise Invalid.because(name, "too_few")
    counts = Counter(student_ids)
    problems = {
        f"{name}.{number}.student_id": [strangers.get(id) or Problem("twice", {"id": id})]
        for number, id in enumerate(student_ids)
        if id in strangers or counts[id] > 1
    }
    if problems:
        raise Invalid(problems)


def strangers_among(student_ids: Iterable[int], known_ids: Container[int], *, code: str) -> dict[int, Problem]:
    """Return a problem with this code for each student who is not among the known ones."""
    return {id: Problem(code, {"id": id}) for id in student_ids if id not in known_ids}


def upsert_by_student(
    wanted: Mapping[int, Mapping[str, Any]],
    stored: Mapping[int, R],
    *,
    name: str,
    compare: Sequence[str],
    add: Callable[[list[int]], Sequence[R]],
    change: Callable[[list[int]], Sequence[R]],
) -> tuple[list[R], list[R]]:
    """Add the rows of students who have none, and change the rows that differ in the fields `compare`.

    `wanted` holds the values by student id, in the order of the list; `stored` holds the present rows by student id.
    `add` and `change` each get the ids of the students concerned and write their rows at once.
    Returns all rows in the order of the list, and the rows written. Problems are reported by row: `marks.3.status`.
    """
    numbers = {id: number for number, id in enumerate(wanted)}
    new = [id for id in wanted if id not in stored]
    different = [id for id in wanted if id in stored and _differs(stored[id], wanted[id], compare)]
    with report_row_numbers(name, [numbers[id] for id in new]):
        added = add(new)
    with report_row_numbers(name, [numbers[id] for id in different]):
        changed = change(different)
    written = [*added, *changed]
    rows = {**stored, **{row.student_id: row for row in written}}
    return [rows[id] for id in wanted], written


@contextmanager
def report_row_numbers(name: str, numbers: Sequence[int]) -> Iterator[None]:
    """Report the problems of rows that are written together under their numbers in the whole list `name`."""
    try:
        yield
    except Invalid as error:
        raise error.with_row_numbers(name, numbers) from None


def _differs(row: object, values: Mapping[str, Any], fields: Sequence[str]) -> bool:
    return any(getattr(row, field) != values[field] for field in fields if field in values)
