"""What others notice of an attack: how long they wait for an answer, and how much memory the server takes.

Who watches is a process of its own: in that of the attacker it would wait for the attacker.
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

    health: float = 0.0
    students: float = 0.0
    growth: float = 0.0


@contextmanager
def watched(port: int, pid: int, *, token: str) -> Iterator[Watch]:
    """Watch a server; what was seen is filled in at the end."""
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
    """Watch until the standard input ends, and then say what was seen.

    Each question was answered before, so that nothing is counted that a server does only once.
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
