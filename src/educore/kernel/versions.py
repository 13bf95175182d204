"""Versions of rows: short digests of the values an actor saw, to check later whether the row has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic_core import to_json

from educore.kernel.entity import Entity, hidden_fields, observed_fields
from educore.kernel.errors import Stale

WHOLE_ROW = ""
"""Used in place of a field name for the row as a whole, which `version` digests."""

Seen = Mapping[str, str]
"""Digests of the values that an actor saw in a row: by field, by the path of a part of a structured value such as
`requirements.min_score`, or under `WHOLE_ROW` that of the whole row."""

Pending = dict[tuple[type[Entity], int], list[Callable[[Entity], list[str]]]]
"""The comparisons still to be made, by row."""

_LENGTH = 16


def fingerprint(value: Any) -> str:
    """Return a digest of a value; equal values have equal digests, such as the decimals 1.5 and 1.50."""
    return hashlib.sha256(to_json(_canonical(value))).hexdigest()[:_LENGTH]


def version(entity: Entity) -> str:
    """Return a digest of a row as a whole: all fields but hidden and observed ones, and the time of the last change."""
    return fingerprint({name: _canonical(getattr(entity, name)) for name in _compared(type(entity))})


def differing_fields(entity: Entity, seen: Seen) -> list[str]:
    """Return the names of the seen fields that differ now, `WHOLE_ROW` for a row seen as a whole."""
    return [name for name, digest in seen.items() if digest != _digest(entity, name)]


class Expectations:
    """The versions of rows that the actors of a transaction saw; each row is compared once, before it changes.

    The error for a row that differs is added to `refusals`, so that nothing is committed even if a caller swallows it.
    """

    def __init__(self, refusals: list[Exception]) -> None:
        self._refusals = refusals
        self._pending: Pending = {}

    def add(self, kind: type[Entity], id: int, seen: Seen, *, redact: Callable[[Any], Any]) -> None:
        """Expect a row to be as an actor saw it; `redact` empties the fields that the actor may not read."""
        self._pending.setdefault((kind, id), []).append(lambda stored: differing_fields(redact(stored), seen))

    def pending(self, *kinds: type[Entity]) -> dict[type[Entity], set[int]]:
        """Return the ids of the rows that are not compared yet, by kind; of all kinds if none are given."""
        ids: dict[type[Entity], set[int]] = {}
        for kind, id in self._pending:
            if not kinds or kind in kinds:
                ids.setdefault(kind, set()).add(id)
        return ids

    def pause(self) -> Pending:
        """Return what is expected now, for `resume`."""
        return {row: list(compares) for row, compares in self._pending.items()}

    def resume(self, pending: Pending) -> None:
        """Expect again what was expected before: what was compared since may change again."""
        self._pending = pending

    def compare(self, stored: Iterable[Entity]) -> None:
        """Compare stored rows with the versions expected of them. Raises: Stale."""
        for row in stored if self._pending else ():
            for compare in self._pending.pop((type(row), row.id), ()):
                if differing := compare(row):
                    self._refusals.append(Stale(kind=type(row).__name__, id=row.id, fields=differing))
                    raise self._refusals[-1]


def _digest(entity: Entity, name: str) -> str:
    if name == WHOLE_ROW:
        return version(entity)
    found: Any = entity
    for step in name.split("."):
        found = None if found is None else getattr(found, step)
    return fingerprint(found)


@cache
def _compared(kind: type[Entity]) -> tuple[str, ...]:
    left_out = {"updated_at", *hidden_fields(kind), *observed_fields(kind)}
    return tuple(name for name in kind.model_fields if name not in left_out)


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.normalize():f}" if value else "0"
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
