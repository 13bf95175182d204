"""Values for restricted fields of every type, different for each number, to look for where they must not be found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from educore import Entity
from educore.kernel import value_type


def restricted_value(kind: type[Entity], field: str, number: int) -> Any:
    """Return a value that the field can hold; it rises with the number."""
    python, _ = value_type(kind, field)
    if python is Decimal:
        return Decimal(number) if field == "percent" else Decimal(1000 * number)
    if python is datetime:
        return datetime(2019, 3, 1, tzinfo=UTC) + timedelta(hours=number)
    return f"AA{1000000 + number}"
