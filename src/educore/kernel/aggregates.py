"""Aggregates: numbers that a store computes from many rows, for each group of rows with the same values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, value_type

NUMBERS: tuple[type, ...] = (int, Decimal)
ORDERED: tuple[type, ...] = (*NUMBERS, date, datetime, time)
"""Types that every database orders alike. The order of texts depends on the collation of the database."""


@dataclass(frozen=True)
class Aggregate:
    """The number of rows in a group, or the sum, the smallest or the largest of their values at a dotted path.

    A sum is a `Decimal`. Rows without a value there are passed over; without any value the sum is 0, and `min` and
    `max` are None.
    """

    function: Literal["count", "sum", "min", "max"]
    path: str = "id"

    @property
    def smallest_first(self) -> bool:
        """True if a page of groups begins with the smallest result: with the others it begins with the largest."""
        return self.function == "min"

    def check(self, domain: Domain, kind: type[Entity]) -> None:
        """Raise TypeError if the path leads nowhere, or to values that cannot be added or compared."""
        owner, field = domain.field_at(kind, tuple(self.path.split(".")))
        allowed = {"sum": NUMBERS, "min": ORDERED, "max": ORDERED}.get(self.function, (object,))
        stored, _ = value_type(owner, field)
        if not issubclass(stored, allowed) or (stored is bool and self.function != "count"):
            raise TypeError(f"{owner.__name__}.{field} has no {self.function}: it is {stored.__name__}")


AggregatedGroup = tuple[tuple[Any, ...], tuple[Any, ...]]
"""The values that the rows of a group have in common, and the aggregates of these rows."""
