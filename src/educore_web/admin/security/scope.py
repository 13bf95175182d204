"""Sessions through which SQLAdmin reads: every SELECT is scoped, every loaded row masked, and nothing is written."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria
from sqlalchemy.orm.attributes import set_committed_value

from educore import Domain, Entity, Hidden, Role, nothing
from educore.adapters.sql import Database
from educore.kernel import is_marked
from educore_web.admin.security.current_user import current_actor


def scoped_sessions(database: Database) -> sessionmaker[Session]:
    """Return a maker of sessions that load only the rows which the policies show the user; to no user, nothing.

    The scope is added to every statement, so that lists, counts, details, joins, eager loading, exports and
    lookups cannot forget it. A statement that it cannot be added to is refused with a TypeError.
    """
    read_only = database.engine.execution_options(read_only=True, postgresql_readonly=True)
    sessions = sessionmaker(read_only)
    scope = _Scope(database)
    event.listen(sessions, "do_orm_execute", scope.add_to)
    event.listen(sessions, "before_flush", _refuse_to_write)
    for kind in database.tables.domain.kinds.values():
        _mask(database, kind)
    return sessions


class _Scope:
    def __init__(self, database: Database) -> None:
        self.tables, self.domain = database.tables, database.tables.domain
        self.compiler = database.store.compiler
        self.columns = {name: _MappedColumns(row) for name, row in self.tables.classes.items()}

    def add_to(self, state: ORMExecuteState) -> None:
        if not (state.is_select and state.is_orm_statement):
            raise TypeError("the admin reads mapped rows; it writes through use cases")
        if state.is_column_load or state.is_relationship_load:
            return  # carries the criteria of the statement that loaded its parent
        state.statement = state.statement.options(
            *(
                with_loader_criteria(self.tables.classes[name], self.visible(name, kind), include_aliases=True)
                for name, kind in self.domain.kinds.items()
            )
        )

    def visible(self, name: str, kind: type[Entity]) -> sa.ColumnElement[bool]:
        """Return the scope as an expression over mapped attributes: SQLAlchemy adapts only those to aliases."""
        actor = current_actor()
        rows = nothing if actor.role is Role.ANONYMOUS else self.domain.policy(kind).scope(actor, "read")
        return self.compiler.compile(kind, rows, self.columns[name])


class _MappedColumns:
    """Takes the place of a table for the compiler of conditions: its columns are attributes of the mapped class."""

    def __init__(self, row: Any) -> None:
        self.c = _Attributes({found.key: getattr(row, found.key) for found in sa.inspect(row).column_attrs})


class _Attributes(dict[str, Any]):
    def __getattr__(self, name: str) -> Any:
        return self[name]


def masked_fields(domain: Domain, kind: type[Entity], row: Any) -> list[str]:
    """Return the fields of a row that the user may not read, although they see the row."""
    policy, actor = domain.policy(kind), current_actor()
    hidden = [name for name in kind.model_fields if is_marked(kind, name, Hidden)]
    return hidden + [name for name in policy.restricted_fields if not policy.visibility(actor, name).holds(row)]


def _mask(database: Database, kind: type[Entity]) -> None:
    domain, row_class = database.tables.domain, database.tables.classes[kind.__name__]

    def mask(row: Any, *loading: Any) -> None:
        for name in masked_fields(domain, kind, row):
            set_committed_value(row, name, None)

    event.listen(row_class, "load", mask)
    event.listen(row_class, "refresh", mask)


def _refuse_to_write(*flushing: Any) -> None:
    raise TypeError("the admin writes through use cases")
