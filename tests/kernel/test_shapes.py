"""Shapes: what is declared is what is shown, and what is hidden cannot be declared."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import pytest

from educore import (
    Actor,
    Computed,
    ComputedNow,
    Count,
    From,
    Joined,
    NameOf,
    NotFound,
    Role,
    Shape,
    Sum,
    everything,
    where,
)
from educore.kernel.shape import nested, path_of
from educore.kernel.shape_compiler import compile_shape
from educore.kernel.words import OnlyMembers
from support.library_domain import (
    DIRECTOR,
    LIBRARY,
    READER,
    STAFF,
    Book,
    Condition,
    Library,
    Loan,
    OpenShelves,
    Shelves,
)


class GermanCondition(StrEnum):
    """How an API that speaks German writes the condition of a book."""

    NEW = "neu"
    WORN = "abgenutzt"


class LibraryName(Shape, of=Library):
    """A library, in short."""

    id: int
    name: str


class SequelOf(Shape, of=Book):
    """The book before."""

    title: str
    library: LibraryName
    condition: GermanCondition | None


class BookOut(Shape, of=Book):
    """A book as an API might show it."""

    spelling: ClassVar[dict[type, Any]] = {Decimal: "{:.2f}".format, Condition: str}

    id: int
    name: Annotated[str, From("title")]
    library_name: Annotated[str, From("library.name")]
    zustand: Annotated[GermanCondition | None, From("condition")]
    price: Decimal | None
    cover: str | None
    sequel_of: SequelOf | None
    before: Annotated[str | None, Joined("sequel_of.title", "sequel_of.isbn")]
    loans: Annotated[int, Count("Loan")]
    open_loans: Annotated[int, Count("Loan", where(returned=False))]
    is_lent: Annotated[bool, Count("Loan", where(returned=False))]


def thickness(pages: int | None, before: int | None, condition: str | None) -> str:
    """How a librarian speaks of a book."""
    assert type(condition) in (str, type(None)), "a word, as in a column"
    return f"{pages} pages after {before}, {condition.upper() if condition else 'unknown'}"


class BookSaid(Shape, of=Book):
    """A book in one sentence, and the one it goes on from in another."""

    spelling: ClassVar[dict[type, Any]] = {int: "{:d}!".format}

    said: Annotated[str, Computed(thickness, "pages", "sequel_of.pages", "condition")]
    pages: int | None
    worth: Annotated[bool, Computed(bool, "price")]


class LoanSaid(Shape, of=Loan):
    """A loan, and the sentence nested in it."""

    book: BookSaid


class LoanToday(Shape, of=Loan):
    """A loan, and the sentence of a day about it."""

    said: Annotated[str, ComputedNow(lambda now, title, reader: f"{now:%Y}: {title}, {reader}", "book.title", "reader")]


class LibraryOut(Shape, of=Library):
    """A library and what its books are worth."""

    name: str
    pages: Annotated[int, Sum("Book", "pages")]
    worn_price: Annotated[Decimal, Sum("Book", "price", where(condition=Condition.WORN))]


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    made = open_shelves()
    made.book("Hamsa", price=Decimal(12), isbn="1", pages=90)
    made.book("Devon", condition=Condition.WORN, sequel_of_id=1, cover="covers/1.png", price=Decimal("3.5"), pages=200)
    with made.work() as uow:
        uow.add(Loan, {"book_id": 2, "reader": "Ali"})
        uow.add(Loan, {"book_id": 2, "reader": "Vali", "returned": True})
    return made


def seen(shelves: Shelves, shape: type[Shape], id: int, who: Actor = DIRECTOR) -> dict[str, Any]:
    with shelves.work(who) as uow:
        return uow.select_one(shape, id)


class BookNames(Shape, of=Book):
    """A book and the one it goes on from, as they are called."""

    name: Annotated[str, NameOf()]
    before: Annotated[str | None, NameOf("sequel_of")]


def test_a_name_is_the_one_that_the_entity_declares(shelves: Shelves) -> None:
    assert seen(shelves, BookNames, 1) == {"name": "Hamsa", "before": None}
    assert seen(shelves, BookNames, 2) == {"name": "Devon", "before": "Hamsa"}


def test_a_shape_shows_exactly_what_it_declares(shelves: Shelves) -> None:
    assert seen(shelves, BookOut, 2) == {
        "id": 2,
        "name": "Devon",
        "library_name": "Navoi",
        "zustand": "abgenutzt",
        "price": "3.50",
        "cover": "memory://covers/1.png",
        "sequel_of": {"title": "Hamsa", "library": {"id": 1, "name": "Navoi"}, "condition": "neu"},
        "before": "Hamsa 1",
        "loans": 2,
        "open_loans": 1,
        "is_lent": True,
    }


def test_a_relation_that_is_not_there_is_none_and_its_words_too(shelves: Shelves) -> None:
    first = seen(shelves, BookOut, 1)
    assert (first["sequel_of"], first["before"], first["cover"]) == (None, None, None)
    assert (first["loans"], first["is_lent"]) == (0, False)


def test_words_leave_out_what_is_missing(shelves: Shelves) -> None:
    with shelves.work() as uow:
        uow.change(uow.get(Book, 1), {"isbn": None})
    assert seen(shelves, BookOut, 2)["before"] == "Hamsa"


def test_a_value_is_made_from_fields_as_they_are_stored(shelves: Shelves) -> None:
    assert seen(shelves, BookSaid, 2) == {"said": "200 pages after 90, WORN", "pages": "200!", "worth": True}


def test_what_a_value_is_made_from_is_none_where_a_path_leads_nowhere(shelves: Shelves) -> None:
    assert seen(shelves, BookSaid, 1)["said"] == "90 pages after None, NEW"


def test_a_value_is_made_in_nested_shapes_too(shelves: Shelves) -> None:
    assert seen(shelves, LoanSaid, 1)["book"]["said"] == "200 pages after 90, WORN"


def test_a_value_can_be_made_of_the_present_moment_too(shelves: Shelves) -> None:
    loan = seen(shelves, LoanToday, 1)
    with shelves.work(READER) as uow:
        year = uow.ports.clock.now().year
    assert loan["said"].startswith(f"{year}: ")
    assert loan["said"].count(", ") == 1


def test_what_may_not_be_read_is_none_to_what_makes_a_value(shelves: Shelves) -> None:
    assert [seen(shelves, BookSaid, 1, who)["worth"] for who in (DIRECTOR, STAFF)] == [True, False]
    assert [seen(shelves, BookSaid, id, STAFF)["said"][-7:] for id in (1, 2)] == ["unknown", "0, WORN"]


def test_a_total_adds_up_the_rows_that_meet_its_condition(shelves: Shelves) -> None:
    assert seen(shelves, LibraryOut, 1) == {"name": "Navoi", "pages": 290, "worn_price": Decimal("3.5")}


def test_a_total_of_nothing_is_zero(shelves: Shelves) -> None:
    with shelves.work(Actor(Role.DIRECTOR, center_id=2)) as uow:
        assert uow.select(LibraryOut) == [{"name": "Babur", "pages": 0, "worn_price": 0}]


def test_a_private_field_is_none_to_who_may_not_read_it(shelves: Shelves) -> None:
    assert [seen(shelves, BookOut, 1, who)["price"] for who in (DIRECTOR, STAFF, READER)] == ["12.00", None, None]


def test_a_private_field_that_is_translated_is_none_too(shelves: Shelves) -> None:
    assert [seen(shelves, BookOut, 1, who)["zustand"] for who in (DIRECTOR, STAFF, READER)] == ["neu", None, None]


def test_a_private_field_is_seen_on_the_rows_that_meet_the_rule(shelves: Shelves) -> None:
    assert [seen(shelves, BookOut, id, STAFF)["zustand"] for id in (1, 2)] == [None, "abgenutzt"]


def test_a_private_field_of_a_nested_row_is_none_too(shelves: Shelves) -> None:
    before = [seen(shelves, BookOut, 2, who)["sequel_of"]["condition"] for who in (DIRECTOR, STAFF)]
    assert before == ["neu", None]


def test_a_row_nobody_may_see_is_not_found(shelves: Shelves) -> None:
    shelves.book("Baburnoma", library_id=2)
    with pytest.raises(NotFound), shelves.work(READER) as uow:
        uow.select_one(BookOut, 3)


def test_a_shape_is_compiled_once(shelves: Shelves) -> None:
    assert compile_shape(BookOut, shelves.domain) is compile_shape(BookOut, shelves.domain)


def test_the_same_column_is_fetched_once() -> None:
    class Twice(Shape, of=Book):
        one: Annotated[str, From("title")]
        two: Annotated[str, From("title")]

    assert len(compile_shape(Twice, LIBRARY).columns) == 1


class ShowsAlarm(Shape, of=Book):
    """Shows what is hidden."""

    alarm_code: str


class ShowsAlarmElsewhere(Shape, of=Loan):
    """Shows what is hidden, along a path."""

    code: Annotated[str, From("book.alarm_code")]


class ShowsAlarmInWords(Shape, of=Loan):
    """Shows what is hidden, among words."""

    code: Annotated[str, Joined("reader", "book.alarm_code")]


class MakesOfAlarm(Shape, of=Loan):
    """Makes something of what is hidden."""

    length: Annotated[int, Computed(len, "book.alarm_code")]


class MisspeltMade(Shape, of=Loan):
    """Makes something of a field that is not there."""

    length: Annotated[int, Computed(len, "book.titel")]


class ShowsAlarmNested(Shape, of=Loan):
    """Shows what is hidden, in a nested shape."""

    book: ShowsAlarm


class AddsUpAlarms(Shape, of=Library):
    """Shows what is hidden, added up."""

    codes: Annotated[int, Sum("Book", "alarm_code")]


class CountsAlarms(Shape, of=Library):
    """Lets people guess what is hidden."""

    guessed: Annotated[int, Count("Book", where(alarm_code="1234"))]


class Misspelt(Shape, of=Book):
    """Names a field that is not there."""

    titel: str


class MisspeltPath(Shape, of=Book):
    """Names a relation that is not there."""

    name: Annotated[str, From("libary.name")]


class MisspeltTotal(Shape, of=Library):
    """Adds up a field that is not there."""

    total: Annotated[int, Sum("Book", "prise")]


class MisspeltCount(Shape, of=Library):
    """Counts with a condition that leads nowhere."""

    count: Annotated[int, Count("Book", where(titel="x"))]


class Unrelated(Shape, of=Library):
    """Counts rows that do not point here."""

    count: Annotated[int, Count("Loan", everything)]


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        (ShowsAlarm, "Book.alarm_code is hidden"),
        (ShowsAlarmElsewhere, "Book.alarm_code is hidden"),
        (ShowsAlarmInWords, "Book.alarm_code is hidden"),
        (MakesOfAlarm, "Book.alarm_code is hidden"),
        (ShowsAlarmNested, "Book.alarm_code is hidden"),
        (AddsUpAlarms, "Book.alarm_code is hidden"),
        (CountsAlarms, "Book.alarm_code is hidden"),
        (Misspelt, "Book has no field 'titel'"),
        (MisspeltPath, "Book has no reference 'libary'"),
        (MisspeltMade, "Book has no field 'titel'"),
        (MisspeltTotal, "Book has no field 'prise'"),
        (MisspeltCount, "Book has no field 'titel'; did you mean 'title'?"),
        (Unrelated, "Loan points at Library 0 times"),
    ],
)
def test_a_shape_that_cannot_be_shown_is_refused(shape: type[Shape], complaint: str) -> None:
    with pytest.raises(TypeError) as refused:
        compile_shape(shape, LIBRARY)
    assert complaint in str(refused.value)


def test_the_nested_shape_of_a_field_is_known() -> None:
    assert nested(BookOut, "sequel_of") is SequelOf
    assert nested(BookOut, "name") is None


def test_the_path_a_field_shows_is_known() -> None:
    assert path_of(BookOut, "library_name") == "library.name"
    assert path_of(BookOut, "id") == "id"
    assert path_of(BookOut, "sequel_of") is None
    assert path_of(BookOut, "loans") is None


def test_a_name_that_would_be_python_is_only_a_name(open_shelves: OpenShelves) -> None:
    evil = "x': __import__('os'), 'y"
    shape = type(
        "Evil", (Shape,), {"__annotations__": {evil: Annotated[int, From("id")]}, "__module__": __name__}, of=Book
    )
    shelves = open_shelves()
    shelves.book()
    with shelves.work() as uow:
        assert uow.select(shape) == [{evil: 1}]


# -- words for enumerations ----------------------------------------------------------------------------


class OnlyNew(StrEnum):
    """Words of an API that knows no worn books."""

    NEW = "fresh"


class Misspelt(StrEnum):
    """Words of which one stands for nothing."""

    NEW = "fresh"
    WORN = "worn"
    WRON = "wron"


def shape_with(annotation: Any) -> type[Shape]:
    """Return a shape of books with one field, the condition."""
    return type("BookCondition", (Shape,), {"__annotations__": {"condition": annotation}}, of=Book)


def test_a_member_without_a_word_is_refused_when_the_shape_is_compiled(shelves: Shelves) -> None:
    compile_shape(shape_with(GermanCondition | None), LIBRARY)
    with pytest.raises(TypeError, match=r"OnlyNew has no word for Condition\.WORN; add one, or declare by OnlyMembers"):
        compile_shape(shape_with(OnlyNew | None), LIBRARY)


def test_a_word_without_a_member_is_refused(shelves: Shelves) -> None:
    with pytest.raises(TypeError, match="Misspelt has words that Condition does not know: WRON"):
        compile_shape(shape_with(Misspelt | None), LIBRARY)


def test_members_that_are_never_shown_need_no_word(shelves: Shelves) -> None:
    declared = shape_with(Annotated[OnlyNew | None, OnlyMembers(Condition.NEW)])
    assert shelves.store.domain is LIBRARY
    with shelves.work(DIRECTOR) as uow:
        assert {row["condition"] for row in uow.select(declared, where(condition=Condition.NEW))} <= {"fresh"}
    with pytest.raises(TypeError, match=r"no word for Condition\.WORN"):
        compile_shape(shape_with(Annotated[OnlyNew | None, OnlyMembers(Condition.NEW, Condition.WORN)]), LIBRARY)
