"""Lists inside shapes: whose rows they show, to whom, in which order, and what they cost whatever the page."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import pytest

from educore import Actor, Count, Each, Entity, From, Later, Role, Shape, UnitOfWork, where
from educore.adapters.sql import SqlStore
from educore.kernel.shape_compiler import compile_shape
from support.library_domain import DIRECTOR, LIBRARY, NOON, READER, STAFF, Book, Library, Loan, OpenShelves, Shelves
from support.statement_counts import record_statements

OF_BABUR = Actor(Role.DIRECTOR, center_id=2)


class GermanCondition(StrEnum):
    """How an API that speaks German writes the condition of a book."""

    NEW = "neu"
    WORN = "abgenutzt"


class LoanLine(Shape, of=Loan):
    """A loan, in short."""

    reader: str
    title: Annotated[str, From("book.title")]


class BookLine(Shape, of=Book):
    """A book with its loans."""

    title: str
    price: Decimal | None
    loans: Annotated[list[LoanLine], Each("Loan", order=("-reader",))]
    open_loans: Annotated[list[str], Each("Loan", where(returned=False), shows="reader")]


class LibraryOut(Shape, of=Library):
    """A library with its books, the thick ones among them, and how many there are. It does not show its id."""

    books: Annotated[list[BookLine], Each("Book", order=("title",))]
    name: str
    thick: Annotated[list[str], Each("Book", where(pages__gte=100), shows="title")]
    counted: Annotated[int, Count("Book")]


class LoanOut(Shape, of=Loan):
    """A loan with its book and the book before, whose lists are shown too."""

    reader: str
    book: BookLine
    before: Annotated[BookLine | None, From("book.sequel_of")]


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    """Navoi has "Layli" (1), "Hamsa" (2) and "Devon" (3), Babur has "Boburnoma" (4)."""
    made = open_shelves()
    made.book("Layli", pages=90)
    made.book("Hamsa", pages=200, price="12.00", sequel_of_id=1, condition="worn")
    made.book("Devon", pages=100, price="3.50", condition=None)
    made.book("Boburnoma", library_id=2, pages=400, price="99.00")
    with made.work() as uow:
        for book, reader, returned in ((2, "Ali", False), (2, "Vali", True), (1, "Gani", False)):
            uow.add(Loan, {"book_id": book, "reader": reader, "returned": returned})
    return made


def seen(shelves: Shelves, shape: type[Shape], who: Actor = DIRECTOR, **page: Any) -> list[dict[str, Any]]:
    """Return all rows in a shape."""
    with shelves.work(who, read_only=True) as uow:
        return uow.select(shape, **page)


def shape_with(mark: Each, annotation: Any, of: type[Entity] = Library) -> type[Shape]:
    """Return a shape with one field, `shown`."""
    return type("Declared", (Shape,), {"__annotations__": {"shown": Annotated[annotation, mark]}}, of=of)


def shown(shelves: Shelves, mark: Each, annotation: Any, who: Actor = DIRECTOR, of: type[Entity] = Library) -> Any:
    """Return what a list of the first row shows."""
    return seen(shelves, shape_with(mark, annotation, of), who)[0]["shown"]


# -- what is shown -------------------------------------------------------------------------------------


def test_a_list_shows_the_rows_that_refer_to_each_row_and_their_lists_too(shelves: Shelves) -> None:
    hamsa_loans = [{"reader": "Vali", "title": "Hamsa"}, {"reader": "Ali", "title": "Hamsa"}]
    assert seen(shelves, LibraryOut) == [
        {
            "books": [
                {"title": "Devon", "price": Decimal("3.50"), "loans": [], "open_loans": []},
                {"title": "Hamsa", "price": Decimal(12), "loans": hamsa_loans, "open_loans": ["Ali"]},
                {
                    "title": "Layli",
                    "price": None,
                    "loans": [{"reader": "Gani", "title": "Layli"}],
                    "open_loans": ["Gani"],
                },
            ],
            "name": "Navoi",
            "thick": ["Hamsa", "Devon"],
            "counted": 3,
        }
    ]
    assert [row["thick"] for row in seen(shelves, LibraryOut, OF_BABUR)] == [["Boburnoma"]]


def test_the_fields_keep_the_order_of_the_shape(shelves: Shelves) -> None:
    assert [*seen(shelves, LibraryOut)[0]] == [*LibraryOut.model_fields]


def test_a_shape_behind_a_reference_has_its_lists_too(shelves: Shelves) -> None:
    first, _, third = seen(shelves, LoanOut)
    assert first["book"]["open_loans"] == ["Ali"]
    assert first["before"]["open_loans"] == ["Gani"]
    assert third["before"] is None


def test_a_list_is_ordered_along_a_reference(shelves: Shelves) -> None:
    mark = Each("Book", order=("-sequel_of.title", "-pages"), shows="title")
    assert shown(shelves, mark, list[str]) == ["Hamsa", "Devon", "Layli"]


def test_a_list_shows_rows_behind_a_reference(shelves: Shelves) -> None:
    class Title(Shape, of=Book):
        title: str

    before = Each("Book", shows="sequel_of")
    assert shown(shelves, before, list[Title]) == [{"title": "Layli"}]
    assert shown(shelves, before, list[Title | None]) == [None, {"title": "Layli"}, None]
    assert shown(shelves, Each("Loan", shows="book.sequel_of"), list[Title], of=Book) == []


def test_values_are_translated_and_spelled_as_elsewhere(shelves: Shelves) -> None:
    class Spelled(Shape, of=Library):
        spelling: ClassVar[dict[type, Any]] = {Decimal: "{:.2f} soʻm".format}

        prices: Annotated[list[str], Each("Book", shows="price")]
        words: Annotated[list[GermanCondition | None], Each("Book", shows="condition")]
        covers: Annotated[list[str], Each("Book", shows="cover")]

    assert seen(shelves, Spelled) == [
        {"prices": ["12.00 soʻm", "3.50 soʻm"], "words": ["neu", "abgenutzt", None], "covers": []}
    ]


def test_instances_of_a_shape_have_instances_in_their_lists(shelves: Shelves) -> None:
    with shelves.work() as uow:
        library = uow.read(LibraryOut)[0]
    assert isinstance(library.books[1].loans[0], LoanLine)


def test_a_row_shown_twice_has_lists_of_its_own(shelves: Shelves) -> None:
    one, other, _ = seen(shelves, LoanOut)
    one["book"]["loans"].clear()
    assert len(other["book"]["loans"]) == 2


# -- to whom -------------------------------------------------------------------------------------------


def test_rows_of_another_library_are_in_no_list(shelves: Shelves) -> None:
    with shelves.work(READER) as uow:
        assert uow.count(Library) == 2, "a reader may read every library"
    assert [row["thick"] for row in seen(shelves, LibraryOut, READER)] == [["Hamsa", "Devon"], []]


def test_archived_rows_are_in_no_list_and_come_back(shelves: Shelves) -> None:
    with shelves.work() as uow:
        devon = uow.archive(uow.get(Book, 3))
    assert [(row["thick"], row["counted"]) for row in seen(shelves, LibraryOut)] == [(["Hamsa"], 2)]
    with shelves.work() as uow:
        uow.restore(devon)
    assert [(row["thick"], row["counted"]) for row in seen(shelves, LibraryOut)] == [(["Hamsa", "Devon"], 3)]


def test_a_list_is_empty_for_a_role_without_a_grant(shelves: Shelves) -> None:
    rows = seen(shelves, BookLine, STAFF)
    assert len(rows) == 3
    assert all(row["loans"] == row["open_loans"] == [] for row in rows)


def test_a_list_shows_no_value_that_its_reader_may_not_read(shelves: Shelves) -> None:
    prices = Each("Book", shows="price")
    assert shown(shelves, prices, list[Decimal]) == [Decimal(12), Decimal("3.50")]
    assert shown(shelves, prices, list[Decimal], READER) == []
    assert shown(shelves, prices, list[Decimal | None], READER) == [None, None, None]
    assert [book["price"] for book in seen(shelves, LibraryOut, READER)[0]["books"]] == [None, None, None]


def test_neither_the_rows_of_a_list_nor_their_order_tell_a_value_that_its_reader_may_not_read(shelves: Shelves) -> None:
    dear = Each("Book", where(price__gte=10), shows="title")
    assert shown(shelves, dear, list[str]) == ["Hamsa"]
    assert shown(shelves, dear, list[str], READER) == []
    by_price = Each("Book", order=("price",), shows="title")
    assert shown(shelves, by_price, list[str]) == ["Devon", "Hamsa", "Layli"]
    assert shown(shelves, by_price, list[str], READER) == ["Layli", "Hamsa", "Devon"]


def test_in_a_scoped_shape_rows_behind_references_of_a_list_are_shown_to_those_who_may_read_them(
    shelves: Shelves,
) -> None:
    class Line(Shape, of=Loan):
        title: Annotated[str | None, From("book.title")]

    class Open(Shape, of=Book):
        sequel: Annotated[str | None, From("sequel_of.title")]
        lent: Annotated[list[str], Each("Loan", shows="book.library.name")]
        lines: Annotated[list[Line], Each("Loan")]

    class Scoped(Open, of=Book):
        scoped = True

    first = Open, Scoped
    assert [seen(shelves, shape)[0]["lent"] for shape in first] == [["Navoi"], ["Navoi"]]
    manager = Actor(Role.STAFF, center_id=1)  # who may read books, and neither libraries nor loans
    assert [seen(shelves, shape, manager)[0]["lines"] for shape in first] == [[], []]
    transaction = shelves.store.begin()
    transaction.insert(Book(id=0, library_id=1, title="Qisas", sequel_of_id=4, created_at=NOON, updated_at=NOON))
    transaction.insert(Loan(id=0, book_id=4, reader="Ali"))
    transaction.commit()

    class Sequels(Shape, of=Library):
        before: Annotated[list[str], Each("Book", shows="sequel_of.title")]

    class ScopedSequels(Sequels, of=Library):
        scoped = True

    assert seen(shelves, Sequels)[0]["before"] == ["Layli", "Boburnoma"]
    assert seen(shelves, ScopedSequels)[0]["before"] == ["Layli"]


# -- figures for a page --------------------------------------------------------------------------------


class Lent(Shape, of=Book):
    """A book and how often it was lent, which is counted for all books at once."""

    calls: ClassVar[list[int]] = []

    id: int
    times: Annotated[int, Later()]
    how_often: Annotated[int, Later(same_as="times")]
    readers: Annotated[list[str], Each("Loan", shows="reader")]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Count all loans at once."""
        cls.calls.append(len(rows))
        times = uow.count_by(Loan, "book_id", where(book_id__in={row["id"] for row in rows}))
        for row in rows:
            row["times"] = times.get(row["id"], 0)
            assert row["times"] == len(row["readers"]), "the lists are there already"


class LibraryLent(Shape, of=Library):
    """A library, what its books are called, and how often they were lent together."""

    together: Annotated[int, Later()]
    books: Annotated[list[Lent], Each("Book")]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Add up what the books have."""
        for row in rows:
            row["together"] = sum(book["times"] for book in row["books"])


class LoanLent(Shape, of=Loan):
    """A loan and its book."""

    book: Lent


def test_figures_are_made_for_all_rows_at_once(shelves: Shelves) -> None:
    Lent.calls.clear()
    assert [(row["times"], row["how_often"]) for row in seen(shelves, Lent)] == [(1, 1), (2, 2), (0, 0)]
    assert Lent.calls == [3]


def test_figures_of_inner_shapes_are_there_before_those_of_outer_ones(shelves: Shelves) -> None:
    assert [row["together"] for row in seen(shelves, LibraryLent)] == [3]
    assert [row["book"]["times"] for row in seen(shelves, LoanLent)] == [2, 2, 1]


def test_without_rows_nothing_is_finished(shelves: Shelves) -> None:
    Lent.calls.clear()
    assert seen(shelves, Lent, limit=0) == []
    assert Lent.calls == []


def test_a_figure_that_is_not_made_is_an_error(shelves: Shelves) -> None:
    class Forgetful(Shape, of=Book):
        times: Annotated[int, Later()]

        @classmethod
        def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
            rows[0]["times"] = 1

    assert seen(shelves, Forgetful, limit=1) == [{"times": 1}]
    with pytest.raises(TypeError, match=r"Forgetful\.finish has not filled times"):
        seen(shelves, Forgetful)


# -- what it costs -------------------------------------------------------------------------------------


class WithTwoLists(Shape, of=Book):
    """A book with two lists and a third that needs no statement of its own."""

    loans: Annotated[list[LoanLine], Each("Loan")]
    readers: Annotated[list[str], Each("Loan", shows="reader")]
    open_loans: Annotated[list[str], Each("Loan", where(returned=False), shows="reader")]


@pytest.mark.parametrize("books", [1, 100])
def test_a_page_with_two_lists_takes_four_statements_whatever_its_size(open_shelves: OpenShelves, books: int) -> None:
    shelves = open_shelves()
    if not isinstance(shelves.store, SqlStore):
        pytest.skip("the memory store runs no statements")
    made = [shelves.book(f"Hamsa {number}") for number in range(books)]
    with shelves.work() as uow:
        for book in made:
            uow.add(Loan, {"book_id": book.id, "reader": "Ali"})
    with record_statements(shelves.store.engine) as run, shelves.work(read_only=True) as uow:
        assert uow.count(Book) == books
        rows = uow.select(WithTwoLists)
    assert all(row["readers"] == ["Ali"] for row in rows)
    assert len(rows) == books
    assert len([statement for statement in run if statement.startswith("SELECT")]) == 4


def test_lists_of_no_rows_take_no_statement(open_shelves: OpenShelves) -> None:
    shelves = open_shelves()
    if not isinstance(shelves.store, SqlStore):
        pytest.skip("the memory store runs no statements")
    with record_statements(shelves.store.engine) as run:
        assert seen(shelves, WithTwoLists) == []
    assert len([statement for statement in run if statement.startswith("SELECT")]) == 1


# -- what is refused -----------------------------------------------------------------------------------


class Author(Shape, of=Book):
    """A book with the books after it, and so on."""

    sequels: Annotated[list[Author], Each("Book")]


class Chain(Shape, of=Loan):
    """A loan whose book lists its loans."""

    book: ChainLink


class ChainLink(Shape, of=Book):
    """A book that lists its loans."""

    loans: Annotated[list[Chain], Each("Loan")]


class NeverFinished(Shape, of=Book):
    """A shape without the method that its field needs."""

    times: Annotated[int, Later()]


class WrongCopy(Shape, of=Book):
    """A copy of a field that is finished by nobody."""

    title: str
    times: Annotated[int, Later(same_as="title")]

    @classmethod
    def finish(cls, uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
        """Do nothing."""


Chain.model_rebuild()


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        (shape_with(Each("Book", shows="title"), str), "Declared.shown shows a list, so its type is `list[...]`"),
        (shape_with(Each("Book", shows="title"), list[str] | None), "Declared.shown shows a list"),
        (shape_with(Each("Book", shows="title"), list), "Declared.shown shows a list"),
        (shape_with(Each("Book", shows="title"), list[list[str]]), "shows a list of shapes or of plain values"),
        (shape_with(Each("Book"), list[str]), "Declared.shown needs `shows`, the field of Book that it shows"),
        (shape_with(Each("Book"), list[LoanLine]), "shows rows of Book, and LoanLine is of Loan"),
        (shape_with(Each("Book", shows="sequel_of.library"), list[LoanLine]), "shows rows of Library, and LoanLine"),
        (shape_with(Each("Loan"), list[LoanLine]), "Loan points at Library 0 times"),
        (shape_with(Each("Bok", shows="title"), list[str]), "did you mean 'Book'?"),
        (shape_with(Each("Book", where(titel="x"), shows="title"), list[str]), "Book has no field 'titel'"),
        (shape_with(Each("Book", where(alarm_code="1"), shows="title"), list[str]), "Book.alarm_code is hidden"),
        (shape_with(Each("Book", shows="alarm_code"), list[str]), "Book.alarm_code is hidden"),
        (shape_with(Each("Book", shows="titel"), list[str]), "Book has no field 'titel'"),
        (shape_with(Each("Book", shows="libary.name"), list[str]), "Book has no reference 'libary'"),
        (shape_with(Each("Book", order=("-titel",), shows="title"), list[str]), "Book has no field 'titel'"),
        (shape_with(Each("Book", order=("alarm_code",), shows="title"), list[str]), "Book.alarm_code is hidden"),
        (shape_with(Each("Book", order="title", shows="title"), list[str]), "an order is a tuple"),  # type: ignore[arg-type]
        (Author, "Author contains itself"),
        (Chain, "Chain contains itself"),
        (NeverFinished, "NeverFinished has no method `finish` that fills times"),
        (WrongCopy, "WrongCopy.finish fills no field 'title'"),
    ],
)
def test_a_list_that_cannot_be_shown_is_refused(shape: type[Shape], complaint: str) -> None:
    with pytest.raises(TypeError) as refused:
        compile_shape(shape, LIBRARY)
    assert complaint in str(refused.value)
