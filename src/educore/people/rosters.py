"""Lists of students that somebody sends, such as the marks of a class: each known, each once, told by place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager

from educore.kernel.errors import Invalid, Problem


def validate_roster(students: Sequence[int], known: Container[int], *, under: str, unknown: str) -> None:
    """Refuse a list of students that is empty, names somebody twice or names somebody unknown.

    Raises: Invalid("too_few") on `under`; Invalid("twice") and Invalid(unknown) on `<under>.<place>.student_id`.
    """
    if not students:
        raise Invalid.because(under, "too_few")
    often = Counter(students)
    codes = {place: unknown for place, id in enumerate(students) if id not in known}
    codes |= {place: "twice" for place, id in enumerate(students) if id in known and often[id] > 1}
    if codes:
        raise Invalid({f"{under}.{n}.student_id": [Problem(codes[n], {"id": students[n]})] for n in sorted(codes)})


@contextmanager
def errors_by_position(under: str, places: Sequence[int]) -> Iterator[None]:
    """Tell the problems of rows written together by their places in the list that was sent."""
    try:
        yield
    except Invalid as error:
        raise error.with_row_numbers(under, places) from None
