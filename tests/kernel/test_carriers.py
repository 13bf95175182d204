"""Every carrier brings each wake to all processes, later also where its broker was away for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from fakeredis import TcpFakeServer

from educore import Educore
from educore.adapters.carriers.local import LocalCarrier
from educore.adapters.carriers.redis import RedisCarrier
from educore.adapters.sql.postgres_carrier import PostgresCarrier
from educore.kernel import Carrier
from educore.kernel.carriers import MAX_WAKE_LENGTH, SilentCarrier
from educore.kernel.ports import Ports
from support.cast import World

PATIENCE = 20
Open = Callable[[], Any]


@contextmanager
def running_redis() -> Iterator[str]:
    """A stand-in that speaks the protocol of Redis on a port of its own; gives its URL."""
    TcpFakeServer.daemon_threads = True
    with TcpFakeServer(("127.0.0.1", 0), server_type="redis") as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["local", "postgresql", "redis"])
def open_carrier(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens carriers, each as another process has it; the local one is the same for all, as there is one process."""
    with ExitStack() as stack:
        if request.param == "local":
            carrier = LocalCarrier()
            yield lambda: carrier
        elif request.param == "redis":
            url = stack.enter_context(running_redis())
            yield lambda: stack.enter_context(closing(RedisCarrier(url)))
        else:
            database = request.getfixturevalue("open_database")("postgresql")
            yield lambda: stack.enter_context(closing(PostgresCarrier(database.url)))


def listener(carrier: Carrier) -> tuple[Queue[str], Callable[[], None]]:
    """What a carrier brings, and what makes it stop."""
    heard: Queue[str] = Queue()
    return heard, carrier.listen(heard.put)


def test_a_wake_reaches_every_process_the_sender_too(open_carrier: Open) -> None:
    here, there = open_carrier(), open_carrier()
    heard = [listener(carrier)[0] for carrier in (here, there)]
    here.send("room:17")
    there.send("user:5:901,902")
    for queue in heard:
        assert {queue.get(timeout=PATIENCE) for _ in range(2)} == {"room:17", "user:5:901,902"}


def test_wakes_of_one_sender_come_in_their_order(open_carrier: Open) -> None:
    here, there = open_carrier(), open_carrier()
    heard, _ = listener(there)
    sent = [f"room:{number}" for number in range(700)]  # more than one batch
    for wake in sent:
        here.send(wake)
    assert [heard.get(timeout=PATIENCE) for _ in sent] == sent


def test_who_stopped_listening_hears_nothing_and_others_do(open_carrier: Open) -> None:
    carrier = open_carrier()
    gone, stop = listener(carrier)
    stays, _ = listener(carrier)
    carrier.send("room:1")
    assert (gone.get(timeout=PATIENCE), stays.get(timeout=PATIENCE)) == ("room:1", "room:1")
    stop()
    stop()
    carrier.send("room:2")
    assert stays.get(timeout=PATIENCE) == "room:2"
    assert gone.empty()


def test_a_listener_that_fails_keeps_nothing_from_the_others(open_carrier: Open) -> None:
    carrier = open_carrier()
    carrier.listen(lambda wake: 1 / 0)  # type: ignore[arg-type,return-value]
    heard, _ = listener(carrier)
    carrier.send("room:1")
    carrier.send("room:2")
    assert [heard.get(timeout=PATIENCE) for _ in range(2)] == ["room:1", "room:2"]


def test_the_longest_wake_arrives(open_carrier: Open) -> None:
    carrier = open_carrier()
    heard, _ = listener(carrier)
    longest = "user:5:".ljust(MAX_WAKE_LENGTH, "1")
    carrier.send(longest)
    assert heard.get(timeout=PATIENCE) == longest


def test_killed_connections_are_replaced(open_database: Any) -> None:
    database = open_database("postgresql")
    with closing(PostgresCarrier(database.url)) as carrier:
        heard, _ = listener(carrier)
        carrier.send("room:0")
        assert heard.get(timeout=PATIENCE) == "room:0"
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with database.engine.connect() as connection:
            killed = connection.execute(sa.text(f"SELECT pg_terminate_backend(pid, 20000) {others}")).scalars().all()
        assert killed == [True, True], "one connection sends and one listens"
        for number in range(1, 400):
            carrier.send(f"room:{number}")
            try:
                assert heard.get(timeout=PATIENCE / 400).startswith("room:")
                return
            except Empty:
                continue
        raise AssertionError("nothing was heard any more")


def test_a_broker_that_is_away_keeps_nobody_waiting() -> None:
    with running_redis() as url:
        pass
    for carrier in (RedisCarrier(url), PostgresCarrier("postgresql://nobody@127.0.0.1:1/nowhere")):
        with closing(carrier):
            carrier.send("room:1")  # and returns


def test_a_unit_of_work_wakes_each_topic_once_after_its_commit(school: Educore, world: World) -> None:
    carrier = LocalCarrier()
    heard, _ = listener(carrier)
    school.ports = with_carrier(school.ports, carrier)
    with school.work(world.dilshod) as uow:
        uow.wake("room:1")
        uow.as_platform().wake("room:2")
        uow.wake("room:1")
        assert heard.empty()
    assert [heard.get_nowait() for _ in range(2)] == ["room:1", "room:2"]
    assert heard.empty()


def test_work_that_is_undone_wakes_nobody(school: Educore, world: World) -> None:
    carrier = LocalCarrier()
    heard, _ = listener(carrier)
    school.ports = with_carrier(school.ports, carrier)
    with pytest.raises(ZeroDivisionError), school.work(world.dilshod) as uow:
        uow.wake("room:1")
        raise ZeroDivisionError
    assert heard.empty()


def test_a_wake_that_no_broker_could_carry_is_refused(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.dilshod) as uow:
        uow.wake("r" * MAX_WAKE_LENGTH)
        for wrong in ("r" * (MAX_WAKE_LENGTH + 1), "room:\u0661"):
            with pytest.raises(ValueError, match="ASCII"):
                uow.wake(wrong)


def test_silence_is_a_carrier_too() -> None:
    carrier = SilentCarrier()
    heard, stop = listener(carrier)
    carrier.send("room:1")
    stop()
    assert heard.empty()


def with_carrier(ports: Ports, carrier: Carrier) -> Ports:
    """The same ports, with another carrier."""
    return replace(ports, carrier=carrier)
