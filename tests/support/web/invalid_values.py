"""Wrong values for every field of every body, made from the OpenAPI schema of the body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from educore_web.rest.further_names import MARK
from support.web.openapi_checks import OpenApiChecks
from support.web.system import Op

HUGE = 10**30
UNKNOWN_ID = 987654321
ANY = ["[]", "{}", '[{"id": 1}]']
"""Values, as JSON text, that no plain field takes."""

LONG = 6_000
"""More characters than most texts may have; a text that may have more says so in its schema."""

TEXTS = ["5", "1.5", "true", '"\\u0000"', '"a\\u0000b"', json.dumps("x" * LONG)]
DAYS = [
    '"0000-00-00"',
    '"2024-02-30"',
    '"2024-13-01"',
    "20240101",
    "1704067200",
    "1.5",
    "true",
    '"2024-01-01T10:00:00"',
    '"01.02.2024"',
    '"tomorrow"',
    '"9999-12-31"',
    '"1024-01-01"',
    '"2024-1-1"',
    '"2024"',
    '"-001-01-01"',
    *(json.dumps(text) for text in ("٢٠٢٤-٠١-٠١", "2024-01-0１", "+2024-01-01")),
]
TYPED_OTHERWISE = [json.dumps(text) for text in ("1_0", "+5", "1e3", "0x10", "٥", "５", "५", "١٠", "5٫5", "--5", "5-")]
"""What Python's int() and Decimal() take for numbers, and what only looks like one."""

NUMBERS = [
    '"a"',
    "1e400",
    "-1e400",
    "9" * 40,
    "0." + "1" * 40,
    "-0.01",
    '"NaN"',
    '"Infinity"',
    '"1e400"',
    "true",
    *TYPED_OTHERWISE,
    *(
        json.dumps(text)
        for text in ("500.000", "480,000", "1.250", "12.345,678", "5 00", "1,00,000", "500 000 UZS", "5 so‘m", "$5")
    ),
]
WHOLE = [
    *TYPED_OTHERWISE,
    '"5.0"',
    '"1 000"',
    '"1,000"',
    '"a"',
    "1.5",
    "1e400",
    str(HUGE),
    str(-HUGE),
    "true",
    "false",
    '"1.5"',
    '"NaN"',
    '"0x10"',
    "1e30",
]
FLAGS = ['"maybe"', "2", "1.5", "-1", '"да"']
WORDS = ['"Nope"', "5", "true", '"\\u0000"', '" "']


ANY_ENTRY = ["[5]", '["x"]']
WRONG_ENTRIES = {"integer": ['["x"]', "[1.5]"], "string": ["[5]", "[null]"]}
"""Lists that hold what they should not, by the type of their entries."""


@cache
def body_schema(op: Op) -> dict[str, Any]:
    """The schema of the body of an operation."""
    return op.system.promise.resolve_schema(op.described["requestBody"]["content"]["application/json"]["schema"])


def body_fields(op: Op) -> Iterator[tuple[str, dict[str, Any], bool, bool]]:
    """Every field: its dotted name, its schema, and whether it may be null and whether it must be sent.

    Of a list of objects, the fields of the first; of a field with several names, the documented one.
    """
    return _leaves(op.system.promise, body_schema(op))


def further_fields(op: Op) -> dict[str, dict[str, Any]]:
    """The schema of each further name of a field."""
    properties = body_schema(op)["properties"].items()
    return {name: _unwrapped(op.system.promise, described)[1] for name, described in properties if MARK in described}


def is_reference(schema: dict[str, Any]) -> bool:
    """Whether a field holds the id of a row: a whole number without bounds."""
    return schema.get("type") == "integer" and "minimum" not in schema


def _leaves(promise: OpenApiChecks, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool, bool]]:
    for name, described in schema["properties"].items():
        if MARK in described:
            continue
        nullable, found = _unwrapped(promise, described)
        required = name in schema.get("required", ())
        yield name, found, nullable, required
        entry = promise.resolve_schema(found.get("items", {}))
        for place, inner in (("", found), ("0.", entry)):
            if inner.get("type") == "object":
                for deep, schema_of_it, maybe, must in _leaves(promise, inner):
                    yield f"{name}.{place}{deep}", schema_of_it, maybe, must


def invalid_values(schema: dict[str, Any]) -> list[str]:
    """JSON texts that a field with this schema must refuse."""
    if schema.get("format") == "binary":
        return ["5", "true", *ANY]
    if "enum" in schema or "const" in schema:
        return WORDS + ANY
    kind = schema.get("type") or _number_in(schema)
    by_kind = {
        "string": [*TEXTS[:-1], json.dumps("x" * max(LONG, schema.get("maxLength", 0) + 1))],
        "integer": WHOLE,
        "number": NUMBERS,
        "boolean": FLAGS,
        "object": ["987654321", '"x"', "[]", "true"],
        "array": ["5", '"x"', "{}", "true", "[[]]", *WRONG_ENTRIES.get(_entry_type(schema), ANY_ENTRY)],
    }
    chosen = DAYS if schema.get("format") == "date" else by_kind[kind]
    return chosen if kind in ("object", "array") else chosen + ANY


def _entry_type(schema: Mapping[str, Any]) -> str | None:
    """The type of the entries of a list; of those with several, a text if that is one of them."""
    entry = schema.get("items", {})
    types = {option.get("type") for option in entry.get("anyOf", ())}
    return "string" if "string" in types else entry.get("type")


def with_value(body: dict[str, Any], field: str, text: str) -> bytes:
    """The body as JSON with one field replaced by a JSON text, which need not be sensible."""
    return with_values(body, {field: text})


def with_values(body: dict[str, Any], texts: Mapping[str, str]) -> bytes:
    """The body as JSON with some fields replaced by JSON texts."""
    raw = body
    for place, field in enumerate(texts):
        raw = replace_value(raw, field, f"«{place}»")
    sent = json.dumps(raw)
    for place, text in enumerate(texts.values()):
        sent = sent.replace(json.dumps(f"«{place}»"), text)
    return sent.encode()


def replace_value(body: Any, field: str, value: Any) -> Any:
    """A copy of a body with a value in one place, however deep: `attendance_data.0.status`."""
    step, _, deeper = field.partition(".")
    if step.isdecimal():
        entries = list(body) if isinstance(body, list) else []
        first = entries[0] if entries else {}
        return [replace_value(first, deeper, value) if deeper else value, *entries[1:]]
    known = body if isinstance(body, dict) else {}
    return {**known, step: replace_value(known.get(step), deeper, value) if deeper else value}


def _unwrapped(promise: OpenApiChecks, schema: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    schema = promise.resolve_schema(schema)
    if "allOf" in schema:
        return _unwrapped(promise, schema["allOf"][0])
    options = schema.get("anyOf", [])
    rest = [option for option in options if option.get("type") != "null"]
    if options and len(rest) == 1:
        return len(rest) < len(options), _unwrapped(promise, rest[0])[1]
    if any(option.get("type") == "number" for option in rest):
        return len(rest) < len(options), {"type": "number"}
    return False, schema


def _number_in(schema: dict[str, Any]) -> str:
    return "number" if any(o.get("type") == "number" for o in schema.get("anyOf", [])) else "object"
