"""Types that keep what a database would lose: exact amounts, instants in UTC; and lists as one parameter."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no time zones, so there it is stored without one and read back as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store UTC; an instant without a zone is refused, because nobody knows when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Operand(TypeDecorator[Decimal]):
    """A number that an exact column is compared with; it may be finer or larger than what the column holds."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """A number without limits."""
        return dialect.type_descriptor(sa.types.NullType() if dialect.name == "sqlite" else sa.Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """In SQLite the number of last digits, whole or not."""
        if value is None or dialect.name != "sqlite":
            return value
        scaled = Decimal(value).scaleb(self.scale)
        return int(scaled) if scaled == int(scaled) and abs(scaled) < 2**63 else float(scaled)


class Exact(TypeDecorator[Decimal]):
    """A decimal with a fixed number of digits; in SQLite, which has only floats, a whole number of its last digit."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """NUMERIC, or in SQLite INTEGER."""
        whole: TypeEngine[Any] = sa.BigInteger()
        numeric: TypeEngine[Any] = sa.Numeric(self.precision, self.scale)
        return dialect.type_descriptor(whole if dialect.name == "sqlite" else numeric)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Compare with the number itself, not with what would be left of it in this column."""
        return Operand(self.scale)

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """Store exactly."""
        if value is None or dialect.name != "sqlite":
            return value
        return int(Decimal(value).scaleb(self.scale))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Read exactly."""
        if value is None:
            return None
        return Decimal(value).scaleb(-self.scale if dialect.name == "sqlite" else 0)


class JsonList(TypeDecorator[Sequence[Any]]):
    """A list of values as JSON text, for a database that has no arrays; each is written as a parameter would be."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], str]:
        """Made once for each statement."""
        write = to_json(self.item, dialect)
        return lambda values: json.dumps([write(value) for value in values] if write else values, ensure_ascii=False)


def to_json(kind: TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """How a value of the type is made what the driver would be given; None where it is that already."""
    return kind.dialect_impl(dialect).bind_processor(dialect)
