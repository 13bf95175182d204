"""The start of the measured programs, each as in production, on a core of its own if there are two."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.operations import Call

PATIENCE = 60
THREADS = 8
"""The threads of the Django app: the fastest of 1, 2, 4, 8 and 16."""
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Contender:
    """A measured program: its name in the results, its title, its command and its operations."""

    name: str
    words: str
    command: Callable[[int, int], list[str]]
    does: frozenset[str] = frozenset({"list", "get", "create", "bulk30", "bulk", "report"})


@dataclass(frozen=True)
class Served:
    """A running program. `seconds` is the time from the start to the first answer."""

    contender: Contender
    port: int
    pid: int
    seconds: float

    @property
    def host(self) -> str:
        """The host and port."""
        return f"127.0.0.1:{self.port}"

    def ask(self, call: Call, token: str | None) -> tuple[int, object]:
        """Send one request. Return the status and the parsed body."""
        return ask(self.port, call, token)


def _ours(port: int, workers: int) -> list[str]:
    return ["-m", "educore_web", "serve", "--port", str(port), "--workers", str(workers)]


def _drf(port: int, workers: int) -> list[str]:
    served = ["-k", "gthread", "--threads", str(THREADS), "--keep-alive", "75", "--bind", f"127.0.0.1:{port}"]
    return ["-m", "gunicorn", "benchmarks.peers.drf.wsgi:application", "--workers", str(workers), *served]


def _limit(port: int, workers: int) -> list[str]:
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    where = ["--port", str(port), "--workers", str(workers)]
    return ["-m", "uvicorn", "benchmarks.peers.limit.app:app", *options, *where]


def _drf_with_argon(port: int, workers: int) -> list[str]:
    return [*_drf(port, workers), "--env", "BENCH_HASHER=argon2"]


OURS = Contender("educore", "educore", _ours)
DRF = Contender("drf", "Django REST framework", _drf)
LIMIT = Contender("limit", "SQL by hand, no framework", _limit, frozenset({"list", "get", "bulk30", "bulk"}))
DRF_WITH_ARGON = Contender(
    "drf_same_hash", "Django REST framework, passwords hashed as we do", _drf_with_argon, frozenset({"create"})
)
CONTENDERS = (OURS, DRF, LIMIT, DRF_WITH_ARGON)


@contextmanager
def serving(
    contender: Contender,
    *,
    database: str,
    secret: str,
    first: Call,
    token: str,
    core: int | None = None,
    workers: int = 1,
) -> Iterator[Served]:
    """Start a program, wait until it answers `first`, and stop it at the end of the block."""
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w+") as log:
        port, begun = _free_port(), time.perf_counter()
        environment = {**os.environ, **_environment(database, secret, folder), "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *contender.command(port, workers)], cwd=folder, env=environment, stdout=log, stderr=log
        )
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            _wait_until_it_answers(process, port, first, token, log.name)
            yield Served(contender, port, process.pid, time.perf_counter() - begun)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def compiled_once() -> Iterator[dict[str, str]]:
    """Yield an environment in which modules are compiled only once, as in an installation."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        yield {**environment, "PYTHONPYCACHEPREFIX": folder}


def _environment(database: str, secret: str, folder: str) -> dict[str, str]:
    theirs = {"BENCH_DATABASE": database, "BENCH_SECRET": secret}
    ours = {"DATABASE": database, "SECRET": secret, "WORKER": "false", "FILES": f"{folder}/files"}
    return {**theirs, **{f"EDUCORE_{name}": value for name, value in ours.items()}}


def ask(port: int, call: Call, token: str | None) -> tuple[int, object]:
    """Send one request on a new connection. Return the status and the JSON of the body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request(call.method, call.path, None if call.body is None else json.dumps(call.body), headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, first: Call, token: str, log: str) -> None:
    until, status = time.monotonic() + PATIENCE, None
    while time.monotonic() < until and process.poll() is None:
        try:
            status, _ = ask(port, first, token)
        except OSError:
            time.sleep(0.01)
            continue
        if status == 200:
            return
        break
    raise RuntimeError(f"{process.args!r} answers {status}:\n{Path(log).read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def memory_of_worker(pid: int) -> float | None:
    """Return the resident megabytes of the largest process of a program; None without `/proc`."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    own = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)  # ended: nothing
    return max([own, *(memory_of_worker(int(child)) or 0 for child in children)])


def processor_seconds(pid: int) -> float:
    """Return the processor seconds of a program and its processes so far, ended ones included."""
    try:
        fields = _stat(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # gone since somebody named it
        return 0.0
    own = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")  # own and of those waited for
    return own + sum(processor_seconds(int(child)) for child in children)


def parent_of(pid: int) -> int:
    """Return the id of the parent process."""
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    """Return the fields of `/proc/<pid>/stat` after the name, which can contain any character."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
