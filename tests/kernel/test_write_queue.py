"""Writers of one process queue for a SQLite file: nobody is overtaken, and nobody keeps the lock for good."""

from __future__ import annotations

import gc
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from educore import Educore, Unavailable, where
from educore.adapters.sql import Database
from educore.adapters.sql.write_queue import WriteQueue
from educore.organization import Room
from support.cast import World


def wait_until(holds: Callable[[], bool]) -> None:
    while not holds():
        pass


def test_the_lock_is_given_in_the_order_of_asking() -> None:
    queue, order = WriteQueue(), list[int]()
    assert queue.acquire(timeout=1)

    def take(number: int) -> None:
        assert queue.acquire(timeout=20)
        order.append(number)
        queue.release()

    threads: list[Thread] = []
    for number in range(5):
        threads.append(Thread(target=take, args=(number,)))
        threads[-1].start()
        wait_until(lambda: len(queue._waiting) == len(threads))
    queue.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert queue.acquire(timeout=0), "afterwards it is free"


def test_whoever_gives_up_leaves_the_queue() -> None:
    queue = WriteQueue()
    assert queue.acquire(timeout=0)
    assert not queue.acquire(timeout=0.01)
    queue.release()
    assert queue.acquire(timeout=0), "the lock was not given to the thread that had left"


def test_one_who_writes_in_a_loop_does_not_overtake_those_who_wait(
    open_database: Callable[..., Database], world: World, ports: Any
) -> None:
    database = open_database("sqlite", filled=True)
    school, order, together = Educore(database.store, ports), list[str](), Barrier(2)

    def wait_for_a_turn() -> None:
        together.wait()
        with school.work(world.dilshod) as uow:
            order.append("waiting")
            assert uow.count(Room)

    waiting = Thread(target=wait_for_a_turn)
    waiting.start()
    with school.work(world.dilshod):
        together.wait()
        wait_until(lambda: len(database.store.write_queue._waiting) == 1)
    with school.work(world.dilshod) as uow:
        order.append("in a loop")
        assert uow.count(Room)
    waiting.join()
    assert order == ["waiting", "in a loop"]


def test_a_refused_or_forgotten_transaction_ends_its_turn(
    open_database: Callable[..., Database], world: World, ports: Any
) -> None:
    database = open_database("sqlite", filled=True)
    school = Educore(database.store, ports)
    with pytest.raises(ZeroDivisionError), school.work(world.dilshod):
        raise ZeroDivisionError
    school.work(world.dilshod).__enter__()  # nobody leaves it
    gc.collect()
    with school.work(world.dilshod) as uow:
        assert uow.count(Room, where(id__gte=1))


def test_who_waits_for_too_long_is_told(
    open_database: Callable[..., Database], world: World, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database("sqlite", filled=True)
    monkeypatch.setattr(database.store, "patience", 0.01)
    school = Educore(database.store, ports)
    writer = database.store.begin()
    with pytest.raises(Unavailable), school.work(world.dilshod):
        pass
    writer.rollback()
    with school.work(world.dilshod, read_only=True) as uow:
        assert uow.count(Room)
