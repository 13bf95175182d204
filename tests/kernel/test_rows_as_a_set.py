"""Many rows are built, checked and redacted as a set: with the results of one by one, and without a call for each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import educore.kernel
from educore import Entity, Invalid, Where, everything, nothing, where
from educore.kernel.entity import NOT_STORED
from educore.kernel.validation import build_entities, build_entity
from educore.values import Line, Text
from support.library_domain import Book, OpenShelves

KERNEL = str(Path(educore.kernel.__file__).parent)

NUMBERS = st.none() | st.integers(0, 2)
TERMS = st.builds(
    lambda name, value: where(**{name: value}), st.sampled_from(["a", "b__gte", "c__in"]), st.integers(0, 2)
)
ROWS = st.lists(st.builds(SimpleNamespace, a=NUMBERS, b=NUMBERS, c=NUMBERS), max_size=8)


def term(name: str, value: int) -> Where:
    return where(**{name: {value, 0} if name.endswith("in") else value})


TERMS = st.builds(term, st.sampled_from(["a", "b__gte", "c__in", "a__lte"]), st.integers(0, 2)) | st.sampled_from(
    [everything, nothing, where(b__isnull=True)]
)


@given(ROWS, st.lists(st.lists(TERMS, min_size=1, max_size=3), max_size=3))
def test_a_condition_holds_for_all_rows_if_it_holds_for_each(rows: list[Any], alternatives: list[list[Where]]) -> None:
    condition = nothing
    for terms in alternatives:
        both = everything
        for one in terms:
            both &= one
        condition |= both
    assert condition.holds_for_all(rows) == all(map(condition.holds, rows))


class Letter(Entity):
    """A kind with texts of both sorts."""

    number: int
    title: Line = ""
    body: Text | None = None


TEXTS = st.sampled_from(["Dune", "", " spaces ", "two\nlines", "bell\x07", "\x00", "long" * 200, "Ўзбек", "\u202e"])
WORDS: st.SearchStrategy[Any] = TEXTS | st.none() | st.integers() | st.just(["a list"]) | st.just(date(2026, 1, 1))
FIELDS = st.fixed_dictionaries(
    {"number": st.sampled_from([1, 2, 3, None, "x"])},
    optional={"title": WORDS, "body": WORDS, "id": st.sampled_from([0, 0, 7]), "wrong": st.just(1)},
)


@given(st.lists(FIELDS, max_size=4))
def test_rows_are_built_together_as_each_is_by_itself(rows: list[dict[str, Any]]) -> None:
    together = [(fields, NOT_STORED) for fields in rows]
    expected, problems = [], {}
    for position, fields in enumerate(rows):
        try:
            expected.append(build_entity(Letter, fields, id=NOT_STORED))
        except Invalid as error:
            problems |= error.prefixed(str(position)).fields
    if not problems:
        assert build_entities(Letter, together) == expected
        return
    with pytest.raises(Invalid) as refused:
        build_entities(Letter, together)
    assert refused.value.fields == problems


ONCE_FOR_EACH = {"with_id", "restore_entity", "Writer._guard", "Writer._delete_files"}
"""What may be called once for each row: to give it its id, to read it, to ask the guards, to look for files."""


@contextmanager
def counted_calls(folder: str) -> Iterator[Counter[str]]:
    """Count the calls of functions whose source is in a folder, generators and comprehensions apart."""
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(folder) and not code.co_name.startswith("<"):
            calls[code.co_qualname] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def test_each_further_row_of_a_bulk_write_costs_next_to_no_calls(open_shelves: OpenShelves) -> None:
    shelves, costs = open_shelves(), {}
    for turn, number in enumerate((10, 10, 110)):  # the first turn fills caches
        rows = [{"library_id": 1, "title": f"{turn} {n}", "pages": 1} for n in range(number)]
        with shelves.work() as uow, counted_calls(KERNEL) as calls:
            books = uow.add_all(Book, rows)
            uow.change_each(Book, {book.id: {"pages": 2} for book in books})
        costs[number] = calls
    more = {name: times - costs[10][name] for name, times in costs[110].items() if times - costs[10][name] >= 100}
    assert more.keys() <= ONCE_FOR_EACH
    assert set(more.values()) <= {100}
