"""A request, read: what was sent, whichever of the accepted spellings it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from educore import EducoreError
from educore_web.runtime.asgi import Receive
from educore_web.runtime.limits import KILOBYTE, MEGABYTE


class BadRequest(EducoreError):
    """The body cannot be read at all: not JSON, not a form, not an object."""

    code = "body_not_json"


class UnsupportedMediaType(EducoreError):
    """The body is of a kind this operation does not read."""

    code = "unsupported_media_type"


class BodyTooLarge(EducoreError):
    """The body is larger than what is read of this caller for this operation."""

    code = "body_too_large"


@dataclass(frozen=True)
class Asked:
    """A request, read: everything an operation may want, with no framework in it."""

    path: str
    query: Mapping[str, str]
    token: str | None
    language: str
    host: str
    url: str
    id: int | None = None
    key: str | None = None
    if_match: str | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)


async def receive_body(receive: Receive, *, length: str, largest: int) -> bytes:
    """Return the whole body; `length` is what the request claims of it.

    Raises: BodyTooLarge before more than `largest` bytes are held, BadRequest when the client hangs up.
    """
    if length.isdecimal() and (len(length) > 18 or int(length) > largest):
        raise _too_large(largest)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest()
        body += message.get("body", b"")
        if len(body) > largest:
            raise _too_large(largest)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(largest: int) -> BodyTooLarge:
    if largest < MEGABYTE:
        return BodyTooLarge("body_too_large_unknown", kilobytes=largest // KILOBYTE)
    return BodyTooLarge(megabytes=largest // MEGABYTE)
