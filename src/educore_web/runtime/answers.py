"""Answers that belong to no API: not found, not allowed, failed, unavailable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from educore_web.runtime.asgi import Send

RETRY_SECONDS = 5
"""Seconds after which a client may repeat a request that was answered with 503."""


async def send_answer(send: Send, status: int, content: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def send_json(send: Send, status: int, body: Mapping[str, Any], *more: tuple[bytes, bytes]) -> None:
    """Send JSON that caches must not store."""
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more)
    await send_answer(send, status, msgspec.json.encode(body), *headers)


async def send_not_found(send: Send) -> None:
    """Send 404: nothing is at this address."""
    await send_json(send, 404, {"error": "Not found", "status_code": 404})


async def send_not_allowed(send: Send) -> None:
    """Send 405: the page can only be read."""
    body = {"error": "This method is not allowed here.", "status_code": 405}
    await send_json(send, 405, body, (b"allow", b"GET, HEAD"))


async def send_head_too_large(send: Send) -> None:
    """Send 431: the header fields are too large."""
    await send_json(send, 431, {"error": "The header of the request is too large.", "status_code": 431})


async def send_failure(send: Send) -> None:
    """Send 500: a fault of the platform; the details are in the log."""
    await send_json(send, 500, {"error": "Something went wrong on our side.", "status_code": 500})


async def send_unavailable(send: Send) -> None:
    """Send 503: the database or the file storage does not answer."""
    wait = (b"retry-after", str(RETRY_SECONDS).encode())
    await send_json(send, 503, {"error": "Unavailable", "status_code": 503}, wait)
