"""Answers that belong to no API: what is not here, what is not allowed, and what failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from educore_web.runtime.asgi import Send

SECONDS_TO_WAIT = 5
"""How soon to try again what something was missing for."""


async def answer(send: Send, status: int, content: bytes, *headers: tuple[bytes, bytes]) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def json_answer(send: Send, status: int, body: Mapping[str, Any], *more: tuple[bytes, bytes]) -> None:
    """Send JSON that no cache keeps."""
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more)
    await answer(send, status, msgspec.json.encode(body), *headers)


async def not_found(send: Send) -> None:
    """Send what there is to say about an address that is nobody's."""
    await json_answer(send, 404, {"error": "Not found", "status_code": 404})


async def not_allowed(send: Send) -> None:
    """Send what there is to say to who would change a page that is only read."""
    body = {"error": "This method is not allowed here.", "status_code": 405}
    await json_answer(send, 405, body, (b"allow", b"GET, HEAD"))


async def head_too_large(send: Send) -> None:
    """Send what there is to say of more header than anything here needs."""
    await json_answer(send, 431, {"error": "The header of the request is too large.", "status_code": 431})


async def failure(send: Send) -> None:
    """Send what there is to say of a mistake of ours; the log has the rest."""
    await json_answer(send, 500, {"error": "Something went wrong on our side.", "status_code": 500})


async def unavailable(send: Send) -> None:
    """Send what there is to say while something a page needs does not answer."""
    wait = (b"retry-after", str(SECONDS_TO_WAIT).encode())
    await json_answer(send, 503, {"error": "Unavailable", "status_code": 503}, wait)
