"""The data of a request, independent of the web framework, and the errors that its body can have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from educore import EducoreError, Problem
from educore_web.runtime.asgi import Receive
from educore_web.runtime.limits import KILOBYTE, MEGABYTE

Problems = dict[str, list[Problem]]
"""The problems of a request, by the dotted path of the field; the path "" stands for the request as a whole."""


class BadRequest(EducoreError):
    """The body cannot be read: it is no JSON, no form or no object."""

    code = "body_not_json"


class UnsupportedMediaType(EducoreError):
    """The media type of the body is one that the operation does not read."""

    code = "unsupported_media_type"


class BodyTooLarge(EducoreError):
    """The body is larger than the limit for this caller and this operation."""

    code = "body_too_large"


@dataclass(frozen=True)
class RequestData:
    """Everything that an operation may need of a request.

    `path` has the prefix of the API and a final slash. `id` is the number in the path; before the unit of work opens it
    is the value of the operation's `lookup_field`, then the id of the row. `params` holds the other parameters of the
    path by name: numbers, unless the operation declares another type. `language` is the code of the language of the
    answer, `client_host` the IP address of the client, `public_url` the address of the server as clients know it.
    `accept_language`, `idempotency_key`, `if_match`, `if_none_match` and `if_modified_since` are headers. `body` holds
    the parsed body: JSON values and uploads.
    """

    path: str
    query: Mapping[str, str]
    token: str | None
    language: str
    client_host: str
    public_url: str
    accept_language: str = ""
    id: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


async def receive_body(receive: Receive, *, length: str, largest: int) -> bytes:
    """Return the whole body; `length` is the Content-Length that the request claims, `largest` the limit in bytes.

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
