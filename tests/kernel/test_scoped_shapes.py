"""Scoped shapes show rows behind references only to those who may read them; an order tells no more than a column."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from educore import Actor, From, Role, Shape
from educore.adapters.sql import SqlStore, statements
from support.library_domain import DIRECTOR, READER, Book, Library, Loan, OpenShelves, Shelves


class LibraryLine(Shape, of=Library):
    """A library, in short."""

    name: str


class BookLine(Shape, of=Book):
    """A book and the library it stands in."""

    title: str
    library: LibraryLine | None


class LoanOut(Shape, of=Loan):
    """A loan, whoever may read its book."""

    id: int
    title: Annotated[str | None, From("book.title")]


class ScopedLoan(Shape, of=Loan):
    """A loan, with the book and the library for those who may read them."""

    scoped = True

    id: int
    title: Annotated[str | None, From("book.title")]
    library: Annotated[str | None, From("book.library.name")]
    book: BookLine | None


OF_BABUR = Actor(Role.DIRECTOR, center_id=2)


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    """Three loans: of "devon" and "Hamsa" in Navoi, and of "Boburnoma" in Babur. Everybody may read all loans."""
    made = open_shelves()
    for title, library in (("devon", 1), ("Hamsa", 1), ("Boburnoma", 2)):
        made.book(title, library_id=library, price="9.50" if title == "Hamsa" else "10.00")
    transaction = made.store.begin()
    for book in (2, 1, 3):
        transaction.insert(Loan(id=0, book_id=book, reader="Ali"))
    transaction.commit()
    return made


def seen(shelves: Shelves, shape: type[Shape], who: Actor = DIRECTOR, **page: Any) -> list[dict[str, Any]]:
    """Return all loans in a shape."""
    with shelves.work(who, read_only=True) as uow:
        return uow.select(shape, **page)


def test_a_scoped_shape_shows_rows_behind_references_only_to_those_who_may_read_them(shelves: Shelves) -> None:
    assert [row["title"] for row in seen(shelves, LoanOut)] == ["Hamsa", "devon", "Boburnoma"]
    assert [row["title"] for row in seen(shelves, ScopedLoan)] == ["Hamsa", "devon", None]
    assert [row["title"] for row in seen(shelves, ScopedLoan, OF_BABUR)] == [None, None, "Boburnoma"]
    assert [row["book"] for row in seen(shelves, ScopedLoan, OF_BABUR)] == [
        None,
        None,
        {"title": "Boburnoma", "library": {"name": "Babur"}},
    ]


def test_what_lies_behind_a_row_that_is_not_shown_is_not_shown_either(shelves: Shelves) -> None:
    with shelves.work(READER) as uow:
        assert len(uow.find(Library)) == 2, "a reader may read every library"
    assert [row["library"] for row in seen(shelves, ScopedLoan, READER)] == ["Navoi", "Navoi", None]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    ("order", "ignore_case", "who", "ids"),
    [
        ("book.title", True, DIRECTOR, [2, 1, 3]),
        ("-book.title", True, DIRECTOR, [1, 2, 3]),
        ("-book.title", True, OF_BABUR, [3, 1, 2]),
        ("-book.library.name", False, OF_BABUR, [3, 1, 2]),
        ("-book.price", False, DIRECTOR, [2, 1, 3]),
        ("-book.price", False, READER, [1, 2, 3]),
        ("-id", False, DIRECTOR, [3, 2, 1]),
    ],
)
def test_an_order_by_a_path_tells_no_more_than_a_column(
    shelves: Shelves,
    monkeypatch: pytest.MonkeyPatch,
    order: str,
    ignore_case: bool,
    who: Actor,
    ids: list[int],
    deep: bool,
) -> None:
    if deep:
        monkeypatch.setattr(statements, "DEEP", 1)
    page: Any = {"order": (order,), "ignore_case": ignore_case, "offset": int(deep), "limit": 10}
    assert [row["id"] for row in seen(shelves, ScopedLoan, who, **page)] == ids[int(deep) :]


def test_an_unscoped_shape_is_ordered_by_the_rows_it_shows(shelves: Shelves) -> None:
    assert [row["id"] for row in seen(shelves, LoanOut, order=("-book.title",), ignore_case=True)] == [1, 2, 3]
    assert [row["id"] for row in seen(shelves, LoanOut, OF_BABUR, order=("book.library.name",))] == [3, 1, 2]


def test_nothing_is_ordered_by_a_hidden_field(shelves: Shelves) -> None:
    with pytest.raises(TypeError, match=r"Book\.alarm_code is hidden"):
        seen(shelves, ScopedLoan, order=("book.alarm_code",))


@pytest.mark.parametrize("open_shelves", ["sqlite", "postgresql"], indirect=True)
def test_the_same_list_of_another_actor_runs_the_statement_that_was_built_for_the_first_one(shelves: Shelves) -> None:
    assert isinstance(shelves.store, SqlStore)
    seen(shelves, ScopedLoan, order=("book.title",))
    before = shelves.store.build.cache_info().misses, shelves.store.project.cache_info().misses
    assert seen(shelves, ScopedLoan, OF_BABUR, order=("book.title",))[0]["title"] == "Boburnoma"
    assert (shelves.store.build.cache_info().misses, shelves.store.project.cache_info().misses) == before
