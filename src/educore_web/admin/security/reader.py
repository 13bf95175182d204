"""Rows for the screens, read through the scoped sessions: pages of rows, single rows, and choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, sessionmaker

from educore import Entity, Where, everything, where
from educore.adapters.sql import Database, unavailable
from educore.kernel import references
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.naming import RowNames, is_reference, search_condition
from educore_web.admin.ui.parameters import parse_id


class RowReader:
    """Reads mapped rows, as the user of the request. Everything here blocks, so pages call it in worker threads."""

    def __init__(self, database: Database, sessions: sessionmaker[Session], names: RowNames) -> None:
        self.tables, self.domain, self.sessions = database.tables, database.tables.domain, sessions
        self.names = names
        self.compiler, self.count_cache = database.store.compiler, database.store.count_cache

    def rows(
        self,
        kind: type[Entity],
        condition: Where = everything,
        *,
        show: Iterable[str] = (),
        order: str = "id",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Any]:
        """Return the visible rows that match, in one statement, with the related rows on the paths `show` loaded."""
        row = self.tables.classes[kind.__name__]
        statement = sa.select(row).where(self.compiler.compile(kind, condition)).options(*self._loading(kind, show))
        statement = statement.order_by(*self._ordering(kind, order)).limit(limit).offset(offset)
        with unavailable(), self.sessions(expire_on_commit=False) as session:
            return list(session.execute(statement).unique().scalars())

    def count(self, kind: type[Entity], condition: Where = everything) -> int:
        """Return the number of visible rows that match; a large number may be a minute old."""
        seen = kind, condition & self.domain.policy(kind).scope(current_actor(), "read")
        if known := self.count_cache.get(seen):
            return known
        row = self.tables.classes[kind.__name__]
        statement = sa.select(sa.func.count()).select_from(row).where(self.compiler.compile(kind, condition))
        with unavailable(), self.sessions() as session:
            return self.count_cache.put(seen, int(session.execute(statement).scalar_one()))

    def one(self, kind: type[Entity], id: str | int, only: Where = everything, *, show: Iterable[str] = ()) -> Any:
        """Return the visible row with this id, None if there is none; an id from an address may be any text."""
        if (number := parse_id(str(id))) is None:
            return None
        found = self.rows(kind, where(id=number) & only, show=show, limit=1)
        return found[0] if found else None

    def some(self, kind: type[Entity], ids: Iterable[int]) -> list[Any]:
        """Return the visible rows among these ids, with the rows loaded that their names need."""
        return self.rows(kind, where(id__in=set(ids)), show=("",))

    def choices(self, kind: type[Entity], condition: Where, term: str, *, limit: int) -> list[Any]:
        """Return the first visible rows whose name contains every word of `term`."""
        named = self.search(kind, self.names.name_paths(kind), term)
        show = ("", "center") if "center_id" in references(kind) else ("",)
        return self.rows(kind, condition & named, show=show, order=self.names.name_paths(kind)[0], limit=limit)

    def search(self, kind: type[Entity], paths: tuple[str, ...], text: str) -> Where:
        """Return the condition of a search; it looks only at related rows that the user may see."""
        scopes = {name: self.domain.policy(k).scope(current_actor(), "read") for name, k in self.domain.kinds.items()}
        return search_condition(self.domain, kind, paths, text, scopes)

    def _loading(self, kind: type[Entity], show: Iterable[str]) -> list[Any]:
        options = []
        for path in show:
            here, option = kind, None
            for step in self._steps(kind, path):
                relation = getattr(self.tables.classes[here.__name__], step)
                option = joinedload(relation) if option is None else option.joinedload(relation)
                here = self.domain.target(here, step)[1]
            if option is not None:
                options.append(option)
        return options

    def _steps(self, kind: type[Entity], path: str) -> tuple[str, ...]:
        """Return the references on a path, and from its end those to the row that gives the name."""
        steps = [step for step in path.split(".") if step]
        for place, step in enumerate(steps):
            if not is_reference(kind, step):
                return tuple(steps[:place])
            kind = self.domain.target(kind, step)[1]
        return (*steps, *self.names.steps_to_name(kind))

    def _ordering(self, kind: type[Entity], order: str) -> list[Any]:
        *steps, field = order.removeprefix("-").split(".")
        table = self.tables.of(kind)
        value = self._value(kind, table, tuple(steps), field)
        if isinstance(value.type, sa.String) and not isinstance(value.type, sa.Enum):
            value = sa.func.lower(value)
        ordered = value.desc() if order.startswith("-") else value.asc()
        return [ordered] if (steps, field) == ([], "id") else [ordered.nulls_last(), table.c.id]

    def _value(self, kind: type[Entity], table: Any, steps: tuple[str, ...], field: str) -> Any:
        """Return the column a path leads to; behind a reference, null where the user may not see the related row."""
        if not steps:
            return table.c[field]
        link, target = self.domain.target(kind, steps[0])
        other = self.tables.of(target).alias()
        visible = self.compiler.compile(target, self.domain.policy(target).scope(current_actor(), "read"), other)
        value = self._value(target, other, steps[1:], field)
        return sa.select(value).where(other.c.id == table.c[link], visible).scalar_subquery()
