"""A carrier over a message broker: one thread that sends, one that listens, each with a connection that it keeps.

Why a thread that sends: whoever has committed must not wait for the broker, and with it away not for its time limit.
Wakes that come while a batch is sent make the next batch, so that a message to a whole school is a few round trips.
What it costs: wakes of a process that dies are lost. That is allowed, because readers also look for new rows by
themselves every few seconds. Tests: `tests/kernel/test_carriers.py`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Event, Lock, Thread
from typing import Protocol

from educore.adapters.carriers.listeners import Listeners
from educore.kernel.carriers import Heard

log: logging.Logger = logging.getLogger("educore.live")

CHANNEL = "educore_live"
MOST_WAITING = 10_000
"""Wakes that may wait to be sent; beyond them the oldest are dropped."""
BATCH = 500
RECEIVE_SECONDS = 0.5
"""Seconds for which a listening thread waits, before it looks whether it is to stop."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
"""Seconds between two attempts to connect; each pause is twice the one before."""
START_SECONDS = 5.0
"""Seconds that `listen` waits for the first connection; a broker that is away longer is listened to later."""
STOP_SECONDS = 2.0


class Connection(Protocol):
    """One connection to a broker. Every method may raise any exception; the connection is then replaced."""

    def send(self, wakes: Sequence[str]) -> None:
        """Send wakes to every listening process, this one included."""
        ...

    def receive(self, seconds: float) -> Sequence[str]:
        """Return the wakes that have arrived, after at most so many seconds."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class BrokerCarrier(ABC):
    """Carries wakes through a broker. Its threads start when they are first needed, and end with `close`."""

    def __init__(self) -> None:
        self._listeners, self._lock = Listeners(), Lock()
        self._waiting: deque[str] = deque(maxlen=MOST_WAITING)
        self._filled, self._stop, self._listening = Condition(), Event(), Event()
        self._sender: Thread | None = None
        self._listener: Thread | None = None

    @abstractmethod
    def _connect(self, *, listens: bool) -> Connection:
        """Return a new connection, which listens to the channel if so asked. Raises: any exception."""

    def send(self, wake: str) -> None:
        """Hand the wake to the thread that sends."""
        with self._lock:
            self._sender = self._sender or self._start(self._send_batches, listens=False)
        with self._filled:
            self._waiting.append(wake)
            self._filled.notify()

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Add a listener, and return the function that removes it."""
        remove = self._listeners.add(heard)
        with self._lock:
            self._listener = self._listener or self._start(self._receive, listens=True)
        self._listening.wait(START_SECONDS)
        return remove

    def close(self) -> None:
        """Send what waits, if the broker takes it at once, and end both threads."""
        self._stop.set()
        with self._filled:
            self._filled.notify()
        for thread in (self._sender, self._listener):
            if thread is not None:
                thread.join(STOP_SECONDS)

    def _start(self, run: Callable[[Connection], None], *, listens: bool) -> Thread:
        thread = Thread(target=self._keep_connected, args=(run, listens), name="educore-carrier", daemon=True)
        thread.start()
        return thread

    def _keep_connected(self, run: Callable[[Connection], None], listens: bool) -> None:
        """Connect, run until the connection breaks, and connect again, until the carrier is closed."""
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            connection = None
            try:
                connection = self._connect(listens=listens)
                pause = FIRST_PAUSE
                run(connection)
            except Exception as error:  # noqa: BLE001 - the driver's own; live messages are late until it is back
                log.warning("live messages are late: %s", type(error).__name__)
            finally:
                _close(connection)
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _send_batches(self, connection: Connection) -> None:
        while batch := self._next_batch():
            connection.send(batch)

    def _next_batch(self) -> list[str]:
        """Wait for wakes and return some of them, each once; none after `close`."""
        with self._filled:
            self._filled.wait_for(lambda: self._waiting or self._stop.is_set())
            count = min(BATCH, len(self._waiting))
            return list(dict.fromkeys(self._waiting.popleft() for _ in range(count)))

    def _receive(self, connection: Connection) -> None:
        self._listening.set()
        while not self._stop.is_set():
            for wake in connection.receive(RECEIVE_SECONDS):
                self._listeners.tell(wake)


def _close(connection: Connection | None) -> None:
    try:
        if connection is not None:
            connection.close()
    except Exception:  # noqa: BLE001 - it was broken already
        log.debug("a broken connection could not be closed")
