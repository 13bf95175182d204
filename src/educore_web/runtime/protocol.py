"""uvicorn's HTTP/1.1 with limits: no client can hold memory or a connection by not finishing what it began.

httptools parses as fast as anything, but joins the pieces of an unfinished header without limit and in quadratic time,
and uvicorn closes no connection from which it awaits something. So the bytes are counted before they reach the parser,
and each connection is checked once a second: the head, the body and the reading of an answer have a time limit each.
"""

from __future__ import annotations

import asyncio
from heapq import nsmallest
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from educore_web.runtime.answers import send_unavailable
from educore_web.runtime.asgi import Receive, Scope, Send
from educore_web.runtime.headers import SAFE_HEADERS, add_headers
from educore_web.runtime.limits import (
    BODY_SECONDS,
    HEAD_SECONDS,
    MOST_AHEAD,
    MOST_HEADER_BYTES,
    MOST_HEADERS,
    SLOWEST_BODY,
    STALL_SECONDS,
)

CONNECTIONS = 1_000
PIECE = 16 * 1024
"""Bytes parsed at once, by which the largest head may be exceeded."""
CHECK_SECONDS = 1.0
"""Interval between two checks of a connection."""
REFUSAL_TEXTS = {
    400: "The request is not valid HTTP.",
    408: "The request took too long to arrive.",
    429: "Wait for an answer before you ask for more.",
    431: "The header of the request is too large.",
}


def max_connections() -> int:
    """Return half the file descriptors a process may have, at most CONNECTIONS; the rest is for database and files."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
    except ImportError:  # Windows has no such limit
        return CONNECTIONS
    descriptors = getrlimit(RLIMIT_NOFILE)[0]
    return CONNECTIONS if descriptors == RLIM_INFINITY else max(8, min(CONNECTIONS, descriptors // 2))


class BoundedHttp(HttpToolsProtocol):
    """One connection; `most` is the largest number of connections of this process."""

    most = max_connections()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start to wait for a request."""
        super().connection_made(transport)
        self.fruitless, self.is_upgraded = 0, False
        self.head_since: float | None = self.loop.time()
        self.body_since: float | None = None
        self.body_bytes = 0
        self.unsent, self.unsent_since = 0, self.loop.time()
        self._make_room()
        self.next_check = self.loop.call_later(CHECK_SECONDS, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the regular check."""
        self.next_check.cancel()
        super().connection_lost(exc)

    # -- how much --------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse the data piece by piece, until too many bytes in a row complete nothing.

        This limits everything that can be too long: request lines, header fields, trailers, chunk extensions.
        """
        for start in range(0, len(data), PIECE):
            if self.transport.is_closing():
                return
            piece = data if len(data) <= PIECE else data[start : start + PIECE]
            self.fruitless += len(piece)
            super().data_received(piece)
            if self.is_upgraded:
                self._pass_on(data[start + len(piece) :])
                return
            if self.fruitless > MOST_HEADER_BYTES:
                self._refuse(431 if self.head_since is not None else 400)
            elif len(self.pipeline) > MOST_AHEAD:
                self._refuse(429)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field, up to one more than MOST_HEADERS: by the extra one, the application sees the excess."""
        if len(self.headers) <= MOST_HEADERS:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start to wait for the body."""
        self.fruitless, self.head_since = 0, None
        self.body_since, self.body_bytes = self.loop.time(), 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count and pass on a piece of the body."""
        self.fruitless = 0
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop waiting for more of this request."""
        self.fruitless, self.body_since = 0, None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start to wait for the next request, unless it has arrived already."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self.head_since = self.loop.time()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the protocol of sockets, which has limits of its own."""
        self.is_upgraded = True
        self.next_check.cancel()
        super().handle_websocket_upgrade()

    def _pass_on(self, data: bytes) -> None:
        protocol = self.transport.get_protocol()
        if data and isinstance(protocol, asyncio.Protocol) and protocol is not self:
            protocol.data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is not HTTP, in the form of the other refusals."""
        self._refuse(400)

    # -- how long --------------------------------------------------------------------------------------

    def _check(self) -> None:
        now = self.loop.time()
        self.next_check = self.loop.call_later(CHECK_SECONDS, self._check)
        if self._takes_nothing(now):
            self.transport.abort()
        elif self.transport.is_closing():
            return
        elif self.head_since is not None and now > self.head_since + HEAD_SECONDS:
            if self.fruitless:
                self._refuse(408)
            else:
                self.transport.close()
        elif self.body_since is not None and self._body_is_late(self.body_since, now):
            self._refuse(408)

    def _takes_nothing(self, now: float) -> bool:
        """Return whether the client has read nothing of what waits to be sent for more than STALL_SECONDS."""
        unsent = self.transport.get_write_buffer_size()
        if unsent != self.unsent or unsent == 0:
            self.unsent, self.unsent_since = unsent, now
        return now > self.unsent_since + STALL_SECONDS

    def _body_is_late(self, since: float, now: float) -> bool:
        if self.flow.read_paused:  # the server has paused reading, so the client is not late
            self.body_since = now - self.body_bytes / SLOWEST_BODY
            return False
        return now > since + BODY_SECONDS + self.body_bytes / SLOWEST_BODY

    def _refuse(self, status: int) -> None:
        """Send the status, unless an answer has begun, and close the connection."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer(status, self.server_state.default_headers))
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    # -- how many --------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """Close the connections that have waited longest for a complete head; if none waits, refuse this one."""
        if len(self.connections) <= self.most:
            return
        others: list[Any] = [
            other for other in self.connections if isinstance(other, BoundedHttp) and other is not self
        ]
        if len(others) < self.most:  # the rest are sockets, which have a limit of their own
            return
        waiting = [other for other in others if other.head_since is not None]
        if waiting:  # several at once, so that a flood does not cause a search for each new connection
            for idle in nsmallest(max(1, self.most // 20), waiting, key=lambda other: float(other.head_since)):
                idle.transport.abort()
        elif len(others) >= 2 * self.most:
            self.transport.abort()
        else:
            self.app = _too_busy


async def _too_busy(scope: Scope, receive: Receive, send: Send) -> None:
    await send_unavailable(add_headers(send, ((b"connection", b"close"), *SAFE_HEADERS)))


def _answer(status: int, dated: list[tuple[bytes, bytes]]) -> bytes:
    content = msgspec.json.encode({"error": REFUSAL_TEXTS[status], "status_code": status})
    headers = (
        *dated,
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *SAFE_HEADERS,
    )
    return b"".join([STATUS_LINE[status], *(b"%s: %s\r\n" % pair for pair in headers), b"\r\n", content])
