"""A savepoint undoes what is done inside it, and nothing else, in every store."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from educore import (
    Actor,
    Conflict,
    EducoreError,
    Forbidden,
    Invalid,
    MemoryStore,
    Policy,
    Role,
    Staging,
    Stale,
    Unavailable,
    UnitOfWork,
    allow,
    everything,
    where,
)
from educore.adapters.sql import SqlStore
from educore.kernel import fingerprint
from educore.kernel.held_rows import HeldRows
from support.library_domain import READER, Book, Library, Loan, OpenShelves, Shelves, library_domain
from support.statement_counts import record_statements

ALL = Actor(Role.SUPERADMIN)
CLERK = Actor(Role.STAFF, center_id=1)
EVERYBODY = {Role.SUPERADMIN: allow(everything), Role.DIRECTOR: allow(everything), Role.STUDENT: allow(read=everything)}
POLICIES = (
    Policy(Library, {**EVERYBODY, Role.STAFF: allow(read=everything)}),
    Policy(Book, {**EVERYBODY, Role.STAFF: allow(read=everything, create=where(pages=1))}),
    Policy(Loan, EVERYBODY),
)
OPEN_LIBRARY = library_domain(*POLICIES, audited=frozenset({Book}))


class Undone(Exception):
    """Raised to undo what was done."""


@pytest.fixture
def library(open_shelves: OpenShelves) -> Shelves:
    """A library where everybody may do everything, with three books."""
    return with_books(open_shelves(OPEN_LIBRARY))


def with_books(shelves: Shelves) -> Shelves:
    for title in ("Hamsa", "Devon", "Layli"):
        shelves.book(title, pages=3)
    return shelves


def titles(uow: UnitOfWork) -> list[str]:
    return [book.title for book in uow.find(Book, order=("title",))]


# -- rows --------------------------------------------------------------------------------------------------


def test_what_is_done_inside_is_undone_and_nothing_else(library: Shelves) -> None:
    with library.work(ALL) as uow:
        uow.add(Book, {"library_id": 1, "title": "before"})
        with pytest.raises(Undone), uow.savepoint():
            uow.add(Book, {"library_id": 1, "title": "inside"})
            uow.change(uow.get(Book, 1), {"title": "changed"})
            uow.remove(uow.get(Book, 2))
            raise Undone
        assert titles(uow) == ["Devon", "Hamsa", "Layli", "before"]
        uow.add(Book, {"library_id": 1, "title": "after"})
    with library.work(ALL, read_only=True) as uow:
        assert titles(uow) == ["Devon", "Hamsa", "Layli", "after", "before"]


def test_what_is_not_refused_stays(library: Shelves) -> None:
    with library.work(ALL) as uow, uow.savepoint():
        uow.add(Book, {"library_id": 1, "title": "inside"})
    with library.work(ALL, read_only=True) as uow:
        assert "inside" in titles(uow)


def test_what_is_right_inside_goes_with_the_transaction(library: Shelves) -> None:
    with suppress(Undone), library.work(ALL) as uow:
        with uow.savepoint():
            uow.add(Book, {"library_id": 1, "title": "inside"})
        raise Undone
    with library.work(ALL, read_only=True) as uow:
        assert "inside" not in titles(uow)


def test_an_inner_savepoint_goes_with_the_outer_one_and_not_the_other_way_round(library: Shelves) -> None:
    with library.work(ALL) as uow:
        with pytest.raises(Undone), uow.savepoint():
            with uow.savepoint():
                uow.add(Book, {"library_id": 1, "title": "right, but within what is undone"})
            raise Undone
        with uow.savepoint():
            uow.add(Book, {"library_id": 1, "title": "outer"})
            with pytest.raises(Undone), uow.savepoint():
                uow.add(Book, {"library_id": 1, "title": "inner"})
                raise Undone
    with library.work(ALL, read_only=True) as uow:
        assert titles(uow) == ["Devon", "Hamsa", "Layli", "outer"]


def test_the_transaction_goes_on_after_the_database_refused_a_row(library: Shelves) -> None:
    """PostgreSQL answers nothing after an error until it has gone back."""
    with library.work(ALL) as uow:
        with pytest.raises(Conflict), uow.savepoint():
            uow._transaction.insert(uow.get(Book, 1, lock=True).model_copy(update={"id": 0}))
        assert titles(uow) == ["Devon", "Hamsa", "Layli"]
        uow.add(Book, {"library_id": 1, "title": "after"})
    with library.work(ALL, read_only=True) as uow:
        assert "after" in titles(uow)


def test_a_unit_of_work_that_reads_has_no_savepoints(library: Shelves) -> None:
    with library.work(ALL, read_only=True) as uow, pytest.raises(TypeError, match="read_only"), uow.savepoint():
        pass
    with pytest.raises(RuntimeError, match="with"), uow.savepoint():
        pass


# -- refusals ----------------------------------------------------------------------------------------------


def test_a_refusal_that_was_undone_does_not_undo_the_rest(library: Shelves) -> None:
    """A row that lies outside the scope is stored already when it is refused; so all is lost without a savepoint."""
    with library.work(CLERK) as uow:
        with pytest.raises(Forbidden), uow.savepoint():
            uow.add(Book, {"library_id": 1, "title": "too long", "pages": 2})
        uow.add(Book, {"library_id": 1, "title": "right", "pages": 1})
    with library.work(ALL, read_only=True) as uow:
        assert titles(uow) == ["Devon", "Hamsa", "Layli", "right"]


def test_a_refusal_that_is_swallowed_inside_is_raised_at_the_end(library: Shelves) -> None:
    with library.work(CLERK) as uow:
        with pytest.raises(Forbidden), uow.savepoint(), suppress(Forbidden):
            uow.add(Book, {"library_id": 1, "title": "too long", "pages": 2})
        uow.add(Book, {"library_id": 1, "title": "right", "pages": 1})
    with library.work(ALL, read_only=True) as uow:
        assert titles(uow) == ["Devon", "Hamsa", "Layli", "right"]


def test_a_refusal_before_is_not_forgotten(library: Shelves) -> None:
    with pytest.raises(Forbidden), library.work(CLERK) as uow:
        with suppress(Forbidden):
            uow.add(Book, {"library_id": 1, "title": "too long", "pages": 2})
        with uow.savepoint():
            uow.add(Book, {"library_id": 1, "title": "right", "pages": 1})
        with suppress(Undone), uow.savepoint():
            raise Undone
    with library.work(ALL, read_only=True) as uow:
        assert titles(uow) == ["Devon", "Hamsa", "Layli"]


def test_nothing_is_committed_where_the_database_cannot_go_back(library: Shelves) -> None:
    if not isinstance(library.store, SqlStore):
        pytest.skip("dictionaries go back always")
    with pytest.raises(Unavailable), library.work(ALL) as uow:
        uow.add(Book, {"library_id": 1, "title": "before"})
        with suppress(Unavailable), uow.savepoint():
            transaction: Any = uow._transaction
            transaction.connection.exec_driver_sql("ROLLBACK")
            raise Undone
    with library.work(ALL, read_only=True) as uow:
        assert titles(uow) == ["Devon", "Hamsa", "Layli"]


# -- what a unit of work remembers -------------------------------------------------------------------------


def test_events_changes_wakes_and_calls_inside_are_undone(library: Shelves) -> None:
    with library.work(ALL) as uow:
        uow.record("before")
        uow.wake("room:1")
        other = uow.as_platform()
        with pytest.raises(Undone), uow.savepoint():
            uow.record("inside")
            other.record("inside, by the platform")
            uow.wake("room:2")
            other.wake("room:3")
            uow.change(uow.get(Book, 1), {"pages": 9})
            raise Undone
        assert (uow.events, list(uow._wakes), uow.changes) == (["before"], ["room:1"], [])
        with uow.savepoint():
            uow.record("right")
            uow.change(uow.get(Book, 1), {"pages": 8})
        assert uow.events == ["before", "right"]
        assert [change.after and vars(change.after)["pages"] for change in uow.changes] == [8]


def test_files_inside_are_deleted_and_files_that_rows_named_before_stay(library: Shelves) -> None:
    files = library.ports.files
    with library.work(ALL) as uow:
        cover = uow.store_file(b"old", folder="covers", name="old.png")
        uow.change(uow.get(Book, 1), {"cover": cover})
    with Staging(files) as staging, library.work(ALL) as uow:
        first = uow.store_file(b"first", folder="covers", name="first.png")
        uow.change(uow.get(Book, 2), {"cover": first})
        with pytest.raises(Undone), uow.savepoint():
            inside = uow.store_file(b"inside", folder="covers", name="inside.png")
            staged = uow.keep_staged(staging.store(b"staged", folder="covers", name="staged.png"))
            uow.change(uow.get(Book, 1), {"cover": inside})
            uow.change(uow.get(Book, 3), {"cover": staged})
            raise Undone
        assert not is_there(files, inside)
        assert is_there(files, first)
    assert [is_there(files, key) for key in (cover, first, inside, staged)] == [True, True, False, False]


def is_there(files: Any, key: str) -> bool:
    """Return whether a file can be read."""
    with suppress(EducoreError):
        files.read(key)
        return True
    return False


def test_a_version_that_was_compared_inside_is_compared_again(library: Shelves) -> None:
    with pytest.raises(Stale), library.work(ALL) as uow:
        uow.expect(Book, 1, {"pages": fingerprint(4)})
        with pytest.raises(Stale), uow.savepoint():
            uow.change(uow.get(Book, 1), {"pages": 5})
    with library.work(ALL) as uow:
        uow.expect(Book, 1, {"pages": fingerprint(3)})
        with pytest.raises(Undone), uow.savepoint():
            uow.change(uow.get(Book, 1), {"pages": 5})
            raise Undone
        uow.change(uow.get(Book, 1), {"pages": 6})


def test_who_signed_in_inside_is_forgotten(library: Shelves) -> None:
    with library.work(ALL) as uow:
        with pytest.raises(Undone), uow.savepoint():
            uow.switch_actor(READER)
            raise Undone
        assert uow.actor == ALL
        uow.change(uow.get(Book, 1), {"pages": 5})


def test_a_row_that_was_undone_is_no_longer_referred_to(library: Shelves) -> None:
    """Not even by a view that has found it before."""
    with library.work(ALL) as uow:
        other = uow.as_platform()
        gone = 0
        with pytest.raises(Undone), uow.savepoint():
            gone = uow.add(Book, {"library_id": 1, "title": "inside"}).id
            for view in (uow, other):
                view.add(Loan, {"book_id": gone, "reader": "Ali"})
            raise Undone
        for view in (uow, other):
            with pytest.raises(Invalid, match="exists"), uow.savepoint():
                view.add(Loan, {"book_id": gone, "reader": "Ali"})


def test_savepoints_cost_two_statements(library: Shelves) -> None:
    if not isinstance(library.store, SqlStore):
        pytest.skip("dictionaries have no statements")
    with record_statements(library.store.engine) as run, library.work(ALL) as uow, uow.savepoint():
        pass
    assert [text.split()[0] for text in run] == ["SAVEPOINT", "RELEASE"]


# -- random sequences --------------------------------------------------------------------------------------

words = st.sampled_from(["Hamsa", "Devon", "Layli", "Saddi"])
act = st.one_of(
    st.tuples(st.just("add"), words),
    st.tuples(st.just("add all"), st.lists(words, min_size=1, max_size=2)),
    st.tuples(st.just("change"), words, st.integers(1, 9)),
    st.tuples(st.just("rename"), words, words),
    st.tuples(st.just("remove"), words),
    st.tuples(st.just("lend"), words),
    st.tuples(st.just("lock"), words),
    st.tuples(st.just("record"), words),
    st.tuples(st.just("return all"), st.booleans()),
    st.tuples(st.just("overreach"), words),
)
part = st.tuples(st.just("savepoint"), st.booleans(), st.lists(act, max_size=4))
nested = st.tuples(st.just("savepoint"), st.booleans(), st.lists(act | part, min_size=1, max_size=4))
acts: st.SearchStrategy[list[Any]] = st.lists(part | nested, min_size=2, max_size=6)


def perform_act(uow: UnitOfWork, name: str, value: Any, *more: Any) -> None:
    """Perform one of the acts; on the book with the title, if there is one."""
    match name:
        case "add":
            uow.add(Book, {"library_id": 1, "title": value})
        case "add all":
            uow.add_all(Book, [{"library_id": 1, "title": title} for title in value])
        case "record":
            uow.record(value)
            uow.wake(f"book:{value}")
        case "return all":
            uow.change_all(Loan, everything, {"returned": value})
        case "overreach":
            uow.as_actor(CLERK).add(Book, {"library_id": 1, "title": value})
        case _:
            for book in uow.find(Book, where(title=value), lock=name == "lock"):
                perform_on_book(uow, name, book, *more)


def perform_on_book(uow: UnitOfWork, name: str, book: Book, value: Any = None) -> None:
    """Perform an act on a book that is there."""
    match name:
        case "change":
            uow.change(book, {"pages": value})
        case "rename":
            uow.change(book, {"title": value})
        case "remove":
            uow.remove(book)
        case "lend":
            uow.add(Loan, {"book_id": book.id, "reader": book.title})


def play(uow: UnitOfWork, sequence: list[Any]) -> list[Any]:
    """Perform the acts, and return what came of each; an undone savepoint leaves all as it was before it."""
    outcomes: list[Any] = []
    for name, *values in sequence:
        if name != "savepoint":
            perform_act(uow, name, *values)
        else:
            is_undone, inner = values
            before = state(uow)
            try:
                with uow.savepoint():
                    outcomes.append(play(uow, inner))
                    if is_undone:
                        raise Undone
            except (Undone, EducoreError) as error:
                outcomes.append(type(error).__name__)
                assert state(uow) == before
        require_held_as_stored(uow)
        outcomes.append(state(uow))
    return outcomes


def state(uow: UnitOfWork) -> Any:
    """Return all that is stored and remembered, with titles in place of ids: a failure may use up an id."""
    books = uow.find(Book, order=("title",))
    names = {book.id: book.title for book in books}
    loans = sorted((names[loan.book_id], loan.reader, loan.returned) for loan in uow.find(Loan))
    changes = [
        [row and (row.title, row.pages) for row in (c.before, c.after) if isinstance(row, Book)] for c in uow.changes
    ]
    refusals = [type(error) for error in uow._refusals]
    return [(b.title, b.pages) for b in books], loans, list(uow.events), list(uow._wakes), changes, refusals


def require_held_as_stored(uow: UnitOfWork) -> None:
    """Compare every row that is held with the store itself."""
    remembered = uow._transaction
    assert isinstance(remembered, HeldRows)
    for kind, rows in remembered._rows.items():
        assert rows == {row.id: row for row in remembered._transaction.find(kind, where(id__in=rows))}, kind


def try_out(shelves: Shelves, sequence: list[Any]) -> Any:
    """Play a sequence in a store, each step in a savepoint; afterwards the store is as it was before."""
    outcome: Any = None
    with suppress(Undone), shelves.work(ALL) as uow:
        outcome = play(uow, [("savepoint", False, [step]) for step in sequence])
        raise Undone
    return outcome


def test_the_stores_agree_after_any_sequence(library: Shelves) -> None:
    other, undone = with_books(Shelves(OPEN_LIBRARY)), 0

    @settings(max_examples=60 if isinstance(library.store, MemoryStore) else 25)
    @given(acts)
    def compare(sequence: list[Any]) -> None:
        nonlocal undone
        outcome = try_out(library, sequence)
        assert outcome == try_out(other, sequence)
        undone += str(outcome).count("Undone")

    compare()
    assert undone > 5, "savepoints are undone"
