"""Versions of rows: short digests of what somebody saw, to tell later whether it is still so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic_core import to_json

from educore.entity import Entity, Hidden, is_marked

WHOLE_ROW = ""
"""In place of the name of a field: all that can be seen of a row."""

Seen = Mapping[str, str]
"""What somebody saw of a row: digests by the name of a field, or one of the whole row."""

_LENGTH = 16


def fingerprint(value: Any) -> str:
    """Return a digest of a value; equal values have equal digests, however many zeros a decimal is written with."""
    return hashlib.sha256(to_json(_canonical(value))).hexdigest()[:_LENGTH]


def version(entity: Entity) -> str:
    """Return a digest of a row as a whole: all fields but the hidden ones and the time of the last change."""
    return fingerprint({name: _canonical(getattr(entity, name)) for name in _compared(type(entity))})


def differing_fields(entity: Entity, seen: Seen) -> list[str]:
    """Return what of a row differs from what was seen of it; `WHOLE_ROW` among it where that was seen."""
    return [name for name, digest in seen.items() if digest != _digest(entity, name)]


def _digest(entity: Entity, name: str) -> str:
    return version(entity) if name == WHOLE_ROW else fingerprint(getattr(entity, name))


@cache
def _compared(kind: type[Entity]) -> tuple[str, ...]:
    return tuple(name for name in kind.model_fields if name != "updated_at" and not is_marked(kind, name, Hidden))


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.normalize():f}" if value else "0"
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
