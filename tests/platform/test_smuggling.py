"""A request hidden in another one is never answered: what lengths and chunks disagree on is refused, or is one request.

A proxy in front and the server must not read a stream of bytes as different requests; the server therefore takes no
spelling that could mean two things.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from educore import EDUCATION
from educore.adapters.sql import Database
from support.real_server import Server, create_cast_database, run_server

SOON, SILENCE = 30, 0.5
PATH = b"/center-crm/api/auth/login/"
HIDDEN = b"GET /health?hidden HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
END = b"0\r\n\r\n"
LENGTH = b"content-length: %d\r\n" % len(HIDDEN)
CHUNKS = b"transfer-encoding: chunked\r\n"


def post(headers: bytes, body: bytes = b"") -> bytes:
    """A request that a hidden one follows."""
    return b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n%s\r\n%s" % (PATH, headers, body)


SMUGGLED = {
    "a length, then chunks": post(LENGTH + CHUNKS, END + HIDDEN),
    "chunks, then a length": post(CHUNKS + LENGTH, END + HIDDEN),
    "a length of four, then chunks": post(b"content-length: 4\r\n" + CHUNKS, b"5c\r\n" + HIDDEN + b"\r\n" + END),
    **{
        f"chunks spelled {name!r}": post(name + LENGTH, END + HIDDEN)
        for name in (
            b"transfer-encoding: xchunked\r\n",
            b"transfer-encoding : chunked\r\n",
            b"transfer-encoding: chunked, identity\r\n",
            b"transfer-encoding:\tchunked\r\n",
            b"transfer-encoding: identity\r\ntransfer-encoding: chunked\r\n",
            b"x: y\rtransfer-encoding: chunked\r\n",
        )
    },
    "two lengths": post(b"content-length: 0\r\n" + LENGTH, HIDDEN),
    "two lengths in one": post(b"content-length: 0, %d\r\n" % len(HIDDEN), HIDDEN),
    "a length below zero": post(b"content-length: -1\r\n", HIDDEN),
    "a length with a sign": post(b"content-length: +%d\r\n" % len(HIDDEN), HIDDEN),
    "a folded header": post(b"x: y\r\n content-length: 0\r\n" + LENGTH, HIDDEN),
    "lines ended by LF": post(LENGTH, HIDDEN).replace(b"\r\n", b"\n", 4),
    "a chunk with an extension": post(CHUNKS, b"0;a=b\r\n\r\n"),
    "a chunk larger than any": post(CHUNKS, b"1" + b"0" * 16 + b"\r\n" + HIDDEN),
    "a chunk that ends elsewhere": post(CHUNKS, b"2\r\n{}xx" + END + HIDDEN),
    "a body that nobody announced": b"GET /health HTTP/1.1\r\nhost: x\r\n" + LENGTH + b"\r\n" + HIDDEN,
    "an absolute address": b"GET http://evil.example/health HTTP/1.1\r\nhost: x\r\n" + LENGTH + b"\r\n" + HIDDEN,
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nhost: x\r\n" + LENGTH + b"\r\n" + HIDDEN,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("smuggling")
    address = f"sqlite:///{folder / 'school.db'}"
    database = Database(address, EDUCATION)
    create_cast_database(database)
    database.close()
    with run_server(address, folder, worker="false") as running:
        yield running
    assert "Traceback" not in running.log.read_text(), running.log.read_text()[-3000:]


def test_two_requests_on_one_line_are_two_answers(server: Server) -> None:
    """The positive control: what is hidden below is answered where nothing hides it."""
    statuses = statuses_of(server, post(b"content-length: 2\r\n", b"{}") + HIDDEN)
    assert (len(statuses), statuses[-1]) == (2, 200)


@pytest.mark.parametrize("what", SMUGGLED)
def test_a_hidden_request_is_never_answered(what: str, server: Server) -> None:
    statuses = statuses_of(server, SMUGGLED[what])
    hidden = statuses[1:]
    assert not any(status < 400 for status in hidden), "the second answer is that of the hidden request"
    assert all(status < 500 for status in statuses)


def statuses_of(server: Server, raw: bytes) -> list[int]:
    """The statuses of all answers to these bytes; when nothing more comes, the server hears that we are done."""
    answer = b""
    with (
        suppress(ConnectionResetError, BrokenPipeError),  # the server has said what it had to say
        socket.create_connection(("127.0.0.1", server.port), timeout=SOON) as line,
    ):
        line.sendall(raw)
        if not select.select([line], [], [], SILENCE)[0]:
            line.shutdown(socket.SHUT_WR)
        while piece := line.recv(65536):
            answer += piece
            if not select.select([line], [], [], SILENCE)[0]:
                line.shutdown(socket.SHUT_WR)
    return [int(part.split()[0]) for part in answer.split(b"HTTP/1.1 ")[1:]]
