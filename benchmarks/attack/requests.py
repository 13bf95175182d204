"""Unlimited requests of unknown clients: bodies, headers, connections."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from benchmarks.attack.ground import Ground

LOGIN = "/center-crm/api/auth/login/"
PIECE = 1 << 16
HELD = 3.0
"""Seconds for which unfinished requests are held open."""
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

BODIES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "form of 6.8 million fields of one name": (FORM, lambda: b"a=1&" * 6_800_000),
    "form of 13 million names without values": (FORM, lambda: b"a&" * 13_000_000),
    "form of 2 million names": (FORM, lambda: b"".join(b"f%d=1&" % n for n in range(2_000_000))),
    "JSON of 2 million keys": (JSON, lambda: b"{" + b",".join(b'"%d":1' % n for n in range(2_000_000)) + b"}"),
    "JSON of 9 million lists": (JSON, lambda: b"[" + b"[]," * 8_999_999 + b"[]]"),
}
HEADERS: Mapping[str, tuple[bytes, bytes, int]] = {
    "a header without end, 100 MB": (b"X-Long: ", b"a" * PIECE, 100 << 20),
    "Accept-Language of 10 MB": (b"Accept-Language: ", b"a," * (PIECE // 2), 10 << 20),
    "Cookie of 10 MB": (b"Cookie: ", b"a=b;" * (PIECE // 4), 10 << 20),
}


def send_body(ground: Ground, name: str) -> list[str]:
    """Send a sign-in request with a large body."""
    kind, make = BODIES[name]
    body = make()
    head = f"POST {LOGIN} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    send(ground.port, iter([head.encode(), *(body[at : at + PIECE] for at in range(0, len(body), PIECE))]))
    return []


def send_header(ground: Ground, name: str) -> list[str]:
    """Send a request with a large header."""
    beginning, piece, size = HEADERS[name]

    def pieces() -> Iterator[bytes]:
        yield b"GET /center-crm/api/students/ HTTP/1.1\r\nhost: x\r\n" + beginning
        for _ in range(size // len(piece)):
            yield piece
        if size < 50 << 20:  # the longest has no end
            yield b"\r\n\r\n"

    send(ground.port, pieces())
    return []


def send(port: int, pieces: Iterator[bytes]) -> bytes:
    """Send bytes and return the beginning of the answer. A refusal ends the sending early."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line, suppress(OSError):
        for piece in pieces:
            line.sendall(piece)
        return line.recv(PIECE)
    return b""


def leave_bodies_unfinished(ground: Ground) -> list[str]:
    """Open forty connections and send almost all of a large body on each."""
    size = 27_000_000
    head = f"POST {LOGIN} HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\ncontent-length: {size}\r\n\r\n".encode()
    lines = []
    for _ in range(40):
        lines.append(line := socket.create_connection(("127.0.0.1", ground.port), timeout=5))
        with suppress(OSError):
            line.sendall(head)
            for _ in range((size - 500_000) // PIECE):
                line.sendall(b"a" * PIECE)
    time.sleep(HELD)
    for line in lines:
        line.close()
    return []


def leave_connections_open(ground: Ground) -> list[str]:
    """Open as many connections as this process may have, up to 5,000, each with half a request."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    lines = []
    with suppress(OSError):
        for _ in range(min(5_000, most - 200)):
            lines.append(line := socket.create_connection(("127.0.0.1", ground.port), timeout=1))
            line.sendall(b"GET / HTTP/1.1\r\n")
    time.sleep(HELD)
    for line in lines:
        line.close()
    return []
