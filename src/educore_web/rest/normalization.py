"""Normalization: the values of a request body as its fields are to see them.

`educore_web.rest.bodies.Body` says what counts as absent, as empty and as null.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from educore.kernel.entity import plain_type
from educore.values import is_whole
from educore_web.rest.body_fields import RequiredOnCreate, item_body
from educore_web.rest.uploads import PRINTED_FILE, STAND_IN, Attachment, Upload

NUMBERS = (int, Decimal)
LISTS = (list[int],)
NO_NUMBER = "no number"
"""Replaces a value that pydantic would accept as a number although it is none, so that pydantic refuses it."""


def _is_no_number(value: Any, declared: type) -> bool:
    """Return whether the value is `true` or, for a whole number, a text such as `1_0`, `+5` or `5.0`."""
    return isinstance(value, bool) or declared is int and isinstance(value, str) and value != "" and not is_whole(value)


@cache
def declarations_of(body: type[BaseModel]) -> dict[str, tuple[type, bool, bool]]:
    """Return for each field its type, whether it may be null, and whether it is a text."""
    plain = {name: plain_type(field.annotation) for name, field in body.model_fields.items()}
    return {name: (declared, nullable, _is_text(declared)) for name, (declared, nullable) in plain.items()}


def normalize(body: type[BaseModel], given: dict[Any, Any]) -> dict[str, Any]:
    """Return the values of a body as its fields are to see them: see `Body` for what counts as absent or as null."""
    normal: dict[str, Any] = {}
    declarations = declarations_of(body)
    for name, value in given.items():
        if name not in declarations:
            continue
        declared, nullable, is_text = declarations[name]
        if isinstance(value, str) and value.isspace() and (nullable if is_text else not is_enum(declared)):
            value = ""
        if value == "" and is_text and nullable:
            normal[name] = None
        elif value is None and name in texts_that_may_be_empty(body):
            normal[name] = ""
        elif declared in NUMBERS and _is_no_number(value, declared):
            normal[name] = NO_NUMBER
        elif declared in LISTS and isinstance(value, list):
            normal[name] = [NO_NUMBER if _is_no_number(entry, int) else entry for entry in value]
        elif declared is Upload and value == PRINTED_FILE and body.model_fields[name].is_required():
            normal[name] = STAND_IN
        elif (value != "" or is_text) and not (declared is Upload and isinstance(value, str)):
            normal[name] = value
    return normal


def is_normal(body: type[BaseModel], given: dict[Any, Any]) -> bool:
    """Return whether a body needs no normalization, as nearly all do; a list of a thousand marks is checked quickly."""
    types = _normal_types(body)
    for name, value in given.items():
        normal, may_be_blank = types.get(name, NEVER_NORMAL)
        if type(value) is not normal:
            return False
        if not may_be_blank and isinstance(value, str) and not value.strip():
            return False
    return True


NEVER_NORMAL = None, False


@cache
def texts_that_may_be_empty(body: type[BaseModel]) -> frozenset[str]:
    """Return the optional texts that may be empty: null counts as empty there."""
    optional = {name: info for name, info in body.model_fields.items() if not info.is_required()}
    optional = {name: info for name, info in optional.items() if RequiredOnCreate() not in info.metadata}
    texts = [name for name in optional if declarations_of(body)[name][1:] == (False, True)]
    return frozenset(name for name in texts if _accepts_empty(optional[name]))


def _accepts_empty(info: FieldInfo) -> bool:
    """Return whether a field takes an empty text as a plain text, and not as a password."""
    try:
        declared: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        return type(TypeAdapter(declared).validate_python("")) is str
    except ValidationError:
        return False


@cache
def _normal_types(body: type[BaseModel]) -> dict[str, tuple[type | None, bool]]:
    """Return for each field the type of the values that stay as they are, and whether an empty text stays too.

    There is none for dates, decimal numbers and files, because any value of theirs may need normalization.
    """
    found: dict[str, tuple[type | None, bool]] = {}
    for name, (declared, nullable, is_text) in declarations_of(body).items():
        if declared is int or item_body(body, name) is not None:
            found[name] = (int if declared is int else list, True)  # neither is a text
        elif is_text or is_enum(declared):
            found[name] = (str, is_text and not nullable)
    return found


def is_enum(declared: Any) -> bool:
    """Return whether the type of a field is an enumeration."""
    return isinstance(declared, type) and issubclass(declared, Enum)


def _is_text(declared: Any) -> bool:
    """Return whether the values of a field are texts, as the keys of attachments are."""
    return isinstance(declared, type) and issubclass(declared, str | Attachment) and not issubclass(declared, Enum)
