"""Bytes that are hardly HTTP, sent to a real server: it never fails, never hangs, and goes on answering others."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from educore import EDUCATION
from educore.adapters.sql import Database
from support.real_server import Connection, Server, create_cast_database, run_server

SOON = 30
CRM, EDUMASTER, ADMIN = b"/center-crm/api/groups/", b"/edumaster/api/groups/", b"/admin/login"
FORM = b"content-type: application/x-www-form-urlencoded\r\n"
JSON = b"content-type: application/json\r\n"
HALF = b'--b\r\nContent-Disposition: form-data; name="name"; filename="x.png"\r\n\r\n\x89PNG'
WEBSOCKET = (
    b"connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
MULTIPART = b"content-type: multipart/form-data; boundary=b\r\n"


CUT_OFF = ("nothing", "a TLS greeting", "no version", "a chunk", "a body cut off", "half of", "27 MB promised")
"""What ends before it is whole, so that there is nobody left to answer."""

MAY_BE_HUNG_UP_ON = (*CUT_OFF, "27 MB")
"""Also what is refused while it is still being sent."""


def request(
    method: bytes, target: bytes, headers: bytes = b"", body: bytes = b"", *, length: bytes | None = None
) -> bytes:
    """The bytes of a request; `length` is what it claims of its body."""
    claimed = str(len(body)).encode() if length is None else length
    lines = b"host: school.test\r\nconnection: close\r\n" + headers
    return b"%s %s HTTP/1.1\r\n%scontent-length: %s\r\n\r\n%s" % (method, target, lines, claimed, body)


def chunked(body: bytes) -> bytes:
    """A request whose body comes in chunks, if it is one."""
    return b"POST %s HTTP/1.1\r\nhost: x\r\n%stransfer-encoding: chunked\r\n\r\n%s" % (CRM, JSON, body)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server over SQLite, and the token of somebody who may do much."""
    folder = tmp_path_factory.mktemp("raw")
    address = f"sqlite:///{folder / 'school.db'}"
    database = Database(address, EDUCATION)
    token = create_cast_database(database, "dilshod")["dilshod"]
    database.close()
    with run_server(address, folder, worker="false") as running:
        yield running, token
    assert "Traceback" not in running.log.read_text()


def test_broken_requests_are_refused_or_hung_up_on(server: tuple[Server, str]) -> None:
    running, token = server
    signed = b"authorization: Bearer " + token.encode() + b"\r\n"
    deep = b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    sent = {
        "nothing": b"\r\n\r\n",
        "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
        "no version": b"GET /\r\n\r\n",
        "another version": b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
        "no method": b" / HTTP/1.1\r\nhost: x\r\n\r\n",
        "a length below zero": request(b"POST", CRM, JSON, b"{}", length=b"-1"),
        "a length that is no number": request(b"POST", CRM, JSON, b"{}", length=b"ten"),
        "two lengths": request(b"POST", CRM, JSON + b"content-length: 9\r\n", b"{}"),
        "length and chunks": request(b"POST", CRM, JSON + b"transfer-encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
        "a chunk of no size": chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
        "a chunk beyond all sizes": chunked(b"fffffffffffffffff\r\n{}"),
        "a chunk cut off": chunked(b"ff\r\n{}"),
        "a NUL in a header": request(b"GET", CRM, b"x-a: \0\r\n"),
        "a header without a name": request(b"GET", CRM, b": x\r\n"),
        "a header of 200 KB": request(b"GET", CRM, b"x-a: " + b"a" * 200_000 + b"\r\n"),
        "a WebSocket": request(b"GET", b"/health", WEBSOCKET),
        "5,000 headers": request(b"GET", CRM, b"x-a: b\r\n" * 5_000),
    }
    for target in (CRM, EDUMASTER, ADMIN):
        sent |= {
            f"a path that is no UTF-8 below {target!r}": request(b"GET", target + b"\xff\xfe"),
            f"a WebSocket below {target!r}": request(b"GET", target, WEBSOCKET),
            f"half an escape below {target!r}": request(b"GET", target + b"%f%zz%"),
            f"an escaped NUL below {target!r}": request(b"GET", target + b"%00?a=%00&b=%ff", signed),
            f"a path of 100 KB below {target!r}": request(b"GET", target + b"a/" * 50_000),
            f"a body that is no UTF-8 to {target!r}": request(b"POST", target, signed + FORM, b"name=\xff&%ff=%zz"),
            f"a body cut off to {target!r}": request(b"POST", target, signed + JSON, b'{"name"', length=b"500"),
            f"half a form to {target!r}": request(b"POST", target, signed + MULTIPART, HALF),
            f"half of a form to {target!r}": request(b"POST", target, signed + MULTIPART, HALF, length=b"900"),
            f"keys twice to {target!r}": request(
                b"POST", target, signed + JSON, b'{"name": 1, "name": {}, "name": []}'
            ),
            f"deep nesting to {target!r}": request(b"POST", target, signed + JSON, deep),
            f"27 MB to {target!r}": request(b"POST", target, signed + JSON, b" " * 27_000_000),
            f"27 MB promised to {target!r}": request(b"POST", target, signed + JSON, b"{}", length=b"27000000"),
        }
    answers = {what: _status(running, raw, ends=what.startswith(CUT_OFF)) for what, raw in sent.items()}
    assert {what: said for what, said in answers.items() if not _is_fine(said)} == {}
    silent = {what for what, said in answers.items() if not said and not what.startswith(MAY_BE_HUNG_UP_ON)}
    assert silent == set(), "what came whole is answered"
    _goes_on(running, token)


def test_a_form_that_never_ends_keeps_nobody_else_waiting(server: tuple[Server, str]) -> None:
    running, token = server
    signed = b"authorization: Bearer " + token.encode() + b"\r\n"
    slow = [_opened(running) for _ in range(30)]
    for place, line in enumerate(slow):
        target = (CRM, EDUMASTER, ADMIN)[place % 3]
        line.sendall(request(b"POST", target, signed + MULTIPART, HALF, length=b"5000"))
    _goes_on(running, token)
    for line in slow:
        line.close()
    _goes_on(running, token)


words = st.sampled_from(
    [b"GET", b"POST", b"%", b"%00", b"/", b"..", b"\r\n", b"\0", b"\xff", b":", b"{", b'"', b"HTTP/1.1"]
)
noise = st.lists(words | st.binary(max_size=12), max_size=6).map(b"".join)


def test_no_noise_brings_it_down(server: tuple[Server, str]) -> None:
    running, token = server
    signed = b"authorization: Bearer " + token.encode() + b"\r\n"
    kinds = st.sampled_from([FORM, JSON, MULTIPART, b"", b"content-type: \xff\r\n", b"transfer-encoding: chunked\r\n"])

    @given(target=st.sampled_from([CRM, EDUMASTER, ADMIN]), path=noise, more=noise, kind=kinds, body=noise)
    @settings(max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def try_it(target: bytes, path: bytes, more: bytes, kind: bytes, body: bytes) -> None:
        raw = request(b"POST", target + path, signed + kind + b"x-noise: " + more + b"\r\n", body)
        assert _is_fine(_status(running, raw, ends=True)), raw

    try_it()
    _goes_on(running, token)


def _opened(running: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=SOON)


def _status(running: Server, raw: bytes, *, ends: bool) -> bytes:
    """The first line of the answer; empty when the server hung up. Raises: TimeoutError when nothing comes.

    `ends` says that nothing more will be sent.
    """
    with _opened(running) as line:
        answer = b""
        try:
            line.sendall(raw)
            if ends:
                line.shutdown(socket.SHUT_WR)
            while chunk := line.recv(65536):
                answer += chunk
        except (ConnectionResetError, BrokenPipeError):
            pass  # the server has said what it had to say
        return answer.partition(b"\r\n")[0]


def _is_fine(status: bytes) -> bool:
    return status == b"" or status.startswith(b"HTTP/1.1 ") and status.split()[1] < b"500"


def _goes_on(running: Server, token: str) -> None:
    line = Connection(running.port, token)
    assert line.send("GET", "/health").status == 200
    for path in (CRM, EDUMASTER):
        assert line.send("GET", path.decode()).status == 200
    line.close()
