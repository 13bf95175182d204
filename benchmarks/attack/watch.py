"""What others notice of an attack: how long they wait for an answer, and how much memory the server takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread

from benchmarks.servers import memory_of_worker

EVERY = 0.05
PATIENCE = 60


@dataclass
class Page:
    """A page that somebody asks for again and again, each time on a connection of its own, as a load balancer does."""

    port: int
    path: str
    headers: dict[str, str]
    worst: float = 0.0
    _waits_since: float | None = None

    def ask_until(self, stop: Event) -> None:
        """Ask at once, and again and again until told to stop."""
        while True:
            self._waits_since = self._waits_since or time.monotonic()
            if self.answers():
                self.conclude()
                self._waits_since = None
            if stop.wait(EVERY):
                break

    def conclude(self) -> None:
        """Count the present wait, whether somebody has answered or nobody yet."""
        if self._waits_since is not None:
            self.worst = max(self.worst, time.monotonic() - self._waits_since)

    def answers(self) -> bool:
        """Whether it is answered well."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", self.path, headers=self.headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        return answer.status == 200


@dataclass
class Watch:
    """How a server did: seconds somebody waited at worst for its health and for a list, megabytes it grew by."""

    health: Page
    students: Page
    pid: int
    memory_before: float = 0.0
    memory_most: float = 0.0
    threads: list[Thread] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """How many megabytes more it took at most than before."""
        return self.memory_most - self.memory_before

    def look_at_memory(self, stop: Event) -> None:
        """See how much memory it takes, until told to stop."""
        while not stop.wait(EVERY):
            self.memory_most = max(self.memory_most, memory_of_worker(self.pid) or 0)


@contextmanager
def watched(port: int, pid: int, *, token: str) -> Iterator[Watch]:
    """Watch a server, which has answered each question before, so that nothing is counted that it does only once."""
    bearer = {"authorization": f"Bearer {token}"}
    watch = Watch(Page(port, "/health", {}), Page(port, "/center-crm/api/students/", bearer), pid)
    for page in (watch.health, watch.students):
        while not page.answers():
            time.sleep(EVERY)
    watch.memory_before = watch.memory_most = memory_of_worker(pid) or 0
    stop = Event()
    for look in (watch.health.ask_until, watch.students.ask_until, watch.look_at_memory):
        watch.threads.append(Thread(target=look, args=(stop,), daemon=True))
        watch.threads[-1].start()
    try:
        yield watch
    finally:
        stop.set()
        for thread in watch.threads:
            thread.join(2 * EVERY)
        watch.health.conclude()
        watch.students.conclude()
