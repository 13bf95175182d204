"""Conditions as SQL."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeEngine

from educore.adapters.sql.statement_cache import ESCAPE, Slot, Unfit, is_huge
from educore.adapters.sql.tables import Tables
from educore.adapters.sql.types import JsonList
from educore.kernel.conditions import Comparison, Where, everything, is_backward, nothing
from educore.kernel.entity import Entity
from educore.values import is_storable


class Clauses:
    """Makes the WHERE clauses of one database; what leads from table to table is kept."""

    def __init__(self, tables: Tables, dialect: sa.Dialect) -> None:
        self.tables, self.domain, self.dialect = tables, tables.domain, dialect
        self._links: dict[tuple[Any, str, bool], tuple[type[Entity], Any, sa.ColumnElement[bool]]] = {}

    def clause(
        self, kind: type[Entity], condition: Where, table: Any = None, *, joined: bool = False
    ) -> sa.ColumnElement[bool]:
        """The WHERE clause of a bound condition on a table (or an alias of it).

        `joined` where it becomes part of a SELECT: rows that have to be pointed at are then joined, so that the
        database may begin with them, and not looked for row by row.
        """
        table = self.tables.of(kind) if table is None else table
        if condition == everything:
            return sa.true()
        if condition == nothing:
            return sa.false()
        joined = joined and len(condition.alternatives) == 1
        condition, merged = (condition, []) if joined else self._merged(kind, condition, table)
        alternatives = (
            sa.and_(sa.true(), *(self._test(kind, table, test, test.path, joined) for test in tests))
            for tests in condition.alternatives
        )
        return sa.or_(sa.false(), *merged, *alternatives)

    def _merged(self, kind: type[Entity], condition: Where, table: Any) -> tuple[Where, list[sa.ColumnElement[bool]]]:
        """What is left of a condition, and one EXISTS for all alternatives of one test behind the same reference.

        So somebody who is searched for by five fields of their account is looked for there once.
        """
        behind: dict[str, list[tuple[Comparison, ...]]] = {}
        for tests in condition.alternatives:
            if len(tests) == 1 and len(tests[0].path) > 1 and not is_backward(tests[0].path[0]):
                behind.setdefault(tests[0].path[0], []).append(tests)
        behind = {step: alike for step, alike in behind.items() if len(alike) > 1}
        merged: list[sa.ColumnElement[bool]] = []
        for step, alike in behind.items():
            other, alias, link = self._follow(kind, table, step, joined=False)
            inner = Where(tuple((Comparison(test.path[1:], test.operator, test.value),) for (test,) in alike))
            merged.append(sa.exists().where(link, self.clause(other, inner, alias)))
        alone = tuple(tests for tests in condition.alternatives if not any(tests in alike for alike in behind.values()))
        return Where(alone), merged

    def _test(
        self, kind: type[Entity], table: Any, test: Comparison, path: tuple[str, ...], joined: bool
    ) -> sa.ColumnElement[bool]:
        if not path:
            return self.clause(kind, test.value, table, joined=joined)
        step, *rest = path
        nests = test.operator in ("has", "lacks")
        if not rest and not nests:
            return self._compare(table.c[step], test.operator, test.value)
        joined = joined and not nests and not is_backward(step)
        other, alias, link = self._follow(kind, table, step, joined)
        if nests:
            inner = self.clause(other, test.value, alias)
        else:
            inner = self._test(other, alias, test, tuple(rest), joined)
        if joined:
            return sa.and_(link, inner)
        exists = sa.exists().where(link, inner)
        return ~exists if test.operator == "lacks" else exists

    def _compare(self, column: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
        if not isinstance(value, Slot):
            return _compare(column, operator, value)
        kind = _type_of_parameter(column, value)
        if operator == "icontains":
            return cast("sa.ColumnElement[bool]", column.icontains(sa.bindparam(value.name, type_=kind), escape=ESCAPE))
        if operator != "in":
            return COMPARE[operator](column, sa.bindparam(value.name, type_=kind))
        if self.dialect.name == "postgresql":
            among = column == sa.any_(sa.bindparam(value.name, type_=postgresql.ARRAY(kind)))
        else:
            listed = sa.func.json_each(sa.bindparam(value.name, type_=JsonList(kind))).table_valued("value")
            among = column.in_(sa.select(listed.c.value))
        return cast("sa.ColumnElement[bool]", among)

    def _follow(
        self, kind: type[Entity], table: Any, step: str, joined: bool
    ) -> tuple[type[Entity], Any, sa.ColumnElement[bool]]:
        """The kind a step leads to, an alias of its table, and what ties its rows to ours.

        Aliases are kept: making one costs more than running the statement. Each stands in an EXISTS of its own, or
        in the FROM of the statement once, however many tests go that way.
        """
        if (table, step, joined) not in self._links:
            if is_backward(step):
                other, field = self.domain.source(kind, step)
                alias = self.tables.of(other).alias()
                link = alias.c[field] == table.c.id
            else:
                field, other = self.domain.target(kind, step)
                alias = self.tables.of(other).alias()
                link = alias.c.id == table.c[field]
            self._links[table, step, joined] = other, alias, link
        return self._links[table, step, joined]


def _compare(column: Any, operator: str, value: Any) -> sa.ColumnElement[bool]:
    if operator == "isnull":
        return COMPARE[operator](column, value)
    if operator == "in":
        values = [given for given in value if given is not None and not _cannot_be_stored(column, given)]
        return COMPARE["in"](column, values) if values else sa.false()
    if operator in ("gte", "lte") and is_huge(value):
        return column.is_not(None) if (value < 0) is (operator == "gte") else sa.false()
    if value is None or _cannot_be_stored(column, value):
        return sa.false()
    return COMPARE[operator](column, _wide(column, value))


def _type_of_parameter(column: Any, slot: Slot) -> TypeEngine[Any]:
    """The type of what stands for a slot. Raises: Unfit where a word may be none of those the column knows."""
    kind = column.type
    if isinstance(kind, sa.Enum) and (not issubclass(slot.like, enum.Enum) or _cannot_be_stored(column, slot.sample)):
        raise Unfit
    if isinstance(kind, sa.Integer):  # as wide as they come, see _wide
        return sa.BigInteger()
    found: TypeEngine[Any] = kind.coerce_compared_value(operators.eq, slot.sample)
    return found


def _cannot_be_stored(column: Any, value: Any) -> bool:
    """Values no row can have, which a database refuses to compare with instead of answering no."""
    if isinstance(column.type, sa.Enum):
        return value not in column.type.enums
    return is_huge(value) or isinstance(value, str) and not is_storable(value)


def _wide(column: Any, value: Any) -> Any:
    """A whole number as wide as they come, because a narrow column compared with it is no error but no match."""
    return sa.literal(value, sa.BigInteger()) if isinstance(column.type, sa.Integer) else value


def _wide_list(column: Any, values: Any) -> Any:
    """The same for a list, as one parameter, so that the statement is compiled once for any length."""
    whole = isinstance(column.type, sa.Integer)
    return sa.bindparam(None, values, sa.BigInteger(), expanding=True) if whole else values


COMPARE: dict[str, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in": lambda column, values: column.in_(_wide_list(column, values)),
    "gte": lambda column, value: column >= value,
    "lte": lambda column, value: column <= value,
    "isnull": lambda column, value: column.is_(None) if value else column.is_not(None),
    "icontains": lambda column, value: column.icontains(value, autoescape=True),
}
