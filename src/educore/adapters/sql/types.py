"""Column types for values that a database would change: exact decimals, instants in UTC; and lists as one parameter."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from educore.kernel.words import RankedWord
from educore.values import APOSTROPHES, Value


class Instant(TypeDecorator[datetime]):
    """An instant in UTC. SQLite has no time zones, so there it is stored without one and read back as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the value in UTC. Raises: TypeError for a value without a time zone, which could be any instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the value with the time zone UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Operand(TypeDecorator[Decimal]):
    """A number that an `Exact` column is compared with; it may be finer or larger than the column can hold."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Return a numeric type without limits."""
        return dialect.type_descriptor(sa.types.NullType() if dialect.name == "sqlite" else sa.Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """Return, in SQLite, the number of units in the last place, whole or not."""
        if value is None or dialect.name != "sqlite":
            return value
        scaled = Decimal(value).scaleb(self.scale)
        return int(scaled) if scaled == int(scaled) and abs(scaled) < 2**63 else float(scaled)


class Exact(TypeDecorator[Decimal]):
    """A decimal with a fixed number of digits; in SQLite, which has only floats, a whole number of its last place."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        """Return NUMERIC, or INTEGER in SQLite."""
        whole: TypeEngine[Any] = sa.BigInteger()
        numeric: TypeEngine[Any] = sa.Numeric(self.precision, self.scale)
        return dialect.type_descriptor(whole if dialect.name == "sqlite" else numeric)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Return the type of the other operand, so that it is not rounded to the digits of this column."""
        return Operand(self.scale)

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """Return the stored form: in SQLite the number of units in the last place."""
        if value is None or dialect.name != "sqlite":
            return value
        return int(Decimal(value).scaleb(self.scale))

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Return the stored number as a decimal."""
        if value is None:
            return None
        return Decimal(value).scaleb(-self.scale if dialect.name == "sqlite" else 0)


class JsonList(TypeDecorator[Sequence[Any]]):
    """A list of values as JSON text, for a database without arrays; each value is written as a parameter would be."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], str]:
        """Return the function that writes a list; SQLAlchemy calls this once for each statement."""
        write = json_writer(self.item, dialect)
        return lambda values: json.dumps([write(value) for value in values] if write else values, ensure_ascii=False)


class JsonText(TypeDecorator[Value]):
    """A structured value as JSON text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, value: type[Value]) -> None:
        super().__init__()
        self.value = value

    def process_bind_param(self, value: Value | None, dialect: sa.Dialect) -> str | None:
        """Return the text to store."""
        return None if value is None else value.model_dump_json()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Value | None:
        """Return the value that was stored."""
        return None if value is None else self.value.restore(json.loads(value))


class PlainJson(TypeDecorator[Any]):
    """JSON text that is read as its lists and dicts."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Return the plain form of what was stored."""
        return None if value is None else json.loads(value)


class WholeNumbers(TypeDecorator[Sequence[int]]):
    """A list of whole numbers as the text of a PostgreSQL array: the driver would look at each number by itself."""

    impl = postgresql.ARRAY(sa.BigInteger())
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], str]:
        """Return the function that writes a list."""
        return lambda values: "{" + ",".join("NULL" if value is None else str(int(value)) for value in values) + "}"


def json_writer(kind: TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """Return the function that makes of a value what the driver would be given; None if the value is that already."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


class Folded(FunctionElement[str]):
    """A text in the form to search it by: see `educore.values.fold_text`. SQLite gets this function from the engine."""

    type = sa.String()
    inherit_cache = True


@compiles(Folded)
def _call_fold_text(element: Folded, compiler: Any, **options: Any) -> str:
    return f"fold_text({compiler.process(element.clauses, **options)})"


@compiles(Folded, "postgresql")
def _translate_lower(element: Folded, compiler: Any, **options: Any) -> str:
    quotes = "''" * len(APOSTROPHES)
    return f"translate(lower({compiler.process(element.clauses, **options)}), '{APOSTROPHES}', '{quotes}')"


class JoinedTexts(FunctionElement[str]):
    """The text of a column with a JSON list of texts, joined as `str()` of such a value does; NULL for NULL."""

    type = sa.String()
    inherit_cache = True


@compiles(JoinedTexts)
def _concatenate_in_sqlite(element: JoinedTexts, compiler: Any, **options: Any) -> str:
    return _joined(compiler.process(element.clauses, **options), "group_concat(value, ', ')", "json_each({})")


@compiles(JoinedTexts, "postgresql")
def _concatenate_in_postgresql(element: JoinedTexts, compiler: Any, **options: Any) -> str:
    listed = "json_array_elements_text(CAST({} AS JSON)) WITH ORDINALITY AS listed(value, place)"
    return _joined(compiler.process(element.clauses, **options), "string_agg(value, ', ' ORDER BY place)", listed)


def _joined(column: str, joined: str, listed: str) -> str:
    rows = f"SELECT coalesce({joined}, '') FROM {listed.format(column)}"  # noqa: S608 - the name of a column
    return f"CASE WHEN {column} IS NOT NULL THEN ({rows}) END"


def searched_text(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return what rows are searched and ordered by: the text of a list of texts, any other column unchanged."""
    return JoinedTexts(column) if isinstance(column.type, JsonText) else column


def order_value(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return what rows are ordered by: the rank of a ranked word, otherwise what they are searched by."""
    words = column.type.enum_class if isinstance(column.type, sa.Enum) else None
    if words is None or not issubclass(words, RankedWord):
        return searched_text(column)
    ranks = {word: sa.literal_column(str(word.rank), sa.Integer()) for word in words}
    return sa.case(ranks, value=column)


def plain_column(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return what shapes show: the word of an enumeration, the plain form of a structured value."""
    if isinstance(column.type, sa.Enum):
        return sa.type_coerce(column, sa.String())
    return sa.type_coerce(column, PlainJson()) if isinstance(column.type, JsonText) else column
