"""Security headers of every answer, whichever application gives it: what a browser may do with the answer."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from educore_web.runtime.asgi import Send

YEAR = 365 * 24 * 60 * 60
"""In seconds."""

Headers = tuple[tuple[bytes, bytes], ...]

SAFE_HEADERS: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
)
"""Default headers: the browser must not guess the content type, show the answer in a frame, or load anything for it."""


def safe_headers(public_url: str) -> Headers:
    """Return the headers of a site with this address; one on HTTPS tells browsers never to use plain HTTP again."""
    if not public_url.startswith("https:"):
        return SAFE_HEADERS
    return (*SAFE_HEADERS, (b"strict-transport-security", b"max-age=%d" % YEAR))


def add_headers(send: Send, headers: Headers) -> Send:
    """Return a `send` function that adds those of the headers which an answer lacks."""

    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            message = {**message, "headers": [*given, *(pair for pair in headers if pair[0] not in names)]}
        await send(message)

    return send_with_headers


def drop_body(send: Send) -> Send:
    """Return a `send` function that leaves out the body, for an answer to HEAD; its headers stay those of GET."""

    async def send_without_body(message: MutableMapping[str, Any]) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_without_body
