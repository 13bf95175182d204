"""A unit of work is used inside its `with` block, the same in every store, and never inside another one that writes."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from educore import EducoreError, MemoryStore, Shape, UnitOfWork, everything
from educore.kernel import Aggregate, StagedFile
from educore.kernel.transaction_block import NESTED, OUTSIDE, TransactionBlock
from support.library_domain import DIRECTOR, LIBRARY, READER, Book, Library, Loan, OpenShelves, Shelves


class BookOut(Shape, of=Book):
    """A book by its title."""

    title: str


VALUES: dict[str, Any] = {
    "actor": DIRECTOR,
    "action": "read",
    "aggregates": (Aggregate("sum", "pages"),),
    "by": "title",
    "changes": {1: {"pages": 7}},
    "condition": everything,
    "content": b"cover",
    "event": "something happened",
    "field": "pages",
    "fields": {"pages": 7},
    "folder": "covers",
    "id": 1,
    "ids": [1],
    "kind": Book,
    "name": "1.png",
    "names": ["title"],
    "path": "pages",
    "queries": [(Book, ("title",), everything)],
    "rows": [{"library_id": 1, "title": "Devon"}],
    "seen": {"title": "as it was"},
    "shape": BookOut,
    "staged": StagedFile("covers/1.png"),
    "topic": "shelf:1",
}
"""A value for each parameter of each public method, by its name; `entity` is a stored book."""

METHODS = sorted(name for name, _ in inspect.getmembers(UnitOfWork, inspect.isfunction) if not name.startswith("_"))


@pytest.fixture
def shelves(open_shelves: OpenShelves) -> Shelves:
    return open_shelves()


def call(uow: UnitOfWork, name: str, book: Book) -> Any:
    """Call a method with a value for each parameter that has no default."""
    method = getattr(uow, name)
    needed = [
        (p.name, p.kind is p.KEYWORD_ONLY)
        for p in inspect.signature(method).parameters.values()
        if p.default is p.empty and p.kind is not p.VAR_KEYWORD
    ]
    values = VALUES | {"entity": book} | ({"kind": Loan} if name == "remove_all" else {})
    by_name = {parameter: values[parameter] for parameter, is_keyword in needed if is_keyword}
    return method(*(values[parameter] for parameter, is_keyword in needed if not is_keyword), **by_name)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_works_inside_the_block_only(shelves: Shelves, name: str) -> None:
    book = shelves.book()
    with suppress(EducoreError), shelves.work() as uow:
        view = uow.as_actor(DIRECTOR)
        call(uow, name, book)
    files = vars(shelves.ports.files).copy()
    for outside in (uow, view, shelves.work(), shelves.work(read_only=True)):
        with pytest.raises(RuntimeError) as error:
            call(outside, name, book)
        assert str(error.value) == OUTSIDE
    assert vars(shelves.ports.files) == files, "nothing was stored outside either"


def test_a_block_is_entered_once_and_left_once(shelves: Shelves) -> None:
    for read_only in (True, False):
        with shelves.work(read_only=read_only) as uow:
            for again in (uow, uow.as_actor(DIRECTOR)):
                with pytest.raises(RuntimeError, match=OUTSIDE):
                    again.__enter__()
            assert uow.count(Library) == 1, "it goes on"
        for again in (uow.__enter__, lambda ended=uow: ended.__exit__(None, None, None)):
            with pytest.raises(RuntimeError, match=OUTSIDE):
                again()


def test_a_unit_of_work_that_is_not_entered_opens_nothing(shelves: Shelves) -> None:
    not_entered = [shelves.work() for _ in range(30)]
    with shelves.work() as uow:
        assert uow.add(Book, {"library_id": 1, "title": "Hamsa"}).id
    assert len(not_entered) == 30


def test_a_block_that_is_never_left_ends_with_the_garbage(shelves: Shelves) -> None:
    if isinstance(shelves.store, MemoryStore):
        pytest.skip("a lock in memory has nobody to give it back")
    shelves.work().__enter__()
    gc.collect()
    with shelves.work() as uow:
        assert uow.count(Library) == 1


def test_nothing_written_after_the_block_stays(shelves: Shelves) -> None:
    with shelves.work() as uow:
        transaction = uow._transaction
        transaction.insert(Library(id=0, name="Ulugbek"))
    with suppress(Exception):  # each store says in its own way that the transaction has ended
        transaction.insert(Library(id=0, name="Beruni"))
    with shelves.work() as uow:
        names = {row.name for row in uow.as_actor(READER).find(Library)}
    assert names == {"Navoi", "Babur", "Ulugbek"}


# -- one inside another ----------------------------------------------------------------------------------


def test_a_second_writer_inside_the_first_is_refused_at_once(shelves: Shelves) -> None:
    with shelves.work() as uow:
        for _ in range(2):
            with pytest.raises(RuntimeError) as error, shelves.work():
                pass
            assert str(error.value) == NESTED
        assert uow.add(Book, {"library_id": 1, "title": "Hamsa"}).id, "the first goes on"
    with shelves.work() as uow:
        assert uow.count(Book) == 1, "nothing of it stays behind"


@pytest.mark.parametrize(("outer", "inner"), [(True, False), (False, True), (True, True)])
def test_one_that_only_reads_may_be_open_beside_another(shelves: Shelves, outer: bool, inner: bool) -> None:
    shelves.book("Hamsa")
    with shelves.work(read_only=outer) as first, shelves.work(read_only=inner) as second:
        writer = second if outer else first
        if not (outer and inner):
            writer.add(Book, {"library_id": 1, "title": "Devon"})
        assert {uow.count(Book) for uow in (first, second) if uow is not writer} <= {1}


def test_writers_of_two_stores_may_be_open_together(open_shelves: OpenShelves) -> None:
    with open_shelves().work() as uow, Shelves().work() as other:
        assert (uow.count(Library), other.count(Library)) == (1, 1)


def test_after_a_block_that_could_not_begin_another_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    shelves = Shelves()
    with monkeypatch.context() as patch:
        patch.setattr(shelves.store, "begin", lambda **how: 1 / 0)
        with pytest.raises(ZeroDivisionError), shelves.work():
            pass
    with shelves.work() as uow:
        assert uow.count(Library) == 1


# -- never refused without need: a store that lets everybody in shows what the block itself refuses ---------


class OpenDoor:
    """A store whose transactions never wait for each other."""

    domain = LIBRARY

    def begin(self, *, read_only: bool = False) -> Any:
        """Return a transaction that does nothing."""
        return SimpleNamespace(commit=lambda: None, rollback=lambda: None)


Begin = Callable[[], TransactionBlock]


@pytest.fixture
def begin() -> Begin:
    """Begin a block that writes to one store."""
    store = OpenDoor()

    def begin_block() -> TransactionBlock:
        block = TransactionBlock(store, read_only=False)
        block.begin()
        return block

    return begin_block


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as one_thread:
        yield one_thread


def test_a_block_may_be_entered_in_one_thread_and_left_in_another(begin: Begin, pool: ThreadPoolExecutor) -> None:
    """As web frameworks do: each call runs in some thread of a pool, in a copy of the context of its request."""
    first = pool.submit(contextvars.copy_context().run, begin).result()
    other = pool.submit(contextvars.copy_context().run, begin).result()  # another request, in the same thread
    first.commit()
    begin().rollback()
    pool.submit(other.commit).result()
    pool.submit(begin).result().commit()


def test_a_thread_that_is_started_inside_a_block_may_write(begin: Begin, pool: ThreadPoolExecutor) -> None:
    outer = begin()
    pool.submit(contextvars.copy_context().run, begin).result().commit()
    with pytest.raises(RuntimeError, match=NESTED):
        begin()
    outer.commit()


def test_a_task_that_is_started_inside_a_block_may_write(begin: Begin) -> None:
    async def write() -> None:
        begin().commit()

    async def request() -> None:
        outer = begin()
        await asyncio.create_task(write())
        with pytest.raises(RuntimeError, match=NESTED):
            begin()
        outer.commit()
        await write()

    asyncio.run(request())


def test_a_generator_that_holds_a_block_open_is_found(begin: Begin) -> None:
    def hold() -> Iterator[TransactionBlock]:
        block = begin()
        yield block
        block.commit()

    with closing(hold()) as held:
        next(held)
        with pytest.raises(RuntimeError, match=NESTED):
            begin()
        next(held, None)
    begin().commit()


def test_a_writer_waits_for_one_in_another_thread(shelves: Shelves) -> None:
    seen: list[int] = []

    def write() -> None:
        with shelves.work() as uow:
            uow.add(Book, {"library_id": 1, "title": "Devon"})
            seen.append(uow.count(Book))

    thread = threading.Thread(target=contextvars.copy_context().run, args=(write,))
    with shelves.work() as uow:
        uow.add(Book, {"library_id": 1, "title": "Hamsa"})
    with shelves.work():
        thread.start()
    thread.join()
    assert seen == [2]
