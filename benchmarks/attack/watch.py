"""A watcher that measures an attack: the waiting times of other clients and the memory of the server.

It is a process of its own, because in the process of the attacker it would wait for the attacker.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread

from benchmarks.servers import ROOT, memory_of_worker

EVERY = 0.05
PATIENCE = 60


@dataclass
class Page:
    """A page that is requested in a loop, each time on a new connection, as a load balancer does."""

    port: int
    path: str
    headers: dict[str, str]
    worst: float = 0.0
    _waits_since: float | None = None

    def ask_until(self, stop: Event) -> None:
        """Request the page in a loop until the event is set."""
        while True:
            self._waits_since = self._waits_since or time.monotonic()
            if self.answers():
                self.conclude()
                self._waits_since = None
            if stop.wait(EVERY):
                break

    def conclude(self) -> None:
        """Include the current wait in the worst one, also if there is no answer yet."""
        if self._waits_since is not None:
            self.worst = max(self.worst, time.monotonic() - self._waits_since)

    def answers(self) -> bool:
        """Request the page once. Return whether the status is 200."""
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
    """The longest waits for the health check and for a list, in seconds, and the growth of memory in megabytes."""

    health: float = 0.0
    students: float = 0.0
    growth: float = 0.0


@contextmanager
def watched(port: int, pid: int, *, token: str) -> Iterator[Watch]:
    """Watch a server. The yielded object gets its values at the end."""
    watch = Watch()
    command = [sys.executable, "-m", "benchmarks.attack.watch", str(port), str(pid), token]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as watching:
        if watching.stdout is None or watching.stdout.readline() != "watches\n":
            raise RuntimeError("nobody watches")
        try:
            yield watch
        finally:
            said, _ = watching.communicate("")
            vars(watch).update(json.loads(said))


def main() -> None:
    """Watch until the standard input ends, then print the result as JSON.

    Each page is requested once before, so that work a server does only once is not counted.
    """
    port, pid, token = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    bearer = {"authorization": f"Bearer {token}"}
    health, students = Page(port, "/health", {}), Page(port, "/center-crm/api/students/", bearer)
    until = time.monotonic() + PATIENCE
    for page in (health, students):
        while not page.answers():
            time.sleep(EVERY)
            if time.monotonic() > until:
                sys.exit(f"{page.path} is not answered")
    stop, memory = Event(), [memory_of_worker(pid) or 0]

    def look_at_memory() -> None:
        while not stop.wait(EVERY):
            memory.append(memory_of_worker(pid) or 0)

    looks = [lambda: health.ask_until(stop), lambda: students.ask_until(stop), look_at_memory]
    threads = [Thread(target=look, daemon=True) for look in looks]
    for thread in threads:
        thread.start()
    print("watches", flush=True)
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join(2 * EVERY)
    for page in (health, students):
        page.conclude()
    print(json.dumps(asdict(Watch(health.worst, students.worst, max(memory) - memory[0]))), flush=True)
    os._exit(0)  # nobody waits for a question that is still on its way


if __name__ == "__main__":
    main()
