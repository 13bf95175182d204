"""Rows are ordered along references and by what their shape counts; an order tells no more than a column would."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import pytest

from educore import Actor, Count, Each, From, Role, Shape, Sum, where
from educore.adapters.sql import statements
from support.library_domain import DIRECTOR, READER, STAFF, Book, Library, Loan, OpenShelves, Shelves

OF_BABUR = Actor(Role.DIRECTOR, center_id=2)


class LibraryLine(Shape, of=Library):
    """A library, the number of its books and what they are worth."""

    id: int
    books: Annotated[int, Count("Book")]
    worth: Annotated[Decimal, Sum("Book", "price")]
    has_books: Annotated[bool, Count("Book")]
    name: Annotated[int, Count("Book", where(pages__gte=100))]


class BookLine(Shape, of=Book):
    """A book, how often it was lent, and the library, whose books are counted too."""

    id: int
    loans: Annotated[int, Count("Loan")]
    readers: Annotated[list[str], Each("Loan", shows="reader")]
    title_before: Annotated[str | None, From("sequel_of.title")]
    library: LibraryLine


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    """Navoi has books 1 to 3, of 10, 20 and 30 pages; 1 follows 3, 3 was lent twice and 2 once. Babur has book 4."""
    made = open_shelves()
    for pages in (10, 20, 30):
        made.book(f"Book {pages}", pages=pages, price=Decimal(100 - pages))
    made.book("Boburnoma", library_id=2, price=Decimal(1))
    with made.work() as uow:
        for book in (3, 2, 3):
            uow.add(Loan, {"book_id": book, "reader": "Ali"})
    with made.work() as uow:
        uow.change(uow.get(Book, 1), {"sequel_of_id": 3})
    return made


def ids(shelves: Shelves, shape: type[Shape], *order: str, who: Actor = DIRECTOR, **page: Any) -> list[int]:
    """Return the ids of all rows in an order."""
    with shelves.work(who, read_only=True) as uow:
        return [row["id"] for row in uow.select(shape, order=order, **page)]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("loans",), [1, 2, 3]),
        (("-loans",), [3, 2, 1]),
        (("sequel_of.pages", "-id"), [1, 3, 2]),
        (("library.name", "-loans"), [3, 2, 1]),
        (("-sequel_of.library.name", "-pages"), [1, 3, 2]),
    ],
)
def test_rows_are_ordered_along_references_and_by_counts(
    shelves: Shelves, monkeypatch: pytest.MonkeyPatch, order: tuple[str, ...], expected: list[int], deep: bool
) -> None:
    if deep:
        monkeypatch.setattr(statements, "DEEP", 1)
    offset = int(deep)
    assert ids(shelves, BookLine, *order, offset=offset, limit=9) == expected[offset:]


def test_a_field_of_the_kind_comes_before_a_count_of_the_same_name(shelves: Shelves) -> None:
    with shelves.work(READER, read_only=True) as uow:
        assert [row["id"] for row in uow.select(LibraryLine, order=("name",))] == [2, 1]


def test_an_order_by_a_count_includes_only_what_its_reader_may_count(shelves: Shelves) -> None:
    shelves.book("More", library_id=2)
    for title in ("a", "b", "c"):
        shelves.book(title, library_id=2)
    with shelves.work(READER, read_only=True) as uow:
        seen = uow.select(LibraryLine, order=("-books",))
    assert [(row["id"], row["books"]) for row in seen] == [(1, 3), (2, 0)], "books of Babur are not for readers here"


def test_an_order_by_a_sum_leaves_out_values_that_its_reader_may_not_read(shelves: Shelves) -> None:
    assert ids(shelves, LibraryLine, "worth", who=READER) == ids(shelves, LibraryLine, "-worth", who=READER) == [1, 2]


def test_an_order_by_restricted_values_behind_a_reference_reveals_nothing(shelves: Shelves) -> None:
    assert ids(shelves, BookLine, "-sequel_of.price", "-id") == [1, 3, 2]
    assert ids(shelves, BookLine, "-sequel_of.price", "-id", who=STAFF) == [3, 2, 1]


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ("lones", "Book has no field 'lones'"),
        ("readers", "Book has no field 'readers'"),
        ("library", "Book has no field 'library'"),
        ("library.books", "Library has no field 'books'"),
        ("sequel_of.alarm_code", "Book.alarm_code is hidden"),
        ("Loan", "Book has no field 'Loan'"),
        ("", "Book has no field ''"),
    ],
)
def test_nothing_else_orders_rows(shelves: Shelves, order: str, complaint: str) -> None:
    with pytest.raises(TypeError) as refused:
        ids(shelves, BookLine, order)
    assert complaint in str(refused.value)


def test_a_text_is_no_order(shelves: Shelves) -> None:
    text: Any = "loans"
    with shelves.work() as uow, pytest.raises(TypeError, match=r"an order is a tuple of fields, such as \('loans',\)"):
        uow.select(BookLine, order=text)


def test_whether_there_are_rows_orders_nothing(shelves: Shelves) -> None:
    with pytest.raises(TypeError, match="Library has no field 'has_books'"):
        ids(shelves, LibraryLine, "has_books")
