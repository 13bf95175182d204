"""Requests with an Idempotency-Key: sent again, they are answered as the first time, and nothing happens twice."""

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
"""How OpenAPI describes the header."""


def run_idempotent(uow: UnitOfWork, request: RequestData, *, to: str, do: Callable[[], ResponseData]) -> ResponseData:
    """The answer of `do`, or the one that the same request with the same key got before; `to` names the operation.

    Raises: BadRequest("bad_key"), BadRequest("key_reused") for a key of another request, what `do` raises.
    """
    if request.idempotency_key is None:
        return do()
    key = request.idempotency_key.strip(" \t")  # which belong to the line and not to the value
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise BadRequest("bad_key", most=LONGEST_KEY)
    try:
        return _unpacked(
            billing.run_idempotent(uow, key=key, fingerprint=_fingerprint(request, to), operation=lambda: _packed(do()))
        )
    except Conflict as error:
        if _is_reused(error):  # nothing else is looked for: the first request is what the body collides with
            raise BadRequest("key_reused") from None
        raise


def _is_reused(error: Conflict) -> bool:
    return "key_reused" in {problem.code for problem in error.fields.get("", ())}


def _fingerprint(request: RequestData, to: str) -> str:
    """What makes two requests the same: the operation, the row, the query and the body, however a form was cut up."""
    told = json.dumps([to, request.path, dict(request.query), request.body], default=_file, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _file(upload: Upload) -> list[str]:
    return [upload.name, hashlib.sha256(upload.content).hexdigest()]


def _packed(answer: ResponseData) -> str:
    body = msgspec.json.encode(answer.content).decode()
    return json.dumps({"status": answer.status, "body": body, "headers": dict(answer.headers)}, ensure_ascii=False)


def _unpacked(told: str) -> ResponseData:
    kept: dict[str, Any] = json.loads(told)
    return ResponseData(kept["status"], msgspec.Raw(kept["body"].encode()), kept["headers"])
