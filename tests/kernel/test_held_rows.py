"""Rows that a unit of work has locked or written are not read again, and are always those in the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from educore import (
    Actor,
    Conflict,
    EducoreError,
    Forbidden,
    MemoryStore,
    NotFound,
    Policy,
    Role,
    Stale,
    UnitOfWork,
    allow,
    everything,
    where,
)
from educore.adapters.sql import SqlStore
from educore.kernel import fingerprint
from educore.kernel.held_rows import HeldRows
from support.library_domain import READER, Book, Condition, Library, Loan, OpenShelves, Shelves, library_domain
from support.statement_counts import record_statements

OTHER = Actor(Role.DIRECTOR, center_id=2)
ALL = Actor(Role.SUPERADMIN)
EVERYBODY = {Role.SUPERADMIN: allow(everything), Role.DIRECTOR: allow(everything), Role.STUDENT: allow(everything)}
OPEN_LIBRARY = library_domain(*(Policy(kind, EVERYBODY) for kind in (Library, Book, Loan)))


def held(uow: UnitOfWork) -> HeldRows:
    transaction = uow._transaction
    assert isinstance(transaction, HeldRows)
    return transaction


# -- what is held is what is stored ------------------------------------------------------------------------

ids = st.integers(1, 5)
titles = st.sampled_from(["Hamsa", "Devon", "Layli"])
book_fields = st.fixed_dictionaries(
    {},
    optional={
        "title": titles,
        "pages": st.none() | st.integers(1, 3),
        "condition": st.sampled_from(Condition),
        "sequel_of_id": st.none() | ids,
        "price": st.decimals(0, 9, places=2),
    },
)
loans = st.fixed_dictionaries({"book_id": ids, "reader": titles})
Act = Callable[[UnitOfWork], Any]


def act(name: str, *values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.tuples(st.just(name), st.tuples(*values))


acts = st.one_of(
    act("add", titles, book_fields),
    act("add_all", st.lists(loans, min_size=1, max_size=3)),
    act("lend", loans),
    act("lock", ids),
    act("lock_some", st.lists(ids)),
    act("get", ids),
    act("reference", ids),
    act("change", ids, book_fields),
    act("change_each", st.dictionaries(ids, book_fields, max_size=3)),
    act("change_all", ids, st.booleans()),
    act("remove", ids),
    act("remove_all", ids),
    act("count", st.lists(ids)),
)


def perform_act(uow: UnitOfWork, name: str, values: tuple[Any, ...]) -> Any:
    """Perform one of the acts; the errors of the domain are part of the game."""
    first, rest = values[0], values[1:]
    match name:
        case "add":
            return uow.add(Book, {"library_id": 1, **rest[0], "title": first})
        case "add_all":
            return uow.add_all(Loan, first)
        case "lend":
            return uow.add(Loan, first)
        case "lock":
            return uow.get(Book, first, lock=True)
        case "lock_some":
            return uow.find(Book, where(id__in=first), lock=True, order=("id",), limit=3)
        case "get":
            return uow.get(Book, first)
        case "reference":
            return uow.reference(Loan, first, field="loan_id", lock=True)
        case "change":
            return uow.change(uow.get(Book, first), rest[0])
        case "change_each":
            return uow.change_each(Book, first)
        case "change_all":
            return uow.change_all(Loan, where(id__gte=first), {"returned": rest[0]})
        case "remove":
            return uow.remove(uow.get(Book, first))
        case "remove_all":
            return uow.remove_all(Loan, where(id__gte=first))
    return uow.count(Book, where(id__in=first))


def require_held_as_stored(uow: UnitOfWork) -> None:
    """Compare every row and every number that is remembered with the store itself."""
    remembered = held(uow)
    for kind, rows in remembered._rows.items():
        stored = {row.id: row for row in remembered._transaction.find(kind, where(id__in=rows))}
        assert rows == stored, kind
    for kind, counts in remembered._counts.items():
        for condition, count in counts.items():
            assert remembered._transaction.count(kind, condition) == count, condition


class Undone(Exception):
    """Raised to undo what was done."""


@pytest.fixture
def open_library(open_shelves: OpenShelves) -> Shelves:
    """A library where everybody may do everything, with three books."""
    shelves = open_shelves(OPEN_LIBRARY)
    for title in ("Hamsa", "Devon", "Layli"):
        shelves.book(title, pages=3)
    return shelves


def test_what_is_held_is_what_is_stored(open_library: Shelves) -> None:
    remembered = 0

    @settings(max_examples=40 if isinstance(open_library.store, MemoryStore) else 15)
    @given(st.lists(acts, min_size=3, max_size=12))
    @example([("lock", (id,)) for id in (1, 2, 3)] * 3)
    def play(sequence: list[tuple[str, tuple[Any, ...]]]) -> None:
        nonlocal remembered
        with suppress(Undone), open_library.work(ALL) as uow:
            for name, values in sequence:
                try:
                    perform_act(uow, name, values)
                except Conflict:  # after which PostgreSQL may answer nothing more
                    break
                except EducoreError:
                    pass
                require_held_as_stored(uow)
                remembered += sum(map(len, held(uow)._rows.values()))
            raise Undone

    play()
    assert remembered > 20, "the acts do lock and write"


# -- statements --------------------------------------------------------------------------------------------


def statements(shelves: Shelves, act: Callable[[UnitOfWork], Any]) -> int:
    """Return the number of statements that an act takes in a unit of work."""
    assert isinstance(shelves.store, SqlStore)
    with record_statements(shelves.store.engine) as run, shelves.work(ALL) as uow:
        act(uow)
    return len(run)


@pytest.fixture
def in_sql(open_library: Shelves) -> Shelves:
    if isinstance(open_library.store, MemoryStore):
        pytest.skip("dictionaries have no statements")
    return open_library


def test_a_row_that_is_locked_is_read_once(in_sql: Shelves) -> None:
    def read(uow: UnitOfWork) -> None:
        book = uow.get(Book, 1, lock=True)
        assert uow.get(Book, 1, lock=True) == uow.reference(Book, 1, field="book_id") == book
        assert uow.find(Book, where(id=1, pages__gte=3)) == [book]
        assert uow.find(Book, where(id=1, pages__gte=4)) == []
        assert uow.count(Book, where(id__in=[1])) == 1
        uow.change(book, {"pages": 4})
        assert uow.get(Book, 1).pages == 4

    assert statements(in_sql, read) == 2


def test_a_row_that_is_new_is_not_read(in_sql: Shelves) -> None:
    def lend(uow: UnitOfWork) -> None:
        book = uow.add(Book, {"library_id": 1, "title": "Saddi Iskandari"})
        assert uow.get(Book, book.id, lock=True) == book
        uow.add(Loan, {"book_id": book.id, "reader": "Ali"})

    assert statements(in_sql, lend) == 3  # what the book refers to and whether its title is free; the book; the loan


def test_a_row_that_was_only_read_is_read_again(in_sql: Shelves) -> None:
    """Others may have changed it: what is answered twice without a lock is what is stored each time."""

    def read(uow: UnitOfWork) -> None:
        for _ in range(3):
            uow.get(Book, 1)

    assert statements(in_sql, read) == 3


def test_a_row_is_read_again_where_other_rows_decide(in_sql: Shelves) -> None:
    def read(uow: UnitOfWork) -> None:
        uow.get(Book, 1, lock=True)
        assert uow.find(Book, where(id=1, library__name="Navoi"))
        assert not uow.find(Book, where(id=1, Loan__reader="Ali"))

    assert statements(in_sql, read) == 3


def test_rows_are_read_again_after_an_error_of_the_store(in_sql: Shelves) -> None:
    def read(uow: UnitOfWork) -> None:
        uow.get(Book, 1, lock=True)
        assert held(uow).holds(Book, 1)
        with pytest.raises(Conflict):
            uow._transaction.insert(uow.get(Book, 1).model_copy(update={"id": 0}))
        assert not held(uow).holds(Book, 1)

    assert statements(in_sql, read) == 2


def test_another_unit_of_work_reads_for_itself(open_library: Shelves) -> None:
    with open_library.work(ALL) as uow:
        uow.get(Book, 1, lock=True)
    with open_library.work(ALL) as uow:
        uow.change(uow.get(Book, 1), {"pages": 4})
    with open_library.work(ALL) as uow:
        assert uow.get(Book, 1, lock=True).pages == 4


def test_what_an_actor_may_not_do_is_refused_on_a_held_row_too(open_shelves: OpenShelves) -> None:
    shelves = open_shelves()
    book = shelves.book(pages=3)
    with shelves.work() as uow:
        assert uow.get(Book, book.id, to="update", lock=True).price == book.price
        for action, error in (("update", NotFound), ("read", NotFound)):
            with pytest.raises(error):
                uow.as_actor(OTHER).get(Book, book.id, to=action)
        with pytest.raises(Forbidden):
            uow.as_actor(READER).get(Book, book.id, to="update")
        assert uow.as_actor(READER).get(Book, book.id).title == book.title, "who may read it, does"


def test_a_row_that_differs_from_what_was_seen_is_stale_also_if_it_is_held(open_library: Shelves) -> None:
    with pytest.raises(Stale), open_library.work(ALL) as uow:
        uow.get(Book, 1, lock=True)
        uow.expect(Book, 1, {"pages": fingerprint(4)})
    with open_library.work(ALL) as uow:
        uow.get(Book, 1, lock=True)
        uow.expect(Book, 1, {"pages": fingerprint(3)})
        uow.change(uow.get(Book, 1), {"pages": 5})
