"""Reading what a client sent, whichever of the accepted spellings it came in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException, HTTPException
from pydantic_core import from_json

from educore import EducoreError
from educore_web.uploads import Upload

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class BadRequest(EducoreError):
    """The body cannot be read at all: not JSON, not a form, not an object."""

    code = "body_not_json"


class UnsupportedMediaType(EducoreError):
    """The body is of a kind this operation does not read."""

    code = "unsupported_media_type"


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


async def read_body(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The body as a dictionary of JSON values and uploads; nothing sent is an empty one.

    Raises: BadRequest, UnsupportedMediaType; HTTPException 413 when it is too large.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in FORMS:
        return await _read_form(request)
    raw = await request.body()
    if not raw.strip():
        return {}
    if kind not in ("", "application/json") and not kind.endswith("+json"):
        raise UnsupportedMediaType()
    try:
        sent = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise BadRequest() from None
    if not isinstance(sent, dict):
        raise BadRequest("body_not_object")
    return sent


async def _read_form(request: Request[Any, Any, Any]) -> dict[str, Any]:
    try:
        form = await request.form()
    except ClientException as error:
        if error.status_code != 400:
            raise
        raise BadRequest("body_not_form") from None
    except HTTPException:
        raise
    except (ValueError, KeyError):
        raise BadRequest("body_not_form") from None
    sent: dict[str, Any] = {}
    for name, value in form.multi_items():
        _nest(sent, name, await _upload(value) if isinstance(value, UploadFile) else value)
    return sent


async def _upload(file: UploadFile) -> Upload:
    return Upload(name=file.filename or "", content=await file.read())


def _nest(sent: dict[str, Any], name: str, value: Any) -> None:
    """`user.username` and `user[username]` fill a structure; so does a JSON text in `user`."""
    *steps, last = name.replace("]", "").replace("[", ".").split(".")
    for step in steps:
        inner = sent.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        sent = inner
    sent[last] = _structure(value)


def _structure(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
