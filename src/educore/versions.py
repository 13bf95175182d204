"""Versions of rows: short digests of what somebody saw, to tell later whether it is still so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic_core import to_json

from educore.entity import Entity, Hidden, is_marked
from educore.errors import Stale

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


class Expectations:
    """What the actors of a transaction saw of rows; each row is compared once, before it changes.

    A row that differs is entered in `refused`, so that nothing is committed even if the error is swallowed.
    """

    def __init__(self, refused: list[Exception]) -> None:
        self._refused = refused
        self._waiting: dict[tuple[type[Entity], int], list[Callable[[Entity], list[str]]]] = {}

    def add(self, kind: type[Entity], id: int, seen: Seen, *, mask: Callable[[Any], Any]) -> None:
        """Expect a row to be as it was seen by somebody to whom `mask` shows rows."""
        self._waiting.setdefault((kind, id), []).append(lambda stored: differing_fields(mask(stored), seen))

    def waiting(self, *kinds: type[Entity]) -> dict[type[Entity], set[int]]:
        """The ids of the rows that have not been compared yet, by kind: of all kinds or of these."""
        found: dict[type[Entity], set[int]] = {}
        for kind, id in self._waiting:
            if not kinds or kind in kinds:
                found.setdefault(kind, set()).add(id)
        return found

    def compare(self, stored: Iterable[Entity]) -> None:
        """Compare stored rows with what is expected of them. Raises: Stale."""
        for row in stored if self._waiting else ():
            for compare in self._waiting.pop((type(row), row.id), ()):
                if differing := compare(row):
                    self._refused.append(Stale(kind=type(row).__name__, id=row.id, fields=differing))
                    raise self._refused[-1]


def _digest(entity: Entity, name: str) -> str:
    return version(entity) if name == WHOLE_ROW else fingerprint(getattr(entity, name))


@cache
def _compared(kind: type[Entity]) -> tuple[str, ...]:
    return tuple(name for name in kind.model_fields if name != "updated_at" and not is_marked(kind, name, Hidden))


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.normalize():f}" if value else "0"
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
