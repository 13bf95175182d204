"""Send requests to an ASGI application message by message, as no client library can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AsgiResponse:
    """A response, and the number of bytes of the request body that the application read."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    taken: int


def http_scope(method: str, path: str, headers: Mapping[str, str], *, scheme: str = "http") -> dict[str, Any]:
    """The scope of a request."""
    raw_path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": raw_path,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("198.51.100.7", 4711),
        "server": ("school.test", 80),
    }


async def send_request(
    app: Any, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: AsyncIterator[bytes]
) -> AsgiResponse:
    """Send a request whose body comes piece by piece, and only as the application asks for it."""
    answer: dict[str, Any] = {"content": b""}
    taken, ended = 0, False

    async def receive() -> dict[str, Any]:
        nonlocal taken, ended
        if ended:
            await asyncio.Event().wait()  # the client stays on the line
        piece = await anext(body, None)
        ended = piece is None
        taken += len(piece or b"")
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer["status"] = message["status"]
            answer["headers"] = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            answer["content"] += message.get("body", b"")

    sent = {"host": "school.test", **(headers or {})}
    await app(http_scope(method, path, sent), receive, send)
    return AsgiResponse(answer["status"], answer["headers"], answer["content"], taken)


async def body_chunks(*texts: bytes) -> AsyncIterator[bytes]:
    """A body in these pieces."""
    for text in texts:
        yield text


async def endless_chunks(piece: bytes) -> AsyncIterator[bytes]:
    """A body that has no end."""
    while True:
        yield piece
        await asyncio.sleep(0)
