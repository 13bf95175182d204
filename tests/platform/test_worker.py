"""Workers side by side, workers that die, carriers that hang, and the real process killed in the middle of its work."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from educore import EDUCATION, Educore, FixedClock, Unavailable, UnitOfWork, memory_ports, where
from educore.adapters.memory import FakeSms
from educore.adapters.sql import Database
from educore.messaging import Channel, Delivery, DeliveryStatus, Job, JobStatus, Notification, Worker, send_sms
from educore.messaging.queues import DELIVERY_QUEUE, JOB_QUEUE
from educore_web.app import compose
from educore_web.public.dispatcher import Dispatcher
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings
from support.cast import ROOT, World, create_cast
from support.memory import MOST_MEGABYTES, resident_megabytes
from support.plain_rows import plain
from support.real_server import wait_for
from support.statement_counts import record_statements

PATIENCE = 60
JOB_COUNT, TEXT_COUNT = 200, 300


class Killed(BaseException):
    """What happens to a worker that is killed."""


def tell(uow: UnitOfWork, job: Job) -> None:
    """Tell somebody without a key, so that doing it twice would show."""
    about = json.loads(job.payload)
    note = {"type": "general", "title": str(about["number"]), "message": "x", "created_at": uow.ports.clock.now()}
    plain(uow, Notification).add_all(
        Notification, [{"center_id": about["center_id"], "user_id": about["user_id"], **note}]
    )


def fail(uow: UnitOfWork, job: Job) -> None:
    """Do half of the work, and then fail."""
    tell(uow, job)
    raise RuntimeError("no luck")


HANDLERS = {"Tell": tell, "Fail": fail}


def ask(school: Educore, world: World, *, jobs: int = 0, texts: int = 0, name: str = "Tell") -> None:
    """Ask both towns in turn for jobs and texts."""
    for turn, town in enumerate((world.tashkent, world.samarkand)):
        center, user = town.center.id, town.student.user_id
        with school.work(ROOT) as uow:
            stamps = {"created_at": uow.ports.clock.now(), "next_try_at": uow.ports.clock.now()}
            about = [{"center_id": center, "user_id": user, "number": n} for n in range(turn, jobs, 2)]
            rows = [{"center_id": center, "name": name, "payload": json.dumps(payload), **stamps} for payload in about]
            uow.add_all(Job, rows)
            numbers = [f"+99890{n:07}" for n in range(turn, texts, 2)]
            if numbers:
                send_sms(uow, phone_numbers=numbers, message="Test xabar", center_id=center)


def kept(school: Educore) -> FakeSms:
    """The fake that carries the texts."""
    assert isinstance(school.ports.sms, FakeSms)
    return school.ports.sms


def jobs_of(school: Educore) -> list[Job]:
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Job)


def texts_of(school: Educore) -> list[Delivery]:
    with school.work(ROOT, read_only=True) as uow:
        return uow.find(Delivery)


def told(school: Educore) -> Counter[str]:
    """How often each was told."""
    with school.work(ROOT, read_only=True) as uow:
        return Counter(note.title for note in uow.find(Notification, to="remind"))


@pytest.fixture
def shared(filled_database: Database, clock: FixedClock) -> Educore:
    """Both towns in each database."""
    return Educore(filled_database.store, memory_ports(clock))


# -- side by side --------------------------------------------------------------------------------------


def test_eight_workers_do_everything_once(shared: Educore, world: World) -> None:
    ask(shared, world, jobs=JOB_COUNT, texts=TEXT_COUNT)
    begin, broken = threading.Barrier(8), list[BaseException]()

    def work() -> None:
        worker = Worker(shared, handlers=HANDLERS, batch=10, senders=2)
        begin.wait()
        try:
            while worker.run_once():
                pass
        except BaseException as error:  # noqa: BLE001 - told by the thread that asks
            broken.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert broken == []
    assert told(shared) == Counter(str(n) for n in range(JOB_COUNT))
    assert {(job.status, job.attempts) for job in jobs_of(shared)} == {(JobStatus.DONE, 1)}
    assert Counter(text.to for text in kept(shared).sent) == Counter(f"+99890{n:07}" for n in range(TEXT_COUNT))
    assert {(text.status, text.attempts) for text in texts_of(shared)} == {(DeliveryStatus.SENT, 1)}


def test_a_batch_costs_the_same_for_any_number_of_rows(shared: Educore, world: World) -> None:
    engine, costs = shared.store.engine, []  # type: ignore[attr-defined]  # both are databases
    for texts in (2, 40):
        ask(shared, world, texts=texts)
        worker = Worker(shared, handlers=HANDLERS)
        worker.run_once()
        ask(shared, world, texts=texts)
        with record_statements(engine) as seen:
            assert worker.run_once() == texts
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 9
    with record_statements(engine) as seen:
        assert worker.run_once() == 0
    assert len(seen) == 3, "waiting costs a small question for jobs and one for each channel"


# -- dying and hanging ---------------------------------------------------------------------------------


def test_a_worker_that_dies_after_sending_loses_nothing(shared: Educore, world: World, clock: FixedClock) -> None:
    class Deadly(FakeSms):
        def send(self, *, to: str, text: str, key: str) -> None:
            super().send(to=to, text=text, key=key)
            raise Killed

    ask(shared, world, texts=4)
    deadly = Deadly()
    with pytest.raises(Killed):
        Worker(Educore(shared.store, replace(shared.ports, sms=deadly)), senders=1).run_once()
    assert deadly.sent
    assert Worker(shared).run_once() == 0, "the texts are still theirs"
    clock.advance(seconds=DELIVERY_QUEUE.lease.total_seconds())
    assert Worker(shared).run_once() == 4
    assert {(text.status, text.attempts) for text in texts_of(shared)} == {(DeliveryStatus.SENT, 2)}
    assert {text.key for text in deadly.sent} <= {text.key for text in kept(shared).sent}


def test_a_worker_that_dies_in_a_job_has_done_nothing_and_another_does_it(
    shared: Educore, world: World, clock: FixedClock
) -> None:
    def die(uow: UnitOfWork, job: Job) -> None:
        tell(uow, job)
        raise Killed

    ask(shared, world, jobs=2)
    with pytest.raises(Killed):
        Worker(shared, handlers={"Tell": die}).run_once()
    assert told(shared) == Counter()
    assert Worker(shared, handlers=HANDLERS).run_once() == 0
    clock.advance(seconds=JOB_QUEUE.lease.total_seconds())
    assert Worker(shared, handlers=HANDLERS).run_once() == 2
    assert told(shared) == Counter(["0", "1"])


def test_what_kills_every_worker_is_given_up(
    shared: Educore, world: World, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def die(uow: UnitOfWork, job: Job) -> None:
        raise Killed

    ask(shared, world, jobs=1)
    for _ in range(JOB_QUEUE.tries):
        with pytest.raises(Killed):
            Worker(shared, handlers={"Tell": die}).run_once()
        clock.advance(hours=1)
    Worker(shared, handlers={"Tell": die}).run_once()
    (job,) = jobs_of(shared)
    assert (job.status, job.attempts, job.next_try_at) == (JobStatus.FAILED, JOB_QUEUE.tries, None)
    assert job.error == "the worker that took it did not come back"
    assert "is given up after 8 attempts" in caplog.text


def test_who_comes_back_late_does_not_undo_what_another_did(shared: Educore, world: World, clock: FixedClock) -> None:
    """The first worker's carrier hangs until the lease is over and a second worker has sent the text."""

    class Slow(FakeSms):
        def send(self, *, to: str, text: str, key: str) -> None:
            clock.advance(seconds=DELIVERY_QUEUE.lease.total_seconds())
            assert Worker(shared).run_once() == 1
            raise TimeoutError

    ask(shared, world, texts=1)
    Worker(Educore(shared.store, replace(shared.ports, sms=Slow())), senders=1).run_once()
    (text,) = texts_of(shared)
    assert (text.status, text.attempts, text.error) == (DeliveryStatus.SENT, 2, "")


def test_who_is_slow_leaves_alone_what_another_has_done_since(shared: Educore, world: World, clock: FixedClock) -> None:
    """After its first job the lease of the others is over, and a second worker does them."""
    second: list[int] = []

    def tell_slowly(uow: UnitOfWork, job: Job) -> None:
        tell(uow, job)
        uow.record("told")

    def be_late(event: object) -> None:
        if not second:
            clock.advance(seconds=JOB_QUEUE.lease.total_seconds())
            second.append(Worker(shared, handlers=HANDLERS).run_once())

    ask(shared, world, jobs=3)
    late = Educore(shared.store, replace(shared.ports, publish=be_late))
    Worker(late, handlers={"Tell": tell_slowly}).run_once()
    assert second == [2]
    assert told(shared) == Counter(["0", "1", "2"])


def test_what_would_outlast_the_lease_is_left_to_others(shared: Educore, world: World, clock: FixedClock) -> None:
    class Slow(FakeSms):
        def send(self, *, to: str, text: str, key: str) -> None:
            super().send(to=to, text=text, key=key)
            clock.advance(minutes=4)

    ask(shared, world, texts=10)
    slow = Slow()
    Worker(Educore(shared.store, replace(shared.ports, sms=slow)), senders=1).run_once()
    assert len(slow.sent) == 3
    assert Counter((text.status.value, text.attempts) for text in texts_of(shared)) == {
        ("sent", 1): 3,
        ("queued", 0): 7,
    }


def test_a_job_that_fails_leaves_nothing_behind_and_stops_nobody(
    shared: Educore, world: World, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    ask(shared, world, jobs=2, name="Fail")
    ask(shared, world, jobs=2)
    ask(shared, world, jobs=1, name="Unheard of")
    worker = Worker(shared, handlers=HANDLERS)
    for _ in range(JOB_QUEUE.tries):
        worker.run_once()
        clock.advance(hours=12)
    assert told(shared) == Counter(["0", "1"])
    states = Counter((job.name, job.status.value, job.attempts, job.error) for job in jobs_of(shared))
    assert states == {
        ("Fail", "failed", 8, "RuntimeError: no luck"): 2,
        ("Tell", "done", 1, ""): 2,
        ("Unheard of", "failed", 8, "KeyError: 'Unheard of'"): 1,
    }
    assert worker.run_once() == 0


def test_jobs_and_texts_go_back_untried_when_the_worker_is_told_to_stop(shared: Educore, world: World) -> None:
    ask(shared, world, jobs=3, texts=3)
    worker = Worker(shared, handlers=HANDLERS)
    worker.stop.set()
    worker.run_once()
    assert {(job.status, job.attempts) for job in jobs_of(shared)} == {(JobStatus.WAITING, 0)}
    assert {(text.status, text.attempts) for text in texts_of(shared)} == {(DeliveryStatus.QUEUED, 0)}
    assert Worker(shared, handlers=HANDLERS).run_once() == 6


# -- channels that hang --------------------------------------------------------------------------------


class Hanging(FakeSms):
    """Takes the first texts or letters and lets nobody go after that, until it is over."""

    def __init__(self, takes: int = 0) -> None:
        super().__init__()
        self.takes, self.hung, self.over = takes, threading.Semaphore(0), threading.Event()

    def send(self, *, to: str, text: str, key: str, subject: str = "") -> None:
        super().send(to=to, text=text, key=key)
        if len(self.sent) > self.takes:
            self.hung.release()
            self.over.wait(PATIENCE)


@contextmanager
def at_work(school: Educore, **options: Any) -> Iterator[tuple[threading.Event, threading.Thread]]:
    """A worker in a thread, as in the server."""
    stop = threading.Event()
    thread = threading.Thread(target=Worker(school, handlers=HANDLERS, poll=0.01, **options).run, args=(stop,))
    thread.start()
    try:
        yield stop, thread
    finally:
        stop.set()
        thread.join(PATIENCE)


@pytest.mark.parametrize("hangs", ["sms", "mail"])
def test_a_channel_that_hangs_holds_up_neither_notes_nor_the_other(
    hangs: str, shared: Educore, world: World, clock: FixedClock
) -> None:
    """Texts or letters hang; what is asked for afterwards is done all the same."""
    hanging = Hanging()
    school = Educore(shared.store, replace(shared.ports, **{hangs: hanging}))
    write_to_both_channels(school, world, 4)
    with at_work(school, senders=4, grace=0):
        for _ in range(4):
            assert hanging.hung.acquire(timeout=PATIENCE)
        ask(school, world, jobs=2)
        write_to_both_channels(school, world, 3)
        wait_for(lambda: told(school) == Counter(["0", "1"]))
        free = Channel.EMAIL if hangs == "sms" else Channel.SMS
        wait_for(lambda: {text.status for text in texts_of(school) if text.channel is free} == {DeliveryStatus.SENT})
        stuck = [text.status for text in texts_of(school) if text.channel is not free]
        assert stuck == [DeliveryStatus.QUEUED] * 7
        hanging.over.set()


def write_to_both_channels(school: Educore, world: World, count: int) -> None:
    center = world.tashkent.center.id
    with school.work(ROOT) as uow:
        send_sms(uow, phone_numbers=[f"+99890{n:07}" for n in range(count)], message="Test xabar", center_id=center)
        now = uow.ports.clock.now()
        letter = {"center_id": center, "channel": Channel.EMAIL, "text": "x", "created_at": now, "next_try_at": now}
        uow.add_all(Delivery, [{**letter, "address": f"p{n}@ziyo.uz"} for n in range(count)])


def test_told_to_stop_it_ends_within_its_grace_and_writes_down_what_went_out(
    shared: Educore, world: World, clock: FixedClock
) -> None:
    """Two texts are taken and eight hang: the two are sent once, the rest by the next worker when the lease is over."""
    hanging = Hanging(takes=2)
    ask(shared, world, texts=20)
    school = Educore(shared.store, replace(shared.ports, sms=hanging))
    with at_work(school, senders=4, grace=0.1) as (stop, thread):
        for _ in range(4):
            assert hanging.hung.acquire(timeout=PATIENCE)
        begin = time.monotonic()
        stop.set()
        thread.join(PATIENCE)
        assert time.monotonic() - begin < 5
    states = Counter((text.status.value, text.attempts) for text in texts_of(shared))
    assert states == {("sent", 1): 2, ("queued", 1): 4, ("queued", 0): 14}
    assert Worker(shared).run_once() == 14, "what was not begun is another's at once"
    clock.advance(seconds=DELIVERY_QUEUE.lease.total_seconds())
    assert Worker(shared).run_once() == 4, "what hung is another's when the lease is over"
    assert {text.status for text in texts_of(shared)} == {DeliveryStatus.SENT}
    written = Counter(text.to for text in [*hanging.sent, *kept(shared).sent])
    assert sorted(written.values()) == [1] * 16 + [2] * 4, "only what nobody knows the end of went out again"
    hanging.over.set()


HUNG_PROCESS = """
import os, sys, threading
from dataclasses import replace
from educore import EDUCATION, Educore, memory_ports
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database
from educore_web.runtime.worker import BackgroundWorker

class Hanging:
    def send(self, **letter):
        os.write(1, b"hangs\\n")  # in one piece, whichever of the threads comes first
        threading.Event().wait()

database = Database(sys.argv[1], EDUCATION)
school = Educore(database.store, replace(memory_ports(SystemClock()), sms=Hanging(), mail=Hanging()))
worker = BackgroundWorker(school, grace=0.2)
worker.start()
worker.wait_for_signal()
database.close()
print("ends", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_ends_within_its_grace_although_its_senders_hang(
    number: signal.Signals, tmp_path: Path, world: World
) -> None:
    database = Database(f"sqlite:///{tmp_path}/real.db", EDUCATION)
    database.upgrade()
    create_cast(database.store)
    ask(Educore(database.store, memory_ports(FixedClock(datetime.now(UTC)))), world, texts=20)
    command = [sys.executable, "-c", HUNG_PROCESS, database.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "hangs\n"
            begin = time.monotonic()
            process.send_signal(number)
            said, _ = process.communicate(timeout=PATIENCE)
            assert time.monotonic() - begin < 10
        finally:
            process.kill()
    assert (process.returncode, said.splitlines()[-1]) == (0, "ends")
    assert "Traceback" not in said
    database.close()


# -- going on ------------------------------------------------------------------------------------------


class Patience(threading.Event):
    """Never waits, but notes how long it would have, and ends after some times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.waited = times, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0)
        if len(self.waited) == self.times:
            self.set()
        return self.is_set()


def test_it_goes_on_at_once_while_there_is_work_and_rests_when_there_is_none(
    school_in_memory: Educore, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "educore.worker")
    ask(school_in_memory, world, jobs=60, texts=20)
    worker, patience = Worker(school_in_memory, handlers=HANDLERS), Patience(4)
    worker.stop = patience
    worker.repeat(worker.run_once)
    assert patience.waited == [0, 0, 2, 2]
    assert [record.message for record in caplog.records] == [
        "40 of 40 jobs done",
        "20 of 20 SMS sent",
        "20 of 20 jobs done",
    ]


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("a fault of our own")])
def test_it_waits_ever_longer_while_the_database_is_away_and_never_dies(
    error: Exception, school_in_memory: Educore, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(school_in_memory, world, jobs=1)
    worker, patience, work = Worker(school_in_memory, handlers=HANDLERS), Patience(10), school_in_memory.work

    def away(*args: object, **options: object) -> UnitOfWork:
        if len(patience.waited) < 8:
            raise error
        return work(ROOT)

    monkeypatch.setattr(worker, "_run_due", lambda tasks: None)
    monkeypatch.setattr(school_in_memory, "work", away)
    worker.stop = patience
    worker.repeat(worker.run_once)
    assert patience.waited == [4, 8, 16, 32, 60, 60, 60, 60, 0, 2]
    monkeypatch.undo()
    assert told(school_in_memory) == Counter(["0"])


# -- where it runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("setting", "works"), [("on", True), ("off", False)])
def test_the_server_works_unless_it_is_told_not_to(setting: str, works: bool, tmp_path: Path) -> None:
    settings = Settings(database=f"sqlite:///{tmp_path}/x.db", secret="s" * 40, worker=setting)
    platform = open_platform(settings)
    platform.database.upgrade()
    seen: dict[str, bool] = {}
    asyncio.run(_live(compose(platform), seen))
    assert seen == {"startup": works, "shutdown": False}


async def _live(app: Dispatcher, seen: dict[str, bool]) -> None:
    """Live through the server's life, and see after each step whether a worker is at work."""
    steps = iter(("startup", "shutdown"))

    async def receive() -> dict[str, str]:
        return {"type": f"lifespan.{next(steps)}"}

    async def send(message: MutableMapping[str, Any]) -> None:
        step = message["type"].split(".")[1]
        seen[step] = any(thread.name == "educore-worker" for thread in threading.enumerate())

    await app({"type": "lifespan"}, receive, send)


# -- the real process ----------------------------------------------------------------------------------


class Gateway:
    """A gateway on this computer that takes one text after the other, and none beyond `room` until there is more."""

    def __init__(self, room: int) -> None:
        self.taken: list[str] = []
        self.room = threading.Semaphore(room)
        gateway = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if not gateway.room.acquire(timeout=PATIENCE):
                    return
                gateway.taken.append(body["mobile_phone"])
                answer = b'{"status": "waiting"}'
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Gateway:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def working(database: Database, gateway: Gateway, log: Path) -> Iterator[subprocess.Popen[str]]:
    """`educore worker` on a database and a gateway; killed afterwards, if it still runs."""
    environment = os.environ | {
        "EDUCORE_DATABASE": database.url,
        "EDUCORE_SMS_URL": gateway.url,
        "EDUCORE_SMS_TOKEN": "a token nobody may read",
    }
    command = [sys.executable, "-m", "educore_web", "worker"]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def is_at_work(process: subprocess.Popen[str], log: Path) -> None:
    assert process.poll() is None, log.read_text()


def test_killing_the_process_in_the_middle_of_its_work_loses_nothing(tmp_path: Path, world: World) -> None:
    database = Database(f"sqlite:///{tmp_path}/real.db", EDUCATION)
    database.upgrade()
    create_cast(database.store)
    school = Educore(database.store, memory_ports(FixedClock(datetime.now(UTC))))
    ask(school, world, texts=60)
    numbers = {text.address.removeprefix("+") for text in texts_of(school)}
    log = tmp_path / "worker.log"
    with Gateway(room=25) as gateway:
        with working(database, gateway, log) as process:
            wait_for(lambda: len(gateway.taken) == 25, meanwhile=partial(is_at_work, process, log))
            process.send_signal(signal.SIGKILL)
            assert process.wait(PATIENCE) == -signal.SIGKILL
        left = [text for text in texts_of(school) if text.status is DeliveryStatus.QUEUED]
        assert left, "it was killed before it was done"
        with school.work(ROOT) as uow:  # as if the lease were over
            uow.change_all(
                Delivery, where(status=DeliveryStatus.QUEUED), {"next_try_at": datetime.now(UTC) - timedelta(1)}
            )
        gateway.room.release(1000)
        with working(database, gateway, log) as process:
            sent, alive = {DeliveryStatus.SENT}, partial(is_at_work, process, log)
            wait_for(lambda: {text.status for text in texts_of(school)} == sent, meanwhile=alive)
            megabytes = resident_megabytes(process.pid) if sys.platform == "linux" else 0
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    often = Counter(gateway.taken)
    assert set(often) == numbers
    assert sum(often.values()) - len(numbers) <= 40, "no more than one batch is sent again"
    assert megabytes <= MOST_MEGABYTES
    assert "a token nobody may read" not in log.read_text()
    assert "Traceback" not in log.read_text()
    database.close()
