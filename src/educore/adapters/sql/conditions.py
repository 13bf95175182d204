"""The condition compiler: turns the conditions of the kernel into SQL.

A path becomes an EXISTS for each step: `group__center_id=1` on Student is

    EXISTS (SELECT 1 FROM group_ AS g WHERE g.id = student.group_id AND g.center_id = 1)

Nested EXISTS are always right, also under OR and NOT, but a database runs most of them row by row. So there are two
exceptions. In a SELECT, forward steps of a condition without alternatives are *joined* (the tables go into the FROM
list), and the database may begin at the smaller end: a list by the branch of the group starts with the branch. A join
along a reference never doubles a row, which is why backward steps stay an EXISTS. And in a condition with
alternatives, those behind the same reference are *combined* into one EXISTS: a search in five fields of the account
looks up the account once, not five times. Both keep pages flat at 100,000 rows (docs/decisions/0018-speed.md).

The NULL trap (see `educore.kernel.conditions`): values that no row can have, and None, compile to FALSE and never to
a comparison with NULL, whose result would be unknown and would turn round under NOT EXISTS.
Tests: test_parity_of_reading compares the rows with those of the memory store for random conditions.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeEngine

from educore.adapters.sql.prepared import parameter
from educore.adapters.sql.statement_cache import (
    ESCAPE,
    NotCacheable,
    PatternWithApostrophe,
    Placeholder,
    escape_pattern,
    is_huge,
    pattern_type,
)
from educore.adapters.sql.tables import Tables
from educore.adapters.sql.types import Folded, JsonList, WholeNumbers, searched_text
from educore.kernel.conditions import Comparison, Nested, Term, Where, everything, is_backward, nothing
from educore.kernel.domain import Domain
from educore.kernel.entity import Entity, live_rows
from educore.values import is_storable

Clause = sa.ColumnElement[bool]
JoinedTable = tuple[type[Entity], Any, Clause]
"""The kind a step leads to, an alias of its table, and the clause that ties its rows to those of the first table."""


class ConditionCompiler:
    """Compiles conditions for one database."""

    def __init__(self, tables: Tables, dialect: sa.Dialect) -> None:
        self.tables = tables
        self.domain: Domain = tables.domain
        self.dialect = dialect
        self._steps: dict[tuple[Any, str, bool], JoinedTable] = {}

    def compile(self, kind: type[Entity], condition: Where, table: Any = None, *, joins: bool = False) -> Clause:
        """Return the WHERE clause of a bound condition on the table of a kind, or on an alias of it.

        With `joins` the clause is for a SELECT: tables at the end of forward steps are joined to it.
        """
        table = self.tables.of(kind) if table is None else table
        if condition == everything:
            return sa.true()
        if condition == nothing:
            return sa.false()
        joins = joins and len(condition.alternatives) == 1
        condition, combined = (condition, []) if joins else self._combine_alternatives(kind, condition, table)
        alternatives = (
            sa.and_(sa.true(), *(self._term(kind, table, term, joins) for term in terms))
            for terms in condition.alternatives
        )
        return sa.or_(sa.false(), *combined, *alternatives)

    def _combine_alternatives(self, kind: type[Entity], condition: Where, table: Any) -> tuple[Where, list[Clause]]:
        """Return one EXISTS for all alternatives behind the same reference, and the condition without them."""
        times = Counter(map(_reference, condition.alternatives))
        combined: list[Clause] = []
        for step in [step for step, count in times.items() if step and count > 1]:
            other, alias, link = self._join_step(kind, table, step, joins=False)
            inner = Where(tuple(map(_without_step, (t for t in condition.alternatives if _reference(t) == step))))
            combined.append(sa.exists().where(link, self.compile(other, inner, alias)))
        others = (t for t in condition.alternatives if not _reference(t) or times[_reference(t)] == 1)
        return Where(tuple(others)), combined

    def join_back(self, kind: type[Entity], table: Any, step: str) -> JoinedTable:
        """Return the rows that refer to those of a table; archived ones do not exist on a way back."""
        other, field = self.domain.source(kind, step)
        alias = self.tables.of(other).alias()
        link = alias.c[field] == table.c.id
        return (
            other,
            alias,
            link if (live := live_rows(other)) == everything else link & self.compile(other, live, alias),
        )

    def _term(self, kind: type[Entity], table: Any, term: Term, joins: bool) -> Clause:
        if isinstance(term, Nested):
            return self.compile(kind, term.condition, table, joins=joins)
        return self._comparison(kind, table, term, term.path, joins)

    def _comparison(
        self, kind: type[Entity], table: Any, comparison: Comparison, path: tuple[str, ...], joins: bool
    ) -> Clause:
        step, *rest = path
        nests = comparison.operator in ("has", "lacks")
        if not rest and not nests:
            is_search = comparison.operator == "icontains"
            column = searched_text(table.c[step]) if is_search else table.c[step]
            return self._compare(column, comparison.operator, comparison.value)
        joins = joins and not nests and not is_backward(step)
        other, alias, link = self._join_step(kind, table, step, joins)
        if nests:
            inner = self.compile(other, comparison.value, alias)
        else:
            inner = self._comparison(other, alias, comparison, tuple(rest), joins)
        if joins:
            return sa.and_(link, inner)
        exists = sa.exists().where(link, inner)
        return ~exists if comparison.operator == "lacks" else exists

    def _compare(self, column: Any, operator: str, value: Any) -> Clause:
        if not isinstance(value, Placeholder):
            return _compare(column, operator, value)
        kind = _parameter_type(column, value)
        if operator == "icontains":
            return _contains(column, parameter(value.name, kind), value.type)
        if operator != "in":
            return SQL_COMPARE[operator](column, parameter(value.name, kind))
        if self.dialect.name == "postgresql":
            return cast("Clause", column == sa.any_(parameter(value.name, _array_of(kind))))
        listed = sa.func.json_each(parameter(value.name, JsonList(kind))).table_valued("value")
        return cast("Clause", column.in_(sa.select(listed.c.value)))

    def _join_step(self, kind: type[Entity], table: Any, step: str, joins: bool) -> JoinedTable:
        """Return the table at the end of a step; aliases are cached, as making one costs more than running a statement.

        An alias stands in an EXISTS of its own or once in the FROM list, however many comparisons go that way.
        """
        if (table, step, joins) not in self._steps:
            if is_backward(step):
                other, alias, link = self.join_back(kind, table, step)
            else:
                field, other = self.domain.target(kind, step)
                alias = self.tables.of(other).alias()
                link = alias.c.id == table.c[field]
            self._steps[table, step, joins] = other, alias, link
        return self._steps[table, step, joins]


def _reference(terms: Sequence[Term]) -> str:
    """Return the reference that the only comparison of an alternative follows; "" for any other alternative."""
    if len(terms) != 1 or not isinstance(term := terms[0], Comparison) or len(term.path) == 1:
        return ""
    return "" if is_backward(term.path[0]) else term.path[0]


def _without_step(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple(Comparison(c.path[1:], c.operator, c.value) for c in terms if isinstance(c, Comparison))


def _compare(column: Any, operator: str, value: Any) -> Clause:
    if operator == "isnull":
        return SQL_COMPARE[operator](column, value)
    if operator == "in":
        values = [given for given in value if given is not None and not _is_impossible(column, given)]
        return SQL_COMPARE["in"](column, values) if values else sa.false()
    if operator in ("gte", "lte") and is_huge(value):
        return column.is_not(None) if (value < 0) is (operator == "gte") else sa.false()
    if value is None or _is_impossible(column, value):
        return sa.false()
    return SQL_COMPARE[operator](column, _as_bigint(column, value))


def _contains(column: Any, pattern: Any, kind: type[str]) -> Clause:
    """Return whether a text contains another one, in any case and with any apostrophe; see `values.fold_text`."""
    if kind is PatternWithApostrophe:
        return Folded(column).contains(Folded(pattern), escape=ESCAPE)
    return cast("Clause", column.icontains(pattern, escape=ESCAPE))


def _parameter_type(column: Any, placeholder: Placeholder) -> TypeEngine[Any]:
    """Return the type of the parameter for a placeholder.

    A word of an enumeration may be a text: as such it is compared, and finds nothing where it is none of its words.
    Raises: NotCacheable for an enumeration's column if the value is neither a text nor one of its members.
    """
    kind = column.type
    if isinstance(kind, sa.Enum) and placeholder.type is str:
        return sa.String()
    is_member = issubclass(placeholder.type, enum.Enum) and not _is_impossible(column, placeholder.sample)
    if isinstance(kind, sa.Enum) and not is_member:
        raise NotCacheable
    if isinstance(kind, sa.Integer):  # see _as_bigint
        return sa.BigInteger()
    found: TypeEngine[Any] = kind.coerce_compared_value(operators.eq, placeholder.sample)
    return found


def _is_impossible(column: Any, value: Any) -> bool:
    """Return whether no row can have the value; a database would raise an error instead of finding nothing."""
    if isinstance(column.type, sa.Enum):
        return value not in column.type.enums
    return is_huge(value) or isinstance(value, str) and not is_storable(value)


def _as_bigint(column: Any, value: Any) -> Any:
    """Return a whole number as a BIGINT, so that a number too large for the column is no error but no match."""
    return sa.literal(value, sa.BigInteger()) if isinstance(column.type, sa.Integer) else value


def _array_of(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return WholeNumbers() if isinstance(kind, sa.Integer) else postgresql.ARRAY(kind)


def _as_bigint_list(column: Any, values: Any) -> Any:
    """Return whole numbers as one BIGINT parameter, so that the statement is compiled once for any length."""
    whole = isinstance(column.type, sa.Integer)
    return sa.bindparam(None, values, sa.BigInteger(), expanding=True) if whole else values


SQL_COMPARE: dict[str, Callable[[Any, Any], Clause]] = {
    "eq": lambda column, value: column == value,
    "in": lambda column, values: column.in_(_as_bigint_list(column, values)),
    "gte": lambda column, value: column >= value,
    "lte": lambda column, value: column <= value,
    "isnull": lambda column, value: column.is_(None) if value else column.is_not(None),
    "icontains": lambda column, value: _contains(column, sa.literal(escape_pattern(value)), pattern_type(value)),
}
"""The SQL of each operator for a column and a value."""
