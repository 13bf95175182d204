"""Requests with an Idempotency-Key: a repeated request gets the first answer, and nothing happens twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import msgspec

from educore import Conflict, UnitOfWork, billing
from educore_web.rest.errors import ResponseData
from educore_web.rest.request import BadRequest, RequestData
from educore_web.rest.uploads import Upload

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Make one up for each act and send it again when no answer came: for 24 hours the same request "
    "with the same key does nothing more and gets the same answer. Another request with that key is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
}
"""The OpenAPI description of the header."""


def run_idempotent(
    uow: UnitOfWork, request: RequestData, *, scope: str, operation: Callable[[], ResponseData]
) -> ResponseData:
    """Return the response of the operation, or the one that the same request with the same key got before.

    `scope` is the name of the API and of the operation.
    Raises: BadRequest("bad_key"), BadRequest("key_reused") for a key of another request, and the errors of `operation`.
    """
    if request.idempotency_key is None:
        return operation()
    key = request.idempotency_key.strip(" \t")  # white space around the value of a header is not part of it
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise BadRequest("bad_key", most=LONGEST_KEY)
    fingerprint = _fingerprint(request, scope)
    try:
        stored = billing.run_idempotent(
            uow, key=key, fingerprint=fingerprint, operation=lambda: _serialize(operation())
        )
    except Conflict as error:
        if _is_reused(error):  # looking for further problems would find those that the first request has caused
            raise BadRequest("key_reused") from None
        raise
    return _deserialize(stored)


def _is_reused(error: Conflict) -> bool:
    return "key_reused" in {problem.code for problem in error.fields.get("", ())}


def _fingerprint(request: RequestData, scope: str) -> str:
    """Return the digest of what makes two requests the same: operation, path, query and body.

    The body is compared after parsing, so that a form may come with another boundary.
    """
    content = json.dumps([scope, request.path, dict(request.query), request.body], default=_file, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _file(upload: Upload) -> list[str]:
    return [upload.name, hashlib.sha256(upload.content).hexdigest()]


def _serialize(response: ResponseData) -> str:
    body = msgspec.json.encode(response.content).decode()
    content = {"status": response.status, "body": body, "headers": dict(response.headers)}
    return json.dumps(content, ensure_ascii=False)


def _deserialize(text: str) -> ResponseData:
    content: dict[str, Any] = json.loads(text)
    return ResponseData(content["status"], msgspec.Raw(content["body"].encode()), content["headers"])
