"""Parsing of request bodies into dictionaries of JSON values and uploads, within limits."""

from __future__ import annotations

import codecs
import logging
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from pydantic_core import from_json
from python_multipart.multipart import Field, File, FormParser, parse_options_header

from educore_web.rest.request import BadRequest, UnsupportedMediaType
from educore_web.rest.uploads import Upload
from educore_web.runtime.limits import MOST_FORM_DEPTH

log = logging.getLogger("educore")

MULTIPART, URL_ENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
FORMS = (MULTIPART, URL_ENCODED)
CHARSETS = ("utf-8", "ascii", "iso8859-1", "cp1251", "cp1252")
"""Character sets accepted in forms. Other encodings that Python knows take quadratic time, or do not give text."""


def media_type(content_type: str) -> str:
    """Return the media type in lower case, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def parse_body(raw: bytes, content_type: str, *, most_fields: int) -> dict[str, Any]:
    """Return the body as a dictionary, an empty one if nothing was sent.

    Raises: BadRequest, UnsupportedMediaType, and nothing else whatever the bytes are.
    """
    kind = media_type(content_type)
    read = _read_form if kind in FORMS else _read_json
    try:
        return read(raw, content_type, most_fields)
    except (BadRequest, UnsupportedMediaType):
        raise
    except Exception:  # whatever a parser stumbles over was sent by the client
        log.debug("a body could not be parsed", exc_info=True)
        raise BadRequest("body_not_form" if kind in FORMS else None) from None


def _read_json(raw: bytes, content_type: str, most_fields: int) -> dict[str, Any]:
    if not raw.strip():
        return {}
    kind = media_type(content_type)
    if kind not in ("", "application/json") and not kind.endswith("+json"):
        raise UnsupportedMediaType()
    sent = from_json(raw, allow_inf_nan=False)
    if not isinstance(sent, dict):
        raise BadRequest("body_not_object")
    return sent


def _read_form(raw: bytes, content_type: str, most_fields: int) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    number = 0

    def take(part: Field | File) -> None:
        nonlocal number
        number += 1
        if number > most_fields:
            raise BadRequest("too_many_fields", most=most_fields)
        if isinstance(part, File):
            name, value = _text(part.field_name or b""), cast(Any, _upload(part))
        elif kind == URL_ENCODED:
            name, value = _unquoted(part.field_name or b""), _unquoted(part.value or b"")
        else:
            name, value = _text(part.field_name or b""), _text(part.value or b"", part.content_type)
        _nest(sent, name, value)

    kind = media_type(content_type)
    _, parameters = parse_options_header(content_type)
    whole = {"MAX_MEMORY_FILE_SIZE": float("inf")}  # the body is in memory already
    parser = FormParser(kind, take, take, boundary=parameters.get(b"boundary"), config=whole)
    parser.write(raw)
    parser.finalize()
    return sent


def _unquoted(text: bytes) -> str:
    return unquote_to_bytes(text.replace(b"+", b" ")).decode()


def _text(text: bytes, content_type: str | None = None) -> str:
    """Decode a name or a value. Raises: BadRequest("body_not_form") for a character set that is not in CHARSETS."""
    _, parameters = parse_options_header(content_type or "")
    charset = codecs.lookup(parameters.get(b"charset", b"utf-8").decode("ascii")).name
    if charset not in CHARSETS:
        raise BadRequest("body_not_form")
    return text.decode(charset)


def _upload(file: File) -> Upload:
    content = file.file_object
    content.seek(0)
    return Upload(name=_text(file.file_name or b""), content=content.read())


def _nest(sent: dict[str, Any], name: str, value: Any) -> None:
    """Put a value where its name says: `user.username`, `user[username]` and JSON in `user` all fill `user`.

    Raises: BadRequest("body_not_form") for a name that nests more than MOST_FORM_DEPTH deep.
    """
    *steps, last = name.replace("]", "").replace("[", ".").split(".")
    if len(steps) >= MOST_FORM_DEPTH:
        raise BadRequest("body_not_form")
    for step in steps:
        inner = sent.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        sent = inner
    sent[last] = _structure(value)


def _structure(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return from_json(value, allow_inf_nan=False)
        except ValueError:
            return value
    return value
