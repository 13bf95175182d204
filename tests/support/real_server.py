"""The real server in a process group of its own, over a database with the cast, and clients with open lines."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from educore import Educore, memory_ports
from educore.adapters.clock import SystemClock
from educore.adapters.sql import Database
from educore.adapters.tokens import JwtTokens
from educore.people import sign_in
from support.cast import PASSWORD, create_cast

SECRET = "a secret for tests that nobody else has"
PATIENCE = 60
T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.content) if self.content else None


class Connection:
    """One connection that stays open from request to request, and is opened anew when it broke."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self.token, self.cookie = token, ""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def send(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Reply:
        """Send one request; a mapping goes as JSON. Raises: OSError, http.client.HTTPException when the line breaks."""
        sent = {"accept-language": "en"} | ({"authorization": f"Bearer {self.token}"} if self.token else {})
        sent |= {"cookie": self.cookie} if self.cookie else {}
        if isinstance(body, dict):
            body, sent = json.dumps(body), sent | {"content-type": "application/json"}
        try:
            self._connection.request(method, path, body, sent | (headers or {}))
            response = self._connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Server:
    """`educore serve` on a port the system chose."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log
        self._lines: list[Connection] = []
        first = wait_for(lambda: self._printed("Admin"), meanwhile=self._is_alive)
        self.port = int(first.rsplit("/admin", 1)[0].rsplit(":", 1)[1])
        wait_for(lambda: self._answers(), meanwhile=self._is_alive)

    def line(self, token: str | None = None) -> Connection:
        """A new connection, which is closed with the server."""
        self._lines.append(Connection(self.port, token))
        return self._lines[-1]

    def kill(self) -> None:
        """End it and all its processes at once, without a word to them."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """End it as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()

    def hang_up(self) -> None:
        """Close the clients' ends of all connections."""
        for line in self._lines:
            line.close()

    def _printed(self, word: str) -> str | None:
        return next((line for line in self.log.read_text().splitlines() if line.startswith(word)), None)

    def _answers(self) -> bool:
        try:
            return self.line().send("GET", "/health").status == http.HTTPStatus.OK
        except OSError:
            return False

    def _is_alive(self) -> None:
        assert self.process.poll() is None, self.log.read_text()


@contextmanager
def run_server(database: str, folder: Path, **settings: str) -> Iterator[Server]:
    """A server over a database; whatever is left of it afterwards is killed."""
    given = {"EDUCORE_DATABASE": database, "EDUCORE_SECRET": SECRET, "EDUCORE_FILES": str(folder / "files")}
    given |= {f"EDUCORE_{name.upper()}": value for name, value in settings.items()}
    log = folder / f"server{len(list(folder.glob('server*.log')))}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "educore_web", "serve", "--port", "0"],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | given,
            text=True,
            start_new_session=True,
        )
    server = None
    try:
        server = Server(process, log)
        yield server
    finally:
        if server is not None:
            server.hang_up()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def create_cast_database(database: Database, *names: str) -> dict[str, str]:
    """Make the tables, put the cast into them, and give access tokens that the server knows."""
    database.upgrade()
    create_cast(database.store)
    clock = SystemClock()
    school = Educore(database.store, replace(memory_ports(clock), tokens=JwtTokens(SECRET, clock)))
    return {name: sign_in(school, username=name, password=PASSWORD).access for name in names}


def wait_for(what: Callable[[], T | None], *, meanwhile: Callable[[], None] = lambda: None) -> T:
    """What is there at last; it is asked for every twentieth of a second."""
    end = time.monotonic() + PATIENCE
    while not (found := what()):
        meanwhile()
        assert time.monotonic() < end, f"nothing came in {PATIENCE} seconds"
        time.sleep(0.05)
    return found
