"""A real server under the attacks that once stopped it: others are answered, and nothing is held for long."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit

import pytest

from educore import EDUCATION
from educore.adapters.sql import Database
from support.real_server import Server, create_cast_database, run_server, wait_for

SOON = 30
LOGINS = (b"/center-crm/api/auth/login/", b"/edumaster/api/accounts/login/", b"/admin/login")
WRITES = (b"/center-crm/api/rooms/", b"/edumaster/api/groups/", b"/admin/room/create")
FORM = b"content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\n"
FIELDS = b"a=1&" * (1 << 18)
"""A megabyte of fields."""
PROMISED = 27 * len(FIELDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over SQLite."""
    folder = tmp_path_factory.mktemp("bounds")
    address = f"sqlite:///{folder / 'school.db'}"
    database = Database(address, EDUCATION)
    create_cast_database(database)
    database.close()
    with run_server(address, folder, worker="false") as running:
        yield running
        assert running.line().send("GET", "/health").status == 200
        assert "Traceback" not in running.log.read_text()


def _connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=SOON)


def _head(path: bytes, more: bytes) -> bytes:
    return b"POST %s HTTP/1.1\r\nhost: x\r\n%s\r\n" % (path, FORM + more)


def _told(server: Server, *pieces: bytes) -> int:
    """The status of the answer to what is sent as long as anybody takes it."""
    with closing(_connected(server)) as line:
        try:
            for piece in pieces:
                line.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            return int(line.recv(65536).split()[1])
        except ConnectionResetError:
            return 0


def _meanwhile(server: Server, attack: Callable[[], object]) -> float:
    """The time that an answer takes right after an attack, on a line that was open before."""
    line = server.line()
    assert line.send("GET", "/").status == 200
    attack()
    begun = time.perf_counter()
    assert line.send("GET", "/").status == 200
    return time.perf_counter() - begun


ENDLESS_HEADS = {
    "a field": b"x: " + b"a" * (1 << 20),
    "fields": b"x: a\r\n" * (1 << 17),
    "languages": b"accept-language: " + b"a," * (1 << 19),
    "cookies": b"cookie: " + b"a=b;" * (1 << 18),
}


@pytest.mark.parametrize("what", ENDLESS_HEADS)
def test_a_head_without_end_is_hung_up_on(what: str, server: Server) -> None:
    piece = ENDLESS_HEADS[what]
    with closing(_connected(server)) as line:
        line.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        taken = 0
        try:
            while taken < 100 * len(piece):
                taken += line.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert taken < 20 * len(piece)


@pytest.mark.parametrize("path", LOGINS)
def test_a_form_of_millions_of_fields_is_refused_while_it_is_sent(path: bytes, server: Server) -> None:
    chunk = b"%x\r\n%s\r\n" % (len(FIELDS), FIELDS)

    def attack() -> None:
        promised = _told(server, _head(path, b"content-length: %d\r\n" % PROMISED), *[FIELDS] * 27)
        chunked = _told(server, _head(path, b"transfer-encoding: chunked\r\n"), *[chunk] * 27)
        assert {promised, chunked} <= {413, 400, 0}

    assert _meanwhile(server, attack) < 2


@pytest.mark.parametrize("path", WRITES)
def test_nobody_known_is_answered_before_their_form_is_there(path: bytes, server: Server) -> None:
    assert _told(server, _head(path, b"content-length: %d\r\n" % PROMISED)) in (401, 302)


def test_unfinished_bodies_of_strangers_take_no_memory(server: Server) -> None:
    before = _memory(server)
    lines = []
    for number in range(60):
        line = _connected(server)
        line.setblocking(False)
        lines.append(line)
        small = b"content-length: 65000\r\n" if number % 2 else b"transfer-encoding: chunked\r\n"
        path = (LOGINS + WRITES)[number % 6]
        for piece in (_head(path, small), *([b"a" * 60_000] if number % 2 else [b"fffffff\r\n", *[FIELDS] * 8])):
            try:
                line.send(piece)
            except OSError:
                break
    assert server.line().send("GET", "/health").status == 200
    assert _memory(server) - before < 60
    for line in lines:
        line.close()


def _memory(server: Server) -> int:
    """The megabytes that the server's process has in memory."""
    status = Path(f"/proc/{server.process.pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells how much memory a process has")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmRSS")) >> 10


def test_half_open_connections_make_room_for_others(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'school.db'}"
    with run_server(address, tmp_path, worker="false") as running:
        lines = []
        for _ in range(min(1_500, getrlimit(RLIMIT_NOFILE)[0] - 200)):
            lines.append(_connected(running))
            lines[-1].send(b"GET / HTTP/1.1\r\n")
        for _ in range(3):
            assert running.line().send("GET", "/health").status == 200
        for line in lines:
            line.close()


@pytest.mark.long
def test_with_several_processes_nobody_new_is_let_in_at_the_end_and_who_is_in_is_answered(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'school.db'}"
    with run_server(address, tmp_path, worker="false", workers="2") as running:
        body = b'{"username": "nobody", "password": "nothing"}'
        head = b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" % LOGINS[0]
        with closing(_connected(running)) as line:
            line.sendall(head + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body))
            assert b" 100 " in line.recv(65536), "the body is being waited for"
            running.process.terminate()
            wait_for(lambda: _is_closed(running))
            assert running.process.poll() is None, "it waits for who is in"
            line.sendall(body)
            assert b" 401 " in line.recv(65536).split(b"\r\n")[0]
        assert running.process.wait(SOON) == 0


def _is_closed(server: Server) -> bool | None:
    try:
        with closing(socket.create_connection(("127.0.0.1", server.port), timeout=1)):
            return None
    except ConnectionRefusedError:
        return True
