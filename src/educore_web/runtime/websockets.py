"""The WebSocket protocol of the server: uvicorn's, with an end for those who never read and a code for a shutdown."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from educore_web.runtime.limits import SOCKET_STALL_SECONDS

GOING_AWAY, TOO_SLOW = 1001, 4408
CLOSE_SECONDS = 5.0
"""Seconds that a client who reads again has to take the close code."""


class LiveWebSocket(WebSocketsSansIOProtocol):
    """One connection. Whoever takes nothing for SOCKET_STALL_SECONDS is cut off, and nobody else waits for them."""

    head_since = None
    """As `BoundedHttp` has it: this connection waits for no head of a request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = _SilentLogger.of(self.logger)
        self._stalled: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Start to wait for the client to read."""
        super().pause_writing()
        self._stalled = self.loop.call_later(SOCKET_STALL_SECONDS, self._end_slow_client)

    def resume_writing(self) -> None:
        """Stop waiting."""
        self._forget_stall()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._forget_stall()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close with 1001, because the server goes away."""
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
            self._send_close(GOING_AWAY)
            self.transport.close()
        else:
            super().shutdown()

    def _end_slow_client(self) -> None:
        if not self.close_sent:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_SLOW})
            self._send_close(TOO_SLOW)
        self._stalled = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def _send_close(self, code: int) -> None:
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True

    def _forget_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class _SilentLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger without the lines about each connection, since the query of an address may hold a token."""

    level = logging.WARNING

    @classmethod
    def of(cls, logger: logging.Logger) -> Any:
        return cls(logger)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name is that of the standard library
        return level >= logging.WARNING and super().isEnabledFor(level)
