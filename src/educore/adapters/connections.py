"""TCP connections with one time limit for the whole call.

The timeout of a socket starts again with each byte, so a server that sends a byte now and then can keep the caller
waiting without end: in its greeting, in a TLS handshake, in an answer. Here one limit holds for the whole call. A name
lookup, which cannot be interrupted, is left running in a daemon thread.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

from educore.kernel.background import run_in_background

LARGEST_FILE = 64 * 1024 * 1024
"""The largest file that is read from another server, in bytes."""
MAX_ANSWER_BYTES = 64 * 1024
"""The largest answer that is read; mail servers and SMS gateways need less than one thousand bytes."""
MAX_REASON_LENGTH = 200
"""The length to which an error message of a server is cut off."""


@contextmanager
def connection(host: str, port: int, *, seconds: float) -> Iterator[socket.socket]:
    """Open a TCP connection that is cut off after `seconds`, which include the name lookup and connecting.

    A call that waits for the connection then fails with an OSError or reads the end of the stream, even if the socket
    was wrapped for TLS. Raises: OSError.
    """
    left = _countdown(seconds)
    with closing(_connect(host, port, left)) as line, closing(line.dup()) as same_line:
        line.settimeout(left())
        timer = Timer(left(), _cut_off, [same_line])  # of a copy, as TLS wrapping detaches the first socket
        timer.daemon = True
        timer.start()
        try:
            yield line
        finally:
            timer.cancel()


@contextmanager
def http_connection(url: str, *, seconds: float, trust: ssl.SSLContext | None = None) -> Iterator[HTTPConnection]:
    """Connect to the server of an `http://` or `https://` URL; the connection is cut off after `seconds`.

    `trust` has the trusted certificates, if those of the system are not enough. Redirects are not followed, since they
    would carry secrets to another server. Raises: OSError.
    """
    parts = urlsplit(url)
    protocol = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    host, port = parts.hostname or "", parts.port or protocol.default_port
    with connection(host, port, seconds=seconds) as line:
        if protocol is HTTPSConnection:
            line = (trust or ssl.create_default_context()).wrap_socket(line, server_hostname=host)
        with closing(line), closing(protocol(host, port)) as server:
            server.sock = line
            yield server


def _countdown(seconds: float) -> Callable[[], float]:
    """Return a function that returns the number of seconds left, and raises TimeoutError when none are left."""
    end = time.monotonic() + seconds

    def left() -> float:
        if (remaining := end - time.monotonic()) <= 0:
            raise TimeoutError("timed out")
        return remaining

    return left


def _connect(host: str, port: int, left: Callable[[], float]) -> socket.socket:
    """Connect to the first address that answers; each address may use an equal share of the time that is left."""
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    addresses = run_in_background(look_up, name="educore-name-lookup").result(left())
    failure = OSError(f"no address of {host}")
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        try:
            return _reach(socket.socket(family, kind, protocol), address, seconds=left() / (len(addresses) - position))
        except OSError as error:
            failure = error
    raise failure


def _reach(line: socket.socket, address: Any, *, seconds: float) -> socket.socket:
    """Connect the socket and return it; close it if that fails. Raises: OSError."""
    try:
        line.settimeout(seconds)
        line.connect(address)
    except OSError:
        line.close()
        raise
    return line


def _cut_off(line: socket.socket) -> None:
    with suppress(OSError):  # the connection has already ended
        line.shutdown(socket.SHUT_RDWR)
